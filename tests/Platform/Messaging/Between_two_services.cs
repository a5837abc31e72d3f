using System.Diagnostics;
using System.Text;
using Hotline111.Local;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Messaging;
using Hotline111.Platform.Tests.Messaging.Contracts;
using Hotline111.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Hotline111.Platform.Tests.Messaging;

/// <summary>Relay and inbox over a real broker, with the rights that the services have there.</summary>
public sealed class Between_two_services : IAsyncLifetime
{
    private const string Rung = "hotline111.tower.v1.bell-rung";
    private const string Engraved = "hotline111.tower.v1.bell-engraved";

    private Database towerBase = null!;
    private Database villageBase = null!;
    private VirtualHost broker = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        broker = await Servers.VirtualHost("tower", "village");
        towerBase = await Database.Create("tower");
        villageBase = await Database.Create("village", Roles.Heard);
    }

    public async ValueTask DisposeAsync()
    {
        await towerBase.DisposeAsync();
        await villageBase.DisposeAsync();
    }

    [Fact]
    public async Task What_is_published_is_plain_json_with_cloud_events_headers()
    {
        await using var tower = await Tower();
        var bell = Guid.CreateVersion7();
        await using var listener = await Listener.Bind(broker.Administrator, Rung);
        await tower.Ring(bell, 2);
        await tower.Polish(bell);
        await tower.Ring(bell, 3);
        await listener.Next();
        var second = await listener.Next();

        Encoding.UTF8.GetString(second.Body).ShouldBe($$"""{"bellId":"{{bell}}","times":3,"total":5}""");
        var row = $"from events.mt_events where stream_id = '{bell}' and version = 3";
        var id = (await towerBase.Ask<Guid>($"select id {row}")).ToString();
        second.Properties.MessageId.ShouldBe(id);
        second.Properties.ContentType.ShouldBe("application/json");
        second.Properties.Persistent.ShouldBeTrue();
        (second.Properties.CorrelationId ?? second.Properties.ReplyTo ?? second.Properties.Type ?? second.Properties.AppId ?? second.Properties.UserId
            ?? second.Properties.Expiration ?? second.Properties.ContentEncoding).ShouldBeNull();
        // The last is the broker's, from a queue that counts deliveries.
        second.Properties.Headers!.ToDictionary(h => h.Key, h => h.Value is byte[] text ? Encoding.UTF8.GetString(text) : h.Value).ShouldBe(
            new Dictionary<string, object?>
            {
                ["cloudEvents_specversion"] = "1.0",
                ["cloudEvents_id"] = id,
                ["cloudEvents_source"] = "/hotline111/tower",
                ["cloudEvents_type"] = Rung,
                ["cloudEvents_subject"] = bell.ToString(),
                ["cloudEvents_time"] = await towerBase.Ask<string>($"""select to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') {row}"""),
                ["cloudEvents_streamversion"] = 3L,
                ["cloudEvents_previousversion"] = 1L,
                ["cloudEvents_position"] = 3L,
                ["cloudEvents_correlationid"] = "a correlation",
                ["cloudEvents_causationid"] = "a cause",
                ["x-delivery-count"] = 0L,
            },
            ignoreOrder: true);
    }

    [Fact]
    public async Task Every_ring_is_heard_once_and_in_order()
    {
        await using var village = await Village();
        await using var tower = await Tower();
        var bells = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToList();
        await Parallel.ForEachAsync(bells, Ct, async (bell, _) =>
        {
            for (var i = 0; i < 10; i++)
            {
                await tower.Ring(bell);
                if (i % 3 == 0)
                    await tower.Polish(bell);
            }
        });

        await villageBase.Until("select count(*) from read.heard", 200);
        await InOrder();
        await towerBase.Until("select pos from events.hl_relay", await towerBase.Ask<long>("select pos from events.hl_head"));
        (await towerBase.Ask<long>("select count(*) from events.hl_unrouted")).ShouldBe(0);
        (await villageBase.Ask<long>("select count(*) from events.hl_held")).ShouldBe(0);
        tower.Status.Degradations.ShouldBeEmpty();
        village.Status.Degradations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_type_that_nobody_is_expected_to_listen_to_is_not_sent()
    {
        await using var tower = await Tower();
        await using var listener = await Listener.Bind(broker.Administrator, "hotline111.tower.v1.bell-cracked");
        await tower.Store.Execute(BellDecider.Instance, Guid.CreateVersion7(), new BellCommand.Crack(), Platform.EventStore.Metadata.System(), Ct);
        await towerBase.Until("select pos from events.hl_relay", 1);
        (await listener.Count()).ShouldBe(0u);
    }

    [Fact]
    public async Task Messages_three_times_and_up_to_fifty_places_away_have_one_effect_each_in_order()
    {
        await using var village = await Village();
        var random = new Random(23);
        var bells = Enumerable.Range(0, 10).Select(_ => Guid.CreateVersion7()).ToList();
        var messages = Enumerable.Range(1, 40).SelectMany(version => bells.Select(bell => Message(bell, version, version - 1)))
            .SelectMany(message => Enumerable.Repeat(message, 3)).Select((message, place) => (message, place: place + random.Next(50)))
            .OrderBy(x => x.place).Select(x => x.message);
        await using var hand = await Hand.Take(broker.For("tower"));
        foreach (var message in messages)
            await hand.Publish(Rung, message);

        await villageBase.Until("select count(*) from read.heard", 400);
        await InOrder();
        await villageBase.Until("select count(*) from events.hl_held", 0);
    }

    [Fact]
    public async Task Eight_effects_are_under_way_at_once_and_what_else_has_come_waits_and_is_not_lost()
    {
        var (under, most) = (0, 0);
        var counting = new Lock();
        TaskCompletionSource eight = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var village = await Service.Start(
            "village",
            villageBase,
            broker.For("village"),
            messaging => messaging.Listen("tower").On<BellRung>(async (received, transaction, services, ct) =>
            {
                lock (counting)
                {
                    most = Math.Max(most, ++under);
                    if (under == 8)
                        eight.TrySetResult();
                }

                try
                {
                    await eight.Task.WaitAsync(ct);
                    // Twice as many have been delivered: whoever may begin does so now.
                    await Task.Delay(200, ct);
                    await Roles.Hear(received, transaction, services, ct);
                }
                finally
                {
                    lock (counting)
                        under--;
                }
            }));
        await using var hand = await Hand.Take(broker.For("tower"));
        for (var i = 0; i < 40; i++)
            await hand.Publish(Rung, Message(Guid.CreateVersion7(), 1, 0));
        await villageBase.Until("select count(*) from read.heard", 40);
        lock (counting)
            most.ShouldBe(8);
        (await villageBase.Ask<long>("select count(*) from events.hl_parked")).ShouldBe(0);
    }

    [Fact]
    public async Task Poison_is_parked_and_the_queue_flows_on()
    {
        List<long> tries = [];
        await using var village = await Service.Start(
            "village",
            villageBase,
            broker.For("village"),
            messaging => messaging.Listen("tower").On<BellRung>((received, transaction, services, ct) =>
            {
                if (received.Message.Times != 13)
                    return Roles.Hear(received, transaction, services, ct);
                lock (tries)
                    tries.Add(Stopwatch.GetTimestamp());
                throw new InvalidOperationException("nobody counts to thirteen");
            }));
        await using var hand = await Hand.Take(broker.For("tower"));
        var (good, cursed) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        // The second one, which also names a correlation that no database keeps, is held first, then parked, and no longer held.
        await hand.Publish(Rung, Message(cursed, 2, 1, times: 13) with { CorrelationId = "a\0b" });
        await villageBase.Until("select count(*) from events.hl_held", 1);
        await hand.Publish(Rung, Message(cursed, 1, 0));
        await hand.Publish(Rung, Message(cursed, 3, 2));
        (Envelope Message, string? LeftOut)[] poison =
        [
            (Message(good, 1, 0) with { Body = "{ not json" }, null),
            (Message(good, 1, 0) with { Body = "[]" }, null),
            (Message(good, 1, 0) with { Body = "" }, null),
            (Message(good, 1, 0) with { Type = "hotline111.tower.v1.never-heard-of" }, null),
            (Message(good, 1, 0) with { Source = "village" }, null),
            (Message(good, 1, 0) with { Body = $$"""{"bellId":"{{good}}","times":"a word"}""" }, null),
            (Message(good, 1, 0) with { Body = $$"""{"padding":"{{new string('x', 300_000)}}"}""" }, null),
            (Message(good, 1, 0), "cloudEvents_streamversion"),
            (Message(good, 1, 0), "cloudEvents_id"),
        ];
        // One in a hundred.
        var others = Enumerable.Range(0, 10).Select(_ => Guid.CreateVersion7()).ToList();
        for (var version = 1; version <= 10 * poison.Length; version++)
        {
            foreach (var other in others)
                await hand.Publish(Rung, Message(other, version, version - 1));
            if (version % 10 == 0)
                await hand.Publish(Rung, poison[(version / 10) - 1].Message, poison[(version / 10) - 1].LeftOut);
        }

        await villageBase.Until("select count(*) from read.heard", 901);
        await villageBase.Until("select count(*) from events.hl_parked", 10);
        (await villageBase.Ask<long>($"select count(*) from read.heard where stream <> '{cursed}'")).ShouldBe(900);
        await InOrder();
        await villageBase.Until("select count(*) from events.hl_held", 1);
        // Before it was parked; from there it is tried again after ten seconds at the earliest.
        lock (tries)
            tries.Count(at => Stopwatch.GetElapsedTime(tries[0], at) < TimeSpan.FromSeconds(8)).ShouldBeInRange(1, 5);
        var parked = await village.Get<Parking>().List(Ct);
        parked.Where(p => p.Waits).Select(p => p.ErrorCode).Order().ShouldBe(["body-unreadable", "effect:InvalidOperationException"]);
        parked.Where(p => !p.Waits).Select(p => p.ErrorCode).Order().ShouldBe(
            ["body-malformed", "body-malformed", "body-malformed", "body-too-large", "header:id", "header:streamversion", "unknown-type", "wrong-source"]);
        // Evidence keeps nothing of a body that may hold anything.
        (await villageBase.Ask<long>("select count(*) from events.hl_parked where not waits and (body is not null or stream is not null)")).ShouldBe(0);
        await Service.Until(() => village.Status.Degradations.Contains("parked"));

        // An operator removes evidence, and cannot remove what a stream waits for.
        (await village.Get<Parking>().Discard(parked.First(p => !p.Waits).Id, Ct)).ShouldBeTrue();
        (await village.Get<Parking>().Discard(parked.First(p => p.Waits).Id, Ct)).ShouldBeFalse();
        // No error queue, no skipped queue.
        (await Exists("hotline111.village_error")).ShouldBeFalse();
        (await Exists("hotline111.village_skipped")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_monster_that_the_broker_lets_through_is_parked_over_the_same_connection_and_a_larger_one_never_gets_in()
    {
        await using var village = await Service.Start("village", villageBase, broker.For("village"), Roles.Village, tune: Patient);
        await using var hand = await Hand.Take(broker.For("tower"));
        var bell = Guid.CreateVersion7();
        await hand.Publish(Rung, Message(bell, 1, 0));
        await villageBase.Until("select count(*) from read.heard", 1);
        var connections = await Connections("village");
        // The last is as much as the broker takes.
        foreach (var (size, place) in new[] { 1_000_000, 20_000_000, 128 * 1024 * 1024 }.Select((size, place) => (size, place)))
        {
            await hand.Publish(Rung, Monster(size));
            await hand.Publish(Rung, Message(bell, place + 2, place + 1));
            await villageBase.Until("select count(*) from read.heard", place + 2);
        }

        await using (var other = await Hand.Take(broker.For("tower")))
        {
            await Should.ThrowAsync<OperationInterruptedException>(() => other.Publish(Rung, Monster(140_000_000)));
            other.Channel.CloseReason!.ReplyCode.ShouldBe((ushort)Constants.PreconditionFailed);
        }

        await hand.Publish(Rung, Message(bell, 5, 4));
        await villageBase.Until("select count(*) from read.heard", 5);
        (await villageBase.Ask<string>("select string_agg(error_code || ' ' || body_length, ', ' order by body_length) from events.hl_parked"))
            .ShouldBe("body-too-large 1000000, body-too-large 20000000, body-too-large 134217728");
        (await Connections("village")).ShouldBe(connections, "none was broken");

        Envelope Monster(int size) => Message(Guid.CreateVersion7(), 1, 0) with { Body = $$"""{"padding":"{{new string('x', size - 14)}}"}""" };

    }

    [Fact]
    public async Task A_message_of_more_than_256_kilobytes_never_leaves_its_service_and_stops_its_own_stream_only()
    {
        await using var listener = await Listener.Bind(broker.Administrator, "hotline111.tower.v1.bell-engraved");
        await using var tower = await Tower();
        var (bell, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var most = (256 * 1024) - Encoding.UTF8.GetByteCount($$"""{"bellId":"{{bell}}","text":""}""");
        await Engrave(bell, most);
        await Engrave(bell, most + 1);
        await Engrave(bell, 1);
        await Engrave(other, 1);
        await towerBase.Until("select pos from events.hl_relay", 4);

        // Two streams are published side by side: either may come first.
        var bodies = new[] { await listener.Next(), await listener.Next() }.Select(message => message.Body).OrderBy(body => body.Length).ToList();
        Encoding.UTF8.GetString(bodies[0]).ShouldBe($$"""{"bellId":"{{other}}","text":"x"}""");
        bodies[1].Length.ShouldBe(256 * 1024);
        (await listener.Count()).ShouldBe(0u);
        (await towerBase.Ask<string>("select string_agg(pos || ' ' || reason, ', ' order by pos) from events.hl_unrouted")).ShouldBe("2 untranslatable, 3 untranslatable");

        Task Engrave(Guid stream, int length) =>
            tower.Store.Execute(BellDecider.Instance, stream, new BellCommand.Engrave(length), Platform.EventStore.Metadata.System(), Ct);
    }

    [Fact]
    public async Task A_message_that_the_database_refuses_to_keep_is_parked_and_stops_its_own_stream_only()
    {
        await using var village = await Service.Start("village", villageBase, broker.For("village"), messaging => Roles.Village(messaging.KeepReceived()));
        await using var hand = await Hand.Take(broker.For("tower"));
        var (first, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var message = Message(first, 1, 0);
        await hand.Publish(Rung, message);
        await villageBase.Until("select count(*) from read.heard", 1);
        // Another bell's, under the id of the one before: an id is kept once.
        await hand.Publish(Rung, Message(Guid.CreateVersion7(), 1, 0) with { Id = message.Id });
        for (var version = 1; version <= 20; version++)
            await hand.Publish(Rung, Message(other, version, version - 1));
        await villageBase.Until("select count(*) from read.heard", 21);
        await villageBase.Until("select count(*) from events.hl_parked", 1);
        (await village.Get<Parking>().List(Ct)).Single().ShouldSatisfyAllConditions(parked => parked.ErrorCode.ShouldBe("sql:23505"), parked => parked.Waits.ShouldBeTrue());
        village.Status.ConsumptionPaused.ShouldBeFalse();
        (await villageBase.Ask<long>("select count(*) from events.hl_received")).ShouldBe(21);
    }

    [Fact]
    public async Task An_effect_that_failed_when_its_time_was_over_has_not_had_its_tries_and_is_not_parked()
    {
        var (times, parked) = (0, -1L);
        await using var village = await Service.Start(
            "village",
            villageBase,
            broker.For("village"),
            messaging => messaging.Listen("tower").On<BellRung>(async (received, transaction, services, ct) =>
            {
                if (Interlocked.Increment(ref times) == 1)
                {
                    // As on a machine that stands still until the time is over.
                    await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    throw new InvalidOperationException("not yet");
                }

                parked = await villageBase.Ask<long>("select count(*) from events.hl_parked");
                await Roles.Hear(received, transaction, services, ct);
            }));
        await using var hand = await Hand.Take(broker.For("tower"));
        await hand.Publish(Rung, Message(Guid.CreateVersion7(), 1, 0));
        await villageBase.Until("select count(*) from read.heard", 1);
        (times, parked).ShouldBe((2, 0));
    }

    [Fact]
    public async Task A_parked_message_has_its_effect_after_a_retry_and_what_waited_behind_it_follows()
    {
        var broken = true;
        await using var village = await Service.Start(
            "village",
            villageBase,
            broker.For("village"),
            messaging => messaging.Listen("tower").On<BellRung>((received, transaction, services, ct) =>
                received.StreamVersion == 2 && Volatile.Read(ref broken) ? throw new InvalidOperationException("not yet") : Roles.Hear(received, transaction, services, ct)));
        await using var hand = await Hand.Take(broker.For("tower"));
        var bell = Guid.CreateVersion7();
        for (var version = 1; version <= 5; version++)
            await hand.Publish(Rung, Message(bell, version, version - 1));
        await villageBase.Until("select count(*) from events.hl_held", 3);
        var parked = (await village.Get<Parking>().List(Ct)).Single();
        parked.Version.ShouldBe(2);

        // Still broken: it is counted, and stays.
        (await village.Get<Parking>().Retry(parked.Id, Ct)).ShouldBeTrue();
        await villageBase.Until($"select (max(attempts) > {parked.Attempts})::int::bigint from events.hl_parked", 1);
        Volatile.Write(ref broken, false);
        (await village.Get<Parking>().Retry(parked.Id, Ct)).ShouldBeTrue();
        await villageBase.Until("select count(*) from read.heard", 5);
        await InOrder();
        await villageBase.Until("select count(*) from events.hl_parked", 0);
        await villageBase.Until("select count(*) from events.hl_held", 0);
    }

    [Fact]
    public async Task Without_a_binding_nothing_is_lost_and_nothing_behind_it_stops()
    {
        await using var tower = await Tower();
        var bell = Guid.CreateVersion7();
        await tower.Ring(bell, 1);
        await tower.Ring(bell, 2);
        await towerBase.Until("select count(*) from events.hl_unrouted", 2);
        await towerBase.Until("select pos from events.hl_relay", 2);
        await Service.Until(() => tower.Status.Degradations.Contains("unrouted"));

        await using var village = await Village();
        await villageBase.Until("select count(*) from read.heard", 2);
        await towerBase.Until("select count(*) from events.hl_unrouted", 0);
        await tower.Ring(bell, 3);
        await villageBase.Until("select count(*) from read.heard", 3);
        await InOrder();
    }

    [Fact]
    public async Task Of_many_messages_under_way_each_has_its_own_answer_and_those_in_the_queue_are_in_their_order()
    {
        await using var tower = await Tower();
        await using var listener = await Listener.Bind(broker.Administrator, Rung);
        await Service.Until(() => tower.Status.RelayLeads);
        var publisher = tower.Get<Publisher>();
        await publisher.Start();
        var messages = Enumerable.Range(1, 400).Select(n => Message(Guid.CreateVersion7(), n, n - 1) with { Type = n % 4 == 0 ? Engraved : Rung }).ToList();
        // A third of them by somebody else at the same time.
        var others = Task.Run(() => Task.WhenAll(Enumerable.Range(1, 200).Select(_ => publisher.Publish(Message(Guid.CreateVersion7(), 1, 0) with { Type = Engraved }))), Ct);
        var outcomes = await Task.WhenAll(messages.Select(publisher.Publish)).WaitAsync(TimeSpan.FromMinutes(1), Ct);

        outcomes.ShouldBe(messages.Select(message => message.Type == Rung ? PublishOutcome.Confirmed : PublishOutcome.Returned));
        (await others.WaitAsync(TimeSpan.FromMinutes(1), Ct)).ShouldAllBe(outcome => outcome == PublishOutcome.Returned);
        foreach (var message in messages.Where(message => message.Type == Rung))
            (await listener.Next()).Properties.MessageId.ShouldBe(message.Id.ToString());
        (await listener.Count()).ShouldBe(0u);
    }

    [Fact]
    public async Task A_publish_that_the_broker_closes_the_channel_over_fails_with_all_behind_it_and_the_next_start_publishes_again()
    {
        await using var tower = await Tower();
        await Service.Until(() => tower.Status.RelayLeads);
        var publisher = tower.Get<Publisher>();
        await publisher.Start();
        var message = Message(Guid.CreateVersion7(), 1, 0);
        var lost = publisher.Publish(message with { Type = "hotline111.tower.v1.nothing" });
        var behind = publisher.Publish(message);
        (await Should.ThrowAsync<PublishFailedException>(() => lost.WaitAsync(TimeSpan.FromMinutes(1), Ct))).Missing.ShouldBeTrue();
        await Should.ThrowAsync<PublishFailedException>(() => behind.WaitAsync(TimeSpan.FromMinutes(1), Ct));
        await Should.ThrowAsync<PublishFailedException>(() => publisher.Publish(message).WaitAsync(TimeSpan.FromMinutes(1), Ct));
        await publisher.Start();
        (await publisher.Publish(message)).ShouldBe(PublishOutcome.Returned);
    }

    [Fact]
    public async Task An_exchange_that_was_deleted_is_made_again_and_what_was_told_meanwhile_arrives()
    {
        await using var village = await Village();
        await using var tower = await Tower();
        var bell = Guid.CreateVersion7();
        await tower.Ring(bell, 1);
        await villageBase.Until("select count(*) from read.heard", 1);
        await using (var hand = await Hand.Take(broker.Administrator))
            await hand.Channel.ExchangeDeleteAsync(Rung, cancellationToken: Ct);
        await tower.Ring(bell, 2);
        await towerBase.Until("select pos from events.hl_relay", 2);
        await villageBase.Until("select count(*) from read.heard", 2);
        await InOrder();
    }

    [Fact]
    public async Task What_the_broker_took_before_it_refused_is_written_down_and_the_rest_follows_when_there_is_room()
    {
        await using var full = await Hand.Take(broker.Administrator);
        await full.Channel.ExchangeDeclareAsync(Rung, ExchangeType.Fanout, durable: true, cancellationToken: Ct);
        await full.Channel.QueueDeclareAsync(
            "room-for-five", durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?> { ["x-max-length"] = 5, ["x-overflow"] = "reject-publish" }, cancellationToken: Ct);
        await full.Channel.QueueBindAsync("room-for-five", Rung, "", cancellationToken: Ct);
        // What is confirmed late is sent twice, and takes a place twice.
        await using var tower = await Service.Start("tower", towerBase, broker.For("tower"), Roles.Tower, tune: Patient);
        var bell = Guid.CreateVersion7();
        for (var i = 1; i <= 10; i++)
            await tower.Ring(bell, i);

        // The broker counts its limit loosely: it may take one more.
        await towerBase.Until("select least(pos, 5) from events.hl_relay", 5);
        var taken = (await full.Channel.QueueDeclarePassiveAsync("room-for-five", Ct)).MessageCount;
        taken.ShouldBeInRange(5u, 6u);
        await towerBase.Until("select pos from events.hl_relay", taken);
        await full.Channel.QueuePurgeAsync("room-for-five", Ct);
        await towerBase.Until("select pos from events.hl_relay", 10);
        (await full.Channel.QueueDeclarePassiveAsync("room-for-five", Ct)).MessageCount.ShouldBe(10 - taken);
    }

    [Fact]
    public async Task An_event_that_cannot_be_translated_stops_its_own_stream_only()
    {
        await using var village = await Village();
        await using var tower = await Tower();
        var (bell, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await tower.Ring(bell, 1);
        await tower.Ring(bell, BellDecider.Untranslatable);
        await tower.Ring(bell, 2);
        await tower.Ring(other, 1);
        await villageBase.Until($"select count(*) from read.heard where stream = '{other}'", 1);
        await towerBase.Until("select pos from events.hl_relay", 4);
        (await towerBase.Ask<long>("select count(*) from events.hl_unrouted where reason = 'untranslatable'")).ShouldBe(2);
        await villageBase.Until($"select count(*) from read.heard where stream = '{bell}'", 1);
    }

    [Fact]
    public async Task A_new_service_fills_itself_and_a_wiped_broker_is_made_good_by_pulling()
    {
        Service? tower = null;
        tower = await Tower();
        var bells = Enumerable.Range(0, 30).Select(_ => Guid.CreateVersion7()).ToList();
        foreach (var bell in bells)
        {
            await tower.Ring(bell, 1);
            await tower.Polish(bell);
            await tower.Ring(bell, 2);
        }

        await using (await Village(Service.From(() => tower)))
            await villageBase.Until("select count(*) from read.heard", 60);

        // While the village is away its queue is thrown away, with all that comes in meanwhile.
        await using (var hand = await Hand.Take(broker.Administrator))
            await hand.Channel.QueueDeleteAsync("hotline111.village", cancellationToken: Ct);
        foreach (var bell in bells)
            await tower.Ring(bell, 3);
        await towerBase.Until("select pos from events.hl_relay", 120);
        await towerBase.Do("delete from events.hl_unrouted");
        await using (await Village(Service.From(() => tower)))
        {
            await villageBase.Until("select count(*) from read.heard", 90);
            await InOrder();
            await villageBase.Until("select count(*) from events.hl_held", 0);
        }

        await tower.DisposeAsync();
    }

    [Fact]
    public async Task A_source_restored_from_a_dump_on_a_new_server_takes_back_who_had_read_further_and_every_event_has_its_effect_once()
    {
        var (bell, untouched, lost) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        Service? tower = null;
        await using var server = await Servers.PrivatePostgres();
        await using var village = await Service.Start(
            "village", villageBase, broker.For("village"), Roles.Village, Service.From(() => tower ?? throw new HttpRequestException("away")),
            options => options with { HoleAfter = TimeSpan.FromMilliseconds(200), ReconcileEvery = TimeSpan.FromMilliseconds(500) });
        tower = await Tower();
        await tower.Ring(bell, 1);
        await tower.Polish(bell);
        await tower.Ring(untouched, 1);
        await tower.Ring(untouched, 2);
        await villageBase.Until("select count(*) from read.heard", 3);
        await villageBase.Until("select coalesce(max(pos), 0) from events.hl_pulled", 4);
        var shared = await Heard();
        await using var restored = await DumpAndRestore(server.Server);

        // What the dump does not have: heard, and lost.
        await tower.Ring(bell, 3);
        await tower.Ring(bell, 4);
        await tower.Ring(lost, 1);
        await villageBase.Until("select count(*) from read.heard", 6);
        await villageBase.Until("select coalesce(max(pos), 0) from events.hl_pulled", 7);
        await tower.DisposeAsync();
        tower = null;

        var verbs = Service.Builder("tower", restored);
        verbs.Configuration["ConnectionStrings:Owner"] = restored.Names.Owner;
        using (var operating = verbs.Build())
            (await operating.Services.GetServices<Verb>().Single(verb => verb.Name == "restored").Run(operating.Services, [], Ct)).ShouldBe(0);
        await using var anew = await Service.Start("tower", restored, broker.For("tower"), Roles.Tower);
        // Other events under the versions of those that were lost, and one beyond: it must not pass for the next of what was heard.
        foreach (var times in (int[])[30, 40, 50])
            await anew.Ring(bell, times);
        await anew.Ring(lost, 10);
        await anew.Ring(untouched, 60);
        await restored.Until("select pos from events.hl_relay", 9);
        tower = anew;
        await villageBase.Until("select count(*) from read.heard", 11);
        await villageBase.Until("select coalesce(max(pos), 0) from events.hl_pulled", 9);

        var heard = await Heard();
        heard.Take(3).ShouldBe(shared);
        heard.Skip(6).Where(ring => ring.Stream == bell).Select(ring => (ring.Version, ring.Times)).ShouldBe([(3, 30), (4, 40), (5, 50)]);
        heard.Skip(6).Where(ring => ring.Stream != bell).Select(ring => (ring.Stream, ring.Version, ring.Times)).ShouldBe([(lost, 1, 10), (untouched, 3, 60)], ignoreOrder: true);
        // It goes on from there, by the broker.
        await anew.Ring(lost, 11);
        await villageBase.Until("select count(*) from read.heard where times = 11", 1);
        (await villageBase.Ask<long>("select count(*) from events.hl_held")).ShouldBe(0);
        (await villageBase.Ask<long>("select count(*) from events.hl_parked")).ShouldBe(0);
        (await restored.Ask<long>("select count(*) from events.hl_unrouted")).ShouldBe(0);

        async Task<List<(Guid Stream, long Version, int Times)>> Heard()
        {
            await using var command = villageBase.Owner.CreateCommand("select stream, version, times from read.heard order by n");
            await using var reader = await command.ExecuteReaderAsync(Ct);
            List<(Guid, long, int)> rings = [];
            while (await reader.ReadAsync(Ct))
                rings.Add((reader.GetGuid(0), reader.GetInt64(1), reader.GetInt32(2)));
            return rings;
        }
    }

    /// <summary>The tower's database as a logical dump, restored on another server under the same roles.</summary>
    private async Task<Database> DumpAndRestore(PostgresServer server)
    {
        var there = await server.Databases.Create("tower", Ct);
        var administrator = new NpgsqlConnectionStringBuilder(server.Administrator) { Database = there.Name }.ConnectionString;
        var file = Path.Combine(Path.GetTempPath(), $"hotline111-{Guid.CreateVersion7():n}.dump");
        try
        {
            await Run("pg_dump", towerBase.AdministratorConnection, "--format=custom", $"--file={file}");
            await Run("pg_restore", administrator, "--exit-on-error", "--no-password", $"--dbname={there.Name}", file);
        }
        finally
        {
            File.Delete(file);
        }

        return Database.Of(there, administrator);

        static async Task Run(string program, string connection, params string[] arguments)
        {
            NpgsqlConnectionStringBuilder to = new(connection);
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
            foreach (var (name, value) in ((string, string)[])[("PGHOST", to.Host!), ("PGPORT", $"{to.Port}"), ("PGUSER", to.Username!), ("PGPASSWORD", to.Password!), ("PGDATABASE", to.Database!)])
                start.Environment[name] = value;
            using var process = Process.Start(start)!;
            var said = await process.StandardError.ReadToEndAsync(Ct);
            await process.WaitForExitAsync(Ct);
            process.ExitCode.ShouldBe(0, said);
        }
    }

    [Fact]
    public async Task A_hole_is_closed_from_the_source()
    {
        Service? tower = null;
        await using var village = await Service.Start(
            "village", villageBase, broker.For("village"), Roles.Village, Service.From(() => tower!),
            options => options with { ReconcileEvery = TimeSpan.FromHours(1), HoleAfter = TimeSpan.FromMilliseconds(200) });
        await Service.Until(() => village.Status.BrokerReachable);
        tower = await Tower();
        var bell = Guid.CreateVersion7();
        await tower.Ring(bell, 1);
        await villageBase.Until("select count(*) from read.heard", 1);
        await towerBase.Until("select pos from events.hl_relay", 1);
        await tower.DisposeAsync();
        // The second ring is lost on the way: it is written down as published, and never came.
        await using (var mute = await Service.Start("tower", towerBase, "amqp://nobody:nothing@127.0.0.1:1/none", Roles.Tower))
        {
            await mute.Ring(bell, 2);
            await towerBase.Until("select pos from events.hl_head", 2);
        }

        await towerBase.Do("update events.hl_relay set pos = 2; update events.hl_relay_stream set last_published = 2");
        tower = await Tower();
        await tower.Ring(bell, 3);
        await villageBase.Until("select count(*) from read.heard", 3);
        await InOrder();
        await villageBase.Until("select count(*) from events.hl_held", 0);
        await tower.DisposeAsync();
    }

    [Fact]
    public async Task A_relay_that_dies_between_publishing_and_writing_it_down_publishes_again_and_has_one_effect()
    {
        await using var village = await Village();
        await using var listener = await Listener.Bind(broker.Administrator, Rung, ensureExchange: true);
        var bell = Guid.CreateVersion7();
        await using (var tower = await Tower())
        {
            // From now on the relay's confirms cannot be written down: its update waits for this lock until its server session is ended.
            await using var connection = await towerBase.Administrator.OpenConnectionAsync(Ct);
            await using (var transaction = await connection.BeginTransactionAsync(Ct))
            {
                await using (NpgsqlCommand block = new("lock table events.hl_relay in exclusive mode", connection, transaction))
                    await block.ExecuteNonQueryAsync(Ct);
                for (var i = 1; i <= 10; i++)
                    await tower.Ring(bell, i);
                await villageBase.Until("select count(*) from read.heard", 10);
                (await towerBase.Ask<long>("select pos from events.hl_relay")).ShouldBe(0);
                // The leader's session dies: what it had confirmed was never written down.
                await using NpgsqlCommand kill = new(
                    "select count(pg_terminate_backend(l.pid)) from pg_locks l where l.locktype = 'advisory' and l.objid = 7236102 and l.database = (select oid from pg_database where datname = current_database())", connection, transaction);
                await kill.ExecuteScalarAsync(Ct);
                await transaction.RollbackAsync(Ct);
            }

            await towerBase.Until("select pos from events.hl_relay", 10);
        }

        (await listener.Count()).ShouldBeGreaterThanOrEqualTo(20u);
        (await villageBase.Ask<long>("select count(*) from read.heard")).ShouldBe(10);
        await InOrder();
    }

    [Fact]
    public async Task Of_two_instances_one_publishes_and_the_other_takes_over()
    {
        await using var village = await Village();
        var first = await Tower();
        await Service.Until(() => first.Status.RelayLeads);
        await using var second = await Tower();
        var bell = Guid.CreateVersion7();
        for (var i = 0; i < 20; i++)
            await (i % 2 == 0 ? first : second).Ring(bell, i);
        second.Status.RelayLeads.ShouldBeFalse();
        await first.DisposeAsync();
        await Service.Until(() => second.Status.RelayLeads);
        for (var i = 0; i < 20; i++)
            await second.Ring(bell, i);
        await villageBase.Until("select count(*) from read.heard", 40);
        await InOrder();
    }

    [Fact]
    public async Task Clocks_that_are_set_by_ten_minutes_to_and_fro_change_no_order_and_break_no_connection()
    {
        var ten = TimeSpan.FromMinutes(10);
        var (towers, villages) = (new SetClock(), new SetClock());
        await using var tower = await Service.Start("tower", towerBase, broker.For("tower"), Roles.Tower, tune: Quick, clock: towers);
        // Two of it, to which the broker deals out messages and heartbeats in turn.
        await using var village = await Village();
        await using var second = await Village();
        Service[] all = [tower, village, second];
        var bells = Enumerable.Range(0, 5).Select(_ => Guid.CreateVersion7()).ToList();
        List<Guid> rung = [];
        await RingAll();
        await Service.Until(() => all.All(each => each.Status.LastHeartbeat is not null));
        var before = await Connections("village") + await Connections("tower");
        // Together, as on one machine, and each alone.
        foreach (var (towersAhead, villagesAhead) in new[] { (ten, ten), (-ten, -ten), (ten, ten), (ten, -ten), (TimeSpan.Zero, ten), (-ten, TimeSpan.Zero), (-ten, ten), (TimeSpan.Zero, TimeSpan.Zero) })
        {
            (towers.Ahead, villages.Ahead) = (towersAhead, villagesAhead);
            // Time to look whether they still hear themselves, with nothing to hear but heartbeats.
            await Task.Delay(TimeSpan.FromSeconds(1.5), Ct);
            await RingAll();
            await villageBase.Until("select count(*) from read.heard", rung.Count);
        }

        await InOrder();
        await towerBase.Until("select pos from events.hl_head", rung.Count);
        (await tower.Store.ReadLog(0, 1000, Ct)).Select(stored => stored.StreamId).ShouldBe(rung, "in the order in which they were rung");
        // The time of an event is the database's, which nobody has set.
        (await villageBase.Ask<long>("select count(*) from read.heard where abs(extract(epoch from at - sent)) > 300")).ShouldBe(0);
        (await Connections("village") + await Connections("tower")).ShouldBe(before, "none was broken");
        await Service.Until(() => all.All(each => each.Status.Degradations.Count == 0));

        Task<Service> Village() => Service.Start("village", villageBase, broker.For("village"), Roles.Village, tune: Quick, clock: villages);

        async Task RingAll()
        {
            for (var i = 0; i < 20; i++)
            {
                rung.Add(bells[i % bells.Count]);
                await tower.Ring(rung[^1]);
            }
        }

        static MessagingOptions Quick(MessagingOptions options) => Patient(options) with { HeartbeatEvery = TimeSpan.FromMilliseconds(500) };
    }

    [Fact]
    public async Task A_services_user_can_neither_publish_as_another_nor_read_its_queue()
    {
        await using var village = await Village();
        await using var tower = await Tower();
        await Service.Until(() => village.Status.LastHeartbeat is not null && tower.Status.LastHeartbeat is not null);

        await Refused(broker.For("village"), channel => channel.BasicPublishAsync(Rung, "", mandatory: true, Encoding.UTF8.GetBytes("{}"), Ct).AsTask());
        await Refused(broker.For("village"), channel => channel.BasicPublishAsync("hotline111.tower", "", mandatory: true, Encoding.UTF8.GetBytes("{}"), Ct).AsTask());
        await Refused(broker.For("village"), channel => channel.BasicPublishAsync("", "hotline111.tower", mandatory: true, Encoding.UTF8.GetBytes("{}"), Ct).AsTask());
        await Refused(broker.For("village"), channel => channel.BasicGetAsync("hotline111.tower", autoAck: true, Ct));
        await Refused(broker.For("village"), channel => channel.BasicConsumeAsync("hotline111.tower", autoAck: true, new RabbitMQ.Client.Events.AsyncEventingBasicConsumer(channel), Ct));
        await Refused(broker.For("village"), channel => channel.QueueDeleteAsync("hotline111.tower", cancellationToken: Ct));
        await Refused(broker.For("village"), channel => channel.ExchangeDeleteAsync(Rung, cancellationToken: Ct));
        await Refused(broker.For("tower"), channel => channel.BasicGetAsync("hotline111.village", autoAck: true, Ct));
        await Refused(broker.For("tower"), channel => channel.QueueBindAsync("hotline111.village", "hotline111.village.v1.echo-heard", "", cancellationToken: Ct));
    }

    [Fact]
    public async Task While_the_database_is_away_messages_stay_in_the_queue_and_none_is_given_up()
    {
        await using var village = await Village();
        await using var tower = await Tower();
        var bell = Guid.CreateVersion7();
        await tower.Ring(bell);
        await villageBase.Until("select count(*) from read.heard", 1);
        var (app, name) = (new NpgsqlConnectionStringBuilder(villageBase.Names.Store).Username, villageBase.Names.Name);
        // Nobody is let in any more, and who is in is shown out, also whoever came in a moment before.
        await villageBase.DoAsAdministrator($"revoke connect on database {name} from {app}");
        await ShowOut();
        for (var i = 0; i < 50; i++)
            await tower.Ring(bell);
        await towerBase.Until("select pos from events.hl_relay", 51);
        await Service.Until(async () =>
        {
            await ShowOut();
            return village.Status.ConsumptionPaused;
        });
        (await villageBase.Ask<long>("select count(*) from read.heard")).ShouldBeLessThan(51);
        await villageBase.DoAsAdministrator($"grant connect on database {name} to {app}");
        await villageBase.Until("select count(*) from read.heard", 51);
        await InOrder();
        (await villageBase.Ask<long>("select count(*) from events.hl_parked")).ShouldBe(0);
        await Service.Until(() => !village.Status.ConsumptionPaused);

        Task ShowOut() => villageBase.DoAsAdministrator($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}' and usename = '{app}'");
    }

    [Fact]
    public async Task A_relay_that_hangs_gets_a_new_bus_and_then_ends_its_process()
    {
        await using var village = await Village();
        await using var connection = await towerBase.Administrator.OpenConnectionAsync(Ct);
        await using var transaction = await connection.BeginTransactionAsync(Ct);
        // A process of which a part has failed ends within seconds, by force if need be: so does this one.
        await using (var tower = await Service.Start("tower", towerBase, broker.For("tower"), Roles.Tower, tune: options => options with { Watchdog = TimeSpan.FromSeconds(1) }))
        {
            await Service.Until(() => tower.Status.RelayLeads && village.Status.BrokerReachable);
            await using (NpgsqlCommand block = new("lock table events.hl_relay in access exclusive mode", connection, transaction))
                await block.ExecuteNonQueryAsync(Ct);
            await tower.Ring(Guid.CreateVersion7());
            await Service.Until(() => tower.Get<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
            tower.Get<IEnumerable<IHostedService>>().OfType<Relay>().Single().ExecuteTask!.IsFaulted.ShouldBeTrue();
        }

        await transaction.RollbackAsync(Ct);

        // Whoever watches over processes starts it again, and nothing is missing.
        await using var again = await Tower();
        await villageBase.Until("select count(*) from read.heard", 1);
        await towerBase.Until("select pos from events.hl_relay", 1);
    }

    [Fact]
    public async Task One_trace_spans_the_request_and_what_came_of_it_in_another_service()
    {
        using ActivityListener everything = new()
        {
            ShouldListenTo = source => source.Name == "Hotline111",
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(everything);
        await using var village = await Village();
        await using var tower = await Tower();
        using var request = new Activity("a request").SetIdFormat(ActivityIdFormat.W3C).Start();
        await tower.Ring(Guid.CreateVersion7());
        var trace = request.TraceId.ToString();
        request.Stop();
        await villageBase.Until("select count(*) from read.heard", 1);
        (await villageBase.Ask<string>("select trace from read.heard")).ShouldBe(trace);
    }

    /// <summary>A broker on a machine that stands still answers late, and is not given up for it.</summary>
    private static MessagingOptions Patient(MessagingOptions options) => options with { PublishTimeout = TimeSpan.FromMinutes(3), HeartbeatTimeout = TimeSpan.FromMinutes(3), HeartbeatOverdue = TimeSpan.FromMinutes(3) };

    private Task<Service> Tower() => Service.Start("tower", towerBase, broker.For("tower"), Roles.Tower);

    private Task<Service> Village(Pulls? pulls = null) => Service.Start("village", villageBase, broker.For("village"), Roles.Village, pulls);

    private async Task InOrder() =>
        (await villageBase.Ask<long>("select count(*) from read.heard a join read.heard b on a.stream = b.stream and a.n < b.n and a.version >= b.version")).ShouldBe(0);

    /// <summary>The broker's names of a service's connections: one that was made anew has another.</summary>
    private Task<string> Connections(string service) => Servers.EvaluateInBroker(
        $$"""
        lists:sort([N || [{vhost, V}, {user, U}, {name, N}] <- rabbit_networking:connection_info_all([vhost, user, name]), V =:= <<"{{broker.Name}}">>, U =:= <<"{{new Uri(broker.For(service)).UserInfo.Split(':')[0]}}">>]).
        """);

    private async Task<bool> Exists(string queue)
    {
        await using var hand = await Hand.Take(broker.Administrator);
        try
        {
            await hand.Channel.QueueDeclarePassiveAsync(queue, Ct);
            return true;
        }
        catch (OperationInterruptedException)
        {
            return false;
        }
    }

    internal static async Task Refused(string uri, Func<IChannel, Task> attempt)
    {
        await using var hand = await Hand.Take(uri);
        var refusal = await Should.ThrowAsync<Exception>(() => attempt(hand.Channel));
        var reason = (refusal as OperationInterruptedException)?.ShutdownReason ?? hand.Channel.CloseReason;
        reason!.ReplyCode.ShouldBe((ushort)Constants.AccessRefused, refusal.Message);
    }

    private static Envelope Message(Guid bell, long version, long previous, int times = 1) => new(
        Guid.CreateVersion7(), "tower", Rung, bell, version, previous, version, DateTimeOffset.UnixEpoch, null, null, null, $$"""{"bellId":"{{bell}}","times":{{times}},"total":{{version}}}""");
}

/// <summary>Publishes by hand, with no more rights than its user has.</summary>
internal sealed class Hand : IAsyncDisposable
{
    private readonly IConnection connection;

    private Hand(IConnection connection, IChannel channel) => (this.connection, Channel) = (connection, channel);

    public IChannel Channel { get; }

    public static async Task<Hand> Take(string uri)
    {
        var connection = await BrokerLink.Connections(new Uri(uri)).CreateConnectionAsync("hand", TestContext.Current.CancellationToken);
        return new(connection, await connection.CreateChannelAsync(new CreateChannelOptions(true, true), TestContext.Current.CancellationToken));
    }

    /// <summary>Publishes when the exchange has a queue: waits for the binding.</summary>
    public async Task Publish(string exchange, Envelope message, string? leaveOut = null)
    {
        BasicProperties properties = new()
        {
            Persistent = true,
            Headers = CloudEvents.Write(message).Where(header => header.Key != leaveOut).ToDictionary(header => header.Key, object? (header) => header.Value),
        };
        for (var i = 0; ; i++)
        {
            await Channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: TestContext.Current.CancellationToken);
            try
            {
                await Channel.BasicPublishAsync(exchange, "", mandatory: true, properties, Encoding.UTF8.GetBytes(message.Body), TestContext.Current.CancellationToken);
                return;
            }
            catch (PublishException e) when (e.IsReturn && i < 3000)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Channel.DisposeAsync();
        await connection.DisposeAsync();
    }
}

/// <summary>A queue of the test's own behind an exchange.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly Hand hand;
    private readonly string queue;

    private Listener(Hand hand, string queue) => (this.hand, this.queue) = (hand, queue);

    public static async Task<Listener> Bind(string administrator, string exchange, bool ensureExchange = true)
    {
        var hand = await Hand.Take(administrator);
        var queue = $"listener-{Guid.NewGuid():N}";
        if (ensureExchange)
            await hand.Channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: TestContext.Current.CancellationToken);
        await hand.Channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: TestContext.Current.CancellationToken);
        await hand.Channel.QueueBindAsync(queue, exchange, "", cancellationToken: TestContext.Current.CancellationToken);
        return new(hand, queue);
    }

    public async Task<(byte[] Body, IReadOnlyBasicProperties Properties)> Next()
    {
        for (var i = 0; i < 3000; i++)
        {
            if (await hand.Channel.BasicGetAsync(queue, autoAck: true, TestContext.Current.CancellationToken) is { } got)
                return (got.Body.ToArray(), got.BasicProperties);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("Nothing came.");
    }

    public Task<uint> Count() => hand.Channel.MessageCountAsync(queue, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => hand.DisposeAsync();
}
