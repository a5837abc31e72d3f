using Hotline111.Console.Lists;
using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Supervision;

/// <summary>What waits for a supervisor.</summary>
/// <param name="Approvals">Before it is sent.</param>
/// <param name="Reviews">After it was sent at once.</param>
/// <param name="Counts">How many there are in all.</param>
/// <param name="People">Who began them.</param>
public sealed record ApprovalsContent(ReferralLines Approvals, ReferralLines Reviews, ListCounts Counts, Colleagues People);

/// <summary>GET /supervision/approvals: referrals that wait for approval, and those that went out without one. GET /supervision/approvals/rows: the same as a part.</summary>
public static class ApprovalsPage
{
    /// <summary>The page.</summary>
    public const string Path = "/supervision/approvals";

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Supervision).ExcludeFromDescription();
        routes.MapGet($"{Path}/rows", Rows).RequireAction(ConsoleRules.Table, ConsoleRules.Supervision).ExcludeFromDescription();
    }

    private static async Task<IResult> Show(Services services, CancellationToken ct) => Page.Of<ApprovalsView>(new { Content = await Read(services, ct) });

    private static async Task<IResult> Rows(Services services, CancellationToken ct) => Page.Of<ApprovalsPart>(new { Content = await Read(services, ct) });

    private static async Task<ApprovalsContent> Read(Services services, CancellationToken ct)
    {
        var approvals = services.Get<ReferralLines>("referrals?list=approvals&limit=50", ct);
        var reviews = services.Get<ReferralLines>("referrals?list=reviews&limit=50", ct);
        var counts = services.Get<ListCounts>("referrals/counts", ct);
        var people = services.Get<Colleagues>(Colleagues.Path, ct);
        await Task.WhenAll(approvals, reviews, counts, people);
        return new(await approvals, await reviews, await counts, await people);
    }
}
