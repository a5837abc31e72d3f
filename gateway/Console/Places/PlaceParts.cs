using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;
using Hotline111.Pages.Blocks;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Places;

/// <summary>A place as Intake finds it.</summary>
public sealed record FoundPlaces(IReadOnlyList<FoundPlace> Items);

/// <summary>GET /places/options: the list under a place picker.</summary>
public static class PlaceParts
{
    /// <summary>Maps the part.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(PlaceOptions.Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Places).ExcludeFromDescription();

    private static async Task<IResult> Show(Services services, string? q, string? @for, CancellationToken ct)
    {
        var typed = (q ?? "").Trim();
        // What is longer names no province, and may be anything.
        var found = typed.Length > PlaceSearch.LongestQuery
            ? new FoundPlaces([])
            : await services.Get<FoundPlaces>($"places?q={Uri.EscapeDataString(typed)}&limit={(typed.Length == 0 ? 40 : 8)}", ct);
        return Page.Of<PlaceOptions>(new { Found = found.Items, Query = typed, For = @for ?? "place" });
    }
}
