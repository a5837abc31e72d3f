using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hotline111.Contracts.Catalogues;

/// <summary>
/// The catalogue files that travel inside this assembly: value lists, provinces, holidays, release profiles and the directory,
/// each with its edition, validity, source and licence.
/// </summary>
public static class Catalogue
{
    /// <summary>The language of a label that was asked for without one: Vietnamese.</summary>
    public const string Vietnamese = "vi";

    public const string English = "en";

    // Whoever edits a file and misspells a member must hear of it at once: nothing is ignored, nothing is filled in.
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>File names relative to the catalogues folder, such as <c>contact-channel.json</c>, in ordinal order.</summary>
    public static IReadOnlyList<string> FileNames { get; } =
        [.. typeof(Catalogue).Assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".json", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    /// <summary>The bytes of a catalogue file as committed (UTF-8 JSON), for those who hand it on unchanged.</summary>
    /// <exception cref="ArgumentException">There is no such file.</exception>
    public static byte[] Read(string fileName)
    {
        using var stream = typeof(Catalogue).Assembly.GetManifestResourceStream(fileName)
            ?? throw new ArgumentException($"There is no catalogue file '{fileName}'.", nameof(fileName));
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Reads the text of a catalogue file into its record.</summary>
    /// <exception cref="InvalidDataException">The text is not JSON, names a member the record does not know, repeats one, or lacks one.</exception>
    public static T Parse<T>(string fileName, ReadOnlySpan<byte> utf8Json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(utf8Json, Strict) ?? throw new InvalidDataException($"Catalogue file '{fileName}' is empty.");
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"Catalogue file '{fileName}' cannot be read: {fault.Message}", fault);
        }
    }

    internal static T Load<T>(string fileName) => Parse<T>(fileName, Read(fileName));

    internal static string Choose(string language, string vi, string en) =>
        language.StartsWith(English, StringComparison.OrdinalIgnoreCase) ? en : vi;
}
