using System.Text.Json;
using Hotline111.Contracts.Access;
using Hotline111.Referral.Tests.Running;

namespace Hotline111.Referral.Tests.Worklists;

/// <summary>Each referral stands where the one who must act next looks for it.</summary>
[Collection<OneService>]
public sealed class Who_must_act_next(ReferralService service)
{
    private static readonly string[] OfDesks = ["new", "answer", "to-report", "waiting", "on-hold", "done"];
    private static readonly string[] OfHotline = ["theirs", "mine", "caller", "approvals", "done"];

    private readonly Person police = Person.Liaison($"police-{Guid.NewGuid():N}"[..20], "police.08");

    [Fact]
    public async Task A_referral_that_is_sent_accepted_worked_on_and_confirmed_goes_from_list_to_list()
    {
        var (caseId, person) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var id = await service.Draft(caseId);
        await Stands(id, null, "mine");
        await service.Submit(id, caseId, "police.08", person);
        await Stands(id, null, "approvals");
        await service.Give(Person.Supervisor, id, "return", new { question = "Câu hỏi hư cấu?" });
        await Stands(id, null, "mine", "returned");
        await service.Submit(id, caseId, "police.08", person);
        await service.Give(Person.Supervisor, id, "approve");
        await Stands(id, "new", "theirs");
        await service.Give(police, id, "acknowledge");
        await Stands(id, "answer", "theirs");
        await service.Give(police, id, "ask-information", new { questions = new[] { new { field = "person.name", personId = person, text = "Hỏi hư cấu?" } } });
        await Stands(id, "waiting", "mine");
        await service.Give(Person.Counsellor, id, "answer-information", new { answers = new[] { new { field = "person.name", personId = person, text = "Trả lời hư cấu." } } });
        await Stands(id, "answer", "theirs");
        await service.Give(police, id, "accept", new { });
        await Stands(id, "to-report", "theirs");
        await service.Give(police, id, "hold", new { reason = "waiting_other_body", until = InDays(3) });
        await Stands(id, "on-hold", "theirs");
        await service.Give(police, id, "resume");
        await service.Give(police, id, "hold", new { reason = "waiting_person", until = InDays(3) });
        await Stands(id, "on-hold", "caller");
        await service.Give(police, id, "resume");
        await service.Give(police, id, "ask-extension", new { until = InDays(9) });
        await Stands(id, "waiting", "mine");
        var request = (await service.Sheet(Person.Counsellor, id)).GetProperty("history").EnumerateArray().Last(line => line.GetProperty("what").GetString() == "request-raised");
        await service.Give(Person.Counsellor, id, "settle-request", new { requestId = request.GetProperty("codes").GetProperty("requestId").GetGuid(), decision = "granted" });
        await Stands(id, "to-report", "theirs");
        await service.Give(Person.Counsellor, id, "withdraw", new { reason = "sent_in_error" });
        await Stands(id, "answer", "theirs");
        await service.Give(police, id, "refuse-withdrawal", new { why = "Lý do hư cấu." });
        await service.Give(police, id, "report-result", new { results = new[] { new { personId = person, result = "rescued", evidence = Array.Empty<string>() } }, tellCaller = TellCaller });
        await Stands(id, "waiting", "mine");
        await service.Give(Person.Counsellor, id, "confirm-result");
        await Stands(id, "done", "done");
        await service.Give(police, id, "correct-report", new { results = new[] { new { personId = person, result = "support_given" } }, tellCaller = TellCaller, why = "Đính chính hư cấu." });
        await Stands(id, "done", "mine");
        await service.Give(Person.Counsellor, id, "confirm-result");
        await Stands(id, "done", "done");
    }

