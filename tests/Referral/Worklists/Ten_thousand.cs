using System.Security.Claims;
using System.Text.Json;
using Dapper;
using Hotline111.Contracts.Access;
using Hotline111.Referral.Tests.Running;
using Listing = Hotline111.Referral.Referrals.Worklists;

namespace Hotline111.Referral.Tests.Worklists;

/// <summary>A desk with 10,000 referrals reads its first page along an index and no more of it than the page; so does the hotline.</summary>
public sealed class Ten_thousand
{
    private const int Rows = 10_000;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static readonly ClaimsPrincipal Liaison = User(Roles.Liaison, "police.08");
    private static readonly ClaimsPrincipal Head = User(Roles.AgencyHead);
    private static readonly ClaimsPrincipal Staff = User(Roles.Supervisor);

    [Fact]
    public async Task Every_first_page_is_read_along_its_index()
    {
        await using var store = await ReferralStore.Create();
        // Rows as the read model has them after years: every state, four urgencies, every tenth case excludes somebody else.
        await store.Do(
            $"""
            INSERT INTO read.referral (id, number, case_id, desk_id, agency_id, sector, province_code, purpose, urgency, state, drafted_at, drafted_by, sent_at, hold_reason, review_due, data_cut, declined_at, version)
            SELECT gen_random_uuid(), 'RF-2026-' || n, gen_random_uuid(), 'police.08', 'police.08', 'police', '08', 'verify_rescue',
                   (array['emergency', 'urgent', 'standard', 'information'])[n % 4 + 1],
                   (array['Sent', 'Acknowledged', 'NeedsInformation', 'Accepted', 'Acting', 'OnHold', 'Reported', 'Closed', 'Declined', 'Withdrawn'])[n % 10 + 1],
                   now() - n * interval '7 minutes', 'counsellor-1', now() - n * interval '7 minutes', 'other', n % 40 = 0, n % 50 = 0, CASE WHEN n % 10 = 8 THEN now() END, 5
              FROM generate_series(1, {Rows}) n;
            INSERT INTO read.case_exclusion (case_id, agencies, provinces) SELECT case_id, array['c02'], array['01'] FROM read.referral WHERE number LIKE '%0';
            ANALYZE read.referral;
            ANALYZE read.case_exclusion;
            """);
        (string Index, Listing.Statement? Page)[] pages =
        [
            ("referral_desk_open", Inbox(Liaison)),
            ("referral_desk_list", Inbox(Liaison, "on-hold")),
            ("referral_desk_list", Inbox(Liaison, "new")),
            ("referral_desk", Inbox(Liaison, "done")),
            ("referral_desk", Inbox(Liaison, "all")),
            ("referral_agency_open", Inbox(Head)),
            ("referral_turn", Hotline("theirs")),
            ("referral_open", Hotline(null)),
            ("referral_mine", Hotline("mine")),
            ("referral_at_desk", Hotline("mine")),
            ("referral_review", Hotline("reviews")),
            ("referral_returned", Hotline("returned")),
            ("referral_drafted", Hotline("done")),
            ("referral_drafted", Hotline("all")),
        ];
        foreach (var (index, page) in pages)
        {
            await using var connection = await store.Store.Source.OpenConnectionAsync(Ct);
            var plan = JsonSerializer.Deserialize<JsonElement>((await connection.QuerySingleAsync<string>($"EXPLAIN (FORMAT JSON, ANALYZE) {page!.Sql}", page.Parameters))!)[0].GetProperty("Plan");
            var nodes = Nodes(plan).ToList();
            nodes.ShouldContain(node => Text(node, "Index Name") == index, $"{index}: {plan}");
            nodes.ShouldNotContain(node => Text(node, "Node Type") == "Seq Scan" && Text(node, "Relation Name") == "referral", $"{index}: {plan}");
            // It stops at the end of the page: no list makes it walk through the others' rows.
            nodes.Where(node => Text(node, "Index Name") == index).Sum(node => node.GetProperty("Actual Rows").GetDouble()).ShouldBeLessThan(1000, index);
        }
    }

    private static Listing.Statement? Inbox(ClaimsPrincipal user, string? list = null) => Listing.Of(user, new Listing.InboxFilter(list, null, null, null, null, null, null, null)).Statement;

    private static Listing.Statement? Hotline(string? list) => Listing.Of(Staff, new Listing.HotlineFilter(list, null, null, null, null, null, null, null, null)).Statement;

    private static ClaimsPrincipal User(string role, params string[] desks) => new(new ClaimsIdentity(
        [new("sub", "somebody"), new("role", role), new("agency", "police.08"), .. desks.Select(desk => new Claim("desk", desk))]));

    private static IEnumerable<JsonElement> Nodes(JsonElement plan) =>
        plan.TryGetProperty("Plans", out var plans) ? plans.EnumerateArray().SelectMany(Nodes).Prepend(plan) : [plan];

    private static string? Text(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? value.GetString() : null;
}
