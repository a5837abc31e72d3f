using System.Security.Claims;
using Dapper;
using Hotline111.Case.Referrals;
using Hotline111.Case.Releasing;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.Case.Cases;

/// <summary>The cases as rows without personal data; a person reads them right after writing, so they change with the append.</summary>
public sealed class CaseList : IProjection<CaseEvent>
{
    /// <summary>The worklist of needs without an open referral.</summary>
    public const string Unplaced = "unplaced";

    /// <summary>The cases that the reader opened.</summary>
    public const string Mine = "mine";

    /// <summary>
    /// Cases with a need that nobody has: every referral for one purpose was declined, withdrawn though the need was not met, handed on to nowhere, or is with a desk
    /// that the case has been kept from since; and emergencies that were never referred. Says in SQL what <see cref="JointPicture"/> says of one case.
    /// </summary>
    private const string UnplacedCases =
        $"""
        SELECT l.*, EXISTS (SELECT FROM read.case_referral r WHERE r.case_id = l.id) AS referred
          FROM read.case_list l
         WHERE (l.urgency = 'emergency' AND NOT EXISTS (SELECT FROM read.case_referral r WHERE r.case_id = l.id))
            OR l.id IN (SELECT r.case_id FROM read.case_referral r JOIN read.case_list l ON l.id = r.case_id
                         WHERE NOT (r.state = 'HandedOn' AND EXISTS (SELECT FROM read.case_referral n WHERE n.referral_id = r.next_id))
                         GROUP BY r.case_id, r.purpose
                        HAVING bool_and(r.state = 'Declined' OR (r.state = 'Withdrawn' AND r.withdrawal_reason IS DISTINCT FROM 'need_met')
                                     OR (r.state <> 'Withdrawn' AND NOT (r.state = 'Closed' AND NOT r.correction_due) AND {CaseReferral.IsExcluded})))
        """;

    /// <summary>The most urgent first.</summary>
    private const string Rank = "CASE urgency WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 WHEN 'standard' THEN 2 ELSE 3 END";

    private const string Columns =
        """
        id, number, contact_id AS ContactId, province_code AS ProvinceCode, urgency, risk_level AS RiskLevel, persons, opened_at AS OpenedAt, version,
        awaits_details AS AwaitsDetails, excluded_agencies AS ExcludedAgencies, excluded_provinces AS ExcludedProvinces
        """;

    public string Name => "case-list.1";

    public IReadOnlyList<string> Tables => ["case_list"];

    public FormattableString? Apply(Recorded<CaseEvent> recorded) => recorded.Event switch
    {
        CaseEvent.Opened e => $"""
            INSERT INTO read.case_list (id, number, contact_id, edition, province_code, former_province_code, urgency, risk_level, persons, opened_at, opened_by, version, awaits_details)
            VALUES ({recorded.StreamId}, {e.Number}, {e.ContactId}, {e.Place?.Edition}, {e.Place?.ProvinceCode}, {e.Place?.FormerProvinceCode},
                    {(e.Emergency is true ? Urgency.Emergency : Urgency.Standard)}, 'unknown', 0, {e.At}, {e.By}, {recorded.Version}, {e.Emergency is true})
            """,
        CaseEvent.Completed e => $"""
            UPDATE read.case_list SET edition = {e.Place?.Edition}, province_code = {e.Place?.ProvinceCode}, former_province_code = {e.Place?.FormerProvinceCode},
                   awaits_details = false, version = {recorded.Version}
             WHERE id = {recorded.StreamId}
            """,
        CaseEvent.PersonAdded => $"UPDATE read.case_list SET persons = persons + 1, version = {recorded.Version} WHERE id = {recorded.StreamId}",
        CaseEvent.Assessed e => $"UPDATE read.case_list SET urgency = {e.Urgency}, risk_level = {e.RiskLevel}, version = {recorded.Version} WHERE id = {recorded.StreamId}",
        CaseEvent.Restricted e => $"""
            UPDATE read.case_list SET excluded_agencies = {e.Agencies.ToArray()}, excluded_provinces = {e.Provinces.ToArray()}, version = {recorded.Version}
             WHERE id = {recorded.StreamId}
            """,
        _ => $"UPDATE read.case_list SET version = {recorded.Version} WHERE id = {recorded.StreamId}",
    };

