using System.Text.Json;
using Hotline111.Local.Demo;
using Microsoft.Playwright;

namespace Hotline111.Browser.Tests;

/// <summary>Cases and referring: from a contact to several desks at once, with exactly what each of them then reads.</summary>
public sealed class CaseTests(BrowserFixture browser)
{
    private const string Edition = "2026-04-30";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_contact_becomes_a_case_and_goes_to_police_and_Womens_Union_at_once_and_each_reads_what_the_preview_showed()
    {
        var contact = await Contact();
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        var page = counsellor.Page;

        // The contact becomes a case on one page.
        await counsellor.Open($"/cases/new?contact={contact}");
        await Look(counsellor, "case-new-vi");
        (await page.InputValueAsync("#narrative")).ShouldContain("bị giữ trong một quán");
        (await page.InputValueAsync("#place")).ShouldBe($"{Edition}|08|02");
        await page.CheckAsync("[name=riskSigns][value=ransom]");
        (await page.IsVisibleAsync(".assess__grave")).ShouldBeTrue("what is grave on the contact page is grave here");
        await page.UncheckAsync("[name=riskSigns][value=ransom]");
        (await page.IsVisibleAsync(".assess__grave")).ShouldBeFalse();
        await page.CheckAsync("[name=riskSigns][value=confined]");
        (await page.IsVisibleAsync(".assess__grave")).ShouldBeTrue("a grave sign says what it usually means");
        await page.CheckAsync("[name=riskLevel][value=critical]");
        await page.CheckAsync("[name=urgency][value=emergency]");
        await page.FillAsync("#name", "Vàng Thị Mỷ");
        await page.FillAsync("#birthYear", "2009");
        await page.CheckAsync("[name=gender][value=female]");
        await page.FillAsync("#location", "Quán cuối đường, cửa khóa ngoài");
        await page.Press("Control+Enter");
        await page.WaitForURLAsync("**/cases/*-*");
        var caseId = Guid.Parse(new Uri(page.Url).Segments[^1]);
        await Assertions.Expect(page.Locator("h1").First).ToHaveTextAsync($"Vàng Thị Mỷ, {DateTimeOffset.UtcNow.AddHours(7).Year - 2009} tuổi", new() { UseInnerText = true });
        (await page.TitleAsync()).ShouldNotContain("Vàng");
        await Assertions.Expect(page.Locator("#todo").First).ToContainTextAsync("Chưa chuyển tuyến", new() { UseInnerText = true, IgnoreCase = true });

        // Opened once more from the same contact it is the same case.
        await counsellor.Open($"/cases/new?contact={contact}");
        await page.WaitForURLAsync($"**/cases/{caseId}");

        // Another person, whose age makes no sense first.
        await page.ClickAsync("text=Thêm người");
        await page.FillAsync("#age", "mười bảy");
        await page.FillAsync("#name", "Chị Sua");
        await page.ClickAsync("button:has-text('Lưu') >> nth=0");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Tuổi là một số", new() { UseInnerText = true, IgnoreCase = true });
        (await page.InputValueAsync("#name")).ShouldBe("Chị Sua");
        await Look(counsellor, "case-person-wrong-vi");
        await page.FillAsync("#age", "20");
        await page.Press("Control+Enter");
        await page.WaitForURLAsync($"**/cases/{caseId}");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Chị Sua, 20 tuổi", new() { UseInnerText = true, IgnoreCase = true });

        // Refer: what is needed, to whom, what each will read.
        await page.Press("F4");
        await page.WaitForURLAsync($"**/cases/{caseId}/refer");
        (await page.IsCheckedAsync("#to-verify_rescue-police-08")).ShouldBeTrue("the police of the place are asked");
        (await page.IsCheckedAsync("#to-verify_rescue-c02")).ShouldBeTrue("and in an emergency those of the centre at the same time");
        (await page.IsCheckedAsync("[name=basis][value=vital_interest]")).ShouldBeTrue();
        await page.Change(() => page.UncheckAsync("#to-verify_rescue-c02"));
        await page.Change(() => page.UncheckAsync("[name=purpose][value=child_protection]"));
        await page.Change(() => page.CheckAsync("[name=purpose][value=shelter]"));
        await page.Change(() => page.UncheckAsync("#to-shelter-health-08"));
        await page.Change(() => page.CheckAsync("#to-shelter-womens-union"));
        await page.FillAsync("#need-shelter", "Một chỗ ở kín, có người nói tiếng Mông.");
        await Find(page, "hoi phu nu");
        await Assertions.Expect(page.Locator("#found").First).ToContainTextAsync("Không có đơn vị nào", new() { UseInnerText = true, IgnoreCase = true });
        await Find(page, "hoi lhpn ha noi");
        await Assertions.Expect(page.Locator("#found").First).ToContainTextAsync("Hội LHPN thành phố Hà Nội", new() { UseInnerText = true, IgnoreCase = true });
        (await page.InputValueAsync("#need-shelter")).ShouldBe("Một chỗ ở kín, có người nói tiếng Mông.");
        await page.ClickAsync("summary >> nth=0");
        await Assertions.Expect(page.Locator(".reads >> nth=0").First).ToContainTextAsync("Quán cuối đường, cửa khóa ngoài", new() { UseInnerText = true, IgnoreCase = true });
        var shown = await Matrix(page);
        shown.Keys.ShouldBe(["Công an tỉnh Tuyên Quang", "Trung ương Hội LHPN Việt Nam"]);
        shown["Trung ương Hội LHPN Việt Nam"].ShouldNotContain("request.narrative");
        await Assertions.Expect(page.Locator("#sendbar").First).ToContainTextAsync("Gửi ngay tới 2 đơn vị", new() { UseInnerText = true, IgnoreCase = true });
        await Look(counsellor, "refer-vi");

        // Sent: with one stroke, and what each desk holds is what the preview showed.
        await page.Press("Control+Enter");
        await page.WaitForURLAsync("**/refer/sent?*");
        await Look(counsellor, "refer-sent-vi");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Đã gửi", new() { UseInnerText = true, IgnoreCase = true });
        foreach (var (desk, liaison) in ((string, string)[])[("Công an tỉnh Tuyên Quang", DemoAccounts.PoliceTuyenQuang), ("Trung ương Hội LHPN Việt Nam", DemoAccounts.WomensUnion)])
            (await Held(liaison, caseId)).ShouldBe(shown[desk], ignoreOrder: true, desk);
        (await Referrals(caseId)).Count.ShouldBe(2);

        // The case shows it, and what the desk answers comes by itself.
        await page.ClickAsync("text=Về hồ sơ");
        await page.WaitForURLAsync($"**/cases/{caseId}");
        await page.WaitForSelectorAsync("#timeline >> text=Chuyển khẩn cấp tới Công an tỉnh Tuyên Quang");
        await page.WaitForSelectorAsync("#live:not([hidden])");
        await page.ClickAsync(".side summary >> nth=0");
        var police = await browser.Client(DemoAccounts.PoliceTuyenQuang);
        var referral = (await Referrals(caseId)).Single(row => row.GetProperty("deskId").GetString() == "police.08").GetProperty("id").GetGuid();
        await police.Post($"api/referrals/{referral}/acknowledge", null, Ct);
        await page.WaitForSelectorAsync("#timeline >> text=Công an tỉnh Tuyên Quang xác nhận đã nhận");
        await page.WaitForSelectorAsync("#picture >> text=Đã xác nhận");
        await Assertions.Expect(page.Locator("#timeline").First).ToContainTextAsync("Hoàng Minh Tuấn", new() { UseInnerText = true, IgnoreCase = true });
        (await page.IsVisibleAsync(".side .govuk-details__text >> nth=0")).ShouldBeTrue("what was unfolded stays unfolded");
        await Look(counsellor, "case-vi");
        await page.ClickAsync("#timeline >> text=Chia sẻ, mở xem");
        await page.WaitForURLAsync("**?show=disclosures**");
        await Assertions.Expect(page.Locator("#timeline").First).ToContainTextAsync("mở xem thông tin", new() { UseInnerText = true, IgnoreCase = true });
        (await page.InnerTextAsync("#timeline")).ShouldNotContain("xác nhận đã nhận");

        await counsellor.Speak("en");
        foreach (var (path, picture) in ((string, string)[])
            [("", "case"), ("/refer?purpose=medical", "refer"), ("/assess", "case-assess"), ("/persons/new", "case-person"), ("/restrict", "case-restrict-ask")])
        {
            await counsellor.Open($"/cases/{caseId}{path}");
            (await page.GetAttributeAsync("html", "lang")).ShouldBe("en");
            await Look(counsellor, $"{picture}-en");
        }
    }

