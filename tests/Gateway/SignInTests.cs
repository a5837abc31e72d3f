using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Accounts;
using Npgsql;
using static Hotline111.Gateway.Tests.GatewayUnderTest;

namespace Hotline111.Gateway.Tests;

public sealed class SignInTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    [Fact]
    public async Task Password_and_code_open_a_session_that_only_the_browser_holds()
    {
        var person = await gateway.NewPerson(Roles.Liaison, "c02", ["c02.01"], ["01"]);
        using var answer = await gateway.TrySignIn(person);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        cookie.ShouldStartWith("__Host-hotline111=");
        foreach (var rule in (string[])["; path=/", "; secure", "; samesite=lax", "; httponly"])
            cookie.ShouldContain(rule, Case.Insensitive);
        cookie.ShouldNotContain("domain", Case.Insensitive);
        var body = await JsonOf(answer);
        ((string)body["role"]!).ShouldBe(Roles.Liaison);
        ((string)body["account"]!["userName"]!).ShouldBe(person.UserName);

        using var browser = gateway.Browser(CookieOf(answer));
        var known = await Json(browser, "/auth/session");
        ((string)known["account"]!["desks"]![0]!).ShouldBe("c02.01");
        ((string)known["account"]!["agency"]!).ShouldBe("c02");
    }

    [Fact]
    public async Task Every_failure_gives_the_same_answer()
    {
        var (person, disabled) = (await gateway.NewPerson(), await gateway.NewPerson());
        using var administrator = await gateway.SignInAs(Roles.Administrator);
        await Disable(administrator, disabled);
        List<HttpResponseMessage> answers =
        [
            await gateway.TrySignIn(person, password: "không phải mật khẩu này"),
            await gateway.TrySignIn(person, code: "000000"),
            await gateway.TrySignIn(person, userName: "khong-ai-ten-nay"),
            await gateway.TrySignIn(person, userName: ""),
            await gateway.TrySignIn(person, password: ""),
            await gateway.TrySignIn(disabled),
        ];
        foreach (var answer in answers)
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            (await ProblemOf(answer)).ShouldBe("sign-in-failed");
            answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
        }

        (await Task.WhenAll(answers.Select(Shape))).Distinct().Count().ShouldBe(1);
        answers.ForEach(answer => answer.Dispose());
    }

    [Fact]
    public async Task A_code_is_good_for_one_sign_in()
    {
        var person = await gateway.NewPerson();
        var code = gateway.CodeOf(person);
        using var first = await gateway.TrySignIn(person, code: code);
        first.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var second = await gateway.TrySignIn(person, code: code);
        (await ProblemOf(second)).ShouldBe("sign-in-failed");
        using var next = await gateway.TrySignIn(person, code: OneTimeCode(person.Secret, gateway.Clock.GetUtcNow().AddSeconds(30)));
        next.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var older = await gateway.TrySignIn(person, code: OneTimeCode(person.Secret, gateway.Clock.GetUtcNow()));
        (await ProblemOf(older)).ShouldBe("sign-in-failed");
    }

    [Fact]
    public async Task Of_the_same_code_shown_ten_times_at_once_one_opens()
    {
        var person = await gateway.NewPerson();
        // Spread over fewer tries than pause the account.
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => gateway.TrySignIn(person, code: gateway.CodeOf(person))));
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(1);
        foreach (var answer in answers)
            answer.Dispose();
    }

    [Fact]
    public void Codes_are_those_of_the_standard()
    {
        // RFC 6238, appendix B, the last six digits.
        var secret = Encoding.ASCII.GetBytes("12345678901234567890");
        foreach (var (seconds, code) in ((long, string)[])[(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")])
        {
            Totp.Code(secret, seconds / 30).ShouldBe(code);
            OneTimeCode(secret, DateTimeOffset.FromUnixTimeSeconds(seconds)).ShouldBe(code);
        }

        Totp.ToBase32(secret).ShouldBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        Totp.FromBase32("gezd gnbv gy3t qojq gezd gnbv gy3t qojq").ShouldBe(secret);
    }

    [Fact]
    public async Task Nothing_at_rest_lets_a_reader_of_the_database_in()
    {
        var person = await gateway.NewPerson();
        using var browser = await gateway.SignIn(person);
        await using var source = NpgsqlDataSource.Create(gateway.OwnerConnection);
        var sealed_ = await Rows(source, "select totp_secret from identity.account where user_name = $1", person.UserName);
        ((byte[])sealed_.Single()).AsSpan().IndexOf(person.Secret).ShouldBe(-1);
        (await Rows(source, "select xml from gateway.data_protection_key")).ShouldAllBe(xml => !((string)xml).Contains("<masterKey"));
        var cookie = browser.DefaultRequestHeaders.GetValues("Cookie").Single().Split('=')[1];
        foreach (var hash in await Rows(source, "select secret_hash from gateway.session"))
            cookie.ShouldNotContain(Convert.ToBase64String((byte[])hash).TrimEnd('='));
        foreach (var bytes in await Rows(source, "select private_key from gateway.signing_key"))
            Should.Throw<System.Security.Cryptography.CryptographicException>(() =>
            {
                using var key = System.Security.Cryptography.ECDsa.Create();
                key.ImportPkcs8PrivateKey((byte[])bytes, out _);
            });
    }

    [Fact]
    public async Task What_happened_at_the_door_is_kept_but_not_what_was_typed()
    {
        var person = await gateway.NewPerson();
        (await gateway.TrySignIn(person, userName: "mat-khau-go-nham-cho")).Dispose();
        (await gateway.TrySignIn(person, password: "gõ nhầm mật khẩu cũ")).Dispose();
        (await gateway.SignIn(person)).Dispose();
        await using var source = NpgsqlDataSource.Create(gateway.OwnerConnection);
        var outcomes = await Rows(source,
            "select e.outcome from identity.sign_in_event e join identity.account a on a.id = e.account where a.user_name = $1 order by e.id", person.UserName);
        outcomes.ShouldBe(["wrong-password", "signed-in"]);
        var all = await Rows(source, "select row_to_json(e)::text from identity.sign_in_event e");
        all.ShouldAllBe(row => !((string)row).Contains("nham") && !((string)row).Contains("nhầm"));
    }

    internal static async Task Disable(HttpClient administrator, Person person, string verb = "disable")
    {
        using var answer = await Post(administrator, $"/auth/accounts/{await IdOf(administrator, person)}/{verb}");
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    internal static async Task<string> IdOf(HttpClient administrator, Person person)
    {
        var accounts = (await Json(administrator, "/auth/accounts"))["accounts"]!.AsArray();
        return (string)accounts.Single(account => (string)account!["userName"]! == person.UserName)!["id"]!;
    }

    internal static async Task<List<object>> Rows(NpgsqlDataSource source, string sql, params object[] values)
    {
#pragma warning disable CA2100 // Written in the tests.
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync();
        List<object> rows = [];
        while (await reader.ReadAsync())
            rows.Add(reader.GetValue(0));
        return rows;
    }

    private static async Task<string> Shape(HttpResponseMessage answer)
    {
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
        body.Remove("traceId");
        return body.ToJsonString() + string.Join('\n', answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key is not "Date")
            .Select(header => $"{header.Key}: {string.Join(',', header.Value)}").Order(StringComparer.Ordinal));
    }
}

public sealed class LockOutTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    [Fact]
    public async Task Five_failures_pause_the_account_and_each_further_one_twice_as_long()
    {
        var person = await gateway.NewPerson();
        for (var i = 0; i < 5; i++)
            (await gateway.TrySignIn(person, code: "000000")).Dispose();
        (await Status(person)).ShouldBe(HttpStatusCode.Unauthorized);
        gateway.Clock.Advance(TimeSpan.FromSeconds(50));
        (await Status(person)).ShouldBe(HttpStatusCode.Unauthorized);
        gateway.Clock.Advance(TimeSpan.FromSeconds(15));

        // The pause is over: one more failure pauses for two minutes.
        (await gateway.TrySignIn(person, code: "000000")).Dispose();
        gateway.Clock.Advance(TimeSpan.FromSeconds(90));
        (await Status(person)).ShouldBe(HttpStatusCode.Unauthorized);
        gateway.Clock.Advance(TimeSpan.FromSeconds(35));
        (await Status(person)).ShouldBe(HttpStatusCode.OK);

        // Success starts the count anew.
        gateway.Clock.Advance(TimeSpan.FromSeconds(30));
        for (var i = 0; i < 4; i++)
            (await gateway.TrySignIn(person, code: "000000")).Dispose();
        (await Status(person)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Guesses_made_at_the_same_moment_all_count()
    {
        var person = await gateway.NewPerson();
        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => gateway.TrySignIn(person, code: "000000"))))
            answer.Dispose();
        (await Status(person)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Where_the_account_signed_in_lately_a_long_pause_lets_one_try_a_minute_through()
    {
        var (known, stranger) = (await gateway.NewPerson(), await gateway.NewPerson());
        (await Status(known)).ShouldBe(HttpStatusCode.OK);
        foreach (var person in new[] { known, stranger })
        {
            for (var i = 0; i < 5; i++)
                (await gateway.TrySignIn(person, code: "000000")).Dispose();
            // Each of these comes after the pause before it.
            for (var minutes = 1; minutes <= 32; minutes *= 2)
            {
                gateway.Clock.Advance(TimeSpan.FromMinutes(minutes) + TimeSpan.FromSeconds(1));
                (await gateway.TrySignIn(person, code: "000000")).Dispose();
            }

            (await Status(person)).ShouldBe(HttpStatusCode.Unauthorized, "one has just been tried");
            gateway.Clock.Advance(TimeSpan.FromSeconds(61));
            (await Status(person)).ShouldBe(person == known ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
        }
    }

    private async Task<HttpStatusCode> Status(Person person)
    {
        using var answer = await gateway.TrySignIn(person);
        return answer.StatusCode;
    }
}
