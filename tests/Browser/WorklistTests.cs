using System.Text.Json;
using Hotline111.Local.Demo;
using Microsoft.Playwright;

namespace Hotline111.Browser.Tests;

/// <summary>The lists of referrals: inbox, desk, every list of the hotline, the supervisor's board.</summary>
public sealed class WorklistTests(BrowserFixture browser)
{
    private const string Police = "police.08";
    private const string PoliceLaoCai = "police.15";

    // Every tone that is played, counted.
    private const string CountTones = "window.tones = 0; const start = OscillatorNode.prototype.start; OscillatorNode.prototype.start = function (...when) { window.tones++; return start.apply(this, when) }";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_appears_in_the_open_inbox_emergencies_first_and_is_told_by_line_title_figure_and_sound()
    {
        var counsellor = await browser.Client(DemoAccounts.Counsellor);
        var standard = await Standard(counsellor, PoliceLaoCai);
        await using var liaison = await browser.Visit();
        await liaison.Page.AddInitScriptAsync(CountTones);
        await liaison.Come(DemoAccounts.PoliceLaoCai);
        var page = liaison.Page;
        await page.Listens();
        await page.WaitForSelectorAsync($"#rows {Row(standard)}");
        await Assertions.Expect(page.Locator("#came").First).ToContainTextAsync("Chưa có yêu cầu nào đến thêm", new() { UseInnerText = true, IgnoreCase = true });
        var before = await New(page);
        (await page.TitleAsync()).ShouldBe($"({before}) Hộp đến – Đường dây 111");

        var emergency = await Emergency(counsellor, PoliceLaoCai);
        // Rows, figures and what came are asked of the service one by one: all are right in the end.
        await page.WaitForSelectorAsync($"#rows tr:first-child{Row(emergency)}", Soon);
        await Told(page, "Có 1 yêu cầu mới, khẩn cấp.");
        (await page.InnerTextAsync("#came")).ShouldBeEmpty();
        await Assertions.Expect(page).ToHaveTitleAsync($"({before + 1}) Hộp đến – Đường dây 111");
        await page.WaitForFunctionAsync("count => document.querySelector('#nav .count').dataset.count === count", $"{before + 1}");
        (await page.InnerTextAsync("#nav a[aria-current=page]")).ShouldStartWith("Hộp đến");
        var head = await page.TitleAsync() + await page.InnerTextAsync("#alarm");
        head.ShouldNotContain("Giả Định", Case.Insensitive);
        await liaison.Look("inbox-emergency-came");
        await page.SetViewportSizeAsync(360, 740);
        await liaison.Look("inbox-emergency-came-phone");
        await page.SetViewportSizeAsync(1366, 768);

        // The sign-in's own click was on another page: the first one here wakes the sound, and a standard request sounds twice, an emergency five times.
        await page.ClickAsync("h1");
        await page.WaitForFunctionAsync("() => document.getElementById('sound-hint').hidden");
        (await page.EvaluateAsync<int>("window.tones")).ShouldBeInRange(0, 5);
        await page.EvaluateAsync("window.tones = 0");
        var second = await Standard(counsellor, PoliceLaoCai);
        await page.WaitForSelectorAsync($"#rows {Row(second)}");
        await Told(page, "Có 2 yêu cầu mới, 1 khẩn cấp.");
        (await page.Locator("#rows tbody tr").First.GetAttributeAsync("id")).ShouldBe(Row(emergency)[1..]);
        (await page.EvaluateAsync<int>("window.tones")).ShouldBe(2);

        // Switched off it stays off for this person after a reload, too.
        await page.ClickAsync("#sound");
        (await page.GetAttributeAsync("#sound", "aria-checked")).ShouldBe("false");
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("#sound").First).ToHaveTextAsync("Âm báo: đang tắt", new() { UseInnerText = true });
        await Assertions.Expect(page.Locator("#came").First).ToContainTextAsync("Chưa có yêu cầu nào đến thêm", new() { UseInnerText = true, IgnoreCase = true });
        await page.Listens();
        await page.EvaluateAsync("window.tones = 0");
        var third = await Emergency(counsellor, PoliceLaoCai);
        await page.WaitForSelectorAsync($"#rows {Row(third)}");
        await Told(page, "Có 1 yêu cầu mới, khẩn cấp.");
        (await page.EvaluateAsync<int>("window.tones")).ShouldBe(0);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task A_list_that_is_refused_for_the_moment_is_asked_for_again_by_itself(int status)
    {
        var counsellor = await browser.Client(DemoAccounts.SecondCounsellor);
        await using var liaison = await browser.VisitAs(DemoAccounts.BorderGuardLaoCai);
        var page = liaison.Page;
        await page.Listens();
        await page.RouteAsync("**/inbox/**", route => route.FulfillAsync(new() { Status = status, Headers = new Dictionary<string, string> { ["Retry-After"] = "1" }, Body = "refused" }), new() { Times = 1 });
        var refused = page.WaitForResponseAsync(response => response.Status == status);

        var id = await Emergency(counsellor, "border-guard.15");

        await refused;
        // Sooner than the list would look by itself, once a minute.
        await page.WaitForSelectorAsync($"#rows {Row(id)}", Soon);
        (await page.InnerTextAsync("#inbox")).ShouldNotContain("refused");
    }

