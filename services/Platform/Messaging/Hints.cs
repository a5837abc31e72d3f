using System.Text.Json;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Hotline111.Platform.Messaging;

/// <summary>Word that something happened, for a process that shows things and keeps nothing.</summary>
/// <param name="Body">The message's members: ids, codes and times.</param>
public sealed record Hint(JsonElement Body);

/// <summary>
/// Hears of messages by a temporary queue of this process alone: what comes while it is away is lost, and that is well, for a hint only says "look again".
/// Nothing that must happen may hang on one; that is what <see cref="MessagingBuilder"/> is for.
/// </summary>
/// <param name="Heard">Called for each message; with null when some may have been missed, so that everything is looked at again. Must return at once.</param>
public sealed record HintSetup(string Process, Uri Broker, IReadOnlyList<string> Exchanges, Action<IServiceProvider, Hint?> Heard);

/// <summary>Adds hints to a process.</summary>
public static class HintRegistration
{
    /// <summary>Hints of these contract types, from the broker that <c>Broker:Uri</c> names.</summary>
    /// <exception cref="StartupException">The setting is missing or nonsensical.</exception>
    public static IHostApplicationBuilder AddHints(this IHostApplicationBuilder builder, string process, IEnumerable<ContractType> contracts, Action<IServiceProvider, Hint?> heard)
    {
        var broker = MessagingOptions.ReadBroker(builder.Configuration);
        // A type that nobody is expected to get is not sent, so its exchange may never be there.
        builder.Services.AddSingleton(new HintSetup(process, broker, [.. contracts.Where(contract => contract.ExpectedConsumers.Count > 0).Select(contract => contract.Name)], heard));
        builder.Services.AddSingleton<HintListener>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<HintListener>());
        builder.Services.AddSingleton(new DegradationSource(provider => provider.GetRequiredService<HintListener>().Listening ? [] : ["broker-away"]));
        return builder;
    }
}

/// <summary>Holds the queue, and makes it anew when the connection is lost.</summary>
internal sealed partial class HintListener(HintSetup setup, IServiceProvider services, ILogger<HintListener> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookForExchanges = TimeSpan.FromSeconds(3);

    private volatile bool listening;

    public bool Listening => listening;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await BrokerLink.Connections(setup.Broker).CreateConnectionAsync($"hotline111 {setup.Process} hints", stoppingToken);
                await Listen(connection, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever it was, the answer is a new connection.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (listening)
                    Away(log, e.GetType().Name);
            }

            listening = false;
            await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Listen(IConnection connection, CancellationToken ct)
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, _) =>
        {
            lost.TrySetResult();
            return Task.CompletedTask;
        };
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        var queue = $"hotline111.{setup.Process}.hints.{Guid.CreateVersion7():n}";
        // Full means the oldest hints go: a publisher must never wait for a page. Classic, because no other kind can be exclusive.
        await channel.QueueDeclareAsync(queue, durable: false, exclusive: true, autoDelete: true,
            new Dictionary<string, object?> { ["x-queue-type"] = "classic", ["x-max-length"] = 1000, ["x-overflow"] = "drop-head" }, cancellationToken: ct);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            if (Read(delivery.Body) is { } hint)
                setup.Heard(services, hint);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer, ct);
        var missing = setup.Exchanges.ToList();
        while (!lost.Task.IsCompleted)
        {
            if (missing.Count > 0)
            {
                missing = await Bind(connection, queue, missing, ct);
                if (missing.Count == 0)
                {
                    listening = true;
                    Here(log, setup.Exchanges.Count);
                    setup.Heard(services, null);
                }
            }

            await Task.WhenAny(lost.Task, Task.Delay(missing.Count > 0 ? LookForExchanges : Timeout.InfiniteTimeSpan, ct));
            ct.ThrowIfCancellationRequested();
        }

        Away(log, "lost");
    }

    // Their owner declares them; one that is not there closes the channel it was asked for on.
    private static async Task<List<string>> Bind(IConnection connection, string queue, List<string> exchanges, CancellationToken ct)
    {
        List<string> missing = [];
        foreach (var exchange in exchanges)
        {
            try
            {
                await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
                await channel.QueueBindAsync(queue, exchange, "", cancellationToken: ct);
            }
            catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == 404)
            {
                missing.Add(exchange);
            }
        }

        return missing;
    }

    private static Hint? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonElement.Parse(body.Span) is { ValueKind: JsonValueKind.Object } members ? new Hint(members) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Hints come from {Count} exchanges")]
    private static partial void Here(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No hints for now ({Kind}); pages stay as they are until asked for again")]
    private static partial void Away(ILogger log, string kind);
}
