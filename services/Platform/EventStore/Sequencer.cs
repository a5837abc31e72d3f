using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>Gives committed events their dense position and links them into the hash chain. One leader at a time by advisory lock; a second one waits.</summary>
/// <remarks>
/// An event is taken only when its commit is visible, so a late commit is simply still pending next time and no cursor can pass it.
/// The advisory lock saves work; the row lock on hl_head alone keeps two sequencers apart.
/// </remarks>
public sealed partial class Sequencer(SequencerSource connections, LogSignal signal, TimeProvider clock, ILogger<Sequencer> log) : BackgroundService
{
    /// <summary>The advisory lock of the sequencing leader, the same in every service's own database.</summary>
    public const long LockKey = 7236101;

    private const int BatchSize = 1000;
    private static readonly TimeSpan BusyPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MarkEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FullScanEvery = TimeSpan.FromSeconds(5);

    // Only InitPlans and "= ANY(ARRAY(..))", so that the planner cannot choose a bad join.
    private const string Batch =
        """
        WITH m AS MATERIALIZED (SELECT late, least($2, late - 1) AS low FROM (SELECT min(seq_id) AS late FROM events.hl_late) x),
         h AS MATERIALIZED (SELECT pos, chain FROM events.hl_head WHERE one AND EXISTS (SELECT FROM events.hl_pending WHERE seq_id > (SELECT low FROM m)) LIMIT 1 FOR UPDATE),
         d AS (DELETE FROM events.hl_pending
                WHERE seq_id = ANY(ARRAY(SELECT seq_id FROM events.hl_pending WHERE seq_id > (SELECT low FROM m) AND EXISTS (SELECT FROM h) ORDER BY seq_id LIMIT $1)) RETURNING seq_id),
         t AS (DELETE FROM events.hl_late WHERE (SELECT late FROM m) IS NOT NULL AND seq_id = ANY(ARRAY(SELECT seq_id FROM d))),
         n AS (SELECT (SELECT pos FROM h) + row_number() OVER (ORDER BY e.seq_id) AS pos, e.seq_id, e.id, e.stream_id, e.version, e.timestamp,
                      convert_to(e.type, 'UTF8') AS tt, convert_to(e.data::text, 'UTF8') AS dt, convert_to(e.headers::text, 'UTF8') AS ht,
                      convert_to(e.correlation_id, 'UTF8') AS ct, convert_to(e.causation_id, 'UTF8') AS at
                 FROM events.mt_events e WHERE e.seq_id = ANY(ARRAY(SELECT seq_id FROM d)) AND e.type <> 'tombstone'),
         l AS (SELECT pos, seq_id, sha256('\x00'::bytea || int8send(pos) || int8send(seq_id) || uuid_send(id) || uuid_send(stream_id) || int8send(version) || timestamptz_send(timestamp)
                      || coalesce(int4send(length(tt)) || tt, int4send(-1)) || coalesce(int4send(length(dt)) || dt, int4send(-1)) || coalesce(int4send(length(ht)) || ht, int4send(-1))
                      || coalesce(int4send(length(ct)) || ct, int4send(-1)) || coalesce(int4send(length(at)) || at, int4send(-1))) AS leaf FROM n),
         c AS (SELECT pos, seq_id, leaf, events.hl_chain((SELECT chain FROM h), leaf) OVER (ORDER BY pos ROWS UNBOUNDED PRECEDING) AS chain FROM l),
         i AS (INSERT INTO events.hl_order (pos, seq_id, leaf, chain) SELECT pos, seq_id, leaf, chain FROM c ORDER BY pos),
         u AS (UPDATE events.hl_head u SET pos = x.pos, chain = x.chain FROM (SELECT pos, chain FROM c ORDER BY pos DESC LIMIT 1) x WHERE u.one)
        SELECT count(*) FROM d
        """;

