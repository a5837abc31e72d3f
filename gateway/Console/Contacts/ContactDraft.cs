using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hotline111.Pages;
using Hotline111.Pages.Blocks;
using Microsoft.Extensions.Primitives;

namespace Hotline111.Console.Contacts;

/// <summary>
/// What stands on the contact page while somebody listens: the content of a draft in Intake, which keeps it as it is and looks at nothing in it. Everything is
/// kept as it was typed, also what could not be recorded.
/// </summary>
public sealed record ContactDraft
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>A note taken on paper: <see cref="Day"/> and <see cref="Time"/> say when the call was.</summary>
    public bool Paper { get; init; }

    /// <summary>The day of the call as typed: "19/11", "hôm qua".</summary>
    public string? Day { get; init; }

    /// <summary>The time of the call as typed: "21:05", "21h05".</summary>
    public string? Time { get; init; }

    /// <summary>A code of main-category or of contact-kind-outside-total.</summary>
    public string? Category { get; init; }

    /// <summary>Codes of list topic.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>Code of list contact-channel.</summary>
    public string Channel { get; init; } = "phone_in";

    /// <summary>What is heard.</summary>
    public string? Notes { get; init; }

    /// <summary>Codes of list risk-sign.</summary>
    public IReadOnlyList<string> RiskSigns { get; init; } = [];

    /// <summary>Who calls.</summary>
    public DraftCaller Caller { get; init; } = new();

    /// <summary>Where it happens.</summary>
    public DraftPlace Place { get; init; } = new();

    /// <summary>ISO 639 code of the language that is spoken.</summary>
    public string Language { get; init; } = "vi";

    /// <summary>An interpreter is needed.</summary>
    public bool Interpreter { get; init; }

    /// <summary>Code of list safe-contact.</summary>
    public string? SafeContact { get; init; }

    /// <summary>The hours, the code word or the third person that <see cref="SafeContact"/> speaks of.</summary>
    public string? SafeDetail { get; init; }

    /// <summary>Whether a sign means that somebody's life or freedom is in danger now. A rule of the platform; a child or a pregnancy alone asks for care, not for the alarm.</summary>
    public static bool IsGrave(string riskSign) => riskSign is "confined" or "violence" or "weapon" or "suicide" or "ransom" or "moving_to_border" or "offender_near";

    /// <summary>What a form of the contact page sent.</summary>
    public static ContactDraft From(IFormCollection form) => new()
    {
        Paper = form["paper"] == "true",
        Day = Text(form["day"]),
        Time = Text(form["time"]),
        Category = Text(form["category"]),
        Topics = Codes(form["topics"]),
        Channel = Text(form["channel"]) ?? "phone_in",
        Notes = Text(form["notes"]),
        RiskSigns = Codes(form["riskSigns"]),
        Caller = new()
        {
            Kind = Text(form["callerKind"]),
            Gender = Text(form["callerGender"]),
            Age = Text(form["callerAge"]),
            Name = Text(form["callerName"]),
            Phone = Text(form["callerPhone"]),
        },
        Place = DraftPlace.Of(PlaceUnit.Parse(form["place-unit"]), form["place"] == form["place-was"] ? null : Text(form["place"]), Text(form["commune"])),
        Language = Text(form["language"]) ?? "vi",
        Interpreter = form["interpreter"] == "true",
        SafeContact = Text(form["safeContact"]),
        SafeDetail = Text(form["safeDetail"]),
    };

    /// <summary>A draft's content as Intake gave it back. What this page did not write stands among the notes: nothing is thrown away.</summary>
    public static ContactDraft From(JsonElement content)
    {
        try
        {
            return content.Deserialize<ContactDraft>(Json) ?? new();
        }
        catch (JsonException)
        {
            return new() { Notes = content.GetRawText() };
        }
    }

    /// <summary>What is recorded as said: the notes, and below them what a contact has no field for.</summary>
    public string? Summary(Words words)
    {
        var told = string.Join(
            '\n',
            new[]
            {
                Notes?.Trim(),
                RiskSigns.Count > 0 ? words["Contact.SaidRisks", string.Join(", ", RiskSigns.Select(sign => words.Within("risk-sign", sign)))] : null,
                Place.InWords is { } place ? words["Contact.SaidPlace", place] : null,
                Interpreter ? words["Contact.SaidInterpreter", ContactWords.Language(words, Language)] : null,
                SafeDetail is { } detail ? words["Contact.SaidSafe", detail] : null,
            }.Where(line => !string.IsNullOrEmpty(line)));
        return told.Length == 0 ? null : told;
    }

    /// <summary>With what was typed for an age or for the time of a call, and names none, among the notes: for when nobody is asked any more what was meant.</summary>
    public ContactDraft WithUnread(Words words, DateTimeOffset now)
    {
        var age = Years is >= 0 and <= 120 ? null : Caller.Age;
        var isTimed = !Paper || (TypedTime.Day(Day, now) is not null && TypedTime.Time(Time) is not null);
        var at = isTimed ? null : string.Join(", ", new[] { Time, Day }.OfType<string>());
        string?[] told = [Notes?.Trim(), age is null ? null : words["Contact.SaidAge", age], string.IsNullOrEmpty(at) ? null : words["Contact.SaidTime", at]];
        return age is null && string.IsNullOrEmpty(at)
            ? this
            : this with { Notes = string.Join('\n', told.Where(line => !string.IsNullOrEmpty(line))), Caller = age is null ? Caller : Caller with { Age = null } };
    }

    /// <summary>The age in years, or null where none, or none that is a number, was typed.</summary>
    [JsonIgnore]
    public int? Years => int.TryParse(Caller.Age, NumberStyles.None, CultureInfo.InvariantCulture, out var years) ? years : null;

    private static string? Text(StringValues value) => value.ToString() is { } text && !string.IsNullOrWhiteSpace(text) ? text.ReplaceLineEndings("\n") : null;

    private static IReadOnlyList<string> Codes(StringValues values) => [.. values.OfType<string>().Where(code => code.Length > 0)];
}

