using Hotline111.Gateway;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

// Temporary shape.
try
{
    var app = GatewayProgram.Build(args);
    switch (args)
    {
        case ["migrate", ..]:
            await Migration.Apply(Settings.ConnectionString(app.Configuration, "Owner"), [GatewayProgram.Migrations], CancellationToken.None);
            break;
        case ["create-administrator", ..]:
            await Hotline111.Gateway.Accounts.Verbs.CreateAdministrator(app.Services, Console.Out, CancellationToken.None);
            break;
        case ["seed-demo", var file, ..]:
            await Hotline111.Gateway.Accounts.Verbs.SeedDemo(app.Services, file, Console.Out, CancellationToken.None);
            break;
        default:
            await app.RunAsync();
            break;
    }

    return 0;
}
catch (StartupException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return e.ExitCode;
}
