using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hotline111.Pages.Layout;
using Hotline111.Platform.Access;

namespace Hotline111.Gateway.Guards;

/// <summary>
/// The answer to whoever comes when there is too much: the usual problem for programs, a page for people. Both are made once and kept, because a refusal
/// that costs as much as an answer would itself be what brings everything down.
/// </summary>
public static class Refusal
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly ConcurrentDictionary<(string Problem, object? Lane, bool English), byte[]> Made = new();

    /// <summary>Writes it. Problems of one code, one lane and one language look alike but for the trace.</summary>
    public static Task Write(HttpContext context, AccessProblem problem) =>
        context.RequestServices.GetRequiredService<ProblemPage>().ForPeople(context.Request) ? PlainProblem.Write(context, problem) : WriteJson(context, problem);

    private static Task WriteJson(HttpContext context, AccessProblem problem)
    {
        var english = AccessProblem.PrefersEnglish(context.Request);
        var lane = problem.Facts.GetValueOrDefault("lane");
        if (!Made.TryGetValue((problem.Code, lane, english), out var begin))
        {
            var members = new Dictionary<string, object?>(problem.Facts) { ["type"] = $"urn:hotline111:{problem.Code}", ["title"] = english ? problem.En : problem.Vi, ["status"] = problem.Status };
            begin = [.. JsonSerializer.SerializeToUtf8Bytes(members, Json).AsSpan()[..^1], .. ",\"traceId\":\""u8];
            Made[(problem.Code, lane, english)] = begin;
        }

        // Hexadecimal, or the server's own mark of the request: letters and figures in any case.
        var trace = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
        var body = new byte[begin.Length + trace.Length + 2];
        begin.CopyTo(body, 0);
        Encoding.ASCII.GetBytes(trace, body.AsSpan(begin.Length));
        "\"}"u8.CopyTo(body.AsSpan(begin.Length + trace.Length));

        var response = context.Response;
        response.StatusCode = problem.Status;
        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        response.Headers.ContentLanguage = english ? "en" : "vi";
        response.Headers.CacheControl = "no-store";
        response.Headers.RetryAfter = problem.RetryAfter?.ToString(CultureInfo.InvariantCulture);
        return response.Body.WriteAsync(body, 0, body.Length, context.RequestAborted);
    }
}
