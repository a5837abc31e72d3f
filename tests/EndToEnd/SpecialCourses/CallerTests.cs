using System.Net;
using System.Text.Json;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests.SpecialCourses;

/// <summary>The special courses that depend on who calls and about how many.</summary>
public sealed class CallerTests(PlatformFixture fixture)
{
    private readonly Stage stage = new(fixture);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_anonymous_callers_referral_speaks_of_an_unknown_person_and_the_number_stays_apart_from_the_case()
    {
        const string number = "0900 000 801";
        var sent = await stage.Emergency(
            ["police.08"],
            new { need = "Kiểm tra nơi được báo.", place = new { edition = "2026-04-30", provinceCode = "08", commune = "bến xe hư cấu" }, narrative = "Khoảng 20 giờ, một người bị kéo lên xe." },
            new { channel = "phone_in", caller = new { kind = "unknown", gender = "unknown", phone = number }, summary = "Người gọi không xưng tên." });
        var referral = sent.Referrals["police.08"];
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);

        var opened = await police.Opens(referral);
        opened.GetProperty("package").GetProperty("persons").GetArrayLength().ShouldBe(0);
        opened.GetProperty("package").GetProperty("request").GetProperty("place").GetProperty("commune").GetString().ShouldBe("bến xe hư cấu");
        opened.GetRawText().ShouldNotContain(number, Shouldly.Case.Sensitive);
        await police.Does("acknowledge", referral);
        await police.Does("accept", referral);

        // One result, for nobody by name.
        var invented = new { results = new[] { new { personId = (Guid?)Guid.CreateVersion7(), result = "not_verifiable" } }, tellCaller = "may_tell" };
        (await police.IsRefused("report-result", referral, invented)).Slug.ShouldBe("results-incomplete");
        (await police.Does("report-result", referral, new { results = new[] { new { result = "not_verifiable" } }, tellCaller = "may_tell" })).ShouldBe("Reported");
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        await counsellor.Does("confirm-result", referral);

