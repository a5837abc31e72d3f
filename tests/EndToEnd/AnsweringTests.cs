using System.Text.Json;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests;

/// <summary>What a desk may answer to a request, by itself or by phone, and what the hotline does with it.</summary>
public sealed class AnsweringTests(PlatformFixture fixture)
{
    private readonly Stage stage = new(fixture);

    [Fact]
    public async Task An_acknowledgement_by_phone_counts_when_it_names_the_officer_and_the_desk_confirms_it_afterwards()
    {
        const string officer = "Trung úy Hư Cấu Trực Ban";
        var (referral, _) = await stage.Sent();
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);

        // Without a human name, post, number and time nothing was acknowledged; and a liaison answers in person.
        (await counsellor.IsRefused("acknowledge", referral)).Slug.ShouldBe("body-invalid");
        (await counsellor.IsRefused("acknowledge", referral, new { byPhone = new { name = officer, post = "", number = "113", at = DateTimeOffset.UtcNow } })).Slug.ShouldBe("body-invalid");
        (await counsellor.IsRefused("acknowledge", referral, new { byPhone = Stage.ByPhone(officer, TimeSpan.FromHours(-1)) })).Slug.ShouldBe("body-invalid");
        (await police.IsRefused("acknowledge", referral, new { byPhone = Stage.ByPhone(officer, TimeSpan.Zero) })).Slug.ShouldBe("body-invalid");
        (await counsellor.Sees(referral)).ShouldBe("Sent");

        (await counsellor.Does("acknowledge", referral, new { byPhone = Stage.ByPhone(officer, TimeSpan.FromMinutes(12)) })).ShouldBe("Acknowledged");
        var told = (await (await fixture.As(DemoAccounts.SecondCounsellor)).IsRefused("acknowledge", referral, new { byPhone = Stage.ByPhone(officer, TimeSpan.FromMinutes(3)) })).Problem;
        told.Slug.ShouldBe("referral-already-acknowledged");
        told.GetProperty("acknowledgedBy").GetString().ShouldNotBeNullOrEmpty();

