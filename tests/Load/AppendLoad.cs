using System.Diagnostics;
using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline111.Load;

/// <summary>Starting streams, appending, and deciding on what was loaded, by 1, 8 and 32 clients, each time with a fresh pool.</summary>
internal static class AppendLoad
{
    private static readonly int[] Writers = [1, 8, 32];
    private static readonly Folded<int> Nothing = new(StoreStage.Decider.Initial, 0);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    public static async Task Run(StoreStage stage, Table table, CancellationToken ct)
    {
        await using var limit = new PostgresLimit(stage.Server);
        var database = await stage.Database("appends", ct);
        Row[] rows =
        [
            new("start a stream with 3 events", limit.StartStreams, Start, [0.60, 0.50, 0.75], ["0.45", "0.48", "0.58"]),
            new("append 1 with expected version", limit.Append, Append, [0.60, 0.50, 0.80], ["0.13", "0.16", "0.25"]),
            // The limit of the row before: reading and deciding are extra.
            new("load 10 events, decide, append 1", null, Decide, [0.35, 0.45, 0.50], ["0.09", "0.13", "0.18"]),
        ];
        for (var round = 1; round <= stage.Options.Rounds; round++)
        {
            Console.Error.WriteLine($"  round {round} of {stage.Options.Rounds}");
            for (var i = 0; i < Writers.Length; i++)
            {
                var raw = 0.0;
                foreach (var row in rows)
                {
                    if (row.Limit is not null)
                        raw = await row.Limit(Writers[i], stage.Length, ct);
                    using var host = await StoreStage.Open(database, ct);
                    var store = host.Services.GetRequiredService<EventStore>();
                    await (await row.Ours(store, Writers[i], ct))(round == 1 ? WarmUp : TimeSpan.FromSeconds(1));
                    row.Rounds[i].Add((raw, await (await row.Ours(store, Writers[i], ct))(stage.Length)));
                    await host.StopAsync(ct);
                }
            }
        }

        table.Section($"event store, medians of {stage.Options.Rounds} rounds of {stage.Length.TotalSeconds:0.#} s", [.. Writers.Select(writers => $"{writers} clients")]);
        foreach (var row in rows)
        {
            var ratios = row.Rounds.Select(rounds => StoreStage.Median(rounds.Select(each => each.Ours / each.Limit))).ToArray();
            table.Row(row.Name)
                .Row("  limit: PostgreSQL alone, pipelined (tx/s)", [.. row.Rounds.Select(rounds => Table.Number(StoreStage.Median(rounds.Select(each => each.Limit))))])
                .Row("  the store, ordered and chained (tx/s)", [.. row.Rounds.Select(rounds => Table.Number(StoreStage.Median(rounds.Select(each => each.Ours))))])
                .Row("  ratio", [.. ratios.Select(ratio => Table.Number(ratio, 2))])
                .Row("  goal", [.. ratios.Select((ratio, i) => StoreStage.Judge(ratio, row.Goals[i]))])
                .Row("  Marten", [.. row.Marten]);
        }
    }

    // As every creation does whose id was made just now: there is nothing to read.
    private static Task<Func<TimeSpan, Task<double>>> Start(EventStore store, int clients, CancellationToken ct) =>
        Task.FromResult<Func<TimeSpan, Task<double>>>(length =>
            Measure(store, clients, length, _ => store.Execute(StoreStage.Decider, Guid.CreateVersion7(), 3, Metadata.System(), ct, known: Nothing), ct));

    /// <summary>Clients that append to streams of their own, which are made here.</summary>
    internal static async Task<Func<TimeSpan, Task<double>>> Append(EventStore store, int clients, CancellationToken ct)
    {
        var streams = await Streams(store, clients, 100, 1, ct);
        var turns = new int[clients];
        return length => Measure(store, clients, length, async client =>
        {
            var own = streams[client];
            var turn = turns[client]++ % own.Length;
            own[turn].Version = await store.Append(StoreStage.Decider, own[turn].Id, own[turn].Version, [StoreStage.Sample], Metadata.System(), ct);
        }, ct);
    }

    /// <summary>Streams that have 8 events to begin with and some 12 at the end: 10 are loaded.</summary>
    private static async Task<Func<TimeSpan, Task<double>>> Decide(EventStore store, int clients, CancellationToken ct)
    {
        var streams = await Streams(store, clients, 2000 / clients, 8, ct);
        var turns = new int[clients];
        return length => Measure(store, clients, length, client =>
            store.Execute(StoreStage.Decider, streams[client][turns[client]++ % streams[client].Length].Id, 1, Metadata.System(), ct), ct);
    }

    private static async Task<(Guid Id, long Version)[][]> Streams(EventStore store, int clients, int each, int events, CancellationToken ct)
    {
        var streams = Enumerable.Range(0, clients).Select(_ => new (Guid Id, long Version)[each]).ToArray();
        await Parallel.ForEachAsync(
            streams.SelectMany(own => Enumerable.Range(0, each).Select(i => (own, i))),
            new ParallelOptions { MaxDegreeOfParallelism = clients, CancellationToken = ct },
            async (place, token) =>
            {
                var id = Guid.CreateVersion7();
                place.own[place.i] = (id, await store.Append(StoreStage.Decider, id, 0, [.. Enumerable.Repeat(StoreStage.Sample, events)], Metadata.System(), token));
            });
        await StoreStage.Ordered(store, ct);
        return streams;
    }

    /// <summary>Transactions a second, until the last of them has its place in the order.</summary>
    internal static async Task<double> Measure(EventStore store, int clients, TimeSpan length, Func<int, Task> act, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var done = await StoreStage.Closed(clients, length, act, ct);
        await StoreStage.Ordered(store, ct);
        return done / watch.Elapsed.TotalSeconds;
    }

    private sealed record Row(
        string Name,
        Func<int, TimeSpan, CancellationToken, Task<double>>? Limit,
        Func<EventStore, int, CancellationToken, Task<Func<TimeSpan, Task<double>>>> Ours,
        double[] Goals,
        string[] Marten)
    {
        public List<(double Limit, double Ours)>[] Rounds { get; } = [[], [], []];
    }
}
