using Dapper;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.AgencyNotification.Notices;

/// <summary>What a message gives a desk to know.</summary>
/// <param name="Kind">Code of list notice-kind.</param>
public sealed record Told(Guid ReferralId, Guid CaseId, string ReferralNumber, string DeskId, string AgencyId, string Urgency, string Kind);

/// <summary>A notice for the desk's inbox and one for each of its official channels, in the transaction of the message.</summary>
public static class DeskNotices
{
    /// <summary>The channel every desk has.</summary>
    public const string InboxChannel = "inbox";

    /// <summary>Records the notices.</summary>
    /// <param name="idOf">The notice of a channel; the same however often the message arrives.</param>
    public static async Task Record<T>(Received<T> received, Told told, Func<string, Guid> idOf, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        var store = services.GetRequiredService<EventStore>();
        var known = await transaction.Connection.QuerySingleOrDefaultAsync<string[]>(new CommandDefinition(
            "SELECT channels FROM read.desk WHERE desk_id = @DeskId", new { told.DeskId }, transaction.Transaction, cancellationToken: ct));
        var metadata = Metadata.System(received.CorrelationId, received.MessageId.ToString());
        var at = services.GetRequiredService<TimeProvider>().GetUtcNow();
        foreach (var channel in new[] { InboxChannel }.Concat(known ?? []).Distinct(StringComparer.Ordinal))
        {
            var command = new RecordNotice(told.ReferralId, told.CaseId, told.ReferralNumber, told.DeskId, told.AgencyId, told.Urgency, channel, told.Kind, at);
            await store.Execute(NoticeDecider.Instance, idOf(channel), command, metadata, ct, within: transaction);
        }
    }
}
