using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests;

/// <summary>What is asked twice happens once, also when the first time has gone through the store and come back sealed.</summary>
public sealed class RepetitionTests(PlatformFixture fixture)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_contact_sent_again_with_its_id_is_the_same_contact_open_or_closed()
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        var id = Guid.CreateVersion7();
        var body = new { id, channel = "phone_in", summary = "Nội dung hư cấu." };
        var first = await staff.Post("api/contacts", body, Ct);

        (await staff.Post("api/contacts", body, Ct)).GetProperty("number").GetString().ShouldBe(first.GetProperty("number").GetString());
        await staff.Post($"api/contacts/{id}/categorise", new { category = "counselling" }, Ct);
        await staff.Post($"api/contacts/{id}/close", null, Ct);
        (await staff.Post("api/contacts", body, Ct)).GetProperty("number").GetString().ShouldBe(first.GetProperty("number").GetString());
        (await Should.ThrowAsync<PlatformRefusalException>(() => staff.Post("api/contacts", body with { channel = "zalo" }, Ct))).Slug.ShouldBe("contact-already-exists");
    }

    [Fact]
    public async Task A_change_of_a_person_told_again_word_for_word_changes_nothing()
    {
        var (caseId, person, _) = await new Stage(fixture).Case();
        var staff = await fixture.As(DemoAccounts.Counsellor);
        var told = new { name = "Người hư cấu", gender = "female", birthYear = 2010, phone = "0900-000-001", location = "nơi hư cấu" };
        async Task<long> Change(object facts) => (await staff.Post($"api/cases/{caseId}/persons/{person}/change", facts, Ct)).GetProperty("version").GetInt64();

        var changed = await Change(told);
        (await Change(told)).ShouldBe(changed);
        (await Change(told with { phone = "0900-000-002" })).ShouldBe(changed + 1);

        // What kept its words was carried over into the new event and still opens there.
        var shown = (await staff.Get($"api/cases/{caseId}", Ct)).GetProperty("persons")[0];
        shown.GetProperty("name").GetString().ShouldBe("Người hư cấu");
        shown.GetProperty("phone").GetString().ShouldBe("0900-000-002");
        shown.GetProperty("location").GetString().ShouldBe("nơi hư cấu");
    }

    [Fact]
    public async Task One_package_for_two_desks_of_one_profile_is_two_disclosures_and_each_is_signed_once()
    {
        var stage = new Stage(fixture);
        var (caseId, person, _) = await stage.Case();
        var staff = await fixture.As(DemoAccounts.Counsellor);

        var here = await stage.Release(caseId, person, "police.08");
        var there = await stage.Release(caseId, person, "police.01");
        var again = await stage.Release(caseId, person, "police.08");

        there.GetProperty("packageHash").GetString().ShouldBe(here.GetProperty("packageHash").GetString());
        again.GetProperty("signature").GetString().ShouldBe(here.GetProperty("signature").GetString());
        again.GetProperty("releasedAt").GetDateTimeOffset().ShouldBe(here.GetProperty("releasedAt").GetDateTimeOffset());
        var timeline = (await staff.Get($"api/cases/{caseId}/timeline", Ct)).GetProperty("timeline").EnumerateArray().ToList();
        timeline.Where(line => line.GetProperty("kind").GetString() == "disclosure-released").Select(line => line.GetProperty("facts").GetProperty("deskId").GetString())
            .ShouldBe(["police.08", "police.01"]);
    }

    [Fact]
    public async Task What_went_out_as_an_emergency_is_not_approved_afterwards()
    {
        var (referral, _) = await new Stage(fixture).Sent();
        var supervisor = await fixture.As(DemoAccounts.Supervisor);

        (await Should.ThrowAsync<PlatformRefusalException>(() => supervisor.Post($"api/referrals/{referral}/approve", null, Ct))).Slug.ShouldBe("command-not-allowed");
    }
}
