using Hotline111.Case.Cases;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.Case.Referrals;

/// <summary>
/// A referral was sent. In an emergency it may be the first that Case hears of the case: then Case opens it here, so that nothing is ever referred without a case.
/// The counsellor adds what she knows when she has time.
/// </summary>
public static partial class WhenReferralSent
{
    public static async Task Handle(Received<ReferralSent> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        if (received.Message.ContactId is { } contactId)
            await Open(received, contactId, transaction, services, ct);
        await ReferralCourse.When(received, transaction, services, ct);
    }

    private static async Task Open(Received<ReferralSent> received, Guid contactId, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        var sent = received.Message;
        var store = services.GetRequiredService<EventStore>();
        var metadata = Metadata.System(received.CorrelationId, received.MessageId.ToString());
        // A number is drawn only for a case that is not there; the stream itself says who was first when several desks were told at once.
        var number = (await store.Load(CaseDecider.Instance, sent.CaseId, ct)).Version == 0 ? await services.GetRequiredService<Numbers>().Next("CS", ct) : "";
        var execution = await store.Execute(
            CaseDecider.Instance, sent.CaseId, new CaseCommand.OpenForEmergency(number, contactId, metadata.Actor!, sent.At), metadata, ct, within: transaction);
        if (execution.Refusal is { } refusal)
            Refused(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(WhenReferralSent)), sent.ReferralId, sent.CaseId, refusal.Code);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Referral {ReferralId} was sent for case {CaseId}, which could not be opened for it: {Code}")]
    private static partial void Refused(ILogger logger, Guid referralId, Guid caseId, string code);
}
