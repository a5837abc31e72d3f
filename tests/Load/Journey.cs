using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Hotline111.Local.Demo;

namespace Hotline111.Load;

/// <summary>
/// One journey through the public door, by one counsellor and one liaison: contact, category, case, person, draft, release, submit (an emergency, sent at
/// once), the desk's inbox shows it, the package is opened, acknowledged, and the case's timeline shows that.
/// </summary>
public sealed class Journey(People people, TimeSpan poll)
{
    /// <summary>How long something sent may stay unseen before the journey counts as failed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>From the moment the counsellor sends until the liaison has the answer of GET /inbox that shows it.</summary>
    public const string SendToInbox = "send → desk's inbox";

    /// <summary>The same from the referral's own sentAt.</summary>
    public const string SentAtToInbox = "  counted from its sentAt";

    /// <summary>From the moment the liaison acknowledges until a counsellor has the answer of GET /cases/{id}/timeline that shows it.</summary>
    public const string AcknowledgeToCase = "acknowledge → case";

    /// <summary>From the intended arrival to the end.</summary>
    public const string Whole = "whole journey";

    /// <summary>Makes the journey; what goes wrong is counted, never thrown.</summary>
    /// <param name="number">Chooses the people.</param>
    /// <param name="intended">When it should begin, as a timestamp of <see cref="Stopwatch"/>.</param>
    /// <param name="findings">Receives the durations.</param>
    /// <param name="ct">Cancels.</param>
    public async Task Make(int number, long intended, Findings findings, CancellationToken ct)
    {
        var step = new Step(findings);
        try
        {
            await Make(people.Counsellors[number % people.Counsellors.Count], people.Desks[number % people.Desks.Count], step, findings, ct);
            findings.Of(Whole).Add(Stopwatch.GetElapsedTime(intended));
            findings.Complete();
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever it is, it is an error of this journey, and the others go on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            findings.Fail($"{step.Name}: {(e is PlatformRefusalException refusal ? $"{(int)refusal.Status} {refusal.Slug}" : e.GetType().Name)}");
        }
    }

    private async Task Make(PlatformClient counsellor, (string Desk, PlatformClient Liaison) desk, Step step, Findings findings, CancellationToken ct)
    {
        var liaison = desk.Liaison;
        var contactId = Id(await step.Do("record contact", () => counsellor.Post("api/contacts", Bodies.Contact, ct)));
        await step.Do("categorise", () => counsellor.Post($"api/contacts/{contactId}/categorise", Bodies.Category, ct));
        var caseId = Id(await step.Do("open case", () => counsellor.Post("api/cases", Bodies.Case(contactId), ct)));
        var personId = Id(await step.Do("add person", () => counsellor.Post($"api/cases/{caseId}/persons", Bodies.Person, ct)));
        var referralId = Id(await step.Do("draft referral", () => counsellor.Post("api/referrals", Bodies.Referral(caseId, desk.Desk), ct)));
        var release = await step.Do("release", () => counsellor.Post($"api/cases/{caseId}/release", Bodies.Release(desk.Desk, personId), ct));

        var sending = Stopwatch.GetTimestamp();
        await step.Do("submit (send)", () => counsellor.Post($"api/referrals/{referralId}/submit", new { release }, ct));
        var row = await Seen(step, "GET inbox", liaison, "api/inbox", inbox => Row(inbox, referralId), ct);
        findings.Of(SendToInbox).Add(Stopwatch.GetElapsedTime(sending));
        findings.Of(SentAtToInbox).Add(DateTimeOffset.UtcNow - DateTimeOffset.Parse(row.GetProperty("sentAt").GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));

        await step.Do("open package", () => liaison.Get($"api/referrals/{referralId}/package", ct));
        var acknowledging = Stopwatch.GetTimestamp();
        await step.Do("acknowledge", () => liaison.Post($"api/referrals/{referralId}/acknowledge", null, ct));
        await Seen(step, "GET timeline", counsellor, $"api/cases/{caseId}/timeline", Acknowledgement, ct);
        findings.Of(AcknowledgeToCase).Add(Stopwatch.GetElapsedTime(acknowledging));
    }

