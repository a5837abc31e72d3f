using System.Collections.Immutable;

namespace Hotline111.Contracts.Catalogues;

/// <summary>A way of grouping the country into regions. Reports name the scheme they use; none is built into code.</summary>
/// <param name="Id">Such as <c>region-9</c>.</param>
/// <param name="ValidFrom">First day of the figures that were published in it.</param>
/// <param name="Basis"><c>former</c>: members are codes of the 63 former provinces; <c>current</c>: of the editions since 2025-07-01.</param>
/// <param name="Confidence">certain, likely, expected or unconfirmed.</param>
public sealed record RegionScheme(
    string Id, string Vi, string En, DateOnly ValidFrom, string Basis, string Source, string Confidence, ImmutableArray<Region> Regions)
{
    /// <summary>The region a province belongs to, or null. The code is one of the edition that <see cref="Basis"/> names.</summary>
    public Region? RegionOf(string? provinceCode) => Regions.FirstOrDefault(region => region.Members.Contains(provinceCode ?? ""));
}

/// <summary>A region of a scheme; <c>abroad</c> has no members.</summary>
public sealed record Region(string Code, string Vi, string En, ImmutableArray<string> Members)
{
    public string Label(string language = Catalogue.Vietnamese) => Catalogue.Choose(language, Vi, En);
}

/// <summary>The region schemes of the published figures and of today's planning.</summary>
public static class RegionSchemes
{
    internal const string FileName = "region-schemes.json";

    private static readonly Lazy<Document> Loaded = new(() => Catalogue.Load<Document>(FileName));

    public static ImmutableArray<RegionScheme> All => Loaded.Value.Schemes;

    /// <exception cref="ArgumentException">There is no such scheme.</exception>
    public static RegionScheme Get(string id) =>
        All.FirstOrDefault(scheme => scheme.Id == id) ?? throw new ArgumentException($"There is no region scheme '{id}'.", nameof(id));

    /// <summary>The shape of the file.</summary>
    public sealed record Document(
        string Edition, DateOnly ValidFrom, string Source, string Licence, string Note, ImmutableArray<RegionScheme> Schemes);
}
