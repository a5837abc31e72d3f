using System.Text.Json;
using Hotline111.Case.Cases;
using Hotline111.Case.Referrals;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;

namespace Hotline111.Case.Tests.Cases;

/// <summary>The supervisor's worklist: needs that nobody has, and emergencies that were never referred.</summary>
public sealed class Needs_without_a_receiver(CaseUnderTest @case) : IClassFixture<CaseUnderTest>
{
    /// <summary>Referrals that were handed on to and have been heard of.</summary>
    private readonly HashSet<Guid> heard = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_worklist_holds_exactly_the_cases_whose_picture_is_unplaced_and_the_emergencies_never_referred()
    {
        Random random = new(111);
        List<Guid> cases = [];
        for (var i = 0; i < 40; i++)
        {
            var caseId = await @case.Open();
            cases.Add(caseId);
            if (random.Next(2) == 0)
                await Assess(caseId, random.Next(2) == 0 ? "emergency" : "urgent");
            var chain = Guid.CreateVersion7();
            for (var n = random.Next(4); n > 0; n--)
                await Live(caseId, random, chain);
            if (i % 4 == 0)
                await Restrict(caseId, i % 8 == 0 ? ["police.08"] : [], i % 8 == 0 ? [] : ["08"]);
        }

        var expected = new List<Guid>();
        foreach (var caseId in cases)
        {
            var standing = JointPicture.Of(await CaseReferral.Of(@case.Service.Store, caseId, Ct), []).Standing;
            var state = (CaseState.InProgress)(await @case.Service.Store.Load(CaseDecider.Instance, caseId, Ct)).State;
            if (standing == "unplaced" || (standing == "no_referral" && state.Urgency == "emergency"))
                expected.Add(caseId);
        }

        expected.Count.ShouldBeInRange(5, 35, "the cases are of all kinds");
        var listed = await All(limit: 7);
        listed.Select(row => row.GetProperty("id").GetGuid()).Where(cases.Contains).ShouldBe(expected, ignoreOrder: true);
        listed.Select(row => row.GetProperty("id").GetGuid()).ShouldBeUnique();
        listed.ShouldAllBe(row => row.GetProperty("standing").GetString() == "unplaced" || row.GetProperty("standing").GetString() == "no_referral");
        listed.Select(Rank).ShouldBe(listed.Select(Rank).Order(), "the most urgent first");

        var counts = (await List(null, 1)).GetProperty("counts");
        counts.GetProperty("unplaced").GetInt64().ShouldBe(listed.Count);
        counts.GetProperty("emergency").GetInt64().ShouldBe(listed.Count(row => row.GetProperty("urgency").GetString() == "emergency"));
        counts.GetProperty("neverReferred").GetInt64().ShouldBe(listed.Count(row => row.GetProperty("standing").GetString() == "no_referral"));
    }

    [Fact]
    public async Task A_declined_need_stands_on_the_worklist_until_somebody_else_has_it()
    {
        var caseId = await @case.Open();
        var declined = CaseUnderTest.Sent(caseId, purpose: "shelter");
        await @case.Hear(declined);
        (await Stands(caseId)).ShouldBeNull();
        await @case.Hear(new ReferralDeclined(declined.ReferralId, caseId, declined.DeskId, declined.AgencyId, "no_capacity", null, CaseUnderTest.Night));
        await @case.Hear(CaseUnderTest.Sent(caseId, purpose: "verify_rescue"));
        (await Stands(caseId)).ShouldNotBeNull().GetProperty("unplacedPurposes").EnumerateArray().Select(purpose => purpose.GetString()).ShouldBe(["shelter"]);

        await @case.Hear(CaseUnderTest.Sent(caseId, desk: "womens-union.08", purpose: "shelter"));
        (await Stands(caseId)).ShouldBeNull();
    }

    [Theory]
    [InlineData("police.08", null)]
    [InlineData(null, "08")]
    public async Task A_need_whose_desk_the_case_has_been_kept_from_since_stands_on_the_worklist_until_somebody_else_has_it(string? agency, string? province)
    {
        var caseId = await @case.Open();
        await @case.Hear(CaseUnderTest.Sent(caseId));
        (await Stands(caseId)).ShouldBeNull();
        await Restrict(caseId, agency is null ? [] : [agency], province is null ? [] : [province]);
        (await Stands(caseId)).ShouldNotBeNull().GetProperty("unplacedPurposes").EnumerateArray().Select(purpose => purpose.GetString()).ShouldBe(["verify_rescue"]);
        (await @case.Service.Get($"/cases/{caseId}/picture", CaseUnderTest.Counsellor, Ct)).Ok.GetProperty("standing").GetString().ShouldBe("unplaced");

        await @case.Hear(CaseUnderTest.Sent(caseId, desk: "c02"));
        (await Stands(caseId)).ShouldBeNull();
    }

    [Fact]
    public async Task A_desk_whose_territory_was_never_told_is_excluded_by_the_one_it_started_with()
    {
        var caseId = await @case.Open();
        await @case.Hear(CaseUnderTest.Sent(caseId, desk: "border-guard.08"));
        await Restrict(caseId, [], ["08"]);
        (await Stands(caseId)).ShouldNotBeNull();
    }

