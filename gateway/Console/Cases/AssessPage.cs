using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Cases;

/// <summary>GET /cases/{id}/assess: danger signs, risk level and urgency as judged now. POST /cases/{id}/assess/save records them.</summary>
public static class AssessPage
{
    private const string Path = "/cases/{id:guid}/assess";

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapPost($"{Path}/save", Save).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
    }

    private static async Task<IResult> Show(Services services, Guid id, CancellationToken ct)
    {
        var file = (await CaseFile.Read(services, id, ct)).Value;
        return View(file, AssessmentForm.Of(file), []);
    }

    private static async Task<IResult> Save(Services services, Words words, Guid id, IFormCollection form, CancellationToken ct)
    {
        var assessment = AssessmentForm.Of(form);
        var errors = new FormErrors();
        assessment.Check(errors, words);
        if (errors.Count == 0 && await Commands.Try(() => services.Post($"cases/{id}/assess", assessment.Body, form["once"], ct)) is { Problem: { } problem })
            errors.Add(problem, words);
        return errors.Count == 0 ? Page.After($"{CasePage.Path}/{id}") : View((await CaseFile.Read(services, id, ct)).Value, assessment, errors);
    }

    private static IResult View(CaseFile file, AssessmentForm form, FormErrors errors) => Page.Of<AssessView>(
        new { File = file, Form = form, Errors = errors }, errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
}
