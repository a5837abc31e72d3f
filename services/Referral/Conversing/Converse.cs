using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Referrals;

namespace Hotline111.Referral.Conversing;

/// <summary>
/// POST /referrals/{id}/messages: the desk or the hotline writes, also when the referral is over. POST /referrals/{id}/messages/read: one side has read up to a
/// message. Neither changes the sheet's ETag or stops a clock. Only the hotline and the addressed desk take part; no other desk of the case knows of it.
/// </summary>
public static class Converse
{
    /// <summary>The longest message, in characters.</summary>
    public const int LongestMessage = 4000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/messages", Write).RequireAction(ReferralAccess.Table, "referral.write-message")
            .WithSummary("Viết tin nhắn giữa đầu mối và tổng đài / write a message between the desk and the hotline")
            .Produces<Written>(StatusCodes.Status201Created)
            .Produces<Written>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        routes.MapPost("/{id:guid}/messages/read", Read).RequireAction(ReferralAccess.Table, "referral.mark-messages-read")
            .DescribeCommand("Đánh dấu đã đọc tin nhắn", "say that messages were read");
    }

    /// <param name="Id">Chosen by the caller so that a repeated request is the same message, and another text under it is refused; or left out.</param>
    /// <param name="Text">1 to 4000 characters.</param>
    public sealed record Body(Guid? Id, string Text);

    /// <param name="UpTo">The last message that was read.</param>
    public sealed record ReadBody(Guid UpTo);

    /// <summary>The message that was written.</summary>
    public sealed record Written(Guid Id, string Side);

    /// <param name="Unread">How many messages of the other side are left.</param>
    public sealed record ReadUpTo(long Version, string State, Guid? UpTo, int Unread);

    /// <summary>The side that the reader or writer belongs to.</summary>
    public static string SideOf(ReferralDoor door) => door.IsStaff ? Sides.Hotline : Sides.Desk;

    private static async Task<IResult> Write([AsParameters] ReferralDoor door, Body body, PersonKeys keys)
    {
        var errors = new BodyErrors()
            .Id("id", body.Id)
            .Required("text", body.Text?.Trim())
            .Text("text", body.Text, LongestMessage);
        if (errors.Problem is { } invalid)
            return invalid;
        if (await door.Known() is not { State: ReferralState.Open { Facts: var facts } } known)
            return ReferralRefusals.NotFound.ToProblem();
        if (known.State is not ReferralState.Out)
            return ReferralRefusals.NotAllowedNow(known.State).ToProblem();
        if (await door.Stale(known) is { } stale)
            return stale;

        var (id, side) = (body.Id ?? Guid.CreateVersion7(door.Now), SideOf(door));
        var text = new MessagePart("text", door.Words(body.Text)!);
        var execution = await door.Store.Execute(
            ConversationDecider.Instance,
            ConversationDecider.IdOf(door.Id),
            new ConversationCommand.Write(door.Id, facts.CaseId, facts.DeskId, facts.AgencyId, id, side, [text], door.By, door.Now),
            Metadata(door, facts),
            door.Ct,
            identity: door.Context.Identity(StatusCodes.Status201Created, resourceId: id));
        if (execution.Refusal is { } refusal)
            return refusal.ToProblem();
        // The same person has written under this id before. Only the same words are the same message: others would be believed to have arrived.
        if (execution is { Events.Count: 0, Replayed: null } && await Said(door, id, keys) != body.Text!.Trim())
            return ConversationDecider.MessageTaken.ToProblem();
        var written = new Written(execution.Replayed?.ResourceId ?? id, side);
        return Results.Json(written, statusCode: execution.Replayed?.Status ?? (execution.Events.Count > 0 ? StatusCodes.Status201Created : StatusCodes.Status200OK));
    }

    private static async Task<IResult> Read([AsParameters] ReferralDoor door, ReadBody body)
    {
        if (await door.Known() is not { State: ReferralState.Open { Facts: var facts } } known)
            return ReferralRefusals.NotFound.ToProblem();
        if (await door.Stale(known) is { } stale)
            return stale;
        var side = SideOf(door);
        var execution = await door.Store.Execute(
            ConversationDecider.Instance, ConversationDecider.IdOf(door.Id), new ConversationCommand.MarkRead(door.Id, side, body.UpTo, door.By, door.Now), Metadata(door, facts), door.Ct,
            identity: door.Context.Identity());
        return execution.Refusal is { } refusal
            ? refusal.ToProblem()
            : Answers.WithVersion(
                new ReadUpTo(known.Version, known.State.Name, execution.State.LastRead(side), execution.State.UnreadAfter(side, execution.State.ReadTo(side))), known.Version);
    }

    // The decider sees sealed words only.
    private static async Task<string?> Said(ReferralDoor door, Guid message, PersonKeys keys)
    {
        var conversation = await door.Store.ReadStream(ConversationDecider.IdOf(door.Id), door.Ct);
        var first = conversation.Select(each => door.Store.Record<ConversationEvent>(each).Event).OfType<ConversationEvent.MessageWritten>().First(each => each.MessageId == message);
        return first.Parts is [{ Text: { } text }] ? await keys.Open(text, door.Ct) : null;
    }

    private static Metadata Metadata(ReferralDoor door, ReferralFacts facts) => door.Context.Metadata with { Desk = door.User.DeskIds.Contains(facts.DeskId) ? facts.DeskId : null };
}
