using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Hotline111.Local;
using Hotline111.Local.Demo;
using Npgsql;

namespace Hotline111.Faults.Tests;

/// <summary>Servers and processes that go away and come back while people work. The numbers are those of the fault matrix (docs/faults.md); the other rows have tests beside the code they are about.</summary>
[Trait("run", "campaign")]
public sealed class OutageTests(OutageTests.Stage stage, ITestOutputHelper output) : IClassFixture<OutageTests.Stage>
{
    private const string Nowhere = "http://127.0.0.1:1";

    private static readonly string[] Services = ["intake", "case", "referral", "agency-notification"];

    // The goals of coming back, from when the fault is over until everything that waited has its effect.
    private static readonly TimeSpan DatabaseBack = TimeSpan.FromSeconds(10);
    internal static readonly TimeSpan BrokerBack = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan QueuesBack = TimeSpan.FromSeconds(120);

    /// <summary>What waits after a minute in which the broker took nothing is worked off: as much as people did in it.</summary>
    private static readonly TimeSpan MinuteBack = TimeSpan.FromSeconds(30);

    /// <summary>So soon an operator sees that the broker takes nothing.</summary>
    private static readonly TimeSpan Visible = TimeSpan.FromSeconds(30);

    /// <summary>So long it is measured how things usually are.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(10);

    private const double MoreMemory = 1.5;

    private const string DeleteAll = """
        [rabbit_amqqueue:delete(Q, false, false, <<"fault">>) || Q <- rabbit_amqqueue:list(<<"hotline111">>)],
        [rabbit_exchange:delete(element(2, X), false, <<"fault">>) || X <- rabbit_exchange:list(<<"hotline111">>),
            binary:match(element(4, element(2, X)), <<"hotline111">>) =/= nomatch].
        """;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static readonly HttpClient Http = new();

    /// <summary>One platform for all of them: what one test leaves behind the next one stands on.</summary>
    public sealed class Stage : IAsyncLifetime
    {
        public Rig Rig { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Rig = await Rig.Start(CancellationToken.None);
            // Programs that have just been started are slower than they will ever be again: nothing is to be compared with that.
            await Rig.Through(ct => Task.Delay(TimeSpan.FromSeconds(15), ct), seed: 0, CancellationToken.None);
        }

        public ValueTask DisposeAsync() => Rig.DisposeAsync();
    }

    [Fact]
    public Task Row_9_the_broker_is_killed_and_started_again() => Through(
        async (rig, ct) =>
        {
            await rig.Platform.Broker.Kill();
            await Task.Delay(TimeSpan.FromSeconds(5), ct);
            await rig.Platform.Broker.Start(ct);
        },
        BrokerBack);

    [Fact]
    public Task Row_10_the_broker_is_restarted_in_order() => Through(
        async (rig, ct) =>
        {
            await rig.Platform.Broker.StopApplication(ct);
            await Task.Delay(TimeSpan.FromSeconds(2), ct);
            await rig.Platform.Broker.StartApplication(ct);
        },
        BrokerBack);

    [Fact]
    public Task Row_11_the_broker_is_frozen_for_a_minute_and_people_go_on() => Through(
        async (rig, ct) =>
        {
            var started = DateTime.UtcNow;
            await Task.Delay(Usual, ct);
            var usual = rig.Ledger.P99(started);
            var (frozen, before) = (DateTime.UtcNow, rig.Ledger.Answered);
            Dictionary<string, long> published = [];
            rig.Platform.Broker.Freeze();
            try
            {
                await Said("broker-away", ct);
                await Task.Delay(frozen.AddSeconds(60) - DateTime.UtcNow, ct);
                var meanwhile = rig.Ledger.P99(frozen);
                output.WriteLine($"99 of 100 commands were answered within {usual.TotalMilliseconds:0} ms before, {meanwhile.TotalMilliseconds:0} ms without a broker; {rig.Ledger.Answered - before} commands meanwhile");
                meanwhile.ShouldBeLessThan(usual * 2, "nobody waits for a broker");
                foreach (var service in Services)
                    published[service] = await Published(service, ct);
            }
            finally
            {
                rig.Platform.Broker.Thaw();
            }

            var watch = Stopwatch.StartNew();
            foreach (var service in Services)
            {
                while (await Published(service, ct) == published[service] || await Consumers(service, ct) == 0)
                {
                    watch.Elapsed.ShouldBeLessThan(BrokerBack, $"{service} does not send and consume");
                    await Task.Delay(50, ct);
                }
            }

            output.WriteLine($"all services sent and consumed again after {watch.Elapsed.TotalSeconds:0.0} s");
        },
        MinuteBack);

