using System.Text.Json;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests;

/// <summary>The desk's work from taking charge to the confirmed result, and what it and the hotline settle on the way.</summary>
public sealed class WorkingTests(PlatformFixture fixture)
{
    private readonly Stage stage = new(fixture);

    [Fact]
    public async Task Marks_come_by_phone_late_out_of_order_and_twice_and_each_step_stands_once_with_its_own_time()
    {
        var (referral, of) = await stage.Accepted();
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        var now = DateTimeOffset.UtcNow;

        (await counsellor.Does("mark", referral, new { mark = "en_route", occurredAt = now.AddMinutes(-40), byPhone = Stage.ByPhone("Thượng úy Hư Cấu", TimeSpan.FromMinutes(2)) })).ShouldBe("Acting");
        // The officer himself tells the same step: it is confirmed, not made a second time.
        await police.Does("mark", referral, new { mark = "en_route", occurredAt = now.AddMinutes(-40).AddSeconds(20) });
        (await police.May(referral)).ShouldNotContain("confirm-entry");
        await police.Does("mark", referral, new { mark = "person_safe", occurredAt = now.AddMinutes(-1) });
        await police.Does("mark", referral, new { mark = "on_scene", occurredAt = now.AddMinutes(-20) });
        await police.Does("mark", referral, new { mark = "on_scene", occurredAt = now.AddMinutes(-20) });
        (await police.IsRefused("mark", referral, new { mark = "handed_over", occurredAt = now.AddHours(1) })).Slug.ShouldBe("body-invalid");
        (await police.IsRefused("mark", referral, new { mark = "handed_over", occurredAt = now.AddDays(-40) })).Slug.ShouldBe("body-invalid");

        var marks = await police.History(referral, "marked");
        marks.Select(Mark).ShouldBe(["en_route", "person_safe", "on_scene"], "in the order in which they were told");
        marks.OrderBy(line => line.GetProperty("occurredAt").GetDateTimeOffset()).Select(Mark).ShouldBe(["en_route", "on_scene", "person_safe"]);
        (await police.InInbox(referral)).ShouldNotBeNull().GetProperty("lastMark").GetString().ShouldBe("person_safe", "the last to happen, not the last to be told");
        await counsellor.Until(of.Id, shown => Kinds(shown).Count(kind => kind == "referral-marked") == 3);

        static string? Mark(JsonElement line) => line.GetProperty("codes").GetProperty("mark").GetString();
    }

    [Fact]
    public async Task Work_is_held_with_a_reason_and_a_day_and_goes_on()
    {
        var (referral, of) = await stage.Accepted();
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);

