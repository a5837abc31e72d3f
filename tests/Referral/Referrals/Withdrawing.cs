using Hotline111.Referral.Referrals;
using static Hotline111.Referral.Tests.Referrals.Invented;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>Taking a referral back: at once before the desk takes charge, only with the desk afterwards, and never as if nothing had gone out.</summary>
public sealed class Withdrawing
{
    [Fact]
    public void Before_it_goes_out_it_is_simply_discarded()
    {
        foreach (var history in new E[][] { [DraftOf(Facts)], [DraftOf(Facts), Submitted], [DraftOf(Facts), Submitted, Returned] })
        {
            var discarded = Given(history).When(Withdraw).Then(Withdrawn);
            discarded.State.ShouldBeOfType<ReferralState.Discarded>().Reason.ShouldBe("consent_withdrawn");
            discarded.State.Name.ShouldBe("Withdrawn");
            ReferralDecider.Allowed(discarded.State).ShouldBeEmpty();
        }
    }

    [Fact]
    public void Before_the_desk_takes_charge_it_is_withdrawn_at_once()
    {
        foreach (var history in new[] { ToSent, ToAcknowledged, ToNeedsInformation, ToHandingOn })
            Given(history).When(Withdraw).Then(Withdrawn).State.Name.ShouldBe("Withdrawn");
    }

    [Fact]
    public void That_data_went_out_stays_known()
    {
        var withdrawn = Given([.. ToAcknowledged, Supplemented]).When(Withdraw).Then(Withdrawn);
        withdrawn.Course.ShouldBe(CourseOf([.. ToAcknowledged, Supplemented]));
        withdrawn.Course.PackageHash.ShouldBe(Later.PackageHash);
        withdrawn.Course.SentAt.ShouldBe(Now);
    }

    [Fact]
    public void After_the_desk_took_charge_it_is_asked_to_stop()
    {
        foreach (var history in new[] { ToAccepted, ToActing, ToOnHold, ToReported })
        {
            var asked = Given(history).When(Withdraw).Then(WithdrawalRequested);
            asked.State.Name.ShouldBe(asked.Before.State.Name);
            Given([.. history, WithdrawalRequested]).When(Withdraw with { Reason = "need_met" }).ThenNothing();
            Allowed([.. history, WithdrawalRequested]).ShouldContain("agree-withdrawal");
            Allowed([.. history, WithdrawalRequested]).ShouldContain("refuse-withdrawal");
            Allowed([.. history, WithdrawalRequested]).ShouldNotContain("withdraw");
        }
    }

    [Fact]
    public void A_desk_that_may_not_see_it_any_more_is_not_asked_whether_it_was_before_or_not()
    {
        foreach (var history in new[] { ToAccepted, ToActing, ToOnHold, ToReported })
        {
            Given(history).When(Withdraw with { Unseen = true }).Then(Withdrawn).State.Name.ShouldBe("Withdrawn");
            Given([.. history, WithdrawalRequested]).When(Withdraw with { Unseen = true }).Then(Withdrawn).State.Name.ShouldBe("Withdrawn");
        }
    }

    [Fact]
    public void The_desk_agrees_and_it_is_withdrawn_for_the_reason_that_the_hotline_gave()
    {
        foreach (var history in new[] { ToAccepted, ToActing, ToOnHold, ToReported })
            Given([.. history, WithdrawalRequested]).When(Agree).Then(new E.Withdrawn("consent_withdrawn", null, Liaison, Now)).State.Name.ShouldBe("Withdrawn");
    }

    [Fact]
    public void The_desk_cannot_stop_says_why_and_may_be_asked_again()
    {
        var refused = Given([.. ToActing, WithdrawalRequested]).When(Refuse).Then(new E.WithdrawalRefused(Text, Liaison, Now));
        refused.State.Name.ShouldBe("Acting");
        Given([.. ToActing, WithdrawalRequested, .. refused.Decision.Events]).When(Withdraw).Then(WithdrawalRequested);
    }

    [Fact]
    public void Nobody_answers_what_was_not_asked()
    {
        foreach (var history in EveryOut.Where(history => Given(history).State.Name != "Withdrawn"))
        {
            Given(history).When(Agree).NotNow();
            Given(history).When(Refuse).NotNow();
        }
    }

    [Fact]
    public void While_the_desk_is_asked_to_stop_it_may_still_report_and_the_confirmed_report_settles_it()
    {
        E[] reported = [.. ToActing, WithdrawalRequested, Reported];
        Given([.. ToActing, WithdrawalRequested]).When(Report).Then(Reported);
        Given(reported).When(Agree).Then(new E.Withdrawn("consent_withdrawn", null, Liaison, Now));
        Given(reported).When(Confirm).Then(Confirmed).Course.WithdrawalReason.ShouldBeNull();
        Given([.. reported, Confirmed]).When(Agree).NotNow();
    }

    [Fact]
    public void A_desk_that_undoes_its_acceptance_while_it_is_asked_to_stop_has_stopped()
    {
        Given([.. ToAccepted, WithdrawalRequested]).When(Undo).Then(AcceptanceUndone, new E.Withdrawn("consent_withdrawn", null, Liaison, Now)).State.Name.ShouldBe("Withdrawn");
        Given([.. ToAccepted, WithdrawalRequested]).When(Undo with { At = Now.AddMinutes(16) }).ThenRefused(ReferralRefusals.UndoTooLate);
    }

    [Fact]
    public void What_has_ended_is_not_withdrawn()
    {
        foreach (var history in new[] { ToClosed, ToDeclined, ToHandedOn })
            Given(history).When(Withdraw).NotNow();
    }

    [Fact]
    public void Withdrawing_twice_changes_nothing()
    {
        foreach (var command in new C[] { Withdraw, Agree, new C.Retract("taken_back", Liaison, Now) })
        {
            Given(ToWithdrawn).When(command).ThenNothing();
            Given(DraftOf(Facts), Withdrawn).When(command).ThenNothing();
        }
    }
}