    [Fact]
    public async Task What_the_desk_asks_again_is_open_beside_what_it_asked_before_until_all_is_answered()
    {
        var id = await service.Sent();
        await service.Give(police, id, "acknowledge");
        await Ask("person.name", "person.phone");
        await Ask("request.place");
        (await Questions()).ShouldBe(3);
        // As many as were asked before can be answered at once.
        for (var i = 0; i < 2; i++)
            await Ask([.. Enumerable.Repeat("request.place", 20)]);
        (await Questions()).ShouldBe(43);
        await service.Give(Person.Counsellor, id, "answer-information", new { answers = Enumerable.Repeat(new { field = "request.place", text = "Trả lời hư cấu." }, 43) });
        (await Questions()).ShouldBe(0);
        await Ask("request.place");
        (await Questions()).ShouldBe(1);

        Task Ask(params string[] fields) => service.Give(police, id, "ask-information", new { questions = fields.Select(field => new { field, text = "Hỏi hư cấu?" }) });

        async Task<int> Questions() => (await service.Sheet(Person.Counsellor, id)).GetProperty("referral").GetProperty("questions").GetInt32();
    }

    [Fact]
    public async Task A_declined_need_is_the_hotline_s_until_it_is_placed_anew()
    {
        var caseId = Guid.CreateVersion7();
        var id = await service.Sent(caseId);
        await service.Give(police, id, "acknowledge");
        await service.Give(police, id, "decline", new { reason = "wrong_territory", advisedDeskId = "police.04" });
        await Stands(id, "done", "mine", "declined");
        var anew = await service.Draft(caseId, "police.04");
        await Stands(id, "done", "done");
        await service.Give(Person.Counsellor, anew, "withdraw", new { reason = "sent_in_error" });
        await Stands(id, "done", "mine", "declined");
    }

    [Fact]
    public async Task What_is_handed_on_to_another_agency_waits_at_the_hotline_for_its_release_and_a_danger_is_always_the_hotline_s()
    {
        var caseId = Guid.CreateVersion7();
        var id = await service.Sent(caseId);
        await service.Give(police, id, "acknowledge");
        await service.Give(police, id, "hand-on", new { deskId = "police.04", text = "Hư cấu." });
        await Stands(id, "waiting", "theirs");
        var next = (await service.Sheet(police, id)).GetProperty("referral").GetProperty("nextId").GetGuid();
        await Stands(next, null, "mine");
        await service.Give(police, id, "flag-danger", new { riskSigns = new[] { "weapon" } });
        await Stands(id, "waiting", "mine");
        await service.Give(police, id, "take-back");
        await Stands(next, null, "done");
    }

    [Fact]
    public async Task What_the_next_desk_declines_is_the_desk_s_before_until_it_was_acknowledged_and_then_the_hotline_s()
    {
        var (caseId, other) = (Guid.CreateVersion7(), Person.Liaison("police-04", "police.04"));
        var id = await service.Sent(caseId);
        await service.Give(police, id, "acknowledge");
        var early = await HandedOn();
        await service.Give(other, early, "decline", new { reason = "no_capacity" });
        await Stands(early, null, "done");
        await Stands(id, "answer", "theirs");

        var late = await HandedOn();
        await service.Give(other, late, "acknowledge");
        await Stands(id, "done", "done");
        await service.Give(other, late, "decline", new { reason = "no_capacity" });
        await Stands(late, null, "mine", "declined");
        await service.Draft(caseId, "border-guard.08");
        await Stands(late, null, "done");

        async Task<Guid> HandedOn()
        {
            await service.Give(police, id, "hand-on", new { deskId = "police.04" });
            var next = (await service.Sheet(police, id)).GetProperty("referral").GetProperty("nextId").GetGuid();
            await service.Submit(next, caseId, "police.04");
            await service.Give(Person.Supervisor, next, "approve");
            return next;
        }
    }

