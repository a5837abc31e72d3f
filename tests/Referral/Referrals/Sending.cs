using Hotline111.Contracts.Catalogues;
using Hotline111.Referral.Referrals;
using static Hotline111.Referral.Tests.Referrals.Invented;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>How a referral comes to be sent, and what may be sent after it.</summary>
public sealed class Sending
{
    private static readonly C.SendEmergency SendEmergency = new(Emergency, FromTheContact, Counsellor, Now);
    private static readonly E.Sent SentAtOnce = new(SendingGround.Emergency, Counsellor, Now);

    [Fact]
    public void A_counsellor_drafts_a_referral_to_one_desk() => Given().When(new C.DraftReferral(Facts, Counsellor, Now)).Then(DraftOf(Facts));

    [Fact]
    public void A_draft_may_be_for_a_desk_that_helps() =>
        Given().When(new C.DraftReferral(Facts with { Part = ReferralParts.Helper }, Counsellor, Now)).Then(DraftOf(Facts with { Part = ReferralParts.Helper }));

    [Fact]
    public void The_same_draft_again_is_the_same_referral() =>
        Given(DraftOf(Facts)).When(new C.DraftReferral(Facts with { Number = "", PolicyEdition = null, Part = ReferralParts.Helper }, Counsellor, Now.AddMinutes(1))).ThenNothing();

    [Fact]
    public void A_draft_for_another_desk_cannot_take_its_id() =>
        Given(DraftOf(Facts)).When(new C.DraftReferral(Facts with { DeskId = "womens-union" }, Counsellor, Now)).ThenRefused(ReferralRefusals.AlreadyExists);

    [Fact]
    public void A_referral_that_nobody_drafted_does_not_exist()
    {
        foreach (var command in AnyReferral.OneOfEach(new ReferralState.None()).Where(command => command is not (C.DraftReferral or C.SendEmergency or C.Forward)))
            Given().When(command).ThenRefused(ReferralRefusals.NotFound);
    }

    [Fact]
    public void One_from_before_policies_had_editions_has_the_first_one_and_leads()
    {
        var old = DraftOf(Facts) with { Policy = null, Part = null };
        var facts = ((ReferralState.Draft)Given(old).State).Facts;
        facts.Policy.Edition.ShouldBe("2026-1");
        facts.Part.ShouldBe(ReferralParts.Lead);
        facts.Chain.ShouldBeEmpty();
    }

    [Fact]
    public void A_standard_referral_waits_for_the_supervisor() => Given(DraftOf(Facts)).When(Submit).Then(Submitted);

    [Fact]
    public void An_emergency_goes_out_at_once_and_waits_for_no_supervisor() => Given(DraftOf(Emergency)).When(Submit).Then(Submitted, SentAtOnce);

    [Fact]
    public void An_urgent_one_goes_out_at_once_when_no_supervisor_is_on_duty() =>
        Given(DraftOf(Urgent)).When(Submit with { NoSupervisorOnDuty = true }).Then(Submitted, SentAtOnce with { Ground = SendingGround.NoSupervisorOnDuty });

    [Fact]
    public void An_urgent_one_waits_while_a_supervisor_is_on_duty() => Given(DraftOf(Urgent)).When(Submit).Then(Submitted);

    [Theory]
    [InlineData(Urgency.Standard)]
    [InlineData(Urgency.Information)]
    public void What_is_not_urgent_waits_even_when_no_supervisor_is_on_duty(string urgency) =>
        Given(DraftOf(Facts with { Urgency = urgency })).When(Submit with { NoSupervisorOnDuty = true }).Then(Submitted);

    [Fact]
    public void A_package_released_for_another_desk_or_case_cannot_be_submitted()
    {
        Given(DraftOf(Facts)).When(Submit with { Release = Package with { DeskId = "police.01" } }).ThenRefused(ReferralRefusals.ReleaseForAnother);
        Given(DraftOf(Facts)).When(Submit with { Release = Package with { CaseId = Id } }).ThenRefused(ReferralRefusals.ReleaseForAnother);
    }

    [Fact]
    public void The_same_package_submitted_again_changes_nothing_wherever_the_referral_stands_by_then()
    {
        Given(DraftOf(Facts), Submitted).When(Submit).ThenNothing();
        foreach (var history in EveryOut)
            Given(history).When(Submit).ThenNothing();
    }