    [Fact]
    public async Task No_row_moves_under_the_focus_and_the_arrows_walk_the_rows()
    {
        var counsellor = await browser.Client(DemoAccounts.SecondCounsellor);
        var first = await Emergency(counsellor, "border-guard.15");
        await using var liaison = await browser.VisitAs(DemoAccounts.BorderGuardLaoCai);
        var page = liaison.Page;
        await page.Listens();
        await page.WaitForSelectorAsync($"#rows {Row(first)}");
        await page.Press("ArrowDown");
        (await page.EvaluateAsync<string>("document.activeElement.closest('tr').id")).ShouldBe(Row(first)[1..]);
        var top = await page.EvaluateAsync<double>("document.activeElement.getBoundingClientRect().top");

        var second = await Emergency(counsellor, "border-guard.15");
        await page.WaitForSelectorAsync("#alarm:has-text('Có 1 yêu cầu mới, khẩn cấp.')");
        await page.WaitForSelectorAsync("[data-held=rows]:not([hidden])");
        (await page.Locator("#rows tbody tr").First.GetAttributeAsync("id")).ShouldBe(Row(first)[1..]);
        (await page.EvaluateAsync<double>("document.activeElement.getBoundingClientRect().top")).ShouldBe(top);
        (await page.EvaluateAsync<string>("document.activeElement.closest('tr').id")).ShouldBe(Row(first)[1..]);

        await page.FocusAsync("#sound");
        await page.WaitForSelectorAsync($"#rows tr:first-child{Row(second)}");
        await page.WaitForSelectorAsync("[data-held=rows]", new() { State = WaitForSelectorState.Hidden });
        await page.EvaluateAsync("document.activeElement.blur()");
        await page.Press("ArrowDown");
        await page.Press("ArrowDown");
        await page.Keyboard.PressAsync("ArrowUp");
        (await page.EvaluateAsync<string>("document.activeElement.closest('tr').id")).ShouldBe(Row(second)[1..]);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync($"**/referrals/{second}");
    }

