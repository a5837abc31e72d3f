using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Referrals;

namespace Hotline111.Referral.Conversing;

/// <summary>
/// GET /referrals/{id}/messages: what the desk and the hotline wrote to each other, with the desk's questions field by field and the hotline's answers, in the order
/// in which it happened. These are personal words: the read is recorded before they leave.
/// </summary>
public static class ReadConversation
{
    /// <summary>How many entries a page has at most.</summary>
    public const int LargestPage = 200;

    private const int UsualPage = 100;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/{id:guid}/messages", Handle).RequireAction(ReferralAccess.Table, "referral.read-messages")
        .DescribeRead("Trao đổi giữa đầu mối và tổng đài; mỗi lần đọc đều được ghi lại", "the conversation; the read is recorded")
        .Produces<Page>()
        .ProducesProblem(StatusCodes.Status400BadRequest);

    /// <summary>Oldest first; the page ends with the newest, or before the entry that was named.</summary>
    /// <param name="Cursor">What to pass as <c>before</c> for earlier ones; null when there are none.</param>
    /// <param name="DeskReadTo">The message up to which the desk has read, or null; the hotline's likewise.</param>
    /// <param name="Unread">How many messages of the other side the reader's side has not read.</param>
    public sealed record Page(IReadOnlyList<Entry> Items, Guid? Cursor, Guid? DeskReadTo, Guid? HotlineReadTo, int Unread);

    /// <param name="Kind">"message", "questions" or "answers".</param>
    /// <param name="Side">"desk" or "hotline".</param>
    /// <param name="Parts">Of a message; else empty.</param>
    /// <param name="Lines">Of questions and answers, field by field; else empty.</param>
    public sealed record Entry(Guid Id, string Kind, string Side, string By, DateTimeOffset At, IReadOnlyList<Part> Parts, IReadOnlyList<Line> Lines);

    /// <param name="Text">Null when it was erased.</param>
    public sealed record Part(string Kind, string? Text);

    /// <param name="Text">Null when nothing was said, when it was erased, or when <paramref name="Withheld"/>.</param>
    /// <param name="Withheld">The desk returned what was sent about this field, so it is not shown the words about it either.</param>
    public sealed record Line(string Field, Guid? PersonId, string? Text, bool Withheld);

    private static async Task<IResult> Handle([AsParameters] ReferralDoor door, PersonKeys keys, ReadLog readLog, Guid? before, int? limit)
    {
        if (new BodyErrors().When(limit is < 1 or > LargestPage, "limit", "Từ 1 đến 200.", "From 1 to 200.").Problem is { } invalid)
            return invalid;
        var stored = await door.Store.ReadStream(door.Id, door.Ct);
        var folded = door.Store.Fold(ReferralDecider.Instance, stored);
        if (!await Directory.Exclusions.MaySee(door.Store, door.User, folded.State, door.Ct))
            return ReferralRefusals.NotFound.ToProblem();
        var conversation = await door.Store.ReadStream(ConversationDecider.IdOf(door.Id), door.Ct);
        var state = door.Store.Fold(ConversationDecider.Instance, conversation).State;

        // Of the two streams in one order: as the database recorded them.
        var recorded = stored.Select(each => (Stored: each, door.Store.Record<ReferralEvent>(each).Event)).ToList();
        var all = recorded.Select(each => (each.Stored, Event: (object)each.Event))
            .Where(each => each.Event is ReferralEvent.InformationAsked or ReferralEvent.InformationAnswered)
            .Concat(conversation.Select(each => (Stored: each, Event: (object)door.Store.Record<ConversationEvent>(each).Event)).Where(each => each.Event is ConversationEvent.MessageWritten))
            .OrderBy(each => each.Stored.SeqId)
            .Select(each => (Id: each.Event is ConversationEvent.MessageWritten message ? message.MessageId : each.Stored.EventId, each.Stored.Version, each.Event))
            .ToList();
        var end = before is { } named ? all.FindIndex(each => each.Id == named) : all.Count;
        if (end < 0)
            return new BodyErrors().When(true, "before", "Không có mục này trong trao đổi.", "The conversation has no such entry.").Problem!;
        var start = Math.Max(0, end - (limit ?? UsualPage));
        var page = all[start..end];
        if (page.Count > 0)
            await readLog.Record(door.Context.Metadata, door.Now, "referral", door.Id, "referral.read-messages", [FieldGroup.Narrative], door.Ct);

        var withheld = new Withheld(door, folded, recorded.Select(each => (each.Stored.Version, each.Event)));
        List<Entry> entries = [];
        foreach (var (id, version, @event) in page)
        {
            entries.Add(@event switch
            {
                ConversationEvent.MessageWritten e => new(id, "message", e.Side, e.By, e.At, await Parts(e.Parts), []),
                ReferralEvent.InformationAsked e => new(id, "questions", Sides.Desk, e.By, e.At, [], await Lines(e.Questions.Select(line => (line.Field, line.PersonId, line.Text)), version)),
                ReferralEvent.InformationAnswered e => new(id, "answers", Sides.Hotline, e.By, e.At, [], await Lines(e.Answers.Select(line => (line.Field, line.PersonId, line.Text)), version)),
                _ => throw new System.Diagnostics.UnreachableException(),
            });
        }

        var side = Converse.SideOf(door);
        return Results.Json(new Page(
            entries, start > 0 ? all[start].Id : null, state.LastRead(Sides.Desk), state.LastRead(Sides.Hotline), state.UnreadAfter(side, state.ReadTo(side))));

        async Task<IReadOnlyList<Part>> Parts(Items<MessagePart> parts)
        {
            List<Part> opened = [];
            foreach (var part in parts)
                opened.Add(new(part.Kind, await Open(part.Text)));
            return opened;
        }

        async Task<IReadOnlyList<Line>> Lines(IEnumerable<(string Field, Guid? PersonId, Personal<string>? Text)> lines, long version)
        {
            List<Line> opened = [];
            foreach (var (field, person, text) in lines)
                opened.Add(withheld.Has(field, version) ? new(field, person, null, true) : new(field, person, await Open(text), false));
            return opened;
        }

        async Task<string?> Open(Personal<string>? text) => text is null ? null : await keys.Open(text, door.Ct);
    }
}
