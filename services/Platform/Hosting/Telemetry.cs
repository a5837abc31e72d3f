using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Hotline111.Platform.Hosting;

/// <summary>
/// Logs as JSON on stdout; traces, metrics and logs over OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says so. A sink that is away costs
/// what it would have got, and never time: queues are bounded and drop.
/// </summary>
/// <remarks>The OpenTelemetry SDK is held here by one hosted service, because the package that does it (OpenTelemetry.Extensions.Hosting) is not in the
/// package mirror; the signals and the <c>OTEL_*</c> variables are the same, so it can replace this whenever it is there.</remarks>
internal static class Telemetry
{
    /// <summary>Our own spans and meters; the others are built into what we use.</summary>
    private static readonly string[] Sources = ["Hotline111", "Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "MassTransit"];

    private static readonly string[] Meters = ["Hotline111", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql", "MassTransit"];

    public static void AddTelemetry(this IHostApplicationBuilder builder, string service)
    {
        // Route, method and status at each request's span. The path stands there too and holds ids only; the query does not.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        var logging = builder.Logging;
        logging.ClearProviders();
        logging.AddConsole(console => console.FormatterName = QuietJsonFormatter.FormatterName).AddConsoleFormatter<QuietJsonFormatter, QuietJsonOptions>();
        // Below warning these tell of every request, with its address; ours tell what happened, with ids.
        foreach (var talkative in new[] { "Microsoft.AspNetCore", "Microsoft.Hosting", "Microsoft.Extensions", "System.Net.Http", "Npgsql", "MassTransit", "Yarp", "Microsoft.EntityFrameworkCore",
                     "Hotline111.Gateway.Sessions.SessionAuthentication" })
            logging.AddFilter(talkative, LogLevel.Warning);
        // It would print whole exceptions, messages included, a second time.
        logging.AddFilter("Microsoft.AspNetCore.Diagnostics", LogLevel.None);

        var endpoint = builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
        if (string.IsNullOrWhiteSpace(endpoint))
            return;
        Settings.Address(builder.Configuration, "OTEL_EXPORTER_OTLP_ENDPOINT", "where traces, metrics and logs go");
        if (builder.Configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] is { Length: > 0 } protocol and not ("grpc" or "http/protobuf"))
            throw new StartupException(StartupException.Configuration, $"OTEL_EXPORTER_OTLP_PROTOCOL is \"{protocol}\"; grpc and http/protobuf are known.");
        builder.Services.AddSingleton<ILoggerProvider>(services => services.GetRequiredService<TelemetryHost>().Logs);
        builder.Services.AddSingleton(_ => new TelemetryHost(service));
        builder.Services.AddHostedService(services => services.GetRequiredService<TelemetryHost>());
    }

    /// <summary>The SDK, from the start of the process to its end, with a last bounded flush.</summary>
    internal sealed class TelemetryHost : IHostedService, IDisposable
    {
        private const int LastFlush = 3000;

        private readonly OpenTelemetrySdk sdk;

        public TelemetryHost(string service) => sdk = OpenTelemetrySdk.Create(otel => otel
            .ConfigureResource(resource => resource.AddService(service, serviceNamespace: "hotline111", autoGenerateServiceInstanceId: true))
            .WithTracing(traces => traces.SetSampler(new ParentBasedSampler(new WorkOfOurs())).AddSource(Sources).AddOtlpExporter())
            .WithMetrics(metrics => metrics.AddMeter(Meters).AddOtlpExporter())
            .WithLogging(logs => logs.AddProcessor(new QuietLogs()).AddOtlpExporter(), options => options.IncludeFormattedMessage = true));

        /// <summary>Logs on their way out; disposed with the SDK.</summary>
        public ILoggerProvider Logs => new Provider(sdk.GetLoggerFactory());

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.Run(
            () =>
            {
                // One after another they could take three times as long with a dead sink.
                Parallel.Invoke(
                    () => sdk.TracerProvider.ForceFlush(LastFlush),
                    () => sdk.MeterProvider.ForceFlush(LastFlush),
                    () => sdk.LoggerProvider.ForceFlush(LastFlush));
            },
            CancellationToken.None);

        public void Dispose() => sdk.Dispose();

        private sealed class Provider(ILoggerFactory factory) : ILoggerProvider
        {
            public ILogger CreateLogger(string categoryName) => factory.CreateLogger(categoryName);

            public void Dispose()
            {
            }
        }
    }

    /// <summary>Looking whether there is work (a query every few moments, with no cause) begins no trace; what has a cause, or is work, does.</summary>
    private sealed class WorkOfOurs : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
            new(samplingParameters.Kind == ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
    }

    /// <summary>Leaves of an exception its kind and its frames, and not its message, which may quote what a person wrote.</summary>
    private sealed class QuietLogs : BaseProcessor<LogRecord>
    {
        public override void OnEnd(LogRecord data)
        {
            if (data.Exception is not { } exception)
                return;
            data.Exception = null;
            data.Attributes = [.. data.Attributes ?? [], new("exception.type", exception.GetType().FullName), new("exception.stacktrace", QuietException.Describe(exception))];
        }
    }
}
