using Hotline111.Case.Cases;
using Hotline111.Contracts.Catalogues;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.Case.Referrals;

/// <summary>
/// Follows a referral by the messages that Referral tells of it: a line of the case's timeline for each, and the row that says where it stands. Messages of one
/// referral come in their order, those of different referrals interleave.
/// </summary>
public static class ReferralCourse
{
    /// <summary>Enters what Referral told.</summary>
    public static Task When<T>(Received<T> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
        where T : class, IReferralEvent =>
        CaseTimeline.Enter(received, (received.Message as ReferralAcknowledged)?.AcknowledgedBy, Change(received.Message), transaction, ct);

    /// <summary>
    /// What a message changes in where its referral stands; null when it only belongs on the timeline. Whatever the desk itself says ends not knowing the outcome. Pure.
    /// </summary>
    public static FormattableString? Change(IReferralEvent message) => message switch
    {
        ReferralSent m => $"""
            INSERT INTO read.case_referral (referral_id, case_id, number, desk_id, agency_id, purpose, urgency, state, sent_at, part, ground, package_hash, previous_id)
            VALUES ({m.ReferralId}, {m.CaseId}, {m.Number}, {m.DeskId}, {m.AgencyId}, {m.Purpose}, {m.Urgency}, 'Sent', {m.At}, {m.Part ?? ReferralParts.Lead}, {m.Ground},
                    {m.PackageHash}, {m.PreviousReferralId})
            """,
        ReferralAcknowledged m => $"""
            UPDATE read.case_referral SET state = 'Acknowledged', acknowledged_by = {m.AcknowledgedBy}, acknowledged_at = {m.At}, by_phone = {m.ByPhone ?? false}
             WHERE referral_id = {m.ReferralId}
            """,
        ReferralInformationAsked m => State(m.ReferralId, "NeedsInformation"),
        ReferralInformationAnswered m => State(m.ReferralId, "Acknowledged"),
        ReferralHandOnBegun m => $"UPDATE read.case_referral SET state = 'HandingOn', next_id = {m.NextReferralId} WHERE referral_id = {m.ReferralId}",
        ReferralHandedOn m => $"UPDATE read.case_referral SET state = 'HandedOn', next_id = {m.NextReferralId} WHERE referral_id = {m.ReferralId}",
        ReferralHandOnEnded m => $"UPDATE read.case_referral SET state = 'Acknowledged', next_id = NULL WHERE referral_id = {m.ReferralId}",
        ReferralAccepted m => $"UPDATE read.case_referral SET state = 'Accepted', accepted_at = {m.At}, expected_on = {m.ExpectedOn} WHERE referral_id = {m.ReferralId}",
        ReferralAcceptanceUndone m => $"UPDATE read.case_referral SET state = 'Acknowledged', accepted_at = NULL, expected_on = NULL, outcome_unknown = false WHERE referral_id = {m.ReferralId}",
        ReferralDeclined m => $"""
            UPDATE read.case_referral SET state = 'Declined', declined_at = {m.At}, decline_reason = {m.Reason}, advised_desk_id = {m.AdvisedDeskId} WHERE referral_id = {m.ReferralId}
            """,
        ReferralStarted m => Acting(m.ReferralId),
        // A mark, an interim answer or a milestone says that the desk has begun. Marks may come late and out of order: the last to happen is shown.
        ReferralMarked m => $"""
            UPDATE read.case_referral SET state = CASE state WHEN 'Accepted' THEN 'Acting' ELSE state END, outcome_unknown = false,
                   mark = CASE WHEN mark_at > {m.OccurredAt} THEN mark ELSE {m.Mark} END, mark_at = greatest(mark_at, {m.OccurredAt})
             WHERE referral_id = {m.ReferralId}
            """,
        ReferralProgressReported m => $"""
            UPDATE read.case_referral SET state = CASE state WHEN 'Accepted' THEN 'Acting' ELSE state END, outcome_unknown = false, progress = {m.Progress}, progress_at = {m.At}
             WHERE referral_id = {m.ReferralId}
            """,
        ReferralMilestoneReached m => $"""
            UPDATE read.case_referral SET state = CASE state WHEN 'Accepted' THEN 'Acting' ELSE state END, outcome_unknown = false, milestones = milestones || {m.Milestone}::text
             WHERE referral_id = {m.ReferralId}
            """,
        ReferralHeld m => $"""
            UPDATE read.case_referral SET state = 'OnHold', outcome_unknown = false, hold_reason = {m.Reason}, held_until = {m.Until} WHERE referral_id = {m.ReferralId}
            """,
        ReferralResumed m => Acting(m.ReferralId),
        ReferralResultReported m => $"""
            UPDATE read.case_referral SET state = 'Reported', outcome_unknown = false, hold_reason = NULL, held_until = NULL, reported_at = {m.At},
                   result_persons = {Persons(m.PersonIds)}, results = {Split(m.Results)}
             WHERE referral_id = {m.ReferralId}
            """,
        ReferralReportCorrected m => $"""
            UPDATE read.case_referral SET correction_due = (state = 'Closed'), outcome_unknown = false, reported_at = {m.At},
                   result_persons = {Persons(m.PersonIds)}, results = {Split(m.Results)}
             WHERE referral_id = {m.ReferralId}
            """,
        ReferralResultConfirmed m => $"""
            UPDATE read.case_referral SET state = 'Closed', confirmed_at = {m.At}, correction_due = false, withdrawal_reason = NULL WHERE referral_id = {m.ReferralId}
            """,
        ReferralResultQuestioned m => State(m.ReferralId, "Acting"),
        ReferralRequestRaised m => $"UPDATE read.case_referral SET open_requests = open_requests || {m.RequestId}::uuid, outcome_unknown = false WHERE referral_id = {m.ReferralId}",
        ReferralRequestSettled m => $"UPDATE read.case_referral SET open_requests = array_remove(open_requests, {m.RequestId}) WHERE referral_id = {m.ReferralId}",
        ReferralDataRejected m => $"UPDATE read.case_referral SET data_cut = true, outcome_unknown = false WHERE referral_id = {m.ReferralId}",
        ReferralDataRestored m => $"UPDATE read.case_referral SET data_cut = false WHERE referral_id = {m.ReferralId}",
        ReferralSupplemented m => $"UPDATE read.case_referral SET supplements = {m.Supplement}, data_cut = false, package_hash = {m.PackageHash} WHERE referral_id = {m.ReferralId}",
        ReferralReviewed m => $"UPDATE read.case_referral SET review_finding = {m.Finding} WHERE referral_id = {m.ReferralId}",
        ReferralPartAssigned m => $"UPDATE read.case_referral SET part = {m.Part} WHERE referral_id = {m.ReferralId}",
        ReferralWithdrawalRequested m => $"UPDATE read.case_referral SET withdrawal_reason = {m.Reason} WHERE referral_id = {m.ReferralId}",
        ReferralWithdrawalRefused m => $"UPDATE read.case_referral SET withdrawal_reason = NULL, outcome_unknown = false WHERE referral_id = {m.ReferralId}",
        ReferralWithdrawn m => $"""
            UPDATE read.case_referral SET state = 'Withdrawn', withdrawal_reason = {m.Reason}, withdrawn_at = {m.At}, outcome_unknown = false WHERE referral_id = {m.ReferralId}
            """,
        ReferralOutcomeUnknown m => $"UPDATE read.case_referral SET outcome_unknown = true WHERE referral_id = {m.ReferralId}",
        PackageOpened m => $"INSERT INTO read.case_referral_opening (referral_id, opened_at) VALUES ({m.ReferralId}, {m.At}) ON CONFLICT (referral_id) DO NOTHING",
        // Who wrote what stays with Referral; that somebody wrote is enough here.
        ReferralMessageWritten => null,
        _ => throw new ArgumentException($"No referral is told of by {message.GetType().Name}.", nameof(message)),
    };

    private static FormattableString State(Guid referralId, string state) => $"UPDATE read.case_referral SET state = {state} WHERE referral_id = {referralId}";

    private static FormattableString Acting(Guid referralId) =>
        $"UPDATE read.case_referral SET state = 'Acting', outcome_unknown = false, hold_reason = NULL, held_until = NULL WHERE referral_id = {referralId}";

    private static string[] Split(string codes) => codes.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static Guid[] Persons(string ids) => [.. Split(ids).Select(Guid.Parse)];
}
