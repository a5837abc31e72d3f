using System.Text.Json;
using Hotline111.Case.Cases;

namespace Hotline111.Case.Tests.Referrals;

/// <summary>An emergency goes out without a case: Case opens it when it hears of the referral, once, and the counsellor adds the rest.</summary>
public sealed class Emergency_before_the_case(CaseUnderTest @case) : IClassFixture<CaseUnderTest>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_case_is_opened_with_a_number_and_nothing_but_its_contact()
    {
        var (caseId, contact) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await @case.Hear(CaseUnderTest.Sent(caseId, contact: contact, urgency: "emergency"));

        var shown = (await @case.Service.Get($"/cases/{caseId}", CaseUnderTest.Counsellor, Ct)).Ok;
        shown.GetProperty("number").GetString()!.ShouldMatch(@"^CS-\d{4}-\d{6}$");
        shown.GetProperty("contactId").GetGuid().ShouldBe(contact);
        shown.GetProperty("awaitsDetails").GetBoolean().ShouldBeTrue();
        shown.GetProperty("urgency").GetString().ShouldBe("emergency");
        shown.GetProperty("referrals").GetArrayLength().ShouldBe(1);
        shown.GetProperty("allowed").EnumerateArray().Select(command => command.GetString()).ShouldContain("complete");
        shown.GetProperty("timeline").EnumerateArray().Select(line => line.GetProperty("kind").GetString()).ShouldBe(["case-opened", "referral-sent"], ignoreOrder: true);
        shown.GetProperty("timeline").EnumerateArray().First(line => line.GetProperty("kind").GetString() == "case-opened").GetProperty("by").GetString().ShouldBe("system");
        var row = (await @case.Service.Get("/cases?limit=200", CaseUnderTest.Counsellor, Ct)).Ok.GetProperty("items").EnumerateArray().Single(one => one.GetProperty("id").GetGuid() == caseId);
        row.GetProperty("urgency").GetString().ShouldBe("emergency");
        row.GetProperty("awaitsDetails").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Sent_to_ten_desks_at_once_it_is_one_case_with_ten_referrals()
    {
        var (caseId, contact) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => @case.Hear(CaseUnderTest.Sent(caseId, contact: contact, part: i == 0 ? "lead" : "helper", urgency: "emergency"))));

        (await @case.Service.Scalar<long>($"SELECT version FROM events.mt_streams WHERE id = '{caseId}'", Ct)).ShouldBe(1);
        (await @case.Service.Scalar<long>($"SELECT count(*) FROM read.case_referral WHERE case_id = '{caseId}'", Ct)).ShouldBe(10);
    }

    [Fact]
    public async Task The_counsellor_who_opens_it_afterwards_gets_the_same_case_and_loses_nothing_she_has_typed()
    {
        var (caseId, contact) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await @case.Hear(CaseUnderTest.Sent(caseId, contact: contact, urgency: "emergency"));
        var body = new { id = caseId, contactId = contact, place = new { edition = "2026-04-30", provinceCode = "08" }, safeContact = "only_hours", narrative = "Diễn biến hư cấu." };

        var (first, again) = (await @case.Service.Post("/cases", CaseUnderTest.Counsellor, body, Ct), await @case.Service.Post("/cases", CaseUnderTest.Counsellor, body, Ct));

        (first.Status, again.Status).ShouldBe((200, 200));
        first.Ok.GetProperty("id").GetGuid().ShouldBe(caseId);
        first.Ok.GetProperty("number").GetString().ShouldBe(again.Ok.GetProperty("number").GetString());
        var shown = (await @case.Service.Get($"/cases/{caseId}", CaseUnderTest.Counsellor, Ct)).Ok;
        shown.GetProperty("narrative").GetString().ShouldBe("Diễn biến hư cấu.");
        shown.GetProperty("safeContact").GetString().ShouldBe("only_hours");
        shown.GetProperty("place").GetProperty("provinceCode").GetString().ShouldBe("08");
        shown.GetProperty("awaitsDetails").GetBoolean().ShouldBeFalse();
        shown.GetProperty("timeline").EnumerateArray().Count(line => line.GetProperty("kind").GetString() == "case-completed").ShouldBe(1);
    }

    [Fact]
    public async Task A_repeated_request_with_a_key_is_answered_as_it_was_the_first_time()
    {
        var (caseId, contact) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await @case.Hear(CaseUnderTest.Sent(caseId, contact: contact, urgency: "emergency"));
        var body = new { id = caseId, contactId = contact, narrative = "Diễn biến hư cấu." };
        var first = await @case.Service.Post("/cases", CaseUnderTest.Counsellor, body, Ct, ("Idempotency-Key", "open-1"));
        await @case.Person(caseId);
        var again = await @case.Service.Post("/cases", CaseUnderTest.Counsellor, body, Ct, ("Idempotency-Key", "open-1"));

        (again.Status, again.ETag).ShouldBe((first.Status, first.ETag));
        first.Status.ShouldBe(200);
    }

    [Fact]
    public async Task What_is_known_can_be_added_in_its_own_time()
    {
        var (caseId, contact) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await @case.Hear(CaseUnderTest.Sent(caseId, contact: contact, urgency: "emergency"));

        var added = await @case.Service.Post($"/cases/{caseId}/complete", CaseUnderTest.Counsellor, new { callerContact = "0900-000-111", place = new { edition = "2026-04-30", provinceCode = "08" } }, Ct);
        added.Ok.GetProperty("version").GetInt64().ShouldBe(2);
        var shown = (await @case.Service.Get($"/cases/{caseId}", CaseUnderTest.Counsellor, Ct)).Ok;
        shown.GetProperty("callerContact").GetString().ShouldBe("0900-000-111");
        (await @case.Service.Post($"/cases/{Guid.CreateVersion7()}/complete", CaseUnderTest.Counsellor, new { safeContact = "any_time" }, Ct)).Slug.ShouldBe("case-not-found");
        (await @case.Service.Post($"/cases/{caseId}/complete", CaseUnderTest.Counsellor, new { safeContact = "never_heard_of" }, Ct)).Status.ShouldBe(400);
    }

    [Fact]
    public async Task The_case_that_the_counsellor_opened_first_stays_as_it_is()
    {
        var (caseId, contact) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await @case.Open(more: new { id = caseId, contactId = contact, narrative = "Diễn biến hư cấu." });
        await @case.Hear(CaseUnderTest.Sent(caseId, contact: contact, urgency: "emergency"));

        (await @case.Service.Scalar<long>($"SELECT version FROM events.mt_streams WHERE id = '{caseId}'", Ct)).ShouldBe(1);
        var shown = (await @case.Service.Get($"/cases/{caseId}", CaseUnderTest.Counsellor, Ct)).Ok;
        shown.GetProperty("awaitsDetails").GetBoolean().ShouldBeFalse();
        shown.GetProperty("referrals").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task An_emergency_that_names_anothers_case_is_followed_and_opens_nothing()
    {
        var caseId = await @case.Open();
        await @case.Hear(CaseUnderTest.Sent(caseId, contact: Guid.CreateVersion7(), urgency: "emergency"));

        (await @case.Service.Scalar<long>($"SELECT version FROM events.mt_streams WHERE id = '{caseId}'", Ct)).ShouldBe(1);
        (await @case.Service.Scalar<long>($"SELECT count(*) FROM read.case_referral WHERE case_id = '{caseId}'", Ct)).ShouldBe(1);
    }

    [Fact]
    public async Task A_referral_that_Case_released_opens_no_case()
    {
        var caseId = Guid.CreateVersion7();
        await @case.Hear(CaseUnderTest.Sent(caseId));
        (await @case.Service.Get($"/cases/{caseId}", CaseUnderTest.Counsellor, Ct)).Slug.ShouldBe("case-not-found");
    }

    [Fact]
    public async Task What_is_told_of_the_new_case_is_what_is_told_of_any()
    {
        var (caseId, contact) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await @case.Hear(CaseUnderTest.Sent(caseId, contact: contact, urgency: "emergency"));
        var stored = await @case.Service.Store.ReadStream(caseId, Ct);
        var opened = @case.Service.Store.Record<CaseEvent>(stored.ShouldHaveSingleItem());

        CasePublication.Translate(CaseState.Evolve(new CaseState.None(), opened.Event), opened)
            .ShouldBe(new Hotline111.Contracts.Case.V1.CaseOpened(caseId, ((CaseEvent.Opened)opened.Event).Number, contact, null, null, CaseUnderTest.Night));
        JsonDocument.Parse(stored[0].Data).RootElement.GetProperty("emergency").GetBoolean().ShouldBeTrue();
    }
}
