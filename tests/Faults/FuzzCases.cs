using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Hosting;

namespace Hotline111.Faults.Tests;

/// <summary>A door as the platform describes it.</summary>
/// <param name="IsForm">Its body is a form, not JSON.</param>
public sealed record DescribedDoor(HttpMethod Method, string Path, IReadOnlyList<JsonObject> Parameters, JsonObject? Body, bool IsForm)
{
    /// <summary>Its name in reports.</summary>
    public string Name => $"{Method} /{Path}";
}

/// <summary>Things that exist, so that odd requests get further than the first look at an id.</summary>
/// <param name="Ids">Contacts, cases and referrals.</param>
/// <param name="Accounts">Accounts made to be spoilt: nobody who asks here, and nobody who walks a journey afterwards.</param>
/// <param name="Desks">Desks, and one that is none.</param>
public sealed record Known(IReadOnlyList<string> Ids, IReadOnlyList<string> Accounts, IReadOnlyList<string> Desks);

/// <summary>One request as data, so that it can be sent a second time.</summary>
/// <param name="Asker">Who sends it.</param>
/// <param name="Door">The door it is for.</param>
/// <param name="Method">The method, which may be another than the door's.</param>
/// <param name="Address">Path and query.</param>
public sealed record FuzzCase(Asker Asker, string Door, HttpMethod Method, string Address)
{
    /// <summary>Further headers.</summary>
    public List<(string Name, string Value)> Headers { get; } = [];

    /// <summary>The body; null for none.</summary>
    public byte[]? Body { get; set; }

    /// <summary>The body's type; null or empty for none.</summary>
    public string? ContentType { get; set; }

    /// <summary>The cookie that goes with the form's token is left at home.</summary>
    public bool WithoutFormCookie { get; set; }

    /// <summary>What stands in its path was made odd, so that it may be at no door at all.</summary>
    public bool Strayed { get; init; }

    /// <summary>Nothing was made odd: a no is the door's own, and not that of what stands in front of it.</summary>
    public bool Unspoilt { get; init; }

    /// <summary>
    /// Whether the line may be closed while the body is still on its way, so that the sender may never get to read the answer that was written: the body is larger than
    /// any door takes (413), or the head alone is refused: two hosts or one that is none (400), too many or too long headers (431), too long an address (414).
    /// </summary>
    public bool MayBeCut => Body is { Length: > 0 }
        && (Body.Length > PlatformHost.LargestBody || Headers.Exists(header => header.Name == "Host") || Headers.Count > 30 || Headers.Sum(header => header.Value.Length) > 3_000 || Address.Length > 3_500);
}

/// <summary>Makes requests out of the published description: first as it says, then with something odd in one or several places.</summary>
public sealed class FuzzCases(JsonObject description, Known known, Askers askers, Random random)
{
    /// <summary>Stands for what somebody said; no refusal, no log and no header may repeat it.</summary>
    public const string Canary = "Giàng Thị Mẩy hư cấu 0912345678";

    internal static readonly string[] Texts =
    [
        "", " ", Canary, Canary.Normalize(NormalizationForm.FormD), "ﷺ‮\u200b", "'; DROP TABLE read.referral; --", "<script>alert(1)</script>", "{{7*7}}${7*7}%s%n", "../../etc/passwd", "\0",
        "\u0007\u001b[2J", "🧒🏽🇻🇳", "Nguyễn Thị Hoà", "Nguyễn Thị Hòa", "ĐĂK LĂK", "null", "NaN", "1e999", "0x7fffffff", "2026-02-30", "9999-12-31T23:59:59.9999999+14:00",
        "0001-01-01T00:00:00Z", "2026-11-21T25:61:61Z", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ];

    internal static readonly string[] Numbers = ["0", "-1", "1.5", "1e308", "-1e308", "1e400", "9007199254740993", "2147483648", "9223372036854775808", "-9223372036854775809", "0.1e-400"];

    private static readonly string[] Types =
        ["application/json", "application/json; charset=utf-8", "application/json; charset=utf-16", "application/json; charset=koi8-r", "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/vnd.api+json", "*/*", ""];

