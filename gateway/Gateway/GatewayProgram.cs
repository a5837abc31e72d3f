using Hotline111.Gateway.Accounts;
using Hotline111.Gateway.Documents;
using Hotline111.Gateway.Guards;
using Hotline111.Gateway.Routing;
using Hotline111.Gateway.Sessions;
using Hotline111.Gateway.Tokens;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Npgsql;

namespace Hotline111.Gateway;

/// <summary>What the gateway is made of.</summary>
public static class GatewayProgram
{
    /// <summary>The gateway's own tables; it keeps no event streams.</summary>
    public static MigrationSet Migrations { get; } = new("gateway", typeof(GatewayProgram).Assembly, "");

    /// <summary>Builds the gateway.</summary>
    /// <param name="args">Command line.</param>
    /// <param name="adjust">What a test changes: the clock.</param>
    /// <exception cref="StartupException">A setting is missing or nonsensical.</exception>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? adjust = null)
    {
        var builder = PlatformHost.CreateBuilder(args);
        builder.Configuration.AddJsonFile(Path.Combine(AppContext.BaseDirectory, "routes.json"), optional: false);
        builder.AddPlatform("gateway");
        var options = GatewayOptions.Read(builder.Configuration);
        builder.AddPages(options.Demo, typeof(GatewayProgram).Assembly);
        builder.AddDatabase("Store", [Migrations]);
        builder.WebHost.UseUrls($"{builder.Configuration["urls"]};{options.InternalUrl.GetLeftPart(UriPartial.Authority)}");

        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(options.Limits);
        services.AddSingleton(ProtectionKeys.Read(builder.Configuration));
        services.AddSingleton(Clients.Read(builder.Configuration));
        services.AddSingleton(_ => NpgsqlDataSource.Create(Settings.ConnectionString(builder.Configuration, "Store")));
        services.AddAccounts();
        CookieKeys.Add(services);
        services.AddSingleton<SessionRegister>();
        services.AddScoped<SignIn.Attempts>();
        services.AddSingleton<DemoAccounts>();
        SigningKeys.Add(services);
        services.AddSingleton<Limits>();
        services.AddSingleton<Lanes>();
        services.AddSingleton<IStartupFilter, EveryDoorHasALane>();
        services.AddSingleton<Hashing>();
        services.AddAuthentication(SessionAuthentication.Name).AddScheme<AuthenticationSchemeOptions, SessionAuthentication>(SessionAuthentication.Name, null);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddRuleCheck();
        JoinedDescription.Add(services);
        Proxying.Add(builder);
        Verbs.Add(services);
        adjust?.Invoke(services);

        var app = builder.Build();
        app.UseSecurityHeaders();
        app.UseListeners();
        app.UseAddressLimit();
        app.UseBodyLimit();
        app.UseAssets();
        app.UseCrossSiteGuard();
        app.UseRouting();
        app.UseLanes();
        app.UsePlatform();
        app.UseAccountLimit();
        app.UseFirstSteps();
        app.UsePages();

        SignInPages.Map(app);
        AccountPages.Map(app);
        PasswordPages.Map(app);
        SecondFactorPages.Map(app);
        SignIn.Map(app);
        SessionEndpoints.Map(app);
        AdministerAccounts.Map(app);
        AccountNames.Map(app);
        Colleagues.Map(app);
        AdministrationPages.Map(app);
        MachineTokens.Map(app);
        PublishKeys.Map(app);
        JoinedDescription.Map(app);
        DescriptionPage.Map(app);
        CatalogueEndpoints.Map(app);
        PlainPage.Map(app);
        Proxying.Map(app);
        return app;
    }
}
