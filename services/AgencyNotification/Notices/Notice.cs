using System.Diagnostics;
using System.Text.Json.Serialization;
using Hotline111.Contracts;
using Hotline111.Platform.EventStore;

namespace Hotline111.AgencyNotification.Notices;

/// <summary>Everything that can happen to a notice: one referral told to one desk over one of its official channels.</summary>
[JsonDerivedType(typeof(Recorded), "notice-recorded.v1")]
public abstract record NoticeEvent
{
    private NoticeEvent()
    {
    }

    /// <summary>The notice exists. It holds a number and codes and nothing about a person, whatever channel carries it.</summary>
    public sealed record Recorded(
        Guid ReferralId,
        Guid CaseId,
        [Coded(Ids.Number)] string ReferralNumber,
        [Coded(Ids.Desk)] string DeskId,
        [Coded(Ids.Agency)] string AgencyId,
        [Coded("urgency")] string Urgency,
        [Coded(Ids.DeskChannel)] string Channel,
        DateTimeOffset At) : NoticeEvent;
}

/// <summary>Whether the notice exists.</summary>
public sealed record NoticeState(NoticeEvent.Recorded? Recorded);

/// <summary>Record a notice.</summary>
public sealed record RecordNotice(
    Guid ReferralId, Guid CaseId, string ReferralNumber, string DeskId, string AgencyId, string Urgency, string Channel, DateTimeOffset At);

public static class NoticeDecider
{
    public static readonly Decider<NoticeState, RecordNotice, NoticeEvent> Instance = new(
        "notice",
        new(Recorded: null),
        (_, @event) => @event is NoticeEvent.Recorded recorded ? new(recorded) : throw new UnreachableException($"Unknown event {@event.GetType().Name}"),
        (state, c) => state.Recorded is null
            ? [new NoticeEvent.Recorded(c.ReferralId, c.CaseId, c.ReferralNumber, c.DeskId, c.AgencyId, c.Urgency, c.Channel, c.At)]
            : []);

    /// <summary>One notice for each referral and channel: told again, it is the same notice.</summary>
    public static Guid IdOf(Guid referralId, string channel) => StreamId.Of("notice", $"{referralId:D}/{channel}");
}