        // The desk confirms in writing by acknowledging itself, once.
        (await police.May(referral)).ShouldContain("confirm-entry");
        (await police.Does("acknowledge", referral)).ShouldBe("Acknowledged");
        (await police.May(referral)).ShouldNotContain("confirm-entry");
        var kept = await fixture.Stored("referral", referral);
        kept.Select(fact => fact.Name).TakeLast(2).ShouldBe(["referral-acknowledged.v1", "referral-entry-confirmed.v1"]);
        kept[^1].Data.GetProperty("entry").GetGuid().ShouldBe(kept[^2].Data.GetProperty("entry").GetGuid());
        kept[^2].Data.GetRawText().ShouldNotContain(officer, Shouldly.Case.Sensitive, "an officer's name is sealed");
    }

    [Fact]
    public async Task Every_answer_by_phone_is_an_entry_that_the_desk_confirms_one_by_one()
    {
        var (referral, of) = await stage.Acknowledged();
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var byPhone = Stage.ByPhone("Đại úy Hư Cấu", TimeSpan.FromMinutes(5));

        (await counsellor.Does("accept", referral, new { unit = "Đội hư cấu", byPhone })).ShouldBe("Accepted");
        (await counsellor.Does("mark", referral, new { mark = "en_route", byPhone })).ShouldBe("Acting");
        (await counsellor.Does("report-progress", referral, new { progress = "searching", byPhone })).ShouldBe("Acting");
        (await counsellor.Does("reach-milestone", referral, new { milestone = "first_action", byPhone })).ShouldBe("Acting");
        (await counsellor.Does("report-result", referral, new { results = new[] { new { personId = of.Persons[0], result = "rescued" } }, tellCaller = "ask_first", byPhone })).ShouldBe("Reported");

        var entries = (await police.History(referral)).Where(line => line.GetProperty("unconfirmed").GetBoolean()).Select(line => line.GetProperty("entry").GetGuid()).ToList();
        entries.Count.ShouldBe(5);
        (await police.IsRefused("confirm-entry", referral, new { entry = Guid.CreateVersion7() })).Slug.ShouldBe("entry-unknown");
        foreach (var entry in entries)
        {
            (await police.May(referral)).ShouldContain("confirm-entry");
            (await police.Does("confirm-entry", referral, new { entry })).ShouldBe("Reported");
        }

        (await police.May(referral)).ShouldNotContain("confirm-entry");
        (await counsellor.IsRefused("confirm-entry", referral, new { entry = entries[0] })).Slug.ShouldBe("role-not-allowed");
    }

    [Fact]
    public async Task A_desk_asks_for_information_field_by_field_and_the_hotline_answers_and_only_two_questions_stop_its_clock()
    {
        var (referral, of) = await stage.Acknowledged("health.08", DemoAccounts.HealthTuyenQuang, "standard", "receive_support");
        var health = await fixture.As(DemoAccounts.HealthTuyenQuang);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        var question = new { questions = new[] { new { field = "person.address", personId = of.Persons[0], text = "Hiện ở đâu?" } } };
        var answer = new { answers = new[] { new { field = "person.address", personId = of.Persons[0], text = "Chưa rõ, sẽ hỏi lại khi chị gọi." } } };

        (await health.IsRefused("ask-information", referral, new { questions = new[] { new { field = "person.shoeSize" } } })).Slug.ShouldBe("body-invalid");
        (await health.IsRefused("ask-information", referral, new { questions = Array.Empty<object>() })).Slug.ShouldBe("body-invalid");
        for (var round = 0; round < 3; round++)
        {
            (await health.Does("ask-information", referral, question)).ShouldBe("NeedsInformation");
            (await counsellor.May(referral)).ShouldContain("answer-information");
            (await counsellor.Does("answer-information", referral, answer)).ShouldBe("Acknowledged");
        }

        // The words stand in the conversation between the two, each read of which is recorded.
        var lines = (await health.Get($"api/referrals/{referral}/messages", TestContext.Current.CancellationToken)).GetProperty("items").EnumerateArray().ToList();
        lines.Select(line => line.GetProperty("kind").GetString()).ShouldBe(["questions", "answers", "questions", "answers", "questions", "answers"]);
        lines[1].GetProperty("lines")[0].GetProperty("text").GetString().ShouldBe("Chưa rõ, sẽ hỏi lại khi chị gọi.");

        (await health.Does("ask-information", referral, question)).ShouldBe("NeedsInformation");
        (await health.Does("accept", referral)).ShouldBe("Accepted", "who asks may still answer");
        (await health.History(referral, "information-asked")).Select(line => line.GetProperty("codes").GetProperty("pauses").GetBoolean())
            .ShouldBe([true, true, false, false]);
    }

    [Fact]
    public async Task In_an_emergency_a_question_stops_no_clock()
    {
        var (referral, _) = await stage.Acknowledged();
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        (await police.Does("ask-information", referral, new { questions = new[] { new { field = "request.place" } } })).ShouldBe("NeedsInformation");
        (await police.History(referral, "information-asked")).ShouldHaveSingleItem().GetProperty("codes").GetProperty("pauses").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task An_acceptance_is_undone_before_anything_was_done_and_not_afterwards()
    {
        var (referral, _) = await stage.Accepted();
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);

        (await police.Does("undo-acceptance", referral)).ShouldBe("Acknowledged");
        (await police.Does("accept", referral, new { unit = "Đội khác hư cấu" })).ShouldBe("Accepted");
        (await police.Does("mark", referral, new { mark = "assigned" })).ShouldBe("Acting");
        (await police.IsRefused("undo-acceptance", referral)).Slug.ShouldBe("command-not-allowed");
    }

    [Fact]
    public async Task A_declining_desk_names_a_reason_and_who_should_take_it_and_the_need_is_placed_anew_there()
    {
        var (referral, of) = await stage.Acknowledged("health.31", DemoAccounts.HealthHaiPhong, "urgent", "shelter");
        var health = await fixture.As(DemoAccounts.HealthHaiPhong);

        (await health.IsRefused("decline", referral, new { reason = "not_competent" })).Slug.ShouldBe("advised-desk-needed");
        (await health.IsRefused("decline", referral, new { reason = "wrong_territory", advisedDeskId = "health.31" })).Slug.ShouldBe("advised-desk-is-own");
        (await health.IsRefused("decline", referral, new { reason = "wrong_territory", advisedDeskId = "health.99" })).Slug.ShouldBe("desk-unknown");
        (await health.IsRefused("decline", referral, new { reason = "other" })).Slug.ShouldBe("decline-text-needed");
        (await health.Does("decline", referral, new { reason = "not_competent", advisedDeskId = "womens-union", text = "Nhà tạm lánh hư cấu." })).ShouldBe("Declined");
        (await health.May(referral)).ShouldNotContain("accept");

        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        await counsellor.Pictures(of.Id, picture => picture.GetProperty("standing").GetString() == "unplaced" && picture.GetProperty("unplacedPurposes")[0].GetString() == "shelter");
        var anew = await stage.Refer(of, "womens-union", "shelter", urgency: "urgent");
        var union = await fixture.As(DemoAccounts.WomensUnion);
        await union.Does("acknowledge", anew);
        await union.Does("accept", anew);
        var shown = await counsellor.Until(of.Id, each => each.GetProperty("referrals").EnumerateArray().Any(entry => entry.GetProperty("state").GetString() == "Accepted"));
        var declined = shown.GetProperty("referrals").EnumerateArray().Single(entry => entry.GetProperty("referralId").GetGuid() == referral);
        declined.GetProperty("declineReason").GetString().ShouldBe("not_competent");
        declined.GetProperty("advisedDeskId").GetString().ShouldBe("womens-union");
        await counsellor.Pictures(of.Id, picture => picture.GetProperty("standing").GetString() == "in_progress" && picture.GetProperty("lead").GetProperty("deskId").GetString() == "womens-union");
    }
}
