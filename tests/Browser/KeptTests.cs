using System.Text.Json;
using Hotline111.Local.Demo;
using Microsoft.Playwright;

namespace Hotline111.Browser.Tests;

/// <summary>What somebody was typing and choosing when the screen locked itself: it is there when they are back, for them alone, and sends nothing by itself.</summary>
public sealed class KeptTests(BrowserFixture browser)
{
    private const string Need = "Chỗ ở kín, có người nói tiếng Mông (hư cấu)";

    private readonly ReferralStage _stage = new(browser);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    // A lock, a sign-in and a page go by.
    private static PageRunAndWaitForResponseOptions Patient => new() { Timeout = (float)Visitor.Patience.TotalMilliseconds };

    [Fact]
    public async Task What_is_typed_and_chosen_on_the_refer_page_outlives_the_idle_lock_for_its_writer_alone_and_nothing_is_sent_by_it()
    {
        var (opened, persons) = await _stage.Case();
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await Open(counsellor, $"/cases/{opened}/refer");
        await page.Change(() => page.UncheckAsync("#to-verify_rescue-c02"));
        await page.Change(() => page.UncheckAsync("[name=purpose][value=child_protection]"));
        await page.Change(() => page.CheckAsync("[name=purpose][value=shelter]"));
        await page.Change(() => page.UncheckAsync("#to-shelter-health-08"));
        // Found by its name among all desks; another search comes after it.
        await Find(page, "hoi lhpn viet nam");
        await page.Change(() => page.CheckAsync("#to-shelter-womens-union"));
        await Find(page, "cong an");
        await page.Change(() => page.CheckAsync($"[name=person][value='{persons[1]}']"));
        await page.Change(() => page.CheckAsync("[name=urgency][value=urgent]"));
        await page.Change(() => page.CheckAsync("#noSupervisor"));
        await page.Change(() => page.CheckAsync("[name=basis][value=consent]"));
        await page.Change(() => page.SelectOptionAsync("#lead", "womens-union"));
        await Sealed(page, () => page.FillAsync("#need-shelter", Need));
        var before = await Standing(page);
        before.ShouldContain(("lead", "womens-union"));
        await HoldsNothingReadable(page);

        // Somebody else signs in at this window.
        await page.RunAndWaitForResponseAsync(() => Lock(counsellor, DemoAccounts.Supervisor), answer => answer.Url.EndsWith("/refer/kept", StringComparison.Ordinal) && answer.Status == 204, Patient);
        (await page.InputValueAsync("#need-shelter")).ShouldBe("");
        (await page.IsCheckedAsync("[name=purpose][value=shelter]")).ShouldBeFalse();

        List<string> sent = [];
        page.Request += (_, request) =>
        {
            if (request.Method == "POST" && !request.Url.Contains("/sign-in", StringComparison.Ordinal))
                sent.Add(new Uri(request.Url).AbsolutePath);
        };
        await Lock(counsellor, DemoAccounts.Counsellor);
        await Assertions.Expect(page.Locator("#need-shelter")).ToHaveValueAsync(Need);
        (await Standing(page)).ShouldBe(before, ignoreOrder: true);
        sent.ShouldBe([$"/cases/{opened}/refer/kept"], "it is asked for, and nothing else is done");
        (await Referrals(opened)).ShouldBeEmpty();
        await Look(counsellor, "kept-refer-vi");

        // It goes on as if nothing had happened, and once it is sent it is over.
        await page.Change(() => page.CheckAsync("[name=basis][value=vital_interest]"));
        await page.Change(() => page.CheckAsync("[name=urgency][value=emergency]"));
        await page.ClickAsync("#sendbar button:visible");
        await page.WaitForURLAsync("**/refer/sent?*");
        (await Referrals(opened)).Select(row => ("to", $"{row.GetProperty("purpose").GetString()}:{row.GetProperty("deskId").GetString()}")).ShouldBe(before.Where(field => field.Name == "to"), ignoreOrder: true);
        (await Kept(page)).ShouldBe(0, "it was sent");
    }

