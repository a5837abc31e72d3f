using Hotline111.Case.Cases;
using Hotline111.Contracts.Case.V1;
using Hotline111.Platform.EventStore;

namespace Hotline111.Case;

/// <summary>What of a case's history the other services are told.</summary>
public static class CasePublication
{
    public static object? Translate(CaseState after, Recorded<CaseEvent> recorded) => recorded.Event switch
    {
        CaseEvent.Opened e => new CaseOpened(recorded.StreamId, e.Number, e.ContactId, e.Place?.Edition, e.Place?.ProvinceCode, e.At),
        CaseEvent.PersonAdded e => new PersonAdded(recorded.StreamId, e.PersonId, e.At),
        CaseEvent.Assessed e => new CaseAssessed(recorded.StreamId, string.Join(',', e.RiskSigns), e.Urgency, e.At),
        CaseEvent.Released e => new DisclosureReleased(recorded.StreamId, e.DeskId, e.Profile, e.Basis, e.PackageHash, e.At),
        CaseEvent.Restricted e => new CaseRestricted(recorded.StreamId, string.Join(',', e.Agencies), string.Join(',', e.Provinces), e.At),
        _ => null, // Private: what changed about a person, and what was added to or put right in a case, stays here.
    };
}
