using System.Net.Security;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Hotline111.Platform.Messaging;

/// <summary>
/// A connection of its own that declares the topology before anything is published, declares it again when something was returned or lost, and
/// sends a heartbeat through the service's own queue. It is the judge of whether the broker is well: it uses none of the bus's machinery.
/// </summary>
/// <remarks>
/// The service's user may configure and write only names with its own prefix, so foreign exchanges are never declared here: their owner
/// declares them, and this service binds its queue as soon as they are there.
/// </remarks>
internal sealed partial class BrokerLink(MessagingSetup setup, MessagingStatus status, TimeProvider clock, ILogger<BrokerLink> log) : BackgroundService
{
    /// <summary>The AMQP header that marks a heartbeat.</summary>
    public const string HeartbeatHeader = "hotline111-heartbeat";

    /// <summary>The queue where a message ends that was delivered again and again in vain. By policy, through the default exchange; the rights to declare it are the deployment's.</summary>
    public const string DeadLetter = "hotline111.dead-letter";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TryEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RedeclareEvery = TimeSpan.FromSeconds(30);

    /// <summary>How soon the exchanges of a service that starts at the same time are looked for again.</summary>
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(300);

    private readonly Channel<bool> wanted = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile bool anew;
    private TaskCompletionSource declared = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The clock's timestamp when the broker last confirmed a message of this link: it takes messages, which in an alarm it does not. Null before.</summary>
    /// <remarks>No time of day: that may be set while this process runs.</remarks>
    public long? LastConfirmed { get; private set; }

    /// <summary>Heartbeats go through the queue, because a consumer listens there.</summary>
    public bool Beats { get; set; }

    /// <summary>Waits until the topology is declared on a living connection.</summary>
    public Task Ready(CancellationToken ct) => Volatile.Read(ref declared).Task.WaitAsync(ct);

    /// <summary>Ends when the connection that <see cref="Ready"/> spoke of is lost. Both buses then start anew instead of waiting for their own next try.</summary>
    public Task Lost => Volatile.Read(ref lost).Task;

    /// <summary>Asks for the topology to be declared again soon.</summary>
    public void Redeclare() => wanted.Writer.TryWrite(true);

    /// <summary>
    /// Asks for the service's own queue to be deleted and declared again. A broker that was killed just after it had made a queue may keep it without
    /// ever serving it: consumers hang, publishers get no confirm. What lay in it is pulled from its sources.
    /// </summary>
    public void MakeQueueAnew()
    {
        anew = true;
        Redeclare();
    }

    /// <summary>The settings of a connection to the broker; recovery is the caller's own.</summary>
    internal static ConnectionFactory Connections(Uri broker)
    {
        var factory = new ConnectionFactory
        {
            Uri = broker,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = TimeSpan.FromSeconds(10),
            RequestedConnectionTimeout = Patience,
            ContinuationTimeout = Patience,
            HandshakeContinuationTimeout = Patience,
        };
        // For amqps the client would take a certificate that is for another host.
        factory.Ssl.AcceptablePolicyErrors = SslPolicyErrors.None;
        return factory;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reported = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            IConnection? connection = null;
            try
            {
                connection = await Connections(setup.Options.Broker).CreateConnectionAsync($"hotline111 {setup.Service} topology", stoppingToken);
                await Hold(connection, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // The process stops.
            }
#pragma warning disable CA1031 // The client throws many kinds; whatever it is, the answer is a new connection.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (!reported || status.BrokerReachable)
                    Log.Away(log, e.GetType().Name);
                reported = true;
            }

            // Told before the connection is closed: a frozen broker does not answer to that either.
            (status.BrokerReachable, status.BrokerBlocked) = (false, false);
            if (Volatile.Read(ref declared).Task.IsCompleted)
                Volatile.Write(ref declared, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            lost.TrySetResult();
            if (connection is not null)
                await Leave(connection);
            await Task.Delay(TryEvery, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Throws a connection away, within 3 s.</summary>
    internal static async Task Leave(IConnection connection)
    {
        try
        {
            await connection.AbortAsync(TimeSpan.FromSeconds(1)).WaitAsync(TimeSpan.FromSeconds(2));
            await connection.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(1));
        }
#pragma warning disable CA1031 // It is being thrown away.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The next connection is what counts.
        }
    }

    private async Task Hold(IConnection connection, CancellationToken ct)
    {
        var missing = await Declare(connection, ct);
        var heart = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), ct);
        using var closed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        connection.ConnectionShutdownAsync += (_, _) => closed.CancelAsync();
        connection.ConnectionBlockedAsync += (_, _) =>
        {
            status.BrokerBlocked = true;
            Log.Blocked(log);
            return Task.CompletedTask;
        };
        connection.ConnectionUnblockedAsync += (_, _) =>
        {
            status.BrokerBlocked = false;
            return Task.CompletedTask;
        };
        Log.Here(log, missing);
        status.BrokerReachable = true;
        Volatile.Write(ref lost, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Volatile.Read(ref declared).TrySetResult();

        var redeclared = clock.GetTimestamp();
        var patience = FirstLook;
        while (true)
        {
            await Beat(heart, closed.Token);
            var pause = missing > 0 && patience < setup.Options.HeartbeatEvery ? patience : setup.Options.HeartbeatEvery;
            patience *= 1.2;
            using (var limit = CancellationTokenSource.CreateLinkedTokenSource(closed.Token))
            {
                limit.CancelAfter(pause);
                try
                {
                    await wanted.Reader.ReadAsync(limit.Token);
                    redeclared = 0;
                    patience = FirstLook;
                }
                catch (OperationCanceledException) when (!ct.IsCancellationRequested)
                {
                    // The pause is over, or the connection: the next heartbeat finds out.
                }
            }

            if (anew)
            {
                anew = false;
                await DeleteQueue(ct);
            }

            if (missing > 0 || redeclared == 0 || clock.GetElapsedTime(redeclared) > RedeclareEvery)
            {
                missing = await Declare(connection, ct);
                redeclared = clock.GetTimestamp();
            }
        }
    }

