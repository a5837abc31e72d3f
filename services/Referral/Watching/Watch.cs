using System.Diagnostics;
using System.Text.Json.Serialization;
using Hotline111.Contracts;
using Hotline111.Platform.EventStore;

namespace Hotline111.Referral.Watching;

/// <summary>
/// What is known about a referral's way to its desk: receipts, and later timers and rungs. A stream of its own, so that a receipt never makes
/// a liaison's answer stale.
/// </summary>
[JsonDerivedType(typeof(Delivered), "watch-delivered.v1")]
[JsonDerivedType(typeof(Opened), "watch-opened.v1")]
[JsonDerivedType(typeof(PackageRefused), "watch-package-refused.v1")]
public abstract record WatchEvent
{
    private WatchEvent()
    {
    }

    /// <summary>A notice was recorded for the desk: a technical receipt, which says nothing about a human.</summary>
    public sealed record Delivered(Guid ReferralId, Guid NoticeId, [Coded(Ids.DeskChannel)] string Channel, DateTimeOffset At) : WatchEvent;

    /// <summary>A liaison was about to be shown the package for the first time.</summary>
    public sealed record Opened(Guid ReferralId, Guid CaseId, [Coded(Ids.Desk)] string DeskId, [Coded(Ids.Actor)] string By, DateTimeOffset At) : WatchEvent;

    /// <summary>A package was handed in that is not as Case released it for this desk. It was not taken.</summary>
    public sealed record PackageRefused(Guid ReferralId, Guid RefusalId, [Coded(Ids.PackageRefusal)] string Reason, [Coded(Ids.Actor)] string By, DateTimeOffset At) : WatchEvent;
}

/// <summary>Who has opened the package, and over which notices it was delivered.</summary>
public sealed record WatchState(Items<Guid> Notices, Items<string> Readers, Items<Guid> Refusals)
{
    public static readonly WatchState Initial = new([], [], []);

    // Never argues with history: it throws only for an event nobody taught it.
    public static WatchState Evolve(WatchState state, WatchEvent @event) => @event switch
    {
        WatchEvent.Delivered e => state with { Notices = [.. state.Notices, e.NoticeId] },
        WatchEvent.Opened e => state with { Readers = [.. state.Readers, e.By] },
        WatchEvent.PackageRefused e => state with { Refusals = [.. state.Refusals, e.RefusalId] },
        _ => throw new UnreachableException($"Unknown event {@event.GetType().Name}"),
    };
}

/// <summary>What is asked of a watch.</summary>
public abstract record WatchCommand
{
    private WatchCommand()
    {
    }

    public sealed record RecordDelivery(Guid ReferralId, Guid NoticeId, string Channel, DateTimeOffset At) : WatchCommand;

    /// <param name="Reason">Why the package was not taken.</param>
    public sealed record RecordPackageRefusal(Guid ReferralId, Guid RefusalId, string Reason, string By, DateTimeOffset At) : WatchCommand;

    public sealed record RecordOpening(Guid ReferralId, Guid CaseId, string DeskId, string By, DateTimeOffset At) : WatchCommand;
}

/// <summary>Receipts only rise and are never refused.</summary>
public static class WatchDecider
{
    public static readonly Decider<WatchState, WatchCommand, WatchEvent> Instance = new("watch", WatchState.Initial, WatchState.Evolve, Decide);

    /// <summary>The watch of a referral.</summary>
    public static Guid IdOf(Guid referralId) => StreamId.Of("watch", referralId);

    private static Decision<WatchEvent> Decide(WatchState state, WatchCommand command) => command switch
    {
        WatchCommand.RecordDelivery c when state.Notices.Contains(c.NoticeId) => [],
        WatchCommand.RecordDelivery c => [new WatchEvent.Delivered(c.ReferralId, c.NoticeId, c.Channel, c.At)],
        WatchCommand.RecordOpening c when state.Readers.Contains(c.By) => [],
        WatchCommand.RecordOpening c => [new WatchEvent.Opened(c.ReferralId, c.CaseId, c.DeskId, c.By, c.At)],
        WatchCommand.RecordPackageRefusal c when state.Refusals.Contains(c.RefusalId) => [],
        WatchCommand.RecordPackageRefusal c => [new WatchEvent.PackageRefused(c.ReferralId, c.RefusalId, c.Reason, c.By, c.At)],
        _ => throw new UnreachableException($"No rule for {command.GetType().Name}"),
    };
}
