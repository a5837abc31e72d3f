using System.Globalization;
using Hotline111.Platform;

namespace Hotline111.Pages;

/// <summary>Times as the reader says them, always in Vietnam's time. Patterns are written out: the ones that come with the system differ between versions.</summary>
public sealed class Times(Words words, TimeProvider clock)
{
    private static readonly string[] VietnameseDays = ["Chủ nhật", "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy"];

    /// <summary>The moment the page is made.</summary>
    public DateTimeOffset Now { get; } = clock.GetUtcNow();

    /// <summary>For the attribute of a <c>time</c> element.</summary>
    public static string Machine(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>21:47.</summary>
    public static string Clock(DateTimeOffset at) => Local(at).ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>21:47:09, where something is said to have been kept at that second.</summary>
    public static string ToTheSecond(DateTimeOffset at) => Local(at).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>19/11/2026; in English 19 Nov 2026.</summary>
    public string Day(DateOnly day) => day.ToString(words.Language.IsEnglish ? "d MMM yyyy" : "dd/MM/yyyy", CultureInfo.InvariantCulture);

    /// <summary>19/11/2026; in English 19 Nov 2026.</summary>
    public string Day(DateTimeOffset at) => Day(DateOnly.FromDateTime(Local(at).DateTime));

    /// <summary>Thứ Năm, 19/11/2026; in English Thursday, 19 Nov 2026.</summary>
    public string LongDay(DateTimeOffset at)
    {
        var day = Local(at).DayOfWeek;
        return $"{(words.Language.IsEnglish ? day.ToString() : VietnameseDays[(int)day])}, {Day(at)}";
    }

    /// <summary>Time and day: "21:47 hôm nay", "08:00 mai", else "21:47 · 19/11/2026" ("19 Nov 2026, 21:47").</summary>
    public string Moment(DateTimeOffset at)
    {
        var days = DateOnly.FromDateTime(Local(at).DateTime).DayNumber - Today.DayNumber;
        return days switch
        {
            -1 => words["Time.Yesterday", Clock(at)],
            0 => words["Time.Today", Clock(at)],
            1 => words["Time.Tomorrow", Clock(at)],
            _ => words["Time.Other", Clock(at), Day(at)],
        };
    }

    /// <summary>The day it is in Vietnam.</summary>
    public DateOnly Today => DateOnly.FromDateTime(Local(Now).DateTime);

    /// <summary>The time alone for today, "21:47"; for every other day what <see cref="Moment"/> says.</summary>
    public string Lately(DateTimeOffset at) => DateOnly.FromDateTime(Local(at).DateTime) == Today ? Clock(at) : Moment(at);

    /// <summary>A span in words, its two largest units: "1 giờ 25 phút". Less than a minute is "dưới 1 phút".</summary>
    public string Span(TimeSpan span)
    {
        span = span.Duration();
        return span switch
        {
            { TotalDays: >= 1 } => Two("Time.Days", "Time.Day", span.Days, "Time.Hours", "Time.Hour", span.Hours),
            { TotalHours: >= 1 } => Two("Time.Hours", "Time.Hour", span.Hours, "Time.Minutes", "Time.Minute", span.Minutes),
            { TotalMinutes: >= 1 } => One("Time.Minutes", "Time.Minute", span.Minutes),
            _ => words["Time.UnderAMinute"],
        };
    }

    /// <summary>"Còn 8 phút" before the moment, "Quá 25 phút" after it.</summary>
    public string Left(DateTimeOffset due) => words[due >= Now ? "Time.Left" : "Time.Over", Span(due - Now)];

    private string Two(string many, string one, int first, string lesserMany, string lesserOne, int second) =>
        second == 0 ? One(many, one, first) : $"{One(many, one, first)} {One(lesserMany, lesserOne, second)}";

    private string One(string many, string one, int number) => words[number == 1 ? one : many, number];

    private static DateTimeOffset Local(DateTimeOffset at) => at.InVietnam;
}