    private async Task<JsonElement> Seen(Step step, string name, PlatformClient client, string path, Func<JsonElement, JsonElement?> find, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (find(await step.Do(name, () => client.Get(path, ct))) is { } found)
                return found;
            if (Stopwatch.GetElapsedTime(started) > Patience)
                throw new TimeoutException();
            await Task.Delay(poll, ct);
        }
    }

    private static Guid Id(JsonElement answer) => answer.GetProperty("id").GetGuid();

    private static JsonElement? Row(JsonElement inbox, Guid id)
    {
        foreach (var row in inbox.GetProperty("items").EnumerateArray())
        {
            if (row.GetProperty("id").GetGuid() == id)
                return row;
        }

        return null;
    }

    private static JsonElement? Acknowledgement(JsonElement shown)
    {
        foreach (var entry in shown.GetProperty("timeline").EnumerateArray())
        {
            if (entry.GetProperty("kind").ValueEquals("referral-acknowledged"))
                return entry;
        }

        return null;
    }

    /// <summary>Times each request by its kind and remembers which one is under way.</summary>
    private sealed class Step(Findings findings)
    {
        public string Name { get; private set; } = "";

        public async Task<JsonElement> Do(string name, Func<Task<JsonElement>> ask)
        {
            Name = name;
            var started = Stopwatch.GetTimestamp();
            var answer = await ask();
            findings.Of(name).Add(Stopwatch.GetElapsedTime(started));
            return answer;
        }
    }

    /// <summary>What is sent; of the length that real ones have, and invented.</summary>
    internal static class Bodies
    {
        public static readonly object Contact = new
        {
            channel = "phone_in",
            caller = new { kind = "relative_friend", gender = "male", age = 43, name = "Nguyễn Văn Giả Định", phone = "0900 000 111" },
            place = new { edition = "2026-04-30", provinceCode = "08", formerProvinceCode = "02", commune = "xã Giả Định" },
            language = "vi",
            safeContact = "any_time",
            summary = "Người cha báo con gái đi làm theo lời rủ của người quen qua mạng, nay gọi về khóc, nói bị giữ trong một quán, không cho ra ngoài và bắt tiếp khách.",
        };

        public static readonly object Category = new { category = "referral", topics = new[] { "online_lure", "missing_person" } };

        public static readonly object Person = new
        {
            name = "Nguyễn Thị Giả Định",
            gender = "female",
            birthYear = 2010,
            ethnicityGroup = "ethnic_minority",
            purpose = "sexual_exploitation",
            type = "domestic",
            destination = "VN",
            status = "suspected",
            phone = "0900 000 222",
            location = "quán gần cầu lớn, chưa rõ phường",
            note = "Hiểu tiếng Việt vừa đủ.",
        };

        public static object Case(Guid contactId) => new
        {
            contactId,
            place = new { edition = "2026-04-30", provinceCode = "31" },
            safeContact = "any_time",
            callerContact = "Người cha, 0900 000 111, nghe máy cả ngày",
            narrative = "Cháu gái sinh năm 2010 được một tài khoản mạng xã hội rủ đi làm phục vụ quán ăn, đón ở bến xe rồi đưa đi. Cháu gọi về bằng điện thoại mượn, cửa khóa ngoài, có hai bạn cùng tuổi.",
        };

        public static object Referral(Guid caseId, string deskId) => new { caseId, deskId, purpose = "verify_rescue", urgency = "emergency" };

        public static object Release(string deskId, Guid personId) => new
        {
            deskId,
            basis = "vital_interest",
            purpose = "verify_rescue",
            persons = new[] { personId },
            need = "Xác minh nơi giữ cháu, phối hợp giải cứu ngay; có thể còn hai cháu khác cùng nơi.",
        };
    }
}
