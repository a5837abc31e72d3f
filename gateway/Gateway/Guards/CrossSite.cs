namespace Hotline111.Gateway.Guards;

/// <summary>
/// A cookie travels with whatever a browser is made to send. What changes something is therefore accepted only from our own pages, by the headers that a
/// page's script cannot set: <c>Sec-Fetch-Site</c> and <c>Origin</c>. Programs that are not browsers send neither.
/// </summary>
public static class CrossSite
{
    /// <summary>Refuses what changes something and comes from another site.</summary>
    public static IApplicationBuilder UseCrossSiteGuard(this IApplicationBuilder app) => app.Use((context, next) =>
        Safe(context.Request.Method) || FromOurselves(context) ? next(context) : GatewayProblems.CrossSiteRequest.ExecuteAsync(context));

    private static bool Safe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static bool FromOurselves(HttpContext context)
    {
        var request = context.Request;
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is not ("" or "same-origin" or "none"))
        {
            return false;
        }

        // A page that sends no referrer sends no origin with its forms either; the browser's own word on the site stands then.
        if (request.Headers.Origin.ToString() is not { Length: > 0 } origin || (origin == "null" && site == "same-origin"))
        {
            return true;
        }

        var own = context.RequestServices.GetRequiredService<GatewayOptions>().PublicOrigin ?? $"{request.Scheme}://{request.Host}";
        return string.Equals(origin, own, StringComparison.OrdinalIgnoreCase);
    }
}
