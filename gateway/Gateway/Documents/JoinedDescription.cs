using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Gateway.Guards;
using Hotline111.Gateway.Sessions;
using Hotline111.Platform.Access;

namespace Hotline111.Gateway.Documents;

/// <summary>
/// One OpenAPI 3.1 document of the whole platform, joined from what each service publishes about itself, with the paths as they are behind the gateway.
/// A service that does not answer is named in it and does not spoil the rest.
/// </summary>
public sealed partial class JoinedDescription(IHttpClientFactory clients, GatewayOptions options, TimeProvider clock, ILogger<JoinedDescription> log) : IDisposable
{
    /// <summary>Name of the HTTP client that fetches the parts.</summary>
    public const string ClientName = "openapi";

    private const string Session = "session";
    private const string ServicePath = "/openapi/v1.json";
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan KeptIncomplete = TimeSpan.FromSeconds(5);
    private static readonly string[] Methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

    private readonly SemaphoreSlim _joining = new(1, 1);
    private volatile Joined? _last;

    /// <summary>Registers it.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddHttpClient(ClientName, client => client.Timeout = TimeSpan.FromSeconds(3));
        services.AddSingleton<JoinedDescription>();
    }

    /// <summary>The document, at most a minute old.</summary>
    public async Task<JsonObject> Read(CancellationToken ct)
    {
        if (_last is { } last && clock.GetUtcNow() < last.Until)
        {
            return last.Document;
        }

        await _joining.WaitAsync(ct);
        try
        {
            if (_last is { } meanwhile && clock.GetUtcNow() < meanwhile.Until)
            {
                return meanwhile.Document;
            }

            var parts = await Task.WhenAll(
                GatewayOptions.Services.Select(name => Fetch(name, options.Peers[name], "/api", ct)).Append(Fetch("gateway", options.InternalUrl, "", ct)));
            var document = Join(parts);
            _last = new Joined(document, clock.GetUtcNow() + (parts.All(part => part.Document is not null) ? Kept : KeptIncomplete));
            return document;
        }
        finally
        {
            _joining.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _joining.Dispose();

    /// <summary>Maps GET /api/docs/openapi.json.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/docs/openapi.json", async (JoinedDescription description, CancellationToken ct) =>
            TypedResults.Content((await description.Read(ct)).ToJsonString(), "application/json"))
        .AllowAnonymous()
        .InLane(Lane.Partners)
        .ExcludeFromDescription();

    private async Task<Part> Fetch(string service, Uri address, string prefix, CancellationToken ct)
    {
        try
        {
            using var client = clients.CreateClient(ClientName);
            var text = await client.GetStringAsync(new Uri(address, ServicePath), ct);
            return new Part(service, prefix, JsonNode.Parse(text) as JsonObject);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException)
        {
            ct.ThrowIfCancellationRequested();
            Missing(log, service, e.GetType().Name);
            return new Part(service, prefix, null);
        }
    }

    private static JsonObject Join(Part[] parts)
    {
        var (paths, tags, missing) = (new JsonObject(), new JsonArray(), new JsonArray());
        var components = new JsonObject();
        foreach (var part in parts.OrderBy(part => part.Service, StringComparer.Ordinal))
        {
            if (part.Document is not { } document)
            {
                missing.Add(part.Service);
                continue;
            }

            Rename(document, part.Service);
            tags.Add(new JsonObject { ["name"] = part.Service, ["description"] = document["info"]?["title"]?.DeepClone() });
            foreach (var (path, item) in document["paths"] as JsonObject ?? [])
            {
                // What is for the platform's own machines is not part of the public language.
                if (item is not JsonObject operations || path.StartsWith("/internal", StringComparison.Ordinal) || path.StartsWith("/health", StringComparison.Ordinal)
                    || path.StartsWith("/openapi", StringComparison.Ordinal))
                {
                    continue;
                }

                var copy = (JsonObject)operations.DeepClone();
                foreach (var (method, operation) in copy.Where(entry => Methods.Contains(entry.Key, StringComparer.Ordinal)))
                {
                    operation!["tags"] = new JsonArray(part.Service);
                    if (operation["security"] is not null)
                    {
                        // Inside it is a token; outside, where this document is read, it is the session.
                        operation["security"] = new JsonArray(new JsonObject { [Session] = new JsonArray() });
                    }

                    if (operation["operationId"] is { } id)
                    {
                        operation["operationId"] = $"{part.Service}.{id}";
                    }
                }

                paths[part.Prefix + path] = copy;
            }

            foreach (var (kind, entries) in (document["components"] as JsonObject ?? []).Where(entry => entry.Key != "securitySchemes"))
            {
                var target = components[kind] as JsonObject ?? new JsonObject();
                components[kind] = target;
                foreach (var (name, entry) in entries as JsonObject ?? [])
                {
                    target[Name(part.Service, name)] = entry?.DeepClone();
                }
            }
        }

        components["securitySchemes"] = new JsonObject
        {
            [Session] = new JsonObject { ["type"] = "apiKey", ["in"] = "cookie", ["name"] = SessionRegister.CookieName, ["description"] = "POST /auth/sign-in" },
        };
        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Hotline111.Platform",
                ["version"] = "v1",
                ["description"] = "Tổng đài 111: tiếp nhận, hồ sơ, chuyển gửi, thông báo. / Hotline 111: contacts, cases, referrals, notices.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["tags"] = tags,
            ["paths"] = paths,
            ["components"] = components,
            ["x-unavailable-services"] = missing,
        };
    }

    // Two services may each have a schema "Body"; every reference follows the new name.
    private static void Rename(JsonNode? node, string service)
    {
        switch (node)
        {
            case JsonObject map:
                if (map["$ref"] is JsonValue reference && reference.TryGetValue<string>(out var target) && target.StartsWith("#/components/", StringComparison.Ordinal))
                {
                    var slash = target.LastIndexOf('/');
                    map["$ref"] = $"{target[..slash]}/{Name(service, target[(slash + 1)..])}";
                }

                foreach (var (_, child) in map)
                {
                    Rename(child, service);
                }

                break;
            case JsonArray list:
                foreach (var child in list)
                {
                    Rename(child, service);
                }

                break;
        }
    }

    private static string Name(string service, string name) => $"{service}.{name}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "The description of {Service} could not be fetched ({Cause})")]
    private static partial void Missing(ILogger log, string service, string cause);

    private sealed record Part(string Service, string Prefix, JsonObject? Document);

    private sealed record Joined(JsonObject Document, DateTimeOffset Until);
}

