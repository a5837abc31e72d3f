using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Referral.Referrals;
using static Hotline111.Referral.Tests.Referrals.Invented;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>What a desk that has taken charge does and reports, person by person, until the hotline confirms it.</summary>
public sealed class Working
{
    [Fact]
    public void The_desk_starts_once()
    {
        Given(ToAccepted).When(Start).Then(Started).State.Name.ShouldBe("Acting");
        Given(ToActing).When(Start).ThenNothing();
        Given(ToAcknowledged).When(Start).NotNow();
    }

    [Fact]
    public void A_mark_an_interim_answer_or_a_legal_step_says_that_it_has_started()
    {
        Given(ToAccepted).When(Mark).Then(Marked).State.Name.ShouldBe("Acting");
        Given(ToAccepted).When(Progress).Then(ProgressReported).State.Name.ShouldBe("Acting");
        Given(ToAccepted).When(Milestone).Then(MilestoneReached).State.Name.ShouldBe("Acting");
    }

    [Fact]
    public void Marks_are_made_while_the_desk_works_rests_or_has_reported_and_move_nothing()
    {
        foreach (var history in new[] { ToActing, ToOnHold, ToReported })
        {
            var marked = Given(history).When(Mark with { Entry = OtherEntry }).Then(Marked with { Entry = OtherEntry });
            marked.State.Name.ShouldBe(marked.Before.State.Name);
        }

        foreach (var history in new[] { ToSent, ToAcknowledged, ToClosed, ToDeclined, ToWithdrawn })
            Given(history).When(Mark with { Entry = OtherEntry }).NotNow();
    }

    [Fact]
    public void Marks_come_out_of_order_and_each_stands_with_its_own_time()
    {
        var arrived = Marked with { OccurredAt = Now, Entry = Entry };
        var left = Given([.. ToActing, arrived]).When(Mark with { Code = "en_route", OccurredAt = Now.AddHours(-2), Entry = OtherEntry });
        left.Then(Marked with { Mark = "en_route", OccurredAt = Now.AddHours(-2), Entry = OtherEntry }).Course.Marks.Select(mark => mark.Mark).ShouldBe(["on_scene", "en_route"]);
    }

    [Theory]
    [InlineData(-59)]
    [InlineData(0)]
    [InlineData(59)]
    public void The_same_step_within_a_minute_is_one_step(int seconds) =>
        Given([.. ToActing, Marked]).When(Mark with { OccurredAt = Now.AddSeconds(seconds), Entry = OtherEntry }).ThenNothing();

    [Theory]
    [InlineData(-60)]
    [InlineData(60)]
    public void A_minute_apart_they_are_two(int seconds) =>
        Given([.. ToActing, Marked]).When(Mark with { OccurredAt = Now.AddSeconds(seconds), Entry = OtherEntry }).Then(Marked with { OccurredAt = Now.AddSeconds(seconds), Entry = OtherEntry });

    [Fact]
    public void Another_step_within_the_minute_is_another_step() =>
        Given([.. ToActing, Marked]).When(Mark with { Code = "person_safe", Entry = OtherEntry }).Then(Marked with { Mark = "person_safe", Entry = OtherEntry });

    [Fact]
    public void The_hotline_marks_on_behalf_of_an_officer_and_the_same_mark_of_the_desk_confirms_it()
    {
        var byPhone = Marked with { Spoken = OnThePhone, By = Counsellor };
        Given(ToActing).When(Mark with { Spoken = OnThePhone, By = Counsellor }).Then(byPhone).Course.Unconfirmed.ShouldBe([Entry]);

        var again = Mark with { OccurredAt = Now.AddSeconds(20), Entry = OtherEntry };
        var confirmed = Given([.. ToActing, byPhone]).When(again).Then(new E.EntryConfirmed(Entry, Liaison, Now));
        confirmed.Course.Unconfirmed.ShouldBeEmpty();
        confirmed.Course.Marks.Count.ShouldBe(1);
        Given([.. ToActing, byPhone]).When(again with { Spoken = OnThePhone, By = Counsellor }).ThenNothing();
        Given([.. ToActing, Marked]).When(again with { Spoken = OnThePhone, By = Counsellor }).ThenNothing();
    }

    [Fact]
    public void The_desk_reports_progress_as_often_as_there_is_some()
    {
        Given(ToActing).When(Progress).Then(ProgressReported);
        Given([.. ToActing, ProgressReported]).When(Progress with { Entry = OtherEntry }).Then(ProgressReported with { Entry = OtherEntry });
        Given([.. ToActing, ProgressReported]).When(Progress).ThenNothing();
        Given(ToAcknowledged).When(Progress).NotNow();
        Given(ToOnHold).When(Progress).NotNow();
    }

