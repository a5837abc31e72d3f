using System.Globalization;
using System.Text.Json;
using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;
using Hotline111.Platform;

namespace Hotline111.Console.Referrals;

/// <summary>What was sent, version by version, as the reader may see it.</summary>
/// <param name="Versions">The package first, then its supplements.</param>
/// <param name="Withheld">Fields that the desk returned and is not shown any more.</param>
public sealed record Package(string Number, IReadOnlyList<PackageVersion> Versions, IReadOnlyList<string> Withheld)
{
    /// <summary>What holds now.</summary>
    public PackageVersion Last => Versions[^1];

    /// <summary>Everybody whom any version names, each once, in the newest words.</summary>
    public IReadOnlyList<PackagePerson> Everybody =>
        [.. Versions.Reverse().SelectMany(version => version.Persons).DistinctBy(person => person.Id).OrderBy(person => Last.Persons.Any(now => now.Id == person.Id) ? 0 : 1)];
}

/// <summary>What went out at one time.</summary>
/// <param name="Supplement">0 for the package, then the supplement's number.</param>
/// <param name="Released">Case signed it; else it was composed in an emergency.</param>
/// <param name="Package">The package itself.</param>
/// <param name="Difference">What changed against the one before.</param>
public sealed record PackageVersion(
    int Supplement, string Profile, string Basis, string PackageHash, DateTimeOffset ReleasedAt, DateTimeOffset SentAt, bool Released, JsonElement Package, IReadOnlyList<PackageChange> Difference)
{
    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

    /// <summary>What is asked for.</summary>
    public JsonElement Request => Package.TryGetProperty("request", out var request) ? request : Nothing;

    /// <summary>Whom it is about.</summary>
    public IReadOnlyList<PackagePerson> Persons => Package.TryGetProperty("persons", out var persons) ? [.. persons.EnumerateArray().Select((person, i) => new PackagePerson(person, i + 1))] : [];

    /// <summary>The release profile without its edition.</summary>
    public ReleaseProfile? ReleaseProfile => ReleaseProfiles.Find(Profile.Split('@')[0]);

    /// <summary>The fields of the package that hold something, by their names in the profiles.</summary>
    public IReadOnlyList<string> Fields =>
    [
        .. ReleaseProfiles.KnownFields.Where(known => known.Split('.') is [var group, var name]
            && (group == "request" ? Request.TryGetProperty(name, out _) : Persons.Any(person => person.Json.TryGetProperty(name, out _)))),
    ];
}

/// <summary>One field that is another now.</summary>
public sealed record PackageChange(string Path, JsonElement? Before, JsonElement? After);

/// <summary>Somebody whom the package names.</summary>
/// <param name="Place">Its place among them, from 1.</param>
public sealed record PackagePerson(JsonElement Json, int Place)
{
    /// <summary>Her id.</summary>
    public Guid Id => Json.TryGetProperty("id", out var id) && id.TryGetGuid(out var guid) ? guid : Guid.Empty;

    /// <summary>Her data was destroyed.</summary>
    public bool Erased => Json.TryGetProperty("erased", out _);
}

/// <summary>The fields of a package in the reader's words.</summary>
public sealed class PackageWords(Words words, Times times)
{
    /// <summary>The name of a field: <c>person.name</c>, <c>request.need</c>.</summary>
    public string Name(string field) => field switch
    {
        "request.purpose" => words["Package.Purpose"],
        "request.need" => words["Package.Need"],
        "request.narrative" => words["Package.Narrative"],
        "request.place" => words["Package.Place"],
        "request.riskSigns" => words["Package.RiskSigns"],
        "request.urgency" => words["Package.Urgency"],
        "request.safeContact" => words["Package.SafeContact"],
        "request.callerContact" => words["Package.CallerContact"],
        "person.name" => words["Package.PersonName"],
        "person.gender" => words["Package.Gender"],
        "person.birthYear" => words["Package.BirthYear"],
        "person.age" => words["Package.Age"],
        "person.ethnicityGroup" => words["Package.Ethnicity"],
        "person.phone" => words["Package.Phone"],
        "person.address" => words["Package.Address"],
        "person.identityNumber" => words["Package.IdentityNumber"],
        "person.purpose" => words["Package.Exploitation"],
        "person.type" => words["Package.Type"],
        "person.destination" => words["Package.Destination"],
        "person.status" => words["Package.Status"],
        "person.location" => words["Package.Location"],
        "person.note" => words["Package.Note"],
        "person.erased" => words["Package.Erased"],
        _ => field,
    };

    /// <summary>The value of a field as people read it; null when there is none.</summary>
    public string? Value(string field, JsonElement holder) =>
        holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(field[(field.IndexOf('.', StringComparison.Ordinal) + 1)..], out var value) ? Text(field, value) : null;

