using System.Security.Claims;
using System.Text.Encodings.Web;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Accounts;
using Hotline111.Gateway.Guards;
using Hotline111.Gateway.Routing;
using Hotline111.Gateway.Tokens;
using Hotline111.Pages.Layout;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Net.Http.Headers;

namespace Hotline111.Gateway.Sessions;

/// <summary>Who signed in with a password that somebody else has seen may change it, and nothing else; then comes a second factor nobody else has seen.</summary>
public static class FirstSteps
{
    /// <summary>Lets such a session through to its own doors only; people are led to the step that is next.</summary>
    public static IApplicationBuilder UseFirstSteps(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.Features.Get<Session>() is not { } session || Next(session) is not { } step
            || context.GetEndpoint()?.Metadata.GetMetadata<AccessRule>() is not { Action: not GatewayRules.OwnSessions })
        {
            return next(context);
        }

        if (context.RequestServices.GetRequiredService<ProblemPage>().ForPeople(context.Request))
        {
            context.Response.Redirect(step);
            return Task.CompletedTask;
        }

        return (session.PasswordOnce ? GatewayProblems.PasswordChangeNeeded : GatewayProblems.SecondFactorNeeded).ExecuteAsync(context);
    });

    /// <summary>The page of the step that is next, or null when there is none.</summary>
    public static string? Next(Session session) =>
        session.PasswordOnce ? PasswordPages.Path : session.SecondFactorOnce ? SecondFactorPages.Path : null;
}

/// <summary>
/// Who is at the public door: a person by session cookie, or a partner's machine by a token made for the gateway. At the internal one: the console, on behalf
/// of a person whose session is looked at again, by the token that came with the person's request.
/// </summary>
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
        var header = Request.Headers[HeaderNames.Authorization].ToString();
        var token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : null;
        if (Listeners.IsInternal(Context))
        {
            return token is null ? AuthenticateResult.NoResult() : await OnBehalf(token);
        }

        if (Request.Cookies[SessionRegister.CookieName] is { Length: > 0 } cookie)
        {
            return await sessions.Find(cookie, Context.RequestAborted, Passive(Request)) is { } session
                ? Known(session)
                : AuthenticateResult.Fail("No such session.");
        }

        return token is null ? AuthenticateResult.NoResult() : await Partner(token);
    }

    /// <summary>
    /// What a page asks for by itself, to be up to date, is no sign of a person: it leaves the idle clock alone. Whoever claims it falsely shortens a session
    /// of their own.
    /// </summary>
    public static bool Passive(HttpRequest request) => request.Path.StartsWithSegments(HintStreams.Path) || request.Headers.ContainsKey("Hotline-Passive")
        // The page that was left alone gives way; asking for the lock must not wake what it is to lock.
        || (request.Path == SignInPages.Path && request.Query.ContainsKey("idle"));

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
                // With the issuer that the console sees in its token, so that a form of either is the same person's to both.
                new Claim(TokenClaims.Subject, actor.Id, ClaimValueTypes.String, options.Issuer),
                new Claim(TokenClaims.Name, session.DisplayName),
                .. FirstSteps.Next(session) is null ? Array.Empty<Claim>() : [new Claim(SignedIn.FirstStepsClaim, "true")],
                new Claim(TokenClaims.Role, actor.Role),
                new Claim(TokenClaims.Session, session.Id.ToString()),
                .. actor.Agency is { } agency ? [new Claim(TokenClaims.Agency, agency)] : Array.Empty<Claim>(),
                .. actor.Desks.Select(desk => new Claim(TokenClaims.Desk, desk)),
                .. actor.Provinces.Select(province => new Claim(TokenClaims.Province, province)),
            ],
            Name, TokenClaims.Subject, TokenClaims.Role);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Name));
    }

    private async Task<AuthenticateResult> OnBehalf(string token)
    {
        var result = await Validate(token, GatewayOptions.Console);
        if (!result.IsValid || !Guid.TryParse(result.ClaimsIdentity.FindFirst(TokenClaims.Session)?.Value, out var id))
        {
            return AuthenticateResult.Fail("The token is not valid here.");
        }

        // The account's present rights are the row's, not the token's; and a session that ended since the page was asked for is over here too.
        return await sessions.Find(id, Context.RequestAborted) is { } session
            ? Known(session)
            : AuthenticateResult.Fail("The session has ended.");
    }

    private async Task<TokenValidationResult> Validate(string token, string audience)
    {
        var set = await keys.Current(Context.RequestAborted);
        return await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(token, Token.Rules(options.Issuer, audience, set.Find, clock));
    }

    private async Task<AuthenticateResult> Partner(string token)
    {
        var result = await Validate(token, Audience);
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
