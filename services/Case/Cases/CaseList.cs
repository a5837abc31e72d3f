using Dapper;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.Case.Cases;

/// <summary>The cases as rows without personal data; a person reads them right after writing, so they change with the append.</summary>
public sealed class CaseList : IProjection<CaseEvent>
{
    public string Name => "case-list.1";

    public IReadOnlyList<string> Tables => ["case_list"];

    public FormattableString? Apply(Recorded<CaseEvent> recorded) => recorded.Event switch
    {
        CaseEvent.Opened e => $"""
            INSERT INTO read.case_list (id, number, contact_id, edition, province_code, former_province_code, urgency, risk_level, persons, opened_at, opened_by, version)
            VALUES ({recorded.StreamId}, {e.Number}, {e.ContactId}, {e.Place?.Edition}, {e.Place?.ProvinceCode}, {e.Place?.FormerProvinceCode}, 'standard', 'unknown', 0, {e.At}, {e.By}, {recorded.Version})
            """,
        CaseEvent.PersonAdded => $"UPDATE read.case_list SET persons = persons + 1, version = {recorded.Version} WHERE id = {recorded.StreamId}",
        CaseEvent.Assessed e => $"UPDATE read.case_list SET urgency = {e.Urgency}, risk_level = {e.RiskLevel}, version = {recorded.Version} WHERE id = {recorded.StreamId}",
        _ => $"UPDATE read.case_list SET version = {recorded.Version} WHERE id = {recorded.StreamId}",
    };

    /// <summary>GET /cases: newest first, a page at a time.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", Handle).RequireAction(CaseAccess.Table, "case.list")
            .DescribeList("Danh sách hồ sơ ca, không có thông tin cá nhân", "cases as rows without personal data");

    /// <param name="Cursor">What to pass as <c>cursor</c> for the next page; null at the end.</param>
    public sealed record Page(IReadOnlyList<Row> Items, Guid? Cursor);

    public sealed record Row(Guid Id, string Number, Guid ContactId, string? ProvinceCode, string Urgency, string RiskLevel, int Persons, DateTime OpenedAt, long Version);

    private static async Task<Page> Handle(EventStore store, Guid? cursor, int? limit, CancellationToken ct)
    {
        var take = Math.Clamp(limit ?? 50, 1, 200);
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(
            """
            SELECT id, number, contact_id AS ContactId, province_code AS ProvinceCode, urgency, risk_level AS RiskLevel, persons, opened_at AS OpenedAt, version
              FROM read.case_list
             WHERE @cursor::uuid IS NULL OR (opened_at, id) < (SELECT opened_at, id FROM read.case_list WHERE id = @cursor)
             ORDER BY opened_at DESC, id DESC LIMIT @take
            """,
            new { cursor, take = take + 1 },
            cancellationToken: ct))).AsList();
        return rows.Count > take ? new(rows[..take], rows[take - 1].Id) : new(rows, null);
    }
}
