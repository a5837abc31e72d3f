using System.Collections.Concurrent;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hotline111.EndToEnd.Tests;

/// <summary>One finished span as it came over OTLP.</summary>
public sealed record Span(string Service, string Name, string TraceId, string SpanId, string ParentId);

/// <summary>An OTLP receiver (HTTP, protobuf) in the test's own process.</summary>
public sealed class TelemetryReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<Span> spans = new();
    private readonly ConcurrentQueue<byte[]> payloads = new();

    private TelemetryReceiver(WebApplication app) => this.app = app;

    public Uri Address { get; private set; } = null!;

    public IReadOnlyCollection<Span> Spans => spans;

    /// <summary>Whether any traces, metrics or logs received hold the word.</summary>
    public bool Holds(string word) => payloads.Any(payload => payload.AsSpan().IndexOf(Encoding.UTF8.GetBytes(word)) >= 0);

    public int Payloads => payloads.Count;

    public static async Task<TelemetryReceiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 64 * 1024 * 1024).UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new TelemetryReceiver(app);
        app.MapPost("/v1/{signal}", receiver.Receive);
        await app.StartAsync();
        receiver.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> Receive(string signal, HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        payloads.Enqueue(body.ToArray());
        if (signal == "traces")
            ReadTraces(body.ToArray());
        return Results.Bytes([], "application/x-protobuf");
    }

    // opentelemetry.proto.trace.v1: TracesData{resource_spans=1}, ResourceSpans{resource=1, scope_spans=2}, ScopeSpans{spans=2}, Span{trace_id=1, span_id=2, parent_span_id=4, name=5}.
    private void ReadTraces(byte[] data)
    {
        foreach (var resourceSpans in Fields(data, 1))
        {
            var service = Fields(resourceSpans, 1).SelectMany(resource => Fields(resource, 1)).Where(pair => Text(pair, 1) == "service.name").Select(pair => Text(Fields(pair, 2).First(), 1)).FirstOrDefault("");
            foreach (var span in Fields(resourceSpans, 2).SelectMany(scope => Fields(scope, 2)))
            {
                spans.Enqueue(new Span(
                    service,
                    Text(span, 5),
                    Convert.ToHexStringLower(Fields(span, 1).First()),
                    Convert.ToHexStringLower(Fields(span, 2).First()),
                    Convert.ToHexStringLower(Fields(span, 4).FirstOrDefault([]))));
            }
        }
    }

    private static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Fields(message, field).FirstOrDefault([]));

    private static List<byte[]> Fields(byte[] message, int wanted)
    {
        List<byte[]> found = [];
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == wanted && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                found.Add(input.ReadBytes().ToByteArray());
            else
                input.SkipLastField();
        }

        return found;
    }
}
