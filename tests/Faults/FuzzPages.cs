using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Hotline111.Console;
using Hotline111.Gateway;
using Hotline111.Local;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Yarp.ReverseProxy.Model;

namespace Hotline111.Faults.Tests;

/// <summary>A door as the gateway or the console maps it.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Template">Its path: <c>/cases/{id:guid}/refer</c>.</param>
/// <param name="Query">Query parameters that its handler names.</param>
/// <param name="Fields">Fields of a form that its handler names.</param>
/// <param name="Ids">Those of them that are ids.</param>
/// <param name="Roles">Who passes it by its rule; empty when it has none.</param>
public sealed partial record PageDoor(
    HttpMethod Method, string Template, IReadOnlyList<string> Query, IReadOnlyList<string> Fields, IReadOnlyList<string> Ids, IReadOnlyList<string> Roles)
{
    private readonly Regex path = new($"^{Hole().Replace(Template, hole => hole.Value.Contains(":guid", StringComparison.Ordinal) ? "[0-9a-fA-F-]{36}" : "[^/]+")}$");

    /// <summary>Its name in reports.</summary>
    public string Title => $"{Method} {Template}";

    /// <summary>Its name in the description: without what a hole may hold.</summary>
    public string Described => $"{Method} {Hole().Replace(Template, hole => hole.Value.Split(':')[0].TrimEnd('}') + "}")}";

    /// <summary>How many holes the path has.</summary>
    public int Holes => Hole().Count(Template);

    /// <summary>Whether a path is one of this door's.</summary>
    public bool Fits(string address) => path.IsMatch(address);

    /// <summary>A path of this door.</summary>
    public string Filled(Func<string, string> hole) => Hole().Replace(Template, match => hole(match.Value.Trim('{', '}')));

    /// <summary>
    /// Every door that gateway and console map themselves, read from the programs as they are built with the settings of this platform: what is mapped tomorrow is here
    /// tomorrow. The gateway's ways to services and console lead to what those map.
    /// </summary>
    public static async Task<IReadOnlyList<PageDoor>> Read(LocalPlatform platform)
    {
        List<PageDoor> doors = [];
        foreach (var (process, build) in ((string, Func<string[], WebApplication>)[])[(PlatformProcess.Gateway, args => GatewayProgram.Build(args)), (PlatformProcess.Console, ConsoleProgram.Build)])
        {
            await using var program = build([.. platform.Configuration(process).Select(setting => $"--{(setting.Key == "ASPNETCORE_URLS" ? "urls" : setting.Key.Replace("__", ":", StringComparison.Ordinal))}={setting.Value}")]);
            foreach (var endpoint in ((IEndpointRouteBuilder)program).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
            {
                // The console is not at the public door: what both map is the gateway's there.
                var template = $"/{endpoint.RoutePattern.RawText!.Trim('/')}";
                if (endpoint.Metadata.GetMetadata<RouteModel>() is not null || (process == PlatformProcess.Console && (template.StartsWith("/health", StringComparison.Ordinal) || template.StartsWith("/openapi", StringComparison.Ordinal))))
                    continue;
                var parameters = endpoint.Metadata.GetMetadata<MethodInfo>()?.GetParameters() ?? [];
                var fields = parameters.Where(each => each.GetCustomAttribute<FromFormAttribute>() is not null).ToList();
                var query = parameters.Where(each => !fields.Contains(each) && IsValue(each.ParameterType) && endpoint.RoutePattern.GetParameter(each.Name!) is null).ToList();
                doors.AddRange((endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => new PageDoor(
                    new HttpMethod(method), template,
                    [.. query.Select(Name)], [.. fields.Select(Name)], [.. query.Concat(fields).Where(each => (Nullable.GetUnderlyingType(each.ParameterType) ?? each.ParameterType) == typeof(Guid)).Select(Name)],
                    endpoint.Metadata.GetMetadata<AccessRule>()?.Roles ?? [])));
            }
        }

        return doors;
    }

    private static string Name(ParameterInfo parameter) => parameter.GetCustomAttribute<FromFormAttribute>()?.Name ?? parameter.GetCustomAttribute<FromQueryAttribute>()?.Name ?? parameter.Name!;

    private static bool IsValue(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var plain
        && (plain.IsEnum || new[] { typeof(string), typeof(string[]), typeof(Guid), typeof(Guid[]), typeof(int), typeof(long), typeof(bool), typeof(DateTimeOffset), typeof(DateOnly) }.Contains(plain));

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Hole();
}

/// <summary>A field of a form as a page shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">hidden, text, checkbox, radio, select, textarea, submit.</param>
/// <param name="Values">What stands in it or can be chosen.</param>
public sealed record PageField(string Name, string Kind, IReadOnlyList<string> Values);

/// <summary>A form as a page shows it.</summary>
/// <param name="Path">Where it is sent.</param>
/// <param name="Fields">Its fields.</param>
public sealed record PageForm(string Path, IReadOnlyList<PageField> Fields);

/// <summary>Links and forms of the pages that were seen, by who saw them: with them a request gets to the handler as a person's would.</summary>
/// <param name="doors">The doors they may lead to.</param>
/// <param name="spared">What no address is to contain: accounts of those who ask here or walk a journey afterwards.</param>
public sealed partial class PageBook(IReadOnlyList<PageDoor> doors, IReadOnlyCollection<string> spared)
{
    private const int Kept = 40;

    private readonly IReadOnlyList<PageDoor> byHoles = [.. doors.OrderBy(door => door.Holes)];
    private readonly ConcurrentDictionary<(string, Asker), ConcurrentQueue<string>> links = new();
    private readonly ConcurrentDictionary<(string, Asker), ConcurrentQueue<PageForm>> forms = new();

    /// <summary>Takes what is on a page.</summary>
    public void Learn(Asker reader, string page)
    {
        foreach (Match link in Link().Matches(page))
        {
            var address = WebUtility.HtmlDecode(link.Groups[1].Value);
            if (Door(HttpMethod.Get, address) is { } door)
                Keep(links, (door.Title, reader), address);
        }

        foreach (Match form in Form().Matches(page))
        {
            var own = Attributes(form.Groups[1].Value);
            if (own.GetValueOrDefault("method") != "post")
                continue;
            var inside = form.Groups[2].Value;
            if (own.GetValueOrDefault("id") is { } id)
                inside += string.Concat(Tag().Matches(page).Where(tag => Attributes(tag.Groups[2].Value).GetValueOrDefault("form") == id).Select(tag => tag.Value));
            var fields = Fields(inside);
            foreach (var path in Tag().Matches(inside).Select(tag => Attributes(tag.Groups[2].Value)).SelectMany(tag => new[] { tag.GetValueOrDefault("formaction"), tag.GetValueOrDefault("hx-post") })
                .Append(own.GetValueOrDefault("action")).Append(own.GetValueOrDefault("data-keep")).OfType<string>().Distinct())
            {
                if (Door(HttpMethod.Post, path) is { } door)
                    Keep(forms, (door.Title, reader), new PageForm(path, fields));
            }
        }
    }

    /// <summary>An address of this door that somebody was shown; null when there was none.</summary>
    public string? Address(PageDoor door, Asker reader, Random random) => One(links, (door.Title, reader), random);

    /// <summary>A form for this door that somebody was shown; null when there was none.</summary>
    public PageForm? FormFor(PageDoor door, Asker reader, Random random) => One(forms, (door.Title, reader), random);

    private PageDoor? Door(HttpMethod method, string address)
    {
        // Who signs in as one of a demonstration guesses at that person's code, who is paused then.
        var path = address.Split('?', '#')[0];
        return address.StartsWith("/sign-in?", StringComparison.Ordinal) || spared.Any(each => address.Contains(each, StringComparison.OrdinalIgnoreCase))
            ? null
            : byHoles.FirstOrDefault(door => door.Method == method && door.Fits(path));
    }

    private static List<PageField> Fields(string html)
    {
        List<PageField> found = [];
        foreach (Match tag in Tag().Matches(html))
        {
            var attributes = Attributes(tag.Groups[2].Value);
            if (attributes.GetValueOrDefault("name") is not { Length: > 0 } name)
                continue;
            var value = attributes.GetValueOrDefault("value") ?? "";
            var after = html[(tag.Index + tag.Length)..];
            found.Add(tag.Groups[1].Value switch
            {
                "select" => new(name, "select", [.. Option().Matches(after[..Math.Max(0, after.IndexOf("</select", StringComparison.Ordinal))]).Select(option => WebUtility.HtmlDecode(option.Groups[1].Value))]),
                "textarea" => new(name, "textarea", [WebUtility.HtmlDecode(after[..Math.Max(0, after.IndexOf("</textarea", StringComparison.Ordinal))])]),
                "button" => new(name, "submit", [value]),
                _ => new(name, attributes.GetValueOrDefault("type") ?? "text", [value]),
            });
        }

        return [.. found.GroupBy(field => (field.Name, field.Kind)).Select(same => new PageField(same.Key.Name, same.Key.Kind, [.. same.SelectMany(field => field.Values)]))];
    }

    private static Dictionary<string, string> Attributes(string tag) => Attribute().Matches(tag)
        .GroupBy(each => each.Groups[1].Value, StringComparer.Ordinal)
        .ToDictionary(same => same.Key, same => WebUtility.HtmlDecode(same.First().Groups[2].Value), StringComparer.Ordinal);

    private static void Keep<T>(ConcurrentDictionary<(string, Asker), ConcurrentQueue<T>> where, (string, Asker) key, T what)
    {
        var queue = where.GetOrAdd(key, _ => new());
        queue.Enqueue(what);
        while (queue.Count > Kept && queue.TryDequeue(out _))
        {
            // The oldest go.
        }
    }

    private static T? One<T>(ConcurrentDictionary<(string, Asker), ConcurrentQueue<T>> where, (string, Asker) key, Random random)
        where T : class => where.TryGetValue(key, out var queue) && queue.ToArray() is { Length: > 0 } all ? all[random.Next(all.Length)] : null;

    [GeneratedRegex("(?:href|hx-get|data-[a-z-]+)=\"(/[^\"#]*)")]
    private static partial Regex Link();

    [GeneratedRegex("<form\\b([^>]*)>(.*?)</form>", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("<(input|select|textarea|button)\\b([^>]*)>")]
    private static partial Regex Tag();

    [GeneratedRegex("<option value=\"([^\"]*)\"")]
    private static partial Regex Option();

    [GeneratedRegex("([a-z-]+)(?:=\"([^\"]*)\")?")]
    private static partial Regex Attribute();
}

/// <summary>Makes requests for pages and forms: first as a browser would, then with something odd.</summary>
public sealed class PageCases(IReadOnlyList<PageDoor> doors, PageBook book, Known known, Askers askers, Random random)
{
    private const string TokenField = "__RequestVerificationToken";

    /// <summary>The next request.</summary>
    public FuzzCase Next()
    {
        var door = FuzzCases.One(doors, each => each.Title, random);
        var asker = askers.For(door.Title, random);
        var odd = random.Next(12);
        var form = door.Method == HttpMethod.Post && random.Next(8) > 0 ? book.FormFor(door, asker, random) : null;
        var method = odd == 0 && random.Next(4) == 0 ? new HttpMethod(Pick("PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "HEAD", "GET", "POST")) : door.Method;
        var made = new FuzzCase(asker, door.Title, method, Address(door, asker, form, odd)) { Strayed = odd == 1, Unspoilt = odd > 9 };
        made.Headers.Add(("Accept", "text/html"));
        if (random.Next(6) == 0)
            made.Headers.AddRange([("HX-Request", "true"), ("HX-Current-URL", Pick("http://localhost/desk", "/", "http://[", "javascript:1", Uri.EscapeDataString(Pick(FuzzCases.Texts))))]);
        if (random.Next(4) == 0)
            made.Headers.Add(("Accept-Language", Pick("vi", "en")));
        if (door.Method == HttpMethod.Post)
            Fill(made, door, form, odd);
        if (odd == 7)
            FuzzCases.Decorate(made, random);
        return made;
    }

    private string Address(PageDoor door, Asker asker, PageForm? form, int odd)
    {
        var shown = random.Next(4) > 0 ? form?.Path ?? book.Address(door, asker, random) : null;
        var address = shown ?? door.Filled(hole => Hole(door, hole));
        if (odd == 1)
            address = door.Filled(hole => random.Next(2) == 0 ? Strange() : Hole(door, hole));
        if (odd != 2 && (shown is not null || random.Next(2) == 0))
            return address;

        // One that its handler names, one that the address has, or any other.
        List<string> query = [.. door.Query.Where(_ => random.Next(3) > 0).Select(name => $"{name}={(odd == 2 && random.Next(2) == 0 ? Strange() : Uri.EscapeDataString(Word(door, name)))}")];
        if (odd == 2 && address.Split('?') is [var path, var asked])
            (address, query) = (path, [.. query, .. asked.Split('&').Select(part => random.Next(2) == 0 ? $"{part.Split('=')[0]}={Strange()}" : part)]);
        if (odd == 2 && random.Next(3) == 0)
            query.Add(Pick($"{Strange()}={Strange()}", "&&&=", "a[]=1&a[]=2", "%", "idle", "to=//evil.example"));
        return query.Count == 0 ? address : $"{address.Split('?')[0]}?{string.Join('&', query)}";
    }

    private string Hole(PageDoor door, string hole) => hole.EndsWith(":guid", StringComparison.Ordinal)
        ? door.Template.StartsWith("/administration", StringComparison.Ordinal) ? Pick([.. known.Accounts]) : Id()
        : hole.Split("regex(^") is [_, var only] ? only.Split('$')[0]
        : Uri.EscapeDataString(Pick("accept", "decline", "acknowledge", "disable", "enable", "password", "vi", "en", "gender", "nowhere"));

    private string Id() => random.Next(6) == 0 ? Pick([.. known.Accounts]) : random.Next(6) == 0 ? Guid.CreateVersion7().ToString() : Pick([.. known.Ids]);

    private string Strange() => Pick(Uri.EscapeDataString(Pick(FuzzCases.Texts)), Uri.EscapeDataString(Pick(FuzzCases.Numbers)), new string('x', random.Next(1, 3000)), "%00", "%2e%2e%2f", "%ff%fe", "%", "..", Guid.Empty.ToString());

    private void Fill(FuzzCase made, PageDoor door, PageForm? form, int odd)
    {
        var fields = form is null ? [.. door.Fields.Select(name => (name, Word(door, name)))] : form.Fields.SelectMany(field => Typed(door, field)).ToList();
        fields.RemoveAll(field => field.Item1 == TokenField);
        var spoilt = odd is 3 or 4 or 5 or 6;
        if (spoilt)
            Spoil(fields, random.Next(1, 4));

        // The way back to where somebody came from is a code that nobody types, and stands in the next address.
        fields = [.. fields.Select(field => (field.Item1, field.Item1 is "to" or "list" or "after" ? field.Item2.Replace(FuzzCases.Canary, "x", StringComparison.Ordinal) : field.Item2))];

        // Without its token a form never comes to its handler; now and then it comes so.
        if (made.Asker.FormToken is { } token && (odd != 8 || random.Next(2) == 0))
            fields.Insert(random.Next(fields.Count + 1), (TokenField, odd == 8 ? Pick(token[1..], token + "A", "", askers.All[random.Next(askers.All.Count)].FormToken ?? "x") : token));
        if (odd == 8)
        {
            made.WithoutFormCookie = random.Next(3) == 0;
            if (random.Next(2) == 0)
                made.Headers.Add(Pick(("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-origin"), ("Origin", "null"), ("Origin", "https://evil.example"), ("Origin", "\u0007")));
        }

        if (random.Next(6) == 0)
        {
            const string edge = "----fuzz";
            var parts = new StringBuilder();
            foreach (var (name, value) in fields)
                parts.Append(CultureInfo.InvariantCulture, $"--{edge}\r\nContent-Disposition: form-data; name=\"{name.Replace("\"", "%22", StringComparison.Ordinal).ReplaceLineEndings(" ")}\"{(random.Next(12) == 0 ? "; filename=\"a.txt\"\r\nContent-Type: text/plain" : "")}\r\n\r\n{value}\r\n");
            (made.Body, made.ContentType) = (Encoding.UTF8.GetBytes($"{parts}--{edge}--\r\n"), $"multipart/form-data; boundary={edge}");
        }
        else
        {
            (made.Body, made.ContentType) = (Encoding.UTF8.GetBytes(string.Join('&', fields.Select(field => $"{Uri.EscapeDataString(field.Item1)}={Uri.EscapeDataString(field.Item2)}"))), "application/x-www-form-urlencoded");
        }

        if (odd == 9)
            Break(made);
    }

    /// <summary>What a browser would send of a field.</summary>
    private IEnumerable<(string, string)> Typed(PageDoor door, PageField field)
    {
        switch (field.Kind)
        {
            case "hidden":
                // A key that was used is answered from memory: mostly a new one.
                return field.Name == "once" && random.Next(8) > 0 ? [(field.Name, Guid.CreateVersion7().ToString("n"))] : field.Values.Select(value => (field.Name, value));
            case "checkbox":
                return field.Values.Where(_ => random.Next(2) == 0).Select(value => (field.Name, value));
            case "radio" or "select":
                return field.Values.Count == 0 ? [] : [(field.Name, field.Values[random.Next(field.Values.Count)])];
            case "submit":
                return random.Next(2) == 0 ? [(field.Name, field.Values[random.Next(field.Values.Count)])] : [];
            default:
                return field.Values.Where(value => value.Length > 0).ToList() is { Count: > 0 } there && random.Next(2) == 0 ? [(field.Name, there[0])] : [(field.Name, random.Next(5) == 0 ? "" : Word(door, field.Name))];
        }
    }

    private string Word(PageDoor door, string name) => name switch
    {
        _ when door.Ids.Contains(name) => Id(),
        "userName" => $"nguoi-{Guid.NewGuid():n}",
        "stamp" => Guid.NewGuid().ToString(),
        _ when name.EndsWith("id", StringComparison.OrdinalIgnoreCase) => random.Next(3) == 0 ? Pick([.. known.Desks]) : Id(),
        _ when name.EndsWith("esk", StringComparison.OrdinalIgnoreCase) => Pick([.. known.Desks]),
        _ => Pick("Chữ hư cấu", "21/11/2026", "14:30", "0900 000 111", "15", "2010", "1", "08", "yes", Pick(FuzzCases.Texts)),
    };

    private void Spoil(List<(string, string)> fields, int times)
    {
        for (; times > 0; times--)
        {
            var at = random.Next(fields.Count + 1);
            if (at == fields.Count)
            {
                fields.Add((Pick(FuzzCases.Texts) + "x", Odd()));
                continue;
            }

            var (name, value) = fields[at];
            switch (random.Next(8))
            {
                case 0:
                    fields.RemoveAt(at);
                    break;
                case 1:
                    fields.Add((name, Odd()));
                    break;
                case 2:
                    fields[at] = (name + Pick("[]", "[0]", ".x", "-unit", " ", "\u0301"), value);
                    break;
                case 3:
                    fields.AddRange(Enumerable.Repeat((name, value.Length > 100 ? "1" : value), random.Next(2, 300)));
                    break;
                case 4:
                    fields[at] = (name, value + Odd());
                    break;
                default:
                    fields[at] = (name, Odd());
                    break;
            }
        }
    }

    private string Odd() => random.Next(6) switch
    {
        0 => "",
        1 => Pick(FuzzCases.Numbers),
        2 => new string(Pick('a', 'ộ', '\u0301', '\n'), random.Next(1, 6_000)),
        3 => Guid.NewGuid().ToString(),
        4 => FuzzCases.Canary,
        _ => Pick(FuzzCases.Texts),
    };

    /// <summary>A body that is not what its type says, or more than a form may be.</summary>
    private void Break(FuzzCase made)
    {
        var body = made.Body!;
        switch (random.Next(9))
        {
            case 0:
                made.Body = body[..random.Next(body.Length + 1)];
                break;
            case 1:
                for (var i = 0; i < 3 && body.Length > 0; i++)
                    body[random.Next(body.Length)] = (byte)random.Next(256);
                break;
            case 2:
                made.ContentType = Pick("text/plain", "application/json", "multipart/form-data", "multipart/form-data; boundary=", $"multipart/form-data; boundary={new string('b', 300)}", "application/x-www-form-urlencoded; charset=utf-16", "application/x-www-form-urlencoded; charset=koi8-r", "");
                break;
            case 3:
                made.Body = Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(body));
                break;
            case 4:
                made.Body = [.. body, .. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 1_100).Select(i => $"&f{i}=1")))];
                break;
            case 5:
                made.Body = [.. body, .. Encoding.ASCII.GetBytes($"&{new string('k', 3_000)}=1")];
                break;
            case 6:
                made.Body = [.. body, .. Encoding.ASCII.GetBytes($"&big={new string('v', random.Next(60_000, 90_000))}")];
                break;
            case 7:
                made.Body = [.. body, .. "&=&&%=%zz&%ff=%c3&%u0041=1&"u8];
                break;
            default:
                made.Body = null;
                break;
        }
    }

    private T Pick<T>(params T[] from) => from[random.Next(from.Length)];
}
