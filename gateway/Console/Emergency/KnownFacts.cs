using System.Text.Json;
using System.Text.Json.Serialization;
using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;

namespace Hotline111.Console.Emergency;

/// <summary>Where it is, as the services take a place.</summary>
/// <param name="Edition">Edition of the province catalogue.</param>
public sealed record KnownPlace(string Edition, string ProvinceCode, string? FormerProvinceCode, string? Commune)
{
    /// <summary>The code of the province as it is since the mergers, which is what a desk's territory is written in; null when it cannot be said.</summary>
    [JsonIgnore]
    public string? Today => Edition == Provinces.Former.Edition ? Provinces.Former.Find(ProvinceCode)?.MergedInto : ProvinceCode;
}

/// <summary>Somebody it is about, as the services take a person.</summary>
/// <param name="Id">The person's id in the case, or null.</param>
public sealed record KnownPerson(
    Guid? Id, string? Name, string? Gender, int? BirthYear, int? Age, string? Phone, string? Address, string? Destination, string? Status, string? Location, string? Note);

/// <summary>
/// What is known when the emergency sheet is opened. The sheet carries it along, so that what goes out is what stood there, and sending needs nothing that is
/// asked for a second time.
/// </summary>
/// <param name="CaseId">The case that there is already, or null.</param>
/// <param name="Started">When the contact began, or null.</param>
/// <param name="Narrative">What was told.</param>
/// <param name="RiskSigns">Codes of list risk-sign.</param>
/// <param name="SafeContact">Code of list safe-contact.</param>
/// <param name="Caller">Code of list caller-kind.</param>
/// <param name="CallerContact">How the caller is reached, with the rule in words where one was told.</param>
/// <param name="IsDraft">Nothing is recorded yet: it is read from what is being typed.</param>
public sealed record KnownFacts(
    Guid? CaseId, DateTimeOffset? Started, string? Narrative, KnownPlace? Place, IReadOnlyList<string> RiskSigns, string? SafeContact, string? Caller, string? CallerContact,
    IReadOnlyList<KnownPerson> Persons, bool IsDraft)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        // It stands in a page and comes back with the form: every letter as itself, or a long story would not fit.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Nothing at all.</summary>
    public static KnownFacts Nothing { get; } = new(null, null, null, null, [], null, null, null, [], IsDraft: true);

    /// <summary>For the form's hidden field.</summary>
    public string Write() => JsonSerializer.Serialize(this, Json);

    /// <summary>From the form's hidden field; nothing where it was damaged.</summary>
    public static KnownFacts Read(string? text)
    {
        try
        {
            return text is { Length: > 0 } && JsonSerializer.Deserialize<KnownFacts>(text, Json) is { RiskSigns: not null, Persons: not null } read && !read.Persons.Contains(null!) ? read : Nothing;
        }
        catch (JsonException)
        {
            return Nothing;
        }
    }

    /// <summary>
    /// What must be done, in words, without anybody having to type it: what was told if it is short, else its beginning; without a story the signs of danger.
    /// Null when neither is known: then it is asked.
    /// </summary>
    /// <param name="words">In the language of the desks, which is Vietnamese.</param>
    /// <param name="purpose">Code of list referral-purpose.</param>
    public string? Need(Words words, string purpose)
    {
        if (Narrative is { Length: > 0 } told)
        {
            return Beginning(told);
        }

        return RiskSigns.Count == 0 ? null : $"{words.Of("referral-purpose", purpose)}: {string.Join("; ", RiskSigns.Select(sign => words.Within("risk-sign", sign)))}.";
    }

    // The first lines that fit, cut between words.
    private static string Beginning(string told)
    {
        const int Most = 400;
        if (told.Length <= Most)
        {
            return told;
        }

        var end = told.LastIndexOfAny([' ', '\n'], Most);
        return $"{told[..(end > Most / 2 ? end : Most)].TrimEnd()}…";
    }
}
