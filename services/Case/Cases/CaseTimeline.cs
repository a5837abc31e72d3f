using System.Text.Json;
using Dapper;
using Hotline111.Contracts;
using Hotline111.Contracts.AgencyNotification.V1;
using Hotline111.Contracts.Intake.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;
using Npgsql;

namespace Hotline111.Case.Cases;

/// <summary>What happened around a case, told by its own stream and by the other services. Codes, ids and times only.</summary>
public sealed class CaseTimeline : IProjection<CaseEvent>
{
    public string Name => "case-timeline.1";

    public FormattableString? Apply(Recorded<CaseEvent> recorded) => recorded.Event switch
    {
        CaseEvent.Opened e => Line(recorded, "case-opened", e.At, e.By, new { e.Number, e.ContactId, e.Emergency }),
        CaseEvent.PersonAdded e => Line(recorded, "person-added", e.At, e.By, new { e.PersonId }),
        CaseEvent.PersonChanged e => Line(recorded, "person-changed", e.At, e.By, new { e.PersonId }),
        CaseEvent.Assessed e => Line(recorded, "case-assessed", e.At, e.By, new { e.RiskLevel, e.RiskSigns, e.Urgency }),
        CaseEvent.Completed e => Line(recorded, "case-completed", e.At, e.By, new { }),
        // Whom it excludes is for those who may read the case; why, for those who restricted it.
        CaseEvent.Restricted e => Line(recorded, "case-restricted", e.At, e.By, new { e.Agencies, e.Provinces }),
        CaseEvent.Released e => Line(recorded, "disclosure-released", e.At, e.By, new { e.DeskId, e.Profile, e.Basis, e.PackageHash }),
        _ => null,
    };

    /// <summary>A notice for a desk was recorded.</summary>
    public static Task WhenNoticeRecorded(Received<NoticeRecorded> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct) =>
        Enter(received, by: null, change: null, transaction, ct);

    /// <summary>Contacts are told before a case exists: they are kept, so that the case can show its contact's number.</summary>
    public static Task WhenContactRecorded(Received<ContactRecorded> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct) =>
        Run(transaction, [$"""
            INSERT INTO read.contact (contact_id, number, channel, occurred_at) VALUES ({received.Message.ContactId}, {received.Message.Number}, {received.Message.Channel}, {received.Message.OccurredAt})
            ON CONFLICT (contact_id) DO NOTHING
            """], ct);

    /// <summary>Enters what another service told of a case: the message itself is the line's facts, and names its case and its time.</summary>
    /// <param name="by">Who did it, as far as that is told.</param>
    /// <param name="change">What else it changes here.</param>
    internal static Task Enter<T>(Received<T> received, string? by, FormattableString? change, StoreTransaction transaction, CancellationToken ct)
        where T : class
    {
        var facts = JsonSerializer.SerializeToElement(received.Message, EventCatalogue.Json);
        FormattableString line = $"""
            INSERT INTO read.case_timeline (event_id, case_id, source, kind, at, by, facts)
            VALUES ({received.MessageId}, {facts.GetProperty("caseId").GetGuid()}, {received.Source}, {ContractCatalogue.NameOf(typeof(T)).Split('.')[^1]},
                    {facts.GetProperty("at").GetDateTimeOffset()}, {by}, {facts.GetRawText()}::jsonb)
            ON CONFLICT (event_id) DO NOTHING
            """;
        return Run(transaction, change is null ? [line] : [line, change], ct);
    }

    private static FormattableString Line(Recorded<CaseEvent> recorded, string kind, DateTimeOffset at, string by, object facts) =>
        $"""
        INSERT INTO read.case_timeline (event_id, case_id, source, kind, at, by, facts)
        VALUES ({recorded.EventId}, {recorded.StreamId}, 'case', {kind}, {at}, {by}, {Facts(facts)}::jsonb)
        """;

    private static string Facts(object facts) => JsonSerializer.Serialize(facts, facts.GetType(), EventCatalogue.Json);

    private static async Task Run(StoreTransaction transaction, IEnumerable<FormattableString> statements, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        foreach (var statement in statements)
            batch.BatchCommands.Add(statement.ToBatchCommand());
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>One line of the timeline.</summary>
    /// <param name="Source">The service that told it.</param>
    /// <param name="Facts">JSON of codes, ids and times.</param>
    public sealed record Entry(string Source, string Kind, DateTime At, string? By, JsonElement Facts);

    /// <summary>The timeline of a case, oldest first.</summary>
    public static async Task<IReadOnlyList<Entry>> Read(EventStore store, Guid caseId, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<(string Source, string Kind, DateTime At, string? By, string Facts)>(new CommandDefinition(
            "SELECT source, kind, at, by, facts::text FROM read.case_timeline WHERE case_id = @caseId ORDER BY at, event_id", new { caseId }, cancellationToken: ct));
        return [.. rows.Select(row => new Entry(row.Source, row.Kind, row.At, row.By, JsonElement.Parse(row.Facts)))];
    }
}
