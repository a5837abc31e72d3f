using Hotline111.Contracts.Catalogues;
using Hotline111.Referral.Referrals;
using static Hotline111.Referral.Tests.Referrals.Invented;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>What a desk answers before it takes charge: receipt, questions, yes or no; itself, or by phone.</summary>
public sealed class Answering
{
    private static readonly C.Acknowledge ByPhone = new(OnThePhone, Entry, Counsellor, Now);

    [Fact]
    public void A_named_liaison_acknowledges() => Given(ToSent).When(Acknowledge).Then(Acknowledged);

    [Fact]
    public void Nobody_acknowledges_what_was_not_sent()
    {
        Given(DraftOf(Facts)).When(Acknowledge).NotNow();
        Given(DraftOf(Facts), Submitted).When(Acknowledge).NotNow();
    }

    [Fact]
    public void Acknowledging_twice_changes_nothing() => Given(ToAcknowledged).When(Acknowledge with { At = Now.AddMinutes(1) }).ThenNothing();

    [Fact]
    public void Who_acknowledges_second_learns_who_was_first_and_when()
    {
        var refusal = Given(ToAcknowledged).When(Acknowledge with { By = Colleague }).ThenRefused(ReferralRefusals.AlreadyAcknowledged(new("", Now), new ReferralState.None())).Decision.Refusal!;
        refusal.Facts.ShouldBe(new Dictionary<string, object?> { ["acknowledgedBy"] = Liaison, ["at"] = Now });
        refusal.Allowed.ShouldBe(Allowed(ToAcknowledged));
    }

    [Fact]
    public void Who_acknowledges_after_the_answer_learns_of_the_answer()
    {
        Given(ToAccepted).When(Acknowledge with { By = Colleague }).TooLate("Accepted");
        Given(ToDeclined).When(Acknowledge with { By = Colleague }).TooLate("Declined");
    }

    [Fact]
    public void Who_acknowledges_later_still_is_told_where_it_stands()
    {
        foreach (var history in new[] { ToNeedsInformation, ToHandingOn, ToHandedOn, ToActing, ToOnHold, ToReported, ToClosed, ToWithdrawn })
            Given(history).When(Acknowledge with { By = Colleague }).NotNow();
    }

    [Fact]
    public void The_counsellor_enters_an_acknowledgement_by_phone_and_the_desk_confirms_it_later()
    {
        var byPhone = Given(ToSent).When(ByPhone).Then(AcknowledgedByPhone);
        byPhone.Course.Unconfirmed.ShouldBe([Entry]);
        byPhone.State.Name.ShouldBe("Acknowledged", "it counts at once");
        Given([.. ToSent, AcknowledgedByPhone]).When(new C.ConfirmEntry(Entry, Liaison, Now)).Then(new E.EntryConfirmed(Entry, Liaison, Now)).Course.Unconfirmed.ShouldBeEmpty();
    }

    [Fact]
    public void A_liaison_who_acknowledges_what_was_entered_by_phone_confirms_it() =>
        Given([.. ToSent, AcknowledgedByPhone]).When(Acknowledge with { Entry = OtherEntry }).Then(new E.EntryConfirmed(Entry, Liaison, Now));

    [Fact]
    public void She_confirms_the_receipt_and_not_another_entry()
    {
        E[] history = [.. ToSent, AcknowledgedByPhone, Accepted with { Spoken = OnThePhone, Entry = OtherEntry }, AcceptanceUndone];
        Given(history).When(Acknowledge).Then(new E.EntryConfirmed(Entry, Liaison, Now)).Course.Unconfirmed.ShouldBe([OtherEntry]);
    }

    [Fact]
    public void The_same_call_entered_twice_changes_nothing_and_one_entered_after_the_liaison_is_too_late()
    {
        Given([.. ToSent, AcknowledgedByPhone]).When(ByPhone).ThenNothing();
        Given(ToAcknowledged).When(ByPhone).ThenRefused(ReferralRefusals.AlreadyAcknowledged(new("", Now), new ReferralState.None()));
    }

    [Fact]
    public void Every_answer_by_phone_waits_for_the_desk_to_confirm_it_wherever_the_referral_stands_by_then()
    {
        foreach (var (history, command) in new (E[], C)[]
        {
            (ToSent, ByPhone),
            (ToAcknowledged, Accept with { Spoken = OnThePhone }),
            (ToAcknowledged, Decline with { Spoken = OnThePhone }),
            (ToAccepted, Mark with { Spoken = OnThePhone }),
            (ToAccepted, Progress with { Spoken = OnThePhone }),
            (ToAccepted, Milestone with { Spoken = OnThePhone }),
            (ToAccepted, Report with { Spoken = OnThePhone }),
        })
        {
            var entered = Given(history).When(command);
            entered.Decision.Refusal.ShouldBeNull();
            entered.Course.Unconfirmed.ShouldBe([Entry], command.GetType().Name);
            ReferralDecider.Allowed(entered.State).ShouldContain("confirm-entry");
            var confirmed = Given([.. history, .. entered.Decision.Events]).When(new C.ConfirmEntry(Entry, Colleague, Now)).Then(new E.EntryConfirmed(Entry, Colleague, Now));
            confirmed.State.Name.ShouldBe(entered.State.Name);
        }
    }

