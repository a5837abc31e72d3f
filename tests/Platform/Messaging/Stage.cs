using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;
using Hotline111.Platform.Tests.Messaging.Contracts;
using Hotline111.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.Tests.Messaging;

/// <summary>A migrated database of one service.</summary>
internal sealed class Database : IAsyncDisposable
{
    private Database(ServiceDatabase names, string administrator)
    {
        Names = names;
        AdministratorConnection = administrator;
        Owner = NpgsqlDataSource.Create(names.Owner);
        Administrator = NpgsqlDataSource.Create(administrator);
    }

    public ServiceDatabase Names { get; }

    public NpgsqlDataSource Owner { get; }

    /// <summary>A superuser in the same database.</summary>
    public NpgsqlDataSource Administrator { get; }

    /// <summary>How that one comes in.</summary>
    public string AdministratorConnection { get; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <param name="service">Decides the roles' names.</param>
    /// <param name="extra">Tables of the service.</param>
    public static async Task<Database> Create(string service, string extra = "")
    {
        var (names, administrator) = await Servers.DatabaseWithAdministrator(service);
        Database database = new(names, administrator);
        await Migration.Apply(database.Names.Owner, MigrationSet.Platform, Ct);
        if (extra.Length > 0)
            await database.Do(extra);
        return database;
    }

    /// <summary>One that is there already.</summary>
    /// <param name="names">Its ways in.</param>
    /// <param name="administrator">A superuser's, in the same database.</param>
    public static Database Of(ServiceDatabase names, string administrator) => new(names, administrator);

    public async Task<T> Ask<T>(string sql)
    {
        await using var command = Owner.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Ct))!;
    }

    public Task Do(string sql) => Do(Owner, sql);

    public Task DoAsAdministrator(string sql) => Do(Administrator, sql);

    private static async Task Do(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }

    /// <summary>Waits until a count is what it should be. The limit is only there to end a test that has failed.</summary>
    public async Task Until(string sql, long expected)
    {
        long found = -1;
        for (var i = 0; i < 3000; i++)
        {
            found = await Ask<long>(sql);
            if (found == expected)
                return;
            await Task.Delay(100, Ct);
        }

        found.ShouldBe(expected, sql);
    }

    public async ValueTask DisposeAsync()
    {
        await Owner.DisposeAsync();
        await Administrator.DisposeAsync();
    }
}

/// <summary>A service that is nothing but its messaging.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly IHost host;

    private Service(IHost host) => this.host = host;

    public Platform.EventStore.EventStore Store => Get<Platform.EventStore.EventStore>();

    public MessagingStatus Status => Get<MessagingStatus>();

    public T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    public static async Task<Service> Start(
        string name, Database database, string broker, Action<MessagingBuilder> configure, Pulls? pulls = null, Func<MessagingOptions, MessagingOptions>? tune = null, TimeProvider? clock = null)
    {
        var builder = Builder(name, database);
        builder.Services.Replace(ServiceDescriptor.Singleton(clock ?? TimeProvider.System));
        MessagingOptions options = new(name, new Uri(broker), database.Names.Store, new Dictionary<string, Uri>());
        builder.Services.AddSingleton(pulls ?? Nothing);
        builder.Services.AddMessaging(tune?.Invoke(options) ?? options, messaging => configure(messaging.Contracts(BellDecider.Contracts)));
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new(host);
    }

    /// <summary>An event store on that database, and nothing else yet.</summary>
    public static HostApplicationBuilder Builder(string name, Database database)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddProvider(new Journal(name)).SetMinimumLevel(Enum.Parse<LogLevel>(Environment.GetEnvironmentVariable("HOTLINE_TEST_LOG") ?? "None"));
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Store"] = database.Names.Store,
            ["ConnectionStrings:Keys"] = database.Names.Keys,
            ["Privacy:MasterKey"] = $"test:{Convert.ToBase64String([.. Enumerable.Repeat((byte)7, 32)])}",
        });
        builder.AddEventStore(store => store.Family(BellDecider.Instance));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
        return builder;
    }

    /// <summary>The source cannot be asked: what arrives, arrives over the broker.</summary>
    public static Pulls Nothing { get; } = new((_, _, _) => throw new HttpRequestException("away"), (_, _, _, _) => throw new HttpRequestException("away"), (_, _, _, _) => throw new HttpRequestException("away"));

    /// <summary>Asks that service's published log, without HTTP between.</summary>
    public static Pulls From(Func<Service> source) => new(
        (_, position, ct) => source().Get<PublishedLog>().After(position, PublishedEndpoint.LargestPage, ct),
        (_, stream, version, ct) => source().Get<PublishedLog>().OfStream(stream, version, ct),
        (_, known, after, ct) => source().Get<PublishedLog>().Fork(known, after, 1, ct));

    public Task Ring(Guid bell, int times = 1) =>
        Store.Execute(BellDecider.Instance, bell, new BellCommand.Ring(times), Metadata.System("a correlation", "a cause"), TestContext.Current.CancellationToken);

    public Task Polish(Guid bell) =>
        Store.Execute(BellDecider.Instance, bell, new BellCommand.Polish(), Metadata.System(), TestContext.Current.CancellationToken);

    /// <summary>Waits until a condition holds. The limit is only there to end a test that has failed.</summary>
    public static async Task Until(Func<bool> condition)
    {
        for (var i = 0; i < 3000 && !condition(); i++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        condition().ShouldBeTrue();
    }

    public static async Task Until(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 3000; i++)
        {
            if (await condition())
                return;
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Fail("It never came to it.");
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
    }

    /// <summary>Writes to stderr when HOTLINE_TEST_LOG names a level.</summary>
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

/// <summary>A machine's clock that somebody sets: the time of day jumps, what is measured with it does not.</summary>
internal sealed class SetClock : TimeProvider
{
    private long ahead;

    /// <summary>How far it is ahead of the right time.</summary>
    public TimeSpan Ahead
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref ahead));
        set => Interlocked.Exchange(ref ahead, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}

/// <summary>The tower rings, the village hears.</summary>
internal static class Roles
{
    /// <summary>What the village keeps of each ring.</summary>
    public const string Heard =
        """
        create table read.heard (
            n bigint generated always as identity, message uuid primary key, stream uuid not null, version bigint not null, times int not null,
            sent timestamptz not null, at timestamptz not null default clock_timestamp(), trace text null)
        """;

    public static void Tower(MessagingBuilder messaging) => messaging.Publish(BellDecider.Instance, BellDecider.Translate);

    public static void Village(MessagingBuilder messaging) => messaging.Listen("tower").On<BellRung>(Hear);

    public static async Task Hear(Received<BellRung> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        _ = services;
        await using NpgsqlCommand command = new(
            "insert into read.heard (message, stream, version, times, sent, trace) values ($1, $2, $3, $4, $5, $6)", transaction.Connection, transaction.Transaction);
        command.Parameters.Add(new NpgsqlParameter { Value = received.MessageId });
        command.Parameters.Add(new NpgsqlParameter { Value = received.StreamId });
        command.Parameters.Add(new NpgsqlParameter { Value = received.StreamVersion });
        command.Parameters.Add(new NpgsqlParameter { Value = received.Message.Times });
        command.Parameters.Add(new NpgsqlParameter { Value = received.Time });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)System.Diagnostics.Activity.Current?.TraceId.ToString() ?? DBNull.Value });
        await command.ExecuteNonQueryAsync(ct);
    }
}