    [Fact]
    public async Task What_was_typed_while_the_service_is_away_stands_in_the_answer_and_is_sent_again_from_there()
    {
        var caseId = await Case("urgent", "high", birthYear: 1999);
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        await using var english = await browser.VisitAs(DemoAccounts.Supervisor);
        await english.Speak("en");
        var (page, other) = (counsellor.Page, english.Page);
        foreach (var visitor in (Visitor[])[counsellor, english])
        {
            await visitor.Open($"/cases/{caseId}/persons/new");
            await visitor.Page.FillAsync("#name", visitor == counsellor ? "Chị Hai \"Hư Cấu\" & <em>" : "Somebody Invented");
            await visitor.Page.FillAsync("#note", "dòng một\ndòng hai");
        }

        await browser.Platform.Kill("case");
        try
        {
            foreach (var visitor in (Visitor[])[counsellor, english])
            {
                var answer = Sent(visitor.Page);
                await visitor.Page.Press("Control+Enter");
                (await answer).Status.ShouldBe(503);
            }

            await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Những gì bạn đã nhập vẫn còn ở trang này", new() { UseInnerText = true });
            await Look(counsellor, "unsent-vi");
            await Assertions.Expect(other.Locator("main").First).ToContainTextAsync("What you typed is still in this page", new() { UseInnerText = true });
            await Look(english, "unsent-en");
            // Still away: still there.
            var again = Sent(page);
            await page.Press("Control+Enter");
            (await again).Status.ShouldBe(503);
        }
        finally
        {
            await browser.Platform.StartProcess("case", Ct);
        }

        await page.ClickAsync("button:has-text('Gửi lại')");
        await page.WaitForURLAsync($"**/cases/{caseId}");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Chị Hai \"Hư Cấu\" & <em>", new() { UseInnerText = true });
        await other.Press("Control+Enter");
        await other.WaitForURLAsync($"**/cases/{caseId}");
        var persons = (await (await browser.Client(DemoAccounts.SecondCounsellor)).Get($"api/cases/{caseId}", Ct)).GetProperty("persons").EnumerateArray().ToList();
        persons.Count.ShouldBe(3, "each once");
        persons.Count(person => person.GetProperty("note").GetString() == "dòng một\ndòng hai").ShouldBe(2);

