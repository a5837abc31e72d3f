using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Gallery;

/// <summary>GET /gallery: every building block of the pages, with invented words; mapped in a demonstration only.</summary>
public static class GalleryPage
{
    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/gallery", () => Page.Of<GalleryView>()).RequireAction(ConsoleRules.Table, ConsoleRules.Gallery).ExcludeFromDescription();
}
