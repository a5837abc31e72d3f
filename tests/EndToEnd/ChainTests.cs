using System.Text.Json;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests;

/// <summary>A referral that is handed on from desk to desk: nobody loses it on the way, nobody gets it twice.</summary>
public sealed class ChainTests(PlatformFixture fixture)
{
    private readonly Stage stage = new(fixture);

    [Fact]
    public async Task Handed_on_within_an_agency_the_next_desk_has_the_same_package_at_once()
    {
        var (first, of) = await stage.Acknowledged("c02", DemoAccounts.CriminalPolice);
        var centre = await fixture.As(DemoAccounts.CriminalPolice);
        var division = await fixture.As(DemoAccounts.CriminalPoliceDivision);

        (await centre.Does("hand-on", first, new { deskId = "c02-anti-trafficking", text = "Đúng việc của Phòng." })).ShouldBe("HandingOn");
        var next = await stage.ReferralTo(of.Id, "c02-anti-trafficking");
        (await division.InInbox(next)).ShouldNotBeNull();
        (await division.Opens(next)).GetProperty("packageHash").GetString().ShouldBe((await centre.Opens(first)).GetProperty("packageHash").GetString());

        // Until the next desk acknowledges, the first one answers for it and sees nothing of the next.
        (await centre.Sees(first)).ShouldBe("HandingOn");
        (await centre.Finds(next)).ShouldBeFalse();
        (await division.Does("acknowledge", next)).ShouldBe("Acknowledged");
        (await centre.Sees(first)).ShouldBe("HandedOn");
        (await centre.IsRefused("take-back", first)).Slug.ShouldBe("command-not-allowed");
        (await division.Does("accept", next)).ShouldBe("Accepted");
        await stage.Shows(of.Id, (first, "HandedOn"), (next, "Accepted"));
        await (await fixture.As(DemoAccounts.Counsellor)).Pictures(of.Id, picture => picture.GetProperty("standing").GetString() == "in_progress"
            && picture.GetProperty("referrals")[0].GetProperty("stoodForBy").GetGuid() == next && picture.GetProperty("lead").GetProperty("referralId").GetGuid() == next);
    }

    [Fact]
    public async Task What_the_desk_has_returned_is_not_handed_on_within_its_agency()
    {
        var (first, of) = await stage.Acknowledged("c02", DemoAccounts.CriminalPolice);
        var centre = await fixture.As(DemoAccounts.CriminalPolice);
        var division = await fixture.As(DemoAccounts.CriminalPoliceDivision);
        await centre.Does("reject-data", first, new { fields = new[] { "person.name" }, text = "Không cần cho việc này." });

        (await centre.Does("hand-on", first, new { deskId = "c02-anti-trafficking" })).ShouldBe("HandingOn");
        var next = await stage.ReferralTo(of.Id, "c02-anti-trafficking");
        (await (await fixture.As(DemoAccounts.Counsellor)).Sees(next)).ShouldBe("Draft", "the hotline releases it anew");
        (await division.Finds(next)).ShouldBeFalse();
    }

    [Fact]
    public async Task Handed_on_to_another_agency_the_package_is_released_anew_before_anybody_there_sees_it()
    {
        var (first, of) = await stage.Acknowledged();
        var police = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var border = await fixture.As(DemoAccounts.BorderGuard);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);

        (await police.Does("hand-on", first, new { deskId = "border-guard" })).ShouldBe("HandingOn");
        var next = await stage.ReferralTo(of.Id, "border-guard");
        (await counsellor.Sees(next)).ShouldBe("Draft");
        (await border.Finds(next)).ShouldBeFalse();
        (await border.InInbox(next)).ShouldBeNull();

