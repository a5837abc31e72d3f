using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hotline111.Platform.Privacy;

/// <summary>
/// Whom a personal value belongs to; whoever is erased takes the keys of all values she owns along.
/// Written as <c>kind/id</c>, in JSON too.
/// </summary>
/// <remarks>
/// <see cref="Kind"/> is one lower-case word of at most 32 letters and hyphens; which kinds exist is the services' matter.
/// <c>default(Owner)</c> is nobody and is refused wherever an owner is needed.
/// </remarks>
[JsonConverter(typeof(OwnerConverter))]
public readonly record struct Owner
{
    /// <exception cref="ArgumentException">The kind is not a lower-case word, or the id is empty.</exception>
    public Owner(string kind, Guid id)
    {
        if (!IsKind(kind))
            throw new ArgumentException("The kind of an owner is one lower-case word of at most 32 letters.", nameof(kind));
        if (id == Guid.Empty)
            throw new ArgumentException("An owner needs an id.", nameof(id));
        (Kind, Id) = (kind, id);
    }

    public string Kind { get; }

    public Guid Id { get; }

    public override string ToString() => $"{Kind}/{Id:D}";

    public static bool TryParse([NotNullWhen(true)] string? text, out Owner owner)
    {
        owner = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0 || !IsKind(text![..slash]) || !Guid.TryParseExact(text.AsSpan(slash + 1), "D", out var id) || id == Guid.Empty)
            return false;
        owner = new Owner(text[..slash], id);
        return true;
    }

    private static bool IsKind(string? kind) =>
        kind is { Length: > 0 and <= 32 } && char.IsAsciiLetterLower(kind[0]) && kind.All(letter => char.IsAsciiLetterLower(letter) || letter == '-');
}

/// <summary>
/// What kind of knowledge a value is. Each group of an owner has a key of its own, so that where somebody is
/// can be closed to a reader to whom her story is open.
/// </summary>
public static class FieldGroup
{
    /// <summary>Who somebody is: name, papers, date of birth.</summary>
    public const string Identity = "identity";

    /// <summary>Where somebody is or lives.</summary>
    public const string Location = "location";

    /// <summary>What happened, in anybody's words.</summary>
    public const string Narrative = "narrative";

    /// <summary>How somebody is reached: phone, account, safe hours and names.</summary>
    public const string Contact = "contact";

    /// <summary>All groups there are; a stored value of another group is refused.</summary>
    public static IReadOnlyList<string> All { get; } = [Identity, Location, Narrative, Contact];

    internal static string Checked(string group) =>
        All.Contains(group) ? group : throw new ArgumentException("No such field group.", nameof(group));
}

internal sealed class OwnerConverter : JsonConverter<Owner>
{
    public override Owner Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Owner.TryParse(reader.TokenType == JsonTokenType.String ? reader.GetString() : null, out var owner)
            ? owner
            : throw new JsonException("An owner is written as kind/id.");

    public override void Write(Utf8JsonWriter writer, Owner value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
