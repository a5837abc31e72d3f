using System.Net.Sockets;
using Hotline111.Platform.Access;
using Hotline111.Platform.Messaging;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Hotline111.Platform.Hosting;

/// <summary>What every process of the platform has in common: <c>AddPlatform</c>, <c>UsePlatform</c>, <c>RunPlatform</c>.</summary>
public static class PlatformHost
{
    /// <summary>The largest JSON body a door takes, in bytes.</summary>
    public const int LargestBody = 64 * 1024;

    /// <summary>How long a stopping process may take in all: to let its callers go, and to work off what it has begun.</summary>
    public static readonly TimeSpan Draining = TimeSpan.FromSeconds(20);

    /// <summary>How long of that it goes on taking requests: whoever balances has to notice, and whoever keeps a connection is told to take another one.</summary>
    private static readonly TimeSpan LettingGo = TimeSpan.FromSeconds(3);

    /// <summary>Without a request for so long nobody sends any more.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The builder of a process. Settings are checked at the start and hold until the end, so nothing watches the folder it runs in for changed ones:
    /// a folder in which a database writes would keep every process busy.
    /// </summary>
    public static WebApplicationBuilder CreateBuilder(string[] args) => WebApplication.CreateBuilder([.. args, "--hostBuilder:reloadConfigOnChange=false"]);

