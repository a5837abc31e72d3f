using System.Text.Json;
using Hotline111.Local.Demo;
using Microsoft.Playwright;

namespace Hotline111.Browser.Tests;

/// <summary>The emergency sheet: two strokes from the contact page, of which F8 is the contact page's own.</summary>
public sealed class EmergencyTests(BrowserFixture browser)
{
    private const string LaoCai = "15";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>What a counsellor has typed on the contact page, invented.</summary>
    private static object Typed(string notes = "Mẹ báo con gái 17 tuổi bị giữ ở nhà trọ gần bến xe. “Mai họ đưa qua bên kia.”", string? province = LaoCai) => new
    {
        notes,
        channel = "phone_in",
        riskSigns = new[] { "confined", "minor", "moving_to_border" },
        caller = new { kind = "relative_friend", name = "bà N. (hư cấu)", phone = "0900 000 217" },
        place = province is null ? (object)new { typed = "gần một bến xe" } : new { edition = "2026-04-30", provinceCode = province, commune = "Nậm Đăng, nhà trọ gần bến xe" },
        language = "vi",
        safeContact = "only_hours",
        safeDetail = "22:00–23:30",
    };

    [Fact]
    public async Task From_a_draft_one_press_of_Enter_sends_to_all_desks_on_duty_and_it_appears_in_the_open_inbox_by_itself()
    {
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceLaoCai);
        await liaison.Page.WaitForSelectorAsync("#live:not([hidden])");
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        var contact = await Draft(page, Typed());
        await Everywhere(counsellor, $"/contacts/{contact}/emergency", "emergency");
        await counsellor.Speak("vi");

        // From the page somebody is writing on, with the keyboard alone.
        await counsellor.Open($"/contacts/{contact}");
        await page.WaitForSelectorAsync("#contact[data-ready]");
        var strokes = 0;
        await Press("F8");
        await page.WaitForURLAsync("**/emergency");
        await Aimed(page);
        (await page.InnerTextAsync(".told")).ShouldStartWith("Mẹ báo con gái");
        (await page.Locator("input[name=desk]:checked").EvaluateAllAsync<string[]>("all => all.map(one => one.value)"))
            .ShouldBe(["police.15", "border-guard.15", "c02", "c02-anti-trafficking", "border-guard", "border-guard-anti-trafficking"]);

        await Press("Enter");
        await Sent(page);
        strokes.ShouldBe(2, "F8 opens the sheet, Enter sends it");
        await Assertions.Expect(page.Locator("#rows li")).ToHaveCountAsync(6);
        var lead = page.Locator("#rows li", new() { HasTextString = "Công an tỉnh Lào Cai" });
        var number = await lead.Locator("a.strong").InnerTextAsync();
        await liaison.Page.WaitForSelectorAsync($"#rows >> text={number}");

        // The contact was recorded right after, and learns of the case that the emergency opened.
        var caseId = page.Url.Split("case=")[1];
        await Until(page, $"/api/contacts/{contact}", seen => seen.TryGetProperty("caseId", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() == caseId);
        await Assertions.Expect(page.Locator("text=còn là bản nháp")).ToHaveCountAsync(0);
        await Everywhere(counsellor, new Uri(page.Url).PathAndQuery, "emergency-sent");
        await counsellor.Speak("vi");
        await counsellor.Open($"/contacts/{contact}/emergency/sent?case={caseId}");

        // The duty officer answers the telephone.
        await page.Press("Control+Enter");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Hãy ghi tên người nghe máy", new() { UseInnerText = true, IgnoreCase = true });
        await counsellor.Look("emergency-phone-wrong");
        await page.FillAsync("#name", "Lò Văn Hư Cấu");
        await page.FillAsync("#post", "Trực ban, đội 2");
        await page.FillAsync("#number", "0214 000 113");
        await page.Press("Control+Enter");
        await page.WaitForSelectorAsync("text=Đã ghi xác nhận qua điện thoại");
        await Assertions.Expect(lead).ToContainTextAsync("Đã xác nhận");

        // Opened again, nobody who has it is chosen; and the case has a sheet of its own.
        await counsellor.Open($"/contacts/{contact}/emergency");
        await Assertions.Expect(page.Locator("input[name=desk]:checked")).ToHaveCountAsync(0);
        await Aimed(page);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Hãy chọn từ 1 đến 10 đơn vị", new() { UseInnerText = true, IgnoreCase = true });
        (await counsellor.Open($"/cases/{caseId}/emergency")).ShouldBe(200);
        await counsellor.Look("emergency-of-case");

        async Task Press(string key)
        {
            strokes++;
            await page.Keyboard.PressAsync(key);
        }
    }

