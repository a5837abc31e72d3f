using System.Diagnostics;

namespace Hotline111.Gateway.Guards;

/// <summary>What every answer tells the browser, whoever made it.</summary>
public static class SecurityHeaders
{
    private const string ApiPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    // Nothing inline, nothing evaluated, nothing from elsewhere. A worker obeys the policy that came with its script.
    private const string PagePolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; media-src 'self'; "
        + "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    /// <summary>Sets the headers when the answer starts, so that no service behind can leave one out or put another in its place.</summary>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(Set, context);

        // Baggage would travel on with the trace into every service, and anybody could have put anything into it.
        foreach (var (name, _) in Activity.Current?.Baggage.ToArray() ?? [])
        {
            Activity.Current!.SetBaggage(name, null);
        }

        return next(context);
    });

    private static Task Set(object state)
    {
        var context = (HttpContext)state;
        var headers = context.Response.Headers;
        var page = headers.ContentType.ToString().StartsWith("text/html", StringComparison.OrdinalIgnoreCase)
            || context.Request.Path.StartsWithSegments("/assets");
        headers.ContentSecurityPolicy = page ? PagePolicy : ApiPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        headers.Remove("Server");
        headers.Remove("X-Powered-By");
        headers.Remove("blazor-enhanced-nav");
        if (!IsLoopback(context.Request.Host.Host))
        {
            headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        }

        var path = context.Request.Path;
        if (path.StartsWithSegments("/auth") || (path.StartsWithSegments("/api") && !path.StartsWithSegments("/api/catalogues")))
        {
            headers.CacheControl = "no-store";
        }

        return Task.CompletedTask;
    }

    private static bool IsLoopback(string host) =>
        host is "localhost" or "[::1]" || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));
}
