using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Watching;

namespace Hotline111.Referral;

/// <summary>What of its streams' history Referral tells the other services.</summary>
public static class ReferralPublication
{
    public static object? Translate(ReferralState after, Recorded<ReferralEvent> recorded) => (after, recorded.Event) switch
    {
        (ReferralState.Sent s, ReferralEvent.Sent e) => new ReferralSent(
            recorded.StreamId, s.Facts.Number, s.Facts.CaseId, s.Facts.DeskId, s.Facts.AgencyId, s.Facts.Purpose, s.Facts.Urgency, s.Facts.ProvinceCode, s.PackageHash, e.At),
        (ReferralState.Open s, ReferralEvent.Acknowledged e) => new ReferralAcknowledged(recorded.StreamId, s.Facts.CaseId, s.Facts.DeskId, s.Facts.AgencyId, e.By, e.At),
        (ReferralState.Open s, ReferralEvent.Accepted e) => new ReferralAccepted(recorded.StreamId, s.Facts.CaseId, s.Facts.DeskId, s.Facts.AgencyId, e.ExpectedOn, e.At),
        (ReferralState.Open s, ReferralEvent.Declined e) =>
            new ReferralDeclined(recorded.StreamId, s.Facts.CaseId, s.Facts.DeskId, s.Facts.AgencyId, e.Reason, e.AdvisedDeskId, e.At),
        _ => null, // Drafts and approvals are the hotline's own.
    };

    public static object? Translate(WatchState after, Recorded<WatchEvent> recorded) => recorded.Event switch
    {
        WatchEvent.Opened e => new PackageOpened(e.ReferralId, e.CaseId, e.DeskId, e.At),
        _ => null, // AgencyNotification knows of its notices itself.
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