    [Fact]
    public async Task Whoever_takes_a_request_to_hand_is_seen_by_the_colleague_who_takes_it_over_and_gives_it_back()
    {
        var counsellor = await browser.Client(DemoAccounts.Counsellor);
        var id = await Emergency(counsellor, Police);
        await using var one = await browser.VisitAs(DemoAccounts.PoliceTuyenQuang);
        await using var other = await browser.VisitAs(DemoAccounts.SecondPoliceTuyenQuang);
        await using var late = await browser.Visit(scripts: false);
        await late.Come(DemoAccounts.SecondPoliceTuyenQuang);
        await one.Page.Listens();
        await other.Page.Listens();

        await one.Page.ClickAsync($"{Row(id)} button");
        await InHandOf(one.Page, id, "Bạn");
        await other.Page.WaitForSelectorAsync($"{Row(id)} td:last-child:has-text('Hoàng Minh Tuấn')");
        await other.Look("inbox-claimed-by-a-colleague");

        // The page without scripts does not know yet.
        (await late.Page.Locator(".again").IsVisibleAsync()).ShouldBeTrue();
        await late.Page.ClickAsync($"{Row(id)} button");
        await Assertions.Expect(late.Page.Locator("[role=alert].note").First).ToContainTextAsync("Hoàng Minh Tuấn", new() { UseInnerText = true, IgnoreCase = true });
        await InHandOf(late.Page, id, "Hoàng Minh Tuấn");

        // Nothing chosen is answered with a sentence; then it is given over.
        await one.Page.ClickAsync($"{Row(id)} td:last-child a");
        await one.Look("assign-mine");
        await one.Page.ClickAsync("form[action$='hand-over'] button");
        await Assertions.Expect(one.Page.Locator(".govuk-error-summary").First).ToContainTextAsync("Hãy chọn một đồng nghiệp", new() { UseInnerText = true, IgnoreCase = true });
        await one.Look("assign-nobody-chosen");
        await one.Page.CheckAsync("text=Lý Thị Hạnh");
        await one.Page.ClickAsync("form[action$='hand-over'] button");
        await InHandOf(one.Page, id, "Lý Thị Hạnh");
        await other.Page.WaitForSelectorAsync($"{Row(id)} td:last-child:has-text('Bạn')");

        // The first takes it over again, in English and by the page alone, and puts it back.
        await one.Page.GotoAsync("/language/en?to=/inbox");
        await one.Page.ClickAsync($"{Row(id)} td:last-child a");
        await one.Look("assign-of-a-colleague-en");
        await one.Page.ClickAsync("form[action$='take-over'] button");
        await InHandOf(one.Page, id, "You");
        await one.Page.ClickAsync($"{Row(id)} td:last-child a");
        await one.Page.ClickAsync("form[action$='release'] button");
        await other.Page.WaitForSelectorAsync($"{Row(id)} td:last-child:has-text('Nhận việc này')");
        // The colleague may have seen it before the own page came back.
        await one.Page.WaitForURLAsync(url => url.EndsWith(Row(id), StringComparison.Ordinal));
        await one.Page.GotoAsync("/language/vi?to=/inbox");
    }

    [Fact]
    public async Task The_head_of_an_agency_gives_what_lies_at_its_desks_to_somebody()
    {
        var counsellor = await browser.Client(DemoAccounts.SecondCounsellor);
        var id = await Emergency(counsellor, "border-guard");
        await using var head = await browser.VisitAs(DemoAccounts.BorderGuardHead);
        await using var liaison = await browser.VisitAs(DemoAccounts.BorderGuard);
        await liaison.Page.Listens();
        await Assertions.Expect(head.Page.Locator($"{Row(id)} button")).ToHaveCountAsync(0);
        await head.Look("inbox-head");
        await head.Page.ClickAsync($"{Row(id)} td:last-child a");
        await head.Page.CheckAsync("text=Vũ Đình Khang");
        await head.Page.ClickAsync("form[action$='hand-over'] button");
        await InHandOf(head.Page, id, "Vũ Đình Khang");
        await liaison.Page.WaitForSelectorAsync($"{Row(id)} td:last-child:has-text('Bạn')");
    }

    [Fact]
    public async Task Every_list_of_a_desk_is_readable_full_and_empty()
    {
        await using var liaison = await browser.VisitAs(DemoAccounts.Consular);
        foreach (var list in (string[])["new", "answer", "to-report", "waiting", "on-hold", "done", "all"])
        {
            (await liaison.Open($"/inbox?list={list}")).ShouldBe(200);
            (await liaison.Page.InnerTextAsync("#rows")).ShouldContain("Không có gì trong danh sách này.", Case.Sensitive, list);
        }

        (await liaison.Open("/inbox?list=none")).ShouldBe(400);
        foreach (var language in (string[])["vi", "en"])
        {
            await liaison.Speak(language);
            await EveryWidth(liaison, "/inbox", $"inbox-empty-{language}");
        }

        await using var full = await browser.VisitAs(DemoAccounts.BorderGuard);
        (await full.Open("/inbox?list=to-report")).ShouldBe(200);
        await full.Page.WaitForSelectorAsync("#rows tbody tr");
        await full.Look("inbox-to-report");
        await full.Speak("en");
        await EveryWidth(full, "/inbox?list=all", "inbox-all-en");
    }

