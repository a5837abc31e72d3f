using Hotline111.Contracts.Catalogues;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.AgencyNotification.Notices;

/// <summary>A referral was sent: its desk is told.</summary>
public static class WhenReferralSent
{
    public static Task Handle(Received<ReferralSent> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        var sent = received.Message;
        return DeskNotices.Record(
            received,
            new(sent.ReferralId, sent.CaseId, sent.Number, sent.DeskId, sent.AgencyId, sent.Urgency, NoticeKinds.Sent),
            channel => NoticeDecider.IdOf(sent.ReferralId, channel),
            transaction,
            services,
            ct);
    }
}
