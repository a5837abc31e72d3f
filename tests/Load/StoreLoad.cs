using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Load;

/// <summary>Events of 600 bytes, as the store's goals are about; a name for anything that can happen.</summary>
[JsonDerivedType(typeof(Told), "load-told.v1")]
public abstract record LoadEvent
{
    private LoadEvent()
    {
    }

    public sealed record Told(int Number, string Text) : LoadEvent;
}

/// <summary>
/// The event store against the limit of the same PostgreSQL in the same run: ratios, because the machine swings. Beside each figure stands the goal, and what
/// Marten 9.29 reached with its better settings (figures of its own run on such a machine, given as ratios to the limit of that run).
/// </summary>
public static class StoreLoad
{
    // How it grows runs when it is named: no goals stand beside it, and it takes minutes.
    private static readonly (string Name, Func<StoreStage, Table, CancellationToken, Task> Run, bool OnRequest)[] Parts =
    [
        ("appends", AppendLoad.Run, false),
        ("fold", FoldLoad.Run, false),
        ("rebuild", RebuildLoad.Run, false),
        ("follow", FollowLoad.Run, false),
        ("relay", RelayLoad.Run, false),
        ("poison", PoisonLoad.Run, false),
        ("saturated", SaturationLoad.Run, false),
        ("snapshot", SaturationLoad.RunBesideSnapshot, false),
        ("growth", GrowthLoad.Run, true),
        ("standby", StandbyLoad.Run, true),
        ("cluster", RelayLoad.RunCluster, true),
    ];

    /// <summary>The names of the parts, in their order.</summary>
    public static IEnumerable<string> PartNames => Parts.Select(part => part.Name);

    /// <summary>Measures and prints the table, a part as soon as it is measured.</summary>
    /// <returns>1 when a goal was missed, else 0.</returns>
    public static async Task<int> Run(LoadOptions options, CancellationToken ct)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"hotline111-load-{Guid.CreateVersion7():n}");
        Directory.CreateDirectory(folder);
        try
        {
            await using var server = await PostgresServer.Start(Path.Combine(folder, "postgres"), ct);
            var exitCode = 0;
            foreach (var (name, run, _) in Parts.Where(part => options.Parts?.Contains(part.Name) ?? !part.OnRequest))
            {
                Console.Error.WriteLine(name);
                var table = new Table();
                await run(new StoreStage(server, options, folder), table, ct);
                Console.WriteLine(table);
                exitCode = Math.Max(exitCode, table.ExitCode);
            }

            return exitCode;
        }
        finally
        {
            if (!options.Keep)
                Account.RemoveFolder(folder);
        }
    }
}

/// <summary>What the parts of the store's table stand on: the server, and stores opened on databases of it.</summary>
/// <param name="Server">The server that is measured.</param>
/// <param name="Options">What the run was asked for.</param>
/// <param name="Folder">For data of other servers.</param>
public sealed record StoreStage(PostgresServer Server, LoadOptions Options, string Folder)
{
    /// <summary>Some 570 characters, so that an event has 600 bytes.</summary>
    public static readonly LoadEvent.Told Sample = new(1, new string('x', 570));

    /// <summary>Tells as many events as the command says; the state is the number told so far.</summary>
    public static readonly Decider<int, int, LoadEvent> Decider = new(
        "load", 0, static (told, _) => told + 1, static (told, wanted) => [.. Enumerable.Range(told + 1, wanted).Select(number => Sample with { Number = number })]);

    /// <summary>An event as it is stored, some 600 bytes.</summary>
    public static string EventText { get; } = JsonSerializer.Serialize(Sample, EventCatalogue.Json);

    /// <summary>How long one measurement of a round takes.</summary>
    public TimeSpan Length => Options.Length ?? TimeSpan.FromSeconds(4);

    /// <summary>Makes an empty, migrated database.</summary>
    public async Task<ServiceDatabase> Database(string name, CancellationToken ct)
    {
        var database = await Server.CreateServiceDatabase(name, ct);
        await Migration.Apply(database.Owner, MigrationSet.Platform, ct);
        return database;
    }

    /// <summary>A connection of the superuser to one database.</summary>
    public string Administrator(ServiceDatabase database) =>
        new NpgsqlConnectionStringBuilder(Server.Administrator) { Database = database.Name, Pooling = false, CommandTimeout = 0 }.ConnectionString;

    /// <summary>A running store with a pool of its own and the settings of a service.</summary>
    public static async Task<IHost> Open(ServiceDatabase database, CancellationToken ct, Action<HostApplicationBuilder>? more = null, Action<EventStoreBuilder>? readModels = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:Store"] = database.Store;
        builder.Configuration["ConnectionStrings:Keys"] = database.Keys;
        builder.Configuration["Privacy:MasterKey"] = "load:" + Convert.ToBase64String(new byte[32]);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.AddEventStore(store =>
        {
            store.Family(Decider);
            readModels?.Invoke(store);
        });
        more?.Invoke(builder);
        var host = builder.Build();
        await host.StartAsync(ct);
        return host;
    }

    /// <summary>Many clients at once, each beginning its next act when the last has ended, for a time.</summary>
    /// <returns>How many acts were done.</returns>
    public static async Task<long> Closed(int clients, TimeSpan length, Func<int, Task> act, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var done = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            async () =>
            {
                var count = 0L;
                for (; watch.Elapsed < length; count++)
                    await act(client);
                return count;
            },
            ct)));
        return done.Sum();
    }

    /// <summary>Stores streams of 10 events each in one statement, their events mixed as many writers at once leave them.</summary>
    /// <param name="database">Where.</param>
    /// <param name="events">How many more.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="from">How many such events are there already.</param>
    public async Task Fill(ServiceDatabase database, int events, CancellationToken ct, int from = 0)
    {
        await using var connection = new NpgsqlConnection(Administrator(database));
        await connection.OpenAsync(ct);
#pragma warning disable CA2100 // Made of constants.
        await using var command = new NpgsqlCommand($$"""
            INSERT INTO events.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived)
            SELECT md5(s::text)::uuid, 'load', 10, now(), now(), '*DEFAULT*', false FROM generate_series({{(from / 10) + 1}}, {{(from + events) / 10}}) s;
            INSERT INTO events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, headers, is_archived)
            SELECT nextval('events.mt_events_sequence'), md5(s || '-' || v)::uuid, md5(s::text)::uuid, v, '{{EventText}}'::jsonb, 'load-told.v1', clock_timestamp(), '*DEFAULT*',
                   'Load.Told, Load', '{"actor": "system", "schema": 1}', false
              FROM generate_series({{(from / 10) + 1}}, {{(from + events) / 10}}) s, generate_series(1, 10) v ORDER BY s / 1000, v, s
            """, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Waits until every committed event has its place in the order.</summary>
    public static async Task Ordered(EventStore store, CancellationToken ct)
    {
        await using var pending = store.Source.CreateCommand("SELECT EXISTS (SELECT FROM events.hl_pending)");
        while ((bool)(await pending.ExecuteScalarAsync(ct))!)
            await Task.Delay(5, ct);
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    /// <summary>The goal, and whether it was reached.</summary>
    public static string Judge(double value, double goal, bool atMost = false, int decimals = 2) =>
        Table.Judge(atMost ? value <= goal : value >= goal, $"{(atMost ? "≤" : "≥")} {Table.Number(goal, decimals)}");
}