    [Fact]
    public Task Row_12_all_queues_and_exchanges_are_deleted() => Through((rig, ct) => rig.Platform.Broker.Evaluate(DeleteAll, ct), QueuesBack);

    [Fact]
    public async Task Row_12_all_queues_are_deleted_with_ten_thousand_messages_in_them()
    {
        const int lost = 10_000;
        const int desks = 8;
        var (rig, platform) = (stage.Rig, stage.Rig.Platform);
        Driver counsellor = new(rig.Counsellor, rig.Ledger, new Patient()), liaison = new(rig.Liaison, rig.Ledger, new Patient());
        Life life = new(counsellor, liaison, "police.08");
        var sent = await Task.WhenAll(Enumerable.Range(0, desks * 10).Select(_ => life.Send(Ct)));
        await Checked(null);
        string[] deaf = ["case", "agency-notification"];
        foreach (var service in deaf)
            platform.Freeze(service);
        try
        {
            var watch = Stopwatch.StartNew();
            var people = new ParallelOptions { MaxDegreeOfParallelism = 3 * desks, CancellationToken = Ct };
            await Parallel.ForEachAsync(sent, people, async (each, ct) =>
                (await liaison.Give("referral", each!.Value.Referral, "referral-acknowledged.v1", $"api/referrals/{each.Value.Referral}/acknowledge", null, ct)).ShouldNotBeNull());
            await Parallel.ForEachAsync(Enumerable.Range(0, lost), people, async (_, ct) => await Contact(counsellor, ct));
            output.WriteLine($"{lost} contacts and {sent.Length} acknowledgements in {watch.Elapsed.TotalSeconds:0} s");
            while (await Messages("case", Ct) is var waiting && waiting < lost)
            {
                watch.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(3), $"{waiting} messages wait for Case");
                await Task.Delay(1000, Ct);
            }

            (await Messages("agency-notification", Ct)).ShouldBeGreaterThanOrEqualTo(sent.Length);
            await platform.Broker.Evaluate(DeleteAll, Ct);
        }
        finally
        {
            foreach (var service in deaf)
                platform.Thaw(service);
        }

