using System.Text.Json;
using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Contacts;

/// <summary>Between the page's fields and Intake's bodies.</summary>
public static class ContactFields
{
    /// <summary>What the page itself can tell: a kind of contact is chosen, an age is a number, and for a paper note when the call was.</summary>
    /// <returns>What is wrong, and when the call was where that was typed.</returns>
    public static (FormErrors Errors, DateTimeOffset? OccurredAt) Check(ContactDraft content, Words words, DateTimeOffset now)
    {
        FormErrors errors = [];
        if (content.Category is null)
        {
            errors.Add("category", words["Contact.CategoryMissing"]);
        }

        var at = content.Paper ? Moment(content.Day, content.Time, words, now, errors) : null;
        Age(content.Caller.Age, content.Years, words, errors);
        return (errors, at);
    }

    /// <summary>When the call was, as typed; what is wrong with it is added to the errors.</summary>
    public static DateTimeOffset? Moment(string? day, string? time, Words words, DateTimeOffset now, FormErrors errors)
    {
        var (date, clock) = (TypedTime.Day(day, now), TypedTime.Time(time));
        if (date is null)
        {
            errors.Add("day", words[day is null ? "Contact.DayMissing" : "Contact.DayWrong"]);
        }

        if (clock is null)
        {
            errors.Add("time", words[time is null ? "Contact.TimeMissing" : "Contact.TimeWrong"]);
        }

        return date is { } d && clock is { } t ? TypedTime.At(d, t) : null;
    }

    /// <summary>An age that was typed is a number.</summary>
    public static void Age(string? typed, int? years, Words words, FormErrors errors)
    {
        if (typed is not null && years is null)
        {
            errors.Add("callerAge", words["Contact.AgeWrong"]);
        }
    }

    /// <summary>The body of <c>POST /contacts</c>.</summary>
    public static object Body(Guid id, ContactDraft content, DateTimeOffset occurredAt, Words words) => new
    {
        Id = id,
        content.Channel,
        OccurredAt = occurredAt,
        Caller = new { content.Caller.Kind, content.Caller.Gender, Age = content.Years, content.Caller.Name, content.Caller.Phone },
        Place = content.Place.ToBody(),
        content.Language,
        content.SafeContact,
        Summary = content.Summary(words),
    };

    /// <summary>The body of <c>categorise</c>.</summary>
    public static object CategoryBody(string? code, IReadOnlyList<string> topics) => code is not null && CategoryPick.IsMain(code)
        ? new { Category = code, Topics = topics }
        : (object)new { OutsideTotal = code, Topics = topics };

    /// <summary>What Intake finds wrong, at the fields of the page.</summary>
    public static FormErrors Errors(AccessProblem problem, Words words)
    {
        FormErrors errors = [];
        if (problem.Code == "body-invalid" && problem.Facts.GetValueOrDefault("errors") is JsonElement { ValueKind: JsonValueKind.Object } fields)
        {
            foreach (var field in fields.EnumerateObject())
            {
                foreach (var sentence in field.Value.EnumerateArray())
                {
                    errors.Add(Field(field.Name), sentence.GetString() ?? "");
                }
            }
        }

        if (errors.Count == 0)
        {
            errors.Add(
                problem.Code is "contact-in-the-future" or "contact-too-long-ago" or "contact-after-its-record" ? "day" : problem.Code == "one-category" ? "category" : "",
                words.Language.IsEnglish ? problem.En : problem.Vi);
        }

        return errors;
    }

    private static string Field(string name) => name switch
    {
        "caller.kind" => "callerKind",
        "caller.gender" => "callerGender",
        "caller.age" => "callerAge",
        "caller.name" => "callerName",
        "caller.phone" => "callerPhone",
        "place.commune" => "commune",
        "summary" => "notes",
        "occurredAt" => "day",
        "category" or "outsideTotal" => "category",
        "place" or "channel" or "language" or "safeContact" or "topics" => name,
        _ => "",
    };
}
