using System.Text.Json.Serialization;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;
using Hotline111.Platform.Tests.Messaging.Contracts;

namespace Hotline111.Platform.Tests.Messaging;

/// <summary>An invented family: a bell is rung, which the village hears, and polished, which concerns nobody.</summary>
[JsonDerivedType(typeof(Rung), "bell-rung.v1")]
[JsonDerivedType(typeof(Polished), "bell-polished.v1")]
[JsonDerivedType(typeof(Cracked), "bell-cracked.v1")]
[JsonDerivedType(typeof(Engraved), "bell-engraved.v1")]
public abstract record BellEvent
{
    private BellEvent() { }

    public sealed record Rung(int Times) : BellEvent;

    public sealed record Polished : BellEvent;

    /// <summary>Told to nobody who is expected to listen.</summary>
    public sealed record Cracked : BellEvent;

    /// <summary>Told with a text of so many bytes.</summary>
    public sealed record Engraved(int Length) : BellEvent;
}

public sealed record BellState(int Total);

public abstract record BellCommand
{
    private BellCommand() { }

    public sealed record Ring(int Times) : BellCommand;

    public sealed record Polish : BellCommand;

    public sealed record Crack : BellCommand;

    public sealed record Engrave(int Length) : BellCommand;
}

public static class BellDecider
{
    public static readonly Decider<BellState, BellCommand, BellEvent> Instance = new("bell", new(0), Evolve, Decide);

    public static object? Translate(BellState after, Recorded<BellEvent> recorded) => recorded.Event switch
    {
        BellEvent.Rung rung => rung.Times == Untranslatable ? throw new InvalidOperationException("a bug") : new BellRung(recorded.StreamId, rung.Times, after.Total),
        BellEvent.Cracked => new BellCracked(recorded.StreamId),
        BellEvent.Engraved engraved => new BellEngraved(recorded.StreamId, new string('x', engraved.Length)),
        _ => null,
    };

    /// <summary>So many times the translation fails.</summary>
    public const int Untranslatable = 4711;

    private static BellState Evolve(BellState state, BellEvent @event) => @event is BellEvent.Rung rung ? new(state.Total + rung.Times) : state;

    private static Decision<BellEvent> Decide(BellState state, BellCommand command) => command switch
    {
        BellCommand.Ring ring => [new BellEvent.Rung(ring.Times)],
        BellCommand.Crack => [new BellEvent.Cracked()],
        BellCommand.Engrave engrave => [new BellEvent.Engraved(engrave.Length)],
        _ => [new BellEvent.Polished()],
    };

    public static IReadOnlyList<ContractType> Contracts { get; } =
    [
        new(typeof(BellRung), "hotline111.tower.v1.bell-rung", "tower", ["village"]),
        new(typeof(BellCracked), "hotline111.tower.v1.bell-cracked", "tower", []),
        new(typeof(BellEngraved), "hotline111.tower.v1.bell-engraved", "tower", ["village"]),
        new(typeof(EchoHeard), "hotline111.village.v1.echo-heard", "village", ["tower"]),
    ];
}