        var over = Stopwatch.StartNew();
        await Checked(QueuesBack, over);
    }

    [Fact]
    public Task Row_13_the_broker_has_no_memory_left() => Alarm(
        "vm_memory_monitor:set_vm_memory_high_watermark({absolute, 1000000}).", """vm_memory_monitor:set_vm_memory_high_watermark({absolute, "1GB"}).""");

    [Fact]
    public Task Row_13_the_broker_has_no_disk_left() => Alarm(
        """rabbit_disk_monitor:set_disk_free_limit("1000000GB").""", """rabbit_disk_monitor:set_disk_free_limit("512MB").""");

    [Fact]
    public Task Row_14_the_database_server_is_killed_and_started_again() => Through(
        async (rig, ct) =>
        {
            var before = rig.Ledger.Refusals.Count;
            await rig.Platform.Postgres.Kill();
            await Task.Delay(TimeSpan.FromSeconds(3), ct);
            rig.Ledger.ShouldHaveSaidWhenToComeAgain(before);
            await rig.Platform.Postgres.Start(ct);
        },
        DatabaseBack);

    [Fact]
    public Task Row_19_somebody_holds_the_row_of_a_stream() => Through(async (rig, ct) =>
    {
        var started = DateTime.UtcNow;
        await Task.Delay(Usual, ct);
        var usual = rig.Ledger.P99(started);
        await using var connection = new NpgsqlConnection(rig.Platform.Database("referral").Owner);
        await connection.OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var hold = new NpgsqlCommand("SELECT id FROM events.mt_streams WHERE type = 'referral' ORDER BY timestamp DESC LIMIT 3 FOR UPDATE", connection, transaction);
        HashSet<Guid> held = [];
        await using (var rows = await hold.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
                held.Add(rows.GetGuid(0));
        }

        held.Count.ShouldBe(3);
        var (since, refused) = (DateTime.UtcNow, rig.Ledger.Refusals.Count);
        // The owner's session may idle in a transaction; those of the services are ended after ten seconds.
        await Task.Delay(TimeSpan.FromSeconds(60), ct);
        var others = rig.Ledger.P99(since, intent => !held.Contains(intent.Stream));
        // What had been done before may still have been on its way to whoever asked.
        rig.Ledger.Count(since.AddSeconds(2), intent => held.Contains(intent.Stream)).ShouldBe(0, "they are held");
        await transaction.RollbackAsync(ct);
        output.WriteLine($"99 of 100 commands were answered within {usual.TotalMilliseconds:0} ms before, {others.TotalMilliseconds:0} ms on the other streams meanwhile");
        others.ShouldBeLessThan(usual * 2, $"the other streams go on; slow were {rig.Ledger.Slow(since, usual * 2, intent => !held.Contains(intent.Stream))}");
        rig.Ledger.ShouldHaveSaidWhenToComeAgain(refused);
    });

    [Fact]
    public Task Row_20_a_session_is_idle_in_a_transaction() => Through(async (rig, ct) =>
    {
        var limit = TimeSpan.FromSeconds(2);
        await using var connection = new NpgsqlConnection(rig.Platform.Database("referral").Owner);
        await connection.OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        await using var number = new NpgsqlCommand("SELECT count(*) FROM events.mt_events; SELECT pg_current_xact_id()", connection, transaction);
        await number.ExecuteNonQueryAsync(ct);
        // What is sent meanwhile is published meanwhile.
        await using var source = NpgsqlDataSource.Create(rig.Platform.Database("referral").Store);
        await using var oldest = source.CreateCommand(
            """
            SELECT coalesce(clock_timestamp() - min(timestamp), interval '0') FROM events.mt_events
             WHERE seq_id IN (SELECT seq_id FROM events.hl_pending UNION ALL SELECT seq_id FROM events.hl_order WHERE pos > (SELECT pos FROM events.hl_relay))
            """);
        var before = await Published("referral", ct);
        var worst = TimeSpan.Zero;
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(10); await Task.Delay(50, ct))
        {
            if ((TimeSpan)(await oldest.ExecuteScalarAsync(ct))! is var lag && lag > worst)
                worst = lag;
        }

        output.WriteLine($"the oldest event that was not yet published was {worst.TotalMilliseconds:0} ms old");
        (await Published("referral", ct)).ShouldBeGreaterThan(before);
        worst.ShouldBeLessThan(limit);
        await transaction.RollbackAsync(ct);
    });

    [Fact]
    public Task Row_45_every_process_is_stopped_in_order_and_started_again() => Through(async (rig, ct) =>
    {
        foreach (var process in (string[])[.. Services, "gateway"])
        {
            await rig.Platform.StopProcess(process);
            await rig.Platform.StartProcess(process, ct);
        }
    });

    [Fact]
    public Task Row_46_a_process_is_frozen_and_goes_on_when_all_have_given_it_up() => Through(async (rig, ct) =>
    {
        rig.Platform.Freeze("referral");
        await Task.Delay(TimeSpan.FromSeconds(40), ct);
        rig.Platform.Thaw("referral");
    });

    [Fact]
    public async Task Row_42_one_service_hangs_and_the_others_go_on()
    {
        const int calls = 300;
        var platform = stage.Rig.Platform;
        using var counsellor = await platform.SignIn(DemoAccounts.SecondCounsellor, Ct);
        // It never gives up, and never asks twice.
        var driver = new Driver(counsellor, stage.Rig.Ledger, new Patient());
        await Others();
        var usual = await Others();
        platform.Freeze("case");
        var waiting = Enumerable.Range(0, 150).Select(async _ =>
        {
            using var answer = await counsellor.Send(new HttpRequestMessage(HttpMethod.Get, "api/cases"), Ct);
            return answer.StatusCode;
        }).ToList();
        (TimeSpan Contacts, TimeSpan Lists) meanwhile;
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(1), Ct);
            meanwhile = await Others();
        }
        finally
        {
            platform.Thaw("case");
        }

        (await Task.WhenAll(waiting)).ShouldAllBe(status => status == System.Net.HttpStatusCode.OK || status == System.Net.HttpStatusCode.ServiceUnavailable || status == System.Net.HttpStatusCode.GatewayTimeout || status == System.Net.HttpStatusCode.TooManyRequests);
        output.WriteLine($"99 of 100 contacts were answered within {usual.Contacts.TotalMilliseconds:0.0} ms and lists of referrals within {usual.Lists.TotalMilliseconds:0.0} ms; while Case hung and 150 requests waited for it {meanwhile.Contacts.TotalMilliseconds:0.0} and {meanwhile.Lists.TotalMilliseconds:0.0} ms");
        meanwhile.Contacts.ShouldBeLessThan(usual.Contacts * 2);
        meanwhile.Lists.ShouldBeLessThan(usual.Lists * 2);
        await Checked(null);

        async Task<(TimeSpan Contacts, TimeSpan Lists)> Others()
        {
            var since = DateTime.UtcNow;
            List<TimeSpan> lists = [];
            for (var i = 0; i < calls; i++)
            {
                await Contact(driver, Ct);
                var watch = Stopwatch.StartNew();
                await driver.Read("api/referrals", personal: false, Ct);
                lists.Add(watch.Elapsed);
            }

            return (stage.Rig.Ledger.P99(since), lists.Order().ElementAt((calls * 99 / 100) - 1));
        }
    }

    [Fact]
    public async Task Row_7_a_consumer_that_dies_sixty_times_over_the_same_messages_gives_none_up()
    {
        var rig = stage.Rig;
        await rig.Platform.Kill("agency-notification");
        await rig.Through(_ => Task.CompletedTask, Environment.TickCount, Ct);
        var left = await Waiting();
        for (var death = 0; death < 60; death++)
        {
            try
            {
                // Its sources are away for it: what it dies over comes from the queue.
                await rig.Platform.StartProcess("agency-notification", Ct, new Dictionary<string, string>
                {
                    [Platform.Hosting.FaultPoint.Variable] = $"{Platform.Hosting.FaultPoint.AfterEffect}:1",
                    ["Peers__referral"] = Nowhere,
                });
            }
            catch (LocalException) when (rig.Platform.ProcessId("agency-notification") == 0)
            {
                // Dead before it was ready.
            }

            (await rig.Platform.Ended("agency-notification", Ct)).ShouldBe(137);
        }

        (await Waiting()).ShouldBeGreaterThanOrEqualTo(left, "nothing was taken out of the queue by the dead");
        await rig.Platform.StartProcess("agency-notification", Ct);
        await Task.Delay(TimeSpan.FromSeconds(20), Ct);
        (await Messages("agency-notification", Ct)).ShouldBe(0);
        await Checked(null);

        // The broker counts its queues anew every five seconds.
        async Task<long> Waiting()
        {
            var (before, now) = (0L, await Messages("agency-notification", Ct));
            for (var i = 0; i < 20 && (now == 0 || now != before); i++)
            {
                await Task.Delay(TimeSpan.FromSeconds(6), Ct);
                (before, now) = (now, await Messages("agency-notification", Ct));
            }

            now.ShouldBeGreaterThan(0);
            return now;
        }
    }

    /// <summary>The broker's disk or memory has reached its limit: it takes nothing more, and goes on giving out.</summary>
    private Task Alarm(string set, string clear) => Through(
        async (rig, ct) =>
        {
            var (platform, driver) = (rig.Platform, new Driver(rig.Counsellor, rig.Ledger, new Patient()));
            await Task.Delay(Usual, ct);
            const int backlog = 300;
            var watch = Stopwatch.StartNew();
            platform.Freeze("case");
            try
            {
                for (var i = 0; i < backlog; i++)
                    await Contact(driver, ct);
                while (await Messages("case", ct) < backlog)
                {
                    watch.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(1));
                    await Task.Delay(500, ct);
                }

                (await platform.Broker.Evaluate(set, ct)).ShouldBe("ok");
            }
            finally
            {
                platform.Thaw("case");
            }

            try
            {
                var before = PlatformProcess.All.ToDictionary(process => process.Name, process => Rig.Memory(platform.ProcessId(process.Name)));
                watch.Restart();
                await Said("broker-blocked", ct);
                output.WriteLine($"visible after {watch.Elapsed.TotalSeconds:0.0} s");
                long left;
                while ((left = await Messages("case", ct)) > 0)
                {
                    watch.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(1), $"{left} messages still wait for Case");
                    await Task.Delay(500, ct);
                }

                output.WriteLine($"what waited for Case was consumed after {watch.Elapsed.TotalSeconds:0.0} s");
                // All the while, whoever looks sees it.
                for (; watch.Elapsed < TimeSpan.FromSeconds(45); await Task.Delay(200, ct))
                {
                    foreach (var service in Services)
                        (await Degraded(service, ct)).ShouldContain("broker-blocked", service);
                }

                var grown = before.Select(process => (process.Key, Before: process.Value, Now: Rig.Memory(platform.ProcessId(process.Key)))).ToList();
                output.WriteLine(string.Join(", ", grown.Select(process => $"{process.Key} {process.Before >> 20} to {process.Now >> 20} MB")));
                grown.ShouldAllBe(process => process.Now < process.Before * MoreMemory);
            }
            finally
            {
                await platform.Broker.Evaluate(clear, CancellationToken.None);
            }
        },
        MinuteBack);

    /// <summary>Waits until every service says so of itself.</summary>
    private async Task Said(string code, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        foreach (var service in Services)
        {
            IReadOnlyList<string> codes;
            while (!(codes = await Degraded(service, ct)).Contains(code))
            {
                watch.Elapsed.ShouldBeLessThan(Visible, $"{service} says {string.Join(", ", codes)}");
                await Task.Delay(100, ct);
            }
        }
    }

    /// <summary>What is not as it should be, as a service says of itself.</summary>
    private async Task<IReadOnlyList<string>> Degraded(string service, CancellationToken ct) =>
        (await Http.GetFromJsonAsync<Platform.Hosting.Readiness>(new Uri(stage.Rig.Platform.InternalAddress(service), "/health/ready"), JsonSerializerOptions.Web, ct))!.Degraded;

    private static async Task Contact(Driver counsellor, CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        (await counsellor.Give("intake", id, "contact-recorded.v1", "api/contacts", new { id, channel = "zalo", summary = "Nội dung hư cấu." }, ct)).ShouldNotBeNull();
    }

    /// <summary>What lies in a service's queue; the broker counts anew every five seconds.</summary>
    private Task<long> Messages(string service, CancellationToken ct) => Queue(service, "messages", ct);

    private Task<long> Consumers(string service, CancellationToken ct) => Queue(service, "consumers", ct);

    private async Task<long> Queue(string service, string what, CancellationToken ct) => long.Parse(
        await stage.Rig.Platform.Broker.Evaluate(
            $$"""lists:sum([proplists:get_value({{what}}, rabbit_amqqueue:info(Q, [{{what}}]), 0) || Q <- rabbit_amqqueue:list(<<"hotline111">>), element(4, amqqueue:get_name(Q)) =:= <<"hotline111.{{service}}">>]).""", ct),
        CultureInfo.InvariantCulture);

    /// <summary>How far a service's log is published.</summary>
    private async Task<long> Published(string service, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(stage.Rig.Platform.Database(service).Store);
        await connection.OpenAsync(ct);
        await using var position = new NpgsqlCommand("SELECT pos FROM events.hl_relay", connection);
        return (long)(await position.ExecuteScalarAsync(ct))!;
    }

    private async Task Through(Func<Rig, CancellationToken, Task> fault, TimeSpan? goal = null)
    {
        var back = await stage.Rig.Through(ct => fault(stage.Rig, ct), Environment.TickCount, Ct);
        output.WriteLine($"the next command was answered {back.TotalMilliseconds:0} ms after it was over");
        await Checked(goal, stage.Rig.Over);
    }

    /// <summary>Everything arrives, in time if there is a goal, and the ledger agrees.</summary>
    private async Task Checked(TimeSpan? goal, Stopwatch? over = null)
    {
        var checker = new Checker(stage.Rig.Platform, stage.Rig.Ledger);
        var waited = await checker.Settle(Ct);
        var settled = over?.Elapsed;
        output.WriteLine($"settled after {waited.TotalSeconds:0.0} s, {settled?.TotalSeconds:0.0} s after it was over; {stage.Rig.Ledger.Answered} commands answered so far");
        await checker.Check(Ct);
        if (goal is { } limit)
            settled!.Value.ShouldBeLessThan(limit);
    }

    private sealed class Patient : Random
    {
        public override int Next(int maxValue) => maxValue - 1;
    }
}
