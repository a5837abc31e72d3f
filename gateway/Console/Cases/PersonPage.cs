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
        var known = Known(file, person);
        return View(file, person, Guid.CreateVersion7(), PersonForm.Of(known), Commands.Mark(known), []);
    }

    private static async Task<IResult> Change(Services services, Words words, Guid id, Guid person, IFormCollection form, CancellationToken ct)
    {
        var told = PersonForm.Of(form);
        var once = Commands.Once(form["once"]);
        var (file, errors) = await Commands.OnCase(
            services,
            words,
            id,
            (file, errors) =>
            {
                told.Check(errors, words);
                if (form["seen"] != Commands.Mark(Known(file, person)))
                    errors.Add("", words["Case.Overtaken"]);
                return false;
            },
            version => services.Post($"cases/{id}/persons/{person}/change", told.Body(null), null, ct, version),
            ct,
            FieldOf);
        return errors.Count == 0 ? Page.After(After(id, form)) : View(file, person, once, told, Commands.Mark(Known(file, person)), errors);
    }

    private static string After(Guid id, IFormCollection form) => form.ContainsKey("another") ? $"{CasePage.Path}/{id}/persons/new" : $"{CasePage.Path}/{id}";

    private static string? FieldOf(string member) => PersonForm.Fields.Contains(member) ? member : null;

    private static CasePerson Known(CaseFile file, Guid person) => file.Persons.FirstOrDefault(known => known.Id == person) ?? throw new ProblemException(Problems.NotFound);

    private static IResult View(CaseFile file, Guid? person, Guid once, PersonForm form, string? seen, FormErrors errors) => Page.Of<PersonView>(
        new { File = file, Person = person, Once = once, Form = form, Seen = seen, Errors = errors },
        errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
}
