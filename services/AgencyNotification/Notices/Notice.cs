using System.Diagnostics;
using System.Text.Json.Serialization;
using Hotline111.Contracts;
using Hotline111.Platform.EventStore;

namespace Hotline111.AgencyNotification.Notices;

/// <summary>Everything that can happen to a notice: one thing about a referral told to one desk over one of its official channels.</summary>
[JsonDerivedType(typeof(Recorded), "notice-recorded.v1")]
public abstract record NoticeEvent
{
    private NoticeEvent()
    {
    }

    /// <summary>The notice exists. It holds a number and codes and nothing about a person, whatever channel carries it.</summary>
    /// <param name="Kind">What the desk is told; null in notices of before 2026-11, which are all of the kind sent.</param>
    public sealed record Recorded(
        Guid ReferralId,
        Guid CaseId,
        [Coded(Ids.Number)] string ReferralNumber,
        [Coded(Ids.Desk)] string DeskId,
        [Coded(Ids.Agency)] string AgencyId,
        [Coded("urgency")] string Urgency,
        [Coded(Ids.DeskChannel)] string Channel,
        DateTimeOffset At,
        [Coded("notice-kind")] string? Kind = null) : NoticeEvent;
}

/// <summary>Whether the notice exists.</summary>
public sealed record NoticeState(NoticeEvent.Recorded? Recorded);

/// <summary>Record a notice.</summary>
/// <param name="Kind">Code of list notice-kind.</param>
public sealed record RecordNotice(
    Guid ReferralId, Guid CaseId, string ReferralNumber, string DeskId, string AgencyId, string Urgency, string Channel, string Kind, DateTimeOffset At);

public static class NoticeDecider
{
    public static readonly Decider<NoticeState, RecordNotice, NoticeEvent> Instance = new(
        "notice",
        new(Recorded: null),
        (_, @event) => @event is NoticeEvent.Recorded recorded ? new(recorded) : throw new UnreachableException($"Unknown event {@event.GetType().Name}"),
        (state, c) => state.Recorded is null
            ? [new NoticeEvent.Recorded(c.ReferralId, c.CaseId, c.ReferralNumber, c.DeskId, c.AgencyId, c.Urgency, c.Channel, c.At, c.Kind)]
            : []);

    /// <summary>One notice that a referral was sent for each channel: told again, it is the same notice.</summary>
    public static Guid IdOf(Guid referralId, string channel) => StreamId.Of("notice", $"{referralId:D}/{channel}");

    /// <summary>One notice for each later message about a referral and channel: a desk may be told the same kind of thing many times.</summary>
    /// <param name="messageId">The message's id, the same however often it arrives.</param>
    public static Guid IdOf(Guid referralId, Guid messageId, string channel) => StreamId.Of("notice", $"{referralId:D}/{messageId:D}/{channel}");
}
