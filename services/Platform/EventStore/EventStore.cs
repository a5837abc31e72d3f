using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace Hotline111.Platform.EventStore;

/// <summary>Streams of events in PostgreSQL, in Marten's storage format: load and fold, decide and append, read the ordered log.</summary>
public sealed class EventStore(
    [FromKeyedServices(EventStore.SourceKey)] NpgsqlDataSource source, EventCatalogue catalogue, PersonKeys keys, LogSignal signal, InlineProjections inline, TimeProvider clock)
{
    /// <summary>The key of the data source of the running role.</summary>
    public const string SourceKey = "store";

    /// <summary>The answer to a command for a stream that the owner has archived.</summary>
    public static readonly Refusal Archived = new(
        RefusalKind.Conflict, "stream-archived", "Hồ sơ đã được lưu trữ, không thể thay đổi nữa.", "The record has been archived and can no longer be changed.");

    // Raised by events.hl_appended.
    private const string VersionConflict = "HL409";
    private const string StreamArchived = "HL423";

    /// <summary>How often a command is decided before the store gives up; from <see cref="LockingTry"/> on under a lock, which only a newly started stream can still lose.</summary>
    private const int Tries = 8;
    private const int LockingTry = 4;
    private const int TransientTries = 3;

    /// <summary>How long an append goes on looking for a database that went away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a stream whose row was waited for in vain is asked for only briefly, unless somebody gets it. Else whoever tries it again and again would wait two
    /// seconds each time, in one of the few places at the service's door, and keep others from streams that nobody holds.
    /// </summary>
    private static readonly TimeSpan HeldFor = TimeSpan.FromSeconds(10);

    private const string WaitBriefly = "SELECT set_config('lock_timeout', '50ms', true)";

    private readonly ConcurrentDictionary<Guid, long> held = new();

    private const string EventColumns =
        "e.seq_id, e.id, e.stream_id, e.version, e.type, e.data::text, e.timestamp, e.correlation_id, e.causation_id, e.headers::text, e.is_archived";

    private const string SelectStream =
        $"""
        SELECT 0::bigint, {EventColumns} FROM events.mt_events e
         WHERE e.stream_id = $1 AND e.version > $2 AND e.version <= $3 AND e.type <> 'tombstone' ORDER BY e.version
        """;

    // What a state is folded from; who wrote it and when are not asked for.
    private const string SelectFacts =
        "SELECT id, version, type, data::text FROM events.mt_events WHERE stream_id = $1 AND type <> 'tombstone' ORDER BY version";

    /// <summary>The most events one append can have.</summary>
    public const int MostEvents = 1000;

    // Nearly every append has few events; those texts are made once.
    private const int Usual = 8;
    private static readonly string[] AppendTexts = [.. Enumerable.Range(1, Usual).Select(events => AppendTo(AppendToStream, 5, events))];
    private static readonly string[] StartTexts = [.. Enumerable.Range(1, Usual).Select(events => AppendTo(StartStream, 6, events))];

    // $1 stream, $2 version before, $3 correlation, $4 causation, $5 headers; then four parameters for each event.
    private const string AppendToStream =
        """
        WITH s AS (UPDATE events.mt_streams SET version = version + {0}, "timestamp" = now()
                    WHERE id = $1 AND version = $2 AND NOT is_archived RETURNING id)
        """;

    private const string StartStream =
        """
        WITH s AS (INSERT INTO events.mt_streams (id, type, version, "timestamp", created, tenant_id, is_archived)
                   VALUES ($1, $6, {0}, now(), now(), '*DEFAULT*', false) ON CONFLICT DO NOTHING RETURNING id)
        """;

    private const string InsertCommand =
        "INSERT INTO events.hl_command (principal, key, req_hash, status, etag, location, resource_id) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    private const int ForgottenAtOnce = 5000;

    private const string SelectCommand =
        "SELECT req_hash, status, etag, location, resource_id FROM events.hl_command WHERE principal = $1 AND key = $2";

    /// <summary>Spans for execute, append, project and publish.</summary>
    public static ActivitySource Activities { get; } = new("Hotline111");

    /// <summary>The database of this service, as its running role.</summary>
    public NpgsqlDataSource Source => source;

    /// <summary>The events this service knows.</summary>
    public EventCatalogue Catalogue => catalogue;

    /// <summary>Folds a stream to its present state.</summary>
    public async Task<Folded<TState>> Load<TState, TCommand, TEvent>(Decider<TState, TCommand, TEvent> decider, Guid stream, CancellationToken ct)
        where TEvent : class =>
        Fold(decider, stream, await ReadFacts(stream, null, ct));

    /// <summary>Folds stored events of one stream.</summary>
    public Folded<TState> Fold<TState, TCommand, TEvent>(Decider<TState, TCommand, TEvent> decider, IReadOnlyList<StoredEvent> events)
        where TEvent : class =>
        Fold(decider, events.Select(stored => (catalogue.Read(stored), stored.Version)));

    private Folded<TState> Fold<TState, TCommand, TEvent>(Decider<TState, TCommand, TEvent> decider, Guid stream, IEnumerable<Fact> facts)
        where TEvent : class =>
        Fold(decider, facts.Select(fact => (catalogue.Read(fact.Type, fact.Data, fact.EventId, stream), fact.Version)));

    private static Folded<TState> Fold<TState, TCommand, TEvent>(Decider<TState, TCommand, TEvent> decider, IEnumerable<(object Event, long Version)> events)
        where TEvent : class
    {
        var (state, last) = (decider.Initial, 0L);
        foreach (var (@event, version) in events)
            (state, last) = (decider.Evolve(state, (TEvent)@event), version);
        return new(state, last);
    }

    /// <summary>Loads, decides and appends, deciding again on the newer state when another writer was first and the caller named no version.</summary>
    /// <param name="expectedVersion">The version the caller saw (If-Match), or null.</param>
    /// <param name="identity">The command's identity (Idempotency-Key), or null.</param>
    /// <param name="within">A transaction to join, or null for one of its own. Whoever commits it wakes the sequencer by <see cref="LogSignal.Appended"/>.</param>
    /// <param name="alongside">Further statements that are committed with the events or not at all; called with the state after, only when there are events.</param>
    /// <param name="known">The stream as the caller loaded it just now, which spares reading it again. When another writer was faster it is read and decided again.</param>
    /// <exception cref="CommandKeyException">The key was used for another request, or its first use is still under way.</exception>
    /// <exception cref="StreamConflictException">Other writers were first, and it could not be decided again: inside a joined transaction at once, else after some tries.</exception>
    public async Task<Execution<TState, TEvent>> Execute<TState, TCommand, TEvent>(
        Decider<TState, TCommand, TEvent> decider,
        Guid stream,
        TCommand command,
        Metadata metadata,
        CancellationToken ct,
        long? expectedVersion = null,
        CommandIdentity? identity = null,
        StoreTransaction? within = null,
        Func<TState, IReadOnlyList<FormattableString>>? alongside = null,
        Folded<TState>? known = null)
        where TEvent : class
    {
        using var activity = Activities.StartActivity($"execute {decider.Category}");
        activity?.SetTag("hotline111.stream", stream);
        var attempt = new Attempt<TState, TCommand, TEvent>(decider, stream, command, metadata, expectedVersion, identity, alongside) { Known = within is null ? known : null };
        if (within is not null)
        {
            try
            {
                return await Try(attempt, within, ct);
            }
            catch (PostgresException e) when (e.SqlState == VersionConflict || IsTwin(e))
            {
                StoreMetrics.Conflicts.Add(1);
                throw new StreamConflictException(stream, e);
            }
        }

        var began = clock.GetTimestamp();
        var transient = 0;
        for (var tries = 1; ; tries++)
        {
            try
            {
                var execution = tries < LockingTry ? await Try(attempt, null, ct) : await TryLocking(attempt, ct);
                if (execution.Events.Count > 0)
                    signal.Appended();
                return execution;
            }
            catch (PostgresException e) when (e.SqlState == VersionConflict || IsTwin(e))
            {
                StoreMetrics.Conflicts.Add(1);
                if (tries == Tries)
                    throw new StreamConflictException(stream, e);
            }
            catch (PostgresException e) when (e.SqlState == StreamArchived)
            {
                var archived = await Load(decider, stream, ct);
                return new(archived.State, archived.Version, []) { Refusal = Archived };
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected && transient < TransientTries)
            {
                transient++;
                await Task.Delay(RandomNumberGenerator.GetInt32(5, 40), ct);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable && e.BatchCommand?.CommandText == InsertCommand)
            {
                // Somebody holds the key. If it is a lost append of this very call, it ends by itself and is looked for; else the caller's twin is at work.
                if (attempt.Doubtful.Count == 0 || clock.GetElapsedTime(began) > Patience)
                    throw new CommandKeyException(CommandKeyProblem.InFlight);
            }
            catch (NpgsqlException e) when (LostConnection(e) && clock.GetElapsedTime(began) < Patience)
            {
                // What was sent may have been committed: the next try looks for its event ids and for the key before it decides anything.
                attempt.Doubt();
                if (e.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
                    source.Clear();
                await Task.Delay(Math.Min(500, 25 << Math.Min(tries, 8)), ct);
                tries = Math.Min(tries, LockingTry - 2);
            }
        }
    }

    /// <summary>Appends events that were decided elsewhere (an import, a test), without looking at the stream before.</summary>
    /// <param name="expectedVersion">The version the stream must have: 0 starts it.</param>
    /// <returns>The stream's version after it.</returns>
    /// <exception cref="StreamConflictException">The stream has another version, or is archived.</exception>
    public async Task<long> Append<TState, TCommand, TEvent>(
        Decider<TState, TCommand, TEvent> decider, Guid stream, long expectedVersion, IReadOnlyList<TEvent> events, Metadata metadata, CancellationToken ct, StoreTransaction? within = null)
        where TEvent : class
    {
        ArgumentOutOfRangeException.ThrowIfZero(events.Count, nameof(events));
        var ids = NewIds(events.Count);
        try
        {
            await Append(new Attempt<TState, TCommand, TEvent>(decider, stream, default!, metadata, null, null, null), expectedVersion, events, ids, within, [], ct);
        }
        catch (PostgresException e) when (e.SqlState is VersionConflict or StreamArchived || IsTwin(e))
        {
            StoreMetrics.Conflicts.Add(1);
            throw new StreamConflictException(stream, e);
        }

        if (within is null)
            signal.Appended();
        return expectedVersion + events.Count;
    }

    private async Task<Execution<TState, TEvent>> TryLocking<TState, TCommand, TEvent>(Attempt<TState, TCommand, TEvent> attempt, CancellationToken ct)
        where TEvent : class
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var execution = await Try(attempt, new(connection, transaction), ct);
        await transaction.CommitAsync(ct);
        return execution;
    }

    private async Task<Execution<TState, TEvent>> Try<TState, TCommand, TEvent>(Attempt<TState, TCommand, TEvent> attempt, StoreTransaction? within, CancellationToken ct)
        where TEvent : class
    {
        var (decider, stream, identity) = (attempt.Decider, attempt.Stream, attempt.Identity);
        var archived = within is not null && await LockStream(within, stream, ct);
        var answer = identity is null ? null : await Answered(identity, within, ct);
        // Only for a first look at a key never used: what was loaded before may be older than what another try or the key's first use has written.
        if (attempt.TakeKnown() is { } known && answer is null)
            return await Decide(attempt, known, archived, within, ct);

        var facts = await ReadFacts(stream, within, ct);
        if (attempt.Doubtful.Count > 0 && facts.LastOrDefault(e => attempt.Doubtful.ContainsKey(e.EventId)) is { } mine)
        {
            var then = Fold(decider, stream, facts.TakeWhile(e => e.Version <= mine.Version));
            return new(then.State, then.Version, attempt.Doubtful[mine.EventId]);
        }

        if (answer is not null)
        {
            // The same answer as the first time, also when the stream has gone on since.
            var then = Fold(decider, stream, facts.TakeWhile(e => answer.ETag is null || e.Version <= answer.ETag));
            return new(then.State, then.Version, []) { Replayed = answer };
        }

        return await Decide(attempt, Fold(decider, stream, facts), archived, within, ct);
    }

    private async Task<Execution<TState, TEvent>> Decide<TState, TCommand, TEvent>(
        Attempt<TState, TCommand, TEvent> attempt, Folded<TState> folded, bool archived, StoreTransaction? within, CancellationToken ct)
        where TEvent : class
    {
        var decider = attempt.Decider;
        if (attempt.ExpectedVersion is { } expected && expected != folded.Version)
            return new(folded.State, folded.Version, []) { Stale = true };

        var decision = decider.Decide(folded.State, attempt.Command);
        if (decision.Refusal is { } refusal)
            StoreMetrics.Refusals.Add(1, new KeyValuePair<string, object?>("code", refusal.Code));
        if (decision.Refusal is not null || decision.Events.Count == 0)
            return new(folded.State, folded.Version, []) { Refusal = decision.Refusal };
        if (archived)
            return new(folded.State, folded.Version, []) { Refusal = Archived };

        var state = folded.State;
        foreach (var @event in decision.Events)
            state = decider.Evolve(state, @event);
        await Append(attempt, folded.Version, decision.Events, NewIds(decision.Events.Count), within, attempt.Alongside?.Invoke(state) ?? [], ct);
        return new(state, folded.Version + decision.Events.Count, decision.Events);
    }

    /// <summary>Reads a stream as stored, oldest first, tombstones left out.</summary>
    /// <param name="upToVersion">The last version wanted, or null for all.</param>
    public async Task<IReadOnlyList<StoredEvent>> ReadStream(
        Guid stream, CancellationToken ct, long afterVersion = 0, long? upToVersion = null, StoreTransaction? within = null)
    {
        await using var command = Command(SelectStream, within);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = afterVersion });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upToVersion ?? long.MaxValue });
        return await ReadEvents(command, ct);
    }

    /// <summary>Reads the log in its order: dense positions after <paramref name="afterPosition"/>, at most <paramref name="limit"/>.</summary>
    /// <exception cref="LogGapException">Positions are not dense: something was removed.</exception>
    public async Task<IReadOnlyList<StoredEvent>> ReadLog(long afterPosition, int limit, CancellationToken ct, StoreTransaction? within = null)
    {
        const string text =
            $"""
            SELECT o.pos, {EventColumns} FROM events.hl_order o JOIN events.mt_events e USING (seq_id)
             WHERE o.pos > $1 ORDER BY o.pos LIMIT $2
            """;
        await using var command = Command(text, within);
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

    /// <summary>Whether a command was carried out under this identity: given again, it is answered as the first time, whatever has changed since.</summary>
    /// <exception cref="CommandKeyException">The key was used for another request.</exception>
    public async Task<bool> HasAnswered(CommandIdentity identity, CancellationToken ct) => await Answered(identity, null, ct) is not null;

    /// <summary>Forgets the identities of commands given before a moment: their keys may be used again, for anything.</summary>
    /// <returns>How many were forgotten.</returns>
    public async Task<int> ForgetCommands(DateTimeOffset before, CancellationToken ct)
    {
        // Part by part: all that an outage of days has left would take longer than a statement may.
        for (var forgotten = 0; ;)
        {
            await using var command = source.CreateCommand("DELETE FROM events.hl_command WHERE ctid = ANY (ARRAY(SELECT ctid FROM events.hl_command WHERE at < $1 LIMIT $2))");
            command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = before.ToUniversalTime() });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = ForgottenAtOnce });
            var now = await command.ExecuteNonQueryAsync(ct);
            forgotten += now;
            if (now < ForgottenAtOnce)
                return forgotten;
        }
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

    /// <summary>The family of a stream by its category; null for a stream of a category this service does not know.</summary>
    internal async Task<Type?> FamilyOfStream(Guid stream, CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT type FROM events.mt_streams WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
        return await command.ExecuteScalarAsync(ct) is string category ? catalogue.FamilyOfCategory(category) : null;
    }

    /// <summary>
    /// The statement of an append: the stream's row, then its events. Rows of values, not arrays, and no question about what was inserted: in the server the
    /// same append by unnest and a count takes a sixth more.
    /// </summary>
    /// <remarks>
    /// A column is computed after the one before it, so the row lock (or the new row) comes before the number is drawn: numbers rise with versions inside a
    /// stream, and a writer that draws one has a transaction id already. Without the row, the number's place raises why.
    /// </remarks>
    private static string AppendTo(string stream, int shared, int events)
    {
        var text = new StringBuilder(string.Format(CultureInfo.InvariantCulture, stream, events)).Append(
            """

            INSERT INTO events.mt_events (seq_id, id, stream_id, version, data, type, "timestamp", tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, is_archived) VALUES
            """);
        for (var i = 0; i < events; i++)
        {
            var first = shared + (4 * i) + 1;
            text.Append(
                CultureInfo.InvariantCulture,
                $"""
                {(i == 0 ? "" : ",")}
                (CASE WHEN (SELECT id FROM s) IS NULL THEN events.hl_appended(0, $1) ELSE nextval('events.mt_events_sequence') END,
                 ${first}, $1, $2 + {i + 1}, ${first + 3}, ${first + 1}, clock_timestamp(), '*DEFAULT*', ${first + 2}, $3, $4, $5, false)
                """);
        }

        return text.ToString();
    }

    private async Task Append<TState, TCommand, TEvent>(
        Attempt<TState, TCommand, TEvent> attempt,
        long version,
        IReadOnlyList<TEvent> events,
        Guid[] ids,
        StoreTransaction? within,
        IReadOnlyList<FormattableString> alongside,
        CancellationToken ct)
        where TEvent : class
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(events.Count, MostEvents, nameof(events));
        using var activity = Activities.StartActivity("append");
        var (stream, identity, metadata) = (attempt.Stream, attempt.Identity, attempt.Metadata);
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
        if (within is null && IsHeld(stream))
            batch.BatchCommands.Add(new NpgsqlBatchCommand(WaitBriefly));
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

        var texts = version == 0 ? StartTexts : AppendTexts;
        var append = new NpgsqlBatchCommand(
            events.Count <= Usual ? texts[events.Count - 1] : version == 0 ? AppendTo(StartStream, 6, events.Count) : AppendTo(AppendToStream, 5, events.Count));
        append.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
        append.Parameters.Add(new NpgsqlParameter<long> { TypedValue = version });
        append.Parameters.Add(Text(metadata.CorrelationId ?? Activity.Current?.TraceId.ToString()));
        append.Parameters.Add(Text(metadata.CausationId));
        append.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Headers.Write(metadata), NpgsqlDbType = NpgsqlDbType.Jsonb });
        if (version == 0)
            append.Parameters.Add(Text(attempt.Decider.Category));
        for (var i = 0; i < events.Count; i++)
        {
            append.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = ids[i] });
            append.Parameters.Add(new NpgsqlParameter<string> { TypedValue = types[i], NpgsqlDbType = NpgsqlDbType.Varchar });
            append.Parameters.Add(new NpgsqlParameter<string> { TypedValue = clrs[i], NpgsqlDbType = NpgsqlDbType.Varchar });
            append.Parameters.Add(new NpgsqlParameter<string> { TypedValue = data[i], NpgsqlDbType = NpgsqlDbType.Jsonb });
        }

        batch.BatchCommands.Add(append);

        var projections = inline.Of<TEvent>();
        var now = clock.GetUtcNow();
        for (var i = 0; i < events.Count && projections.Count > 0; i++)
        {
            // A read model sees what a rebuild would see: personal values sealed, never as they were typed.
            var stored = PersonalJson.Contains(events[i].GetType())
                ? (TEvent)catalogue.Read(new StoredEvent(0, 0, ids[i], stream, version + i + 1, types[i], data[i], now, metadata))
                : events[i];
            var recorded = new Recorded<TEvent>(stored, ids[i], stream, version + i + 1, 0, now, metadata);
            foreach (var projection in projections)
            {
                if (projection.Apply(recorded) is { } statement)
                    batch.BatchCommands.Add(statement.ToBatchCommand());
            }
        }

        foreach (var statement in alongside)
            batch.BatchCommands.Add(statement.ToBatchCommand());
        attempt.Sent(ids, events);
        FaultPoint.Hit(FaultPoint.BeforeAppend);
        var sending = batch.ExecuteNonQueryAsync(ct);
        FaultPoint.Hit(FaultPoint.DuringAppend);
        try
        {
            await sending;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable && e.BatchCommand == append)
        {
            foreach (var old in held.Where(each => clock.GetElapsedTime(each.Value) >= HeldFor))
                held.TryRemove(old);
            held[stream] = clock.GetTimestamp();
            throw;
        }

        held.TryRemove(stream, out _);
        if (within is null)
            FaultPoint.Hit(FaultPoint.AfterAppend);
        else
            within.Appended = true;
        StoreMetrics.Appended.Add(events.Count);
    }

    private bool IsHeld(Guid stream) => held.TryGetValue(stream, out var since) && clock.GetElapsedTime(since) < HeldFor;

    private async Task<CommandAnswer?> Answered(CommandIdentity identity, StoreTransaction? within, CancellationToken ct)
    {
        await using var command = Command(SelectCommand, within);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = identity.Principal });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = identity.Key });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            return null;
        return CryptographicOperations.FixedTimeEquals(reader.GetFieldValue<byte[]>(0), identity.RequestHash)
            ? new(reader.GetInt32(1), reader.IsDBNull(2) ? null : reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetGuid(4))
            : throw new CommandKeyException(CommandKeyProblem.OtherRequest);
    }

    /// <returns>True when the stream is archived.</returns>
    private static async Task<bool> LockStream(StoreTransaction within, Guid stream, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT is_archived FROM events.mt_streams WHERE id = $1 FOR UPDATE", within.Connection, within.Transaction);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    private Guid[] NewIds(int count)
    {
        var (ids, now) = (new Guid[count], clock.GetUtcNow());
        for (var i = 0; i < count; i++)
            ids[i] = Guid.CreateVersion7(now);
        return ids;
    }

    private NpgsqlCommand Command(string text, StoreTransaction? within) =>
        within is null ? source.CreateCommand(text) : new NpgsqlCommand(text, within.Connection, within.Transaction);

    private async Task<IReadOnlyList<Fact>> ReadFacts(Guid stream, StoreTransaction? within, CancellationToken ct)
    {
        await using var command = Command(SelectFacts, within);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
        List<Fact> facts = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            facts.Add(new(reader.GetGuid(0), reader.GetInt64(1), reader.GetString(2), reader.GetString(3)));
        return facts;
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
                    reader.IsDBNull(9) ? null : reader.GetString(9)))
            {
                Archived = !reader.IsDBNull(11) && reader.GetBoolean(11),
            });
        }

        return events;
    }

    /// <summary>The same key was committed meanwhile, or the same version of the stream (by a writer that takes no lock first, as Marten does): decide or answer again.
    /// A unique index of a read model is no such thing: its violation is the service's to explain.</summary>
    private static bool IsTwin(PostgresException e) =>
        e.SqlState == PostgresErrorCodes.UniqueViolation && e.ConstraintName is "hl_command_pkey" or "pk_mt_events_stream_and_version";

    private static bool LostConnection(NpgsqlException e) => e switch
    {
        PostgresException p => p.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.ReadOnlySqlTransaction
            || p.SqlState.StartsWith("08", StringComparison.Ordinal),
        _ => e.InnerException is IOException or System.Net.Sockets.SocketException,
    };

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar };

    /// <summary>An event as a fold needs it.</summary>
    private sealed record Fact(Guid EventId, long Version, string Type, string Data);

    /// <summary>One call of Execute, and what it sent without ever learning the outcome.</summary>
    private sealed class Attempt<TState, TCommand, TEvent>(
        Decider<TState, TCommand, TEvent> decider,
        Guid stream,
        TCommand command,
        Metadata metadata,
        long? expectedVersion,
        CommandIdentity? identity,
        Func<TState, IReadOnlyList<FormattableString>>? alongside)
        where TEvent : class
    {
        private (Guid Last, IReadOnlyList<TEvent> Events)? sent;

        public Decider<TState, TCommand, TEvent> Decider => decider;

        public Guid Stream => stream;

        public TCommand Command => command;

        public Metadata Metadata => metadata;

        public long? ExpectedVersion => expectedVersion;

        public CommandIdentity? Identity => identity;

        /// <summary>What the caller had loaded; good for one try.</summary>
        public Folded<TState>? Known { private get; set; }

        public Folded<TState>? TakeKnown()
        {
            var known = Known;
            Known = null;
            return known;
        }

        public Func<TState, IReadOnlyList<FormattableString>>? Alongside => alongside;

        /// <summary>By the id of the last event of each append whose outcome is not known.</summary>
        public Dictionary<Guid, IReadOnlyList<TEvent>> Doubtful { get; } = [];

        public void Sent(Guid[] ids, IReadOnlyList<TEvent> events) => sent = (ids[^1], events);

        public void Doubt()
        {
            if (sent is { } lost)
                Doubtful[lost.Last] = lost.Events;
        }
    }

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
            // Whoever else appends may write what he likes there; nothing of it is worth a log that cannot be read any more.
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return new() { CorrelationId = correlation, CausationId = causation };
            return new()
            {
                Actor = Get("actor"),
                Role = Get("role"),
                Agency = Get("agency"),
                Desk = Get("desk"),
                EffectiveAt = DateTimeOffset.TryParse(Get("effectiveAt"), CultureInfo.InvariantCulture, out var at) ? at : null,
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

/// <summary>Other writers were first in the stream, and the command could not be decided again. Trying the whole again is right.</summary>
public sealed class StreamConflictException(Guid stream, Exception cause) : NpgsqlException($"Other writers were first in stream {stream}.", cause)
{
    /// <summary>The stream that others wrote to.</summary>
    public Guid Stream => stream;

    public override bool IsTransient => true;
}

/// <summary>The ordered log has a hole: somebody removed an event. Never skipped.</summary>
public sealed class LogGapException(long expected, long found) : Exception($"The log goes on at position {found} where {expected} was expected.");
