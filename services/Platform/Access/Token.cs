using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Hotline111.Platform.Access;

/// <summary>The names of the claims that the gateway writes and the services read.</summary>
public static class TokenClaims
{
    /// <summary>Account id (UUID) of a person, or client id of a machine.</summary>
    public const string Subject = "sub";

    /// <summary>The one role of the account or client.</summary>
    public const string Role = "role";

    /// <summary>Agency id; absent for the hotline's own staff and for services.</summary>
    public const string Agency = "agency";

    /// <summary>Desk id; none, one or several.</summary>
    public const string Desk = "desk";

    /// <summary>Province code; none, one or several.</summary>
    public const string Province = "province";

    /// <summary>Id of the session the token was made for; absent for machines.</summary>
    public const string Session = "sid";

    /// <summary>The name colleagues see. Only in tokens for whoever shows it on a page; services know accounts by id.</summary>
    public const string Name = "name";
}

/// <summary>On whose behalf a token speaks: the content of a token besides issuer, audience and times.</summary>
/// <param name="Id">Account id or client id.</param>
/// <param name="Role">Role name, see <see cref="TokenClaims.Role"/>.</param>
/// <param name="Agency">Agency id, or null.</param>
/// <param name="Desks">Desk ids.</param>
/// <param name="Provinces">Province codes.</param>
/// <param name="Session">Session id, or null for a machine.</param>
public sealed record TokenActor(
    string Id, string Role, string? Agency, IReadOnlyList<string> Desks, IReadOnlyList<string> Provinces, string? Session)
{
    /// <summary>See <see cref="TokenClaims.Name"/>; null in tokens for services.</summary>
    public string? Name { get; init; }

    /// <summary>A machine: no agency, desk, province or session.</summary>
    public static TokenActor Machine(string clientId, string role, string? agency = null) => new(clientId, role, agency, [], [], null);
}

