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

/// <summary>The event store against the limit of the same PostgreSQL in the same run: ratios, because the machine swings.</summary>
public static class StoreLoad
{
    private static readonly int[] Writers = [1, 8, 32];

    private static readonly LoadEvent.Told Sample = new(1, new string('x', 570));

    /// <summary>Tells as many events as the command says; the state is the number told so far.</summary>
    private static readonly Decider<int, int, LoadEvent> Decider = new(
        "load", 0, static (told, _) => told + 1, static (told, wanted) => [.. Enumerable.Range(told + 1, wanted).Select(number => Sample with { Number = number })]);

    /// <summary>An event as it is stored, some 600 bytes.</summary>
    internal static string EventText { get; } = JsonSerializer.Serialize(Sample, EventCatalogue.Json);

    /// <summary>Measures and prints the table.</summary>
    public static async Task<int> Run(LoadOptions options, CancellationToken ct)
    {
        var length = options.Length ?? TimeSpan.FromSeconds(4);
        var folder = Path.Combine(Path.GetTempPath(), $"hotline111-load-{Guid.CreateVersion7():n}");
        Directory.CreateDirectory(folder);
        try
        {
            await using var server = await PostgresServer.Start(Path.Combine(folder, "postgres"), ct);
            await using var limit = new PostgresLimit(server);
            using var host = await Open(await server.CreateServiceDatabase("store", ct), ct);
            var store = host.Services.GetRequiredService<EventStore>();

            var starts = new Row("start a stream with 3 events", limit.StartStreams, (clients, time) => Start(store, clients, time, ct));
            var appends = new Row("load up to 10 events, append 1 with expected version", limit.Append, (clients, time) => Append(store, clients, time, ct));
            Console.Error.WriteLine("warming up");
            foreach (var row in new[] { starts, appends })
                await row.Ours(8, TimeSpan.FromSeconds(5));
            for (var round = 1; round <= options.Rounds; round++)
            {
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round} of {options.Rounds}"));
                foreach (var row in new[] { starts, appends })
                {
                    for (var i = 0; i < Writers.Length; i++)
                        row.Rounds[i].Add((await row.Limit(Writers[i], length, ct), await row.Ours(Writers[i], length)));
                }
            }

            await host.StopAsync(ct);
            var table = new Table().Section($"event store, medians of {options.Rounds} rounds of {length.TotalSeconds:0} s", [.. Writers.Select(writers => $"{writers} clients")]);
            foreach (var row in new[] { starts, appends })
            {
                table.Row(row.Name)
                    .Row("  limit: PostgreSQL alone, pipelined (tx/s)", [.. row.Rounds.Select(rounds => Table.Number(Median(rounds.Select(each => each.Limit))))])
                    .Row("  the store, ordered and chained (tx/s)", [.. row.Rounds.Select(rounds => Table.Number(Median(rounds.Select(each => each.Ours))))])
                    .Row("  ratio", [.. row.Rounds.Select(rounds => Table.Number(Median(rounds.Select(each => each.Ours / each.Limit)), 2))]);
            }

            Console.WriteLine(table);
            return 0;
        }
        finally
        {
            if (!options.Keep)
                Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<double> Start(EventStore store, int clients, TimeSpan length, CancellationToken ct) =>
        Measure(store, clients, length, _ => store.Execute(Decider, Guid.CreateVersion7(), 3, Metadata.System(), ct), ct);

    private static Task<double> Append(EventStore store, int clients, TimeSpan length, CancellationToken ct)
    {
        var streams = new (Guid Id, long Version)[clients];
        return Measure(store, clients, length, async client =>
        {
            var (id, version) = streams[client].Version is > 0 and < 10 ? streams[client] : (Guid.CreateVersion7(), 0);
            var execution = await store.Execute(Decider, id, 1, Metadata.System(), ct, expectedVersion: version);
            streams[client] = (id, execution.Version);
        }, ct);
    }

    /// <summary>Transactions a second, until the last of them has its place in the order.</summary>
    private static async Task<double> Measure(EventStore store, int clients, TimeSpan length, Func<int, Task> act, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var done = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            async () =>
            {
                var count = 0;
                for (; watch.Elapsed < length; count++)
                    await act(client);
                return count;
            },
            ct)));
        await using var pending = store.Source.CreateCommand("SELECT count(*) FROM events.hl_pending");
        while ((long)(await pending.ExecuteScalarAsync(ct))! > 0)
            await Task.Delay(5, ct);
        return done.Sum() / watch.Elapsed.TotalSeconds;
    }

    private static async Task<IHost> Open(ServiceDatabase database, CancellationToken ct)
    {
        await Migration.Apply(database.Owner, MigrationSet.Platform, ct);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:Store"] = database.Store;
        builder.Configuration["ConnectionStrings:Keys"] = database.Keys;
        builder.Configuration["Privacy:MasterKey"] = "load:" + Convert.ToBase64String(new byte[32]);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.AddEventStore(store => store.Family(Decider));
        var host = builder.Build();
        await host.StartAsync(ct);
        return host;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private sealed record Row(string Name, Func<int, TimeSpan, CancellationToken, Task<double>> Limit, Func<int, TimeSpan, Task<double>> Ours)
    {
        public List<(double Limit, double Ours)>[] Rounds { get; } = [[], [], []];
    }
}
