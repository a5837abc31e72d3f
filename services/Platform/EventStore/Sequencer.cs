using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>Gives committed events their dense position and links them into the hash chain. One leader at a time by advisory lock; a second one waits.</summary>
/// <remarks>
/// An event is taken only when its commit is visible. A number that was drawn and is not visible yet stays open (<see cref="OpenNumbers"/>) and is looked
/// for with every batch, so a late commit is simply found later and no cursor can pass it. The advisory lock saves work; the lock on hl_head's row, and that it
/// stands where this sequencer left it, keep two sequencers apart.
/// </remarks>
public sealed partial class Sequencer(SequencerSource connections, LogSignal signal, TimeProvider clock, ILogger<Sequencer> log) : BackgroundService
{
    /// <summary>The advisory lock of the sequencing leader, the same in every service's own database.</summary>
    public const long LockKey = 7236101;

    private const int BatchSize = 1000;
    private static readonly TimeSpan BusyPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MarkEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Who inserts an event whose number is this far behind the sequence, or farther, leaves a note: the mark need not wait for it.</summary>
    private const long NoteBeyond = 1001;

    // Only InitPlans and "= ANY(ARRAY(..))", so that the planner cannot choose a bad join. "turn": who draws numbers before reading the version, as Marten does,
    // may give a stream's later event the lower number; it waits for the earlier one, and where a full batch ends between the two, for the next batch: "apart".
    // Numbers in $2 and $3 are before and after each open range.
    private const string Batch =
        """
        WITH w AS MATERIALIZED (
              SELECT r.seq_id FROM unnest($2, $3) AS gap(after, before),
                     LATERAL (SELECT seq_id FROM events.mt_events WHERE seq_id > gap.after AND seq_id < gap.before ORDER BY seq_id LIMIT $1) r
               UNION SELECT seq_id FROM events.hl_late
               ORDER BY 1 LIMIT $1),
         h AS MATERIALIZED (SELECT pos, chain FROM events.hl_head WHERE one AND pos = $4 AND EXISTS (SELECT FROM w) FOR UPDATE),
         d AS (SELECT seq_id FROM w WHERE EXISTS (SELECT FROM h)),
         s AS MATERIALIZED (
              SELECT e.*, max(e.seq_id) OVER stream AS turn, lag(e.version) OVER stream AS earlier
                FROM events.mt_events e WHERE e.seq_id = ANY(ARRAY(SELECT seq_id FROM d)) AND e.type <> 'tombstone' WINDOW stream AS (PARTITION BY e.stream_id ORDER BY e.version)),
         apart AS MATERIALIZED (
              SELECT stream_id, min(version) AS version FROM s
               WHERE (SELECT count(*) FROM w) = $1 AND version > 1 AND earlier IS DISTINCT FROM version - 1
                 AND EXISTS (SELECT FROM events.mt_events p WHERE p.stream_id = s.stream_id AND p.version = s.version - 1 AND p.seq_id > (SELECT max(seq_id) FROM w))
               GROUP BY stream_id),
         later AS MATERIALIZED (SELECT s.seq_id FROM apart, s WHERE s.stream_id = apart.stream_id AND s.version >= apart.version),
         t AS (DELETE FROM events.hl_late WHERE seq_id = ANY(ARRAY(SELECT seq_id FROM d WHERE EXISTS (SELECT FROM events.hl_late))) AND seq_id <> ALL(ARRAY(SELECT seq_id FROM later))),
         n AS (SELECT (SELECT pos FROM h) + row_number() OVER (ORDER BY turn, version) AS pos, seq_id, id, stream_id, version, timestamp,
                      convert_to(type, 'UTF8') AS tt, convert_to(data::text, 'UTF8') AS dt, convert_to(headers::text, 'UTF8') AS ht,
                      convert_to(correlation_id, 'UTF8') AS ct, convert_to(causation_id, 'UTF8') AS at
                 FROM s WHERE seq_id <> ALL(ARRAY(SELECT seq_id FROM later))),
         l AS (SELECT pos, seq_id, sha256('\x00'::bytea || int8send(pos) || int8send(seq_id) || uuid_send(id) || uuid_send(stream_id) || int8send(version) || timestamptz_send(timestamp)
                      || coalesce(int4send(length(tt)) || tt, int4send(-1)) || coalesce(int4send(length(dt)) || dt, int4send(-1)) || coalesce(int4send(length(ht)) || ht, int4send(-1))
                      || coalesce(int4send(length(ct)) || ct, int4send(-1)) || coalesce(int4send(length(at)) || at, int4send(-1))) AS leaf FROM n),
         c AS (SELECT pos, seq_id, leaf, events.hl_chain((SELECT chain FROM h), leaf) OVER (ORDER BY pos ROWS UNBOUNDED PRECEDING) AS chain FROM l),
         i AS (INSERT INTO events.hl_order (pos, seq_id, leaf, chain) SELECT pos, seq_id, leaf, chain FROM c ORDER BY pos),
         u AS (UPDATE events.hl_head u SET pos = x.pos, chain = x.chain FROM (SELECT pos, chain FROM c ORDER BY pos DESC LIMIT 1) x WHERE u.one)
        SELECT ARRAY(SELECT seq_id FROM w WHERE seq_id <> ALL(ARRAY(SELECT seq_id FROM later)) ORDER BY seq_id) AS found, (SELECT pos FROM h) AS pos, (SELECT count(*) FROM c) AS ordered,
               (SELECT count(*) FROM w) = $1 AS full
        """;

