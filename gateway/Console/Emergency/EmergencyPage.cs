using Hotline111.Console.Contacts;
using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Primitives;

namespace Hotline111.Console.Emergency;

/// <summary>The emergency sheet as it stands before somebody.</summary>
/// <param name="At">Address of the sheet; everything it sends goes below it.</param>
/// <param name="Back">The page that it was opened from.</param>
/// <param name="EmergencyId">Made from the contact and from how often something was sent for it: whatever is pressed twice, in however many windows, is the same emergency.</param>
/// <param name="FactsAway">The draft or contact could not be read.</param>
/// <param name="Purpose">Code of list referral-purpose.</param>
/// <param name="Province">Code of the place's province, or null while it is unknown.</param>
/// <param name="Where">The place in words, typed here.</param>
/// <param name="Need">What must be done, typed here; null where the facts say it.</param>
/// <param name="Chosen">The desks that will be sent to.</param>
/// <param name="More">A desk added by hand.</param>
/// <param name="DesksAway">The desks are those of the directory at the start.</param>
/// <param name="Failure">Why it was not sent, or null.</param>
public sealed record EmergencySheet(
    string At, string Back, Guid ContactId, Guid CaseId, Guid EmergencyId, KnownFacts Facts, bool FactsAway, string Purpose, string? Province, string? Where, string? Need,
    IReadOnlyList<CompetentDesk> OnDuty, IReadOnlyList<CompetentDesk> Others, IReadOnlyList<string> Chosen, string? More, bool DesksAway, FormErrors Errors, string? Failure)
{
    /// <summary>What an emergency can be about.</summary>
    public static IReadOnlyList<string> Purposes { get; } =
        ["verify_rescue", "border_intercept", "protect", "search_missing", "child_protection", "consular", "medical", "shelter"];

    /// <summary>What it is about unless somebody says otherwise.</summary>
    public const string UsualPurpose = "verify_rescue";
}

/// <summary>
/// GET /contacts/{id}/emergency and /cases/{id}/emergency: life or health is in danger now. One sheet with what is known filled in, one red button with the focus.
/// POST …/send sends it, POST …/desks shows who is competent for another place or need.
/// </summary>
/// <remarks>
/// The order of sending is what is safest: first the referral, which needs the referral service alone; then the contact is recorded from its draft. If that fails
/// nothing is lost - the draft is still there, and <see cref="SentPage"/> offers it again.
/// </remarks>
public static class EmergencyPage
{
    /// <summary>So many letters of notes about persons go with an emergency, shared by all of them alike.</summary>
    private const int AllNotes = 16_000;

