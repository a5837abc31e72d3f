using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Hotline111.Contracts.Tests.Schemas;

/// <summary>One difference between a committed schema and the one that the code has today.</summary>
/// <param name="Breaks">Documents that were valid may not be any more, or readers of old ones fail.</param>
internal sealed partial record SchemaChange(string Sentence, bool Breaks)
{
    /// <summary>All differences, each as a sentence.</summary>
    public static IReadOnlyList<SchemaChange> Between(JsonObject committed, JsonObject present)
    {
        List<SchemaChange> changes = [];
        Compare(committed, present, "", changes);
        foreach (var (name, definition) in committed["$defs"]?.AsObject() ?? [])
        {
            // A definition that nothing names any more went with the property that named it.
            if (present["$defs"]?[name] is JsonObject now)
                Compare(definition!.AsObject(), now, name, changes);
        }

        if (changes.Count == 0 && !JsonNode.DeepEquals(committed, present))
            changes.Add(new("it is written otherwise", Breaks: !SameButOrder(committed, present)));
        return changes;
    }

    private static void Compare(JsonObject before, JsonObject now, string at, List<SchemaChange> changes)
    {
        var place = at.Length == 0 ? "" : at + ".";
        if (before["properties"] is JsonObject || now["properties"] is JsonObject)
        {
            var (old, present) = (before["properties"]?.AsObject() ?? [], now["properties"]?.AsObject() ?? []);
            var (was, required) = (Required(before), Required(now));
            foreach (var (name, property) in old)
            {
                if (present[name] is not JsonObject after)
                {
                    changes.Add(new($"{place}{name} was removed or renamed", Breaks: true));
                    continue;
                }

                Compare(property!.AsObject(), after, place + name, changes);
                if (was.Contains(name) && !required.Contains(name))
                    changes.Add(new($"{place}{name} may now be missing", Breaks: true));
                if (!was.Contains(name) && required.Contains(name))
                    changes.Add(new($"{place}{name} may no longer be missing", Breaks: true));
            }

            foreach (var (name, _) in present.Where(property => !old.ContainsKey(property.Key)))
                changes.Add(required.Contains(name) ? new($"{place}{name} was added and is required", Breaks: true) : new($"{place}{name} was added, optional", Breaks: false));
            return;
        }

        if (before["items"] is JsonObject items && now["items"] is JsonObject itemsNow)
        {
            Compare(items, itemsNow, at + "[]", changes);
            return;
        }

        if (Codes(before) is { } known && Codes(now) is { } have)
        {
            if (known.Except(have).ToList() is { Count: > 0 } lost)
                changes.Add(new($"{at} no longer knows {string.Join(", ", lost)}", Breaks: true));
            if (have.Except(known).ToList() is { Count: > 0 } added)
                changes.Add(new($"{at} knows {string.Join(", ", added)} too", Breaks: false));
            return;
        }

        if (!JsonNode.DeepEquals(before, now))
            changes.Add(new($"{at} was {before.ToJsonString()} and is {now.ToJsonString()}", Breaks: true));
    }

    // The codes of a list, or of a kind of id that is one of some words: "^(desk|hotline)$".
    private static List<string>? Codes(JsonObject schema) => schema["enum"] is JsonArray codes
        ? [.. codes.Select(code => code!.ToString())]
        : schema["pattern"]?.ToString() is { } pattern && Words().Match(pattern) is { Success: true } words ? [.. words.Groups[1].Value.Split('|')] : null;

    [GeneratedRegex(@"^\^\(([a-z_]+(?:\|[a-z_]+)*)\)\$$")]
    private static partial Regex Words();

    private static HashSet<string> Required(JsonObject schema) => [.. schema["required"]?.AsArray().Select(name => name!.ToString()) ?? []];

    private static bool SameButOrder(JsonNode? one, JsonNode? other) => (one, other) switch
    {
        (JsonObject a, JsonObject b) => a.Count == b.Count && a.All(member => b.ContainsKey(member.Key) && SameButOrder(member.Value, b[member.Key])),
        (JsonArray a, JsonArray b) => a.Count == b.Count && a.All(item => b.Any(candidate => SameButOrder(item, candidate))),
        _ => JsonNode.DeepEquals(one, other),
    };
}