        // What is typed is sealed on another way, also while the service is away.
        static Task<IResponse> Sent(IPage page) => page.WaitForResponseAsync(response => response.Request.Method == "POST" && new Uri(response.Url).AbsolutePath != "/kept");
    }

    [Fact]
    public async Task What_one_desk_may_not_have_is_said_before_and_after_and_sending_again_doubles_nothing()
    {
        var caseId = await Case("urgent", "high", birthYear: 1999);
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        var page = counsellor.Page;
        await counsellor.Open($"/cases/{caseId}/refer?purpose=reintegration");
        await page.Change(() => page.UncheckAsync("#to-reintegration-health-08"));
        await Find(page, "iom");
        if (await page.IsVisibleAsync("#to-reintegration-iom"))
            await page.Change(() => page.CheckAsync("#to-reintegration-iom"));
        else
            await page.Change(() => page.CheckAsync("#found input[value='reintegration:iom']"));
        await page.Change(() => page.CheckAsync("#to-reintegration-womens-union-08"));
        await page.Change(() => page.CheckAsync("#noSupervisor"));
        (await page.IsCheckedAsync("[name=basis][value=vital_interest]")).ShouldBeTrue("the risk is high");
        await Assertions.Expect(page.Locator("#matrix").First).ToContainTextAsync("không nhận căn cứ “bảo vệ tính mạng, sức khỏe”", new() { UseInnerText = true, IgnoreCase = true });
        await Assertions.Expect(page.Locator("#sendbar").First).ToContainTextAsync("Sẽ không gửi được cho: Tổ chức Di cư Quốc tế", new() { UseInnerText = true, IgnoreCase = true });
        await page.SetViewportSizeAsync(360, 740);
        await counsellor.Look("refer-refused-vi-phone");
        await page.SetViewportSizeAsync(1366, 768);

        await page.ClickAsync("#sendbar button:visible");
        await page.WaitForSelectorAsync("text=Đã gửi 1 trên 2");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Căn cứ này không dùng được cho đầu mối đã chọn", new() { UseInnerText = true, IgnoreCase = true });
        await Look(counsellor, "refer-partly-vi");
        var sent = (await Referrals(caseId)).Where(row => row.GetProperty("state").GetString() == "Sent").ToList();
        sent.ShouldHaveSingleItem().GetProperty("ground").GetString().ShouldBe("no_supervisor_on_duty");

        // Again: only what failed, still refused, and nothing twice.
        await page.ClickAsync("text=Thử lại 1 nơi");
        await page.WaitForSelectorAsync("text=Chưa gửi được đơn vị nào");
        (await Referrals(caseId)).Count.ShouldBe(2);

        // With a basis of its own it goes; sent twice at the same moment it goes once.
        await page.ClickAsync("text=Xem lại và sửa");
        await page.Change(() => page.SelectOptionAsync("[name='basis-iom']", "consent"));
        await Assertions.Expect(page.Locator("#sendbar").First).ToContainTextAsync("Gửi ngay tới Tổ chức Di cư Quốc tế", new() { UseInnerText = true, IgnoreCase = true });
        var statuses = await page.EvaluateAsync<int[]>("""
            async () => {
              const form = document.getElementById('refer')
              const send = () => fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)), redirect: 'manual' }).then(answer => answer.status)
              return Promise.all([send(), send(), send()])
            }
            """);
        statuses.ShouldAllBe(status => status == 0, "each was answered with the way to the result");
        await page.ClickAsync("#sendbar button:visible");
        await page.WaitForURLAsync("**/refer/sent?*");
        var all = await Referrals(caseId);
        all.Count.ShouldBe(2);
        all.ShouldAllBe(row => row.GetProperty("state").GetString() == "Sent");
        (await Held(DemoAccounts.Migration, caseId)).ShouldNotContain("person.location");
    }

    [Fact]
    public async Task What_the_supervisor_returns_is_corrected_and_sent_again_under_its_number()
    {
        var caseId = await Case("standard", "low", birthYear: 1999);
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        var page = counsellor.Page;
        await counsellor.Open($"/cases/{caseId}/refer?purpose=legal_aid");
        (await page.InnerTextAsync("#sendbar")).ShouldContain("Hãy chọn căn cứ", customMessage: "no page assumes that somebody agreed");
        await Assertions.Expect(page.Locator("#matrix").First).ToContainTextAsync("chưa có căn cứ thì không gửi gì", new() { UseInnerText = true, IgnoreCase = true });
        await page.FillAsync("#need-legal_aid", "Cần luật sư.");
        await page.Change(() => page.CheckAsync("[name=basis][value=consent]"));
        await page.ClickAsync("#sendbar button:visible");
        await page.WaitForURLAsync("**/refer/sent?*");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Chờ duyệt", new() { UseInnerText = true, IgnoreCase = true });
        var row = (await Referrals(caseId)).ShouldHaveSingleItem();
        var (id, number) = (row.GetProperty("id").GetGuid(), row.GetProperty("number").GetString()!);

        var supervisor = await browser.Client(DemoAccounts.Supervisor);
        await supervisor.Post($"api/referrals/{id}/return", new { question = "Ghi rõ việc cần luật sư làm." }, Ct);
        await counsellor.Open($"/cases/{caseId}");
        await Assertions.Expect(page.Locator("#todo").First).ToContainTextAsync($"Trưởng ca trả lại {number}", new() { UseInnerText = true, IgnoreCase = true });
        await page.ClickAsync("text=Sửa và gửi lại");
        await page.WaitForURLAsync("**/refer?draft=*");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Ghi rõ việc cần luật sư làm.", new() { UseInnerText = true, IgnoreCase = true });
        await Look(counsellor, "refer-returned-vi");
        (await page.IsCheckedAsync("[name=basis][value=consent]")).ShouldBeTrue("what was handed in is what is corrected");
        (await page.InputValueAsync("#need-legal_aid")).ShouldBe("Cần luật sư.");
        await page.FillAsync("#need-legal_aid", "Luật sư nói được tiếng Thái, giúp làm đơn.");
        // A draft says itself what is asked of whom: a form that lost it, or says something else, changes nothing.
        await page.EvaluateAsync("document.querySelectorAll('#refer [name=to], #refer [name=purpose]').forEach(field => field.remove()); document.querySelector('#refer [name=urgency]').value = 'emergency'");
        await page.Press("Control+Enter");
        await page.WaitForURLAsync("**/refer/sent?*");
        (await Referrals(caseId)).ShouldHaveSingleItem().GetProperty("state").GetString().ShouldBe("AwaitingApproval");
        await supervisor.Post($"api/referrals/{id}/approve", null, Ct);
        (await supervisor.Get($"api/referrals/{id}/package", Ct)).GetProperty("package").GetProperty("request").GetProperty("need").GetString().ShouldBe("Luật sư nói được tiếng Thái, giúp làm đơn.");
        await counsellor.Open($"/cases/{caseId}/refer?purpose=legal_aid");
        (await page.InnerTextAsync("#desks")).ShouldContain(number, customMessage: "who was asked already is not asked twice by mistake");
    }

    [Fact]
    public async Task A_restricted_case_is_offered_to_nobody_it_is_kept_from()
    {
        var caseId = await Case("urgent", "high", birthYear: 2001);
        await using var supervisor = await browser.VisitAs(DemoAccounts.Supervisor);
        var page = supervisor.Page;
        await supervisor.Open($"/cases/{caseId}/restrict");
        await page.ClickAsync("button:has-text('Xem điều gì sẽ đổi')");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Hãy ghi lý do", new() { UseInnerText = true, IgnoreCase = true });
        await page.CheckAsync("[name=agencies][value=c02]");
        await page.ClickAsync("text=Chỉ một cơ quan địa phương: Công an");
        await page.CheckAsync("[name=agencies][value='police.08']");
        await page.FillAsync("#reason", "Người bị nói tới làm ở đó.");
        await Look(supervisor, "case-restrict-vi");
        await page.ClickAsync("button:has-text('Xem điều gì sẽ đổi')");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Công an tỉnh Tuyên Quang", new() { UseInnerText = true, IgnoreCase = true });
        (await Timeline(caseId)).ShouldNotContain("case-restricted", "nothing happens before it is confirmed");
        await Look(supervisor, "case-restrict-confirm-vi");
        await page.ClickAsync("button:has-text('Hạn chế hồ sơ này')");
        await page.WaitForURLAsync($"**/cases/{caseId}");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Người bị nói tới làm ở đó.", new() { UseInnerText = true, IgnoreCase = true });

        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        page = counsellor.Page;
        await counsellor.Open($"/cases/{caseId}");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Không được biết: Cục Cảnh sát hình sự", new() { UseInnerText = true, IgnoreCase = true });
        (await page.InnerTextAsync("main")).ShouldNotContain("Người bị nói tới làm ở đó.", customMessage: "why it is restricted is for those who may restrict");
        await counsellor.Open($"/cases/{caseId}/restrict");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("báo trưởng ca", new() { UseInnerText = true, IgnoreCase = true });
        await Assertions.Expect(page.Locator("main form")).ToHaveCountAsync(0);

        // The directory's service hears of it by message.
        await (await browser.Client(DemoAccounts.SecondCounsellor)).Until(
            $"api/desks?caseId={caseId}", desks => desks.EnumerateArray().All(desk => desk.GetProperty("id").GetString() is not ("police.08" or "c02")) ? true : default(bool?), Visitor.Patience, Ct);
        await counsellor.Open($"/cases/{caseId}/refer?purpose=verify_rescue");
        (await page.InnerTextAsync("#desks")).ShouldNotContain("Công an tỉnh Tuyên Quang");
        (await page.InnerTextAsync("#desks")).ShouldNotContain("C02");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Không đề nghị: ", new() { UseInnerText = true, IgnoreCase = true });
        await Look(counsellor, "refer-restricted-vi");
    }

    [Fact]
    public async Task Referring_works_in_steps_without_scripts()
    {
        var caseId = await Case("urgent", "high", birthYear: 2001);
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor, scripts: false);
        var page = counsellor.Page;
        await counsellor.Open($"/cases/{caseId}/refer?purpose=verify_rescue");
        await page.CheckAsync("[name=purpose][value=medical]");
        await page.UncheckAsync("#to-verify_rescue-police-08");
        await page.CheckAsync("#to-verify_rescue-c02");

        // What nobody has looked at does not go.
        await page.ClickAsync("#sendbar button >> nth=0");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Xem những gì", new() { UseInnerText = true, IgnoreCase = true });
        (await Referrals(caseId)).ShouldBeEmpty();
        (await page.IsCheckedAsync("#to-medical-health-08")).ShouldBeTrue("a need that came since gets whom one would ask");
        await Assertions.Expect(page.Locator("#matrix").First).ToContainTextAsync("Sở Y tế tỉnh Tuyên Quang", new() { UseInnerText = true, IgnoreCase = true });
        await page.FillAsync("#find", "canh sat bien");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#found >> text=Cảnh sát biển Việt Nam");
        (await Referrals(caseId)).ShouldBeEmpty("Enter in a field looks, and never sends");
        await page.ClickAsync("#sendbar button >> nth=0");
        await page.WaitForURLAsync(url => url.Contains("/refer/sent?", StringComparison.Ordinal));
        (await Referrals(caseId)).Select(row => row.GetProperty("deskId").GetString()).ShouldBe(["c02", "health.08"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_form_that_somebody_elses_change_has_overtaken_writes_over_nothing()
    {
        var caseId = await Case("standard", "low", birthYear: 2001);
        var api = await browser.Client(DemoAccounts.SecondCounsellor);
        var person = (await api.Get($"api/cases/{caseId}", Ct)).GetProperty("persons")[0].GetProperty("id").GetGuid();
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        var page = counsellor.Page;
        await counsellor.Open($"/cases/{caseId}/persons/{person}");
        await Look(counsellor, "case-person-vi");
        await api.Post($"api/cases/{caseId}/persons/{person}/change", new { name = "Lý Thị Hư Cấu", gender = "female", birthYear = 2001, phone = "0900 000 555" }, Ct);
        // Something else that happened to the case is no hindrance.
        await api.Post($"api/cases/{caseId}/assess", new { riskLevel = "medium", urgency = "standard" }, Ct);
        await page.FillAsync("#note", "Sợ tiếng chuông cửa.");
        await page.Press("Control+Enter");
        await page.WaitForSelectorAsync(".govuk-error-summary");
        await Assertions.Expect(page.Locator(".note--warn").First).ToContainTextAsync("0900 000 555", new() { UseInnerText = true, IgnoreCase = true });
        (await page.InputValueAsync("#note")).ShouldBe("Sợ tiếng chuông cửa.");
        (await api.Get($"api/cases/{caseId}", Ct)).GetProperty("persons")[0].GetProperty("phone").GetString().ShouldBe("0900 000 555");
        await page.FillAsync("#phone", "0900 000 555");
        await page.Press("Control+Enter");
        await page.WaitForURLAsync($"**/cases/{caseId}");
        var known = (await api.Get($"api/cases/{caseId}", Ct)).GetProperty("persons")[0];
        known.GetProperty("phone").GetString().ShouldBe("0900 000 555");
        known.GetProperty("note").GetString().ShouldBe("Sợ tiếng chuông cửa.");
    }

    [Fact]
    public async Task What_is_typed_is_not_left_behind_by_a_key_or_a_link_without_a_word()
    {
        var caseId = await Case("standard", "low", birthYear: 2001);
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        var page = counsellor.Page;
        await counsellor.Open($"/cases/{caseId}/persons/new");
        await page.WaitForSelectorAsync("dialog.unsaved", new() { State = WaitForSelectorState.Attached });
        await page.FillAsync("#note", "Sợ tiếng chuông cửa.");
        foreach (var key in (string[])["Escape", "F2", "F7"])
        {
            await page.Keyboard.PressAsync(key);
            await page.WaitForSelectorAsync("dialog.unsaved[open]");
            await page.Keyboard.PressAsync("Escape");
            await page.WaitForSelectorAsync("dialog.unsaved:not([open])", new() { State = WaitForSelectorState.Attached });
            (await page.InputValueAsync("#note")).ShouldBe("Sợ tiếng chuông cửa.");
        }

        await page.ClickAsync("a[hreflang=en]");
        await page.WaitForSelectorAsync("dialog.unsaved[open]");
        await Look(counsellor, "unsaved-vi");
        await page.ClickAsync("dialog.unsaved button:has-text('Bỏ nội dung')");
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "en");

        // Its own sending is never asked about, nor is leaving a form in which nothing stands.
        await page.WaitForSelectorAsync("dialog.unsaved", new() { State = WaitForSelectorState.Attached });
        await page.Keyboard.PressAsync("Escape");
        await page.WaitForURLAsync($"**/cases/{caseId}");
    }

    [Fact]
    public async Task What_is_typed_for_a_case_that_was_opened_meanwhile_is_kept_and_what_it_did_not_take_is_said()
    {
        var contact = await Contact();
        var api = await browser.Client(DemoAccounts.SecondCounsellor);
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        var page = counsellor.Page;
        await counsellor.Open($"/cases/new/{contact}");

        // An urgency alone is a judgement too, and asks for its level.
        await page.CheckAsync("[name=urgency][value=urgent]");
        await page.Press("Control+Enter");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Hãy chọn mức nguy cơ", new() { UseInnerText = true, IgnoreCase = true });
        await page.CheckAsync("[name=riskLevel][value=high]");
        await page.FillAsync("#name", "Lý Thị Hư Cấu");
        await page.FillAsync("#narrative", "Người cha gọi lại: con gái đang ở một nhà trọ.");
        var place = new { edition = Edition, provinceCode = "08", formerProvinceCode = "02", commune = "xã Nậm Đăng (tên giả định)" };
        await api.Post("api/cases", new { contactId = contact, place, safeContact = "any_time", narrative = "Đồng nghiệp đã mở hồ sơ." }, Ct);
        // Intake hears of the case by message.
        await api.Until($"api/contacts/{contact}", each => each.TryGetProperty("caseId", out var opened) && opened.ValueKind == JsonValueKind.String ? true : default(bool?), Visitor.Patience, Ct);
        await page.Press("Control+Enter");
        await Assertions.Expect(page.Locator("main").First).ToContainTextAsync("Đồng nghiệp đã mở hồ sơ.", new() { UseInnerText = true });
        await Assertions.Expect(page.Locator("#narrative-error").First).ToContainTextAsync("chưa được lưu", new() { UseInnerText = true });
        (await page.InputValueAsync("#narrative")).ShouldBe("Người cha gọi lại: con gái đang ở một nhà trọ.");
        await page.FillAsync("#narrative", "Đồng nghiệp đã mở hồ sơ.");
        await page.FillAsync("#phone", "0900 000 666");
        await page.Press("Control+Enter");
        await page.WaitForURLAsync("**/cases/*-*");
        var known = await api.Get($"api/cases/{new Uri(page.Url).Segments[^1]}", Ct);
        known.GetProperty("riskLevel").GetString().ShouldBe("high");
        known.GetProperty("urgency").GetString().ShouldBe("urgent");
        known.GetProperty("persons").EnumerateArray().ShouldHaveSingleItem().GetProperty("phone").GetString().ShouldBe("0900 000 666", "what was corrected the second time counts");
    }

    [Fact]
    public async Task A_restriction_and_an_assessment_that_a_colleague_made_meanwhile_are_not_written_over_unseen()
    {
        var caseId = await Case("standard", "low", birthYear: 2001);
        var director = await browser.Client("giamdoc");
        await using var supervisor = await browser.VisitAs(DemoAccounts.Supervisor);
        var page = supervisor.Page;
        await supervisor.Open($"/cases/{caseId}/restrict");
        await page.CheckAsync("[name=agencies][value=c02]");
        await page.FillAsync("#reason", "Người bị nói tới làm ở đó.");
        await page.ClickAsync("button:has-text('Xem điều gì sẽ đổi')");
        await page.WaitForSelectorAsync("button:has-text('Hạn chế hồ sơ này')");
        await director.Post($"api/cases/{caseId}/restrict", new { agencies = new[] { "police.08" }, provinces = Array.Empty<string>(), reason = "Người nhà của cán bộ." }, Ct);
        await page.ClickAsync("button:has-text('Hạn chế hồ sơ này')");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Người khác vừa sửa", new() { UseInnerText = true, IgnoreCase = true });
        await Assertions.Expect(page.Locator(".note--warn").First).ToContainTextAsync("Công an tỉnh Tuyên Quang", new() { UseInnerText = true, IgnoreCase = true });
        (await page.IsCheckedAsync("[name=agencies][value=c02]")).ShouldBeTrue("what was chosen stays");
        var api = await browser.Client(DemoAccounts.SecondCounsellor);
        var kept = (await api.Get($"api/cases/{caseId}", Ct)).GetProperty("restriction").GetProperty("agencies").EnumerateArray().Select(agency => agency.GetString());
        kept.ShouldBe(["police.08"], "the colleague's restriction stands");
        await page.ClickAsync("text=Chỉ một cơ quan địa phương: Công an");
        await page.CheckAsync("[name=agencies][value='police.08']");
        await page.ClickAsync("button:has-text('Xem điều gì sẽ đổi')");
        await page.ClickAsync("button:has-text('Hạn chế hồ sơ này')");
        await page.WaitForURLAsync($"**/cases/{caseId}");
        kept = (await api.Get($"api/cases/{caseId}", Ct)).GetProperty("restriction").GetProperty("agencies").EnumerateArray().Select(agency => agency.GetString());
        kept.ShouldBe(["c02", "police.08"], ignoreOrder: true);

        await supervisor.Open($"/cases/{caseId}/assess");
        await page.CheckAsync("[name=riskLevel][value=medium]");
        await api.Post($"api/cases/{caseId}/assess", new { riskLevel = "critical", riskSigns = new[] { "confined" }, urgency = "emergency" }, Ct);
        await page.Press("Control+Enter");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Người khác vừa sửa", new() { UseInnerText = true, IgnoreCase = true });
        (await page.IsCheckedAsync("[name=riskLevel][value=medium]")).ShouldBeTrue("what was chosen stays");
        (await api.Get($"api/cases/{caseId}", Ct)).GetProperty("riskLevel").GetString().ShouldBe("critical");
        await page.Press("Control+Enter");
        await page.WaitForURLAsync($"**/cases/{caseId}");
        (await api.Get($"api/cases/{caseId}", Ct)).GetProperty("riskLevel").GetString().ShouldBe("medium");
    }

    [Fact]
    public async Task A_case_is_found_by_its_number_and_an_emergency_that_opened_one_is_completed_from_its_contact()
    {
        var contact = await Contact();
        var api = await browser.Client(DemoAccounts.SecondCounsellor);
        var caseId = Guid.CreateVersion7();
        var emergency = new { id = Guid.CreateVersion7(), caseId, contactId = contact, desks = new[] { "police.08" }, purpose = "verify_rescue", need = "Giải cứu ngay." };
        await api.Post("api/referrals/emergency", emergency, Ct);
        var number = await Number(api, caseId);
        await using var counsellor = await browser.VisitAs(DemoAccounts.SecondCounsellor);
        var page = counsellor.Page;
        await counsellor.Open("/cases");
        await Look(counsellor, "cases-vi");
        await page.FillAsync("#number", number[^6..].TrimStart('0'));
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync($"**/cases/{caseId}");
        await Assertions.Expect(page.Locator("#todo").First).ToContainTextAsync("Phiếu khẩn cấp đã đi trước", new() { UseInnerText = true, IgnoreCase = true });
        await page.ClickAsync("#todo >> text=Bổ sung hồ sơ");
        (await page.InputValueAsync("#narrative")).ShouldContain("bị giữ trong một quán");
        await Look(counsellor, "case-complete-vi");
        await page.ClickAsync("button:has-text('Lưu vào hồ sơ')");
        await page.WaitForURLAsync($"**/cases/{caseId}");
        (await page.InnerTextAsync("#todo")).ShouldNotContain("Phiếu khẩn cấp đã đi trước");
        await page.ClickAsync("#todo a:has-text('Đánh giá nguy cơ')");
        await Look(counsellor, "case-assess-vi");
        await page.ClickAsync("button:has-text('Lưu đánh giá')");
        await Assertions.Expect(page.Locator(".govuk-error-summary").First).ToContainTextAsync("Hãy chọn mức nguy cơ", new() { UseInnerText = true, IgnoreCase = true });
        await page.CheckAsync("[name=riskLevel][value=high]");
        await page.Press("Control+Enter");
        await page.WaitForURLAsync($"**/cases/{caseId}");
        await Assertions.Expect(page.Locator("#timeline").First).ToContainTextAsync("Đánh giá: nguy cơ cao", new() { UseInnerText = true, IgnoreCase = true });
        await counsellor.Open("/cases?number=CS-1999-000001");
        await Assertions.Expect(page.Locator("#rows").First).ToContainTextAsync("Không có hồ sơ nào mang số", new() { UseInnerText = true, IgnoreCase = true });
        await counsellor.Open("/cases?list=unplaced");
        await counsellor.Look("cases-unplaced-vi-desktop");
        await counsellor.Open("/cases/new");
        await counsellor.Look("case-choose-contact-vi-desktop");
    }

    /// <summary>The number of a case, once the case service has heard of it.</summary>
    private static async Task<string> Number(PlatformClient api, Guid caseId)
    {
        for (var deadline = DateTime.UtcNow + Visitor.Patience; ;)
        {
            try
            {
                return (await api.Get($"api/cases/{caseId}/timeline", Ct)).GetProperty("number").GetString()!;
            }
            catch (PlatformRefusalException) when (DateTime.UtcNow < deadline)
            {
                await Task.Delay(100, Ct);
            }
        }
    }

    private static Task Find(IPage page, string name) => page.Change(async () =>
    {
        await page.FillAsync("#find", name);
        await page.ClickAsync("#find ~ button");
    });

    /// <summary>What the matrix says that each desk will read: names of package fields.</summary>
    private static async Task<Dictionary<string, string[]>> Matrix(IPage page)
    {
        var rows = await page.EvaluateAsync<JsonElement>("""
            () => ({
              desks: [...document.querySelectorAll('#matrix thead th.c')].map(cell => cell.textContent.trim()),
              rows: [...document.querySelectorAll('#matrix tbody tr')].map(row => ({ fields: row.dataset.fields.split(' '), yes: [...row.querySelectorAll('td')].map(cell => cell.textContent.trim() === 'Có') }))
            })
            """);
        return rows.GetProperty("desks").EnumerateArray().Select((desk, at) => (Desk: desk.GetString()!, Fields: rows.GetProperty("rows").EnumerateArray()
                .Where(row => row.GetProperty("yes")[at].GetBoolean())
                .SelectMany(row => row.GetProperty("fields").EnumerateArray().Select(field => field.GetString()!)).ToArray()))
            .ToDictionary(each => each.Desk, each => each.Fields);
    }

    /// <summary>What a liaison's package for the case holds: names of package fields.</summary>
    private async Task<string[]> Held(string liaison, Guid caseId)
    {
        var client = await browser.Client(liaison);
        var row = (await client.Get($"api/inbox?caseId={caseId}", Ct)).GetProperty("items").EnumerateArray().Single();
        var package = (await client.Get($"api/referrals/{row.GetProperty("id").GetGuid()}/package", Ct)).GetProperty("package");
        return
        [
            .. package.GetProperty("request").EnumerateObject().Select(field => $"request.{field.Name}").Where(field => field != "request.purpose"),
            .. package.GetProperty("persons").EnumerateArray().SelectMany(person => person.EnumerateObject().Select(field => $"person.{field.Name}")).Where(field => field != "person.id").Distinct(),
        ];
    }

    private async Task<IReadOnlyList<JsonElement>> Referrals(Guid caseId) =>
        [.. (await (await browser.Client(DemoAccounts.SecondCounsellor)).Get($"api/referrals?list=all&caseId={caseId}", Ct)).GetProperty("items").EnumerateArray()];

    private async Task<string[]> Timeline(Guid caseId) =>
        [.. (await (await browser.Client(DemoAccounts.SecondCounsellor)).Get($"api/cases/{caseId}/timeline", Ct)).GetProperty("timeline").EnumerateArray().Select(entry => entry.GetProperty("kind").GetString()!)];

    /// <summary>A contact, made over the API.</summary>
    private async Task<Guid> Contact() => (await (await browser.Client(DemoAccounts.SecondCounsellor)).Post(
        "api/contacts",
        new
        {
            channel = "phone_in",
            occurredAt = DateTimeOffset.UtcNow.AddMinutes(-5),
            caller = new { kind = "relative_friend", gender = "male", age = 43, name = "Vàng Mí Già", phone = "0900 000 333" },
            place = new { edition = Edition, provinceCode = "08", formerProvinceCode = "02", commune = "xã Nậm Đăng (tên giả định)" },
            language = "vi",
            safeContact = "any_time",
            summary = "Người cha báo con gái gọi về khóc, nói bị giữ trong một quán, không cho ra ngoài.",
        },
        Ct)).GetProperty("id").GetGuid();

    /// <summary>A case with one person, made over the API.</summary>
    private async Task<Guid> Case(string urgency, string risk, int birthYear)
    {
        var api = await browser.Client(DemoAccounts.SecondCounsellor);
        var id = (await api.Post("api/cases", new { contactId = await Contact(), place = new { edition = Edition, provinceCode = "08" }, safeContact = "any_time", narrative = "Diễn biến hư cấu." }, Ct))
            .GetProperty("id").GetGuid();
        await api.Post($"api/cases/{id}/persons", new { name = "Lý Thị Hư Cấu", gender = "female", birthYear, phone = "0900 000 444", location = "một nhà trọ" }, Ct);
        await api.Post($"api/cases/{id}/assess", new { riskLevel = risk, urgency }, Ct);
        return id;
    }

    /// <summary>The page as it stands, on a desk and on a telephone.</summary>
    private static async Task Look(Visitor visitor, string name)
    {
        await visitor.Look($"{name}-desktop");
        await visitor.Page.SetViewportSizeAsync(360, 740);
        await visitor.Look($"{name}-phone");
        await visitor.Page.SetViewportSizeAsync(1366, 768);
    }
}
