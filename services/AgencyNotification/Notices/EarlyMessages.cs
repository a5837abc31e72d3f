using Dapper;
using Hotline111.Platform.EventStore;

namespace Hotline111.AgencyNotification.Notices;

/// <summary>
/// Messages that overtook the sending of their referral: a conversation is a stream of its own, and between streams there is no order. Number and
/// urgency are known with the sending only, so that they wait for it.
/// </summary>
public static class EarlyMessages
{
    /// <summary>Keeps a message. Told again it is kept once.</summary>
    public static Task Keep(Cause cause, Told told, StoreTransaction transaction, CancellationToken ct) =>
        transaction.Connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO read.early (message_id, referral_id, case_id, desk_id, agency_id, kind, correlation_id)
            VALUES (@MessageId, @ReferralId, @CaseId, @DeskId, @AgencyId, @Kind, @CorrelationId) ON CONFLICT DO NOTHING
            """,
            new { cause.MessageId, cause.CorrelationId, told.ReferralId, told.CaseId, told.DeskId, told.AgencyId, told.Kind },
            transaction.Transaction,
            cancellationToken: ct));

    /// <summary>Takes what was kept about a referral, in the order of the messages' ids.</summary>
    public static async Task<IReadOnlyList<(Cause Cause, Told Told)>> Take(Guid referralId, string number, string urgency, StoreTransaction transaction, CancellationToken ct) =>
        [.. (await transaction.Connection.QueryAsync<Row>(new CommandDefinition(
                """
                DELETE FROM read.early WHERE referral_id = @referralId
                RETURNING message_id AS MessageId, case_id AS CaseId, desk_id AS DeskId, agency_id AS AgencyId, kind, correlation_id AS CorrelationId
                """,
                new { referralId },
                transaction.Transaction,
                cancellationToken: ct)))
            .OrderBy(row => row.MessageId)
            .Select(row => (new Cause(row.MessageId, row.CorrelationId), new Told(referralId, row.CaseId, number, row.DeskId, row.AgencyId, urgency, row.Kind)))];

    /// <summary>Until the end of the transaction nobody else finds out whether a referral's sending is known: else both could miss the other.</summary>
    public static Task Lock(Guid referralId, StoreTransaction transaction, CancellationToken ct) =>
        transaction.Connection.ExecuteAsync(new CommandDefinition(
            "SELECT pg_advisory_xact_lock(hashtextextended(@referralId::text, 112))", new { referralId }, transaction.Transaction, cancellationToken: ct));

    private sealed record Row(Guid MessageId, Guid CaseId, string DeskId, string AgencyId, string Kind, string? CorrelationId);
}
