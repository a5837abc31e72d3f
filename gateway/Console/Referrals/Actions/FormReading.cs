using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hotline111.Pages;
using Hotline111.Platform;
using Microsoft.Extensions.Primitives;

namespace Hotline111.Console.Referrals.Actions;

/// <summary>What a form shows to choose from, beside value lists.</summary>
/// <param name="Desks">The directory's desks that the case does not exclude; empty where no field asks for one.</param>
/// <param name="Package">What was sent; null where no field asks about it, or nothing was sent or may be seen.</param>
/// <param name="Talk">Questions and answers so far.</param>
/// <param name="Case">The case, for a release; undefined where no field needs it.</param>
public sealed record FormSources(Sheet Sheet, IReadOnlyList<DeskLine> Desks, Package? Package, Talk Talk, JsonElement Case, PackageWords Fields)
{
    /// <summary>What the desk has asked since the hotline answered last, each question with the field and person it is about.</summary>
    public IReadOnlyList<TalkLine> Questions =>
        [.. Talk.Items.Reverse().TakeWhile(entry => entry.Kind != "answers").Where(entry => entry.Kind == "questions").Reverse().SelectMany(entry => entry.Lines)];

    /// <summary>Whom the case knows.</summary>
    public IReadOnlyList<(Guid Id, string? Name)> CasePersons => Case.ValueKind == JsonValueKind.Object && Case.TryGetProperty("persons", out var persons)
        ? [.. persons.EnumerateArray().Select(person => (person.GetProperty("id").GetGuid(), person.TryGetProperty("name", out var name) ? name.GetString() : null))]
        : [];
}

/// <summary>A form that was sent, or begins: what stands in its fields, and what is wrong with them.</summary>
/// <param name="values">By field; empty for one that is not there.</param>
/// <param name="sent">It was sent; else it is shown for the first time, with what its fields begin with.</param>
/// <param name="words">The reader's words.</param>
/// <param name="times">The reader's times, with the moment of reading.</param>
/// <param name="sources">What its fields show to choose from.</param>
/// <param name="errors">Where what is wrong goes.</param>
public sealed partial class FormReading(Func<string, StringValues> values, bool sent, Words words, Times times, FormSources sources, FormErrors errors)
{
    /// <summary>The reader's words.</summary>
    public Words Words => words;

    /// <summary>What the fields show to choose from.</summary>
    public FormSources Sources => sources;

    /// <summary>What is wrong.</summary>
    public FormErrors Errors => errors;

    /// <summary>Whether somebody has filled it in.</summary>
    public bool Sent => sent;

    /// <summary>The moment of reading.</summary>
    public DateTimeOffset Now => times.Now;

    /// <summary>Today in Vietnam.</summary>
    public DateOnly Today => times.Now.DayInVietnam;

    /// <summary>What stands in a field; null when nothing does.</summary>
    public string? Text(string name) => values(name).ToString().Trim() is { Length: > 0 } text ? text : null;

    /// <summary>What is chosen of several.</summary>
    public IReadOnlyList<string> All(string name) => [.. values(name).OfType<string>().Where(value => value.Length > 0)];

    /// <summary>A text; an error when it is missing or too long.</summary>
    public string? Text(string name, string label, bool required, int longest)
    {
        var text = Text(name);
        if (text is null && required)
            errors.Add(name, words["Act.ErrorWrite", Within(label)]);
        else if (text is { } written && written.Length > longest)
            errors.Add(name, words["Act.ErrorLong", label, longest]);
        return text;
    }

    /// <summary>A code of those that are offered; an error when it is missing or none of them.</summary>
    public string? Code(string name, string label, bool required, Func<string, bool> offered)
    {
        var code = Text(name);
        if (code is null ? required : !offered(code))
            errors.Add(name, words["Act.ErrorChoose", Within(label)]);
        return code;
    }

    /// <summary>A day in three fields; without a year the next such day is meant.</summary>
    /// <param name="from">The first day that is possible.</param>
    /// <param name="to">The last one.</param>
    public DateOnly? Day(string name, string label, bool required, DateOnly from, DateOnly to)
    {
        var (day, month, year) = (Text($"{name}-day"), Text($"{name}-month"), Text($"{name}-year"));
        if (day is null && month is null && year is null)
        {
            if (required)
                errors.Add(name, words["Act.ErrorDay", Within(label)]);
            return null;
        }

        if (!Number(day, out var d) || !Number(month, out var m) || (year is not null && !Number(year, out _)))
            return Wrong();
        var y = Number(year, out var told) ? told : from.Year;
        if (!Makes(y, m, d, out var date))
            return Wrong();
        if (year is null && date < from && Makes(y + 1, m, d, out var next))
            date = next;
        if (date >= from && date <= to)
            return date;
        errors.Add(name, words["Act.ErrorDayRange", label, times.Day(from), times.Day(to)]);
        return null;

        DateOnly? Wrong()
        {
            errors.Add(name, words["Act.ErrorDay", Within(label)]);
            return null;
        }
    }

    /// <summary>A moment that is over: "21:47", "21:47 19/11", "21:47 19/11/2026". A clock time later than now was yesterday's.</summary>
    public DateTimeOffset? Moment(string name, string label, bool required)
    {
        if (Text(name) is not { } text)
        {
            if (required)
                errors.Add(name, words["Act.ErrorMoment", label]);
            return null;
        }

        if (MomentPattern().Match(text) is { Success: true } match && Number(match.Groups[1].Value, out var hour) && hour < 24 && Number(match.Groups[2].Value, out var minute) && minute < 60)
        {
            var date = Today;
            var dated = match.Groups[3].Success;
            if (!dated || (Number(match.Groups[3].Value, out var d) && Number(match.Groups[4].Value, out var m)
                && Makes(Number(match.Groups[5].Value, out var y) ? y : Today.Year, m, d, out date)))
            {
                var at = new DateTimeOffset(date.ToDateTime(new TimeOnly(hour, minute)), VietnamTime.Offset);
                if (!dated && at > Now.AddMinutes(1))
                    at = at.AddDays(-1);
                if (at <= Now.AddMinutes(1) && at > Now.AddDays(-31))
                    return at;
                errors.Add(name, words["Act.ErrorMomentRange", label]);
                return null;
            }
        }

        errors.Add(name, words["Act.ErrorMoment", label]);
        return null;
    }

    /// <summary>A label inside a sentence.</summary>
    public string Within(string label) => label.Length == 0 ? label : char.ToLower(label[0], words.Language.Culture) + label[1..];

    private static bool Number(string? text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool Makes(int year, int month, int day, out DateOnly date)
    {
        var possible = year is >= 2000 and <= 2200 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month);
        date = possible ? new DateOnly(year, month, day) : default;
        return possible;
    }

    [GeneratedRegex(@"^(\d{1,2})\s*[:hg.]\s*(\d{2})(?:[\s,·]+(\d{1,2})[/.\-](\d{1,2})(?:[/.\-](\d{4}))?)?$", RegexOptions.IgnoreCase)]
    private static partial Regex MomentPattern();
}
