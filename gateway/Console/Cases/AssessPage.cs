using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Cases;

/// <summary>GET /cases/{id}/assess: danger signs, risk level and urgency as judged now. POST /cases/{id}/assess/save records them,
/// unless somebody has judged anew since the form was shown: then it comes back and says so.</summary>
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
        var (file, errors) = await Commands.OnCase(
            services,
            words,
            id,
            (file, errors) =>
            {
                var now = AssessmentForm.Of(file);
                if (assessment.Level is not null && assessment.Is(now))
                    return true;
                assessment.Check(errors, words);
                if (form["seen"] != Commands.Mark(now))
                    errors.Add("", words["Case.Overtaken"]);
                return false;
            },
            version => services.Post($"cases/{id}/assess", assessment.Body, null, ct, version),
            ct);
        return errors.Count == 0 ? Page.After($"{CasePage.Path}/{id}") : View(file, assessment, errors);
    }

    private static IResult View(CaseFile file, AssessmentForm form, FormErrors errors) => Page.Of<AssessView>(
        new { File = file, Form = form, Errors = errors }, errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
}
