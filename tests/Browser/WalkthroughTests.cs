using Hotline111.Local;
using Hotline111.Local.Demo;
using Microsoft.Playwright;

namespace Hotline111.Browser.Tests;

/// <summary>
/// The first quarter of an hour of two people who have never seen the console, with nothing but what stands on the pages. Its pictures are those of
/// docs/walkthrough.md: <c>HOTLINE_ACCEPT=1 dotnet test tests/Browser</c> puts new ones there.
/// </summary>
public sealed class WalkthroughTests(BrowserFixture browser)
{
    [Fact]
    public async Task Somebody_who_has_never_seen_it_records_a_call_opens_a_case_and_refers_it_and_a_liaison_acknowledges_it_in_another_window()
    {
        await using var staff = await browser.Visit();
        var page = staff.Page;

        // The sign-in page of a demonstration lists who one can be.
        await staff.Open("/");
        await Picture(page, 1, "sign-in", hide: page.Locator(".demo code"));
        await browser.Later(DemoAccounts.Counsellor);
        await page.ClickAsync($"a[href*='as={DemoAccounts.Counsellor}&']");
        await SignIn(page);
        await page.WaitForURLAsync("**/desk");
        await Picture(page, 2, "desk");

        // A call comes in.
        await page.ClickAsync("main >> text=Liên hệ mới");
        await page.WaitForSelectorAsync("#contact[data-ready]");
        await page.PicksPlaces();
        await page.Locator("label:has([name=category][value=referral])").ClickAsync();
        await page.FillAsync("#notes", "Mẹ của T. báo: con gái 16 tuổi theo bạn quen qua mạng đi làm quán ăn, hôm qua gọi về khóc, nói bị giữ điện thoại (hư cấu).");
        foreach (var choice in (string[])["[name=riskSigns][value=confined]", "[name=riskSigns][value=minor]", "[name=callerKind][value=relative_friend]", "[name=safeContact][value=caller_calls_back]"])
            await page.Locator($"label:has({choice})").ClickAsync();
        await page.FillAsync("#place", "tuyen quang");
        await page.Locator("[role=option]", new() { HasText = "Tuyên Quang" }).First.ClickAsync();
        await page.FillAsync("#callerName", "bà L. (hư cấu)");
        await page.WaitForSelectorAsync("text=Đã lưu nháp");
        await Picture(page, 3, "contact");
        // By the mouse, when everything is saved already: what is next must not wait for another press.
        await page.ClickAsync(".call__record");
        await page.WaitForURLAsync("**/contacts/*?said=recorded", new() { WaitUntil = WaitUntilState.Commit });
        await page.WaitForSelectorAsync("text=Mở hồ sơ ca");
        await Picture(page, 4, "recorded");

        // The contact becomes a case.
        await page.ClickAsync("text=Mở hồ sơ ca");
        await page.FillAsync("#name", "Tẩn Thị T. (hư cấu)");
        await page.FillAsync("#birthYear", $"{DateTimeOffset.UtcNow.Year - 16}");
        await page.CheckAsync("[name=gender][value=female]");
        await page.CheckAsync("[name=riskLevel][value=high]");
        await page.CheckAsync("[name=urgency][value=emergency]");
        await page.Locator("main form button[type=submit]:visible").Last.ClickAsync();
        await page.WaitForURLAsync("**/cases/*-*");
        await Picture(page, 5, "case");

        // Referred to the police and the Women's Union at once.
        await page.Locator("main a[href*='/refer']:visible").First.ClickAsync();
        await page.WaitForURLAsync("**/refer*");
        if (!await page.IsCheckedAsync("[name=purpose][value=verify_rescue]"))
            await page.Change(() => page.CheckAsync("[name=purpose][value=verify_rescue]"));
        foreach (var other in await page.Locator("[name=purpose]:checked").EvaluateAllAsync<string[]>("all => all.map(one => one.value)"))
        {
            if (other is not ("verify_rescue" or "shelter"))
                await page.Change(() => page.UncheckAsync($"[name=purpose][value={other}]"));
        }

        if (!await page.IsCheckedAsync("[name=purpose][value=shelter]"))
            await page.Change(() => page.CheckAsync("[name=purpose][value=shelter]"));
        foreach (var desk in await page.Locator("input[id^=to-]:checked").EvaluateAllAsync<string[]>("all => all.map(one => one.id)"))
        {
            if (desk is not ("to-verify_rescue-police-08" or "to-shelter-womens-union"))
                await page.Change(() => page.UncheckAsync($"#{desk}"));
        }

        if (!await page.IsCheckedAsync("#to-shelter-womens-union"))
            await page.Change(() => page.CheckAsync("#to-shelter-womens-union"));
        await page.FillAsync("#need-shelter", "Chỗ ở tạm cho một em gái 16 tuổi.");
        await page.EvaluateAsync("scrollTo(0, 0)");
        await Picture(page, 6, "refer");

        // Meanwhile a liaison has the inbox open.
        await using var officer = await browser.Visit();
        var desktop = officer.Page;
        await officer.Open("/");
        await browser.Later(DemoAccounts.PoliceTuyenQuang);
        await desktop.ClickAsync($"a[href*='as={DemoAccounts.PoliceTuyenQuang}&']");
        await SignIn(desktop);
        await desktop.WaitForURLAsync("**/inbox*");
        await desktop.WaitForSelectorAsync("#live:not([hidden])");
        var before = await Rows();

        await page.ClickAsync("#sendbar button:visible");
        await page.WaitForURLAsync("**/refer/sent?*");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Đã gửi", new() { UseInnerText = true, IgnoreCase = true });
        await Picture(page, 7, "sent");

        // It appears by itself, first of all because it is an emergency.
        await desktop.WaitForFunctionAsync("before => [...document.querySelectorAll('#rows tbody tr[id]')].some(row => !before.includes(row.id))", before);
        (await desktop.TitleAsync()).ShouldStartWith("(");
        await Picture(desktop, 8, "inbox");
        await desktop.Locator("[data-rows] .is-emg-row a.strong").First.ClickAsync();
        await desktop.WaitForURLAsync("**/referrals/*");
        await Assertions.Expect(desktop.Locator("#persons").First).ToContainTextAsync("Tẩn Thị T.", new() { UseInnerText = true, IgnoreCase = true });
        await Picture(desktop, 9, "sheet");
        await desktop.ClickAsync("#acts >> text=Xác nhận đã nhận >> nth=0");
        await desktop.Locator("#done", new() { HasText = "Đã xác nhận đã nhận" }).WaitForAsync();
        await Picture(desktop, 10, "acknowledged");

        // And the case knows.
        await page.ClickAsync("text=Về hồ sơ");
        await page.WaitForSelectorAsync("#picture >> text=Đã xác nhận");
        await Picture(page, 11, "case-afterwards");

        Task<string[]> Rows() => desktop.EvaluateAsync<string[]>("() => [...document.querySelectorAll('#rows tbody tr[id]')].map(row => row.id)");
    }

    /// <summary>The password and the code stand in the form when one has chosen who to be; both steps are one press each.</summary>
    private static async Task SignIn(IPage page)
    {
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForSelectorAsync("#code");
        await page.ClickAsync("main button[type=submit]");
    }

    private static async Task Picture(IPage page, int number, string name, ILocator? hide = null)
    {
        var file = $"{number:00}-{name}.png";
        await page.ScreenshotAsync(new() { Path = Path.Combine(BrowserFixture.Pictures, $"walkthrough-{file}"), Mask = hide is null ? null : [hide], MaskColor = "#d3dadf" });
        var kept = Path.Combine(Repository.Root, "docs", "walkthrough", file);
        if (Environment.GetEnvironmentVariable("HOTLINE_ACCEPT") == "1")
            File.Copy(Path.Combine(BrowserFixture.Pictures, $"walkthrough-{file}"), kept, overwrite: true);
        File.Exists(kept).ShouldBeTrue($"docs/walkthrough.md shows {file}");
        (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "walkthrough.md"))).ShouldContain(file);
    }
}
