using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Hotline111.Gateway.Guards;
using Hotline111.Gateway.Sessions;
using Hotline111.Gateway.Tokens;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Hotline111.Gateway.Routing;

/// <summary>
/// The way to the services: routes from <c>routes.json</c>, addresses from <c>Peers:*</c>. What came in about identity is taken off; what goes on is a token
/// of 60 s for exactly the service called. The cluster's name is the service's name and the token's audience.
/// </summary>
public static class Proxying
{
    private const string Prefix = "/api";

    // What stands between gateway and service deals out connections, not requests: one that lived for ever would keep its instance busy and a new one idle.
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(1);

    // Headers that a caller could use to pretend to be this gateway or something before it, and the gateway's own cookie.
    private static readonly string[] NeverForwarded =
    [
        HeaderNames.Authorization, HeaderNames.Cookie, "Forwarded", "X-Real-IP", "X-Original-URL", "X-Original-For", "X-Rewrite-URL", "X-HTTP-Method-Override", "baggage",
    ];

    private static readonly string[] NeverForwardedPrefixes = ["X-Forwarded-", "X-Hotline", "Hotline-"];

    // What the console's pages need of the browser. The session's cookie stays at the gateway.
    private static readonly string[] ConsoleCookies = [Language.CookieName, FormKeys.CookieName];

    /// <summary>Registers the proxy.</summary>
    /// <exception cref="Platform.Hosting.StartupException">A route is in no lane.</exception>
    public static void Add(WebApplicationBuilder builder)
    {
        foreach (var route in builder.Configuration.GetSection("ReverseProxy:Routes").GetChildren())
        {
            LaneOf(route.Key, route[$"Metadata:{nameof(Lane)}"]);
        }

        builder.Services.AddMemoryCache();
        builder.Services.AddSingleton<ForwardedTokens>();
        builder.Services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddConfigFilter<PeerAddresses>()
            .AddTransforms(Transform)
            .ConfigureHttpClient((_, handler) =>
            {
                handler.ConnectTimeout = TimeSpan.FromSeconds(2);
                handler.PooledConnectionLifetime = ConnectionLife;
                // As they were read: a service refuses a letter where none belongs, and is not away because of it.
                handler.RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8;
            });
    }

    /// <summary>Maps the routes; each is for signed-in people, and the service behind judges the rest.</summary>
    public static void Map(WebApplication app) => app
        .MapReverseProxy(proxy => proxy.Use(Explain).Use(app.Services.GetRequiredService<Lanes>().Call).Use(HintStreams.EndWithSession))
        .ConfigureEndpoints((door, route) => door.InLane(LaneOf(route.RouteId, route.Metadata?.GetValueOrDefault(nameof(Lane)))))
        .RequireAction(GatewayRules.Table, GatewayRules.CallService);

    private static Lane LaneOf(string route, string? name) => Lane.Find(name)
        ?? throw GatewayOptions.Wrong($"The route {route} names no lane in Metadata:Lane; there are {string.Join(", ", Lane.All.Select(lane => lane.Name))}.");

