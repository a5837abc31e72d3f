using Hotline111.Contracts;
using Hotline111.Intake;
using Hotline111.Intake.Contacts;
using Hotline111.Intake.Drafts;
using Hotline111.Intake.Places;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Messaging;

return await PlatformHost.Start("intake", args, builder =>
    {
        builder.Services.AddSingleton<DraftTable>();
        builder.Services.AddHostedService<EndOldDrafts>();
        builder.Services.AddSingleton<EarlyCases>();
        builder.Services.AddHostedService<LinkEarlyCases>();
        builder.AddEventStore("intake", store => store
            .Family(ContactDecider.Instance)
            .Inline(new ContactList()));
        builder.AddMessaging("intake", messaging => messaging
            .Contracts(ContractCatalogue.All.Select(c => new ContractType(c.Type, c.Name, c.Source, c.Consumers)))
            .Publish(ContactDecider.Instance, ContactPublication.Translate)
            .Listen("case")
            .On<Hotline111.Contracts.Case.V1.CaseOpened>(WhenCaseOpened.Handle));
    },
    app =>
    {
        var contacts = app.MapGroup("/contacts").WithTags("Contacts");
        RecordContact.Map(contacts);
        CategoriseContact.Map(contacts);
        AmendContact.Map(contacts);
        CloseContact.Map(contacts);
        ReadContact.Map(contacts);
        ContactList.Map(contacts);

        var drafts = app.MapGroup("/drafts").WithTags("Drafts");
        SaveDraft.Map(drafts);
        ReadDraft.Map(drafts);
        ListDrafts.Map(drafts);
        TakeOverDraft.Map(drafts);
        DiscardDraft.Map(drafts);

        SearchPlaces.Map(app.MapGroup("/places").WithTags("Places"));
    });
