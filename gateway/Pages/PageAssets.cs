using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Hotline111.Pages;

/// <summary>
/// Style sheets, scripts, fonts and pictures of the pages, from inside this assembly. Their address holds a hash of them all, so a browser keeps them for
/// ever and never an old one; the gateway serves them, and console and gateway name the same addresses because they carry the same assembly.
/// </summary>
public static class PageAssets
{
    private const string Prefix = "wwwroot/";

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".txt"] = "text/plain; charset=utf-8",
        [".woff2"] = "font/woff2",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly Lazy<FrozenDictionary<string, Asset>> All = new(Read);

    private static readonly Lazy<string> Version = new(() => Convert.ToHexStringLower(SHA256.HashData(
        [.. All.Value.OrderBy(asset => asset.Key, StringComparer.Ordinal).SelectMany(asset => SHA256.HashData(asset.Value.Plain))]))[..12]);

    /// <summary>The address of an asset.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static string Address(string name) => All.Value.ContainsKey(name)
        ? $"/assets/{Version.Value}/{name}"
        : throw new ArgumentException($"There is no asset '{name}'.", nameof(name));

    /// <summary>Answers what asks below <c>/assets</c>, before anybody is looked up: assets are nobody's secret.</summary>
    public static IApplicationBuilder UseAssets(this IApplicationBuilder app) => app.Use((context, next) =>
        context.Request.Path.StartsWithSegments("/assets", out var rest) ? Answer(context, rest) : next(context));

    private static Task Answer(HttpContext context, PathString rest)
    {
        if ((HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            && rest.Value?.Split('/', 3) is ["", var version, var name] && All.Value.TryGetValue(name, out var asset))
        {
            return Send(context, asset, version == Version.Value);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static async Task Send(HttpContext context, Asset asset, bool current)
    {
        var headers = context.Response.Headers;
        context.Response.ContentType = asset.ContentType;
        // A page of another version of the platform, while one replaces the other, gets what there is and keeps it for that page only.
        headers.CacheControl = current ? "public, max-age=31536000, immutable" : "no-cache";
        headers.Vary = HeaderNames.AcceptEncoding;
        var bytes = asset.Plain;
        if (asset.Compressed is { } compressed
            && context.Request.GetTypedHeaders().AcceptEncoding.Any(coding => coding.Value.Equals("br", StringComparison.OrdinalIgnoreCase) && coding.Quality is null or > 0))
        {
            headers.ContentEncoding = "br";
            bytes = compressed;
        }

        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static FrozenDictionary<string, Asset> Read()
    {
        var assembly = typeof(PageAssets).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(
            name => name[Prefix.Length..],
            name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var plain = new byte[stream.Length];
                stream.ReadExactly(plain);
                return new Asset(ContentTypes[Path.GetExtension(name)], plain, Path.GetExtension(name) == ".woff2" ? null : new(() => Compress(plain)));
            },
            StringComparer.Ordinal);
    }

    private static byte[] Compress(byte[] plain)
    {
        using var to = new MemoryStream();
        using (var brotli = new BrotliStream(to, CompressionLevel.SmallestSize))
            brotli.Write(plain);
        return to.ToArray();
    }

    private sealed record Asset(string ContentType, byte[] Plain, Lazy<byte[]>? Brotli)
    {
        public byte[]? Compressed => Brotli?.Value;
    }
}
