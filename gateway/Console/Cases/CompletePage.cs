using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Cases;

/// <summary>
/// GET /cases/{id}/complete: what is known beside the contact, to be added to a case that an emergency opened, or put right in any. POST …/save does it; a form that
/// somebody else's change has overtaken comes back and says so instead of writing over it.
/// </summary>
public static class CompletePage
{
    private const string Path = "/cases/{id:guid}/complete";

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapPost($"{Path}/save", Save).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
    }

    private static async Task<IResult> Show(Services services, Guid id, CancellationToken ct)
    {
        var file = (await CaseFile.Read(services, id, ct)).Value;
        if (!file.AwaitsDetails)
            return View(file, null, DetailsForm.Of(file), []);
        var contact = await services.Get<ContactSeen>($"contacts/{file.ContactId}", ct);
        return View(file, contact.Caller.Phone, DetailsForm.Of(contact), []);
    }

    private static async Task<IResult> Save(Services services, Words words, Guid id, IFormCollection form, CancellationToken ct)
    {
        var details = DetailsForm.Of(form);
        var errors = new FormErrors();
        details.Check(errors, words);
        for (var attempt = 1; ; attempt++)
        {
            var (file, version) = await CaseFile.Read(services, id, ct);
            // Pressed twice, it is so already.
            if (errors.Count == 0 && details.SaysSomething && DetailsForm.Of(file) == details)
                return Page.After($"{CasePage.Path}/{id}");
            if (errors.Count == 0 && form["seen"] != Commands.Mark(DetailsForm.Of(file)))
                errors.Add("", words["Case.Overtaken"]);
            if (errors.Count == 0)
            {
                var outcome = await Commands.Try(() => services.Post($"cases/{id}/complete", details.Body, form["once"], ct, version));
                if (outcome.Done)
                    return Page.After($"{CasePage.Path}/{id}");
                // Something happened to the case since it was read just now; whether to its details is seen by looking again.
                if (outcome.Problem!.Status == StatusCodes.Status412PreconditionFailed && attempt < 4)
                    continue;
                errors.Add(outcome.Problem, words, DetailsForm.FieldOf);
            }

            return View(file, null, details, errors);
        }
    }

    private static IResult View(CaseFile file, string? phone, DetailsForm details, FormErrors errors) => Page.Of<CompleteView>(
        new { File = file, Phone = phone, Details = details, Errors = errors }, errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
}
