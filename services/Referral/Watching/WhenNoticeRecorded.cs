using Dapper;
using Hotline111.Contracts.AgencyNotification.V1;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.Referral.Watching;

/// <summary>AgencyNotification recorded a notice for the desk: the referral's receipt rises to delivered.</summary>
public static class WhenNoticeRecorded
{
    public static async Task Handle(Received<NoticeRecorded> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        var notice = received.Message;
        // Only the notice that it was sent delivers a referral; later ones tell of what happened to it.
        if (notice.Kind is not (null or NoticeKinds.Sent))
            return;
        // A referral's notices come at once, one for each channel, and the first starts the stream, which nobody can lock before it is there. Without this
        // every second one fails on the way, waits and is tried again, with its transaction open.
        await transaction.Connection.ExecuteAsync(new CommandDefinition(
            "SELECT pg_advisory_xact_lock(hashtextextended(@referral::text, 113))", new { referral = notice.ReferralId }, transaction.Transaction, cancellationToken: ct));
        await services.GetRequiredService<EventStore>().Execute(
            WatchDecider.Instance,
            WatchDecider.IdOf(notice.ReferralId),
            new WatchCommand.RecordDelivery(notice.ReferralId, notice.NoticeId, notice.Channel, notice.At),
            Metadata.System(received.CorrelationId, received.MessageId.ToString()),
            ct,
            within: transaction);
    }
}
