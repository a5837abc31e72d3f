using Hotline111.Platform.Hosting;

namespace Hotline111.Gateway.Guards;

/// <summary>Refuses an announced oversize before a byte of it goes anywhere; one that was not announced is met by the server's own limit.</summary>
public static class BodyLimit
{
    /// <summary>Puts the limit in front of every door.</summary>
    public static IApplicationBuilder UseBodyLimit(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (!(context.Request.ContentLength > PlatformHost.LargestBody))
            return next(context);
        // The body is never read, so the server ends the connection: said, or the caller's next request would find it ending under it.
        context.Response.Headers.Connection = "close";
        return Problems.BodyTooLarge.ExecuteAsync(context);
    });
}
