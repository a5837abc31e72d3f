using Dapper;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.AgencyNotification.Notices;

/// <summary>The notices as rows; they hold no personal data.</summary>
public sealed class NoticeList : IProjection<NoticeEvent>
{
    public string Name => "notice-list.1";

    public IReadOnlyList<string> Tables => ["notice"];

    public FormattableString? Apply(Recorded<NoticeEvent> recorded) => recorded.Event switch
    {
        NoticeEvent.Recorded e => $"""
            INSERT INTO read.notice (id, referral_id, case_id, referral_number, desk_id, agency_id, urgency, channel, recorded_at)
            VALUES ({recorded.StreamId}, {e.ReferralId}, {e.CaseId}, {e.ReferralNumber}, {e.DeskId}, {e.AgencyId}, {e.Urgency}, {e.Channel}, {e.At})
            """,
        _ => null,
    };

    /// <summary>GET /notices: newest first, of one referral if asked.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", Handle).RequireAction(NoticeAccess.Table, "notice.list")
            .DescribeList("Các thông báo đã ghi cho đầu mối", "notices recorded for desks");

    /// <param name="Cursor">What to pass as <c>cursor</c> for the next page; null at the end.</param>
    public sealed record Page(IReadOnlyList<Row> Items, Guid? Cursor);

    public sealed record Row(Guid Id, Guid ReferralId, Guid CaseId, string ReferralNumber, string DeskId, string AgencyId, string Urgency, string Channel, DateTime RecordedAt);

    private static async Task<Page> Handle(EventStore store, Guid? referralId, Guid? cursor, int? limit, CancellationToken ct)
    {
        var take = Math.Clamp(limit ?? 50, 1, 200);
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(
            """
            SELECT id, referral_id AS ReferralId, case_id AS CaseId, referral_number AS ReferralNumber, desk_id AS DeskId, agency_id AS AgencyId, urgency, channel, recorded_at AS RecordedAt
              FROM read.notice
             WHERE (@referralId::uuid IS NULL OR referral_id = @referralId)
               AND (@cursor::uuid IS NULL OR (recorded_at, id) < (SELECT recorded_at, id FROM read.notice WHERE id = @cursor))
             ORDER BY recorded_at DESC, id DESC LIMIT @take
            """,
            new { referralId, cursor, take = take + 1 },
            cancellationToken: ct))).AsList();
        return rows.Count > take ? new(rows[..take], rows[take - 1].Id) : new(rows, null);
    }
}
