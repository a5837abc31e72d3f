using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Hotline111.Contracts.Catalogues;

/// <summary>
/// One closed list of codes, such as the channels of a contact. Events store the code; pages show the label.
/// </summary>
/// <param name="Name">The list's name, which is also its file's.</param>
/// <param name="Edition">Names this state of the list; an edition is never edited after use.</param>
/// <param name="ValidFrom">First day of the edition, Vietnamese time.</param>
/// <param name="Source">The law or report the values come from.</param>
/// <param name="Licence">On what terms the file may be used.</param>
/// <param name="Values">In the order in which a form shows them.</param>
/// <param name="DisplayOnly">True where the codes only label figures and are never stored, as with age bands.</param>
/// <param name="Note">What a reader of the file must know.</param>
public sealed record ValueList(
    [property: JsonPropertyName("list")] string Name,
    string Edition,
    DateOnly ValidFrom,
    string Source,
    string Licence,
    ImmutableArray<CatalogueValue> Values,
    bool DisplayOnly = false,
    string? Note = null)
{
    private FrozenDictionary<string, CatalogueValue>? _byCode;

    private FrozenDictionary<string, CatalogueValue> ByCode => _byCode ??= Values.ToFrozenDictionary(value => value.Code, StringComparer.Ordinal);

    public bool Contains(string? code) => code is not null && ByCode.ContainsKey(code);

    /// <summary>The value with this code, or null.</summary>
    public CatalogueValue? Find(string? code) => code is null ? null : ByCode.GetValueOrDefault(code);

    /// <summary>
    /// The words for a code, in English if <paramref name="language"/> begins with "en", else in Vietnamese.
    /// A code that this edition does not know is shown as it is, so that an event of another edition stays readable.
    /// </summary>
    public string Label(string code, string language = Catalogue.Vietnamese) =>
        Find(code) is { } value ? value.Label(language) : code;
}

/// <summary>One code of a value list with its words in both languages and what the list says about it.</summary>
/// <param name="Attested">The value occurs in published reports; the others are the platform's own.</param>
/// <param name="RequiresText">Who picks it must add words.</param>
/// <param name="RequiresAdvisedDesk">Who declines for this reason must name the desk that should receive the request.</param>
/// <param name="CountsInTotal">Whether a contact of this kind is part of the published total; null where the question does not arise.</param>
/// <param name="AllowsDisclosure">Whether data may leave on this basis; null in every other list.</param>
/// <param name="Final">True for a referral state without a way out.</param>
/// <param name="FromAge">Lowest age of a band in whole years; null is open.</param>
/// <param name="ToAge">Highest age of a band in whole years, included; null is open.</param>
/// <param name="Letter">The letter of a support regime in article 37(1) of Law 53/2024/QH15.</param>
/// <param name="Official">The number of an ethnic group in the official list.</param>
/// <param name="Group">The code of an ethnic group in the list <c>ethnicity-group</c>.</param>
public sealed record CatalogueValue(
    string Code,
    string Vi,
    string En,
    bool Attested,
    bool RequiresText = false,
    bool RequiresAdvisedDesk = false,
    bool? CountsInTotal = null,
    bool? AllowsDisclosure = null,
    bool Final = false,
    int? FromAge = null,
    int? ToAge = null,
    string? Letter = null,
    string? Official = null,
    string? Group = null)
{
    /// <summary>English if <paramref name="language"/> begins with "en", else Vietnamese.</summary>
    public string Label(string language = Catalogue.Vietnamese) => Catalogue.Choose(language, Vi, En);
}

/// <summary>All value lists, read once when the first is asked for.</summary>
public static class ValueLists
{
    private static readonly Lazy<FrozenDictionary<string, ValueList>> Lists = new(() => FileNames()
        .Select(fileName => Parse(fileName, Catalogue.Read(fileName)))
        .ToFrozenDictionary(list => list.Name, StringComparer.Ordinal));

    public static IReadOnlyList<string> Names { get; } = [.. FileNames().Select(Path.GetFileNameWithoutExtension).OfType<string>()];

    /// <summary>The list of this name in its current edition.</summary>
    /// <exception cref="ArgumentException">There is no such list.</exception>
    public static ValueList Get(string name) =>
        Lists.Value.TryGetValue(name, out var list) ? list : throw new ArgumentException($"There is no value list '{name}'.", nameof(name));

    /// <summary>Reads the text of one list and checks what its record cannot say: one name, each code once, words in both languages.</summary>
    /// <exception cref="InvalidDataException">The text is not such a list.</exception>
    public static ValueList Parse(string fileName, ReadOnlySpan<byte> utf8Json)
    {
        var list = Catalogue.Parse<ValueList>(fileName, utf8Json);
        if (fileName != list.Name + ".json")
            throw new InvalidDataException($"Catalogue file '{fileName}' holds the list '{list.Name}'.");
        if (list.Values.IsDefaultOrEmpty)
            throw new InvalidDataException($"Catalogue file '{fileName}' has no values.");
        if (list.Values.GroupBy(value => value.Code, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InvalidDataException($"Catalogue file '{fileName}' has the code '{twice.Key}' more than once.");
        if (list.Values.FirstOrDefault(value => string.IsNullOrWhiteSpace(value.Vi) || string.IsNullOrWhiteSpace(value.En)) is { } mute)
            throw new InvalidDataException($"Catalogue file '{fileName}' lacks words for the code '{mute.Code}'.");
        return list;
    }

    private static IEnumerable<string> FileNames() => Catalogue.FileNames.Except(
        [.. Provinces.FileNames, RegionSchemes.FileName, Holidays.FileName, ReleaseProfiles.FileName, ReferralPolicies.FileName, AgencyDirectory.FileName]);
}
