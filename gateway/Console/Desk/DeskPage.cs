using Hotline111.Console.Inbox;
using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Desk;

/// <summary>GET /desk: where the hotline's staff begin. GET /desk/rows: its referrals alone, when something changed.</summary>
public static class DeskPage
{
    /// <summary>The page.</summary>
    public const string Path = "/desk";

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Desk).ExcludeFromDescription();
        routes.MapGet($"{Path}/rows", Rows).RequireAction(ConsoleRules.Table, ConsoleRules.Desk).ExcludeFromDescription();
    }

    private static async Task<IResult> Show(Services services, CancellationToken ct) => Page.Of<DeskView>(new { Lines = await Read(services, ct) });

    private static async Task<IResult> Rows(Services services, CancellationToken ct) => Page.Of<DeskRows>(new { Lines = await Read(services, ct) });

    private static Task<ReferralLines> Read(Services services, CancellationToken ct) => services.Get<ReferralLines>("referrals?limit=50", ct);
}
