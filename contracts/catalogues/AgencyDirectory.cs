using System.Collections.Immutable;

namespace Hotline111.Contracts.Catalogues;

/// <summary>A body that receives requests, as the directory knows it at the start; from then on the referral service keeps it.</summary>
/// <param name="Id">A slug; the first desk of an agency bears the same.</param>
/// <param name="Sector">A code of the list <c>receiving-sector</c>.</param>
/// <param name="Source">The law or report that names it.</param>
/// <param name="Confidence">certain, likely, expected or unconfirmed.</param>
public sealed record DirectoryAgency(
    string Id, string Sector, string NameVi, string NameEn, DateOnly ValidFrom, string Source, string Confidence)
{
    /// <summary>Names it bore before the present one, oldest first.</summary>
    public ImmutableArray<EarlierName> EarlierNames { get; init; } = [];

    /// <summary>The present name.</summary>
    public string Name(string language = Catalogue.Vietnamese) => Catalogue.Choose(language, NameVi, NameEn);

    /// <summary>The name on a day in Vietnam.</summary>
    public string NameOn(DateOnly date, string language = Catalogue.Vietnamese) =>
        EarlierName.On(EarlierNames, date)?.Name(language) ?? Name(language);
}

/// <summary>A unit of an agency that is on duty for a territory. A request goes to a desk, never to a person.</summary>
/// <param name="Id">A slug: <c>c02</c>, or kind and province code as in <c>police.08</c>.</param>
/// <param name="ProvinceCodes">Its territory, in codes of <see cref="AgencyDirectory.ProvinceEdition"/>; empty is the whole country.</param>
/// <param name="Competences">What it can be asked for: codes of the list <c>referral-purpose</c>.</param>
/// <param name="ReleaseProfile">The id of the release profile that governs what it may be sent.</param>
/// <param name="DutyHours"><c>24/7</c> or <c>office</c>.</param>
/// <param name="Source">The law or report that names it.</param>
/// <param name="Confidence">certain, likely, expected or unconfirmed.</param>
public sealed record DirectoryDesk(
    string Id,
    string AgencyId,
    string Sector,
    string NameVi,
    string NameEn,
    ImmutableArray<string> ProvinceCodes,
    ImmutableArray<string> Competences,
    string ReleaseProfile,
    ImmutableArray<OfficialChannel> OfficialChannels,
    string DutyHours,
    DateOnly ValidFrom,
    string Source,
    string Confidence)
{
    /// <summary>Names it bore before the present one, oldest first.</summary>
    public ImmutableArray<EarlierName> EarlierNames { get; init; } = [];

    /// <summary>Whether the desk is on duty for this province: it is its own, or the desk is national.</summary>
    public bool Covers(string? provinceCode) => ProvinceCodes.IsEmpty || ProvinceCodes.Contains(provinceCode ?? "");

    /// <summary>The present name.</summary>
    public string Name(string language = Catalogue.Vietnamese) => Catalogue.Choose(language, NameVi, NameEn);

    /// <summary>The name on a day in Vietnam.</summary>
    public string NameOn(DateOnly date, string language = Catalogue.Vietnamese) =>
        EarlierName.On(EarlierNames, date)?.Name(language) ?? Name(language);
}

/// <summary>A way to reach a desk officially.</summary>
/// <param name="Kind"><c>phone</c>, <c>email</c>, <c>fax</c> or <c>letter</c>.</param>
/// <param name="Value">The number or address; null until the body has given it.</param>
/// <param name="Confirmed">The body itself has confirmed the value.</param>
public sealed record OfficialChannel(string Kind, string? Value, bool Confirmed);

/// <summary>A name that was replaced.</summary>
/// <param name="Until">Its last day in Vietnam.</param>
public sealed record EarlierName(DateOnly Until, string NameVi, string NameEn)
{
    public string Name(string language = Catalogue.Vietnamese) => Catalogue.Choose(language, NameVi, NameEn);

    internal static EarlierName? On(ImmutableArray<EarlierName> names, DateOnly date) => names.FirstOrDefault(name => date <= name.Until);
}

/// <summary>Agencies and desks at the start: the central units, and in each province police, health, Women's Union and border guard.</summary>
public static class AgencyDirectory
{
    /// <summary>The id of the agency that the hotline's own people belong to. It has no desk: nothing is referred to it.</summary>
    public const string Hotline = "hotline";

    internal const string FileName = "directory.json";

    private static readonly Lazy<Document> Loaded = new(() => Catalogue.Load<Document>(FileName));

    /// <summary>The edition of the provinces whose codes the desks' territories use.</summary>
    public static string ProvinceEdition => Loaded.Value.ProvinceEdition;

    public static ImmutableArray<DirectoryAgency> Agencies => Loaded.Value.Agencies;

    public static ImmutableArray<DirectoryDesk> Desks => Loaded.Value.Desks;

    public static DirectoryAgency? FindAgency(string? id) => Agencies.FirstOrDefault(agency => agency.Id == id);

    public static DirectoryDesk? FindDesk(string? id) => Desks.FirstOrDefault(desk => desk.Id == id);

    /// <summary>The shape of the file.</summary>
    public sealed record Document(
        string Edition,
        DateOnly ValidFrom,
        string ProvinceEdition,
        string Source,
        string Licence,
        string Note,
        ImmutableArray<DirectoryAgency> Agencies,
        ImmutableArray<DirectoryDesk> Desks);
}