        // What was released for the first desk is not for the next one.
        var old = await stage.Release(of.Id, of.Persons[0]);
        (await counsellor.IsRefused("submit", next, new { release = old })).Slug.ShouldBe("release-for-another");
        (await counsellor.Does("submit", next, new { release = await stage.Release(of.Id, of.Persons[0], "border-guard") })).ShouldBe("Sent");
        (await border.Opens(next)).GetProperty("profile").GetString().ShouldBe("border-guard@2026-1");
        (await border.Does("acknowledge", next)).ShouldBe("Acknowledged");
        (await police.Sees(first)).ShouldBe("HandedOn");
        await stage.Shows(of.Id, (first, "HandedOn"), (next, "Acknowledged"));
    }

    [Fact]
    public async Task A_referral_is_handed_on_three_times_at_most_and_never_in_a_circle()
    {
        var (first, of) = await stage.Acknowledged("c02", DemoAccounts.CriminalPolice);
        var centre = await fixture.As(DemoAccounts.CriminalPolice);
        var division = await fixture.As(DemoAccounts.CriminalPoliceDivision);
        var (here, there) = (await fixture.As(DemoAccounts.PoliceTuyenQuang), await fixture.As(DemoAccounts.PoliceLaoCai));
        var counsellor = await fixture.As(DemoAccounts.Counsellor);

        (await centre.IsRefused("hand-on", first, new { deskId = "c02" })).Slug.ShouldBe("hand-on-loop");
        await centre.Does("hand-on", first, new { deskId = "c02-anti-trafficking" });
        var second = await stage.ReferralTo(of.Id, "c02-anti-trafficking");
        await division.Does("acknowledge", second);
        (await division.IsRefused("hand-on", second, new { deskId = "c02" })).Slug.ShouldBe("hand-on-loop");

        await division.Does("hand-on", second, new { deskId = "police.08" });
        var third = await stage.ReferralTo(of.Id, "police.08");
        await counsellor.Does("submit", third, new { release = await stage.Release(of.Id, of.Persons[0]) });
        await here.Does("acknowledge", third);
        (await here.IsRefused("hand-on", third, new { deskId = "c02" })).Slug.ShouldBe("hand-on-loop");
        (await here.IsRefused("hand-on", third, new { deskId = "consular" })).Slug.ShouldBe("desk-not-competent");

        await here.Does("hand-on", third, new { deskId = "police.15" });
        var fourth = await stage.ReferralTo(of.Id, "police.15");
        await counsellor.Does("submit", fourth, new { release = await stage.Release(of.Id, of.Persons[0], "police.15") });
        await there.Does("acknowledge", fourth);
        (await there.May(fourth)).ShouldNotContain("hand-on");
        (await there.IsRefused("hand-on", fourth, new { deskId = "border-guard" })).Slug.ShouldBe("hand-on-too-far");
        (await there.Does("accept", fourth)).ShouldBe("Accepted", "the last one takes charge");

        var sheet = await counsellor.Get($"api/referrals/{fourth}", TestContext.Current.CancellationToken);
        sheet.GetProperty("chain").EnumerateArray().Select(link => link.GetProperty("id").GetGuid()).ShouldBe([first, second, third, fourth]);
        await stage.Shows(of.Id, (first, "HandedOn"), (second, "HandedOn"), (third, "HandedOn"), (fourth, "Accepted"));
    }

    [Fact]
    public async Task When_the_next_desk_declines_the_first_one_has_it_again_and_the_hotline_is_told()
    {
        var (first, of) = await stage.Acknowledged("health.08", DemoAccounts.HealthTuyenQuang, "standard", "shelter");
        var health = await fixture.As(DemoAccounts.HealthTuyenQuang);
        var union = await fixture.As(DemoAccounts.WomensUnion);
        var next = await HandOn(health, first, of, "womens-union", "shelter");

        (await union.Does("decline", next, new { reason = "no_capacity" })).ShouldBe("Declined", "the desk before still answers for it");
        (await health.Sees(first)).ShouldBe("Acknowledged");
        await Ended(first, "declined");
        await (await fixture.As(DemoAccounts.Counsellor)).Noticed(first, "hand_on_ended");
        (await health.Does("accept", first)).ShouldBe("Accepted");
        await stage.Shows(of.Id, (first, "Accepted"), (next, "Declined"));
    }

    [Fact]
    public async Task When_the_hotline_withdraws_the_next_referral_the_first_desk_has_it_again()
    {
        var (first, of) = await stage.Acknowledged("health.08", DemoAccounts.HealthTuyenQuang, "standard", "shelter");
        var health = await fixture.As(DemoAccounts.HealthTuyenQuang);
        var next = await HandOn(health, first, of, "womens-union", "shelter");

        (await (await fixture.As(DemoAccounts.Counsellor)).Does("withdraw", next, new { reason = "wrong_desk" })).ShouldBe("Withdrawn");
        (await health.Sees(first)).ShouldBe("Acknowledged");
        await Ended(first, "withdrawn");
        (await health.Does("hand-on", first, new { deskId = "womens-union.08" })).ShouldBe("HandingOn", "it may try another desk");
    }

    [Fact]
    public async Task A_desk_takes_back_what_the_next_one_has_not_acknowledged()
    {
        var (first, of) = await stage.Acknowledged("c02", DemoAccounts.CriminalPolice);
        var centre = await fixture.As(DemoAccounts.CriminalPolice);
        var division = await fixture.As(DemoAccounts.CriminalPoliceDivision);
        await centre.Does("hand-on", first, new { deskId = "c02-anti-trafficking" });
        var next = await stage.ReferralTo(of.Id, "c02-anti-trafficking");

        (await centre.Does("take-back", first)).ShouldBe("Acknowledged");
        (await division.Sees(next)).ShouldBe("Withdrawn");
        (await division.IsRefused("acknowledge", next)).Slug.ShouldBe("command-not-allowed");
        await Ended(first, "taken_back");
        (await fixture.Stored("referral", next))[^1].Data.GetProperty("reason").GetString().ShouldBe("taken_back");
        (await centre.Does("accept", first)).ShouldBe("Accepted");
        await stage.Shows(of.Id, (first, "Accepted"), (next, "Withdrawn"));
    }

    [Fact]
    public async Task Withdrawn_while_it_is_handed_on_neither_desk_has_it_any_more()
    {
        var (first, of) = await stage.Acknowledged("c02", DemoAccounts.CriminalPolice);
        var centre = await fixture.As(DemoAccounts.CriminalPolice);
        await centre.Does("hand-on", first, new { deskId = "c02-anti-trafficking" });
        var next = await stage.ReferralTo(of.Id, "c02-anti-trafficking");

        (await (await fixture.As(DemoAccounts.Counsellor)).Does("withdraw", first, new { reason = "sent_in_error" })).ShouldBe("Withdrawn");
        (await centre.Sees(first)).ShouldBe("Withdrawn");
        (await (await fixture.As(DemoAccounts.CriminalPoliceDivision)).Sees(next)).ShouldBe("Withdrawn");
        (await fixture.Stored("referral", next))[^1].Data.GetProperty("reason").GetString().ShouldBe("parent_withdrawn");
        await stage.Shows(of.Id, (first, "Withdrawn"), (next, "Withdrawn"));
    }

    /// <summary>Hands on to another agency, and lets the hotline release it anew; the referral there.</summary>
    private async Task<Guid> HandOn(PlatformClient desk, Guid first, OpenedCase of, string to, string purpose)
    {
        (await desk.Does("hand-on", first, new { deskId = to })).ShouldBe("HandingOn");
        var next = await stage.ReferralTo(of.Id, to);
        var counsellor = await fixture.As(DemoAccounts.Counsellor);
        (await counsellor.Does("submit", next, new { release = await stage.Release(of.Id, of.Persons[0], to, purpose: purpose) })).ShouldBe("AwaitingApproval");
        (await (await fixture.As(DemoAccounts.Supervisor)).Does("approve", next)).ShouldBe("Sent");
        return next;
    }

    private async Task Ended(Guid first, string cause)
    {
        var ended = (await (await fixture.As(DemoAccounts.Counsellor)).History(first, "hand-on-ended")).ShouldHaveSingleItem();
        ended.GetProperty("codes").GetProperty("cause").GetString().ShouldBe(cause);
    }
}