    /// <summary>The field holds the code that says that nobody knows.</summary>
    public static bool IsUnknown(string field, JsonElement holder) =>
        holder.TryGetProperty(field[(field.IndexOf('.', StringComparison.Ordinal) + 1)..], out var value) && value.ValueKind == JsonValueKind.String && value.GetString() == "unknown";

    /// <inheritdoc cref="Value"/>
    public string? Text(string field, JsonElement? value) => value is not { } shown ? null : (field, shown.ValueKind) switch
    {
        (_, JsonValueKind.Null or JsonValueKind.Undefined) => null,
        ("request.purpose", _) => words.Of("referral-purpose", shown.GetString()),
        ("request.place", JsonValueKind.Object) => Place(shown),
        ("request.place.provinceCode", _) => Provinces.Label(AgencyDirectory.ProvinceEdition, shown.GetString(), words.Language.Code) ?? shown.GetString(),
        ("request.place.formerProvinceCode", _) => Provinces.Former.Find(shown.GetString())?.Label(words.Language.Code) ?? shown.GetString(),
        ("request.riskSigns", JsonValueKind.Array) => string.Join(" · ", shown.EnumerateArray().Select(sign => words.Of("risk-sign", sign.GetString()))),
        ("request.urgency", _) => words.Of("urgency", shown.GetString()),
        ("request.safeContact", _) => words.Of("safe-contact", shown.GetString()),
        ("person.gender", _) => words.Of("gender", shown.GetString()),
        ("person.ethnicityGroup", _) => words.Of("ethnicity-group", shown.GetString()),
        ("person.purpose", _) => words.Of("purpose", shown.GetString()),
        ("person.type", _) => words.Of("trafficking-type", shown.GetString()),
        ("person.destination", _) => words.Of("destination", shown.GetString()),
        ("person.status", _) => words.Of("person-status", shown.GetString()),
        (_, JsonValueKind.Number) => shown.GetRawText(),
        (_, JsonValueKind.True) => words["Package.Yes"],
        (_, JsonValueKind.String) => shown.GetString(),
        _ => shown.GetRawText(),
    };

    /// <summary>The name of somebody in the package; words for an unnamed one.</summary>
    public string Who(PackagePerson person) => person.Erased ? words["Package.ErasedPerson", person.Place] : Value("person.name", person.Json) ?? words["Package.Unnamed", person.Place];

    /// <summary>Age and gender in one line.</summary>
    public string AgeAndGender(PackagePerson person)
    {
        var age = person.Json.TryGetProperty("age", out var years) && years.TryGetInt32(out var told) ? words["Package.Years", told]
            : person.Json.TryGetProperty("birthYear", out var born) && born.TryGetInt32(out var year) ? words["Package.BornAbout", (times.Now.InVietnam.Year - year).ToString(CultureInfo.InvariantCulture), year.ToString(CultureInfo.InvariantCulture)]
            : null;
        return string.Join(", ", new[] { age, Value("person.gender", person.Json)?.ToLower(words.Language.Culture) }.OfType<string>());
    }

    /// <summary>Where a change is: the person's name and the field's.</summary>
    public string At(PackageChange change, PackageVersion version, PackageVersion before)
    {
        if (!change.Path.StartsWith("persons[", StringComparison.Ordinal))
            return change.Path.StartsWith("request.place.", StringComparison.Ordinal) ? Name("request.place") : Name(change.Path);
        var end = change.Path.IndexOf(']', StringComparison.Ordinal);
        var person = version.Persons.Concat(before.Persons).FirstOrDefault(each => each.Id.ToString("D") == change.Path[8..end]);
        var field = Name($"person.{change.Path[(end + 2)..]}");
        return person is null ? field : $"{Who(person)}: {field}";
    }

    /// <summary>The field of a change, as <see cref="Text"/> takes it; null for what people do not read.</summary>
    public static string? FieldOf(PackageChange change) => change.Path switch
    {
        _ when change.Path.EndsWith("].id", StringComparison.Ordinal) || change.Path == "request.place.edition" => null,
        ['p', 'e', 'r', 's', 'o', 'n', 's', '[', ..] path => $"person.{path[(path.IndexOf(']', StringComparison.Ordinal) + 2)..]}",
        var path => path,
    };

    private string Place(JsonElement place)
    {
        var edition = place.TryGetProperty("edition", out var named) ? named.GetString() : null;
        var province = place.TryGetProperty("provinceCode", out var code) ? Provinces.Label(edition, code.GetString(), words.Language.Code) ?? code.GetString() : null;
        var commune = place.TryGetProperty("commune", out var told) && told.ValueKind == JsonValueKind.String ? told.GetString() : null;
        var former = place.TryGetProperty("formerProvinceCode", out var old) && old.ValueKind == JsonValueKind.String ? Provinces.Former.Find(old.GetString())?.Label(words.Language.Code) : null;
        var now = string.Join(", ", new[] { commune, province }.OfType<string>());
        return former is null ? now : words["Package.FormerName", now, former];
    }
}
