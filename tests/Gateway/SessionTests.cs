using System.Net;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Accounts;
using static Hotline111.Gateway.Tests.GatewayUnderTest;

namespace Hotline111.Gateway.Tests;

public sealed class SessionTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    [Fact]
    public async Task Without_a_session_nothing_behind_the_gateway_answers()
    {
        using var stranger = gateway.Browser();
        foreach (var path in (string[])["/api/referrals/echo", "/api/cases/1", "/auth/session", "/auth/sessions", "/auth/accounts"])
        {
            using var answer = await Get(stranger, path);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
            (await ProblemOf(answer)).ShouldBe("not-signed-in");
        }
    }

    [Fact]
    public async Task An_invented_or_damaged_cookie_is_no_session()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        var cookie = browser.DefaultRequestHeaders.GetValues("Cookie").Single();
        foreach (var invented in (string[])["__Host-hotline111=abc", "__Host-hotline111=", $"{cookie[..^4]}AAAA", $"__Host-hotline111={new string('A', 3000)}"])
        {
            using var stranger = gateway.Browser(invented);
            using var answer = await Get(stranger, "/auth/session");
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, invented);
        }
    }

    [Fact]
    public async Task A_session_is_listed_and_another_device_can_end_it_at_once()
    {
        var person = await gateway.NewPerson();
        using var office = await gateway.SignIn(person);
        gateway.Clock.Advance(TimeSpan.FromSeconds(30));
        using var laptop = await gateway.SignIn(person);
        (await Status(laptop, "/api/referrals/echo")).ShouldBe(HttpStatusCode.OK);

        var list = (await Json(office, "/auth/sessions"))["sessions"]!.AsArray();
        list.Count.ShouldBe(2);
        var other = list.Single(line => !(bool)line!["current"]!)!;
        ((string)other["address"]!).ShouldBe("127.0.0.1");

        using var stranger = await gateway.SignInAs(Roles.Counsellor);
        using (var refused = await Send(stranger, HttpMethod.Delete, $"/auth/sessions/{other["id"]}", null))
            (await ProblemOf(refused)).ShouldBe("not-found");
        (await Status(laptop, "/api/referrals/echo")).ShouldBe(HttpStatusCode.OK);

        using var ended = await Send(office, HttpMethod.Delete, $"/auth/sessions/{other["id"]}", null);
        ended.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await Status(laptop, "/api/referrals/echo")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Status(office, "/api/referrals/echo")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_and_takes_the_cookie_back()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        using var answer = await Post(browser, "/auth/sign-out");
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        answer.Headers.GetValues("Set-Cookie").Single().ShouldContain("expires=Thu, 01 Jan 1970");
        (await Status(browser, "/auth/session")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Signing_out_everywhere_ends_every_session()
    {
        var person = await gateway.NewPerson();
        using var one = await gateway.SignIn(person);
        gateway.Clock.Advance(TimeSpan.FromSeconds(30));
        using var two = await gateway.SignIn(person);
        (await Post(one, "/auth/sign-out-everywhere")).Dispose();
        (await Status(one, "/auth/session")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Status(two, "/auth/session")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_disabled_account_is_dead_at_once_and_can_come_back()
    {
        var person = await gateway.NewPerson();
        using var browser = await gateway.SignIn(person);
        using var administrator = await gateway.SignInAs(Roles.Administrator);
        (await Status(browser, "/api/referrals/echo")).ShouldBe(HttpStatusCode.OK);
        await SignInTests.Disable(administrator, person);
        (await Status(browser, "/api/referrals/echo")).ShouldBe(HttpStatusCode.Unauthorized);
        await SignInTests.Disable(administrator, person, "enable");
        (await Status(browser, "/api/referrals/echo")).ShouldBe(HttpStatusCode.Unauthorized);
        gateway.Clock.Advance(TimeSpan.FromSeconds(30));
        (await gateway.SignIn(person)).Dispose();
    }

    [Fact]
    public async Task Only_an_administrator_makes_accounts_and_not_a_second_of_the_same_name()
    {
        using var supervisor = await gateway.SignInAs(Roles.Supervisor);
        using (var refused = await Post(supervisor, "/auth/accounts", new { userName = "x", displayName = "y", role = Roles.Administrator }))
            (await ProblemOf(refused)).ShouldBe("role-not-allowed");
        using var administrator = await gateway.SignInAs(Roles.Administrator);
        using (var refused = await Get(administrator, "/api/referrals/acknowledge"))
            refused.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        var wanted = new { userName = $"lienlac.{Guid.NewGuid():N}"[..20], displayName = "Cán bộ thử", role = Roles.Liaison, agency = "c02", desks = (string[])["c02"] };
        using var made = await Post(administrator, "/auth/accounts", wanted);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        using var again = await Post(administrator, "/auth/accounts", wanted);
        (await ProblemOf(again)).ShouldBe("body-invalid");
        using var unknown = await Post(administrator, "/auth/accounts", new { userName = "z", displayName = "z", role = "minister" });
        (await ProblemOf(unknown)).ShouldBe("body-invalid");

        // The new owner may do nothing with the one-time password but change it; every other session of the account ends with the change.
        var handover = await JsonOf(made);
        var secret = Totp.FromBase32(((string)handover["totpUri"]!).Split("secret=")[1].Split('&')[0]);
        var person = new Person(wanted.userName, (string)handover["password"]!, secret, Roles.Liaison);
        using var first = await gateway.SignIn(person);
        gateway.Clock.Advance(TimeSpan.FromSeconds(30));
        using var second = await gateway.SignIn(person);
        using (var refused = await Get(first, "/api/referrals/echo"))
            (await ProblemOf(refused)).ShouldBe("password-change-needed");
        using (var refused = await Post(first, "/auth/password", new { current = "khong dung mat khau", next = "mật khẩu mới dài hơn" }))
            (await ProblemOf(refused)).ShouldBe("password-wrong");
        using (var refused = await Post(first, "/auth/password", new { current = person.Password, next = "ngắn" }))
            (await ProblemOf(refused)).ShouldBe("body-invalid");
        using (var changed = await Post(first, "/auth/password", new { current = person.Password, next = "mật khẩu mới dài hơn" }))
            changed.StatusCode.ShouldBe(HttpStatusCode.NoContent);

        // Then an app of their own, at this door too.
        using (var refused = await Get(first, "/api/referrals/echo"))
            (await ProblemOf(refused)).ShouldBe("second-factor-needed");
        var codes = await SetUpSecondFactor(gateway, first);
        (await Status(first, "/api/referrals/echo")).ShouldBe(HttpStatusCode.OK);
        (await Status(second, "/auth/session")).ShouldBe(HttpStatusCode.Unauthorized);

        // A recovery code stands in for the authenticator, once; those that somebody else has seen no longer do.
        var recovery = codes[0];
        using (var seen = await gateway.TrySignIn(person, password: "mật khẩu mới dài hơn", code: (string)handover["recoveryCodes"]![0]!))
            seen.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using (var lost = await gateway.TrySignIn(person, password: "mật khẩu mới dài hơn", code: recovery))
            lost.StatusCode.ShouldBe(HttpStatusCode.OK);
        using (var replayed = await gateway.TrySignIn(person, password: "mật khẩu mới dài hơn", code: recovery))
            replayed.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Renewed_secrets_end_every_session_and_the_old_secrets()
    {
        var person = await gateway.NewPerson();
        using var browser = await gateway.SignIn(person);
        using var administrator = await gateway.SignInAs(Roles.Administrator);
        for (var i = 0; i < 6; i++)
            (await gateway.TrySignIn(person, code: "000000")).Dispose();
        using var renewed = await Post(administrator, $"/auth/accounts/{await SignInTests.IdOf(administrator, person)}/renew");
        renewed.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Status(browser, "/auth/session")).ShouldBe(HttpStatusCode.Unauthorized);
        gateway.Clock.Advance(TimeSpan.FromSeconds(30));
        using (var old = await gateway.TrySignIn(person))
            old.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        var handover = await JsonOf(renewed);
        var secret = Totp.FromBase32(((string)handover["totpUri"]!).Split("secret=")[1].Split('&')[0]);
        using var back = await gateway.TrySignIn(person with { Password = (string)handover["password"]!, Secret = secret });
        back.StatusCode.ShouldBe(HttpStatusCode.OK);
        ((bool)(await JsonOf(back))["passwordChangeNeeded"]!).ShouldBeTrue();
        using var unknown = await Post(administrator, $"/auth/accounts/{Guid.NewGuid()}/renew");
        (await ProblemOf(unknown)).ShouldBe("not-found");
    }

    [Fact]
    public async Task An_administrator_cannot_lock_herself_out()
    {
        var person = await gateway.NewPerson(Roles.Administrator);
        using var administrator = await gateway.SignIn(person);
        using var refused = await Post(administrator, $"/auth/accounts/{await SignInTests.IdOf(administrator, person)}/disable");
        (await ProblemOf(refused)).ShouldBe("body-invalid");
        using var unknown = await Post(administrator, $"/auth/accounts/{Guid.NewGuid()}/disable");
        (await ProblemOf(unknown)).ShouldBe("not-found");
    }

    /// <summary>Takes an app of one's own, as a program does; the recovery codes.</summary>
    internal static async Task<string[]> SetUpSecondFactor(GatewayUnderTest gateway, HttpClient browser, DateTimeOffset? now = null)
    {
        using var offered = await Post(browser, "/auth/second-factor");
        offered.StatusCode.ShouldBe(HttpStatusCode.OK);
        var offer = await JsonOf(offered);
        var secret = Totp.FromBase32((string)offer["secret"]!);
        using (var wrong = await Post(browser, "/auth/second-factor/confirm", new { ticket = (string)offer["ticket"]!, code = "000000" }))
            (await ProblemOf(wrong)).ShouldBe("body-invalid");
        using var taken = await Post(browser, "/auth/second-factor/confirm", new { ticket = (string)offer["ticket"]!, code = OneTimeCode(secret, now ?? gateway.Clock.GetUtcNow()) });
        taken.StatusCode.ShouldBe(HttpStatusCode.OK);
        return [.. (await JsonOf(taken))["recoveryCodes"]!.AsArray().Select(code => (string)code!)];
    }

    internal static async Task<HttpStatusCode> Status(HttpClient client, string path)
    {
        using var answer = await Get(client, path);
        return answer.StatusCode;
    }
}

public sealed class SessionEndTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    [Fact]
    public async Task A_session_ends_after_fifteen_idle_minutes_or_twelve_hours_in_any_case()
    {
        using var idle = await gateway.SignInAs(Roles.Counsellor);
        using var busy = await gateway.SignInAs(Roles.Counsellor);
        for (var i = 0; i < 3; i++)
        {
            gateway.Clock.Advance(TimeSpan.FromMinutes(5.1));
            (await SessionTests.Status(busy, "/api/referrals/echo")).ShouldBe(HttpStatusCode.OK);
        }

        (await SessionTests.Status(idle, "/auth/session")).ShouldBe(HttpStatusCode.Unauthorized);
        for (var i = 0; i < 50; i++)
        {
            gateway.Clock.Advance(TimeSpan.FromMinutes(14));
            (await SessionTests.Status(busy, "/auth/session")).ShouldBe(HttpStatusCode.OK);
        }

        gateway.Clock.Advance(TimeSpan.FromMinutes(14));
        (await SessionTests.Status(busy, "/auth/session")).ShouldBe(HttpStatusCode.Unauthorized);
    }
}

public sealed class RestartTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    [Fact]
    public async Task A_restart_signs_nobody_out_and_a_revocation_survives_it()
    {
        var (stays, goes) = (await gateway.NewPerson(), await gateway.NewPerson());
        using var one = await gateway.SignIn(stays);
        using var two = await gateway.SignIn(goes);
        (await Post(two, "/auth/sign-out")).Dispose();
        var kids = await Kids();
        await gateway.StopGateway();

        await gateway.StartGateway();
        (await SessionTests.Status(one, "/api/referrals/echo")).ShouldBe(HttpStatusCode.OK);
        (await SessionTests.Status(two, "/auth/session")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Kids()).ShouldBe(kids);
    }

    private async Task<string> Kids()
    {
        using var client = gateway.Browser();
        return string.Join(',', (await Json(client, "/.well-known/jwks.json"))["keys"]!.AsArray().Select(key => (string)key!["kid"]!));
    }
}
