using Dapper;
using Hotline111.Contracts.Catalogues;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.AgencyNotification.Notices;

/// <summary>The hotline did something about a referral that its desk has: the desk is told that, and of what kind; what it says is read in the referral.</summary>
public static class WhenHotlineActed
{
    public static async Task Handle<T>(Received<T> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
        where T : class, IReferralEvent
    {
        if (About(received.Message) is not { } about)
            return;
        var cause = Cause.Of(received);
        var sent = await Sending(about.ReferralId, transaction, ct);
        if (sent is null)
        {
            await EarlyMessages.Lock(about.ReferralId, transaction, ct);
            sent = await Sending(about.ReferralId, transaction, ct);
        }

        await (sent is { } known
            ? DeskNotices.RecordLater(cause, about with { ReferralNumber = known.Number, Urgency = known.Urgency }, transaction, services, ct)
            : EarlyMessages.Keep(cause, about, transaction, ct));
    }

    /// <summary>What the desk is told; null when it was the desk itself that acted. Number and urgency are left open. Pure.</summary>
    public static Told? About(IReferralEvent message) => message switch
    {
        ReferralWithdrawn m => Of(m.ReferralId, m.CaseId, m.DeskId, m.AgencyId, NoticeKinds.Withdrawn),
        ReferralWithdrawalRequested m => Of(m.ReferralId, m.CaseId, m.DeskId, m.AgencyId, NoticeKinds.WithdrawalRequested),
        ReferralInformationAnswered m => Of(m.ReferralId, m.CaseId, m.DeskId, m.AgencyId, NoticeKinds.InformationAnswered),
        ReferralSupplemented m => Of(m.ReferralId, m.CaseId, m.DeskId, m.AgencyId, NoticeKinds.Supplement),
        ReferralResultQuestioned m => Of(m.ReferralId, m.CaseId, m.DeskId, m.AgencyId, NoticeKinds.ResultQuestioned),
        ReferralResultConfirmed m => Of(m.ReferralId, m.CaseId, m.DeskId, m.AgencyId, NoticeKinds.ResultConfirmed),
        ReferralRequestSettled m => Of(m.ReferralId, m.CaseId, m.DeskId, m.AgencyId, NoticeKinds.RequestSettled),
        // Who takes a referral back knows it.
        ReferralHandOnEnded { Cause: HandOnEnds.TakenBack } => null,
        ReferralHandOnEnded m => Of(m.ReferralId, m.CaseId, m.DeskId, m.AgencyId, NoticeKinds.HandOnEnded),
        ReferralDataRestored m => Of(m.ReferralId, m.CaseId, m.DeskId, m.AgencyId, NoticeKinds.DataRestored),
        ReferralMessageWritten { Side: "desk" } => null,
        ReferralMessageWritten m => Of(m.ReferralId, m.CaseId, m.DeskId, m.AgencyId, NoticeKinds.Message),
        _ => throw new ArgumentException($"No desk is told of {message.GetType().Name}.", nameof(message)),
    };

    /// <summary>Number and urgency are in the notice of the sending; null where that has not been heard of yet.</summary>
    private static Task<(string Number, string Urgency)?> Sending(Guid referralId, StoreTransaction transaction, CancellationToken ct) =>
        transaction.Connection.QueryFirstOrDefaultAsync<(string, string)?>(new CommandDefinition(
            "SELECT referral_number, urgency FROM read.notice WHERE referral_id = @referralId LIMIT 1", new { referralId }, transaction.Transaction, cancellationToken: ct));

    private static Told Of(Guid referralId, Guid caseId, string deskId, string agencyId, string kind) => new(referralId, caseId, "", deskId, agencyId, "", kind);
}
