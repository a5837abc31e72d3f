using System.Diagnostics;
using System.Text.Json.Serialization;
using Hotline111.Contracts;
using Hotline111.Platform.EventStore;

namespace Hotline111.Referral.Directory;

/// <summary>Everything that can happen to an agency of the directory. Its names are catalogue data and stand there.</summary>
[JsonDerivedType(typeof(Entered), "agency-entered.v1")]
public abstract record AgencyEvent
{
    private AgencyEvent()
    {
    }

    public sealed record Entered([Coded(Ids.Agency)] string AgencyId, [Coded("receiving-sector")] string Sector, DateOnly ValidFrom, DateTimeOffset At) : AgencyEvent;
}

/// <summary>Whether the agency is listed.</summary>
public sealed record AgencyState(bool Listed);

/// <summary>Enter an agency.</summary>
public sealed record EnterAgency(string AgencyId, string Sector, DateOnly ValidFrom, DateTimeOffset At);

public static class AgencyDecider
{
    public static readonly Decider<AgencyState, EnterAgency, AgencyEvent> Instance = new(
        "agency",
        new(false),
        (_, @event) => @event is AgencyEvent.Entered ? new(true) : throw new UnreachableException($"Unknown event {@event.GetType().Name}"),
        (state, c) => state.Listed ? [] : [new AgencyEvent.Entered(c.AgencyId, c.Sector, c.ValidFrom, c.At)]);

    public static Guid IdOf(string agencyId) => StreamId.Of("agency", agencyId);
}
