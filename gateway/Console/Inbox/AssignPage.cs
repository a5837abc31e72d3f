using Hotline111.Console.Lists;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace Hotline111.Console.Inbox;

/// <summary>Who works on a referral, and who could.</summary>
/// <param name="Line">The referral.</param>
/// <param name="Names">Of whoever has it to hand.</param>
/// <param name="Others">Who else serves the desk.</param>
/// <param name="List">Code of the list to go back to.</param>
public sealed record AssignContent(ReferralLine Line, PeopleNames Names, IReadOnlyList<Colleague> Others, string List);

/// <summary>
/// GET /inbox/{id}/assign: who at the desk works on a referral. POST below it: hand-over gives it to a colleague, take-over takes it from one, release puts it back.
/// </summary>
public static class AssignPage
{
    private const string Route = $"{InboxPage.Path}/{{id:guid}}/assign";

    /// <summary>The address for one referral.</summary>
    /// <param name="list">Code of the list to come back to.</param>
    public static string Address(Guid id, string? list) => $"{InboxPage.Path}/{id}/assign{(string.IsNullOrEmpty(list) ? "" : $"?list={Uri.EscapeDataString(list)}")}";

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Route, Show).RequireAction(ConsoleRules.Table, ConsoleRules.HandOver).ExcludeFromDescription();
        routes.MapPost($"{Route}/hand-over", HandOver).RequireAction(ConsoleRules.Table, ConsoleRules.HandOver).ExcludeFromDescription();
        routes.MapPost($"{Route}/take-over", TakeOver).RequireAction(ConsoleRules.Table, ConsoleRules.Claim).ExcludeFromDescription();
        routes.MapPost($"{Route}/release", Release).RequireAction(ConsoleRules.Table, ConsoleRules.Claim).ExcludeFromDescription();
    }

    private sealed record Sheet(ReferralLine Referral);

    private static async Task<AssignContent> Read(Services services, People people, Guid id, string? list, CancellationToken ct)
    {
        var (sheet, colleagues) = (services.Get<Sheet>($"referrals/{id}", ct), services.Get<Colleagues>(Colleagues.Path, ct));
        await Task.WhenAll(sheet, colleagues);
        var line = (await sheet).Referral;
        var others = (await colleagues).Serving(line.DeskId).Where(colleague => colleague.Id != line.ClaimedBy).ToList();
        return new(line, await people.Of([line.ClaimedBy], ct), others, string.IsNullOrEmpty(list) ? InboxContent.Begin : list);
    }

    private static async Task<IResult> Show(Guid id, string? list, Services services, People people, CancellationToken ct) =>
        Page.Of<AssignView>(new { Content = await Read(services, people, id, list, ct), Errors = new FormErrors() });

    private static async Task<IResult> HandOver(Guid id, [FromForm] string? to, [FromForm] string? list, Services services, People people, Words words, CancellationToken ct)
    {
        var content = await Read(services, people, id, list, ct);
        var errors = new FormErrors();
        // Accounts are the gateway's: the service takes any, so the list of who serves the desk is looked at here.
        if (content.Others.All(colleague => colleague.Id != to))
        {
            errors.Add("to", words["Inbox.ChooseColleague"]);
            return Page.Of<AssignView>(new { Content = content, Errors = errors }, StatusCodes.Status422UnprocessableEntity);
        }

        return await After(await services.Post($"referrals/{id}/hand-over", new { to }, null, ct), content, services, people, words, ct);
    }

    private static async Task<IResult> TakeOver(Guid id, [FromForm] string? list, Services services, People people, Words words, CancellationToken ct) =>
        await After(await services.Post($"referrals/{id}/claim", new { takeOver = true }, null, ct), await Read(services, people, id, list, ct), services, people, words, ct);

    private static async Task<IResult> Release(Guid id, [FromForm] string? list, Services services, People people, Words words, CancellationToken ct) =>
        await After(await services.Post($"referrals/{id}/release-claim", new { }, null, ct), await Read(services, people, id, list, ct), services, people, words, ct);

    private static async Task<IResult> After(Outcome outcome, AssignContent content, Services services, People people, Words words, CancellationToken ct)
    {
        if (outcome.Done)
        {
            return Page.After($"{InboxContent.Address(content.List)}#r-{content.Line.Id:n}");
        }

        if (outcome.Problem is not { Status: StatusCodes.Status409Conflict } problem)
        {
            throw new ProblemException(outcome.Problem!);
        }

        // Somebody was first: the page shows who has it now.
        var errors = new FormErrors();
        errors.Add("", words.Language.IsEnglish ? problem.En : problem.Vi);
        return Page.Of<AssignView>(new { Content = await Read(services, people, content.Line.Id, content.List, ct), Errors = errors }, problem.Status);
    }
}
