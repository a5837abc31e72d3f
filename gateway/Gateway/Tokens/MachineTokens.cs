using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Guards;
using Hotline111.Gateway.Sessions;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Mvc;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Hotline111.Gateway.Tokens;

/// <summary>
/// POST /auth/token: a machine gets a token for a signed assertion about itself (<c>client_credentials</c> with <c>private_key_jwt</c>,
/// RFC 7523); there is no other grant. Services are served on the internal listener only, partners get tokens for the gateway only.
/// </summary>
public static class MachineTokens
{
    private static readonly TimeSpan LongestAssertion = ClientAssertion.Lifetime + Token.ClockSkew;

    /// <summary>A token, in the form of RFC 6749 §5.1.</summary>
    public sealed record Answer(
        [property: JsonPropertyName("access_token")] string AccessToken,
        [property: JsonPropertyName("token_type")] string TokenType,
        [property: JsonPropertyName("expires_in")] int ExpiresIn);

    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/auth/token", Handle)
        .AllowAnonymous()
        .InLane(Lane.Free)
        .DisableAntiforgery() // No cookie takes part: the assertion in the body is the proof.
        .WithTags("Tokens")
        .WithSummary("Cấp thẻ truy cập cho hệ thống máy / a machine's access token for a signed assertion")
        .Produces<Answer>()
        .ProducesProblem(400)
        .ProducesProblem(401);

    private static async Task<IResult> Handle(
        HttpContext context,
        [FromForm(Name = "grant_type")] string? grantType,
        [FromForm(Name = "client_assertion_type")] string? assertionType,
        [FromForm(Name = "client_assertion")] string? assertion,
        [FromForm] string? audience,
        Clients clients, SigningKeys keys, NpgsqlDataSource source, GatewayOptions options, TimeProvider clock, CancellationToken ct)
    {
        if (grantType != "client_credentials" || assertionType != ClientAssertion.Type || string.IsNullOrEmpty(assertion))
        {
            return GatewayProblems.UnsupportedGrant;
        }

        if (await Verify(assertion, clients, source, options, clock, ct) is not { } client)
        {
            return GatewayProblems.InvalidClient;
        }

        // A service's key stolen from a machine inside is of no use outside.
        if (client.Role == Roles.Service && !Listeners.IsInternal(context))
        {
            return GatewayProblems.InvalidClient;
        }

        var granted = client.Role switch
        {
            Roles.Service => GatewayOptions.Services.Contains(audience, StringComparer.Ordinal),
            _ => audience == SessionAuthentication.Audience,
        };
        if (!granted)
        {
            return GatewayProblems.InvalidTarget;
        }

        var set = await keys.Current(ct);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new Answer(
            Token.Write(set.Active, options.Issuer, audience!, TokenActor.Machine(client.Id, client.Role, client.Agency), clock.GetUtcNow()),
            "Bearer", (int)Token.Lifetime.TotalSeconds));
    }

    private static async Task<Client?> Verify(
        string assertion, Clients clients, NpgsqlDataSource source, GatewayOptions options, TimeProvider clock, CancellationToken ct)
    {
        JsonWebToken parsed;
        try
        {
            parsed = new JsonWebToken(assertion);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return null;
        }

        if (clients.Find(parsed.Issuer) is not { } client || parsed.Subject != client.Id)
        {
            return null;
        }

        // Each client signs with one key, so the assertion's own key id decides nothing.
        var rules = Token.Rules(client.Id, options.Issuer, _ => client.Key, clock);
        rules.IssuerSigningKeyResolver = (_, _, _, _) => [client.Key];
        var result = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(assertion, rules);
        if (!result.IsValid || string.IsNullOrEmpty(parsed.Id) || parsed.Audiences.Count() != 1)
        {
            return null;
        }

        var expires = new DateTimeOffset(parsed.ValidTo, TimeSpan.Zero);
        return expires <= clock.GetUtcNow() + LongestAssertion && await FirstUse(client.Id, parsed.Id, expires, source, clock, ct) ? client : null;
    }

    private static async Task<bool> FirstUse(
        string client, string jti, DateTimeOffset expires, NpgsqlDataSource source, TimeProvider clock, CancellationToken ct)
    {
        await using var command = source.CreateCommand("""
            with gone as (delete from gateway.client_assertion where expires_at < $4)
            insert into gateway.client_assertion (client_id, jti_hash, expires_at) values ($1, $2, $3) on conflict do nothing
            """);
        command.Parameters.Add(new() { Value = client });
        command.Parameters.Add(new() { Value = SHA256.HashData(Encoding.UTF8.GetBytes(jti)) });
        command.Parameters.Add(new() { Value = expires });
        command.Parameters.Add(new() { Value = clock.GetUtcNow() - Token.ClockSkew - Token.ClockSkew });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }
}
