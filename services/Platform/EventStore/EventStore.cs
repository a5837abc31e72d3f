using Microsoft.Extensions.DependencyInjection;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Hotline111.Platform.Privacy;
using Npgsql;
using NpgsqlTypes;

namespace Hotline111.Platform.EventStore;

/// <summary>Streams of events in PostgreSQL, in Marten's storage format: load and fold, decide and append, read the ordered log.</summary>
public sealed class EventStore(
    [FromKeyedServices(EventStore.SourceKey)] NpgsqlDataSource source, EventCatalogue catalogue, PersonKeys keys, LogSignal signal, InlineProjections inline, TimeProvider clock)
{
    /// <summary>The key of the data source of the running role.</summary>
    public const string SourceKey = "store";

    /// <summary>Another writer committed first.</summary>
    private const string VersionConflict = "HL409";

    private const int Tries = 8;

    private const string EventColumns =
        "e.seq_id, e.id, e.stream_id, e.version, e.type, e.data::text, e.timestamp, e.correlation_id, e.causation_id, e.headers::text";

    private const string AppendEvents =
        """
        , i AS (INSERT INTO events.mt_events (seq_id, id, stream_id, version, data, type, "timestamp", tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, is_archived)
                SELECT nextval('events.mt_events_sequence'), e.id, s.id, $2 + e.ord, e.data, e.type, clock_timestamp(), '*DEFAULT*', e.clr, $7, $8, $9, false
                  FROM s, unnest($3, $4, $5, $6) WITH ORDINALITY AS e(id, type, clr, data, ord) ORDER BY e.ord
                RETURNING 1)
        SELECT events.hl_appended(count(*)) FROM i
        """;

    private const string AppendToStream =
        """
        WITH s AS (UPDATE events.mt_streams SET version = version + cardinality($3), "timestamp" = now()
                    WHERE id = $1 AND version = $2 AND NOT is_archived RETURNING id)
        """ + AppendEvents;

    private const string StartStream =
        """
        WITH s AS (INSERT INTO events.mt_streams (id, type, version, "timestamp", created, tenant_id, is_archived)
                   VALUES ($1, $10, cardinality($3), now(), now(), '*DEFAULT*', false) ON CONFLICT DO NOTHING RETURNING id)
        """ + AppendEvents;

    /// <summary>Spans for execute, append, project and publish.</summary>
    public static ActivitySource Activities { get; } = new("Hotline111");

    /// <summary>The database of this service, as its running role.</summary>
    public NpgsqlDataSource Source => source;

    /// <summary>The events this service knows.</summary>
    public EventCatalogue Catalogue => catalogue;

    /// <summary>Folds a stream to its present state.</summary>
    public async Task<Folded<TState>> Load<TState, TCommand, TEvent>(Decider<TState, TCommand, TEvent> decider, Guid stream, CancellationToken ct)
        where TEvent : class =>
        Fold(decider, await ReadStream(stream, ct));

    /// <summary>Folds stored events of one stream.</summary>
    public Folded<TState> Fold<TState, TCommand, TEvent>(Decider<TState, TCommand, TEvent> decider, IReadOnlyList<StoredEvent> events)
        where TEvent : class
    {
        var state = decider.Initial;
        foreach (var stored in events)
            state = decider.Evolve(state, (TEvent)catalogue.Read(stored));
        return new(state, events.Count == 0 ? 0 : events[^1].Version);
    }

    /// <summary>Loads, decides and appends, deciding again on the newer state when another writer was first and the caller named no version.</summary>
    /// <param name="expectedVersion">The version the caller saw (If-Match), or null.</param>
    /// <param name="identity">The command's identity (Idempotency-Key), or null.</param>
    /// <param name="within">A transaction to join, or null for one of its own. A conflict inside it is thrown, as it aborts the whole.</param>
    /// <param name="alongside">Further statements that are committed with the events or not at all; called with the state after, only when there are events.</param>
    /// <exception cref="CommandKeyException">The key was used for another request, or its first use is still under way.</exception>
    public async Task<Execution<TState, TEvent>> Execute<TState, TCommand, TEvent>(
        Decider<TState, TCommand, TEvent> decider,
        Guid stream,
        TCommand command,
        Metadata metadata,
        CancellationToken ct,
        long? expectedVersion = null,
        CommandIdentity? identity = null,
        StoreTransaction? within = null,
        Func<TState, IReadOnlyList<FormattableString>>? alongside = null)
        where TEvent : class
    {
        using var activity = Activities.StartActivity($"execute {decider.Category}");
        activity?.SetTag("hotline111.stream", stream);
        Guid[] doubtful = [];
        for (var attempt = 1; ; attempt++)
        {
            if (identity is not null && await Answered(identity, ct) is { } answer)
            {
                var now = await Load(decider, stream, ct);
                return new(now.State, now.Version, []) { Replayed = answer };
            }

            if (within is not null)
                await LockStream(within, stream, ct);
            var stored = await ReadStream(stream, ct, within: within);
            var folded = Fold(decider, stored);
            if (doubtful.Length > 0 && stored.Any(e => doubtful.Contains(e.EventId)))
                return new(folded.State, folded.Version, []);
            if (expectedVersion is { } expected && expected != folded.Version)
                return new(folded.State, folded.Version, []) { Stale = true };

            var decision = decider.Decide(folded.State, command);
            if (decision.Refusal is not null || decision.Events.Count == 0)
                return new(folded.State, folded.Version, []) { Refusal = decision.Refusal };

            var state = folded.State;
            foreach (var @event in decision.Events)
                state = decider.Evolve(state, @event);
            var ids = new Guid[decision.Events.Count];
            for (var i = 0; i < ids.Length; i++)
                ids[i] = Guid.CreateVersion7();
            try
            {
                await Append(decider.Category, stream, folded.Version, decision.Events, ids, metadata, identity, within, alongside?.Invoke(state) ?? [], ct);
                if (within is null)
                    signal.Appended();
                return new(state, folded.Version + decision.Events.Count, decision.Events);
            }
            catch (PostgresException e) when (within is null && attempt < Tries && e.SqlState is VersionConflict or PostgresErrorCodes.UniqueViolation)
            {
                StoreMetrics.Conflicts.Add(1);
            }
            catch (PostgresException e) when (within is null && attempt < Tries && e.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected)
            {
                await Task.Delay(RandomNumberGenerator.GetInt32(5, 40), ct);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable && identity is not null && e.BatchCommand?.CommandText == InsertCommand)
            {
                throw new CommandKeyException(CommandKeyProblem.InFlight);
            }
            catch (NpgsqlException e) when (within is null && attempt < Tries && LostConnection(e))
            {
                // The outcome is unknown: the next round looks for these event ids and for the key before it decides anything.
                doubtful = [.. doubtful, .. ids];
                await Task.Delay(Math.Min(1000, 50 << attempt), ct);
            }
        }
    }

    /// <summary>Reads a stream as stored, oldest first, tombstones left out.</summary>
    /// <param name="upToVersion">The last version wanted, or null for all.</param>
    public async Task<IReadOnlyList<StoredEvent>> ReadStream(
        Guid stream, CancellationToken ct, long afterVersion = 0, long? upToVersion = null, StoreTransaction? within = null)
    {
        const string text =
            $"""
            SELECT 0::bigint, {EventColumns} FROM events.mt_events e
             WHERE e.stream_id = $1 AND e.version > $2 AND e.version <= $3 AND e.type <> 'tombstone' ORDER BY e.version
            """;
        await using var command = within is null ? source.CreateCommand(text) : new NpgsqlCommand(text, within.Connection, within.Transaction);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = afterVersion });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upToVersion ?? long.MaxValue });
        return await ReadEvents(command, ct);
    }

    /// <summary>Reads the log in its order: dense positions after <paramref name="afterPosition"/>, at most <paramref name="limit"/>.</summary>
    /// <exception cref="LogGapException">Positions are not dense: something was removed.</exception>
    public async Task<IReadOnlyList<StoredEvent>> ReadLog(long afterPosition, int limit, CancellationToken ct)
    {
        const string text =
            $"""
            SELECT o.pos, {EventColumns} FROM events.hl_order o JOIN events.mt_events e USING (seq_id)
             WHERE o.pos > $1 ORDER BY o.pos LIMIT $2
            """;
        await using var command = source.CreateCommand(text);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = afterPosition });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        var events = await ReadEvents(command, ct);
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Position != afterPosition + i + 1)
                throw new LogGapException(afterPosition + i + 1, events[i].Position);
        }

        return events;
    }

    /// <summary>The position of the newest ordered event; 0 for an empty log.</summary>
    public async Task<long> Head(CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT pos FROM events.hl_head");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>A stored event as its record, with its place.</summary>
    public Recorded<TEvent> Record<TEvent>(StoredEvent stored)
        where TEvent : class =>
        new((TEvent)catalogue.Read(stored), stored.EventId, stored.StreamId, stored.Version, stored.Position, stored.Timestamp, stored.Metadata);

    private const string InsertCommand =
        "INSERT INTO events.hl_command (principal, key, req_hash, status, etag, location, resource_id) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    private async Task Append<TEvent>(
        string category,
        Guid stream,
        long version,
        IReadOnlyList<TEvent> events,
        Guid[] ids,
        Metadata metadata,
        CommandIdentity? identity,
        StoreTransaction? within,
        IReadOnlyList<FormattableString> alongside,
        CancellationToken ct)
        where TEvent : class
    {
        using var activity = Activities.StartActivity("append");
        var types = new string[events.Count];
        var clrs = new string[events.Count];
        var data = new string[events.Count];
        for (var i = 0; i < events.Count; i++)
        {
            var entry = catalogue.Of(events[i]);
            (types[i], clrs[i]) = (entry.Name, entry.ClrName);
            data[i] = await EventCatalogue.Write(events[i], ids[i], stream, keys, ct);
        }

        await using var connection = within is null ? await source.OpenConnectionAsync(ct) : null;
        await using var batch = new NpgsqlBatch(within?.Connection ?? connection, within?.Transaction);
        if (identity is not null)
        {
            var remember = new NpgsqlBatchCommand(InsertCommand);
            remember.Parameters.Add(new NpgsqlParameter<string> { TypedValue = identity.Principal });
            remember.Parameters.Add(new NpgsqlParameter<string> { TypedValue = identity.Key });
            remember.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = identity.RequestHash });
            remember.Parameters.Add(new NpgsqlParameter<int> { TypedValue = identity.Status });
            remember.Parameters.Add(new NpgsqlParameter<long> { TypedValue = version + events.Count });
            remember.Parameters.Add(Text(identity.Location));
            remember.Parameters.Add(new NpgsqlParameter { Value = (object?)identity.ResourceId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
            batch.BatchCommands.Add(remember);
        }

        var append = new NpgsqlBatchCommand(version == 0 ? StartStream : AppendToStream);
        append.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
        append.Parameters.Add(new NpgsqlParameter<long> { TypedValue = version });
        append.Parameters.Add(new NpgsqlParameter { Value = ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        append.Parameters.Add(new NpgsqlParameter { Value = types, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });
        append.Parameters.Add(new NpgsqlParameter { Value = clrs, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });
        append.Parameters.Add(new NpgsqlParameter { Value = data, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        append.Parameters.Add(Text(metadata.CorrelationId ?? Activity.Current?.TraceId.ToString()));
        append.Parameters.Add(Text(metadata.CausationId));
        append.Parameters.Add(new NpgsqlParameter { Value = Headers.Write(metadata), NpgsqlDbType = NpgsqlDbType.Jsonb });
        if (version == 0)
            append.Parameters.Add(Text(category));
        batch.BatchCommands.Add(append);

        var now = clock.GetUtcNow();
        for (var i = 0; i < events.Count; i++)
        {
            foreach (var statement in inline.Apply(new Recorded<TEvent>(events[i], ids[i], stream, version + i + 1, 0, now, metadata)))
                batch.BatchCommands.Add(statement.ToBatchCommand());
        }

        foreach (var statement in alongside)
            batch.BatchCommands.Add(statement.ToBatchCommand());
        await batch.ExecuteNonQueryAsync(ct);
        StoreMetrics.Appended.Add(events.Count);
    }

    private async Task<CommandAnswer?> Answered(CommandIdentity identity, CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT req_hash, status, etag, location, resource_id FROM events.hl_command WHERE principal = $1 AND key = $2");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = identity.Principal });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = identity.Key });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            return null;
        return CryptographicOperations.FixedTimeEquals(reader.GetFieldValue<byte[]>(0), identity.RequestHash)
            ? new(reader.GetInt32(1), reader.IsDBNull(2) ? null : reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetGuid(4))
            : throw new CommandKeyException(CommandKeyProblem.OtherRequest);
    }

    private static async Task LockStream(StoreTransaction within, Guid stream, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT 1 FROM events.mt_streams WHERE id = $1 FOR UPDATE", within.Connection, within.Transaction);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<IReadOnlyList<StoredEvent>> ReadEvents(NpgsqlCommand command, CancellationToken ct)
    {
        List<StoredEvent> events = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            events.Add(new StoredEvent(
                reader.GetInt64(0),
                reader.GetInt64(1),
                reader.GetGuid(2),
                reader.GetGuid(3),
                reader.GetInt64(4),
                reader.GetString(5),
                reader.GetString(6),
                reader.GetFieldValue<DateTimeOffset>(7),
                Headers.Read(
                    reader.IsDBNull(10) ? null : reader.GetString(10),
                    reader.IsDBNull(8) ? null : reader.GetString(8),
                    reader.IsDBNull(9) ? null : reader.GetString(9))));
        }

        return events;
    }

    private static bool LostConnection(NpgsqlException e) => e switch
    {
        PostgresException p => p.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CannotConnectNow
            || p.SqlState.StartsWith("08", StringComparison.Ordinal),
        _ => e.IsTransient || e.InnerException is IOException,
    };

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar };

    /// <summary>Our metadata beyond correlation and causation, as Marten's headers: strings and integers only.</summary>
    private static class Headers
    {
        public static string Write(Metadata metadata)
        {
            Dictionary<string, object> headers = new(StringComparer.Ordinal) { ["schema"] = 1 };
            Put("actor", metadata.Actor);
            Put("role", metadata.Role);
            Put("agency", metadata.Agency);
            Put("desk", metadata.Desk);
            Put("effectiveAt", metadata.EffectiveAt?.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture));
            Put("traceparent", metadata.TraceParent ?? Activity.Current?.Id);
            return JsonSerializer.Serialize(headers);

            void Put(string name, string? value)
            {
                if (value is not null)
                    headers[name] = value;
            }
        }

        public static Metadata Read(string? headers, string? correlation, string? causation)
        {
            if (headers is null)
                return new() { CorrelationId = correlation, CausationId = causation };
            using var json = JsonDocument.Parse(headers);
            return new()
            {
                Actor = Get("actor"),
                Role = Get("role"),
                Agency = Get("agency"),
                Desk = Get("desk"),
                EffectiveAt = Get("effectiveAt") is { } at ? DateTimeOffset.Parse(at, CultureInfo.InvariantCulture) : null,
                CorrelationId = correlation,
                CausationId = causation,
                TraceParent = Get("traceparent"),
            };

            string? Get(string name) => json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
    }
}

/// <summary>What is wrong with the use of an idempotency key.</summary>
public enum CommandKeyProblem
{
    /// <summary>The same key with another request: 422.</summary>
    OtherRequest,

    /// <summary>The first request with this key is still under way: 409.</summary>
    InFlight,
}

/// <summary>An idempotency key was used in a way that cannot be answered.</summary>
public sealed class CommandKeyException(CommandKeyProblem problem) : Exception($"Idempotency key: {problem}")
{
    public CommandKeyProblem Problem => problem;
}

/// <summary>The ordered log has a hole: somebody removed an event. Never skipped.</summary>
public sealed class LogGapException(long expected, long found) : Exception($"The log goes on at position {found} where {expected} was expected.");
