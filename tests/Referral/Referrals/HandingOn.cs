using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Referrals.Chaining;
using static Hotline111.Referral.Tests.Referrals.Invented;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>From desk to desk: at most three times, never in a circle, and never without somebody who answers for it.</summary>
public sealed class HandingOn
{
    public static TheoryData<string> Ends => [.. ValueLists.Get("hand-on-end").Values.Select(value => value.Code)];

    [Fact]
    public void The_desk_hands_on_what_it_has_acknowledged() => Given(ToAcknowledged).When(HandOn).Then(HandOnBegun).State.Name.ShouldBe("HandingOn");

    [Fact]
    public void Not_before_receipt_and_not_after_taking_charge()
    {
        Given(ToSent).When(HandOn).NotNow();
        Given(ToAccepted).When(HandOn).NotNow();
    }

    [Fact]
    public void Handing_on_to_the_same_desk_twice_changes_nothing_and_to_another_one_is_refused()
    {
        Given(ToHandingOn).When(HandOn with { NextId = OtherEntry }).ThenNothing();
        Given(ToHandingOn).When(HandOn with { NextDeskId = "police.11" }).NotNow();
    }

    [Fact]
    public void A_referral_is_handed_on_three_times_and_no_fourth()
    {
        Given(Passed("c02", "police.01")).When(HandOn).Then(HandOnBegun);
        Allowed(Passed("c02", "police.01")).ShouldContain("hand-on");

        Given(Passed("c02", "police.01", "police.02")).When(HandOn).ThenRefused(ReferralRefusals.HandOnTooFar);
        Allowed(Passed("c02", "police.01", "police.02")).ShouldNotContain("hand-on");
    }

    [Fact]
    public void No_desk_gets_it_twice()
    {
        Given(ToAcknowledged).When(HandOn with { NextDeskId = "police.08" }).ThenRefused(ReferralRefusals.HandOnLoop);
        Given(Passed("c02", "police.10")).When(HandOn).ThenRefused(ReferralRefusals.HandOnLoop);
        Given(Passed("police.10", "c02", "police.01")).When(HandOn).ThenRefused(ReferralRefusals.HandOnLoop);
    }

    [Fact]
    public void The_desk_takes_back_what_the_next_one_has_not_acknowledged() =>
        Given(ToHandingOn).When(TakeBack).Then(new E.HandOnEnded(NextId, HandOnEnds.TakenBack, Liaison, Now)).State.Name.ShouldBe("Acknowledged");

    [Fact]
    public void There_is_nothing_to_take_back_before_or_after()
    {
        Given(ToAcknowledged).When(TakeBack).NotNow();
        Given(ToHandedOn).When(TakeBack).NotNow();
    }

    [Fact]
    public void When_the_next_desk_acknowledges_it_is_handed_on_for_good()
    {
        Given(ToHandingOn).When(new C.CompleteHandOn(NextId, Now)).Then(new E.HandedOn(NextId, Now)).State.IsFinal.ShouldBeTrue();
        Given(ToHandedOn).When(new C.CompleteHandOn(NextId, Now)).ThenNothing();
    }

