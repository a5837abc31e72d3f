using Npgsql;

namespace Hotline111.Faults.Tests;

/// <summary>Servers and processes that go away and come back while people work. The numbers are those of the fault matrix (docs/faults.md); the other rows have tests beside the code they are about.</summary>
[Trait("run", "campaign")]
public sealed class OutageTests(OutageTests.Stage stage, ITestOutputHelper output) : IClassFixture<OutageTests.Stage>
{
    private const string Nowhere = "http://127.0.0.1:1";

    private static readonly string[] Services = ["intake", "case", "referral", "agency-notification"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>One platform for all of them: what one test leaves behind the next one stands on.</summary>
    public sealed class Stage : IAsyncLifetime
    {
        public Rig Rig { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Rig = await Rig.Start(CancellationToken.None);

        public ValueTask DisposeAsync() => Rig.DisposeAsync();
    }

    [Fact]
    public Task Row_9_the_broker_is_killed_and_started_again() => Through(async (rig, ct) =>
    {
        await rig.Platform.Broker.Kill();
        await Task.Delay(TimeSpan.FromSeconds(5), ct);
        await rig.Platform.Broker.Start(ct);
    });

    [Fact]
    public Task Row_10_the_broker_is_restarted_in_order() => Through(async (rig, ct) =>
    {
        await rig.Platform.Broker.StopApplication(ct);
        await Task.Delay(TimeSpan.FromSeconds(2), ct);
        await rig.Platform.Broker.StartApplication(ct);
    });

    [Fact]
    public Task Row_11_the_broker_is_frozen_for_a_minute_and_people_go_on() => Through(async (rig, ct) =>
    {
        var before = rig.Ledger.Answered;
        rig.Platform.Broker.Freeze();
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(60), ct);
            (rig.Ledger.Answered - before).ShouldBeGreaterThan(100, "nobody waits for a broker");
        }
        finally
        {
            rig.Platform.Broker.Thaw();
        }
    });

    [Fact]
    public Task Row_12_all_queues_and_exchanges_are_deleted() => Through((rig, ct) => rig.Platform.Broker.Evaluate(
        """
        [rabbit_amqqueue:delete(Q, false, false, <<"fault">>) || Q <- rabbit_amqqueue:list(<<"hotline111">>)],
        [rabbit_exchange:delete(element(2, X), false, <<"fault">>) || X <- rabbit_exchange:list(<<"hotline111">>),
            binary:match(element(4, element(2, X)), <<"hotline111">>) =/= nomatch].
        """,
        ct));

    [Fact]
    public Task Row_13_the_broker_has_no_memory_left() => Through(async (rig, ct) =>
    {
        await rig.Platform.Broker.Evaluate("rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []}).", ct);
        await Task.Delay(TimeSpan.FromSeconds(15), ct);
        await rig.Platform.Broker.Evaluate("rabbit_alarm:clear_alarm({resource_limit, memory, node()}).", ct);
    });

    [Fact]
    public Task Row_14_the_database_server_is_killed_and_started_again() => Through(async (rig, ct) =>
    {
        await rig.Platform.Postgres.Kill();
        await Task.Delay(TimeSpan.FromSeconds(3), ct);
        await rig.Platform.Postgres.Start(ct);
    });

    [Fact]
    public Task Row_19_somebody_holds_the_row_of_a_stream() => Through(async (rig, ct) =>
    {
        await using var connection = new NpgsqlConnection(rig.Platform.Database("referral").Owner);
        await connection.OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var hold = new NpgsqlCommand("SELECT id FROM events.mt_streams WHERE type = 'referral' ORDER BY timestamp DESC LIMIT 3 FOR UPDATE", connection, transaction);
        var held = 0;
        await using (var rows = await hold.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
                held++;
        }

        held.ShouldBe(3);
        var before = rig.Ledger.Answered;
        // The owner's session may idle in a transaction; those of the services are ended after ten seconds.
        await Task.Delay(TimeSpan.FromSeconds(20), ct);
        (rig.Ledger.Answered - before).ShouldBeGreaterThan(50, "the other streams go on");
        await transaction.RollbackAsync(ct);
    });

