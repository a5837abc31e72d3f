using System.Diagnostics.Metrics;
using Hotline111.Platform.EventStore;

namespace Hotline111.Platform.Messaging;

/// <summary>How the messaging of this process is doing: for health answers, metrics and alarms. Reading it costs nothing.</summary>
public sealed class MessagingStatus
{
    private long relayed;
    private long head;
    private long held;
    private long parked;
    private long unrouted;
    private long broker;
    private long blocked;
    private long paused;
    private long leads;
    private long heardFrom;

    public MessagingStatus()
    {
        // Observed, so that a process that hangs shows its last value and not silence.
        StoreMetrics.Meter.CreateObservableGauge("hotline111.relay.lag", () => RelayLag, "{event}", "Ordered events not yet published by this process's relay");
        StoreMetrics.Meter.CreateObservableGauge("hotline111.inbox.held", () => Held, "{message}", "Messages that wait for their predecessor");
        StoreMetrics.Meter.CreateObservableGauge("hotline111.inbox.parked", () => Parked, "{message}", "Messages that could not have their effect");
        StoreMetrics.Meter.CreateObservableGauge("hotline111.relay.unrouted", () => Unrouted, "{message}", "Messages that reached no queue and wait for a binding");
    }

    /// <summary>The broker answers this process. False from the start until the first connection.</summary>
    public bool BrokerReachable { get => Volatile.Read(ref broker) == 1; internal set => Volatile.Write(ref broker, value ? 1 : 0); }

    /// <summary>The broker is in an alarm of memory or disk: it says that it takes no message, and goes on giving out what it has.</summary>
    public bool BrokerBlocked { get => Volatile.Read(ref blocked) == 1; internal set => Volatile.Write(ref blocked, value ? 1 : 0); }

    /// <summary>This process publishes (another instance does otherwise).</summary>
    public bool RelayLeads { get => Volatile.Read(ref leads) == 1; internal set => Volatile.Write(ref leads, value ? 1 : 0); }

    /// <summary>The last position that is known to be published.</summary>
    public long RelayPosition { get => Volatile.Read(ref relayed); internal set => Volatile.Write(ref relayed, value); }

    /// <summary>The newest position of the own log, as last seen by the leading relay.</summary>
    public long RelayHead { get => Volatile.Read(ref head); internal set => Volatile.Write(ref head, value); }

    /// <summary>Ordered events that wait for the relay. Zero where another instance leads.</summary>
    public long RelayLag => RelayLeads ? Math.Max(0, RelayHead - RelayPosition) : 0;

    /// <summary>Messages that wait for their predecessor.</summary>
    public long Held { get => Volatile.Read(ref held); internal set => Volatile.Write(ref held, value); }

    /// <summary>Messages that could not have their effect and wait for an operator or their next try.</summary>
    public long Parked { get => Volatile.Read(ref parked); internal set => Volatile.Write(ref parked, value); }

    /// <summary>Messages that reached no queue and wait for a binding.</summary>
    public long Unrouted { get => Volatile.Read(ref unrouted); internal set => Volatile.Write(ref unrouted, value); }

    /// <summary>Deliveries are not worked on because the database does not answer; they stay in the queue.</summary>
    public bool ConsumptionPaused { get => Volatile.Read(ref paused) == 1; internal set => Volatile.Write(ref paused, value ? 1 : 0); }

    /// <summary>When this process last got anything through its queue, a heartbeat of its own or of another instance at least; null for never: the one proof that it consumes.</summary>
    public DateTimeOffset? LastHeartbeat
    {
        get => Volatile.Read(ref heardFrom) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
        internal set => Volatile.Write(ref heardFrom, value?.UtcTicks ?? 0);
    }

    /// <summary>The services of which not every exchange is there and bound: they have not started yet, or not in this version.</summary>
    public IReadOnlyList<string> Unbound { get; internal set; } = [];

    /// <summary>What is not as it should be, as stable codes; empty when all is well. None of it takes the service's pages away.</summary>
    public IReadOnlyList<string> Degradations
    {
        get
        {
            List<string> codes = [];
            if (!BrokerReachable)
                codes.Add("broker-away");
            if (BrokerBlocked)
                codes.Add("broker-blocked");
            if (BrokerReachable && Unbound.Count > 0)
                codes.Add("not-bound");
            if (RelayLag > LagWorthAnAlarm)
                codes.Add("relay-lag");
            if (Unrouted > 0)
                codes.Add("unrouted");
            if (ConsumptionPaused)
                codes.Add("consumption-paused");
            if (Parked > 0)
                codes.Add("parked");
            return codes;
        }
    }

    /// <summary>More waiting events than this are reported.</summary>
    private const long LagWorthAnAlarm = 1000;
}

/// <summary>Counters; without ids.</summary>
internal static class MessagingMetrics
{
    public static Counter<long> Published { get; } = StoreMetrics.Meter.CreateCounter<long>("hotline111.messages.published", "{message}");

    public static Counter<long> Returned { get; } = StoreMetrics.Meter.CreateCounter<long>("hotline111.messages.returned", "{message}");

    public static Counter<long> Consumed { get; } = StoreMetrics.Meter.CreateCounter<long>("hotline111.messages.consumed", "{message}");

    public static Counter<long> Duplicates { get; } = StoreMetrics.Meter.CreateCounter<long>("hotline111.messages.duplicate", "{message}");

    public static Counter<long> Parkings { get; } = StoreMetrics.Meter.CreateCounter<long>("hotline111.messages.parked", "{message}");

    public static Counter<long> Pulled { get; } = StoreMetrics.Meter.CreateCounter<long>("hotline111.messages.pulled", "{message}");

    /// <summary>From the source's commit to the commit of the effect.</summary>
    public static Histogram<double> Lag { get; } = StoreMetrics.Meter.CreateHistogram<double>("hotline111.messages.lag", "s");
}
