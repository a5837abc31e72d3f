using Hotline111.Local.Demo;
using Microsoft.Playwright;

namespace Hotline111.Browser.Tests;

public sealed class ReferralSheetTests(BrowserFixture browser)
{
    private readonly ReferralStage _stage = new(browser);

    [Fact]
    public async Task A_liaison_takes_a_referral_from_receipt_to_result_and_each_side_sees_the_others_step_without_reload()
    {
        var referral = await _stage.Submitted();
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var (desk, hotline) = (liaison.Page, counsellor.Page);
        await counsellor.Open(Sheet(referral));
        (await hotline.Locator("#content").InnerTextAsync()).ShouldContain("Mở nội dung đã gửi");
        (await hotline.ContentAsync()).ShouldNotContain("Vàng Thị Hoa");
        await hotline.Listens();
        await liaison.Open(Sheet(referral));
        await desk.Listens();
        await Assertions.Expect(desk.Locator("#persons").First).ToContainTextAsync("Vàng Thị Hoa", new() { UseInnerText = true, IgnoreCase = true });
        (await desk.InnerTextAsync("#acts")).ShouldContain("ca khẩn cấp thì công an nhận hoặc chuyển tiếp", Case.Insensitive);
        (await desk.TitleAsync()).ShouldNotContain("Vàng");
        await hotline.Locator("#known", new() { HasText = "Hoàng Minh Tuấn" }).WaitForAsync();
        await Everywhere(liaison, Sheet(referral), "referral-sent");

        // One key acknowledges; the hotline sees it by itself.
        await liaison.Open(Sheet(referral));
        await desk.Press("x");
        await desk.Locator("#done", new() { HasText = "Đã xác nhận đã nhận" }).WaitForAsync();
        await hotline.Locator("#head .st--ack").WaitForAsync();
        await hotline.Locator("#fresh", new() { HasText = "Đã xác nhận đã nhận" }).WaitForAsync();

        // Taking charge, with what stands in the form, and the way back for a quarter of an hour.
        await desk.ClickAsync("#act-accept");
        await desk.FillAsync("#unit", "Đội 3, Phòng Cảnh sát hình sự");
        await desk.FillAsync("#officer", "Thượng úy Lò Văn Sơn");
        await desk.FillAsync("#expectedOn-day", "31");
        await desk.FillAsync("#expectedOn-month", "2");
        await desk.ClickAsync("#form button.govuk-button--big");
        await Assertions.Expect(desk.Locator(".govuk-error-summary").First).ToContainTextAsync("ngày dự kiến", new() { UseInnerText = true, IgnoreCase = true });
        (await desk.InputValueAsync("#unit")).ShouldBe("Đội 3, Phòng Cảnh sát hình sự");
        await liaison.Look("referral-accept-wrong");
        await desk.FillAsync("#expectedOn-day", "");
        await desk.FillAsync("#expectedOn-month", "");
        await desk.ClickAsync("#form button.govuk-button--big");
        await desk.Locator("#done", new() { HasText = "Hoàn tác tiếp nhận" }).WaitForAsync();
        await liaison.Look("referral-accepted");
        await hotline.Locator("#head .st--accepted").WaitForAsync();
        await hotline.Locator("#course", new() { HasText = "Thượng úy Lò Văn Sơn" }).WaitForAsync();

        // A message that was not taken stays the same message: sent again it counts once.
        var once = await desk.InputValueAsync("#talk form:has(#text) input[name=once]");
        await desk.ClickAsync("#talk form button:has-text('Gửi tin')");
        await Assertions.Expect(desk.Locator(".govuk-error-summary").First).ToContainTextAsync("Hãy viết tin nhắn", new() { UseInnerText = true, IgnoreCase = true });
        (await desk.InputValueAsync("#talk form:has(#text) input[name=once]")).ShouldBe(once);
        await liaison.Open(Sheet(referral));
        await desk.Listens();

        // On the way: one press each, and a message that does not disturb what the other side is writing.
        await desk.FillAsync("#text", "Đang viết dở");
        await hotline.FillAsync("#text", "Mẹ cháu vừa nhớ ra: cổng nhà trọ màu xanh.");
        await hotline.ClickAsync("#talk form button:has-text('Gửi tin')");
        await desk.Locator("#talk-list", new() { HasText = "cổng nhà trọ màu xanh" }).WaitForAsync();
        (await desk.InputValueAsync("#text")).ShouldBe("Đang viết dở");
        await Assertions.Expect(desk.Locator("#talk-list").First).ToContainTextAsync("1 tin chưa đọc", new() { UseInnerText = true, IgnoreCase = true });
        // Nothing is left standing that whoever goes on by a link would be asked about.
        await desk.FillAsync("#text", "");
        await desk.Held("form");
        await desk.ClickAsync("#talk-list button");
        await desk.ClickAsync("#act-start");
        await desk.ClickAsync("#act-mark-on_scene");
        await desk.Locator("#marks", new() { HasText = "ghi lúc" }).WaitForAsync();
        await hotline.Locator("#course", new() { HasText = "Đánh dấu: đã có mặt" }).WaitForAsync();
        await Everywhere(liaison, Sheet(referral), "referral-acting");

        // The result, person by person: nobody is left out.
        await liaison.Open(Sheet(referral));
        await desk.ClickAsync("#act-report-result");
        await desk.ClickAsync("#form button.govuk-button--big");
        await Assertions.Expect(desk.Locator(".govuk-error-summary li")).ToHaveCountAsync(3);
        await Everywhere(liaison, null, "referral-result-wrong");
        await desk.SelectOptionAsync("#results-0-result", "rescued");
        await desk.FillAsync("#results-0-text", "Đã đưa về trụ sở.");
        await desk.SelectOptionAsync("#results-1-result", "not_applicable");
        await desk.CheckAsync("input[name=tellCaller][value=may_tell]");
        await desk.ClickAsync("#form button.govuk-button--big");
        await desk.Locator("#head .st--reported").WaitForAsync();
        await hotline.Locator("#head .st--reported").WaitForAsync();
        await hotline.ClickAsync("#act-confirm-result");
        await Assertions.Expect(hotline.Locator("main").First).ToContainTextAsync("Phiếu kết thúc", new() { UseInnerText = true, IgnoreCase = true });
        await hotline.ClickAsync("#form button.govuk-button--big");
        // A course that came by itself names the persons as the one before did.
        await desk.Locator("#head .st--closed").WaitForAsync();
        await desk.Locator("#course", new() { HasText = "Đã xác nhận kết quả" }).WaitForAsync();
        (await desk.InnerTextAsync("#course")).ShouldContain("Vàng Thị Hoa: ");
        (await desk.InnerTextAsync("#course")).ShouldNotContain("Người 1");
        (await _stage.State(DemoAccounts.Counsellor, referral)).ShouldBe("Closed");
        await counsellor.Open($"{Sheet(referral)}?open=content");
        await counsellor.Look("referral-closed");
    }

