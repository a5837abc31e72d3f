namespace Hotline111.Contracts.Referral.V1;

/// <summary>The family of events that Referral tells. Thin: ids, codes and times.</summary>
public interface IReferralEvent;

/// <summary>A referral was sent to a desk: from now on somebody owes an acknowledgement.</summary>
/// <param name="ReferralId">The referral's stream.</param>
/// <param name="Number">Its human number, RF-year-number.</param>
/// <param name="CaseId">The case it belongs to.</param>
/// <param name="DeskId">The addressed desk.</param>
/// <param name="AgencyId">The agency the desk belongs to.</param>
/// <param name="Purpose">Code of list referral-purpose.</param>
/// <param name="Urgency">Code of list urgency.</param>
/// <param name="ProvinceCode">The desk's province, or null for a central desk.</param>
/// <param name="PackageHash">SHA-256 of the canonical package, lower-case hexadecimal.</param>
/// <param name="Ground">How it came to be sent; missing in messages of before 2026-11.</param>
/// <param name="Part">Code of list referral-part.</param>
/// <param name="ContactId">The contact that an emergency was sent from without a release, so that Case can open the case itself; else null.</param>
/// <param name="PreviousReferralId">The referral that was handed on to this desk, or null.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralSent(
    Guid ReferralId,
    [Coded(Ids.Number)] string Number,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded("referral-purpose")] string Purpose,
    [Coded("urgency")] string Urgency,
    [Coded(Ids.Province)] string? ProvinceCode,
    [Coded(Ids.Sha256)] string PackageHash,
    DateTimeOffset At,
    [Coded(Ids.SendingGround)] string? Ground = null,
    [Coded("referral-part")] string? Part = null,
    Guid? ContactId = null,
    Guid? PreviousReferralId = null)
    : IReferralEvent;

/// <summary>A named liaison has confirmed receipt. Receipt only: taking charge is <see cref="ReferralAccepted"/>.</summary>
/// <param name="AcknowledgedBy">Account of the liaison; of the counsellor, when the receipt was confirmed by phone.</param>
/// <param name="ByPhone">The desk has confirmed by phone and has still to do so itself.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralAcknowledged(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded(Ids.Actor)] string AcknowledgedBy,
    DateTimeOffset At,
    bool? ByPhone = null) : IReferralEvent;

/// <summary>The desk takes charge.</summary>
/// <param name="ExpectedOn">The day by which the desk expects to act, or null.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralAccepted(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    DateOnly? ExpectedOn,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk declines: the need must be placed anew.</summary>
/// <param name="Reason">Code of list decline-reason.</param>
/// <param name="AdvisedDeskId">The desk that the declining one advises, or null.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralDeclined(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded("decline-reason")] string Reason,
    [Coded(Ids.Desk)] string? AdvisedDeskId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk needs more before it can answer.</summary>
/// <param name="Questions">How many fields it asks about.</param>
/// <param name="Pauses">Whether the desk's clock stops until the hotline answers.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralInformationAsked(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    int Questions,
    bool Pauses,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The hotline answered the desk's questions.</summary>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralInformationAnswered(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk hands the referral on. It stays answerable until the next desk has acknowledged.</summary>
