using System.Text.Json;
using Hotline111.Testing;

namespace Hotline111.Case.Tests.Cases;

/// <summary>What was told of a case when it was opened can be put right at any time; what stood before stays in history.</summary>
public sealed class Corrected_cases(CaseUnderTest @case) : IClassFixture<CaseUnderTest>
{
    private static readonly object Right = new { place = new { edition = "2026-04-30", provinceCode = "01", commune = "phường hư cấu" }, callerContact = "0900-000-111", narrative = "Diễn biến đúng, hư cấu." };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Place_story_and_how_the_caller_is_reached_are_put_right_and_the_list_and_the_timeline_know_it()
    {
        var caseId = await @case.Open();
        (await Correct(caseId, Right)).Ok.GetProperty("version").GetInt64().ShouldBe(2);

        var shown = (await @case.Service.Get($"/cases/{caseId}", CaseUnderTest.Counsellor, Ct)).Ok;
        shown.GetProperty("place").GetProperty("commune").GetString().ShouldBe("phường hư cấu");
        shown.GetProperty("callerContact").GetString().ShouldBe("0900-000-111");
        shown.GetProperty("narrative").GetString().ShouldBe("Diễn biến đúng, hư cấu.");
        (shown.TryGetProperty("safeContact", out var safe) && safe.ValueKind == JsonValueKind.String).ShouldBeFalse("the whole of it stands anew");
        shown.GetProperty("timeline").EnumerateArray().Select(line => line.GetProperty("kind").GetString()).ShouldBe(["case-opened", "case-completed"]);
        (await @case.Service.Get("/cases?limit=200", CaseUnderTest.Counsellor, Ct)).Ok.GetProperty("items").EnumerateArray()
            .Single(row => row.GetProperty("id").GetGuid() == caseId).GetProperty("provinceCode").GetString().ShouldBe("01");
    }

    [Fact]
    public async Task The_same_correction_again_is_no_event()
    {
        var caseId = await @case.Open();
        await Correct(caseId, Right);
        (await Correct(caseId, Right)).Ok.GetProperty("version").GetInt64().ShouldBe(2);
        (await Correct(caseId, new { narrative = "Diễn biến đúng, hư cấu." })).Ok.GetProperty("version").GetInt64().ShouldBe(3);
    }

    [Fact]
    public async Task A_correction_upon_an_older_look_is_told_so()
    {
        var caseId = await @case.Open();
        await Correct(caseId, Right);
        (await Correct(caseId, new { narrative = "Diễn biến khác, hư cấu." }, ("If-Match", "\"1\""))).ShouldSatisfyAllConditions(stale => stale.Status.ShouldBe(412), stale => stale.Slug.ShouldBe("version-stale"));
    }

    [Fact]
    public async Task A_correction_that_says_nothing_is_refused_and_uses_nothing_up()
    {
        var (caseId, contact) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await @case.Hear(CaseUnderTest.Sent(caseId, contact: contact, urgency: "emergency"));
        foreach (object nothing in new object[] { new { }, new { narrative = " ", callerContact = "" } })
            (await Correct(caseId, nothing)).ShouldSatisfyAllConditions(refused => refused.Status.ShouldBe(400), refused => refused.Slug.ShouldBe("body-invalid"));

        (await @case.Service.Get($"/cases/{caseId}", CaseUnderTest.Counsellor, Ct)).Ok.GetProperty("awaitsDetails").GetBoolean().ShouldBeTrue();
    }

    private Task<ServiceAnswer> Correct(Guid caseId, object details, params (string Name, string Value)[] headers) =>
        @case.Service.Post($"/cases/{caseId}/complete", CaseUnderTest.Counsellor, details, Ct, headers);
}