    [Fact]
    public void A_legal_step_is_reached_once()
    {
        Given(ToActing).When(Milestone).Then(MilestoneReached).Course.Milestones.ShouldBe(["initial_verification"]);
        Given([.. ToActing, MilestoneReached]).When(Milestone with { Entry = OtherEntry }).ThenNothing();
        Given([.. ToActing, MilestoneReached]).When(Milestone with { Milestone = "first_action", Entry = OtherEntry })
            .Then(MilestoneReached with { Milestone = "first_action", Entry = OtherEntry });
        Given(ToReported).When(Milestone).NotNow();
    }

    [Fact]
    public void The_desk_pauses_until_a_day_and_goes_on()
    {
        Given(ToActing).When(Hold).Then(Held).State.Name.ShouldBe("OnHold");
        Given(ToAccepted).When(Hold).Then(Held);
        Given(ToOnHold).When(Hold).ThenNothing();
        Given(ToOnHold).When(Hold with { Until = Hold.Until.AddDays(1) }).NotNow();
        Given(ToOnHold).When(Resume).Then(Resumed).State.Name.ShouldBe("Acting");
        Given(ToActing).When(Resume).ThenNothing();
        Given(ToAccepted).When(Resume).NotNow();
        Given(ToReported).When(Hold).NotNow();
    }

    [Fact]
    public void The_desk_reports_a_result_for_every_person() => Given(ToActing).When(Report).Then(Reported).State.Name.ShouldBe("Reported");

    [Fact]
    public void A_report_without_a_start_says_that_it_started_and_one_from_a_pause_that_it_went_on()
    {
        Given(ToAccepted).When(Report).Then(Started, Reported);
        Given(ToOnHold).When(Report).Then(Resumed, Reported);
        Given(ToAcknowledged).When(Report).NotNow();
        Given(ToSent).When(Report).NotNow();
    }

    [Fact]
    public void Nobody_is_left_out_nobody_is_invented_and_nobody_told_of_twice()
    {
        Incomplete([Results[0]], missing: [Friend], unknown: []);
        Incomplete([.. Results, new(Id, "rescued", [], null)], missing: [], unknown: [Id]);
        Incomplete([Results[0], new(Id, "rescued", [], null)], missing: [Friend], unknown: [Id]);
        Incomplete([.. Results, Results[0]], missing: [], unknown: []);
        Incomplete([new(null, "rescued", [], null)], missing: [Daughter, Friend], unknown: []);
        Incomplete([.. Results, new(null, "rescued", [], null)], missing: [], unknown: []);

        static void Incomplete(Items<PersonResult> results, Guid[] missing, Guid[] unknown)
        {
            foreach (var history in new[] { ToAccepted, ToActing, ToOnHold })
            {
                var facts = Given(history).When(Report with { Results = results }).ThenRefused(ReferralRefusals.ResultsIncomplete([], [])).Decision.Refusal!.Facts;
                facts["missing"].ShouldBe(missing);
                facts["unknown"].ShouldBe(unknown);
            }

            foreach (var history in new[] { ToReported, ToClosed })
                Given(history).When(Correct with { Results = results }).ThenRefused(ReferralRefusals.ResultsIncomplete([], []));
        }
    }

    [Fact]
    public void Where_the_package_names_nobody_one_result_of_no_person_is_enough()
    {
        E[] unknownPerson = [DraftOf(Emergency), Composed, Sent with { Ground = SendingGround.Emergency }, Acknowledged, Accepted];
        Items<PersonResult> one = [new(null, "person_not_found", [], null)];
        Given(unknownPerson).When(Report with { Results = one }).Then(Started, Reported with { Results = one });
        Given(unknownPerson).When(Report).ThenRefused(ReferralRefusals.ResultsIncomplete([], []));
        Given(unknownPerson).When(Report with { Results = [] }).ThenRefused(ReferralRefusals.ResultsIncomplete([], []));
    }

    [Fact]
    public void Whom_a_supplement_named_owes_a_result_too()
    {
        var supplement = Supplemented with { Package = PartsOf(Daughter, Id) };
        Given([.. ToActing, supplement]).When(Report).ThenRefused(ReferralRefusals.ResultsIncomplete([], []));
        Items<PersonResult> three = [.. Results, new(Id, "person_not_found", [], null)];
        Given([.. ToActing, supplement]).When(Report with { Results = three }).Then(Reported with { Results = three });
    }

    [Fact]
    public void The_result_is_reported_once()
    {
        Given(ToReported).When(Report).ThenNothing();
        var refused = Given(ToReported).When(Report with { Entry = OtherEntry }).ThenRefused(ReferralRefusals.AlreadyReported("", Now));
        refused.Decision.Refusal!.Facts.ShouldBe(new Dictionary<string, object?> { ["reportedBy"] = Liaison, ["at"] = Now });
        Given(ToClosed).When(Report with { Entry = OtherEntry }).NotNow();
    }

