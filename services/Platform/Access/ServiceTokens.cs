using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Hotline111.Platform.Access;

/// <summary>
/// Machine tokens for calls to a sister service, from the gateway, for a client assertion signed with this service's own key
/// (<c>private_key_jwt</c>, RFC 7523). A token is used again until shortly before its end.
/// </summary>
public sealed class ServiceTokens(IHttpClientFactory clients, AccessOptions options, TimeProvider clock)
{
    /// <summary>A cached token is given out no longer than this before its end.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, Cached> _cache = new(StringComparer.Ordinal);

    /// <summary>A token for that service, to be sent as <c>Authorization: Bearer</c>.</summary>
    /// <param name="audience">Name of the sister service.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="HttpRequestException">The gateway is away or refuses; the caller tries again later.</exception>
    public async Task<string> For(string audience, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        // One of a time that has not come yet is of a clock that was set right meanwhile.
        if (_cache.TryGetValue(audience, out var cached) && now < cached.UseUntil && now >= cached.From)
        {
            return cached.Token;
        }

        using var client = clients.CreateClient(VerificationKeys.ClientName);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_assertion_type"] = ClientAssertion.Type,
            ["client_assertion"] = ClientAssertion.Write(options.ClientKey, options.Service, options.Issuer, now),
            ["audience"] = audience,
        });
        using var response = await client.PostAsync(options.TokenAddress, form, ct);
        response.EnsureSuccessStatusCode();
        var answer = await response.Content.ReadFromJsonAsync<Answer>(ct)
            ?? throw new HttpRequestException("The gateway answered without a token.");
        _cache[audience] = new Cached(answer.AccessToken, now, now.AddSeconds(answer.ExpiresIn) - Margin);
        return answer.AccessToken;
    }

    /// <summary>Forgets the token for that service, after the service has refused it.</summary>
    public void Forget(string audience) => _cache.TryRemove(audience, out _);

    private sealed record Cached(string Token, DateTimeOffset From, DateTimeOffset UseUntil);

    private sealed record Answer(
        [property: JsonPropertyName("access_token")] string AccessToken,
        [property: JsonPropertyName("expires_in")] int ExpiresIn);
}

/// <summary>A machine's proof of who it is: a token about itself, signed with its own key, used once.</summary>
public static class ClientAssertion
{
    /// <summary>The value of <c>client_assertion_type</c> (RFC 7523 §2.2).</summary>
    public const string Type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// <summary>How long one is valid; also the longest validity that the gateway accepts.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    /// <summary>Signs an assertion.</summary>
    /// <param name="key">The client's private key.</param>
    /// <param name="clientId">Client id: issuer and subject.</param>
    /// <param name="issuer">The gateway's issuer name, which is the assertion's audience.</param>
    /// <param name="now">Time of issue.</param>
    public static string Write(ECDsaSecurityKey key, string clientId, string issuer, DateTimeOffset now) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = clientId,
            Audience = issuer,
            Claims = new Dictionary<string, object>
            {
                [JwtRegisteredClaimNames.Sub] = clientId,
                [JwtRegisteredClaimNames.Jti] = Guid.CreateVersion7().ToString(),
            },
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = now.Add(Lifetime).UtcDateTime,
            SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256),
        });
}