    [Fact]
    public async Task What_went_out_without_approval_is_reviewed_and_what_was_said_by_phone_is_confirmed()
    {
        var id = (await service.Emergency(Guid.CreateVersion7(), "police.08"))[0];
        await Stands(id, "new", "theirs", "reviews");
        await service.Give(Person.Counsellor, id, "acknowledge", new { byPhone = new { name = "Cán bộ hư cấu", post = "Trực ban", number = "000", at = DateTimeOffset.UtcNow } });
        (await service.All(police, "inbox?list=to-confirm")).ShouldContain(id);
        await service.Give(Person.Supervisor, id, "review", new { finding = "justified" });
        await Stands(id, "answer", "theirs");
        await service.Give(police, id, "acknowledge");
        (await service.All(police, "inbox?list=to-confirm")).ShouldNotContain(id);
        await service.Give(police, id, "reject-data", new { });
        (await service.All(Person.Supervisor, "referrals?list=returned")).ShouldContain(id);
        await service.Give(Person.Supervisor, id, "restore-data", new { why = "Hư cấu." });
        (await service.All(Person.Supervisor, "referrals?list=returned")).ShouldNotContain(id);
    }

    [Fact]
    public async Task Data_that_a_desk_returns_after_the_end_comes_to_the_hotline_s_eyes_too()
    {
        var ended = await service.Sent();
        await service.Give(police, ended, "acknowledge");
        await service.Give(police, ended, "decline", new { reason = "no_capacity" });
        var withdrawn = await service.Sent();
        await service.Give(Person.Counsellor, withdrawn, "withdraw", new { reason = "sent_in_error" });
        foreach (var id in new[] { ended, withdrawn })
        {
            await service.Give(police, id, "reject-data", new { });
            (await service.All(Person.Supervisor, "referrals?list=returned")).ShouldContain(id);
            await service.Give(Person.Supervisor, id, "restore-data", new { why = "Hư cấu." });
            (await service.All(Person.Supervisor, "referrals?list=returned")).ShouldNotContain(id);
        }
    }

    [Fact]
    public async Task The_figures_are_those_of_the_lists()
    {
        await service.Sent();
        await service.Give(police, await service.Sent(), "acknowledge");
        await Agree(police, "inbox", OfDesks, [.. OfDesks, "open", "to-confirm", "unread", "all"]);
        await Agree(Person.Supervisor, "referrals", OfHotline, [.. OfHotline, "open", "reviews", "declined", "returned", "unknown", "unread", "all"]);

        async Task Agree(Person person, string door, string[] disjoint, string[] all)
        {
            var counts = (await service.Get(person, $"{door}/counts")).ShouldBe(200).Body.GetProperty("lists");
            counts.EnumerateObject().Select(list => list.Name).ShouldBe(all, ignoreOrder: true);
            foreach (var list in all)
                counts.GetProperty(list).GetInt64().ShouldBe((await service.All(person, $"{door}?list={list}")).Count, list);
            disjoint.Sum(list => counts.GetProperty(list).GetInt64()).ShouldBe(counts.GetProperty("all").GetInt64());
            counts.GetProperty("open").GetInt64().ShouldBe(counts.GetProperty("all").GetInt64() - counts.GetProperty("done").GetInt64());
        }
    }

    [Fact]
    public async Task The_figures_of_a_desk_are_those_of_its_inbox_and_one_s_own_are_counted_by_themselves()
    {
        var counsellor = new Person($"c-{Guid.NewGuid():N}"[..20], Roles.Counsellor);
        await service.Draft(Guid.CreateVersion7(), by: counsellor);
        await service.Emergency(Guid.CreateVersion7(), "police.08");
        await service.Give(police, await service.Sent(), "acknowledge");
        var inbox = (await service.Get(police, "inbox/counts")).ShouldBe(200).Body.GetProperty("lists");
        var desk = (await service.Get(Person.Supervisor, "referrals/counts/desks")).ShouldBe(200).Body.GetProperty("items").EnumerateArray()
            .Single(each => each.GetProperty("deskId").GetString() == "police.08");
        desk.GetProperty("open").GetInt64().ShouldBe(inbox.GetProperty("open").GetInt64());
        desk.GetProperty("unacknowledged").GetInt64().ShouldBe(inbox.GetProperty("new").GetInt64());
        desk.GetProperty("emergencies").GetInt64().ShouldBe((await service.All(police, "inbox?list=new&urgency=emergency")).Count);
        desk.GetProperty("oldestSentAt").GetDateTime().ShouldBeLessThan(DateTime.UtcNow);
        (await service.Get(counsellor, "referrals/counts?draftedByMe=true")).ShouldBe(200).Body.GetProperty("lists").GetProperty("all").GetInt64().ShouldBe(1);
        (await service.Get(police, "referrals/counts/desks")).ShouldBe(403);
    }