/// <summary>How access tokens are signed and what a valid one looks like: both sides of the same promise, so they stand together.</summary>
public static class Token
{
    /// <summary>A token lives this long. Short, because a session revoked at the gateway must be dead at the services too.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    /// <summary>How far the clocks of two machines may differ.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>Signs a token for one audience.</summary>
    /// <param name="key">EC P-256 private key; its <c>KeyId</c> becomes the token's <c>kid</c>.</param>
    /// <param name="issuer">Value of <c>iss</c>.</param>
    /// <param name="audience">Name of the one service that shall accept it.</param>
    /// <param name="actor">Who acts.</param>
    /// <param name="now">Time of issue; the token ends <see cref="Lifetime"/> later.</param>
    /// <returns>The compact serialisation.</returns>
    public static string Write(ECDsaSecurityKey key, string issuer, string audience, TokenActor actor, DateTimeOffset now)
    {
        var claims = new Dictionary<string, object>
        {
            [TokenClaims.Subject] = actor.Id,
            [TokenClaims.Role] = actor.Role,
            [JwtRegisteredClaimNames.Jti] = Guid.CreateVersion7().ToString(),
        };
        if (actor.Agency is { } agency)
        {
            claims[TokenClaims.Agency] = agency;
        }

        if (actor.Desks.Count > 0)
        {
            claims[TokenClaims.Desk] = actor.Desks.ToArray();
        }

        if (actor.Provinces.Count > 0)
        {
            claims[TokenClaims.Province] = actor.Provinces.ToArray();
        }

        if (actor.Name is { } name)
        {
            claims[TokenClaims.Name] = name;
        }

        if (actor.Session is { } session)
        {
            claims[TokenClaims.Session] = session;
        }

        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            Claims = claims,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = now.Add(Lifetime).UtcDateTime,
            SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256),
        });
    }

    /// <summary>What a token must satisfy: ES256 with a key of the given set, this issuer, this audience, in time within 30 s.</summary>
    /// <param name="issuer">The only accepted <c>iss</c>.</param>
    /// <param name="audience">The only accepted <c>aud</c>.</param>
    /// <param name="find">The public key with that key id, or null.</param>
    /// <param name="clock">The clock that "in time" is judged by.</param>
    public static TokenValidationParameters Rules(string issuer, string audience, Func<string, SecurityKey?> find, TimeProvider clock) => new()
    {
        ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
        RequireSignedTokens = true,
        // A token without a key id matches nothing: trying every key would make the key id optional for an attacker too.
        IssuerSigningKeyResolver = (_, _, kid, _) => string.IsNullOrEmpty(kid) || find(kid) is not { } key ? [] : [key],
        TryAllIssuerSigningKeys = false,
        ValidateIssuerSigningKey = true,
        ValidateIssuer = true,
        ValidIssuer = issuer,
        ValidateAudience = true,
        ValidAudience = audience,
        RequireAudience = true,
        ValidateLifetime = true,
        RequireExpirationTime = true,
        ClockSkew = ClockSkew,
        LifetimeValidator = (from, until, _, _) => InTime(from, until, clock.GetUtcNow().UtcDateTime),
        NameClaimType = TokenClaims.Subject,
        RoleClaimType = TokenClaims.Role,
    };

    /// <summary>Reads a PEM private key on the P-256 curve.</summary>
    /// <param name="pem">The PEM text (PKCS#8 or SEC 1).</param>
    /// <param name="keyId">The id under which the other side knows its public half.</param>
    /// <exception cref="CryptographicException">It is not an EC P-256 private key.</exception>
    public static ECDsaSecurityKey ReadPrivateKey(string pem, string keyId) =>
        pem.Contains("PRIVATE KEY", StringComparison.Ordinal)
            ? ReadKey(pem, keyId)
            : throw new CryptographicException("The file holds no private key.");

    /// <summary>Reads a PEM public key on the P-256 curve.</summary>
    /// <exception cref="CryptographicException">It is not an EC P-256 key.</exception>
    public static ECDsaSecurityKey ReadPublicKey(string pem, string keyId) => ReadKey(pem, keyId);

    private static bool InTime(DateTime? from, DateTime? until, DateTime now)
    {
        if (until is null)
        {
            return false;
        }

        // The handler would only say "invalid lifetime"; the reader should learn that a new token helps.
        return until.Value + ClockSkew > now
            ? from is null || from.Value - ClockSkew <= now
            : throw new SecurityTokenExpiredException("The token has expired.");
    }

    private static ECDsaSecurityKey ReadKey(string pem, string keyId)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                throw new CryptographicException("The key is not on the curve P-256.");
            }

            return new ECDsaSecurityKey(key) { KeyId = keyId };
        }
        catch (ArgumentException)
        {
            key.Dispose();
            throw new CryptographicException("The text is not a PEM key.");
        }
        catch (CryptographicException)
        {
            key.Dispose();
            throw;
        }
    }
}

/// <summary>Short words for the claims of the one who acts.</summary>
public static class Actor
{
    extension(ClaimsPrincipal user)
    {
        /// <summary>Account id or client id. Only for an authenticated principal.</summary>
        /// <exception cref="InvalidOperationException">The principal carries no subject, so it was never authenticated.</exception>
        public string ActorId =>
            user.FindFirst(TokenClaims.Subject)?.Value ?? throw new InvalidOperationException("The principal has no subject.");

        /// <summary>The role of the account or client. Only for an authenticated principal.</summary>
        /// <exception cref="InvalidOperationException">The principal carries no role, so it was never authenticated.</exception>
        public string Role =>
            user.FindFirst(TokenClaims.Role)?.Value ?? throw new InvalidOperationException("The principal has no role.");

        /// <summary>Agency id, or null for the hotline's own staff and for services.</summary>
        public string? AgencyId => user.FindFirst(TokenClaims.Agency)?.Value;

        /// <summary>The desks the account serves; empty for the hotline's own staff.</summary>
        public IReadOnlyList<string> DeskIds => [.. user.FindAll(TokenClaims.Desk).Select(claim => claim.Value)];

        /// <summary>The provinces the account is limited to; empty means no limit.</summary>
        public IReadOnlyList<string> Provinces => [.. user.FindAll(TokenClaims.Province).Select(claim => claim.Value)];

        /// <summary>The session at the gateway, or null for a machine.</summary>
        public string? SessionId => user.FindFirst(TokenClaims.Session)?.Value;
    }
}
