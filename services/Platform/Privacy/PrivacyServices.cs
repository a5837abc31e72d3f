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
        return builder;
    }
}
