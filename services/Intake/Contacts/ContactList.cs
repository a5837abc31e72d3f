using Dapper;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using static Hotline111.Intake.Contacts.ContactEvent;

namespace Hotline111.Intake.Contacts;

/// <summary>The contacts as rows without personal data; a person reads them right after writing, so they change with the append.</summary>
public sealed class ContactList : IProjection<ContactEvent>
{
    public string Name => "contact-list.1";

    public IReadOnlyList<string> Tables => ["contact"];

    public FormattableString? Apply(Recorded<ContactEvent> recorded) => recorded.Event switch
    {
        ContactEvent.Recorded e => $"""
            INSERT INTO read.contact (id, number, channel, caller_kind, edition, province_code, former_province_code, occurred_at, recorded_at, recorded_by, state, version)
            VALUES ({recorded.StreamId}, {e.Number}, {e.Channel}, {e.Caller.Kind}, {e.Place?.Edition}, {e.Place?.ProvinceCode}, {e.Place?.FormerProvinceCode}, {e.OccurredAt}, {e.At}, {e.By}, 'Open', {recorded.Version})
            """,
        Categorised e => $"UPDATE read.contact SET category = {e.Category}, outside_total = {e.OutsideTotal}, version = {recorded.Version} WHERE id = {recorded.StreamId}",
        CaseLinked e => $"UPDATE read.contact SET case_id = {e.CaseId}, version = {recorded.Version} WHERE id = {recorded.StreamId}",
        Closed => $"UPDATE read.contact SET state = 'Closed', version = {recorded.Version} WHERE id = {recorded.StreamId}",
        _ => null,
    };

    /// <summary>GET /contacts: newest first, a page at a time.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", Handle).RequireAction(IntakeAccess.Table, "contact.list")
            .DescribeList("Danh sách lượt liên hệ, không có thông tin cá nhân", "contacts as rows without personal data");

    /// <param name="Cursor">What to pass as <c>cursor</c> for the next page; null at the end.</param>
    public sealed record Page(IReadOnlyList<Row> Items, Guid? Cursor);

    public sealed record Row(
        Guid Id, string Number, string Channel, string CallerKind, string? Category, string? OutsideTotal, string? ProvinceCode, DateTime OccurredAt, string State, Guid? CaseId, long Version);

    // Ids are UUIDv7 when we make them, but callers may bring others: recording time and id together give a stable order.
    private static async Task<Page> Handle(EventStore store, Guid? cursor, int? limit, string? state, CancellationToken ct)
    {
        var take = Math.Clamp(limit ?? 50, 1, 200);
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(
            """
            SELECT id, number, channel, caller_kind AS CallerKind, category, outside_total AS OutsideTotal, province_code AS ProvinceCode,
                   occurred_at AS OccurredAt, state, case_id AS CaseId, version
              FROM read.contact c
             WHERE (@state::text IS NULL OR state = @state)
               AND (@cursor::uuid IS NULL OR (recorded_at, id) < (SELECT recorded_at, id FROM read.contact WHERE id = @cursor))
             ORDER BY recorded_at DESC, id DESC LIMIT @take
            """,
            new { state, cursor, take = take + 1 },
            cancellationToken: ct))).AsList();
        return rows.Count > take ? new(rows[..take], rows[take - 1].Id) : new(rows, null);
    }
}
