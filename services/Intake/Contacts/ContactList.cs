using System.Security.Claims;
using Dapper;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
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
        Amended e => $"""
            UPDATE read.contact SET channel = COALESCE({e.Channel}, channel), caller_kind = COALESCE({e.CallerKind}, caller_kind), occurred_at = COALESCE({e.OccurredAt}, occurred_at),
                   edition = CASE WHEN {PlaceChanges(e)} THEN {e.Place?.Edition} ELSE edition END,
                   province_code = CASE WHEN {PlaceChanges(e)} THEN {e.Place?.ProvinceCode} ELSE province_code END,
                   former_province_code = CASE WHEN {PlaceChanges(e)} THEN {e.Place?.FormerProvinceCode} ELSE former_province_code END,
                   version = {recorded.Version}
             WHERE id = {recorded.StreamId}
            """,
        CaseLinked e => $"UPDATE read.contact SET case_id = {e.CaseId}, version = {recorded.Version} WHERE id = {recorded.StreamId}",
        Closed => $"UPDATE read.contact SET state = 'Closed', version = {recorded.Version} WHERE id = {recorded.StreamId}",
        _ => null,
    };

    /// <summary>GET /contacts: newest first, a page at a time.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", Handle).RequireAction(IntakeAccess.Table, "contact.list")
            .DescribeList("Danh sách lượt liên hệ, không có thông tin cá nhân", "contacts as rows without personal data")
            .WithDescription(
                "mine: open, closed or all of what I recorded. state: Open or Closed. category: a code of main-category or contact-kind-outside-total, or none for not yet "
                + "categorised. number: the human number or how it begins. limit: 1 to 200, 50 when left out. cursor: from the page before. count: all that match, on every page.")
            .ProducesProblem(StatusCodes.Status400BadRequest);

    /// <param name="Cursor">What to pass as <c>cursor</c> for the next page; null at the end.</param>
    /// <param name="Count">How many match in all, on whichever page.</param>
    public sealed record Page(IReadOnlyList<Row> Items, Guid? Cursor, long Count);

    public sealed record Row(
        Guid Id, string Number, string Channel, string CallerKind, string? Category, string? OutsideTotal, string? Edition, string? ProvinceCode, string? FormerProvinceCode,
        DateTime OccurredAt, DateTime RecordedAt, string RecordedBy, string State, Guid? CaseId, long Version);

    // Ids are UUIDv7 when we make them, but callers may bring others: recording time and id together give a stable order.
    private static async Task<Results<Ok<Page>, AccessProblem>> Handle(
        ClaimsPrincipal user, EventStore store, Guid? cursor, int? limit, string? state, string? mine, string? category, string? number, CancellationToken ct)
    {
        if (mine is not (null or "open" or "closed" or "all") || state is not (null or "Open" or "Closed") || number is { Length: > 20 } || category is { Length: > 40 })
            return Problems.RequestMalformed;

        const string matching =
            """
              FROM read.contact c
             WHERE (@state::text IS NULL OR state = @state)
               AND (@by::text IS NULL OR recorded_by = @by)
               AND (@category::text IS NULL OR category = @category OR outside_total = @category OR (@category = 'none' AND category IS NULL AND outside_total IS NULL))
               AND (@number::text IS NULL OR starts_with(number, @number))
            """;
        state ??= mine switch { "open" => "Open", "closed" => "Closed", _ => null };
        var take = Math.Clamp(limit ?? 50, 1, 200);
        var filter = new { state, by = mine is null ? null : user.ActorId, category, number = number?.Trim().ToUpperInvariant(), cursor, take = take + 1 };
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var count = await connection.ExecuteScalarAsync<long>(new CommandDefinition("SELECT count(*) " + matching, filter, cancellationToken: ct));
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            SELECT id, number, channel, caller_kind AS CallerKind, category, outside_total AS OutsideTotal, edition, province_code AS ProvinceCode,
                   former_province_code AS FormerProvinceCode, occurred_at AS OccurredAt, recorded_at AS RecordedAt, recorded_by AS RecordedBy, state, case_id AS CaseId, version
              {matching}
               AND (@cursor::uuid IS NULL OR (recorded_at, id) < (SELECT recorded_at, id FROM read.contact WHERE id = @cursor))
             ORDER BY recorded_at DESC, id DESC LIMIT @take
            """,
            filter,
            cancellationToken: ct))).AsList();
        return TypedResults.Ok(rows.Count > take ? new Page(rows[..take], rows[take - 1].Id, count) : new Page(rows, null, count));
    }

    private static bool PlaceChanges(Amended e) => e.Place is not null || e.Cleared.Contains(ContactPart.Place);
}
