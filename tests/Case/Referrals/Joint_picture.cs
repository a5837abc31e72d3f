using Hotline111.Case.Referrals;
using Hotline111.Contracts.Catalogues;

namespace Hotline111.Case.Tests.Referrals;

/// <summary>
/// The truth table of a case's joint picture. A referral is written as its state; "@" adds its purpose, ":" why it was withdrawn, "?" that its outcome is unknown,
/// "*" a correction that is not confirmed, "!" that the case excludes its desk, and "&gt;" the place in the row of the referral it was handed on to.
/// </summary>
public sealed class Joint_picture
{
    private static readonly Guid Daughter = new("019c1f00-0000-7000-8000-0000000000d1"), Friend = new("019c1f00-0000-7000-8000-0000000000d2"), Stranger = new("019c1f00-0000-7000-8000-0000000000d3");

    [Theory]
    [InlineData("", "no_referral")]
    // One referral.
    [InlineData("Sent", "waiting")]
    [InlineData("Acknowledged", "answering")]
    [InlineData("NeedsInformation", "answering")]
    [InlineData("HandingOn", "answering")]
    [InlineData("Accepted", "in_progress")]
    [InlineData("Acting", "in_progress")]
    [InlineData("OnHold", "in_progress")]
    [InlineData("Accepted?", "outcome_unknown")]
    [InlineData("Acting?", "outcome_unknown")]
    [InlineData("OnHold?", "outcome_unknown")]
    [InlineData("Reported", "reported")]
    [InlineData("Closed", "done")]
    [InlineData("Closed*", "reported")]
    [InlineData("Declined", "unplaced")]
    [InlineData("Withdrawn:sent_in_error", "unplaced")]
    [InlineData("Withdrawn:consent_withdrawn", "unplaced")]
    [InlineData("Withdrawn:need_met", "done")]
    // Several for one need: whoever is least advanced says how far the case is, and who declined or was withdrawn does not count beside others.
    [InlineData("Sent Sent", "waiting")]
    [InlineData("Sent Acting", "waiting")]
    [InlineData("Sent Closed", "waiting")]
    [InlineData("Acknowledged Acting", "answering")]
    [InlineData("Acknowledged Reported", "answering")]
    [InlineData("Acting OnHold", "in_progress")]
    [InlineData("Acting Reported", "partly_reported")]
    [InlineData("Acting Closed", "partly_reported")]
    [InlineData("Acting Withdrawn:need_met", "partly_reported")]
    [InlineData("Reported Reported", "reported")]
    [InlineData("Reported Closed", "reported")]
    [InlineData("Closed Closed", "done")]
    [InlineData("Closed Closed*", "reported")]
    [InlineData("Declined Declined", "unplaced")]
    [InlineData("Declined Withdrawn:wrong_desk", "unplaced")]
    [InlineData("Declined Sent", "waiting")]
    [InlineData("Declined Acting", "in_progress")]
    [InlineData("Declined Closed", "done")]
    [InlineData("Declined Withdrawn:need_met", "done")]
    // Nobody can say what came of one: that holds the case only when nothing else is open.
    [InlineData("Acting? Sent", "waiting")]
    [InlineData("Acting? Acknowledged", "answering")]
    [InlineData("Acting? Acting", "in_progress")]
    [InlineData("Acting? Acting Reported", "partly_reported")]
    [InlineData("Acting? Acting?", "outcome_unknown")]
    [InlineData("Acting? Reported", "outcome_unknown")]
    [InlineData("Acting? Closed", "outcome_unknown")]
    [InlineData("Acting? Declined", "outcome_unknown")]
    // A need of its own is not placed by another one's receiver.
    [InlineData("Acting Declined@shelter", "unplaced")]
    [InlineData("Closed Withdrawn:sent_in_error@shelter", "unplaced")]
    [InlineData("Closed Withdrawn:need_met@shelter", "done")]
    [InlineData("Acting Declined@shelter Sent@shelter", "waiting")]
    [InlineData("Closed Acting@shelter", "partly_reported")]
    // A chain: the next stands for who handed on; while it is handed on both are asked.
    [InlineData("HandedOn>1 Sent", "waiting")]
    [InlineData("HandedOn>1 Acknowledged", "answering")]
    [InlineData("HandedOn>1 Acting", "in_progress")]
    [InlineData("HandedOn>1 Closed", "done")]
    [InlineData("HandedOn>1 Declined", "unplaced")]
    [InlineData("HandedOn>1 HandedOn>2 Reported", "reported")]
    [InlineData("HandedOn>1 HandedOn>2 Declined", "unplaced")]
    [InlineData("HandedOn>1 Declined Sent", "waiting")]
    [InlineData("HandingOn>1 Sent", "waiting")]
    [InlineData("HandingOn>1 Declined", "answering")]
    [InlineData("Acknowledged Withdrawn:taken_back", "answering")]
    [InlineData("HandedOn>9", "answering")]
    // The case has been kept from the desk since: only what the hotline has confirmed is done.
    [InlineData("Sent!", "unplaced")]
    [InlineData("Acting!", "unplaced")]
    [InlineData("Acting?!", "unplaced")]
    [InlineData("Reported!", "unplaced")]
    [InlineData("Closed*!", "unplaced")]
    [InlineData("Closed!", "done")]
    [InlineData("Withdrawn!:need_met", "done")]
    [InlineData("Acting! Sent", "waiting")]
    [InlineData("Acting Acting!@shelter", "unplaced")]
    [InlineData("HandedOn!>1 Acting", "in_progress")]
    [InlineData("HandedOn>1 Acting!", "unplaced")]
    public void A_case_is_as_far_as_its_least_advanced_referral(string referrals, string standing) =>
        JointPicture.Of(Row(referrals), []).Standing.ShouldBe(standing);

