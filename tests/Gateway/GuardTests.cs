using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Guards;
using static Hotline111.Gateway.Tests.GatewayUnderTest;

namespace Hotline111.Gateway.Tests;

public sealed class GuardTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    private static readonly (string Name, string Value)[] Promised =
    [
        ("Content-Security-Policy", "default-src 'none'"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
        ("X-Frame-Options", "DENY"), ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ];

    [Fact]
    public async Task Every_answer_carries_the_security_headers_and_none_says_what_server_it_is()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        using var stranger = gateway.Browser();
        HttpResponseMessage[] answers =
        [
            await Get(browser, "/auth/session"), await Get(browser, "/api/referrals/echo"), await Post(browser, "/api/referrals"), await Get(browser, "/api/cases"),
            await Get(stranger, "/api/referrals/echo"), await Get(stranger, "/"), await Get(stranger, "/api/docs"), await Get(stranger, "/nowhere"),
            await Get(stranger, "/health/live"), await Get(stranger, "/.well-known/jwks.json"), await Post(stranger, "/auth/sign-in", new StringContent("{")),
            await Post(stranger, "/auth/sign-in", new { }, ("Origin", "https://elsewhere.test")), await Get(stranger, "/api/catalogues"),
            await Post(stranger, "/auth/sign-in", new ByteArrayContent(new byte[70_000])),
        ];
        foreach (var answer in answers)
        {
            var where = $"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri!.AbsolutePath} {(int)answer.StatusCode}";
            foreach (var (name, value) in Promised)
                answer.Headers.GetValues(name).ShouldHaveSingleItem(where).ShouldStartWith(value, customMessage: where);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            policy.ShouldContain("frame-ancestors 'none'");
            policy.ShouldNotContain("unsafe", customMessage: where);
            answer.Headers.Contains("Server").ShouldBeFalse(where);
            answer.Headers.Contains("X-Powered-By").ShouldBeFalse(where);
            answer.Headers.Contains("Strict-Transport-Security").ShouldBeFalse(where);
            answer.Dispose();
        }
    }

    [Fact]
    public async Task Answers_about_people_are_kept_nowhere()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        foreach (var path in (string[])["/auth/session", "/api/referrals/echo", "/api/cases", "/auth/sessions"])
        {
            using var answer = await Get(browser, path);
            answer.Headers.GetValues("Cache-Control").ShouldBe(["no-store"], path);
        }
    }

    [Fact]
    public async Task Outside_this_machine_browsers_are_told_to_use_tls_only()
    {
        using var stranger = gateway.Browser();
        using var answer = await Get(stranger, "/health/live", ("Host", "hotline111.example"));
        answer.Headers.GetValues("Strict-Transport-Security").Single().ShouldStartWith("max-age=31536000");
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Sec-Fetch-Site", "same-site", false)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Sec-Fetch-Site", "none", true)]
    [InlineData("Origin", "https://elsewhere.test", false)]
    [InlineData("Origin", "null", false)]
    [InlineData("Origin", "http://127.0.0.1", false)]
    [InlineData("Origin", "own", true)]
    [InlineData("X-Nothing", "1", true)]
    public async Task What_changes_something_comes_from_our_own_pages(string header, string value, bool accepted)
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        if (value == "own")
            value = gateway.Public.GetLeftPart(UriPartial.Authority);
        using var answer = await Post(browser, "/api/referrals", new { }, (header, value));
        answer.StatusCode.ShouldBe(accepted ? HttpStatusCode.Created : HttpStatusCode.Forbidden);
        if (!accepted)
            (await ProblemOf(answer)).ShouldBe("cross-site-request");

        // Reading is for the browser to guard: it gives no other site the answer.
        using var read = await Get(browser, "/auth/session", (header, value));
        read.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_body_above_64_kB_is_refused_announced_or_not_at_the_gateway_or_behind_it()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        foreach (var path in (string[])["/api/referrals", "/auth/sign-in"])
        {
            using (var answer = await Post(browser, path, Json(64 * 1024 + 1)))
            {
                answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
                (await ProblemOf(answer)).ShouldBe("body-too-large");
            }

            using (var answer = await PostUnannounced(browser, path))
            {
                answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge, path);
                (await ProblemOf(answer)).ShouldBe("body-too-large");
            }
        }

        using var allowed = await Post(browser, "/api/referrals", Json(64 * 1024));
        allowed.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_malformed_body_is_a_problem_with_its_slug()
    {
        using var stranger = gateway.Browser();
        foreach (var (body, slug) in ((string, string)[])[
            ("{", "body-malformed"), ("[]", "body-invalid"), ("""{"userName":"x"}""", "body-invalid"),
            ("""{"userName":"x","password":"y","code":"z","remember":true}""", "body-unknown-member"), ("""{"userName":null,"password":"y","code":"z"}""", "body-invalid")])
        {
            using var answer = await Post(stranger, "/auth/sign-in", new StringContent(body, Encoding.UTF8, "application/json"));
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest, body);
            (await ProblemOf(answer)).ShouldBe(slug, body);
        }

        using var browser = await gateway.SignInAs(Roles.Counsellor);
        using var form = await Post(browser, "/auth/sign-in", new StringContent("userName=x", Encoding.UTF8, "text/plain"));
        form.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task Headers_and_lines_have_limits()
    {
        using var stranger = gateway.Browser();
        using (var answer = await Get(stranger, "/auth/session", ("X-Large", new string('a', 20_000))))
            answer.StatusCode.ShouldBe(HttpStatusCode.RequestHeaderFieldsTooLarge);
        using (var answer = await Get(stranger, $"/auth/session?{new string('a', 6000)}"))
            answer.StatusCode.ShouldBe(HttpStatusCode.RequestUriTooLong);
        (await Raw("GET / HTTP/1.1\r\n\r\n")).ShouldStartWith("HTTP/1.1 400");
        (await Raw("POST /auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /internal/x HTTP/1.1\r\nHost: x\r\n\r\n"))
            .ShouldNotContain("HTTP/1.1 200");
    }

    [Fact]
    public async Task A_problem_speaks_the_readers_language_and_Vietnamese_to_everybody_else()
    {
        using var stranger = gateway.Browser();
        foreach (var (wanted, given) in ((string, string)[])[("en", "en"), ("en-GB,vi;q=0.5", "en"), ("vi,en;q=0.9", "vi"), ("fr", "vi"), ("", "vi"), ("rubbish;;q=x", "vi")])
        {
            using var answer = await Get(stranger, "/auth/session", ("Accept-Language", wanted));
            answer.Content.Headers.ContentLanguage.ShouldBe([given], wanted);
        }
    }

    private static StringContent Json(int length) => new($$"""{"userName":"{{new string('a', length - 15)}}"}""", Encoding.UTF8, "application/json");

    // A server that has read enough closes the connection, and what is still on its way may overtake the answer: then the caller sees only the closed door.
    private static async Task<HttpResponseMessage> PostUnannounced(HttpClient browser, string path)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return await Post(browser, path, Json(80 * 1024), ("Transfer-Encoding", "chunked"));
            }
            catch (HttpRequestException) when (i < 20)
            {
            }
        }
    }

    private async Task<string> Raw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Public.Host, gateway.Public.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer));
    }
}

