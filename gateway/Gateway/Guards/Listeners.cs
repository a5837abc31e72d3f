using Hotline111.Gateway.Accounts;
using Hotline111.Platform.Hosting;
using Microsoft.Net.Http.Headers;

namespace Hotline111.Gateway.Guards;

/// <summary>
/// The gateway listens twice: for everybody, and for the platform's own services. Which listener a request came through is told by the port it was
/// accepted on, which no header can change.
/// </summary>
public static class Listeners
{
    private static readonly string[] Inside = ["/.well-known/jwks.json", "/auth/token", "/health", "/openapi"];

    private static readonly string[] OnBehalf = ["/api", AccountNames.Path];

    /// <summary>True if the request came through the internal listener.</summary>
    public static bool IsInternal(HttpContext context) =>
        context.Connection.LocalPort == context.RequestServices.GetRequiredService<GatewayOptions>().InternalUrl.Port;

    /// <summary>
    /// Inside there are keys, machine tokens and health, and for the console the way to the services and to colleagues' names with the token of the person it serves. No cookie
    /// opens anything here, and no page is here.
    /// </summary>
    public static IApplicationBuilder UseListeners(this IApplicationBuilder app) => app.Use((context, next) =>
        !IsInternal(context)
        || Inside.Any(path => context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal))
        || (OnBehalf.Any(path => context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal)) && context.Request.Headers.ContainsKey(HeaderNames.Authorization))
            ? next(context)
            : Problems.NotFound.ExecuteAsync(context));
}