    [Fact]
    public async Task Enter_pressed_twice_or_in_two_windows_sends_once_and_within_two_minutes_one_key_takes_it_back()
    {
        await using var liaison = await browser.VisitAs(DemoAccounts.BorderGuardLaoCai);
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        var page = counsellor.Page;
        var contact = await Draft(page, Typed());
        var other = await page.Context.NewPageAsync();
        await other.GotoAsync($"/contacts/{contact}/emergency");
        var late = await page.Context.NewPageAsync();
        await late.GotoAsync($"/contacts/{contact}/emergency");
        await counsellor.Open($"/contacts/{contact}/emergency");
        await Aimed(page);
        await page.Keyboard.PressAsync("Enter", new() { Delay = 0 });
        await page.Keyboard.PressAsync("Enter", new() { Delay = 0 });
        await Sent(page);
        await Aimed(other);
        await other.Keyboard.PressAsync("Enter");
        await Sent(other);
        await Assertions.Expect(page.Locator("#rows li")).ToHaveCountAsync(6);
        var caseId = page.Url.Split("case=")[1];
        (await Fetch(page, $"/api/referrals?caseId={caseId}&limit=200")).GetProperty("items").GetArrayLength().ShouldBe(6);
        var number = await page.Locator("#rows li", new() { HasTextString = "Biên phòng tỉnh Lào Cai" }).Locator("a.strong").InnerTextAsync();

        await page.Press("F10");
        await page.WaitForSelectorAsync("#undo-title");
        await counsellor.Look("emergency-undo");
        await page.Press("Escape");
        await page.WaitForSelectorAsync("#undo-title", new() { State = WaitForSelectorState.Detached });
        await page.Press("F10");
        await page.WaitForSelectorAsync("#undo-title");
        await page.WaitForSelectorAsync("button.govuk-button--warning:focus");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("text=Các đơn vị được báo");
        await Assertions.Expect(page.Locator("#rows .st", new() { HasTextString = "Đã rút lại" })).ToHaveCountAsync(6);
        await Assertions.Expect(page.Locator("#rows .st")).ToHaveCountAsync(6);
        await counsellor.Look("emergency-withdrawn");
        var row = (await Fetch(liaison.Page, "/api/inbox?list=all&limit=200")).GetProperty("items").EnumerateArray().Single(each => each.GetProperty("number").GetString() == number);
        row.GetProperty("state").GetString().ShouldBe("Withdrawn");

        // What was taken back can be sent anew.
        await page.ClickAsync("text=Mở lại trang khẩn cấp");
        await Aimed(page);
        await page.Keyboard.PressAsync("Enter");
        await Sent(page);
        await Assertions.Expect(page.Locator("#rows .st", new() { HasTextString = "Đã gửi" })).ToHaveCountAsync(6);

        // A window from before the first sending, with other facts: nothing is swallowed, and nothing goes out unasked.
        await late.ClickAsync(".emgplace summary");
        await late.FillAsync("#where", "Xe tải đỏ, đang lên cửa khẩu");
        await late.ClickAsync(".emgsend button");
        await late.WaitForSelectorAsync("main:has-text('chưa gửi cho ai')");
        (await Fetch(page, $"/api/referrals?caseId={caseId}&limit=200")).GetProperty("items").GetArrayLength().ShouldBe(12);
        (await late.InputValueAsync("#where")).ShouldStartWith("Xe tải đỏ");
        await late.ClickAsync(".emgsend button");
        await Sent(late);
        (await Fetch(page, $"/api/referrals?caseId={caseId}&limit=200")).GetProperty("items").GetArrayLength().ShouldBe(18);
    }

