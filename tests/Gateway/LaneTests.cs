using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Guards;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Hotline111.Local;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using static Hotline111.Gateway.Tests.GatewayUnderTest;

namespace Hotline111.Gateway.Tests;

/// <summary>A gateway with narrow lanes; behind it a service whose lists take as long as the test wants, and pages that ask the gateway as the console does.</summary>
public sealed class GatewayWithNarrowLanes : GatewayAndConsole
{
    private TaskCompletionSource _open = Opened();
    private int _asked;

    protected override IReadOnlyList<string> Settings => ["--Gateway:Lanes:agency:Requests", "2", "--Gateway:Lanes:agency:Calls", "2",
        "--Gateway:Lanes:answers:Requests", "10", "--Gateway:Lanes:answers:Calls", "1", "--Gateway:Lanes:streams:Requests", "3"];

    /// <summary>From here on the list answers nobody, until the end of what is returned: then everybody who asked, and everybody who will.</summary>
    public Holding Hold()
    {
        (_open, _asked) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0);
        return new Holding(_open);
    }

    /// <summary>Ends when so many have reached the service.</summary>
    public async Task Asked(int times)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (Volatile.Read(ref _asked) < times)
            await Task.Delay(5, patience.Token);
    }

    protected override void AddDoors(WebApplication service, AccessTable table)
    {
        service.MapGet("/inbox", (Delegate)List).RequireAction(table, "referral.read");
        service.MapGet("/referrals/{id:guid}/history", (Delegate)List).RequireAction(table, "referral.read");
        service.MapPost("/referrals/emergency", () => Results.Created("/referrals/0198", null)).RequireAction(table, "referral.read");
        service.MapGet("/referrals/{id:guid}", () => "referral").RequireAction(table, "referral.read");
    }

    protected override void AddPages(WebApplication app, AccessTable table)
    {
        app.MapGet("/contacts/{id:guid}/emergency", (Delegate)Made).RequireAction(table, "page");
        app.MapGet("/inbox", (Delegate)Made).RequireAction(table, "page");
        app.MapGet("/hints", async (HttpContext context) =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("event: beat\ndata:\n\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }).RequireAction(table, "page");
    }

    private async Task<string> List(CancellationToken ct)
    {
        Interlocked.Increment(ref _asked);
        await _open.Task.WaitAsync(ct);
        return "list";
    }

    // A page as the console makes it: it asks at the internal door, on behalf of its reader and in the lane that it was told.
    private async Task<string> Made(HttpContext context)
    {
        var lane = context.Request.Headers[PageHost.LaneHeader].ToString();
        using var http = new HttpClient { BaseAddress = Internal };
        using var request = new HttpRequestMessage(HttpMethod.Get, context.Request.Path == "/inbox" ? "/api/inbox" : $"/api/referrals/{Guid.NewGuid()}");
        request.Headers.Authorization = AuthenticationHeaderValue.Parse(context.Request.Headers.Authorization.ToString());
        request.Headers.Add(PageHost.LaneHeader, lane);
        using var answer = await http.SendAsync(request, context.RequestAborted);
        return $"{lane} {(int)answer.StatusCode}";
    }

    public sealed class Holding(TaskCompletionSource open) : IDisposable
    {
        public void Dispose() => open.TrySetResult();
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }
}

public sealed class LaneTests(GatewayWithNarrowLanes gateway) : IClassFixture<GatewayWithNarrowLanes>
{
    [Fact]
    public async Task With_one_lane_full_what_is_over_its_bound_is_refused_and_the_others_are_served()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        using var held = gateway.Hold();
        var inside = Enumerable.Range(0, 2).Select(_ => Get(browser, "/api/inbox")).ToList();
        await gateway.Asked(2);

        // Two wait, the others do not even that; nobody of them gets in.
        var refused = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Get(browser, "/api/inbox", ("Accept-Language", "en"))));
        foreach (var answer in refused)
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 3);
            answer.Content.Headers.ContentLanguage.ShouldBe(["en"]);
            (await ProblemOf(answer)).ShouldBe("overloaded");
            ((string)(await JsonOf(answer))["lane"]!).ShouldBe("agency");
            answer.Dispose();
        }

        for (var i = 0; i < 20; i++)
        {
            using var sent = await Post(browser, "/api/referrals/emergency");
            sent.StatusCode.ShouldBe(HttpStatusCode.Created);
            using var read = await Get(browser, $"/api/referrals/{Guid.NewGuid()}");
            read.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        held.Dispose();
        (await Task.WhenAll(inside)).ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK);
        using var again = await Get(browser, "/api/inbox");
        again.StatusCode.ShouldBe(HttpStatusCode.OK, "the lane is open again by itself");
    }

    [Fact]
    public async Task People_are_refused_with_a_page_in_their_language_and_a_part_of_a_page_with_a_note()
    {
        using var browser = await gateway.SignInAs(Roles.Liaison);
        using var held = gateway.Hold();
        var inside = Enumerable.Range(0, 2).Select(_ => Get(browser, "/api/inbox")).ToList();
        await gateway.Asked(2);

        using var page = await Get(browser, "/inbox", ("Accept", "text/html"));
        page.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        page.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        page.Headers.RetryAfter!.Delta.ShouldNotBeNull();
        page.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("script-src 'self'");
        var text = await TextOf(page);
        text.ShouldContain("lang=\"vi\"");
        text.ShouldContain(GatewayProblems.Overloaded(Lane.Agency).Vi);

        using var part = await Get(browser, "/inbox", ("Accept", "text/html"), ("HX-Request", "true"));
        part.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await TextOf(part)).ShouldStartWith("<div class=\"note note--warn\" role=\"alert\">");

        var cookie = browser.DefaultRequestHeaders.GetValues("Cookie").Single();
        using var reader = gateway.Browser($"{cookie}; {Hotline111.Pages.Language.CookieName}=en");
        using var english = await Get(reader, "/inbox", ("Accept", "text/html"));
        (await TextOf(english)).ShouldContain(GatewayProblems.Overloaded(Lane.Agency).En);

        held.Dispose();
        (await Task.WhenAll(inside)).ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_a_page_asks_for_is_in_the_lane_of_the_page_whatever_the_browser_says()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        using var emergency = await Get(browser, $"/contacts/{Guid.NewGuid()}/emergency", (PageHost.LaneHeader, "background"));
        (await TextOf(emergency)).ShouldBe("emergency 200");
        using var list = await Get(browser, "/inbox", (PageHost.LaneHeader, "emergency"));
        (await TextOf(list)).ShouldBe("agency 200");
    }

    [Fact]
    public async Task What_a_page_asks_for_waits_for_its_turn_at_the_service_and_is_not_refused_at_the_door_again()
    {
        using var browser = await gateway.SignInAs(Roles.Liaison);
        using var held = gateway.Hold();
        var direct = Get(browser, "/api/inbox");
        await gateway.Asked(1);
        var page = Get(browser, "/inbox");
        await gateway.Asked(2);

        // The lane's door is full, with the page inside that asks through the internal one.
        using var refused = await Get(browser, "/api/inbox");
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        held.Dispose();
        (await TextOf(await page)).ShouldBe("agency 200");
        (await direct).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Where_those_inside_wait_for_seconds_fewer_are_let_in_until_it_is_calm_again()
    {
        using var browser = await gateway.SignInAs(Roles.Counsellor);
        var address = $"/api/referrals/{Guid.NewGuid()}/history";

        // One is at the service, nine wait for it for five seconds and in vain.
        await ServedOf(10, refused: 9);
        await ServedOf(20, refused: 13);
        gateway.Clock.Advance(Entrance.Calm);
        for (var i = 0; i < 3; i++)
        {
            using var alone = await Get(browser, address);
            alone.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        await ServedOf(20, refused: 10);

        // So many come at once while the service holds everybody; it lets go when so many were refused, and serves the rest.
        async Task ServedOf(int crowd, int refused)
        {
            using var held = gateway.Hold();
            var waiting = Enumerable.Range(0, crowd).Select(_ => Get(browser, address)).ToList();
            while (waiting.Count > crowd - refused)
            {
                var answer = await Task.WhenAny(waiting);
                (await answer).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
                waiting.Remove(answer);
            }

            held.Dispose();
            (await Task.WhenAll(waiting)).ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task Open_streams_take_nobody_a_place_and_are_not_without_bound()
    {
        using var browser = await gateway.SignInAs(Roles.Liaison);
        var streams = new List<HttpResponseMessage>();
        for (var i = 0; i < 3; i++)
            streams.Add(await browser.GetAsync("/hints", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken));
        streams.ShouldAllBe(stream => stream.StatusCode == HttpStatusCode.OK);
        using var page = await Get(browser, "/inbox");
        (await TextOf(page)).ShouldBe("agency 200");
        using var fourth = await browser.GetAsync("/hints", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        fourth.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public void A_route_in_no_lane_stops_the_start()
    {
        string[] route = ["--ReverseProxy:Routes:new:ClusterId", "referral", "--ReverseProxy:Routes:new:Match:Path", "/api/new"];
        Should.Throw<StartupException>(() => GatewayProgram.Build([.. gateway.Arguments, .. route])).Message.ShouldContain("The route new names no lane");
        Should.Throw<StartupException>(() => GatewayProgram.Build([.. gateway.Arguments, .. route, "--ReverseProxy:Routes:new:Metadata:Lane", "fast"])).Message.ShouldContain("The route new names no lane");
    }

    [Fact]
    public async Task A_door_in_no_lane_stops_the_start()
    {
        await using var other = GatewayProgram.Build(gateway.Arguments);
        other.MapGet("/new", () => "open").AllowAnonymous();
        (await Should.ThrowAsync<StartupException>(() => other.StartAsync(TestContext.Current.CancellationToken))).Message.ShouldContain("/new");
    }

    [Fact]
    public void A_limit_that_is_none_stops_the_start() =>
        Should.Throw<StartupException>(() => GatewayProgram.Build([.. gateway.Arguments, "--Gateway:Lanes:agency:Calls", "none"]))
            .Message.ShouldContain("Gateway:Lanes:agency:Calls");

    [Fact]
    public void All_lanes_together_ask_a_service_for_fewer_connections_than_its_pool_has()
    {
        // That of the manifests (deploy/compose, k8s), which is the smallest there is.
        Lane.All.Sum(lane => lane.Calls).ShouldBeLessThan(14);
    }

    [Fact]
    public async Task Connections_that_fill_the_public_door_take_none_from_the_internal_one()
    {
        var (outside, inside) = (new Uri($"http://127.0.0.1:{Port.Free()}"), new Uri($"http://127.0.0.1:{Port.Free()}"));
        await using var other = GatewayProgram.Build(
            [.. gateway.Arguments, "--urls", outside.AbsoluteUri, "--Gateway:InternalUrl", inside.AbsoluteUri],
            services => services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxConcurrentConnections = 3));
        await other.StartAsync(TestContext.Current.CancellationToken);
        using var taken = new Taken([.. Enumerable.Range(0, 3).Select(_ => new TcpClient("127.0.0.1", outside.Port))]);
        using var stranger = gateway.Browser(at: outside);
        await Should.ThrowAsync<HttpRequestException>(() => Get(stranger, "/health/live"));
        using var service = gateway.Browser(at: inside);
        using var answer = await Get(service, "/health/live");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await other.StopAsync(TestContext.Current.CancellationToken);
    }

    private sealed class Taken(IReadOnlyList<TcpClient> connections) : IDisposable
    {
        public void Dispose()
        {
            foreach (var connection in connections)
                connection.Dispose();
        }
    }

    [Fact]
    public async Task Passwords_are_hashed_by_few_at_a_time()
    {
        var hashing = gateway.Gateway.Services.GetRequiredService<Hashing>();
        var (now, most) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => hashing.InTurn(
            async () =>
            {
                most = Math.Max(most, Interlocked.Increment(ref now));
                await Task.Delay(10, TestContext.Current.CancellationToken);
                return Interlocked.Decrement(ref now);
            },
            TestContext.Current.CancellationToken)));
        most.ShouldBeInRange(1, Math.Max(1, Environment.ProcessorCount / 2));
    }
}
