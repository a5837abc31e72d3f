using Hotline111.Gateway.Accounts;
using Hotline111.Gateway.Guards;
using Hotline111.Pages;
using Hotline111.Pages.Layout;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc;

namespace Hotline111.Gateway.Sessions;

/// <summary>
/// GET and POST /sign-in, POST /sign-in/code: user name and password, then a code. The first step judges nothing, so that it tells nobody whether a name
/// exists or a password is right; what was typed goes along to the second one, sealed for five minutes, and all of it is judged at once.
/// </summary>
public static class SignInPages
{
    /// <summary>Where one signs in.</summary>
    public const string Path = "/sign-in";

    private static readonly TimeSpan TicketLife = TimeSpan.FromMinutes(5);

    /// <summary>Maps the pages, and the root, from which everybody is sent to where they begin.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").AllowAnonymous().InLane(Lane.SignIn).ExcludeFromDescription();
        pages.MapGet("/", Root);
        pages.MapGet(Path, Begin);
        pages.MapPost(Path, Continue);
        pages.MapPost($"{Path}/code", Enter);
        pages.MapGet("/language/{code}", Speak);
    }

    private static IResult Root(HttpContext context) => TypedResults.LocalRedirect(
        context.Features.Get<Session>() is { } session ? FirstSteps.Next(session) ?? Navigation.Home(session.Actor.Role) : Path);

    private static async Task<IResult> Begin(
        HttpContext context, SessionRegister sessions, DemoAccounts demo, TimeProvider clock, string? to, string? idle, string? left, string? unsent, [FromQuery(Name = "as")] string? user, CancellationToken ct)
    {
        if (context.Features.Get<Session>() is { } session)
        {
            // The page that was left alone asks for the lock; one that somebody works in elsewhere keeps its session.
            if (idle is null || clock.GetUtcNow() - session.LastActiveAt < SessionRegister.Idle - TimeSpan.FromMinutes(1))
            {
                return TypedResults.LocalRedirect(ReturnAddress.Of(to));
            }

            await sessions.End(session.AccountId, session.Id, "idle", ct);
            // Nobody is signed in from here on: no name on the locked screen, and nothing of theirs that listens.
            context.User = new();
        }

        var accounts = await demo.List(ct);
        var chosen = accounts.FirstOrDefault(account => account.UserName == user);
        return Page.Of<SignInPage>(new
        {
            To = ReturnAddress.Of(to),
            Demo = accounts,
            UserName = chosen?.UserName,
            Password = chosen?.Password,
            Locked = idle is not null,
            Left = left is not null,
            Unsent = unsent is not null,
        });
    }

    private static async Task<IResult> Continue(
        [FromForm] string? userName, [FromForm] string? password, [FromForm] string? to, Words words, DemoAccounts demo, IDataProtectionProvider protection, CancellationToken ct)
    {
        var errors = new FormErrors();
        if (string.IsNullOrWhiteSpace(userName))
        {
            errors.Add("userName", words["SignIn.UserNameMissing"]);
        }

        if (string.IsNullOrEmpty(password))
        {
            errors.Add("password", words["SignIn.PasswordMissing"]);
        }

        if (errors.Count > 0 || userName!.Length > 256 || password!.Length > 1000)
        {
            return await Again(userName, to, errors, demo, ct);
        }

        var ticket = Tickets(protection).Protect($"{userName}\n{password}", TicketLife);
        return Page.Of<CodePage>(new
        {
            To = ReturnAddress.Of(to),
            Ticket = ticket,
            Code = (await demo.List(ct)).FirstOrDefault(account => account.UserName == userName.Trim())?.Code,
        });
    }

    private static async Task<IResult> Enter(
        [FromForm] string? ticket, [FromForm] string? code, [FromForm] string? to, HttpContext context, Words words,
        SignIn.Attempts attempts, SessionRegister sessions, Limits limits, DemoAccounts demo, IDataProtectionProvider protection, CancellationToken ct)
    {
        var errors = new FormErrors();
        if (Open(ticket, protection) is not ({ } userName, { } password))
        {
            errors.Add("", words["SignIn.TooLate"]);
            return await Again(null, to, errors, demo, ct);
        }

        if (string.IsNullOrWhiteSpace(code))
        {
            errors.Add("code", words["SignIn.CodeMissing"]);
            return Page.Of<CodePage>(new { To = ReturnAddress.Of(to), Ticket = ticket, Errors = errors }, StatusCodes.Status422UnprocessableEntity);
        }

        var address = Limits.AddressOf(context);
        if (limits.SignIn(address, userName) is { } wait)
        {
            return GatewayProblems.TooManyRequests with { RetryAfter = wait };
        }

        if (await attempts.Verify(userName, password, code, address, ct) is not { } account)
        {
            errors.Add("", words["SignIn.Failed"]);
            return await Again(userName, to, errors, demo, ct);
        }

        await SignIn.Open(context, account, address, attempts, sessions, ct);
        return Page.After(account.PasswordOnce ? PasswordPages.Path : account.SecondFactorOnce ? SecondFactorPages.Path : ReturnAddress.Of(to));
    }

    private static async Task<IResult> Again(string? userName, string? to, FormErrors errors, DemoAccounts demo, CancellationToken ct) => Page.Of<SignInPage>(
        new { To = ReturnAddress.Of(to), Demo = await demo.List(ct), UserName = userName, Errors = errors }, StatusCodes.Status422UnprocessableEntity);

    private static IResult Speak(string code, string? to, HttpContext context)
    {
        if (Language.Find(code) is { } language)
        {
            context.Response.Cookies.Append(
                Language.CookieName, language.Code, new CookieOptions { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = TimeSpan.FromDays(365) });
        }

        return TypedResults.LocalRedirect(ReturnAddress.Of(to));
    }

    private static ITimeLimitedDataProtector Tickets(IDataProtectionProvider protection) => protection.CreateProtector("sign-in").ToTimeLimitedDataProtector();

    private static (string? UserName, string? Password) Open(string? ticket, IDataProtectionProvider protection)
    {
        try
        {
            return ticket is { Length: > 0 } && Tickets(protection).Unprotect(ticket).Split('\n', 2) is [var userName, var password] ? (userName, password) : default;
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return default;
        }
    }
}