    [Fact]
    public async Task Of_two_liaisons_who_acknowledge_at_once_one_wins_and_the_other_reads_who_and_when()
    {
        var referral = await _stage.Submitted();
        await using var first = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        await using var second = await browser.VisitAs(DemoAccounts.SecondPoliceTuyenQuang);
        // Both look at the same sheet; a live update would take the button away from one of them.
        foreach (var visitor in (Visitor[])[first, second])
        {
            await visitor.Page.RouteAsync("**/live?*", route => route.FulfillAsync(new() { Status = 204 }));
            await visitor.Open(Sheet(referral));
        }

        await Task.WhenAll(first.Page.ClickAsync("#act-acknowledge"), second.Page.ClickAsync("#act-acknowledge"));

        foreach (var visitor in (Visitor[])[first, second])
            await visitor.Page.WaitForLoadStateAsync();
        var texts = new[] { await first.Page.InnerTextAsync("main"), await second.Page.InnerTextAsync("main") };
        var loser = texts.ShouldHaveSingleItemThat("Người khác vừa xác nhận trước");
        var (lost, winner) = loser == 0 ? (first, "Lý Thị Hạnh") : (second, "Hoàng Minh Tuấn");
        texts[loser].ShouldContain($"Người khác vừa xác nhận trước: {winner}");
        texts[loser].ShouldContain("Không cần làm gì thêm");
        texts[loser].ShouldContain("Bây giờ: đã xác nhận");
        await Everywhere(lost, null, "referral-acknowledged-already");
        await lost.Page.ClickAsync("a[data-key=Escape]");
        await Shows(lost.Page, "#course", winner);

        // Who has it to hand is seen by everybody, and given on.
        await lost.Page.ClickAsync("button:has-text('Nhận việc này')");
        await Shows(lost.Page, "#head", loser == 0 ? "Hoàng Minh Tuấn" : "Lý Thị Hạnh");
        await lost.Page.ClickAsync("#acts-hand-over summary");
        await lost.Page.ClickAsync("#acts-hand-over button");
        await Shows(lost.Page, "#head", winner);

        static Task Shows(IPage page, string where, string text) => Assertions.Expect(page.Locator(where).First).ToContainTextAsync(text, new() { UseInnerText = true });
    }

    [Fact]
    public async Task Who_took_a_referral_to_hand_comes_by_itself_to_the_sheet_that_a_colleague_has_open()
    {
        var referral = await _stage.Urgent();
        await using var first = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        await using var second = await browser.VisitAs(DemoAccounts.SecondPoliceTuyenQuang);
        await first.Open(Sheet(referral));
        await first.Page.Listens();
        await second.Open(Sheet(referral));
        await second.Page.ClickAsync("button:has-text('Nhận việc này')");
        await first.Page.Locator("#head", new() { HasText = "Lý Thị Hạnh" }).WaitForAsync();
    }

