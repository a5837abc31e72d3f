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
        var (file, errors) = await Commands.OnCase(
            services,
            words,
            id,
            (file, errors) =>
            {
                details.Check(errors, words);
                if (errors.Count > 0)
                    return false;
                if (details.SaysSomething && DetailsForm.Of(file) == details)
                    return true;
                if (form["seen"] != Commands.Mark(DetailsForm.Of(file)))
                    errors.Add("", words["Case.Overtaken"]);
                return false;
            },
            version => services.Post($"cases/{id}/complete", details.Body, form["once"], ct, version),
            ct,
            DetailsForm.FieldOf);
        return errors.Count == 0 ? Page.After($"{CasePage.Path}/{id}") : View(file, null, details, errors);
    }

    private static IResult View(CaseFile file, string? phone, DetailsForm details, FormErrors errors) => Page.Of<CompleteView>(
        new { File = file, Phone = phone, Details = details, Errors = errors }, errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
}
