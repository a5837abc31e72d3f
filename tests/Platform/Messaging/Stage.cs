using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.Tests.Messaging;

/// <summary>A migrated database of one service, with its three roles.</summary>
public sealed class ServiceDatabase : IAsyncDisposable
{
    private ServiceDatabase(string name)
    {
        Name = name;
        Connection = For("app");
        App = EventStoreRegistration.Source(Connection);
        Owner = EventStoreRegistration.Source(For("owner"));
    }

    public string Name { get; }

    public string Connection { get; }

    public NpgsqlDataSource App { get; }

    public NpgsqlDataSource Owner { get; }

    private static string Administrator =>
        Environment.GetEnvironmentVariable("HOTLINE_POSTGRES") ?? "Host=127.0.0.1;Port=45432;Username=postgres;Database=postgres";

    public static async Task<ServiceDatabase> Create(string extra = "")
    {
        var name = $"msg_{Guid.NewGuid():N}"[..20];
        await using (var administrator = NpgsqlDataSource.Create(Administrator))
        {
            await Run(administrator, $"create database {name}");
            foreach (var role in new[] { "owner", "app", "keys" })
                await Run(administrator, $"create role {name}_{role} login password 'secret'");
            await Run(administrator, $"grant create on database {name} to {name}_owner");
        }

        ServiceDatabase database = new(name);
        await Migration.Apply(database.For("owner"), MigrationSet.Platform, TestContext.Current.CancellationToken);
        if (extra.Length > 0)
            await Run(database.Owner, extra);
        return database;
    }

    public string For(string role) => new NpgsqlConnectionStringBuilder(Administrator)
    {
        Database = Name,
        Username = $"{Name}_{role}",
        Password = "secret",
        Timezone = "UTC",
        MaxAutoPrepare = 100,
        AutoPrepareMinUsages = 2,
        NoResetOnClose = true,
        MaxPoolSize = 30,
    }.ConnectionString;

    public async Task<T> Ask<T>(string sql)
    {
        await using var command = Owner.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Owner.DisposeAsync();
        await using var administrator = NpgsqlDataSource.Create(Administrator);
        await Run(administrator, $"drop database {Name} with (force)");
        foreach (var role in new[] { "owner", "app", "keys" })
            await Run(administrator, $"drop role {Name}_{role}");
    }

    public static async Task Run(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>Two services in one process, each with its own database and broker user: the tower publishes, the village listens.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly IHost host;

    private Service(IHost host, ServiceDatabase database)
    {
        this.host = host;
        Database = database;
    }

    public ServiceDatabase Database { get; }

    public EventStore.EventStore Store => host.Services.GetRequiredService<EventStore.EventStore>();

    public MessagingStatus Status => host.Services.GetRequiredService<MessagingStatus>();

    public Parking Parking => host.Services.GetRequiredService<Parking>();

    public PublishedLog Published => host.Services.GetRequiredService<PublishedLog>();

    public T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    public static async Task<Service> Start(
        string name, ServiceDatabase database, Uri broker, Action<MessagingBuilder> configure, Pulls pulls, Func<MessagingOptions, MessagingOptions>? tune = null)
    {
        var builder = Builder(name, database);
        MessagingOptions options = new(name, broker, database.Connection, new Dictionary<string, Uri>());
        builder.Services.AddSingleton(pulls);
        builder.Services.AddMessaging(tune?.Invoke(options) ?? options, messaging => configure(messaging.Contracts(BellDecider.Contracts)));
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new(host, database);
    }

    /// <summary>An event store on that database, and nothing else yet.</summary>
    public static HostApplicationBuilder Builder(string name, ServiceDatabase database)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddProvider(new Journal(name)).SetMinimumLevel(Enum.Parse<LogLevel>(Environment.GetEnvironmentVariable("MESSAGING_TEST_LOG") ?? "None"));
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Store"] = database.Connection,
            ["ConnectionStrings:Keys"] = database.For("keys"),
            ["Privacy:MasterKey"] = $"test:{Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray())}",
        });
        builder.AddEventStore(store => store.Family(BellDecider.Instance));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(15));
        return builder;
    }

    public Task<Execution<BellState, BellEvent>> Ring(Guid bell, int times = 1) =>
        Store.Execute(BellDecider.Instance, bell, new BellCommand.Ring(times), Metadata.System(), TestContext.Current.CancellationToken);

    public Task<Execution<BellState, BellEvent>> Polish(Guid bell) =>
        Store.Execute(BellDecider.Instance, bell, new BellCommand.Polish(), Metadata.System(), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
    }

    private sealed class Journal(string service) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new Page(service, categoryName);

        public void Dispose()
        {
        }

        private sealed class Page(string service, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {service} {logLevel} {category.Split('.')[^1]}: {formatter(state, exception)} {exception?.GetType().Name} {exception?.Message}");
        }
    }
}
