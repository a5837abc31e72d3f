using System.Security.Claims;
using Dapper;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Referral.Watching;

namespace Hotline111.Referral.Referrals;

/// <summary>The referrals as rows without personal data: a desk's inbox and the hotline's list. Read right after writing, so they change with the append.</summary>
public sealed class ReferralInbox : IProjection<ReferralEvent>, IProjection<WatchEvent>
{
    private const string Columns =
        """
        id, number, case_id AS CaseId, desk_id AS DeskId, agency_id AS AgencyId, province_code AS ProvinceCode, purpose, urgency, state, drafted_at AS DraftedAt, sent_at AS SentAt,
        delivered_at AS DeliveredAt, opened_at AS OpenedAt, acknowledged_by AS AcknowledgedBy, acknowledged_at AS AcknowledgedAt, accepted_at AS AcceptedAt, expected_on AS ExpectedOn,
        declined_at AS DeclinedAt, decline_reason AS DeclineReason, advised_desk_id AS AdvisedDeskId, version
        """;

    public string Name => "referral-inbox.1";

    public IReadOnlyList<string> Tables => ["referral"];

    public FormattableString? Apply(Recorded<ReferralEvent> recorded) => recorded.Event switch
    {
        ReferralEvent.Drafted e => $"""
            INSERT INTO read.referral (id, number, case_id, desk_id, agency_id, sector, province_code, purpose, urgency, state, drafted_at, drafted_by, version)
            VALUES ({recorded.StreamId}, {e.Number}, {e.CaseId}, {e.DeskId}, {e.AgencyId}, {e.Sector}, {e.ProvinceCode}, {e.Purpose}, {e.Urgency}, 'Draft', {e.At}, {e.By}, {recorded.Version})
            """,
        ReferralEvent.Submitted => $"UPDATE read.referral SET state = 'AwaitingApproval', version = {recorded.Version} WHERE id = {recorded.StreamId}",
        ReferralEvent.Returned => $"UPDATE read.referral SET state = 'Draft', version = {recorded.Version} WHERE id = {recorded.StreamId}",
        ReferralEvent.Sent e => $"UPDATE read.referral SET state = 'Sent', sent_at = {e.At}, version = {recorded.Version} WHERE id = {recorded.StreamId}",
        ReferralEvent.Acknowledged e => $"""
            UPDATE read.referral SET state = 'Acknowledged', acknowledged_by = {e.By}, acknowledged_at = {e.At}, version = {recorded.Version} WHERE id = {recorded.StreamId}
            """,
        ReferralEvent.Accepted e => $"""
            UPDATE read.referral SET state = 'Accepted', accepted_at = {e.At}, expected_on = {e.ExpectedOn}, version = {recorded.Version} WHERE id = {recorded.StreamId}
            """,
        ReferralEvent.Declined e => $"""
            UPDATE read.referral SET state = 'Declined', declined_at = {e.At}, decline_reason = {e.Reason}, advised_desk_id = {e.AdvisedDeskId}, version = {recorded.Version}
             WHERE id = {recorded.StreamId}
            """,
        _ => null,
    };

    // A receipt changes the row but never the version: the sheet's ETag is the Referral stream's alone.
    public FormattableString? Apply(Recorded<WatchEvent> recorded) => recorded.Event switch
    {
        WatchEvent.Delivered e => $"UPDATE read.referral SET delivered_at = coalesce(delivered_at, {e.At}) WHERE id = {e.ReferralId}",
        WatchEvent.Opened e => $"UPDATE read.referral SET opened_at = coalesce(opened_at, {e.At}) WHERE id = {e.ReferralId}",
        _ => null,
    };

    /// <summary>GET /inbox: what was sent to the liaison's desks, or to the head's agency. GET /referrals: all, for hotline staff.</summary>
    public static void Map(IEndpointRouteBuilder inbox, IEndpointRouteBuilder referrals)
    {
        inbox.MapGet("/", Inbox).RequireAction(ReferralAccess.Table, "inbox.list")
            .DescribeList("Hộp thư của các đầu mối mà người dùng phụ trách", "what was sent to the desks of the user");
        referrals.MapGet("/", List).RequireAction(ReferralAccess.Table, "referral.list")
            .DescribeList("Danh sách phiếu chuyển tuyến, cho nhân viên tổng đài", "referrals, for hotline staff");
    }

    /// <param name="Cursor">What to pass as <c>cursor</c> for the next page; null at the end.</param>
    public sealed record Page(IReadOnlyList<Row> Items, Guid? Cursor);

    public sealed record Row(
        Guid Id, string Number, Guid CaseId, string DeskId, string AgencyId, string? ProvinceCode, string Purpose, string Urgency, string State, DateTime DraftedAt, DateTime? SentAt,
        DateTime? DeliveredAt, DateTime? OpenedAt, string? AcknowledgedBy, DateTime? AcknowledgedAt, DateTime? AcceptedAt, DateOnly? ExpectedOn, DateTime? DeclinedAt, string? DeclineReason,
        string? AdvisedDeskId, long Version);

    /// <summary>One referral's row, or null.</summary>
    public static async Task<Row?> Find(EventStore store, Guid id, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        return await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition($"SELECT {Columns} FROM read.referral WHERE id = @id", new { id }, cancellationToken: ct));
    }

    private static async Task<Page> Inbox(ClaimsPrincipal user, EventStore store, Guid? cursor, int? limit, string? state, CancellationToken ct)
    {
        var take = Math.Clamp(limit ?? 50, 1, 200);
        var desks = user.DeskIds.ToArray();
        var agency = user.Role == Roles.AgencyHead ? user.AgencyId ?? "" : null;
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            SELECT {Columns} FROM read.referral
             WHERE sent_at IS NOT NULL AND {(agency is null ? "desk_id = ANY(@desks)" : "agency_id = @agency")}
               AND (@state::text IS NULL OR state = @state)
               AND (@cursor::uuid IS NULL OR (sent_at, id) < (SELECT sent_at, id FROM read.referral WHERE id = @cursor))
             ORDER BY sent_at DESC, id DESC LIMIT @take
            """,
            new { desks, agency, state, cursor, take = take + 1 },
            cancellationToken: ct))).AsList();
        return rows.Count > take ? new(rows[..take], rows[take - 1].Id) : new(rows, null);
    }

    private static async Task<Page> List(EventStore store, Guid? cursor, int? limit, string? state, Guid? caseId, CancellationToken ct)
    {
        var take = Math.Clamp(limit ?? 50, 1, 200);
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            SELECT {Columns} FROM read.referral
             WHERE (@state::text IS NULL OR state = @state) AND (@caseId::uuid IS NULL OR case_id = @caseId)
               AND (@cursor::uuid IS NULL OR (drafted_at, id) < (SELECT drafted_at, id FROM read.referral WHERE id = @cursor))
             ORDER BY drafted_at DESC, id DESC LIMIT @take
            """,
            new { state, caseId, cursor, take = take + 1 },
            cancellationToken: ct))).AsList();
        return rows.Count > take ? new(rows[..take], rows[take - 1].Id) : new(rows, null);
    }
}