    // Where the log stands, and what is open above the mark: the gaps between what was ordered.
    private const string Standing =
        """
        WITH o AS MATERIALIZED (SELECT o.seq_id, lag(o.seq_id, 1, m.low) OVER (ORDER BY o.seq_id) AS after FROM events.hl_low m, events.hl_order o WHERE o.seq_id > m.low)
        SELECT (SELECT pos FROM events.hl_head), coalesce((SELECT max(seq_id) FROM o), (SELECT low FROM events.hl_low)),
               ARRAY(SELECT after FROM o WHERE seq_id - after > 1 ORDER BY seq_id), ARRAY(SELECT seq_id FROM o WHERE seq_id - after > 1 ORDER BY seq_id)
        """;

    // How the mark rises: the sequence is read, and after that a transaction id is drawn. Whoever inserts a number well below what was read either did so
    // before it was read, and then has a smaller transaction id; or does so later, sees how far the sequence is, and leaves a note. Once all smaller ids have
    // ended and a batch has looked after that, what is still open down there stays empty. (A snapshot's xmax is no such bound: it is the newest finished id,
    // and older ones still run beyond it.)
    private const string Drawn = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events.mt_events_sequence";
    private const string Mark = "UPDATE events.hl_low SET low = $1 WHERE one AND low < $1";
    private const string Bound = "SELECT pg_current_xact_id()::text::bigint";

    // Kept by the server's clock, for a timer here would sleep to the next tick of the kernel, 4 ms and more.
    private const string Rest = "SELECT pg_sleep($1)";

    /// <summary>Over how long the pace of the log is taken, which says how long a rest is.</summary>
    private static readonly TimeSpan PaceOver = TimeSpan.FromMilliseconds(200);

