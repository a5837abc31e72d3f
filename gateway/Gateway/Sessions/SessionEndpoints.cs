using Hotline111.Gateway.Accounts;
using Hotline111.Gateway.Guards;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace Hotline111.Gateway.Sessions;

/// <summary>Who am I, where am I signed in, and how do I leave.</summary>
public static class SessionEndpoints
{
    /// <summary>The session's cookie: never seen by scripts, never sent along by another site's form, gone with the browser.</summary>
    public static readonly CookieOptions CookieRules = new() { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Lax, Path = "/" };

    /// <summary>The list of one's sessions.</summary>
    public sealed record SessionList(IReadOnlyList<SessionLine> Sessions);

    /// <summary>A new password for the old.</summary>
    public sealed record PasswordBody(string Current, string Next);

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var sessions = routes.MapGroup("/auth").WithTags("Sessions").InLane(Lane.SignIn);
        sessions.MapGet("/session", WhoAmI).RequireAction(GatewayRules.Table, GatewayRules.OwnSessions)
            .WithSummary("Phiên làm việc hiện tại / the present session").Produces<SignIn.Answer>().ProducesProblem(401);
        sessions.MapGet("/sessions", List).RequireAction(GatewayRules.Table, GatewayRules.OwnSessions)
            .WithSummary("Các phiên đang mở của tôi / my open sessions").Produces<SessionList>();
        sessions.MapDelete("/sessions/{id:guid}", End).RequireAction(GatewayRules.Table, GatewayRules.OwnSessions)
            .WithSummary("Kết thúc một phiên / end one session").Produces(204).ProducesProblem(404);
        sessions.MapPost("/sign-out", SignOut).RequireAction(GatewayRules.Table, GatewayRules.OwnSessions)
            .WithSummary("Đăng xuất / sign out").Produces(204);
        sessions.MapPost("/sign-out-everywhere", SignOutEverywhere).RequireAction(GatewayRules.Table, GatewayRules.OwnSessions)
            .WithSummary("Đăng xuất khỏi mọi thiết bị / sign out everywhere").Produces(204);
        sessions.MapPost("/password", ChangePassword).RequireAction(GatewayRules.Table, GatewayRules.OwnSessions)
            .WithSummary("Đổi mật khẩu; các phiên khác kết thúc / change the password; other sessions end").Produces(204).ProducesProblem(400).ProducesProblem(403);
    }

    private static Ok<SignIn.Answer> WhoAmI(HttpContext context)
    {
        var session = Present(context);
        var actor = session.Actor;
        return TypedResults.Ok(new SignIn.Answer(
            new SignIn.AccountView(actor.Id, session.UserName, session.DisplayName, actor.Agency, actor.Desks, actor.Provinces),
            actor.Role, session.ExpiresAt, session.PasswordOnce, session.SecondFactorOnce));
    }

    private static async Task<IResult> List(HttpContext context, SessionRegister sessions, CancellationToken ct)
    {
        var session = Present(context);
        return TypedResults.Ok(new SessionList(await sessions.List(session.AccountId, session.Id, ct)));
    }

    private static async Task<IResult> End(Guid id, HttpContext context, SessionRegister sessions, CancellationToken ct) =>
        await sessions.End(Present(context).AccountId, id, "owner", ct) ? TypedResults.NoContent() : Problems.NotFound;

    private static async Task<IResult> SignOut(HttpContext context, SessionRegister sessions, CancellationToken ct)
    {
        var session = Present(context);
        await sessions.End(session.AccountId, session.Id, "owner", ct);
        context.Response.Cookies.Delete(SessionRegister.CookieName, CookieRules);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> SignOutEverywhere(HttpContext context, SessionRegister sessions, CancellationToken ct)
    {
        await sessions.EndAll(Present(context).AccountId, "owner", ct);
        context.Response.Cookies.Delete(SessionRegister.CookieName, CookieRules);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> ChangePassword(
        PasswordBody body, HttpContext context, UserManager<Account> users, SessionRegister sessions, SignIn.Attempts attempts,
        Hashing hashing, CancellationToken ct)
    {
        var refusal = await Change(Present(context), body.Current, body.Next, Limits.AddressOf(context), users, sessions, attempts, hashing, ct);
        return refusal switch
        {
            null => TypedResults.NoContent(),
            [] => GatewayProblems.PasswordWrong,
            _ => GatewayProblems.BodyInvalid(new Dictionary<string, string[]> { ["next"] = [.. refusal] }),
        };
    }

    /// <summary>Puts a new password in the place of the old one and ends the account's other sessions.</summary>
    /// <returns>Null when done; empty when the present password is another one; else the codes of what is wrong with the new one.</returns>
    internal static async Task<IReadOnlyList<string>?> Change(
        Session session, string current, string next, string address, UserManager<Account> users, SessionRegister sessions, SignIn.Attempts attempts,
        Hashing hashing, CancellationToken ct)
    {
        var account = await users.FindByIdAsync(session.Actor.Id);
        if (account is null || !await attempts.PasswordIsRight(account, current, address, ct))
        {
            return [];
        }

        account.PasswordOnce = false;
        var result = await hashing.InTurn(() => users.ChangePasswordAsync(account, current, next), ct);
        if (!result.Succeeded)
        {
            return [.. result.Errors.Select(error => error.Code)];
        }

        // Whoever else may have known the old password is out.
        await sessions.EndAll(session.AccountId, "password-changed", ct, except: session.Id);
        return null;
    }

    internal static Session Present(HttpContext context) =>
        context.Features.Get<Session>() ?? throw new InvalidOperationException("The endpoint was reached without a session.");
}