    /// <summary>
    /// GET /cases: newest first, a page at a time. GET /cases?list=mine: those that the reader opened. GET /cases?list=unplaced: needs without an open referral, the
    /// most urgent first and of those the oldest. With <c>number</c> only those whose number begins so.
    /// </summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", Handle).RequireAction(CaseAccess.Table, "case.list")
            .DescribeList("Danh sách hồ sơ ca, không có thông tin cá nhân", "cases as rows without personal data")
            .Produces<Page>();

    /// <param name="Cursor">What to pass as <c>cursor</c> for the next page; null at the end.</param>
    /// <param name="Counts">How many there are in all, on the worklist; else null.</param>
    public sealed record Page(IReadOnlyList<Row> Items, Guid? Cursor, Counts? Counts = null);

    /// <summary>How many cases stand on the worklist.</summary>
    /// <param name="Unplaced">All of them.</param>
    /// <param name="Emergency">Those that are emergencies.</param>
    /// <param name="NeverReferred">Emergencies that were never referred.</param>
    public sealed record Counts(long Unplaced, long Emergency, long NeverReferred);

    public sealed record Row
    {
        public Guid Id { get; init; }

        public string Number { get; init; } = "";

        public Guid ContactId { get; init; }

        public string? ProvinceCode { get; init; }

        public string Urgency { get; init; } = "";

        public string RiskLevel { get; init; } = "";

        public int Persons { get; init; }

        public DateTime OpenedAt { get; init; }

        public long Version { get; init; }

        /// <summary>An emergency opened it, and nobody has added yet what is known.</summary>
        public bool AwaitsDetails { get; init; }

        /// <summary>Agencies that must not learn of it.</summary>
        public string[] ExcludedAgencies { get; init; } = [];

        /// <summary>Provinces whose desks must not learn of it.</summary>
        public string[] ExcludedProvinces { get; init; } = [];

        /// <summary>Code of list joint-standing.</summary>
        public string Standing { get; init; } = "";

        /// <summary>Needs without a receiver: codes of list referral-purpose.</summary>
        public IReadOnlyList<string> UnplacedPurposes { get; init; } = [];
    }

    /// <param name="list">"unplaced" for the worklist, "mine" for one's own; left out for all cases.</param>
    /// <param name="number">A human number or how it begins, at most 20 characters; not for the worklist.</param>
    private static async Task<IResult> Handle(ClaimsPrincipal user, EventStore store, string? list, string? number, Guid? cursor, int? limit, CancellationToken ct)
    {
        if (new BodyErrors().Code("list", list, name => name is Unplaced or Mine).Text("number", number, 20).Problem is { } invalid)
            return invalid;
        var take = Math.Clamp(limit ?? 50, 1, 200);
        var arguments = new { by = list == Mine ? user.ActorId : null, number = number?.Trim().ToUpperInvariant(), cursor, take = take + 1, KnownDesks.AtStart.StartDesks, KnownDesks.AtStart.StartProvinces };
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition(
            list == Unplaced
                ? $"""
                  SELECT {Columns} FROM ({UnplacedCases}) AS c
                   WHERE @cursor::uuid IS NULL OR ({Rank}, opened_at, id) > (SELECT {Rank}, opened_at, id FROM read.case_list WHERE id = @cursor)
                   ORDER BY {Rank}, opened_at, id LIMIT @take
                  """
                : $"""
                  SELECT {Columns} FROM read.case_list
                   WHERE (@by::text IS NULL OR opened_by = @by) AND (@number::text IS NULL OR starts_with(number, @number))
                     AND (@cursor::uuid IS NULL OR (opened_at, id) < (SELECT opened_at, id FROM read.case_list WHERE id = @cursor))
                   ORDER BY opened_at DESC, id DESC LIMIT @take
                  """,
            arguments,
            cancellationToken: ct))).AsList();
        var counts = list != Unplaced ? null : await connection.QuerySingleAsync<Counts>(new CommandDefinition(
            $"""
            SELECT count(*) AS Unplaced, count(*) FILTER (WHERE urgency = 'emergency') AS Emergency, count(*) FILTER (WHERE NOT referred) AS NeverReferred
              FROM ({UnplacedCases}) AS c
            """,
            arguments,
            cancellationToken: ct));

        var page = rows.Take(take).ToList();
        var referrals = await CaseReferral.Of(store, [.. page.Select(row => row.Id)], ct);
        var shown = page.Select(row => JointPicture.Of([.. referrals[row.Id]], []) is var picture ? row with { Standing = picture.Standing, UnplacedPurposes = picture.UnplacedPurposes } : row);
        return Results.Json(new Page([.. shown], rows.Count > take ? page[^1].Id : null, counts));
    }
}
