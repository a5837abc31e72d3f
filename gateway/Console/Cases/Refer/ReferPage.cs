using System.Security.Claims;
using Hotline111.Console.Referrals;
using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Cases.Refer;

/// <summary>
/// GET /cases/{id}/refer: from what is needed to whom, what each will read, on what basis and how urgently. POST …/look shows the page, or what changed on it, after
/// another choice; POST …/kept shows it with what was chosen and typed before a lock; POST …/send sends; GET …/sent says what became of it. What is typed travels in the form alone, never in an address.
/// </summary>
public static class ReferPage
{
    private const string Path = "/cases/{id:guid}/refer";

    /// <summary>Maps the pages.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Begin).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapPost($"{Path}/look", Look).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapPost($"{Path}/kept", Kept).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapPost($"{Path}/send", Send).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapGet($"{Path}/sent", Sent).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
    }

    private static async Task<IResult> Begin(ReferBoards boards, Guid id, string[]? purpose, Guid? draft, CancellationToken ct)
    {
        var wanted = (purpose ?? []).Where(ValueLists.Get("referral-purpose").Contains).Distinct().ToList();
        var board = await boards.Begin(id, wanted, draft, ct);
        // What was sent meanwhile is no draft any more.
        return draft is { } begun && board.DraftRow is null ? TypedResults.LocalRedirect($"/referrals/{begun}") : View(board);
    }

    private static async Task<IResult> Look(ReferBoards boards, HttpContext context, Guid id, IFormCollection form, CancellationToken ct)
    {
        var board = await boards.Continue(id, ReferForm.Of(form), check: null, ct);
        return context.Request.IsPartial ? Page.Of<ReferParts>(new { Board = board }) : View(board);
    }

    private static async Task<IResult> Kept(ReferBoards boards, KeptForms kept, ClaimsPrincipal user, Guid id, Guid? draft, IFormCollection form, CancellationToken ct) =>
        TypedTexts.Opened(form, user, kept) is { Count: > 0 } values ? View(await boards.Resume(id, draft, values, ct)) : TypedResults.NoContent();

    private static async Task<IResult> Send(ReferBoards boards, SendReferrals sending, Words words, Guid id, IFormCollection form, CancellationToken ct)
    {
        var board = await boards.Continue(id, ReferForm.Of(form), board => Check(board, words), ct);
        if (board.Errors.Count > 0)
            return View(board);
        var outcomes = await sending.Send(id, board.Form, board.Form.Asks, ct);
        return outcomes.All(outcome => outcome.Done)
            ? Page.After($"{CasePage.Path}/{id}/refer/sent?{string.Join('&', outcomes.Select(outcome => $"r={outcome.Id:D}"))}")
            : Page.Of<SentView>(new { board.File, board.Form, Outcomes = outcomes }, StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<IResult> Sent(Services services, Guid id, Guid[]? r, CancellationToken ct)
    {
        var file = (await CaseFile.Read(services, id, ct)).Value;
        var referrals = await ReferralRow.Of(services, file.Course, ct);
        return Page.Of<SentView>(new
        {
            File = file,
            Outcomes = (IReadOnlyList<SendingOutcome>)
        [
            .. referrals.Where(referral => (r ?? []).Contains(referral.Id)).Select(referral => new SendingOutcome(new(referral.Purpose, referral.DeskId), referral.Id, referral.Number, referral.State, null)),
        ]
        });
    }

    /// <summary>What has to be put right before anything is sent.</summary>
    private static FormErrors Check(ReferBoard board, Words words)
    {
        var (form, errors) = (board.Form, new FormErrors());
        if (form.Purposes.Count == 0)
            errors.Add("purpose", words["Refer.NeedNeeded"]);
        else if (form.Asks.Count == 0)
            errors.Add("desks", words["Refer.DeskNeeded"]);
        if (form.Asks.Count > 0 && form.Asks.Any(ask => form.BasisFor(ask.DeskId) is null))
            errors.Add("basis", words["Refer.BasisNeeded"]);
        if (form.Urgency is null)
            errors.Add("urgency", words["Refer.UrgencyNeeded"]);
        foreach (var (purpose, _) in form.Needs.Where(need => form.Purposes.Contains(need.Key) && need.Value.Length > 2000))
            errors.Add($"need-{purpose}", words["Refer.NeedLong"]);
        // What nobody has looked at does not go: without scripts the choice may have changed since the preview.
        var unseen = board.Fingerprints.Where(now => form.Seen.GetValueOrDefault(now.Key) != now.Value).Select(now => Ask.Of(now.Key)!).ToList();
        if (errors.Count == 0 && unseen.Count > 0)
            errors.Add("matrix", words["Refer.LookFirst", string.Join(", ", unseen.Select(ask => words.Desk(ask.DeskId)).Distinct())]);
        return errors;
    }

    private static IResult View(ReferBoard board) =>
        Page.Of<ReferView>(new { Board = board }, board.Errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK);
}
