using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Hotline111.Local.Demo;

/// <summary>When a referral reached each station. Times of the platform, but <paramref name="InboxAt"/> and <paramref name="CaseAt"/>: then it was first seen there.</summary>
/// <param name="Id">The referral.</param>
/// <param name="Number">Its number.</param>
/// <param name="Desk">The addressed desk.</param>
/// <param name="SentAt">It was sent.</param>
/// <param name="InboxAt">The liaison's inbox showed it.</param>
/// <param name="DeliveredAt">A notice for the desk was recorded and its receipt came back.</param>
/// <param name="AcknowledgedAt">The liaison acknowledged.</param>
/// <param name="CaseAt">The case showed the acknowledgement.</param>
/// <param name="AnsweredAt">The case showed the desk's answer.</param>
/// <param name="Outcome">Accepted or Declined.</param>
public sealed record ReferralTimeline(
    Guid Id,
    string Number,
    string Desk,
    DateTimeOffset SentAt,
    DateTimeOffset InboxAt,
    DateTimeOffset DeliveredAt,
    DateTimeOffset AcknowledgedAt,
    DateTimeOffset CaseAt,
    DateTimeOffset AnsweredAt,
    string Outcome);

/// <summary>What a course led to.</summary>
/// <param name="ContactNumber">The contact's number.</param>
/// <param name="CaseId">The case.</param>
/// <param name="CaseNumber">Its number.</param>
/// <param name="Referrals">Its referrals, in the order of the course.</param>
public sealed record JourneyResult(string ContactNumber, Guid CaseId, string CaseNumber, IReadOnlyList<ReferralTimeline> Referrals);

/// <summary>Drives a course through the platform's public door, as the people in it would: the hotline's staff and the liaisons of the desks.</summary>
public sealed class Journey(LocalPlatform platform, Steps steps) : IDisposable
{
    /// <summary>How long a message may take from one service to another before the journey is given up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, PlatformClient> clients = new(StringComparer.Ordinal);

    /// <summary>Runs the course to its end.</summary>
    /// <exception cref="LocalException">A step did not arrive; the exception names it.</exception>
    public async Task<JourneyResult> Run(Course course, CancellationToken ct)
    {
        steps.Say($"• {course.Title}");
        var staff = await steps.Do("sign-in", "Đăng nhập / sign-in", async () =>
        {
            await Task.WhenAll(course.Referrals.Select(each => each.Liaison).Prepend(course.By).Distinct().Select(person => Client(person, ct)));
            return clients[course.By];
        });
        var (contactId, contactNumber) = await steps.Do("record-contact", "Ghi nhận cuộc gọi / contact recorded", async () =>
        {
            var answer = await staff.Post("api/contacts", course.Contact, ct);
            var id = answer.GetProperty("id").GetGuid();
            await staff.Post($"api/contacts/{id}/categorise", course.Category, ct);
            return (id, answer.GetProperty("number").GetString()!);
        });
        var (caseId, personId, caseNumber) = await steps.Do("open-case", "Mở hồ sơ ca / case opened", async () =>
        {
            var opened = await staff.Post("api/cases", new { contactId, course.Case.Place, course.Case.SafeContact, course.Case.CallerContact, course.Case.Narrative }, ct);
            var id = opened.GetProperty("id").GetGuid();
            var person = await staff.Post($"api/cases/{id}/persons", course.Person, ct);
            await staff.Post($"api/cases/{id}/assess", course.Assessment, ct);
            return (id, person.GetProperty("id").GetGuid(), opened.GetProperty("number").GetString()!);
        });

        // Each desk works on its own as soon as its referral is out.
        var desks = new List<Task<ReferralTimeline>>();
        foreach (var referral in course.Referrals)
        {
            var (id, number) = await steps.Do("send-referral", $"Chuyển tuyến / referral sent: {referral.Desk}", () => Send(course, referral, staff, caseId, personId, ct));
            desks.Add(Answer(referral, id, number, staff, caseId, ct));
        }

        return new JourneyResult(contactNumber, caseId, caseNumber, await Task.WhenAll(desks));
    }

