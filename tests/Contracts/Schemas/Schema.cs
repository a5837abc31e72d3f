using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Privacy;

namespace Hotline111.Contracts.Tests.Schemas;

/// <summary>JSON Schemas (draft 2020-12) of records, and the check of a document against one. Of the language only what these schemas use.</summary>
internal static class Schema
{
    private const string Uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema of a record.</summary>
    /// <param name="name">The stored or public name.</param>
    /// <exception cref="InvalidOperationException">A member is of a type that has no place in an event, or a free string.</exception>
    public static JsonObject Of(string name, Type record)
    {
        SortedDictionary<string, JsonNode> definitions = new(StringComparer.Ordinal);
        var body = Object(record, definitions);
        JsonObject schema = new()
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = $"urn:hotline111:schema:{name}",
            ["title"] = name,
        };
        foreach (var (key, value) in body.ToList())
            schema[key] = value!.DeepClone();
        if (definitions.Count > 0)
            schema["$defs"] = new JsonObject(definitions.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value)));
        return schema;
    }

    /// <summary>The text of a schema or example as committed.</summary>
    public static string Print(JsonNode node) => node.ToJsonString(Readable) + "\n";

    /// <summary>What is wrong with a document, each with its place; empty when it is valid.</summary>
    public static IReadOnlyList<string> Check(JsonObject schema, JsonNode? document)
    {
        List<string> wrong = [];
        Check(schema, schema, document, "$", wrong, []);
        return wrong;
    }

    /// <summary>The places of all properties that a schema knows (<c>caller.name</c>, <c>package[].json.owner</c>), without those inside personal values.</summary>
    public static IReadOnlyList<string> Properties(JsonObject schema)
    {
        List<string> places = [];
        Collect(schema, schema, "", places);
        return places;
    }

    /// <summary>The places of the properties that a document fills in.</summary>
    public static IReadOnlySet<string> Filled(JsonObject schema, JsonNode document)
    {
        HashSet<string> seen = [];
        Check(schema, schema, document, "$", [], seen);
        return seen;
    }

    private static JsonObject Object(Type record, SortedDictionary<string, JsonNode> definitions)
    {
        JsonObject properties = [];
        JsonArray required = [];
        foreach (var member in Member.Of(record))
        {
            properties[member.JsonName] = member.IsList
                ? new JsonObject { ["type"] = "array", ["items"] = Value(member, definitions) }
                : Value(member, definitions);
            if (!member.Optional)
                required.Add(member.JsonName);
        }

        return new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = required, ["additionalProperties"] = false };
    }

    private static JsonObject Value(Member member, SortedDictionary<string, JsonNode> definitions)
    {
        var type = member.ItemType;
        if (member.IsPersonal)
        {
            definitions.TryAdd("personal", Personal());
            return new JsonObject { ["$ref"] = "#/$defs/personal" };
        }

        if (member.IsNested)
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(type.Name);
            if (!definitions.ContainsKey(name))
            {
                definitions[name] = new JsonObject();
                definitions[name] = Object(type, definitions);
            }

            return new JsonObject { ["$ref"] = $"#/$defs/{name}" };
        }

        return type switch
        {
            _ when type == typeof(string) => Text(member),
            _ when type == typeof(Guid) => new JsonObject { ["type"] = "string", ["format"] = "uuid" },
            _ when type == typeof(DateTimeOffset) => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            _ when type == typeof(DateOnly) => new JsonObject { ["type"] = "string", ["format"] = "date" },
            _ when type == typeof(bool) => new JsonObject { ["type"] = "boolean" },
            _ when type == typeof(int) || type == typeof(long) => new JsonObject { ["type"] = "integer" },
            _ => throw new InvalidOperationException($"{member.Owner.Name}.{member.Name} is a {type.Name}, which has no place in an event."),
        };
    }

    private static JsonObject Text(Member member)
    {
        if (member.FreeString() is { } wrong)
            throw new InvalidOperationException(wrong);
        if (Member.PlatformStrings.TryGetValue((member.Owner, member.Name), out var own))
            return new JsonObject { ["type"] = "string", ["pattern"] = own };
        var coded = member.Coded!;
        if (Ids.Patterns.TryGetValue(coded.Lists[0], out var pattern))
            return new JsonObject { ["type"] = "string", ["pattern"] = coded.Several ? Several(pattern[1..^1]) : pattern };
        var codes = coded.Lists.SelectMany(list => ValueLists.Get(list).Values).Select(value => value.Code).Distinct().ToList();
        return coded.Several
            ? new JsonObject { ["type"] = "string", ["pattern"] = Several($"({string.Join('|', codes)})") }
            : new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. codes.Select(code => (JsonNode)code)]) };
    }

    private static string Several(string one) => $"^({one}(,{one})*)?$";

    // The stored form of a personal value; golden ciphertexts freeze it elsewhere.
    private static JsonObject Personal() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["personal"] = new JsonObject { ["const"] = 1 },
            ["owner"] = new JsonObject { ["type"] = "string", ["pattern"] = $"^(contact|person|case|referral|account)/{Uuid}$" },
            ["group"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. FieldGroup.All.Select(group => (JsonNode)group)]) },
            ["key"] = new JsonObject { ["type"] = "string", ["format"] = "uuid" },
            ["nonce"] = new JsonObject { ["type"] = "string", ["pattern"] = "^[A-Za-z0-9+/]{16}$" },
            ["data"] = new JsonObject { ["type"] = "string", ["pattern"] = "^[A-Za-z0-9+/]*={0,2}$" },
            ["tag"] = new JsonObject { ["type"] = "string", ["pattern"] = "^[A-Za-z0-9+/]{22}==$" },
        },
        ["required"] = new JsonArray("personal", "owner", "group", "key", "nonce", "data", "tag"),
        ["additionalProperties"] = false,
    };

    private static void Check(JsonObject root, JsonObject schema, JsonNode? value, string at, List<string> wrong, HashSet<string> seen)
    {
        schema = Resolve(root, schema);
        if (schema["const"] is { } constant && !JsonNode.DeepEquals(constant, value))
            wrong.Add($"{at} is not {constant.ToJsonString()}");
        switch ((string?)schema["type"])
        {
            case "object" when value is JsonObject members:
                var properties = schema["properties"]!.AsObject();
                foreach (var name in schema["required"]!.AsArray().Select(required => (string)required!).Where(name => !members.ContainsKey(name)))
                    wrong.Add($"{at}.{name} is missing");
                foreach (var (name, member) in members)
                {
                    if (properties[name] is not JsonObject property)
                    {
                        wrong.Add($"{at}.{name} is not known");
                        continue;
                    }

                    seen.Add($"{at}.{name}"[2..]);
                    Check(root, property, member, $"{at}.{name}", wrong, seen);
                }

                break;
            case "array" when value is JsonArray items:
                foreach (var item in items)
                    Check(root, schema["items"]!.AsObject(), item, $"{at}[]", wrong, seen);
                break;
            case "string" when value?.GetValueKind() == JsonValueKind.String:
                CheckText(schema, (string)value!, at, wrong);
                break;
            case "integer" when value?.GetValueKind() == JsonValueKind.Number && value.AsValue().TryGetValue(out long _):
            case "boolean" when value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False:
            case null:
                break;
            case var type:
                wrong.Add($"{at} is no {type}");
                break;
        }
    }

    private static void CheckText(JsonObject schema, string text, string at, List<string> wrong)
    {
        var right = (string?)schema["format"] switch
        {
            "uuid" => Guid.TryParseExact(text, "D", out _),
            "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", out _),
            "date-time" => JsonSerializer.SerializeToElement(text).TryGetDateTimeOffset(out _) && text.Contains('T', StringComparison.Ordinal),
            _ => true,
        };
        right &= schema["pattern"] is not { } pattern || Regex.IsMatch(text, (string)pattern!, RegexOptions.CultureInvariant);
        right &= schema["enum"] is not { } codes || codes.AsArray().Any(code => (string)code! == text);
        if (!right)
            wrong.Add($"{at} is '{text}'");
    }

    private static void Collect(JsonObject root, JsonObject schema, string at, List<string> places)
    {
        if ((string?)schema["$ref"] == "#/$defs/personal")
            return;
        schema = Resolve(root, schema);
        if (schema["items"] is JsonObject items)
            Collect(root, items, at + "[]", places);
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
        {
            var place = at.Length == 0 ? name : $"{at}.{name}";
            places.Add(place);
            Collect(root, property!.AsObject(), place, places);
        }
    }

    private static JsonObject Resolve(JsonObject root, JsonObject schema) =>
        (string?)schema["$ref"] is { } reference ? root["$defs"]![reference["#/$defs/".Length..]]!.AsObject() : schema;
}
