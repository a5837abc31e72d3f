using System.Diagnostics;
using Hotline111.Platform.EventStore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline111.Load;

/// <summary>Streams of 1000 events, loaded and folded by 8 readers, beside a read of the same rows that parses nothing.</summary>
internal static class FoldLoad
{
    private const int Readers = 8;
    private const int Events = 1000;

    public static async Task Run(StoreStage stage, Table table, CancellationToken ct)
    {
        using var host = await StoreStage.Open(await stage.Database("fold", ct), ct);
        var store = host.Services.GetRequiredService<EventStore>();
        var streams = new Guid[Readers];
        for (var i = 0; i < Readers; i++)
        {
            streams[i] = Guid.CreateVersion7();
            await store.Append(StoreStage.Decider, streams[i], 0, [.. Enumerable.Range(1, Events).Select(number => StoreStage.Sample with { Number = number })], Metadata.System(), ct);
        }

        await StoreStage.Ordered(store, ct);
        Task Fold(int reader) => store.Load(StoreStage.Decider, streams[reader], ct);
        Task Raw(int reader) => Read(store, streams[reader], ct);
        foreach (var act in new[] { Fold, Raw })
            await StoreStage.Closed(Readers, TimeSpan.FromSeconds(5), act, ct);
        List<(double Raw, double Fold)> rounds = [];
        for (var round = 0; round < stage.Options.Rounds; round++)
            rounds.Add((await Rate(Raw), await Rate(Fold)));
        await host.StopAsync(ct);

        var (raw, folded) = (StoreStage.Median(rounds.Select(each => each.Raw)), StoreStage.Median(rounds.Select(each => each.Fold)));
        table.Section($"fold a stream of {Events} events, {Readers} readers", "events/s", "goal", "Marten")
            .Row("  limit: a read without parsing", Table.Number(raw))
            .Row("  the store", Table.Number(folded), StoreStage.Judge(folded, 190_000, decimals: 0), "127,000")
            .Row("  share of the limit", Table.Number(StoreStage.Median(rounds.Select(each => each.Fold / each.Raw)), 2));

        async Task<double> Rate(Func<int, Task> act)
        {
            var watch = Stopwatch.StartNew();
            return Events * await StoreStage.Closed(Readers, stage.Length, act, ct) / watch.Elapsed.TotalSeconds;
        }
    }

    private static async Task Read(EventStore store, Guid stream, CancellationToken ct)
    {
        await using var command = store.Source.CreateCommand("SELECT id, version, type, data::text FROM events.mt_events WHERE stream_id = $1 ORDER BY version");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            _ = (reader.GetGuid(0), reader.GetInt64(1), reader.GetString(2), reader.GetString(3));
        }
    }
}
