using Hotline111.Contracts.Case.V1;
using Hotline111.Intake.Contacts;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.Intake;

/// <summary>Case opened a case from one of our contacts: the contact knows its case from then on, or as soon as it is recorded itself.</summary>
public static class WhenCaseOpened
{
    public static async Task Handle(Received<CaseOpened> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        var store = services.GetRequiredService<EventStore>();
        var execution = await store.Execute(
            ContactDecider.Instance,
            received.Message.ContactId,
            new ContactCommand.LinkCase(received.Message.CaseId, received.Message.At),
            Metadata.System(received.CorrelationId, received.MessageId.ToString()),
            ct,
            within: transaction);
        if (execution.State is ContactState.None)
            await EarlyCases.Keep(received.Message.ContactId, received.Message.CaseId, received.Message.At, transaction, ct);
    }
}
