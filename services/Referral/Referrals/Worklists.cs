using System.Buffers.Text;
using System.Globalization;
using System.Security.Claims;
using System.Text;
using Dapper;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.Referral.Referrals;

/// <summary>
/// Referrals by who must act next. GET /inbox: what was sent to the liaison's desks, or to the head's agency. GET /referrals: the hotline's. GET /inbox/counts and
/// GET /referrals/counts: how many stand in each list. GET /referrals/counts/desks: how many lie at each desk.
/// </summary>
/// <remarks>
/// Pages go on after the last row they showed, by what never changes in a row once it can be listed: its urgency, the time it was sent (for the hotline: drafted) and
/// its id. So while rows move between lists no row is shown twice, and every row that stays in the list from the first page to the last is shown exactly once. One
/// that comes or goes meanwhile may be shown or not.
/// </remarks>
public static class Worklists
{
    /// <summary>How many rows a page has at most.</summary>
    public const int LargestPage = 200;

    private const int UsualPage = 50;

    // What was declined is the need of a case again until the same need of the case was sent to somebody later.
    private const string NotPlacedAnew =
        """
        NOT EXISTS (SELECT FROM read.referral n WHERE n.case_id = r.case_id AND n.purpose = r.purpose AND n.id <> r.id AND n.drafted_at > r.declined_at AND n.state <> 'Withdrawn')
        """;

    // What lies at a desk that the case excludes by now is seen by nobody there: it is the hotline's, to be withdrawn and placed elsewhere. Asked from the exclusions,
    // which are few, so that nobody walks through what lies at all the others.
    private static readonly string Unseen =
        $"""
        r.id = ANY(ARRAY(SELECT e.id FROM read.case_exclusion x CROSS JOIN LATERAL (
            SELECT e.id FROM read.referral e
             WHERE e.case_id = x.case_id AND e.turn IN ('theirs', 'caller') AND (e.agency_id = ANY(x.agencies) OR {ReferralRow.Lies("e", "x.provinces")}) OFFSET 0) e))
        """;

    /// <summary>A desk's lists. Each referral that was sent stands in exactly one of new, answer, to-report, waiting, on-hold and done; the others look across.</summary>
    private static readonly Worklist[] OfDesks =
    [
        new("new", "r.desk_list = 'new' AND r.desk_list <> 'done'"),
        new("answer", "r.desk_list = 'answer' AND r.desk_list <> 'done'"),
        new("to-report", "r.desk_list = 'to-report' AND r.desk_list <> 'done'"),
        new("waiting", "r.desk_list = 'waiting' AND r.desk_list <> 'done'"),
        new("on-hold", "r.desk_list = 'on-hold' AND r.desk_list <> 'done'"),
        new("done", "r.desk_list = 'done'", Newest: true),
        new("open", "r.desk_list <> 'done'"),
        new("to-confirm", "r.unconfirmed > 0", Newest: true),
        new("unread", "r.desk_unread > 0", Newest: true),
        new("all", "true", Newest: true),
    ];

    /// <summary>
    /// The hotline's lists. Each referral stands in exactly one of theirs, mine, caller, approvals and done; reviews, declined, returned, unknown and unread look across.
    /// </summary>
    private static readonly Worklist[] OfHotline = Hotline(NotPlacedAnew);

    // For the figures the question is asked once of each row that it concerns, and not once for every list.
    private static readonly Worklist[] CountedOfHotline = Hotline("r.unplaced");

    private const string RowsOfHotline = $"(SELECT r.*, CASE WHEN r.turn = 'declined' THEN {NotPlacedAnew} END AS unplaced FROM read.referral r OFFSET 0)";

