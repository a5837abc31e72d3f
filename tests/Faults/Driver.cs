using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hotline111.Local;
using Hotline111.Local.Demo;

namespace Hotline111.Faults.Tests;

/// <summary>Somebody at the public door who gives commands while processes die: repeats what was not answered, now and then gives up, now and then asks twice.</summary>
public sealed class Driver(PlatformClient client, Ledger ledger, Random random)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The account as services remember whose key it was.</summary>
    private string Principal => client.Session.GetProperty("account").GetProperty("id").GetString()!;

    /// <summary>Gives a command.</summary>
    /// <returns>The answer, or null when nobody answered and the driver gave up: then nobody knows whether it happened.</returns>
    /// <exception cref="InvalidOperationException">It was refused, or not answered for minutes.</exception>
    public async Task<JsonElement?> Give(string service, Guid stream, string @event, string path, object? body, CancellationToken ct)
    {
        var intent = new Intent(Guid.CreateVersion7().ToString("n"), Principal, service, stream, @event, Keyed: @event != "disclosure-released.v1");
        ledger.Ask(intent);
        var asked = Stopwatch.StartNew();
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            if (await Try(HttpMethod.Post, path, body ?? new { }, intent.Key, ct) is { } answer)
            {
                ledger.Answer(intent, asked.Elapsed);
                if (random.Next(20) == 0 && await Try(HttpMethod.Post, path, body ?? new { }, intent.Key, ct) is { } again)
                {
                    again.GetRawText().ShouldBe(answer.GetRawText(), $"{path}: the same key, the same answer");
                    ledger.Repeat();
                }

                return answer;
            }

            if (random.Next(60) == 0)
            {
                ledger.GiveUp();
                return null;
            }

            DateTime.UtcNow.ShouldBeLessThan(deadline, $"{path} was not answered for minutes");
            await Task.Delay(random.Next(20, 200), ct);
        }
    }

    /// <summary>Reads until it is answered.</summary>
    public async Task<JsonElement> Read(string path, bool personal, CancellationToken ct)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            if (await Try(HttpMethod.Get, path, null, null, ct) is { } answer)
            {
                if (personal)
                    ledger.Show();
                return answer;
            }

            DateTime.UtcNow.ShouldBeLessThan(deadline, $"{path} was not answered for minutes");
            await Task.Delay(random.Next(20, 200), ct);
        }
    }

    /// <returns>The body of a good answer; null when there was none, or one that says "later".</returns>
    private async Task<JsonElement?> Try(HttpMethod method, string path, object? body, string? key, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body, body.GetType()) };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(15));
        try
        {
            using var answer = await client.Send(request, limit.Token);
            var text = await answer.Content.ReadAsStringAsync(limit.Token);
            if (answer.IsSuccessStatusCode)
                return text.Length == 0 ? JsonElement.Parse("{}") : JsonElement.Parse(text);
            if (answer.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.TooManyRequests
                || (answer.StatusCode == HttpStatusCode.Conflict && text.Contains("in-flight", StringComparison.Ordinal)))
            {
                ledger.Fail($"{DateTime.UtcNow:HH:mm:ss.fff} {method} {path.Split('/')[1]}: {(int)answer.StatusCode}");
                ledger.Refuse(new Refusal((int)answer.StatusCode, (int?)answer.Headers.RetryAfter?.Delta?.TotalSeconds, Slug(answer, text)));
                return null;
            }

            throw new InvalidOperationException($"{method} {path} was answered {(int)answer.StatusCode} {text}");
        }
        catch (Exception e) when (!ct.IsCancellationRequested && e is HttpRequestException or IOException or OperationCanceledException)
        {
            ledger.Fail($"{DateTime.UtcNow:HH:mm:ss.fff} {method} {path.Split('/')[1]}: {e.GetBaseException().GetType().Name}");
            return null;
        }
    }

    private static string? Slug(HttpResponseMessage answer, string text) =>
        answer.Content.Headers.ContentType?.MediaType == "application/problem+json" ? JsonElement.Parse(text).GetProperty("type").GetString()!.Split(':', '/')[^1] : null;
}

