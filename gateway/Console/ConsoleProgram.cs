using Hotline111.Console.Cases;
using Hotline111.Console.Cases.Refer;
using Hotline111.Console.Contacts;
using Hotline111.Console.Desk;
using Hotline111.Console.Emergency;
using Hotline111.Console.Gallery;
using Hotline111.Console.Inbox;
using Hotline111.Console.Keys;
using Hotline111.Console.Lists;
using Hotline111.Console.Live;
using Hotline111.Console.Places;
using Hotline111.Console.Referrals;
using Hotline111.Console.Supervision;
using Hotline111.Contracts;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Messaging;

namespace Hotline111.Console;

/// <summary>What the console is made of: the pages for every person, behind the gateway. It keeps nothing; what it shows it asks of the services.</summary>
public static class ConsoleProgram
{
    /// <summary>Its name: audience of its tokens, user at the broker.</summary>
    public const string Name = "console";

    /// <summary>Builds the console.</summary>
    /// <exception cref="StartupException">A setting is missing or nonsensical.</exception>
    public static WebApplication Build(string[] args)
    {
        var builder = PlatformHost.CreateBuilder(args);
        builder.AddPlatform(Name);
        builder.AddAccess(Name);
        var demo = bool.TryParse(builder.Configuration["Console:Demo"], out var wanted) && wanted;
        builder.AddPages(demo, typeof(ConsoleProgram).Assembly);
        builder.AddHints(
            Name,
            ContractCatalogue.All.Select(contract => new ContractType(contract.Type, contract.Name, contract.Source, contract.Consumers)),
            (services, hint) => services.GetRequiredService<HintBoard>().Tell(hint));
        Services.Add(builder);
        builder.Services.AddMemoryCache();
        builder.Services.AddScoped<People>();
        builder.Services.AddScoped<PackageWords>();
        builder.Services.AddScoped<CourseWords>();
        builder.Services.AddScoped<SheetReader>();
        builder.Services.AddScoped<ActionForms>();
        KeptForms.Add(builder);
        builder.Services.AddSingleton<HintBoard>();
        builder.Services.AddScoped<ReferBoards>();
        builder.Services.AddScoped<SendReferrals>();
        EmergencyPage.Add(builder.Services);

        var app = builder.Build();
        app.UsePlatform();
        app.UsePages();

        DeskPage.Map(app);
        ReferralsPage.Map(app);
        InboxPage.Map(app);
        AssignPage.Map(app);
        BoardPage.Map(app);
        ApprovalsPage.Map(app);
        NavigationPart.Map(app);
        SheetPage.Map(app);
        ActionPage.Map(app);
        DeskMessages.Map(app);
        PrintPage.Map(app);
        CaseListPage.Map(app);
        OpenCasePage.Map(app);
        CasePage.Map(app);
        CompletePage.Map(app);
        PersonPage.Map(app);
        AssessPage.Map(app);
        RestrictPage.Map(app);
        ReferPage.Map(app);
        EmergencyPage.Map(app);
        SentPage.Map(app);
        ContactsPage.Map(app);
        ContactPage.Map(app);
        RecordedPage.Map(app);
        PlaceParts.Map(app);
        KeysPage.Map(app);
        TypedTexts.Map(app);
        HintStream.Map(app);
        if (demo)
        {
            GalleryPage.Map(app);
        }

        return app;
    }
}