    private static Worklist[] Hotline(string unplaced) =>
    [
        new("theirs", $"r.turn = 'theirs' AND r.turn <> 'done' AND NOT {Unseen}"),
        new("mine", $"r.turn IN ('mine', 'declined') AND (r.turn = 'mine' OR {unplaced})", Beside: Unseen),
        new("caller", $"r.turn = 'caller' AND r.turn <> 'done' AND NOT {Unseen}"),
        new("approvals", "r.turn = 'approvals' AND r.turn <> 'done'"),
        new("done", $"(r.turn = 'done' OR (r.turn = 'declined' AND NOT {unplaced}))", Newest: true),
        new("open", $"r.turn <> 'done' AND (r.turn <> 'declined' OR {unplaced})"),
        new("reviews", "r.review_due"),
        new("declined", $"r.turn = 'declined' AND r.turn <> 'done' AND {unplaced}"),
        // A draft that came back from the supervisor, and data that came back from the desk, which may find out after the end what it should not have got.
        new("returned", "((r.state = 'Draft' AND r.returned) OR r.data_cut)"),
        // Nobody knows what became of it: no longer anybody's turn in truth, though the desk still owes the answer.
        new("unknown", "r.turn <> 'done' AND r.outcome_unknown"),
        new("unread", "r.hotline_unread > 0", Newest: true),
        new("all", "true", Newest: true),
    ];

    public static void Map(IEndpointRouteBuilder inbox, IEndpointRouteBuilder referrals)
    {
        inbox.MapGet("/", Inbox).RequireAction(ReferralAccess.Table, "inbox.list")
            .DescribeList("Hộp thư của các đầu mối mà người dùng phụ trách", "what was sent to the desks of the user").Produces<Page>().ProducesProblem(StatusCodes.Status400BadRequest);
        inbox.MapGet("/counts", InboxCounts).RequireAction(ReferralAccess.Table, "inbox.count")
            .DescribeList("Số phiếu trong từng danh sách của hộp thư", "how many stand in each list of the inbox").Produces<Counts>();
        referrals.MapGet("/", List).RequireAction(ReferralAccess.Table, "referral.list")
            .DescribeList("Danh sách phiếu chuyển tuyến, cho nhân viên tổng đài", "referrals, for hotline staff").Produces<Page>().ProducesProblem(StatusCodes.Status400BadRequest);
        referrals.MapGet("/counts", ListCounts).RequireAction(ReferralAccess.Table, "referral.count")
            .DescribeList("Số phiếu trong từng danh sách của tổng đài", "how many stand in each list of the hotline").Produces<Counts>();
        referrals.MapGet("/counts/desks", DeskFigures).RequireAction(ReferralAccess.Table, "referral.count")
            .DescribeList("Số phiếu đang mở ở từng đầu mối", "how many lie open at each desk").Produces<DeskFigureList>();
    }

    /// <param name="Cursor">What to pass as <c>cursor</c> for the next page; null at the end.</param>
    public sealed record Page(IReadOnlyList<ReferralRow> Items, string? Cursor);

    /// <param name="Lists">By the list's code.</param>
    /// <param name="Unread">How many messages of the other side nobody of this side has read.</param>
    /// <param name="Claimed">How many open referrals the reader has to hand; 0 for the hotline.</param>
    public sealed record Counts(IReadOnlyDictionary<string, long> Lists, long Unread, long Claimed);

    /// <param name="Items">Desks with something open, those first where an emergency waits for somebody to acknowledge it.</param>
    public sealed record DeskFigureList(IReadOnlyList<DeskFigure> Items);

    /// <summary>What lies at one desk.</summary>
    /// <param name="Open">Sent to it and not over.</param>
    /// <param name="Unacknowledged">Of these, what nobody there has acknowledged.</param>
    /// <param name="Emergencies">Of those, emergencies.</param>
    /// <param name="OldestSentAt">When the oldest of the unacknowledged was sent; null when there is none.</param>
    public sealed record DeskFigure(string DeskId, string AgencyId, long Open, long Unacknowledged, long Emergencies, DateTime? OldestSentAt);