/// <summary>The lives of referrals, from the call to the confirmed result; each ends early when a command was given up. Everybody in them is invented.</summary>
public sealed class Life(Driver counsellor, Driver liaison, string desk)
{
    private int given;

    /// <summary>Lives one life.</summary>
    /// <returns>How many commands were given.</returns>
    public async Task<int> Live(CancellationToken ct)
    {
        given = 0;
        if (await Send(ct) is var (caseId, person, referral))
            await Answer(caseId, person, referral, ct);
        return given;
    }

    /// <summary>A call, its case, and an emergency referral of the person to the desk.</summary>
    /// <returns>The case, its person and the referral; null when a command was given up.</returns>
    public async Task<(Guid Case, Guid Person, Guid Referral)?> Send(CancellationToken ct)
    {
        var (contact, caseId, person, referral) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        if (await Give(counsellor, "intake", contact, "contact-recorded.v1", "api/contacts", new
        {
            id = contact,
            channel = "phone_in",
            caller = new { kind = "relative_friend", gender = "female", name = "Người thân hư cấu", phone = "0900 000 111" },
            place = new { edition = "2026-04-30", provinceCode = "08" },
            safeContact = "caller_calls_back",
            summary = "Nội dung hư cấu của cuộc gọi.",
        }) is null
            || await Give(counsellor, "intake", contact, "contact-categorised.v1", $"api/contacts/{contact}/categorise", new { category = "referral" }) is null
            || await Give(counsellor, "case", caseId, "case-opened.v1", "api/cases", new { id = caseId, contactId = contact, narrative = "Diễn biến hư cấu.", safeContact = "caller_calls_back" }) is null
            || await Give(counsellor, "case", caseId, "person-added.v1", $"api/cases/{caseId}/persons", new { personId = person, name = "Người hư cấu", gender = "female", birthYear = 2010 }) is null
            || await Give(counsellor, "referral", referral, "referral-drafted.v1", "api/referrals", new { id = referral, caseId, deskId = desk, purpose = "verify_rescue", urgency = "emergency" }) is null
            || await Give(counsellor, "case", caseId, "disclosure-released.v1", $"api/cases/{caseId}/release", new
            {
                deskId = desk,
                basis = "vital_interest",
                purpose = "verify_rescue",
                persons = new[] { person },
                need = "Xác minh, giải cứu (hư cấu).",
            }) is not { } release
            || await Give(counsellor, "referral", referral, "referral-sent.v1", $"api/referrals/{referral}/submit", new { release }) is null)
        {
            return null;
        }

        return (caseId, person, referral);

        Task<JsonElement?> Give(Driver who, string service, Guid stream, string @event, string path, object? body) => Command(who, service, stream, @event, path, body, ct);
    }

    /// <summary>The desk's answers to it, to the confirmed result.</summary>
    private async Task Answer(Guid caseId, Guid person, Guid referral, CancellationToken ct)
    {
        await liaison.Read($"api/referrals/{referral}/package", personal: true, ct);
        if (await Give(liaison, "referral", referral, "referral-acknowledged.v1", $"api/referrals/{referral}/acknowledge", null) is null
            || await Give(liaison, "referral", referral, "referral-accepted.v1", $"api/referrals/{referral}/accept", new { unit = "Đội hư cấu" }) is null
            || await Give(liaison, "referral", referral, "referral-marked.v1", $"api/referrals/{referral}/mark", new { mark = "en_route" }) is null
            || await Give(liaison, "referral", referral, "referral-result-reported.v1", $"api/referrals/{referral}/report-result",
                new { results = new[] { new { personId = person, result = "rescued" } }, tellCaller = "may_tell" }) is null)
        {
            return;
        }

        await counsellor.Read($"api/cases/{caseId}", personal: true, ct);
        await Give(counsellor, "referral", referral, "referral-result-confirmed.v1", $"api/referrals/{referral}/confirm-result", null);

        Task<JsonElement?> Give(Driver who, string service, Guid stream, string @event, string path, object? body) => Command(who, service, stream, @event, path, body, ct);
    }

    private Task<JsonElement?> Command(Driver who, string service, Guid stream, string @event, string path, object? body, CancellationToken ct)
    {
        given++;
        return who.Give(service, stream, @event, path, body, ct);
    }
}