    [Fact]
    public async Task A_form_that_became_stale_keeps_what_was_written_and_tells_what_happened_meanwhile()
    {
        var referral = await _stage.Urgent();
        await _stage.Does(DemoAccounts.PoliceTuyenQuang, "acknowledge", referral);
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        var page = liaison.Page;
        await liaison.Open($"{Sheet(referral)}/decline");
        await page.Listens();
        await page.CheckAsync("input[name=reason][value=not_competent]");
        await page.FillAsync("#text", "Thuộc phòng khác.");
        await page.ClickAsync("#form button.govuk-button--big");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Hãy chọn đầu mối nên tiếp nhận thay", new() { UseInnerText = true, IgnoreCase = true });

        await liaison.Open($"{Sheet(referral)}/decline");
        await page.Listens();
        await page.CheckAsync("input[name=reason][value=no_capacity]");
        await page.FillAsync("#text", "Đang viết dở.");
        await _stage.Does(DemoAccounts.SecondPoliceTuyenQuang, "accept", referral, new { unit = "Đội 1" });
        await page.Locator("#changed", new() { HasText = "Lý Thị Hạnh" }).WaitForAsync();
        (await page.InputValueAsync("#text")).ShouldBe("Đang viết dở.");
        await liaison.Look("referral-decline-changed");
        await page.ClickAsync("#form button.govuk-button--big");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("không làm được lúc này", new() { UseInnerText = true });
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Đã tiếp nhận xử lý: Lý Thị Hạnh", new() { UseInnerText = true });
        (await _stage.State(DemoAccounts.PoliceTuyenQuang, referral)).ShouldBe("Accepted");

        // Still possible, but seen before something happened: the words stay, the decision is taken anew.
        await liaison.Open($"{Sheet(referral)}/hold");
        await page.CheckAsync("input[name=reason][value=abroad]");
        await Until(page, 10);
        await page.FillAsync("#text", "Chờ lãnh sự trả lời.");
        await _stage.Does(DemoAccounts.SecondPoliceTuyenQuang, "start", referral);
        await page.ClickAsync("#form button.govuk-button--big");
        await Assertions.Expect(page.Locator("#explained").First).ToContainTextAsync("Đã bắt đầu xử lý: Lý Thị Hạnh", new() { UseInnerText = true, IgnoreCase = true });
        (await page.InputValueAsync("#text")).ShouldBe("Chờ lãnh sự trả lời.");
        await liaison.Look("referral-hold-stale");
    }

    [Fact]
    public async Task A_session_that_ends_in_the_middle_of_a_form_takes_nothing_with_it()
    {
        var referral = await _stage.Urgent();
        await _stage.Does(DemoAccounts.PoliceTuyenQuang, "acknowledge", referral);
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        var page = liaison.Page;
        await liaison.Open($"{Sheet(referral)}/decline");
        // What was typed last is kept also when it is sent at once and nothing comes of it.
        await page.RouteAsync("**/give", route => route.FulfillAsync(new() { Status = 204 }));
        await page.FillAsync("#text", "Câu gửi không tới");
        await page.EvaluateAsync("() => document.querySelector('#form button.govuk-button--big').click()");
        await page.WaitForFunctionAsync("() => Object.keys(sessionStorage).some(key => key.startsWith('hotline111-kept:'))");
        await page.UnrouteAsync("**/give");
        await page.EvaluateAsync("() => sessionStorage.clear()");
        await liaison.Open($"{Sheet(referral)}/decline");
        await page.CheckAsync("input[name=reason][value=other]");
        await page.FillAsync("#text", "Câu viết dở");
        await page.Held("#form");
        (await page.EvaluateAsync<bool>("() => Object.keys(sessionStorage).some(key => key.startsWith('hotline111-kept:'))")).ShouldBeTrue();
        (await page.EvaluateAsync<string>("() => JSON.stringify({ ...sessionStorage, ...localStorage })")).ShouldNotContain("Câu viết dở");
        await page.Listens();
        await page.Context.ClearCookiesAsync();
        await page.ClickAsync("#form button.govuk-button--big");
        await page.WaitForURLAsync(url => url.Contains($"/sign-in?unsent=1&to={Uri.EscapeDataString($"{Sheet(referral)}/decline")}", StringComparison.Ordinal));
        (await _stage.State(DemoAccounts.Counsellor, referral)).ShouldBe("Acknowledged");

        await liaison.SignIn(DemoAccounts.PoliceTuyenQuang, page.Url);
        await page.WaitForURLAsync(url => url.EndsWith($"{Sheet(referral)}/decline", StringComparison.Ordinal));
        await liaison.Look("referral-kept");
        await page.ClickAsync("#kept button");
        await Assertions.Expect(page.Locator("#text")).ToHaveValueAsync("Câu viết dở");
        (await page.IsCheckedAsync("input[name=reason][value=other]")).ShouldBeTrue();
        await page.ClickAsync("#form button.govuk-button--big");
        await page.Locator("#head .st--declined").WaitForAsync();
        await Assertions.Expect(page.Locator("#acts").First).ToContainTextAsync("Đơn vị đã từ chối", new() { UseInnerText = true, IgnoreCase = true });
        await liaison.Look("referral-declined");
        await page.WaitForFunctionAsync("() => !Object.keys(sessionStorage).some(key => key.startsWith('hotline111-kept:'))");
    }

