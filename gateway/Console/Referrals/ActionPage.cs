using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Console.Referrals.Actions;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Primitives;

namespace Hotline111.Console.Referrals;

/// <summary>Something to say on top of a form.</summary>
/// <param name="Kind">The note's kind: info, warn.</param>
/// <param name="Title">The sentence that says it.</param>
/// <param name="Changes">What else happened since the reader looked, with who and when.</param>
/// <param name="Over">Somebody else has done it: nothing is left to do.</param>
public sealed record FormNote(string Kind, string Title, IReadOnlyList<CourseLine> Changes, bool Over = false);

/// <summary>
/// GET /referrals/{id}/{action}: the form of a command, POST gives it; its own form is sent to an address below it, so that whoever has to sign in first comes back to
/// the form and not to the sheet. What the service says no to is shown where it was tried, with what was written: 422 at the field, 412 and 409 with who did what
/// meanwhile and how the referral stands now, 503 with the same idempotency key, so that sending again counts once.
/// </summary>
public static class ActionPage
{
    // What the service finds wrong with one field, by its code.
    private static readonly Dictionary<string, string> AtField = new(StringComparer.Ordinal)
    {
        ["advised-desk-needed"] = "advisedDeskId",
        ["advised-desk-is-own"] = "advisedDeskId",
        ["decline-text-needed"] = "text",
        ["desk-unknown"] = "deskId",
        ["desk-not-competent"] = "deskId",
        ["desk-excluded"] = "deskId",
        ["hand-on-loop"] = "deskId",
        ["decision-unfit"] = "decision",
        ["results-incomplete"] = "results-0-result",
        ["basis-not-accepted"] = "basis",
    };

