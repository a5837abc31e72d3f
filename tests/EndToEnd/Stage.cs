using System.Text.Json;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests;

/// <summary>Short ways to the situations that tests start from. Every person is invented.</summary>
public sealed class Stage(PlatformFixture fixture)
{
    public const string PoliceDesk = "police.08";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static object Contact(string? name = null) => new
    {
        channel = "phone_in",
        caller = new { kind = "relative_friend", gender = "female", name = name ?? "Người thân hư cấu", phone = "0900-000-000" },
        place = new { edition = "2026-04-30", provinceCode = "08", formerProvinceCode = "02", commune = "xã hư cấu" },
        safeContact = "caller_calls_back",
        summary = "Nội dung hư cấu của cuộc gọi.",
    };

    /// <summary>A case with one person, opened from a new contact.</summary>
    public async Task<(Guid Case, Guid Person, Guid Contact)> Case(string? canary = null)
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        var contact = (await staff.Post("api/contacts", Contact(canary), Ct)).GetProperty("id").GetGuid();
        var opened = (await staff.Post("api/cases", new { contactId = contact, narrative = canary ?? "Diễn biến hư cấu.", callerContact = canary, safeContact = "caller_calls_back" }, Ct)).GetProperty("id").GetGuid();
        var person = (await staff.Post($"api/cases/{opened}/persons", new { name = canary ?? "Người hư cấu", gender = "female", birthYear = 2010, location = canary, note = canary }, Ct)).GetProperty("id").GetGuid();
        return (opened, person, contact);
    }

    /// <summary>A drafted referral of a case.</summary>
    public async Task<Guid> Draft(Guid caseId, string desk = PoliceDesk, string urgency = "emergency", string purpose = "verify_rescue")
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        return (await staff.Post("api/referrals", new { caseId, deskId = desk, purpose, urgency }, Ct)).GetProperty("id").GetGuid();
    }

    /// <summary>A release of the case for the desk.</summary>
    public async Task<JsonElement> Release(Guid caseId, Guid personId, string desk = PoliceDesk, string basis = "vital_interest", string purpose = "verify_rescue")
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        return await staff.Post($"api/cases/{caseId}/release", new { deskId = desk, basis, purpose, persons = new[] { personId }, need = "Nhu cầu hư cấu." }, Ct);
    }

    /// <summary>A referral that was sent to the desk.</summary>
    public async Task<(Guid Referral, Guid Case)> Sent(string desk = PoliceDesk, string? canary = null)
    {
        var (caseId, person, _) = await Case(canary);
        var referral = await Draft(caseId, desk);
        var staff = await fixture.As(DemoAccounts.Counsellor);
        await staff.Post($"api/referrals/{referral}/submit", new { release = await Release(caseId, person, desk) }, Ct);
        return (referral, caseId);
    }

    public async Task<string> State(string userName, Guid referral) =>
        (await (await fixture.As(userName)).Get($"api/referrals/{referral}", Ct)).GetProperty("referral").GetProperty("state").GetString()!;
}
