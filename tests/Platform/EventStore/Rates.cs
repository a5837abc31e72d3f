using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization;
using Hotline111.Platform.EventStore;
using Hotline111.Testing;
using Npgsql;

namespace Hotline111.Platform.Tests.Streams;

/// <summary>How fast the store appends, beside what PostgreSQL itself does with the same rows, pipelined by its own pgbench, in the same run.</summary>
[Trait("run", "campaign")]
public sealed class Rates(ITestOutputHelper output)
{
    private static readonly string Filler = new('x', 540);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(32)]
    public async Task Appending_beside_raw_postgresql(int clients)
    {
        await using var server = await Servers.PrivatePostgres();
        var database = await server.Server.CreateServiceDatabase("store", Cancel);
        var administrator = new NpgsqlConnectionStringBuilder(server.Server.Administrator) { Database = database.Name }.ConnectionString;
        await using var store = await TestStore.Create(
            database with { Store = new NpgsqlConnectionStringBuilder(database.Store) { MaxPoolSize = clients + 5 }.ConnectionString }, administrator, s => s.Family(TapeDecider.Instance), running: true,
            tables: null);
        await TestStore.Run(
            administrator,
            """
            CREATE SCHEMA raw;
            CREATE TABLE raw.streams (LIKE events.mt_streams INCLUDING ALL);
            CREATE TABLE raw.events (LIKE events.mt_events INCLUDING ALL);
            ALTER TABLE raw.events ADD FOREIGN KEY (stream_id) REFERENCES raw.streams (id) ON DELETE CASCADE;
            CREATE SEQUENCE raw.n;
            INSERT INTO raw.streams (id, type, version, timestamp, created) SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'tape', 0, now(), now() FROM generate_series(1, 5000) AS n;
            """);
        const string columns = "(seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, headers, is_archived)";
        string Event(string stream, string version) =>
            $"(nextval('raw.n'), gen_random_uuid(), {stream}, {version}, '{{\"text\": \"{Filler}\"}}', 'tape-said.v1', clock_timestamp(), '*DEFAULT*', 'Namespace.Type, Assembly', '{{\"actor\": \"system\", \"schema\": 1}}', false)";
        const string tape = "('00000000-0000-7000-8000-' || lpad((:t)::text, 12, '0'))::uuid";
        const string start = "md5(:client_id || '-' || :t || '-' || :u)::uuid";
        List<(string Work, double Raw, double Ours)> rows = [];
        for (var round = 0; round < 3; round++)
        {
            var rawStart = await Bench(
                administrator, clients,
                $"\\set t random(1, 1000000000)\n\\set u random(1, 1000000000)\n\\startpipeline\nBEGIN;\nINSERT INTO raw.streams (id, type, version, timestamp, created, tenant_id, is_archived) VALUES ({start}, 'tape', 3, now(), now(), '*DEFAULT*', false);\n"
                + $"INSERT INTO raw.events {columns} VALUES {Event(start, "1")}, {Event(start, "2")}, {Event(start, "3")};\nCOMMIT;\n\\endpipeline\n");
            var ourStart = await Ours(clients, (random, _) => store.Store.Append(
                TapeDecider.Instance, Guid.CreateVersion7(), 0, [new TapeEvent.Said(Filler), new TapeEvent.Said(Filler), new TapeEvent.Said(Filler)], Metadata.System(), Cancel));
            rows.Add(("start a stream with 3 events", rawStart, ourStart));
            var rawAppend = await Bench(
                administrator, clients,
                $"\\set t random(1, 5000)\n\\startpipeline\nBEGIN;\nUPDATE raw.streams SET version = version + 1, timestamp = now() WHERE id = {tape};\n"
                + $"INSERT INTO raw.events {columns} SELECT * FROM (VALUES {Event(tape, $"(SELECT version FROM raw.streams WHERE id = {tape})")}) v({columns.Trim('(', ')')});\nCOMMIT;\n\\endpipeline\n",
                casts: true);
            // Each client has streams of its own, and knows their versions: the expected version is always right.
            var known = new (Guid Id, long Version)[clients, 50];
            for (var c = 0; c < clients; c++)
            {
                for (var i = 0; i < 50; i++)
                {
                    var id = Guid.CreateVersion7();
                    known[c, i] = (id, await store.Store.Append(TapeDecider.Instance, id, 0, [new TapeEvent.Said(Filler)], Metadata.System(), Cancel));
                }
            }

            var ourAppend = await Ours(clients, async (random, client) =>
            {
                var i = random.Next(50);
                var (id, version) = known[client, i];
                known[client, i] = (id, await store.Store.Append(TapeDecider.Instance, id, version, [new TapeEvent.Said(Filler)], Metadata.System(), Cancel));
            });
            rows.Add(("append 1 with expected version", rawAppend, ourAppend));
            var decided = await Ours(clients, async (random, client) =>
            {
                var id = known[client, random.Next(50)].Id;
                await store.Store.Execute(TapeDecider.Instance, id, Filler, Metadata.System(), Cancel);
            });
            rows.Add(("load, decide, append 1 (streams grow)", rawAppend, decided));
        }

        var pending = await store.Scalar<long>("SELECT count(*) FROM events.hl_pending");
        foreach (var work in rows.GroupBy(r => r.Work))
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{clients,3} clients  {work.Key,-40} raw {Median(work.Select(r => r.Raw)),7:0}/s  ours {Median(work.Select(r => r.Ours)),7:0}/s  ratio {Median(work.Select(r => r.Ours / r.Raw)):0.00}"));
        }

        output.WriteLine($"pending at the end: {pending}");
        await store.Ordered();
        (await ChainVerifier.Verify(store.Store.Source, Cancel)).Bad.ShouldBeNull();
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private static async Task<double> Ours(int clients, Func<Random, int, Task> work)
    {
        long done = 0;
        Stopwatch? time = null;
        var until = DateTime.UtcNow.AddSeconds(5);
        var warm = DateTime.UtcNow.AddSeconds(1);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            while (DateTime.UtcNow is var now && now < until)
            {
                await work(random, client);
                if (now > warm)
                {
                    Interlocked.CompareExchange(ref time, Stopwatch.StartNew(), null);
                    Interlocked.Increment(ref done);
                }
            }
        })));
        return done / time!.Elapsed.TotalSeconds;
    }

    private static async Task<double> Bench(string administrator, int clients, string script, bool casts = false)
    {
        if (casts)
            script = script.Replace("'{\"text\"", "jsonb '{\"text\"", StringComparison.Ordinal).Replace("'{\"actor\"", "jsonb '{\"actor\"", StringComparison.Ordinal);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, script, Cancel);
        var to = new NpgsqlConnectionStringBuilder(administrator);
        var info = new ProcessStartInfo(Directory.GetDirectories("/usr/lib/postgresql").Order().Select(version => Path.Combine(version, "bin", "pgbench")).Last(File.Exists))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "-n", "-M", "prepared", "-T", "4", "-c", $"{clients}", "-j", $"{Math.Min(clients, 2)}", "-f", file, "-h", to.Host!, "-p", $"{to.Port}", "-U", to.Username!, to.Database! },
            Environment = { ["PGPASSWORD"] = to.Password },
        };
        using var bench = Process.Start(info)!;
        var (said, complaints) = (bench.StandardOutput.ReadToEndAsync(Cancel), bench.StandardError.ReadToEndAsync(Cancel));
        await bench.WaitForExitAsync(Cancel);
        File.Delete(file);
        var line = (await said).Split('\n').FirstOrDefault(l => l.StartsWith("tps = ", StringComparison.Ordinal)) ?? throw new InvalidOperationException(await complaints);
        return double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture);
    }

    [JsonDerivedType(typeof(Said), "tape-said.v1")]
    public abstract record TapeEvent
    {
        public sealed record Said(string Text) : TapeEvent;
    }

    private static class TapeDecider
    {
        public static readonly Decider<int, string, TapeEvent> Instance = new("tape", 0, (count, _) => count + 1, (_, text) => [new TapeEvent.Said(text)]);
    }
}
