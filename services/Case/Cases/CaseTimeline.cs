using System.Text.Json;
using Dapper;
using Hotline111.Contracts.AgencyNotification.V1;
using Hotline111.Contracts.Intake.V1;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.Case.Cases;

/// <summary>What happened around a case, told by its own stream and by the other services. Codes, ids and times only.</summary>
public sealed class CaseTimeline : IProjection<CaseEvent>
{
    public string Name => "case-timeline.1";

    public FormattableString? Apply(Recorded<CaseEvent> recorded) => recorded.Event switch
    {
        CaseEvent.Opened e => Line(recorded, "case-opened", e.At, e.By, new { e.Number, e.ContactId }),
        CaseEvent.PersonAdded e => Line(recorded, "person-added", e.At, e.By, new { e.PersonId }),
        CaseEvent.PersonChanged e => Line(recorded, "person-changed", e.At, e.By, new { e.PersonId }),
        CaseEvent.Assessed e => Line(recorded, "case-assessed", e.At, e.By, new { e.RiskLevel, e.RiskSigns, e.Urgency }),
        CaseEvent.Released e => Line(recorded, "disclosure-released", e.At, e.By, new { e.DeskId, e.Profile, e.Basis, e.PackageHash }),
        _ => null,
    };

    /// <summary>Enters what another service told, and brings the picture of the case's referrals up to date.</summary>
    public static class When
    {
        public static Task ReferralSent(Received<ReferralSent> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct) =>
            Tell(received, transaction, received.Message.CaseId, "referral-sent", received.Message.At, null, $"""
                INSERT INTO read.case_referral (referral_id, case_id, number, desk_id, agency_id, purpose, urgency, state, sent_at)
                VALUES ({received.Message.ReferralId}, {received.Message.CaseId}, {received.Message.Number}, {received.Message.DeskId}, {received.Message.AgencyId},
                        {received.Message.Purpose}, {received.Message.Urgency}, 'Sent', {received.Message.At})
                """, ct);

        public static Task ReferralAcknowledged(Received<ReferralAcknowledged> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct) =>
            Tell(received, transaction, received.Message.CaseId, "referral-acknowledged", received.Message.At, received.Message.AcknowledgedBy, $"""
                UPDATE read.case_referral SET state = 'Acknowledged', acknowledged_by = {received.Message.AcknowledgedBy}, acknowledged_at = {received.Message.At} WHERE referral_id = {received.Message.ReferralId}
                """, ct);

        public static Task ReferralAccepted(Received<ReferralAccepted> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct) =>
            Tell(received, transaction, received.Message.CaseId, "referral-accepted", received.Message.At, null, $"""
                UPDATE read.case_referral SET state = 'Accepted', accepted_at = {received.Message.At}, expected_on = {received.Message.ExpectedOn} WHERE referral_id = {received.Message.ReferralId}
                """, ct);

        public static Task ReferralDeclined(Received<ReferralDeclined> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct) =>
            Tell(received, transaction, received.Message.CaseId, "referral-declined", received.Message.At, null, $"""
                UPDATE read.case_referral SET state = 'Declined', declined_at = {received.Message.At}, decline_reason = {received.Message.Reason}, advised_desk_id = {received.Message.AdvisedDeskId}
                 WHERE referral_id = {received.Message.ReferralId}
                """, ct);

        public static Task PackageOpened(Received<PackageOpened> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct) =>
            Tell(received, transaction, received.Message.CaseId, "package-opened", received.Message.At, null, $"""
                UPDATE read.case_referral SET opened_at = coalesce(opened_at, {received.Message.At}) WHERE referral_id = {received.Message.ReferralId}
                """, ct);

        public static Task NoticeRecorded(Received<NoticeRecorded> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct) =>
            Tell(received, transaction, received.Message.CaseId, "notice-recorded", received.Message.At, null, null, ct);

