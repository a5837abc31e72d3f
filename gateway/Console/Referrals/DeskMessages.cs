using Hotline111.Console.Cases;
using Hotline111.Pages;
using Hotline111.Pages.Blocks;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console.Referrals;

/// <summary>
/// POST /referrals/{id}/messages: desk and hotline write to each other; whoever writes has read what came before. POST /referrals/{id}/messages/read: says so
/// without writing. Nothing is marked as read by being on a screen that nobody may be looking at. POST /referrals/{id}/claim, /release-claim and /hand-over: who has
/// it to hand.
/// </summary>
public static class DeskMessages
{
    /// <summary>Maps the addresses.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/referrals/{id:guid}/messages", Write).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
        routes.MapGet("/referrals/{id:guid}/messages", (Guid id) => Page.After($"{SheetPage.Address(id)}#talk")).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
        routes.MapPost("/referrals/{id:guid}/messages/read", Read).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
        foreach (var claim in (string[])["claim", "release-claim", "hand-over"])
        {
            routes.MapPost($"/referrals/{{id:guid}}/{claim}", (Guid id, IFormCollection form, Services services, CancellationToken ct) => Claim(claim, id, form, services, ct))
                .RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
        }
    }

    private static async Task<IResult> Write(Guid id, IFormCollection form, Services services, SheetReader reader, Words words, CancellationToken ct)
    {
        var text = form["text"].ToString();
        var once = form[PostForm.OnceField].ToString() is { Length: > 0 } key ? key : null;
        FormErrors errors = [];
        if (string.IsNullOrWhiteSpace(text))
            errors.Add("text", words["Sheet.EmptyMessage"]);
        if (errors.Count == 0)
        {
            var outcome = await Commands.Try(() => services.Post($"referrals/{id:D}/messages", new { text }, once, ct));
            if (outcome.Done)
            {
                // Who answers has read; that it could not be noted is no reason to say that the message was not sent.
                if (outcome.Body.TryGetProperty("id", out var message))
                    await Commands.Try(() => services.Post($"referrals/{id:D}/messages/read", new { upTo = message.GetGuid() }, null, ct));
                return Page.After($"{SheetPage.Address(id)}#talk");
            }

            var problem = outcome.Problem!;
            if (problem.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status404NotFound)
                return problem;
            errors.Add("text", problem.Sentence(words));
            // What was sent with this key went out after all, and something else stands here now: that is a message of its own.
            if (problem.Code == "idempotency-key-reused")
                once = null;
        }

        return await SheetPage.Show(id, open: false, null, null, new UnsentMessage(text, once, errors), StatusCodes.Status422UnprocessableEntity, reader, ct);
    }

    private static async Task<IResult> Read(Guid id, IFormCollection form, Services services, CancellationToken ct)
    {
        if (!Guid.TryParse(form["upTo"], out var upTo))
            return Problems.RequestMalformed;
        var outcome = await services.Post($"referrals/{id:D}/messages/read", new { upTo }, form["once"], ct);
        return outcome.Problem is { } problem ? problem : Page.After($"{SheetPage.Address(id)}#talk");
    }

    private static async Task<IResult> Claim(string command, Guid id, IFormCollection form, Services services, CancellationToken ct)
    {
        object body = command switch
        {
            "claim" => new { takeOver = form["takeOver"] == "true" },
            "hand-over" => new { to = form["to"].ToString() },
            _ => new { },
        };
        var outcome = await services.Post($"referrals/{id:D}/{command}", body, form["once"], ct);
        // Who was faster stands on the sheet.
        return outcome.Problem is { Code: not "referral-already-claimed" } problem ? problem : Page.After(SheetPage.Address(id));
    }
}
