using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;
using Hotline111.Pages.Blocks;

namespace Hotline111.Console.Emergency;

/// <summary>What is known, in the words of the sheet.</summary>
public static class EmergencyWords
{
    /// <summary>The name of a province or city of today.</summary>
    public static string Province(Words words, string code) => Provinces.Editions[^1].Find(code)?.Label(words.Language.Code) ?? code;

    /// <summary>Provinces and cities of today, by name.</summary>
    public static IReadOnlyList<Choice> AllProvinces(Words words) =>
        [.. Provinces.Editions[^1].Provinces.Select(unit => new Choice(unit.Code, unit.Label(words.Language.Code))).OrderBy(choice => choice.Label, StringComparer.Create(words.Language.Culture, ignoreCase: true))];

    /// <summary>Where it is.</summary>
    public static string Place(Words words, KnownPlace? place)
    {
        if (place is null)
        {
            return words["Emergency.Unknown"];
        }

        var code = words.Language.Code;
        var unit = place.Edition == Provinces.Former.Edition ? Provinces.Former.Find(place.ProvinceCode)?.Label(code) : Provinces.Find(place.Edition)?.Find(place.ProvinceCode)?.Label(code);
        var former = place.FormerProvinceCode is { } earlier && Provinces.Former.Find(earlier)?.Label(code) is { } name && name != unit ? words["Emergency.Formerly", name] : null;
        return string.Join(", ", new[] { place.Commune, unit }.Where(part => !string.IsNullOrEmpty(part))) + (former is null ? "" : $" ({former})");
    }

    /// <summary>Whom it is about.</summary>
    public static string Persons(Words words, IReadOnlyList<KnownPerson> persons) => persons.Count == 0
        ? words["Emergency.PersonUnknown"]
        : string.Join("; ", persons.Select(person => string.Join(", ", new[]
        {
            person.Name,
            person.Gender is null ? null : words.Within("gender", person.Gender),
            person.Age is { } age ? words["Emergency.Years", age] : person.BirthYear is { } year ? words["Emergency.Born", year.ToString(System.Globalization.CultureInfo.InvariantCulture)] : null,
            person.Location,
        }.Where(part => !string.IsNullOrEmpty(part))) is { Length: > 0 } told ? told : words["Emergency.PersonUnknown"]));
}
