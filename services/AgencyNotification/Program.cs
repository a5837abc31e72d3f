using Hotline111.AgencyNotification;
using Hotline111.AgencyNotification.Notices;
using Hotline111.Contracts;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Messaging;

return await PlatformHost.Start("agency-notification", args, builder => builder
    .AddEventStore("agency-notification", store => store
        .Family(NoticeDecider.Instance)
        .Inline(new NoticeList()))
    .AddMessaging("agency-notification", messaging => messaging
        .Contracts(ContractCatalogue.All.Select(c => new ContractType(c.Type, c.Name, c.Source, c.Consumers)))
        .Publish(NoticeDecider.Instance, NoticePublication.Translate)
        .Listen("referral")
        .On<ReferralSent>(WhenReferralSent.Handle)
        .On<ReferralWithdrawn>(WhenHotlineActed.Handle)
        .On<ReferralWithdrawalRequested>(WhenHotlineActed.Handle)
        .On<ReferralInformationAnswered>(WhenHotlineActed.Handle)
        .On<ReferralSupplemented>(WhenHotlineActed.Handle)
        .On<ReferralResultQuestioned>(WhenHotlineActed.Handle)
        .On<ReferralResultConfirmed>(WhenHotlineActed.Handle)
        .On<ReferralRequestSettled>(WhenHotlineActed.Handle)
        .On<ReferralHandOnEnded>(WhenHotlineActed.Handle)
        .On<ReferralDataRestored>(WhenHotlineActed.Handle)
        .On<ReferralMessageWritten>(WhenHotlineActed.Handle)
        .On<DeskChanged>(WhenDeskChanged.Handle)
        .KeepReceived()),
    app => NoticeList.Map(app.MapGroup("/notices").WithTags("Notices")));
