using System.Net.Mime;
using System.Net.Security;
using System.Security.Authentication;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Hotline111.Platform.Messaging;

/// <summary>How a publish ended well.</summary>
internal enum PublishOutcome
{
    /// <summary>In a queue, confirmed by the broker.</summary>
    Confirmed,

    /// <summary>The broker has it from us and has no queue for it.</summary>
    Returned,
}

/// <summary>A publish whose outcome is unknown; it is done again from the last confirmed position.</summary>
internal sealed class PublishFailedException(string kind, Exception? cause = null) : Exception($"Publishing failed: {kind}", cause)
{
    public string Kind => kind;

    /// <summary>The broker answered "no" (a full queue): it is well, and nothing hangs.</summary>
    public bool Refused => InnerException is RabbitMQ.Client.Exceptions.PublishException;

    /// <summary>No answer in <see cref="MessagingOptions.PublishTimeout"/>: a new bus is the remedy, and where that does not help a queue behind the exchange hangs. No new process would help either.</summary>
    public bool Unconfirmed { get; init; }
}

/// <summary>
/// The publishing bus: MassTransit on a connection of its own, because a broker in alarm stops reading from connections that publish,
/// and acknowledgements must go on. It is not in the service collection, so that nothing but the relay can publish.
/// </summary>
internal sealed partial class Publisher(MessagingSetup setup, ILoggerFactory logs)
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(10);

    private readonly ILogger log = logs.CreateLogger<Publisher>();
    private IBusControl? bus;

    /// <summary>Starts the bus if there is none.</summary>
    /// <exception cref="PublishFailedException">It did not come up in 10 s.</exception>
    public async Task Start()
    {
        if (bus is not null)
            return;
        var starting = Create();
        try
        {
            // Not by a token: starting and publishing are abandoned, never cancelled (a cancelled publish breaks the client's sequence numbers).
            await starting.StartAsync(CancellationToken.None).WaitAsync(StartPatience);
        }
#pragma warning disable CA1031 // Whatever went wrong, the next try is made with a new bus.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Drop(starting);
            throw new PublishFailedException("start " + e.GetType().Name, e);
        }

        bus = starting;
    }

    /// <summary>Publishes and waits for the broker's confirm.</summary>
    /// <exception cref="PublishFailedException">Refused, closed or not confirmed in time.</exception>
    public async Task<PublishOutcome> Publish(Translated translated)
    {
        var outcome = await Send(translated.Message, translated.Contract.Type, new(translated.Envelope, Mandatory: true));
        (outcome == PublishOutcome.Confirmed ? MessagingMetrics.Published : MessagingMetrics.Returned).Add(1);
        return outcome;
    }

    /// <summary>Publishes to an exchange that leads nowhere, so that a process which stands by goes this way for the first time now and not when it leads.</summary>
    /// <exception cref="PublishFailedException">Refused, closed or not confirmed in time.</exception>
    public Task Rehearse()
    {
        Envelope nothing = new(Guid.CreateVersion7(), setup.Service, nameof(Rehearsal), Guid.Empty, 1, 0, 0, DateTimeOffset.UnixEpoch, null, null, null, "{}");
        return Send(new Rehearsal(), typeof(Rehearsal), new(nothing, Mandatory: false));
    }

    private async Task<PublishOutcome> Send(object message, Type type, Attributes attributes)
    {
        var current = bus ?? throw new PublishFailedException("no bus");
        try
        {
            await current.Publish(message, type, attributes, CancellationToken.None).WaitAsync(setup.Options.PublishTimeout);
            return PublishOutcome.Confirmed;
        }
        catch (MessageReturnedException)
        {
            return PublishOutcome.Returned;
        }
        catch (TimeoutException e)
        {
            throw new PublishFailedException($"{attributes.Envelope.Type} unconfirmed", e) { Unconfirmed = true };
        }
#pragma warning disable CA1031 // The client throws many kinds; none of them says whether the message arrived.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw new PublishFailedException(e.GetType().Name, e);
        }
    }

    /// <summary>Leaves the bus with all that is under way; the next <see cref="Start"/> makes a new one.</summary>
    public void Abandon()
    {
        if (Interlocked.Exchange(ref bus, null) is { } old)
            Drop(old);
    }

    private IBusControl Create()
    {
        LogContext.ConfigureCurrentLogContext(logs);
        return Bus.Factory.CreateUsingRabbitMq(configure =>
        {
            configure.AtBroker(setup.Options.Broker, $"hotline111 {setup.Service} relay");
            configure.MessageTopology.SetEntityNameFormatter(new ContractNames(setup));
            // A contract's family interface is no message: without this MassTransit would declare an exchange for it and bind.
            foreach (var other in setup.Contracts.All.SelectMany(contract => contract.Type.GetInterfaces()).Distinct().Where(MessageTypeCache.IsValidMessageType))
                configure.Publish(other, topology => topology.Exclude = true);
            // For a type that is not public it would declare an exchange that goes with its connection.
            configure.Publish<Rehearsal>(topology => (topology.Durable, topology.AutoDelete) = (true, false));
            configure.UseRawJsonSerializer();
        });
    }

    private void Drop(IBusControl old) => _ = Task.Run(async () =>
    {
        try
        {
            await old.StopAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        }
#pragma warning disable CA1031 // It is being thrown away; how it dies does not matter.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.DroppedHard(log, e.GetType().Name);
        }
    });

    /// <summary>Sets the headers, the delivery guarantees and the exact body of one message.</summary>
    private sealed record Attributes(Envelope Envelope, bool Mandatory) : IPipe<PublishContext>
    {
        public Task Send(PublishContext context)
        {
            context.MessageId = Envelope.Id;
            context.Durable = true;
            context.Mandatory = Mandatory;
            context.Serializer = new PlainJson(Envelope.Body);
            foreach (var (name, value) in CloudEvents.Write(Envelope))
                context.Headers.Set(name, value);
            return Task.CompletedTask;
        }

        public void Probe(ProbeContext context) => context.CreateScope("cloudEvents");
    }

    /// <summary>The body as it was translated, byte for byte the same as in an answer to a pull; no envelope, no headers of MassTransit.</summary>
    private sealed class PlainJson(string body) : IMessageSerializer
    {
        private static readonly ContentType Json = new("application/json");

        public ContentType ContentType => Json;

        public MessageBody GetMessageBody<T>(SendContext<T> context)
            where T : class => new StringMessageBody(body);
    }

    /// <summary>A message for nobody.</summary>
    private sealed record Rehearsal;

    /// <summary>The public name of a contract is its exchange.</summary>
    private sealed class ContractNames(MessagingSetup setup) : IEntityNameFormatter
    {
        public string FormatEntityName<T>() => setup.Contracts.TryGet(typeof(T), out var contract) ? contract.Name
            : typeof(T) == typeof(Rehearsal) ? setup.ProbeExchange
            : $"hotline111.{setup.Service}.unnamed.{typeof(T).Name}";
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "An abandoned bus did not stop by itself ({Kind})")]
        public static partial void DroppedHard(ILogger logger, string kind);
    }
}

/// <summary>What both buses say about the broker.</summary>
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
