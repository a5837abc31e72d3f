using System.Text.Encodings.Web;
using System.Text.Unicode;
using Hotline111.Gateway.Guards;
using Hotline111.Platform.Access;

namespace Hotline111.Gateway.Documents;

/// <summary>The gateway's few plain pages: no scripts, one small style sheet, two languages.</summary>
public static class PlainPage
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private const string Style = """
        body { font-family: system-ui, sans-serif; line-height: 1.5; margin: 0 auto; max-width: 70rem; padding: 1rem; color: #0b0c0c; background: #fff }
        header { border-bottom: 4px solid #1d70b8; margin-bottom: 1rem }
        a { color: #1d70b8 } a:focus { outline: 3px solid #fd0 }
        table { border-collapse: collapse; width: 100% } th, td { border-bottom: 1px solid #b1b4b6; padding: .4rem; text-align: left; vertical-align: top }
        code { overflow-wrap: anywhere } .warning { border-left: 4px solid #d4351c; padding-left: .6rem }
        """;

    /// <summary>Maps the style sheet.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/docs/style.css", () => TypedResults.Content(Style, "text/css; charset=utf-8")).AllowAnonymous().InLane(Lane.Partners).ExcludeFromDescription();
    }

    /// <summary>A whole page around a body that is already encoded.</summary>
    public static IResult Html(HttpContext context, string body, string titleVi, string titleEn)
    {
        var english = AccessProblem.PrefersEnglish(context.Request);
        context.Response.Headers.ContentLanguage = english ? "en" : "vi";
        context.Response.Headers.Vary = "Accept-Language";
        var title = Encode(english ? titleEn : titleVi);
        var html = $"""
            <!doctype html>
            <html lang="{(english ? "en" : "vi")}">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{title} – Hotline 111</title><link rel="stylesheet" href="/api/docs/style.css"></head>
            <body><header><h1>{title}</h1></header><main>{body}</main></body>
            </html>
            """;
        return TypedResults.Content(html, "text/html; charset=utf-8");
    }

    /// <summary>Text made safe between tags.</summary>
    public static string Encode(string? text) => Encoder.Encode(text ?? "");
}
