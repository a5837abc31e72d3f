using System.Net;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using static Hotline111.Gateway.Tests.GatewayUnderTest;

namespace Hotline111.Gateway.Tests;

/// <summary>A gateway with something behind its page routes that verifies tokens as the console does, and gives away the one it got.</summary>
public sealed class GatewayWithPages : GatewayAndConsole
{
    /// <summary>The token with which the console was asked for a page.</summary>
    public static async Task<string> ConsoleToken(HttpClient browser)
    {
        using var answer = await Get(browser, "/desk/token");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await TextOf(answer);
    }

    protected override void AddPages(WebApplication app, AccessTable table)
    {
        app.MapGet("/desk/token", (HttpRequest request) => request.Headers.Authorization.ToString()["Bearer ".Length..]).RequireAction(table, "page");
        app.MapGet("/desk/name", (HttpContext context) => context.User.FindFirst(TokenClaims.Name)!.Value).RequireAction(table, "page");
        app.MapGet("/desk/headers", (HttpContext context) =>
        {
            context.Response.Headers.Append("Set-Cookie", "__Host-hotline111=stolen; path=/; secure");
            context.Response.Headers.Append("Set-Cookie", "__Host-hotline111-form=token; path=/; secure");
            return Results.Json(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()));
        }).RequireAction(table, "page");
        app.MapGet("/hints", async (HttpContext context) =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var i = 0; !context.RequestAborted.IsCancellationRequested; i++)
            {
                await context.Response.WriteAsync($"data: {i}\n\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(200, context.RequestAborted);
            }
        }).RequireAction(table, "page");
    }
}

public sealed class ExchangeTests(GatewayWithPages gateway) : IClassFixture<GatewayWithPages>
{
    [Fact]
    public async Task The_console_reaches_a_service_as_the_person_it_serves_and_the_service_sees_a_token_of_its_own()
    {
        using var browser = await gateway.SignInAs(Roles.Liaison, "c02", ["c02.01"], ["01"]);
        var token = await GatewayWithPages.ConsoleToken(browser);
        using var console = gateway.Machine(token, gateway.Internal);
        using var answer = await Get(console, "/api/referrals/echo");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var seen = await JsonOf(answer);
        ((string)seen["actor"]!).ShouldBe((string)(await Json(browser, "/auth/session"))["account"]!["id"]!);
        ((string)seen["role"]!).ShouldBe(Roles.Liaison);
        seen["desks"]!.AsArray().Select(desk => (string)desk!).ShouldBe(["c02.01"]);
        ((string)seen["headers"]!["Authorization"]!).ShouldNotContain(token);
        ((string)seen["path"]!).ShouldBe("/referrals/echo");
    }

