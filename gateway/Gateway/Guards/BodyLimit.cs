using Hotline111.Platform.Hosting;

namespace Hotline111.Gateway.Guards;

/// <summary>Refuses an announced oversize before a byte of it goes anywhere; one that was not announced is met by the server's own limit.</summary>
public static class BodyLimit
{
    /// <summary>Puts the limit in front of every door.</summary>
    public static IApplicationBuilder UseBodyLimit(this IApplicationBuilder app) => app.Use((context, next) =>
        context.Request.ContentLength > PlatformHost.LargestBody ? Problems.BodyTooLarge.ExecuteAsync(context) : next(context));
}
