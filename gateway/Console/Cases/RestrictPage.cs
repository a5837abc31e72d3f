using System.Security.Claims;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Cases;

/// <summary>Whom a case is to be kept from, as a form holds it.</summary>
public sealed record RestrictionForm(IReadOnlyList<string> Agencies, IReadOnlyList<string> Provinces, string? Reason)
{
    /// <summary>As it was sent.</summary>
    public static RestrictionForm Of(IFormCollection form) => new(Codes(form, "agencies"), Codes(form, "provinces"), form.Typed("reason"));

    /// <summary>As the case has it.</summary>
    public static RestrictionForm Of(CaseFile file) => new(file.Restriction?.Agencies ?? [], file.Restriction?.Provinces ?? [], file.Restriction?.Reason);

    /// <summary>Nobody is kept from it.</summary>
    public bool IsEmpty => Agencies.Count + Provinces.Count == 0;

    /// <summary>Whether a desk is kept from the case: by its agency, or by a province of its territory.</summary>
    public bool Excludes(DirectoryDesk desk) => Agencies.Contains(desk.AgencyId) || desk.ProvinceCodes.Any(Provinces.Contains);

    private static IReadOnlyList<string> Codes(IFormCollection form, string name) => [.. form[name].OfType<string>().Where(code => code.Length > 0).Distinct()];
}

/// <summary>
/// GET /cases/{id}/restrict: agencies and provinces that must not learn of the case, because one of their officials is involved. POST …/look shows what that means,
/// POST …/save does it. For supervisors; others are told whom to ask.
/// </summary>
public static class RestrictPage
{
    private const string Path = "/cases/{id:guid}/restrict";

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapPost($"{Path}/look", Look).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapPost($"{Path}/save", Save).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
    }

    private static async Task<IResult> Show(Services services, ClaimsPrincipal user, Guid id, CancellationToken ct)
    {
        var file = (await CaseFile.Read(services, id, ct)).Value;
        return View(file, RestrictionForm.Of(file), [], user, [], confirming: false);
    }

    private static async Task<IResult> Look(Services services, ClaimsPrincipal user, Words words, Guid id, IFormCollection form, CancellationToken ct)
    {
        var file = (await CaseFile.Read(services, id, ct)).Value;
        var wanted = RestrictionForm.Of(form);
        var errors = Check(file, wanted, words);
        return View(file, wanted, await ReferralRow.Of(services, file.Course, ct), user, errors, confirming: errors.Count == 0);
    }

    private static async Task<IResult> Save(Services services, ClaimsPrincipal user, Words words, Guid id, IFormCollection form, CancellationToken ct)
    {
        var file = (await CaseFile.Read(services, id, ct)).Value;
        var wanted = RestrictionForm.Of(form);
        var errors = Check(file, wanted, words);
        if (errors.Count == 0
            && await Commands.Try(() => services.Post($"cases/{id}/restrict", new { wanted.Agencies, wanted.Provinces, wanted.Reason }, form["once"], ct)) is { Problem: { } problem })
        {
            errors.Add(problem, words, member => member is "reason" ? member : null);
        }

        return errors.Count == 0 ? Page.After($"{CasePage.Path}/{id}") : View(file, wanted, [], user, errors, confirming: false);
    }

    private static FormErrors Check(CaseFile file, RestrictionForm wanted, Words words)
    {
        var errors = new FormErrors();
        if (wanted.IsEmpty && file.Restriction is null)
            errors.Add("provinces", words["Case.RestrictNobody"]);
        if (wanted.Reason is null)
            errors.Add("reason", words["Case.RestrictWhy"]);
        return errors;
    }

    private static IResult View(CaseFile file, RestrictionForm form, IReadOnlyList<ReferralRow> referrals, ClaimsPrincipal user, FormErrors errors, bool confirming) => Page.Of<RestrictView>(
        new { File = file, Form = form, Referrals = referrals, May = user.Role is Roles.Supervisor or Roles.Director, Errors = errors, Confirming = confirming },
        errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
}
