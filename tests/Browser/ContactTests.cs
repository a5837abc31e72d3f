using System.Text.Json;
using Hotline111.Local.Demo;
using Microsoft.Playwright;
using Npgsql;

namespace Hotline111.Browser.Tests;

/// <summary>The contact page while somebody listens: recorded by keyboard, never losing what was typed, and the place picker, paper notes and keys beside it.</summary>
public sealed class ContactTests(BrowserFixture browser)
{
    private const string Heard = "Bà N. báo cháu H. mất liên lạc từ chiều qua, “mai họ đưa qua bên kia” (hư cấu)";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_whole_contact_is_recorded_with_the_keyboard_alone_and_nothing_personal_is_left_lying_about()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var (page, keys) = (counsellor.Page, counsellor.Page.Keyboard);
        await page.Press("F2");
        await Ready(page);
        var id = IdOf(page);

        await keys.PressAsync("3");
        (await page.EvaluateAsync<string>("document.activeElement.id")).ShouldBe("notes");
        await keys.InsertTextAsync(Heard);
        await Tab(page, "[name=riskSigns][value=confined]");
        await keys.PressAsync("Space");
        await Tab(page, "[name=riskSigns][value=minor]");
        await keys.PressAsync("Space");
        await Assertions.Expect(page.Locator("#alarm").First).ToContainTextAsync("2 dấu hiệu nguy hiểm, có trẻ em", new() { UseInnerText = true, IgnoreCase = true });
        await Tab(page, "[name=callerKind]");
        await keys.PressAsync("ArrowDown");
        await Tab(page, "[name=topics][value=missing_person]");
        await keys.PressAsync("Space");

        await page.Press("F9");
        await keys.TypeAsync("nam dinh");
        await Option(page, "Nam Định");
        await keys.PressAsync("Enter");
        (await page.InputValueAsync("#place")).ShouldBe("Nam Định (nay thuộc Ninh Bình)");
        await Tab(page, "#commune");
        await keys.InsertTextAsync("xã Cồn Hạc (tên giả định)");
        await Tab(page, "[name=safeContact]");
        await keys.PressAsync("ArrowDown");
        await Tab(page, "#safeDetail");
        await keys.InsertTextAsync("22:00–23:30");
        await Tab(page, "#callerName");
        await keys.InsertTextAsync("bà Nụ");
        await Tab(page, "#callerPhone");
        await keys.InsertTextAsync("0900 000 333");
        await Tab(page, "[name=callerGender]");
        await keys.PressAsync("ArrowDown");
        await Tab(page, "#callerAge");
        await keys.InsertTextAsync("52");
        await Tab(page, "[name=interpreter]");
        await keys.PressAsync("Space");
        await Assertions.Expect(page.Locator("[data-shows=callerPhone]").First).ToHaveTextAsync("•••• 0333", new() { UseInnerText = true });
        await Saved(page);
        await page.EvaluateAsync("scrollTo(0, 0)");
        await counsellor.Look("contact-vi-desktop");
        await page.SetViewportSizeAsync(360, 740);
        await counsellor.Look("contact-vi-phone");
        await page.SetViewportSizeAsync(1366, 768);
        // As far as anybody can see from outside, and as long as it is a draft.
        await LeavesNothing(page, Heard, "Nụ", "0900 000 333", "Cồn Hạc");

        await page.Press("Control+Enter");
        await page.WaitForURLAsync("**/contacts/*?said=recorded");
        await counsellor.Look("contact-recorded-vi-desktop");
        await LeavesNothing(page, Heard, "Nụ", "0900 000 333", "Cồn Hạc");
        await counsellor.Open($"/language/en?to=/contacts/{id}");
        await page.SetViewportSizeAsync(360, 740);
        await counsellor.Look("contact-recorded-en-phone");