    /// <summary>Registers what the sheet asks of the services.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddScoped<FactsReading>();
        services.AddScoped<CompetentDesks>();
        services.AddScoped<SentReferrals>();
        services.AddScoped<DraftRecording>();
    }

    /// <summary>Maps the sheet.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (subject, show) in ((string, Delegate)[])[("contacts", ShowContact), ("cases", ShowCase)])
        {
            var sheet = routes.MapGroup($"/{subject}/{{id:guid}}/emergency").RequireAction(ConsoleRules.Table, ConsoleRules.Emergency).ExcludeFromDescription();
            sheet.MapGet("", show);
            sheet.MapPost("send", Send);
            sheet.MapPost("desks", Desks);
        }
    }

    private static async Task<IResult> ShowContact(Guid id, HttpContext context, FactsReading reading, CompetentDesks desks, SentReferrals sent, CancellationToken ct)
    {
        var (facts, away) = await reading.OfContact(id, ct);
        return await Show($"/contacts/{id:D}", id, facts.CaseId ?? ContactCase.IdOf(id), facts, away, context, desks, sent, ct);
    }

    private static async Task<IResult> ShowCase(Guid id, HttpContext context, FactsReading reading, CompetentDesks desks, SentReferrals sent, CancellationToken ct)
    {
        var (facts, contactId) = await reading.OfCase(id, ct);
        return await Show($"/cases/{id:D}", contactId, id, facts, false, context, desks, sent, ct);
    }

    private static async Task<IResult> Show(
        string back, Guid contactId, Guid caseId, KnownFacts facts, bool factsAway, HttpContext context, CompetentDesks desks, SentReferrals sent, CancellationToken ct)
    {
        var before = await sent.Of(caseId, ct);
        var province = facts.Place?.Today;
        var (onDuty, others, away) = await desks.For(province, EmergencySheet.UsualPurpose, caseId, facts.RiskSigns, SentReferrals.Standing(before), ct);
        return Page.Of<EmergencyView>(new
        {
            Sheet = new EmergencySheet(
                context.Request.Path, back, contactId, caseId, EmergencyId(contactId, before), facts, factsAway, EmergencySheet.UsualPurpose, province, null, null,
                onDuty, others, [.. onDuty.Where(desk => desk.Chosen).Select(desk => desk.Id)], null, away, [], null),
        });
    }

    // Another place or need: the desks are chosen anew, those added by hand stay.
    private static async Task<IResult> Desks(Guid id, IFormCollection form, HttpContext context, CompetentDesks desks, SentReferrals sent, CancellationToken ct)
    {
        var sheet = await ChosenAnew(Read(form, context), form, desks, sent, ct);
        return Page.Of<EmergencyDesks>(new { Sheet = sheet });
    }

    private static async Task<IResult> Send(
        Guid id, IFormCollection form, HttpContext context, Services services, CompetentDesks desks, SentReferrals sent, DraftRecording recording, WordBook book, Words words, CancellationToken ct)
    {
        var sheet = Read(form, context);
        var vietnamese = new Words(book, Language.Vietnamese);
        if (form["shownProvince"] != (sheet.Province ?? "") || form["shownPurpose"] != sheet.Purpose)
        {
            // Without scripts the list of desks is the one for the place before: nobody is sent to whom the counsellor has not seen.
            sheet = await ChosenAnew(sheet, form, desks, sent, ct);
            return View(sheet with { Failure = words["Emergency.ChosenAnew"] }, StatusCodes.Status422UnprocessableEntity);
        }

        var need = sheet.Need ?? sheet.Facts.Need(vietnamese, sheet.Purpose);
        string[] receivers = [.. sheet.Chosen, .. sheet.More is { } added ? [added] : Array.Empty<string>()];
        var errors = new FormErrors();
        if (need is null)
        {
            errors.Add("need", words["Emergency.NeedMissing"]);
        }

        if (receivers.Distinct().Count() is 0 or > CompetentDesks.Most)
        {
            errors.Add("desk", words["Emergency.DesksMissing", CompetentDesks.Most]);
        }

        if (errors.Count > 0)
        {
            return View(await WithDesks(sheet with { Errors = errors }, desks, sent, ct), StatusCodes.Status422UnprocessableEntity);
        }

        var (problem, status) = await Give(services, Body(sheet, need!, receivers, vietnamese), ct);
        if (problem is { Code: "referral-already-exists" })
        {
            // Something else went out from this sheet before, from another window or while the services were away: what stands here now is a sending of its own, and nobody's but hers to decide.
            var before = await sent.Of(sheet.CaseId, ct);
            sheet = sheet with { EmergencyId = EmergencyId(sheet.ContactId, before), Failure = words["Emergency.OtherWentOut"] };
            return View(await WithDesks(sheet, desks, sent, ct), StatusCodes.Status409Conflict);
        }

        if (problem is not null)
        {
            var sentence = words.Language.IsEnglish ? problem.En : problem.Vi;
            return View(await WithDesks(sheet with { Failure = sentence }, desks, sent, ct), status);
        }

        if (sheet.Facts.IsDraft)
        {
            await recording.Record(sheet.ContactId, ct);
        }

        return Page.After($"{sheet.At}/sent?case={sheet.CaseId:D}");
    }

    private static Guid EmergencyId(Guid contactId, IReadOnlyList<SentReferral> before) => StreamId.Of("emergency-of-contact", $"{contactId:D}/{before.Count}");

    private static async Task<(AccessProblem? Problem, int Status)> Give(Services services, object body, CancellationToken ct)
    {
        try
        {
            var outcome = await services.Post("referrals/emergency", body, once: null, ct);
            return (outcome.Problem, outcome.Problem is { Status: StatusCodes.Status409Conflict } ? StatusCodes.Status409Conflict : StatusCodes.Status422UnprocessableEntity);
        }
        catch (ProblemException away) when (away.Problem is AccessProblem problem)
        {
            return (problem, StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static object Body(EmergencySheet sheet, string need, IReadOnlyList<string> desks, Words vietnamese)
    {
        var facts = sheet.Facts;
        var place = sheet.Province is null ? null
            : facts.Place is { } known && known.Today == sheet.Province ? known with { Commune = sheet.Where ?? known.Commune }
            : new KnownPlace(Provinces.Editions[^1].Edition, sheet.Province, null, sheet.Where);

        // A place that has no province yet is told in words.
        var narrative = facts.Narrative == need ? null : facts.Narrative;
        if (place is null && sheet.Where is { } where)
        {
            narrative = string.Join('\n', new[] { vietnamese["Emergency.PlaceInWords", where], narrative }.Where(part => part is not null));
        }

        return new
        {
            id = sheet.EmergencyId,
            caseId = sheet.CaseId,
            contactId = sheet.ContactId,
            desks,
            purpose = sheet.Purpose,
            need,
            place,
            riskSigns = facts.RiskSigns.Count == 0 ? null : facts.RiskSigns,
            facts.SafeContact,
            facts.CallerContact,
            narrative = narrative is { Length: > 8000 } ? narrative[..8000] : narrative,
            persons = facts.Persons.Select(person => person with { Note = Shortened(person.Note, facts.Persons.Count) }),
        };
    }

    // A body takes 64 kB: of many persons each note gives way, never the sending.
    private static string? Shortened(string? note, int persons) => note?.Length > AllNotes / persons ? $"{note[..(AllNotes / persons)]}…" : note;

    private static IResult View(EmergencySheet sheet, int status) => Page.Of<EmergencyView>(new { Sheet = sheet }, status);

    private static async Task<EmergencySheet> ChosenAnew(EmergencySheet sheet, IFormCollection form, CompetentDesks desks, SentReferrals sent, CancellationToken ct)
    {
        // What the sheet had chosen by itself for the place before is not what somebody added.
        var (before, _, _) = await desks.For(Known(form["shownProvince"]), form["shownPurpose"].ToString(), sheet.CaseId, sheet.Facts.RiskSigns, SentReferrals.None, ct);
        var added = sheet.Chosen.Except(before.Select(desk => desk.Id)).ToList();
        sheet = await WithDesks(sheet, desks, sent, ct);
        var competent = sheet.OnDuty.Concat(sheet.Others).Select(desk => desk.Id).ToHashSet(StringComparer.Ordinal);
        return sheet with
        {
            Chosen = [.. sheet.OnDuty.Where(desk => desk.Chosen).Select(desk => desk.Id).Concat(added.Where(competent.Contains)).Distinct().Take(CompetentDesks.Most)],
            More = sheet.More is { } more && competent.Contains(more) ? more : null,
        };
    }

    private static async Task<EmergencySheet> WithDesks(EmergencySheet sheet, CompetentDesks desks, SentReferrals sent, CancellationToken ct)
    {
        var before = await sent.Of(sheet.CaseId, ct);
        var (onDuty, others, away) = await desks.For(sheet.Province, sheet.Purpose, sheet.CaseId, sheet.Facts.RiskSigns, SentReferrals.Standing(before), ct);
        return sheet with { OnDuty = onDuty, Others = others, DesksAway = away };
    }

    private static EmergencySheet Read(IFormCollection form, HttpContext context)
    {
        var at = PageHost.Above(context.Request.Path)!;
        var purpose = form["purpose"].ToString();
        return new(
            at, PageHost.Above(at)!, Id(form["contact"]), Id(form["case"]), Id(form["emergency"]), KnownFacts.Read(form["facts"]), form["factsAway"] == "true",
            EmergencySheet.Purposes.Contains(purpose) ? purpose : EmergencySheet.UsualPurpose, Known(form["province"]), Typed(form["where"], 200), Typed(form["need"], 2000),
            [], [], [.. form["desk"].Where(desk => !string.IsNullOrEmpty(desk)).Select(desk => desk!).Distinct()], Typed(form["more"], 100), false, [], null);
    }

    private static Guid Id(StringValues text) => Guid.TryParse(text, out var id) ? id : Guid.Empty;

    private static string? Known(StringValues province) => Provinces.Editions[^1].Find(province.ToString())?.Code;

    private static string? Typed(StringValues text, int most) => text.ToString().Trim() is { Length: > 0 } typed ? typed[..Math.Min(typed.Length, most)] : null;
}
