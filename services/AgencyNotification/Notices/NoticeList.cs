using Dapper;
using Hotline111.Contracts.Catalogues;
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
            INSERT INTO read.notice (id, referral_id, case_id, referral_number, desk_id, agency_id, urgency, channel, recorded_at, kind)
            VALUES ({recorded.StreamId}, {e.ReferralId}, {e.CaseId}, {e.ReferralNumber}, {e.DeskId}, {e.AgencyId}, {e.Urgency}, {e.Channel}, {e.At}, {e.Kind ?? NoticeKinds.Sent})
            """,
        _ => null,
    };

    /// <summary>GET /notices: newest first, of one referral or of one kind if asked.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", Handle).RequireAction(NoticeAccess.Table, "notice.list")
            .DescribeList("Các thông báo đã ghi cho đầu mối", "notices recorded for desks")
            .Produces<Page>();

    /// <param name="Cursor">What to pass as <c>cursor</c> for the next page; null at the end.</param>
    public sealed record Page(IReadOnlyList<Row> Items, Guid? Cursor);

    /// <param name="Kind">Code of list notice-kind.</param>
    public sealed record Row(Guid Id, Guid ReferralId, Guid CaseId, string ReferralNumber, string DeskId, string AgencyId, string Urgency, string Channel, DateTime RecordedAt, string Kind);

    private static async Task<IResult> Handle(EventStore store, Guid? referralId, string? kind, Guid? cursor, int? limit, CancellationToken ct)
    {
        if (new BodyErrors().Code("kind", kind, ValueLists.Get("notice-kind").Contains).Problem is { } invalid)
            return invalid;
        var take = Math.Clamp(limit ?? 50, 1, 200);
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(
            """
            SELECT id, referral_id AS ReferralId, case_id AS CaseId, referral_number AS ReferralNumber, desk_id AS DeskId, agency_id AS AgencyId, urgency, channel, recorded_at AS RecordedAt, kind
              FROM read.notice
             WHERE (@referralId::uuid IS NULL OR referral_id = @referralId)
               AND (@kind::text IS NULL OR kind = @kind)
               AND (@cursor::uuid IS NULL OR (recorded_at, id) < (SELECT recorded_at, id FROM read.notice WHERE id = @cursor))
             ORDER BY recorded_at DESC, id DESC LIMIT @take
            """,
            new { referralId, kind, cursor, take = take + 1 },
            cancellationToken: ct))).AsList();
        return Results.Json(rows.Count > take ? new Page(rows[..take], rows[take - 1].Id) : new Page(rows, null));
    }
}