        var program = await browser.Client("giamdoc");
        var contact = await program.Get($"api/contacts/{id}", Ct);
        Text(contact, "category").ShouldBe("referral");
        contact.GetProperty("topics").EnumerateArray().Select(topic => topic.GetString()).ShouldBe(["missing_person"]);
        Text(contact, "channel").ShouldBe("phone_in");
        Text(contact, "safeContact").ShouldBe("only_hours");
        Text(contact, "language").ShouldBe("vi");
        Text(contact.GetProperty("caller"), "kind").ShouldBe("relative_friend");
        Text(contact.GetProperty("caller"), "gender").ShouldBe("female");
        Text(contact.GetProperty("caller"), "name").ShouldBe("bà Nụ");
        Text(contact.GetProperty("caller"), "phone").ShouldBe("0900 000 333");
        contact.GetProperty("caller").GetProperty("age").GetInt32().ShouldBe(52);
        Text(contact.GetProperty("place"), "formerProvinceCode").ShouldBe("36");
        Text(contact.GetProperty("place"), "provinceCode").ShouldBe("37");
        Text(contact.GetProperty("place"), "commune").ShouldBe("xã Cồn Hạc (tên giả định)");
        // What a contact has no field for stands in words below the notes.
        Text(contact, "summary").ShouldBe(
            $"{Heard}\nDấu hiệu nguy hiểm: bị giam giữ, trẻ em.\nCần phiên dịch (Tiếng Việt).\nLiên lạc an toàn: 22:00–23:30.");
        // The call began when the page was opened, not when it was recorded.
        contact.GetProperty("occurredAt").GetDateTimeOffset().ShouldBeLessThan(contact.GetProperty("recordedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Every_kind_of_contact_has_its_key_inside_and_outside_fields_and_a_typing_program_is_left_alone()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await counsellor.Open("/contacts/new");
        await Ready(page);
        string[] kinds = ["information", "counselling", "referral", "silent", "wrong_number", "abusive"];
        for (var i = 0; i < kinds.Length; i++)
        {
            await page.EvaluateAsync("document.activeElement.blur()");
            await page.Keyboard.PressAsync($"{i + 1}");
            (await page.InputValueAsync("[name=category]:checked")).ShouldBe(kinds[i]);
            (await page.EvaluateAsync<string>("document.activeElement.id")).ShouldBe("notes");
        }

        for (var i = 0; i < kinds.Length; i++)
        {
            await page.Keyboard.PressAsync($"Alt+{i + 1}");
            (await page.InputValueAsync("[name=category]:checked")).ShouldBe(kinds[i]);
        }

        // In a field a digit is a digit.
        await page.Keyboard.PressAsync("1");
        (await page.InputValueAsync("[name=category]:checked")).ShouldBe("abusive");
        (await page.InputValueAsync("#notes")).ShouldBe("1");

        // A character that is being put together is nobody's key.
        await page.EvaluateAsync("document.activeElement.blur()");
        await page.EvaluateAsync("""
            for (const event of [new KeyboardEvent('keydown', { key: '2', code: 'Digit2', isComposing: true, bubbles: true }), new KeyboardEvent('keydown', { key: 'Process', code: 'Digit2', keyCode: 229, bubbles: true })])
              document.body.dispatchEvent(event)
            """);
        (await page.InputValueAsync("[name=category]:checked")).ShouldBe("abusive");

        // The list of keys, and the switch for single letters.
        await Saved(page);
        await page.Keyboard.PressAsync("Shift+?");
        await page.WaitForURLAsync("**/keys");
        await page.WaitForSelectorAsync("#switch >> text=Đang bật");
        await page.ClickAsync("#switch button");
        await page.WaitForSelectorAsync("text=Đang tắt");
        await page.Keyboard.PressAsync("Shift+?");
        await counsellor.Back();
        await Ready(page);
        (await page.InputValueAsync("#notes")).ShouldBe("1");
        await page.EvaluateAsync("document.activeElement.blur()");
        await page.Keyboard.PressAsync("2");
        (await page.InputValueAsync("[name=category]:checked")).ShouldBe("abusive");
        await page.Keyboard.PressAsync("Alt+2");
        (await page.InputValueAsync("[name=category]:checked")).ShouldBe("counselling");
        await Saved(page);
    }

    [Fact]
    public async Task A_place_is_found_however_it_is_typed_and_a_former_province_leads_to_its_new_home()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await counsellor.Open("/contacts/new");
        await Ready(page);
        foreach (var (typed, first, chosen, value) in ((string, string, string, string)[])
        [
            ("nam dinh", "Nam Định", "Nam Định (nay thuộc Ninh Bình)", "2026-04-30/37/36"),
            ("Hà Nội", "Hà Nội", "Hà Nội", "2026-04-30/01/01"),
            ("HA NÔI", "Hà Nội", "Hà Nội", "2026-04-30/01/01"),
            ("da nang", "Đà Nẵng", "Đà Nẵng", "2026-04-30/48/"),
            ("đa năng", "Đà Nẵng", "Đà Nẵng", "2026-04-30/48/"),
            ("ha giang", "Hà Giang", "Hà Giang (nay thuộc Tuyên Quang)", "2026-04-30/08/02"),
            ("sai gon", "Hồ Chí Minh", "Hồ Chí Minh", "2026-04-30/79/"),
        ])
        {
            await page.FillAsync("#place", "");
            await page.Locator("#place").PressSequentiallyAsync(typed);
            await Option(page, first);
            await page.Keyboard.PressAsync("Enter");
            (await page.InputValueAsync("#place")).ShouldBe(chosen);
            (await page.InputValueAsync("#place-unit")).ShouldBe(value);
            await Assertions.Expect(page.Locator(".place__said").First).ToHaveTextAsync($"Đã chọn: {chosen}", new() { UseInnerText = true });
        }

        // Arrows and Escape; Escape closes the list and leaves the page alone.
        await page.FillAsync("#place", "");
        // At one stroke: between two letters the list may change once more.
        await page.Keyboard.InsertTextAsync("ha");
        await Option(page, "Hà");
        await counsellor.Look("contact-places-vi-desktop");
        var first1 = await page.GetAttributeAsync("#place", "aria-activedescendant");
        await page.Keyboard.PressAsync("ArrowDown");
        (await page.GetAttributeAsync("#place", "aria-activedescendant")).ShouldNotBe(first1);
        await Assertions.Expect(page.Locator("#place-list [aria-selected=true]")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Escape");
        (await page.Locator("#place-list").IsHiddenAsync()).ShouldBeTrue();
        await page.WaitForURLAsync(url => url.Contains("/contacts/", StringComparison.Ordinal));

        // What no province is called stays as words, and is recorded as such.
        await page.FillAsync("#place", "");
        await page.Locator("#place").PressSequentiallyAsync("nhà trọ cổng xanh");
        await Option(page, "Ghi bằng lời: “nhà trọ cổng xanh”");
        await page.Keyboard.PressAsync("Enter");
        (await page.InputValueAsync("#place-unit")).ShouldBe("");
        await page.Keyboard.PressAsync("Alt+1");
        await Saved(page);
        await page.Press("Control+Enter");
        await page.WaitForURLAsync("**?said=recorded");
        await Assertions.Expect(page.Locator("#heard").First).ToContainTextAsync("Nơi xảy ra, theo lời người gọi: nhà trọ cổng xanh.", new() { UseInnerText = true, IgnoreCase = true });
    }

    [Fact]
    public async Task A_draft_survives_a_reload_and_a_closed_tab_to_the_last_letter()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await counsellor.Open("/contacts/new");
        await Ready(page);
        await page.FillAsync("#notes", "gõ xong là tải lại ngay (hư cấu)");
        await page.ReloadAsync();
        await page.WaitForFunctionAsync("() => document.getElementById('notes').value === 'gõ xong là tải lại ngay (hư cấu)'");

        var (at, id) = (page.Url, IdOf(page));
        await Ready(page);
        await page.FillAsync("#notes", "gõ xong là bấm Esc (hư cấu)");
        await page.Keyboard.PressAsync("Escape");
        await page.WaitForURLAsync("**/desk");
        await Stands(page, "gõ xong là bấm Esc (hư cấu)");

        await page.FillAsync("#notes", "gõ xong là đóng thẻ (hư cấu)");
        await page.CloseAsync(new() { RunBeforeUnload = true });
        await Stands(await page.Context.NewPageAsync(), "gõ xong là đóng thẻ (hư cấu)");

        // The last batch travels on without the page, so it may arrive a moment after the next one could be opened.
        async Task Stands(IPage next, string text)
        {
            var own = await browser.Client(DemoAccounts.Counsellor);
            await own.Until($"api/drafts/{id}", draft => draft.GetProperty("content").GetProperty("notes").GetString() == text ? true : default(bool?), Visitor.Patience, Ct);
            await next.GotoAsync(at);
            await Ready(next);
            (await next.InputValueAsync("#notes")).ShouldBe(text);
        }
    }

