using System.Globalization;
using Hotline111.Pages;
using Hotline111.Platform;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Mvc;

namespace Hotline111.Console.Emergency;

/// <summary>An officer's answer by phone as it is being typed.</summary>
public sealed record PhoneEntry(Guid? Referral, string? Name, string? Post, string? Number, string? Time);

/// <summary>
/// GET …/emergency/sent?case=ID: the numbers, whom to call now, acknowledgements by phone, and for two minutes the way back with one key.
/// GET …/sent/rows: the referrals alone, when something changed. POST …/sent/withdraw, /acknowledge, /record.
/// </summary>
public static class SentPage
{
    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var subject in (string[])["contacts", "cases"])
        {
            var sent = routes.MapGroup($"/{subject}/{{id:guid}}/emergency/sent").RequireAction(ConsoleRules.Table, ConsoleRules.Emergency).ExcludeFromDescription();
            sent.MapGet("", Show);
            sent.MapGet("rows", Rows);
            sent.MapPost("withdraw", Withdraw);
            sent.MapPost("acknowledge", Acknowledge);
            sent.MapPost("record", Record);
        }
    }

    private static Task<IResult> Show(
        Guid id, [FromQuery(Name = "case")] Guid caseId, string? withdraw, string? withdrawn, string? noted, HttpContext context, SentReferrals sent, DraftRecording recording, CancellationToken ct) =>
        View(id, context.Request.Path, caseId, withdraw is not null, withdrawn is not null, noted is not null, new(null, null, null, null, null), [], null, sent, recording, ct);

    private static async Task<IResult> Rows(Guid id, [FromQuery(Name = "case")] Guid caseId, HttpContext context, SentReferrals sent, CancellationToken ct) =>
        Page.Of<SentRows>(new { At = PageHost.Above(context.Request.Path), CaseId = caseId, Lines = await sent.Read(caseId, ct) });

    // Only what was sent in the last two minutes, whatever else the case has. A second press finds nothing left to take back.
    private static async Task<IResult> Withdraw(
        Guid id, [FromForm(Name = "case")] Guid caseId, HttpContext context, Services services, SentReferrals sent, DraftRecording recording, TimeProvider clock, Words words, CancellationToken ct)
    {
        var at = PageHost.Above(context.Request.Path)!;
        var lines = (await sent.Read(caseId, ct)).Where(line => line.JustSent(clock.GetUtcNow())).ToList();
        var errors = new FormErrors();
        foreach (var line in lines)
        {
            var outcome = await services.Post($"referrals/{line.Id:D}/withdraw", new { reason = "sent_in_error" }, once: null, ct);
            if (outcome.Problem is { } problem)
            {
                errors.Add("", $"{line.Number}: {(words.Language.IsEnglish ? problem.En : problem.Vi)}");
            }
        }

        if (lines.Count == 0)
        {
            errors.Add("", words["Emergency.TooLateToWithdraw"]);
        }

        return errors.Count == 0
            ? Page.After(Address(at, caseId, "withdrawn=1"))
            : await View(id, at, caseId, false, false, false, new(null, null, null, null, null), errors, null, sent, recording, ct);
    }

    private static async Task<IResult> Acknowledge(
        Guid id, [FromForm(Name = "case")] Guid caseId, [FromForm] Guid? referral, [FromForm] string? name, [FromForm] string? post, [FromForm] string? number, [FromForm] string? time,
        [FromForm(Name = Hotline111.Pages.Blocks.PostForm.OnceField)] string? once, HttpContext context, Services services, SentReferrals sent, DraftRecording recording, TimeProvider clock, Words words,
        CancellationToken ct)
    {
        var at = PageHost.Above(context.Request.Path)!;
        var errors = new FormErrors();
        foreach (var (field, text, sentence) in ((string, string?, string)[])[
            ("name", name, words["Emergency.OfficerMissing"]), ("post", post, words["Emergency.PostMissing"]), ("number", number, words["Emergency.NumberMissing"])])
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                errors.Add(field, sentence);
            }
        }

        if (referral is null)
        {
            errors.Add("referral", words["Emergency.WhichDesk"]);
        }

        if (Moment(time, clock.GetUtcNow()) is not { } said)
        {
            errors.Add("time", words["Emergency.TimeWrong"]);
        }
        else if (errors.Count == 0)
        {
            var outcome = await services.Post($"referrals/{referral:D}/acknowledge", new { byPhone = new { name = name!.Trim(), post = post!.Trim(), number = number!.Trim(), at = said } }, once, ct);
            if (outcome.Done)
            {
                return Page.After(Address(at, caseId, "noted=1"));
            }

            errors.Add("", words.Language.IsEnglish ? outcome.Problem!.En : outcome.Problem!.Vi);
        }

        return await View(id, at, caseId, false, false, false, new(referral, name, post, number, time), errors, null, sent, recording, ct);
    }

    private static async Task<IResult> Record(
        Guid id, [FromForm(Name = "case")] Guid caseId, HttpContext context, SentReferrals sent, DraftRecording recording, Words words, CancellationToken ct)
    {
        var at = PageHost.Above(context.Request.Path)!;
        return await recording.Record(id, ct)
            ? Page.After(Address(at, caseId, null))
            : await View(id, at, caseId, false, false, false, new(null, null, null, null, null), [], words["Emergency.StillUnrecorded"], sent, recording, ct);
    }

    private static async Task<IResult> View(
        Guid id, string at, Guid caseId, bool withdraw, bool withdrawn, bool noted, PhoneEntry entry, FormErrors errors, string? failure, SentReferrals sent, DraftRecording recording,
        CancellationToken ct)
    {
        var ofContact = at.StartsWith("/contacts/", StringComparison.Ordinal);
        return Page.Of<SentView>(
            new
            {
                At = at,
                ContactId = ofContact ? id : (Guid?)null,
                CaseId = caseId,
                Lines = await sent.Read(caseId, ct),
                Unrecorded = ofContact && await recording.IsOpen(id, ct),
                Withdraw = withdraw,
                Withdrawn = withdrawn,
                Noted = noted,
                Entry = entry,
                Errors = errors,
                Failure = failure,
            },
            errors.Count > 0 || failure is not null ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
    }

    private static string Address(string at, Guid caseId, string? more) => string.Create(CultureInfo.InvariantCulture, $"{at}?case={caseId:D}{(more is null ? "" : $"&{more}")}");

    // Nothing is now; a time later than now was yesterday.
    private static DateTimeOffset? Moment(string? time, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(time))
        {
            return now;
        }

        if (!TimeOnly.TryParseExact(time.Trim().Replace('h', ':').Replace('g', ':').Replace('.', ':'), ["H:mm", "HH:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock))
        {
            return null;
        }

        var today = now.DayInVietnam;
        var at = new DateTimeOffset(today, clock, VietnamTime.Offset);
        return at > now.AddMinutes(1) ? at.AddDays(-1) : at;
    }
}
