using Hotline111.Local.Demo;
using Microsoft.Playwright;

namespace Hotline111.Browser.Tests;

public sealed class SignInTests(BrowserFixture browser)
{
    [Fact]
    public async Task A_person_signs_in_with_password_and_code_and_comes_to_the_page_that_was_asked_for()
    {
        await using var liaison = await browser.Visit();
        await liaison.Open("/inbox?after=");
        await liaison.Page.WaitForURLAsync(url => url.Contains("/sign-in?to=%2Finbox", StringComparison.Ordinal));
        await liaison.SignIn(DemoAccounts.PoliceTuyenQuang, liaison.Page.Url);
        new Uri(liaison.Page.Url).AbsolutePath.ShouldBe("/inbox");
        await Assertions.Expect(liaison.Page.Locator("h1").First).ToHaveTextAsync("Hộp đến", new() { UseInnerText = true });
        await Assertions.Expect(liaison.Page.Locator(".who").First).ToContainTextAsync("Hoàng Minh Tuấn", new() { UseInnerText = true, IgnoreCase = true });
        (await liaison.Page.Locator("#inbox tbody tr").CountAsync()).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Everything_works_without_scripts()
    {
        await using var visitor = await browser.Visit(scripts: false);
        await visitor.SignIn("lanhdao-bienphong");
        new Uri(visitor.Page.Url).AbsolutePath.ShouldBe("/inbox");
        await visitor.Page.ClickAsync("text=Đăng xuất");
        await visitor.Page.WaitForURLAsync(url => url.EndsWith("/sign-in?left=1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_signing_out_the_back_button_shows_nothing()
    {
        await using var visitor = await browser.VisitAs(DemoAccounts.HealthHaiPhong);
        await visitor.Page.ClickAsync("text=Đăng xuất");
        await Assertions.Expect(visitor.Page.Locator("main").First).ToContainTextAsync("Đã đăng xuất", new() { UseInnerText = true, IgnoreCase = true });
        await visitor.Back();
        await visitor.Page.WaitForURLAsync(url => url.Contains("/sign-in", StringComparison.Ordinal));
        await Assertions.Expect(visitor.Page.Locator("#rows")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Wrong_name_wrong_password_and_wrong_code_look_the_same_to_the_last_letter()
    {
        await using var visitor = await browser.Visit();
        var account = browser.Account(DemoAccounts.CriminalPoliceDivision);
        var seen = new List<string>();
        foreach (var (name, password, code) in ((string, string, string)[])[
            ("khong-co-ai", "mat-khau-nao-do", "123456"), (account.UserName, "mat-khau-nao-do", "123456"), (account.UserName, account.Password, "000000")])
        {
            await visitor.Open("/sign-in");
            await visitor.Page.FillAsync("#userName", name);
            await visitor.Page.FillAsync("#password", password);
            await visitor.Page.ClickAsync("main button[type=submit]");
            await visitor.Page.FillAsync("#code", code);
            await visitor.Page.ClickAsync("main button[type=submit]");
            await visitor.Page.WaitForLoadStateAsync();
            seen.Add(await visitor.Page.InnerTextAsync(".govuk-error-summary"));
        }

        seen.Distinct().ShouldHaveSingleItem().ShouldContain("không đúng");
        await visitor.Look("sign-in-failed");
    }

    [Fact]
    public async Task The_accounts_of_a_demonstration_are_there_to_be_used()
    {
        await using var visitor = await browser.Visit();
        await visitor.Open("/sign-in");
        await visitor.Page.ClickAsync("a[href*='as=bienphong-pcmbn']");
        await visitor.Page.ClickAsync("main button[type=submit]");
        await visitor.Page.WaitForSelectorAsync("#code");
        await visitor.Page.ClickAsync("main button[type=submit]");
        await Assertions.Expect(visitor.Page.Locator("h1")).ToHaveTextAsync("Hộp đến");
    }

    [Fact]
    public async Task A_new_account_takes_its_first_steps_before_anything_else()
    {
        using var administrator = await browser.Platform.SignIn("quantri", CancellationToken.None);
        var handover = await administrator.Post("auth/accounts", new { userName = $"moi-{Guid.NewGuid():n}"[..12], displayName = "Người mới (hư cấu)", role = "counsellor" }, CancellationToken.None);
        var accounts = await administrator.Get("auth/accounts", CancellationToken.None);
        var userName = accounts.GetProperty("accounts").EnumerateArray().Single(account => account.GetProperty("id").GetString() == handover.GetProperty("id").GetString()).GetProperty("userName").GetString()!;

        await using var visitor = await browser.Visit();
        var page = visitor.Page;
        await visitor.Open("/desk");
        await page.FillAsync("#userName", userName);
        await page.FillAsync("#password", handover.GetProperty("password").GetString()!);
        await page.ClickAsync("main button[type=submit]");
        await page.FillAsync("#code", handover.GetProperty("recoveryCodes")[0].GetString()!);
        await page.ClickAsync("main button[type=submit]");

        await page.WaitForURLAsync(url => url.EndsWith("/account/password", StringComparison.Ordinal));
        await visitor.Look("first-password");
        await visitor.Open("/desk");
        await page.WaitForURLAsync(url => url.EndsWith("/account/password", StringComparison.Ordinal));
        await page.FillAsync("#current", handover.GetProperty("password").GetString()!);
        await page.FillAsync("#next", "ngắn");
        await page.FillAsync("#again", "ngắn");
        await page.ClickAsync("main button[type=submit]");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("12 ký tự", new() { UseInnerText = true, IgnoreCase = true });
        await visitor.Look("first-password-wrong");
        const string own = "một câu của riêng tôi";
        await page.FillAsync("#current", handover.GetProperty("password").GetString()!);
        await page.FillAsync("#next", own);
        await page.FillAsync("#again", own);
        await page.ClickAsync("main button[type=submit]");

        await page.WaitForURLAsync(url => url.EndsWith("/account/second-factor", StringComparison.Ordinal));
        await visitor.Look("second-factor");
        await visitor.Open("/desk");
        await page.WaitForURLAsync(url => url.EndsWith("/account/second-factor", StringComparison.Ordinal));
        var secret = (await page.InnerTextAsync("code.secret")).Replace(" ", "", StringComparison.Ordinal);
        await page.FillAsync("#code", "000000");
        await page.ClickAsync("main button[type=submit]");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("không khớp", new() { UseInnerText = true, IgnoreCase = true });
        (await page.InnerTextAsync("code.secret")).Replace(" ", "", StringComparison.Ordinal).ShouldBe(secret);
        await page.FillAsync("#code", Totp.Code(secret, Totp.Step(DateTimeOffset.UtcNow)));
        await page.ClickAsync("main button[type=submit]");

        await Assertions.Expect(page.Locator(".codes code")).ToHaveCountAsync(10);
        await page.WaitForLoadStateAsync();
        var codes = await page.Locator(".codes code").AllInnerTextsAsync();
        codes.ShouldNotContain(handover.GetProperty("recoveryCodes")[1].GetString()!);
        await visitor.Look("recovery-codes");
        await page.ClickAsync("text=Tôi đã cất mã");
        await page.WaitForURLAsync("**/desk");

        // One of the new codes stands in for the telephone.
        await page.ClickAsync("text=Đăng xuất");
        await visitor.Open("/sign-in");
        await page.FillAsync("#userName", userName);
        await page.FillAsync("#password", own);
        await page.ClickAsync("main button[type=submit]");
        await page.FillAsync("#code", codes[0]);
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForURLAsync("**/desk");
    }

    [Fact]
    public async Task A_form_sent_after_the_sessions_end_says_that_nothing_was_recorded()
    {
        await using var here = await browser.VisitAs(DemoAccounts.HealthTuyenQuang);
        // The page hears nothing of its session's end: it would give way by itself.
        await here.Page.AddInitScriptAsync("delete globalThis.SharedWorker");
        await here.Page.RouteAsync("**/hints?*", route => route.FulfillAsync(new() { Status = 204 }));
        await here.Open("/account/password");
        using (var elsewhere = await browser.Platform.SignIn(DemoAccounts.HealthTuyenQuang, CancellationToken.None))
            await elsewhere.Post("auth/sign-out-everywhere", null, CancellationToken.None);
        await here.Page.FillAsync("#current", "mật khẩu cũ");
        await here.Page.ClickAsync("main button[type=submit]");
        await here.Page.WaitForURLAsync(url => url.Contains("/sign-in?unsent=1&to=%2Faccount", StringComparison.Ordinal));
        await Assertions.Expect(here.Page.Locator("main").First).ToContainTextAsync("chưa được ghi", new() { UseInnerText = true, IgnoreCase = true });
        await here.Look("sign-in-unsent");
    }

    [Fact]
    public async Task Sessions_elsewhere_are_listed_and_ended()
    {
        await using var here = await browser.VisitAs(DemoAccounts.Consular);
        await using var there = await browser.Visit();
        await there.SignIn(DemoAccounts.Consular);
        await here.Open("/account");
        await here.Look("account");
        await here.Page.Locator("form[action='/account/end-session'] button").First.ClickAsync();
        await Assertions.Expect(here.Page.Locator("main").First).ToContainTextAsync("Phiên đó đã kết thúc", new() { UseInnerText = true, IgnoreCase = true });
        // Its page gives way by itself.
        await there.Page.WaitForURLAsync(url => url.Contains("/sign-in?to=%2Finbox", StringComparison.Ordinal));
        await there.Open("/inbox");
        there.Page.Url.ShouldContain("/sign-in?to=%2Finbox");
        await here.Page.ClickAsync("text=Đăng xuất khỏi mọi nơi");
        await here.Page.WaitForURLAsync(url => url.Contains("/sign-in?left=1", StringComparison.Ordinal));
    }
}