    [Fact]
    public void Another_package_cannot_replace_the_one_that_was_submitted()
    {
        Given(DraftOf(Facts), Submitted).When(Submit with { Release = Later }).NotNow();
        Given(ToSent).When(Submit with { Release = Later }).NotNow();
    }

    [Fact]
    public void The_supervisor_approves_and_it_goes_out() => Given(DraftOf(Facts), Submitted).When(Approve).Then(Sent);

    [Fact]
    public void The_supervisor_sends_it_back_with_a_question() => Given(DraftOf(Facts), Submitted).When(Return).Then(Returned);

    [Fact]
    public void What_was_sent_back_can_be_submitted_again() => Given(DraftOf(Facts), Submitted, Returned).When(Submit).Then(Submitted);

    [Fact]
    public void Approving_and_sending_back_twice_change_nothing()
    {
        Given(ToSent).When(Approve with { By = "dung" }).ThenNothing();
        Given(ToAccepted).When(Approve).ThenNothing();
        Given(DraftOf(Facts), Submitted, Returned).When(Return).ThenNothing();
    }

    [Fact]
    public void A_draft_cannot_be_approved_or_sent_back()
    {
        Given(DraftOf(Facts)).When(Approve).NotNow();
        Given(DraftOf(Facts)).When(Return).NotNow();
    }

    [Fact]
    public void What_went_out_as_an_emergency_was_never_approved_and_is_not_approved_afterwards() => Given(SentAs(Emergency, SendingGround.Emergency)).When(Approve).NotNow();

    [Fact]
    public void What_went_out_cannot_be_sent_back() => Given(ToSent).When(Return).NotNow();

    [Fact]
    public void An_emergency_can_be_sent_from_the_contact_page_without_the_release_of_the_case()
    {
        var sent = Given().When(SendEmergency).Then(DraftOf(Emergency), Composed, SentAtOnce);
        sent.Course.ContactId.ShouldBe(ContactId);
        sent.Course.ReviewDue.ShouldBeTrue();
    }

    [Fact]
    public void Its_draft_can_be_sent_in_the_same_way() => Given(DraftOf(Emergency)).When(SendEmergency).Then(Composed, SentAtOnce);

    [Fact]
    public void Sent_again_with_the_same_facts_it_is_the_same_emergency() =>
        Given(DraftOf(Emergency), Composed, SentAtOnce, Acknowledged).When(SendEmergency with { Facts = Emergency with { Number = "" } }).ThenNothing();

    [Fact]
    public void New_facts_under_its_id_are_not_believed_to_have_gone_out()
    {
        var moved = SendEmergency with { Package = SendEmergency.Package with { PackageHash = new('b', 64) } };
        Given(DraftOf(Emergency), Composed, SentAtOnce).When(moved).ThenRefused(ReferralRefusals.AlreadyExists);
        Given(DraftOf(Emergency), Composed, SentAtOnce, Withdrawn).When(SendEmergency).ThenRefused(ReferralRefusals.AlreadyExists);
    }

    [Theory]
    [InlineData(Urgency.Urgent)]
    [InlineData(Urgency.Standard)]
    [InlineData(Urgency.Information)]
    public void Nothing_else_goes_out_without_a_release(string urgency)
    {
        var facts = Facts with { Urgency = urgency };
        Given().When(SendEmergency with { Facts = facts }).ThenRefused(ReferralRefusals.EmergencyOnly);
        Given(DraftOf(facts)).When(SendEmergency with { Facts = facts }).ThenRefused(ReferralRefusals.EmergencyOnly);
    }

    [Fact]
    public void An_emergency_cannot_take_the_id_of_another_referral()
    {
        Given(DraftOf(Emergency)).When(SendEmergency with { Facts = ToUnion }).ThenRefused(ReferralRefusals.AlreadyExists);
        Given(SentAs(Emergency)).When(SendEmergency).ThenRefused(ReferralRefusals.AlreadyExists);
    }

