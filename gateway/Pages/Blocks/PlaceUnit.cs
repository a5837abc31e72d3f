using Hotline111.Contracts.Catalogues;

namespace Hotline111.Pages.Blocks;

/// <summary>A province or city somebody chose: a bare code is ambiguous, so its edition goes with it.</summary>
/// <param name="Edition">Edition of the province catalogue.</param>
/// <param name="Code">The unit's code in that edition.</param>
/// <param name="Former">Its code before the mergers of July 2025, where that is known.</param>
public sealed record PlaceUnit(string Edition, string Code, string? Former)
{
    /// <summary>The form in which a field sends it.</summary>
    public string Value => $"{Edition}/{Code}/{Former}";

    /// <summary>The unit that a field sent, or null if the catalogue has none like it.</summary>
    public static PlaceUnit? Parse(string? value) =>
        value?.Split('/') is [var edition, var code, var former] && Provinces.IsKnown(edition, code, former.Length == 0 ? null : former)
            ? new(edition, code, former.Length == 0 ? null : former)
            : null;

    /// <summary>The place that was found, as a choice.</summary>
    public static PlaceUnit Of(FoundPlace place) => new(place.Edition, place.Code, place.FormerCode);

    /// <summary>Its name; a former unit's with its new home.</summary>
    public string Label(Words words)
    {
        var home = Provinces.Label(Edition, Code, words.Language.Code) ?? Code;
        return Former is not null && Provinces.Find(Edition)?.Find(Code) is { FormerCodes.Length: > 1 } && Provinces.Former.Find(Former) is { } former
            ? words["Place.Former", former.Label(words.Language.Code), home]
            : home;
    }

    /// <summary>The units of a day, in the order of their codes; a unit that is called as one of those merged into it means that one no more than the others.</summary>
    public static IReadOnlyList<PlaceUnit> On(DateOnly day) => [.. PlaceSearch.Find("", day, 100).Select(Of)];

    /// <summary>The units before the mergers that are a part of a larger one today.</summary>
    public static IReadOnlyList<PlaceUnit> FormerOn(DateOnly day) => Provinces.Find(Provinces.EditionAt(day)) is not { } edition
        ? []
        : [.. Provinces.Former.Provinces.Where(former => edition.Find(former.MergedInto) is { FormerCodes.Length: > 1 }).Select(former => new PlaceUnit(edition.Edition, former.MergedInto, former.Code))];
}
