using System.Diagnostics;
using System.Text.Json.Serialization;
using Hotline111.Contracts;
using Hotline111.Platform.EventStore;

namespace Hotline111.Referral.Directory;

/// <summary>Everything that can happen to a desk of the directory. Its names are catalogue data and stand there.</summary>
[JsonDerivedType(typeof(Entered), "desk-entered.v1")]
[JsonDerivedType(typeof(Changed), "desk-changed.v1")]
public abstract record DeskEvent
{
    private DeskEvent()
    {
    }

    public sealed record Entered(DeskFacts Facts, DateTimeOffset At) : DeskEvent;

    public sealed record Changed(DeskFacts Facts, DateTimeOffset At) : DeskEvent;
}

/// <summary>A unit of an agency that answers referrals.</summary>
/// <param name="ProvinceCodes">Territory; empty for the whole country.</param>
/// <param name="Competences">Codes of list referral-purpose that it takes.</param>
/// <param name="Profile">Release profile with edition ("police@2026-1").</param>
/// <param name="Channels">Kinds of its official channels.</param>
public sealed record DeskFacts(
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Agency)] string AgencyId,
    [Coded("receiving-sector")] string Sector,
    [Coded(Ids.Province)] Items<string> ProvinceCodes,
    [Coded("referral-purpose")] Items<string> Competences,
    [Coded(Ids.Profile)] string Profile,
    [Coded(Ids.DeskChannel)] Items<string> Channels,
    DateOnly ValidFrom,
    DateOnly? ValidUntil);

/// <summary>The desk as it stands, or nothing.</summary>
public sealed record DeskState(DeskFacts? Facts);

/// <summary>Enter a desk, or change what is known of it.</summary>
public sealed record EnterDesk(DeskFacts Facts, DateTimeOffset At);

public static class DeskDecider
{
    public static readonly Decider<DeskState, EnterDesk, DeskEvent> Instance = new("desk", new(null), Evolve, Decide);

    public static Guid IdOf(string deskId) => StreamId.Of("desk", deskId);

    private static DeskState Evolve(DeskState state, DeskEvent @event) => @event switch
    {
        DeskEvent.Entered e => new(e.Facts),
        DeskEvent.Changed e => new(e.Facts),
        _ => throw new UnreachableException($"Unknown event {@event.GetType().Name}"),
    };

    private static Decision<DeskEvent> Decide(DeskState state, EnterDesk command) => state.Facts switch
    {
        null => [new DeskEvent.Entered(command.Facts, command.At)],
        var facts when facts == command.Facts => [],
        _ => [new DeskEvent.Changed(command.Facts, command.At)],
    };
}