    [Fact]
    public async Task What_nobody_knows_the_outcome_of_stands_in_a_list_of_its_own_until_somebody_answers()
    {
        var id = await service.Sent();
        await service.Give(police, id, "acknowledge");
        await service.Give(police, id, "accept", new { });
        await service.Give(Person.Supervisor, id, "declare-outcome-unknown");
        await Stands(id, "to-report", "theirs", "unknown");
        await service.Give(police, id, "report-progress", new { progress = "searching" });
        await Stands(id, "to-report", "theirs");
    }

    [Fact]
    public async Task Lists_are_narrowed_down_by_what_is_asked_for()
    {
        var caseId = Guid.CreateVersion7();
        var urgent = (await service.Emergency(caseId, "police.08", "border-guard.08"))[0];
        var mine = await service.Draft(caseId, by: new Person($"c-{Guid.NewGuid():N}"[..20], Roles.Counsellor));
        await Has($"referrals?caseId={caseId}&state=Draft", mine);
        await Has($"referrals?caseId={caseId}&urgency=standard", mine);
        await Has($"referrals?caseId={caseId}&desk=police.08&urgency=emergency", urgent);
        await Has($"referrals?caseId={caseId}&agency={Person.AgencyOf("police.08")}&state=Sent", urgent);
        (await service.All(Person.Counsellor, $"referrals?caseId={caseId}&draftedByMe=true")).ShouldBe(await service.All(Person.Counsellor, $"referrals?caseId={caseId}&state=Sent"));
        (await service.All(police, $"inbox?caseId={caseId}")).ShouldBe([urgent]);
        (await service.All(police, $"inbox?caseId={caseId}&desk=border-guard.08")).ShouldBeEmpty();
        (await service.All(police, $"inbox?caseId={caseId}&claimed=nobody")).ShouldBe([urgent]);
        (await service.All(police, $"inbox?caseId={caseId}&claimed=me")).ShouldBeEmpty();

        async Task Has(string path, Guid id) => (await service.All(Person.Counsellor, path)).ShouldBe([id], path);
    }

    [Theory]
    [InlineData("inbox", "list=mine", "list")]
    [InlineData("inbox", "list=New", "list")]
    [InlineData("inbox", "state=sent", "state")]
    [InlineData("inbox", "urgency=soon", "urgency")]
    [InlineData("inbox", "claimed=police-1", "claimed")]
    [InlineData("inbox", "cursor=abc", "cursor")]
    [InlineData("inbox", "cursor=%C4%91", "cursor")]
    [InlineData("inbox", "limit=0", "limit")]
    [InlineData("inbox", "limit=201", "limit")]
    [InlineData("referrals", "list=new", "list")]
    [InlineData("referrals", "state=Overdue", "state")]
    [InlineData("referrals", "limit=-1", "limit")]
    public async Task A_code_that_no_list_knows_is_refused_by_its_name(string door, string query, string field)
    {
        var refused = (await service.Get(door == "inbox" ? police : Person.Counsellor, $"{door}?{query}")).ShouldBe(400);
        refused.Slug.ShouldBe("body-invalid");
        refused.Errors.ShouldBe([field]);
    }

    [Fact]
    public async Task A_place_in_one_order_is_none_in_another()
    {
        await service.Sent();
        await service.Sent();
        var cursor = (await service.Get(police, "inbox?list=open&limit=1")).Body.GetProperty("cursor").GetString();
        (await service.Get(police, $"inbox?list=open&limit=1&cursor={cursor}")).ShouldBe(200);
        (await service.Get(police, $"inbox?list=all&limit=1&cursor={cursor}")).ShouldBe(400).Errors.ShouldBe(["cursor"]);
    }

