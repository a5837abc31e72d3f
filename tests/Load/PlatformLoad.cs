using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Hotline111.Local;
using Hotline111.Local.Demo;
using Npgsql;

namespace Hotline111.Load;

/// <summary>The whole platform under load: how many journeys a second it can do at most, and how it does at a fixed rate.</summary>
public static class PlatformLoad
{
    internal const string Driver = "the driver itself";
    private const string Rest = "everything else on this machine";

    // One person's and one address's limits have tests of their own at the gateway; here many people sit at one address.
    internal static readonly Dictionary<string, string> Settings = new()
    {
        ["Gateway__Limits__AccountPerMinute"] = "1000000",
        ["Gateway__Limits__AccountBurst"] = "100000",
        ["Gateway__Limits__AddressPerMinute"] = "1000000",
        ["Gateway__Limits__AddressBurst"] = "100000",
    };

    /// <summary>Measures and prints the table.</summary>
    /// <returns>1 when a journey failed, a message was left over or a goal was missed, else 0.</returns>
    public static async Task<int> Run(LoadOptions options, CancellationToken ct)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"hotline111-load-{Guid.CreateVersion7():n}");
        Directory.CreateDirectory(folder);
        People.Announce(folder);
        // Progress goes to the error output: the table alone is the result.
        var steps = new Steps(Console.Error);
        await using var servers = new Servers($"{folder}-servers");
        await using var platform = await LocalPlatform.Start(
            new LocalPlatformOptions(folder) { Throwaway = !options.Keep, Settings = Settings, Steps = steps, Database = options.ServerEach ? servers.Create : null }, ct);
        using var people = await steps.Do("sign-in", "Sign-in", () => People.SignIn(platform, ct));
        var load = new Load(platform, new Journey(people, options.Poll), servers, steps, options);
        return await load.Run(people, ct);
    }

    /// <summary>A server of PostgreSQL for each database that is asked for, on a folder that goes with them.</summary>
    private sealed class Servers(string folder) : IAsyncDisposable
    {
        public Dictionary<string, PostgresServer> Started { get; } = new(StringComparer.Ordinal);

        public async Task<ServiceDatabase> Create(string name, CancellationToken ct)
        {
            Directory.CreateDirectory(folder);
            var server = Started[name] = await PostgresServer.Start(Path.Combine(folder, name), ct);
            return await server.Databases.Create(name, ct);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var server in Started.Values)
                await server.DisposeAsync();
            if (Directory.Exists(folder))
                Account.RemoveFolder(folder);
        }
    }

    private sealed class Load(LocalPlatform platform, Journey journey, Servers servers, Steps steps, LoadOptions options)
    {
        private static readonly TimeSpan LimitLength = TimeSpan.FromSeconds(4);

        private readonly Table table = new();

        public async Task<int> Run(People people, CancellationToken ct)
        {
            await Limit(ct);
            await WarmUp(people, ct);
            var errors = options.MostClients > 0 ? await Saturate(ct) : 0;
            errors += await AtRate(ct);
            Console.WriteLine(table);
            return errors == 0 ? table.ExitCode : 1;
        }

        /// <summary>What the machine's PostgreSQL can do by itself, measured while the platform is idle.</summary>
        private async Task Limit(CancellationToken ct)
        {
            table.Section("yardstick: PostgreSQL alone, fsync on, pipelined", "1 client", "8", "32");
            if (PostgresLimit.Program is null)
            {
                table.Row("  not measured: pgbench is not installed");
                return;
            }

            await steps.Do("limit", "PostgreSQL's own limit", async () =>
            {
                await using var limit = new PostgresLimit(platform.Postgres);
                await Rows("start a stream with 3 events (tx/s)", limit.StartStreams);
                await Rows("append 1 event (tx/s)", limit.Append);
            });

            async Task Rows(string name, Func<int, TimeSpan, CancellationToken, Task<double>> measure)
            {
                List<string> cells = [];
                foreach (var clients in new[] { 1, 8, 32 })
                    cells.Add(Table.Number(await measure(clients, LimitLength, ct)));
                table.Row($"  {name}", [.. cells]);
            }
        }

        /// <summary>Until every desk is known to the case service, and the code is compiled that the journeys use.</summary>
        private Task WarmUp(People people, CancellationToken ct) => steps.Do("warm-up", "Warm-up", async () =>
        {
            var until = Stopwatch.StartNew();
            for (var desk = 0; desk < people.Desks.Count; desk++)
            {
                Findings findings;
                do
                {
                    findings = new Findings();
                    await journey.Make(desk, Stopwatch.GetTimestamp(), findings, ct);
                }
                while (findings.ErrorCount > 0 && findings.Errors.Keys.All(error => error.EndsWith("desk-unknown", StringComparison.Ordinal)) && until.Elapsed < TimeSpan.FromMinutes(1));
                if (findings.ErrorCount > 0)
                    throw new LocalException("warm-up", $"A first journey failed at {findings.Errors.Keys.First()}; logs: {platform.Logs}");
            }

            await Closed(4, TimeSpan.FromSeconds(10), new Findings(), ct);
        });

        /// <summary>More and more clients, each beginning its next journey when the last has ended, until that no longer brings more.</summary>
        private async Task<int> Saturate(CancellationToken ct)
        {
            table.Section("saturation: closed loop", "journeys/s", "p50 ms", "p99 ms", "errors", "CPU %");
            var (best, since, errors) = (0.0, 0, 0);
            Before before = null!;
            var bestWork = (Events: 0.0, Commits: 0.0);
            for (var clients = 1; clients <= options.MostClients && since < 2; clients = clients < 4 ? clients * 2 : clients * 3 / 2 / 2 * 2)
            {
                var findings = new Findings();
                before = await Take(ct);
                var took = await steps.Do("saturation", $"Saturation: {clients} clients", () => Closed(clients, options.Stage, findings, ct));
                var after = await Take(ct);
                var rate = findings.Completed / took.TotalSeconds;
                var (_, p50, p99, _) = findings.Of(Journey.Whole).Summary();
                var ours = after.Cpu.Where(each => each.Key != Rest).Sum(each => each.Value - before.Cpu[each.Key]);
                table.Row($"  {clients} clients", Table.Number(rate, 1), Table.Number(p50), Table.Number(p99), Table.Number(findings.ErrorCount), Table.Number(100 * ours / took.TotalSeconds));
                Explain(findings);
                errors += findings.ErrorCount;
                since = rate > best * 1.03 ? 0 : since + 1;
                if (rate > best)
                    (best, bestWork) = (rate, ((after.Events - before.Events) / took.TotalSeconds, (after.AllCommits - before.AllCommits) / took.TotalSeconds));
            }

            table.Row("  journeys a second at saturation", Table.Number(best, 1));
            table.Row("  of it: events/s stored, commits/s in PostgreSQL", Table.Number(bestWork.Events), Table.Number(bestWork.Commits));
            return errors;
        }

        /// <summary>Journeys arrive by a schedule made beforehand, whether the platform keeps up or not; they are counted from when they should have begun.</summary>
        private async Task<int> AtRate(CancellationToken ct)
        {
            var length = options.Length ?? TimeSpan.FromSeconds(60);
            await Settled(ct);
            var findings = new Findings();
            var before = await Take(ct);
            using var watching = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var peaks = Peaks(watching.Token);
            var took = await steps.Do("rate", $"{options.Rate:0.##} journeys/s for {length.TotalSeconds:0} s", () => Open(length, findings, ct));
            var after = await Take(ct);
            await watching.CancelAsync();
            var left = await Settled(ct);

            table.Section(
                string.Create(CultureInfo.InvariantCulture, $"open loop: {options.Rate:0.##} journeys/s for {length.TotalSeconds:0} s; polls every {options.Poll.TotalMilliseconds:0} ms"),
                "count", "p50 ms", "p99 ms", "longest", "");
            table.Row("  journeys done / failed", $"{findings.Completed}", "", "", "", $"{findings.ErrorCount} errors");
            Explain(findings);
            foreach (var name in new[] { Journey.SendToInbox, Journey.SentAtToInbox, Journey.AcknowledgeToCase, Journey.Whole })
                Duration(name, name == Journey.SendToInbox ? Table.Judge(findings.Of(name).Summary().P99 <= 250, "goal p99 ≤ 250") : "");
            foreach (var name in findings.Durations.Keys.Except([Journey.SendToInbox, Journey.SentAtToInbox, Journey.AcknowledgeToCase, Journey.Whole]).Order(StringComparer.Ordinal))
                Duration($"  request: {name}", "");
            var journeys = Math.Max(1, findings.Completed);
            table.Row("  events stored, commits in PostgreSQL: a journey", Table.Number((after.Events - before.Events) / (double)journeys, 1), Table.Number((after.AllCommits - before.AllCommits) / (double)journeys, 1));
            table.Row("  left over: pending, held, parked, unroutable", $"{left}");
            table.Row("  log entries of the whole run: warnings, errors", LogEntries("Warning"), LogEntries("Error", "Critical"));

            table.Section("process, during the open loop", "CPU s", "% of a core", "peak MB", "CPU ms a journey", "commits a journey");
            var memory = await peaks;
            foreach (var (name, cpu) in after.Cpu)
                table.Row($"  {name}", Table.Number(cpu - before.Cpu[name], 1), Table.Number(100 * (cpu - before.Cpu[name]) / took.TotalSeconds), memory.TryGetValue(name, out var peak) ? Table.Number(peak / 1e6) : "",
                    Table.Number(1000 * (cpu - before.Cpu[name]) / journeys, 1), after.Commits.TryGetValue(name, out var commits) ? Table.Number((commits - before.Commits[name]) / (double)journeys, 1) : "");
            table.Row($"  {Environment.ProcessorCount} cores", Table.Number(Environment.ProcessorCount * took.TotalSeconds, 1));
            return findings.ErrorCount + left;

            void Duration(string name, string remark)
            {
                var (count, p50, p99, longest) = findings.Of(name.Replace("  request: ", "", StringComparison.Ordinal)).Summary();
                table.Row($"  {name}", $"{count}", Table.Number(p50, 1), Table.Number(p99, 1), Table.Number(longest, 1), remark);
            }
        }

        private void Explain(Findings findings)
        {
            foreach (var (error, times) in findings.Errors.OrderByDescending(each => each.Value).Take(5))
                table.Row($"    {times} x {error}");
        }

        private async Task<TimeSpan> Closed(int clients, TimeSpan length, Findings findings, CancellationToken ct)
        {
            var watch = Stopwatch.StartNew();
            var number = 0;
            await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(
                async () =>
                {
                    while (watch.Elapsed < length)
                        await journey.Make(Interlocked.Increment(ref number), Stopwatch.GetTimestamp(), findings, ct);
                },
                ct)));
            return watch.Elapsed;
        }

        private async Task<TimeSpan> Open(TimeSpan length, Findings findings, CancellationToken ct)
        {
            // Arrivals at random and independent of each other, as calls are; the same in every run.
            var random = new Random(111);
            var schedule = Enumerable.Range(0, (int)Math.Round(options.Rate * length.TotalSeconds)).Select(_ => random.NextDouble() * length.TotalSeconds).Order().ToArray();
            List<Task> journeys = [];
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < schedule.Length; i++)
            {
                var (number, intended) = (i, start + (long)(schedule[i] * Stopwatch.Frequency));
                var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), intended);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, ct);
                journeys.Add(Task.Run(() => journey.Make(number, intended, findings, ct), ct));
            }

            await Task.WhenAll(journeys);
            return Stopwatch.GetElapsedTime(start);
        }

        /// <summary>Waits until everything stored is ordered, published and applied, at most half a minute.</summary>
        /// <returns>What is left over then.</returns>
        private async Task<int> Settled(CancellationToken ct)
        {
            for (var i = 0; ; i++)
            {
                var left = 0L;
                foreach (var process in PlatformProcess.All.Where(each => each.IsService))
                {
                    left += await Scalar(platform.Database(process.Name).Store, """
                        SELECT (SELECT count(*) FROM events.hl_pending) + (SELECT count(*) FROM events.hl_held) + (SELECT count(*) FROM events.hl_parked)
                             + (SELECT count(*) FROM events.hl_unrouted) + (SELECT h.pos - r.pos FROM events.hl_head h, events.hl_relay r)
                        """, ct);
                }

                if (left == 0 || i == 60)
                    return (int)left;
                await Task.Delay(500, ct);
            }
        }

        /// <summary>Everything that works for the platform, the databases' own servers too.</summary>
        private IEnumerable<(string Name, int Id, bool Tree)> Measured() =>
            Processes(platform).Concat(servers.Started.Select(server => ($"PostgreSQL of {server.Key}", server.Value.ProcessId, true)));

        private Task<Before> Take(CancellationToken ct) => Before.Take(platform, Measured(), ct);

        private async Task<Dictionary<string, long>> Peaks(CancellationToken until)
        {
            var peaks = new Dictionary<string, long>();
            while (!until.IsCancellationRequested)
            {
                foreach (var (name, id, tree) in Measured())
                    peaks[name] = Math.Max(peaks.GetValueOrDefault(name), ProcessUsage.Memory(id, tree));
                await Task.Delay(TimeSpan.FromSeconds(2), until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return peaks;
        }

        private string LogEntries(params string[] levels) =>
            $"{PlatformProcess.All.Sum(process => File.ReadLines(platform.Log(process.Name)).Count(line => levels.Contains(Level(line))))}";

        private static string? Level(string line)
        {
            try
            {
                return line.StartsWith('{') ? JsonElement.Parse(line).GetProperty("level").GetString() : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    internal static IEnumerable<(string Name, int Id, bool Tree)> Processes(LocalPlatform platform) =>
        [
            .. PlatformProcess.All.Select(process => (process.Name, platform.ProcessId(process.Name), true)),
            ("PostgreSQL", platform.Postgres.ProcessId, true),
            ("RabbitMQ", platform.Broker.ProcessId, true),
            (Driver, Environment.ProcessId, false),
        ];

    private static async Task<long> Scalar(string connectionString, string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(ct);
#pragma warning disable CA2100 // Texts of this file.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return Convert.ToInt64(await command.ExecuteScalarAsync(ct), CultureInfo.InvariantCulture);
    }

    /// <summary>What counters stood at.</summary>
    private sealed record Before(IReadOnlyDictionary<string, double> Cpu, long Events, IReadOnlyDictionary<string, long> Commits)
    {
        public long AllCommits => Commits.Values.Sum();

        public static async Task<Before> Take(LocalPlatform platform, IEnumerable<(string Name, int Id, bool Tree)> processes, CancellationToken ct)
        {
            var events = 0L;
            foreach (var process in PlatformProcess.All.Where(each => each.IsService))
                events += await Scalar(platform.Database(process.Name).Store, "SELECT pos FROM events.hl_head", ct);
            Dictionary<string, long> commits = [];
            foreach (var process in PlatformProcess.All.Where(each => each.Database is not null))
                commits[process.Name] = await Scalar(platform.Database(process.Name).Store, "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()", ct);
            var cpu = processes.ToDictionary(each => each.Name, each => ProcessUsage.CpuSeconds(each.Id, each.Tree));
            cpu[Rest] = ProcessUsage.MachineCpuSeconds() - cpu.Values.Sum();
            return new(cpu, events, commits);
        }
    }
}
