using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Hotline111.Gateway.Guards;

/// <summary>How large and how slow a request may be.</summary>
public static class BodyLimit
{
    /// <summary>Bytes of a body; attachments will have a door of their own.</summary>
    public const int Bytes = 64 * 1024;

    /// <summary>Limits of the server itself. It does not say what it is.</summary>
    public static void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = Bytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 60;
        kestrel.Limits.MaxRequestLineSize = 4 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
    }

    /// <summary>Refuses an announced oversize before a byte of it is read, and one that was not announced when it is met.</summary>
    public static IApplicationBuilder UseBodyLimit(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.Request.ContentLength > Bytes)
        {
            await GatewayProblems.BodyTooLarge.ExecuteAsync(context);
            return;
        }

        try
        {
            await next(context);
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge && !context.Response.HasStarted)
        {
            await GatewayProblems.BodyTooLarge.ExecuteAsync(context);
        }
    });
}
