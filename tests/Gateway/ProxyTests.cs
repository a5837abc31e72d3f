using System.Net;
using Hotline111.Contracts.Access;
using static Hotline111.Gateway.Tests.GatewayUnderTest;

namespace Hotline111.Gateway.Tests;

public sealed class ProxyTests(GatewayUnderTest gateway) : IClassFixture<GatewayUnderTest>
{
    [Fact]
    public async Task A_service_learns_who_asks_and_nothing_that_the_caller_made_up()
    {
        using var browser = await gateway.SignInAs(Roles.Liaison, "c02", ["c02.01", "c02.02"], ["01", "08"]);
        const string trace = "0af7651916cd43dd8448eb211c80319c";
        using var answer = await Get(browser, "/api/referrals/echo",
            ("Authorization", "Bearer forged"), ("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Proto", "https"), ("Forwarded", "for=10.0.0.1"),
            ("X-Real-IP", "10.0.0.1"), ("X-Hotline-Role", "director"), ("Hotline-Actor", "somebody"), ("baggage", "name=secret"),
            ("traceparent", $"00-{trace}-b7ad6b7169203331-01"));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var seen = await JsonOf(answer);
        var me = await Json(browser, "/auth/session");
        ((string)seen["actor"]!).ShouldBe((string)me["account"]!["id"]!);
        ((string)seen["role"]!).ShouldBe(Roles.Liaison);
        ((string)seen["agency"]!).ShouldBe("c02");
        seen["desks"]!.AsArray().Select(desk => (string)desk!).ShouldBe(["c02.01", "c02.02"]);
        seen["provinces"]!.AsArray().Select(province => (string)province!).ShouldBe(["01", "08"]);
        Guid.TryParse((string?)seen["session"], out _).ShouldBeTrue();
        ((string)seen["path"]!).ShouldBe("/referrals/echo");
        var headers = seen["headers"]!.AsObject().ToDictionary(header => header.Key, header => (string)header.Value!, StringComparer.OrdinalIgnoreCase);
        headers["Authorization"].ShouldStartWith("Bearer ey");
        headers["traceparent"].ShouldContain(trace);
        foreach (var name in (string[])["Cookie", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "X-Hotline-Role", "Hotline-Actor", "baggage"])
            headers.ShouldNotContainKey(name);
    }

    [Fact]
    public async Task A_header_comes_to_the_service_as_it_was_sent_whatever_its_letters()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        using var answer = await Get(browser, "/api/referrals/echo", ("Idempotency-Key", "Mẩy"));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        ((string)(await JsonOf(answer))["headers"]!["Idempotency-Key"]!).ShouldBe("Mẩy");
    }

    [Fact]
    public async Task A_token_is_used_again_for_half_its_life()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        var first = await TokenSeen(browser);
        (await TokenSeen(browser)).ShouldBe(first);
        gateway.Clock.Advance(TimeSpan.FromSeconds(31));
        (await TokenSeen(browser)).ShouldNotBe(first);
    }

    [Fact]
    public async Task What_a_service_says_about_a_place_holds_outside_and_what_it_says_about_itself_does_not_get_out()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        using var answer = await Post(browser, "/api/referrals", new { });
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        answer.Headers.Location!.OriginalString.ShouldBe("/api/referrals/0198");
        answer.Headers.Contains("Server").ShouldBeFalse();
    }

    [Fact]
    public async Task The_service_itself_refuses_a_role_that_its_rule_does_not_name()
    {
        using var counsellor = await gateway.SignInAs(Roles.Counsellor);
        using var refused = await Post(counsellor, "/api/referrals/acknowledge");
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await ProblemOf(refused)).ShouldBe("role-not-allowed");
        using var liaison = await gateway.SignInAs(Roles.Liaison, "c02", ["c02.01"]);
        using var done = await Post(liaison, "/api/referrals/acknowledge");
        done.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_service_that_is_away_is_a_problem_with_a_time_to_try_again()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        foreach (var path in (string[])["/api/cases", "/api/contacts/1", "/api/notices"])
        {
            using var answer = await Get(browser, path, ("Accept-Language", "en"));
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            answer.Headers.RetryAfter!.Delta.ShouldNotBeNull();
            answer.Content.Headers.ContentLanguage.ShouldBe(["en"]);
            (await ProblemOf(answer)).ShouldBe("service-away");
        }
    }

    [Fact]
    public async Task What_is_inside_has_no_route()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        foreach (var path in (string[])["/internal/published", "/api/internal/published", "/api/referrals/../internal/published", "/notices", "/agencies", "/api/unknown", "/api"])
        {
            using var answer = await Get(browser, path);
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }
    }

    [Fact]
    public async Task Inside_there_are_keys_tokens_and_health_but_no_people()
    {
        var person = await gateway.NewPerson();
        using var signIn = await gateway.TrySignIn(person, at: gateway.Internal);
        signIn.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var browser = await gateway.SignIn(person);
        using var inside = gateway.Browser(browser.DefaultRequestHeaders.GetValues("Cookie").Single(), gateway.Internal);
        using var answer = await Get(inside, "/api/referrals/echo", ("Host", gateway.Public.Authority));
        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var keys = await Get(inside, "/.well-known/jwks.json");
        keys.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<string> TokenSeen(HttpClient browser) =>
        (string)(await Json(browser, "/api/referrals/echo"))["headers"]!["Authorization"]!;
}
