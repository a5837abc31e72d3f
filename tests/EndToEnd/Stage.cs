using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Contracts.Catalogues;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests;

/// <summary>A case as a journey opened it.</summary>
/// <param name="Persons">In the order in which they were told.</param>
public sealed record OpenedCase(Guid Id, Guid Contact, IReadOnlyList<Guid> Persons);

/// <summary>An emergency that was sent to several desks.</summary>
/// <param name="Referrals">By desk.</param>
public sealed record SentEmergency(Guid Case, Guid Contact, string PackageHash, IReadOnlyDictionary<string, Guid> Referrals);

/// <summary>Short ways to the situations that tests start from. Every person is invented.</summary>
public sealed class Stage(PlatformFixture fixture)
{
    public const string PoliceDesk = "police.08";

    /// <summary>How long a message may take from one service to another, on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

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
        var opened = await Opened(
            Contact(canary),
            new { narrative = canary ?? "Diễn biến hư cấu.", callerContact = canary, safeContact = "caller_calls_back" },
            new { name = canary ?? "Người hư cấu", gender = "female", birthYear = 2010, location = canary, note = canary });
        return (opened.Id, opened.Persons[0], opened.Contact);
    }

    /// <summary>A contact of the main category "referral", as its number counts in the published total.</summary>
    public async Task<Guid> Called(object contact)
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        var id = (await staff.Post("api/contacts", contact, Ct)).GetProperty("id").GetGuid();
        await staff.Post($"api/contacts/{id}/categorise", new { category = "referral" }, Ct);
        return id;
    }

    /// <summary>A case opened from a new contact.</summary>
    /// <param name="contact">The body of POST /contacts.</param>
    /// <param name="facts">The members of POST /cases beside contactId.</param>
    /// <param name="persons">Bodies of POST /cases/{id}/persons.</param>
    public async Task<OpenedCase> Opened(object contact, object facts, params object[] persons)
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        var called = await Called(contact);
        var body = JsonSerializer.SerializeToNode(facts, JsonSerializerOptions.Web)!.AsObject();
        body["contactId"] = called;
        var opened = (await staff.Post("api/cases", body, Ct)).GetProperty("id").GetGuid();
        List<Guid> ids = [];
        foreach (var person in persons)
            ids.Add((await staff.Post($"api/cases/{opened}/persons", person, Ct)).GetProperty("id").GetGuid());
        return new(opened, called, ids);
    }

    /// <summary>A drafted referral of a case.</summary>
    public async Task<Guid> Draft(Guid caseId, string desk = PoliceDesk, string urgency = "emergency", string purpose = "verify_rescue", string? part = null)
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        return (await staff.Post("api/referrals", new { caseId, deskId = desk, purpose, urgency, part }, Ct)).GetProperty("id").GetGuid();
    }

    /// <summary>A release of the case for the desk.</summary>
    public Task<JsonElement> Release(Guid caseId, Guid personId, string desk = PoliceDesk, string basis = "vital_interest", string purpose = "verify_rescue") =>
        Release(caseId, [personId], desk, basis, purpose);

    /// <inheritdoc cref="Release(Guid, Guid, string, string, string)"/>
    public async Task<JsonElement> Release(Guid caseId, IReadOnlyList<Guid> persons, string desk, string basis, string purpose)
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        return await staff.Post($"api/cases/{caseId}/release", new { deskId = desk, basis, purpose, persons, need = "Nhu cầu hư cấu." }, Ct);
    }

    /// <summary>A referral that was sent to the desk.</summary>
    public async Task<(Guid Referral, Guid Case)> Sent(string desk = PoliceDesk, string? canary = null)
    {
        var (caseId, person, contact) = await Case(canary);
        return (await Refer(new(caseId, contact, [person]), desk), caseId);
    }

    /// <summary>Refers persons of the case to a desk, as far as the inbox of that desk: what must be approved is approved by the supervisor.</summary>
    /// <param name="persons">About whom; all of the case when left out.</param>
    public async Task<Guid> Refer(
        OpenedCase of, string desk, string purpose = "verify_rescue", string basis = "vital_interest", string urgency = "emergency", IReadOnlyList<Guid>? persons = null, string? part = null)
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        var referral = await Draft(of.Id, desk, urgency, purpose, part);
        var release = await Release(of.Id, persons ?? of.Persons, desk, basis, purpose);
        if (await staff.Does("submit", referral, new { release }) == "AwaitingApproval")
            (await (await fixture.As(DemoAccounts.Supervisor)).Does("approve", referral)).ShouldBe("Sent");
        return referral;
    }

    /// <summary>A referral whose desk has acknowledged.</summary>
    public async Task<(Guid Referral, OpenedCase Case)> Acknowledged(string desk = PoliceDesk, string liaison = DemoAccounts.PoliceTuyenQuang, string urgency = "emergency", string purpose = "verify_rescue")
    {
        var (caseId, person, contact) = await Case();
        OpenedCase of = new(caseId, contact, [person]);
        var referral = await Refer(of, desk, purpose, urgency: urgency);
        await (await fixture.As(liaison)).Does("acknowledge", referral);
        return (referral, of);
    }

    /// <summary>A referral whose desk has taken charge.</summary>
    public async Task<(Guid Referral, OpenedCase Case)> Accepted(string desk = PoliceDesk, string liaison = DemoAccounts.PoliceTuyenQuang, string urgency = "emergency", string purpose = "verify_rescue")
    {
        var acknowledged = await Acknowledged(desk, liaison, urgency, purpose);
        await (await fixture.As(liaison)).Does("accept", acknowledged.Referral, new { unit = "Đội trực hư cấu" });
        return acknowledged;
    }

    /// <summary>An emergency, sent from the page of a new contact to all desks at once; the first one leads.</summary>
    /// <param name="desks">Their ids.</param>
    /// <param name="facts">Members of POST /referrals/emergency beside the ids, the desks and the purpose.</param>
    /// <param name="contact">The body of POST /contacts.</param>
    public async Task<SentEmergency> Emergency(IReadOnlyList<string> desks, object facts, object? contact = null, string purpose = "verify_rescue")
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        var called = await Called(contact ?? Contact());
        var body = JsonSerializer.SerializeToNode(facts, JsonSerializerOptions.Web)!.AsObject();
        body["id"] = Guid.CreateVersion7();
        body["caseId"] = Guid.CreateVersion7();
        body["contactId"] = called;
        body["desks"] = new JsonArray([.. desks.Select(desk => (JsonNode)desk)]);
        body["purpose"] = purpose;
        var sent = await staff.Post("api/referrals/emergency", body, Ct);
        var referrals = sent.GetProperty("referrals").EnumerateArray().ToDictionary(each => each.GetProperty("deskId").GetString()!, each => each.GetProperty("id").GetGuid());
        referrals.Keys.ShouldBe(desks);
        return new(sent.GetProperty("caseId").GetGuid(), called, sent.GetProperty("packageHash").GetString()!, referrals);
    }

    /// <summary>The referral of the case to a desk, as the hotline's list shows it; several to one desk: the newest.</summary>
    public async Task<Guid> ReferralTo(Guid caseId, string desk) => (await ReferralsTo(caseId, desk))[0];

    /// <summary>The referrals of the case to a desk, newest first.</summary>
    public async Task<IReadOnlyList<Guid>> ReferralsTo(Guid caseId, string desk)
    {
        var page = await (await fixture.As(DemoAccounts.Counsellor)).Get($"api/referrals?caseId={caseId}&limit=200", Ct);
        return [.. page.GetProperty("items").EnumerateArray().Where(row => row.GetProperty("deskId").GetString() == desk).Select(row => row.GetProperty("id").GetGuid())];
    }

    /// <summary>Waits until the case's picture shows the referrals in these states.</summary>
    public async Task Shows(Guid caseId, params (Guid Referral, string State)[] wanted)
    {
        var staff = await fixture.As(DemoAccounts.Counsellor);
        await staff.Until(
            caseId,
            shown => wanted.All(each => shown.GetProperty("referrals").EnumerateArray().Any(entry =>
                entry.GetProperty("referralId").GetGuid() == each.Referral && entry.GetProperty("state").GetString() == each.State)));
    }

    public async Task<string> State(string userName, Guid referral) => await (await fixture.As(userName)).Sees(referral);

    /// <summary>Today in Vietnam and some days on.</summary>
    public static DateOnly InDays(int days) => DateOnly.FromDateTime(DateTimeOffset.UtcNow.ToOffset(TimeSpan.FromHours(7)).Date).AddDays(days);

    /// <summary>What the counsellor wrote down of a call with an officer.</summary>
    public static object ByPhone(string name, TimeSpan ago) => new { name, post = "Trực ban (chức danh hư cấu)", number = "0900 000 777", at = DateTimeOffset.UtcNow - ago };

    /// <summary>The values of a package that would tell who somebody is: all but the fields that an anonymous one may have.</summary>
    public static IEnumerable<string> TellingFields(JsonElement package)
    {
        foreach (var (group, holder) in package.GetProperty("persons").EnumerateArray().Select(person => ("person", person)).Append(("request", package.GetProperty("request"))))
        {
            foreach (var field in holder.EnumerateObject().Select(member => $"{group}.{member.Name}").Where(field => field is not ("person.id" or "request.purpose")))
            {
                if (!ReleaseProfiles.AnonymousFields.Contains(field))
                    yield return field;
            }
        }
    }
}