    [Fact]
    public async Task The_name_goes_to_the_console_and_not_to_a_service()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        using var named = await Get(browser, "/desk/name");
        (await TextOf(named)).ShouldBe("Người thử");
        var seen = await Json(browser, "/api/referrals/echo");
        new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(((string)seen["headers"]!["Authorization"]!)["Bearer ".Length..]).TryGetClaim(TokenClaims.Name, out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_session_that_ended_since_the_page_was_asked_for_is_over_for_the_console_too()
    {
        var person = await gateway.NewPerson();
        using var browser = await gateway.SignIn(person);
        using var console = gateway.Machine(await GatewayWithPages.ConsoleToken(browser), gateway.Internal);
        (await SessionTests.Status(console, "/api/referrals/echo")).ShouldBe(HttpStatusCode.OK);
        (await Post(browser, "/auth/sign-out")).Dispose();
        (await SessionTests.Status(console, "/api/referrals/echo")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_disabled_account_is_over_for_the_console_too()
    {
        var person = await gateway.NewPerson();
        using var browser = await gateway.SignIn(person);
        using var console = gateway.Machine(await GatewayWithPages.ConsoleToken(browser), gateway.Internal);
        using var administrator = await gateway.SignInAs(Roles.Administrator);
        await SignInTests.Disable(administrator, person);
        (await SessionTests.Status(console, "/api/referrals/echo")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_console_token_opens_nothing_outside_and_no_other_token_opens_the_way_inside()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        var token = await GatewayWithPages.ConsoleToken(browser);
        using (var outside = gateway.Machine(token, gateway.Public))
        {
            (await SessionTests.Status(outside, "/api/referrals/echo")).ShouldBe(HttpStatusCode.Unauthorized);
            (await SessionTests.Status(outside, "/desk/token")).ShouldBe(HttpStatusCode.Unauthorized);
        }

        using (var service = gateway.Machine(token))
            (await SessionTests.Status(service, "/referrals/echo")).ShouldBe(HttpStatusCode.Unauthorized);
        var echoed = (string)(await Json(browser, "/api/referrals/echo"))["headers"]!["Authorization"]!;
        foreach (var other in (string[])[
            echoed["Bearer ".Length..], await gateway.MachineToken("case", "referral"), await gateway.MachineToken("partner-a", "gateway", gateway.Public), "eyJhbGciOiJub25lIn0.e30."])
        {
            using var inside = gateway.Machine(other, gateway.Internal);
            (await SessionTests.Status(inside, "/api/referrals/echo")).ShouldBe(HttpStatusCode.Unauthorized);
        }

        using var noPage = gateway.Machine(token, gateway.Internal);
        foreach (var path in (string[])["/desk/token", "/auth/session", "/sign-in", "/account"])
            (await SessionTests.Status(noPage, path)).ShouldBe(HttpStatusCode.NotFound, path);
    }

    [Fact]
    public async Task No_machine_can_ask_for_a_token_for_the_console()
    {
        using var refused = await gateway.AskToken("case", "console");
        (await ProblemOf(refused)).ShouldBe("invalid-target");
    }

    [Fact]
    public async Task An_old_token_of_the_console_opens_nothing()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        using var console = gateway.Machine(await GatewayWithPages.ConsoleToken(browser), gateway.Internal);
        gateway.Clock.Advance(TimeSpan.FromSeconds(95));
        (await SessionTests.Status(console, "/api/referrals/echo")).ShouldBe(HttpStatusCode.Unauthorized);
        (await SessionTests.Status(browser, "/desk/token")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_console_sees_no_session_cookie_and_can_set_none()
    {
        using var signedIn = await gateway.SignInAs(Roles.Counsellor);
        var cookie = signedIn.DefaultRequestHeaders.GetValues("Cookie").Single();
        using var browser = gateway.Browser($"{cookie}; __Host-hotline111-language=en; __Host-hotline111-form=abc; other=1");
        using var answer = await Get(browser, "/desk/headers");
        var seen = await JsonOf(answer);
        ((string)seen["Cookie"]!).ShouldBe("__Host-hotline111-language=en; __Host-hotline111-form=abc");
        answer.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().ShouldStartWith("__Host-hotline111-form=");
    }

    [Fact]
    public async Task What_a_page_asks_for_by_itself_keeps_no_session_awake()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        for (var i = 0; i < 4; i++)
        {
            gateway.Clock.Advance(TimeSpan.FromMinutes(3));
            using var passive = await Get(browser, "/desk/token", ("Hotline-Passive", "1"));
            passive.StatusCode.ShouldBe(HttpStatusCode.OK);
            using var console = gateway.Machine(await TextOf(passive), gateway.Internal);
            (await SessionTests.Status(console, "/api/referrals/echo")).ShouldBe(HttpStatusCode.OK);
        }

        gateway.Clock.Advance(TimeSpan.FromMinutes(4));
        (await SessionTests.Status(browser, "/desk/token")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_stream_ends_soon_after_its_session()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        using var answer = await browser.GetAsync("/hints", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("data: 0");
        (await Post(browser, "/auth/sign-out")).Dispose();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await Should.ThrowAsync<Exception>(async () =>
        {
            while (await reader.ReadLineAsync(patience.Token) is not null)
            {
            }

            throw new EndOfStreamException();
        });
        patience.IsCancellationRequested.ShouldBeFalse();
        (await SessionTests.Status(browser, "/hints")).ShouldBe(HttpStatusCode.Unauthorized);
    }
}

/// <summary>The pages of signing in, as a browser without scripts sees them.</summary>
public sealed class PageDoorTests(GatewayWithPages gateway) : IClassFixture<GatewayWithPages>
{
    private static readonly (string, string) Html = ("Accept", "text/html,application/xhtml+xml");

    [Fact]
    public async Task A_stranger_who_asks_for_a_page_is_sent_to_sign_in_and_back()
    {
        using var stranger = gateway.Browser();
        using (var answer = await Get(stranger, "/inbox?x=1", Html))
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
            answer.Headers.Location!.OriginalString.ShouldBe("/sign-in?to=%2Finbox%3Fx%3D1");
        }

        using (var part = await Get(stranger, "/inbox/rows", ("HX-Request", "true"), ("HX-Current-URL", $"{gateway.Public}inbox")))
        {
            part.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            part.Headers.GetValues("HX-Redirect").ShouldBe(["/sign-in?to=%2Finbox"]);
        }

        using var program = await Get(stranger, "/inbox");
        (await ProblemOf(program)).ShouldBe("not-signed-in");
    }

    [Theory]
    [InlineData("https://elsewhere.test/")]
    [InlineData("//elsewhere.test")]
    [InlineData("/\\elsewhere.test")]
    [InlineData("javascript:alert(1)")]
    [InlineData("")]
    public async Task Nobody_is_sent_to_another_site(string to)
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        using var answer = await Get(browser, $"/sign-in?to={Uri.EscapeDataString(to)}", Html);
        answer.Headers.Location!.OriginalString.ShouldBe("/");
        using var spoken = await Get(browser, $"/language/en?to={Uri.EscapeDataString(to)}", Html);
        spoken.Headers.Location!.OriginalString.ShouldBe("/");
    }

    [Fact]
    public async Task A_form_without_its_token_changes_nothing()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        foreach (var path in (string[])["/sign-out", "/account/sign-out-everywhere", "/account/end-session", "/account/password", "/account/second-factor", "/sign-in", "/sign-in/code"])
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["id"] = Guid.NewGuid().ToString(), ["userName"] = "x", ["password"] = "y" });
            using var answer = await Post(browser, path, form, Html);
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest, path);
        }

