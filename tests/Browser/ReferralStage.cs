using System.Collections.Concurrent;
using System.Text.Json;
using Hotline111.Local.Demo;
using Microsoft.Playwright;

namespace Hotline111.Browser.Tests;

/// <summary>Referrals to look at, made over the API as people would make them, and visitors who need not sign in anew for every test. Every person is invented.</summary>
public sealed class ReferralStage(BrowserFixture browser)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Somebody at the API.</summary>
    public Task<PlatformClient> As(string userName) => browser.Client(userName);

    /// <summary>A case with two persons.</summary>
    public async Task<(Guid Case, Guid[] Persons)> Case()
    {
        var staff = await As(DemoAccounts.Counsellor);
        var contact = (await staff.Post("api/contacts", new
        {
            channel = "phone_in",
            caller = new { kind = "relative_friend", gender = "female", name = "Vàng Thị Pà", phone = "0900 000 333" },
            safeContact = "only_hours",
            summary = "Người mẹ báo con gái và một cô gái khác bị giữ trong nhà trọ gần bến xe.",
        }, Ct)).GetProperty("id").GetGuid();
        await staff.Post($"api/contacts/{contact}/categorise", new { category = "referral" }, Ct);
        var opened = (await staff.Post("api/cases", new
        {
            contactId = contact,
            place = new { edition = "2026-04-30", provinceCode = "08", formerProvinceCode = "02", commune = "xã Nậm Đăng (tên giả định)" },
            safeContact = "only_hours",
            callerContact = "Mẹ cháu, 0900 000 333, nghe máy từ 22 giờ",
            narrative = "Nhà trọ cổng xanh, cách bến xe khoảng 200 mét. Theo lời cháu, sáng mai bị đưa qua biên giới bằng xe 7 chỗ.",
        }, Ct)).GetProperty("id").GetGuid();
        var persons = new Guid[2];
        persons[0] = (await staff.Post($"api/cases/{opened}/persons", new
        {
            name = "Vàng Thị Hoa",
            gender = "female",
            birthYear = 2009,
            status = "suspected",
            location = "Nhà trọ cổng xanh",
            note = "Áo khoác đỏ, nghe được tiếng Việt.",
        }, Ct)).GetProperty("id").GetGuid();
        persons[1] = (await staff.Post($"api/cases/{opened}/persons", new { gender = "female", age = 20, status = "suspected", note = "Được gọi là chị Sua." }, Ct)).GetProperty("id").GetGuid();
        await staff.Post($"api/cases/{opened}/assess", new { riskLevel = "critical", riskSigns = new[] { "confined", "minor", "moving_to_border" }, urgency = "emergency" }, Ct);
        return (opened, persons);
    }

    /// <summary>A referral that was drafted and handed in: an emergency is sent by that, another one waits for the supervisor.</summary>
    public async Task<Guid> Submitted(string desk = "police.08", string urgency = "emergency", string purpose = "verify_rescue")
    {
        var (opened, persons) = await Case();
        return await Submitted(opened, persons, desk, urgency, purpose);
    }

    /// <inheritdoc cref="Submitted(string, string, string)"/>
    public async Task<Guid> Submitted(Guid opened, Guid[] persons, string desk, string urgency = "emergency", string purpose = "verify_rescue")
    {
        var staff = await As(DemoAccounts.Counsellor);
        var referral = (await staff.Post("api/referrals", new { caseId = opened, deskId = desk, purpose, urgency }, Ct)).GetProperty("id").GetGuid();
        await staff.Post($"api/referrals/{referral}/submit", new { release = await Release(opened, persons, desk, purpose) }, Ct);
        return referral;
    }

    /// <summary>What the case releases for the desk.</summary>
    public async Task<JsonElement> Release(Guid opened, Guid[] persons, string desk, string purpose = "verify_rescue", string need = "Xác minh và giải cứu hai người tại nhà trọ gần bến xe.") =>
        await (await As(DemoAccounts.Counsellor)).Post($"api/cases/{opened}/release", new { deskId = desk, basis = "vital_interest", purpose, persons, need }, Ct);

    /// <summary>A referral that is not an emergency, approved and sent.</summary>
    public async Task<Guid> Urgent(string desk = "police.08")
    {
        var referral = await Submitted(desk, "urgent");
        await (await As(DemoAccounts.Supervisor)).Post($"api/referrals/{referral}/approve", null, Ct);
        return referral;
    }

    /// <summary>Gives a command over the API.</summary>
    public async Task Does(string who, string command, Guid referral, object? body = null) => await (await As(who)).Post($"api/referrals/{referral}/{command}", body, Ct);

    /// <summary>The state that the sheet of this person shows over the API.</summary>
    public async Task<string> State(string who, Guid referral) => (await (await As(who)).Get($"api/referrals/{referral}", Ct)).GetProperty("referral").GetProperty("state").GetString()!;
}
