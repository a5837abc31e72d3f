namespace Hotline111.Contracts.AgencyNotification.V1;

/// <summary>The family of events that AgencyNotification tells. Thin: ids, codes and times.</summary>
public interface IAgencyNotificationEvent;

/// <summary>A notice for a desk was recorded for one of its official channels.</summary>
/// <param name="NoticeId">The notice.</param>
/// <param name="ReferralId">What it is about.</param>
/// <param name="Channel">The kind of channel ("inbox", "phone", "email", "fax", "letter").</param>
/// <param name="Kind">Code of list notice-kind: what the desk was told; missing in messages of before 2026-11, which are all of the kind sent.</param>
[Contract("agency-notification", "referral", "case")]
public sealed record NoticeRecorded(
    Guid NoticeId,
    Guid ReferralId,
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.DeskChannel)] string Channel,
    DateTimeOffset At,
    [Coded("notice-kind")] string? Kind = null) : IAgencyNotificationEvent;