    [Fact]
    public void Every_state_of_a_referral_that_went_out_has_a_standing_and_every_standing_is_in_the_list()
    {
        foreach (var state in ValueLists.Get("referral-state").Values.Select(value => value.Code).Except(["Draft", "AwaitingApproval"]))
            ValueLists.Get("joint-standing").Contains(JointPicture.Of(Row(state), []).Standing).ShouldBeTrue(state);
    }

    [Theory]
    [InlineData("Acting Declined@shelter", "shelter")]
    [InlineData("Declined Declined@shelter", "shelter verify_rescue")]
    [InlineData("Declined Acting", "")]
    [InlineData("HandedOn>1 Declined", "verify_rescue")]
    public void A_need_without_a_receiver_is_named(string referrals, string purposes) =>
        JointPicture.Of(Row(referrals), []).UnplacedPurposes.ShouldBe(purposes.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void The_lead_is_the_earliest_that_leads_and_still_counts()
    {
        var row = Row("Declined HandedOn>3 Acting Accepted Sent");

        JointPicture.Of([.. row.Select((referral, i) => referral with { Part = i == 2 ? "helper" : "lead" })], []).Lead.ShouldBe(new LeadDesk(row[3].ReferralId, "desk-3", "agency-3"));
        JointPicture.Of([.. row.Select(referral => referral with { Part = "helper" })], []).Lead.ShouldBeNull();
        JointPicture.Of([row[0]], []).Lead.ShouldBeNull();
    }

    [Fact]
    public void The_order_in_which_referrals_are_given_does_not_matter()
    {
        var row = Row("HandedOn>2 Acting Reported Declined@shelter");
        var picture = JointPicture.Of(row, [Daughter]);
        var turned = JointPicture.Of([.. row.Reverse()], [Daughter]);

        turned.Standing.ShouldBe(picture.Standing);
        turned.Lead.ShouldBe(picture.Lead);
        turned.Referrals.ShouldBe(picture.Referrals);
    }

    [Fact]
    public void Who_was_handed_on_names_who_stands_for_it_and_has_no_standing_of_its_own()
    {
        var row = Row("HandedOn>1 Acting");
        JointPicture.Of(row, []).Referrals.ShouldBe(
        [
            new(row[0].ReferralId, "desk-0", "lead", "verify_rescue", null, row[1].ReferralId),
            new(row[1].ReferralId, "desk-1", "lead", "verify_rescue", "in_progress", null),
        ]);
    }

    [Fact]
    public void Each_person_has_every_desks_result_and_one_joint_outcome()
    {
        var row = Row("Closed Reported Acting Sent");
        CaseReferral[] referrals =
        [
            row[0] with { Results = [new(Daughter, "rescued"), new(Stranger, "not_applicable")] },
            row[1] with { Results = [new(Daughter, "verified_true"), new(null, "case_opened")] },
            // Asked back by the hotline: what the desk had reported does not hold any more.
            row[2] with { Results = [new(Friend, "verified_false")] },
            row[3],
        ];

        var picture = JointPicture.Of(referrals, [Daughter, Friend]);

        picture.Persons.Select(person => (person.PersonId, person.Outcome)).ShouldBe([(Daughter, "safe"), (Friend, "no_result"), (Stranger, "not_applicable"), (null, "confirmed")]);
        picture.Persons[0].Results.ShouldBe([new(row[0].ReferralId, "desk-0", "rescued", Confirmed: true), new(row[1].ReferralId, "desk-1", "verified_true", Confirmed: false)]);
        picture.WithoutResult.ShouldBe([Friend]);
        picture.Contradictory.ShouldBeFalse();
    }

    [Fact]
    public void Desks_that_contradict_each_other_about_somebody_make_the_picture_contradictory()
    {
        var row = Row("Closed Reported");
        var picture = JointPicture.Of([row[0] with { Results = [new(Daughter, "verified_true")] }, row[1] with { Results = [new(Daughter, "verified_false")] }], [Daughter, Friend]);

        picture.Contradictory.ShouldBeTrue();
        picture.Persons.Select(person => person.Outcome).ShouldBe(["contradictory", "no_result"]);
        picture.Standing.ShouldBe("reported", "how far the case is does not say whether its results agree");
    }

    [Theory]
    [InlineData("", "no_result")]
    // What one desk reports.
    [InlineData("verified_true", "confirmed")]
    [InlineData("verified_false", "unfounded")]
    [InlineData("not_verifiable", "unclear")]
    [InlineData("rescued", "safe")]
    [InlineData("returned_home", "safe")]
    [InlineData("repatriated", "safe")]
    [InlineData("located_not_reached", "located")]
    [InlineData("case_opened", "confirmed")]
    [InlineData("no_case", "unclear")]
    [InlineData("support_given", "supported")]
    [InlineData("person_not_found", "not_found")]
    [InlineData("deceased", "deceased")]
    [InlineData("not_applicable", "not_applicable")]
    // What several report and both can be right.
    [InlineData("rescued support_given", "safe")]
    [InlineData("rescued person_not_found", "safe")]
    [InlineData("rescued case_opened", "safe")]
    [InlineData("returned_home verified_false", "safe")]
    [InlineData("repatriated deceased", "deceased")]
    [InlineData("support_given deceased", "deceased")]
    [InlineData("support_given person_not_found", "supported")]
    [InlineData("located_not_reached person_not_found", "located")]
    [InlineData("verified_true person_not_found", "not_found")]
    [InlineData("verified_true no_case", "confirmed")]
    [InlineData("verified_true not_verifiable", "confirmed")]
    [InlineData("verified_false not_verifiable", "unfounded")]
    [InlineData("verified_false no_case", "unfounded")]
    [InlineData("no_case not_applicable", "unclear")]
    [InlineData("rescued rescued", "safe")]
    // What cannot both be right.
    [InlineData("verified_true verified_false", "contradictory")]
    [InlineData("rescued verified_false", "contradictory")]
    [InlineData("case_opened verified_false", "contradictory")]
    [InlineData("case_opened no_case", "contradictory")]
    [InlineData("deceased rescued", "contradictory")]
    [InlineData("deceased returned_home", "contradictory")]
    [InlineData("deceased located_not_reached", "contradictory")]
    [InlineData("support_given verified_true verified_false", "contradictory")]
    public void What_desks_report_of_a_person_comes_to_one_outcome(string results, string outcome)
    {
        var told = results.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        JointOutcome.Of(told).ShouldBe(outcome);
        JointOutcome.Of([.. told.Reverse()]).ShouldBe(outcome);
    }

    [Fact]
    public void Every_result_has_an_outcome_that_is_in_the_list()
    {
        foreach (var result in ValueLists.Get("referral-result").Values.Concat(ValueLists.Get("no-result").Values))
            ValueLists.Get("joint-outcome").Contains(JointOutcome.Of([result.Code])).ShouldBeTrue(result.Code);
        JointOutcome.Of(["of_a_later_edition"]).ShouldBe("unclear");
    }

    private static IReadOnlyList<CaseReferral> Row(string referrals)
    {
        var ids = Enumerable.Range(0, 10).Select(i => new Guid($"019c1f00-0000-7000-8000-0000000000e{i}")).ToList();
        return [.. referrals.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((text, i) =>
        {
            var match = System.Text.RegularExpressions.Regex.Match(text, @"^(\w+)(\?)?(\*)?(!)?(?:>(\d))?(?::(\w+))?(?:@(\w+))?$");
            match.Success.ShouldBeTrue(text);
            return new CaseReferral
            {
                ReferralId = ids[i],
                DeskId = $"desk-{i}",
                AgencyId = $"agency-{i}",
                SentAt = new DateTime(2026, 3, 5, 22, i, 0, DateTimeKind.Utc),
                State = match.Groups[1].Value,
                OutcomeUnknown = match.Groups[2].Success,
                CorrectionDue = match.Groups[3].Success,
                Excluded = match.Groups[4].Success,
                NextId = match.Groups[5].Success ? ids[int.Parse(match.Groups[5].Value, System.Globalization.CultureInfo.InvariantCulture)] : null,
                WithdrawalReason = match.Groups[6].Success ? match.Groups[6].Value : null,
                Purpose = match.Groups[7].Success ? match.Groups[7].Value : "verify_rescue",
            };
        })];
    }
}
