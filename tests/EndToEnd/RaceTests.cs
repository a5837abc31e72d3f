using System.Net;
using System.Text.Json;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests;

/// <summary>
/// Two people at the same moment, each through the gateway with a session of their own: one of the two orders happened, both answers fit it, and who was second
/// learns who was first. Half of the requests name the version they saw.
/// </summary>
public sealed class RaceTests(PlatformFixture fixture, ITestOutputHelper output)
{
    private readonly Stage stage = new(fixture);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>One of two simultaneous requests.</summary>
    private sealed record Try(PlatformClient By, string Command, object Body);

    /// <summary>What came of a pair of them.</summary>
    /// <param name="Named">Both named the version they had seen.</param>
    private sealed record Outcome(Guid Referral, bool Named, (HttpStatusCode Status, JsonElement Body, string? Tag) First, (HttpStatusCode Status, JsonElement Body, string? Tag) Second)
    {
        public int Successes => (First.Status == HttpStatusCode.OK ? 1 : 0) + (Second.Status == HttpStatusCode.OK ? 1 : 0);

        public (HttpStatusCode Status, JsonElement Body, string? Tag) Winner => First.Status == HttpStatusCode.OK ? First : Second;

        public (HttpStatusCode Status, JsonElement Body, string? Tag) Loser => First.Status == HttpStatusCode.OK ? Second : First;
    }

    [Fact]
    public async Task Of_two_hundred_acknowledgements_by_two_liaisons_at_once_each_has_one_winner_and_the_other_learns_who_and_when()
    {
        var (one, two) = (await fixture.As(DemoAccounts.PoliceTuyenQuang), await fixture.As(DemoAccounts.SecondPoliceTuyenQuang));
        var accounts = new[] { one, two }.Select(person => person.Session.GetProperty("account").GetProperty("id").GetString()!).ToArray();
        var outcomes = await Race(200, _ => Task.CompletedTask, new(one, "acknowledge", new { }), new(two, "acknowledge", new { }));

        foreach (var outcome in outcomes)
        {
            outcome.Successes.ShouldBe(1);
            var (winner, loser) = (outcome.First.Status == HttpStatusCode.OK ? accounts[0] : accounts[1], outcome.Loser);
            (loser.Status, loser.Body.Slug).ShouldBe(outcome.Named ? (HttpStatusCode.PreconditionFailed, "version-stale") : (HttpStatusCode.Conflict, "referral-already-acknowledged"));
            loser.Body.GetProperty("acknowledgedBy").GetString()!.ShouldEndWith(winner);
            loser.Body.GetProperty("state").GetString().ShouldBe("Acknowledged");
            loser.Tag.ShouldBe(outcome.Winner.Tag);
            var stored = (await fixture.Stored("referral", outcome.Referral)).Single(fact => fact.Name == "referral-acknowledged.v1");
            stored.Data.GetProperty("by").GetString()!.ShouldEndWith(winner);
            loser.Body.GetProperty("at").GetDateTimeOffset().ShouldBe(stored.Data.GetProperty("at").GetDateTimeOffset());
        }

        var ofOne = outcomes.Count(outcome => outcome.First.Status == HttpStatusCode.OK);
        output.WriteLine($"{ofOne} to {outcomes.Count - ofOne}");
        outcomes.Count(outcome => outcome.Named).ShouldBe(100);
    }