    /// <summary>
    /// Logs, telemetry, strict JSON, problem details, limits, health and the description of the doors. From here on a <see cref="StartupException"/>
    /// ends the process with its one sentence on stderr and its exit code.
    /// </summary>
    /// <param name="builder">The process being built.</param>
    /// <param name="service">Its name, lower-case, as everywhere.</param>
    /// <exception cref="StartupException"><c>ASPNETCORE_URLS</c>, a <c>Tls:*</c> or an <c>OTEL_*</c> setting is missing or nonsensical.</exception>
    public static IHostApplicationBuilder AddPlatform(this IHostApplicationBuilder builder, string service)
    {
        StartupFailure.Watch();
        var certificates = ServerCertificates.Read(builder.Configuration, Addresses(builder.Configuration), TimeProvider.System);
        FaultPoint.Check();
        var services = builder.Services;
        services.AddSingleton(new PlatformService(service));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ProcessState>();
        builder.AddTelemetry(service);
        services.ConfigureHttpJsonOptions(json => StrictJson.Apply(json.SerializerOptions));
        // Wrong bodies and parameters come to one place, where they become problems.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddProblemDetails(Problems.Complete);
        services.AddServiceDescription(service);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = Draining - LettingGo);
        services.Configure<RouteOptions>(routes => routes.SetParameterPolicy<IdConstraint>("guid"));
        services.Configure<KestrelServerOptions>(Limit);
        services.Configure<KestrelServerOptions>(certificates.Apply);
        services.AddSingleton(certificates);
        services.AddSingleton(new DegradationSource(_ => certificates.Degradations));
        if (certificates.Both.Any())
            services.AddHostedService<CertificateWatch>();
        return builder;
    }

    /// <summary>A whole service on one page: what it is made of and its doors. Access, read log and the pull of published events come along.</summary>
    /// <param name="service">Its name, lower-case, as everywhere.</param>
    /// <param name="args">A verb, or nothing to run until stopped.</param>
    /// <param name="parts">Adds its streams, read models, publications and effects.</param>
    /// <param name="doors">Maps its endpoints.</param>
    /// <returns>The exit code of the process.</returns>
    public static async Task<int> Start(string service, string[] args, Action<WebApplicationBuilder> parts, Action<WebApplication> doors)
    {
        WebApplication app;
        try
        {
            var builder = CreateBuilder(args);
            builder.AddPlatform(service);
            builder.AddAccess(service);
            parts(builder);
            builder.Services.AddSingleton(new DegradationSource(provider => provider.GetService<MessagingStatus>()?.Degradations ?? []));
            app = builder.Build();
            app.UsePlatform();
            app.MapPublished();
            doors(app);
        }
        catch (Exception e) when (StartupFailure.Explain(e) is { } failure)
        {
            return StartupFailure.Report(failure);
        }

        return await app.RunPlatform(args);
    }

    /// <summary>The common part of the way of a request. Called first after the process is built.</summary>
    public static WebApplication UsePlatform(this WebApplication app)
    {
        app.Use(Seen);
        app.UseMiddleware<ProblemMiddleware>();
        app.UseStatusCodePages(context => Problems.ForStatus(context.HttpContext.Response.StatusCode).ExecuteAsync(context.HttpContext));
        app.UseRouting();
        // Named here because the framework would put them in front of the problems.
        if (app.Services.GetService<IAuthenticationSchemeProvider>() is not null)
        {
            app.UseAuthentication();
            app.UseAuthorization();
        }
        app.UseMiddleware<RequestPrint>();
        app.MapHealth();
        // With the name in the path, or it would be taken from the query and said again to whoever wrote another there.
        app.MapOpenApi("/openapi/{documentName:regex(^v1$)}.json").AllowAnonymous().ExcludeFromDescription();
        return app;
    }

    /// <summary>Does what the first argument says: nothing means run until stopped; <c>migrate</c> and the verbs of the service do one thing and end.</summary>
    /// <returns>The exit code: 0, 1 (a part of the process ended unexpectedly), or that of a <see cref="StartupException"/>.</returns>
    public static async Task<int> RunPlatform(this WebApplication app, string[] args)
    {
        try
        {
            var verb = args.FirstOrDefault(argument => !argument.StartsWith('-'));
            return verb is null ? await Run(app) : await Verbs.Run(app.Services, verb, [.. args.SkipWhile(argument => argument != verb).Skip(1)]);
        }
        catch (Exception e) when (StartupFailure.Explain(e) is { } failure)
        {
            return StartupFailure.Report(failure);
        }
        finally
        {
            await app.DisposeAsync();
        }
    }

    private static async Task<int> Run(WebApplication app)
    {
        foreach (var check in app.Services.GetServices<StartCheck>())
            await check.Run(app.Services, app.Lifetime.ApplicationStopping);
        var state = app.Services.GetRequiredService<ProcessState>();
        var clock = app.Services.GetRequiredService<TimeProvider>();
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Lifetime.ApplicationStopping.Register(() =>
        {
            state.Stopping = true;
            asked.TrySetResult();
        });
        try
        {
            await app.StartAsync();
        }
        catch
        {
            // What has begun already ends in order: cut off, each part would be told of as a fault beside the one sentence that says what is wrong.
            await app.StopAsync();
            throw;
        }

        state.Started = true;
        await asked.Task;
        await LetGo(state, clock);
        await app.StopAsync();
        // A background part that fails stops the host, which would look like an orderly end to whoever started us.
        if (!app.Services.GetServices<IHostedService>().OfType<BackgroundService>().Any(part => part.ExecuteTask is { IsFaulted: true }))
            return Environment.ExitCode;
        await Console.Error.WriteLineAsync("A part of the process ended unexpectedly; the log says which.");
        return 1;
    }

    /// <summary>Goes on answering until nobody asks any more: a connection that is closed under a caller's hands costs that caller a request.</summary>
    private static async Task LetGo(ProcessState state, TimeProvider clock)
    {
        var began = clock.GetTimestamp();
        state.LastRequest = began;
        while (clock.GetElapsedTime(began) < LettingGo && clock.GetElapsedTime(state.LastRequest) < Quiet)
            await Task.Delay(TimeSpan.FromMilliseconds(50), clock);
    }

    /// <summary>Notes that somebody asks, and tells whoever asks a stopping process to come by another connection next time: it leads to another instance.</summary>
    private static Task Seen(HttpContext context, RequestDelegate next)
    {
        var services = context.RequestServices;
        var state = services.GetRequiredService<ProcessState>();
        if (!context.Request.Path.StartsWithSegments(Health.Path, StringComparison.Ordinal))
            state.LastRequest = services.GetRequiredService<TimeProvider>().GetTimestamp();
        context.Response.OnStarting(() =>
        {
            if (state.Stopping && HttpProtocol.IsHttp11(context.Request.Protocol))
                context.Response.Headers.Connection = "close";
            return Task.CompletedTask;
        });
        return next(context);
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = LargestBody;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestLineSize = 4 * 1024;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MaxConcurrentConnections = 2000;
        limits.Http2.MaxStreamsPerConnection = 100;
    }

    /// <summary>What the process listens on.</summary>
    /// <exception cref="StartupException"><c>ASPNETCORE_URLS</c> is missing or nonsensical.</exception>
    internal static IReadOnlyList<BindingAddress> Addresses(IConfiguration configuration) =>
        [.. Settings.Required(configuration, "urls", "the address to listen on, for example http://127.0.0.1:5001", "ASPNETCORE_URLS")
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(url => Listenable(url)
                ?? throw new StartupException(StartupException.Configuration, $"ASPNETCORE_URLS holds \"{url}\", which is no address to listen on; write http://127.0.0.1:5001, for example."))];

    private static BindingAddress? Listenable(string url)
    {
        try
        {
            return BindingAddress.Parse(url) is { Scheme: "http" or "https", Port: >= 0 and <= 65535 } address ? address : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

/// <summary>The name of this process.</summary>
public sealed record PlatformService(string Name);

/// <summary>A look around before the process listens: what is missing is said at once and in one sentence, by a <see cref="StartupException"/>.</summary>
public sealed record StartCheck(Func<IServiceProvider, CancellationToken, Task> Run);

/// <summary>Where the process is in its life.</summary>
internal sealed class ProcessState
{
    private volatile bool started, stopping;
    private long lastRequest;

    /// <summary>When somebody last asked for something, probes aside; a time stamp of the clock.</summary>
    public long LastRequest { get => Volatile.Read(ref lastRequest); set => Volatile.Write(ref lastRequest, value); }

    public bool Started { get => started; set => started = value; }

    public bool Stopping { get => stopping; set => stopping = value; }
}

/// <summary>Turns what stops a start into one sentence and an exit code.</summary>
internal static class StartupFailure
{
    private static int watching;

    /// <summary>Settings are read while the process is being built, outside any call of ours that could catch.</summary>
    public static void Watch()
    {
        if (Interlocked.Exchange(ref watching, 1) == 0)
        {
            AppDomain.CurrentDomain.UnhandledException += static (_, unhandled) =>
            {
                if (unhandled.ExceptionObject is Exception thrown && Explain(thrown) is { } failure)
                    Environment.Exit(Report(failure));
            };
        }
    }

    public static int Report(StartupException failure)
    {
        Console.Error.WriteLine(failure.Message);
        return failure.ExitCode;
    }

    public static StartupException? Explain(Exception thrown) => thrown switch
    {
        StartupException failure => failure,
        OptionsValidationException invalid => new(StartupException.Configuration, string.Join(' ', invalid.Failures), invalid),
        IOException { InnerException: AddressInUseException } io => new(StartupException.Port, $"The address in ASPNETCORE_URLS is taken by another process ({AddressIn(io.Message)}).", io),
        IOException { InnerException: SocketException } io => new(StartupException.Port, $"The address in ASPNETCORE_URLS cannot be listened on ({AddressIn(io.Message)}).", io),
        SocketException { SocketErrorCode: SocketError.AccessDenied or SocketError.AddressNotAvailable } socket =>
            new(StartupException.Port, "The address in ASPNETCORE_URLS cannot be listened on: it is not this machine's, or needs more rights.", socket),
        PostgresException refused => new(StartupException.Server, $"The database refuses: {refused.MessageText} ({refused.SqlState}).", refused),
        NpgsqlException lost => new(StartupException.Server, "The database cannot be reached.", lost),
        AggregateException { InnerExceptions.Count: 1 } one => Explain(one.InnerException!),
        _ => null,
    };

    // Kestrel's sentence: "Failed to bind to address http://127.0.0.1:5001: address already in use."
    private static string AddressIn(string message) =>
        message.Split(' ').FirstOrDefault(word => word.StartsWith("http", StringComparison.Ordinal))?.TrimEnd('.', ':') ?? "see the setting";
}
