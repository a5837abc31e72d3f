using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;

namespace Hotline111.Console.Cases;

/// <summary>
/// GET /cases/new?contact=ID: a case from a contact, on one page: what is taken over, how dangerous it is, and whom it is about. POST gives the services' commands one
/// after the other; sent again it goes on where it stopped and puts right what it told otherwise before. What a case that somebody else opened has otherwise is told, never dropped. Without a contact the page lists those that have no case yet.
/// </summary>
public static class OpenCasePage
{
    /// <summary>The page.</summary>
    public const string Path = "/cases/new";

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Choose).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapGet($"{Path}/{{contact:guid}}", Show).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapPost($"{Path}/{{contact:guid}}/open", Open).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
    }

    /// <summary>A contact that could become a case, as its service lists it.</summary>
    public sealed record ContactLine(Guid Id, string Number, string Channel, string CallerKind, string? Category, DateTimeOffset OccurredAt, Guid? CaseId);

    private sealed record ContactLines(IReadOnlyList<ContactLine> Items);

    private static async Task<IResult> Choose(Services services, Guid? contact, CancellationToken ct)
    {
        if (contact is { } id)
            return TypedResults.LocalRedirect($"{Path}/{id}");
        var lines = await services.Get<ContactLines>("contacts?mine=all&limit=50", ct);
        return Page.Of<ChooseContactView>(new { Lines = (IReadOnlyList<ContactLine>)[.. lines.Items.Where(line => line.CaseId is null)] });
    }

    private static async Task<IResult> Show(Services services, Guid contact, CancellationToken ct)
    {
        var seen = await services.Get<ContactSeen>($"contacts/{contact}", ct);
        if (seen.CaseId is { } opened)
            return TypedResults.LocalRedirect($"{CasePage.Path}/{opened}");
        // Who was harmed calls herself: then she is the first person of the case.
        var person = seen.Caller.Kind == "victim"
            ? PersonForm.Empty with { Name = seen.Caller.Name, Gender = seen.Caller.Gender, Age = seen.Caller.Age?.ToString(System.Globalization.CultureInfo.InvariantCulture), Phone = seen.Caller.Phone }
            : PersonForm.Empty;
        return View(seen, Guid.CreateVersion7(), DetailsForm.Of(seen), person, AssessmentForm.Empty, null, null, []);
    }

    private static async Task<IResult> Open(Services services, Words words, Guid contact, IFormCollection form, CancellationToken ct)
    {
        var once = Commands.Once(form["once"]);
        var (details, person, assessment) = (DetailsForm.Of(form), PersonForm.Of(form), AssessmentForm.Of(form));
        var seen = await services.Get<ContactSeen>($"contacts/{contact}", ct);
        // One contact, one case: also when it was opened twice at once, or an emergency opened it meanwhile.
        var id = seen.CaseId ?? StreamId.Of("case", contact);
        CaseFile? there = null;
        var errors = new FormErrors();
        details.Check(errors, words);
        person.Check(errors, words);
        if (assessment.SaysSomething)
            assessment.Check(errors, words);
        // The version of the case as this form left it; without one it has not opened it, as far as it knows.
        var version = long.TryParse(form["version"], out var left) ? left : (long?)null;
        if (errors.Count == 0)
        {
            if (version is null)
                await Begin();
            else if (details.SaysSomething)
                await Give(() => services.Post($"cases/{id}/complete", details.Body, null, ct, version), DetailsForm.FieldOf);
            if (errors.Count == 0)
                there = (await CaseFile.Read(services, id, ct)).Value;
            if (person.SaysSomething)
                await Give(() => person.Add(services, id, once, form.ContainsKey("again"), ct), member => PersonForm.Fields.Contains(member) ? member : null);
            // What somebody else has judged meanwhile is not written over unseen.
            var judged = there is { IsAssessed: true };
            if (assessment.SaysSomething && !judged)
                await Give(() => services.Post($"cases/{id}/assess", assessment.Body, null, ct), _ => "riskLevel");
            if (there is not null)
            {
                foreach (var field in details.MissingIn(there))
                    errors.Add(field, words["Case.NotTaken"]);
                if (assessment.SaysSomething && judged && !assessment.Is(AssessmentForm.Of(there)))
                    errors.Add("riskLevel", words["Case.AssessmentNotTaken"]);
            }
        }

        return errors.Count == 0 ? Page.After($"{CasePage.Path}/{id}") : View(seen, once, details, person, assessment, version, there, errors);

        // With other words than somebody else's, it is the contact's case all the same: what it does not have is compared below.
        async Task Begin()
        {
            var opened = await Commands.Try(() => services.Post("cases", new { id, contactId = contact, place = details.PlaceBody, details.SafeContact, details.CallerContact, details.Narrative }, null, ct));
            version = opened.Version;
            if (opened.Problem is { Code: not "case-already-exists" } problem)
                errors.Add(problem, words, DetailsForm.FieldOf);
        }

        async Task Give(Func<Task<Outcome>> command, Func<string, string?> field)
        {
            if (errors.Count > 0)
                return;
            var outcome = await Commands.Try(command);
            version = version is null ? null : outcome.Version ?? version;
            if (outcome.Problem is { } problem)
                errors.Add(problem, words, field);
        }
    }

    private static IResult View(
        ContactSeen contact, Guid once, DetailsForm details, PersonForm person, AssessmentForm assessment, long? version, CaseFile? there, FormErrors errors) => Page.Of<OpenCaseView>(
        new { Contact = contact, Once = once, Details = details, Person = person, Assessment = assessment, Version = version, There = there, Errors = errors },
        errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
}
