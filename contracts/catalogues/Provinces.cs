using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Hotline111.Contracts.Catalogues;

/// <summary>
/// The provincial units of Vietnam on a day. A bare code is ambiguous - seven codes got another meaning on 2025-07-01 - so whoever
/// stores a code stores the edition beside it.
/// </summary>
/// <param name="Edition">The day the edition begins, as in <c>2025-07-01</c>.</param>
/// <param name="ValidTo">Last day of an edition that was replaced as a whole; null where none is stated.</param>
/// <param name="Confidence">How sure the compilation is: certain, likely, expected or unconfirmed.</param>
public sealed record ProvinceEdition(
    string Edition,
    DateOnly ValidFrom,
    string Source,
    string Licence,
    string Confidence,
    string Note,
    ImmutableArray<Province> Provinces,
    DateOnly? ValidTo = null)
{
    private FrozenDictionary<string, Province>? _byCode;

    /// <summary>The unit with this code in this edition, or null.</summary>
    public Province? Find(string? code) => code is null
        ? null
        : (_byCode ??= Provinces.ToFrozenDictionary(province => province.Code, StringComparer.Ordinal)).GetValueOrDefault(code);
}

/// <summary>A province or a centrally-run city, in the editions since the mergers of 2025-07-01.</summary>
/// <param name="Code">Two digits: the code of the former province in which the seat lies.</param>
/// <param name="Kind"><c>province</c> or <c>city</c>.</param>
/// <param name="FormerCodes">Codes of the edition 2025-03-01 that were merged into it, the namesake first.</param>
/// <param name="Region9">Regions of the scheme <c>region-9</c> it touches, the namesake's first.</param>
/// <param name="Region7">Regions of the scheme <c>region-7</c> it touches, the namesake's first.</param>
/// <param name="LandBorder">ISO codes of the countries it borders on land.</param>
/// <param name="Coastal">It lies on the sea.</param>
public sealed record Province(
    string Code,
    string Vi,
    string En,
    string Kind,
    ImmutableArray<string> FormerCodes,
    ImmutableArray<string> Region9,
    ImmutableArray<string> Region7,
    ImmutableArray<string> LandBorder,
    bool Coastal)
{
    public string Label(string language = Catalogue.Vietnamese) => Catalogue.Choose(language, Vi, En);
}

/// <summary>The 63 units before the mergers.</summary>
public sealed record FormerProvinceEdition(
    string Edition,
    DateOnly ValidFrom,
    string Source,
    string Licence,
    string Confidence,
    string Note,
    ImmutableArray<FormerProvince> Provinces,
    DateOnly? ValidTo = null)
{
    private FrozenDictionary<string, FormerProvince>? _byCode;

    /// <summary>The unit with this code before the mergers, or null.</summary>
    public FormerProvince? Find(string? code) => code is null
        ? null
        : (_byCode ??= Provinces.ToFrozenDictionary(province => province.Code, StringComparer.Ordinal)).GetValueOrDefault(code);
}

/// <summary>A unit as it was before the mergers. Regions belong to these, not to the merged ones.</summary>
/// <param name="MergedInto">The code, in the editions since 2025-07-01, of the unit it became a part of.</param>
/// <param name="Region9">Its one region in the scheme <c>region-9</c>.</param>
/// <param name="Region7">Its one region in the scheme <c>region-7</c>.</param>
public sealed record FormerProvince(string Code, string Vi, string En, string Kind, string MergedInto, string Region9, string Region7)
{
    public string Label(string language = Catalogue.Vietnamese) => Catalogue.Choose(language, Vi, En);
}

/// <summary>Provinces by edition: the 63 former ones, and the 34 since the mergers.</summary>
public static class Provinces
{
    private const string FormerFile = "former-provinces.2025-03-01.json";

    private static readonly ImmutableArray<string> EditionFiles = ["provinces.2025-07-01.json", "provinces.2026-04-30.json"];

    private static readonly Lazy<ImmutableArray<ProvinceEdition>> LoadedEditions =
        new(() => [.. EditionFiles.Select(Catalogue.Load<ProvinceEdition>)]);

    private static readonly Lazy<FormerProvinceEdition> LoadedFormer = new(() => Catalogue.Load<FormerProvinceEdition>(FormerFile));

    internal static IEnumerable<string> FileNames => EditionFiles.Append(FormerFile);

    /// <summary>The editions with 34 units, oldest first.</summary>
    public static ImmutableArray<ProvinceEdition> Editions => LoadedEditions.Value;

    /// <summary>The 63 units as of 2025-03-01; their list stands for earlier years too.</summary>
    public static FormerProvinceEdition Former => LoadedFormer.Value;

    /// <summary>
    /// The id of the edition in force on a day in Vietnam: the last that began on or before it; the edition of the 63 for every
    /// day before the mergers.
    /// </summary>
    public static string EditionAt(DateOnly date) =>
        Editions.LastOrDefault(edition => edition.ValidFrom <= date)?.Edition ?? Former.Edition;

    /// <summary>The edition with 34 units of this id, or null (also for the edition of the 63).</summary>
    public static ProvinceEdition? Find(string? edition) => Editions.FirstOrDefault(known => known.Edition == edition);

    /// <summary>
    /// Whether an event may name this place: the edition exists, it has the code, and the former province, where one is named,
    /// was merged into that unit. In the edition of the 63 a former province may only repeat the code.
    /// </summary>
    public static bool IsKnown(string? edition, string? provinceCode, string? formerProvinceCode = null)
    {
        if (edition == Former.Edition)
            return Former.Find(provinceCode) is not null && (formerProvinceCode is null || formerProvinceCode == provinceCode);
        return Find(edition)?.Find(provinceCode) is not null
            && (formerProvinceCode is null || IsMergedInto(formerProvinceCode, provinceCode));
    }

    /// <summary>Whether the former province became a part of the unit with this code.</summary>
    public static bool IsMergedInto(string? formerProvinceCode, string? provinceCode) =>
        provinceCode is not null && Former.Find(formerProvinceCode)?.MergedInto == provinceCode;

    /// <summary>The name of a unit in an edition, or null if the edition or the code is unknown.</summary>
    public static string? Label(string? edition, string? provinceCode, string language = Catalogue.Vietnamese) =>
        edition == Former.Edition
            ? Former.Find(provinceCode)?.Label(language)
            : Find(edition)?.Find(provinceCode)?.Label(language);
}