    [Fact]
    public async Task A_long_list_is_read_page_by_page_and_every_row_once()
    {
        const int rows = 60;
        await Closed(browser.Platform, "iom", rows);
        await using var liaison = await browser.Visit(scripts: false);
        await liaison.Come(DemoAccounts.Migration);
        (await liaison.Open("/inbox?list=done")).ShouldBe(200);
        var seen = new List<string?>();
        for (var pages = 1; ; pages++)
        {
            await liaison.Page.WaitForLoadStateAsync();
            foreach (var row in await liaison.Page.Locator("#rows tbody tr").AllAsync())
                seen.Add(await row.GetAttributeAsync("id"));
            if (await liaison.Page.Locator("text=Xem tiếp").CountAsync() == 0)
                break;
            pages.ShouldBeLessThan(10);
            await liaison.Page.ClickAsync("text=Xem tiếp");
        }

        seen.Count.ShouldBeGreaterThanOrEqualTo(rows);
        seen.Distinct().Count().ShouldBe(seen.Count);
        await Assertions.Expect(liaison.Page.Locator("text=Về trang đầu")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task The_counsellor_s_desk_shows_what_was_begun_and_whose_turn_it_is_and_follows_what_happens()
    {
        // Of the others so many referrals may lie here that the newest are not among the first.
        var api = await browser.Client("giamdoc");
        var police = await browser.Client(DemoAccounts.PoliceLaoCai);
        var draft = Guid.CreateVersion7();
        await Draft(api, draft);
        var contact = (await api.Post("api/contacts", Contact, Ct)).GetProperty("id").GetGuid();
        var id = await Standard(api, PoliceLaoCai);
        await police.Post($"api/referrals/{id}/acknowledge", null, Ct);
        await using var counsellor = await browser.VisitAs("giamdoc");
        var page = counsellor.Page;
        await counsellor.Open("/desk");
        await page.ClickAsync("#referrals >> text=Do tôi lập");
        await page.WaitForURLAsync("**/desk?own=true");
        await page.Listens();
        await page.WaitForSelectorAsync($"#g-theirs {Row(id)}");
        (await page.GetAttributeAsync($"#mine #c-{contact:n} a.main", "href")).ShouldBe($"/contacts/{contact}");
        (await page.GetAttributeAsync($"#mine #d-{draft:n} a.main", "href")).ShouldBe($"/contacts/{draft}");

        await police.Post($"api/referrals/{id}/ask-information", new { questions = new[] { new { field = "request.place", text = "Hỏi hư cấu?" } } }, Ct);
        await page.WaitForSelectorAsync($"#g-mine {Row(id)}");
        await Assertions.Expect(page.Locator($"{Row(id)}").First).ToContainTextAsync("Trả lời câu hỏi của đơn vị (1)", new() { UseInnerText = true, IgnoreCase = true });
        await page.WaitForFunctionAsync("() => Number([...document.querySelectorAll('#nav .count')].at(-1).dataset.count) > 0");

        foreach (var language in (string[])["vi", "en"])
        {
            await counsellor.Speak(language);
            await EveryWidth(counsellor, "/desk", $"desk-full-{language}");
            await EveryWidth(counsellor, "/referrals", $"referrals-{language}");
        }

        await counsellor.Open("/desk");
        await page.Press("F2");
        await page.WaitForURLAsync("**/contacts/*-*");
        await counsellor.Open("/desk");
        await page.Press("F7");
        await page.WaitForURLAsync("**/contacts/*-*?paper=1");
    }

    [Fact]
    public async Task Every_list_of_the_hotline_opens_by_its_tab()
    {
        await using var director = await browser.Visit(scripts: false);
        await director.Come("giamdoc");
        foreach (var list in (string[])["open", "mine", "theirs", "caller", "unknown", "approvals", "reviews", "declined", "returned", "unread", "done", "all"])
        {
            (await director.Open($"/referrals?list={list}")).ShouldBe(200, list);
            (await director.Page.GetAttributeAsync(".tabs a[aria-current=page]", "href")).ShouldBe($"/referrals?list={list}");
        }

        (await director.Open("/referrals?list=returned&own=true")).ShouldBe(200);
        await Assertions.Expect(director.Page.Locator("#rows").First).ToContainTextAsync("Không có phiếu nào trong danh sách này.", new() { UseInnerText = true, IgnoreCase = true });
        (await director.Open("/referrals?list=nowhere")).ShouldBe(400);
    }

    [Fact]
    public async Task The_board_follows_what_nobody_has_acknowledged_who_writes_and_who_is_on_shift()
    {
        var api = await browser.Client(DemoAccounts.SecondCounsellor);
        var police = await browser.Client(DemoAccounts.PoliceTuyenQuang);
        await Draft(api, Guid.CreateVersion7());
        await using var supervisor = await browser.VisitAs(DemoAccounts.Supervisor);
        var page = supervisor.Page;
        new Uri(page.Url).AbsolutePath.ShouldBe("/supervision");
        await page.Listens();
        await Assertions.Expect(page.Locator("#shift").First).ToContainTextAsync("Lê Thị Thu Hà", new() { UseInnerText = true, IgnoreCase = true });
        await Assertions.Expect(page.Locator("#shift li:has-text('Trần Văn Hòa')").First).ToContainTextAsync("đang ghi liên hệ", new() { UseInnerText = true, IgnoreCase = true });

        var emergencies = await Tile(page, 0);
        var id = await Emergency(api, Police);
        await page.WaitForSelectorAsync($"#waiting {Row(id)}");
        await Assertions.Expect(page.Locator(".tile b").First).ToHaveTextAsync($"{emergencies + 1}");
        await page.WaitForFunctionAsync("count => document.querySelector('#nav a[href=\"/supervision\"] .count').dataset.count === count", $"{emergencies + 1}");
        foreach (var language in (string[])["vi", "en"])
        {
            await supervisor.Speak(language);
            await EveryWidth(supervisor, "/supervision", $"board-{language}");
        }

        await supervisor.Speak("vi");
        await supervisor.Open("/supervision");
        await page.Listens();
        await police.Post($"api/referrals/{id}/acknowledge", null, Ct);
        await page.WaitForSelectorAsync($"#waiting {Row(id)}", new() { State = WaitForSelectorState.Detached });
    }

    [Fact]
    public async Task What_waits_for_a_supervisor_is_listed_with_whoever_began_it_and_leaves_when_it_was_decided()
    {
        var api = await browser.Client(DemoAccounts.Counsellor);
        var head = await browser.Client(DemoAccounts.Supervisor);
        var waiting = await Standard(api, PoliceLaoCai, approved: false);
        var review = await Emergency(api, PoliceLaoCai);
        await using var director = await browser.VisitAs("giamdoc");
        var page = director.Page;
        await director.Open("/supervision/approvals");
        (await page.GetAttributeAsync("#nav a[aria-current=page]", "href")).ShouldBe("/supervision/approvals");
        await Assertions.Expect(page.Locator($"#approvals-{waiting:n}").First).ToContainTextAsync("Nguyễn Thị Mai", new() { UseInnerText = true, IgnoreCase = true });
        (await page.GetAttributeAsync($"#reviews-{review:n} a.strong", "href")).ShouldBe($"/referrals/{review}");
        foreach (var language in (string[])["vi", "en"])
        {
            await director.Speak(language);
            await EveryWidth(director, "/supervision/approvals", $"approvals-{language}");
        }

        await director.Speak("vi");
        await director.Open("/supervision/approvals");
        await page.Listens();
        await head.Post($"api/referrals/{waiting}/approve", null, Ct);
        await head.Post($"api/referrals/{review}/review", new { finding = "justified" }, Ct);
        await page.WaitForSelectorAsync($"#approvals-{waiting:n}", new() { State = WaitForSelectorState.Detached });
        await page.WaitForSelectorAsync($"#reviews-{review:n}", new() { State = WaitForSelectorState.Detached });

        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        (await counsellor.Open("/supervision")).ShouldBe(403);
        (await counsellor.Open("/supervision/approvals")).ShouldBe(403);
    }

    private static readonly object Contact = new
    {
        channel = "phone_in",
        caller = new { kind = "relative_friend", name = "Nguyễn Văn Giả Định", phone = "0900 000 111" },
        place = new { edition = "2026-04-30", provinceCode = "08" },
        language = "vi",
        safeContact = "any_time",
        summary = "Chuyện hư cấu.",
    };

    private static string Row(Guid id) => $"#r-{id:n}";

    // Sooner than a list looks by itself, once a minute.
    private static PageWaitForSelectorOptions Soon => new() { Timeout = 30_000 };

    private static Task Told(IPage page, string sentence) => page.WaitForSelectorAsync($"#alarm:has-text('{sentence}')");

    private static Task InHandOf(IPage page, Guid referral, string who) =>
        Assertions.Expect(page.Locator($"{Row(referral)} td:last-child")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex($"^{who}"), new() { UseInnerText = true });

    private static async Task<int> New(IPage page) => int.Parse(await page.InnerTextAsync(".tabs .n--new"), System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<int> Tile(IPage page, int number) => int.Parse(await page.Locator(".tile b").Nth(number).InnerTextAsync(), System.Globalization.CultureInfo.InvariantCulture);

    private static async Task EveryWidth(Visitor visitor, string path, string picture)
    {
        foreach (var (width, height, device) in ((int, int, string)[])[(1366, 768, "desktop"), (360, 740, "phone")])
        {
            await visitor.Page.SetViewportSizeAsync(width, height);
            await visitor.Open(path);
            await visitor.Look($"{picture}-{device}");
        }

        await visitor.Page.SetViewportSizeAsync(1366, 768);
    }

    private static async Task Draft(PlatformClient by, Guid id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri($"api/drafts/{id}", UriKind.Relative))
        {
            Content = System.Net.Http.Json.JsonContent.Create(new { revision = 0, content = new { summary = "Chuyện hư cấu." } }),
        };
        using var saved = await by.Send(request, Ct);
        saved.EnsureSuccessStatusCode();
    }

    /// <summary>An emergency from the page of a new contact, sent at once.</summary>
    private static async Task<Guid> Emergency(PlatformClient by, string desk)
    {
        var contact = (await by.Post("api/contacts", Contact, Ct)).GetProperty("id").GetGuid();
        var sent = await by.Post("api/referrals/emergency", new
        {
            id = Guid.CreateVersion7(),
            caseId = Guid.CreateVersion7(),
            contactId = contact,
            desks = new[] { desk },
            purpose = "verify_rescue",
            need = "Nhu cầu hư cấu.",
            place = new { edition = "2026-04-30", provinceCode = "08" },
            persons = new[] { new { name = "Nguyễn Thị Giả Định" } },
        }, Ct);
        return sent.GetProperty("referrals")[0].GetProperty("id").GetGuid();
    }

    /// <summary>A standard referral of a new case; the supervisor lets it go out.</summary>
    private async Task<Guid> Standard(PlatformClient by, string desk, bool approved = true)
    {
        var contactId = (await by.Post("api/contacts", Contact, Ct)).GetProperty("id").GetGuid();
        var place = new { edition = "2026-04-30", provinceCode = "08" };
        var caseId = (await by.Post("api/cases", new { contactId, place, safeContact = "any_time", narrative = "Chuyện hư cấu." }, Ct)).GetProperty("id").GetGuid();
        var person = (await by.Post($"api/cases/{caseId}/persons", new { name = "Nguyễn Thị Giả Định", gender = "female", status = "suspected" }, Ct)).GetProperty("id").GetGuid();
        var id = (await by.Post("api/referrals", new { caseId, deskId = desk, purpose = "verify_rescue", urgency = "standard" }, Ct)).GetProperty("id").GetGuid();
        var release = await by.Post($"api/cases/{caseId}/release", new { deskId = desk, basis = "crime_report", purpose = "verify_rescue", persons = new[] { person }, need = "Nhu cầu hư cấu." }, Ct);
        await by.Post($"api/referrals/{id}/submit", new { release }, Ct);
        if (approved)
        {
            await (await browser.Client(DemoAccounts.Supervisor)).Post($"api/referrals/{id}/approve", null, Ct);
        }

        return id;
    }

    /// <summary>Rows of a desk as they stand after a year's work; no stream is behind them.</summary>
    private static async Task Closed(Hotline111.Local.LocalPlatform platform, string desk, int rows)
    {
        await using var connection = new Npgsql.NpgsqlConnection(platform.Database("referral").Owner);
        await connection.OpenAsync(Ct);
        await using var command = new Npgsql.NpgsqlCommand(
            """
            INSERT INTO read.referral (id, number, case_id, desk_id, agency_id, sector, purpose, urgency, state, drafted_at, drafted_by, sent_at, acknowledged_at, confirmed_at, version)
            SELECT gen_random_uuid(), 'RF-2025-' || lpad(n::text, 6, '0'), gen_random_uuid(), $1, $1, 'international', 'reintegration', 'standard', 'Closed',
                   now() - interval '300 days' - n * interval '1 hour', 'counsellor-1', now() - interval '300 days' - n * interval '1 hour',
                   now() - interval '299 days', now() - interval '200 days', 9
              FROM generate_series(1, $2) n
            """,
            connection);
        command.Parameters.Add(new() { Value = desk });
        command.Parameters.Add(new() { Value = rows });
        await command.ExecuteNonQueryAsync(Ct);
    }
}
