using System.Text.Json;
using Hotline111.Contracts.Catalogues;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests.SpecialCourses;

/// <summary>The special courses in which somebody must not be told: without consent, after its withdrawal, about officials, about a foreigner.</summary>
public sealed class ConsentTests(PlatformFixture fixture)
{
    private readonly Stage stage = new(fixture);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_consent_of_an_adult_in_no_danger_no_person_data_leave_but_a_tip_and_services_without_police_are_possible()
    {
        var personal = new
        {
            name = "Trần Thị Hư Cấu Không Đồng Ý",
            gender = "female",
            age = 27,
            purpose = "labour_exploitation",
            type = "domestic",
            phone = "0900 000 501",
            address = "số 5 ngõ hư cấu",
            identityNumber = "000000000501",
            location = "xưởng may hư cấu",
            note = "ghi chú hư cấu về chị",
        };
        var of = await stage.Opened(
            new { channel = "phone_in", caller = new { kind = "victim", gender = "female", name = personal.name, phone = personal.phone }, safeContact = "caller_calls_back", summary = "Nội dung hư cấu." },
            new { place = new { edition = "2026-04-30", provinceCode = "31", commune = "phường hư cấu 501" }, safeContact = "caller_calls_back", callerContact = "gọi lại 0900 000 501", narrative = "Lời kể hư cấu 501." },
            personal);

        // Nothing is shared without a basis.
        (await Should.ThrowAsync<PlatformRefusalException>(() => stage.Release(of.Id, of.Persons[0], basis: "none"))).Slug.ShouldBe("basis-needed");

        // An anonymous tip to the police: fields that point to nobody.
        var tip = await stage.Refer(of, "police.08", "information_only", "anonymised", "information");
        var opened = await (await fixture.As(DemoAccounts.PoliceTuyenQuang)).Opens(tip);
        Stage.TellingFields(opened.GetProperty("package")).ShouldBeEmpty();
        foreach (var told in new[] { personal.name, personal.phone, personal.address, personal.identityNumber, personal.location, personal.note, "Lời kể hư cấu 501", "gọi lại" })
            opened.GetRawText().ShouldNotContain(told, Shouldly.Case.Sensitive);
        opened.GetProperty("package").GetProperty("persons")[0].GetProperty("purpose").GetString().ShouldBe("labour_exploitation");

        // She wants counselling and no police: that desk gets what she agreed to, and the police nothing of it.
        var support = await stage.Refer(of, "womens-union", "psychological", "consent", "standard");
        var union = await fixture.As(DemoAccounts.WomensUnion);
        (await union.Opens(support)).GetProperty("package").GetProperty("persons")[0].GetProperty("name").GetString().ShouldBe(personal.name);
        (await (await fixture.As(DemoAccounts.PoliceTuyenQuang)).Finds(support)).ShouldBeFalse();
        await union.Does("acknowledge", support);
        (await union.Does("accept", support)).ShouldBe("Accepted");
        await stage.Shows(of.Id, (tip, "Sent"), (support, "Accepted"));
    }

