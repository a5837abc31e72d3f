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
/// The second step of a new account; later it takes the password too. POST /auth/second-factor and /confirm are the same for programs.
/// </summary>
public static class SecondFactorPages
{
    /// <summary>The page.</summary>
    public const string Path = "/account/second-factor";

    private static readonly TimeSpan TicketLife = TimeSpan.FromMinutes(30);

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var own = routes.MapGroup("").RequireAction(GatewayRules.Table, GatewayRules.OwnSessions).InLane(Lane.SignIn);
        own.MapGet(Path, Show).ExcludeFromDescription();
        own.MapPost(Path, Replace).ExcludeFromDescription();
        own.MapPost("/auth/second-factor", MakeOffer).WithTags("Sessions")
            .WithSummary("Khóa mới cho ứng dụng xác thực; chưa có hiệu lực / a new secret for the authenticator app, not valid yet").Produces<Offer>().ProducesProblem(403);
        own.MapPost("/auth/second-factor/confirm", Confirm).WithTags("Sessions")
            .WithSummary("Dùng ứng dụng này từ nay / use this app from now on").Produces<Taken>().ProducesProblem(400).ProducesProblem(403);
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

        var (secret, wrong, codes) = await Take(session, ticket, code, password, Limits.AddressOf(context), enrolment, users, attempts, sessions, protection, clock, ct);
        switch (wrong)
        {
            case null:
                return Page.Of<RecoveryCodesPage>(new { Codes = codes });
            case "ticket":
                errors.Add("", words["Account.FactorTooLate"]);
                break;
            case "code":
                errors.Add("code", words["Account.FactorWrong"]);
                break;
            default:
                errors.Add("password", words["Account.PasswordWrong"]);
                break;
        }

        return View(session, secret ?? Totp.NewSecret(), errors, protection);
    }

    /// <summary>What an app needs to know, once: kept nowhere until a code of it was shown.</summary>
    /// <param name="Ticket">Comes back with the code, within half an hour.</param>
    /// <param name="Secret">In Base32, to be typed.</param>
    /// <param name="TotpUri">The same, for a QR code.</param>
    public sealed record Offer(string Ticket, string Secret, string TotpUri);

    /// <param name="Ticket">From the offer.</param>
    /// <param name="Code">What the app shows now.</param>
    /// <param name="Password">The account's own, once the first factor is one that only its owner has seen.</param>
    public sealed record Body(string Ticket, string Code, string? Password);

    /// <summary>What stands in for the app, each once.</summary>
    public sealed record Taken(IReadOnlyList<string> RecoveryCodes);

    private static IResult MakeOffer(HttpContext context, IDataProtectionProvider protection)
    {
        var session = SessionEndpoints.Present(context);
        if (session.PasswordOnce)
        {
            return GatewayProblems.PasswordChangeNeeded;
        }

        var secret = Totp.NewSecret();
        return TypedResults.Ok(new Offer(Tickets(session, protection).Protect(Totp.ToBase32(secret), TicketLife), Totp.ToBase32(secret), Totp.Uri(session.UserName, secret)));
    }

    private static async Task<IResult> Confirm(
        Body body, HttpContext context, Enrolment enrolment, UserManager<Account> users, SignIn.Attempts attempts, SessionRegister sessions, IDataProtectionProvider protection,
        TimeProvider clock, CancellationToken ct)
    {
        var session = SessionEndpoints.Present(context);
        if (session.PasswordOnce)
        {
            return GatewayProblems.PasswordChangeNeeded;
        }

        var (_, wrong, codes) = await Take(session, body.Ticket, body.Code, body.Password, Limits.AddressOf(context), enrolment, users, attempts, sessions, protection, clock, ct);
        return wrong switch
        {
            null => TypedResults.Ok(new Taken(codes)),
            "password" => GatewayProblems.PasswordWrong,
            _ => GatewayProblems.BodyInvalid(new Dictionary<string, string[]> { [wrong] = ["wrong or too late"] }),
        };
    }

    // What was wrong is "ticket", "code" or "password"; null when it is done.
    private static async Task<(byte[]? Secret, string? Wrong, IReadOnlyList<string> Codes)> Take(
        Session session, string? ticket, string? code, string? password, string address, Enrolment enrolment, UserManager<Account> users, SignIn.Attempts attempts, SessionRegister sessions,
        IDataProtectionProvider protection, TimeProvider clock, CancellationToken ct)
    {
        if (Open(ticket, session, protection) is not { } secret)
        {
            return (null, "ticket", []);
        }

        if (Totp.Match(secret, (code ?? "").Replace(" ", "", StringComparison.Ordinal), clock.GetUtcNow()) is not { } step)
        {
            return (secret, "code", []);
        }

        if (!session.SecondFactorOnce
            && (await users.FindByIdAsync(session.Actor.Id) is not { } account || !await attempts.PasswordIsRight(account, password ?? "", address, ct)))
        {
            return (secret, "password", []);
        }

        var codes = await enrolment.ReplaceSecondFactor(session.AccountId, secret, step, ct);
        await attempts.Record(session.AccountId, "second-factor-changed", address, session.Id, ct);
        await sessions.EndAll(session.AccountId, "second-factor-changed", ct, except: session.Id);
        return (secret, null, codes);
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