    [Fact]
    public async Task With_nothing_written_the_need_alone_is_asked_the_place_may_stay_unknown_and_no_scripts_are_needed()
    {
        await using var counsellor = await browser.Visit(scripts: false);
        await counsellor.SignIn(DemoAccounts.Supervisor);
        var page = counsellor.Page;
        await counsellor.Open($"/contacts/{Guid.CreateVersion7()}/emergency");
        (await page.Locator("input[name=desk]:checked").EvaluateAllAsync<string[]>("all => all.map(one => one.value)"))
            .ShouldBe(["c02", "c02-anti-trafficking", "border-guard", "border-guard-anti-trafficking"]);
        await page.FocusAsync("#need");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Hãy ghi một câu", new() { UseInnerText = true, IgnoreCase = true });
        await counsellor.Look("emergency-need-missing");

        // Another place: the desks are chosen anew and shown before anything goes out, and what was typed stays.
        await page.FillAsync("#need", "Có tiếng kêu cứu trong điện thoại rồi mất liên lạc.");
        await page.SelectOptionAsync("#province", "08");
        await page.FocusAsync("#need");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("main:has-text('các đơn vị được chọn lại') input[value='police.08']");
        await page.WaitForLoadStateAsync();
        (await page.Locator("input[name=desk]:checked").EvaluateAllAsync<string[]>("all => all.map(one => one.value)")).ShouldContain("police.08");
        (await page.InputValueAsync("#need")).ShouldStartWith("Có tiếng kêu cứu");
        await page.ClickAsync(".emgplace summary");
        await page.SelectOptionAsync("#province", "");
        await page.FocusAsync("#need");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("input[value='police.08']", new() { State = WaitForSelectorState.Detached });
        await Aimed(page);
        await page.Keyboard.PressAsync("Enter");
        await Sent(page);
        await Assertions.Expect(page.Locator("#rows li")).ToHaveCountAsync(4);
    }

    [Fact]
    public async Task The_desks_follow_the_place_and_one_more_can_be_added()
    {
        await using var counsellor = await browser.VisitAs("giamdoc");
        var page = counsellor.Page;
        var contact = await Draft(page, Typed(province: null));
        await counsellor.Open($"/contacts/{contact}/emergency");
        await Assertions.Expect(page.Locator(".told").First).ToContainTextAsync("Nơi, theo lời kể: gần một bến xe", new() { UseInnerText = true, IgnoreCase = true });
        await page.SelectOptionAsync("#more", "police.31");
        await page.SelectOptionAsync("#province", "08");
        await page.WaitForSelectorAsync("input[value='police.08']:checked");
        (await page.InputValueAsync("#more")).ShouldBe("police.31");
        await counsellor.Look("emergency-other-place");
        await page.Locator("button.govuk-button--warning").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Sent(page);
        await Assertions.Expect(page.Locator("#rows").First).ToContainTextAsync("Hải Phòng", new() { UseInnerText = true, IgnoreCase = true });
        await Assertions.Expect(page.Locator("#rows").First).ToContainTextAsync("Tuyên Quang", new() { UseInnerText = true, IgnoreCase = true });
    }

    [Fact]
    public async Task With_everything_gone_but_the_gateway_and_the_referrals_it_is_sent_and_nothing_of_the_draft_is_lost()
    {
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceLaoCai);
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        var contact = await Draft(page, Typed());
        await counsellor.Open($"/contacts/{contact}/emergency");
        await Aimed(page);
        string[] gone = ["case", "agency-notification", "intake"];
        await Task.WhenAll([.. gone.Select(browser.Platform.Kill), browser.Platform.Broker.Kill()]);
        try
        {
            await page.Keyboard.PressAsync("Enter");
            await Sent(page);
            await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("còn là bản nháp", new() { UseInnerText = true, IgnoreCase = true });
            await counsellor.Look("emergency-outage");
            var number = await page.Locator("#rows li", new() { HasTextString = "Công an tỉnh Lào Cai" }).Locator("a.strong").InnerTextAsync();
            await liaison.Open("/inbox");
            (await liaison.Page.InnerTextAsync("#rows")).ShouldContain(number);

            // A sheet that is opened now has nothing to read and can send all the same.
            await counsellor.Open($"/contacts/{Guid.CreateVersion7()}/emergency");
            await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Vẫn gửi được", new() { UseInnerText = true, IgnoreCase = true });
            await counsellor.Back();
        }
        finally
        {
            await browser.Platform.Broker.Start(Ct);
            await Task.WhenAll(gone.Select(process => browser.Platform.StartProcess(process, Ct)));
        }

        await page.ClickAsync("text=Ghi nhận lượt liên hệ");
        await page.WaitForSelectorAsync("text=còn là bản nháp", new() { State = WaitForSelectorState.Detached });
        var caseId = page.Url.Split("case=")[1].Split('&')[0];
        await Until(page, $"/api/contacts/{contact}", seen => seen.TryGetProperty("caseId", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() == caseId);
    }

    [Fact]
    public async Task While_the_referrals_themselves_are_away_that_is_said_and_Enter_sends_once_they_are_back()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        var page = counsellor.Page;
        var contact = await Draft(page, Typed());
        await counsellor.Open($"/contacts/{contact}/emergency");
        await Aimed(page);
        await browser.Platform.Kill("referral");
        try
        {
            await page.Keyboard.PressAsync("Enter");
            await page.WaitForSelectorAsync("text=Chưa gửi. Nội dung vẫn còn.");
            await Assertions.Expect(page.Locator("input[name=desk]:checked")).ToHaveCountAsync(6);
            await counsellor.Look("emergency-not-sent");
        }
        finally
        {
            await browser.Platform.StartProcess("referral", Ct);
        }

