using Hotline111.Gateway.Guards;
using Hotline111.Gateway.Sessions;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Hotline111.Gateway.Accounts;

/// <summary>GET and POST /account/password: a password of one's own for the old one; the first step of a new account.</summary>
public static class PasswordPages
{
    /// <summary>The page.</summary>
    public const string Path = "/account/password";

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var own = routes.MapGroup(Path).RequireAction(GatewayRules.Table, GatewayRules.OwnSessions).InLane(Lane.SignIn).ExcludeFromDescription();
        own.MapGet("", Show);
        own.MapPost("", Change);
    }

    private static IResult Show(HttpContext context) => Page.Of<PasswordPage>(new { First = SessionEndpoints.Present(context).PasswordOnce });

    private static async Task<IResult> Change(
        [FromForm] string? current, [FromForm] string? next, [FromForm] string? again, HttpContext context, Words words,
        UserManager<Account> users, SessionRegister sessions, SignIn.Attempts attempts, Hashing hashing, CancellationToken ct)
    {
        var session = SessionEndpoints.Present(context);
        var errors = new FormErrors();
        if (next is null || next.Length < AccountServices.PasswordLength || next.Length > 1000)
        {
            errors.Add("next", words["Account.PasswordShort", AccountServices.PasswordLength]);
        }
        else if (next == current)
        {
            errors.Add("next", words["Account.PasswordSame"]);
        }
        else if (next != again)
        {
            errors.Add("again", words["Account.PasswordDiffers"]);
        }

        if (errors.Count == 0)
        {
            var refusal = await SessionEndpoints.Change(session, current ?? "", next!, Limits.AddressOf(context), users, sessions, attempts, hashing, ct);
            if (refusal is null)
            {
                return Page.After(session.SecondFactorOnce ? SecondFactorPages.Path : $"{AccountPages.Path}?changed=1");
            }

            errors.Add(refusal is [] ? "current" : "next", refusal is [] ? words["Account.PasswordWrong"] : words["Account.PasswordPlain"]);
        }

        return Page.Of<PasswordPage>(new { First = session.PasswordOnce, Errors = errors }, StatusCodes.Status422UnprocessableEntity);
    }
}
