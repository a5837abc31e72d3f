using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Resources;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;

namespace Hotline111.Pages;

/// <summary>The sentences of the pages in one language. A key is <c>Area.Name</c>: the resource file <c>Resources/Area.vi.resx</c> and its entry.</summary>
/// <remarks>Write a key whole where it is used, in one literal: a test reads the sources for keys that are missing or that nobody uses.</remarks>
public sealed class Words(WordBook book, Language language)
{
    /// <summary>The reader's language.</summary>
    public Language Language => language;

    /// <summary>The sentence of a key.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public string this[string key] => book.Find(key, language);

    /// <summary>The sentence of a key, with its holes filled; numbers as the reader writes them.</summary>
    public string this[string key, params object?[] values] => string.Format(language.Culture, book.Find(key, language), values);

    /// <summary>The words for a code of a value list, as a sentence begins.</summary>
    public string Of(string list, string? code) => code is null ? "" : Capital(ValueLists.Get(list).Label(code, language.Code));

    /// <summary>The words for a code of a value list, inside a sentence.</summary>
    public string Within(string list, string? code) => code is null ? "" : ValueLists.Get(list).Label(code, language.Code);

    /// <summary>The name of a desk, or its id if the directory of this version does not know it.</summary>
    public string Desk(string id) => AgencyDirectory.FindDesk(id)?.Name(language.Code) ?? id;

    /// <summary>The name of a role.</summary>
    public string Role(string role) => role switch
    {
        Roles.Counsellor => this["Role.Counsellor"],
        Roles.Supervisor => this["Role.Supervisor"],
        Roles.Director => this["Role.Director"],
        Roles.Liaison => this["Role.Liaison"],
        Roles.AgencyHead => this["Role.AgencyHead"],
        Roles.Auditor => this["Role.Auditor"],
        Roles.Administrator => this["Role.Administrator"],
        _ => role,
    };

    private string Capital(string text) => text.Length == 0 ? text : char.ToUpper(text[0], language.Culture) + text[1..];
}

/// <summary>Every sentence of the pages of this process, from the satellite assemblies of the assemblies named at start.</summary>
public sealed class WordBook(ImmutableArray<Assembly> assemblies)
{
    private readonly ConcurrentDictionary<Language, FrozenDictionary<string, string>> _sentences = new();

    /// <summary>The sentence.</summary>
    /// <exception cref="KeyNotFoundException">There is none in that language.</exception>
    public string Find(string key, Language language) =>
        _sentences.GetOrAdd(language, Read).TryGetValue(key, out var sentence) ? sentence : throw new KeyNotFoundException($"There is no sentence '{key}' in '{language.Code}'.");

    /// <summary>All keys of a language.</summary>
    public IReadOnlyCollection<string> Keys(Language language) => _sentences.GetOrAdd(language, Read).Keys;

    private FrozenDictionary<string, string> Read(Language language) => assemblies
        .SelectMany(assembly => Sentences(assembly, language.Culture))
        .ToFrozenDictionary(StringComparer.Ordinal);

    // "Hotline111.Console.Resources.Inbox.vi.resources" is the area Inbox.
    private static IEnumerable<KeyValuePair<string, string>> Sentences(Assembly assembly, CultureInfo culture)
    {
        var satellite = assembly.GetSatelliteAssembly(culture);
        foreach (var name in satellite.GetManifestResourceNames())
        {
            var area = name.Split('.')[^3];
            using var reader = new ResourceReader(satellite.GetManifestResourceStream(name)!);
            foreach (System.Collections.DictionaryEntry entry in reader)
                yield return new($"{area}.{entry.Key}", (string)entry.Value!);
        }
    }
}
