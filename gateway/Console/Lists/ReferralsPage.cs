using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Lists;

/// <summary>One list of the hotline.</summary>
/// <param name="List">Its code.</param>
/// <param name="Own">Only what the reader began.</param>
/// <param name="After">Where the page before ended; null on the first.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="Counts">Of all lists.</param>
public sealed record ReferralsContent(string List, bool Own, string? After, ReferralLines Lines, ListCounts Counts);

/// <summary>GET /referrals: every list of the hotline's referrals. GET /referrals/rows: the same as a part, when something changed.</summary>
public static class ReferralsPage
{
    /// <summary>The page.</summary>
    public const string Path = "/referrals";

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Referrals).ExcludeFromDescription();
        routes.MapGet($"{Path}/rows", Rows).RequireAction(ConsoleRules.Table, ConsoleRules.Referrals).ExcludeFromDescription();
    }

    /// <summary>The address of a list.</summary>
    public static string Address(string list, bool own = false, string? after = null) => $"{Path}?{Query(list, own, after)}";

    /// <summary>The name of a list.</summary>
    public static string Name(Words words, string list) => list switch
    {
        "mine" => words["List.Mine"],
        "theirs" => words["List.Theirs"],
        "caller" => words["List.Caller"],
        "unknown" => words["List.Unknown"],
        "approvals" => words["List.Approvals"],
        "reviews" => words["List.Reviews"],
        "declined" => words["List.DeclinedList"],
        "returned" => words["List.Returned"],
        "unread" => words["List.UnreadList"],
        "open" => words["List.Open"],
        "done" => words["List.Done"],
        _ => words["List.All"],
    };

    internal static string Query(string list, bool own, string? after) =>
        $"list={Uri.EscapeDataString(list)}{(own ? "&own=true" : "")}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}";

    private static async Task<IResult> Show(Services services, string? list, bool? own, string? after, CancellationToken ct) =>
        Page.Of<ReferralsView>(new { Content = await Read(services, list, own, after, ct) });

    private static async Task<IResult> Rows(Services services, string? list, bool? own, string? after, CancellationToken ct) =>
        Page.Of<ReferralsPart>(new { Content = await Read(services, list, own, after, ct) });

    private static async Task<ReferralsContent> Read(Services services, string? list, bool? own, string? after, CancellationToken ct)
    {
        list = string.IsNullOrEmpty(list) ? "open" : list;
        after = string.IsNullOrEmpty(after) ? null : after;
        var mine = own == true ? "draftedByMe=true" : "";
        var lines = services.Get<ReferralLines>($"referrals?list={Uri.EscapeDataString(list)}&limit=50&{mine}{(after is null ? "" : $"&cursor={Uri.EscapeDataString(after)}")}", ct);
        var counts = services.Get<ListCounts>($"referrals/counts?{mine}", ct);
        await Task.WhenAll(lines, counts);
        return new(list, own ?? false, after, await lines, await counts);
    }
}
