using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Cases;

/// <summary>GET /cases/{id}/complete: what is known beside the contact, for a case that an emergency opened. POST /cases/{id}/complete/save adds it.</summary>
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
            return TypedResults.LocalRedirect($"{CasePage.Path}/{id}");
        var contact = await services.Get<ContactSeen>($"contacts/{file.ContactId}", ct);
        return View(file, contact.Caller.Phone, DetailsForm.Of(contact), []);
    }

    private static async Task<IResult> Save(Services services, Words words, Guid id, IFormCollection form, CancellationToken ct)
    {
        var details = DetailsForm.Of(form);
        var errors = new FormErrors();
        details.Check(errors, words);
        if (errors.Count == 0
            && await Commands.Try(() => services.Post($"cases/{id}/complete", new { place = details.PlaceBody, details.SafeContact, details.CallerContact, details.Narrative }, form["once"], ct))
                is { Problem: { } problem })
        {
            errors.Add(problem, words, DetailsForm.FieldOf);
        }

        return errors.Count == 0 ? Page.After($"{CasePage.Path}/{id}") : View((await CaseFile.Read(services, id, ct)).Value, null, details, errors);
    }

    private static IResult View(CaseFile file, string? phone, DetailsForm details, FormErrors errors) => Page.Of<CompleteView>(
        new { File = file, Phone = phone, Details = details, Errors = errors }, errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
}
