using System.Collections.Immutable;

namespace Hotline111.Contracts.Catalogues;

/// <summary>What a receiving desk may be sent: the exact fields of a package, and the bases on which they may go.</summary>
/// <param name="Id">Such as <c>police</c>; a desk names the profile that governs it.</param>
/// <param name="Edition">Goes into the release beside the id, so that a later edition never rewrites what was decided.</param>
/// <param name="Sector">The receiving sector it is made for; null for <c>emergency</c>, which is for any.</param>
/// <param name="AcceptedBases">Codes of the list <c>disclosure-basis</c>.</param>
/// <param name="Fields">Names of package fields; use <see cref="FieldsOn"/> to learn what may go on a basis.</param>
public sealed record ReleaseProfile(
    string Id,
    string Edition,
    DateOnly ValidFrom,
    string Source,
    string? Sector,
    string Vi,
    string En,
    ImmutableArray<string> AcceptedBases,
    ImmutableArray<string> Fields)
{
    public bool Accepts(string? basis) => basis is not null && AcceptedBases.Contains(basis);

    /// <summary>
    /// The fields that may go on this basis: none if the profile does not accept it, and on <see cref="DisclosureBasis.Anonymised"/>
    /// only those that point to nobody.
    /// </summary>
    public ImmutableArray<string> FieldsOn(string basis) => !Accepts(basis)
        ? []
        : basis == DisclosureBasis.Anonymised ? [.. Fields.Where(ReleaseProfiles.AnonymousFields.Contains)] : Fields;

    /// <summary>Whether one field may go on this basis.</summary>
    public bool Allows(string field, string basis) => FieldsOn(basis).Contains(field);

    public string Label(string language = Catalogue.Vietnamese) => Catalogue.Choose(language, Vi, En);
}

/// <summary>One release profile for each receiving sector, and one for an emergency.</summary>
public static class ReleaseProfiles
{
    /// <summary>The id of the profile for danger to life; it accepts <see cref="DisclosureBasis.VitalInterest"/> alone.</summary>
    public const string Emergency = "emergency";

    internal const string FileName = "release-profiles.json";

    private static readonly Lazy<Document> Loaded = new(() => Catalogue.Load<Document>(FileName));

    public static ImmutableArray<ReleaseProfile> All => Loaded.Value.Profiles;

    /// <summary>Every field a package can have.</summary>
    public static ImmutableArray<string> KnownFields => Loaded.Value.KnownFields;

    /// <summary>The fields that may go on the basis <see cref="DisclosureBasis.Anonymised"/>.</summary>
    public static ImmutableArray<string> AnonymousFields => Loaded.Value.AnonymousFields;

    /// <summary>The profile of this id in its current edition, or null.</summary>
    public static ReleaseProfile? Find(string? id) => All.FirstOrDefault(profile => profile.Id == id);

    /// <exception cref="ArgumentException">There is no such profile.</exception>
    public static ReleaseProfile Get(string id) =>
        Find(id) ?? throw new ArgumentException($"There is no release profile '{id}'.", nameof(id));

    /// <summary>The shape of the file.</summary>
    public sealed record Document(
        string Edition,
        DateOnly ValidFrom,
        string Source,
        string Licence,
        string Confidence,
        string Note,
        ImmutableArray<string> KnownFields,
        ImmutableArray<string> AnonymousFields,
        ImmutableArray<ReleaseProfile> Profiles);
}
