using System.Diagnostics;
using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline111.Load;

/// <summary>One service's database as it grows: what an event takes on disk, and what becomes of appending, ordering and reading with a hundred years of events before it.</summary>
internal static class GrowthLoad
{
    private const int Clients = 8;
    private const int OldStreams = 20_000;
    private const int LogRead = 100_000;
    private static readonly int[] Sizes = [300_000, 1_000_000, 3_000_000];

    public static async Task Run(StoreStage stage, Table table, CancellationToken ct)
    {
        var database = await stage.Database("growth", ct);
        using var host = await StoreStage.Open(database, ct);
        var store = host.Services.GetRequiredService<EventStore>();
        await using var beside = new NpgsqlConnection(stage.Administrator(database));
        await beside.OpenAsync(ct);
        List<Figures> found = [];
        var filled = 0;
        foreach (var size in Sizes)
        {
            Console.Error.WriteLine($"  {size} events");
            var (added, before) = (size - filled, await store.Head(ct));
            await stage.Fill(database, added, ct, from: filled);
            filled = size;
            // The sequencer has begun while the rows came in; what is left is a backlog.
            var (left, watch) = (added - (await store.Head(ct) - before), Stopwatch.StartNew());
            await StoreStage.Ordered(store, ct);
            var ordering = left / watch.Elapsed.TotalSeconds;
            await Analyse(beside, ct);
            var bytes = await Bytes(beside, ct) / (double)await store.Head(ct);
            found.Add(new(bytes, ordering, await Fresh(store, stage, ct), await Old(store, stage, beside, ct), await ReadLog(store, ct)));
        }

        await host.StopAsync(ct);
        string[] Cells(Func<Figures, double> figure) => [.. found.Select(each => Table.Number(figure(each)))];
        table.Section("one database as it grows, events of 600 bytes", [.. Sizes.Select(size => $"{size:N0} events")])
            .Row("  bytes on disk for each event, streams, order and indexes with it", Cells(each => each.Bytes))
            .Row("  ordering and chaining a backlog (events/s)", Cells(each => each.Ordering))
            .Row($"  append 1 with expected version, {Clients} clients (tx/s)", Cells(each => each.Append))
            .Row($"  load 10 events of any old stream, decide, append 1, {Clients} clients (tx/s)", Cells(each => each.Old))
            .Row("  read the log from its middle (events/s)", Cells(each => each.Log));
    }

    private static async Task<double> Fresh(EventStore store, StoreStage stage, CancellationToken ct)
    {
        var append = await AppendLoad.Append(store, Clients, ct);
        await append(TimeSpan.FromSeconds(3));
        return await append(stage.Length);
    }

    /// <summary>Each stream is used once, and they lie anywhere in the table: an id is a hash.</summary>
    private static async Task<double> Old(EventStore store, StoreStage stage, NpgsqlConnection beside, CancellationToken ct)
    {
        List<Guid> streams = [];
        await using (var command = new NpgsqlCommand("SELECT id FROM events.mt_streams WHERE version = 10 ORDER BY id LIMIT $1", beside))
        {
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = OldStreams });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                streams.Add(reader.GetGuid(0));
        }

        var turn = -1;
        return await AppendLoad.Measure(
            store, Clients, stage.Length, _ => store.Execute(StoreStage.Decider, streams[Interlocked.Increment(ref turn) % streams.Count], 1, Metadata.System(), ct), ct);
    }

    private static async Task<double> ReadLog(EventStore store, CancellationToken ct)
    {
        var from = (await store.Head(ct) - LogRead) / 2;
        var watch = Stopwatch.StartNew();
        for (var position = from; position < from + LogRead;)
            position = (await store.ReadLog(position, 1000, ct))[^1].Position;
        return LogRead / watch.Elapsed.TotalSeconds;
    }

    private static async Task Analyse(NpgsqlConnection beside, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("VACUUM ANALYZE", beside);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<long> Bytes(NpgsqlConnection beside, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'events' AND c.relkind = 'r'", beside);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private sealed record Figures(double Bytes, double Ordering, double Append, double Old, double Log);
}
