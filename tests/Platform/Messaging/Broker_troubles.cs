using System.Diagnostics;
using Hotline111.Local;
using Hotline111.Platform.Messaging;
using Hotline111.Testing;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Hotline111.Platform.Tests.Messaging;

/// <summary>What the broker does to us: it is away at the start, crashes, restarts in order, freezes. Nothing is lost, nothing doubled, and everybody comes back.</summary>
public sealed class Broker_troubles : IAsyncLifetime
{
    private PrivateServer<RabbitServer> rabbit = null!;
    private VirtualHost broker = null!;
    private Database towerBase = null!;
    private Database villageBase = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        rabbit = await Servers.PrivateRabbit();
        broker = await rabbit.Server.CreateVirtualHost("troubles", ["tower", "village"], Ct);
        towerBase = await Database.Create("tower");
        villageBase = await Database.Create("village", Roles.Heard);
    }

    public async ValueTask DisposeAsync()
    {
        await towerBase.DisposeAsync();
        await villageBase.DisposeAsync();
        await rabbit.DisposeAsync();
    }

    [Fact]
    public async Task Broker_down_at_start_crashed_and_restarted_in_order()
    {
        await rabbit.Server.Stop();
        // Services start without it, and accept.
        await using var village = await Village();
        await using var tower = await Tower();
        var bell = Guid.CreateVersion7();
        var rung = 0;
        await Ring(20);
        tower.Status.BrokerReachable.ShouldBeFalse();
        tower.Status.Degradations.ShouldContain("broker-away");
        await rabbit.Server.Start(Ct);
        await Heard();
        // Both consume: a broker that is killed in the moment in which it makes a queue may keep one that it never serves again (below).
        await Service.Until(() => tower.Status.Degradations.Count == 0 && village.Status.LastHeartbeat is not null && tower.Status.LastHeartbeat is not null);

        // SIGKILL under load.
        await Task.WhenAll(Ring(100), Task.Run(() => rabbit.Server.Kill(), Ct));
        await Ring(20);
        await rabbit.Server.Start(Ct);
        await Heard();

        // stop_app, start_app under load.
        await Task.WhenAll(Ring(100), rabbit.Server.StopApplication(Ct));
        await Ring(20);
        await rabbit.Server.StartApplication(Ct);
        await Heard();
        var since = DateTimeOffset.UtcNow;
        // Every endpoint really came back: each hears itself through its own queue.
        await Service.Until(() => tower.Status.LastHeartbeat > since && village.Status.LastHeartbeat > since);

        // Frozen: connections stay open, nothing is answered.
        await Ring(5);
        rabbit.Server.Freeze();
        await Ring(20);
        await Service.Until(() => !tower.Status.BrokerReachable);
        await Ring(5);
        rabbit.Server.Thaw();
        await Heard();
        await towerBase.Until("select pos from events.hl_relay", rung);
        (await villageBase.Ask<long>("select count(*) from events.hl_parked")).ShouldBe(0);

        async Task Ring(int times)
        {
            for (var i = 0; i < times; i++, rung++)
                await tower.Ring(bell);
        }

        async Task Heard()
        {
            await villageBase.Until("select count(*) from read.heard", rung);
            (await villageBase.Ask<long>("select count(*) from read.heard a join read.heard b on a.n < b.n and a.version >= b.version")).ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_broker_in_an_alarm_is_told_of_all_the_while_and_what_it_has_is_still_consumed()
    {
        await using var tower = await Service.Start(
            "tower", towerBase, broker.For("tower"), Roles.Tower, tune: options => options with { PublishTimeout = TimeSpan.FromSeconds(1) });
        await using (var before = await Village())
            await Service.Until(() => before.Status.LastHeartbeat is not null);
        var bell = Guid.CreateVersion7();
        for (var i = 0; i < 20; i++)
            await tower.Ring(bell);
        await towerBase.Until("select pos from events.hl_relay", 20);
        await rabbit.Server.Evaluate("vm_memory_monitor:set_vm_memory_high_watermark({absolute, 1000000}).", Ct);
        await using var village = await Village();
        await villageBase.Until("select count(*) from read.heard", 20);
        await Service.Until(() => tower.Status.BrokerBlocked && village.Status.BrokerBlocked);
        var connections = await Connections();
        connections.Length.ShouldBeGreaterThan(2, "each has several");
        await tower.Ring(bell);
        // Longer than anybody waits for a confirm.
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(7); await Task.Delay(50, Ct))
        {
            tower.Status.Degradations.ShouldContain("broker-blocked");
            village.Status.Degradations.ShouldBe(["broker-blocked"]);
            (await Connections()).Except(connections).ShouldBeEmpty("the relay waits, and does not make one bus after the other");
        }

        await rabbit.Server.Evaluate("vm_memory_monitor:set_vm_memory_high_watermark(0.4).", Ct);
        await villageBase.Until("select count(*) from read.heard", 21);
        await Service.Until(() => tower.Status.Degradations.Count == 0 && village.Status.Degradations.Count == 0);
    }

    // RabbitMQ 3.10, killed within a second of making a quorum queue, keeps it without a leader: declaring it works, consuming and publishing hang for ever.
    [Fact]
    public async Task A_queue_that_the_broker_does_not_serve_any_more_is_made_anew_and_filled_from_its_source()
    {
        await using var tower = await Tower();
        var bell = Guid.CreateVersion7();
        await using (await Village())
        {
            await tower.Ring(bell);
            await villageBase.Until("select count(*) from read.heard", 1);
        }

        var told = DateTimeOffset.UtcNow;
        (await rabbit.Server.Evaluate("sys:suspend(whereis('troubles_hotline111.village')).", Ct)).ShouldBe("ok");
        await tower.Ring(bell);
        await using var village = await Service.Start("village", villageBase, broker.For("village"), Roles.Village, Service.From(() => tower), options => options with
        {
            ReconcileEvery = TimeSpan.FromSeconds(2),
        });

        await villageBase.Until("select count(*) from read.heard", 2);
        await Service.Until(() => village.Status.LastHeartbeat > told);
        await tower.Ring(bell);
        await villageBase.Until("select count(*) from read.heard", 3);
        await towerBase.Until("select pos from events.hl_relay", 3);
        (await villageBase.Ask<long>("select count(*) from read.heard a join read.heard b on a.n < b.n and a.version >= b.version")).ShouldBe(0);
        (await villageBase.Ask<long>("select count(*) from events.hl_parked")).ShouldBe(0);
    }

    [Fact]
    public async Task A_process_that_is_stopped_while_it_starts_takes_nothing_afterwards()
    {
        await using var hand = await Hand.Take(broker.Administrator);
        for (var round = 0; round < 12; round++)
        {
            await using (await Village())
                await Task.Delay(50 * round, Ct);
            (await hand.Channel.QueueDeclareAsync("hotline111.village", durable: true, exclusive: false, autoDelete: false, Quorum, cancellationToken: Ct)).ConsumerCount.ShouldBe(0u, $"stopped after {50 * round} ms");
        }
    }

    [Fact]
    public async Task The_dead_letter_queue_that_was_deleted_is_made_again_and_takes_what_is_given_up()
    {
        await using (var hand = await Hand.Take(broker.Administrator))
            await hand.Channel.QueueDeleteAsync(BrokerLink.DeadLetter, cancellationToken: Ct);
        await using (await Village())
        {
            await Service.Until(async () =>
            {
                await using var hand = await Hand.Take(broker.Administrator);
                try
                {
                    return (await hand.Channel.QueueDeclarePassiveAsync(BrokerLink.DeadLetter, Ct)).QueueName == BrokerLink.DeadLetter;
                }
                catch (OperationInterruptedException)
                {
                    return false;
                }
            });
            // Declaring it is all that a service may do with it.
            await Between_two_services.Refused(broker.For("village"), channel => channel.BasicGetAsync(BrokerLink.DeadLetter, autoAck: true, Ct));
            await Between_two_services.Refused(broker.For("village"), channel => channel.BasicPublishAsync("", BrokerLink.DeadLetter, mandatory: true, new byte[1], Ct).AsTask());
        }

        await using var giver = await Hand.Take(broker.Administrator);
        // A heartbeat that nobody took any more would be given up first.
        await giver.Channel.QueuePurgeAsync("hotline111.village", Ct);
        await giver.Channel.BasicPublishAsync("", "hotline111.village", mandatory: true, new byte[] { 111 }, Ct);
        await Service.Until(async () =>
        {
            while (await giver.Channel.BasicGetAsync("hotline111.village", autoAck: false, Ct) is { } taken)
                await giver.Channel.BasicNackAsync(taken.DeliveryTag, multiple: false, requeue: true, Ct);
            return await giver.Channel.BasicGetAsync(BrokerLink.DeadLetter, autoAck: true, Ct) is { } given && given.Body.Span.SequenceEqual(new byte[] { 111 });
        });
    }

    private static Dictionary<string, object?> Quorum => new() { ["x-queue-type"] = "quorum" };

    /// <summary>The ports that everybody's connections to the broker come from: one that is made anew has another.</summary>
    private async Task<string[]> Connections() =>
        (await rabbit.Server.Evaluate("[P || [{peer_port, P}] <- rabbit_networking:connection_info_all([peer_port])].", Ct)).Trim('[', ']').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private Task<Service> Tower() => Service.Start("tower", towerBase, broker.For("tower"), Roles.Tower);

    private Task<Service> Village() => Service.Start("village", villageBase, broker.For("village"), Roles.Village);
}
