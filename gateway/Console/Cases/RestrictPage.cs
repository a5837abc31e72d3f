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

    /// <summary>Whether a case is kept from just these already.</summary>
    public bool Is(RestrictionForm other) => Agencies.ToHashSet().SetEquals(other.Agencies) && Provinces.ToHashSet().SetEquals(other.Provinces);

    /// <summary>Whether a desk is kept from the case: by its agency, or by a province of its territory.</summary>
    public bool Excludes(DirectoryDesk desk) => Agencies.Contains(desk.AgencyId) || desk.ProvinceCodes.Any(Provinces.Contains);

    private static IReadOnlyList<string> Codes(IFormCollection form, string name) => [.. form[name].OfType<string>().Where(code => code.Length > 0).Distinct()];
}

/// <summary>
/// GET /cases/{id}/restrict: agencies and provinces that must not learn of the case, because one of their officials is involved. POST …/look shows what that means,
/// POST …/save does it. The whole list is replaced, so a form that a colleague's change has overtaken comes back and says so. For supervisors; others are told whom to ask.
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
        FormErrors errors = [];
        Check(errors, file, wanted, form["seen"], words);
        return View(file, wanted, await ReferralRow.Of(services, file.Course, ct), user, errors, confirming: errors.Count == 0);
    }

    private static async Task<IResult> Save(Services services, ClaimsPrincipal user, Words words, Guid id, IFormCollection form, CancellationToken ct)
    {
        var wanted = RestrictionForm.Of(form);
        var (file, errors) = await Commands.OnCase(
            services,
            words,
            id,
            (file, errors) =>
            {
                if (wanted.Is(RestrictionForm.Of(file)))
                    return true;
                Check(errors, file, wanted, form["seen"], words);
                return false;
            },
            version => services.Post($"cases/{id}/restrict", new { wanted.Agencies, wanted.Provinces, wanted.Reason }, null, ct, version),
            ct,
            member => member is "reason" ? member : null);
        return errors.Count == 0 ? Page.After($"{CasePage.Path}/{id}") : View(file, wanted, [], user, errors, confirming: false);
    }

    private static void Check(FormErrors errors, CaseFile file, RestrictionForm wanted, string? seen, Words words)
    {
        if (seen != Commands.Mark(file.Restriction))
            errors.Add("", words["Case.Overtaken"]);
        if (wanted.IsEmpty && file.Restriction is null)
            errors.Add("provinces", words["Case.RestrictNobody"]);
        if (wanted.Reason is null)
            errors.Add("reason", words["Case.RestrictWhy"]);
    }

    private static IResult View(CaseFile file, RestrictionForm form, IReadOnlyList<ReferralRow> referrals, ClaimsPrincipal user, FormErrors errors, bool confirming) => Page.Of<RestrictView>(
        new { File = file, Form = form, Referrals = referrals, May = user.Role is Roles.Supervisor or Roles.Director, Errors = errors, Confirming = confirming },
        errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
}
