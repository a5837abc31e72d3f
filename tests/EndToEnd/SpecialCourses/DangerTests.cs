using System.Net;
using System.Text.Json;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests.SpecialCourses;

/// <summary>The special courses in which somebody is in danger now, on the way abroad, abroad, or a child.</summary>
public sealed class DangerTests(PlatformFixture fixture)
{
    private readonly Stage stage = new(fixture);

    [Fact]
    public async Task Life_in_danger_now_is_sent_to_C02_the_provincial_police_and_the_border_guard_at_once_and_reviewed_afterwards()
    {
        var sent = await stage.Emergency(["c02", "police.08", "border-guard"], new
        {
            need = "Xác định nơi giữ và giải cứu ngay; người gọi còn trên máy.",
            place = new { edition = "2026-04-30", provinceCode = "08" },
            riskSigns = Codes("confined", "offender_near"),
            safeContact = "caller_calls_back",
            narrative = "Diễn biến hư cấu: bị nhốt trong phòng, nghe tiếng người canh ngoài cửa.",
            persons = new[] { new { name = "Lò Thị Hư Cấu", gender = "female", birthYear = 2004, phone = "0900 000 301" } },
        });

        foreach (var (desk, liaison) in new[] { ("c02", DemoAccounts.CriminalPolice), ("police.08", DemoAccounts.PoliceTuyenQuang), ("border-guard", DemoAccounts.BorderGuard) })
        {
            var referral = sent.Referrals[desk];
            var officer = await fixture.As(liaison);
            (await officer.InInbox(referral)).ShouldNotBeNull().GetProperty("urgency").GetString().ShouldBe("emergency");

            // Neither consent nor a supervisor was waited for.
            var opened = await officer.Opens(referral);
            opened.GetProperty("basis").GetString().ShouldBe("vital_interest");
            opened.GetProperty("profile").GetString().ShouldBe("emergency@2026-1");
            opened.GetProperty("packageHash").GetString().ShouldBe(sent.PackageHash);
            opened.GetProperty("package").GetProperty("persons")[0].GetProperty("name").GetString().ShouldBe("Lò Thị Hư Cấu");
            (await officer.Does("acknowledge", referral)).ShouldBe("Acknowledged");
            (await officer.IsRefused("decline", referral, new { reason = "no_capacity" })).Slug.ShouldBe("emergency-must-be-taken");
            (await officer.Does("accept", referral, new { unit = "Trực ban hư cấu", officer = "Cán bộ hư cấu" })).ShouldBe("Accepted");

            // No desk learns of another's referral.
            foreach (var other in sent.Referrals.Where(each => each.Key != desk))
                (await officer.Finds(other.Value)).ShouldBeFalse();
        }

        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        var supervisor = await fixture.As(DemoAccounts.Supervisor);
        var reviews = await supervisor.Get($"api/referrals?list=reviews&caseId={sent.Case}", TestContext.Current.CancellationToken);
        reviews.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("id").GetGuid()).ShouldBe(sent.Referrals.Values, ignoreOrder: true);
        reviews.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("part").GetString()).Order(StringComparer.Ordinal).ShouldBe(["helper", "helper", "lead"]);
        foreach (var referral in sent.Referrals.Values)
        {
            (await counsellor.IsRefused("review", referral, new { finding = "justified" })).Status.ShouldBe(HttpStatusCode.Forbidden);
            (await supervisor.May(referral)).ShouldContain("review");
            (await supervisor.Does("review", referral, new { finding = "justified", text = "Đã nghe lại cuộc gọi, có căn cứ." })).ShouldBe("Accepted", "a review moves nothing");
            (await supervisor.May(referral)).ShouldNotContain("review");
        }

        // The case is opened from the emergency itself, and shows all three.
        await stage.Shows(sent.Case, [.. sent.Referrals.Values.Select(referral => (referral, "Accepted"))]);
    }

    [Fact]
    public async Task Moving_toward_the_border_goes_to_the_border_guard_and_to_the_police_of_both_ends()
    {
        var sent = await stage.Emergency(["border-guard.15", "police.15", "police.08"], new
        {
            need = "Chặn xe trước cửa khẩu; hai đầu cùng xác minh.",
            place = new { edition = "2026-04-30", provinceCode = "08", formerProvinceCode = "02" },
            riskSigns = Codes("moving_to_border", "minor"),
            narrative = "Xe bảy chỗ màu bạc, biển số hư cấu 00X-000.00, rời bến lúc 21 giờ, đi về phía cửa khẩu.",
            persons = new[] { new { name = "Giàng Thị Hư Cấu", gender = "female", birthYear = 2009, location = "đang trên xe, cách cửa khẩu chừng hai giờ", note = "Áo khoác đỏ, có ảnh gửi sau qua bổ sung." } },
        });
        var border = await fixture.As(DemoAccounts.BorderGuardLaoCai);
        var there = await fixture.As(DemoAccounts.PoliceLaoCai);
        var here = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var (atBorder, atArrival, atOrigin) = (sent.Referrals["border-guard.15"], sent.Referrals["police.15"], sent.Referrals["police.08"]);

        var opened = await border.Opens(atBorder);
        opened.GetProperty("package").GetProperty("request").GetProperty("narrative").GetString()!.ShouldContain("00X-000.00");
        foreach (var (officer, referral) in new[] { (border, atBorder), (there, atArrival), (here, atOrigin) })
        {
            await officer.Does("acknowledge", referral);
            await officer.Does("accept", referral, new { unit = "Đồn, đội hư cấu" });
        }

        // One key on the way each; the border guard leads.
        foreach (var mark in Codes("assigned", "en_route", "on_scene", "person_safe", "handed_over"))
            (await border.Does("mark", atBorder, new { mark })).ShouldBe("Acting");
        var person = opened.GetProperty("package").GetProperty("persons")[0].GetProperty("id").GetGuid();
        (await border.Does("report-result", atBorder, Result(person, "rescued", "rescuing_body"))).ShouldBe("Reported");
        (await there.Does("report-result", atArrival, Result(person, "not_applicable"))).ShouldBe("Reported");

        // The desk at the origin is asked to stop: the need is met, and it agrees.
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        (await counsellor.Does("withdraw", atOrigin, new { reason = "need_met" })).ShouldBe("Accepted", "a desk that has taken charge is asked");
        (await here.Does("agree-withdrawal", atOrigin)).ShouldBe("Withdrawn");
        foreach (var referral in new[] { atBorder, atArrival })
            (await counsellor.Does("confirm-result", referral)).ShouldBe("Closed");
        await stage.Shows(sent.Case, (atBorder, "Closed"), (atArrival, "Closed"), (atOrigin, "Withdrawn"));
    }

    [Fact]
    public async Task Abroad_the_consular_department_leads_and_the_health_authorities_of_arrival_and_home_follow()
    {
        var of = await stage.Opened(
            new { channel = "zalo", caller = new { kind = "relative_friend", gender = "female", name = "Chị gái hư cấu", phone = "0900 000 401" }, safeContact = "only_hours", summary = "Nội dung hư cấu." },
            new { place = new { edition = "2026-04-30", provinceCode = "08" }, safeContact = "only_hours", callerContact = "Chị gái, 0900 000 401, gọi sau 19 giờ", narrative = "Diễn biến hư cấu ở nước ngoài." },
            new { name = "Hoàng Thị Hư Cấu", gender = "female", birthYear = 2001, destination = "KH", type = "cross_border_out", purpose = "forced_criminality", phone = "+855 000 000 111", location = "khu nhà hư cấu, chưa rõ thành phố" });
        var person = of.Persons[0];
        var consular = await fixture.As(DemoAccounts.Consular);
        var criminal = await fixture.As(DemoAccounts.CriminalPolice);
        var border = await fixture.As(DemoAccounts.BorderGuard);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);

        var lead = await stage.Refer(of, "consular", "consular", urgency: "urgent");
        var identity = await stage.Refer(of, "c02", "verify_rescue", urgency: "urgent", part: "helper");
        var gate = await stage.Refer(of, "border-guard", "receive_support", urgency: "urgent", part: "helper");

        // The family is the usual contact, under the safe-contact rule; the story goes to the police, not to the mission.
        var request = (await consular.Opens(lead)).GetProperty("package").GetProperty("request");
        request.GetProperty("callerContact").GetString()!.ShouldContain("gọi sau 19 giờ");
        request.GetProperty("safeContact").GetString().ShouldBe("only_hours");
        request.TryGetProperty("narrative", out _).ShouldBeFalse();
        (await criminal.Opens(identity)).GetProperty("package").GetProperty("request").GetProperty("narrative").GetString()!.ShouldContain("ở nước ngoài");

        foreach (var (officer, referral) in new[] { (consular, lead), (criminal, identity), (border, gate) })
        {
            await officer.Does("acknowledge", referral);
            await officer.Does("accept", referral, new { expectedOn = Stage.InDays(20) });
        }

        await criminal.Does("reach-milestone", identity, new { milestone = "identification_decided" });
        await criminal.Does("report-result", identity, Result(person, "verified_true", "foreign_authority"));
        await consular.Does("hold", lead, new { reason = "abroad", until = Stage.InDays(7) });
        await consular.Does("resume", lead);
        await consular.Does("report-result", lead, Result(person, "repatriated", "mission_abroad"));
        await border.Does("mark", gate, new { mark = "handed_over" });
        await border.Does("report-result", gate, Result(person, "support_given"));

        // Returned: the health authority of the place of arrival receives her, that of the home province later.
        var arrival = await stage.Refer(of, "health.31", "receive_support", urgency: "urgent");
        var reception = await fixture.As(DemoAccounts.HealthHaiPhong);
        await reception.Does("acknowledge", arrival);
        await reception.Does("accept", arrival);
        await reception.Does("report-result", arrival, Result(person, "support_given"));
        var home = await stage.Refer(of, "health.08", "reintegration", urgency: "standard");
        (await (await fixture.As(DemoAccounts.HealthTuyenQuang)).Does("acknowledge", home)).ShouldBe("Acknowledged");

        foreach (var referral in new[] { lead, identity, gate, arrival })
            await counsellor.Does("confirm-result", referral);
        await stage.Shows(of.Id, (lead, "Closed"), (identity, "Closed"), (gate, "Closed"), (arrival, "Closed"), (home, "Acknowledged"));
        await counsellor.Pictures(of.Id, picture => picture.GetProperty("lead").GetProperty("deskId").GetString() == "consular" && picture.GetProperty("standing").GetString() == "answering"
            && picture.GetProperty("persons")[0].GetProperty("outcome").GetString() == "safe");
    }

    [Fact]
    public async Task A_child_is_referred_to_health_and_police_on_the_duty_to_protect_children_without_waiting_for_consent()
    {
        var birthYear = DateTime.UtcNow.Year - 13;
        var of = await stage.Opened(
            new { channel = "phone_in", caller = new { kind = "public", gender = "male", name = "Người dân hư cấu" }, summary = "Nội dung hư cấu." },
            new { place = new { edition = "2026-04-30", provinceCode = "08" }, narrative = "Diễn biến hư cấu: một cháu bé bị đưa khỏi nhà." },
            new { name = "Cháu Hư Cấu", gender = "male", birthYear, purpose = "begging", type = "domestic", address = "bản hư cấu" });
        var child = of.Persons[0];
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        await counsellor.Post($"api/cases/{of.Id}/assess", new { riskLevel = "critical", riskSigns = Codes("minor"), urgency = "emergency" }, TestContext.Current.CancellationToken);

        var health = await stage.Refer(of, "health.08", "child_protection", "child_duty");
        var police = await stage.Refer(of, "police.08", "child_protection", "child_duty");
        foreach (var (liaison, referral) in new[] { (DemoAccounts.HealthTuyenQuang, health), (DemoAccounts.PoliceTuyenQuang, police) })
        {
            var desk = await fixture.As(liaison);
            var opened = await desk.Opens(referral);
            opened.GetProperty("basis").GetString().ShouldBe("child_duty");
            opened.GetProperty("package").GetProperty("persons")[0].GetProperty("birthYear").GetInt32().ShouldBe(birthYear);
            opened.GetProperty("package").GetProperty("request").GetProperty("riskSigns").EnumerateArray().Select(sign => sign.GetString()).ShouldContain("minor");
            await desk.Does("acknowledge", referral);
            await desk.Does("accept", referral);
        }

        // The legal steps stand inside the work: first measures for the child, then the initial verification.
        var officer = await fixture.As(DemoAccounts.HealthTuyenQuang);
        (await officer.Does("reach-milestone", health, new { milestone = "child_first_action" })).ShouldBe("Acting");
        (await officer.Does("reach-milestone", health, new { milestone = "initial_verification" })).ShouldBe("Acting");
        await officer.Does("report-result", health, Result(child, "support_given"));

        // Whoever may act on consent alone gets nothing on this basis.
        (await Should.ThrowAsync<PlatformRefusalException>(() => stage.Release(of.Id, child, "iom", "child_duty", "receive_support"))).Slug.ShouldBe("basis-not-accepted");
        await stage.Shows(of.Id, (health, "Reported"), (police, "Accepted"));
    }

    private static object Result(Guid person, string result, params string[] evidence) => new
    {
        results = new[] { new { personId = person, result, evidence } },
        tellCaller = "may_tell",
        occurredAt = DateTimeOffset.UtcNow,
    };

    private static string[] Codes(params string[] codes) => codes;
}
