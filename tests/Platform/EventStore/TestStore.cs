using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Tests.Privacy;
using Hotline111.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.Tests.Streams;

/// <summary>A store over a migrated database of its own, as a service has it. A second process of the same service is a second instance on the same database.</summary>
public sealed class TestStore : IAsyncDisposable
{
    private readonly IHost host;

    private TestStore(IHost host, ServiceDatabase database, string administrator, RecordingLog log)
    {
        (this.host, Database, Administrator, Log) = (host, database, administrator, log);
        Store = host.Services.GetRequiredService<Platform.EventStore.EventStore>();
        Signal = host.Services.GetRequiredService<LogSignal>();
    }

    public ServiceDatabase Database { get; }

    /// <summary>Connection string of the superuser, for looking behind the roles.</summary>
    public string Administrator { get; }

    public Platform.EventStore.EventStore Store { get; }

    public LogSignal Signal { get; }

    /// <summary>What the store has logged.</summary>
    public RecordingLog Log { get; }

    public IServiceProvider Services => host.Services;

    /// <summary>A store on a fresh database.</summary>
    /// <param name="tables">Read models, created by the owner after the platform's migrations.</param>
    public static async Task<TestStore> Create(Action<EventStoreBuilder>? configure = null, bool running = true, string? tables = null)
    {
        var (database, administrator) = await Servers.DatabaseWithAdministrator("store");
        return await Create(database, administrator, configure, running, tables);
    }

    public static async Task<TestStore> Create(ServiceDatabase database, string administrator, Action<EventStoreBuilder>? configure, bool running, string? tables)
    {
        await Migration.Apply(database.Owner, MigrationSet.Platform, Cancel);
        if (tables is not null)
            await Run(database.Owner, tables);
        return await Open(database, administrator, configure, running);
    }

    /// <summary>One more process on the same database.</summary>
    public Task<TestStore> Another(Action<EventStoreBuilder>? configure = null, bool running = true) => Open(Database, Administrator, configure, running);

    /// <summary>One more process, that waits for locks and statements no longer than a service does.</summary>
    public Task<TestStore> Impatient() => Open(Database with { Store = Servers.Impatient(Database.Store) }, Administrator, configure: null, running: false);

    public Task Start() => host.StartAsync(Cancel);

    public Task Stop() => host.StopAsync(Cancel);

    /// <summary>Executes a command of the tests' own family.</summary>
    public Task<Execution<ShelfState, ShelfEvent>> Do(Guid shelf, ShelfCommand command, long? expectedVersion = null, CommandIdentity? identity = null, StoreTransaction? within = null) =>
        Store.Execute(ShelfDecider.Instance, shelf, command, Metadata.System(), Cancel, expectedVersion, identity, within);

    /// <summary>A shelf with so many books; versions 1 to books + 1.</summary>
    public async Task<Guid> Shelf(int books = 0, int room = 1000)
    {
        var shelf = Guid.CreateVersion7();
        await Do(shelf, new ShelfCommand.PutUp(room, "joiner"));
        for (var i = 0; i < books; i++)
            await Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1));
        return shelf;
    }

    /// <summary>Waits until every committed event has its position; then the log.</summary>
    public async Task<IReadOnlyList<StoredEvent>> Ordered()
    {
        await Until(async () => await Scalar<long>("SELECT count(*) FROM events.hl_pending") == 0);
        List<StoredEvent> log = [];
        while (await Store.ReadLog(log.Count, 5000, Cancel) is { Count: > 0 } page)
            log.AddRange(page);
        return log;
    }

    /// <summary>One value, asked as the superuser.</summary>
    public Task<T> Scalar<T>(string sql) => Scalar<T>(Administrator, sql);

    public static async Task<T> Scalar<T>(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }

    public static async Task Run(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    /// <summary>Waits until a session waits for what another holds.</summary>
    public Task UntilWaits(NpgsqlConnection waiting, NpgsqlConnection holding) =>
        Until(() => Scalar<bool>($"SELECT {holding.ProcessID} = ANY (pg_blocking_pids({waiting.ProcessID}))"));

    /// <summary>Waits for something that is bound to happen; gives up after five minutes.</summary>
    public static async Task Until(Func<Task<bool>> happened)
    {
        for (var i = 0; i < 15_000; i++)
        {
            if (await happened())
                return;
            await Task.Delay(20, Cancel);
        }

        throw new TimeoutException("It did not happen.");
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        if (host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
    }

    /// <param name="clock">The machine's, if left out.</param>
    public static async Task<TestStore> Open(ServiceDatabase database, string administrator, Action<EventStoreBuilder>? configure, bool running, TimeProvider? clock = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:Store"] = database.Store;
        builder.Configuration["ConnectionStrings:Keys"] = database.Keys;
        builder.Configuration["Privacy:MasterKey"] = "test:" + Convert.ToBase64String(new byte[32]);
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        var log = new RecordingLog();
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(log.Sink));
        builder.AddEventStore(store =>
        {
            store.Family(ShelfDecider.Instance);
            configure?.Invoke(store);
        });
        var opened = new TestStore(builder.Build(), database, administrator, log);
        if (running)
            await opened.Start();
        return opened;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
