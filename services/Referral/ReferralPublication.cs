using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Referral.Conversing;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Watching;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral;

/// <summary>What of its streams' history Referral tells the other services.</summary>
public static class ReferralPublication
{
    public static object? Translate(ReferralState after, Recorded<ReferralEvent> recorded) => after is ReferralState.Open s ? Translate(recorded.StreamId, s, s.Facts, recorded.Event) : null;

    private static object? Translate(Guid id, ReferralState.Open after, ReferralFacts f, ReferralEvent @event) => (after, @event) switch
    {
        (ReferralState.Sent s, E.Sent e) => new ReferralSent(
            id, f.Number, f.CaseId, f.DeskId, f.AgencyId, f.Purpose, f.Urgency, f.ProvinceCode, s.Course.PackageHash, e.At, e.Ground, f.Part, s.Course.ContactId, f.PreviousId),
        (_, E.Acknowledged e) => new ReferralAcknowledged(id, f.CaseId, f.DeskId, f.AgencyId, e.By, e.At, e.Spoken is not null),
        (_, E.InformationAsked e) => new ReferralInformationAsked(id, f.CaseId, f.DeskId, f.AgencyId, e.Questions.Count, e.Pauses, e.At),
        (_, E.InformationAnswered e) => new ReferralInformationAnswered(id, f.CaseId, f.DeskId, f.AgencyId, e.At),
        (_, E.HandOnBegun e) => new ReferralHandOnBegun(id, f.CaseId, f.DeskId, f.AgencyId, e.NextId, e.NextDeskId, e.NextAgencyId, e.At),
        (_, E.HandedOn e) => new ReferralHandedOn(id, f.CaseId, f.DeskId, f.AgencyId, e.NextId, e.At),
        (_, E.HandOnEnded e) => new ReferralHandOnEnded(id, f.CaseId, f.DeskId, f.AgencyId, e.NextId, e.Cause, e.At),
        (_, E.Accepted e) => new ReferralAccepted(id, f.CaseId, f.DeskId, f.AgencyId, e.ExpectedOn, e.At),
        (_, E.AcceptanceUndone e) => new ReferralAcceptanceUndone(id, f.CaseId, f.DeskId, f.AgencyId, e.At),
        (_, E.Declined e) => new ReferralDeclined(id, f.CaseId, f.DeskId, f.AgencyId, e.Reason, e.AdvisedDeskId, e.At),
        (_, E.Started e) => new ReferralStarted(id, f.CaseId, f.DeskId, f.AgencyId, e.At),
        (_, E.Marked e) => new ReferralMarked(id, f.CaseId, f.DeskId, f.AgencyId, e.Mark, e.OccurredAt, e.Spoken is not null, e.At),
        (_, E.ProgressReported e) => new ReferralProgressReported(id, f.CaseId, f.DeskId, f.AgencyId, e.Progress, e.At),
        (_, E.MilestoneReached e) => new ReferralMilestoneReached(id, f.CaseId, f.DeskId, f.AgencyId, e.Milestone, e.OccurredAt, e.At),
        (_, E.Held e) => new ReferralHeld(id, f.CaseId, f.DeskId, f.AgencyId, e.Reason, e.Until, e.At),
        (_, E.Resumed e) => new ReferralResumed(id, f.CaseId, f.DeskId, f.AgencyId, e.At),
        (_, E.ResultReported e) => new ReferralResultReported(id, f.CaseId, f.DeskId, f.AgencyId, Persons(e.Results), Results(e.Results), e.OccurredAt, e.At),
        (_, E.ReportCorrected e) => new ReferralReportCorrected(id, f.CaseId, f.DeskId, f.AgencyId, Persons(e.Results), Results(e.Results), e.OccurredAt, e.At),
        (_, E.ResultConfirmed e) => new ReferralResultConfirmed(id, f.CaseId, f.DeskId, f.AgencyId, e.At),
        (_, E.ResultQuestioned e) => new ReferralResultQuestioned(id, f.CaseId, f.DeskId, f.AgencyId, e.At),
        (_, E.RequestRaised e) => new ReferralRequestRaised(id, f.CaseId, f.DeskId, f.AgencyId, e.RequestId, e.Kind, e.Until, e.NamedDeskId, e.At),
        (_, E.RequestSettled e) => new ReferralRequestSettled(id, f.CaseId, f.DeskId, f.AgencyId, e.RequestId, e.Kind, e.Decision, e.At),
        (_, E.DataRejected e) => new ReferralDataRejected(id, f.CaseId, f.DeskId, f.AgencyId, e.At),
        (_, E.DataRestored e) => new ReferralDataRestored(id, f.CaseId, f.DeskId, f.AgencyId, e.At),
        (_, E.Supplemented e) => new ReferralSupplemented(id, f.CaseId, f.DeskId, f.AgencyId, e.Number, e.PackageHash, e.At),
        (_, E.Reviewed e) => new ReferralReviewed(id, f.CaseId, f.DeskId, f.AgencyId, e.Finding, e.At),
        (ReferralState.Out, E.PartAssigned e) => new ReferralPartAssigned(id, f.CaseId, f.DeskId, f.AgencyId, e.Part, e.At),
        (_, E.WithdrawalRequested e) => new ReferralWithdrawalRequested(id, f.CaseId, f.DeskId, f.AgencyId, e.Reason, e.At),
        (_, E.WithdrawalRefused e) => new ReferralWithdrawalRefused(id, f.CaseId, f.DeskId, f.AgencyId, e.At),
        (ReferralState.Withdrawn, E.Withdrawn e) => new ReferralWithdrawn(id, f.CaseId, f.DeskId, f.AgencyId, e.Reason, e.At),
        (_, E.OutcomeUnknown e) => new ReferralOutcomeUnknown(id, f.CaseId, f.DeskId, f.AgencyId, e.At),
        _ => null, // Drafts, approvals and what was taken back before it went out are the hotline's own; a confirmed entry changes nothing for others.
    };

    private static string Persons(Items<PersonResult> results) => string.Join(',', results.Select(result => result.PersonId).OfType<Guid>());

    private static string Results(Items<PersonResult> results) => string.Join(',', results.Select(result => result.Result));

    public static object? Translate(WatchState after, Recorded<WatchEvent> recorded) => recorded.Event switch
    {
        WatchEvent.Opened e => new PackageOpened(e.ReferralId, e.CaseId, e.DeskId, e.At),
        _ => null, // AgencyNotification knows of its notices itself; claims are the desk's own, and the other receipts are told by the referral.
    };

    public static object? Translate(ConversationState after, Recorded<ConversationEvent> recorded) => recorded.Event switch
    {
        ConversationEvent.MessageWritten e => new ReferralMessageWritten(e.ReferralId, e.CaseId, e.DeskId, e.AgencyId, e.MessageId, e.Side, e.At),
        _ => null, // How far each side has read is theirs.
    };

    public static object? Translate(DeskState after, Recorded<DeskEvent> recorded)
    {
        var at = recorded.Event switch { DeskEvent.Entered e => e.At, DeskEvent.Changed e => e.At, _ => recorded.Timestamp };
        var f = after.Facts!;
        return new DeskChanged(f.DeskId, f.AgencyId, f.Sector, f.Profile, string.Join(',', f.ProvinceCodes), string.Join(',', f.Channels), f.ValidFrom, f.ValidUntil, at);
    }

    /// <summary>Agencies are told through their desks.</summary>
    public static object? Translate(AgencyState after, Recorded<AgencyEvent> recorded) => null;
}