    [Fact]
    public async Task When_consent_is_withdrawn_the_receivers_are_told_and_each_answers_what_it_can_stop()
    {
        var of = await stage.Opened(
            Stage.Contact(), new { place = new { edition = "2026-04-30", provinceCode = "08" } }, new { name = "Đào Thị Hư Cấu", gender = "female", age = 31, phone = "0900 000 601" });
        var unread = await stage.Refer(of, "iom", "reintegration", "consent", "standard");
        var agreed = await stage.Refer(of, "womens-union", "shelter", "consent", "standard");
        var done = await stage.Refer(of, "health.08", "medical", "consent", "standard");
        var (migration, union, health) = (await fixture.As(DemoAccounts.Migration), await fixture.As(DemoAccounts.WomensUnion), await fixture.As(DemoAccounts.HealthTuyenQuang));
        foreach (var (desk, referral) in new[] { (union, agreed), (health, done) })
        {
            await desk.Opens(referral);
            await desk.Does("acknowledge", referral);
            await desk.Does("accept", referral);
        }

        await health.Does("start", done);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        var withdrawal = new { reason = "consent_withdrawn", text = "Chị gọi lại và rút lại sự đồng ý." };

        // Not yet taken charge of: at once. Taken charge of: the desk is asked.
        (await counsellor.Does("withdraw", unread, withdrawal)).ShouldBe("Withdrawn");
        (await counsellor.Does("withdraw", agreed, withdrawal)).ShouldBe("Accepted");
        (await counsellor.Does("withdraw", done, withdrawal)).ShouldBe("Acting");
        (await counsellor.Does("withdraw", done, withdrawal)).ShouldBe("Acting", "asked once");

        await counsellor.Noticed(unread, "withdrawn");
        await counsellor.Noticed(agreed, "withdrawal_requested");
        await counsellor.Noticed(done, "withdrawal_requested");
        (await migration.Sees(unread)).ShouldBe("Withdrawn");
        (await migration.IsRefused("acknowledge", unread)).Slug.ShouldBe("command-not-allowed");
        (await Should.ThrowAsync<PlatformRefusalException>(() => migration.Opens(unread))).Slug.ShouldBe("data-withdrawn", "what nobody needs any more nobody opens any more");
        (await union.May(agreed)).ShouldContain("agree-withdrawal");
        (await union.Does("agree-withdrawal", agreed)).ShouldBe("Withdrawn");
        (await health.IsRefused("refuse-withdrawal", done, new { why = " " })).Slug.ShouldBe("body-invalid");
        (await health.Does("refuse-withdrawal", done, new { why = "Đã khám và điều trị xong, hồ sơ bệnh án phải lưu theo luật." })).ShouldBe("Acting");
        await health.Does("report-result", done, new { results = new[] { new { personId = of.Persons[0], result = "support_given" } }, tellCaller = "may_tell" });
        (await counsellor.Does("confirm-result", done)).ShouldBe("Closed");

        // That data went out stays on record.
        foreach (var referral in new[] { unread, agreed })
        {
            var kept = await fixture.Stored("referral", referral);
            kept.Select(fact => fact.Name).ShouldContain("referral-sent.v1");
            kept[^1].Name.ShouldBe("referral-withdrawn.v1");
            kept[^1].Data.GetProperty("reason").GetString().ShouldBe("consent_withdrawn");
            (await counsellor.Opens(referral)).GetProperty("basis").GetString().ShouldBe("consent");
        }

        await stage.Shows(of.Id, (unread, "Withdrawn"), (agreed, "Withdrawn"), (done, "Closed"));
    }

    [Fact]
    public async Task An_agency_in_conflict_of_interest_learns_nothing_of_a_restricted_case_and_the_receiver_is_chosen_at_the_centre()
    {
        var of = await stage.Opened(
            Stage.Contact(), new { place = new { edition = "2026-04-30", provinceCode = "08" }, narrative = "Diễn biến hư cấu: người gọi nói có cán bộ địa phương liên quan." },
            new { name = "Vàng Thị Hư Cấu", gender = "female", age = 22 });
        var local = await stage.Refer(of, "police.08");
        var guard = await stage.Refer(of, "border-guard");
        var centre = await stage.Refer(of, "c02");
        var (police, border, head) = (await fixture.As(DemoAccounts.PoliceTuyenQuang), await fixture.As(DemoAccounts.BorderGuard), await fixture.As(DemoAccounts.BorderGuardHead));
        var division = await fixture.As(DemoAccounts.CriminalPoliceDivision);
        var criminal = await fixture.As(DemoAccounts.CriminalPolice);
        (await police.InInbox(local)).ShouldNotBeNull();
        (await head.InInbox(guard)).ShouldNotBeNull();

        var supervisor = await fixture.As(DemoAccounts.Supervisor);
        await supervisor.Post($"api/cases/{of.Id}/restrict", new { agencies = Codes("border-guard"), provinces = Codes("08"), reason = "Lý do hư cấu: có cán bộ liên quan." }, Ct);
        var patience = DateTime.UtcNow + Stage.Patience;
        while (await police.Finds(local))
        {
            DateTime.UtcNow.ShouldBeLessThan(patience, "the restriction reaches the referral service");
            await Task.Delay(50, Ct);
        }

        // For the excluded, heads of agencies too, the referrals are as if they had never been.
        foreach (var (excluded, referral) in new[] { (police, local), (border, guard), (head, guard) })
        {
            (await excluded.InInbox(referral)).ShouldBeNull();
            (await excluded.Finds(referral)).ShouldBeFalse();
            (await Should.ThrowAsync<PlatformRefusalException>(() => excluded.Opens(referral))).Slug.ShouldBe("referral-not-found");
        }

        foreach (var (excluded, referral) in new[] { (police, local), (border, guard) })
        {
            var refused = await excluded.IsRefused("acknowledge", referral);
            refused.Slug.ShouldBe("referral-not-found");
            refused.Problem.TryGetProperty("state", out _).ShouldBeFalse();
        }

        // The hotline learns that nobody there sees them any more.
        foreach (var unseen in new[] { local, guard })
            (await supervisor.InList("mine", of.Id, unseen)).ShouldBeTrue();
        (await supervisor.InList("mine", of.Id, centre)).ShouldBeFalse();

        // Whoever looks for a desk for this case is not shown them.
        var offered = (await (await fixture.As(DemoAccounts.Counsellor)).Get($"api/desks?caseId={of.Id}", Ct)).EnumerateArray().Select(desk => desk.GetProperty("id").GetString()).ToList();
        offered.ShouldContain("c02");
        foreach (var excluded in new[] { "police.08", "health.08", "border-guard", "border-guard-anti-trafficking" })
            offered.ShouldNotContain(excluded);

        // Nobody can send there any more: no draft, no emergency (to all or to none), no hand-on.
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        foreach (var desk in new[] { "police.08", "health.08", "border-guard", "border-guard-anti-trafficking" })
            (await Should.ThrowAsync<PlatformRefusalException>(() => stage.Draft(of.Id, desk, purpose: "information_only"))).Slug.ShouldBe("desk-excluded");
        var emergency = new
        {
            id = Guid.CreateVersion7(),
            caseId = of.Id,
            contactId = of.Contact,
            desks = Codes("c02", "police.08"),
            purpose = "verify_rescue",
            need = "Nhu cầu hư cấu.",
        };
        (await Should.ThrowAsync<PlatformRefusalException>(() => counsellor.Post("api/referrals/emergency", emergency, Ct))).Slug.ShouldBe("desk-excluded");
        (await stage.ReferralsTo(of.Id, "c02")).ShouldBe([centre]);

        (await criminal.Does("acknowledge", centre)).ShouldBe("Acknowledged");
        (await criminal.IsRefused("hand-on", centre, new { deskId = "police.08" })).Slug.ShouldBe("desk-excluded");
        (await criminal.Does("hand-on", centre, new { deskId = "c02-anti-trafficking" })).ShouldBe("HandingOn");
        var next = await stage.ReferralTo(of.Id, "c02-anti-trafficking");
        (await division.Does("acknowledge", next)).ShouldBe("Acknowledged");
        (await division.Does("accept", next)).ShouldBe("Accepted");
        await stage.Shows(of.Id, (next, "Accepted"));
    }

