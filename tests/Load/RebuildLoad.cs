using System.Diagnostics;
using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline111.Load;

/// <summary>A read model of 200,000 events, made anew beside the live one.</summary>
internal static class RebuildLoad
{
    private const int Events = 200_000;

    // 70,000 events a second where the same rows are inserted at 50,600; Marten has 27,200 to 67,700 there.
    private const double Goal = 70_000.0 / 50_600;

    public static async Task Run(StoreStage stage, Table table, CancellationToken ct)
    {
        var database = await stage.Database("rebuild", ct);
        await Do(database.Owner, "CREATE TABLE read.told (id uuid PRIMARY KEY, number int NOT NULL, last int NOT NULL)", ct);
        using var host = await StoreStage.Open(database, ct, readModels: store => store.Inline(new ToldList()));
        var store = host.Services.GetRequiredService<EventStore>();
        var watch = Stopwatch.StartNew();
        await stage.Fill(database, Events, ct);
        var bulk = Events / watch.Elapsed.TotalSeconds;
        watch.Restart();
        await StoreStage.Ordered(store, ct);
        var ordering = Events / watch.Elapsed.TotalSeconds;

        var model = host.Services.GetRequiredService<ReadModels>().ByName["told.1"];
        List<double> rates = [];
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            watch.Restart();
            await Rebuild.Run(database.Owner, store, model, ct);
            rates.Add(Events / watch.Elapsed.TotalSeconds);
        }

        await host.StopAsync(ct);
        var (median, ratio) = (StoreStage.Median(rates), StoreStage.Median(rates) / bulk);
        table.Section($"rebuild of a read model from {Events:N0} events", "events/s", "ratio", "goal", "Marten")
            .Row("  limit: the same rows inserted in one statement", Table.Number(bulk))
            .Row("  ordering and chaining that backlog", Table.Number(ordering), Table.Number(ordering / bulk, 2))
            .Row("  as it runs in production: statement by statement, pages of 1,000", Table.Number(median), Table.Number(ratio, 2), StoreStage.Judge(ratio, Goal), "0.54 to 1.34");
    }

    private static async Task Do(string connectionString, string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        await connection.OpenAsync(ct);
#pragma warning disable CA2100 // Texts of this file.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>A row for each stream.</summary>
    private sealed class ToldList : IProjection<LoadEvent>
    {
        public string Name => "told.1";

        public IReadOnlyList<string> Tables => ["told"];

        public FormattableString? Apply(Recorded<LoadEvent> recorded) => recorded.Event is LoadEvent.Told told
            ? (FormattableString)$"""
                INSERT INTO read.told (id, number, last) VALUES ({recorded.StreamId}, 1, {told.Number})
                ON CONFLICT (id) DO UPDATE SET number = told.number + 1, last = excluded.last
                """
            : null;
    }
}
