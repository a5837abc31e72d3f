using System.Security.Claims;
using Hotline111.Console.Lists;
using Hotline111.Console.Supervision;
using Hotline111.Contracts.Access;
using Hotline111.Pages;
using Hotline111.Pages.Layout;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Live;

/// <summary>GET /navigation: the places of the bar with how much waits at each, for the page that a browser shows.</summary>
public static class NavigationPart
{
    /// <summary>Maps the part.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/navigation", Handle).RequireAction(ConsoleRules.Table, ConsoleRules.Navigation).ExcludeFromDescription();

    private static async Task<IResult> Handle(HttpContext context, ClaimsPrincipal user, Services services, CancellationToken ct)
    {
        var at = Uri.TryCreate(context.Request.Headers["HX-Current-URL"].ToString(), UriKind.Absolute, out var shown) ? PathString.FromUriComponent(shown) : default;
        return Page.Of<NavigationLinks>(new { user.Role, At = at, Counts = await Count(user.Role, services, ct) });
    }

    private static async Task<IReadOnlyDictionary<string, long>> Count(string role, Services services, CancellationToken ct)
    {
        switch (role)
        {
            case Roles.Liaison or Roles.AgencyHead:
                return new Dictionary<string, long> { ["/inbox"] = (await services.Get<ListCounts>("inbox/counts", ct))["new"] };
            case Roles.Counsellor:
                return new Dictionary<string, long> { [ReferralsPage.Path] = (await services.Get<ListCounts>("referrals/counts", ct))["mine"] };
            case Roles.Supervisor or Roles.Director:
                var (counts, desks) = (services.Get<ListCounts>("referrals/counts", ct), services.Get<DeskFigures>(DeskFigures.Path, ct));
                await Task.WhenAll(counts, desks);
                return new Dictionary<string, long>
                {
                    [ReferralsPage.Path] = (await counts)["mine"],
                    [BoardPage.Path] = (await desks).Emergencies,
                    [ApprovalsPage.Path] = (await counts)["approvals"] + (await counts)["reviews"],
                };
            default:
                return new Dictionary<string, long>();
        }
    }
}
