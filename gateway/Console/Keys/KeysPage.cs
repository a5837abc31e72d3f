using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Keys;

/// <summary>GET /keys: every key of the pages, and the switch for those that are a single letter.</summary>
public static class KeysPage
{
    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/keys", () => Page.Of<KeysView>()).RequireAction(ConsoleRules.Table, ConsoleRules.Keys).ExcludeFromDescription();
}
