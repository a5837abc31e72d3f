using Hotline111.Local.Demo;
using Microsoft.Playwright;

namespace Hotline111.Browser.Tests;

/// <summary>Accounts from their making to their end, in the browser of the administrator and in the one of the account's owner.</summary>
public sealed class AdministrationTests(BrowserFixture browser)
{
    private const string Administrator = "quantri";

    [Fact]
    public async Task A_liaison_is_made_takes_the_first_steps_works_changes_desk_and_is_thrown_out()
    {
        await using var administrator = await browser.VisitAs(Administrator);
        var page = administrator.Page;
        new Uri(page.Url).AbsolutePath.ShouldBe("/administration/accounts", "where an administrator begins");
        var userName = $"lao-cai-{Guid.NewGuid():n}"[..16];

        // What is wrong is said; the agency is found by a part of its name, and its desk follows.
        await administrator.Open("/administration/accounts/new");
        await page.ClickAsync("main button[type=submit]");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Hãy chọn vai trò", new() { UseInnerText = true, IgnoreCase = true });
        await administrator.Look("account-new-wrong");
        await page.FillAsync("#userName", userName);
        await page.FillAsync("#displayName", "Sùng A Hư Cấu (Công an tỉnh)");
        await page.CheckAsync("input[name=role][value=liaison]");
        await page.FillAsync("#agency", "công an tỉnh");
        await page.ClickAsync("main button[type=submit]");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("cơ quan như vậy", new() { UseInnerText = true, IgnoreCase = true });
        await page.FillAsync("#agency", "cong an tinh lao cai");
        // Clicked twice it is made once, and the password that is shown once stays there.
        await page.WaitForSelectorAsync("main button[type=submit][data-govuk-button-init]");
        // Both clicks within the page, one right after the other: a second later the second one would be another wish.
        await page.EvaluateAsync("() => { const button = document.querySelector('main button[type=submit]'); button.click(); button.click() }");
        await Assertions.Expect(page.Locator("h1").First).ToHaveTextAsync("Giao cho người dùng", new() { UseInnerText = true });
        await page.WaitForLoadStateAsync();
        var password = await page.InnerTextAsync("code.password");
        var codes = await page.Locator("code.firstcode").AllInnerTextsAsync();
        codes.Count.ShouldBe(3);
        await page.Locator("code.password, code.firstcode").EvaluateAllAsync<bool>("all => { for (const one of all) one.textContent = '…'; return true }");
        await administrator.Look("account-handover");
        await page.ClickAsync("text=Đã giao, tiếp tục");
        await page.WaitForSelectorAsync("main:has-text('Chưa cài ứng dụng xác thực')");
        var account = new Uri(page.Url).AbsolutePath;
        (await Content(page)).ShouldNotContain(password);
        await administrator.Back();
        (await Content(page)).ShouldNotContain(password, customMessage: "shown exactly once");

        // The owner: one-time password, own password, own app, and then the inbox of the desk.
        await using var liaison = await browser.Visit();
        var (own, secret) = await FirstSteps(liaison, userName, password, codes[0]);
        (await liaison.Open("/inbox")).ShouldBe(200);
        await Assertions.Expect(liaison.Page.Locator("main").First).ToContainTextAsync("Lào Cai", new() { UseInnerText = true, IgnoreCase = true });

        // Another desk: said what it means, and the session is over at once.
        await administrator.Open(account);
        await page.ClickAsync("text=Đổi vai trò, đơn vị, tên");
        await page.FillAsync("#agency", "Công an tỉnh Tuyên Quang");
        await page.ClickAsync("main button[type=submit]");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Mọi phiên đang mở của người này kết thúc", new() { UseInnerText = true, IgnoreCase = true });
        await administrator.Look("account-confirm");
        await page.ClickAsync("main button[type=submit]");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Đã đổi", new() { UseInnerText = true, IgnoreCase = true });
        // The page that stands open gives way by itself: who asked for another one meanwhile would be in its way.
        await liaison.Page.WaitForURLAsync(url => url.Contains("/sign-in?to=%2Finbox", StringComparison.Ordinal));
        await liaison.Open("/inbox");
        liaison.Page.Url.ShouldContain("/sign-in?to=%2Finbox");
        await Enter(liaison.Page, userName, own, secret);
        (await liaison.Open("/inbox")).ShouldBe(200);
        await Assertions.Expect(liaison.Page.Locator("main").First).ToContainTextAsync("Tuyên Quang", new() { UseInnerText = true, IgnoreCase = true });

        // Disabled: the page that stands open is thrown out by itself, and the door stays shut.
        await liaison.Page.WaitForSelectorAsync("#live:not([hidden])");
        await administrator.Open(account);
        await page.ClickAsync("a.main:has-text('Khóa tài khoản')");
        await administrator.Look("account-disable");
        await page.ClickAsync("main button[type=submit]");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Đã khóa", new() { UseInnerText = true, IgnoreCase = true });
        await liaison.Page.WaitForURLAsync(url => url.Contains("/sign-in", StringComparison.Ordinal));
        await Enter(liaison.Page, userName, own, secret);
        await Assertions.Expect(liaison.Page.Locator(".govuk-error-summary").First).ToContainTextAsync("không đúng", new() { UseInnerText = true, IgnoreCase = true });
        await administrator.Look("account-disabled");
        await administrator.Open("/administration/events");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync($"Khóa tài khoản: {userName}", new() { UseInnerText = true, IgnoreCase = true });
    }