    [Fact]
    public async Task One_liaison_who_acknowledges_many_times_at_once_acknowledges_once_and_is_told_yes_each_time()
    {
        var liaison = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        for (var round = 0; round < 5; round++)
        {
            var (referral, _) = await stage.Sent();
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => liaison.Does("acknowledge", referral)));
            (await fixture.Stored("referral", referral)).Count(fact => fact.Name == "referral-acknowledged.v1").ShouldBe(1);
        }
    }

    [Fact]
    public async Task Acknowledged_and_withdrawn_at_once_it_is_one_of_the_two_orders_and_both_are_told_so()
    {
        var (liaison, counsellor) = (await fixture.As(DemoAccounts.PoliceTuyenQuang), await fixture.As(DemoAccounts.Counsellor));
        var outcomes = await Race(50, _ => Task.CompletedTask, new(liaison, "acknowledge", new { }), new(counsellor, "withdraw", new { reason = "sent_in_error" }));

        foreach (var outcome in outcomes)
        {
            var (acknowledged, withdrawn) = (outcome.First, outcome.Second);
            var order = await Order(outcome.Referral);
            var final = await counsellor.Sees(outcome.Referral);
            if (outcome.Named)
            {
                outcome.Successes.ShouldBe(1);
                (outcome.Loser.Status, outcome.Loser.Body.Slug).ShouldBe((HttpStatusCode.PreconditionFailed, "version-stale"));
                outcome.Loser.Body.GetProperty("state").GetString().ShouldBe(final);
                final.ShouldBe(acknowledged.Status == HttpStatusCode.OK ? "Acknowledged" : "Withdrawn");
                order.ShouldBe([acknowledged.Status == HttpStatusCode.OK ? "acknowledged" : "withdrawn"]);
                continue;
            }

            // What is only acknowledged can still be withdrawn at once; what was withdrawn cannot be acknowledged.
            final.ShouldBe("Withdrawn");
            withdrawn.Status.ShouldBe(HttpStatusCode.OK);
            if (acknowledged.Status == HttpStatusCode.OK)
            {
                order.ShouldBe(["acknowledged", "withdrawn"]);
            }
            else
            {
                (acknowledged.Status, acknowledged.Body.Slug).ShouldBe((HttpStatusCode.Conflict, "command-not-allowed"));
                acknowledged.Body.GetProperty("state").GetString().ShouldBe("Withdrawn");
                order.ShouldBe(["withdrawn"]);
            }
        }

        output.WriteLine($"{outcomes.Count(outcome => outcome.First.Status == HttpStatusCode.OK)} of {outcomes.Count} were acknowledged first");
    }

    [Fact]
    public async Task Accepted_and_handed_on_at_once_it_is_one_of_the_two_and_a_next_referral_exists_only_then()
    {
        var (one, two) = (await fixture.As(DemoAccounts.PoliceTuyenQuang), await fixture.As(DemoAccounts.SecondPoliceTuyenQuang));
        var outcomes = await Race(50, referral => one.Does("acknowledge", referral), new(one, "accept", new { unit = "Đội hư cấu" }), new(two, "hand-on", new { deskId = "border-guard" }));

        List<Guid> next = [];
        foreach (var outcome in outcomes)
        {
            outcome.Successes.ShouldBe(1);
            var accepted = outcome.First.Status == HttpStatusCode.OK;
            var state = accepted ? "Accepted" : "HandingOn";
            (outcome.Loser.Status, outcome.Loser.Body.Slug).ShouldBe(outcome.Named ? (HttpStatusCode.PreconditionFailed, "version-stale") : (HttpStatusCode.Conflict, "command-not-allowed"));
            outcome.Loser.Body.GetProperty("state").GetString().ShouldBe(state);
            (await one.Sees(outcome.Referral)).ShouldBe(state);
            (await Order(outcome.Referral)).ShouldBe(["acknowledged", accepted ? "accepted" : "hand-on-begun"]);
            if (!accepted)
                next.Add((await fixture.Stored("referral", outcome.Referral))[^1].Data.GetProperty("nextId").GetGuid());
        }

        (await Drafted("border-guard", outcomes)).ShouldBe(next, ignoreOrder: true);
        output.WriteLine($"{next.Count} of {outcomes.Count} were handed on");
    }

    [Fact]
    public async Task Withdrawn_and_handed_on_at_once_no_next_referral_is_left_behind()
    {
        var (liaison, counsellor) = (await fixture.As(DemoAccounts.PoliceTuyenQuang), await fixture.As(DemoAccounts.Counsellor));
        var outcomes = await Race(50, referral => liaison.Does("acknowledge", referral), new(liaison, "hand-on", new { deskId = "border-guard" }), new(counsellor, "withdraw", new { reason = "sent_in_error" }));

        foreach (var outcome in outcomes)
        {
            var begun = (await fixture.Stored("referral", outcome.Referral)).SingleOrDefault(fact => fact.Name == "referral-hand-on-begun.v1");
            (begun is not null).ShouldBe(outcome.First.Status == HttpStatusCode.OK);
            if (outcome.Named)
                outcome.Successes.ShouldBe(1);
            else
                outcome.Second.Status.ShouldBe(HttpStatusCode.OK);
            var final = await counsellor.Sees(outcome.Referral);
            final.ShouldBe(outcome.Second.Status == HttpStatusCode.OK ? "Withdrawn" : "HandingOn");
            if (begun is not null)
                (await counsellor.Sees(begun.Data.GetProperty("nextId").GetGuid())).ShouldBe(final == "Withdrawn" ? "Withdrawn" : "Draft");
        }
    }

    /// <summary>Gives both commands at the same moment to so many referrals, some at a time; half of the pairs name the version that both saw.</summary>
    private async Task<IReadOnlyList<Outcome>> Race(int count, Func<Guid, Task> before, Try first, Try second)
    {
        var (caseId, person, _) = await stage.Case();
        // One release serves all: it is for this case and this desk.
        var release = await stage.Release(caseId, person);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        var outcomes = new Outcome[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = Ct }, async (i, _) =>
        {
            var referral = await stage.Draft(caseId);
            await counsellor.Does("submit", referral, new { release });
            await before(referral);
            var named = i % 2 == 1;
            var tag = named ? (await counsellor.Ask(HttpMethod.Get, $"api/referrals/{referral}")).Tag : null;
            // Whose request leaves first by a hair changes from pair to pair.
            var (left, right) = i / 2 % 2 == 0 ? (first, second) : (second, first);
            var asked = new[] { left, right }.Select(each => each.By.Ask(HttpMethod.Post, $"api/referrals/{referral}/{each.Command}", each.Body, tag)).ToList();
            var answers = await Task.WhenAll(left == first ? asked : asked.AsEnumerable().Reverse());
            outcomes[i] = new(referral, named, answers[0], answers[1]);
        });
        return outcomes;
    }

    /// <summary>What happened to the referral after it was sent, in order.</summary>
    private async Task<IReadOnlyList<string>> Order(Guid referral) =>
    [
        .. (await fixture.Stored("referral", referral)).Select(fact => fact.Name["referral-".Length..^".v1".Length]).Where(name => name is not ("drafted" or "submitted" or "sent")),
    ];

    /// <summary>The referrals to a desk that belong to the case of the outcomes.</summary>
    private async Task<IReadOnlyList<Guid>> Drafted(string desk, IReadOnlyList<Outcome> outcomes) =>
        await stage.ReferralsTo((await fixture.Stored("referral", outcomes[0].Referral))[0].Data.GetProperty("caseId").GetGuid(), desk);
}
