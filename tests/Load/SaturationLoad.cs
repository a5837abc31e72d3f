using System.Diagnostics;
using Hotline111.Platform.EventStore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline111.Load;

/// <summary>16 writers as fast as they can for minutes: neither they nor the sequencer may get slower, beside an open snapshot (a backup) too.</summary>
internal static class SaturationLoad
{
    private const int Writers = 16;
    private static readonly TimeSpan SnapshotAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SnapshotFor = TimeSpan.FromSeconds(45);

    public static async Task Run(StoreStage stage, Table table, CancellationToken ct)
    {
        var found = await Saturate(stage, "saturated", stage.Options.Saturated, snapshot: false, ct);
        var part = found.Rates.Count / 3;
        var (first, last) = (found.Rates.Take(part).Average(), found.Rates.TakeLast(part).Average());
        table.Section($"{stage.Options.Saturated.TotalSeconds:0} s saturated, {Writers} writers", "", "goal")
            .Row("  first third (tx/s)", Table.Number(first))
            .Row("  last third (tx/s)", Table.Number(last))
            .Row("  last / first", Table.Number(last / first, 2), StoreStage.Judge(last / first, 0.85))
            .Row("  most events pending", Table.Number(found.Pending), StoreStage.Judge(found.Pending, 2000, true, 0));
    }

    public static async Task RunBesideSnapshot(StoreStage stage, Table table, CancellationToken ct)
    {
        var found = await Saturate(stage, "snapshot", SnapshotAfter + SnapshotFor + TimeSpan.FromSeconds(10), snapshot: true, ct);
        var (from, seconds) = ((int)SnapshotAfter.TotalSeconds, (int)SnapshotFor.TotalSeconds);
        table.Section($"{Writers} writers, a snapshot open for {seconds} s", "", "goal")
            .Row("  before (tx/s)", Table.Number(found.Rates.Take(from).Average()))
            .Row("  the last 15 s beside it (tx/s)", Table.Number(found.Rates.Skip(from + seconds - 15).Take(15).Average()))
            .Row("  most events pending", Table.Number(found.Pending), StoreStage.Judge(found.Pending, 2000, true, 0));
    }

    private static async Task<(List<double> Rates, long Pending)> Saturate(StoreStage stage, string name, TimeSpan length, bool snapshot, CancellationToken ct)
    {
        var database = await stage.Database(name, ct);
        using var host = await StoreStage.Open(database, ct);
        var store = host.Services.GetRequiredService<EventStore>();
        var streams = new (Guid Id, long Version)[Writers];
        var done = 0L;
        async Task Act(int client)
        {
            // A stream's life: started, then loaded, decided and appended to until it has 10 events.
            var (id, version) = streams[client].Version is > 0 and < 10 ? streams[client] : (Guid.CreateVersion7(), 0);
            streams[client] = (id, (await store.Execute(StoreStage.Decider, id, 1, Metadata.System(), ct)).Version);
            Interlocked.Increment(ref done);
        }

        await StoreStage.Closed(Writers, TimeSpan.FromSeconds(5), Act, ct);
        await using var beside = new NpgsqlConnection(stage.Administrator(database));
        await beside.OpenAsync(ct);
        await using var looking = new NpgsqlConnection(stage.Administrator(database));
        await looking.OpenAsync(ct);
        List<double> rates = [];
        var most = 0L;
        var watch = Stopwatch.StartNew();
        var writing = StoreStage.Closed(Writers, length, Act, ct);
        var (before, last) = (Volatile.Read(ref done), watch.Elapsed);
        while (!writing.IsCompleted)
        {
            if (snapshot && rates.Count == (int)SnapshotAfter.TotalSeconds)
                await Do(beside, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM events.mt_streams");
            if (snapshot && rates.Count == (int)(SnapshotAfter + SnapshotFor).TotalSeconds)
                await Do(beside, "COMMIT");
            var due = TimeSpan.FromSeconds(rates.Count + 1) - watch.Elapsed;
            await Task.WhenAny(writing, Task.Delay(due > TimeSpan.Zero ? due : TimeSpan.Zero, ct));
            if (writing.IsCompleted)
                break;
            await using var pending = new NpgsqlCommand("SELECT count(*) FROM events.hl_pending", looking);
            most = Math.Max(most, (long)(await pending.ExecuteScalarAsync(ct))!);
            var (now, at) = (Volatile.Read(ref done), watch.Elapsed);
            rates.Add((now - before) / (at - last).TotalSeconds);
            (before, last) = (now, at);
        }

        await writing;
        await host.StopAsync(ct);
        return (rates, most);

        async Task Do(NpgsqlConnection connection, string sql)
        {
#pragma warning disable CA2100 // Constants of this file.
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(ct);
        }
    }
}
