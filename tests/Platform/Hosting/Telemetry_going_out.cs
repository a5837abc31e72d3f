using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Hotline111.SmallService;
using Hotline111.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hotline111.Platform.Tests.Hosting;

public sealed class Telemetry_going_out(SmallSurroundings surroundings) : IClassFixture<SmallSurroundings>
{
    [Fact]
    public async Task Traces_metrics_and_logs_arrive_and_hold_nothing_personal()
    {
        var received = new ConcurrentQueue<(string Path, byte[] Body)>();
        await using var sink = await Sink(received);
        var settings = surroundings.Settings;
        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.Urls.First();
        settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        settings["OTEL_BSP_SCHEDULE_DELAY"] = settings["OTEL_BLRP_SCHEDULE_DELAY"] = settings["OTEL_METRIC_EXPORT_INTERVAL"] = "200";
        await using (var small = await surroundings.Ready(settings))
        {
            var note = await small.Post("/notes", surroundings.Token(), new { text = Faults.Canary, kind = "plain" }, ("Idempotency-Key", "key-of-mine"));
            await small.Send(HttpMethod.Get, $"/notes/{note.Body.GetProperty("id").GetGuid()}", surroundings.Token());
            await small.Send(HttpMethod.Get, $"/faults/bug?name={Uri.EscapeDataString(Faults.Canary)}&plain=QueryCanary", null);
            await small.Send(HttpMethod.Get, "/nowhere/PathCanary", surroundings.Token());
            small.Terminate();
            (await small.Exit()).ShouldBe(0);
        }
        var traces = Text("/v1/traces");
        traces.ShouldContain("execute note");
        traces.ShouldContain("GET /notes/{id:guid}");
        traces.ShouldContain("Npgsql");
        traces.ShouldContain("hotline111");
        traces.ShouldNotContain("hl_late", Case.Sensitive, "the sequencer looking for work is no work");
        Text("/v1/metrics").ShouldContain("hotline111.events.appended");
        Text("/v1/metrics").ShouldContain("http.server.request.duration");
        Text("/v1/logs").ShouldContain("Unexpected failure at");
        Text("/v1/logs").ShouldContain("System.FormatException");
        foreach (var path in new[] { "/v1/traces", "/v1/metrics", "/v1/logs" })
        {
            foreach (var canary in new[] { Faults.Canary, "0912345678", Uri.EscapeDataString("Giàng"), "QueryCanary", "PathCanary", "key-of-mine" })
                Text(path).ShouldNotContain(canary);
        }

        string Text(string path) => string.Join('\n', received.Where(each => each.Path == path).Select(each => Encoding.UTF8.GetString(each.Body)));
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_sink_that_swallows_everything_without_an_answer_costs_no_time(string protocol)
    {
        // Takes connections and never says a word.
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var settings = surroundings.Settings;
        await using var without = await SmallProcess.Ready(settings);
        settings = surroundings.Settings;
        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";
        settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol;
        settings["OTEL_BSP_SCHEDULE_DELAY"] = settings["OTEL_METRIC_EXPORT_INTERVAL"] = "100";
        // So many bytes, in hexadecimal, and not one more: what is kept for the sink without an end ends the process.
        settings["DOTNET_GCHeapHardLimit"] = "2000000";
        await using var with = await SmallProcess.Ready(settings);
        var (waited, usual) = (new ConcurrentBag<TimeSpan>(), new ConcurrentBag<TimeSpan>());
        // Many times what the queue holds, and by turns, because the machine's own pace changes.
        for (var turn = 0; turn < 20; turn++)
        {
            await Ask(with, 1000, waited);
            await Ask(without, 100, usual);
        }

        Median(waited).ShouldBeLessThan(10 * Median(usual), "milliseconds of a request");
        with.Terminate();
        (await with.Exit()).ShouldBe(0);

        static double Median(IEnumerable<TimeSpan> times) => times.Select(time => time.TotalMilliseconds).Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

        static Task Ask(ServiceProcess small, int times, ConcurrentBag<TimeSpan> waited) => Parallel.ForEachAsync(
            Enumerable.Range(0, times), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, async (_, ct) =>
            {
                var began = Stopwatch.GetTimestamp();
                using var answer = await small.Http.GetAsync("/health/live", ct);
                answer.StatusCode.ShouldBe(HttpStatusCode.OK);
                waited.Add(Stopwatch.GetElapsedTime(began));
            });
    }

    private static async Task<WebApplication> Sink(ConcurrentQueue<(string, byte[])> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var sink = builder.Build();
        sink.MapPost("/{**path}", async (HttpContext http) =>
        {
            var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            received.Enqueue((http.Request.Path, body.ToArray()));
            http.Response.ContentType = "application/x-protobuf";
        });
        await sink.StartAsync();
        return sink;
    }
}