        await Aimed(page);
        await page.Keyboard.PressAsync("Enter");
        await Sent(page);
        await Assertions.Expect(page.Locator("#rows li")).ToHaveCountAsync(6);
    }

    [Fact]
    public async Task A_desk_that_is_gone_since_the_sheet_was_opened_is_said_and_Enter_sends_to_those_that_are_left()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        var page = counsellor.Page;
        var contact = await Draft(page, Typed());
        await counsellor.Open($"/contacts/{contact}/emergency");
        await Aimed(page);

        // As if the directory had had it when the page was made; first alone, then beside others.
        await page.EvaluateAsync("document.querySelectorAll('input[name=desk]').forEach((box, i) => { box.checked = i === 0; if (i === 0) box.value = 'police.gone' })");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("text=Chưa gửi. Nội dung vẫn còn.");
        await Assertions.Expect(page.Locator("input[name=desk]:checked")).ToHaveCountAsync(0);
        (await page.InnerTextAsync(".told")).ShouldStartWith("Mẹ báo con gái");
        await counsellor.Look("emergency-desk-gone");
        await page.CheckAsync("input[name=desk][value='police.15']");
        await page.CheckAsync("input[name=desk][value='border-guard.15']");
        await page.EvaluateAsync("document.querySelector(\"input[name=desk][value='border-guard.15']\").value = 'border-guard.gone'");
        await page.Locator(".emgsend button").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("input[name=desk][value='border-guard.15']:not(:checked)");
        await Assertions.Expect(page.Locator("input[name=desk]:checked")).ToHaveCountAsync(1);
        await Aimed(page);
        await page.Keyboard.PressAsync("Enter");
        await Sent(page);
        await Assertions.Expect(page.Locator("#rows li")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task What_is_no_number_and_no_time_in_the_draft_goes_out_and_is_recorded_in_the_words_it_was_typed_in()
    {
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        var contact = await Draft(page, new
        {
            paper = true,
            time = "tối qua",
            notes = "Em nói nhỏ, đang bị giữ ở nhà trọ gần bến xe.",
            channel = "phone_in",
            riskSigns = new[] { "confined" },
            caller = new { kind = "victim", name = "em H. (hư cấu)", age = "16-17" },
            place = new { edition = "2026-04-30", provinceCode = LaoCai },
            language = "vi",
        });
        await counsellor.Open($"/contacts/{contact}/emergency");
        await Assertions.Expect(page.Locator(".told").First).ToContainTextAsync("16-17", new() { UseInnerText = true });
        await Aimed(page);
        await page.Keyboard.PressAsync("Enter");
        await Sent(page);
        await Until(page, $"/api/contacts/{contact}", seen => seen.TryGetProperty("summary", out var summary) && summary.GetString() is { } told
            && told.Contains("16-17", StringComparison.Ordinal) && told.Contains("tối qua", StringComparison.Ordinal));
    }

    // By the address itself: pressed twice, the first way there may be broken off by the second.
    private static async Task Sent(IPage page)
    {
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/emergency/sent\\?case="));
        await page.WaitForLoadStateAsync();
    }

    // Enter sends once the button has the focus, which it gets by itself.
    private static Task Aimed(IPage page) => page.WaitForSelectorAsync(".emgsend button:focus");

    private static async Task Everywhere(Visitor visitor, string path, string picture)
    {
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

        await visitor.Page.SetViewportSizeAsync(1366, 768);
    }

    /// <summary>A draft as the contact page saves it, by the person whose page this is.</summary>
    private static async Task<Guid> Draft(IPage page, object content)
    {
        var id = Guid.CreateVersion7();
        (await page.EvaluateAsync<int>(
            "async ([id, body]) => (await fetch(`/api/drafts/${id}`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body })).status",
            new[] { id.ToString(), JsonSerializer.Serialize(new { revision = 0, content }) })).ShouldBe(200);
        return id;
    }

    private static async Task<JsonElement> Fetch(IPage page, string path) =>
        JsonElement.Parse(await page.EvaluateAsync<string>("async path => { const answer = await fetch(path); return answer.ok ? await answer.text() : '{}' }", path));

    private static async Task Until(IPage page, string path, Func<JsonElement, bool> found)
    {
        var deadline = DateTime.UtcNow + Visitor.Patience;
        while (!found(await Fetch(page, path)))
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline, path);
            await Task.Delay(100, Ct);
        }
    }
}