    [Fact]
    public Task Row_20_a_session_is_idle_in_a_transaction() => Through(async (rig, ct) =>
    {
        await using var connection = new NpgsqlConnection(rig.Platform.Database("referral").Owner);
        await connection.OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        await using var number = new NpgsqlCommand("SELECT count(*) FROM events.mt_events; SELECT pg_current_xact_id()", connection, transaction);
        await number.ExecuteNonQueryAsync(ct);
        // What is sent meanwhile is published meanwhile.
        await using var look = new NpgsqlConnection(rig.Platform.Database("referral").Store);
        await look.OpenAsync(ct);
        await using var published = new NpgsqlCommand("SELECT pos FROM events.hl_relay", look);
        var before = (long)(await published.ExecuteScalarAsync(ct))!;
        await Task.Delay(TimeSpan.FromSeconds(10), ct);
        ((long)(await published.ExecuteScalarAsync(ct))!).ShouldBeGreaterThan(before);
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
        var platform = stage.Rig.Platform;
        using var counsellor = await platform.SignIn(Local.Demo.DemoAccounts.SecondCounsellor, Ct);
        // It never gives up, and never asks twice.
        var driver = new Driver(counsellor, stage.Rig.Ledger, new Patient());
        await Contacts(driver, 40);
        var usual = await Contacts(driver, 40);
        platform.Freeze("case");
        var waiting = Enumerable.Range(0, 150).Select(async _ =>
        {
            using var answer = await counsellor.Send(new HttpRequestMessage(HttpMethod.Get, "api/cases"), Ct);
            return answer.StatusCode;
        }).ToList();
        TimeSpan meanwhile;
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(1), Ct);
            meanwhile = await Contacts(driver, 40);
        }
        finally
        {
            platform.Thaw("case");
        }

        (await Task.WhenAll(waiting)).ShouldAllBe(status => status == System.Net.HttpStatusCode.OK || status == System.Net.HttpStatusCode.ServiceUnavailable || status == System.Net.HttpStatusCode.GatewayTimeout || status == System.Net.HttpStatusCode.TooManyRequests);
        output.WriteLine($"40 contacts took {usual.TotalMilliseconds:0} ms, and {meanwhile.TotalMilliseconds:0} ms while Case hung and 150 requests waited for it");
        meanwhile.ShouldBeLessThan((usual * 2) + TimeSpan.FromSeconds(2));
        await Checked();
    }

    private static async Task<TimeSpan> Contacts(Driver counsellor, int count)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
        {
            var id = Guid.CreateVersion7();
            (await counsellor.Give("intake", id, "contact-recorded.v1", "api/contacts", new { id, channel = "zalo", summary = "Nội dung hư cấu." }, Ct)).ShouldNotBeNull();
        }

        return watch.Elapsed;
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
            catch (Local.LocalException) when (rig.Platform.ProcessId("agency-notification") == 0)
            {
                // Dead before it was ready.
            }

            (await rig.Platform.Ended("agency-notification", Ct)).ShouldBe(137);
        }

        (await Waiting()).ShouldBeGreaterThanOrEqualTo(left, "nothing was taken out of the queue by the dead");
        await rig.Platform.StartProcess("agency-notification", Ct);
        await Task.Delay(TimeSpan.FromSeconds(20), Ct);
        (await Count()).ShouldBe(0);
        await Checked();

        // The broker counts its queues anew every five seconds.
        async Task<long> Waiting()
        {
            var (before, now) = (0L, await Count());
            for (var i = 0; i < 20 && (now == 0 || now != before); i++)
            {
                await Task.Delay(TimeSpan.FromSeconds(6), Ct);
                (before, now) = (now, await Count());
            }

            now.ShouldBeGreaterThan(0);
            return now;
        }

        async Task<long> Count() => long.Parse(
            await rig.Platform.Broker.Evaluate("""lists:sum([proplists:get_value(messages, rabbit_amqqueue:info(Q, [messages]), 0) || Q <- rabbit_amqqueue:list(<<"hotline111">>), binary:match(element(4, amqqueue:get_name(Q)), <<"agency-notification">>) =/= nomatch]).""", Ct),
            System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task Through(Func<Rig, CancellationToken, Task> fault)
    {
        var back = await stage.Rig.Through(ct => fault(stage.Rig, ct), Environment.TickCount, Ct);
        output.WriteLine($"the next command was answered {back.TotalMilliseconds:0} ms after it was over");
        await Checked();
    }

    private async Task Checked()
    {
        var checker = new Checker(stage.Rig.Platform, stage.Rig.Ledger);
        output.WriteLine($"settled after {(await checker.Settle(Ct)).TotalSeconds:0.0} s; {stage.Rig.Ledger.Answered} commands answered so far");
        await checker.Check(Ct);
    }

    private sealed class Patient : Random
    {
        public override int Next(int maxValue) => maxValue - 1;
    }
}
