using System.Security.Cryptography;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Net.Http.Headers;

namespace Hotline111.Platform.Access;

/// <summary>What a service knows about the gateway, from the settings <c>Access:*</c>.</summary>
/// <param name="Service">Name of this service: the audience it accepts and the client it is.</param>
/// <param name="Issuer">The only accepted issuer, a URL that need not resolve.</param>
/// <param name="Authority">Base address of the gateway's internal listener.</param>
/// <param name="ClientKey">The private key that signs this service's client assertions.</param>
public sealed record AccessOptions(string Service, string Issuer, Uri Authority, ECDsaSecurityKey ClientKey)
{
    /// <summary>Where the gateway publishes its keys.</summary>
    public Uri KeysAddress => new(Authority, "/.well-known/jwks.json");

    /// <summary>Where a machine gets a token.</summary>
    public Uri TokenAddress => new(Authority, "/auth/token");

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="StartupException">One is missing or nonsensical; the sentence names it.</exception>
    public static AccessOptions Read(string service, IConfiguration configuration)
    {
        const string keyFile = "Access:ClientKeyFile";
        var issuer = Settings.Address(configuration, "Access:Issuer", "the name that stands in every token");
        var authority = Settings.Address(configuration, "Access:Authority", "the gateway's internal listener");
        var pem = Settings.FileText(configuration, keyFile, "the PEM file with this service's EC P-256 private key");
        try
        {
            return new AccessOptions(service, issuer.OriginalString, authority, Token.ReadPrivateKey(pem, keyId: service));
        }
        catch (CryptographicException cause)
        {
            throw new StartupException(StartupException.Configuration, $"{keyFile} names a file that is not a PEM file with an EC P-256 private key.", cause);
        }
    }
}

/// <summary>The lock on every door of a service.</summary>
public static class AccessSetup
{
    private static readonly object KeysUnknown = new();

    /// <summary>
    /// Tokens of the gateway for this service are verified (ES256 only, issuer, audience, 30 s skew); every endpoint needs a rule; machine
    /// tokens for sister services can be had from <see cref="ServiceTokens"/>.
    /// </summary>
    /// <param name="builder">The service being built.</param>
    /// <param name="service">Its name: audience of its tokens and id of its client.</param>
    /// <exception cref="StartupException">A setting <c>Access:*</c> is missing or nonsensical.</exception>
    public static IHostApplicationBuilder AddAccess(this IHostApplicationBuilder builder, string service)
    {
        var options = AccessOptions.Read(service, builder.Configuration);
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<VerificationKeys>();
        services.AddSingleton<ServiceTokens>();
        services.AddHttpClient(VerificationKeys.ClientName, client => client.Timeout = TimeSpan.FromSeconds(5));
        services.AddRuleCheck();
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<VerificationKeys, TimeProvider>((bearer, keys, clock) =>
        {
            bearer.MapInboundClaims = false;
            bearer.TokenValidationParameters = Token.Rules(options.Issuer, options.Service, keys.Find, clock);
            bearer.Events = new JwtBearerEvents
            {
                OnMessageReceived = context => FetchKeyOf(context, keys),
                OnTokenValidated = RefuseOutsiders,
                OnChallenge = Challenge,
                OnForbidden = context => AccessProblem.RoleNotAllowed.ExecuteAsync(context.HttpContext),
            };
        });
        services.AddAuthorizationBuilder().SetFallbackPolicy(
            new AuthorizationPolicyBuilder(JwtBearerDefaults.AuthenticationScheme).RequireAuthenticatedUser().Build());
        return builder;
    }

    /// <summary>The process does not start while one of its endpoints has neither a rule nor an explicit <c>AllowAnonymous</c>.</summary>
    public static IServiceCollection AddRuleCheck(this IServiceCollection services) => services.AddSingleton<IStartupFilter, EveryDoorHasARule>();

    // The key is looked up synchronously during validation, so an unknown one is fetched before.
    private static async Task FetchKeyOf(MessageReceivedContext context, VerificationKeys keys)
    {
        var header = context.Request.Headers[HeaderNames.Authorization].ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var token = header["Bearer ".Length..].Trim();
        try
        {
            if (new JsonWebToken(token).Kid is { Length: > 0 } kid && !await keys.Prepare(kid, context.HttpContext.RequestAborted))
            {
                context.HttpContext.Items[KeysUnknown] = true;
            }
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or OperationCanceledException)
        {
            // Not a token, which validation will say, or nobody who still waits for an answer.
        }
    }

    // A partner's token names the gateway as audience and cannot get here; should one ever name a service, it still ends here.
    private static Task RefuseOutsiders(TokenValidatedContext context)
    {
        var role = context.Principal?.FindFirst(TokenClaims.Role)?.Value;
        if (role is null or "partner" || context.Principal?.FindFirst(TokenClaims.Subject) is null)
        {
            context.Fail("The token is not for use inside.");
        }

        return Task.CompletedTask;
    }

    private static Task Challenge(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        if (context.HttpContext.Items.ContainsKey(KeysUnknown))
        {
            return AccessProblem.KeysUnknown.ExecuteAsync(context.HttpContext);
        }

        context.Response.Headers.WWWAuthenticate = context.AuthenticateFailure is null ? "Bearer" : "Bearer error=\"invalid_token\"";
        var problem = context.AuthenticateFailure switch
        {
            SecurityTokenExpiredException => AccessProblem.TokenExpired,
            SecurityTokenInvalidAudienceException => AccessProblem.WrongAudience,
            _ => AccessProblem.NotSignedIn,
        };
        return problem.ExecuteAsync(context.HttpContext);
    }
}
