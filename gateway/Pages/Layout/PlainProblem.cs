using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline111.Pages.Layout;

/// <summary>
/// A problem as a page, or as a part of one, that is made once for each language and kept: for refusals under load, which must cost next to nothing. It
/// looks like <see cref="ProblemView"/> without the frame and names nobody.
/// </summary>
public static class PlainProblem
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private static readonly ConcurrentDictionary<(string Problem, Language Language, bool Partial, bool Sent), byte[]> Made = new();

    /// <summary>Writes the page, with the problem's status and when to come again. Problems of one code and one language look alike.</summary>
    public static async Task Write(HttpContext context, AccessProblem problem)
    {
        var (request, response) = (context.Request, context.Response);
        var language = Language.Of(request);
        var partial = request.IsPartial;
        var sent = HttpMethods.IsPost(request.Method);
        if (!Made.TryGetValue((problem.Code, language, partial, sent), out var page))
        {
            page = Encoding.UTF8.GetBytes(Make(problem, new Words(context.RequestServices.GetRequiredService<WordBook>(), language), partial, sent));
            Made[(problem.Code, language, partial, sent)] = page;
        }

        response.StatusCode = problem.Status;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = page.Length;
        response.Headers.ContentLanguage = language.Code;
        response.Headers.CacheControl = "no-cache, no-store";
        if (problem.RetryAfter is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await response.Body.WriteAsync(page, context.RequestAborted);
    }

    private static string Make(AccessProblem problem, Words words, bool partial, bool sent)
    {
        var heading = Text(ProblemWords.Heading(words, problem.Status));
        var sentences = $"<p>{Text(words.Language.IsEnglish ? problem.En : problem.Vi)}</p><p class=\"mt3\">{Text(ProblemWords.Advice(words, problem.Status))}</p>";
        // The browser still has the form; nobody here read it.
        var reload = sent && ProblemWords.Passes(problem.Status) ? $"<p class=\"mt3 strong\">{Text(words["Problem.Reload"])}</p>" : "";
        return partial
            ? $"<div class=\"note note--warn\" role=\"alert\"><p class=\"strong\">{heading}</p>{sentences}</div>"
            : $"""
               <!DOCTYPE html>
               <html lang="{words.Language.Code}" class="govuk-template">
               <head>
                   <meta charset="utf-8">
                   <meta name="viewport" content="width=device-width, initial-scale=1">
                   <meta name="robots" content="noindex">
                   <title>{heading} – {Text(words["Shell.Title"])}</title>
                   <link rel="icon" href="{PageAssets.Address("icon.svg")}" type="image/svg+xml">
                   <link rel="stylesheet" href="{PageAssets.Address("lib/govuk-frontend.css")}">
                   <link rel="stylesheet" href="{PageAssets.Address("look.css")}">
               </head>
               <body class="govuk-template__body">
               <main class="narrow narrow--text">
                   <h1 class="h1 mb3">{heading}</h1>
                   {sentences}{reload}
                   <p class="mt4"><a class="govuk-button govuk-button--secondary" href="/">{Text(words["Problem.Home"])}</a></p>
               </main>
               </body>
               </html>
               """;
    }

    private static string Text(string text) => Encoder.Encode(text);
}