    private static readonly (string Name, string[] Values)[] Headers =
    [
        ("Idempotency-Key", ["", " ", "a", new string('k', 64), new string('k', 65), "ö", "a b", "\u007f", "one"]),
        ("If-Match", ["*", "\"1\"", "\"999999999999999999999\"", "W/\"1\"", "\"-1\"", "\"", "1", "\"1\", \"2\"", new string('"', 500)]),
        ("Accept-Language", ["en", "vi-VN,vi;q=0.9", "xx-klingon", "en;q=abc", ",,,,", new string('a', 4000)]),
        ("Accept", ["application/json", "text/html", "application/grpc", "*/*;q=0", "a/b/c", ""]),
        ("Content-Encoding", ["gzip", "br", "identity", "deflate, gzip", "x"]),
        ("traceparent", ["00-00000000000000000000000000000000-0000000000000000-01", "zz", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff"]),
        ("X-Forwarded-For", ["127.0.0.1", "::1", "'", "1.2.3.4, 5.6.7.8"]),
        ("Host", ["localhost", "169.254.169.254", "evil.example", "a:b:c"]),
        ("Authorization", ["Bearer x", "Basic YTpi", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", ""]),
        ("Cookie", ["__Host-hotline111=x", "a=b; a=b; a", new string('c', 3000)]),
        ("X-HTTP-Method-Override", ["DELETE"]),
        ("Range", ["bytes=0-", "bytes=9-1"]),
        ("Expect", ["100-continue"]),
        ("Transfer-Encoding", ["chunked"]),
    ];

    private readonly IReadOnlyList<DescribedDoor> doors = Read(description);

    /// <summary>The next request.</summary>
    public FuzzCase Next()
    {
        var door = One(doors, each => each.Name, random);
        var odd = random.Next(8);
        var method = odd == 0 && random.Next(4) == 0 ? new HttpMethod(Pick("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "HEAD", "GET", "POST")) : door.Method;
        var made = new FuzzCase(askers.For(door.Name, random), door.Name, method, Address(door, odd == 1)) { Strayed = odd == 1 };

        // There is no body to trace with: the framework's client does not send one.
        if ((door.Body is not null || random.Next(30) == 0) && method != HttpMethod.Trace)
            Fill(made, door, odd);
        if (odd == 7 || random.Next(6) == 0)
            Decorate(made);
        return made;
    }

    /// <summary>Any door. Those behind which a password is hashed, slowly on purpose and one at a time, come up a quarter as often: all senders would stand there.</summary>
    internal static T One<T>(IReadOnlyList<T> doors, Func<T, string> name, Random random)
    {
        while (true)
        {
            var door = doors[random.Next(doors.Count)];
            var hashes = name(door).StartsWith("POST ", StringComparison.Ordinal) && (name(door).Contains("sign-in", StringComparison.Ordinal) || name(door).EndsWith("/password", StringComparison.Ordinal) || name(door).EndsWith("/renew", StringComparison.Ordinal));
            if (!hashes || random.Next(4) == 0)
                return door;
        }
    }

    /// <summary>The doors of the description.</summary>
    public static IReadOnlyList<DescribedDoor> Read(JsonObject description)
    {
        List<DescribedDoor> found = [];
        foreach (var (path, item) in description["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject())
            {
                if (method is "parameters" or "summary" || operation is not JsonObject what)
                    continue;
                var parameters = (what["parameters"] as JsonArray ?? []).OfType<JsonObject>().ToList();
                var content = what["requestBody"]?["content"];
                var body = content?["application/json"]?["schema"] as JsonObject;
                var form = content?["application/x-www-form-urlencoded"]?["schema"] as JsonObject;
                found.Add(new(new HttpMethod(method.ToUpperInvariant()), path.TrimStart('/'), parameters, body ?? form, IsForm: body is null && form is not null));
            }
        }

        return found;
    }

    private string Address(DescribedDoor door, bool odd)
    {
        var path = door.Path;
        List<string> query = [];
        foreach (var parameter in door.Parameters)
        {
            var name = parameter["name"]!.GetValue<string>();
            var strange = odd && random.Next(2) == 0;
            var value = strange
                ? Pick(Pick(Texts), Pick(Numbers), new string('x', random.Next(1, 3000)), "%00", "%2e%2e%2f", "%ff%fe")
                : door.Path.StartsWith("auth/accounts", StringComparison.Ordinal) ? Pick([.. known.Accounts])
                : Plain(name, parameter["schema"] as JsonObject, 0)?.ToString() ?? "";
            var escaped = value.StartsWith('%') ? value : Uri.EscapeDataString(value);
            if (parameter["in"]!.GetValue<string>() == "path")
                path = path.Replace($"{{{name}}}", escaped, StringComparison.Ordinal);
            else if (parameter["in"]!.GetValue<string>() == "query" && random.Next(2) == 0)
                query.Add($"{name}={escaped}");
        }

        if (odd && random.Next(3) == 0)
            query.Add($"{Uri.EscapeDataString(Pick(Texts))}={Uri.EscapeDataString(Pick(Texts))}");
        return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";
    }

    private void Fill(FuzzCase made, DescribedDoor door, int odd)
    {
        var value = door.Body is null ? new JsonObject() : Plain("", door.Body, 0);
        if (odd is 2 or 3 or 4)
            value = Spoil(value, random.Next(1, 4));
        var text = door.IsForm && odd != 5 && value is JsonObject fields
            ? string.Join('&', fields.Select(field => $"{Uri.EscapeDataString(field.Key)}={Uri.EscapeDataString(field.Value?.ToString() ?? "")}"))
            : value?.ToJsonString() ?? "null";
        text = odd == 5
            ? random.Next(11) switch
            {
                0 => text[..random.Next(text.Length)],
                1 => text + text,
                2 => $"{new string('[', random.Next(1, 5000))}1",
                3 => string.Concat(Enumerable.Repeat("{\"a\":", random.Next(1, 2000))) + "1",
                4 => text.Replace(":", $":{Pick(Numbers)},\"x\":", StringComparison.Ordinal),
                5 => $"{{\"summary\":\"{new string('ấ', random.Next(10_000, 40_000))}\"}}",
                6 => "\ufeff" + text,
                7 => text.Replace("\"", "'", StringComparison.Ordinal),
                8 => text + new string(' ', random.Next(60_000, 70_000)),
                9 => "{\"a\":\"\\ud800\",\"b\":\"\\udc00\\ud800\"}",
                _ => "",
            }
            : text;
        var bytes = Encoding.UTF8.GetBytes(text);
        if (odd == 6 && bytes.Length > 0)
        {
            for (var i = 0; i < 3; i++)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        if (random.Next(40) == 0)
            bytes = Encoding.Unicode.GetBytes(text);
        made.Body = bytes;
        made.ContentType = odd == 6 || random.Next(30) == 0 ? Pick(Types) : door.IsForm ? "application/x-www-form-urlencoded" : "application/json";
    }

    private void Decorate(FuzzCase made) => Decorate(made, random);

    /// <summary>Plays with the headers.</summary>
    internal static void Decorate(FuzzCase made, Random random)
    {
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var (name, values) = Headers[random.Next(Headers.Length)];

            // Without a body there is nothing to send in pieces, or to announce.
            if (made.Body is not null || name is not ("Transfer-Encoding" or "Expect"))
                made.Headers.Add((name, values[random.Next(values.Length)]));
        }

        if (random.Next(20) == 0)
        {
            for (var i = random.Next(40, 80); i > 0; i--)
                made.Headers.Add(($"X-Odd-{i}", "1"));
        }
    }

    /// <summary>A value as the schema has it; what the platform knows a list for comes from the list.</summary>
    private JsonNode? Plain(string name, JsonObject? schema, int depth)
    {
        schema = Resolve(schema);
        if (schema?["enum"] is JsonArray { Count: > 0 } choices)
            return choices[random.Next(choices.Count)]?.DeepClone();
        if (schema?["oneOf"] is JsonArray { Count: > 0 } several)
            return Plain(name, several[random.Next(several.Count)] as JsonObject, depth + 1);
        var type = schema?["type"] switch
        {
            JsonArray types => types.Select(each => each!.GetValue<string>()).Where(each => each != "null").OrderBy(_ => random.Next()).FirstOrDefault(),
            JsonValue one => one.GetValue<string>(),
            _ => schema?["properties"] is null ? null : "object",
        };
        if (depth > 6)
            return null;
        switch (type)
        {
            case "object":
                var made = new JsonObject();
                foreach (var (member, of) in schema!["properties"] as JsonObject ?? [])
                {
                    if (random.Next(4) > 0 || (schema["required"] is JsonArray needed && needed.Any(each => each!.GetValue<string>() == member)))
                        made[member] = Plain(member, of as JsonObject, depth + 1);
                }

                return made;
            case "array":
                return new JsonArray([.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => Plain(name, schema!["items"] as JsonObject, depth + 1))]);
            case "integer" or "number":
                return JsonValue.Create(random.Next(-2, 2030));
            case "boolean":
                return JsonValue.Create(random.Next(2) == 0);
            default:
                return JsonValue.Create(Word(name, schema?["format"]?.GetValue<string>()));
        }
    }

    private string Word(string name, string? format)
    {
        if (format == "uuid" || name.EndsWith("id", StringComparison.OrdinalIgnoreCase))
            return name.Contains("desk", StringComparison.OrdinalIgnoreCase) ? Pick([.. known.Desks]) : random.Next(4) == 0 ? Guid.CreateVersion7().ToString() : Pick([.. known.Ids]);
        if (format is "date-time")
            return DateTimeOffset.UtcNow.AddMinutes(random.Next(-50_000, 5_000)).ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        if (format is "date")
            return DateTimeOffset.UtcNow.AddDays(random.Next(-400, 400)).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        if (name.Contains("desk", StringComparison.OrdinalIgnoreCase))
            return Pick([.. known.Desks]);
        if (name == "userName")
            return $"nguoi-{Guid.NewGuid():n}";
        if (name == "role")
            return Pick([.. Roles.People]);
        var list = ValueLists.Get(ValueLists.Names[random.Next(ValueLists.Names.Count)]).Values;
        return random.Next(3) switch
        {
            0 => Pick(Texts),
            1 => list[random.Next(list.Length)].Code,
            _ => "Chữ hư cấu",
        };
    }

    private JsonNode? Spoil(JsonNode? value, int times)
    {
        for (; times > 0; times--)
        {
            var places = Places(value).ToList();
            if (places.Count == 0)
                return Odd();
            var place = places[random.Next(places.Count)];
            switch (place.Parent)
            {
                case JsonObject parent:
                    var name = place.Name!;
                    if (random.Next(6) == 0)
                        parent.Remove(name);
                    else if (random.Next(8) == 0)
                        parent[Pick(Texts) + "x"] = Odd();
                    else
                        parent[name] = Odd();
                    break;
                case JsonArray list:
                    list[place.Index] = Odd();
                    break;
            }
        }

        return value;
    }

    private static IEnumerable<(JsonNode Parent, string? Name, int Index)> Places(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    yield return (members, name, 0);
                    foreach (var below in Places(value))
                        yield return below;
                }

                break;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    yield return (items, null, i);
                    foreach (var below in Places(items[i]))
                        yield return below;
                }

                break;
        }
    }

    private JsonNode? Odd() => random.Next(9) switch
    {
        0 => null,
        1 => JsonNode.Parse(Pick(Numbers)),
        2 => JsonValue.Create(Pick(Texts)),
        3 => JsonValue.Create(random.Next(2) == 0),
        4 => new JsonArray([.. Enumerable.Range(0, random.Next(0, 300)).Select(i => JsonValue.Create(i))]),
        5 => new JsonObject { ["a"] = new JsonObject { ["b"] = Pick(Texts) } },
        6 => JsonValue.Create(new string(Pick('a', 'ộ', '\u0301'), random.Next(1, 9_000))),
        7 => JsonValue.Create(Canary),
        _ => JsonValue.Create(Guid.NewGuid()),
    };

    private JsonObject? Resolve(JsonObject? schema)
    {
        for (var i = 0; i < 10 && schema?["$ref"]?.GetValue<string>() is { } reference; i++)
        {
            JsonNode? at = description;
            foreach (var step in reference.TrimStart('#', '/').Split('/'))
                at = at?[step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)];
            schema = at as JsonObject;
        }

        return schema;
    }

    private T Pick<T>(params T[] from) => from[random.Next(from.Length)];
}