/// <param name="NextReferralId">The referral to the next desk.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralHandOnBegun(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    Guid NextReferralId,
    [Coded(Ids.Desk)] string NextDeskId,
    [Coded(Ids.Agency)] string NextAgencyId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The next desk has acknowledged: from now on its referral stands for this one.</summary>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralHandedOn(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    Guid NextReferralId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The hand-on came to nothing: the referral is the desk's again.</summary>
/// <param name="Cause">Code of list hand-on-end.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralHandOnEnded(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    Guid NextReferralId,
    [Coded("hand-on-end")] string Cause,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk has begun to act.</summary>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralStarted(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>An officer reported a step by one key.</summary>
/// <param name="Mark">Code of list mark.</param>
/// <param name="OccurredAt">When it happened; marks may come late and out of order.</param>
/// <param name="ByPhone">The hotline entered it on the officer's behalf.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralMarked(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded("mark")] string Mark,
    DateTimeOffset OccurredAt,
    bool ByPhone,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk gave an interim answer.</summary>
/// <param name="Progress">Code of list progress.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralProgressReported(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded("progress")] string Progress,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk pauses its work.</summary>
/// <param name="Reason">Code of list hold-reason.</param>
/// <param name="Until">The day on which it goes on.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralHeld(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded("hold-reason")] string Reason,
    DateOnly Until,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk goes on.</summary>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralResumed(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk took its acceptance back within the time that the policy gives.</summary>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralAcceptanceUndone(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>A legal step was done.</summary>
/// <param name="Milestone">Code of list milestone.</param>
/// <param name="OccurredAt">When it was done.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralMilestoneReached(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded("milestone")] string Milestone,
    DateTimeOffset OccurredAt,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk reported what came of it, person by person.</summary>
/// <param name="PersonIds">The persons, comma separated; empty when the referral names none.</param>
/// <param name="Results">Codes of the lists referral-result and no-result, one for each person in the same order; exactly one when the referral names no person.</param>
/// <param name="OccurredAt">When it came about.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralResultReported(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded(Ids.Person, Several = true)] string PersonIds,
    [Coded("referral-result", "no-result", Several = true)] string Results,
    DateTimeOffset OccurredAt,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk corrected its report. The earlier one stays in history; this one holds.</summary>
/// <param name="PersonIds">As in <see cref="ReferralResultReported"/>.</param>
/// <param name="Results">As in <see cref="ReferralResultReported"/>.</param>
/// <param name="OccurredAt">When it came about.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralReportCorrected(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded(Ids.Person, Several = true)] string PersonIds,
    [Coded("referral-result", "no-result", Several = true)] string Results,
    DateTimeOffset OccurredAt,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The hotline confirmed the result: the referral is closed.</summary>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralResultConfirmed(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The hotline returned the report with a question: the desk acts again.</summary>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralResultQuestioned(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The hotline asks the desk, which had taken charge, to stop.</summary>
/// <param name="Reason">Code of list withdrawal-reason.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralWithdrawalRequested(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded("withdrawal-reason")] string Reason,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk cannot stop and says why; it goes on.</summary>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralWithdrawalRefused(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The referral was taken back. That data had gone out stays on record.</summary>
/// <param name="Reason">Code of list withdrawal-reason.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralWithdrawn(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded("withdrawal-reason")] string Reason,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk asks something of the hotline beside its answers.</summary>
/// <param name="Kind">Code of list referral-request.</param>
/// <param name="Until">The day that an extension asks for, or null.</param>
/// <param name="NamedDeskId">The desk to be joined, or null.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralRequestRaised(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    Guid RequestId,
    [Coded("referral-request")] string Kind,
    DateOnly? Until,
    [Coded(Ids.Desk)] string? NamedDeskId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The hotline answered such a request.</summary>
/// <param name="Decision">Code of list request-decision.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralRequestSettled(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    Guid RequestId,
    [Coded("referral-request")] string Kind,
    [Coded("request-decision")] string Decision,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk was sent data that it should not have; its view was cut.</summary>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralDataRejected(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The hotline opened the desk's view again.</summary>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralDataRestored(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>Later facts went out to the desk.</summary>
/// <param name="Supplement">Number of the supplement, from 1.</param>
/// <param name="PackageHash">SHA-256 of the whole package as it stands now.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralSupplemented(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    int Supplement,
    [Coded(Ids.Sha256)] string PackageHash,
    DateTimeOffset At) : IReferralEvent;

/// <summary>A supervisor reviewed what had gone out without approval.</summary>
/// <param name="Finding">Code of list review-finding.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralReviewed(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded("review-finding")] string Finding,
    DateTimeOffset At) : IReferralEvent;

/// <summary>Nobody can say what came of it; any later answer lifts this.</summary>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralOutcomeUnknown(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk leads on the case, or helps.</summary>
/// <param name="Part">Code of list referral-part.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralPartAssigned(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded("referral-part")] string Part,
    DateTimeOffset At) : IReferralEvent;

/// <summary>A message was written in the conversation between the desk and the hotline.</summary>
/// <param name="Side">"desk" or "hotline": who wrote it.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralMessageWritten(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    Guid MessageId,
    [Coded(Ids.Side)] string Side,
    DateTimeOffset At) : IReferralEvent;

/// <summary>The desk's liaison has opened the package.</summary>
[Contract("referral", "case", "agency-notification")]
public sealed record PackageOpened(Guid ReferralId, Guid CaseId, [Coded(Ids.Desk)] string DeskId, DateTimeOffset At) : IReferralEvent;

/// <summary>A desk was entered in the directory or changed.</summary>
/// <param name="Sector">Code of list receiving-sector.</param>
/// <param name="Profile">The release profile and its edition ("police@2026-1").</param>
/// <param name="ProvinceCodes">Territory, comma separated; empty for the whole country.</param>
/// <param name="Channels">Kinds of its official channels, comma separated ("phone,letter"). The numbers themselves stay with Referral.</param>
/// <param name="ValidFrom">First day of validity.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record DeskChanged(
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded("receiving-sector")] string Sector,
    [Coded(Ids.Profile)] string Profile,
    [Coded(Ids.Province, Several = true)] string ProvinceCodes,
    [Coded(Ids.DeskChannel, Several = true)] string Channels,
    DateOnly ValidFrom,
    DateOnly? ValidUntil,
    DateTimeOffset At)
    : IReferralEvent;
