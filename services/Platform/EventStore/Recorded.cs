namespace Hotline111.Platform.EventStore;

/// <summary>Who, for whom, when it took effect, and what it belongs to. Codes, ids and times only.</summary>
public sealed record Metadata
{
    /// <summary>Account id, client id or "system".</summary>
    public string? Actor { get; init; }

    public string? Role { get; init; }

    public string? Agency { get; init; }

    public string? Desk { get; init; }

    /// <summary>When it happened, where that can differ from when it was recorded (a call entered later).</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    public string? CorrelationId { get; init; }

    public string? CausationId { get; init; }

    /// <summary>W3C trace context of the request that caused the event.</summary>
    public string? TraceParent { get; init; }

    /// <summary>For what the system does by itself in answer to a message.</summary>
    public static Metadata System(string? correlationId = null, string? causationId = null) =>
        new() { Actor = "system", CorrelationId = correlationId, CausationId = causationId, TraceParent = global::System.Diagnostics.Activity.Current?.Id };
}

/// <summary>An event with its place in history.</summary>
/// <param name="Position">Dense position in the service's log; 0 when not yet ordered (inline projections, freshly appended).</param>
/// <param name="Timestamp">When the database recorded it; for inline projections the moment of the append by this process's clock.</param>
public sealed record Recorded<TEvent>(
    TEvent Event, Guid EventId, Guid StreamId, long Version, long Position, DateTimeOffset Timestamp, Metadata Metadata);

/// <summary>An event as it lies in the table. Personal values in <paramref name="Data"/> are sealed.</summary>
/// <param name="Data">Plain JSON as PostgreSQL prints it.</param>
public sealed record StoredEvent(
    long Position, long SeqId, Guid EventId, Guid StreamId, long Version, string Type, string Data, DateTimeOffset Timestamp, Metadata Metadata)
{
    /// <summary>The owner has archived the stream: it is still read, but no read model hears of it.</summary>
    public bool Archived { get; init; }
}

/// <summary>A stream folded to a version (0: no such stream).</summary>
public sealed record Folded<TState>(TState State, long Version);

/// <summary>The identity of a repeated command: same principal, key and request get the same answer.</summary>
/// <param name="Principal">Account or client id; keys of different principals never meet.</param>
/// <param name="Key">1 to 64 visible characters, chosen by the caller.</param>
/// <param name="RequestHash">A keyed hash of method, path and body.</param>
/// <param name="Status">The status to answer with, now and again.</param>
/// <param name="Location">The Location to answer with, or null.</param>
/// <param name="ResourceId">The created resource, or null.</param>
public sealed record CommandIdentity(
    string Principal, string Key, byte[] RequestHash, int Status, string? Location = null, Guid? ResourceId = null);

/// <summary>What was answered the first time.</summary>
public sealed record CommandAnswer(int Status, long? ETag, string? Location, Guid? ResourceId);

/// <summary>How a command ended.</summary>
/// <param name="State">The state after it (for a refusal or a stale version: the current one).</param>
/// <param name="Version">The stream's version after it.</param>
/// <param name="Events">What this command recorded; empty when nothing changed, or when it was answered before.</param>
public sealed record Execution<TState, TEvent>(TState State, long Version, IReadOnlyList<TEvent> Events)
{
    /// <summary>The decider's no, or null.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>The caller named another version than the stream has.</summary>
    public bool Stale { get; init; }

    /// <summary>The same principal, key and request was answered before, with this.</summary>
    public CommandAnswer? Replayed { get; init; }

    /// <summary>True when nothing stands against answering with success.</summary>
    public bool Succeeded => Refusal is null && !Stale;
}

/// <summary>A transaction of the service's database that an append may join.</summary>
public sealed record StoreTransaction(Npgsql.NpgsqlConnection Connection, Npgsql.NpgsqlTransaction Transaction)
{
    /// <summary>Whether events were appended in it: then whoever commits it wakes the sequencer.</summary>
    public bool Appended { get; internal set; }
}