public sealed class TightGateway : GatewayUnderTest
{
    protected override IReadOnlyList<string> Settings =>
        ["--Gateway:Limits:AccountPerMinute", "1", "--Gateway:Limits:AccountBurst", "5", "--Gateway:Limits:SignInPerMinute", "3"];
}

public sealed class TightAddressGateway : GatewayUnderTest
{
    protected override IReadOnlyList<string> Settings => ["--Gateway:Limits:AddressPerMinute", "1", "--Gateway:Limits:AddressBurst", "10"];
}

public sealed class LimitTests(TightGateway gateway) : IClassFixture<TightGateway>
{
    [Fact]
    public async Task One_account_that_asks_too_often_waits_and_another_does_not()
    {
        using var eager = await gateway.SignInAs(Roles.Counsellor);
        using var calm = await gateway.SignInAs(Roles.Counsellor);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Get(eager, "/auth/session")));
        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        refused.Count.ShouldBeGreaterThan(5);
        foreach (var answer in refused)
        {
            (await ProblemOf(answer)).ShouldBe("too-many-requests");
            answer.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
        }

        (await SessionTests.Status(calm, "/auth/session")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Guessing_at_one_name_is_slowed_down_before_the_password_is_looked_at()
    {
        var (person, other) = (await gateway.NewPerson(), await gateway.NewPerson());
        for (var i = 0; i < 3; i++)
            (await gateway.TrySignIn(person, code: "000000")).Dispose();
        using var limited = await gateway.TrySignIn(person);
        limited.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        limited.Headers.RetryAfter.ShouldNotBeNull();
        using var sameName = await gateway.TrySignIn(person, userName: $" {person.UserName.ToUpperInvariant()} ");
        sameName.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        using var another = await gateway.TrySignIn(other);
        another.StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}

public sealed class InventedNamesTests(TightGateway gateway) : IClassFixture<TightGateway>
{
    [Fact]
    public async Task Invented_names_are_limited_together_so_that_they_keep_nobody_from_signing_in_elsewhere()
    {
        var person = await gateway.NewPerson();
        const int perMinute = 3 * Limits.NamesOfOneAddress;
        var began = Stopwatch.GetTimestamp();
        List<HttpStatusCode> answers = [];
        for (var n = 0; n < 2 * perMinute; n++)
        {
            using var answer = await gateway.TrySignIn(person, userName: $"nobody{n}");
            answers.Add(answer.StatusCode);
        }

        // While they are tried, some come back.
        var most = perMinute + 1 + (int)(Stopwatch.GetElapsedTime(began).TotalMinutes * perMinute);
        answers.Count(status => status == HttpStatusCode.Unauthorized).ShouldBeInRange(perMinute, most);
        answers.ShouldAllBe(status => status == HttpStatusCode.Unauthorized || status == HttpStatusCode.TooManyRequests);
    }
}

public sealed class AddressLimitTests(TightAddressGateway gateway) : IClassFixture<TightAddressGateway>
{
    [Fact]
    public async Task One_address_that_asks_too_often_waits_signed_in_or_not()
    {
        using var stranger = gateway.Browser("__Host-hotline111=invented");
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Get(stranger, "/api/referrals/echo")));
        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        refused.Count.ShouldBeGreaterThan(10);
        (await ProblemOf(refused[0])).ShouldBe("too-many-requests");
        refused[0].Headers.RetryAfter.ShouldNotBeNull();

        // The platform's own services are not slowed down by what happens outside.
        using var inside = gateway.Browser(at: gateway.Internal);
        (await SessionTests.Status(inside, "/.well-known/jwks.json")).ShouldBe(HttpStatusCode.OK);
    }
}
