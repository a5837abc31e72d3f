using System.Collections.Concurrent;
using System.Diagnostics;
using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline111.Load;

/// <summary>
/// A second server that follows the first: what each way of waiting for it costs the writers, how long after the commit an event can be read there, and
/// whether the log read there ever has a gap.
/// </summary>
internal static class StandbyLoad
{
    private const int Writers = 8;

    private static readonly (string Name, string Settings)[] Ways =
    [
        ("it follows", "synchronous_standby_names = ''"),
        ("it has written every commit down", "synchronous_standby_names = '*'"),
        ("it shows every commit", "synchronous_standby_names = '*';synchronous_commit = 'remote_apply'"),
    ];

    public static async Task Run(StoreStage stage, Table table, CancellationToken ct)
    {
        var database = await stage.Database("standby", ct);
        using var host = await StoreStage.Open(database, ct);
        var store = host.Services.GetRequiredService<EventStore>();
        var append = await AppendLoad.Append(store, Writers, ct);
        await append(TimeSpan.FromSeconds(5));
        var alone = await append(stage.Length);

        await using var standby = await Follow(stage.Server, Path.Combine(stage.Folder, "standby"), ct);
        table.Section($"a standby on the same machine, {Writers} writers", "appends/s", "ratio", "read there: p50 ms", "p99 ms", "gaps").Row("  none", Table.Number(alone), Table.Number(1, 2));
        var there = new NpgsqlConnectionStringBuilder(standby.Administrator) { Database = database.Name, Pooling = false }.ConnectionString;
        foreach (var (name, settings) in Ways)
        {
            foreach (var setting in settings.Split(';'))
                await PostgresLimit.Do(stage.Server.Administrator, $"ALTER SYSTEM SET {setting}", ct);
            await PostgresLimit.Do(stage.Server.Administrator, "SELECT pg_reload_conf()", ct);
            await append(TimeSpan.FromSeconds(2));
            var (rate, watched) = (await append(stage.Length), await Watched(store, there, stage.Length, ct));
            var (_, p50, p99, _) = watched.Durations.Summary();
            table.Row($"  {name}", Table.Number(rate), Table.Number(rate / alone, 2), Table.Number(p50, 1), Table.Number(p99, 1), Table.Number(watched.Gaps));
        }

        foreach (var setting in new[] { "synchronous_standby_names", "synchronous_commit" })
            await PostgresLimit.Do(stage.Server.Administrator, $"ALTER SYSTEM RESET {setting}", ct);
        await PostgresLimit.Do(stage.Server.Administrator, "SELECT pg_reload_conf()", ct);
        await host.StopAsync(ct);
    }

    /// <summary>A whole copy of a server that takes over every change as it comes.</summary>
    private static async Task<PostgresServer> Follow(PostgresServer leader, string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var administrator = new NpgsqlConnectionStringBuilder(leader.Administrator);
        File.Copy(Path.Combine(Path.GetDirectoryName(leader.Data)!, "secrets.json"), Path.Combine(folder, "secrets.json"));
        var account = Account.ForServer("postgres");
        var data = Account.DataFolder(folder, account);
        Account.CreateFolder(data, account);
        var (exitCode, output) = await ChildProcess.Run(
            new Launch("pg_basebackup", PostgresLimit.Find("pg_basebackup") ?? throw new LocalException("standby", "pg_basebackup is not installed.", exitCode: 3), "-h", "127.0.0.1", "-p", $"{leader.Port}", "-U", administrator.Username!, "-D", data, "-R", "--checkpoint=fast")
            {
                Account = account,
                Folder = "/",
                Environment = new Dictionary<string, string> { ["PGPASSWORD"] = administrator.Password! },
            },
            ct);
        return exitCode == 0 ? await PostgresServer.Start(folder, ct) : throw new LocalException("standby", $"pg_basebackup failed: {output.Trim()}");
    }

    /// <summary>Appends some hundred events a second, and reads the log on the standby as quickly as it can.</summary>
    private static async Task<(Latencies Durations, int Gaps)> Watched(EventStore store, string there, TimeSpan length, CancellationToken ct)
    {
        ConcurrentDictionary<int, long> committed = [];
        var durations = new Latencies();
        await StoreStage.Ordered(store, ct);
        var (position, gaps, told, over) = (await store.Head(ct), 0, 0, false);
        var first = position;
        var reading = Task.Run(async () =>
        {
            await using var connection = new NpgsqlConnection(there);
            await connection.OpenAsync(ct);
            await using NpgsqlCommand command = new(
                "SELECT o.pos, (e.data ->> 'number')::int FROM events.hl_order o JOIN events.mt_events e USING (seq_id) WHERE o.pos > $1 ORDER BY o.pos LIMIT 200", connection);
            var after = new NpgsqlParameter<long>();
            command.Parameters.Add(after);
            await command.PrepareAsync(ct);
            await using NpgsqlCommand pause = new("SELECT pg_sleep(0.0009)", connection);
            while (!Volatile.Read(ref over) || position - first < Volatile.Read(ref told))
            {
                var before = after.TypedValue = position;
                await using (var reader = await command.ExecuteReaderAsync(ct))
                {
                    while (await reader.ReadAsync(ct))
                    {
                        gaps += reader.GetInt64(0) == position + 1 ? 0 : 1;
                        position = reader.GetInt64(0);
                        if (committed.TryGetValue(reader.GetInt32(1), out var at))
                            durations.Add(Stopwatch.GetElapsedTime(at));
                    }
                }

                if (position == before)
                    await pause.ExecuteNonQueryAsync(ct);
            }
        }, ct);
        await StoreStage.Closed(2, length, async _ =>
        {
            var number = Interlocked.Increment(ref told);
            // From before the commit, since the standby may be faster than the answer to the writer.
            committed[number] = Stopwatch.GetTimestamp();
            await store.Append(StoreStage.Decider, Guid.CreateVersion7(), 0, [StoreStage.Sample with { Number = number }], Metadata.System(), ct);
            await Task.Delay(1, ct);
        }, ct);
        Volatile.Write(ref over, true);
        await reading;
        return (durations, gaps);
    }
}
