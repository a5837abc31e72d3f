using System.Collections.Frozen;
using System.Security.Cryptography;
using Hotline111.Contracts.Catalogues;
using Hotline111.Gateway.Guards;
using Hotline111.Platform.Hosting;
using Microsoft.Net.Http.Headers;

namespace Hotline111.Gateway.Documents;

/// <summary>GET /api/catalogues and /api/catalogues/{list}: the value lists of the public language, byte for byte as they are published.</summary>
public static class CatalogueEndpoints
{
    /// <summary>One list.</summary>
    /// <param name="Name">As in the address: the file's name without <c>.json</c>.</param>
    /// <param name="Href">Where it is.</param>
    /// <param name="ETag">Changes with its content.</param>
    public sealed record CatalogueLine(string Name, string Href, string ETag);

    /// <summary>Every list.</summary>
    public sealed record CatalogueList(IReadOnlyList<CatalogueLine> Catalogues);

    private sealed record Content(byte[] Bytes, EntityTagHeaderValue ETag);

    private static readonly FrozenDictionary<string, Content> Lists = Catalogue.FileNames.ToFrozenDictionary(
        file => file[..^".json".Length], file => Tagged(Catalogue.Read(file)), StringComparer.Ordinal);

    /// <summary>Maps the endpoints. The lists hold nothing about anybody, so nobody needs to sign in for them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var catalogues = routes.MapGroup("/api/catalogues").WithTags("Catalogues").AllowAnonymous().InLane(Lane.Partners);
        catalogues.MapGet("", () => TypedResults.Ok(new CatalogueList(
                [.. Lists.OrderBy(list => list.Key, StringComparer.Ordinal).Select(list => new CatalogueLine(list.Key, $"/api/catalogues/{list.Key}", list.Value.ETag.ToString()))])))
            .WithSummary("Các danh mục / the value lists");
        catalogues.MapGet("/{list}", One).WithSummary("Một danh mục / one value list").Produces(200, contentType: "application/json").Produces(304).ProducesProblem(404);
    }

    private static IResult One(string list, HttpResponse response)
    {
        if (!Lists.TryGetValue(list, out var content))
        {
            return Problems.NotFound;
        }

        response.Headers.CacheControl = "no-cache"; // Kept, but asked about each time: an edition may change any day.
        return TypedResults.File(content.Bytes, "application/json", entityTag: content.ETag);
    }

    private static Content Tagged(byte[] bytes) =>
        new(bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\""));
}
