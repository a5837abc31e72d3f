using System.Text.Json;
using Hotline111.Case.Cases;
using Hotline111.Contracts.Case.V1;

namespace Hotline111.Case.Tests.Cases;

/// <summary>A case in which an official is involved is kept from his agency and territory; the others are told whom, and never why.</summary>
public sealed class Restricted_cases(CaseUnderTest @case) : IClassFixture<CaseUnderTest>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everybody_who_may_read_the_case_sees_whom_it_excludes_and_only_supervision_sees_why()
    {
        var caseId = await @case.Open();
        (await Restrict(caseId, CaseUnderTest.Supervisor, ["womens-union", "police.08"], ["08", "01"])).Status.ShouldBe(200);

        foreach (var (role, sees) in new[] { (CaseUnderTest.Counsellor, false), (CaseUnderTest.Supervisor, true), (CaseUnderTest.Director, true) })
        {
            var shown = (await @case.Service.Get($"/cases/{caseId}", role, Ct)).Ok.GetProperty("restriction");
            shown.GetProperty("agencies").EnumerateArray().Select(agency => agency.GetString()).ShouldBe(["police.08", "womens-union"]);
            shown.GetProperty("provinces").EnumerateArray().Select(province => province.GetString()).ShouldBe(["01", "08"]);
            shown.GetRawText().Contains("Lý do hư cấu.", StringComparison.Ordinal).ShouldBe(sees, role);
        }

        var row = await Row(caseId);
        row.GetProperty("excludedAgencies").EnumerateArray().Select(agency => agency.GetString()).ShouldBe(["police.08", "womens-union"]);
        row.GetProperty("excludedProvinces").EnumerateArray().Select(province => province.GetString()).ShouldBe(["01", "08"]);
        (await @case.Service.Get($"/cases/{caseId}/timeline", CaseUnderTest.Supervisor, Ct)).Ok.GetRawText().ShouldNotContain("Lý do");
    }

    [Fact]
    public async Task An_empty_list_lifts_the_restriction()
    {
        var caseId = await @case.Open();
        await Restrict(caseId, CaseUnderTest.Supervisor, ["police.08"], []);
        (await Restrict(caseId, CaseUnderTest.Director, [], [])).Status.ShouldBe(200);

        (await @case.Service.Get($"/cases/{caseId}", CaseUnderTest.Supervisor, Ct)).Ok.TryGetProperty("restriction", out var restriction).ShouldBe(restriction.ValueKind == JsonValueKind.Null);
        (await Row(caseId)).GetProperty("excludedAgencies").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        var caseId = await @case.Open();
        (await Restrict(caseId, CaseUnderTest.Supervisor, ["no-such-agency"], [])).Slug.ShouldBe("agency-unknown");
        (await Restrict(caseId, CaseUnderTest.Supervisor, [], ["99"])).Status.ShouldBe(400);
        (await Restrict(caseId, CaseUnderTest.Supervisor, ["police.08"], [], reason: " ")).Status.ShouldBe(400);
        (await Restrict(Guid.CreateVersion7(), CaseUnderTest.Supervisor, ["police.08"], [])).Slug.ShouldBe("case-not-found");
        (await Restrict(caseId, CaseUnderTest.Counsellor, ["police.08"], [])).Status.ShouldBe(403);
    }

    [Fact]
    public async Task Only_those_who_may_restrict_a_case_are_offered_to()
    {
        var caseId = await @case.Open();
        (await Allowed(CaseUnderTest.Counsellor)).ShouldBe(["complete", "add-person", "assess", "release"]);
        (await Allowed(CaseUnderTest.Supervisor)).ShouldBe(["complete", "add-person", "assess", "restrict", "release"]);

        async Task<IEnumerable<string?>> Allowed(string role) =>
            (await @case.Service.Get($"/cases/{caseId}", role, Ct)).Ok.GetProperty("allowed").EnumerateArray().Select(command => command.GetString());
    }

    [Fact]
    public async Task Referral_is_told_the_whole_list_each_time_and_the_reason_is_sealed()
    {
        var caseId = await @case.Open();
        await Restrict(caseId, CaseUnderTest.Supervisor, ["womens-union", "police.08"], ["08"]);
        await Restrict(caseId, CaseUnderTest.Supervisor, [], []);

        var stored = await @case.Service.Store.ReadStream(caseId, Ct);
        var state = CaseDecider.Instance.Initial;
        List<object?> told = [];
        foreach (var recorded in stored.Select(@case.Service.Store.Record<CaseEvent>))
        {
            state = CaseState.Evolve(state, recorded.Event);
            told.Add(CasePublication.Translate(state, recorded));
        }

        told.OfType<CaseRestricted>().Select(one => (one.CaseId, one.ExcludedAgencies, one.ExcludedProvinces)).ShouldBe([(caseId, "police.08,womens-union", "08"), (caseId, "", "")]);
        stored.ShouldAllBe(one => !one.Data.Contains("Lý do"));
    }

    private Task<Testing.ServiceAnswer> Restrict(Guid caseId, string role, string[] agencies, string[] provinces, string reason = "Lý do hư cấu.") =>
        @case.Service.Post($"/cases/{caseId}/restrict", role, new { agencies, provinces, reason }, Ct);

    private async Task<JsonElement> Row(Guid caseId) =>
        (await @case.Service.Get("/cases?limit=200", CaseUnderTest.Counsellor, Ct)).Ok.GetProperty("items").EnumerateArray().Single(row => row.GetProperty("id").GetGuid() == caseId);
}
