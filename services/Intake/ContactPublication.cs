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
        ContactEvent.Closed e => new ContactClosed(recorded.StreamId, e.At),
        _ => null, // Private: Case knows of its link itself.
    };
}