    /// <summary>Deletes the own queue, unless another instance does consume from it. The broker may take its time over one that hangs.</summary>
    private async Task DeleteQueue(CancellationToken ct)
    {
        var factory = Connections(setup.Options.Broker);
        factory.ContinuationTimeout = Patience * 6;
        await using var connection = await factory.CreateConnectionAsync($"hotline111 {setup.Service} queue", ct);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        if ((await channel.QueueDeclarePassiveAsync(setup.Queue, ct)).ConsumerCount > 0)
            return;
        await channel.QueueDeleteAsync(setup.Queue, ifUnused: false, ifEmpty: false, cancellationToken: ct);
        Log.MadeAnew(log, setup.Queue);
    }

    /// <summary>Declares what is ours and binds what we listen to.</summary>
    /// <returns>How many exchanges of other services are not there yet.</returns>
    private async Task<int> Declare(IConnection connection, CancellationToken ct)
    {
        await using (var channel = await connection.CreateChannelAsync(cancellationToken: ct))
        {
            foreach (var contract in setup.Contracts.Of(setup.Service))
                await channel.ExchangeDeclareAsync(contract.Name, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: ct);
            // The queue and its exchange as MassTransit declares them for the endpoint of that name: arguments must agree.
            await channel.ExchangeDeclareAsync(setup.Queue, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: ct);
            await channel.QueueDeclareAsync(
                setup.Queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: ct);
            await channel.QueueBindAsync(setup.Queue, setup.Queue, "", cancellationToken: ct);
            await channel.ExchangeDeclareAsync(setup.ProbeExchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: ct);
        }

        await DeclareDeadLetter(connection, ct);
        List<string> away = [];
        var missing = 0;
        foreach (var source in setup.Sources)
        {
            var contracts = setup.Contracts.Of(source).ToList();
            var bound = 0;
            IChannel? channel = null;
            try
            {
                foreach (var contract in contracts)
                {
                    channel ??= await connection.CreateChannelAsync(cancellationToken: ct);
                    try
                    {
                        await channel.QueueBindAsync(setup.Queue, contract.Name, "", cancellationToken: ct);
                        bound++;
                    }
                    catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Constants.NotFound)
                    {
                        // The broker closes a channel that names a missing exchange: its service has not started yet, or not in this version.
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

            missing += contracts.Count - bound;
            if (bound < contracts.Count)
                away.Add(source);
        }

        status.Unbound = away;
        return missing;
    }

    // Everybody's, and so made again by whoever finds that it is gone: without it what is given up stays in the queue it was given up in.
    private async Task DeclareDeadLetter(IConnection connection, CancellationToken ct)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        try
        {
            await channel.QueueDeclareAsync(
                DeadLetter, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: ct);
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Constants.AccessRefused)
        {
            // A broker with the definitions of an older version: messages are worth more than the place where they end.
            Log.NoDeadLetter(log, DeadLetter);
        }
    }

    private async Task Beat(IChannel channel, CancellationToken closed)
    {
        // Leads nowhere: only the broker's confirm is of interest.
        await Send(channel, setup.ProbeExchange, mandatory: false, closed);
        LastConfirmed = clock.GetTimestamp();
        // Through the queue only while somebody listens, so that none piles up there.
        if (Beats)
            await Send(channel, setup.Queue, mandatory: true, closed);
    }

    private async Task Send(IChannel channel, string exchange, bool mandatory, CancellationToken closed)
    {
        BasicProperties properties = new() { Headers = new Dictionary<string, object?> { [HeartbeatHeader] = true } };
        var sent = channel.BasicPublishAsync(exchange, "", mandatory, properties, ReadOnlyMemory<byte>.Empty, CancellationToken.None).AsTask();
        while (true)
        {
            try
            {
                await sent.WaitAsync(setup.Options.HeartbeatTimeout, clock, closed);
                return;
            }
            catch (TimeoutException) when (status.BrokerBlocked)
            {
                // In an alarm it takes nothing, says so, and goes on giving out what it has: this connection stays, and with it whoever consumes.
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Broker reached, topology declared; {Missing} exchanges of other services not there yet")]
        public static partial void Here(ILogger logger, int missing);

        [LoggerMessage(Level = LogLevel.Error, Message = "ALARM {Queue} could not be consumed though the broker is well; deleted, to be made anew and filled from the sources")]
        public static partial void MadeAnew(ILogger logger, string queue);

        [LoggerMessage(Level = LogLevel.Warning, Message = "ALARM the broker has no memory or disk left and takes nothing; what it has it gives out")]
        public static partial void Blocked(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The broker's definitions are of an older version: this service may not declare {Queue}")]
        public static partial void NoDeadLetter(ILogger logger, string queue);

        [LoggerMessage(Level = LogLevel.Warning, Message = "ALARM broker away ({Kind}); the service works on and connects by itself")]
        public static partial void Away(ILogger logger, string kind);
    }
}