/// <summary>GET /api/docs: the same, to be read by people: a plain page without scripts.</summary>
public static class DescriptionPage
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/docs", async (HttpContext context, JoinedDescription description, CancellationToken ct) =>
            PlainPage.Html(context, Write(await description.Read(ct), AccessProblem.PrefersEnglish(context.Request)), "Giao diện lập trình", "Programming interface"))
        .AllowAnonymous()
        .InLane(Lane.Partners)
        .ExcludeFromDescription();

    private static string Write(JsonObject document, bool english)
    {
        var html = new System.Text.StringBuilder();
        var intro = english
            ? "Every operation behind this gateway. The same as one OpenAPI 3.1 document: "
            : "Mọi thao tác sau cổng truy cập này. Cũng có dưới dạng một tài liệu OpenAPI 3.1: ";
        html.Append("<p>").Append(intro).Append("<a href=\"/api/docs/openapi.json\">openapi.json</a></p>");
        foreach (var missing in document["x-unavailable-services"]!.AsArray())
        {
            html.Append("<p class=\"warning\">").Append(english ? "Does not answer at the moment: " : "Tạm thời không phản hồi: ").Append(PlainPage.Encode((string?)missing)).Append("</p>");
        }

        var operations =
            from path in document["paths"]!.AsObject()
            from operation in path.Value!.AsObject()
            where operation.Value is JsonObject && operation.Value["responses"] is not null
            select (Service: (string?)operation.Value["tags"]?[0] ?? "", Method: operation.Key, Path: path.Key, Operation: operation.Value.AsObject());
        foreach (var service in operations.GroupBy(entry => entry.Service).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            html.Append("<h2>").Append(PlainPage.Encode(service.Key)).Append("</h2><table><thead><tr><th>")
                .Append(english ? "Operation" : "Thao tác").Append("</th><th>").Append(english ? "What it does" : "Nội dung").Append("</th><th>")
                .Append(english ? "Answers" : "Mã trả lời").Append("</th></tr></thead><tbody>");
            foreach (var (_, method, path, operation) in service.OrderBy(entry => entry.Path, StringComparer.Ordinal))
            {
                html.Append("<tr><td><code>").Append(PlainPage.Encode(method.ToUpperInvariant())).Append(' ').Append(PlainPage.Encode(path)).Append("</code></td><td>")
                    .Append(PlainPage.Encode((string?)operation["summary"] ?? (string?)operation["description"])).Append("</td><td>")
                    .Append(PlainPage.Encode(string.Join(", ", operation["responses"]!.AsObject().Select(answer => answer.Key)))).Append("</td></tr>");
            }

            html.Append("</tbody></table>");
        }

        return html.ToString();
    }
}
