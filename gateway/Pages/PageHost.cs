using System.Diagnostics;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Hotline111.Pages.Layout;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.CookiePolicy;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hotline111.Pages;

/// <summary>What the pages of a process are told from outside.</summary>
/// <param name="Demo">Everything shown is invented: said on every page.</param>
public sealed record PagesOptions(bool Demo);

/// <summary>What a process with pages for people has in common: <c>AddPages</c>, <c>UsePages</c>, and <c>Page.Of</c> for an endpoint's answer.</summary>
public static class PageHost
{
    /// <summary>The header by which the gateway tells the console in which lane a page is made, and hears it again with what is asked for the page.</summary>
    public const string LaneHeader = "Hotline-Lane";

    /// <summary>Words, times, anti-forgery, components, and pages in the place of problems where a person asks.</summary>
    /// <param name="builder">The process being built.</param>
    /// <param name="demo">Everything shown is invented.</param>
    /// <param name="words">The assemblies with its words, beside this one.</param>
    /// <exception cref="Platform.Hosting.StartupException"><c>Pages:FormKey</c> is missing or malformed.</exception>
    public static void AddPages(this IHostApplicationBuilder builder, bool demo, params Assembly[] words)
    {
        var services = builder.Services;
        services.AddSingleton(new PagesOptions(demo));
        services.AddSingleton(new WordBook([typeof(PageHost).Assembly, .. words]));
        services.AddHttpContextAccessor();
        services.AddScoped(provider => Language.Of(provider.GetRequiredService<IHttpContextAccessor>().HttpContext!.Request));
        services.AddScoped<Words>();
        services.AddScoped<Times>();
        services.AddRazorComponents();
        // Otherwise every Vietnamese letter from a variable would go out as an entity.
        services.AddWebEncoders(encoders => encoders.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
        FormKeys.Add(services, builder.Configuration);
        services.AddSingleton(new ProblemPage(ForPeople, Show));
    }

    /// <summary>Called after the routes' guards: cookies by their rules, forms with their token.</summary>
    public static IApplicationBuilder UsePages(this IApplicationBuilder app) => app
        .UseCookiePolicy(new CookiePolicyOptions { Secure = CookieSecurePolicy.Always, HttpOnly = HttpOnlyPolicy.Always, MinimumSameSitePolicy = SameSiteMode.Lax })
        .UseAntiforgery()
        .Use((context, next) =>
        {
            // As anti-forgery sets it on every page with a form: a shared computer keeps nothing, and Back asks again.
            context.Response.Headers.CacheControl = "no-cache, no-store";
            return next(context);
        });

    /// <summary>The page that a form sent to this address stands on, as an address is written: forms go to an address below their page. Null at the top.</summary>
    public static string? Above(PathString path) => path.ToUriComponent().TrimEnd('/') is { Length: > 1 } value && value.LastIndexOf('/') is > 0 and var at ? value[..at] : null;

    // A program names no HTML among what it takes; what lies below these paths is for programs in any case.
    private static bool ForPeople(HttpRequest request) =>
        !request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments("/auth") && !request.Path.StartsWithSegments("/health")
        && (request.IsPartial || request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase));

    private static async Task Show(HttpContext context, AccessProblem problem)
    {
        var request = context.Request;
        if (problem.Status == StatusCodes.Status401Unauthorized)
        {
            var signIn = ReturnAddress.SignIn(request);
            if (!request.IsPartial)
            {
                context.Response.Redirect(signIn);
                return;
            }

            // A redirect would be followed, and the sign-in page put into a part of the page.
            context.Response.Headers["HX-Redirect"] = signIn;
            context.Response.StatusCode = problem.Status;
            return;
        }

        // Who is back from a lock stood, it may be, on the answer to a form: the page that the form stands on is what can be asked for.
        if (problem.Status == StatusCodes.Status405MethodNotAllowed && HttpMethods.IsGet(request.Method) && !request.IsPartial && Above(request.Path) is { } page)
        {
            context.Response.Redirect(ReturnAddress.Of(page + request.QueryString));
            return;
        }

        var trace = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
        var parameters = new { Problem = problem, Trace = trace };
        IResult answer = request.IsPartial ? Page.Of<ProblemNote>(parameters, problem.Status) : Page.Of<ProblemView>(parameters, problem.Status);

        // A page that failed while it was made holds its frame: another cannot be made with the same services.
        var before = context.RequestServices;
        await using var fresh = before.CreateAsyncScope();
        context.RequestServices = fresh.ServiceProvider;
        try
        {
            await answer.ExecuteAsync(context);
        }
        finally
        {
            context.RequestServices = before;
        }
    }
}

/// <summary>An endpoint's answer as a page or a part of one.</summary>
public static class Page
{
    /// <summary>The component with these parameters. One that names a layout is a whole page; one that does not is a part, for htmx.</summary>
    /// <param name="parameters">An object whose members are the component's parameters.</param>
    /// <param name="status">The status; 422 for a form that has to be corrected.</param>
    public static RazorComponentResult<TComponent> Of<TComponent>(object? parameters = null, int status = StatusCodes.Status200OK)
        where TComponent : IComponent =>
        new(parameters ?? new { }) { StatusCode = status, PreventStreamingRendering = true };

    /// <summary>303: what was sent is done, and a reload of the page that follows sends nothing again.</summary>
    public static IResult After(string path) => new SeeOther(path);

    private sealed class SeeOther(string path) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            // htmx would follow a redirect and swap the page into a part of itself.
            if (httpContext.Request.IsPartial)
            {
                httpContext.Response.Headers["HX-Redirect"] = path;
                httpContext.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            }

            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = path;
            return Task.CompletedTask;
        }
    }
}

/// <summary>Where to go after signing in.</summary>
public static class ReturnAddress
{
    /// <summary>The address if it is a place on this site, else the root. Never another site, whatever somebody wrote into a link.</summary>
    public static string Of(string? to) =>
        to is ['/', ..] && to is not ['/', '/' or '\\', ..] && to.Length <= 500 && !to.Any(char.IsControl) && !to.Contains('\\', StringComparison.Ordinal) ? to : "/";

    /// <summary>The sign-in page, with the way back to the page that was asked for or, for a part of a page, to the page it stands on.</summary>
    public static string SignIn(HttpRequest request)
    {
        var to = request.IsPartial && Uri.TryCreate(request.Headers["HX-Current-URL"].ToString(), UriKind.Absolute, out var current)
            ? current.PathAndQuery
            : HttpMethods.IsGet(request.Method) ? request.Path + request.QueryString : PageHost.Above(request.Path) + request.QueryString;
        to = Of(to);

        // A form that came too late: its sender must not believe that it was recorded.
        var unsent = HttpMethods.IsGet(request.Method) ? "" : "unsent=1&";
        return to == "/" && unsent.Length == 0 ? "/sign-in" : $"/sign-in?{unsent}to={Uri.EscapeDataString(to)}";
    }
}

/// <summary>What htmx says about a request.</summary>
public static class PartialRequests
{
    extension(HttpRequest request)
    {
        /// <summary>A part of a page is asked for, by htmx. Going back in history asks for the whole page.</summary>
        public bool IsPartial => request.Headers["HX-Request"] == "true" && request.Headers["HX-History-Restore-Request"] != "true";
    }
}