    /// <param name="Code">Its public name.</param>
    /// <param name="Condition">Which rows <c>r</c> stand in it.</param>
    /// <param name="Newest">Read newest first; else most urgent first, then newest.</param>
    /// <param name="Beside">Which other rows stand in it, found along another index; null for none.</param>
    private sealed record Worklist(string Code, string Condition, bool Newest = false, string? Beside = null);

    /// <summary>Where a page ended.</summary>
    private sealed record Place(int? Rank, DateTime At, Guid Id)
    {
        public string Write() => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Rank}.{At.Ticks}.{Id:N}")));

        /// <summary>The place that a cursor names, or null when it is none of this order.</summary>
        public static Place? Read(string cursor, bool ranked)
        {
            if (cursor.Length > 100 || !Base64Url.IsValid(cursor))
                return null;
            return Encoding.ASCII.GetString(Base64Url.DecodeFromChars(cursor)).Split('.') is [var rank, var ticks, var id]
                && ranked == (rank.Length > 0)
                && int.TryParse(ranked ? rank : "0", NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTime.MaxValue.Ticks
                && Guid.TryParseExact(id, "N", out var guid)
                    ? new(ranked ? number : null, new DateTime(at, DateTimeKind.Utc), guid)
                    : null;
        }
    }

    /// <summary>What of an inbox is asked for.</summary>
    /// <param name="List">Code of a desk's list; open ones if left out, or all when a state or a case is named.</param>
    /// <param name="State">Code of list referral-state.</param>
    /// <param name="Urgency">Code of list urgency.</param>
    /// <param name="Desk">One of the reader's desks.</param>
    /// <param name="Claimed">"me" or "nobody".</param>
    /// <param name="Cursor">From the page before.</param>
    /// <param name="Limit">1 to 200; 50 if left out.</param>
    public sealed record InboxFilter(string? List, string? State, string? Urgency, string? Desk, Guid? CaseId, string? Claimed, string? Cursor, int? Limit);

    /// <inheritdoc cref="InboxFilter"/>
    /// <param name="List">Code of a list of the hotline; open ones if left out, or all when a state or a case is named.</param>
    /// <param name="DraftedByMe">Only what the reader began.</param>
    public sealed record HotlineFilter(string? List, string? State, string? Urgency, string? Desk, string? Agency, Guid? CaseId, bool? DraftedByMe, string? Cursor, int? Limit);

    /// <summary>One page as a statement.</summary>
    /// <param name="Take">How many rows the page has; the statement gives one more, which tells whether there is a next page.</param>
    /// <param name="Ranked">Most urgent first.</param>
    /// <param name="Sent">In the order of sending; else of drafting.</param>
    public sealed record Statement(string Sql, DynamicParameters Parameters, int Take, bool Ranked, bool Sent);

    /// <summary>The page of an inbox, or what is wrong with the question.</summary>
    public static (Statement? Statement, IResult? Problem) Of(ClaimsPrincipal user, InboxFilter asked)
    {
        var errors = new BodyErrors().Code("claimed", asked.Claimed, code => code is "me" or "nobody");
        List<string> conditions = [ReferralRow.NotExcluded, ReferralRow.Within(user)];
        var parameters = ReferralRow.Parameters(user);
        Filter(conditions, parameters, "desk_id", "desk", asked.Desk);
        Filter(conditions, parameters, "case_id", "caseId", asked.CaseId);
        if (asked.Claimed is not null)
            conditions.Add(asked.Claimed == "me" ? "r.claimed_by = @me" : "r.claimed_by IS NULL");
        parameters.Add("me", user.ActorId);
        // A desk at a time, so that each is read along its index however many there are.
        var (places, column) = user.Role == Roles.AgencyHead ? (new[] { user.AgencyId ?? "" }, "agency_id") : ([.. user.DeskIds], "desk_id");
        parameters.Add("places", places);
        return PageOf(
            user, OfDesks, asked.List ?? (asked.State is null && asked.CaseId is null ? "open" : "all"), asked.State, asked.Urgency, asked.Cursor, asked.Limit, "sent_at", conditions, parameters,
            errors, page => $"SELECT r.* FROM unnest(@places::text[]) AS place(id) CROSS JOIN LATERAL (SELECT r.* FROM read.referral r WHERE r.{column} = place.id AND r.sent_at IS NOT NULL AND {page}) r");
    }