        /// <summary>Contacts are told before a case exists: they are kept, so that the case can show its contact's number.</summary>
        public static Task ContactRecorded(Received<ContactRecorded> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct) =>
            Run(transaction, $"""
                INSERT INTO read.contact (contact_id, number, channel, occurred_at) VALUES ({received.Message.ContactId}, {received.Message.Number}, {received.Message.Channel}, {received.Message.OccurredAt})
                ON CONFLICT (contact_id) DO NOTHING
                """, ct);

        private static async Task Tell<T>(
            Received<T> received, StoreTransaction transaction, Guid caseId, string kind, DateTimeOffset at, string? by, FormattableString? picture, CancellationToken ct)
        {
            await Run(transaction, $"""
                INSERT INTO read.case_timeline (event_id, case_id, source, kind, at, by, facts)
                VALUES ({received.MessageId}, {caseId}, {received.Source}, {kind}, {at}, {by}, {Facts(received.Message!)}::jsonb) ON CONFLICT (event_id) DO NOTHING
                """, ct);
            if (picture is not null)
                await Run(transaction, picture, ct);
        }
    }

    private static FormattableString Line(Recorded<CaseEvent> recorded, string kind, DateTimeOffset at, string by, object facts) =>
        $"""
        INSERT INTO read.case_timeline (event_id, case_id, source, kind, at, by, facts)
        VALUES ({recorded.EventId}, {recorded.StreamId}, 'case', {kind}, {at}, {by}, {Facts(facts)}::jsonb)
        """;

    private static string Facts(object facts) => JsonSerializer.Serialize(facts, facts.GetType(), EventCatalogue.Json);

    private static async Task Run(StoreTransaction transaction, FormattableString statement, CancellationToken ct)
    {
        await using var batch = new Npgsql.NpgsqlBatch(transaction.Connection, transaction.Transaction);
        batch.BatchCommands.Add(statement.ToBatchCommand());
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>One line of the timeline.</summary>
    /// <param name="Source">The service that told it.</param>
    /// <param name="Facts">JSON of codes, ids and times.</param>
    public sealed record Entry(string Source, string Kind, DateTime At, string? By, JsonElement Facts);

    /// <summary>Where one of the case's referrals stands.</summary>
    public sealed record ReferralEntry(
        Guid ReferralId, string Number, string DeskId, string AgencyId, string Purpose, string Urgency, string State, DateTime SentAt, DateTime? OpenedAt,
        string? AcknowledgedBy, DateTime? AcknowledgedAt, DateTime? AcceptedAt, DateOnly? ExpectedOn, DateTime? DeclinedAt, string? DeclineReason, string? AdvisedDeskId);

    /// <summary>The timeline of a case, oldest first.</summary>
    public static async Task<IReadOnlyList<Entry>> Read(EventStore store, Guid caseId, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<(string Source, string Kind, DateTime At, string? By, string Facts)>(new CommandDefinition(
            "SELECT source, kind, at, by, facts::text FROM read.case_timeline WHERE case_id = @caseId ORDER BY at, event_id", new { caseId }, cancellationToken: ct));
        return [.. rows.Select(row => new Entry(row.Source, row.Kind, row.At, row.By, JsonElement.Parse(row.Facts)))];
    }

    /// <summary>The joint picture: every referral of a case, oldest first.</summary>
    public static async Task<IReadOnlyList<ReferralEntry>> Referrals(EventStore store, Guid caseId, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        return (await connection.QueryAsync<ReferralEntry>(new CommandDefinition(
            """
            SELECT referral_id AS ReferralId, number, desk_id AS DeskId, agency_id AS AgencyId, purpose, urgency, state, sent_at AS SentAt, opened_at AS OpenedAt,
                   acknowledged_by AS AcknowledgedBy, acknowledged_at AS AcknowledgedAt, accepted_at AS AcceptedAt, expected_on AS ExpectedOn,
                   declined_at AS DeclinedAt, decline_reason AS DeclineReason, advised_desk_id AS AdvisedDeskId
              FROM read.case_referral WHERE case_id = @caseId ORDER BY sent_at, referral_id
            """,
            new { caseId },
            cancellationToken: ct))).AsList();
    }
}