    [Fact]
    public async Task A_desk_that_is_excluded_meanwhile_does_not_come_back_and_everything_else_does()
    {
        var (opened, _) = await _stage.Case();
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await Open(counsellor, $"/cases/{opened}/refer?purpose=verify_rescue");
        await Sealed(page, async () =>
        {
            await page.Change(() => page.CheckAsync("[name=basis][value=crime_report]"));
            await page.FillAsync("#need-verify_rescue", Need);
        });
        (await page.IsCheckedAsync("#to-verify_rescue-police-08")).ShouldBeTrue();
        (await page.IsCheckedAsync("#to-verify_rescue-c02")).ShouldBeTrue();
        await (await _stage.As(DemoAccounts.Supervisor)).Post(
            $"api/cases/{opened}/restrict", new { agencies = new[] { Contracts.Catalogues.AgencyDirectory.FindDesk("police.08")!.AgencyId }, reason = "Hư cấu." }, Ct);
        // The directory's service hears of it by message.
        var colleague = await _stage.As(DemoAccounts.SecondCounsellor);
        await colleague.Until($"api/desks?caseId={opened}", desks => desks.EnumerateArray().All(desk => desk.GetProperty("id").GetString() != "police.08") ? true : default(bool?), Visitor.Patience, Ct);
        await Lock(counsellor, DemoAccounts.Counsellor);
        await Assertions.Expect(page.Locator("#need-verify_rescue")).ToHaveValueAsync(Need);
        (await page.Locator("#to-verify_rescue-police-08").CountAsync()).ShouldBe(0);
        (await page.IsCheckedAsync("#to-verify_rescue-c02")).ShouldBeTrue();
        (await page.IsCheckedAsync("[name=basis][value=crime_report]")).ShouldBeTrue();
        await Assertions.Expect(page.Locator("#sendbar button:visible").First).ToBeEnabledAsync();
    }

    [Fact]
    public async Task Every_need_of_a_referral_written_out_to_its_last_letter_comes_back()
    {
        var (opened, _) = await _stage.Case();
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await Open(counsellor, $"/cases/{opened}/refer");
        var text = string.Concat(Enumerable.Repeat("Người được giúp kể lại bằng tiếng mẹ đẻ, cần phiên dịch và nơi ở an toàn. ", 40))[..2000];
        var count = await page.Locator("textarea[name^=need-]").CountAsync();
        count.ShouldBe(Contracts.Catalogues.ValueLists.Get("referral-purpose").Values.Length);
        await Sealed(page, () => page.EvaluateAsync(
            "text => { for (const area of document.querySelectorAll('textarea[name^=need-]')) { area.value = text; area.dispatchEvent(new Event('input', { bubbles: true })) } }", text));
        await Lock(counsellor, DemoAccounts.Counsellor);
        await Assertions.Expect(page.Locator("#need-verify_rescue")).ToHaveValueAsync(text);
        (await page.EvaluateAsync<int>("text => [...document.querySelectorAll('textarea[name^=need-]')].filter(area => area.value === text).length", text)).ShouldBe(count);
    }

