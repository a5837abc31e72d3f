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
    DateTimeOffset At)
    : IReferralEvent;

/// <summary>A named liaison has confirmed receipt. Receipt only: taking charge is <see cref="ReferralAccepted"/>.</summary>
/// <param name="AcknowledgedBy">Account of the liaison.</param>
[Contract("referral", "case", "agency-notification")]
public sealed record ReferralAcknowledged(
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded(Ids.Actor)] string AcknowledgedBy,
    DateTimeOffset At) : IReferralEvent;

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
