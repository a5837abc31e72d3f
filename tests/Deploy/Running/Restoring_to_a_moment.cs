using System.Text.Json.Serialization;
using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Deploy.Tests.Running;

/// <summary>
/// The drill of docs/operations.md on a real server: a copy of the whole, changes archived after it, a disaster, and a new server brought to the moment
/// before it. What the platform's log was then it is again: every position, the same chain, nothing pending; and it goes on from there.
/// </summary>
[Collection(nameof(OnServersOfAnInstallation))]
public sealed class Restoring_to_a_moment(InstallationServers servers)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_server_has_the_log_of_the_moment_before_the_disaster()
    {
        var server = servers.Postgres;
        await using var databases = new ServiceDatabases(server.Administrator, Secrets.Open(Path.Combine(servers.OpenFolder("drill"), "secrets.json")));
        var database = await databases.Create(InstallationServers.Drill, Ct);
        var entrance = new NpgsqlConnectionStringBuilder(server.Administrator) { Database = database.Name, Pooling = false }.ConnectionString;
        await Migration.Apply(database.Owner, MigrationSet.Platform, Ct);
        using (var store = await Store(database))
        {
            await Write(store, 120);
            var copy = servers.OpenFolder("copy");
            await InstallationServers.Run("pg_basebackup", Password(entrance), Ct, "-h", "localhost", "-p", $"{server.Port}", "-U", "postgres", "-D", copy, "-X", "none", "--checkpoint=fast");

            // After the copy: only the archive has it.
            await Write(store, 80);
            var before = await ChainVerifier.Verify(store.Services.GetRequiredService<EventStore>().Source, Ct);
            before.Bad.ShouldBeNull(before.Reason);
            before.Position.ShouldBe(200);
            var moment = await Ask<DateTime>(entrance, "SELECT clock_timestamp()");

            // The disaster, and what came after it.
            await Write(store, 10);
            await Do(entrance, "DELETE FROM events.hl_order WHERE pos > 50; UPDATE events.hl_head SET pos = 50");
            await Do(entrance, "SELECT pg_switch_wal()");
            await Archived(entrance);

            await using var restored = await Restore(copy, moment);
            var there = new NpgsqlConnectionStringBuilder(restored.Administrator) { Database = database.Name, Pooling = false }.ConnectionString;
            // It answers questions while it still reads the archive.
            for (var tries = 0; await Ask<bool>(there, "SELECT pg_is_in_recovery()"); tries++)
            {
                tries.ShouldBeLessThan(15_000, "the moment is not reached");
                await Task.Delay(20, Ct);
            }

            await using (var source = NpgsqlDataSource.Create(there))
            {
                var after = await ChainVerifier.Verify(source, Ct);
                after.Bad.ShouldBeNull(after.Reason);
                (after.Position, Convert.ToHexString(after.Chain)).ShouldBe((before.Position, Convert.ToHexString(before.Chain)));
            }

            (await Ask<long>(there, "SELECT count(*) FROM events.mt_events")).ShouldBe(200);
            (await Ask<long>(there, "SELECT count(*) FROM events.hl_pending")).ShouldBe(0);
            (await Ask<long>(there, "SELECT max(pos) - min(pos) + 1 - count(*) FROM events.hl_order")).ShouldBe(0, "positions are dense");

            // The verb that an operator gives then, and a store that goes on.
            using var again = await Store(database with { Owner = At(database.Owner), Store = At(database.Store), Keys = At(database.Keys) }, running: false);
            var verb = again.Services.GetServices<Verb>().Single(each => each.Name == "restored");
            (await verb.Run(again.Services, [], Ct)).ShouldBe(0);
            (await Ask<int>(there, "SELECT epoch FROM events.hl_head")).ShouldBeGreaterThan(1);
            (await Ask<long>(there, "SELECT pos FROM events.hl_epoch")).ShouldBe(200);
            await again.StartAsync(Ct);
            await Write(again, 5);
            (await ChainVerifier.Verify(again.Services.GetRequiredService<EventStore>().Source, Ct)).Position.ShouldBe(205);

            // The server of the disaster is found out by the same verb.
            var spoilt = store.Services.GetServices<Verb>().Single(each => each.Name == "restored");
            (await spoilt.Run(store.Services, [], Ct)).ShouldBe(1, "its log is not as it was ordered");
            (await Ask<int>(entrance, "SELECT epoch FROM events.hl_head")).ShouldBe(1);

            string At(string connection) => new NpgsqlConnectionStringBuilder(connection) { Port = restored.Port }.ConnectionString;
        }
    }

    private static string Password(string connection) => new NpgsqlConnectionStringBuilder(connection).Password!;

    private async Task<PostgresServer> Restore(string copy, DateTime moment)
    {
        var folder = servers.OpenFolder("restored");
        // The new server: the copy as its data, the same superuser, and whence the changes come and up to when.
        File.Copy(Path.Combine(Path.GetDirectoryName(folder)!, "postgres", "secrets.json"), Path.Combine(folder, "secrets.json"));
        var data = Account.DataFolder(folder, Account.ForServer("postgres"));
        Directory.Move(copy, data);
        var extras = servers.PostgresExtras();
        return await PostgresServer.Start(folder, Ct, extras with
        {
            Settings = extras.Settings + $"""

                archive_command = 'false'
                restore_command = 'cp {servers.Archive}/%f %p'
                recovery_target_time = '{moment:yyyy-MM-dd HH:mm:ss.ffffff}+00'
                recovery_target_action = 'promote'
                """,
            Files = new Dictionary<string, string>(extras.Files) { ["recovery.signal"] = "" },
        });
    }

    private static async Task<IHost> Store(ServiceDatabase database, bool running = true)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:Store"] = database.Store;
        builder.Configuration["ConnectionStrings:Keys"] = database.Keys;
        builder.Configuration["ConnectionStrings:Owner"] = database.Owner;
        builder.Configuration["Privacy:MasterKey"] = "test:" + Convert.ToBase64String(new byte[32]);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.AddEventStore(store => store.Family(DrillDecider.Instance));
        var host = builder.Build();
        if (running)
            await host.StartAsync(Ct);
        return host;
    }

    // Streams of five events; ends when all have their place.
    private static async Task Write(IHost host, int events)
    {
        var store = host.Services.GetRequiredService<EventStore>();
        for (var stream = 0; stream < events / 5; stream++)
        {
            var id = Guid.CreateVersion7();
            for (var each = 0; each < 5; each++)
                (await store.Execute(DrillDecider.Instance, id, new DrillCommand.Count(), Metadata.System(), Ct)).Refusal.ShouldBeNull();
        }

        for (var tries = 0; await Pending(store) > 0; tries++)
        {
            tries.ShouldBeLessThan(15_000);
            await Task.Delay(20, Ct);
        }
    }

    private static async Task<long> Pending(EventStore store)
    {
        await using var command = store.Source.CreateCommand("SELECT count(*) FROM events.hl_pending");
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }

    private static async Task Archived(string connection)
    {
        var last = await Ask<string>(connection, "SELECT pg_walfile_name(pg_current_wal_lsn())");
        for (var tries = 0; string.CompareOrdinal(await Ask<string>(connection, "SELECT coalesce((SELECT last_archived_wal FROM pg_stat_archiver), '')"), Before(last)) < 0; tries++)
        {
            tries.ShouldBeLessThan(15_000, "the archiver does not get on");
            await Task.Delay(20, Ct);
        }

        // The file that is written now is the one after the last that must be there.
        static string Before(string file) => $"{file[..16]}{Convert.ToInt32(file[16..], 16) - 1:X8}";
    }

    private static async Task<T> Ask<T>(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Ct))!;
    }

    private static async Task Do(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }
}

/// <summary>A family for the drill: something that counts.</summary>
[JsonDerivedType(typeof(Counted), "drill-counted.v1")]
public abstract record DrillEvent
{
    private DrillEvent()
    {
    }

    public sealed record Counted(int Number) : DrillEvent;
}

/// <summary>What it can be told.</summary>
public abstract record DrillCommand
{
    private DrillCommand()
    {
    }

    public sealed record Count : DrillCommand;
}

/// <summary>Its one rule.</summary>
public static class DrillDecider
{
    public static readonly Decider<int, DrillCommand, DrillEvent> Instance = new("drill", 0, (count, _) => count + 1, (count, _) => [new DrillEvent.Counted(count + 1)]);
}