    [Fact]
    public async Task Questions_are_answered_a_pause_ends_and_the_hotline_asks_to_stop()
    {
        var referral = await _stage.Urgent();
        await _stage.Does(DemoAccounts.PoliceTuyenQuang, "acknowledge", referral);
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var (desk, hotline) = (liaison.Page, counsellor.Page);
        await counsellor.Open(Sheet(referral));
        await hotline.Listens();

        await liaison.Open($"{Sheet(referral)}/ask-information");
        await desk.SelectOptionAsync("#questions-0-field", "request.place");
        await desk.FillAsync("#questions-0-text", "Nhà trọ có mấy lối ra?");
        await desk.ClickAsync("button[name=more]");
        await Assertions.Expect(desk.Locator("textarea")).ToHaveCountAsync(3);
        (await desk.InputValueAsync("#questions-0-text")).ShouldBe("Nhà trọ có mấy lối ra?");
        await desk.Locator("#questions-2-field").SelectOptionAsync(new SelectOptionValue { Index = 9 });
        await desk.FillAsync("#questions-2-text", "Cháu có tên gọi khác không?");
        await liaison.Look("referral-ask");
        await desk.ClickAsync("#form button.govuk-button--big");
        await desk.Locator("#head .st--ask").WaitForAsync();

        await hotline.Locator("#act-answer-information.govuk-button--big").WaitForAsync();
        await hotline.Locator("#talk-list", new() { HasText = "Nhà trọ có mấy lối ra?" }).WaitForAsync();
        await _stage.Does(DemoAccounts.PoliceTuyenQuang, "ask-information", referral, new { questions = new[] { new { field = "request.need", text = "Cần mấy người đi?" } } });
        await hotline.Locator("#talk-list", new() { HasText = "Cần mấy người đi?" }).WaitForAsync();
        await hotline.ClickAsync("#act-answer-information");
        await Assertions.Expect(hotline.Locator("#form textarea")).ToHaveCountAsync(3);
        await hotline.FillAsync("#answers-0-text", "Hai lối, lối sau ra bờ suối.");
        await counsellor.Look("referral-answer");
        await hotline.ClickAsync("#form button.govuk-button--big");
        await desk.Locator("#head .st--ack").WaitForAsync();
        await desk.Locator("#talk-list", new() { HasText = "lối sau ra bờ suối" }).WaitForAsync();

        await _stage.Does(DemoAccounts.PoliceTuyenQuang, "accept", referral, new { unit = "Đội 2" });
        await liaison.Open($"{Sheet(referral)}/hold");
        await desk.CheckAsync("input[name=reason][value=waiting_person]");
        await desk.FillAsync("#until-day", "1");
        await desk.FillAsync("#until-month", "1");
        await desk.FillAsync("#until-year", "2020");
        await desk.ClickAsync("#form button.govuk-button--big");
        await Assertions.Expect(desk.Locator(".govuk-error-summary").First).ToContainTextAsync("Tạm dừng đến ngày", new() { UseInnerText = true, IgnoreCase = true });
        await Until(desk, 10);
        await desk.ClickAsync("#form button.govuk-button--big");
        await desk.Locator("#head .st--hold").WaitForAsync();
        await Assertions.Expect(desk.Locator("#acts").First).ToContainTextAsync("hãy tiếp tục trước", new() { UseInnerText = true, IgnoreCase = true });
        await liaison.Look("referral-on-hold");
        await desk.ClickAsync("#act-resume");
        await desk.Locator("#head .st--acting").WaitForAsync();

        await counsellor.Open($"{Sheet(referral)}/withdraw");
        await Assertions.Expect(hotline.Locator("#effect").First).ToContainTextAsync("đề nghị dừng", new() { UseInnerText = true, IgnoreCase = true });
        await hotline.CheckAsync("input[name=reason][value=need_met]");
        await counsellor.Look("referral-withdraw");
        await hotline.ClickAsync("#form button.govuk-button--big");
        await desk.Locator("#act-agree-withdrawal.govuk-button--big").WaitForAsync();
        await desk.ClickAsync("#act-refuse-withdrawal");
        await desk.FillAsync("#why", "Tổ công tác đang ở hiện trường.");
        await desk.ClickAsync("#form button.govuk-button--big");
        await hotline.Locator("#course", new() { HasText = "Tổ công tác đang ở hiện trường" }).WaitForAsync();
        await _stage.Does(DemoAccounts.Counsellor, "withdraw", referral, new { reason = "need_met" });
        await desk.Locator("#act-agree-withdrawal").ClickAsync();
        await Assertions.Expect(desk.Locator("#effect").First).ToContainTextAsync("không mở lại được", new() { UseInnerText = true, IgnoreCase = true });
        await desk.ClickAsync("#form button.govuk-button--big");
        await hotline.Locator("#acts", new() { HasText = "đã rút phiếu" }).WaitForAsync();
    }

