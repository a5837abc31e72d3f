using System.Security.Claims;
using System.Text.Encodings.Web;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Tokens;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Net.Http.Headers;

namespace Hotline111.Gateway.Sessions;

/// <summary>Who signed in with a password that somebody else has seen may change it, and nothing else.</summary>
public static class OncePassword
{
    /// <summary>Lets such a session through to its own doors only.</summary>
    public static IApplicationBuilder UseOncePassword(this IApplicationBuilder app) => app.Use((context, next) =>
        context.Features.Get<Session>() is { PasswordOnce: true }
        && context.GetEndpoint()?.Metadata.GetMetadata<AccessRule>() is { Action: not GatewayRules.OwnSessions }
            ? GatewayProblems.PasswordChangeNeeded.ExecuteAsync(context)
            : next(context));
}

/// <summary>Who is at the public door: a person by session cookie, or a partner's machine by a token made for the gateway.</summary>
public sealed class SessionAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory log, UrlEncoder encoder,
    SessionRegister sessions, SigningKeys keys, GatewayOptions options, TimeProvider clock)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, log, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public const string Name = "Session";

    /// <summary>The audience of partners' tokens.</summary>
    public const string Audience = "gateway";

    private AccessProblem _answer = AccessProblem.NotSignedIn;

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Cookies[SessionRegister.CookieName] is { Length: > 0 } cookie)
        {
            return await sessions.Find(cookie, Context.RequestAborted) is { } session
                ? Known(session)
                : AuthenticateResult.Fail("No such session.");
        }

        var header = Request.Headers[HeaderNames.Authorization].ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? await Partner(header["Bearer ".Length..].Trim())
            : AuthenticateResult.NoResult();
    }

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => _answer.ExecuteAsync(Context);

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        (Context.User.HasClaim(TokenClaims.Role, Roles.Partner) ? GatewayProblems.RouteNotGranted : AccessProblem.RoleNotAllowed).ExecuteAsync(Context);

    private AuthenticateResult Known(Session session)
    {
        Context.Features.Set(session);
        var actor = session.Actor;
        var identity = new ClaimsIdentity(
            [
                new Claim(TokenClaims.Subject, actor.Id),
                new Claim(TokenClaims.Role, actor.Role),
                new Claim(TokenClaims.Session, session.Id.ToString()),
                .. actor.Agency is { } agency ? [new Claim(TokenClaims.Agency, agency)] : Array.Empty<Claim>(),
                .. actor.Desks.Select(desk => new Claim(TokenClaims.Desk, desk)),
                .. actor.Provinces.Select(province => new Claim(TokenClaims.Province, province)),
            ],
            Name, TokenClaims.Subject, TokenClaims.Role);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Name));
    }

    private async Task<AuthenticateResult> Partner(string token)
    {
        var set = await keys.Current(Context.RequestAborted);
        var result = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(
            token, Token.Rules(options.Issuer, Audience, set.Find, clock));
        if (result.IsValid && result.ClaimsIdentity.HasClaim(TokenClaims.Role, Roles.Partner))
        {
            return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(result.ClaimsIdentity), Name));
        }

        _answer = result.Exception switch
        {
            SecurityTokenExpiredException => AccessProblem.TokenExpired,
            SecurityTokenInvalidAudienceException => AccessProblem.WrongAudience,
            _ => AccessProblem.NotSignedIn,
        };
        return AuthenticateResult.Fail("The token is not valid here.");
    }
}