    [Fact]
    public async Task While_console_and_gateway_are_gone_the_page_keeps_what_is_typed_and_saves_it_afterwards()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await counsellor.Open("/contacts/new");
        await Ready(page);
        await page.Keyboard.PressAsync("Alt+2");
        await page.FillAsync("#notes", "trước khi mất kết nối");
        await Saved(page);
        counsellor.MayBeCutOff = true;
        await browser.Platform.Kill("console");
        await browser.Platform.Kill("gateway");
        try
        {
            await page.FillAsync("#notes", "trước khi mất kết nối; trong khi mất kết nối (hư cấu)");
            await page.WaitForSelectorAsync("#saved.saved--not");
            await Assertions.Expect(page.Locator("#saved").First).ToHaveTextAsync("Chưa lưu được, sẽ thử lại", new() { UseInnerText = true });
            await page.Press("Control+Enter");
            await page.WaitForSelectorAsync("[data-trouble=unsent]:not([hidden])");
            await page.Keyboard.PressAsync("F4");
            await counsellor.Look("contact-away-vi-desktop");
            (await page.InputValueAsync("#notes")).ShouldContain("trong khi mất kết nối");
        }
        finally
        {
            await browser.Platform.StartProcess("gateway", Ct);
            await browser.Platform.StartProcess("console", Ct);
        }

