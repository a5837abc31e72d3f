using Hotline111.Case;
using Hotline111.Case.Cases;
using Hotline111.Case.Persons;
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
            .On<ContactRecorded>(CaseTimeline.When.ContactRecorded)
            .Listen("referral")
            .On<ReferralSent>(CaseTimeline.When.ReferralSent)
            .On<ReferralAcknowledged>(CaseTimeline.When.ReferralAcknowledged)
            .On<ReferralAccepted>(CaseTimeline.When.ReferralAccepted)
            .On<ReferralDeclined>(CaseTimeline.When.ReferralDeclined)
            .On<PackageOpened>(CaseTimeline.When.PackageOpened)
            .On<DeskChanged>(KnownDesks.WhenDeskChanged)
            .Listen("agency-notification")
            .On<NoticeRecorded>(CaseTimeline.When.NoticeRecorded));
    },
    app =>
    {
        var cases = app.MapGroup("/cases").WithTags("Cases");
        OpenCase.Map(cases);
        DescribePerson.Map(cases);
        AssessCase.Map(cases);
        ReleasePackage.Map(cases);
        ReadCase.Map(cases);
        CaseList.Map(cases);
    });