/// <summary>Who calls, as typed.</summary>
public sealed record DraftCaller
{
    /// <summary>Code of list caller-kind.</summary>
    public string? Kind { get; init; }

    /// <summary>Code of list gender.</summary>
    public string? Gender { get; init; }

    /// <summary>Years, as typed.</summary>
    public string? Age { get; init; }

    /// <summary>How the caller is called.</summary>
    public string? Name { get; init; }

    /// <summary>The number.</summary>
    public string? Phone { get; init; }
}

/// <summary>Where it happens: a province chosen from the catalogue, or words.</summary>
public sealed record DraftPlace
{
    /// <summary>Edition of the province catalogue the codes belong to; null while no province is chosen.</summary>
    public string? Edition { get; init; }

    /// <summary>Code of the province or city of today.</summary>
    public string? ProvinceCode { get; init; }

    /// <summary>Its code before the mergers, where that is known.</summary>
    public string? FormerProvinceCode { get; init; }

    /// <summary>Commune, street, landmark.</summary>
    public string? Commune { get; init; }

    /// <summary>What was typed where a province is looked for.</summary>
    public string? Typed { get; init; }

    /// <summary>The chosen unit, or null.</summary>
    public PlaceUnit? Unit() => Edition is null || ProvinceCode is null ? null : new(Edition, ProvinceCode, FormerProvinceCode);

    /// <summary>The place as far as no catalogue has it; null where a province is chosen, whose commune has a field of its own.</summary>
    [JsonIgnore]
    public string? InWords => Edition is null && string.Join(", ", new[] { Commune, Typed }.OfType<string>()) is { Length: > 0 } words ? words : null;

    /// <summary>A place from its parts.</summary>
    public static DraftPlace Of(PlaceUnit? unit, string? typed, string? commune) => new()
    {
        Edition = unit?.Edition,
        ProvinceCode = unit?.Code,
        FormerProvinceCode = unit?.Former,
        Commune = commune,
        Typed = typed,
    };

    /// <summary>As the services take a place; null while no province is chosen.</summary>
    public object? ToBody() => Edition is null ? null : new { Edition, ProvinceCode, FormerProvinceCode, Commune };
}
