using Hotline111.Local.Demo;
using Microsoft.Playwright;

namespace Hotline111.Browser.Tests;

public sealed class PageTests(BrowserFixture browser)
{
    /// <summary>Every page that shows itself to whoever opens it: who opens it, its address, its picture.</summary>
    public static TheoryData<string, string, string> Pages => new()
    {
        { "", "/sign-in", "sign-in" },
        { "", "/sign-in?idle=1", "sign-in-locked" },
        { DemoAccounts.Counsellor, "/desk", "desk" },
        { DemoAccounts.Counsellor, "/gallery", "gallery" },
        { DemoAccounts.Counsellor, "/contacts", "contacts" },
        { DemoAccounts.Counsellor, "/contacts/new", "contact-new" },
        { DemoAccounts.Counsellor, "/contacts/new?paper=1", "contact-new-paper" },
        { DemoAccounts.Counsellor, "/keys", "keys" },
        { DemoAccounts.Counsellor, "/inbox", "forbidden" },
        { DemoAccounts.Counsellor, "/desk/nowhere", "not-found" },
        { DemoAccounts.PoliceTuyenQuang, "/inbox", "inbox" },
        { DemoAccounts.PoliceTuyenQuang, "/account/password", "password" },
        { DemoAccounts.PoliceTuyenQuang, "/account/second-factor", "second-factor-later" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_is_readable_for_everybody_in_both_languages_on_a_desk_and_on_a_phone(string who, string path, string picture)
    {
        await using var visitor = await browser.Visit();
        if (who.Length > 0)
            await visitor.Come(who);
        foreach (var language in (string[])["vi", "en"])
        {
            await visitor.Speak(language);
            foreach (var (width, height, device) in ((int, int, string)[])[(1366, 768, "desktop"), (360, 740, "phone")])
            {
                await visitor.Page.SetViewportSizeAsync(width, height);
                await visitor.Open(path);
                (await visitor.Page.GetAttributeAsync("html", "lang")).ShouldBe(language);
                await visitor.Look($"{picture}-{language}-{device}");
            }
        }
    }

    [Fact]
    public async Task What_is_refused_or_missing_is_a_page_with_its_status()
    {
        await using var visitor = await browser.VisitAs(DemoAccounts.Counsellor);
        (await visitor.Open("/inbox")).ShouldBe(403);
        await Assertions.Expect(visitor.Page.Locator("h1").First).ToHaveTextAsync("Bạn không được làm việc này", new() { UseInnerText = true });
        (await visitor.Open("/desk/nowhere")).ShouldBe(404);
        (await visitor.Open("/nowhere")).ShouldBe(404);
        await Assertions.Expect(visitor.Page.Locator("h1").First).ToHaveTextAsync("Không có trang này", new() { UseInnerText = true });
    }

    [Fact]
    public async Task The_list_of_keys_has_those_that_work_for_its_reader_and_no_others()
    {
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        await liaison.Open("/keys");
        (await liaison.Page.Locator("main table kbd").AllInnerTextsAsync()).ShouldBe(["Ctrl+Enter", "Esc", "↑", "↓", "Enter", "X", "?"]);
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        await counsellor.Open("/keys");
        (await counsellor.Page.Locator("main table kbd").AllInnerTextsAsync()).ShouldContain("F10");
    }

    [Fact]
    public async Task A_button_without_a_name_would_be_noticed()
    {
        await using var visitor = await browser.Visit();
        await visitor.Open("/sign-in");
        await visitor.Page.EvaluateAsync("() => document.getElementById('main').append(document.createElement('button'))");
        (await Assert.ThrowsAsync<ShouldAssertException>(() => visitor.Look("nameless"))).Message.ShouldContain("button-name");
    }

    [Fact]
    public async Task The_first_visit_is_small()
    {
        await using var visitor = await browser.Visit();
        var bytes = 0L;
        visitor.Page.Response += (_, response) =>
        {
            if (!response.Url.EndsWith(".woff2", StringComparison.Ordinal) && response.Headers.TryGetValue("content-length", out var length))
                Interlocked.Add(ref bytes, long.Parse(length, System.Globalization.CultureInfo.InvariantCulture));
        };
        await visitor.Open("/sign-in");
        await visitor.Page.WaitForLoadStateAsync(Microsoft.Playwright.LoadState.NetworkIdle);
        bytes.ShouldBeInRange(20_000, 150_000);
    }

    [Fact]
    public async Task A_referral_appears_in_an_open_inbox_by_itself()
    {
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        await liaison.Open("/inbox?list=all");
        await liaison.Page.WaitForSelectorAsync("#live:not([hidden])");
        using var journey = new Journey(browser.Platform, new Hotline111.Local.Steps(null));
        var came = (await journey.Run(Course.NightCall(TimeProvider.System), CancellationToken.None)).Referrals.ShouldHaveSingleItem().Id;
        await liaison.Page.WaitForSelectorAsync($"#rows #r-{came:n}");
    }

    [Fact]
    public async Task A_page_whose_gateway_is_killed_says_so_and_then_shows_once_what_came_while_it_heard_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        // A page that listens itself, so that it can be kept from the network when the gateway is back.
        await liaison.Page.AddInitScriptAsync("delete globalThis.SharedWorker");
        await liaison.Open("/inbox?list=all");
        await liaison.Page.WaitForSelectorAsync("#live:not([hidden]):not(.live--away)");
        var before = await Rows();
        liaison.MayBeCutOff = true;
        await browser.Platform.Kill("gateway");
        try
        {
            await liaison.Page.WaitForSelectorAsync("#live.live--away");
            await liaison.Page.Context.SetOfflineAsync(true);
        }
        finally
        {
            await browser.Platform.StartProcess("gateway", ct);
        }

        var missed = await Night();
        (await liaison.Page.Locator("#live.live--away").CountAsync()).ShouldBe(1, "it hears nothing yet");
        (await Rows()).ShouldBe(before);
        await liaison.Page.Context.SetOfflineAsync(false);
        await liaison.Page.WaitForSelectorAsync("#live:not(.live--away)");
        await Comes(missed);
        // And from there on it hears what comes.
        var heard = await Night();
        await Comes(heard);
        var rows = await Rows();
        rows.ShouldBeUnique();
        rows.Except(before).ShouldBe([missed, heard], ignoreOrder: true);

        Task<string[]> Rows() => liaison.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('#rows tbody tr[id]')].map(row => row.id)");

        Task Comes(string row) => liaison.Page.WaitForSelectorAsync($"#rows #{row}");

        async Task<string> Night()
        {
            using var journey = new Journey(browser.Platform, new Hotline111.Local.Steps(null));
            return $"r-{(await journey.Run(Course.NightCall(TimeProvider.System), ct)).Referrals.ShouldHaveSingleItem().Id:n}";
        }
    }

    [Fact]
    public async Task While_the_console_is_away_that_is_said_and_afterwards_the_page_recovers_by_itself()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var liaison = await browser.VisitAs(DemoAccounts.BorderGuard);
        await using var other = await browser.VisitAs(DemoAccounts.HealthHaiPhong);
        await liaison.Page.WaitForSelectorAsync("#live:not([hidden])");
        await browser.Platform.Kill("console");
        try
        {
            await liaison.Page.WaitForSelectorAsync("#live.live--away");
            (await other.Open("/inbox")).ShouldBe(503);
            await Assertions.Expect(other.Page.Locator("h1").First).ToHaveTextAsync("Chưa làm được lúc này", new() { UseInnerText = true });
            await other.Look("away");
        }
        finally
        {
            await browser.Platform.StartProcess("console", ct);
        }

        await liaison.Page.WaitForSelectorAsync("#live:not(.live--away)");
        await Assertions.Expect(liaison.Page.Locator("#live").First).ToHaveTextAsync("Trực tuyến", new() { UseInnerText = true });
        (await liaison.Page.Locator("#inbox tbody tr").CountAsync()).ShouldBeGreaterThan(0);
        (await other.Open("/inbox")).ShouldBe(200);
    }
}
