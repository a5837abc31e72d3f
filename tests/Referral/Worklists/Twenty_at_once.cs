using System.Collections.Concurrent;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Referral.Conversing;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Tests.Running;
using Hotline111.Referral.Watching;

namespace Hotline111.Referral.Tests.Worklists;

/// <summary>Twenty people at work on the same lists: each claim has one winner, no page lies, and in the end lists, figures and streams say the same.</summary>
[Collection<OneService>]
public sealed class Twenty_at_once(ReferralService service)
{
    private const string Desk = "police.37";

    private static readonly Person[] Liaisons = [.. Enumerable.Range(1, 12).Select(n => Person.Liaison($"police-37-{n}", Desk))];
    private static readonly Person[] Staff = [.. Enumerable.Range(1, 8).Select(n => new Person($"staff-{n}", n == 1 ? Roles.Supervisor : Roles.Counsellor))];

    private static string InFiveDays => DateTimeOffset.UtcNow.AddDays(5).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_twenty_claims_at_once_one_wins_and_nineteen_learn_who()
    {
        var twenty = Enumerable.Range(1, 20).Select(n => Person.Liaison($"police-38-{n}", "police.38")).ToList();
        for (var round = 0; round < 5; round++)
        {
            var id = (await service.Emergency(Guid.CreateVersion7(), "police.38"))[0];
            var replies = await Task.WhenAll(twenty.Select(async liaison => (liaison, Reply: await service.Post(liaison, $"referrals/{id}/claim"))));
            var winner = replies.Where(each => each.Reply.Status == 200).ShouldHaveSingleItem().liaison.Id;
            foreach (var (_, reply) in replies.Where(each => each.Reply.Status != 200))
            {
                reply.ShouldBe(409).Slug.ShouldBe("referral-already-claimed");
                reply.Body.GetProperty("claimedBy").GetString().ShouldBe(winner);
            }

            (await service.Beside.Store.ReadStream(WatchDecider.IdOf(id), Ct)).Count(stored => stored.Type == "watch-claimed.v1").ShouldBe(1);
        }
    }