    /// <summary>The page of the hotline's list, or what is wrong with the question.</summary>
    public static (Statement? Statement, IResult? Problem) Of(ClaimsPrincipal user, HotlineFilter asked)
    {
        List<string> conditions = [];
        var parameters = new DynamicParameters();
        Filter(conditions, parameters, "desk_id", "desk", asked.Desk);
        Filter(conditions, parameters, "agency_id", "agency", asked.Agency);
        Filter(conditions, parameters, "case_id", "caseId", asked.CaseId);
        if (asked.DraftedByMe == true)
            Filter(conditions, parameters, "drafted_by", "me", user.ActorId);
        return PageOf(
            user, OfHotline, asked.List ?? (asked.State is null && asked.CaseId is null ? "open" : "all"), asked.State, asked.Urgency, asked.Cursor, asked.Limit, "drafted_at", conditions,
            parameters, new(), page => $"SELECT r.* FROM read.referral r WHERE {page}");
    }

    private static (Statement? Statement, IResult? Problem) PageOf(
        ClaimsPrincipal user, Worklist[] lists, string list, string? state, string? urgency, string? cursor, int? limit, string time, List<string> conditions, DynamicParameters parameters,
        BodyErrors errors, Func<string, string> rows)
    {
        var worklist = lists.FirstOrDefault(each => each.Code == list);
        var place = cursor is null || worklist is null ? null : Place.Read(cursor, ranked: !worklist.Newest);
        errors = errors
            .When(worklist is null, "list", "Không có danh sách này.", "There is no such list.")
            .Code("state", state, ValueLists.Get("referral-state").Contains)
            .Code("urgency", urgency, ValueLists.Get("urgency").Contains)
            .When(cursor is not null && worklist is not null && place is null, "cursor", "Không phải vị trí mà trang trước đã cho.", "This is not what the page before gave.")
            .When(limit is < 1 or > LargestPage, "limit", "Từ 1 đến 200.", "From 1 to 200.");
        if (errors.Problem is { } invalid)
            return (null, invalid);

        Filter(conditions, parameters, "state", "state", state);
        Filter(conditions, parameters, "urgency", "urgency", urgency);
        if (place is not null)
        {
            conditions.Add(worklist!.Newest ? $"(r.{time}, r.id) < (@at, @id)" : $"r.urgency_rank >= @rank AND (r.urgency_rank > @rank OR (r.{time}, r.id) < (@at, @id))");
            parameters.Add("rank", (short)(place.Rank ?? 0));
            parameters.Add("at", place.At);
            parameters.Add("id", place.Id);
        }

        var take = limit ?? UsualPage;
        parameters.Add("take", take + 1);
        var order = $"ORDER BY {(worklist!.Newest ? "" : "r.urgency_rank, ")}r.{time} DESC, r.id DESC LIMIT @take";
        var from = worklist.Beside is { } beside ? $"({Rows(worklist.Condition)}) UNION ALL ({Rows(beside)})" : Rows(worklist.Condition);
        var sql = $"SELECT {ReferralRow.Columns(user)} FROM ({from}) r {order}";
        return (new(sql, parameters, take, !worklist.Newest, time == "sent_at"), null);

        string Rows(string condition) => rows($"{string.Join(" AND ", conditions.Append(condition))} {order}");
    }

    private static Task<IResult> Inbox(ClaimsPrincipal user, EventStore store, [AsParameters] InboxFilter asked, CancellationToken ct) => Read(store, Of(user, asked), ct);

    private static Task<IResult> List(ClaimsPrincipal user, EventStore store, [AsParameters] HotlineFilter asked, CancellationToken ct) => Read(store, Of(user, asked), ct);

