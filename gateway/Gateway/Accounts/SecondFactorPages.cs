using System.Security.Cryptography;
using Hotline111.Gateway.Guards;
using Hotline111.Gateway.Sessions;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Hotline111.Gateway.Accounts;

/// <summary>
/// GET and POST /account/second-factor: an authenticator app that only the owner has, shown to work before the old one is given up, and recovery codes.
/// The second step of a new account; later it takes the password too.
/// </summary>
public static class SecondFactorPages
{
    /// <summary>The page.</summary>
    public const string Path = "/account/second-factor";

    private static readonly TimeSpan TicketLife = TimeSpan.FromMinutes(30);

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).RequireAction(GatewayRules.Table, GatewayRules.OwnSessions).ExcludeFromDescription();
        routes.MapPost(Path, Replace).RequireAction(GatewayRules.Table, GatewayRules.OwnSessions).ExcludeFromDescription();
    }

    private static IResult Show(HttpContext context, IDataProtectionProvider protection)
    {
        var session = SessionEndpoints.Present(context);

        // First the password: a second factor set up by whoever holds the one-time password would be theirs.
        return session.PasswordOnce ? TypedResults.LocalRedirect(PasswordPages.Path) : View(session, Totp.NewSecret(), [], protection);
    }

    private static async Task<IResult> Replace(
        [FromForm] string? ticket, [FromForm] string? code, [FromForm] string? password, HttpContext context, Words words, Enrolment enrolment,
        UserManager<Account> users, SignIn.Attempts attempts, SessionRegister sessions, IDataProtectionProvider protection, TimeProvider clock, CancellationToken ct)
    {
        var session = SessionEndpoints.Present(context);
        var errors = new FormErrors();
        if (session.PasswordOnce)
        {
            return TypedResults.LocalRedirect(PasswordPages.Path);
        }

        if (Open(ticket, session, protection) is not { } secret)
        {
            errors.Add("", words["Account.FactorTooLate"]);
            return View(session, Totp.NewSecret(), errors, protection);
        }

        if (Totp.Match(secret, (code ?? "").Replace(" ", "", StringComparison.Ordinal), clock.GetUtcNow()) is not { } step)
        {
            errors.Add("code", words["Account.FactorWrong"]);
            return View(session, secret, errors, protection);
        }

        var address = Limits.AddressOf(context);
        if (!session.SecondFactorOnce
            && (await users.FindByIdAsync(session.Actor.Id) is not { } account || !await attempts.PasswordIsRight(account, password ?? "", address, ct)))
        {
            errors.Add("password", words["Account.PasswordWrong"]);
            return View(session, secret, errors, protection);
        }

        var codes = await enrolment.ReplaceSecondFactor(session.AccountId, secret, step, ct);
        await attempts.Record(session.AccountId, "second-factor-changed", address, session.Id, ct);
        await sessions.EndAll(session.AccountId, "second-factor-changed", ct, except: session.Id);
        return Page.Of<RecoveryCodesPage>(new { Codes = codes });
    }

    private static IResult View(Session session, byte[] secret, FormErrors errors, IDataProtectionProvider protection) => Page.Of<SecondFactorPage>(
        new
        {
            Ticket = Tickets(session, protection).Protect(Totp.ToBase32(secret), TicketLife),
            Secret = Totp.ToBase32(secret),
            Code = QrCode.Of(Totp.Uri(session.UserName, secret)),
            First = session.SecondFactorOnce,
            Errors = errors,
        },
        errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);

    // For this account only: nobody can be made to take a secret that somebody else knows.
    private static ITimeLimitedDataProtector Tickets(Session session, IDataProtectionProvider protection) =>
        protection.CreateProtector("second-factor", session.Actor.Id).ToTimeLimitedDataProtector();

    private static byte[]? Open(string? ticket, Session session, IDataProtectionProvider protection)
    {
        try
        {
            return ticket is { Length: > 0 } ? Totp.FromBase32(Tickets(session, protection).Unprotect(ticket)) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