    [Fact]
    public async Task An_emergency_stands_on_the_worklist_from_its_assessment_until_it_is_referred()
    {
        var caseId = await @case.Open();
        (await Stands(caseId)).ShouldBeNull();
        await Assess(caseId, "emergency");
        (await Stands(caseId)).ShouldNotBeNull();
        await @case.Hear(CaseUnderTest.Sent(caseId, urgency: "emergency"));
        (await Stands(caseId)).ShouldBeNull();
    }

    [Fact]
    public async Task Every_row_of_the_list_of_cases_says_how_the_case_stands_and_nothing_of_a_person()
    {
        var caseId = await @case.Open();
        await @case.Person(caseId);
        await @case.Hear(CaseUnderTest.Sent(caseId));
        var page = (await @case.Service.Get("/cases?limit=200", CaseUnderTest.Counsellor, Ct)).Ok;
        page.GetProperty("items").EnumerateArray().Single(row => row.GetProperty("id").GetGuid() == caseId).GetProperty("standing").GetString().ShouldBe("waiting");
        page.GetRawText().ShouldNotContain("hư cấu");
        (await @case.Service.Get("/cases?list=lost", CaseUnderTest.Counsellor, Ct)).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Folded_anew_from_the_log_the_list_is_the_same()
    {
        var caseId = await @case.Open();
        await @case.Person(caseId);
        await Assess(caseId, "urgent");
        await @case.Service.Post($"/cases/{caseId}/restrict", CaseUnderTest.Supervisor, new { provinces = new[] { "08" }, reason = "Lý do hư cấu." }, Ct);
        var (emergency, contact) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await @case.Hear(CaseUnderTest.Sent(emergency, contact: contact, urgency: "emergency"));
        await @case.Service.Post("/cases", CaseUnderTest.Counsellor, new { id = emergency, contactId = contact, place = new { edition = "2026-04-30", provinceCode = "08" } }, Ct);
        const string rows = "SELECT string_agg(to_jsonb(l)::text, E'\\n' ORDER BY id) FROM read.case_list l";
        var before = await @case.Service.Scalar<string>(rows, Ct);

        await Rebuild.Run(@case.Service.Owner, @case.Service.Store, FollowingProjection.Of(new CaseList()), Ct);

        (await @case.Service.Scalar<string>(rows, Ct)).ShouldBe(before);
    }

    // One referral that comes to some end, or to none.
    private async Task Live(Guid caseId, Random random, Guid next)
    {
        var sent = CaseUnderTest.Sent(caseId, purpose: random.Next(2) == 0 ? "verify_rescue" : "shelter");
        await @case.Hear(sent);
        IReferralEvent? end = random.Next(6) switch
        {
            0 => new ReferralDeclined(sent.ReferralId, caseId, sent.DeskId, sent.AgencyId, "no_capacity", null, CaseUnderTest.Night),
            1 => new ReferralWithdrawn(sent.ReferralId, caseId, sent.DeskId, sent.AgencyId, "sent_in_error", CaseUnderTest.Night),
            2 => new ReferralWithdrawn(sent.ReferralId, caseId, sent.DeskId, sent.AgencyId, "need_met", CaseUnderTest.Night),
            3 => new ReferralResultConfirmed(sent.ReferralId, caseId, sent.DeskId, sent.AgencyId, CaseUnderTest.Night),
            4 => new ReferralHandedOn(sent.ReferralId, caseId, sent.DeskId, sent.AgencyId, next, CaseUnderTest.Night),
            _ => null,
        };
        if (end is not null)
            await @case.Hear(end);
        if (end is not ReferralHandedOn || random.Next(2) == 0 || !heard.Add(next))
            return;
        await @case.Hear(CaseUnderTest.Sent(caseId, purpose: sent.Purpose, previous: sent.ReferralId, id: next));
        if (random.Next(2) == 0)
            await @case.Hear(new ReferralDeclined(next, caseId, sent.DeskId, sent.AgencyId, "no_capacity", null, CaseUnderTest.Night));
    }

    private async Task Restrict(Guid caseId, string[] agencies, string[] provinces) =>
        (await @case.Service.Post($"/cases/{caseId}/restrict", CaseUnderTest.Supervisor, new { agencies, provinces, reason = "Lý do hư cấu." }, Ct)).Status.ShouldBe(200);

    private async Task Assess(Guid caseId, string urgency) =>
        (await @case.Service.Post($"/cases/{caseId}/assess", CaseUnderTest.Counsellor, new { riskLevel = "high", riskSigns = Array.Empty<string>(), urgency }, Ct)).Status.ShouldBe(200);

    private async Task<JsonElement> List(Guid? cursor, int limit) =>
        (await @case.Service.Get($"/cases?list=unplaced&limit={limit}{(cursor is { } after ? $"&cursor={after}" : "")}", CaseUnderTest.Supervisor, Ct)).Ok;

    private async Task<List<JsonElement>> All(int limit)
    {
        List<JsonElement> rows = [];
        Guid? cursor = null;
        do
        {
            var page = await List(cursor, limit);
            rows.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.TryGetProperty("cursor", out var next) && next.ValueKind == JsonValueKind.String ? next.GetGuid() : null;
        }
        while (cursor is not null);
        return rows;
    }

    private async Task<JsonElement?> Stands(Guid caseId)
    {
        var found = (await All(limit: 200)).Where(row => row.GetProperty("id").GetGuid() == caseId).ToList();
        return found.Count == 0 ? null : found[0];
    }

    private static int Rank(JsonElement row) => row.GetProperty("urgency").GetString() switch { "emergency" => 0, "urgent" => 1, "standard" => 2, _ => 3 };
}
