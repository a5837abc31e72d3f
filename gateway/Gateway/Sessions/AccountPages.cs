using Hotline111.Gateway.Guards;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace Hotline111.Gateway.Sessions;

/// <summary>GET /account: who I am and where I am signed in; POST /sign-out and its sisters, and the ends of single sessions.</summary>
public static class AccountPages
{
    /// <summary>One's own page.</summary>
    public const string Path = "/account";

    /// <summary>Maps the pages.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var own = routes.MapGroup("").RequireAction(GatewayRules.Table, GatewayRules.OwnSessions).InLane(Lane.SignIn).ExcludeFromDescription();
        own.MapGet(Path, Show);
        own.MapPost($"{Path}/end-session", End);
        own.MapPost($"{Path}/sign-out-everywhere", LeaveEverywhere);
        own.MapPost("/sign-out", Leave);
    }

    private static async Task<IResult> Show(HttpContext context, SessionRegister sessions, string? ended, string? changed, CancellationToken ct)
    {
        var session = SessionEndpoints.Present(context);
        return Page.Of<AccountPage>(new
        {
            Session = session,
            Lines = await sessions.List(session.AccountId, session.Id, ct),
            Ended = ended is not null,
            Changed = changed is not null,
        });
    }

    private static async Task<IResult> End([FromForm] Guid id, HttpContext context, SessionRegister sessions, CancellationToken ct) =>
        await sessions.End(SessionEndpoints.Present(context).AccountId, id, "owner", ct) ? Page.After($"{Path}?ended=1") : Problems.NotFound;

    private static async Task<IResult> LeaveEverywhere([FromForm] string? unused, HttpContext context, SessionRegister sessions, CancellationToken ct)
    {
        await sessions.EndAll(SessionEndpoints.Present(context).AccountId, "owner", ct);
        return Gone(context);
    }

    private static async Task<IResult> Leave([FromForm] string? unused, HttpContext context, SessionRegister sessions, CancellationToken ct)
    {
        var session = SessionEndpoints.Present(context);
        await sessions.End(session.AccountId, session.Id, "owner", ct);
        return Gone(context);
    }

    private static IResult Gone(HttpContext context)
    {
        context.Response.Cookies.Delete(SessionRegister.CookieName, SessionEndpoints.CookieRules);
        return Page.After($"{SignInPages.Path}?left=1");
    }
}