    [Fact]
    public async Task Lists_figures_pages_and_streams_agree()
    {
        List<Guid> untouched = [], worked = [];
        for (var i = 0; i < 10; i++)
            untouched.Add((await service.Emergency(Guid.CreateVersion7(), Desk))[0]);
        for (var i = 0; i < 20; i++)
            worked.Add((await service.Emergency(Guid.CreateVersion7(), Desk))[0]);

        ConcurrentBag<string> unexpected = [];
        var work = Liaisons.Select((person, n) => AtTheDesk(person, new Random(n))).Concat(Staff.Select((person, n) => AtTheHotline(person, new Random(100 + n)))).ToList();
        var reading = Task.WhenAll(Page(Liaisons[0], "inbox"), Page(Staff[0], $"referrals?desk={Desk}"));
        await Task.WhenAll(work);
        await reading;
        unexpected.ShouldBeEmpty();

        Dictionary<string, List<Guid>> desk = [], hotline = [];
        foreach (var id in untouched.Concat(worked))
        {
            var folded = await service.Beside.Store.Load(ReferralDecider.Instance, id, Ct);
            var talk = (await service.Beside.Store.Load(ConversationDecider.Instance, ConversationDecider.IdOf(id), Ct)).State;
            var claim = (await service.Beside.Store.Load(WatchDecider.Instance, WatchDecider.IdOf(id), Ct)).State.Claim;
            var state = (ReferralState.Out)folded.State;
            (desk.TryGetValue(DeskList(state), out var one) ? one : desk[DeskList(state)] = []).Add(id);
            (hotline.TryGetValue(Turn(state), out var other) ? other : hotline[Turn(state)] = []).Add(id);
            var row = (await service.Sheet(Liaisons[0], id)).GetProperty("referral");
            row.GetProperty("version").GetInt64().ShouldBe(folded.Version);
            row.GetProperty("state").GetString().ShouldBe(state.Name);
            row.GetProperty("marks").GetInt32().ShouldBe(state.Course.Marks.Count);
            row.GetProperty("acknowledgedBy").GetString().ShouldBe(state.Course.Acknowledgement?.By);
            row.GetProperty("claimedBy").GetString().ShouldBe(claim?.By);
            row.GetProperty("messages").GetInt32().ShouldBe(talk.Messages.Count);
            row.GetProperty("unread").GetInt32().ShouldBe(talk.UnreadAfter(Sides.Desk, talk.DeskReadTo));
        }

        var counts = (await service.Get(Liaisons[0], "inbox/counts")).Body.GetProperty("lists");
        foreach (var list in new[] { "new", "answer", "to-report", "waiting", "on-hold", "done" })
        {
            (await service.All(Liaisons[1], $"inbox?list={list}", limit: 3)).ShouldBe(desk.GetValueOrDefault(list) ?? [], ignoreOrder: true, list);
            counts.GetProperty(list).GetInt64().ShouldBe(desk.GetValueOrDefault(list)?.Count ?? 0, list);
        }

        foreach (var list in new[] { "theirs", "mine", "caller", "approvals", "done" })
            (await service.All(Staff[0], $"referrals?list={list}&desk={Desk}", limit: 3)).ShouldBe(hotline.GetValueOrDefault(list) ?? [], ignoreOrder: true, list);
        desk.Count.ShouldBeGreaterThan(3, "the work reached several lists");

        async Task AtTheDesk(Person person, Random random)
        {
            for (var i = 0; i < 25; i++)
            {
                var id = worked[random.Next(worked.Count)];
                await Try(person, id, random.Next(10) switch
                {
                    0 => ("claim", new { takeOver = random.Next(2) == 0 }),
                    1 => ("release-claim", null),
                    2 or 3 => ("acknowledge", null),
                    4 => ("accept", new { }),
                    5 => ("mark", new { mark = "en_route" }),
                    6 => ("messages", new { text = "Hư cấu." }),
                    7 => ("hold", new { reason = "waiting_person", until = InFiveDays }),
                    8 => ("flag-danger", new { riskSigns = new[] { "weapon" } }),
                    _ => ("report-progress", new { progress = "searching" }),
                });
            }
        }

        async Task AtTheHotline(Person person, Random random)
        {
            for (var i = 0; i < 25; i++)
            {
                var id = worked[random.Next(worked.Count)];
                if (random.Next(3) == 0)
                {
                    var items = (await service.Get(person, $"referrals/{id}/messages")).ShouldBe(200).Body.GetProperty("items");
                    if (items.GetArrayLength() > 0)
                        await Try(person, id, ("messages/read", new { upTo = items[items.GetArrayLength() - 1].GetProperty("id").GetGuid() }));
                }
                else
                {
                    await Try(person, id, random.Next(12) == 0 ? ("withdraw", new { reason = "need_met" }) : ("messages", new { text = "Hư cấu." }));
                }
            }
        }

        async Task Try(Person person, Guid id, (string Command, object? Body) what)
        {
            var reply = await service.Post(person, $"referrals/{id}/{what.Command}", what.Body);
            if (reply.Status is not (200 or 201 or 400 or 409))
                unexpected.Add($"{what.Command}: {reply.Status} {reply.Body}");
        }

        // While everything moves: nothing twice, and what stays is there.
        async Task Page(Person person, string path)
        {
            do
            {
                var ids = await service.All(person, path, limit: 4);
                if (ids.Count != ids.Distinct().Count() || untouched.Except(ids).Any())
                    unexpected.Add($"{path}: {ids.Count} rows, {ids.Distinct().Count()} different, {untouched.Except(ids).Count()} of those that stayed were missing");
            }
            while (!work.TrueForAll(one => one.IsCompleted));
        }
    }

    private static string DeskList(ReferralState.Out state) => state switch
    {
        { IsFinal: true } => "done",
        ReferralState.Sent => "new",
        ReferralState.Acknowledged or { Course.WithdrawalReason: not null } => "answer",
        ReferralState.NeedsInformation or ReferralState.Reported or ReferralState.HandingOn => "waiting",
        ReferralState.OnHold => "on-hold",
        _ => state.Course.Requests.Any(request => request.Kind != ReferralRequests.Danger) ? "waiting" : "to-report",
    };

    private static string Turn(ReferralState.Out state) => state switch
    {
        _ when state.Course.Requests.Any(request => request.Kind == ReferralRequests.Danger) => "mine",
        ReferralState.Declined => "mine",
        { IsFinal: true } => "done",
        ReferralState.NeedsInformation or ReferralState.Reported => "mine",
        { Course.WithdrawalReason: not null } => "theirs",
        ReferralState.OnHold => "caller",
        _ => "theirs",
    };
}