    [Fact]
    public async Task A_referral_is_handed_on_taken_back_and_an_error_is_withdrawn_at_once()
    {
        var referral = await _stage.Submitted("border-guard");
        await _stage.Does(DemoAccounts.BorderGuard, "acknowledge", referral);
        await using var liaison = await browser.VisitAs(DemoAccounts.BorderGuard);
        var page = liaison.Page;
        await liaison.Open(Sheet(referral));
        (await page.InnerTextAsync("#acts")).ShouldContain("Không từ chối được: ca khẩn cấp thì bộ đội biên phòng nhận hoặc chuyển tiếp", Case.Insensitive);
        await page.ClickAsync("#act-hand-on");
        await liaison.Look("referral-hand-on");
        await page.SelectOptionAsync("#deskId", "border-guard-anti-trafficking");
        await page.ClickAsync("#form button.govuk-button--big");
        await page.Locator("#done", new() { HasText = "chờ xác nhận" }).WaitForAsync();
        await Assertions.Expect(page.Locator("#chain").First).ToContainTextAsync("chờ nơi này xác nhận", new() { UseInnerText = true, IgnoreCase = true });
        await liaison.Look("referral-handing-on");
        await page.ClickAsync("#done button:has-text('Nhận lại phiếu')");
        await page.Locator("#head .st--ack").WaitForAsync();
        await Assertions.Expect(page.Locator("#course").First).ToContainTextAsync("Việc chuyển tiếp dừng lại", new() { UseInnerText = true, IgnoreCase = true });

        // What was refused is said in a sentence, also to whoever follows an old link.
        await liaison.Open($"{Sheet(referral)}/decline");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("không làm được lúc này", new() { UseInnerText = true, IgnoreCase = true });
        await Assertions.Expect(page.Locator("#form")).ToHaveCountAsync(0);
        await liaison.Look("referral-not-now");
        (await liaison.Open($"{Sheet(referral)}/nothing-of-that-name")).ShouldBe(404);

        var wrong = await _stage.Submitted("border-guard");
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        await counsellor.Open(Sheet(wrong));
        await counsellor.Look("referral-just-sent");
        await counsellor.Page.ClickAsync("#justsent button");
        await counsellor.Page.Locator("#course", new() { HasText = "Đã rút lại: gửi nhầm" }).WaitForAsync();
        (await _stage.State(DemoAccounts.BorderGuard, wrong)).ShouldBe("Withdrawn");
    }

    [Fact]
    public async Task The_hotline_writes_down_what_was_said_by_phone_sends_a_supplement_and_the_desk_confirms_and_returns_data()
    {
        var (opened, persons) = await _stage.Case();
        var referral = await _stage.Submitted(opened, persons, "police.08");
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var hotline = counsellor.Page;
        await counsellor.Open(Sheet(referral));
        await hotline.ClickAsync("#acts-spoken summary");
        await hotline.ClickAsync("#act-acknowledge");
        await hotline.FillAsync("#byPhone-name", "Thiếu tá Nông Văn Bình");
        // Left and come back to, it is offered again.
        await hotline.Held("#form");
        await counsellor.Open(new Uri(hotline.Url).AbsolutePath);
        await hotline.ClickAsync("#kept button");
        await Assertions.Expect(hotline.Locator("#byPhone-name")).ToHaveValueAsync("Thiếu tá Nông Văn Bình");
        await hotline.ClickAsync("#form button.govuk-button--big");
        await Assertions.Expect(hotline.Locator(".govuk-error-summary li")).ToHaveCountAsync(2);
        await hotline.FillAsync("#byPhone-post", "Trực ban hình sự");
        await hotline.FillAsync("#byPhone-number", "0900 000 777");
        await counsellor.Look("referral-by-phone");
        await hotline.ClickAsync("#form button.govuk-button--big");
        await hotline.Locator("#course", new() { HasText = "Thiếu tá Nông Văn Bình" }).WaitForAsync();

        await (await _stage.As(DemoAccounts.Counsellor)).Post(
            $"api/cases/{opened}/persons/{persons[0]}/change", new { name = "Vàng Thị Hoa", gender = "female", birthYear = 2009, status = "suspected", location = "Xe 7 chỗ màu bạc, đang đi Hà Giang cũ" }, TestContext.Current.CancellationToken);
        await counsellor.Open($"{Sheet(referral)}/supplement");
        await counsellor.Look("referral-supplement");
        await hotline.ClickAsync("#form button.govuk-button--big");
        await hotline.Locator("#done", new() { HasText = "bổ sung số 1" }).WaitForAsync();
        await counsellor.Open($"{Sheet(referral)}?open=content");
        await Assertions.Expect(hotline.Locator("#supplements").First).ToContainTextAsync("Xe 7 chỗ màu bạc", new() { UseInnerText = true, IgnoreCase = true });

        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        var desk = liaison.Page;
        await liaison.Open(Sheet(referral));
        await Assertions.Expect(desk.Locator("#supplements").First).ToContainTextAsync("Nhà trọ cổng xanh", new() { UseInnerText = true, IgnoreCase = true });
        await Everywhere(liaison, Sheet(referral), "referral-supplemented");
        await liaison.Open(Sheet(referral));
        await desk.ClickAsync("button[id^=act-confirm-entry]");
        await desk.Locator("#done", new() { HasText = "xác nhận nội dung ghi hộ" }).WaitForAsync();
        await desk.ClickAsync("#acts-beside summary");
        await desk.ClickAsync("#act-reject-data");
        await desk.CheckAsync("input[value='person.note']");
        await liaison.Look("referral-reject");
        await desk.ClickAsync("#form button.govuk-button--big");
        await Assertions.Expect(desk.Locator("#proof").First).ToContainTextAsync("Đã trả lại, không hiện nữa: Ghi chú", new() { UseInnerText = true, IgnoreCase = true });
        (await desk.InnerTextAsync("#persons")).ShouldNotContain("chị Sua");
    }