        (await police.IsRefused("hold", referral, new { reason = "other", until = Stage.InDays(3) })).Slug.ShouldBe("body-invalid");
        (await police.IsRefused("hold", referral, new { reason = "unsafe_now", until = Stage.InDays(0) })).Slug.ShouldBe("body-invalid");
        (await police.Does("hold", referral, new { reason = "unsafe_now", until = Stage.InDays(3) })).ShouldBe("OnHold");
        (await police.IsRefused("start", referral)).Slug.ShouldBe("command-not-allowed");
        (await police.Does("resume", referral)).ShouldBe("Acting");
        (await police.Does("hold", referral, new { reason = "waiting_other_body", until = Stage.InDays(5) })).ShouldBe("OnHold");
        // A result ends the pause by itself.
        (await police.Does("report-result", referral, Result(of, "located_not_reached"))).ShouldBe("Reported");
        (await police.History(referral)).Select(line => line.GetProperty("what").GetString()).TakeLast(2).ShouldBe(["resumed", "result-reported"]);
    }

    [Fact]
    public async Task More_time_another_agency_and_a_danger_are_asked_of_the_hotline_which_settles_each()
    {
        var (referral, of) = await stage.Accepted();
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);

        (await police.Does("ask-extension", referral, new { until = Stage.InDays(10), text = "Chờ kết quả hư cấu." })).ShouldBe("Accepted");
        (await police.IsRefused("ask-extension", referral, new { until = Stage.InDays(20) })).Slug.ShouldBe("request-open");
        var extension = await Request(referral);
        (await counsellor.May(referral)).ShouldContain("settle-request");
        (await counsellor.IsRefused("settle-request", referral, new { requestId = extension, decision = "noted" })).Slug.ShouldBe("decision-unfit");
        (await counsellor.IsRefused("settle-request", referral, new { requestId = Guid.CreateVersion7(), decision = "granted" })).Slug.ShouldBe("request-unknown");
        await counsellor.Does("settle-request", referral, new { requestId = extension, decision = "granted" });

        await police.Does("ask-joint", referral, new { deskId = "border-guard", text = "Đường mòn qua biên giới." });
        await counsellor.Does("settle-request", referral, new { requestId = await Request(referral), decision = "granted" });
        var joined = await stage.Refer(of, "border-guard", part: "helper");
        (await (await fixture.As(DemoAccounts.BorderGuard)).Does("acknowledge", joined)).ShouldBe("Acknowledged");

        (await police.IsRefused("flag-danger", referral, new { riskSigns = Array.Empty<string>() })).Slug.ShouldBe("body-invalid");
        await police.Does("flag-danger", referral, new { riskSigns = Codes("weapon", "offender_near") });
        await counsellor.Does("settle-request", referral, new { requestId = await Request(referral), decision = "noted" });
        (await counsellor.May(referral)).ShouldNotContain("settle-request");
        await police.Does("ask-extension", referral, new { until = Stage.InDays(20) });
        await counsellor.Noticed(referral, "request_settled");
        await counsellor.Until(of.Id, shown => Kinds(shown).Count(kind => kind == "referral-request-raised") == 4);
    }

    [Fact]
    public async Task A_result_is_questioned_corrected_and_confirmed_and_a_late_correction_stands_beside_what_was_told_before()
    {
        var (referral, of) = await stage.Accepted();
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);

        (await police.Does("report-result", referral, Result(of, "not_verifiable"))).ShouldBe("Reported");
        (await police.IsRefused("report-result", referral, Result(of, "rescued"))).Slug.ShouldBe("result-already-reported");
        (await counsellor.Does("question-result", referral, new { question = "Đã hỏi chủ nhà chưa?" })).ShouldBe("Acting");
        (await police.Does("report-result", referral, Result(of, "person_not_found"))).ShouldBe("Reported");
        (await police.Does("correct-report", referral, Corrected(of, "located_not_reached"))).ShouldBe("Reported");
        (await counsellor.Does("confirm-result", referral)).ShouldBe("Closed");
        (await counsellor.May(referral)).ShouldNotContain("confirm-result");

        // Weeks later: a correction of what was closed, which the hotline confirms again.
        (await police.Does("correct-report", referral, Corrected(of, "returned_home"))).ShouldBe("Closed");
        (await counsellor.May(referral)).ShouldContain("confirm-result");
        (await counsellor.Does("confirm-result", referral)).ShouldBe("Closed");
        (await counsellor.History(referral)).Where(line => line.GetProperty("codes").TryGetProperty("results", out _)).Select(line => line.GetProperty("codes").GetProperty("results")[0].GetProperty("code").GetString())
            .ShouldBe(["not_verifiable", "person_not_found", "located_not_reached", "returned_home"]);
        await stage.Shows(of.Id, (referral, "Closed"));
        await counsellor.Noticed(referral, "result_questioned");
        await counsellor.Pictures(of.Id, picture => picture.GetProperty("standing").GetString() == "done" && picture.GetProperty("persons")[0].GetProperty("outcome").GetString() == "safe");
    }

    [Fact]
    public async Task Data_that_should_not_have_come_is_shown_to_the_desk_no_more_until_a_supervisor_opens_its_view_again()
    {
        var of = await stage.Opened(
            Stage.Contact(), new { narrative = "Lời kể hư cấu 8841." }, new { name = "Nông Thị Hư Cấu", gender = "female", age = 40, phone = "0900 008 841", address = "nhà hư cấu 8841" });
        var referral = await stage.Refer(of, "police.08");
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        await police.Does("acknowledge", referral);
        (await police.Opens(referral)).GetRawText().ShouldContain("0900 008 841", Shouldly.Case.Sensitive);

        (await police.Does("reject-data", referral, new { fields = Codes("person.phone", "request.narrative"), text = "Không cần cho việc này." })).ShouldBe("Acknowledged");
        var cut = (await police.Opens(referral)).GetRawText();
        cut.ShouldNotContain("0900 008 841", Shouldly.Case.Sensitive);
        cut.ShouldNotContain("Lời kể hư cấu 8841", Shouldly.Case.Sensitive);
        cut.ShouldContain("nhà hư cấu 8841", Shouldly.Case.Sensitive);
        (await counsellor.Opens(referral)).GetRawText().ShouldContain("0900 008 841", Shouldly.Case.Sensitive, "the hotline sees what it had sent");

        await police.Does("reject-data", referral);
        (await Should.ThrowAsync<PlatformRefusalException>(() => police.Opens(referral))).Slug.ShouldBe("data-cut");
        (await counsellor.IsRefused("restore-data", referral, new { why = "Cần cho giải cứu." })).Slug.ShouldBe("role-not-allowed");
        await (await fixture.As(DemoAccounts.Supervisor)).Does("restore-data", referral, new { why = "Cần cho giải cứu." });
        (await police.Opens(referral)).GetRawText().ShouldContain("0900 008 841", Shouldly.Case.Sensitive);
        await counsellor.Until(of.Id, shown => Kinds(shown).Contains("referral-data-rejected") && Kinds(shown).Contains("referral-data-restored"));
    }

    [Fact]
    public async Task An_unknown_outcome_is_an_overlay_that_any_late_answer_of_the_desk_lifts()
    {
        var (referral, of) = await stage.Accepted();
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var supervisor = await fixture.As(DemoAccounts.Supervisor);

        (await supervisor.Does("declare-outcome-unknown", referral)).ShouldBe("Accepted", "it moves nothing and closes nothing");
        (await supervisor.May(referral)).ShouldNotContain("declare-outcome-unknown");
        (await police.Does("report-progress", referral, new { progress = "searching", text = "Vẫn đang tìm." })).ShouldBe("Acting");
        (await supervisor.May(referral)).ShouldContain("declare-outcome-unknown");
        await supervisor.Does("declare-outcome-unknown", referral);
        (await police.Does("report-result", referral, Result(of, "person_not_found"))).ShouldBe("Reported");
    }

    [Fact]
    public async Task One_desk_leads_others_help_and_what_each_tells_the_hotline_stays_between_the_two()
    {
        var (caseId, person, contact) = await stage.Case();
        OpenedCase of = new(caseId, contact, [person]);
        var lead = await stage.Refer(of, "police.08");
        var helper = await stage.Refer(of, "health.08", "receive_support", part: "helper");
        var (police, health) = (await fixture.As(DemoAccounts.PoliceTuyenQuang), await fixture.As(DemoAccounts.HealthTuyenQuang));
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        foreach (var (desk, referral) in new[] { (police, lead), (health, helper) })
        {
            await desk.Does("acknowledge", referral);
            await desk.Does("accept", referral);
        }

        // Who leads sees how far the helpers are, their marks too, and none of their words; helpers see nobody.
        await health.Does("mark", helper, new { mark = "en_route" });
        await health.Post($"api/referrals/{helper}/messages", new { text = "Chỉ nói với tổng đài, hư cấu." }, TestContext.Current.CancellationToken);
        var helpers = await police.Get($"api/referrals/{lead}/helpers", TestContext.Current.CancellationToken);
        var shown = helpers.GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        shown.GetProperty("deskId").GetString().ShouldBe("health.08");
        shown.GetProperty("marks")[0].GetProperty("code").GetString().ShouldBe("en_route");
        helpers.GetRawText().ShouldNotContain("Chỉ nói với tổng đài", Shouldly.Case.Sensitive);
        (await Should.ThrowAsync<PlatformRefusalException>(() => health.Get($"api/referrals/{helper}/helpers", TestContext.Current.CancellationToken))).Slug.ShouldBe("referral-not-lead");
        (await Should.ThrowAsync<PlatformRefusalException>(() => police.Get($"api/referrals/{helper}/messages", TestContext.Current.CancellationToken))).Slug.ShouldBe("referral-not-found");
        (await counsellor.Get($"api/referrals/{helper}/messages", TestContext.Current.CancellationToken)).GetRawText().ShouldContain("Chỉ nói với tổng đài", Shouldly.Case.Sensitive);

        // The lead changes hands while they work.
        (await police.IsRefused("assign-part", lead, new { part = "helper" })).Slug.ShouldBe("role-not-allowed");
        await counsellor.Does("assign-part", lead, new { part = "helper" });
        await counsellor.Does("assign-part", helper, new { part = "lead" });
        await counsellor.Until(caseId, shown => Kinds(shown).Count(kind => kind == "referral-part-assigned") == 2);

        await health.Does("report-progress", helper, new { progress = "supporting", text = "Chỉ nói với tổng đài." });
        (await police.Finds(helper)).ShouldBeFalse();
        (await police.InInbox(helper)).ShouldBeNull();
        await health.Does("report-result", helper, Result(of, "support_given"));
        await police.Does("report-result", lead, Result(of, "not_applicable"));
        foreach (var referral in new[] { lead, helper })
            await counsellor.Does("confirm-result", referral);
        await stage.Shows(caseId, (lead, "Closed"), (helper, "Closed"));
        await counsellor.Pictures(caseId, picture =>
            picture.GetProperty("standing").GetString() == "done" && picture.GetProperty("lead").GetProperty("referralId").GetGuid() == helper
            && picture.GetProperty("persons")[0].GetProperty("outcome").GetString() == "supported");
    }

    private static List<string?> Kinds(JsonElement shown) => [.. shown.GetProperty("timeline").EnumerateArray().Select(line => line.GetProperty("kind").GetString())];

    private static object Result(OpenedCase of, string result) => new { results = of.Persons.Select(person => new { personId = person, result }).ToList(), tellCaller = "may_tell" };

    private static object Corrected(OpenedCase of, string result) =>
        new { results = of.Persons.Select(person => new { personId = person, result }).ToList(), tellCaller = "may_tell", why = "Có thông tin mới, hư cấu." };

    private static string[] Codes(params string[] codes) => codes;

    /// <summary>The request that the desk raised last.</summary>
    private async Task<Guid> Request(Guid referral) =>
        (await (await fixture.As(DemoAccounts.Counsellor)).History(referral, "request-raised"))[^1].GetProperty("codes").GetProperty("requestId").GetGuid();
}
