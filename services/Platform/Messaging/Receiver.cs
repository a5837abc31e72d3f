using System.Net.Security;
using System.Security.Authentication;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hotline111.Platform.Messaging;

/// <summary>
/// The receiving bus: one endpoint on the service's one queue. Deliveries go to the inbox as bytes and headers, before MassTransit looks at them,
/// so that a broken body is parked and never lands in an error queue. Restarted when its heartbeat stays away. A queue that cannot be consumed
/// again and again, though the broker is well, is made anew.
/// </summary>
internal sealed partial class Receiver(
    MessagingSetup setup, BrokerLink link, Inbox inbox, Parking parking, Gate gate, MessagingStatus status, TimeProvider clock, ILoggerFactory logs) : BackgroundService
{
    /// <summary>Unacknowledged deliveries in this process.</summary>
    public const ushort Prefetch = 16;

    // A process that stood still has sent its next heartbeat before it has heard it: it is overdue at one look, and not at the next.
    private const int LooksInVain = 3;

    /// <summary>Longer than this no delivery is kept in hand while the database is away: the broker's own patience has an end.</summary>
    private static readonly TimeSpan KeepInHand = TimeSpan.FromSeconds(60);

    /// <summary>So many starts in vain, one after the other, on a broker that takes messages: the queue itself is at fault.</summary>
    private const int StartsInVain = 2;

    private readonly ILogger log = logs.CreateLogger<Receiver>();
    private readonly Dictionary<Guid, Task> turns = [];
    private int inVain;
    private long heard;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await gate.Pass(stoppingToken);
                await link.Ready(stoppingToken);
                await Consume(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever the bus throws, the answer is a new bus.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.Interrupted(log, e.GetType().Name);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task Consume(CancellationToken ct)
    {
        using var running = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var bus = Create(running.Token);
        // Not by a token: it would leave a bus half begun.
        var starting = bus.StartAsync(CancellationToken.None);
        try
        {
            await Begun(starting, ct);
            Volatile.Write(ref heard, clock.GetTimestamp());
            link.Beats = true;
            Log.Consuming(log, setup.Queue);
            for (var overdue = 0; ;)
            {
                await Task.WhenAny(link.Lost, Task.Delay(TimeSpan.FromSeconds(1), clock, ct));
                ct.ThrowIfCancellationRequested();
                if (link.Lost.IsCompleted)
                    return;
                if (gate.ShutFor > KeepInHand)
                {
                    Log.GivenBack(log);
                    return;
                }

                // The broker has taken heartbeats all the while, and none came out: this endpoint only looks alive.
                overdue = status.BrokerReachable && gate.ShutFor == TimeSpan.Zero && link.LastConfirmed is { } confirmed
                    && clock.GetElapsedTime(Volatile.Read(ref heard), confirmed) > setup.Options.HeartbeatOverdue ? overdue + 1 : 0;
                if (overdue == LooksInVain)
                {
                    Log.Deaf(log);
                    return;
                }
            }
        }
        finally
        {
            link.Beats = false;
            // What is being applied may finish; whoever waits for the database goes back to the queue at once.
            running.CancelAfter(gate.ShutFor > TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromSeconds(5));
            // A start that hangs is left to itself, but not by a process that ends.
            var patience = starting.IsCompleted || ct.IsCancellationRequested ? TimeSpan.FromSeconds(10) : TimeSpan.Zero;
            try
            {
                await End(bus, starting).WaitAsync(patience, CancellationToken.None);
            }
#pragma warning disable CA1031 // It is being thrown away.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.Interrupted(log, e.GetType().Name);
            }
        }
    }

    /// <summary>A bus that is told to stop while it starts takes no notice, and would go on consuming beside the next one: it is let start first, however long that takes.</summary>
    private static async Task End(IBusControl bus, Task starting)
    {
        await starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await bus.StopAsync(CancellationToken.None);
    }

    private async Task Begun(Task starting, CancellationToken ct)
    {
        try
        {
            await starting.WaitAsync(TimeSpan.FromSeconds(10), ct);
            inVain = 0;
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            inVain = link.Lost.IsCompleted ? 0 : inVain + 1;
            if (inVain == StartsInVain)
            {
                inVain = 0;
                link.MakeQueueAnew();
            }

            throw;
        }
    }

    private IBusControl Create(CancellationToken running)
    {
        LogContext.ConfigureCurrentLogContext(logs);
        return Bus.Factory.CreateUsingRabbitMq(configure =>
        {
            configure.AtBroker(setup.Options.Broker, $"hotline111 {setup.Service} inbox");
            configure.ReceiveEndpoint(setup.Queue, endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.PrefetchCount = Prefetch;
                endpoint.ConfigureConsumeTopology = false;
                endpoint.PublishFaults = false;
                // What is thrown goes back to the queue, what is not dispatched is done: no error queue, no skipped queue.
                endpoint.RethrowFaultedMessages();
                endpoint.DiscardSkippedMessages();
                endpoint.ConfigureReceive(pipe => pipe.UseFilter(new ToInbox(this, running)));
            });
        });
    }

    private async Task Receive(ReceiveContext context, CancellationToken ct)
    {
        var delivery = context.GetPayload<RabbitMqBasicConsumeContext>();
        var headers = delivery.Properties.Headers;
        // Whatever comes shows that this endpoint consumes. A heartbeat shows it whoever sent it: instances share the queue, and the broker deals its
        // messages out to them in turn, so that one's own may go to another for ever.
        status.LastHeartbeat = clock.GetUtcNow();
        Volatile.Write(ref heard, clock.GetTimestamp());
        if (headers?.ContainsKey(BrokerLink.HeartbeatHeader) == true && delivery.Exchange == setup.Queue)
            return;

        var body = context.Body.GetBytes();
        if (CloudEvents.Read(headers, delivery.Exchange, body, setup.Contracts, setup.Sources, out var error) is { } envelope)
        {
            await InTurn(envelope.Stream, () => inbox.Apply(envelope, ct));
            return;
        }

        Log.NoMessage(log, delivery.Exchange, error, body.Length);
        MessagingMetrics.Parkings.Add(1);
        while (true)
        {
            await gate.Pass(ct);
            try
            {
                await parking.Evidence(setup.Service, setup.Contracts.TryGet(delivery.Exchange, out var contract) ? contract.Name : null, error, body, ct);
                return;
            }
#pragma warning disable CA1031 // As in the inbox: the database is not able to take it, so nothing else goes on either.
            catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
            {
                gate.Shut(e);
            }
        }
    }

    /// <summary>Deliveries of one stream one after the other: side by side the later one would often come first and be held for nothing.</summary>
    private async Task InTurn(Guid stream, Func<Task> work)
    {
        TaskCompletionSource mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (turns)
        {
            before = turns.GetValueOrDefault(stream, Task.CompletedTask);
            turns[stream] = mine.Task;
        }

        try
        {
            await before;
            await work();
        }
        finally
        {
            mine.SetResult();
            lock (turns)
            {
                if (turns[stream] == mine.Task)
                    turns.Remove(stream);
            }
        }
    }

    /// <summary>Ends MassTransit's receive pipe: everything behind - deserializing, consumers, error queues - is left unused.</summary>
    private sealed class ToInbox(Receiver receiver, CancellationToken running) : IFilter<ReceiveContext>
    {
        public Task Send(ReceiveContext context, IPipe<ReceiveContext> next) => receiver.Receive(context, running);

        public void Probe(ProbeContext context) => context.CreateFilterScope("inbox");
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Consuming from {Queue}")]
        public static partial void Consuming(ILogger logger, string queue);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Consumption interrupted ({Kind}); starting again")]
        public static partial void Interrupted(ILogger logger, string kind);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Deliveries go back to the queue until the database answers")]
        public static partial void GivenBack(ILogger logger);

        [LoggerMessage(Level = LogLevel.Error, Message = "ALARM no heartbeat came through the queue; the receiving bus is made anew")]
        public static partial void Deaf(ILogger logger);

        [LoggerMessage(Level = LogLevel.Error, Message = "ALARM a delivery by {Exchange} is no message ({Code}, {Length} bytes); kept as evidence")]
        public static partial void NoMessage(ILogger logger, string exchange, string code, int length);
    }
}

/// <summary>What the bus says about the broker.</summary>
internal static class BusAddress
{
    public static void AtBroker(this IRabbitMqBusFactoryConfigurator configure, Uri broker, string connection)
    {
        var factory = BrokerLink.Connections(broker);
        configure.Host(factory.HostName, (ushort)factory.Endpoint.Port, factory.VirtualHost, connection, host =>
        {
            host.Username(factory.UserName);
            host.Password(factory.Password);
            host.Heartbeat(TimeSpan.FromSeconds(10));
            host.RequestedConnectionTimeout(TimeSpan.FromSeconds(5));
            host.ContinuationTimeout(TimeSpan.FromSeconds(5));
            // As much as the broker lets through: a monster is parked by the inbox; refused by the client, it would break the connection again and again.
            host.MaxMessageSize(128 * 1024 * 1024);
            if (factory.Ssl.Enabled)
            {
                host.UseSsl(tls =>
                {
                    (tls.Protocol, tls.ServerName) = (SslProtocols.None, factory.HostName);
                    tls.EnforcePolicyErrors(SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNotAvailable);
                });
            }
        });
    }
}