    [Fact]
    public async Task A_message_that_is_being_written_outlives_another_button_and_the_idle_lock_and_the_window_keeps_nothing_readable()
    {
        const string text = "Nhờ gọi lại trước 9 giờ (hư cấu)";
        var referral = await _stage.Submitted();
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        var page = liaison.Page;
        await liaison.Open(Sheet(referral));
        await page.FillAsync("#text", text);
        await page.Held("form");
        var kept = await page.EvaluateAsync<string>("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])");
        kept.ShouldContain("hotline111-typed:");
        kept.ShouldNotContain("hư cấu");

        await page.ClickAsync("#act-acknowledge, #acts form button");
        await page.Locator("#done").WaitForAsync();
        await Stands();

        await liaison.Open(Sheet(referral));
        await Stands();
        await page.Listens();
        await page.IsLeftAlone();
        await liaison.SignIn(DemoAccounts.PoliceTuyenQuang, page.Url);
        await Stands();
        await Everywhere(liaison, null, "referral-kept-message");

        await page.ClickAsync("#talk form button:has-text('Gửi tin')");
        await page.Locator("#talk", new() { HasText = text }).WaitForAsync();
        await liaison.Open(Sheet(referral));
        // Where nothing is held nothing is put back.
        (await page.EvaluateAsync<bool>("() => Object.keys(sessionStorage).some(key => key.startsWith('hotline111-typed:'))")).ShouldBeFalse("it was sent");
        (await page.InputValueAsync("#text")).ShouldBe("", "it was sent");

        async Task Stands() => await Assertions.Expect(page.Locator("#text")).ToHaveValueAsync(text);
    }