        await page.FillAsync("#callerName", "chị Đào (hư cấu)");
        await Saved(page);
        await Assertions.Expect(page.Locator("[data-trouble]:not([hidden])")).ToHaveCountAsync(0);
        await page.ReloadAsync();
        (await page.InputValueAsync("#notes")).ShouldBe("trước khi mất kết nối; trong khi mất kết nối (hư cấu)");
        (await page.InputValueAsync("#callerName")).ShouldBe("chị Đào (hư cấu)");
    }

    [Fact]
    public async Task Of_two_tabs_on_one_draft_the_older_one_is_told_and_chooses()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var older = counsellor.Page;
        await counsellor.Open("/contacts/new");
        await Ready(older);
        await older.FillAsync("#notes", "chung");
        await Saved(older);
        var newer = await older.Context.NewPageAsync();
        await newer.GotoAsync(older.Url);
        await Ready(newer);
        await newer.FillAsync("#notes", "chung, thêm ở thẻ mới");
        await Saved(newer);

        await older.FillAsync("#notes", "chung, thêm ở thẻ cũ");
        await older.WaitForSelectorAsync("[data-trouble=draft-newer]:not([hidden])");
        (await older.InputValueAsync("#notes")).ShouldBe("chung, thêm ở thẻ cũ");
        await counsellor.Look("contact-newer-vi-desktop");
        await older.ClickAsync("#keep-here");
        await Saved(older);
        await Assertions.Expect(older.Locator("[data-trouble]:not([hidden])")).ToHaveCountAsync(0);

        await newer.FillAsync("#notes", "chung, thêm nữa ở thẻ mới");
        await newer.WaitForSelectorAsync("[data-trouble=draft-newer]:not([hidden])");
        await newer.ClickAsync("text=Mở bản mới hơn");
        await newer.WaitForFunctionAsync("() => document.getElementById('notes').value === 'chung, thêm ở thẻ cũ'");

        // Recorded in one, the other is led to it.
        await Ready(newer);
        await newer.Keyboard.PressAsync("Alt+1");
        await Saved(newer);
        await newer.Press("Control+Enter");
        await newer.WaitForURLAsync("**?said=recorded");
        await older.FillAsync("#notes", "muộn");
        await older.WaitForSelectorAsync("[data-trouble=draft-recorded]:not([hidden])");
        await older.ClickAsync("[data-trouble=draft-recorded] a");
        await Assertions.Expect(older.Locator("#heard").First).ToContainTextAsync("chung, thêm ở thẻ cũ", new() { UseInnerText = true, IgnoreCase = true });
    }

    [Fact]
    public async Task The_idle_lock_saves_the_draft_first_and_signing_in_again_returns_to_it()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        var page = counsellor.Page;
        await counsellor.Open("/contacts/new");
        await Ready(page);
        await page.FillAsync("#notes", "đã lưu");
        await Saved(page);
        // Nothing can be saved for a while, and a quarter of an hour goes by at the page.
        using var elsewhere = await browser.Platform.SignIn("quantri", Ct);
        await page.RouteAsync("**/save", route => route.AbortAsync());
        await page.FillAsync("#notes", "đã lưu; chưa lưu khi khóa màn hình (hư cấu)");
        await page.WaitForSelectorAsync("#saved.saved--not");
        await page.EvaluateAsync("localStorage.setItem('hotline111-active', Date.now() - 16 * 60 * 1000)");
        // While it cannot be saved the page shows nothing any more, and holds it.
        await page.WaitForSelectorAsync("#lock:not([hidden])");
        (await page.Locator("#contact").IsHiddenAsync()).ShouldBeTrue();
        await counsellor.Look("contact-locked-vi-desktop");
        // At the server it is a little more than fourteen minutes: as long as it is not fifteen it can still be saved.
        await using (var source = NpgsqlDataSource.Create(browser.Platform.Database("gateway").Owner))
        await using (var command = source.CreateCommand(
            "update gateway.session set last_active_at = now() - interval '845 seconds' where ended_at is null and account = (select id from identity.account where user_name = 'tuvan2')"))
            (await command.ExecuteNonQueryAsync(Ct)).ShouldBeGreaterThan(0);
        // The gateway looks at every session anew when one has ended.
        await elsewhere.Post("auth/sign-out", null, Ct);
        await page.UnrouteAsync("**/save");
        await page.WaitForURLAsync("**/sign-in?idle=1&to=*");
        (await page.InnerTextAsync("header")).ShouldNotContain("Trần Văn Hòa", customMessage: "a locked screen tells nobody's name");
        await counsellor.SignIn(DemoAccounts.SecondCounsellor, page.Url);
        await Ready(page);
        (await page.InputValueAsync("#notes")).ShouldBe("đã lưu; chưa lưu khi khóa màn hình (hư cấu)");
    }

    [Fact]
    public async Task A_session_that_ends_in_the_middle_loses_nothing_that_was_typed()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        var page = counsellor.Page;
        await counsellor.Open("/contacts/new");
        await Ready(page);
        await page.FillAsync("#notes", "đã lưu");
        await Saved(page);
        // The last batch is still on its way when the session is ended in another window: the page stays, says so, and goes on after signing in.
        await page.RouteAsync("**/save", route => route.AbortAsync());
        await page.FillAsync("#notes", "đã lưu; gõ khi phiên bị thu hồi (hư cấu)");
        await page.WaitForSelectorAsync("#saved.saved--not");
        await SignOut();
        await page.UnrouteAsync("**/save");
        await page.WaitForSelectorAsync("[data-trouble=over]:not([hidden])");
        await counsellor.Look("contact-session-over-vi-desktop");
        (await page.InputValueAsync("#notes")).ShouldBe("đã lưu; gõ khi phiên bị thu hồi (hư cấu)");

        var signIn = await page.Context.RunAndWaitForPageAsync(() => page.ClickAsync("text=Đăng nhập ở thẻ mới"));
        await counsellor.SignIn(DemoAccounts.SecondCounsellor, signIn.Url, signIn);
        new Uri(signIn.Url).AbsolutePath.ShouldBe("/contacts");
        await Saved(page);
        await Assertions.Expect(page.Locator("[data-trouble]:not([hidden])")).ToHaveCountAsync(0);

        // With everything saved the page gives way by itself, and comes back with everything.
        await SignOut();
        await page.WaitForURLAsync("**/sign-in?to=%2Fcontacts%2F*");
        await counsellor.SignIn(DemoAccounts.SecondCounsellor, page.Url);
        await Ready(page);
        (await page.InputValueAsync("#notes")).ShouldBe("đã lưu; gõ khi phiên bị thu hồi (hư cấu)");

        async Task SignOut()
        {
            var other = await page.Context.NewPageAsync();
            await other.GotoAsync("/contacts");
            await other.ClickAsync("text=Đăng xuất");
            await other.WaitForURLAsync("**/sign-in?left=1");
        }
    }

    [Fact]
    public async Task A_paper_note_carries_the_time_of_its_call_within_its_limits()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await page.Press("F7");
        await Ready(page);
        var id = IdOf(page);
        await Assertions.Expect(page.Locator("#clock")).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("Alt+1");
        await page.FillAsync("#notes", "Chép từ giấy (hư cấu)");
        await Refused("day", "Hãy ghi ngày cuộc gọi");
        await counsellor.Look("contact-paper-vi-desktop");
        await page.FillAsync("#time", "25h");
        await page.FillAsync("#day", "hôm nào đó");
        await Refused("time", "Hãy ghi giờ như 21:05");
        await Assertions.Expect(page.Locator("#day-error").First).ToContainTextAsync("Hãy ghi ngày như 19/11", new() { UseInnerText = true, IgnoreCase = true });
        var here = DateTimeOffset.UtcNow.ToOffset(TimeSpan.FromHours(7));
        await page.FillAsync("#time", "21h05");
        await page.FillAsync("#day", here.AddDays(-40).ToString("dd/MM/yyyy", System.Globalization.CultureInfo.InvariantCulture));
        await Refused("day", "31 ngày");
        await page.FillAsync("#day", here.AddDays(2).ToString("dd/MM/yyyy", System.Globalization.CultureInfo.InvariantCulture));
        await Refused("day", "tương lai");
        await page.FillAsync("#day", here.AddDays(-1).ToString("d/M", System.Globalization.CultureInfo.InvariantCulture));
        await page.Press("Control+Enter");
        await page.WaitForURLAsync("**?said=recorded");
        var program = await browser.Client("giamdoc");
        (await program.Get($"api/contacts/{id}", Ct)).GetProperty("occurredAt").GetDateTimeOffset()
            .ShouldBe(new DateTimeOffset(here.Year, here.Month, here.Day, 21, 5, 0, here.Offset).AddDays(-1));

        async Task Refused(string field, string sentence)
        {
            await page.Press("Control+Enter");
            await page.WaitForSelectorAsync($"#{field}-error:has-text('{sentence}')");
            await Ready(page);
            (await page.InputValueAsync("#notes")).ShouldBe("Chép từ giấy (hư cấu)");
            await page.WaitForFunctionAsync("() => document.activeElement.matches('.govuk-error-summary')");
        }
    }

    [Fact]
    public async Task Without_scripts_a_contact_is_drafted_recorded_put_right_and_closed()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor, scripts: false);
        var page = counsellor.Page;
        await page.ClickAsync("a[href='/contacts/new']");
        var at = page.Url;
        await page.FillAsync("#notes", "Không dùng JavaScript (hư cấu)");
        await page.CheckAsync("[name=riskSigns][value=weapon]");
        (await page.Locator("#alarm").IsVisibleAsync()).ShouldBeTrue();
        await page.SelectOptionAsync("#place-unit", new SelectOptionValue { Label = "Yên Bái (nay thuộc Lào Cai)" });
        // Enter in a field saves; it neither records nor refers.
        await page.PressAsync("#commune", "Enter");
        await page.WaitForURLAsync(at);
        await page.FillAsync("#callerName", "anh Tám");
        await page.ClickAsync("text=Lưu nháp");
        (await page.InputValueAsync("#notes")).ShouldBe("Không dùng JavaScript (hư cấu)");
        (await page.InputValueAsync("#callerName")).ShouldBe("anh Tám");
        (await page.InnerTextAsync("#saved")).ShouldStartWith("Đã lưu nháp");
        await page.ClickAsync("button[data-key='Ctrl+Enter']");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Hãy chọn loại liên hệ", new() { UseInnerText = true, IgnoreCase = true });
        await page.CheckAsync("[name=category][value=counselling]", new() { Force = true });
        await page.ClickAsync("button[data-key='Ctrl+Enter']");
        await Assertions.Expect(page.Locator("h1").First).ToHaveTextAsync("Tư vấn", new() { UseInnerText = true });
        await Assertions.Expect(page.Locator("#facts").First).ToContainTextAsync("Yên Bái (nay thuộc Lào Cai)", new() { UseInnerText = true, IgnoreCase = true });

        await page.CheckAsync("[name=category][value=dropped]", new() { Force = true });
        await page.ClickAsync("#kind button");
        await Assertions.Expect(page.Locator("h1").First).ToHaveTextAsync("Rớt cuộc gọi", new() { UseInnerText = true });

        await page.ClickAsync("text=Bổ sung, sửa nội dung");
        await page.FillAsync("#callerName", "");
        await page.FillAsync("#callerAge", "ba mươi");
        await page.ClickAsync("button[data-key='Ctrl+Enter']");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Tuổi là một số", new() { UseInnerText = true, IgnoreCase = true });
        await page.FillAsync("#callerAge", "30");
        await page.ClickAsync("button[data-key='Ctrl+Enter']");
        await Assertions.Expect(page.Locator("#history").First).ToContainTextAsync("Tuổi, Gọi người đó là", new() { UseInnerText = true, IgnoreCase = true });
        await page.WaitForLoadStateAsync();
        (await page.InnerTextAsync("#facts")).ShouldNotContain("anh Tám");
        (await page.InnerTextAsync("#facts")).ShouldContain("Yên Bái");

        // A place that is taken out of the list is gone, and does not come back as words.
        await page.ClickAsync("text=Bổ sung, sửa nội dung");
        await page.SelectOptionAsync("#place-unit", "");
        await page.ClickAsync("button[data-key='Ctrl+Enter']");
        await page.WaitForURLAsync("**?said=amended");
        (await page.InnerTextAsync("main")).ShouldNotContain("Yên Bái");

        await page.ClickAsync("#close summary");
        await page.ClickAsync("#close button");
        await Assertions.Expect(page.Locator(".case-id").First).ToContainTextAsync("Đã kết thúc", new() { UseInnerText = true, IgnoreCase = true });
        await Assertions.Expect(page.Locator("#kind")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("#close").First).ToContainTextAsync("loại liên hệ không đổi được nữa", new() { UseInnerText = true, IgnoreCase = true });
    }

    [Fact]
    public async Task Somebody_amended_meanwhile_and_what_is_typed_stays()
    {
        var program = await browser.Client("giamdoc");
        var id = (await program.Post("api/contacts", new { channel = "zalo", summary = "Nhắn qua Zalo (hư cấu)" }, Ct)).GetProperty("id").GetGuid();
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await counsellor.Open($"/contacts/{id}");
        await Assertions.Expect(page.Locator("h1").First).ToHaveTextAsync("Chưa phân loại", new() { UseInnerText = true });
        await Assertions.Expect(page.Locator("#close").First).ToContainTextAsync("hãy chọn loại liên hệ trước", new() { UseInnerText = true, IgnoreCase = true });
        await counsellor.Open($"/contacts/{id}/amend");
        await counsellor.Look("contact-amend-vi-desktop");
        await program.Post($"api/contacts/{id}/amend", new { safeContact = "no_message" }, Ct);
        await page.FillAsync("#notes", "Nhắn qua Zalo, đã gọi lại (hư cấu)");
        await page.Press("Control+Enter");
        await page.WaitForSelectorAsync(".govuk-error-summary");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Có người vừa sửa", new() { UseInnerText = true, IgnoreCase = true });
        (await page.InputValueAsync("#notes")).ShouldBe("Nhắn qua Zalo, đã gọi lại (hư cấu)");
        await page.SelectOptionAsync("#safeContact", "no_message");
        await page.Press("Control+Enter");
        await page.WaitForURLAsync("**?said=amended");
        await Assertions.Expect(page.Locator("#heard").First).ToContainTextAsync("đã gọi lại", new() { UseInnerText = true, IgnoreCase = true });
        await Assertions.Expect(page.Locator("#facts").First).ToContainTextAsync("Không để lại lời nhắn", new() { UseInnerText = true, IgnoreCase = true });
    }

    [Fact]
    public async Task A_place_put_right_in_words_alone_is_kept_and_the_recorded_province_stays_until_it_is_emptied()
    {
        var program = await browser.Client("giamdoc");
        var place = new { edition = "2026-04-30", provinceCode = "08" };
        var id = (await program.Post("api/contacts", new { channel = "zalo", place, summary = "Nhắn qua Zalo (hư cấu)" }, Ct)).GetProperty("id").GetGuid();
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await counsellor.Open($"/contacts/{id}/amend");
        await page.PicksPlaces();
        await page.FillAsync("#place", "gần chợ huyện cũ");
        await page.Press("Control+Enter");
        await page.WaitForURLAsync("**?said=amended");
        var recorded = await program.Get($"api/contacts/{id}", Ct);
        recorded.GetProperty("summary").GetString()!.ShouldContain("gần chợ huyện cũ");
        recorded.GetProperty("place").GetProperty("provinceCode").GetString().ShouldBe("08");

        await counsellor.Open($"/contacts/{id}/amend");
        await page.PicksPlaces();
        await page.FillAsync("#place", "");
        await page.FillAsync("#commune", "xã Hư Cấu");
        await page.Press("Control+Enter");
        await page.WaitForURLAsync("**?said=amended");
        recorded = await program.Get($"api/contacts/{id}", Ct);
        recorded.GetProperty("summary").GetString()!.ShouldContain("xã Hư Cấu");
        (recorded.TryGetProperty("place", out var known) && known.ValueKind == System.Text.Json.JsonValueKind.Object).ShouldBeFalse("who empties the field says that the province is not known");
    }

    [Fact]
    public async Task A_supervisor_takes_over_a_draft_and_a_counsellor_does_not()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await counsellor.Open("/contacts/new");
        await Ready(page);
        await page.FillAsync("#notes", "dở dang (hư cấu)");
        await Saved(page);
        var path = new Uri(page.Url).AbsolutePath;

        await using (var colleague = await browser.VisitAs(DemoAccounts.SecondCounsellor))
        {
            (await colleague.Open(path)).ShouldBe(403);
            await Assertions.Expect(colleague.Page.Locator("main").First).ToContainTextAsync("Trưởng ca có thể tiếp quản", new() { UseInnerText = true, IgnoreCase = true });
            await Assertions.Expect(colleague.Page.Locator("main form")).ToHaveCountAsync(0);
        }

        await using var supervisor = await browser.VisitAs(DemoAccounts.Supervisor);
        await supervisor.Open("/contacts");
        await supervisor.Look("contacts-supervisor-vi-desktop");
        await supervisor.Page.ClickAsync($"#others a[href='{path}']");
        await supervisor.Look("contact-held-vi-desktop");
        await supervisor.Page.ClickAsync("text=Tiếp quản bản nháp");
        await Ready(supervisor.Page);
        (await supervisor.Page.InputValueAsync("#notes")).ShouldBe("dở dang (hư cấu)");

        await page.FillAsync("#notes", "dở dang, gõ thêm");
        await page.WaitForSelectorAsync("[data-trouble=draft-of-another]:not([hidden])");
        await supervisor.Page.ClickAsync(".discard summary");
        await supervisor.Page.ClickAsync(".discard button");
        await supervisor.Page.WaitForURLAsync("**/contacts?said=discarded");
    }

    [Fact]
    public async Task From_the_contact_page_one_key_refers_and_one_calls_for_help()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await counsellor.Open("/contacts/new");
        await Ready(page);
        var id = IdOf(page);
        await page.FillAsync("#notes", "Cần chuyển ngay (hư cấu)");
        await page.Keyboard.PressAsync("F8");
        await page.WaitForURLAsync($"**/contacts/{id}/emergency");
        await counsellor.Back();
        await Ready(page);
        (await page.InputValueAsync("#notes")).ShouldBe("Cần chuyển ngay (hư cấu)");

        await page.Keyboard.PressAsync("F4");
        await page.WaitForURLAsync("**/cases/*/refer");
        var refer = page.Url;
        var program = await browser.Client("giamdoc");
        var caseId = new Uri(refer).Segments[2].TrimEnd('/');
        Text(await program.Get($"api/cases/{caseId}", Ct), "contactId").ShouldBe(id.ToString());
        Text(await program.Get($"api/contacts/{id}", Ct), "category").ShouldBe("referral");

        // Once more from its record: the same case.
        await counsellor.Open($"/contacts/{id}");
        await page.Keyboard.PressAsync("F4");
        await page.WaitForURLAsync(refer);
    }

    [Fact]
    public async Task A_form_from_elsewhere_is_refused_and_an_old_id_is_no_page()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        await counsellor.Open("/contacts/new");
        (await counsellor.Page.EvaluateAsync<int>("""
            async () => (await fetch(`${location.pathname}/record`, { method: 'POST', headers: { Accept: 'text/html' }, body: new URLSearchParams({ category: 'information', channel: 'phone_in' }) })).status
            """)).ShouldBe(400);
        (await counsellor.Open($"/contacts/{Guid.CreateVersion7(DateTimeOffset.UtcNow.AddDays(-2))}")).ShouldBe(404);
        (await counsellor.Open($"/contacts/{Guid.NewGuid()}")).ShouldBe(404);
    }

    private static Guid IdOf(IPage page) => Guid.Parse(new Uri(page.Url).Segments[2].TrimEnd('/'));

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();

    // Scripts of a page run after it is shown; what they have begun with tells that they run.
    private static async Task Ready(IPage page)
    {
        await page.WaitForSelectorAsync("#contact[data-ready]");
        await page.PicksPlaces();
    }

    private static async Task Saved(IPage page) => await page.WaitForSelectorAsync("#saved[data-state=saved]");

    /// <summary>Tab, until the focus stands where it is wanted.</summary>
    private static async Task Tab(IPage page, string wanted)
    {
        for (var i = 0; i < 40; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<bool>("wanted => document.activeElement.matches(wanted)", wanted))
                return;
        }

        Assert.Fail($"Tab never came to {wanted}.");
    }

    private static async Task Option(IPage page, string text) =>
        await page.Locator("#place-list [role=option][aria-selected=true]", new() { HasText = text }).WaitForAsync();

    private async Task LeavesNothing(IPage page, params string[] personal)
    {
        var open = string.Join('\n', page.Url, await page.TitleAsync(), await page.EvaluateAsync<string>("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie"));
        List<string> logs = [];
        foreach (var log in Directory.EnumerateFiles(browser.Platform.Logs))
        {
            await using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            logs.Add(await reader.ReadToEndAsync(Ct));
        }

        foreach (var word in personal)
        {
            open.ShouldNotContain(word);
            open.ShouldNotContain(Uri.EscapeDataString(word));
            logs.ShouldNotContain(log => log.Contains(word, StringComparison.Ordinal) || log.Contains(Uri.EscapeDataString(word), StringComparison.Ordinal));
        }
    }
}
