using Hotline111.Contracts;
using Hotline111.Intake;
using Hotline111.Intake.Contacts;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Messaging;

return await PlatformHost.Start("intake", args, builder => builder
    .AddEventStore("intake", store => store
        .Family(ContactDecider.Instance)
        .Inline(new ContactList()))
    .AddMessaging("intake", messaging => messaging
        .Contracts(ContractCatalogue.All.Select(c => new ContractType(c.Type, c.Name, c.Source, c.Consumers)))
        .Publish(ContactDecider.Instance, ContactPublication.Translate)
        .Listen("case")
        .On<Hotline111.Contracts.Case.V1.CaseOpened>(WhenCaseOpened.Handle)),
    app =>
    {
        var contacts = app.MapGroup("/contacts").WithTags("Contacts");
        RecordContact.Map(contacts);
        CategoriseContact.Map(contacts);
        CloseContact.Map(contacts);
        ReadContact.Map(contacts);
        ContactList.Map(contacts);
    });
