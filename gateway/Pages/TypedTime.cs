using System.Globalization;
using System.Text;
using Hotline111.Platform;

namespace Hotline111.Pages;

/// <summary>Days and times as people type them, in Vietnam's time: "19/11", "hôm qua", "21h05". Nothing is guessed beyond that.</summary>
public static class TypedTime
{
    private static readonly string[] Days = ["d/M/yyyy", "d/M/yy", "yyyy/M/d", "d/MMM/yyyy", "d/MMMM/yyyy"];

    /// <summary>The day, or null: "hôm nay", "hôm qua", "hôm kia", "today", "yesterday", "19/11/2026", "19-11", "19 Nov". Without a year the last such day that is not in the future.</summary>
    /// <param name="typed">What was typed; marks and case do not matter.</param>
    /// <param name="now">The present moment.</param>
    public static DateOnly? Day(string? typed, DateTimeOffset now)
    {
        var today = now.DayInVietnam;
        var words = Plain(typed ?? "");
        switch (words)
        {
            case "hom nay" or "nay" or "today":
                return today;
            case "hom qua" or "qua" or "yesterday":
                return today.AddDays(-1);
            case "hom kia" or "kia":
                return today.AddDays(-2);
        }

        var parts = words.Split([' ', '/', '-', '.', ','], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 2)
        {
            var thisYear = Exact([.. parts, today.Year.ToString(CultureInfo.InvariantCulture)]);
            // The 29th of February may be last year's, or of no year nearby.
            return thisYear is null || thisYear > today ? Exact([.. parts, (today.Year - 1).ToString(CultureInfo.InvariantCulture)]) : thisYear;
        }

        return parts.Length == 3 ? Exact(parts) : null;
    }

    /// <summary>The time of day, or null: "21:05", "21h05", "21h", "21.05", "2105", "9:05".</summary>
    public static TimeOnly? Time(string? typed)
    {
        var plain = Plain(typed ?? "").Replace("gio", "h", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        string hour, minute;
        if (plain.IndexOfAny([':', 'h', '.']) is > 0 and var at)
        {
            (hour, minute) = (plain[..at], plain[(at + 1)..]);
            if (minute.Length == 0 && plain[at] == 'h')
                minute = "00";
        }
        else
        {
            (hour, minute) = plain.Length is 3 or 4 ? (plain[..^2], plain[^2..]) : ("", "");
        }

        return hour.Length is 1 or 2 && minute.Length == 2
            && int.TryParse(hour, NumberStyles.None, CultureInfo.InvariantCulture, out var h) && h < 24
            && int.TryParse(minute, NumberStyles.None, CultureInfo.InvariantCulture, out var m) && m < 60
            ? new TimeOnly(h, m)
            : null;
    }

    /// <summary>The moment of a day and a time in Vietnam.</summary>
    public static DateTimeOffset At(DateOnly day, TimeOnly time)
    {
        var local = day.ToDateTime(time);
        return new DateTimeOffset(local, VietnamTime.Offset);
    }

    private static DateOnly? Exact(string[] parts) =>
        DateOnly.TryParseExact(string.Join('/', parts), Days, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static string Plain(string typed)
    {
        var plain = new StringBuilder();
        foreach (var letter in typed.Normalize(NormalizationForm.FormD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(letter) != UnicodeCategory.NonSpacingMark)
                plain.Append(char.ToLowerInvariant(letter));
        }

        return string.Join(' ', plain.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}
