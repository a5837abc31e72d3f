using Hotline111.Case;
using Hotline111.Case.Cases;
using Hotline111.Case.Persons;
using Hotline111.Case.Referrals;
using Hotline111.Case.Releasing;
using Hotline111.Contracts;
using Hotline111.Contracts.AgencyNotification.V1;
using Hotline111.Contracts.Intake.V1;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Messaging;

return await PlatformHost.Start("case", args, builder =>
    {
        builder.Services.AddSingleton(ReleaseKey.Read(builder.Configuration));
        builder.Services.AddSingleton<KnownDesks>();
        builder.AddEventStore("case", store => store
            .Family(CaseDecider.Instance)
            .Inline(new CaseList())
            .Inline(new CaseTimeline()));
        builder.AddMessaging("case", messaging => messaging
            .Contracts(ContractCatalogue.All.Select(c => new ContractType(c.Type, c.Name, c.Source, c.Consumers)))
            .Publish(CaseDecider.Instance, CasePublication.Translate)
            .Listen("intake")
            .On<ContactRecorded>(CaseTimeline.WhenContactRecorded)
            .Listen("referral")
            .On<DeskChanged>(KnownDesks.WhenDeskChanged)
            .On<ReferralSent>(WhenReferralSent.Handle)
            .On<ReferralAcknowledged>(ReferralCourse.When)
            .On<ReferralInformationAsked>(ReferralCourse.When)
            .On<ReferralInformationAnswered>(ReferralCourse.When)
            .On<ReferralHandOnBegun>(ReferralCourse.When)
            .On<ReferralHandedOn>(ReferralCourse.When)
            .On<ReferralHandOnEnded>(ReferralCourse.When)
            .On<ReferralAccepted>(ReferralCourse.When)
            .On<ReferralAcceptanceUndone>(ReferralCourse.When)
            .On<ReferralDeclined>(ReferralCourse.When)
            .On<ReferralStarted>(ReferralCourse.When)
            .On<ReferralMarked>(ReferralCourse.When)
            .On<ReferralProgressReported>(ReferralCourse.When)
            .On<ReferralMilestoneReached>(ReferralCourse.When)
            .On<ReferralHeld>(ReferralCourse.When)
            .On<ReferralResumed>(ReferralCourse.When)
            .On<ReferralResultReported>(ReferralCourse.When)
            .On<ReferralReportCorrected>(ReferralCourse.When)
            .On<ReferralResultConfirmed>(ReferralCourse.When)
            .On<ReferralResultQuestioned>(ReferralCourse.When)
            .On<ReferralRequestRaised>(ReferralCourse.When)
            .On<ReferralRequestSettled>(ReferralCourse.When)
            .On<ReferralDataRejected>(ReferralCourse.When)
            .On<ReferralDataRestored>(ReferralCourse.When)
            .On<ReferralSupplemented>(ReferralCourse.When)
            .On<ReferralReviewed>(ReferralCourse.When)
            .On<ReferralPartAssigned>(ReferralCourse.When)
            .On<ReferralWithdrawalRequested>(ReferralCourse.When)
            .On<ReferralWithdrawalRefused>(ReferralCourse.When)
            .On<ReferralWithdrawn>(ReferralCourse.When)
            .On<ReferralOutcomeUnknown>(ReferralCourse.When)
            .On<ReferralMessageWritten>(ReferralCourse.When)
            .On<PackageOpened>(ReferralCourse.When)
            .Listen("agency-notification")
            .On<NoticeRecorded>(CaseTimeline.WhenNoticeRecorded));
    },
    app =>
    {
        var cases = app.MapGroup("/cases").WithTags("Cases");
        OpenCase.Map(cases);
        DescribePerson.Map(cases);
        AssessCase.Map(cases);
        RestrictCase.Map(cases);
        PreviewPackage.Map(cases);
        ReleasePackage.Map(cases);
        ReadCase.Map(cases);
        ReadPicture.Map(cases);
        CaseList.Map(cases);
    });
