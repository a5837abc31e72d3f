using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console.Cases;

/// <summary>
/// GET /cases/{id}/persons/new and /cases/{id}/persons/{person}: whom the case is about, every field optional. POST …/save adds her or changes what is known; a form
/// that somebody else's change has overtaken comes back and says so instead of writing over it.
/// </summary>
public static class PersonPage
{
    private const string Path = "/cases/{id:guid}/persons";

    /// <summary>Maps the pages.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet($"{Path}/new", New).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapPost($"{Path}/new/save", Add).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapGet($"{Path}/{{person:guid}}", Show).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapPost($"{Path}/{{person:guid}}/save", Change).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
    }

    private static async Task<IResult> New(Services services, Guid id, CancellationToken ct) =>
        View((await CaseFile.Read(services, id, ct)).Value, null, Guid.CreateVersion7(), PersonForm.Empty, null, []);

    private static async Task<IResult> Add(Services services, Words words, Guid id, IFormCollection form, CancellationToken ct)
    {
        var person = PersonForm.Of(form);
        var once = Commands.Once(form["once"]);
        var errors = new FormErrors();
        person.Check(errors, words);
        if (errors.Count == 0 && await person.Add(services, id, once, form.ContainsKey("again"), ct) is { Problem: { } problem })
            errors.Add(problem, words, FieldOf);
        return errors.Count == 0 ? Page.After(After(id, form)) : View((await CaseFile.Read(services, id, ct)).Value, null, once, person, null, errors);
    }

    private static async Task<IResult> Show(Services services, Guid id, Guid person, CancellationToken ct)
    {
        var file = (await CaseFile.Read(services, id, ct)).Value;
        return Find(file, person) is { } known ? View(file, person, Guid.CreateVersion7(), PersonForm.Of(known), Commands.Mark(known), []) : throw new ProblemException(Problems.NotFound);
    }

    private static async Task<IResult> Change(Services services, Words words, Guid id, Guid person, IFormCollection form, CancellationToken ct)
    {
        var told = PersonForm.Of(form);
        var once = Commands.Once(form["once"]);
        var errors = new FormErrors();
        told.Check(errors, words);
        for (var attempt = 1; ; attempt++)
        {
            var (file, version) = await CaseFile.Read(services, id, ct);
            var known = Find(file, person) ?? throw new ProblemException(Problems.NotFound);
            if (form["seen"] != Commands.Mark(known))
                errors.Add("", words["Case.Overtaken"]);
            if (errors.Count == 0)
            {
                var outcome = await Commands.Try(() => services.Post($"cases/{id}/persons/{person}/change", told.Body(null), null, ct, version));
                if (outcome.Done)
                    return Page.After(After(id, form));
                // Something happened to the case since it was read just now; whether to her is seen by looking again.
                if (outcome.Problem!.Status == StatusCodes.Status412PreconditionFailed && attempt < 4)
                    continue;
                errors.Add(outcome.Problem, words, FieldOf);
            }

            return View(file, person, once, told, Commands.Mark(known), errors);
        }
    }

    private static string After(Guid id, IFormCollection form) => form.ContainsKey("another") ? $"{CasePage.Path}/{id}/persons/new" : $"{CasePage.Path}/{id}";

    private static string? FieldOf(string member) => PersonForm.Fields.Contains(member) ? member : null;

    private static CasePerson? Find(CaseFile file, Guid person) => file.Persons.FirstOrDefault(known => known.Id == person);

    private static IResult View(CaseFile file, Guid? person, Guid once, PersonForm form, string? seen, FormErrors errors) => Page.Of<PersonView>(
        new { File = file, Person = person, Once = once, Form = form, Seen = seen, Errors = errors },
        errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
}
