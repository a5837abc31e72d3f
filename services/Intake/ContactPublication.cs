using Hotline111.Contracts.Intake.V1;
using Hotline111.Intake.Contacts;
using Hotline111.Platform.EventStore;

namespace Hotline111.Intake;

/// <summary>What of a contact's history the other services are told.</summary>
public static class ContactPublication
{
    public static object? Translate(ContactState after, Recorded<ContactEvent> recorded) => recorded.Event switch
    {
        ContactEvent.Recorded e => new ContactRecorded(recorded.StreamId, e.Number, e.Channel, e.OccurredAt, e.Place?.Edition, e.Place?.ProvinceCode, e.At),
        ContactEvent.Categorised e => new ContactCategorised(recorded.StreamId, e.Category ?? e.OutsideTotal!, e.Category is not null, e.At),
        ContactEvent.Amended e when IsSeenOutside(e) && Facts(after) is { } facts =>
            new ContactAmended(recorded.StreamId, facts.Channel, facts.OccurredAt, facts.Place?.Edition, facts.Place?.ProvinceCode, e.At),
        ContactEvent.Closed e => new ContactClosed(recorded.StreamId, e.At),
        _ => null, // Private: Case knows of its link itself, and words and callers are nobody else's.
    };

    private static bool IsSeenOutside(ContactEvent.Amended e) =>
        e.Channel is not null || e.OccurredAt is not null || e.Place is not null || e.Cleared.Contains(ContactPart.Place);

    private static ContactFacts? Facts(ContactState state) => state switch { ContactState.Open s => s.Facts, ContactState.Closed s => s.Facts, _ => null };
}
