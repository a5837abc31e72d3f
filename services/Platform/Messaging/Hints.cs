using System.Text.Json;
using System.Threading.Channels;
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
/// <param name="Told">Another instance of this process told it by <see cref="InstanceHints"/>; otherwise it is a service's message.</param>
public sealed record Hint(JsonElement Body, bool Told = false);

/// <summary>Tells the other instances of this process what no message tells: a browser that is attached to one of them hears of it too.</summary>
public sealed class InstanceHints
{
    private readonly Channel<byte[]> waiting = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>Returns at once and never fails: what cannot be sent is lost, as any hint may be. Ids and codes only.</summary>
    public void Tell<T>(T what) => waiting.Writer.TryWrite(JsonSerializer.SerializeToUtf8Bytes(what));

    internal ChannelReader<byte[]> Waiting => waiting.Reader;
}

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
        builder.Services.AddSingleton<InstanceHints>();
        builder.Services.AddSingleton<HintListener>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<HintListener>());
        builder.Services.AddSingleton(new DegradationSource(provider => provider.GetRequiredService<HintListener>().Listening ? [] : ["broker-away"]));
        return builder;
    }
}

/// <summary>Holds the queue, and makes it anew when the connection is lost.</summary>
internal sealed partial class HintListener(HintSetup setup, InstanceHints told, IServiceProvider services, ILogger<HintListener> log) : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookForExchanges = TimeSpan.FromSeconds(3);

    // An exchange that was deleted and declared anew has no bindings.
    private static readonly TimeSpan BindAgain = TimeSpan.FromSeconds(30);

    private readonly string instance = Guid.CreateVersion7().ToString("n");
    private volatile bool listening;

    private string Own => $"hotline111.{setup.Process}.told";

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
        await channel.ExchangeDeclareAsync(Own, ExchangeType.Fanout, durable: false, autoDelete: false, cancellationToken: ct);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.UnregisteredAsync += (_, _) =>
        {
            lost.TrySetResult();
            return Task.CompletedTask;
        };
        consumer.ReceivedAsync += (_, delivery) =>
        {
            var fromInstance = delivery.Exchange == Own;
            // What this instance told itself it knows.
            if (!(fromInstance && delivery.BasicProperties.AppId == instance) && Read(delivery.Body) is { } body)
                setup.Heard(services, new Hint(body, fromInstance));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer, ct);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var telling = Tell(connection, over.Token);
        try
        {
            while (!lost.Task.IsCompleted && !telling.IsCompleted)
            {
                var missing = await Bind(connection, queue, ct);
                if (missing == 0 && !listening)
                {
                    listening = true;
                    Here(log, setup.Exchanges.Count);
                    setup.Heard(services, null);
                }

                listening = missing == 0;
                await Task.WhenAny(lost.Task, telling, Task.Delay(missing > 0 ? LookForExchanges : BindAgain, ct));
                ct.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            await over.CancelAsync();
            await telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Away(log, "lost");
    }

    /// <summary>Sends what is to be told to the other instances, on a channel of its own, until the connection is lost.</summary>
    private async Task Tell(IConnection connection, CancellationToken ct)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        await foreach (var body in told.Waiting.ReadAllAsync(ct))
            await channel.BasicPublishAsync(Own, "", mandatory: false, new BasicProperties { AppId = instance }, body, CancellationToken.None).AsTask().WaitAsync(Patience, ct);
    }

    /// <summary>Binds the queue to every exchange that is there.</summary>
    /// <returns>How many are not: their owner declares them. One that is not there closes the channel it was asked for on.</returns>
    private async Task<int> Bind(IConnection connection, string queue, CancellationToken ct)
    {
        var missing = 0;
        IChannel? channel = null;
        try
        {
            foreach (var exchange in setup.Exchanges.Prepend(Own))
            {
                channel ??= await connection.CreateChannelAsync(cancellationToken: ct);
                try
                {
                    await channel.QueueBindAsync(queue, exchange, "", cancellationToken: ct);
                }
                catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == 404)
                {
                    missing++;
                    await channel.DisposeAsync();
                    channel = null;
                }
            }
        }
        finally
        {
            if (channel is not null)
                await channel.DisposeAsync();
        }

        return missing;
    }

    private static JsonElement? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonElement.Parse(body.Span) is { ValueKind: JsonValueKind.Object } members ? members : null;
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