    /// <summary>Maps the pages.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/referrals/{id:guid}/{action}", Show).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
        routes.MapPost("/referrals/{id:guid}/{action}", Give).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
        routes.MapPost("/referrals/{id:guid}/{action}/give", Give).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
        // Of the known ones only: what else stands in an address may be nothing that an address of ours can hold.
        routes.MapGet("/referrals/{id:guid}/{action}/give", (Guid id, string action) => ReferralActions.Find(action) is { } found ? Page.After($"{SheetPage.Address(id)}/{found.Name}") : Problems.NotFound).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
        routes.MapGet("/referrals/{id:guid}/changed", Changed).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
        routes.MapPost("/referrals/{id:guid}/{action}/keep", Keep).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
        routes.MapPost("/referrals/{id:guid}/{action}/kept", Kept).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
    }

    private static async Task<IResult> Show(Guid id, string action, HttpRequest request, ActionForms forms, CancellationToken ct)
    {
        if (ReferralActions.Find(action) is not { } found)
            return Problems.NotFound;
        var sheet = await forms.Sheet(id, ct);
        return await forms.Page(found, sheet, name => request.Query[name], sent: false, [], null, null, StatusCodes.Status200OK, ct);
    }

    private static async Task<IResult> Give(Guid id, string action, IFormCollection form, ActionForms forms, Services services, CancellationToken ct)
    {
        if (ReferralActions.Find(action) is not { } found)
            return Problems.NotFound;
        var sheet = await forms.Sheet(id, ct);
        var (body, errors) = await forms.Read(found, sheet, name => form[name], ct);
        if (errors.Count > 0)
            return await Again(errors, null, null, StatusCodes.Status422UnprocessableEntity);

        long? seen = long.TryParse(form["version"], out var version) ? version : null;
        var once = form[PostFormField].ToString();
        try
        {
            if (ReleaseField.Take(body) is { } asked)
            {
                var released = await services.Post($"cases/{sheet.Referral.CaseId:D}/release", asked, null, ct);
                if (released.Problem is { } unreleased)
                    return await No(unreleased);
                ReleaseField.Put(body, released.Body);
            }

            var outcome = await services.Post($"referrals/{id:D}/{found.Name}", body, once, ct, found.Versioned ? seen : null);
            return outcome.Problem is { } problem ? await No(problem) : Page.After(outcome.Version is { } done ? $"{SheetPage.Address(id)}?done={done}" : SheetPage.Address(id));
        }
        catch (ProblemException away) when (away.Problem is AccessProblem { Status: >= 500 })
        {
            return await Again([], new FormNote("warn", forms.Words["Act.Away"], []), once, StatusCodes.Status503ServiceUnavailable);
        }

        async Task<IResult> No(AccessProblem problem)
        {
            var sentence = forms.Words.Language.IsEnglish ? problem.En : problem.Vi;
            if (problem.Facts.GetValueOrDefault("errors") is JsonElement { ValueKind: JsonValueKind.Object } fields)
            {
                FormErrors wrong = [];
                foreach (var field in fields.EnumerateObject())
                    wrong.Add(FieldId(field.Name), field.Value[0].GetString() ?? sentence);
                return await Again(wrong, null, null, StatusCodes.Status422UnprocessableEntity);
            }

            if (AtField.TryGetValue(problem.Code, out var at))
                return await Again([new FormError(at, sentence)], null, null, StatusCodes.Status422UnprocessableEntity);
            if (problem.Status >= 500 || problem.Status == StatusCodes.Status429TooManyRequests || problem.Code == "idempotency-key-in-flight")
                return await Again([], new FormNote("warn", forms.Words["Act.Away"], []), once, StatusCodes.Status503ServiceUnavailable);
            if (problem.Status is not (StatusCodes.Status409Conflict or StatusCodes.Status412PreconditionFailed or StatusCodes.Status400BadRequest))
                return problem;

            // Somebody was faster: as the referral stands now, and what happened since.
            sheet = await forms.Sheet(id, ct);
            return await Again([], await forms.Explain(found, sheet, seen, problem.Status, sentence, ct), null, problem.Status == StatusCodes.Status400BadRequest ? StatusCodes.Status422UnprocessableEntity : problem.Status);
        }

        Task<IResult> Again(FormErrors wrong, FormNote? note, string? key, int status) => forms.Page(found, sheet, name => form[name], sent: true, wrong, note, key, status, ct);
    }

    // A hint said that the referral changed: said beside a form that somebody is filling in, which stays as it is.
    private static async Task<IResult> Changed(Guid id, long seen, ActionForms forms, CancellationToken ct)
    {
        var sheet = await forms.Sheet(id, ct);
        return Page.Of<ChangedNote>(new { Id = id, Seen = seen, Changes = await forms.Since(sheet, seen, ct) });
    }

    // What stands in the form, sealed for the one who wrote it: the browser keeps what it cannot read, and a session that ends takes nothing with it.
    private static IResult Keep(Guid id, string action, IFormCollection form, ClaimsPrincipal user, KeptForms kept) =>
        Results.Text(kept.Seal(user.ActorId, $"{id:D}/{action}", form.Where(field => field.Key is not ("once" or "__RequestVerificationToken")).ToDictionary(field => field.Key, field => field.Value.ToArray())));

    private static async Task<IResult> Kept(Guid id, string action, IFormCollection form, ClaimsPrincipal user, KeptForms kept, ActionForms forms, CancellationToken ct)
    {
        if (ReferralActions.Find(action) is not { } found)
            return Problems.NotFound;
        var sheet = await forms.Sheet(id, ct);
        return kept.Open(user.ActorId, $"{id:D}/{action}", form["kept"].ToString()) is { } values
            ? await forms.Page(found, sheet, name => values.GetValueOrDefault(name), sent: true, [], new FormNote("info", forms.Words["Act.KeptBack"], []), null, StatusCodes.Status200OK, ct)
            : await forms.Page(found, sheet, _ => StringValues.Empty, sent: false, [], new FormNote("warn", forms.Words["Act.KeptLost"], []), null, StatusCodes.Status200OK, ct);
    }

    private const string PostFormField = Hotline111.Pages.Blocks.PostForm.OnceField;

    // "results[0].result" is the field "results-0-result".
    private static string FieldId(string name) => name.Replace("[", "-", StringComparison.Ordinal).Replace("].", "-", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Replace('.', '-');
}

/// <summary>Reads and shows the forms of actions, with what they need of the services.</summary>
public sealed class ActionForms(Services services, SheetReader reader, People people, Words words, Times times, PackageWords fields, CourseWords course, IHttpContextAccessor accessor)
{
    private ClaimsPrincipal User => accessor.HttpContext!.User;

    /// <summary>The reader's words.</summary>
    public Words Words => words;

    /// <summary>The sheet without personal data.</summary>
    public Task<Sheet> Sheet(Guid id, CancellationToken ct) => SheetPage.Read(services, id, ct);

    /// <summary>The command's body, and what is wrong with the form.</summary>
    public async Task<(JsonObject Body, FormErrors Errors)> Read(ReferralAction action, Sheet sheet, Func<string, StringValues> values, CancellationToken ct)
    {
        FormErrors errors = [];
        JsonObject body = [];
        if (values("more").Count > 0)
        {
            // Another row was asked for, and nothing was sent yet.
            return (body, [new FormError("", words["Act.RowAdded"])]);
        }

        var form = new FormReading(values, sent: true, words, times, await Sources(action, sheet, ct), errors);
        foreach (var field in action.FieldsFor(User.Side))
            field.Read(form, body);
        return (body, errors);
    }