        (await SessionTests.Status(browser, "/auth/session")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Assets_are_kept_for_ever_and_need_nobody()
    {
        using var stranger = gateway.Browser();
        using var page = await Get(stranger, "/sign-in", Html);
        var html = await TextOf(page);
        var address = html.Split("href=\"").First(part => part.Contains("look.css", StringComparison.Ordinal)).Split('"')[0];
        using var style = await Get(stranger, address, ("Accept-Encoding", "br"));
        style.Headers.CacheControl!.ToString().ShouldContain("immutable");
        style.Content.Headers.ContentEncoding.ShouldBe(["br"]);
        using var unknown = await Get(stranger, "/assets/x/appsettings.json");
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_accounts_of_a_demonstration_stand_on_the_page_and_others_never()
    {
        var person = await gateway.NewPerson();
        using var administrator = await gateway.SignInAs(Roles.Administrator);
        var name = $"that-{Guid.NewGuid():N}"[..14];
        (await Post(administrator, "/auth/accounts", new { userName = name, displayName = "Người thật", role = Roles.Counsellor })).Dispose();
        using var stranger = gateway.Browser();
        using var page = await Get(stranger, "/sign-in", Html);
        var html = await TextOf(page);
        html.ShouldContain(person.UserName);
        html.ShouldNotContain(name);
    }
}

public sealed class GatewayWithoutDemo : GatewayUnderTest
{
    protected override IReadOnlyList<string> Settings => ["--Gateway:Demo", "false"];
}

public sealed class NoDemoTests(GatewayWithoutDemo gateway) : IClassFixture<GatewayWithoutDemo>
{
    [Fact]
    public async Task Outside_a_demonstration_the_sign_in_page_lists_nobody()
    {
        var person = await gateway.NewPerson();
        using var stranger = gateway.Browser();
        using var page = await Get(stranger, "/sign-in", ("Accept", "text/html"));
        (await TextOf(page)).ShouldNotContain(person.UserName);
    }
}