    [Fact]
    public void The_hotline_confirms_and_the_referral_is_closed()
    {
        Given(ToReported).When(Confirm).Then(Confirmed).State.ShouldBeOfType<ReferralState.Closed>().CorrectionDue.ShouldBeFalse();
        Given(ToClosed).When(Confirm).ThenNothing();
        Given(ToActing).When(Confirm).NotNow();
    }

    [Fact]
    public void What_leaves_somebody_out_is_not_confirmed_but_returned_or_corrected()
    {
        E[] named = [.. ToReported, Supplemented with { Package = PartsOf(Id) }];
        Allowed(named).ShouldNotContain("confirm-result");
        Given(named).When(Confirm).ThenRefused(ReferralRefusals.ResultsIncomplete([], [])).Decision.Refusal!.Facts["missing"].ShouldBe(new[] { Id });
        Given(named).When(Question).Then(Questioned);
        Items<PersonResult> three = [.. Results, new(Id, NoResult.NotApplicable, [], null)];
        E[] corrected = [.. named, Corrected with { Results = three }];
        Given(named).When(Correct with { Results = three }).Then(Corrected with { Results = three });
        Given(corrected).When(Confirm).Then(Confirmed);
    }

    [Fact]
    public void The_hotline_returns_the_report_with_a_question_and_the_desk_reports_again()
    {
        Given(ToReported).When(Question).Then(Questioned).State.Name.ShouldBe("Acting");
        Given([.. ToReported, Questioned]).When(Report).ThenNothing();
        Given([.. ToReported, Questioned]).When(Report with { Entry = OtherEntry }).Then(Reported with { Entry = OtherEntry });
        Given(ToClosed).When(Question).NotNow();
    }

    [Fact]
    public void A_correction_is_a_report_beside_the_first_one()
    {
        Given(ToReported).When(Correct).Then(Corrected).State.Name.ShouldBe("Reported");
        Given([.. ToReported, Corrected]).When(Correct).ThenNothing();
        Given(ToActing).When(Correct).NotNow();
    }

    [Fact]
    public void After_the_end_it_waits_for_the_hotline_and_opens_nothing()
    {
        Given(ToClosed).When(Correct).Then(Corrected).State.ShouldBeOfType<ReferralState.Closed>().CorrectionDue.ShouldBeTrue();
        E[] corrected = [.. ToClosed, Corrected];
        Allowed(corrected).ShouldContain("confirm-result");
        Given(corrected).When(Confirm).Then(Confirmed).State.ShouldBeOfType<ReferralState.Closed>().CorrectionDue.ShouldBeFalse();
        Given(corrected).When(Question).NotNow();
        Given(corrected).When(Correct with { Entry = Id }).Then(Corrected with { Entry = Id });
    }

    [Fact]
    public void Nobody_knows_the_outcome_is_said_beside_the_state_and_closes_nothing()
    {
        foreach (var history in new[] { ToAccepted, ToActing, ToOnHold })
        {
            var unknown = Given(history).When(DeclareUnknown).Then(OutcomeUnknown);
            unknown.State.Name.ShouldBe(unknown.Before.State.Name);
            unknown.Course.OutcomeUnknown.ShouldBeTrue();
            ReferralDecider.Allowed(unknown.State).ShouldBe(ReferralDecider.Allowed(unknown.Before.State).Where(command => command != "declare-outcome-unknown"));
            Given([.. history, OutcomeUnknown]).When(DeclareUnknown with { By = "dung" }).ThenNothing();
        }

        foreach (var history in new[] { ToSent, ToAcknowledged, ToHandingOn, ToReported, ToClosed, ToDeclined })
            Given(history).When(DeclareUnknown).NotNow();
    }

    [Fact]
    public void Any_late_answer_of_the_desk_lifts_it_and_the_hotlines_words_do_not()
    {
        E[] asked = [.. ToAccepted, OutcomeUnknown, WithdrawalRequested];
        E[] held = [.. ToOnHold, OutcomeUnknown];
        C[] answers =
        [
            Undo, Start, Mark, Progress, Milestone, Hold, Report, Refuse, Agree,
            new C.AskExtension(OtherEntry, Hold.Until, null, Liaison, Now),
            new C.AskJoint(OtherEntry, "womens-union", null, Liaison, Now),
            new C.FlagDanger(OtherEntry, ["weapon"], null, Liaison, Now),
            new C.RejectData([], null, Liaison, Now),
        ];
        foreach (var answer in answers)
            Late(asked, answer);
        Late(held, Resume);
        Late([.. ToActing, OutcomeUnknown, Reported], Correct);

        foreach (var word in new C[] { Supplement, new C.AssignPart(ReferralParts.Helper, Counsellor, Now) })
            Given(held).When(word).Course.OutcomeUnknown.ShouldBeTrue(word.GetType().Name);

        static void Late(E[] history, C answer)
        {
            var late = Given(history).When(answer);
            late.Decision.Events.ShouldNotBeEmpty(answer.GetType().Name);
            late.Course.OutcomeUnknown.ShouldBeFalse(answer.GetType().Name);
        }
    }
}