    [Fact]
    public void An_entry_is_confirmed_once_and_an_unknown_one_never()
    {
        E[] history = [.. ToSent, AcknowledgedByPhone, new E.EntryConfirmed(Entry, Liaison, Now)];
        Given(history).When(new C.ConfirmEntry(Entry, Colleague, Now)).ThenNothing();
        Given(history).When(new C.ConfirmEntry(OtherEntry, Liaison, Now)).ThenRefused(ReferralRefusals.EntryUnknown);
        Allowed(history).ShouldNotContain("confirm-entry");
    }

    [Fact]
    public void The_desk_asks_field_by_field_and_its_clock_stops()
    {
        var asked = Given(ToAcknowledged).When(Ask).Then(Asked);
        asked.State.Name.ShouldBe("NeedsInformation");
        asked.Course.Pauses.ShouldBe(1);
    }

    [Fact]
    public void The_hotline_answers_and_it_is_the_desks_turn_again() =>
        Given(ToNeedsInformation).When(Answer).Then(InformationAnswered).State.Name.ShouldBe("Acknowledged");

    [Fact]
    public void More_questions_while_one_is_open_stop_the_clock_no_second_time() =>
        Given(ToNeedsInformation).When(Ask with { Entry = OtherEntry }).Then(Asked with { Entry = OtherEntry, Pauses = false }).Course.Pauses.ShouldBe(1);

    [Fact]
    public void The_third_request_does_not_stop_the_clock()
    {
        E[] once = [.. ToNeedsInformation, InformationAnswered];
        Given(once).When(Ask with { Entry = OtherEntry }).Then(Asked with { Entry = OtherEntry });
        E[] twice = [.. once, Asked with { Entry = OtherEntry }, InformationAnswered];
        Given(twice).When(Ask with { Entry = Id }).Then(Asked with { Entry = Id, Pauses = false }).State.Name.ShouldBe("NeedsInformation");
    }

    [Fact]
    public void In_an_emergency_no_request_stops_the_clock() =>
        Given([.. SentAs(Emergency, SendingGround.Emergency), Acknowledged]).When(Ask).Then(Asked with { Pauses = false });

    [Fact]
    public void Nothing_is_answered_that_was_not_asked_and_nothing_asked_before_receipt_or_after_taking_charge()
    {
        Given(ToAcknowledged).When(Answer).NotNow();
        Given(ToSent).When(Ask).NotNow();
        Given(ToAccepted).When(Ask).NotNow();
    }

    [Fact]
    public void The_desk_may_answer_without_waiting_for_the_hotline()
    {
        Given(ToNeedsInformation).When(Accept with { Entry = OtherEntry }).Then(Accepted);
        Given(ToNeedsInformation).When(Decline with { Entry = OtherEntry }).Then(Declined);
        Given(ToNeedsInformation).When(HandOn).Then(HandOnBegun);
    }

    [Fact]
    public void The_desk_takes_charge() => Given(ToAcknowledged).When(Accept).Then(Accepted);

    [Fact]
    public void A_colleague_may_answer_what_another_acknowledged() => Given(ToAcknowledged).When(Accept with { By = Colleague }).Then(Accepted with { By = Colleague });

    [Fact]
    public void Nobody_answers_before_receipt_is_acknowledged()
    {
        Given(ToSent).When(Accept).NotNow();
        Given(ToSent).When(Decline).NotNow();
    }

    [Fact]
    public void Accepting_twice_changes_nothing() => Given(ToAccepted).When(Accept with { Unit = Words("Đội 3"), At = Now.AddMinutes(1) }).ThenNothing();