    // Three statements with three moments. After the announcement is committed a transaction id is drawn: whoever drew a number up to the announced
    // one has either a smaller transaction id, or sees the announcement and leaves a note. (A snapshot's xmax is no such bound: it is the newest
    // finished id, and older ones still run beyond it.)
    private const string Announce =
        """
        UPDATE events.hl_low SET low = greatest(low, (SELECT CASE WHEN s.is_called THEN s.last_value ELSE 0 END FROM events.mt_events_sequence s)) WHERE one RETURNING low
        """;

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
        var low = new NpgsqlParameter<long> { TypedValue = 0 };
        await using var batch = new NpgsqlCommand(Batch, connection) { Parameters = { new NpgsqlParameter<int> { TypedValue = BatchSize }, low } };
        await batch.PrepareAsync(ct);
        var seconds = new NpgsqlParameter<double> { TypedValue = 0 };
        await using var rest = new NpgsqlCommand(Rest, connection) { Parameters = { seconds } };
        await rest.PrepareAsync(ct);
        await LeaderSession.Lead(connection, LockKey, clock, ct);
        Log.Leading(log);
        signal.OrdersHere = true;
        try
        {
            await Order(connection, new(batch, low, rest, seconds), ct);
        }
        finally
        {
            signal.OrdersHere = false;
        }
    }

    /// <summary>Gives positions until the session or the process ends.</summary>
    private async Task Order(NpgsqlConnection connection, Statements statements, CancellationToken ct)
    {
        var pace = 0.0;
        var ordered = clock.GetTimestamp();
        long mark = 0;
        (long Low, long Bound)? announced = null;
        var announce = true;
        var looked = clock.GetTimestamp();
        var scanned = clock.GetTimestamp();
        var idle = BusyPoll;
        while (true)
        {
            long? candidate = null;
            if (clock.GetElapsedTime(looked) >= MarkEvery)
            {
                looked = clock.GetTimestamp();
                if (announced is { } a && (long)(await Scalar(connection, Oldest, ct))! >= a.Bound)
                    (candidate, announced) = (a.Low, null);
                // An idle log needs no higher mark, and so costs no transaction ids.
                if (announced is null && announce)
                {
                    announced = ((long)(await Scalar(connection, Announce, ct))!, (long)(await Scalar(connection, Bound, ct))!);
                    announce = false;
                }
            }

            // A scan from 0 now and then is the net under the mark.
            var full = clock.GetElapsedTime(scanned) >= FullScanEvery;
            if (full)
                scanned = clock.GetTimestamp();
            statements.Low.TypedValue = full ? 0 : mark;
            // Tombstones count: they get no position, but they were work.
            var ordering = statements.Batch.ExecuteScalarAsync(ct);
            FaultPoint.Hit(FaultPoint.DuringOrder);
            var taken = (long)(await ordering)!;

            // Everything up to the candidate is finished, and what was committed was visible to this batch, which took all of it unless it was full.
            if (candidate is { } reached && taken < BatchSize)
                mark = Math.Max(mark, reached);
            if (taken > 0)
            {
                FaultPoint.Hit(FaultPoint.AfterOrder);
                announce = true;
                signal.Ordered();
                idle = BusyPoll;
                var passed = clock.GetElapsedTime(ordered);
                ordered = clock.GetTimestamp();
                pace += (taken - (pace * passed.TotalSeconds)) / (passed + PaceOver).TotalSeconds;
                if (taken == BatchSize)
                    continue;
                // A batch of one costs the server what an append costs, and its flush makes the next append wait: a rest puts several into the next batch.
                statements.Seconds.TypedValue = RestAt(pace);
                await statements.Rest.ExecuteNonQueryAsync(ct);
            }

            // Whatever was committed since this batch began has left its signal, or leaves it soon.
            await signal.WaitAppended(idle, ct);
            idle = TimeSpan.FromMilliseconds(Math.Min(250, idle.TotalMilliseconds * 1.5));
        }
    }

    /// <summary>How long to rest, in seconds: short while somebody may be looking at each event, longer when many writers want the server for themselves.</summary>
    /// <remarks>A little less than whole milliseconds: the server rounds up to those, and finds a little more than one in 0.001.</remarks>
    /// <param name="pace">Events a second.</param>
    private static double RestAt(double pace) => pace switch
    {
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
    private sealed record Statements(NpgsqlCommand Batch, NpgsqlParameter<long> Low, NpgsqlCommand Rest, NpgsqlParameter<double> Seconds);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Sequencing leads here")]
        public static partial void Leading(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Sequencing interrupted by {Kind}; trying again")]
        public static partial void Interrupted(ILogger logger, string kind);

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
