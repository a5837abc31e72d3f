using System.Diagnostics;
using System.Text.Json.Serialization;
using Hotline111.Contracts;
using Hotline111.Platform.EventStore;

namespace Hotline111.Referral.Watching;

/// <summary>
/// What is known about a referral beside what people ask and answer in it: receipts, who at the desk has it to hand, and later timers and rungs. A stream of its
/// own, so that none of it makes a liaison's answer stale.
/// </summary>
[JsonDerivedType(typeof(Published), "watch-published.v1")]
[JsonDerivedType(typeof(Delivered), "watch-delivered.v1")]
[JsonDerivedType(typeof(Opened), "watch-opened.v1")]
[JsonDerivedType(typeof(Acknowledged), "watch-acknowledged.v1")]
[JsonDerivedType(typeof(PackageRefused), "watch-package-refused.v1")]
[JsonDerivedType(typeof(Claimed), "watch-claimed.v1")]
[JsonDerivedType(typeof(ClaimReleased), "watch-claim-released.v1")]
[JsonDerivedType(typeof(HandedOver), "watch-handed-over.v1")]
public abstract record WatchEvent
{
    private WatchEvent()
    {
    }

    /// <summary>The broker has confirmed that it took the news of the referral: it is on its way to the desk's channels.</summary>
    public sealed record Published(Guid ReferralId, DateTimeOffset At) : WatchEvent;

    /// <summary>A notice was recorded for the desk: a technical receipt, which says nothing about a human.</summary>
    public sealed record Delivered(Guid ReferralId, Guid NoticeId, [Coded(Ids.DeskChannel)] string Channel, DateTimeOffset At) : WatchEvent;

    /// <summary>A liaison was about to be shown the package for the first time.</summary>
    public sealed record Opened(Guid ReferralId, Guid CaseId, [Coded(Ids.Desk)] string DeskId, [Coded(Ids.Actor)] string By, DateTimeOffset At) : WatchEvent;

    /// <summary>The desk has confirmed receipt, here or by phone: the highest receipt, and the only one of a human who answers.</summary>
    /// <param name="Channel">"inbox", or "phone" when the hotline wrote it down.</param>
    public sealed record Acknowledged(
        Guid ReferralId, [Coded(Ids.Desk)] string DeskId, [Coded(Ids.DeskChannel)] string Channel, [Coded(Ids.Actor)] string By, DateTimeOffset At) : WatchEvent;

    /// <summary>A package was handed in that is not as Case released it for this desk. It was not taken.</summary>
    public sealed record PackageRefused(Guid ReferralId, Guid RefusalId, [Coded(Ids.PackageRefusal)] string Reason, [Coded(Ids.Actor)] string By, DateTimeOffset At) : WatchEvent;

    /// <summary>A liaison took the referral to hand. It stays the desk's: every colleague may still answer.</summary>
    /// <param name="From">The colleague from whom it was taken over, or null.</param>
    public sealed record Claimed(
        Guid ReferralId, [Coded(Ids.Desk)] string DeskId, [Coded(Ids.Actor)] string By, [Coded(Ids.Actor)] string? From, DateTimeOffset At) : WatchEvent;

    /// <summary>Whoever had it to hand put it back.</summary>
    public sealed record ClaimReleased(Guid ReferralId, [Coded(Ids.Desk)] string DeskId, [Coded(Ids.Actor)] string By, DateTimeOffset At) : WatchEvent;

    /// <summary>It was given to a named colleague.</summary>
    /// <param name="From">Who had it to hand before, or null.</param>
    public sealed record HandedOver(
        Guid ReferralId, [Coded(Ids.Desk)] string DeskId, [Coded(Ids.Actor)] string To, [Coded(Ids.Actor)] string? From, [Coded(Ids.Actor)] string By, DateTimeOffset At) : WatchEvent;
}

/// <summary>Who has the referral to hand, and since when.</summary>
public sealed record Claim(string By, DateTimeOffset At);

/// <summary>Which receipts there are, and who has the referral to hand.</summary>
/// <param name="Notices">The notices over which it was delivered.</param>
/// <param name="Readers">Who has opened the package.</param>
public sealed record WatchState(Items<Guid> Notices, Items<string> Readers, Items<Guid> Refusals)
{
    public static readonly WatchState Initial = new([], [], []);

    public bool Published { get; init; }

    public bool Acknowledged { get; init; }

    public Claim? Claim { get; init; }

    // Never argues with history: it throws only for an event nobody taught it.
    public static WatchState Evolve(WatchState state, WatchEvent @event) => @event switch
    {
        WatchEvent.Published => state with { Published = true },
        WatchEvent.Delivered e => state with { Notices = [.. state.Notices, e.NoticeId] },
        WatchEvent.Opened e => state with { Readers = [.. state.Readers, e.By] },
        WatchEvent.Acknowledged => state with { Acknowledged = true },
        WatchEvent.PackageRefused e => state with { Refusals = [.. state.Refusals, e.RefusalId] },
        WatchEvent.Claimed e => state with { Claim = new(e.By, e.At) },
        WatchEvent.HandedOver e => state with { Claim = new(e.To, e.At) },
        WatchEvent.ClaimReleased => state with { Claim = null },
        _ => throw new UnreachableException($"Unknown event {@event.GetType().Name}"),
    };
}