    private static async Task<IResult> Read(EventStore store, (Statement? Statement, IResult? Problem) asked, CancellationToken ct)
    {
        if (asked.Statement is not { } page)
            return asked.Problem!;
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var found = (await connection.QueryAsync<ReferralRow>(new CommandDefinition(page.Sql, page.Parameters, cancellationToken: ct))).AsList();
        if (found.Count <= page.Take)
            return Results.Json(new Page(found, null));
        var last = found[page.Take - 1];
        var end = new Place(page.Ranked ? RankOf(last.Urgency) : null, page.Sent ? last.SentAt!.Value : last.DraftedAt, last.Id);
        return Results.Json(new Page(found[..page.Take], end.Write()));
    }

    private static async Task<IResult> InboxCounts(ClaimsPrincipal user, EventStore store, CancellationToken ct)
    {
        var parameters = ReferralRow.Parameters(user);
        parameters.Add("me", user.ActorId);
        return await Count(store, OfDesks, "read.referral", "desk_unread", "count(*) FILTER (WHERE r.claimed_by = @me AND r.desk_list <> 'done')", ReferralRow.Visible(user), parameters, ct);
    }

    /// <param name="draftedByMe">Only what the reader began.</param>
    private static Task<IResult> ListCounts(ClaimsPrincipal user, EventStore store, bool? draftedByMe, CancellationToken ct)
    {
        List<string> conditions = ["true"];
        var parameters = new DynamicParameters();
        if (draftedByMe == true)
            Filter(conditions, parameters, "drafted_by", "me", user.ActorId);
        return Count(store, CountedOfHotline, RowsOfHotline, "hotline_unread", "0::bigint", string.Join(" AND ", conditions), parameters, ct);
    }

    private static async Task<IResult> DeskFigures(EventStore store, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var figures = await connection.QueryAsync<DeskFigure>(new CommandDefinition(
            """
            SELECT r.desk_id AS DeskId, r.agency_id AS AgencyId, count(*) AS Open, count(*) FILTER (WHERE r.desk_list = 'new') AS Unacknowledged,
                   count(*) FILTER (WHERE r.desk_list = 'new' AND r.urgency_rank = 0) AS Emergencies, min(r.sent_at) FILTER (WHERE r.desk_list = 'new') AS OldestSentAt
              FROM read.referral r WHERE r.desk_list <> 'done'
             GROUP BY r.desk_id, r.agency_id ORDER BY Emergencies DESC, Unacknowledged DESC, Open DESC, r.desk_id
            """,
            cancellationToken: ct));
        return Results.Json(new DeskFigureList(figures.AsList()));
    }

    // One statement, so that the figures are of one moment.
    private static async Task<IResult> Count(EventStore store, Worklist[] lists, string rows, string unread, string claimed, string condition, DynamicParameters parameters, CancellationToken ct)
    {
        var figures = string.Join(", ", lists.Select(list => $"count(*) FILTER (WHERE {(list.Beside is { } beside ? $"({list.Condition}) OR {beside}" : list.Condition)})"));
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
            $"SELECT coalesce(sum(r.{unread}), 0)::bigint, {claimed}, {figures} FROM {rows} r WHERE {condition}", parameters, cancellationToken: ct));
        await reader.ReadAsync(ct);
        return Results.Json(new Counts(lists.Select((list, i) => (list.Code, reader.GetInt64(i + 2))).ToDictionary(each => each.Code, each => each.Item2), reader.GetInt64(0), reader.GetInt64(1)));
    }

    private static void Filter(List<string> conditions, DynamicParameters parameters, string column, string name, object? value)
    {
        if (value is null)
            return;
        conditions.Add($"r.{column} = @{name}");
        parameters.Add(name, value);
    }

    // As the table works it out.
    private static int RankOf(string urgency) => urgency switch
    {
        Urgency.Emergency => 0,
        Urgency.Urgent => 1,
        Urgency.Standard => 2,
        _ => 3,
    };
}
