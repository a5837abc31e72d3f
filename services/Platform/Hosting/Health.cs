using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hotline111.Platform.Hosting;

/// <summary>Tells which parts are not as they should be while the process still does its work, as stable codes; empty when all is well.</summary>
/// <remarks>Asked at every probe, so it must not wait for anything.</remarks>
public sealed record DegradationSource(Func<IServiceProvider, IEnumerable<string>> Codes);

/// <summary>The answer of <c>/health/ready</c>.</summary>
/// <param name="Status">"ready", "degraded" (200: the work goes on), "starting", "stopping" or "unavailable" (503).</param>
/// <param name="Degraded">Codes of the parts that are not as they should be.</param>
public sealed record Readiness(string Status, IReadOnlyList<string> Degraded);

internal static class Health
{
    /// <summary>Below it are the probes.</summary>
    public const string Path = "/health";

    /// <summary>How long <c>ready</c> waits for an answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks the process that runs on the same settings, for where there is no other program to ask it: an image without a shell.</summary>
    public static Verb Verb { get; } = new("ready", "asks the running process whether it is ready", Ask);

    /// <summary>
    /// <c>/health/live</c>: the process answers. <c>/health/ready</c>: the start is done, and the own database is reachable and migrated; trouble
    /// elsewhere (broker, lag, keys) is told in the body and takes no page away.
    /// </summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup(Path).AllowAnonymous().WithTags("Health");
        health.MapGet("/live", () => TypedResults.Ok(new Readiness("live", []))).WithSummary("The process answers.");
        health.MapGet("/ready", Ready).WithSummary("The process can do its work.").Produces<Readiness>(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> Ready(HttpContext http, CancellationToken ct)
    {
        var services = http.RequestServices;
        var state = services.GetRequiredService<ProcessState>();
        var degraded = new List<string>();
        if (state.Stopping)
            return Unavailable("stopping");
        if (!state.Started)
            return Unavailable("starting");
        foreach (var database in services.GetServices<OwnDatabase>())
        {
            if (await database.IsReady(ct))
                continue;
            if (database.IsEssential)
                return Unavailable("unavailable");
            degraded.Add($"{database.Name.ToLowerInvariant()}-away");
        }
        if (services.GetServices<IHostedService>().OfType<ClockWatch>().Any(watch => watch.Differs))
            degraded.Add("clock-differs");
        foreach (var source in services.GetServices<DegradationSource>())
            degraded.AddRange(source.Codes(services));
        return TypedResults.Ok(new Readiness(degraded.Count == 0 ? "ready" : "degraded", degraded));
    }

    private static JsonHttpResult<Readiness> Unavailable(string status) => TypedResults.Json(new Readiness(status, []), statusCode: StatusCodes.Status503ServiceUnavailable);

    private static async Task<int> Ask(IServiceProvider services, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var listener = PlatformHost.Addresses(services.GetRequiredService<IConfiguration>())[0];
        var host = listener.Host is "+" or "*" or "0.0.0.0" or "[::]" ? "127.0.0.1" : listener.Host;
        using var handler = new SocketsHttpHandler { UseProxy = false };
        // It is known by its very certificate: the name in it need not be one under which the process reaches itself.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) =>
            shown is X509Certificate2 certificate && services.GetRequiredService<ServerCertificates>().Are(certificate);
        using var http = new HttpClient(handler) { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(new UriBuilder(listener.Scheme, host, listener.Port, "/health/ready").Uri, ct);
            await Console.Out.WriteLineAsync(await answer.Content.ReadAsStringAsync(ct));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception away) when (away is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync("The process does not answer.");
            return 1;
        }
    }
}