    [Fact]
    public async Task A_victim_who_is_a_foreigner_gets_an_interpreter_and_her_embassys_helpers_only_with_her_consent()
    {
        var of = await stage.Opened(
            new { channel = "phone_in", language = "lo", caller = new { kind = "victim", gender = "female", name = "Người nước ngoài hư cấu" }, summary = "Nội dung hư cấu." },
            new { place = new { edition = "2026-04-30", provinceCode = "08" }, narrative = "Diễn biến hư cấu." },
            new { name = "Khamla Hư Cấu", gender = "female", age = 24, type = "into_vietnam", destination = "VN", purpose = "labour_exploitation", note = "Chỉ nói tiếng Lào, cần phiên dịch.", identityNumber = "P0000701" });
        var person = of.Persons[0];

        // Essential needs, medical care, interpreting and travel are hers as well; the note asks for the interpreter.
        var health = await stage.Refer(of, "health.08", "medical", "vital_interest", "urgent");
        var desk = await fixture.As(DemoAccounts.HealthTuyenQuang);
        (await desk.Opens(health)).GetProperty("package").GetProperty("persons")[0].GetProperty("note").GetString()!.ShouldContain("phiên dịch");
        await desk.Does("acknowledge", health);
        await desk.Does("accept", health);

        // Abroad, and to those who would tell her embassy, nothing goes on any other basis than her consent.
        foreach (var basis in new[] { "vital_interest", "statutory_request", "crime_report", "child_duty" })
            (await Should.ThrowAsync<PlatformRefusalException>(() => stage.Release(of.Id, person, "iom", basis, "receive_support"))).Slug.ShouldBe("basis-not-accepted");
        var migration = await stage.Refer(of, "iom", "receive_support", "consent", "standard");
        var told = (await (await fixture.As(DemoAccounts.Migration)).Opens(migration)).GetProperty("package").GetProperty("persons")[0];
        told.GetProperty("name").GetString().ShouldBe("Khamla Hư Cấu");
        foreach (var withheld in new[] { "identityNumber", "address", "location", "note", "birthYear" })
            told.TryGetProperty(withheld, out _).ShouldBeFalse(withheld);
        ReleaseProfiles.Get("international").Fields.Length.ShouldBe(8, "no more than the purpose needs");
        await stage.Shows(of.Id, (health, "Accepted"), (migration, "Sent"));
    }

    private static string[] Codes(params string[] codes) => codes;
}