    [Fact]
    public void Another_day_or_another_officer_is_not_the_same_acceptance()
    {
        Given(ToAccepted).When(Accept with { ExpectedOn = new DateOnly(2026, 3, 9) }).TooLate("Accepted");
        Given(ToAccepted).When(Accept with { By = Colleague }).TooLate("Accepted");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void An_acceptance_can_be_undone_within_a_quarter_of_an_hour(int minutes)
    {
        var undone = Given(ToAccepted).When(Undo with { At = Now.AddMinutes(minutes) }).Then(AcceptanceUndone with { At = Now.AddMinutes(minutes) });
        undone.State.Name.ShouldBe("Acknowledged");
        Given([.. ToAccepted, AcceptanceUndone]).When(Decline with { Entry = OtherEntry }).Then(Declined);
    }

    [Fact]
    public void A_tick_later_it_is_too_late() =>
        Given(ToAccepted).When(Undo with { At = Now.AddMinutes(15).AddTicks(1) }).ThenRefused(ReferralRefusals.UndoTooLate);

    [Fact]
    public void It_cannot_be_undone_once_anything_was_done()
    {
        foreach (var done in new E[] { Started, Marked, ProgressReported, MilestoneReached })
            Given([.. ToAccepted, done]).When(Undo).NotNow();
        Given([.. ToAccepted, Held]).When(Undo).NotNow();
    }

    [Fact]
    public void The_desk_declines_with_a_reason() => Given(ToAcknowledged).When(Decline).Then(Declined);

    [Fact]
    public void Declining_twice_changes_nothing() => Given(ToDeclined).When(Decline with { Text = Text, At = Now.AddMinutes(1) }).ThenNothing();

    [Fact]
    public void An_answer_is_given_once()
    {
        Given(ToDeclined).When(Accept).TooLate("Declined");
        Given(ToAccepted).When(Decline).TooLate("Accepted");
        Given(ToDeclined).When(Decline with { Reason = DeclineReasons.Duplicate }).TooLate("Declined");
        Given(ToDeclined).When(Decline with { By = Colleague }).TooLate("Declined");
    }

    public static TheoryData<string> Reasons => [.. ValueLists.Get("decline-reason").Values.Select(value => value.Code)];

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Each_reason_asks_for_what_the_catalogue_says(string reason)
    {
        var value = ValueLists.Get("decline-reason").Find(reason)!;
        var bare = Given(ToAcknowledged).When(Decline with { Reason = reason });
        if (value.RequiresAdvisedDesk)
            bare.ThenRefused(ReferralRefusals.AdvisedDeskNeeded);
        else if (value.RequiresText)
            bare.ThenRefused(ReferralRefusals.TextNeeded);
        else
            bare.Then(Declined with { Reason = reason });

        Given(ToAcknowledged).When(Decline with { Reason = reason, AdvisedDeskId = "police.01", Text = Text })
            .Then(Declined with { Reason = reason, AdvisedDeskId = "police.01", Text = Text });
    }

    [Fact]
    public void A_desk_cannot_advise_itself() =>
        Given(ToAcknowledged).When(Decline with { Reason = DeclineReasons.WrongTerritory, AdvisedDeskId = "police.08" }).ThenRefused(ReferralRefusals.AdvisedDeskIsOwn);

    [Fact]
    public void Who_must_take_charge_of_an_emergency_cannot_decline_it_only_accept_or_hand_on()
    {
        E[] emergency = [.. SentAs(Emergency, SendingGround.Emergency), Acknowledged];
        var refused = Given(emergency).When(Decline).ThenRefused(ReferralRefusals.EmergencyMustBeTaken(new ReferralState.None()));
        refused.Decision.Refusal!.Allowed.ShouldBe(["accept", "hand-on"]);
        Allowed(emergency).ShouldNotContain("decline");
        Given(emergency).When(Accept).Then(Accepted);
        Given(emergency).When(HandOn).Then(HandOnBegun);
    }

    [Fact]
    public void After_the_last_hop_it_can_only_be_accepted()
    {
        E[] last = [.. SentAs(Emergency with { PreviousId = BeforeId, Chain = ["c02", "police.01", "police.02"] }, SendingGround.HandedOn), Acknowledged];
        Given(last).When(Decline).ThenRefused(ReferralRefusals.EmergencyMustBeTaken(new ReferralState.None())).Decision.Refusal!.Allowed.ShouldBe(["accept"]);
    }

    [Fact]
    public void Other_bodies_may_decline_an_emergency_and_the_forces_what_is_none()
    {
        Given([.. SentAs(ToUnion, SendingGround.Emergency), Acknowledged]).When(Decline).Then(Declined);
        Given([.. SentAs(Urgent), Acknowledged]).When(Decline).Then(Declined);
    }

    [Theory]
    [InlineData(Sector.Police, Urgency.Emergency, true)]
    [InlineData(Sector.BorderGuard, Urgency.Emergency, true)]
    [InlineData(Sector.CoastGuard, Urgency.Emergency, true)]
    [InlineData(Sector.Police, Urgency.Urgent, false)]
    [InlineData(Sector.WomensUnion, Urgency.Emergency, false)]
    [InlineData(Sector.Ngo, Urgency.Emergency, false)]
    public void Police_border_guard_and_coast_guard_must_take_charge_of_an_emergency(string sector, string urgency, bool must) =>
        (Facts with { Sector = sector, Urgency = urgency }).MustTakeCharge.ShouldBe(must);
}
