using System.Text.Json;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Configuration;

namespace Hotline111.Platform.Messaging;

/// <summary>Where the broker and the sister services are.</summary>
/// <param name="Service">This service's name: its queue is <c>hotline111.NAME</c>, its exchanges start with it, its broker user is it.</param>
/// <param name="Broker">amqp://user:password@host:port/vhost, or amqps: then the broker's certificate must be for that host and from somebody the system trusts.</param>
/// <param name="StoreConnection">Connection string of the running role; the relay's leader holds a connection of its own.</param>
/// <param name="Peers">Base addresses of the services it may pull from, by name.</param>
public sealed record MessagingOptions(string Service, Uri Broker, string StoreConnection, IReadOnlyDictionary<string, Uri> Peers)
{
    /// <summary>How long a message may wait for its predecessor before the stream is pulled from its source.</summary>
    public TimeSpan HoleAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the source's log is pulled from where it was last pulled: the one repair of whatever the broker lost.</summary>
    public TimeSpan ReconcileEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>One publish, from the call to the broker's confirm.</summary>
    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Work waits this long without a step: the bus is made anew, and the second time the process ends.</summary>
    public TimeSpan Watchdog { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>One heartbeat, from the call to the broker's confirm: after that the broker counts as away.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The broker has confirmed heartbeats for so long, and none came out of the queue: the receiving bus is made anew.</summary>
    public TimeSpan HeartbeatOverdue { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the process sends itself a message through its own queue.</summary>
    public TimeSpan HeartbeatEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reads and checks <c>Broker:Uri</c>, <c>ConnectionStrings:Store</c> and <c>Peers:*</c>.</summary>
    /// <exception cref="StartupException">A setting is missing or nonsensical; the sentence names it.</exception>
    public static MessagingOptions Read(string service, IConfiguration configuration)
    {
        var broker = ReadBroker(configuration);
        var store = Settings.ConnectionString(configuration, "Store");
        Dictionary<string, Uri> peers = new(StringComparer.Ordinal);
        foreach (var peer in configuration.GetSection("Peers").GetChildren())
            peers[peer.Key] = Settings.Address(configuration, $"Peers:{peer.Key}", $"the base address of the service {peer.Key}");
        return new(service, broker, store, peers);
    }

    /// <summary>Reads and checks <c>Broker:Uri</c>. Its password may stand in a file of its own, <c>Broker:PasswordFile</c>, so that the rest can be said in the open.</summary>
    /// <exception cref="StartupException">It is missing or nonsensical, or the file cannot be read.</exception>
    internal static Uri ReadBroker(IConfiguration configuration)
    {
        const string form = "the broker's address, of the form amqp://user:password@host:port/vhost (or amqps, and without the password where Broker:PasswordFile names a file)";
        if (!Uri.TryCreate(Settings.Required(configuration, "Broker:Uri", form), UriKind.Absolute, out var broker) || broker.Scheme is not ("amqp" or "amqps") || broker.UserInfo.Length == 0)
            throw new StartupException(StartupException.Configuration, $"Broker:Uri is not {form}.");
        var given = broker.UserInfo.Contains(':', StringComparison.Ordinal);
        if (Settings.PasswordFile(configuration, "Broker:PasswordFile", given, "Broker:Uri") is { } password)
            return new UriBuilder(broker) { Password = Uri.EscapeDataString(password) }.Uri;
        return given ? broker : throw new StartupException(StartupException.Configuration, $"Broker:Uri is not {form}.");
    }
}

/// <summary>The effect of one kind of message: runs in the transaction that also moves the mark, so it happens exactly once.</summary>
/// <remarks>Only the database may be touched, and quickly (5 s in all). What goes outside - mail, webhook - is an intent row for a worker.</remarks>
public delegate Task Effect<T>(Received<T> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct);

/// <summary>What a service publishes and what it listens to, said once in its Program.cs.</summary>
public sealed class MessagingBuilder
{
    private readonly List<ContractType> contracts = [];

    internal List<PublishedFamily> Families { get; } = [];

    internal HashSet<string> Sources { get; } = new(StringComparer.Ordinal);

    internal Dictionary<Type, Func<Envelope, ReceivedEffect>> Effects { get; } = [];

    internal bool Keeps { get; private set; }

    internal ContractDirectory Directory => new(contracts);

    /// <summary>All contract types of the platform, of all services.</summary>
    public MessagingBuilder Contracts(IEnumerable<ContractType> all)
    {
        contracts.AddRange(all);
        return this;
    }

    /// <summary>Publishes what a family of events implies.</summary>
    /// <param name="decider">The family's decider; its fold gives the state.</param>
    /// <param name="translate">Pure: the state after the event, and the event, to a contract record, or null for a private event.</param>
    public MessagingBuilder Publish<TState, TCommand, TEvent>(
        Decider<TState, TCommand, TEvent> decider, Func<TState, Recorded<TEvent>, object?> translate)
        where TEvent : class
    {
        Families.Add(PublishedFamily.Of(decider, translate));
        return this;
    }

    /// <summary>Gets all contract types of that service; those without an effect only move the mark.</summary>
    public MessagingBuilder Listen(string source)
    {
        Sources.Add(source);
        return this;
    }

    /// <summary>What happens here when that message arrives.</summary>
    public MessagingBuilder On<T>(Effect<T> effect)
        where T : class
    {
        Effects.Add(typeof(T), envelope =>
        {
            var message = JsonSerializer.Deserialize<T>(envelope.Body, EventCatalogue.Json) ?? throw new JsonException("The body is null.");
            var received = new Received<T>(
                message, envelope.Id, envelope.Source, envelope.Stream, envelope.Version, envelope.Time, envelope.CorrelationId, envelope.CausationId);
            return (transaction, services, ct) => effect(received, transaction, services, ct);
        });
        return this;
    }

    /// <summary>Keeps everything received as a log of its own (hl_received), in the transaction of the effect, to rebuild from.</summary>
    public MessagingBuilder KeepReceived()
    {
        Keeps = true;
        return this;
    }
}

/// <summary>An effect closed over its message.</summary>
internal delegate Task ReceivedEffect(StoreTransaction transaction, IServiceProvider services, CancellationToken ct);

/// <summary>The checked sum of options and builder.</summary>
internal sealed class MessagingSetup
{
    private readonly Dictionary<string, Func<Envelope, ReceivedEffect>> effects = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">An effect for a type nobody listens to, or a published record that is no contract.</exception>
    public MessagingSetup(MessagingOptions options, MessagingBuilder builder)
    {
        Options = options;
        Contracts = builder.Directory;
        Families = builder.Families;
        Sources = builder.Sources;
        KeepsReceived = builder.Keeps;
        foreach (var (type, effect) in builder.Effects)
        {
            if (!Contracts.TryGet(type, out var contract))
                throw new InvalidOperationException($"{type} is no contract.");
            if (!Sources.Contains(contract.Source))
                throw new InvalidOperationException($"{options.Service} has an effect for {contract.Name} but does not listen to {contract.Source}.");
            effects.Add(contract.Name, effect);
        }
    }

    public MessagingOptions Options { get; }

    public ContractDirectory Contracts { get; }

    public IReadOnlyList<PublishedFamily> Families { get; }

    public IReadOnlySet<string> Sources { get; }

    public bool KeepsReceived { get; }

    public string Service => Options.Service;

    /// <summary>The one queue of the service, and the exchange of the same name that only it may write to.</summary>
    public string Queue => $"hotline111.{Service}";

    /// <summary>The exchange that leads nowhere: only the broker's confirm is of interest.</summary>
    public string ProbeExchange => $"{Queue}.probe";

    /// <summary>The effect of that kind of message, or null when it only moves the mark.</summary>
    public Func<Envelope, ReceivedEffect>? EffectOf(string type) => effects.GetValueOrDefault(type);
}
