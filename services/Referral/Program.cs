using Hotline111.Contracts;
using Hotline111.Contracts.AgencyNotification.V1;
using Hotline111.Contracts.Case.V1;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Messaging;
using Hotline111.Referral;
using Hotline111.Referral.Conversing;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Referrals.Answering;
using Hotline111.Referral.Referrals.Chaining;
using Hotline111.Referral.Referrals.Sending;
using Hotline111.Referral.Referrals.Settling;
using Hotline111.Referral.Referrals.Working;
using Hotline111.Referral.Watching;

return await PlatformHost.Start("referral", args, builder =>
    {
        builder.Services.AddSingleton(ReleaseVerification.Read(builder.Configuration));
        builder.AddEventStore("referral", store => store
            .Family(ReferralDecider.Instance)
            .Family(WatchDecider.Instance)
            .Family(ConversationDecider.Instance)
            .Family(DeskDecider.Instance)
            .Family(AgencyDecider.Instance)
            .Inline<ReferralEvent>(new ReferralInbox())
            .Inline<WatchEvent>(new ReferralInbox())
            .Inline<ConversationEvent>(new ReferralInbox())
            .Inline(new DirectoryList()));
        builder.AddMessaging("referral", messaging => messaging
            .Contracts(ContractCatalogue.All.Select(c => new ContractType(c.Type, c.Name, c.Source, c.Consumers)))
            .Publish(ReferralDecider.Instance, ReferralPublication.Translate)
            .Publish(WatchDecider.Instance, ReferralPublication.Translate)
            .Publish(ConversationDecider.Instance, ReferralPublication.Translate)
            .Publish(DeskDecider.Instance, ReferralPublication.Translate)
            .Listen("case")
            .On<CaseRestricted>(Exclusions.WhenCaseRestricted)
            .Listen("agency-notification")
            .On<NoticeRecorded>(WhenNoticeRecorded.Handle));
        builder.Services.AddHostedService<SeedDirectory>();
        builder.Services.AddHostedService<RaiseReceipts>();
    },
    app =>
    {
        var referrals = app.MapGroup("/referrals").WithTags("Referrals");
        DraftReferral.Map(referrals);
        SubmitReferral.Map(referrals);
        ApproveReferral.Map(referrals);
        AcknowledgeReferral.Map(referrals);
        AcceptReferral.Map(referrals);
        DeclineReferral.Map(referrals);
        AskInformation.Map(referrals);
        HandOnReferral.Map(referrals);
        DoWork.Map(referrals);
        ReportResult.Map(referrals);
        AskHotline.Map(referrals);
        SettleReferral.Map(referrals);
        SendEmergency.Map(referrals);
        ReadReferral.Map(referrals);
        ReadWords.Map(referrals);
        ClaimReferral.Map(referrals);
        Converse.Map(referrals);
        ReadConversation.Map(referrals);
        Worklists.Map(app.MapGroup("/inbox").WithTags("Inbox"), referrals);
        DirectoryList.Map(app.MapGroup("/desks").WithTags("Directory"), app.MapGroup("/agencies").WithTags("Directory"));
    });