    [Fact]
    public async Task Lists_and_forms_are_readable_for_everybody_in_both_languages_on_a_desk_and_on_a_phone()
    {
        await using var administrator = await browser.VisitAs(Administrator);
        var page = administrator.Page;
        var id = await page.Locator("tbody a.strong:has-text('yte-haiphong')").GetAttributeAsync("href");
        foreach (var language in (string[])["vi", "en"])
        {
            await administrator.Speak(language);
            foreach (var (width, height, device) in ((int, int, string)[])[(1366, 768, "desktop"), (360, 740, "phone")])
            {
                await page.SetViewportSizeAsync(width, height);
                foreach (var (path, picture) in ((string, string)[])[
                    ("/administration/accounts", "accounts"), ("/administration/accounts/new", "account-new"), (id!, "account"), ($"{id}/change", "account-change"),
                    ($"{id}/second-factor", "account-second-factor"), ("/administration/events", "administration-events")])
                {
                    (await administrator.Open(path)).ShouldBe(200, path);
                    await administrator.Look($"{picture}-{language}-{device}");
                }
            }
        }
    }

    [Fact]
    public async Task A_name_is_looked_for_without_standing_in_the_address_and_Back_still_works()
    {
        await using var administrator = await browser.VisitAs(Administrator);
        var page = administrator.Page;
        await page.FillAsync("#name", "do thi lan");
        await page.ClickAsync("text=Tìm");
        await page.WaitForURLAsync("**/administration/accounts?find=*");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        page.Url.ShouldNotContain("lan", Case.Sensitive);
        await page.ClickAsync("tbody a.strong");
        await Assertions.Expect(page.Locator("h1").First).ToHaveTextAsync("yte-haiphong", new() { UseInnerText = true });
        await administrator.Back();
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);

        // The own account is nobody's to administer.
        await administrator.Open("/administration/accounts?role=administrator");
        await page.ClickAsync($"tbody a.strong:text-is('{Administrator}')");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Đây là tài khoản của bạn", new() { UseInnerText = true, IgnoreCase = true });
        await administrator.Look("account-own");
        await administrator.Open($"{new Uri(page.Url).AbsolutePath}/disable");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Không ai quản lý tài khoản của chính mình", new() { UseInnerText = true, IgnoreCase = true });
    }

    [Fact]
    public async Task Two_administrators_windows_upon_one_account_the_second_is_told_and_changes_nothing()
    {
        await using var administrator = await browser.VisitAs(Administrator);
        var page = administrator.Page;
        var id = await page.Locator("tbody a.strong:has-text('iom')").First.GetAttributeAsync("href");
        await administrator.Open($"{id}/disable");
        var other = await page.Context.NewPageAsync();
        await other.GotoAsync($"{id}/disable");
        await other.ClickAsync("main button[type=submit]");
        try
        {
            await page.ClickAsync("main button[type=submit]");
            await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Tài khoản vừa được thay đổi", new() { UseInnerText = true, IgnoreCase = true });
            await administrator.Look("account-stale");
        }
        finally
        {
            await other.GotoAsync($"{id}/enable");
            await other.ClickAsync("main button[type=submit]");
        }

        await Assertions.Expect(other.Locator("main").First).ToContainTextAsync("Đã mở lại", new() { UseInnerText = true, IgnoreCase = true });
    }

    [Fact]
    public async Task After_signing_out_neither_Back_nor_the_cache_shows_a_page_again()
    {
        await using var visitor = await browser.VisitAs("kiemtoan");
        await visitor.Open("/account");
        var name = await visitor.Page.InnerTextAsync("main .meta");
        await visitor.Page.ClickAsync("header button:has-text('Đăng xuất')");
        await visitor.Page.WaitForURLAsync(url => url.EndsWith("/sign-in?left=1", StringComparison.Ordinal));
        for (var back = 0; back < 2; back++)
        {
            await visitor.Back();
            (await Content(visitor.Page)).ShouldNotContain(name);
        }
    }

    private static async Task<string> Content(IPage page)
    {
        await page.WaitForFunctionAsync("() => document.readyState === 'complete'");
        return await page.ContentAsync();
    }

    private static async Task<(string Password, string Secret)> FirstSteps(Visitor visitor, string userName, string password, string code)
    {
        const string own = "một câu của riêng cán bộ";
        var page = visitor.Page;
        await visitor.Open("/sign-in");
        await page.FillAsync("#userName", userName);
        await page.FillAsync("#password", password);
        await page.ClickAsync("main button[type=submit]");
        await page.FillAsync("#code", code);
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForURLAsync(url => url.EndsWith("/account/password", StringComparison.Ordinal));
        await page.FillAsync("#current", password);
        await page.FillAsync("#next", own);
        await page.FillAsync("#again", own);
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForURLAsync(url => url.EndsWith("/account/second-factor", StringComparison.Ordinal));
        var secret = (await page.InnerTextAsync("code.secret")).Replace(" ", "", StringComparison.Ordinal);
        await page.FillAsync("#code", Totp.Code(secret, Totp.Step(DateTimeOffset.UtcNow)));
        await page.ClickAsync("main button[type=submit]");
        await page.ClickAsync("text=Tôi đã cất mã");
        await page.WaitForURLAsync("**/inbox");
        return (own, secret);
    }

    // The code after the one that was used last: good a step ahead.
    private static async Task Enter(IPage page, string userName, string password, string secret)
    {
        for (var attempt = 0; ; attempt++)
        {
            await page.GotoAsync("/sign-in?to=/inbox");
            await page.FillAsync("#userName", userName);
            await page.FillAsync("#password", password);
            await page.ClickAsync("main button[type=submit]");
            await page.FillAsync("#code", Totp.Code(secret, Totp.Step(DateTimeOffset.UtcNow) + (attempt % 2)));
            await page.ClickAsync("main button[type=submit]");
            if (!page.Url.Contains("/sign-in", StringComparison.Ordinal) || attempt == 1)
                return;
        }
    }
}