    /// <summary>The timeline as lines for people.</summary>
    public static IEnumerable<string> Describe(JourneyResult result)
    {
        yield return $"  {result.ContactNumber} → {result.CaseNumber}";
        foreach (var referral in result.Referrals)
        {
            var desk = Contracts.Catalogues.AgencyDirectory.FindDesk(referral.Desk)?.NameVi ?? referral.Desk;
            yield return $"  {referral.Number}  {referral.Desk}  {desk}";
            yield return Line("gửi / sent", referral.SentAt);
            yield return Line("vào hộp thư đầu mối / in the desk's inbox", referral.InboxAt);
            yield return Line("thông báo đã ghi / notice recorded", referral.DeliveredAt);
            yield return Line("đầu mối xác nhận / acknowledged", referral.AcknowledgedAt);
            yield return Line("hồ sơ ca thấy xác nhận / seen in the case", referral.CaseAt);
            yield return Line(referral.Outcome == "Accepted" ? "đầu mối tiếp nhận / accepted" : "đầu mối từ chối, có lý do / declined with a reason", referral.AnsweredAt);
        }

        static string Line(string what, DateTimeOffset at) =>
            string.Create(CultureInfo.InvariantCulture, $"      {at.ToOffset(TimeSpan.FromHours(7)):HH:mm:ss.fff}  {what}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in clients.Values)
        {
            client.Dispose();
        }
    }

    private async Task<PlatformClient> Client(string userName, CancellationToken ct)
    {
        if (!clients.TryGetValue(userName, out var client))
        {
            clients[userName] = client = await platform.SignIn(userName, ct);
        }

        return client;
    }

    private static async Task<(Guid Id, string Number)> Send(
        Course course, CourseReferral referral, PlatformClient staff, Guid caseId, Guid personId, CancellationToken ct)
    {
        var drafted = await WhenDeskIsKnown(() => staff.Post("api/referrals", new { caseId, deskId = referral.Desk, referral.Purpose, course.Urgency }, ct), ct);
        var id = drafted.GetProperty("id").GetGuid();
        var release = await WhenDeskIsKnown(
            () => staff.Post($"api/cases/{caseId}/release", new { deskId = referral.Desk, referral.Basis, referral.Purpose, persons = new[] { personId }, referral.Need }, ct), ct);
        await staff.Post($"api/referrals/{id}/submit", new { release }, ct);
        return (id, drafted.GetProperty("number").GetString()!);
    }

    // On its first start the platform enters its directory of desks and tells the case service of them, which takes a moment.
    private static async Task<JsonElement> WhenDeskIsKnown(Func<Task<JsonElement>> ask, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (PlatformRefusalException refusal) when (refusal.Slug == "desk-unknown" && watch.Elapsed < Patience)
            {
                await Task.Delay(100, ct);
            }
        }
    }

    private async Task<ReferralTimeline> Answer(CourseReferral referral, Guid id, string number, PlatformClient staff, Guid caseId, CancellationToken ct)
    {
        var liaison = await Client(referral.Liaison, ct);
        var inboxAt = await steps.Do("inbox", $"Vào hộp thư / in the inbox: {referral.Desk}", async () =>
        {
            await liaison.Until("api/inbox", inbox => Row(inbox, id), Patience, ct);
            return DateTimeOffset.UtcNow;
        });
        var delivered = await steps.Do(
            "notice", $"Thông báo cho đầu mối / notice recorded: {referral.Desk}",
            () => liaison.Until("api/inbox", inbox => Row(inbox, id) is { } row && Time(row, "deliveredAt") is { } at ? (row, at) : default((JsonElement Row, DateTimeOffset At)?), Patience, ct));
        await steps.Do("acknowledge", $"Xác nhận / acknowledged: {referral.Desk}", async () =>
        {
            await liaison.Get($"api/referrals/{id}/package", ct);
            await liaison.Post($"api/referrals/{id}/acknowledge", null, ct);
        });
        var seen = await steps.Do("case-shows-acknowledgement", $"Hồ sơ ca thấy xác nhận / seen in the case: {referral.Desk}", async () =>
        {
            var at = await staff.Until($"api/cases/{caseId}/timeline", shown => Picture(shown, id, "Acknowledged") is { } entry ? Time(entry, "acknowledgedAt") : null, Patience, ct);
            return (At: at, SeenAt: DateTimeOffset.UtcNow);
        });
        var verb = referral.Declines ? "decline" : "accept";
        var outcome = referral.Declines ? "Declined" : "Accepted";
        await steps.Do(verb, $"{(referral.Declines ? "Từ chối / declined" : "Tiếp nhận / accepted")}: {referral.Desk}", () => liaison.Post($"api/referrals/{id}/{verb}", referral.Answer, ct));
        var answeredAt = await steps.Do("case-shows-answer", $"Hồ sơ ca thấy trả lời / answer seen in the case: {referral.Desk}", async () =>
        {
            await staff.Until($"api/cases/{caseId}/timeline", shown => Picture(shown, id, outcome), Patience, ct);
            return DateTimeOffset.UtcNow;
        });
        return new ReferralTimeline(id, number, referral.Desk, Time(delivered.Row, "sentAt")!.Value, inboxAt, delivered.At, seen.At, seen.SeenAt, answeredAt, outcome);
    }

    private static JsonElement? Row(JsonElement inbox, Guid id) =>
        inbox.GetProperty("items").EnumerateArray().Where(row => row.GetProperty("id").GetGuid() == id).Select(row => (JsonElement?)row).FirstOrDefault();

    private static JsonElement? Picture(JsonElement shown, Guid id, string state) =>
        shown.GetProperty("referrals").EnumerateArray()
            .Where(entry => entry.GetProperty("referralId").GetGuid() == id && entry.GetProperty("state").GetString() == state)
            .Select(entry => (JsonElement?)entry)
            .FirstOrDefault();

    private static DateTimeOffset? Time(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? DateTimeOffset.Parse(value.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
            : null;
}
