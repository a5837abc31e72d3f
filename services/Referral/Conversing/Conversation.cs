using System.Diagnostics;
using System.Text.Json.Serialization;
using Hotline111.Contracts;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;

namespace Hotline111.Referral.Conversing;

/// <summary>
/// What the desk and the hotline write to each other about a referral. A stream of its own, so that a message never makes a liaison's answer stale, and so that
/// it stays open when the referral is over.
/// </summary>
[JsonDerivedType(typeof(MessageWritten), "conversation-message-written.v1")]
[JsonDerivedType(typeof(MessagesRead), "conversation-messages-read.v1")]
public abstract record ConversationEvent
{
    private ConversationEvent()
    {
    }

    /// <summary>One side wrote.</summary>
    /// <param name="Side">"desk" or "hotline".</param>
    public sealed record MessageWritten(
        Guid ReferralId,
        Guid CaseId,
        [Coded(Ids.Desk)] string DeskId,
        [Coded(Ids.Agency)] string AgencyId,
        Guid MessageId,
        [Coded(Ids.Side)] string Side,
        Items<MessagePart> Parts,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ConversationEvent;

    /// <summary>Somebody of one side has read up to a message.</summary>
    /// <param name="Unread">How many messages of the other side came after it.</param>
    public sealed record MessagesRead(Guid ReferralId, [Coded(Ids.Side)] string Side, Guid UpTo, int Unread, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ConversationEvent;
}

/// <summary>A part of a message. There are texts today; a file will be a part of another kind.</summary>
public sealed record MessagePart([Coded(Ids.MessagePart)] string Kind, Personal<string>? Text);

/// <summary>The two sides of a conversation.</summary>
public static class Sides
{
    public const string Desk = "desk";

    public const string Hotline = "hotline";
}

/// <summary>Which messages there are, and how far each side has read.</summary>
/// <param name="DeskReadTo">How many of the messages the desk has read, counted from the first one; the hotline's likewise.</param>
public sealed record ConversationState(Items<ConversationState.Message> Messages, int DeskReadTo, int HotlineReadTo)
{
    public sealed record Message(Guid Id, string Side, string By);

    public static readonly ConversationState Initial = new([], 0, 0);

    // Never argues with history: it throws only for an event nobody taught it.
    public static ConversationState Evolve(ConversationState state, ConversationEvent @event) => @event switch
    {
        ConversationEvent.MessageWritten e => state with { Messages = [.. state.Messages, new(e.MessageId, e.Side, e.By)] },
        ConversationEvent.MessagesRead { Side: Sides.Desk } e => state with { DeskReadTo = state.NumberOf(e.UpTo) },
        ConversationEvent.MessagesRead e => state with { HotlineReadTo = state.NumberOf(e.UpTo) },
        _ => throw new UnreachableException($"Unknown event {@event.GetType().Name}"),
    };

    /// <summary>How far a side has read.</summary>
    public int ReadTo(string side) => side == Sides.Desk ? DeskReadTo : HotlineReadTo;

    /// <summary>The message up to which a side has read, or null.</summary>
    public Guid? LastRead(string side) => ReadTo(side) is > 0 and var read ? Messages[read - 1].Id : null;

    /// <summary>How many messages of the other side come after so many.</summary>
    public int UnreadAfter(string side, int read) => Messages.Skip(read).Count(message => message.Side != side);

    /// <summary>The place of a message from 1; 0 when there is none of this id.</summary>
    public int NumberOf(Guid id)
    {
        for (var i = 0; i < Messages.Count; i++)
        {
            if (Messages[i].Id == id)
                return i + 1;
        }

        return 0;
    }
}

/// <summary>What is asked of a conversation.</summary>
public abstract record ConversationCommand
{
    private ConversationCommand()
    {
    }

    public sealed record Write(
        Guid ReferralId, Guid CaseId, string DeskId, string AgencyId, Guid MessageId, string Side, Items<MessagePart> Parts, string By, DateTimeOffset At) : ConversationCommand;

    public sealed record MarkRead(Guid ReferralId, string Side, Guid UpTo, string By, DateTimeOffset At) : ConversationCommand;
}

/// <summary>A message once written stays as it is; read marks only go on.</summary>
public static class ConversationDecider
{
    public static readonly Decider<ConversationState, ConversationCommand, ConversationEvent> Instance =
        new("conversation", ConversationState.Initial, ConversationState.Evolve, Decide);

    public static readonly Refusal MessageTaken =
        new(RefusalKind.Conflict, "message-already-exists", "Mã này đã dùng cho một tin nhắn khác.", "This id already belongs to another message.");

    public static readonly Refusal MessageUnknown =
        new(RefusalKind.Invalid, "message-unknown", "Không có tin nhắn này.", "There is no such message.");

    /// <summary>The conversation of a referral.</summary>
    public static Guid IdOf(Guid referralId) => StreamId.Of("conversation", referralId);

    private static Decision<ConversationEvent> Decide(ConversationState state, ConversationCommand command) => command switch
    {
        ConversationCommand.Write c when state.Messages.FirstOrDefault(message => message.Id == c.MessageId) is { } first =>
            first.Side == c.Side && first.By == c.By ? [] : MessageTaken,
        ConversationCommand.Write c => [new ConversationEvent.MessageWritten(c.ReferralId, c.CaseId, c.DeskId, c.AgencyId, c.MessageId, c.Side, c.Parts, c.By, c.At)],
        ConversationCommand.MarkRead c when state.NumberOf(c.UpTo) == 0 => MessageUnknown,
        ConversationCommand.MarkRead c when state.NumberOf(c.UpTo) <= state.ReadTo(c.Side) => [],
        ConversationCommand.MarkRead c => [new ConversationEvent.MessagesRead(c.ReferralId, c.Side, c.UpTo, state.UnreadAfter(c.Side, state.NumberOf(c.UpTo)), c.By, c.At)],
        _ => throw new UnreachableException($"No rule for {command.GetType().Name}"),
    };
}