    [Fact]
    public void Within_an_agency_what_is_handed_on_goes_out_with_the_package_that_the_agency_has()
    {
        var release = Given().When(new C.Forward(Following, Package, null, Liaison, Now))
            .Then(DraftOf(Following) with { By = Liaison }, Submitted with { By = Liaison }, new E.Sent(SendingGround.HandedOn, Liaison, Now));
        release.Course.ReviewDue.ShouldBeFalse("what went out first is reviewed, not its way through the agency");
        var composed = Given().When(new C.Forward(Following with { Urgency = Urgency.Emergency }, null, FromTheContact, Liaison, Now))
            .Then(DraftOf(Following with { Urgency = Urgency.Emergency }) with { By = Liaison }, Composed with { By = Liaison }, new E.Sent(SendingGround.HandedOn, Liaison, Now));
        composed.Course.ContactId.ShouldBe(ContactId);
    }

    [Fact]
    public void It_is_sent_on_once() => Given(SentAs(Following, SendingGround.HandedOn)).When(new C.Forward(Following, Package, null, Liaison, Now)).ThenNothing();

    [Fact]
    public void It_cannot_take_the_id_of_another_referral() => Given(ToSent).When(new C.Forward(Following, Package, null, Liaison, Now)).ThenRefused(ReferralRefusals.AlreadyExists);

    [Fact]
    public void Later_facts_go_out_as_a_numbered_supplement_to_whoever_has_the_referral()
    {
        foreach (var history in EveryOut.Where(history => Given(history).State is { IsFinal: false } and not ReferralState.HandingOn))
        {
            var supplemented = Given(history).When(Supplement).Then(Supplemented);
            supplemented.State.Name.ShouldBe(supplemented.Before.State.Name);
            supplemented.Course.PackageHash.ShouldBe(Later.PackageHash);
        }

        var third = Package with { PackageHash = new string('d', 64) };
        Given([.. ToSent, Supplemented]).When(Supplement with { Release = third }).Then(Supplemented with { Number = 2, PackageHash = third.PackageHash });
    }

    [Fact]
    public void The_same_supplement_again_changes_nothing()
    {
        Given([.. ToActing, Supplemented]).When(Supplement).ThenNothing();
        Given(ToActing).When(Supplement with { Release = Package }).ThenNothing();
    }

    [Fact]
    public void A_supplement_for_another_desk_is_refused() =>
        Given(ToActing).When(Supplement with { Release = Later with { DeskId = "police.01" } }).ThenRefused(ReferralRefusals.ReleaseForAnother);

    [Fact]
    public void Nothing_is_sent_after_the_end_or_before_the_beginning()
    {
        foreach (var history in EveryOut.Where(history => Given(history).State.IsFinal))
            Given(history).When(Supplement).NotNow();
        Given(DraftOf(Facts)).When(Supplement).NotNow();
    }

    [Theory]
    [InlineData(SendingGround.Emergency)]
    [InlineData(SendingGround.NoSupervisorOnDuty)]
    public void What_went_out_without_approval_is_reviewed_once_wherever_it_stands(string ground)
    {
        var reviewed = new E.Reviewed("justified", Text, Supervisor, Now);
        foreach (var history in EveryOut.Select(history => history.Select(e => e is E.Sent sent ? sent with { Ground = ground } : e).ToArray()))
        {
            Allowed(history).ShouldContain("review");
            Given(history).When(new C.Review("justified", Text, Supervisor, Now)).Then(reviewed).Course.ReviewDue.ShouldBeFalse();
            Given([.. history, reviewed]).When(new C.Review("not_justified", Text, Supervisor, Now)).NotNow();
        }
    }

    [Fact]
    public void What_a_supervisor_approved_needs_no_review() => Given(ToSent).When(new C.Review("justified", null, Supervisor, Now)).NotNow();

    [Fact]
    public void The_desk_leads_or_helps_and_that_can_change_until_the_end()
    {
        var helps = new C.AssignPart(ReferralParts.Helper, Counsellor, Now);
        var assigned = new E.PartAssigned(ReferralParts.Helper, Counsellor, Now);
        foreach (var history in EveryOut.Append([DraftOf(Facts)]).Append([DraftOf(Facts), Submitted]))
        {
            if (Given(history).State.IsFinal)
                Given(history).When(helps).NotNow();
            else
                ((ReferralState.Open)Given(history).When(helps).Then(assigned).State).Facts.Part.ShouldBe(ReferralParts.Helper);
        }

        Given(ToSent).When(helps with { Part = ReferralParts.Lead }).ThenNothing();
    }
}
