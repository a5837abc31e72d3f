using System.Net;
using System.Text.Json;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests;

/// <summary>What people see of a referral without opening its package: lists by who must act, receipts, who has it to hand, and what was written about it.</summary>
public sealed class InboxTests(PlatformFixture fixture)
{
    private readonly Stage stage = new(fixture);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_referral_stands_in_the_list_of_the_one_who_must_act_next()
    {
        var of = await stage.Opened(Stage.Contact(), new { narrative = "Diễn biến hư cấu." }, new { name = "Người hư cấu", gender = "female", age = 30 });
        var (health, counsellor, supervisor) = (await fixture.As(DemoAccounts.HealthTuyenQuang), await fixture.As(DemoAccounts.Counsellor), await fixture.As(DemoAccounts.Supervisor));
        var referral = await stage.Draft(of.Id, "health.08", "standard", "medical");
        var release = await stage.Release(of.Id, of.Persons, "health.08", "vital_interest", "medical");

        (await counsellor.Does("submit", referral, new { release })).ShouldBe("AwaitingApproval");
        await Stands(null, "approvals");
        await supervisor.Does("return", referral, new { question = "Đã hỏi chị ấy chưa?" });
        await Stands(null, "mine", "returned");
        await counsellor.Does("submit", referral, new { release });
        await supervisor.Does("approve", referral);
        await Stands("new", "theirs");
        await health.Does("acknowledge", referral);
        await Stands("answer", "theirs");
        await health.Does("ask-information", referral, new { questions = new[] { new { field = "person.address", text = "Ở đâu?" } } });
        await Stands("waiting", "mine");
        await counsellor.Does("answer-information", referral, new { answers = new[] { new { field = "person.address", text = "Chưa rõ." } } });
        await health.Does("accept", referral);
        await Stands("to-report", "theirs");
        await health.Does("hold", referral, new { reason = "waiting_person", until = Stage.InDays(4) });
        (await health.InInbox(referral)).ShouldNotBeNull().GetProperty("list").GetString().ShouldBe("on-hold");
        await health.Does("report-result", referral, new { results = new[] { new { personId = of.Persons[0], result = "support_given" } }, tellCaller = "may_tell" });
        await Stands("waiting", "mine");
        await counsellor.Does("confirm-result", referral);
        await Stands("done", "done");

        async Task Stands(string? desk, params string[] hotline)
        {
            (await health.InInbox(referral))?.GetProperty("list").GetString().ShouldBe(desk);
            foreach (var list in hotline)
            {
                var page = await supervisor.Get($"api/referrals?list={list}&caseId={of.Id}", Ct);
                page.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("id").GetGuid()).ShouldBe([referral], $"in {list}");
            }
        }
    }

    [Fact]
    public async Task Receipts_rise_from_published_to_acknowledged_and_never_make_an_answer_stale()
    {
        var (referral, _) = await stage.Sent();
        var (police, counsellor) = (await fixture.As(DemoAccounts.PoliceTuyenQuang), await fixture.As(DemoAccounts.Counsellor));
        var (_, _, seen) = await police.Ask(HttpMethod.Get, $"api/referrals/{referral}");

        var deadline = DateTime.UtcNow + Stage.Patience;
        while (await Step() != "delivered")
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline, "a notice is recorded and its receipt comes back");
            await Task.Delay(50, Ct);
        }

        await police.Opens(referral);
        (await Step()).ShouldBe("opened");
        // What was seen before all receipts is still the present version.
        (await police.Ask(HttpMethod.Post, $"api/referrals/{referral}/acknowledge", new { }, seen)).Status.ShouldBe(HttpStatusCode.OK);
        while (await Step() != "acknowledged")
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline, "the last receipt follows the answer");
            await Task.Delay(50, Ct);
        }

        async Task<string?> Step() => (await counsellor.Get($"api/referrals/{referral}", Ct)).GetProperty("receipts").GetProperty("step").GetString();
    }

    [Fact]
    public async Task One_liaison_takes_a_referral_to_hand_and_gives_it_to_her_colleague()
    {
        var (referral, _) = await stage.Sent();
        var (one, two) = (await fixture.As(DemoAccounts.PoliceTuyenQuang), await fixture.As(DemoAccounts.SecondPoliceTuyenQuang));
        var names = new[] { one, two }.Select(person => person.Session.GetProperty("account").GetProperty("id").GetString()!).ToArray();

        (await one.Does("claim", referral)).ShouldBe("Sent", "it says who is at it and moves nothing");
        (await two.InInbox(referral)).ShouldNotBeNull().GetProperty("claimedBy").GetString()!.ShouldEndWith(names[0]);
        (await two.IsRefused("claim", referral)).Status.ShouldBe(HttpStatusCode.Conflict);
        await one.Does("hand-over", referral, new { to = (await one.InInbox(referral)).ShouldNotBeNull().GetProperty("claimedBy").GetString()!.Replace(names[0], names[1], StringComparison.Ordinal) });
        (await one.InInbox(referral)).ShouldNotBeNull().GetProperty("claimedBy").GetString()!.ShouldEndWith(names[1]);
        await two.Does("release-claim", referral);
        (await one.InInbox(referral)).ShouldNotBeNull().GetProperty("claimedBy").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task What_desk_and_hotline_write_to_each_other_is_read_by_these_two_alone()
    {
        var sent = await stage.Emergency(["police.08", "c02"], new { need = "Nhu cầu hư cấu." });
        var referral = sent.Referrals["police.08"];
        var (police, centre, counsellor) = (await fixture.As(DemoAccounts.PoliceTuyenQuang), await fixture.As(DemoAccounts.CriminalPolice), await fixture.As(DemoAccounts.Counsellor));

        await police.Post($"api/referrals/{referral}/messages", new { text = "Nhắn riêng hư cấu xyzzy." }, Ct);
        (await counsellor.InList("unread", sent.Case, referral)).ShouldBeTrue();
        var page = await counsellor.Get($"api/referrals/{referral}/messages", Ct);
        page.GetProperty("items")[0].GetProperty("parts")[0].GetProperty("text").GetString().ShouldBe("Nhắn riêng hư cấu xyzzy.");
        await counsellor.Post($"api/referrals/{referral}/messages/read", new { upTo = page.GetProperty("items")[0].GetProperty("id").GetGuid() }, Ct);
        (await counsellor.InList("unread", sent.Case, referral)).ShouldBeFalse();
        await counsellor.Post($"api/referrals/{referral}/messages", new { text = "Đã nhận, hư cấu." }, Ct);
        await counsellor.Noticed(referral, "message");

        foreach (var path in new[] { "messages", "words", "package" })
            (await Should.ThrowAsync<PlatformRefusalException>(() => centre.Get($"api/referrals/{referral}/{path}", Ct))).Slug.ShouldBe("referral-not-found");
        (await centre.Get($"api/referrals/{sent.Referrals["c02"]}/messages", Ct)).GetProperty("items").GetArrayLength().ShouldBe(0);
        (await counsellor.Until(sent.Case, shown => shown.GetRawText().Contains("message", StringComparison.Ordinal))).GetRawText().ShouldNotContain("xyzzy", Shouldly.Case.Sensitive);
    }
}
