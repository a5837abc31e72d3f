using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Hotline111.Platform.Hosting;

/// <summary>
/// First on the way of a request: what is thrown behind it becomes a problem, and what nobody expected goes to the log with its trace, but without
/// the exception's message, which may quote what a person wrote.
/// </summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        // Answers are about people: no shared computer may keep them, and no browser may guess what they are.
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        // No text of the database can hold this character, and nobody who means well writes it into an address.
        if (http.Request.QueryString.Value?.Contains("%00", StringComparison.Ordinal) == true || http.Request.Path.Value?.Contains('\0', StringComparison.Ordinal) == true)
        {
            await Problems.RequestMalformed.ExecuteAsync(http);
            return;
        }

        // The framework takes letters that it has no table for as a fault of ours.
        if (MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) && type.Charset.HasValue && type.Encoding is null)
        {
            await Problems.MediaTypeUnsupported.ExecuteAsync(http);
            return;
        }

        try
        {
            await next(http);
            Name(http);
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested && e is OperationCanceledException or ConnectionAbortedException or ConnectionResetException)
        {
            // Nobody waits for an answer any more. The status is for metrics only.
            if (!http.Response.HasStarted)
                http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception e)
        {
            Name(http);
            var problem = Problems.ForException(e);
            if (problem is null)
                LogUnexpected(e, Route(http));
            else if (problem is AccessProblem { Status: StatusCodes.Status503ServiceUnavailable })
                LogUnavailable(e.GetType().Name, (e as Npgsql.NpgsqlException)?.SqlState, Route(http));
            if (http.Response.HasStarted)
            {
                // Half an answer must not look like a whole one.
                http.Abort();
                return;
            }
            http.Response.Clear();
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            await (problem ?? Problems.Unexpected).ExecuteAsync(http);
        }
    }

    // The framework leaves the span of a request without its route, and with the path as it was typed.
    private static void Name(HttpContext http)
    {
        if (http.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } activity)
            return;
        activity.DisplayName = Route(http);
        activity.SetTag("http.route", (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText);
        activity.SetTag("url.path", null);
    }

    private static string Route(HttpContext http) => $"{http.Request.Method} {(http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)"}";

    [LoggerMessage(Level = LogLevel.Error, Message = "Unexpected failure at {Route}")]
    private partial void LogUnexpected(Exception exception, string route);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Route} answered 503: {Kind} {SqlState}")]
    private partial void LogUnavailable(string kind, string? sqlState, string route);
}