    private const string Oldest = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Lead(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                // An event with two positions would be a broken log: an alarm for a human, never something to retry quickly.
                Log.OrderViolated(log, e);
                await Task.Delay(TimeSpan.FromSeconds(10), clock, stoppingToken);
            }
#pragma warning disable CA1031 // Without order nothing moves on: whatever happened, the sequencer tries again.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.Interrupted(log, e is PostgresException { SqlState: var state } ? state : e.GetType().Name);
                await Task.Delay(TimeSpan.FromMilliseconds(500), clock, stoppingToken);
            }
        }
    }

    private async Task Lead(CancellationToken ct)
    {
        await using var connection = await connections.Open(ct);
        // Prepared before there is anything to do: who takes over has to be quick.
        var (after, before, position) = (new NpgsqlParameter<long[]> { TypedValue = [] }, new NpgsqlParameter<long[]> { TypedValue = [] }, new NpgsqlParameter<long> { TypedValue = 0 });
        var most = new NpgsqlParameter<int> { TypedValue = BatchSize };
        await using var batch = new NpgsqlCommand(Batch, connection) { Parameters = { most, after, before, position } };
        await batch.PrepareAsync(ct);
        var seconds = new NpgsqlParameter<double> { TypedValue = 0 };
        await using var rest = new NpgsqlCommand(Rest, connection) { Parameters = { seconds } };
        await rest.PrepareAsync(ct);
        await LeaderSession.Lead(connection, LockKey, clock, ct);
        Log.Leading(log);
        signal.OrdersHere = true;
        try
        {
            await Order(connection, new(batch, most, after, before, position, rest, seconds), ct);
        }
        finally
        {
            signal.OrdersHere = false;
        }
    }

    /// <summary>Gives positions until the session or the process ends.</summary>
    private async Task Order(NpgsqlConnection connection, Statements statements, CancellationToken ct)
    {
        var (open, position) = await Stands(connection, ct);
        var pace = 0.0;
        var ordered = clock.GetTimestamp();
        (long Low, long Bound)? drawn = null;
        var worked = true;
        var looked = clock.GetTimestamp();
        var idle = BusyPoll;
        while (true)
        {
            long? candidate = null;
            if (clock.GetElapsedTime(looked) >= MarkEvery)
            {
                looked = clock.GetTimestamp();
                if (drawn is { } d && (long)(await Scalar(connection, Oldest, ct))! >= d.Bound)
                    (candidate, drawn) = (d.Low, null);
                // An idle log needs no higher mark, and so costs no transaction ids.
                if (drawn is null && worked)
                {
                    drawn = ((long)(await Scalar(connection, Drawn, ct))! - NoteBeyond, (long)(await Scalar(connection, Bound, ct))!);
                    worked = false;
                }
            }

            (statements.After.TypedValue, statements.Before.TypedValue, statements.Position.TypedValue) = (open.After, open.Before, position);
            var ordering = Run(statements.Batch, ct);
            FaultPoint.Hit(FaultPoint.DuringOrder);
            var (found, stood, placed, full) = await ordering;
            if ((full || found.Length > 0) && stood is null)
            {
                // Somebody else gave positions meanwhile, and nothing was done here.
                Log.Overtaken(log);
                (open, position) = await Stands(connection, ct);
                continue;
            }

            // Tombstones count: they get no position, but they were work.
            open.Take(found);
            position += placed;
            // Of a batch in which every event waits for one beyond it, a larger one is the remedy.
            statements.Most.TypedValue = full && found.Length == 0 ? statements.Most.TypedValue * 2 : BatchSize;
            // Everything up to the candidate had ended, and what was committed was visible to this batch, which took all of it unless it was full.
            if (candidate is { } low && low > 0 && !full)
            {
                open.Close(low);
                await using var mark = new NpgsqlCommand(Mark, connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = low } } };
                await mark.ExecuteNonQueryAsync(ct);
            }

            if (found.Length > 0)
            {
                FaultPoint.Hit(FaultPoint.AfterOrder);
                worked = true;
                signal.Ordered();
                idle = BusyPoll;
                var passed = clock.GetElapsedTime(ordered);
                ordered = clock.GetTimestamp();
                pace += (found.Length - (pace * passed.TotalSeconds)) / (passed + PaceOver).TotalSeconds;
            }

            if (full)
                continue;
            if (found.Length > 0 && RestAt(pace) is > 0 and var seconds)
            {
                // A batch of one costs the server what an append costs, and its flush makes the next append wait: a rest puts several into the next batch.
                statements.Seconds.TypedValue = seconds;
                await statements.Rest.ExecuteNonQueryAsync(ct);
            }

            // Whatever was committed since this batch began has left its signal, or leaves it soon.
            await signal.WaitAppended(idle, ct);
            idle = TimeSpan.FromMilliseconds(Math.Min(250, idle.TotalMilliseconds * 1.5));
        }
    }

    /// <summary>Reads what was ordered above the mark, for a leader that begins.</summary>
    private static async Task<(OpenNumbers Open, long Position)> Stands(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Standing, connection);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (new(row.GetFieldValue<long[]>(2).Zip(row.GetFieldValue<long[]>(3)), row.GetInt64(1)), row.GetInt64(0));
    }

    /// <summary>Gives the next events their positions.</summary>
    /// <returns>
    /// The numbers under which events, tombstones among them, were found; where the log stood, null when that was not where it was expected and nothing was done; how many got
    /// a position; and whether there may be more.
    /// </returns>
    private static async Task<(long[] Found, long? Stood, long Placed, bool Full)> Run(NpgsqlCommand batch, CancellationToken ct)
    {
        await using var row = await batch.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetFieldValue<long[]>(0), row.IsDBNull(1) ? null : row.GetInt64(1), row.GetInt64(2), row.GetBoolean(3));
    }

    /// <summary>How long to rest, in seconds: not at all while somebody may be looking at each event, longer when many writers want the server for themselves.</summary>
    /// <remarks>A little less than whole milliseconds: the server rounds up to those, and finds a little more than one in 0.001.</remarks>
    /// <param name="pace">Events a second.</param>
    private static double RestAt(double pace) => pace switch
    {
        < 1200 => 0,
        < 1500 => 0.0009,
        < 2500 => 0.0039,
        _ => 0.0099,
    };

    private static async Task<object?> Scalar(NpgsqlConnection connection, string text, CancellationToken ct)
    {
#pragma warning disable CA2100 // Constants of this file.
        await using var command = new NpgsqlCommand(text, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(ct);
    }

    /// <summary>What the leader asks of its session, prepared.</summary>
    private sealed record Statements(
        NpgsqlCommand Batch, NpgsqlParameter<int> Most, NpgsqlParameter<long[]> After, NpgsqlParameter<long[]> Before, NpgsqlParameter<long> Position, NpgsqlCommand Rest, NpgsqlParameter<double> Seconds);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Sequencing leads here")]
        public static partial void Leading(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Sequencing interrupted by {Kind}; trying again")]
        public static partial void Interrupted(ILogger logger, string kind);

        [LoggerMessage(Level = LogLevel.Information, Message = "Sequencing was overtaken by another; looking where the log stands")]
        public static partial void Overtaken(ILogger logger);

        [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM an event was about to get a second position")]
        public static partial void OrderViolated(ILogger logger, Exception e);
    }
}

/// <summary>Opens the sequencer's own session, with planner settings that pin the one good plan.</summary>
public sealed class SequencerSource(string connectionString)
{
    private const string Options =
        "-c statement_timeout=30s -c jit=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan";

    public Task<NpgsqlConnection> Open(CancellationToken ct) => LeaderSession.Open(connectionString, Options, ct);
}