    [Fact]
    public async Task Open_ones_come_most_urgent_first_and_then_newest_first()
    {
        var desk = Person.Liaison("police-22", "police.22");
        var standard = await service.Sent(desk: "police.22");
        var early = (await service.Emergency(Guid.CreateVersion7(), "police.22"))[0];
        var late = (await service.Emergency(Guid.CreateVersion7(), "police.22"))[0];
        (await service.All(desk, "inbox", limit: 1)).ShouldBe([late, early, standard]);
        (await service.All(desk, "inbox?list=all", limit: 2)).ShouldBe([late, early, standard]);
        var newest = await service.Sent(desk: "police.22");
        (await service.All(desk, "inbox", limit: 2)).ShouldBe([late, early, newest, standard]);
        (await service.All(desk, "inbox?list=all", limit: 3)).ShouldBe([newest, late, early, standard]);
    }

    [Fact]
    public async Task A_desk_sees_its_own_and_a_head_those_of_the_agency_unless_the_case_excludes_them()
    {
        var (caseId, other) = (Guid.CreateVersion7(), Person.Liaison("police-31", "police.31"));
        var ids = await service.Emergency(caseId, "police.31", "police.33");
        var head = new Person("head-31", Roles.AgencyHead, Person.AgencyOf("police.31"));
        (await service.All(other, "inbox")).ShouldBe([ids[0]]);
        (await service.All(head, "inbox")).ShouldBe([ids[0]]);
        var both = new Person("police-31-33", Roles.Liaison, Person.AgencyOf("police.31"), "police.31", "police.33");
        (await service.All(both, "inbox")).ShouldBe(ids, ignoreOrder: true);
        var row = (await service.Get(other, "inbox")).Body.GetProperty("items")[0];
        row.GetProperty("list").GetString().ShouldBe("new");
        (row.GetProperty("draftedBy").ValueKind, row.GetProperty("reviewDue").GetBoolean()).ShouldBe((JsonValueKind.Null, false), "the hotline's own");

        await service.Beside.Do($"INSERT INTO read.case_exclusion (case_id, agencies, provinces) VALUES ('{caseId}', '{{{Person.AgencyOf("police.31")}}}', '{{33}}')");
        foreach (var excluded in new[] { other, head, both })
        {
            (await service.All(excluded, "inbox")).ShouldBeEmpty();
            (await service.Get(excluded, "inbox/counts")).Body.GetProperty("lists").GetProperty("all").GetInt64().ShouldBe(0);
            foreach (var door in new[] { "", "/words", "/messages", "/helpers", "/package" })
                (await service.Get(excluded, $"referrals/{ids[0]}{door}")).ShouldBe(404);
        }

        (await service.Post(other, $"referrals/{ids[0]}/claim")).ShouldBe(404);
        (await service.Post(other, $"referrals/{ids[0]}/messages", new { text = "Hư cấu." })).ShouldBe(404);
        (await service.All(Person.Counsellor, $"referrals?caseId={caseId}")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Nobody_reads_the_list_of_the_other_side()
    {
        (await service.Get(Person.Counsellor, "inbox")).ShouldBe(403);
        (await service.Get(Person.Counsellor, "inbox/counts")).ShouldBe(403);
        (await service.Get(police, "referrals")).ShouldBe(403);
        (await service.Get(police, "referrals/counts")).ShouldBe(403);
    }

    private const string TellCaller = "ask_first";

    private static string InDays(int days) => DateTimeOffset.UtcNow.AddDays(days).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>It stands in this one list of the desk and in these of the hotline.</summary>
    private async Task Stands(Guid id, string? desk, params string[] hotline)
    {
        List<string> found = [];
        foreach (var list in OfDesks)
        {
            if ((await service.All(police, $"inbox?list={list}")).Contains(id))
                found.Add(list);
        }

        found.ShouldBe(desk is null ? [] : [desk], "of the desk");
        found.Clear();
        foreach (var list in OfHotline.Concat(["reviews", "declined", "returned", "unknown"]))
        {
            if ((await service.All(Person.Supervisor, $"referrals?list={list}")).Contains(id))
                found.Add(list);
        }

        found.ShouldBe(hotline, ignoreOrder: true, "of the hotline");
    }
}