    [Fact]
    public async Task What_is_typed_for_a_draft_that_came_back_outlives_the_idle_lock_also_after_it_was_found_wanting()
    {
        var (opened, persons) = await _stage.Case();
        var referral = await _stage.Submitted(opened, persons, "police.08", "standard");
        await (await _stage.As(DemoAccounts.Supervisor)).Post($"api/referrals/{referral}/return", new { question = "Ghi rõ xã." }, Ct);
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await Open(counsellor, $"/cases/{opened}/refer?draft={referral}");
        await page.Change(() => page.UncheckAsync($"[name=person][value='{persons[1]}']"));
        await Sealed(page, () => page.FillAsync("#need-verify_rescue", Need));
        await Lock(counsellor, DemoAccounts.Counsellor);
        await Stands(Need);

        // One letter too many, which the field itself does not take.
        var tooLong = $"{Need} {new string('ơ', 2000)}";
        await page.EvaluateAsync("text => { document.getElementById('need-verify_rescue').value = text }", tooLong);
        await Sealed(page, async () =>
        {
            await page.ClickAsync("#sendbar button:visible");
            await page.WaitForSelectorAsync(".govuk-error-summary");
        });
        await Lock(counsellor, DemoAccounts.Counsellor);
        await Stands(tooLong);
        await page.Change(async () =>
        {
            await page.FillAsync("#need-verify_rescue", Need);
            await page.Locator("#need-verify_rescue").BlurAsync();
        });
        await page.ClickAsync("#sendbar button:visible");
        await page.WaitForURLAsync("**/refer/sent?*");

        async Task Stands(string text)
        {
            await page.WaitForURLAsync($"**/cases/{opened}/refer?draft={referral}");
            await Assertions.Expect(page.Locator("#need-verify_rescue")).ToHaveValueAsync(text);
            (await page.IsCheckedAsync($"[name=person][value='{persons[1]}']")).ShouldBeFalse();
            (await page.IsCheckedAsync($"[name=person][value='{persons[0]}']")).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task An_assessment_outlives_the_idle_lock_for_its_writer_alone_also_after_it_was_found_wanting()
    {
        var (opened, _) = await _stage.Case();
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await Open(counsellor, $"/cases/{opened}/assess");
        await page.UncheckAsync("[name=riskSigns][value=confined]");
        await page.CheckAsync("[name=riskSigns][value=ransom]");
        await page.CheckAsync("[name=riskLevel][value=high]");
        await Sealed(page, () => page.CheckAsync("[name=urgency][value=urgent]"));
        await HoldsNothingReadable(page);

        var answer = await page.RunAndWaitForResponseAsync(() => Lock(counsellor, DemoAccounts.Supervisor), answer => answer.Url.EndsWith("/kept/open", StringComparison.Ordinal), Patient);
        (await answer.TextAsync()).ShouldBe("{}");
        (await page.IsCheckedAsync("[name=riskLevel][value=critical]")).ShouldBeTrue("somebody else sees the case as it is");
        (await page.IsCheckedAsync("[name=riskSigns][value=ransom]")).ShouldBeFalse();

        await Lock(counsellor, DemoAccounts.Counsellor);
        await Stands();
        await Look(counsellor, "kept-assess-vi");

        // Somebody judges anew while it is written: that is said, and what comes back after the next lock is what was chosen.
        await (await _stage.As(DemoAccounts.SecondCounsellor)).Post($"api/cases/{opened}/assess", new { riskLevel = "medium", riskSigns = new[] { "minor" }, urgency = "standard" }, Ct);
        await Lock(counsellor, DemoAccounts.Counsellor);
        await Stands();
        await Sealed(page, async () =>
        {
            await page.Press("Control+Enter");
            await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Người khác vừa sửa", new() { UseInnerText = true, IgnoreCase = true });
        });
        (await Level()).ShouldBe("medium", "nobody's judgement is written over unseen");
        await Look(counsellor, "kept-assess-overtaken-vi");
        await Lock(counsellor, DemoAccounts.Counsellor);
        await page.WaitForURLAsync($"**/cases/{opened}/assess");
        await Stands();
        await page.Press("Control+Enter");
        await page.WaitForURLAsync($"**/cases/{opened}");
        (await Level()).ShouldBe("high");

        async Task Stands()
        {
            await Assertions.Expect(page.Locator("[name=riskLevel][value=high]")).ToBeCheckedAsync();
            (await page.IsCheckedAsync("[name=riskSigns][value=confined]")).ShouldBeFalse();
            (await page.IsCheckedAsync("[name=riskSigns][value=ransom]")).ShouldBeTrue();
            (await page.IsCheckedAsync("[name=riskSigns][value=minor]")).ShouldBeTrue();
            (await page.IsCheckedAsync("[name=urgency][value=urgent]")).ShouldBeTrue();
        }

        async Task<string?> Level() => (await (await _stage.As(DemoAccounts.SecondCounsellor)).Get($"api/cases/{opened}", Ct)).GetProperty("riskLevel").GetString();
    }

    [Fact]
    public async Task What_is_typed_and_chosen_of_a_person_and_a_place_comes_back_and_signing_out_takes_it_away()
    {
        var (opened, _) = await _stage.Case();
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await Open(counsellor, $"/cases/{opened}/persons/new");
        await page.FillAsync("#name", "Lý Thị Hư Cấu");
        await page.CheckAsync("[name=gender][value=female]");
        await page.SelectOptionAsync("#status", "identified");
        await Sealed(page, () => page.SelectOptionAsync("#destination", "CN"));
        await Lock(counsellor, DemoAccounts.Counsellor);
        await Stands();
        // Sent when the session was over already, it is not lost either.
        await page.Listens();
        await page.Context.ClearCookiesAsync();
        await page.Press("Control+Enter");
        await page.WaitForURLAsync("**/sign-in?unsent=1&to=*");
        await counsellor.SignIn(DemoAccounts.Counsellor, page.Url);
        await Stands();
        await page.Press("Control+Enter");
        await page.WaitForURLAsync($"**/cases/{opened}");
        (await Kept(page)).ShouldBe(0, "it was saved");

        var colleague = await _stage.As(DemoAccounts.SecondCounsellor);
        var contact = (await colleague.Post("api/contacts", new { channel = "zalo", summary = "Nhắn qua Zalo (hư cấu)" }, Ct)).GetProperty("id").GetGuid();
        await Open(counsellor, $"/contacts/{contact}/amend");
        await page.PicksPlaces();
        await page.FillAsync("#place", "lao cai");
        await page.ClickAsync("#place-list [role=option] >> nth=0");
        var place = await page.InputValueAsync("#place-unit");
        place.ShouldNotBeEmpty();
        await Sealed(page, () => page.FillAsync("#notes", Need));
        await colleague.Post($"api/contacts/{contact}/amend", new { summary = "Nhắn qua Zalo, hẹn gọi lại (hư cấu)" }, Ct);
        await Lock(counsellor, DemoAccounts.Counsellor);
        await Assertions.Expect(page.Locator("#notes")).ToHaveValueAsync(Need);
        (await page.InputValueAsync("#place-unit")).ShouldBe(place);
        (await page.InputValueAsync("#place")).ShouldContain("Lào Cai");
        (await page.InnerTextAsync("#place-hint")).ShouldContain("Lào Cai");
        await Sealed(page, async () =>
        {
            await page.Press("Control+Enter");
            await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Có người vừa sửa", new() { UseInnerText = true, IgnoreCase = true });
        });

        (await Kept(page)).ShouldBeGreaterThan(0);
        await page.ClickAsync("form[action='/sign-out'] button");
        await page.WaitForURLAsync("**/sign-in?left=1");
        (await Kept(page)).ShouldBe(0);

        async Task Stands()
        {
            await Assertions.Expect(page.Locator("#name")).ToHaveValueAsync("Lý Thị Hư Cấu");
            (await page.IsCheckedAsync("[name=gender][value=female]")).ShouldBeTrue();
            (await page.InputValueAsync("#status")).ShouldBe("identified");
            (await page.InputValueAsync("#destination")).ShouldBe("CN");
        }
    }

    [Fact]
    public async Task What_was_typed_last_comes_back_also_when_what_was_typed_before_is_sealed_late()
    {
        var (opened, _) = await _stage.Case();
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await Open(counsellor, $"/cases/{opened}/persons/new");
        TaskCompletionSource<IRoute> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.RouteAsync("**/kept", route => first.TrySetResult(route) ? Task.CompletedTask : route.ContinueAsync());
        await page.FillAsync("#note", "viết trước (hư cấu)");
        var late = await first.Task.WaitAsync(Visitor.Patience, Ct);
        await page.FillAsync("#note", Need);
        // What is typed is sealed a second and a half later: then the earlier one is still on its way.
        await page.EvaluateAsync("() => new Promise(done => setTimeout(done, 3000))");
        await late.ContinueAsync();
        await page.Held("form");
        await Lock(counsellor, DemoAccounts.Counsellor);
        await Assertions.Expect(page.Locator("#note")).ToHaveValueAsync(Need);
    }

    private static Task<int> Kept(IPage page) => page.EvaluateAsync<int>("Object.keys(sessionStorage).filter(key => key.startsWith('hotline111-typed:')).length");

    private static async Task HoldsNothingReadable(IPage page)
    {
        (await Kept(page)).ShouldBe(1);
        var held = await page.EvaluateAsync<string>("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])");
        foreach (var readable in (string[])["hư cấu", "riskSigns", "ransom", "womens-union"])
            held.ShouldNotContain(readable);
    }

    private static async Task Open(Visitor visitor, string path) => (await visitor.Open(path)).ShouldBe(200);

    /// <summary>Does the last thing before somebody goes away, and waits until the window has it.</summary>
    private static async Task Sealed(IPage page, Func<Task> last)
    {
        await last();
        await page.Held("form");
        (await Kept(page)).ShouldBeGreaterThan(0);
    }

    /// <summary>Nobody is at the page until it is locked; then somebody signs in.</summary>
    private static async Task Lock(Visitor visitor, string userName)
    {
        var page = visitor.Page;
        await page.IsLeftAlone();
        await visitor.SignIn(userName, page.Url);
    }

    private static Task Find(IPage page, string name) => page.Change(async () =>
    {
        await page.FillAsync("#find", name);
        await page.ClickAsync("#find ~ button");
    });

    /// <summary>Everything that would be sent, but for keys and what was looked at.</summary>
    private static async Task<(string Name, string Value)[]> Standing(IPage page) =>
    [
        .. (await page.EvaluateAsync<string[][]>("[...new FormData(document.getElementById('refer'))]"))
            .Where(field => field[0] is not ("once" or "__RequestVerificationToken") && !field[0].StartsWith("seen-", StringComparison.Ordinal))
            .Select(field => (field[0], field[1])),
    ];

    private async Task<IReadOnlyList<JsonElement>> Referrals(Guid opened) =>
        [.. (await (await _stage.As(DemoAccounts.SecondCounsellor)).Get($"api/referrals?list=all&caseId={opened}", Ct)).GetProperty("items").EnumerateArray()];

    /// <summary>The page as it stands, on a desk and on a telephone.</summary>
    private static async Task Look(Visitor visitor, string name)
    {
        await visitor.Look($"{name}-desktop");
        await visitor.Page.SetViewportSizeAsync(360, 740);
        await visitor.Look($"{name}-phone");
        await visitor.Page.SetViewportSizeAsync(1366, 768);
    }
}