    [Fact]
    public async Task What_a_desk_was_asked_to_stop_before_the_case_excluded_it_is_taken_back_at_once_and_it_leads_no_more()
    {
        var (opened, persons) = await _stage.Case();
        var referral = await _stage.Submitted(opened, persons, "police.08");
        await _stage.Does(DemoAccounts.PoliceTuyenQuang, "acknowledge", referral);
        await _stage.Does(DemoAccounts.PoliceTuyenQuang, "accept", referral, new { unit = "Đội 3" });
        await _stage.Does(DemoAccounts.Counsellor, "withdraw", referral, new { reason = "sent_in_error" });
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        var page = counsellor.Page;
        await counsellor.Open(Sheet(referral));
        (await page.Locator("#act-withdraw").CountAsync()).ShouldBe(0, "it is asked already");

        var agency = Contracts.Catalogues.AgencyDirectory.FindDesk("police.08")!.AgencyId;
        await (await _stage.As(DemoAccounts.Supervisor)).Post($"api/cases/{opened}/restrict", new { agencies = new[] { agency }, reason = "Hư cấu." }, TestContext.Current.CancellationToken);
        for (var deadline = DateTime.UtcNow + Visitor.Patience; await page.Locator("#act-withdraw").CountAsync() == 0;)
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline, "the referral's service hears of it by message");
            await Task.Delay(500, TestContext.Current.CancellationToken);
            await counsellor.Open(Sheet(referral));
        }

        await Everywhere(counsellor, Sheet(referral), "referral-excluded");
        await counsellor.Open($"/cases/{opened}/refer?purpose=medical");
        (await page.InnerTextAsync("main")).ShouldNotContain("Vẫn là");
        await counsellor.Open(Sheet(referral));
        await page.ClickAsync("#act-withdraw");
        await Assertions.Expect(page.Locator("#effect").First).ToContainTextAsync("Phiếu kết thúc ngay", new() { UseInnerText = true, IgnoreCase = true });
        await page.CheckAsync("input[name=reason][value=sent_in_error]");
        await page.ClickAsync("#form button.govuk-button--big");
        await page.Locator("#head .st--closed").WaitForAsync();
    }

    [Fact]
    public async Task A_supervisor_returns_and_approves_and_answers_what_the_desk_asks()
    {
        var referral = await _stage.Submitted(urgency: "standard");
        await using var counsellor = await browser.VisitAs(DemoAccounts.Counsellor);
        await counsellor.Open(Sheet(referral));
        await Assertions.Expect(counsellor.Page.Locator("#acts").First).ToContainTextAsync("Bạn không duyệt được: trưởng ca hoặc giám đốc duyệt", new() { UseInnerText = true, IgnoreCase = true });
        await using var supervisor = await browser.VisitAs(DemoAccounts.Supervisor);
        var page = supervisor.Page;
        await supervisor.Open($"{Sheet(referral)}/return");
        await page.FillAsync("#question", "Ghi rõ xã.");
        await page.ClickAsync("#form button.govuk-button--big");
        await counsellor.Open(Sheet(referral));
        await counsellor.Page.ClickAsync("#act-submit");
        await counsellor.Page.CheckAsync("input[name=basis][value=vital_interest]");
        await counsellor.Page.FillAsync("#need", "Xác minh nhà trọ gần bến xe xã Nậm Đăng.");
        await counsellor.Look("referral-submit");
        await counsellor.Page.ClickAsync("#form button.govuk-button--big");
        await counsellor.Page.Locator("#acts", new() { HasText = "Đang chờ trưởng ca duyệt" }).WaitForAsync();
        await supervisor.Open(Sheet(referral));
        await page.ClickAsync("a:has-text('Mở nội dung đã gửi')");
        await Assertions.Expect(page.Locator("#persons").First).ToContainTextAsync("Vàng Thị Hoa", new() { UseInnerText = true, IgnoreCase = true });
        await supervisor.Look("referral-approval");
        await page.ClickAsync("#act-approve");
        await page.ClickAsync("#form button.govuk-button--big");
        await page.Locator("#head .st--sent").WaitForAsync();

        await _stage.Does(DemoAccounts.PoliceTuyenQuang, "flag-danger", referral, new { riskSigns = new[] { "weapon" } });
        await page.Locator("#act-settle-request-danger, a[id^=act-settle-request].govuk-button--big").First.ClickAsync();
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Vũ khí", new() { UseInnerText = true, IgnoreCase = true });
        await page.CheckAsync("input[name=decision][value=noted]");
        await page.ClickAsync("#form button.govuk-button--big");
        await page.Locator("#course", new() { HasText = "Trả lời đề nghị" }).WaitForAsync();
    }

    [Fact]
    public async Task Every_form_is_readable_in_both_languages_on_a_desk_and_on_a_phone()
    {
        var urgent = await _stage.Urgent();
        await _stage.Does(DemoAccounts.PoliceTuyenQuang, "acknowledge", urgent);
        var acting = await _stage.Submitted();
        await _stage.Does(DemoAccounts.PoliceTuyenQuang, "acknowledge", acting);
        await _stage.Does(DemoAccounts.PoliceTuyenQuang, "accept", acting, new { unit = "Đội 1" });
        await _stage.Does(DemoAccounts.PoliceTuyenQuang, "start", acting);
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        await using var supervisor = await browser.VisitAs(DemoAccounts.Supervisor);
        await Forms(liaison, urgent, "accept", "hand-on", "ask-joint");
        await Forms(liaison, acting, "report-progress", "mark", "reach-milestone", "ask-extension", "flag-danger");
        await Forms(supervisor, acting, "mark", "report-result", "withdraw", "assign-part", "declare-outcome-unknown", "review");

        async Task Forms(Visitor visitor, Guid referral, params string[] actions)
        {
            foreach (var (i, action) in actions.Index())
            {
                // The forms are made of the same parts: each is looked at once, in turns in either language and on either device.
                var (language, width, device) = (i % 4) switch { 0 => ("vi", 1366, "desktop"), 1 => ("en", 360, "phone"), 2 => ("vi", 360, "phone"), _ => ("en", 1366, "desktop") };
                await visitor.Page.SetViewportSizeAsync(width, 740);
                await visitor.Page.GotoAsync($"/language/{language}?to={Uri.EscapeDataString($"{Sheet(referral)}/{action}")}");
                (await visitor.Page.Locator("#form").CountAsync()).ShouldBe(1, action);
                await visitor.Look($"referral-form-{action}-{language}-{device}");
            }

            await visitor.Speak("vi");
        }
    }

    [Fact]
    public async Task Without_scripts_a_liaison_acknowledges_and_takes_charge()
    {
        var referral = await _stage.Submitted();
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang, scripts: false);
        var page = liaison.Page;
        await liaison.Open(Sheet(referral));
        await page.ClickAsync("#act-acknowledge");
        await Assertions.Expect(page.Locator("#done").First).ToContainTextAsync("Đã xác nhận đã nhận", new() { UseInnerText = true, IgnoreCase = true });
        await page.ClickAsync("#act-accept");
        await page.FillAsync("#unit", "Đội 3");
        await page.ClickAsync("#form button.govuk-button--big");
        await Assertions.Expect(page.Locator("#head").First).ToContainTextAsync("Tiếp nhận xử lý", new() { UseInnerText = true, IgnoreCase = true });
        await page.FillAsync("#text", "Đã lên đường.");
        await page.ClickAsync("button:has-text('Gửi tin')");
        await Assertions.Expect(page.Locator("#talk-list").First).ToContainTextAsync("Đã lên đường.", new() { UseInnerText = true, IgnoreCase = true });
        await page.ClickAsync("button:has-text('Gửi tin')");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Hãy viết tin nhắn", new() { UseInnerText = true, IgnoreCase = true });
    }

    [Fact]
    public async Task On_paper_it_is_an_A4_form_in_Vietnamese_with_a_number_on_every_page()
    {
        var referral = await _stage.Submitted();
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        var page = liaison.Page;
        await liaison.Speak("en");
        await liaison.Open($"{Sheet(referral)}/print");
        await liaison.Look("referral-paper");
        var number = await page.TitleAsync();
        var hash = await page.InnerTextAsync(".proof code");

        var paper = Pdf.Read(await page.PdfAsync(new() { PreferCSSPageSize = true }));

        paper.Pages.Count.ShouldBeInRange(1, 3);
        foreach (var (width, height) in paper.Pages)
        {
            width.ShouldBe(595, 1.5);
            height.ShouldBe(842, 1.5);
        }

        paper.Text.ShouldContain(number);
        paper.Text.ShouldContain(hash[..32]);
        foreach (var text in (string[])["Phiếu chuyển tuyến", "Vàng Thị Hoa", "nhà trọ gần bến xe", "Bảo vệ tính mạng, sức khỏe", "Chữ ký, đóng dấu", "Hoàng Minh Tuấn", "In lúc", $"1 / {paper.Pages.Count}"])
            paper.Text.ShouldContain(Pdf.Tight(text), customMessage: text);
        paper.Text.ShouldNotContain("Backtothereferral");
        (await page.Locator("nav.tools").IsVisibleAsync()).ShouldBeTrue();
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        (await page.Locator("nav.tools").IsVisibleAsync()).ShouldBeFalse();
        await page.EmulateMediaAsync(new() { Media = Media.Screen });
        await page.SetViewportSizeAsync(360, 740);
        await liaison.Open($"{Sheet(referral)}/print?in=en");
        await Assertions.Expect(page.Locator("h1").First).ToHaveTextAsync("Referral form", new() { UseInnerText = true });
        await liaison.Look("referral-paper-phone");
        await liaison.Speak("vi");
    }

    [Fact]
    public async Task Whoever_may_not_know_of_a_referral_finds_no_sheet_and_the_head_of_the_agency_reads_by_a_step_of_their_own()
    {
        var referral = await _stage.Submitted("border-guard");
        await using var other = await browser.VisitAs(DemoAccounts.HealthHaiPhong);
        (await other.Open(Sheet(referral))).ShouldBe(404);
        (await other.Open($"{Sheet(referral)}/print")).ShouldBe(404);
        (await other.Open($"{Sheet(referral)}/accept")).ShouldBe(404);
        await using var head = await browser.VisitAs(DemoAccounts.BorderGuardHead);
        await head.Open(Sheet(referral));
        (await head.Page.ContentAsync()).ShouldNotContain("Vàng Thị Hoa");
        await Assertions.Expect(head.Page.Locator("#acts").First).ToContainTextAsync("cán bộ đầu mối của đơn vị trả lời", new() { UseInnerText = true, IgnoreCase = true });
        await head.Page.ClickAsync("a:has-text('Mở nội dung đã gửi')");
        await Assertions.Expect(head.Page.Locator("#persons").First).ToContainTextAsync("Vàng Thị Hoa", new() { UseInnerText = true, IgnoreCase = true });
        await head.Look("referral-head");
    }

    [Fact]
    public async Task What_was_told_between_the_making_of_a_page_and_its_listening_is_not_lost()
    {
        var referral = await _stage.Submitted();
        await using var liaison = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        await liaison.Open(Sheet(referral));
        var made = await liaison.Page.EvaluateAsync<long>("() => Number(document.body.dataset.made)");
        await _stage.Does(DemoAccounts.SecondPoliceTuyenQuang, "acknowledge", referral);
        await liaison.Page.Locator("#head .st--ack").WaitForAsync();

        // Another page of that moment, which begins to listen only now.
        var told = await liaison.Page.EvaluateAsync<string>(
            """
            async made => {
              const stop = new AbortController()
              setTimeout(() => stop.abort(), 20000)
              const reader = (await fetch(`/hints?since=${made}`, { signal: stop.signal })).body.pipeThrough(new TextDecoderStream()).getReader()
              for (let text = ''; ;) {
                const { done, value } = await reader.read().catch(() => ({ done: true }))
                if (done) return text
                text += value
                if (/data: referral:.*\n/.test(text)) {
                  stop.abort()
                  return text
                }
              }
            }
            """,
            made);
        told.ShouldContain($"referral:{referral:D}");
    }

    /// <summary>A day so many days from now, written out to the year.</summary>
    private static async Task Until(IPage page, int days)
    {
        var until = DateTimeOffset.UtcNow.AddDays(days);
        await page.FillAsync("#until-day", until.ToString("dd", null));
        await page.FillAsync("#until-month", until.ToString("MM", null));
        await page.FillAsync("#until-year", until.ToString("yyyy", null));
    }

    private static string Sheet(Guid referral) => $"/referrals/{referral:D}";

    /// <summary>The page, or the one that is open, in both languages on a desk and on a phone.</summary>
    private static async Task Everywhere(Visitor visitor, string? path, string picture)
    {
        if (path is null)
        {
            foreach (var (width, device) in ((int, string)[])[(360, "phone"), (1366, "desktop")])
            {
                await visitor.Page.SetViewportSizeAsync(width, 768);
                await visitor.Look($"{picture}-{device}");
            }

            return;
        }

        foreach (var language in (string[])["en", "vi"])
        {
            foreach (var (width, device) in ((int, string)[])[(360, "phone"), (1366, "desktop")])
            {
                await visitor.Page.SetViewportSizeAsync(width, 768);
                await visitor.Page.GotoAsync($"/language/{language}?to={Uri.EscapeDataString(path)}");
                (await visitor.Page.GetAttributeAsync("html", "lang")).ShouldBe(language);
                await visitor.Look($"{picture}-{language}-{device}");
            }
        }
    }
}

internal static class Those
{
    /// <summary>The place of the only text that contains the words.</summary>
    public static int ShouldHaveSingleItemThat(this string[] texts, string words)
    {
        var places = Enumerable.Range(0, texts.Length).Where(i => texts[i].Contains(words, StringComparison.Ordinal)).ToList();
        return places.ShouldHaveSingleItem(string.Join("\n---\n", texts));
    }
}