    [Fact]
    public void The_acknowledgement_of_a_desk_that_it_was_not_handed_to_means_nothing()
    {
        Given(ToHandingOn).When(new C.CompleteHandOn(Id, Now)).NotNow();
        Given(ToAcknowledged).When(new C.CompleteHandOn(NextId, Now)).NotNow();
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public void When_the_hand_on_comes_to_nothing_the_desk_has_it_again(string cause)
    {
        var ended = Given(ToHandingOn).When(new C.EndHandOn(NextId, cause, Colleague, Now)).Then(new E.HandOnEnded(NextId, cause, Colleague, Now));
        ended.State.Name.ShouldBe("Acknowledged");
        Given([.. ToHandingOn, .. ended.Decision.Events]).When(Accept).Then(Accepted);
        Given([.. ToHandingOn, .. ended.Decision.Events]).When(HandOn with { NextId = OtherEntry, NextDeskId = "police.11" }).Decision.Refusal.ShouldBeNull();
    }

    [Fact]
    public void The_end_of_another_hand_on_means_nothing()
    {
        Given(ToHandingOn).When(new C.EndHandOn(Id, HandOnEnds.Declined, Colleague, Now)).NotNow();
        Given(ToHandedOn).When(new C.EndHandOn(NextId, HandOnEnds.Declined, Colleague, Now)).NotNow();
    }

    [Fact]
    public void While_it_is_handed_on_later_facts_belong_to_the_referral_of_the_next_desk()
    {
        var refused = Given(ToHandingOn).When(Supplement);
        refused.ThenRefused(ReferralRefusals.SupplementTheNext((ReferralState.HandingOn)refused.State));
        refused.Decision.Refusal!.Facts.ShouldBe(new Dictionary<string, object?> { ["nextReferralId"] = NextId, ["nextDeskId"] = "police.10" });
        Allowed(ToHandingOn).ShouldNotContain("supplement");
        Given([.. ToAcknowledged, Supplemented, HandOnBegun]).When(Supplement).ThenNothing();

        E[] back = [.. ToHandingOn, new E.HandOnEnded(NextId, HandOnEnds.TakenBack, Liaison, Now)];
        Given(back).When(Supplement).Then(Supplemented);
    }

    [Fact]
    public void The_next_desk_may_decline_before_it_acknowledges()
    {
        E[] sent = SentAs(Following, SendingGround.HandedOn);
        Allowed(sent).ShouldContain("decline");
        Given(sent).When(Decline).Then(Declined);
        Given(sent).When(Accept).NotNow();
    }

    [Fact]
    public void Not_in_an_emergency_if_it_must_take_charge()
    {
        E[] sent = SentAs(Following with { Urgency = Urgency.Emergency }, SendingGround.HandedOn);
        Allowed(sent).ShouldNotContain("decline");
        Given(sent).When(Decline).NotNow();
    }

    [Fact]
    public void What_is_on_its_way_to_the_next_desk_is_retracted_while_nobody_has_acknowledged_it()
    {
        var retract = new C.Retract(WithdrawalReasons.TakenBack, Liaison, Now);
        var withdrawn = new E.Withdrawn(WithdrawalReasons.TakenBack, null, Liaison, Now);
        foreach (var history in new E[][] { [DraftOf(Following)], [DraftOf(Following), Submitted], SentAs(Following, SendingGround.HandedOn) })
            Given(history).When(retract).Then(withdrawn).State.Name.ShouldBe("Withdrawn");
        Given([.. SentAs(Following, SendingGround.HandedOn), withdrawn]).When(retract).ThenNothing();
        Given([.. SentAs(Following, SendingGround.HandedOn), Acknowledged]).When(retract).NotNow();
    }

    [Fact]
    public void Taking_back_and_withdrawing_retract_what_is_on_its_way()
    {
        Chain.Ahead(Given(ToHandingOn).State, TakeBack).ShouldBe((NextId, new C.Retract(WithdrawalReasons.TakenBack, Liaison, Now)));
        Chain.Ahead(Given(ToHandingOn).State, Withdraw).ShouldBe((NextId, new C.Retract(WithdrawalReasons.ParentWithdrawn, Counsellor, Now)));
        Chain.Ahead(Given(ToHandingOn).State, Supplement).ShouldBeNull();
        Chain.Ahead(Given(ToAcknowledged).State, Withdraw).ShouldBeNull();
    }

    [Fact]
    public void The_desk_before_learns_of_the_first_answer_of_the_next_one_and_of_no_later_one()
    {
        var sent = Given(SentAs(Following, SendingGround.HandedOn)).State;
        Chain.Behind(Id, sent, [Acknowledged]).ShouldBe((BeforeId, new C.CompleteHandOn(Id, Now)));
        Chain.Behind(Id, sent, [Declined]).ShouldBe((BeforeId, new C.EndHandOn(Id, HandOnEnds.Declined, Liaison, Now)));
        Chain.Behind(Id, sent, [Withdrawn]).ShouldBe((BeforeId, new C.EndHandOn(Id, HandOnEnds.Withdrawn, Counsellor, Now)));
        Chain.Behind(Id, sent, [Supplemented]).ShouldBeNull();
        Chain.Behind(Id, sent, []).ShouldBeNull();
        Chain.Behind(Id, Given(DraftOf(Following)).State, [Withdrawn]).ShouldBe((BeforeId, new C.EndHandOn(Id, HandOnEnds.Withdrawn, Counsellor, Now)));

        var acknowledged = Given([.. SentAs(Following, SendingGround.HandedOn), Acknowledged]).State;
        Chain.Behind(Id, acknowledged, [Declined]).ShouldBeNull();
        Chain.Behind(Id, Given(ToSent).State, [Acknowledged]).ShouldBeNull("it was not handed on");
    }

    private static E[] Passed(params string[] desks) => [.. SentAs(Facts with { PreviousId = BeforeId, Chain = Items.From(desks) }, SendingGround.HandedOn), Acknowledged];
}