        await stage.Shows(sent.Case, (referral, "Closed"));
        (await counsellor.Get($"api/cases/{sent.Case}", Ct)).GetRawText().ShouldNotContain(number, Shouldly.Case.Sensitive);
        (await counsellor.Get($"api/contacts/{sent.Contact}", Ct)).GetRawText().ShouldContain(number, Shouldly.Case.Sensitive);
    }

    [Fact]
    public async Task A_caller_who_is_perhaps_the_trafficker_gets_no_feedback_and_nobody_confirms_that_there_is_a_case()
    {
        const string caller = "Kẻ khả nghi hư cấu";
        var of = await stage.Opened(
            new { channel = "phone_in", caller = new { kind = "perpetrator_suspected", gender = "male", name = caller, phone = "0900 000 901" }, safeContact = "no_message", summary = "Người gọi hỏi dò tin." },
            new { place = new { edition = "2026-04-30", provinceCode = "08" }, safeContact = "no_message", narrative = "Diễn biến hư cấu." },
            new { name = "Người được hỏi hư cấu", gender = "female", age = 19 });
        var referral = await stage.Refer(of, "police.08");
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);

        var package = (await police.Opens(referral)).GetProperty("package");
        package.GetProperty("request").GetProperty("safeContact").GetString().ShouldBe("no_message");
        package.GetProperty("request").TryGetProperty("callerContact", out _).ShouldBeFalse();
        await police.Does("acknowledge", referral);
        await police.Does("accept", referral);
        await police.Does("report-result", referral, new { results = new[] { new { personId = of.Persons[0], result = "located_not_reached" } }, tellCaller = "must_not" });
        (await counsellor.History(referral, "result-reported")).ShouldHaveSingleItem().GetProperty("codes").GetProperty("tellCaller").GetString().ShouldBe("must_not");
        await counsellor.Does("confirm-result", referral);

        // Notices hold a number and codes; no answer tells a stranger, or another desk, whether a referral exists.
        await counsellor.Noticed(referral, "sent");
        var notices = (await counsellor.Get($"api/notices?referralId={referral}", Ct)).GetRawText();
        var sheet = (await police.Get($"api/referrals/{referral}", Ct)).GetProperty("referral").GetRawText();
        foreach (var told in new[] { caller, "Người được hỏi hư cấu", "0900 000 901", "Diễn biến hư cấu" })
        {
            notices.ShouldNotContain(told, Shouldly.Case.Sensitive);
            sheet.ShouldNotContain(told, Shouldly.Case.Sensitive);
        }

        using var stranger = new PlatformClient(fixture.Platform.Address);
        var other = await fixture.As(DemoAccounts.PoliceLaoCai);
        foreach (var (person, status) in new[] { (stranger, HttpStatusCode.Unauthorized), (other, HttpStatusCode.NotFound) })
        {
            foreach (var path in new[] { "", "/package", "/allowed-actions" })
            {
                var real = await person.Ask(HttpMethod.Get, $"api/referrals/{referral}{path}");
                var invented = await person.Ask(HttpMethod.Get, $"api/referrals/{Guid.CreateVersion7()}{path}");
                real.Status.ShouldBe(status);
                (invented.Status, invented.Tag, Facts(invented.Body)).ShouldBe((real.Status, real.Tag, Facts(real.Body)));
            }
        }

        // Everything of an answer but the name of the request.
        static string Facts(JsonElement problem) => string.Join('|', problem.EnumerateObject().Where(member => member.Name is not ("traceId" or "instance")).Select(member => $"{member.Name}={member.Value}"));
    }

    [Fact]
    public async Task Several_victims_in_one_place_are_one_case_and_one_referral_per_agency_with_a_result_for_each_person()
    {
        var of = await stage.Opened(
            Stage.Contact(), new { place = new { edition = "2026-04-30", provinceCode = "08" }, narrative = "Ba người cùng bị giữ ở một nơi hư cấu." },
            new { name = "Người hư cấu thứ nhất", gender = "female", birthYear = 2003 },
            new { name = "Người hư cấu thứ hai", gender = "female", birthYear = 2005 },
            new { name = "Người hư cấu thứ ba", gender = "male", birthYear = 1999 });
        var (first, second, third) = (of.Persons[0], of.Persons[1], of.Persons[2]);
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var health = await fixture.As(DemoAccounts.HealthTuyenQuang);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);

        var rescue = await stage.Refer(of, "police.08");
        var reception = await stage.Refer(of, "health.08", "receive_support", persons: [first, second], part: "helper");
        Named(await police.Opens(rescue)).ShouldBe([first, second, third], ignoreOrder: true);
        Named(await health.Opens(reception)).ShouldBe([first, second], ignoreOrder: true);
        foreach (var (desk, referral) in new[] { (police, rescue), (health, reception) })
        {
            await desk.Does("acknowledge", referral);
            await desk.Does("accept", referral);
        }

        // Nobody is left out in silence, nobody is invented, and results differ.
        var incomplete = await police.IsRefused("report-result", rescue, Results((first, "rescued"), (second, "rescued")));
        incomplete.Slug.ShouldBe("results-incomplete");
        incomplete.Problem.GetProperty("missing").EnumerateArray().Select(each => each.GetGuid()).ShouldBe([third]);
        var stranger = Guid.CreateVersion7();
        var invented = await police.IsRefused("report-result", rescue, Results((first, "rescued"), (second, "rescued"), (third, "rescued"), (stranger, "rescued")));
        invented.Problem.GetProperty("unknown").EnumerateArray().Select(each => each.GetGuid()).ShouldBe([stranger]);
        (await police.Does("report-result", rescue, Results((first, "rescued"), (second, "person_not_found"), (third, "returned_home")))).ShouldBe("Reported");
        (await health.Does("report-result", reception, Results((first, "support_given"), (second, "not_applicable")))).ShouldBe("Reported");
        foreach (var referral in new[] { rescue, reception })
            (await counsellor.Does("confirm-result", referral)).ShouldBe("Closed");

        var reported = (await police.History(rescue, "result-reported")).ShouldHaveSingleItem().GetProperty("codes").GetProperty("results");
        reported.EnumerateArray().Select(line => (line.GetProperty("personId").GetGuid(), line.GetProperty("code").GetString()))
            .ShouldBe([(first, "rescued"), (second, "person_not_found"), (third, "returned_home")]);

        // The case's picture joins what both desks said of each.
        var picture = await counsellor.Pictures(of.Id, shown => shown.GetProperty("standing").GetString() == "done");
        picture.GetProperty("persons").EnumerateArray().Select(person => (person.GetProperty("personId").GetGuid(), person.GetProperty("outcome").GetString()))
            .ShouldBe([(first, "safe"), (second, "not_found"), (third, "safe")]);
        picture.GetProperty("contradictory").GetBoolean().ShouldBeFalse();

        static List<Guid> Named(JsonElement opened) => [.. opened.GetProperty("package").GetProperty("persons").EnumerateArray().Select(person => person.GetProperty("id").GetGuid())];

        static object Results(params (Guid Person, string Result)[] lines) =>
            new { results = lines.Select(line => new { personId = line.Person, result = line.Result }).ToList(), tellCaller = "ask_first" };
    }

    [Fact]
    public async Task A_duplicate_from_several_callers_is_declined_or_withdrawn_as_such_and_both_contacts_stay_counted()
    {
        // Two callers, two cases of the same person; the second counsellor did not know of the first.
        var one = await stage.Opened(Stage.Contact(), new { narrative = "Người mẹ gọi." }, new { name = "Phàn Thị Hư Cấu", gender = "female", birthYear = 2006 });
        var two = await stage.Opened(Stage.Contact("Người hàng xóm hư cấu"), new { narrative = "Người hàng xóm gọi." }, new { name = "Phàn Thị Hư Cấu", gender = "female", birthYear = 2006 });
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var health = await fixture.As(DemoAccounts.HealthTuyenQuang);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);

        var kept = await stage.Refer(one, "police.08");
        var again = await stage.Refer(two, "police.08");
        var support = await stage.Refer(two, "health.08", "receive_support", urgency: "urgent");

        // The health desk sees it; the police may not decline an emergency, so the hotline takes the second one back.
        await health.Does("acknowledge", support);
        (await health.Does("decline", support, new { reason = "duplicate", text = "Trùng với yêu cầu đã nhận trực tiếp." })).ShouldBe("Declined");
        await police.Does("acknowledge", again);
        (await police.IsRefused("decline", again, new { reason = "duplicate" })).Slug.ShouldBe("emergency-must-be-taken");
        (await counsellor.Does("withdraw", again, new { reason = "duplicate" })).ShouldBe("Withdrawn");
        await police.Does("acknowledge", kept);
        (await police.Does("accept", kept)).ShouldBe("Accepted");

        foreach (var (of, at) in new[] { (one, kept), (two, again) })
        {
            var contact = await counsellor.Get($"api/contacts/{of.Contact}", Ct);
            contact.GetProperty("category").GetString().ShouldBe("referral");
            await stage.Shows(of.Id, (at, at == kept ? "Accepted" : "Withdrawn"));
        }

        // One case goes on, the other has nobody any more.
        await counsellor.Pictures(one.Id, picture => picture.GetProperty("standing").GetString() == "in_progress");
        await counsellor.Pictures(two.Id, picture => picture.GetProperty("standing").GetString() == "unplaced");
        await stage.Shows(two.Id, (support, "Declined"));
    }
}
