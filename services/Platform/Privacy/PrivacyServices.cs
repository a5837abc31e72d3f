using Hotline111.Platform.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.Privacy;

public static class PrivacyServices
{
    /// <summary>
    /// Adds <see cref="PersonKeys"/>, <see cref="MasterKeys"/> and <see cref="RequestHash"/>, with the connection <c>ConnectionStrings:Keys</c>
    /// of the keys' own role. Adding twice changes nothing.
    /// </summary>
    /// <exception cref="StartupException">The master key or the connection string is missing or malformed.</exception>
    public static IHostApplicationBuilder AddPrivacy(this IHostApplicationBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(PersonKeys)))
            return builder;
        var masters = MasterKeys.FromConfiguration(builder.Configuration);
        var connection = Settings.ConnectionString(builder.Configuration, "Keys");
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(masters);
        builder.Services.AddSingleton<RequestHash>();
        builder.Services.AddKeyedSingleton("Keys", (services, _) =>
            new NpgsqlDataSourceBuilder(connection) { Name = "Keys" }.UseLoggerFactory(services.GetRequiredService<ILoggerFactory>()).Build());
        builder.Services.AddSingleton(services => new PersonKeys(
            services.GetRequiredKeyedService<NpgsqlDataSource>("Keys"), masters, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<PersonKeys>>()));
        builder.Services.AddSingleton(new Verb("rewrap-keys", "wraps every person's key by the first master key; afterwards the others may go", Rewrap));
        return builder;
    }

    private static async Task<int> Rewrap(IServiceProvider services, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var (rewrapped, unreadable) = await services.GetRequiredService<PersonKeys>().RewrapAll(ct);
        await Console.Out.WriteLineAsync($"Wrapped {rewrapped} keys anew; {unreadable} are opened by none of the master keys.");
        return unreadable == 0 ? 0 : 1;
    }
}
