using Hotline111.Contracts.Catalogues;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.AgencyNotification.Notices;

/// <summary>A referral was sent: its desk is told, and of what overtook it.</summary>
public static class WhenReferralSent
{
    public static async Task Handle(Received<ReferralSent> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        var sent = received.Message;
        await DeskNotices.Record(
            Cause.Of(received),
            new(sent.ReferralId, sent.CaseId, sent.Number, sent.DeskId, sent.AgencyId, sent.Urgency, NoticeKinds.Sent),
            channel => NoticeDecider.IdOf(sent.ReferralId, channel),
            transaction,
            services,
            ct);
        await EarlyMessages.Lock(sent.ReferralId, transaction, ct);
        foreach (var (cause, told) in await EarlyMessages.Take(sent.ReferralId, sent.Number, sent.Urgency, transaction, ct))
            await DeskNotices.RecordLater(cause, told, transaction, services, ct);
    }
}
