using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;

namespace Hotline111.Console.Cases;

/// <summary>
/// GET /cases/new?contact=ID: a case from a contact, on one page: what is taken over, how dangerous it is, and whom it is about. POST gives the services' commands one
/// after the other; sent again it goes on where it stopped. Without a contact the page lists those that have no case yet.
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
        return View(seen, Guid.CreateVersion7(), DetailsForm.Of(seen), person, new AssessmentForm(null, [], "standard"), []);
    }

    private static async Task<IResult> Open(Services services, Words words, Guid contact, IFormCollection form, CancellationToken ct)
    {
        var once = Commands.Once(form["once"]);
        var (details, person, assessment) = (DetailsForm.Of(form), PersonForm.Of(form), AssessmentForm.Of(form));
        var seen = await services.Get<ContactSeen>($"contacts/{contact}", ct);
        // One contact, one case: also when it was opened twice at once, or an emergency opened it meanwhile.
        var id = StreamId.Of("case", contact);
        if (seen.CaseId is { } opened && opened != id)
            return Page.After($"{CasePage.Path}/{opened}");
        var errors = new FormErrors();
        details.Check(errors, words);
        person.Check(errors, words);
        if (assessment.SaysSomething)
            assessment.Check(errors, words);
        if (errors.Count == 0)
        {
            await Give(() => services.Post("cases", new { id, contactId = contact, place = details.PlaceBody, details.SafeContact, details.CallerContact, details.Narrative }, null, ct), DetailsForm.FieldOf);
            if (person.SaysSomething)
                await Give(() => services.Post($"cases/{id}/persons", person.Body(Commands.IdFor(once, "person")), null, ct), member => PersonForm.Fields.Contains(member) ? member : null);
            if (assessment.SaysSomething)
                await Give(() => services.Post($"cases/{id}/assess", assessment.Body, null, ct), _ => "riskLevel");
        }

        return errors.Count == 0 ? Page.After($"{CasePage.Path}/{id}") : View(seen, once, details, person, assessment, errors);

        async Task Give(Func<Task<Outcome>> command, Func<string, string?> field)
        {
            if (errors.Count == 0 && await Commands.Try(command) is { Problem: { } problem })
                errors.Add(problem, words, field);
        }
    }

    private static IResult View(ContactSeen contact, Guid once, DetailsForm details, PersonForm person, AssessmentForm assessment, FormErrors errors) => Page.Of<OpenCaseView>(
        new { Contact = contact, Once = once, Details = details, Person = person, Assessment = assessment, Errors = errors },
        errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
}
