using System.Diagnostics;
using System.Text.Json;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Hotline111.Platform.Messaging;

/// <summary>What became of a message.</summary>
internal enum Verdict
{
    /// <summary>Its effect and its mark are committed.</summary>
    Applied,

    /// <summary>It had its effect before.</summary>
    Duplicate,

    /// <summary>It came before its predecessor and waits.</summary>
    Held,

    /// <summary>It cannot have its effect; its stream waits for it.</summary>
    Parked,

    /// <summary>It is of another epoch of its source's log than is known here: whatever of it holds is read there.</summary>
    OtherEpoch,
}

/// <summary>
/// Applies messages exactly once and in the order of their stream, however often, in whatever order and by whatever way they come:
/// the effect and the mark that says "up to here" are committed in one transaction.
/// </summary>
#pragma warning disable CA1001 // The semaphore's wait handle, all that there is to dispose of, is never asked for.
internal sealed partial class Inbox(
    MessagingSetup setup, EventStore.EventStore store, LogSignal signal, Gate gate, IServiceProvider services, TimeProvider clock, ILogger<Inbox> log)
#pragma warning restore CA1001
{
    private const int Tries = 3;

    // Fewer than the smallest pool has connections: an effect that needs a second one finds it, and so does whoever asks the service for something meanwhile.
    private const int AtOnce = 8;

    private static readonly TimeSpan EffectTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TransientTime = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim places = new(AtOnce);

    private const string Lock =
        "INSERT INTO events.hl_mark (consumer, source, stream, last) VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING";

    private const string ReadMark = "SELECT last FROM events.hl_mark WHERE consumer = $1 AND source = $2 AND stream = $3 FOR UPDATE";

    // Under the lock of the mark, which is taken before a message is held or parked: what is not there now is not there until the commit.
    private const string ReadWaiting =
        """
        SELECT (SELECT version FROM events.hl_parked WHERE waits AND consumer = $1 AND source = $2 AND stream = $3 ORDER BY version LIMIT 1),
               EXISTS (SELECT FROM events.hl_held WHERE consumer = $1 AND source = $2 AND stream = $3),
               (SELECT epoch FROM events.hl_pulled WHERE consumer = $1 AND source = $2)
        """;

    // A message without an effect, next in its stream, nothing waiting: one statement, which moves the mark only if all that is still true under its lock.
    private const string Pass =
        """
        INSERT INTO events.hl_mark AS m (consumer, source, stream, last)
        SELECT $1, $2, $3, $4
         WHERE ($5 = 0 OR EXISTS (SELECT FROM events.hl_mark WHERE consumer = $1 AND source = $2 AND stream = $3 AND last >= $5))
           AND NOT EXISTS (SELECT FROM events.hl_held WHERE consumer = $1 AND source = $2 AND stream = $3)
           AND NOT EXISTS (SELECT FROM events.hl_parked WHERE waits AND consumer = $1 AND source = $2 AND stream = $3)
           AND NOT EXISTS (SELECT FROM events.hl_pulled WHERE consumer = $1 AND source = $2 AND epoch <> $6 AND $6 <> 0)
        ON CONFLICT (consumer, source, stream) DO UPDATE SET last = excluded.last WHERE m.last >= $5 AND m.last < excluded.last
        RETURNING last
        """;

    private const string Columns =
        "source, stream, version, previous, position, message_id, type, time, correlation_id, causation_id, traceparent, body";

    private const string NextHeld =
        $"""
        SELECT {Columns} FROM events.hl_held
         WHERE consumer = $1 AND source = $2 AND stream = $3 AND previous <= $4 AND version > $4 ORDER BY version LIMIT 1
        """;

    /// <summary>Applies a message and whatever was held behind it, waiting as long as it takes while the database is away.</summary>
    /// <returns>What became of this message; never a transient failure.</returns>
    public async Task<Verdict> Apply(Envelope message, CancellationToken ct, bool retry = false)
    {
        var verdict = await ApplyOne(message, retry, ct);
        var next = verdict.Next;
        while (next is not null)
            next = (await ApplyOne(next, retry: false, ct)).Next;
        return verdict.Verdict;
    }

    /// <summary>
    /// A source's log was restored: what was read of it beyond the fork is gone, and others have taken its versions. The marks go back to the fork, what waits
    /// behind it is given up, and the log is read on from there, in one transaction in which no message moves a mark.
    /// </summary>
    /// <param name="source">The source.</param>
    /// <param name="known">The epoch known until now; nothing happens when it is no longer.</param>
    /// <param name="epoch">The epoch from now on.</param>
    /// <param name="position">The last position that both have.</param>
    /// <param name="ends">Each stream's last version that both have.</param>
    /// <param name="ct">Cancels.</param>
    public async Task TakeBack(string source, int known, int epoch, long position, IReadOnlyList<StreamEnd> ends, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using NpgsqlBatch batch = new(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("LOCK TABLE events.hl_mark IN SHARE ROW EXCLUSIVE MODE"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("UPDATE events.hl_pulled SET epoch = $3, pos = least(pos, $4) WHERE consumer = $1 AND source = $2 AND epoch = $5 RETURNING pos")
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = setup.Service }, new NpgsqlParameter<string> { TypedValue = source }, new NpgsqlParameter<int> { TypedValue = epoch },
                new NpgsqlParameter<long> { TypedValue = position }, new NpgsqlParameter<int> { TypedValue = known },
            },
        });
        await using (var first = await batch.ExecuteReaderAsync(ct))
        {
            if (!await first.ReadAsync(ct))
                return;
        }

        await using NpgsqlBatch back = new(connection, transaction);
        foreach (var statement in (string[])[
            """
            UPDATE events.hl_mark m SET last = x.last
              FROM (SELECT k.stream, coalesce(e.version, 0) AS last FROM events.hl_mark k LEFT JOIN unnest($3, $4) AS e (stream, version) USING (stream)
                     WHERE k.consumer = $1 AND k.source = $2 AND k.last > coalesce(e.version, 0)) x
             WHERE m.consumer = $1 AND m.source = $2 AND m.stream = x.stream
            """,
            """
            DELETE FROM events.hl_held h WHERE h.consumer = $1 AND h.source = $2
               AND NOT EXISTS (SELECT FROM unnest($3, $4) AS e (stream, version) WHERE e.stream = h.stream AND e.version >= h.version)
            """,
            """
            DELETE FROM events.hl_parked p WHERE p.waits AND p.consumer = $1 AND p.source = $2
               AND NOT EXISTS (SELECT FROM unnest($3, $4) AS e (stream, version) WHERE e.stream = p.stream AND e.version >= p.version)
            """])
        {
            back.BatchCommands.Add(new NpgsqlBatchCommand(statement)
            {
                Parameters =
                {
                    new NpgsqlParameter<string> { TypedValue = setup.Service }, new NpgsqlParameter<string> { TypedValue = source },
                    new NpgsqlParameter<Guid[]> { TypedValue = [.. ends.Select(end => end.Stream)] }, new NpgsqlParameter<long[]> { TypedValue = [.. ends.Select(end => end.Version)] },
                },
            });
        }

        await back.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        Log.TakenBack(log, source, epoch, position, (long)back.BatchCommands[0].RecordsAffected);
    }

    /// <summary>Records that a stream was read to its end at the source: whatever lies between the last message and the end concerns nobody here.</summary>
    /// <param name="source">The source.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="end">The version up to which it was read.</param>
    /// <param name="epoch">The epoch of the log that was read; nothing happens when another is known here.</param>
    /// <param name="ct">Cancels.</param>
    public async Task MoveToEnd(string source, Guid stream, long end, int epoch, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await using NpgsqlBatch batch = new(connection);
        foreach (var statement in (string[])[
            "UPDATE events.hl_mark SET last = $4 WHERE consumer = $1 AND source = $2 AND stream = $3 AND last < $4",
            "DELETE FROM events.hl_held WHERE consumer = $1 AND source = $2 AND stream = $3 AND version <= $4"])
        {
            var command = Command($"{statement} AND NOT EXISTS (SELECT FROM events.hl_pulled WHERE consumer = $1 AND source = $2 AND epoch <> $5)", source, stream, end);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = epoch });
            batch.BatchCommands.Add(command);
        }

        var next = Command(NextHeld, source, stream, end);
        batch.BatchCommands.Add(next);
        Envelope? held;
        await using (var reader = await batch.ExecuteReaderAsync(ct))
            held = await reader.ReadAsync(ct) ? ReadEnvelope(reader) : null;
        if (held is not null)
            await Apply(held, ct);
    }

    /// <summary>The last version of a foreign stream that had its effect here; 0 for none.</summary>
    public async Task<long> Mark(string source, Guid stream, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await using NpgsqlCommand command = new("SELECT last FROM events.hl_mark WHERE consumer = $1 AND source = $2 AND stream = $3", connection);
        AddKey(command.Parameters, source, stream);
        return await command.ExecuteScalarAsync(ct) is long last ? last : 0;
    }

    /// <summary>Those messages of a page whose effect is not committed yet, in their order.</summary>
    public async Task<IReadOnlyList<Envelope>> Missing(string source, IReadOnlyList<Envelope> page, CancellationToken ct)
    {
        Dictionary<Guid, long> marks = [];
        await using (var connection = await store.Source.OpenConnectionAsync(ct))
        {
            await using NpgsqlCommand command = new(
                "SELECT stream, last FROM events.hl_mark WHERE consumer = $1 AND source = $2 AND stream = ANY($3)", connection);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = setup.Service });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = source });
            command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. page.Select(m => m.Stream).Distinct()] });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                marks[reader.GetGuid(0)] = reader.GetInt64(1);
        }

        return [.. page.Where(m => m.Version > marks.GetValueOrDefault(m.Stream))];
    }

    internal static Envelope ReadEnvelope(NpgsqlDataReader reader) => new(
        reader.GetGuid(5),
        reader.GetString(0),
        reader.GetString(6),
        reader.GetGuid(1),
        reader.GetInt64(2),
        reader.GetInt64(3),
        reader.GetInt64(4),
        reader.GetFieldValue<DateTimeOffset>(7),
        reader.IsDBNull(8) ? null : reader.GetString(8),
        reader.IsDBNull(9) ? null : reader.GetString(9),
        reader.IsDBNull(10) ? null : reader.GetString(10),
        reader.GetString(11));

    private async Task<Outcome> ApplyOne(Envelope message, bool retry, CancellationToken ct)
    {
        using var activity = EventStore.EventStore.Activities.StartActivity($"receive {message.Type}", ActivityKind.Consumer, message.TraceParent);
        activity?.SetTag("hotline111.stream", message.Stream);
        activity?.SetTag("messaging.message.id", message.Id);
        var started = clock.GetTimestamp();
        PostgresException? refused = null;
        for (var attempt = 1; ; attempt++)
        {
            await gate.Pass(ct);
            await places.WaitAsync(ct);
            try
            {
                return await InTransaction(message, retry, refused, clock.GetElapsedTime(started) > TransientTime, ct);
            }
            catch (Exception e) when (ct.IsCancellationRequested && e is not OperationCanceledException)
            {
                throw new OperationCanceledException("The consumer ends; the message comes again.", e, ct);
            }
            catch (Exception e) when (e is EffectDeferredException || Failure.IsContention(e))
            {
                Log.Again(log, message.Id, Failure.Code(e.InnerException ?? e));
            }
            catch (PostgresException e) when (refused is null && Failure.IsRefusal(e))
            {
                refused = e;
                Log.Again(log, message.Id, Failure.Code(e));
            }
#pragma warning disable CA1031 // What fails here is not the effect but the inbox's own work with the database: no message can be worked on until it is over.
            catch (Exception e) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
            {
                gate.Shut(e);
                // What was lost to an outage is not the message's fault.
                started = clock.GetTimestamp();
            }
            finally
            {
                places.Release();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(2000, 20 << Math.Min(attempt, 7)) * (0.5 + Random.Shared.NextDouble())), clock, ct);
        }
    }

    /// <param name="refused">Why the database would not take what the inbox itself writes of the message; null when it has not said so.</param>
    private async Task<Outcome> InTransaction(Envelope message, bool retry, PostgresException? refused, bool patienceOver, CancellationToken ct)
    {
        var effect = setup.EffectOf(message.Type);
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        if (effect is null && !setup.KeepsReceived && !retry && refused is null && await Passes(connection, message, ct) is { } passed)
            return passed;

        await using var transaction = await connection.BeginTransactionAsync(ct);
        StoreTransaction joined = new(connection, transaction);
        long last;
        long? parked;
        bool held;
        int? epoch;
        await using (NpgsqlBatch lockMark = new(connection, transaction))
        {
            lockMark.BatchCommands.Add(Command(Lock, message.Source, message.Stream));
            lockMark.BatchCommands.Add(Command(ReadMark, message.Source, message.Stream));
            lockMark.BatchCommands.Add(Command(ReadWaiting, message.Source, message.Stream));
            if (effect is not null)
                lockMark.BatchCommands.Add(new NpgsqlBatchCommand("SAVEPOINT effect"));
            await using var reader = await lockMark.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            last = reader.GetInt64(0);
            await reader.NextResultAsync(ct);
            await reader.ReadAsync(ct);
            (parked, held, epoch) = (reader.IsDBNull(0) ? null : reader.GetInt64(0), reader.GetBoolean(1), reader.IsDBNull(2) ? null : reader.GetInt32(2));
        }

        if (message.Epoch != 0 && epoch is not null && epoch != message.Epoch)
            return new(Verdict.OtherEpoch, null);

        var waiting = held || parked is not null;
        if (message.Version <= last)
            return await Finish(joined, message, Verdict.Duplicate, last, waiting, ct);
        if (parked == message.Version && !retry)
            return new(Verdict.Parked, null);
        if (message.Previous > last || parked < message.Version)
            return await Finish(joined, message, Verdict.Held, last, waiting, ct);

        FaultPoint.Hit(FaultPoint.BeforeEffect);
        var failure = refused ?? (effect is null ? null : await TryEffect(effect, joined, message, patienceOver, ct));
        return failure is null
            ? await Finish(joined, message, Verdict.Applied, message.Version, waiting, ct)
            : await Park(connection, transaction, message, failure, ct);
    }

    /// <returns>Null when the mark could not be moved this way, and nothing has happened.</returns>
    private async Task<Outcome?> Passes(NpgsqlConnection connection, Envelope message, CancellationToken ct)
    {
        await using NpgsqlBatch batch = new(connection);
        var pass = Command(Pass, message.Source, message.Stream, message.Version);
        pass.Parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Previous });
        pass.Parameters.Add(new NpgsqlParameter<int> { TypedValue = message.Epoch });
        batch.BatchCommands.Add(pass);
        // Somebody may have held a message while the statement before waited for the mark; this one sees it.
        batch.BatchCommands.Add(Command(NextHeld, message.Source, message.Stream, message.Version));
        Envelope? next;
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            if (!await reader.ReadAsync(ct))
                return null;
            await reader.NextResultAsync(ct);
            next = await reader.ReadAsync(ct) ? ReadEnvelope(reader) : null;
        }

        CountApplied(message);
        return new Outcome(Verdict.Applied, next);
    }

    /// <returns>Null when the effect is in the transaction; otherwise why it never will be.</returns>
    private async Task<Exception?> TryEffect(
        Func<Envelope, ReceivedEffect> effect, StoreTransaction joined, Envelope message, bool patienceOver, CancellationToken ct)
    {
        var (connection, transaction) = joined;
        ReceivedEffect run;
        try
        {
            run = effect(message);
        }
#pragma warning disable CA1031 // Whatever the contract's record makes of this body, it will do so again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(EffectTime);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var scope = services.CreateAsyncScope();
                await run(joined, scope.ServiceProvider, limit.Token);
                return null;
            }
            catch (Exception e) when (!ct.IsCancellationRequested && !(Failure.IsOutage(e) || connection.FullState.HasFlag(System.Data.ConnectionState.Broken)))
            {
                // A failed statement has made the transaction unusable; the savepoint gives it back with the mark still locked.
                await transaction.RollbackAsync("effect", ct);
                var transient = Failure.IsTransient(e);
                if (attempt < Tries && !limit.IsCancellationRequested)
                    await Task.Delay(TimeSpan.FromMilliseconds((5 << (2 * attempt)) * (0.5 + Random.Shared.NextDouble())), clock, ct);
                // Whose time was over before its tries were - a machine stood still - gets them again.
                else if ((transient || attempt < Tries) && !patienceOver)
                    throw new EffectDeferredException(e);
                else
                    return e;
            }
        }
    }

    /// <param name="waiting">Whether messages of the stream are held or parked.</param>
    private async Task<Outcome> Finish(StoreTransaction joined, Envelope message, Verdict verdict, long last, bool waiting, CancellationToken ct)
    {
        var (connection, transaction) = joined;
        await using NpgsqlBatch batch = new(connection, transaction);
        if (verdict == Verdict.Held)
            batch.BatchCommands.Add(Hold(message));
        if (verdict == Verdict.Applied)
        {
            batch.BatchCommands.Add(Command(
                "UPDATE events.hl_mark SET last = $4 WHERE consumer = $1 AND source = $2 AND stream = $3", message.Source, message.Stream, last));
        }

        if (verdict != Verdict.Held && waiting)
        {
            batch.BatchCommands.Add(Command(
                "DELETE FROM events.hl_held WHERE consumer = $1 AND source = $2 AND stream = $3 AND version <= $4", message.Source, message.Stream, last));
            batch.BatchCommands.Add(Command(
                "DELETE FROM events.hl_parked WHERE waits AND consumer = $1 AND source = $2 AND stream = $3 AND version <= $4", message.Source, message.Stream, last));
        }

        if (verdict == Verdict.Applied && setup.KeepsReceived)
            batch.BatchCommands.Add(Keep(message));
        Envelope? next = null;
        if (verdict != Verdict.Held && waiting)
        {
            // Last, so that its result is the last one; what is held behind is applied in a transaction of its own.
            batch.BatchCommands.Add(Command(NextHeld, message.Source, message.Stream, last));
            await using var reader = await batch.ExecuteReaderAsync(ct);
            next = await reader.ReadAsync(ct) ? ReadEnvelope(reader) : null;
        }
        else if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(ct);
        }

        FaultPoint.Hit(FaultPoint.AfterEffect);
        await transaction.CommitAsync(ct);
        FaultPoint.Hit(FaultPoint.AfterCommit);
        if (joined.Appended)
            signal.Appended();
        if (verdict == Verdict.Applied)
            CountApplied(message);
        else if (verdict == Verdict.Duplicate)
            MessagingMetrics.Duplicates.Add(1);
        return new(verdict, next);
    }

    private void CountApplied(Envelope message)
    {
        MessagingMetrics.Consumed.Add(1);
        MessagingMetrics.Lag.Record(Math.Max(0, (clock.GetUtcNow() - message.Time).TotalSeconds));
    }

    private async Task<Outcome> Park(NpgsqlConnection connection, NpgsqlTransaction transaction, Envelope message, Exception cause, CancellationToken ct)
    {
        var code = cause is JsonException ? "body-unreadable" : Failure.Code(cause);
        var attempts = await Parking.Wait(connection, transaction, setup.Service, message, code, ct);
        await transaction.CommitAsync(ct);
        MessagingMetrics.Parkings.Add(1);
        Log.Parked(log, message.Id, message.Type, message.Source, message.Stream, message.Version, code, attempts);
        return new(Verdict.Parked, null);
    }

    private NpgsqlBatchCommand Hold(Envelope message)
    {
        NpgsqlBatchCommand command = new(
            $"INSERT INTO events.hl_held (consumer, {Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = setup.Service });
        AddEnvelope(command.Parameters, message);
        return command;
    }

    private static NpgsqlBatchCommand Keep(Envelope message)
    {
        // The counter's row lock makes the positions dense and puts them in the order of the commits; it is taken last and held shortly.
        NpgsqlBatchCommand command = new(
            """
            WITH h AS (UPDATE events.hl_received_head SET pos = pos + 1 WHERE one RETURNING pos)
            INSERT INTO events.hl_received (pos, source, stream, version, position, message_id, type, time, correlation_id, causation_id, body)
            SELECT h.pos, $1, $2, $3, $5, $6, $7, $8, $9, $10, $12 FROM h
            """);
        AddEnvelope(command.Parameters, message);
        return command;
    }

    internal static void AddEnvelope(NpgsqlParameterCollection parameters, Envelope message)
    {
        parameters.Add(new NpgsqlParameter<string> { TypedValue = message.Source });
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = message.Stream });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Version });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Previous });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Position });
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = message.Id });
        parameters.Add(new NpgsqlParameter<string> { TypedValue = message.Type });
        parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = message.Time.ToUniversalTime() });
        parameters.Add(Text(message.CorrelationId));
        parameters.Add(Text(message.CausationId));
        parameters.Add(Text(message.TraceParent));
        parameters.Add(new NpgsqlParameter<string> { TypedValue = message.Body });
    }

    internal static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar };

    private NpgsqlBatchCommand Command(string text, string source, Guid stream, long? version = null)
    {
        NpgsqlBatchCommand command = new(text);
        AddKey(command.Parameters, source, stream);
        if (version is { } number)
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = number });
        return command;
    }

    private void AddKey(NpgsqlParameterCollection parameters, string source, Guid stream)
    {
        parameters.Add(new NpgsqlParameter<string> { TypedValue = setup.Service });
        parameters.Add(new NpgsqlParameter<string> { TypedValue = source });
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
    }

    private readonly record struct Outcome(Verdict Verdict, Envelope? Next);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "Message {MessageId} is tried again ({Code})")]
        public static partial void Again(ILogger logger, Guid messageId, string code);

        [LoggerMessage(Level = LogLevel.Error, Message = "ALARM {Source} lost what was read of it: back to position {Position} in epoch {Epoch}, {Streams} streams were further")]
        public static partial void TakenBack(ILogger logger, string source, int epoch, long position, long streams);

        [LoggerMessage(Level = LogLevel.Error, Message = "ALARM message {MessageId} {Type} parked: {Source} {Stream} version {Version} ({Code}, attempt {Attempts}); its stream waits")]
        public static partial void Parked(ILogger logger, Guid messageId, string type, string source, Guid stream, long version, string code, int attempts);
    }
}
