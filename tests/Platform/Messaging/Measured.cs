using System.Diagnostics;
using Hotline111.Local;
using Hotline111.Testing;

namespace Hotline111.Platform.Tests.Messaging;

/// <summary>Prints how fast it is, and asserts that everything arrives once and in order. The goals stand in tests/Load, beside the machine's own limits, but for the one of the faults.</summary>
[Trait("run", "campaign")]
public sealed class Measured
{
    /// <summary>For 10,000 events that a new broker does not have (row 12).</summary>
    private static readonly TimeSpan LongestRepair = TimeSpan.FromSeconds(120);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_commit_to_effect_at_a_hundred_a_second()
    {
        var (broker, towerBase, villageBase) = await Stage();
        await using var village = await Service.Start("village", villageBase, broker.For("village"), Roles.Village);
        await using var tower = await Service.Start("tower", towerBase, broker.For("tower"), Roles.Tower);
        for (var i = 0; i < 100; i++)
            await tower.Ring(Guid.CreateVersion7());
        await villageBase.Until("select count(*) from read.heard", 100);
        await villageBase.Do("delete from read.heard");

        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(10));
        List<Task> rings = [];
        for (var i = 0; i < 2000 && await timer.WaitForNextTickAsync(Ct); i++)
            rings.Add(tower.Ring(Guid.CreateVersion7()));
        await Task.WhenAll(rings);
        await villageBase.Until("select count(*) from read.heard", 2000);
        const string percentile = "select round(1000 * percentile_cont({0}) within group (order by extract(epoch from at - sent))::numeric, 1)::float8 from read.heard";
        var p50 = await villageBase.Ask<double>(string.Format(null, percentile, "0.5"));
        var p99 = await villageBase.Ask<double>(string.Format(null, percentile, "0.99"));
        TestContext.Current.TestOutputHelper?.WriteLine($"commit to effect in another service, 100/s: p50 {p50} ms, p99 {p99} ms");
    }

    [Fact]
    public async Task Relay_and_inbox_of_a_long_log()
    {
        const int bells = 1000;
        var (broker, towerBase, villageBase) = await Stage();
        await using (var writer = await Service.Start("tower", towerBase, "amqp://nobody:nothing@127.0.0.1:1/none", Roles.Tower))
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, bells), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, _) =>
            {
                var bell = Guid.CreateVersion7();
                for (var i = 0; i < 10; i++)
                    await writer.Ring(bell);
            });
            await towerBase.Until("select pos from events.hl_head", bells * 10);
        }

        await using (await Service.Start("village", villageBase, broker.For("village"), _ => { }))
            await Task.Delay(1000, Ct);
        await using (var hand = await Hand.Take(broker.Administrator))
        {
            await hand.Channel.ExchangeDeclareAsync("hotline111.tower.v1.bell-rung", "fanout", durable: true, autoDelete: false, cancellationToken: Ct);
            await hand.Channel.QueueBindAsync("hotline111.village", "hotline111.tower.v1.bell-rung", "", cancellationToken: Ct);
        }

        var clock = Stopwatch.StartNew();
        await using var tower = await Service.Start("tower", towerBase, broker.For("tower"), Roles.Tower);
        await towerBase.Until("select pos from events.hl_relay", bells * 10);
        TestContext.Current.TestOutputHelper?.WriteLine($"relay: {bells * 10 / clock.Elapsed.TotalSeconds:F0} messages a second, start included");
        clock.Restart();
        await using (await Service.Start("village", villageBase, broker.For("village"), Roles.Village))
            await villageBase.Until("select count(*) from read.heard", bells * 10);
        TestContext.Current.TestOutputHelper?.WriteLine($"inbox: {bells * 10 / clock.Elapsed.TotalSeconds:F0} effects a second, start included");
        (await villageBase.Ask<long>("select count(*) from events.hl_held")).ShouldBe(0);
        (await villageBase.Ask<long>(Disorder)).ShouldBe(0);

        // As if all that lay in its queue were lost.
        var emptied = await Database.Create("village", Roles.Heard);
        clock.Restart();
        await using (await Service.Start("village", emptied, broker.For("village"), Roles.Village, Service.From(() => tower)))
            await emptied.Until("select count(*) from read.heard", bells * 10);
        var repair = clock.Elapsed;
        TestContext.Current.TestOutputHelper?.WriteLine($"{bells * 10} events read from their source again: {repair.TotalSeconds:F1} s, start included");
        repair.ShouldBeLessThan(LongestRepair);
        // The same as came over the broker, each in its order.
        (await emptied.Ask<string>(Effects)).ShouldBe(await villageBase.Ask<string>(Effects));
        (await emptied.Ask<long>(Disorder)).ShouldBe(0);
        (await emptied.Ask<long>("select count(*) from events.hl_held")).ShouldBe(0);
        (await emptied.Ask<long>("select count(*) from events.hl_parked")).ShouldBe(0);
    }

    private const string Effects = "select md5(string_agg(message || ' ' || stream || ' ' || version || ' ' || times, ',' order by message)) from read.heard";
    private const string Disorder = "select count(*) from read.heard a join read.heard b on a.stream = b.stream and a.n < b.n and a.version >= b.version";

    private static async Task<(VirtualHost Broker, Database Tower, Database Village)> Stage() =>
        (await Servers.VirtualHost("tower", "village"), await Database.Create("tower"), await Database.Create("village", Roles.Heard));
}
