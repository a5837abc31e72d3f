using System.Diagnostics;
using Hotline111.Local.Demo;
using Hotline111.Platform.EventStore;
using Npgsql;

namespace Hotline111.EndToEnd.Tests;

/// <summary>Processes and servers that go away while people work: nothing is lost, nothing is doubled.</summary>
[Collection(Outages.Name)]
public sealed class FaultTests(PlatformFixture fixture, ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("intake")]
    [InlineData("case")]
    [InlineData("referral")]
    [InlineData("agency-notification")]
    [InlineData("gateway")]
    public async Task A_process_killed_in_the_middle_of_journeys_loses_nothing_and_doubles_nothing(string process)
    {
        var stage = new Stage(fixture);
        var before = await Ledger.Read(fixture, [], Ct);
        var journeys = Enumerable.Range(0, 6).Select(_ => Walk(stage)).ToList();
        await Task.Delay(300, Ct);
        await fixture.Platform.Kill(process);
        await Task.Delay(200, Ct);
        var back = Stopwatch.StartNew();
        await fixture.Platform.StartProcess(process, Ct);
        output.WriteLine($"{process}: ready again after {back.ElapsedMilliseconds} ms");
        back.Restart();
        var referrals = await Task.WhenAll(journeys);
        output.WriteLine($"{process}: all journeys through {back.ElapsedMilliseconds} ms after it was ready");

        await Settled(referrals);
        await Drained();
        var after = await Ledger.Read(fixture, [.. referrals.Select(each => each.Case)], Ct);
        (after.Contacts - before.Contacts).ShouldBe(6);
        after.Cases.ShouldBe(6);
        after.Referrals.ShouldBe(6);
        after.Acknowledgements.ShouldBe(6);
        after.Doubled.ShouldBe(0, "no notice twice");
    }

    [Fact]
    public Task With_the_broker_stopped_people_go_on_and_everything_arrives_afterwards() => WithoutBroker(TimeSpan.Zero);

    [Fact]
    [Trait("run", "campaign")]
    public Task With_the_broker_stopped_for_a_minute_people_go_on_and_everything_arrives_afterwards() => WithoutBroker(TimeSpan.FromMinutes(1));

    private async Task WithoutBroker(TimeSpan atLeast)
    {
        var stage = new Stage(fixture);
        var liaison = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        await fixture.Platform.Broker.Stop();
        var stopped = Stopwatch.StartNew();
        List<(Guid Referral, Guid Case)> sent = [];
        try
        {
            while (sent.Count < 5 || stopped.Elapsed < atLeast)
            {
                var one = await stage.Sent();
                await liaison.Post($"api/referrals/{one.Referral}/acknowledge", null, Ct);
                sent.Add(one);
            }

            (await stage.State(DemoAccounts.PoliceTuyenQuang, sent[0].Referral)).ShouldBe("Acknowledged");
        }
        finally
        {
            output.WriteLine($"{sent.Count} referrals sent and acknowledged in {stopped.Elapsed.TotalSeconds:0} s without the broker");
            await fixture.Platform.Broker.Start(Ct);
        }

        var back = Stopwatch.StartNew();
        await Settled([.. sent]);
        output.WriteLine($"everything arrived {back.ElapsedMilliseconds} ms after the broker was back");
        await Drained();
    }

    [Fact]
    public async Task The_chain_of_every_service_verifies()
    {
        await Settled([await Walk(new Stage(fixture))]);
        foreach (var service in new[] { "intake", "case", "referral", "agency-notification" })
        {
            await using var database = NpgsqlDataSource.Create(fixture.Platform.Database(service).Store);
            var verified = await ChainVerifier.Verify(database, Ct);
            verified.Bad.ShouldBeNull($"{service}: {verified.Reason}");
            verified.Position.ShouldBeGreaterThan(0, service);
        }
    }

    /// <summary>One small journey, repeated through every outage by the client's idempotency keys.</summary>
    private async Task<(Guid Referral, Guid Case)> Walk(Stage stage)
    {
        var sent = await stage.Sent();
        var liaison = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        await liaison.Post($"api/referrals/{sent.Referral}/acknowledge", null, Ct);
        return sent;
    }

    /// <summary>Ends when the case shows every acknowledgement and a notice is recorded for each.</summary>
    private async Task Settled(IReadOnlyList<(Guid Referral, Guid Case)> referrals)
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        foreach (var (referral, caseId) in referrals)
        {
            await staff.Until(
                $"api/cases/{caseId}/timeline",
                shown => shown.GetProperty("referrals").EnumerateArray().Any(entry => entry.GetProperty("referralId").GetGuid() == referral && entry.GetProperty("state").GetString() == "Acknowledged")
                    && shown.GetProperty("timeline").EnumerateArray().Any(line => line.GetProperty("kind").GetString() == "notice-recorded")
                    ? true
                    : default(bool?),
                Patience,
                Ct);
        }
    }

    /// <summary>Ends when nothing is held, parked or unrouted in any service: messages of tests before this one may still be on their way.</summary>
    private async Task Drained()
    {
        var deadline = DateTime.UtcNow + Patience;
        while (await Ledger.Waiting(fixture, Ct) is > 0 and var waiting)
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline, $"{waiting} messages are held, parked or unrouted");
            await Task.Delay(200, Ct);
        }
    }

    /// <summary>What the databases hold: all contacts, and the cases of the journeys with what came of their contacts.</summary>
    private sealed record Ledger(long Contacts, long Cases, long Referrals, long Acknowledgements, long Doubled)
    {
        private static readonly string[] Listeners = ["intake", "case", "referral", "agency-notification"];

        public static async Task<Ledger> Read(PlatformFixture fixture, Guid[] shown, CancellationToken ct)
        {
            var contacts = await Count(fixture, "intake", "SELECT count(*) FROM events.mt_events WHERE type = 'contact-recorded.v1'", shown, ct);
            var cases = await Count(fixture, "case",
                """
                SELECT count(*) FROM events.mt_events
                 WHERE type = 'case-opened.v1' AND data->>'contactId' IN (SELECT data->>'contactId' FROM events.mt_events WHERE type = 'case-opened.v1' AND stream_id = ANY($1))
                """, shown, ct);
            var referrals = await Count(fixture, "referral",
                """
                SELECT count(*) FROM events.mt_events drafted JOIN events.mt_events sent ON sent.stream_id = drafted.stream_id AND sent.type = 'referral-sent.v1'
                 WHERE drafted.type = 'referral-drafted.v1' AND (drafted.data->>'caseId')::uuid = ANY($1)
                """, shown, ct);
            var acknowledged = await Count(fixture, "case", "SELECT count(*) FROM read.case_timeline WHERE kind = 'referral-acknowledged' AND case_id = ANY($1)", shown, ct);
            var doubled = await Count(fixture, "agency-notification", "SELECT count(*) FROM (SELECT 1 FROM read.notice WHERE kind = 'sent' GROUP BY referral_id, channel HAVING count(*) > 1) twice", shown, ct);
            return new(contacts, cases, referrals, acknowledged, doubled);
        }

        public static async Task<long> Waiting(PlatformFixture fixture, CancellationToken ct)
        {
            long waiting = 0;
            foreach (var service in Listeners)
                waiting += await Count(fixture, service, "SELECT (SELECT count(*) FROM events.hl_held) + (SELECT count(*) FROM events.hl_parked) + (SELECT count(*) FROM events.hl_unrouted)", [], ct);
            return waiting;
        }

        private static async Task<long> Count(PlatformFixture fixture, string service, string sql, Guid[] cases, CancellationToken ct)
        {
            await using var database = new NpgsqlConnection(fixture.Platform.Database(service).Store);
            await database.OpenAsync(ct);
#pragma warning disable CA2100 // Constants of this file.
            await using var command = new NpgsqlCommand(sql, database);
#pragma warning restore CA2100
            if (sql.Contains("$1", StringComparison.Ordinal))
                command.Parameters.Add(new() { Value = cases });
            return (long)(await command.ExecuteScalarAsync(ct))!;
        }
    }
}
