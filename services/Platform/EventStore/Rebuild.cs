using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>How far a rebuild has come.</summary>
public sealed record RebuildProgress(long Position, long Head);

/// <summary>
/// Folds a read model from the first event into tables beside the live ones, while those are read and written as ever, and puts the new ones in
/// their place in one short transaction.
/// </summary>
public static partial class Rebuild
{
    private const string Beside = "read_rebuild";
    private const string Before = "read_before";
    private const int Page = 1000;
    private const int SwapTries = 20;

    /// <summary>Rebuilds one read model. An interrupted run is simply started again.</summary>
    /// <param name="ownerConnection">Connection string of the owner role, who may create and drop tables.</param>
    /// <param name="store">Reads the log; a process of the service must be running, to give the newest events their place.</param>
    /// <param name="projection">The read model, with every family it is made of.</param>
    /// <param name="ct">Cancels; until the swap, nothing has changed.</param>
    /// <param name="progress">Told after each page.</param>
    /// <exception cref="InvalidOperationException">It names no tables of its own, or one has a foreign key or a sequence of its own, which cannot be moved with it.</exception>
    /// <exception cref="UnknownEventException">The log holds an event of these families that this version was never taught.</exception>
    /// <exception cref="TimeoutException">The tables were never free for a moment, or no process gives new events their place.</exception>
    public static async Task Run(
        string ownerConnection, EventStore store, FollowingProjection projection, CancellationToken ct, IProgress<RebuildProgress>? progress = null)
    {
        var tables = projection.Tables;
        if (tables.Count == 0)
            throw new InvalidOperationException($"The read model {projection.Name} names no tables that are made of the service's events alone.");
        var settings = new NpgsqlConnectionStringBuilder(ownerConnection)
        {
            Pooling = false,
            Timezone = "UTC",
            MaxAutoPrepare = 20,
            // What lies beside is begun again after a crash; only the swap waits for the disk.
            Options = "-c lock_timeout=1s -c statement_timeout=0 -c idle_in_transaction_session_timeout=60s -c synchronous_commit=off",
        };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(ct);
        await Do(connection, "SELECT pg_advisory_lock(7236121)", ct);
        await Prepare(connection, tables, ct);
        var position = 0L;
        while (true)
        {
            var head = await store.Head(ct);
            position = await Fold(connection, store, projection, position, head, ct, progress);
            // What comes meanwhile is folded inside the swap; let that be little.
            if (await store.Head(ct) - position < Page)
                break;
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await Swap(connection, store, projection, position, ct);
                break;
            }
            catch (Exception e) when (attempt < SwapTries && e is TimeoutException or PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected })
            {
                // Somebody reads for long: step back, so that nobody queues behind us.
                await Task.Delay(100 * attempt, ct);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                throw new TimeoutException("The tables were never free for a moment.", e);
            }
        }

        await Do(connection, $"DROP SCHEMA {Before} CASCADE; DROP SCHEMA {Beside} CASCADE; SELECT pg_advisory_unlock(7236121)", ct);
    }

    /// <summary>Empty tables of the same shape, with the same names of columns, constraints and indexes and the same rights.</summary>
    private static async Task Prepare(NpgsqlConnection connection, IReadOnlyList<string> tables, CancellationToken ct)
    {
        await Do(connection, $"DROP SCHEMA IF EXISTS {Beside} CASCADE; DROP SCHEMA IF EXISTS {Before} CASCADE; CREATE SCHEMA {Beside}; CREATE SCHEMA {Before}", ct);
        foreach (var table in tables)
        {
            if ((await Lines(
                connection,
                """
                SELECT conname::text FROM pg_constraint WHERE contype = 'f' AND $1::regclass IN (conrelid, confrelid)
                UNION ALL
                SELECT objid::regclass::text FROM pg_depend WHERE refobjid = $1::regclass AND deptype IN ('a', 'i') AND classid = 'pg_class'::regclass AND refobjsubid > 0
                   AND EXISTS (SELECT FROM pg_class c WHERE c.oid = objid AND c.relkind = 'S')
                """,
                $"read.{Quoted(table)}",
                ct)).FirstOrDefault() is { } bound)
                throw new InvalidOperationException($"read.{table} cannot be rebuilt beside itself because of {bound}.");
            await Do(connection, $"CREATE TABLE {Beside}.{Quoted(table)} (LIKE read.{Quoted(table)} INCLUDING ALL EXCLUDING INDEXES)", ct);
            foreach (var statement in await Lines(
                connection,
                $"""
                SELECT format('ALTER TABLE {Beside}.%I ADD CONSTRAINT %I %s', c.relname, o.conname, pg_get_constraintdef(o.oid))
                  FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid WHERE o.conrelid = $1::regclass AND o.contype IN ('p', 'u', 'x')
                UNION ALL
                SELECT replace(pg_get_indexdef(i.indexrelid), ' ON read.', ' ON {Beside}.')
                  FROM pg_index i WHERE i.indrelid = $1::regclass AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid)
                UNION ALL
                SELECT format('GRANT %s ON {Beside}.%I TO %I', a.privilege_type, c.relname, a.grantee::regrole::text)
                  FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a WHERE c.oid = $1::regclass AND a.grantee <> 0
                """,
                $"read.{Quoted(table)}",
                ct))
            {
                await Do(connection, statement, ct);
            }
        }
    }

    private static async Task<long> Fold(
        NpgsqlConnection connection, EventStore store, FollowingProjection projection, long position, long upTo, CancellationToken ct, IProgress<RebuildProgress>? progress = null, NpgsqlTransaction? within = null)
    {
        // The texts are constants of the projection, so a few.
        Dictionary<string, string> texts = [];
        // While a page is applied the next one becomes statements, and the one after it is read.
        var reading = Next();
        var applying = Task.CompletedTask;
        try
        {
            while (position < upTo)
            {
                var events = await reading;
                position = events[^1].Position;
                reading = Next();
                var batch = new NpgsqlBatch(connection, within);
                foreach (var stored in events)
                {
                    if (await projection.Statement(store, stored, ct) is { } statement)
                        batch.BatchCommands.Add(statement.ToBatchCommand(Besides));
                }

                await applying;
                var upToHere = position;
                applying = Task.Run(() => Apply(batch, upToHere), CancellationToken.None);
            }
        }
        finally
        {
            await applying;
        }

        return position;

        string Besides(string text) => texts.TryGetValue(text, out var known) ? known : texts[text] = LiveSchema().Replace(text, $"{Beside}.");

        async Task Apply(NpgsqlBatch batch, long reached)
        {
            await using var applied = batch;
            if (batch.BatchCommands.Count > 0)
                await batch.ExecuteNonQueryAsync(ct);
            progress?.Report(new(reached, upTo));
        }

        Task<IReadOnlyList<StoredEvent>> Next() => position < upTo
            ? store.ReadLog(position, (int)Math.Min(Page, upTo - position), ct)
            : Task.FromResult<IReadOnlyList<StoredEvent>>([]);
    }

    private static async Task Swap(NpgsqlConnection connection, EventStore store, FollowingProjection projection, long position, CancellationToken ct)
    {
        var tables = projection.Tables.Select(Quoted).ToList();
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Do(connection, "SET LOCAL synchronous_commit = on", ct);
        // First the checkpoint: whoever follows the log steps aside without waiting. Then the tables: no append can change them any more, and what
        // changed them before is committed and at most waits for its position.
        await Do(connection, $"INSERT INTO events.hl_checkpoint (name, pos) VALUES ({Literal(projection.Name)}, 0) ON CONFLICT DO NOTHING", ct);
        await Do(connection, $"SELECT pos FROM events.hl_checkpoint WHERE name = {Literal(projection.Name)} FOR UPDATE", ct);
        await Do(connection, $"LOCK TABLE {string.Join(", ", tables.Select(table => $"read.{table}"))} IN ACCESS EXCLUSIVE MODE", ct);
        var newest = (await Lines(connection, "SELECT coalesce(max(seq_id), 0)::text FROM events.mt_events WHERE $1 <> ''", "all", ct))[0];
        for (var waited = 0; (await Lines(connection, $"SELECT seq_id::text FROM events.hl_pending WHERE seq_id <= {newest} AND $1 <> '' LIMIT 1", "all", ct)).Count > 0; waited++)
        {
            if (waited == 50)
                throw new TimeoutException("No process gives new events their place: start the service before a rebuild.");
            await Task.Delay(20, ct);
        }

        position = await Fold(connection, store, projection, position, await store.Head(ct), ct, within: transaction);
        foreach (var table in tables)
            await Do(connection, $"ALTER TABLE read.{table} SET SCHEMA {Before}; ALTER TABLE {Beside}.{table} SET SCHEMA read", ct);
        await Do(connection, $"UPDATE events.hl_checkpoint SET pos = {position.ToString(CultureInfo.InvariantCulture)} WHERE name = {Literal(projection.Name)}", ct);
        await transaction.CommitAsync(ct);
    }

    [GeneratedRegex(@"\bread\.")]
    private static partial Regex LiveSchema();

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

#pragma warning disable CA2100 // Names come from the service's own code, and are quoted.
    private static async Task Do(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<List<string>> Lines(NpgsqlConnection connection, string sql, string argument, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = argument } } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<string> lines = [];
        while (await reader.ReadAsync(ct))
            lines.Add(reader.GetString(0));
        return lines;
    }
#pragma warning restore CA2100
}