    private static void Transform(TransformBuilderContext route)
    {
        route.AddXForwarded(ForwardedTransformActions.Remove);
        var audience = route.Cluster!.ClusterId;
        var pages = audience == GatewayOptions.Console;
        if (!pages)
        {
            route.AddPathRemovePrefix(Prefix);
        }

        route.AddRequestTransform(async transform =>
        {
            var outgoing = transform.ProxyRequest;
            foreach (var name in NeverForwarded)
            {
                outgoing.Headers.Remove(name);
            }

            foreach (var name in outgoing.Headers.Select(header => header.Key)
                .Where(name => NeverForwardedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))).ToList())
            {
                outgoing.Headers.Remove(name);
            }

            if (pages)
            {
                outgoing.Headers.TryAddWithoutValidation(PageHost.LaneHeader, transform.HttpContext.Features.Get<Lane>()?.Name);
            }

            if (pages && Cookies(transform.HttpContext.Request) is { Length: > 0 } cookies)
            {
                outgoing.Headers.TryAddWithoutValidation(HeaderNames.Cookie, cookies);
            }

            var session = transform.HttpContext.Features.Get<Session>()
                ?? throw new InvalidOperationException("A request without a session reached a service's route.");
            var tokens = transform.HttpContext.RequestServices.GetRequiredService<ForwardedTokens>();
            outgoing.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await tokens.For(session, audience, transform.CancellationToken));
        });

        // Whatever is behind sets no session.
        route.AddResponseTransform(transform =>
        {
            var headers = transform.HttpContext.Response.Headers;
            if (headers.SetCookie.Count > 0)
            {
                headers.SetCookie = pages
                    ? headers.SetCookie.Where(cookie => ConsoleCookies.Any(name => cookie!.StartsWith($"{name}=", StringComparison.Ordinal))).ToArray()
                    : default;
            }

            return ValueTask.CompletedTask;
        });
        if (pages)
        {
            return;
        }

        // A service knows nothing of the prefix, so what it says about where something is needs it put back.
        route.AddResponseTransform(transform =>
        {
            var headers = transform.HttpContext.Response.Headers;
            if (headers.Location.ToString() is ['/', not '/', ..] location && !location.StartsWith($"{Prefix}/", StringComparison.Ordinal))
            {
                headers.Location = Prefix + location;
            }

            return ValueTask.CompletedTask;
        });
    }

    private static string Cookies(HttpRequest request) => string.Join("; ",
        request.Cookies.Where(cookie => ConsoleCookies.Contains(cookie.Key, StringComparer.Ordinal)).Select(cookie => $"{cookie.Key}={cookie.Value}"));

    // The proxy answers a fault with a bare status; people and programs get a problem, and an honest one about what may have happened.
    private static async Task Explain(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.GetForwarderErrorFeature() is not { } fault || context.Response.HasStarted)
        {
            return;
        }

        AccessProblem? problem = fault.Error switch
        {
            ForwarderError.RequestCanceled => null,
            _ when fault.Exception is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }
                or { InnerException: BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } } => Problems.BodyTooLarge,
            ForwarderError.RequestBodyClient or ForwarderError.RequestBodyCanceled => Problems.BodyMalformed,
            ForwarderError.RequestTimedOut => GatewayProblems.ServiceSlow,
            _ => GatewayProblems.ServiceAway,
        };
        if (problem is not null)
        {
            context.Response.Headers.Clear();
            await problem.ExecuteAsync(context);
        }
    }

    /// <summary>Gives each cluster of <c>routes.json</c> the address of the service it is named after.</summary>
    private sealed class PeerAddresses(GatewayOptions options) : IProxyConfigFilter
    {
        public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => new(cluster with
        {
            // HTTP/2 would put all requests on one connection, and so on one of the service's instances.
            HttpRequest = (cluster.HttpRequest ?? new()) with { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower },
            Destinations = new Dictionary<string, DestinationConfig>
            {
                ["peer"] = new() { Address = options.Peers[cluster.ClusterId].AbsoluteUri },
            },
        });

        public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) => new(route);
    }
}

/// <summary>Tokens for the services on behalf of a session, used again until half their time is over.</summary>
public sealed class ForwardedTokens(SigningKeys keys, GatewayOptions options, IMemoryCache cache, TimeProvider clock)
{
    /// <summary>A cached token is given out no longer than this before its end.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    /// <summary>A token for that service. The caller has just checked the session.</summary>
    public async ValueTask<string> For(Session session, string audience, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var key = (nameof(ForwardedTokens), session.Id, audience);
        if (cache.TryGetValue(key, out Entry? entry) && entry is not null && now < entry.UseUntil && now >= entry.From && SameClaims(entry.Actor, session.Actor))
        {
            return entry.Token;
        }

        var set = await keys.Current(ct);
        var actor = audience == GatewayOptions.Console ? session.Actor with { Name = session.DisplayName } : session.Actor;
        var token = Token.Write(set.Active, options.Issuer, audience, actor, now);
        cache.Set(key, new Entry(token, session.Actor, now, now + Token.Lifetime - Margin), Token.Lifetime);
        return token;
    }

    private static bool SameClaims(TokenActor one, TokenActor other) => ReferenceEquals(one, other)
        || (one.Role == other.Role && one.Agency == other.Agency && one.Desks.SequenceEqual(other.Desks) && one.Provinces.SequenceEqual(other.Provinces));

    private sealed record Entry(string Token, TokenActor Actor, DateTimeOffset From, DateTimeOffset UseUntil);
}
