using System.Text.Json;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace Hotline111.Console.Contacts;

/// <summary>
/// GET /contacts/new goes to a page of its own; GET /contacts/{id} is that page: a form while it is a draft, a record once it is one.
/// POST /contacts/{id}/save keeps the draft, /record makes a contact of it, and with <c>then</c> goes on to refer or to call for help.
/// </summary>
public static class ContactPage
{
    /// <summary>Contacts of the hotline.</summary>
    public const string Path = "/contacts";

    /// <summary>A new one.</summary>
    public const string New = $"{Path}/new";

    /// <summary>A note taken on paper.</summary>
    public const string NewPaper = $"{Path}/new?paper=1";

    // An id that nobody has saved anything under is a page just opened, and for no longer than a session lasts.
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(12);

    /// <summary>The page of a contact or draft.</summary>
    public static string At(Guid id) => $"{Path}/{id:D}";

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(New, Begin).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts).ExcludeFromDescription();
        var contact = routes.MapGroup($"{Path}/{{id:guid}}").ExcludeFromDescription();
        contact.MapGet("", Show).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts);
        contact.MapGet("revision", Revision).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts);
        contact.MapPost("save", Save).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts);
        contact.MapPost("record", Record).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts);
        contact.MapPost("discard", Discard).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts);
        contact.MapPost("take-over", TakeOver).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts);
    }

    /// <summary>The newer revision that a refusal names, or null.</summary>
    public static long? RevisionOf(AccessProblem problem) => problem.Facts.GetValueOrDefault("revision") is JsonElement { ValueKind: JsonValueKind.Number } revision ? revision.GetInt64() : null;

    /// <summary>When the newer revision was saved, as a refusal tells it, or null.</summary>
    public static DateTimeOffset? ChangedAt(AccessProblem problem) =>
        problem.Facts.GetValueOrDefault("changedAt") is JsonElement { ValueKind: JsonValueKind.String } at && at.TryGetDateTimeOffset(out var moment) ? moment : null;

    /// <summary>The moment an id was made, by its own clock (UUIDv7); null for an id of another kind.</summary>
    public static DateTimeOffset? MadeAt(Guid id) => id.Version == 7
        ? DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(id.ToString("n")[..12], 16))
        : null;

    // Nothing is made yet: the id alone, whose clock is that of the call.
    private static IResult Begin(string? paper, TimeProvider clock) =>
        TypedResults.LocalRedirect($"{At(Guid.CreateVersion7(clock.GetUtcNow()))}{(paper is null ? "" : "?paper=1")}");

    private static async Task<IResult> Show(Guid id, Services services, People people, TimeProvider clock, string? paper, string? said, CancellationToken ct)
    {
        try
        {
            return await RecordedPage.Of(await services.See<RecordedContact>($"contacts/{id}", ct), people, said, ct);
        }
        catch (ProblemException e) when (e.Problem is AccessProblem { Code: "contact-not-found" })
        {
            return await Draft(id, services, clock, paper is not null, e, ct);
        }
    }

    private static async Task<IResult> Draft(Guid id, Services services, TimeProvider clock, bool paper, ProblemException missing, CancellationToken ct)
    {
        try
        {
            var draft = await services.Get<KeptDraft>($"drafts/{id}", ct);
            return Page.Of<DraftView>(new { Id = id, Content = ContactDraft.From(draft.Content), draft.Revision, SavedAt = draft.ChangedAt, Since = MadeAt(id) ?? draft.StartedAt });
        }
        catch (ProblemException e) when (e.Problem is AccessProblem { Code: "draft-not-found" })
        {
            return MadeAt(id) is { } made && (clock.GetUtcNow() - made).Duration() < Fresh
                ? Page.Of<DraftView>(new { Id = id, Content = new ContactDraft { Paper = paper, Channel = "phone_in" }, Since = made })
                : (IResult)missing.Problem;
        }
        catch (ProblemException e) when (e.Problem is AccessProblem { Code: "draft-of-another" or "draft-ended" } no)
        {
            return Page.Of<DraftElsewhereView>(new { Id = id, Problem = no }, no.Status);
        }
    }

    /// <summary>Where the draft stands, for a page that was away: of one's own, without what is written in it.</summary>
    private static async Task<IResult> Revision(Guid id, Services services, CancellationToken ct)
    {
        var own = await services.Get<DraftRows>("drafts", ct);
        return own.Items.FirstOrDefault(row => row.Id == id) is { } row
            ? Results.Json(new { row.Revision, Said = Times.ToTheSecond(row.ChangedAt) })
            : Results.Json(new { Revision = 0L, Said = "" });
    }

    private static async Task<IResult> Save(Guid id, IFormCollection form, HttpRequest request, Services services, Words words, CancellationToken ct)
    {
        var page = Typed.From(id, form);
        var kept = await Keep(page, form, services, ct);
        // A script asks for JSON: the page stays as it is.
        if (!request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            return kept switch
            {
                { Problem: { Code: "draft-newer" } newer } => newer with { Facts = new Dictionary<string, object?>(newer.Facts) { ["said"] = ChangedAt(newer) is { } at ? Times.ToTheSecond(at) : "" } },
                { Problem: { } no } => no,
                _ => Results.Json(new { Revision = Revised(kept), Said = words["Contact.SavedAt", Times.ToTheSecond(SavedAt(kept))] }),
            };
        }

        return kept.Problem switch
        {
            null => Page.After(form["then"] == "emergency" ? $"{At(id)}/emergency" : At(id)),
            { Code: "draft-recorded" } => Page.After(form["then"] == "emergency" ? $"{At(id)}/emergency" : At(id)),
            var no => page.Again([], no),
        };
    }

    private static async Task<IResult> Record(Guid id, IFormCollection form, Services services, Words words, TimeProvider clock, CancellationToken ct)
    {
        var page = Typed.From(id, form);
        var refer = form["then"] == "refer";
        if (refer && page.Content.Category is null)
        {
            page = page with { Content = page.Content with { Category = "referral" } };
        }

        // Kept first: whatever goes wrong from here on, nothing typed is lost, and a second press finds what the first one did.
        var kept = await Keep(page, form, services, ct);
        switch (kept.Problem)
        {
            case null:
                page = page with { Revision = Revised(kept), SavedAt = SavedAt(kept) };
                break;
            case { Code: "draft-recorded" }:
                // By an earlier press, another window or an emergency: Intake compares what stands here with that, and nothing typed since is taken for recorded.
                break;
            case var no:
                return page.Again([], no);
        }

        var before = kept.Problem is not null;
        var (errors, occurredAt) = ContactFields.Check(page.Content, words, clock.GetUtcNow());
        if (errors.Count > 0 && !before)
        {
            return page.Again(errors);
        }

        Outcome recorded;
        try
        {
            recorded = await services.Post("contacts", ContactFields.Body(id, page.Content, occurredAt ?? page.Since, words), null, ct);
        }
        catch (ProblemException e) when (e.Problem is AccessProblem away)
        {
            return page.Again([new("", words["Contact.NotRecorded"]), new("", words.Language.IsEnglish ? away.En : away.Vi)]);
        }

        if (recorded.Problem is { } refused)
        {
            return page.Again(ContactFields.Errors(refused, words));
        }

        if (before)
        {
            return refer ? await RecordedPage.Refer(id, services, ct) : Page.After(At(id));
        }

        var said = await Categorise(id, page.Content, services, ct) ? "recorded" : "uncategorised";
        return refer ? await RecordedPage.Refer(id, services, ct) : Page.After($"{At(id)}?said={said}");
    }

    // The contact stands, whatever becomes of this; a category can be chosen on its page.
    private static async Task<bool> Categorise(Guid id, ContactDraft content, Services services, CancellationToken ct)
    {
        try
        {
            return (await services.Post($"contacts/{id}/categorise", ContactFields.CategoryBody(content.Category, content.Topics), null, ct)).Done;
        }
        catch (ProblemException)
        {
            return false;
        }
    }

    private static async Task<IResult> Discard(Guid id, IFormCollection form, Services services, CancellationToken ct)
    {
        var outcome = await services.Delete($"drafts/{id}", ct);
        return outcome.Problem is null or { Code: "draft-not-found" } ? Page.After($"{Path}?said=discarded") : outcome.Problem;
    }

    private static async Task<IResult> TakeOver(Guid id, [FromForm] string? unused, Services services, CancellationToken ct)
    {
        var outcome = await services.Post($"drafts/{id}/take-over", new { }, null, ct);
        return outcome.Problem is { } no ? no : Page.After(At(id));
    }

    private static async Task<Outcome> Keep(Typed page, IFormCollection form, Services services, CancellationToken ct)
    {
        try
        {
            var kept = await Put(page.Revision);
            // The page is going away and cannot ask again: an earlier batch of its own came in between. Or a life is in danger, and this page is the one in use.
            return kept.Problem is { Code: "draft-newer" } newer && RevisionOf(newer) is { } revision && (IsLast(newer) || form["then"] == "emergency") ? await Put(revision) : kept;
        }
        catch (ProblemException e) when (e.Problem is AccessProblem away)
        {
            return new Outcome(away, default, null);
        }

        Task<Outcome> Put(long revision) => services.Put($"drafts/{page.Id}", new { Revision = revision, page.Content, page.Tab }, ct);

        bool IsLast(AccessProblem newer) => (form["last"] == "true" || form.ContainsKey("then"))
            && newer.Facts.GetValueOrDefault("tab") is JsonElement { ValueKind: JsonValueKind.String } tab && tab.TryGetGuid(out var by) && by == page.Tab;
    }

    private static long Revised(Outcome kept) => kept.Body.GetProperty("revision").GetInt64();

    private static DateTimeOffset SavedAt(Outcome kept) => kept.Body.GetProperty("changedAt").GetDateTimeOffset();

    /// <summary>What a form sent, so that the page can be shown again with it.</summary>
    private sealed record Typed(Guid Id, ContactDraft Content, long Revision, Guid Tab)
    {
        public DateTimeOffset? SavedAt { get; init; }

        public DateTimeOffset Since => MadeAt(Id) ?? DateTimeOffset.UtcNow;

        public static Typed From(Guid id, IFormCollection form) => new(
            id,
            ContactDraft.From(form),
            long.TryParse(form["over"].FirstOrDefault() ?? form["revision"].ToString(), out var revision) ? revision : 0,
            Guid.TryParse(form["tab"], out var tab) ? tab : Guid.NewGuid());

        public IResult Again(FormErrors errors, AccessProblem? problem = null) => Page.Of<DraftView>(
            new { Id, Content, Revision, SavedAt, Tab, Since, Errors = errors, Problem = problem },
            problem?.Status ?? StatusCodes.Status422UnprocessableEntity);
    }
}

/// <summary>A draft as Intake gives it to its owner.</summary>
public sealed record KeptDraft(Guid Id, long Revision, DateTimeOffset StartedAt, DateTimeOffset ChangedAt, Guid? Tab, JsonElement Content);

/// <summary>Drafts as Intake lists them: nothing of what is written in them.</summary>
public sealed record DraftRows(IReadOnlyList<DraftRow> Items);

/// <summary>A draft in a list.</summary>
/// <param name="Owner">The account that types.</param>
public sealed record DraftRow(Guid Id, string Owner, long Revision, DateTimeOffset StartedAt, DateTimeOffset ChangedAt);
