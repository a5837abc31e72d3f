using System.Globalization;
using System.Text.RegularExpressions;
using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Npgsql;

namespace Hotline111.Load;

/// <summary>
/// What this machine's PostgreSQL can do at best, the yardstick of every other figure: the bare inserts of an append into Marten's tables, prepared,
/// a transaction in one pipeline, fsync on, by pgbench. Each event arrives as text in a parameter, as from any client. No command identity, no order, no
/// chain, no client in .NET.
/// </summary>
/// <param name="server">The server that is also measured otherwise.</param>
public sealed partial class PostgresLimit(PostgresServer server) : IAsyncDisposable
{
    private const string Database = "load_limit";

    private const string Columns = "seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, is_archived";

    private int runs;
    private bool made;

    /// <summary>Where pgbench is; null when it is not installed.</summary>
    public static string? Program { get; } = Find("pgbench");

    /// <summary>Where a program of PostgreSQL is: beside the server, or of the distribution; null when it is not installed.</summary>
    public static string? Find(string program) => new[] { PostgresServer.FindPrograms() ?? "" }
        .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")) : [])
        .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    /// <summary>Transactions a second that each start a stream with 3 events.</summary>
    public Task<double> StartStreams(int clients, TimeSpan length, CancellationToken ct)
    {
        const string stream = "md5(:run::text || '-' || :client_id::text || '-' || :n::text)::uuid";
        return Run(clients, length, $"""
            \set n :n + 1
            \startpipeline
            BEGIN;
            INSERT INTO events.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived) VALUES ({stream}, 'load', 3, now(), now(), '*DEFAULT*', false);
            INSERT INTO events.mt_events ({Columns}) VALUES ({Event(stream, "1")}), ({Event(stream, "2")}), ({Event(stream, "3")});
            COMMIT;
            \endpipeline
            """, ct);
    }

    /// <summary>Transactions a second that each append one event to one of 100 streams of a client.</summary>
    public Task<double> Append(int clients, TimeSpan length, CancellationToken ct)
    {
        const string stream = "md5(:run::text || '-' || :client_id::text || '-' || :s::text)::uuid";
        return Run(clients, length, $"""
            \set s :n % 100
            \set v :n / 100 + 1
            \set n :n + 1
            \startpipeline
            BEGIN;
            UPDATE events.mt_streams SET version = version + 1, timestamp = now() WHERE id = {stream} AND version = :v - 1;
            INSERT INTO events.mt_events ({Columns}) VALUES ({Event(stream, ":v")});
            COMMIT;
            \endpipeline
            """, ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (made)
            await server.Databases.Drop(Database, CancellationToken.None);
    }

    private async Task<double> Run(int clients, TimeSpan length, string script, CancellationToken ct)
    {
        await Make(ct);
        var run = ++runs;
        await Do(Administrator(Database), $"""
            INSERT INTO events.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived)
            SELECT md5('{run}-' || c || '-' || s)::uuid, 'load', 0, now(), now(), '*DEFAULT*', false FROM generate_series(0, {clients - 1}) c, generate_series(0, 99) s
             WHERE {(script.Contains(":s::", StringComparison.Ordinal) ? "true" : "false")}
            """, ct);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, script.ReplaceLineEndings("\n"), ct);
            var administrator = new NpgsqlConnectionStringBuilder(server.Administrator);
            var (exitCode, output) = await ChildProcess.Run(
                new Launch(
                    "pgbench", Program ?? throw new LocalException("yardstick", "pgbench is not installed.", exitCode: 3),
                    "-n", "-M", "prepared", "-f", file, "-D", "n=0", "-D", $"run={run}", "-D", $"data={StoreStage.EventText}", "-D", """headers={"schema":1}""",
                    "-c", clients.ToString(CultureInfo.InvariantCulture), "-j", Math.Min(clients, Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture),
                    "-T", ((int)length.TotalSeconds).ToString(CultureInfo.InvariantCulture),
                    "-h", "127.0.0.1", "-p", server.Port.ToString(CultureInfo.InvariantCulture), "-U", administrator.Username!, Database)
                {
                    Environment = new Dictionary<string, string> { ["PGPASSWORD"] = administrator.Password! },
                },
                ct);
            return exitCode == 0 && Rate().Match(output) is { Success: true } found
                ? double.Parse(found.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                : throw new LocalException("yardstick", $"pgbench failed: {output.Trim()}");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task Make(CancellationToken ct)
    {
        if (made)
            return;
        await server.Databases.Drop(Database, ct);
        await Do(server.Administrator, $"CREATE DATABASE {Database} TEMPLATE template0", ct);
        made = true;
        using var tables = new StreamReader(typeof(MigrationSet).Assembly.GetManifestResourceStream("event-store.0001-marten.sql")!);
        await Do(Administrator(Database), await tables.ReadToEndAsync(ct), ct);
    }

    private static string Event(string stream, string version) =>
        $"nextval('events.mt_events_sequence'), gen_random_uuid(), {stream}, {version}, :data, 'load-told.v1', clock_timestamp(), '*DEFAULT*', 'Load.Told, Load', NULL, NULL, :headers, false";

    private string Administrator(string database) => new NpgsqlConnectionStringBuilder(server.Administrator) { Database = database, Pooling = false }.ConnectionString;

    /// <summary>Gives a server statements of this project, over a connection of its own.</summary>
    internal static async Task Do(string connectionString, string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(ct);
#pragma warning disable CA2100 // Texts of this project and of its migrations.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(ct);
    }

    [GeneratedRegex(@"tps = ([0-9.]+)")]
    private static partial Regex Rate();
}