    /// <summary>The form as a page.</summary>
    /// <param name="sent">Somebody has filled it in.</param>
    /// <param name="once">The idempotency key to keep, because nobody knows whether the first try arrived; else a new one is made.</param>
    public async Task<IResult> Page(
        ReferralAction action, Sheet sheet, Func<string, StringValues> values, bool sent, FormErrors errors, FormNote? note, string? once, int status, CancellationToken ct)
    {
        var side = User.Side;
        var more = values("more").Count > 0;
        var allowed = sheet.Allowed.Contains(action.Name, StringComparer.Ordinal);
        var sources = allowed ? await Sources(action, sheet, ct) : new(sheet, [], null, Talk.None, default, fields);
        FormErrors shown = more ? [] : errors;
        var form = new FormReading(name => name == "questions-rows" && more ? (StringValues)(QuestionsField.Rows(Form(values)) + 1).ToString(System.Globalization.CultureInfo.InvariantCulture) : values(name), sent, words, times, sources, shown);
        var names = await people.Of([.. sheet.Accounts, User.ActorId], ct);
        // What is known to be out of reach is no error of whoever followed a link: the page says why.
        return Pages.Page.Of<ActionView>(
            new { Action = action, Sheet = sheet, Side = side, Form = form, Note = note, Once = once ?? Guid.CreateVersion7().ToString("n"), Allowed = allowed, Last = Last(sheet, names) }, more ? StatusCodes.Status200OK : status);

        FormReading Form(Func<string, StringValues> at) => new(at, sent, words, times, sources, shown);
    }

    /// <summary>Why a command was not taken: who did what since the reader looked.</summary>
    public async Task<FormNote> Explain(ReferralAction action, Sheet sheet, long? seen, int status, string sentence, CancellationToken ct)
    {
        var changes = await Since(sheet, seen ?? sheet.Referral.Version, ct);
        var first = Meant(action) is { } what ? sheet.History.LastOrDefault(each => each.What == what && each.By != User.ActorId && (seen is null || each.Version > seen)) : null;
        if (first is not null)
        {
            var names = await people.Of([first.By], ct);
            return new("warn", action.Name == "acknowledge"
                ? words["Act.AlreadyAcknowledged", names[first.By], Times.Clock(first.At)]
                : words["Act.AlreadyDone", course.Title(first), names[first.By], Times.Clock(first.At)], [.. changes.Where(line => line.Version != first.Version)], Over: true);
        }

        return new("warn", status == StatusCodes.Status412PreconditionFailed && changes.Count > 0 ? words["Act.Changed"] : sentence, changes);
    }

    /// <summary>What happened after a version, newest first; without the words, which are a read of their own.</summary>
    public async Task<IReadOnlyList<CourseLine>> Since(Sheet sheet, long seen, CancellationToken ct)
    {
        var names = await people.Of(sheet.Accounts, ct);
        return [.. course.Of(sheet, SheetWords.None, names, new Dictionary<Guid, string>()).Where(line => line.Version > seen)];
    }

    // The event that the command would have made.
    private static string? Meant(ReferralAction action) => action.Name switch
    {
        "acknowledge" => "acknowledged",
        "accept" => "accepted",
        "decline" => "declined",
        "start" => "started",
        "hold" => "held",
        "resume" => "resumed",
        "report-result" => "result-reported",
        "confirm-result" => "result-confirmed",
        "question-result" => "result-questioned",
        "hand-on" => "hand-on-begun",
        "take-back" => "hand-on-ended",
        "answer-information" => "information-answered",
        "withdraw" => "withdrawn",
        "approve" => "sent",
        "return" => "returned",
        _ => null,
    };

    private CourseLine? Last(Sheet sheet, PeopleNames names) => sheet.History is [.., var line] ? course.Of(line, [], names, new Dictionary<Guid, string>()) : null;

    private async Task<FormSources> Sources(ReferralAction action, Sheet sheet, CancellationToken ct)
    {
        var needs = action.FieldsFor(User.Side).Aggregate(FormNeeds.None, (all, field) => all | field.Needs);
        var row = sheet.Referral;
        var desks = needs.HasFlag(FormNeeds.Desks) ? await services.Get<IReadOnlyList<DeskLine>>($"desks?caseId={row.CaseId:D}", ct) : [];
        var package = needs.HasFlag(FormNeeds.Package) ? (await reader.Package(row.Id, ct)).Package : null;
        var talk = needs.HasFlag(FormNeeds.Talk) ? await reader.Talk(row.Id, null, ct) : Talk.None;
        var known = needs.HasFlag(FormNeeds.Case) ? await services.Get<JsonElement>($"cases/{row.CaseId:D}", ct) : default;
        return new(sheet, desks, package, talk, known, fields);
    }
}
