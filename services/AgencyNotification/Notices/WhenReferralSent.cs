using Dapper;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.AgencyNotification.Notices;

/// <summary>A referral was sent: a notice for the desk's inbox and one for each of its official channels, in the transaction of the message.</summary>
public static class WhenReferralSent
{
    /// <summary>The channel every desk has.</summary>
    public const string InboxChannel = "inbox";

    public static async Task Handle(Received<ReferralSent> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        var sent = received.Message;
        var store = services.GetRequiredService<EventStore>();
        var known = await transaction.Connection.QuerySingleOrDefaultAsync<string[]>(new CommandDefinition(
            "SELECT channels FROM read.desk WHERE desk_id = @DeskId", new { sent.DeskId }, transaction.Transaction, cancellationToken: ct));
        var metadata = Metadata.System(received.CorrelationId, received.MessageId.ToString());
        var at = services.GetRequiredService<TimeProvider>().GetUtcNow();
        foreach (var channel in new[] { InboxChannel }.Concat(known ?? []).Distinct(StringComparer.Ordinal))
        {
            var command = new RecordNotice(sent.ReferralId, sent.CaseId, sent.Number, sent.DeskId, sent.AgencyId, sent.Urgency, channel, at);
            await store.Execute(NoticeDecider.Instance, NoticeDecider.IdOf(sent.ReferralId, channel), command, metadata, ct, within: transaction);
        }
    }
}