/// <summary>What is asked of a watch.</summary>
public abstract record WatchCommand
{
    private WatchCommand()
    {
    }

    public sealed record RecordPublication(Guid ReferralId, DateTimeOffset At) : WatchCommand;

    public sealed record RecordDelivery(Guid ReferralId, Guid NoticeId, string Channel, DateTimeOffset At) : WatchCommand;

    /// <param name="Reason">Why the package was not taken.</param>
    public sealed record RecordPackageRefusal(Guid ReferralId, Guid RefusalId, string Reason, string By, DateTimeOffset At) : WatchCommand;

    public sealed record RecordOpening(Guid ReferralId, Guid CaseId, string DeskId, string By, DateTimeOffset At) : WatchCommand;

    public sealed record RecordAcknowledgement(Guid ReferralId, string DeskId, string Channel, string By, DateTimeOffset At) : WatchCommand;

    /// <summary>Take it to hand.</summary>
    /// <param name="TakeOver">Also from a colleague.</param>
    public sealed record Claim(Guid ReferralId, string DeskId, bool TakeOver, string By, DateTimeOffset At) : WatchCommand;

    /// <summary>Put it back.</summary>
    public sealed record ReleaseClaim(Guid ReferralId, string DeskId, string By, DateTimeOffset At) : WatchCommand;

    /// <summary>Give it to a colleague.</summary>
    /// <param name="Anybodys">Whoever has it to hand now; else only what nobody or the giver himself has.</param>
    public sealed record HandOver(Guid ReferralId, string DeskId, string To, bool Anybodys, string By, DateTimeOffset At) : WatchCommand;
}

/// <summary>Receipts only rise and are never refused. One liaison has a referral to hand, and nobody takes it from him unawares.</summary>
public static class WatchDecider
{
    public static readonly Decider<WatchState, WatchCommand, WatchEvent> Instance = new("watch", WatchState.Initial, WatchState.Evolve, Decide);

    /// <summary>The watch of a referral.</summary>
    public static Guid IdOf(Guid referralId) => StreamId.Of("watch", referralId);

    /// <summary>Another liaison was first.</summary>
    public static Refusal AlreadyClaimed(Claim claim) =>
        new(RefusalKind.Conflict, "referral-already-claimed", "Đồng nghiệp khác đang giữ phiếu này.", "A colleague has this referral to hand.")
        {
            Facts = new Dictionary<string, object?> { ["claimedBy"] = claim.By, ["at"] = claim.At },
        };

    private static Decision<WatchEvent> Decide(WatchState state, WatchCommand command) => (state, command) switch
    {
        // A receipt that comes late is still one; what has risen higher meanwhile stays where it is.
        ({ Published: true }, WatchCommand.RecordPublication) => [],
        (_, WatchCommand.RecordPublication c) => [new WatchEvent.Published(c.ReferralId, c.At)],
        (_, WatchCommand.RecordDelivery c) when state.Notices.Contains(c.NoticeId) => [],
        (_, WatchCommand.RecordDelivery c) => [new WatchEvent.Delivered(c.ReferralId, c.NoticeId, c.Channel, c.At)],
        (_, WatchCommand.RecordOpening c) when state.Readers.Contains(c.By) => [],
        (_, WatchCommand.RecordOpening c) => [new WatchEvent.Opened(c.ReferralId, c.CaseId, c.DeskId, c.By, c.At)],
        ({ Acknowledged: true }, WatchCommand.RecordAcknowledgement) => [],
        (_, WatchCommand.RecordAcknowledgement c) => [new WatchEvent.Acknowledged(c.ReferralId, c.DeskId, c.Channel, c.By, c.At)],
        (_, WatchCommand.RecordPackageRefusal c) when state.Refusals.Contains(c.RefusalId) => [],
        (_, WatchCommand.RecordPackageRefusal c) => [new WatchEvent.PackageRefused(c.ReferralId, c.RefusalId, c.Reason, c.By, c.At)],

        ({ Claim: { } claim }, WatchCommand.Claim c) when claim.By == c.By => [],
        ({ Claim: { } claim }, WatchCommand.Claim { TakeOver: false }) => AlreadyClaimed(claim),
        (_, WatchCommand.Claim c) => [new WatchEvent.Claimed(c.ReferralId, c.DeskId, c.By, state.Claim?.By, c.At)],
        ({ Claim: null }, WatchCommand.ReleaseClaim) => [],
        ({ Claim: { } claim }, WatchCommand.ReleaseClaim c) => claim.By == c.By ? [new WatchEvent.ClaimReleased(c.ReferralId, c.DeskId, c.By, c.At)] : AlreadyClaimed(claim),
        ({ Claim: { } claim }, WatchCommand.HandOver c) when claim.By == c.To => [],
        ({ Claim: { } claim }, WatchCommand.HandOver { Anybodys: false } c) when claim.By != c.By => AlreadyClaimed(claim),
        (_, WatchCommand.HandOver c) => [new WatchEvent.HandedOver(c.ReferralId, c.DeskId, c.To, state.Claim?.By, c.By, c.At)],
        _ => throw new UnreachableException($"No rule for {command.GetType().Name}"),
    };
}
