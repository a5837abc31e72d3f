using Dapper;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.AgencyNotification.Notices;

/// <summary>What a message gives a desk to know.</summary>
/// <param name="Kind">Code of list notice-kind.</param>
public sealed record Told(Guid ReferralId, Guid CaseId, string ReferralNumber, string DeskId, string AgencyId, string Urgency, string Kind);

/// <summary>The message that gives it: what the notices name as their cause.</summary>
public sealed record Cause(Guid MessageId, string? CorrelationId)
{
    public static Cause Of<T>(Received<T> received) => new(received.MessageId, received.CorrelationId);
}

/// <summary>A notice for the desk's inbox and one for each of its official channels, in the transaction of the message.</summary>
public static class DeskNotices
{
    /// <summary>The channel every desk has.</summary>
    public const string InboxChannel = "inbox";

    /// <summary>Records the notices.</summary>
    /// <param name="idOf">The notice of a channel; the same however often the message arrives.</param>
    public static async Task Record(Cause cause, Told told, Func<string, Guid> idOf, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        var store = services.GetRequiredService<EventStore>();
        var known = await transaction.Connection.QuerySingleOrDefaultAsync<string[]>(new CommandDefinition(
            "SELECT channels FROM read.desk WHERE desk_id = @DeskId", new { told.DeskId }, transaction.Transaction, cancellationToken: ct));
        var metadata = Metadata.System(cause.CorrelationId, cause.MessageId.ToString());
        var at = services.GetRequiredService<TimeProvider>().GetUtcNow();
        foreach (var channel in new[] { InboxChannel }.Concat(known ?? []).Distinct(StringComparer.Ordinal))
        {
            var command = new RecordNotice(told.ReferralId, told.CaseId, told.ReferralNumber, told.DeskId, told.AgencyId, told.Urgency, channel, told.Kind, at);
            await store.Execute(NoticeDecider.Instance, idOf(channel), command, metadata, ct, within: transaction);
        }
    }

    /// <summary>Records the notices of something that the hotline did later.</summary>
    public static Task RecordLater(Cause cause, Told told, StoreTransaction transaction, IServiceProvider services, CancellationToken ct) =>
        Record(cause, told, channel => NoticeDecider.IdOf(told.ReferralId, cause.MessageId, channel), transaction, services, ct);
}
