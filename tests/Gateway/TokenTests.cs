using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Tokens;
using Hotline111.Platform.Access;
using Hotline111.Local;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using static Hotline111.Gateway.Tests.GatewayUnderTest;

namespace Hotline111.Gateway.Tests;

public sealed class TokenTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    private static readonly TokenActor Director = new("0198c0de-0000-7000-8000-000000000001", Roles.Director, null, [], [], null);

    [Fact]
    public async Task A_good_token_opens_the_service_for_which_it_was_made()
    {
        (await At(await Token(Director))).ShouldBe((HttpStatusCode.OK, null));
        (await At(await Token(Director, "case"))).ShouldBe((HttpStatusCode.Unauthorized, "wrong-audience"));
        (await At(null)).ShouldBe((HttpStatusCode.Unauthorized, "not-signed-in"));
        (await At("not.a.token")).ShouldBe((HttpStatusCode.Unauthorized, "not-signed-in"));
        (await At(await Token(Director, issuer: "https://elsewhere.test"))).ShouldBe((HttpStatusCode.Unauthorized, "not-signed-in"));
    }

    [Fact]
    public async Task A_token_is_good_for_a_minute_and_the_difference_of_two_clocks()
    {
        // A minute, and 30 s for the difference; a token counts whole seconds.
        (await At(await Token(Director, age: TimeSpan.FromSeconds(89)))).ShouldBe((HttpStatusCode.OK, null));
        (await At(await Token(Director, age: TimeSpan.FromSeconds(91)))).ShouldBe((HttpStatusCode.Unauthorized, "token-expired"));
        (await At(await Token(Director, age: TimeSpan.FromSeconds(-29)))).ShouldBe((HttpStatusCode.OK, null));
        (await At(await Token(Director, age: TimeSpan.FromSeconds(-31)))).ShouldBe((HttpStatusCode.Unauthorized, "not-signed-in"));
    }

    [Fact]
    public async Task A_clock_that_is_set_by_ten_minutes_to_and_fro_signs_nobody_out_and_refuses_no_call()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        var tokens = gateway.Referral.Services.GetRequiredService<ServiceTokens>();
        foreach (var minutes in (int[])[0, 10, 0, -10, 10, -10, 0])
        {
            gateway.Clock.Set(TimeSpan.FromMinutes(minutes));
            (await SessionTests.Status(browser, "/api/referrals/echo")).ShouldBe(HttpStatusCode.OK, $"{minutes} minutes ahead");
            (await At(await Token(Director))).ShouldBe((HttpStatusCode.OK, null));
            new JsonWebToken(await tokens.For("case", TestContext.Current.CancellationToken)).ValidFrom
                .ShouldBe(gateway.Clock.GetUtcNow().UtcDateTime, Platform.Access.Token.ClockSkew, $"{minutes} minutes ahead: the token of a service");
        }
    }

    [Fact]
    public async Task Only_the_gateways_own_signature_counts()
    {
        var set = await Keys();
        var good = await Token(Director);
        var (header, payload) = (good.Split('.')[0], good.Split('.')[1]);
        var kid = set.Active.KeyId;
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var none = $"{Part($$"""{"alg":"none","typ":"JWT","kid":"{{kid}}"}""")}.{payload}.";
        var withoutKid = Part("""{"alg":"ES256","typ":"JWT"}""");
        var hs256Header = Part($$"""{"alg":"HS256","typ":"JWT","kid":"{{kid}}"}""");
        var publicKey = set.Active.ECDsa.ExportSubjectPublicKeyInfo();
        string[] forged =
        [
            none,
            $"{header}.{payload}.",
            $"{header}.{Part("""{"sub":"x","role":"director"}""")}.{good.Split('.')[2]}",
            $"{hs256Header}.{payload}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(publicKey, Encoding.ASCII.GetBytes($"{hs256Header}.{payload}")))}",
            $"{hs256Header}.{payload}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(Encoding.ASCII.GetBytes(set.Active.ECDsa.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes($"{hs256Header}.{payload}")))}",
            Platform.Access.Token.Write(new ECDsaSecurityKey(foreign) { KeyId = kid }, Issuer, "referral", Director, gateway.Clock.GetUtcNow()),
            Platform.Access.Token.Write(new ECDsaSecurityKey(foreign) { KeyId = "invented" }, Issuer, "referral", Director, gateway.Clock.GetUtcNow()),
            $"{withoutKid}.{payload}.{Base64UrlEncoder.Encode(set.Active.ECDsa.SignData(Encoding.ASCII.GetBytes($"{withoutKid}.{payload}"), HashAlgorithmName.SHA256))}",
        ];
        foreach (var token in forged)
            (await At(token)).ShouldBe((HttpStatusCode.Unauthorized, "not-signed-in"), token);
    }

    [Fact]
    public async Task A_partners_token_is_for_the_gateway_and_nothing_is_granted_there_yet()
    {
        var token = await gateway.MachineToken("partner-a", "gateway", gateway.Public);
        new JsonWebToken(token).GetClaim(TokenClaims.Agency).Value.ShouldBe("c02");
        using (var machine = gateway.Machine(token, gateway.Public))
        using (var answer = await Get(machine, "/api/referrals/echo"))
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
            (await ProblemOf(answer)).ShouldBe("route-not-granted");
        }

        (await At(token)).ShouldBe((HttpStatusCode.Unauthorized, "wrong-audience"));

        // Should a partner ever be given a token for a service, the service still refuses it.
        (await At(await Token(TokenActor.Machine("partner-a", Roles.Partner, "c02")))).ShouldBe((HttpStatusCode.Unauthorized, "not-signed-in"));
        foreach (var audience in (string[])["referral", "case", "", "Gateway"])
        {
            using var refused = await gateway.AskToken("partner-a", audience);
            (await ProblemOf(refused)).ShouldBe("invalid-target", audience);
        }
    }

    [Fact]
    public async Task A_persons_or_services_token_is_nothing_at_the_public_door()
    {
        foreach (var token in (string[])[await Token(Director), await gateway.MachineToken("referral", "case"), "x.y.z"])
        {
            using var machine = gateway.Machine(token, gateway.Public);
            using var answer = await Get(machine, "/api/referrals/echo");
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        using var posing = gateway.Machine(await Token(Director, "gateway"), gateway.Public);
        (await SessionTests.Status(posing, "/api/referrals/echo")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_service_gets_tokens_for_its_sisters_inside_and_none_outside()
    {
        using (var machine = gateway.Machine(await gateway.MachineToken("case", "referral")))
        {
            (await SessionTests.Status(machine, "/internal/published")).ShouldBe(HttpStatusCode.OK);
            (await SessionTests.Status(machine, "/referrals/echo")).ShouldBe(HttpStatusCode.Forbidden);
        }

        using (var outside = await gateway.AskToken("case", "referral", gateway.Public))
        {
            outside.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            (await ProblemOf(outside)).ShouldBe("invalid-client");
        }

        using var gatewayAudience = await gateway.AskToken("case", "gateway");
        (await ProblemOf(gatewayAudience)).ShouldBe("invalid-target");
        using var person = gateway.Machine(await Token(Director));
        (await SessionTests.Status(person, "/internal/published")).ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_services_own_client_keeps_its_token_until_shortly_before_its_end()
    {
        var tokens = gateway.Referral.Services.GetRequiredService<ServiceTokens>();
        var first = await tokens.For("case", TestContext.Current.CancellationToken);
        (await tokens.For("case", TestContext.Current.CancellationToken)).ShouldBe(first);
        (await tokens.For("intake", TestContext.Current.CancellationToken)).ShouldNotBe(first);
        gateway.Clock.Advance(TimeSpan.FromSeconds(46));
        (await tokens.For("case", TestContext.Current.CancellationToken)).ShouldNotBe(first);
    }

    [Fact]
    public async Task An_assertion_proves_a_client_once_briefly_and_only_with_its_own_key()
    {
        var now = gateway.Clock.GetUtcNow();
        var assertion = ClientAssertion.Write(gateway.ClientKey("case"), "case", Issuer, now);
        using (var first = await gateway.AskToken("case", "referral", assertion: assertion))
            first.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string[] refused =
        [
            assertion,
            ClientAssertion.Write(gateway.ClientKey("referral"), "case", Issuer, now),
            ClientAssertion.Write(new ECDsaSecurityKey(foreign) { KeyId = "case" }, "case", Issuer, now),
            ClientAssertion.Write(gateway.ClientKey("case"), "nobody", Issuer, now),
            ClientAssertion.Write(gateway.ClientKey("case"), "case", "https://elsewhere.test", now),
            ClientAssertion.Write(gateway.ClientKey("case"), "case", Issuer, now.AddMinutes(-3)),
            // Of a time to come, though it ends no later than one of now may.
            Assertion(gateway.ClientKey("case"), now.AddSeconds(55), now.AddSeconds(85), jti: "early"),
            Assertion(gateway.ClientKey("case"), now, now.AddHours(1), jti: "long"),
            Assertion(gateway.ClientKey("case"), now, now.AddSeconds(30), jti: null),
            Assertion(gateway.ClientKey("case"), now, now.AddSeconds(30), jti: "other subject", subject: "referral"),
            $"{Part("""{"alg":"none"}""")}.{assertion.Split('.')[1]}.",
            "nonsense",
        ];
        foreach (var proof in refused)
        {
            using var answer = await gateway.AskToken("case", "referral", assertion: proof);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, proof);
            (await ProblemOf(answer)).ShouldBe("invalid-client");
        }

        using (var allowed = await gateway.AskToken("case", "referral", assertion: Assertion(gateway.ClientKey("case"), now, now.AddSeconds(60), jti: "good")))
            allowed.StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var grant in (string[])["password", "authorization_code", "refresh_token", ""])
        {
            using var answer = await gateway.AskToken("case", "referral", grant: grant);
            ((string)(await JsonOf(answer))["error"]!).ShouldBe("unsupported_grant_type");
        }
    }

    private async Task<(HttpStatusCode Status, string? Problem)> At(string? token)
    {
        using var machine = gateway.Machine(token);
        using var answer = await Get(machine, "/referrals/echo");
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
            answer.Headers.WwwAuthenticate.Single().Scheme.ShouldBe("Bearer");
        return (answer.StatusCode, answer.IsSuccessStatusCode ? null : await ProblemOf(answer));
    }

    private ValueTask<KeySet> Keys() => gateway.Gateway.Services.GetRequiredService<SigningKeys>().Current(TestContext.Current.CancellationToken);

    private async Task<string> Token(TokenActor actor, string audience = "referral", string issuer = Issuer, TimeSpan age = default) =>
        Platform.Access.Token.Write((await Keys()).Active, issuer, audience, actor, gateway.Clock.GetUtcNow() - age);

    private static string Part(string json) => Base64UrlEncoder.Encode(json);

    private static string Assertion(ECDsaSecurityKey key, DateTimeOffset from, DateTimeOffset until, string? jti, string subject = "case")
    {
        var claims = new JsonObject
        {
            ["iss"] = "case",
            ["sub"] = subject,
            ["aud"] = Issuer,
            ["nbf"] = from.ToUnixTimeSeconds(),
            ["iat"] = from.ToUnixTimeSeconds(),
            ["exp"] = until.ToUnixTimeSeconds(),
        };
        if (jti is not null)
            claims["jti"] = $"{jti}-{Guid.NewGuid()}";
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            claims.ToJsonString(), new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256));
    }
}

public sealed class KeyRollTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    [Fact]
    public async Task A_new_key_is_published_at_once_signs_soon_and_the_old_one_stays_ten_minutes()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        var old = await KidSeen(browser);
        using var administrator = await gateway.SignInAs(Roles.Administrator);
        using var rolled = await Post(administrator, "/auth/signing-keys/roll");
        var kid = (string)(await JsonOf(rolled))["kid"]!;
        kid.ShouldNotBe(old);
        (await Published()).ShouldBe([old, kid], ignoreOrder: true);
        (await KidSeen(browser)).ShouldBe(old);

        gateway.Clock.Advance(TimeSpan.FromSeconds(40));
        (await KidSeen(browser)).ShouldBe(kid);
        gateway.Clock.Advance(TimeSpan.FromMinutes(9));
        (await Published()).ShouldBe([old, kid], ignoreOrder: true);
        gateway.Clock.Advance(TimeSpan.FromMinutes(2));
        (await Published()).ShouldBe([kid]);

        // Rolling twice in the same moment is rolling once.
        using var administratorAgain = await gateway.SignInAs(Roles.Administrator);
        var twice = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var answer = await Post(administratorAgain, "/auth/signing-keys/roll");
            return (string)(await JsonOf(answer))["kid"]!;
        }));
        twice.Distinct().Count().ShouldBe(1);
        using var supervisor = await gateway.SignInAs(Roles.Supervisor);
        using var refused = await Post(supervisor, "/auth/signing-keys/roll");
        (await ProblemOf(refused)).ShouldBe("role-not-allowed");
    }

    private async Task<string[]> Published()
    {
        using var client = gateway.Browser();
        var keys = (await Json(client, "/.well-known/jwks.json"))["keys"]!.AsArray();
        keys.ShouldAllBe(key => key!["d"] == null);
        return [.. keys.Select(key => (string)key!["kid"]!)];
    }

    private static async Task<string> KidSeen(HttpClient browser) =>
        new JsonWebToken(((string)(await Json(browser, "/api/referrals/echo"))["headers"]!["Authorization"]!)["Bearer ".Length..]).Kid;
}

public sealed class GatewayAwayTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    [Fact]
    public async Task Services_go_on_with_the_keys_they_have_and_a_service_without_any_says_so()
    {
        var set = await gateway.Gateway.Services.GetRequiredService<SigningKeys>().Current(TestContext.Current.CancellationToken);
        var actor = new TokenActor(Guid.CreateVersion7().ToString(), Roles.Director, null, [], [], null);
        string Fresh() => Token.Write(set.Active, Issuer, "referral", actor, gateway.Clock.GetUtcNow());
        using (var before = gateway.Machine(Fresh()))
            (await SessionTests.Status(before, "/referrals/echo")).ShouldBe(HttpStatusCode.OK);
        await gateway.StopGateway();
        for (var i = 0; i < 3; i++)
        {
            gateway.Clock.Advance(TimeSpan.FromHours(1));
            using var away = gateway.Machine(Fresh());
            (await SessionTests.Status(away, "/referrals/echo")).ShouldBe(HttpStatusCode.OK);
        }

        var address = new Uri($"http://127.0.0.1:{Port.Free()}");
        await using (await gateway.StartService("referral", address))
        {
            using var machine = gateway.Machine(Fresh(), address);
            using var answer = await Get(machine, "/referrals/echo");
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            (await ProblemOf(answer)).ShouldBe("verification-keys-unknown");
            answer.Headers.RetryAfter.ShouldNotBeNull();

            // As soon as the gateway is back the same service judges again.
            await gateway.StartGateway();
            gateway.Clock.Advance(VerificationKeys.UnknownKeyPause);
            using var back = gateway.Machine(Fresh(), address);
            (await SessionTests.Status(back, "/referrals/echo")).ShouldBe(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task Invented_key_ids_do_not_become_a_flood_at_the_gateway()
    {
        var asked = 0;
        using var known = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new Uri($"http://127.0.0.1:{Port.Free()}");
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls(authority.AbsoluteUri);
        await using var publisher = builder.Build();
        var point = known.ExportParameters(false).Q;
        publisher.MapGet("/.well-known/jwks.json", () =>
        {
            Interlocked.Increment(ref asked);
            return Results.Json(new { keys = new[] { new { kty = "EC", crv = "P-256", kid = "one", x = Base64UrlEncoder.Encode(point.X!), y = Base64UrlEncoder.Encode(point.Y!) } } });
        });
        await publisher.StartAsync(TestContext.Current.CancellationToken);
        var address = new Uri($"http://127.0.0.1:{Port.Free()}");
        await using var service = await gateway.StartService("referral", address, authority);
        var actor = new TokenActor("x", Roles.Director, null, [], [], null);

        async Task<HttpStatusCode> Try(string kid)
        {
            using var machine = gateway.Machine(Token.Write(new ECDsaSecurityKey(known) { KeyId = kid }, Issuer, "referral", actor, gateway.Clock.GetUtcNow()), address);
            return await SessionTests.Status(machine, "/referrals/echo");
        }

        (await Try("one")).ShouldBe(HttpStatusCode.OK);
        asked.ShouldBe(1);
        gateway.Clock.Advance(VerificationKeys.UnknownKeyPause);
        (await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Try($"invented-{i}")))).ShouldAllBe(status => status == HttpStatusCode.Unauthorized);
        asked.ShouldBe(2);
        (await Try("one")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_service_with_a_door_without_a_rule_does_not_start()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{Port.Free()}");
        builder.Services.AddRuleCheck();
        await using var app = builder.Build();
        app.MapGet("/forgotten", () => "open");
        app.MapGet("/known", () => "open").AllowAnonymous();
        var fault = await Should.ThrowAsync<InvalidOperationException>(app.StartAsync(TestContext.Current.CancellationToken));
        fault.Message.ShouldContain("/forgotten");
        fault.Message.ShouldNotContain("/known");
    }

    [Fact]
    public void A_table_does_not_take_an_action_twice_or_without_a_role_and_does_not_know_others()
    {
        Should.Throw<ArgumentException>(() => new AccessTable(new AccessRule("a", ["x"], ""), new AccessRule("a", ["y"], "")));
        Should.Throw<ArgumentException>(() => new AccessTable(new AccessRule("a", [], "")));
        var table = new AccessTable(new AccessRule("a", ["x"], ""));
        table.Allows("x", "a").ShouldBeTrue();
        table.Allows("y", "a").ShouldBeFalse();
        Should.Throw<ArgumentException>(() => table.Allows("x", "b"));
    }
}
