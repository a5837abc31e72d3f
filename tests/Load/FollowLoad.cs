using System.Collections.Concurrent;
using System.Diagnostics;
using Hotline111.Platform.EventStore;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline111.Load;

/// <summary>From the commit until a subscriber in the same process has the event: at 1000 events a second, and with 16 writers as fast as they can.</summary>
internal static class FollowLoad
{
    private const int Rate = 1000;

    public static async Task Run(StoreStage stage, Table table, CancellationToken ct)
    {
        using var host = await StoreStage.Open(await stage.Database("follow", ct), ct);
        var store = host.Services.GetRequiredService<EventStore>();
        var length = TimeSpan.FromSeconds(Math.Max(10, stage.Length.TotalSeconds));
        await Steady(host, TimeSpan.FromSeconds(5), ct);
        var (steady, rate) = await Steady(host, length, ct);
        var (saturated, most) = await Watched(host, async (next, committed) =>
            await StoreStage.Closed(16, length, async _ => await Tell(store, next(), committed, ct), ct), ct);
        await host.StopAsync(ct);

        var ((_, p50, p99, _), (_, fastest, slowest, _)) = (steady.Summary(), saturated.Summary());
        table.Section("commit → seen by a subscriber in the same process", "events/s", "p50 ms", "p99 ms", "goal")
            .Row("  at a fixed rate", Table.Number(rate), Table.Number(p50, 1), Table.Number(p99, 1), $"p50 {StoreStage.Judge(p50, 2, true, 0)}, p99 {StoreStage.Judge(p99, 20, true, 0)}")
            .Row("  16 writers, saturated", Table.Number(most), Table.Number(fastest, 1), Table.Number(slowest, 1), $"p99 {StoreStage.Judge(slowest, 60, true, 0)}")
            .Row("  Marten: its daemon looks every 250 ms to 1 s");
    }

    /// <summary>Appends begin by a schedule, whether the store keeps up or not.</summary>
    private static Task<(Latencies, double)> Steady(Microsoft.Extensions.Hosting.IHost host, TimeSpan length, CancellationToken ct) =>
        Watched(host, async (next, committed) =>
        {
            var store = host.Services.GetRequiredService<EventStore>();
            var watch = Stopwatch.StartNew();
            List<Task> appends = [];
            // A thread that sleeps wakes to the millisecond; timers of tasks keep the kernel's coarse time and would bring four appends at once, every 4 ms.
            await Task.Factory.StartNew(
                () =>
                {
                    for (; watch.Elapsed < length; Thread.Sleep(1))
                    {
                        while (appends.Count < watch.Elapsed.TotalSeconds * Rate)
                            appends.Add(Task.Run(() => Tell(store, next(), committed, ct), ct));
                    }
                },
                ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await Task.WhenAll(appends);
        }, ct);

    private static async Task Tell(EventStore store, int number, ConcurrentDictionary<int, long> committed, CancellationToken ct)
    {
        await store.Append(StoreStage.Decider, Guid.CreateVersion7(), 0, [StoreStage.Sample with { Number = number }], Metadata.System(), ct);
        committed[number] = Stopwatch.GetTimestamp();
    }

    private static async Task<(Latencies Durations, double Rate)> Watched(
        Microsoft.Extensions.Hosting.IHost host, Func<Func<int>, ConcurrentDictionary<int, long>, Task> write, CancellationToken ct)
    {
        var store = host.Services.GetRequiredService<EventStore>();
        var signal = host.Services.GetRequiredService<LogSignal>();
        await StoreStage.Ordered(store, ct);
        var begin = await store.Head(ct);
        ConcurrentDictionary<int, long> committed = [];
        ConcurrentDictionary<int, long> seen = [];
        var (told, over) = (0, false);
        var following = Task.Run(async () =>
        {
            for (var position = begin; !Volatile.Read(ref over) || position - begin < Volatile.Read(ref told);)
            {
                var next = signal.NextOrdered;
                var page = await store.ReadLog(position, 200, ct);
                foreach (var stored in page)
                    seen[((LoadEvent.Told)store.Catalogue.Read(stored)).Number] = Stopwatch.GetTimestamp();
                if (page.Count == 0)
                    await LogSignal.Wait(next, TimeSpan.FromMilliseconds(250), ct);
                else
                    position = page[^1].Position;
            }
        }, ct);
        var watch = Stopwatch.StartNew();
        await write(() => Interlocked.Increment(ref told), committed);
        var rate = told / watch.Elapsed.TotalSeconds;
        Volatile.Write(ref over, true);
        await following;
        var durations = new Latencies();
        foreach (var (number, at) in seen)
            durations.Add(Stopwatch.GetElapsedTime(Math.Min(committed[number], at), at));
        return (durations, rate);
    }
}
