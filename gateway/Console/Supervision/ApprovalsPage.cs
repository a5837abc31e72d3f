using Hotline111.Console.Lists;
using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Supervision;

/// <summary>What waits for a supervisor.</summary>
/// <param name="Approvals">Before it is sent.</param>
/// <param name="Reviews">After it was sent at once.</param>
/// <param name="Counts">How many there are in all.</param>
/// <param name="Names">Of those who began them.</param>
public sealed record ApprovalsContent(ReferralLines Approvals, ReferralLines Reviews, ListCounts Counts, PeopleNames Names);

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

    private static async Task<IResult> Show(Services services, People people, CancellationToken ct) => Page.Of<ApprovalsView>(new { Content = await Read(services, people, ct) });

    private static async Task<IResult> Rows(Services services, People people, CancellationToken ct) => Page.Of<ApprovalsPart>(new { Content = await Read(services, people, ct) });

    private static async Task<ApprovalsContent> Read(Services services, People people, CancellationToken ct)
    {
        var approvals = services.Get<ReferralLines>("referrals?list=approvals&limit=50", ct);
        var reviews = services.Get<ReferralLines>("referrals?list=reviews&limit=50", ct);
        var counts = services.Get<ListCounts>("referrals/counts", ct);
        await Task.WhenAll(approvals, reviews, counts);
        var began = (await approvals).Items.Concat((await reviews).Items).Select(line => line.DraftedBy);
        return new(await approvals, await reviews, await counts, await people.Of(began, ct));
    }
}
