using System.Security.Claims;
using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Cases;

/// <summary>What of a case changes by itself, ready to be shown: no personal data but the names of colleagues.</summary>
/// <param name="Kind">Of the timeline's filter.</param>
/// <param name="Moments">The timeline in words, newest first.</param>
/// <param name="Names">Of those who did something.</param>
public sealed record CaseNow(CaseCourse Course, IReadOnlyList<ReferralRow> Referrals, IReadOnlyList<CaseTodo> Todos, string Kind, IReadOnlyList<CaseMoment> Moments, PeopleNames Names);

/// <summary>
/// GET /cases/{id}: the case; that it was read is recorded. GET /cases/{id}/now: what waits, how the referrals stand, and the timeline, whenever something changed:
/// from the service's door without personal data, so that a page left open reads nobody's story.
/// </summary>
public static class CasePage
{
    /// <summary>Where cases are found.</summary>
    public const string Path = "/cases";

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet($"{Path}/{{id:guid}}", Show).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapGet($"{Path}/{{id:guid}}/now", Now).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
    }

    private static async Task<IResult> Show(Services services, People people, Words words, Times times, ClaimsPrincipal user, Guid id, string? show, CancellationToken ct)
    {
        var file = (await CaseFile.Read(services, id, ct)).Value;
        return Page.Of<CaseView>(new { File = file, Now = await Make(services, people, words, times, user, file.Course, show, ct) });
    }

    private static async Task<IResult> Now(Services services, People people, Words words, Times times, ClaimsPrincipal user, Guid id, string? show, CancellationToken ct)
    {
        var course = await services.Get<CaseCourse>($"cases/{id}/timeline", ct);
        return Page.Of<CaseParts>(new { Now = await Make(services, people, words, times, user, course, show, ct) });
    }

    private static async Task<CaseNow> Make(Services services, People people, Words words, Times times, ClaimsPrincipal user, CaseCourse course, string? show, CancellationToken ct)
    {
        var kind = CaseHistory.Kinds.Contains(show, StringComparer.Ordinal) ? show! : "all";
        var referrals = await ReferralRow.Of(services, course, ct);
        var moments = CaseHistory.Of(words, times, course, referrals, kind);
        var names = await people.Of(course.Timeline.Select(entry => entry.By).Concat(referrals.Select(referral => referral.DraftedBy)), ct);
        return new(course, referrals, CaseTodo.Of(words, course, referrals, user.Role), kind, moments, names);
    }
}
