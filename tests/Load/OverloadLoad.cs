using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Hotline111.Local;
using Hotline111.Local.Demo;

namespace Hotline111.Load;

/// <summary>
/// A hundred times the load that saturates the platform, on every lane but one, and meanwhile emergencies at the rate of a bad day. The platform has all
/// processors but one, the generator that one, before as during the flood: otherwise the machine would be measured and not the platform.
/// </summary>
public static class OverloadLoad
{
    // Read by the flood; the emergencies' own cases come on top, for a case has a handful of referrals and not hundreds.
    private const int Cases = 24;
    private const int EmergenciesOfACase = 4;
    private const int Clients = 24;

    // As many as there can be in the lanes, working and waiting, and twice as many again that are just being refused.
    private const int Connections = 900;

    private const double EmergenciesPerSecond = 3;

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Begun = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    /// <summary>Measures and prints the table.</summary>
    /// <returns>1 when a goal was missed, else 0.</returns>
    public static async Task<int> Run(LoadOptions options, CancellationToken ct)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"hotline111-load-{Guid.CreateVersion7():n}");
        Directory.CreateDirectory(folder);
        People.Announce(folder);
        var steps = new Steps(Console.Error);
        await using var platform = await LocalPlatform.Start(new LocalPlatformOptions(folder) { Throwaway = !options.Keep, Settings = PlatformLoad.Settings, Steps = steps }, ct);
        using var people = await steps.Do("sign-in", "Sign-in", () => People.SignIn(platform, ct));
        var length = options.Length ?? TimeSpan.FromSeconds(60);
        var cases = Cases + (int)Math.Ceiling(length.TotalSeconds * EmergenciesPerSecond / EmergenciesOfACase);
        var situations = await steps.Do("prepare", $"{cases} cases with a referral each", () => Prepare(people, cases, ct));
        var run = new Overload(platform, people, situations, steps, length, options.Times);
        var table = await run.Measure(ct);
        Console.WriteLine(table);
        return table.ExitCode;
    }

    /// <summary>A case whose referral lies at a desk.</summary>
    private sealed record Situation(Guid Contact, Guid Case, Guid Referral, int Desk);

    private static async Task<IReadOnlyList<Situation>> Prepare(People people, int cases, CancellationToken ct)
    {
        var made = new Situation[cases];
        await Parallel.ForAsync(0, cases, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = ct }, async (i, ct) =>
        {
            var (counsellor, desk) = (people.Counsellors[i % people.Counsellors.Count], i % people.Desks.Count);
            var contact = (await counsellor.Post("api/contacts", Journey.Bodies.Contact, ct)).GetProperty("id").GetGuid();
            await counsellor.Post($"api/contacts/{contact}/categorise", Journey.Bodies.Category, ct);
            var opened = (await counsellor.Post("api/cases", Journey.Bodies.Case(contact), ct)).GetProperty("id").GetGuid();
            var sent = await counsellor.Post("api/referrals/emergency", Emergency(contact, opened, people.Desks[desk].Desk), ct);
            made[i] = new(contact, opened, sent.GetProperty("referrals")[0].GetProperty("id").GetGuid(), desk);
        });
        return made;
    }

    private static object Emergency(Guid contact, Guid opened, string desk) => new
    {
        id = Guid.CreateVersion7(),
        caseId = opened,
        contactId = contact,
        desks = new[] { desk },
        purpose = "verify_rescue",
        need = "Giải cứu ngay; người gọi nói cửa khóa ngoài.",
        riskSigns = new[] { "violence" },
        narrative = "Nội dung hư cấu của một cuộc gọi khẩn cấp.",
        persons = new[] { new { name = "Người hư cấu", gender = "female", age = 17 } },
    };

    private sealed class Overload(LocalPlatform platform, People people, IReadOnlyList<Situation> situations, Steps steps, TimeSpan length, double factor)
    {
        private readonly Table table = new();
        private readonly IReadOnlyList<Ask> mix = Mix(platform.Address, people, [.. situations.Take(Cases)]);

        public async Task<Table> Measure(CancellationToken ct)
        {
            var pinned = Pin();
            // Refusing is warmed up like serving: code that is still being compiled says nothing about what it costs.
            await steps.Do("warm-up", "Warm-up", () => new Flood(platform.Address, mix).Closed(Clients, TimeSpan.FromSeconds(60), ct));
            await steps.Do("warm-up", "Warm-up of refusals", () => new Flood(platform.Address, mix).Open(3000, Connections, TimeSpan.FromSeconds(12), ct));

            var full = new Flood(platform.Address, mix);
            var cpu = Cpu();
            var took = await steps.Do("capacity", $"Saturated: {Clients} clients", () => full.Closed(Clients, TimeSpan.FromSeconds(15), ct));
            var rates = full.Fates.ToDictionary(kind => kind.Key, kind => kind.Value.Good / took.TotalSeconds);
            var saturatedCpu = Since(cpu, took);
            var memory = Memory();

            // What each kind costs, so that many cheap answers do not look like much work.
            Dictionary<string, double> cost = [];
            foreach (var kind in mix.Select(ask => ask.Kind).Distinct())
                cost[kind] = await steps.Do("cost", $"Cost of one: {kind}", () => Cost(new Flood(platform.Address, [.. mix.Where(ask => ask.Kind == kind)]), kind, ct));
            var emergencyCost = await steps.Do("cost", "Cost of one: emergency", () => EmergencyCost(ct));

            var (capacity, work) = (rates.Values.Sum(), rates.Sum(kind => kind.Value * cost[kind.Key]));

            var before = new Flood(platform.Address, mix);
            await steps.Do("before", "Calm, before", () => before.Open(capacity * 0.2, 64, Calm, ct));
            var normal = Percentile(before.Fates.Values.SelectMany(fate => fate.Times).Select(time => time.Milliseconds), 0.99);

            var flood = new Flood(platform.Address, mix);
            using var watching = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var peaks = Peaks(watching.Token);
            cpu = Cpu();
            var emergencies = Emergencies(length, ct);
            took = await steps.Do("flood", $"{factor:0} times that for {length.TotalSeconds:0} s", () => flood.Open(capacity * factor, Connections, length, ct));
            var ended = Stopwatch.GetTimestamp();
            var (sent, failures) = await emergencies;
            var floodCpu = Since(cpu, took);
            await watching.CancelAsync();
            var peak = await peaks;

            var after = new Flood(platform.Address, mix);
            var gap = Stopwatch.GetElapsedTime(ended);
            await steps.Do("after", "Calm, after", () => after.Open(capacity * 0.2, 64, Calm, ct));
            var back = Back(after, normal) is { } seconds ? seconds + gap.TotalSeconds : (double?)null;

            // The emergencies have filled the desks and the cases meanwhile: whether the same answer is more work now.
            Dictionary<string, double> costAfter = [];
            foreach (var kind in cost.Keys)
                costAfter[kind] = await steps.Do("cost", $"Cost of one afterwards: {kind}", () => Cost(new Flood(platform.Address, [.. mix.Where(ask => ask.Kind == kind)]), kind, ct));
            var emergencyCostAfter = await steps.Do("cost", "Cost of one afterwards: emergency", () => EmergencyCost(ct));

            // Those that began in the first seconds, when nothing was full yet, and those that were only answered after the end do not count.
            var counted = took - Begun;
            double Good(string kind) => flood.Fates[kind].Times.Count(time => time.Began + (time.Milliseconds / 1000) >= Begun.TotalSeconds && time.Began + (time.Milliseconds / 1000) < took.TotalSeconds) / counted.TotalSeconds;
            var good = flood.Fates.Keys.ToDictionary(kind => kind, Good);
            var goodWork = good.Sum(kind => kind.Value * cost[kind.Key]) + (sent.Summary().Count / took.TotalSeconds * emergencyCost);

            table.Section(
                string.Create(CultureInfo.InvariantCulture, $"{factor:0} times saturation for {took.TotalSeconds:0} s{(pinned is null ? "" : $"; {pinned}")}"), "CPU ms", "after", "saturated/s", "flood/s", "refused/s", "p50 ms", "p99 ms", "other");
            foreach (var (kind, fate) in flood.Fates)
            {
                var times = fate.Times.Select(time => time.Milliseconds).ToList();
                table.Row(
                    $"  {kind}", Table.Number(cost[kind], 1), Table.Number(costAfter[kind], 1), Table.Number(rates[kind], 1), Table.Number(good[kind], 1), Table.Number(fate.Refused / took.TotalSeconds),
                    Table.Number(Percentile(times, 0.5)), Table.Number(Percentile(times, 0.99)), $"{fate.Other.Values.Sum()}");
            }

            var (count, p50, p99, longest) = sent.Summary();
            table.Row("  emergency", Table.Number(emergencyCost, 1), Table.Number(emergencyCostAfter, 1), "", Table.Number(count / took.TotalSeconds, 1), "", Table.Number(p50), Table.Number(p99), $"{failures.Values.Sum()}");

            var refused = flood.Fates.Values.Sum(fate => fate.Refused);
            var other = flood.Fates.Values.Sum(fate => fate.Other.Values.Sum());
            table.Section("goals", "figure", "goal");
            table.Row("  offered, sent (a second)", $"{Table.Number(capacity * factor)}, {Table.Number(flood.Sent / took.TotalSeconds)}", "");
            table.Row("  goodput, work done against saturation", Table.Number(goodWork / work, 2), Table.Judge(goodWork / work >= 0.9, ">= 0.90"));
            var processors = floodCpu.Where(process => process.Key != PlatformLoad.Driver).Sum(process => process.Value) / saturatedCpu.Where(process => process.Key != PlatformLoad.Driver).Sum(process => process.Value);
            table.Row("    for each processor second that the platform had", Table.Number(goodWork / work / processors, 2), "");
            table.Row("  goodput, answers against saturation", Table.Number(good.Values.Sum() / capacity, 2), "");
            table.Row("  emergencies sent", $"{count} of {count + failures.Values.Sum()}", Table.Judge(count >= 0.999 * (count + failures.Values.Sum()), ">= 99.9 %"));
            table.Row("  emergencies, p99 (longest) ms", $"{Table.Number(p99)} ({Table.Number(longest)})", Table.Judge(p99 <= 1000, "<= 1000"));
            table.Row("  of what was not served: 429/503 with Retry-After", $"{100.0 * refused / Math.Max(1, refused + other):0.000} %", Table.Judge(other == 0, "100 %"));
            table.Row("  p99 of calm times ms; back to it after", $"{Table.Number(normal)}; {(back is { } s ? $"{s:0.0} s" : "not seen")}", Table.Judge(back <= 10, "<= 10 s"));
            foreach (var (why, times) in failures.Concat(flood.Fates.Values.SelectMany(fate => fate.Other)).GroupBy(each => each.Key).Select(each => (each.Key, each.Sum(one => one.Value))))
                table.Row($"    {times} x {why}");

            table.Section("process", "MB before", "MB peak", "ratio", "CPU % saturated", "in the flood");
            foreach (var (name, bytes) in memory)
                table.Row($"  {name}", Table.Number(bytes / 1e6), Table.Number(peak[name] / 1e6), Table.Number((double)peak[name] / bytes, 2), Table.Number(saturatedCpu[name]), Table.Number(floodCpu[name]), name == PlatformLoad.Driver ? "" : Table.Judge(peak[name] <= 1.5 * bytes, "<= 1.5"));
            return table;
        }

        /// <summary>The platform on all processors but the last, this process on that one.</summary>
        private string? Pin()
        {
            if (Environment.ProcessorCount < 2 || !File.Exists("/usr/bin/taskset"))
                return null;
            var last = Environment.ProcessorCount - 1;
            foreach (var id in PlatformLoad.Processes(platform).Where(process => process.Name != PlatformLoad.Driver).SelectMany(process => ProcessUsage.Tree(process.Id)))
                Set($"0-{last - 1}", id);
            Set($"{last}", Environment.ProcessId);
            return $"platform on {last} processor{(last == 1 ? "" : "s")}, generator on 1";

            static void Set(string processors, int id)
            {
                using var set = Process.Start(new ProcessStartInfo("/usr/bin/taskset", ["-a", "-c", "-p", processors, id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
                set.WaitForExit();
            }
        }

        private async Task<double> Cost(Flood flood, string kind, CancellationToken ct)
        {
            var before = Cpu();
            await flood.Closed(2, Short, ct);
            return 1000 * Spent(before) / Math.Max(1, flood.Fates[kind].Good);
        }

        private async Task<double> EmergencyCost(CancellationToken ct)
        {
            var before = Cpu();
            for (var i = 0; i < 40; i++)
                (await Send(i, ct)).EnsureSuccessStatusCode().Dispose();
            return 1000 * Spent(before) / 40;
        }

        private double Spent(Dictionary<string, double> before) => Cpu().Where(process => process.Key != PlatformLoad.Driver).Sum(process => process.Value - before[process.Key]);

        // In percent of one processor.
        private Dictionary<string, double> Since(Dictionary<string, double> before, TimeSpan length) =>
            Cpu().ToDictionary(process => process.Key, process => 100 * (process.Value - before[process.Key]) / length.TotalSeconds);

        private Dictionary<string, double> Cpu() => PlatformLoad.Processes(platform).ToDictionary(process => process.Name, process => ProcessUsage.CpuSeconds(process.Id, process.Tree));

        private Dictionary<string, long> Memory() => PlatformLoad.Processes(platform).ToDictionary(process => process.Name, process => ProcessUsage.Memory(process.Id, process.Tree));

        private async Task<Dictionary<string, long>> Peaks(CancellationToken until)
        {
            var peaks = Memory();
            while (!until.IsCancellationRequested)
            {
                foreach (var (name, bytes) in Memory())
                    peaks[name] = Math.Max(peaks[name], bytes);
                await Task.Delay(TimeSpan.FromSeconds(2), until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return peaks;
        }

        private Task<HttpResponseMessage> Send(int number, CancellationToken ct)
        {
            var situation = situations[Cases + (number % (situations.Count - Cases))];
            return people.Counsellors[number % people.Counsellors.Count].Send(
                new HttpRequestMessage(HttpMethod.Post, "api/referrals/emergency") { Content = JsonContent.Create(Emergency(situation.Contact, situation.Case, people.Desks[situation.Desk].Desk)) }, ct);
        }

        /// <summary>Emergencies by the clock, each counted from when it should have been sent; a refused one is a failed one.</summary>
        private async Task<(Latencies Sent, Dictionary<string, int> Failures)> Emergencies(TimeSpan length, CancellationToken ct)
        {
            var (sent, failures) = (new Latencies(), new Findings());
            List<Task> under = [];
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < length.TotalSeconds * EmergenciesPerSecond; i++)
            {
                var (number, due) = (i, TimeSpan.FromSeconds(i / EmergenciesPerSecond));
                if (due - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } wait)
                    await Task.Delay(wait, ct);
                under.Add(Task.Run(
                    async () =>
                    {
                        try
                        {
                            using var answer = await Send(number, ct);
                            if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created)
                                sent.Add(Stopwatch.GetElapsedTime(start) - due);
                            else
                                failures.Fail($"emergency: {(int)answer.StatusCode}");
                        }
                        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
                        {
                            failures.Fail($"emergency: {e.GetType().Name}");
                        }
                    },
                    ct));
            }

            await Task.WhenAll(under);
            return (sent, failures.Errors.ToDictionary());
        }

        /// <summary>Seconds until from there on the p99 of every second is that of the calm before, within half of it; null if it never was.</summary>
        private static double? Back(Flood after, double normal)
        {
            var windows = after.Fates.Values.SelectMany(fate => fate.Times).GroupBy(time => (int)(time.Began / Window.TotalSeconds)).ToDictionary(
                window => window.Key, window => Percentile(window.Select(time => time.Milliseconds), 0.99));
            var slow = windows.Where(window => window.Value > 1.5 * normal).Select(window => window.Key).DefaultIfEmpty(-1).Max();
            return slow + 1 >= (int)(Calm / Window) ? null : (slow + 1) * Window.TotalSeconds;
        }

        private static double Percentile(IEnumerable<double> values, double share)
        {
            var sorted = values.Order().ToArray();
            return sorted.Length == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
        }

        /// <summary>One request of each kind after the other, each time by other people about other things.</summary>
        private static List<Ask> Mix(Uri address, People people, IReadOnlyList<Situation> situations)
        {
            List<Ask> asks = [];
            var contact = JsonSerializer.SerializeToUtf8Bytes(Journey.Bodies.Contact, JsonSerializerOptions.Web);
            for (var i = 0; i < situations.Count; i++)
            {
                var situation = situations[i];
                var (counsellor, liaison) = (people.Counsellors[i % people.Counsellors.Count].Cookie!, people.Desks[situation.Desk].Liaison.Cookie!);
                asks.Add(Get("page: inbox (agency)", "/inbox", liaison));
                asks.Add(Post("contact recorded (intake)", "/api/contacts", counsellor, contact));
                asks.Add(Get("page: a referral's sheet (answers)", $"/referrals/{situation.Referral}", liaison));
                asks.Add(Get("page: the hotline's desk (cases)", "/desk", counsellor));
                asks.Add(Get("referral read (answers)", $"/api/referrals/{situation.Referral}", liaison));
                asks.Add(Get("counts beside the navigation (background)", "/navigation", counsellor));
            }

            return asks;

            Ask Get(string kind, string path, string cookie) => new(kind, Encoding.ASCII.GetBytes(
                $"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\nCookie: {cookie}\r\nAccept: {(path.StartsWith("/api", StringComparison.Ordinal) ? "application/json" : "text/html")}\r\n\r\n"));

            Ask Post(string kind, string path, string cookie, byte[] body) => new(kind, [.. Encoding.ASCII.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nCookie: {cookie}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"), .. body]);
        }
    }
}
