using System.Diagnostics;
using System.Globalization;
using Hotline111.Local;
using Hotline111.Local.Demo;
using Npgsql;

namespace Hotline111.Load;

/// <summary>The pages that people look at all day, with as many referrals as a desk gathers in years: how long the gateway takes to answer them.</summary>
public static class InboxLoad
{
    // The time that a person may wait for the inbox.
    private const double Goal = 50;

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
        var (desk, liaison) = people.Desks[0];
        var table = new Table();
        await steps.Do("rows", $"{options.Rows} referrals at one desk", () => Fill(platform, desk, options.Rows, ct));
        // Fresh processes still compile, and the database still looks through its new rows: what is measured is a platform that has been running.
        await steps.Do("warm", "Warming up", () => Ask(liaison, "inbox", 2, TimeSpan.FromSeconds(30), ct));
        var length = options.Length ?? TimeSpan.FromSeconds(10);
        foreach (var clients in (int[])[1, 4])
        {
            table.Section(
                string.Create(CultureInfo.InvariantCulture, $"{options.Rows:N0} referrals at the desk; {clients} at once, {length.TotalSeconds:0} s each"), "count", "p50 ms", "p95 ms", "longest", "CPU ms", "kB");
            await Row("inbox, new ones", liaison, "inbox", goal: true);
            await Row("  its part that follows a hint", liaison, "inbox/rows?list=new&since=1", goal: true);
            await Row("  list of what is done", liaison, "inbox?list=done");
            await Row("  everything", liaison, "inbox?list=all");
            await Row("  figure in the navigation", liaison, "navigation");
            await Row("  of it: API, the rows", liaison, "api/inbox?list=new");
            await Row("  of it: API, the figures", liaison, "api/inbox/counts");
            await Row("  of it: API, who am I", liaison, "auth/session");
            await Row("desk of the hotline", people.Counsellors[0], "desk");
            await Row("hotline's list of what is open", people.Counsellors[0], "referrals");

            async Task Row(string name, PlatformClient who, string path, bool goal = false)
            {
                await Ask(who, path, clients, TimeSpan.FromSeconds(2), ct);
                var before = Cpu(platform);
                var (latencies, bytes) = await steps.Do("ask", $"{name}, {clients} at once", () => Ask(who, path, clients, length, ct));
                var p95 = latencies.At(0.95);
                var cpu = 1000 * (Cpu(platform) - before) / latencies.Summary().Count;
                table.Row(
                    $"  {name}", $"{latencies.Summary().Count}", Table.Number(latencies.At(0.5), 1), Table.Number(p95, 1), Table.Number(latencies.At(1), 1), Table.Number(cpu, 1), Table.Number(bytes / 1024.0),
                    goal ? Table.Judge(p95 <= Goal, "goal p95 ≤ 50") : "");
            }
        }

        Console.WriteLine(table);
        return table.ExitCode;
    }

    // What every process of the platform worked for it: it says the same on a machine that others use, too.
    private static double Cpu(LocalPlatform platform) =>
        PlatformLoad.Processes(platform).Where(process => process.Name != PlatformLoad.Driver).Sum(process => ProcessUsage.CpuSeconds(process.Id, process.Tree));

    /// <summary>Asks for a page again and again as a browser does, each of the clients when its last answer has come.</summary>
    private static async Task<(Latencies Latencies, long Bytes)> Ask(PlatformClient who, string path, int clients, TimeSpan length, CancellationToken ct)
    {
        var (latencies, bytes, watch) = (new Latencies(), 0L, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(
            async () =>
            {
                while (watch.Elapsed < length)
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
                    request.Headers.Accept.ParseAdd(path.StartsWith("api/", StringComparison.Ordinal) || path.StartsWith("auth/", StringComparison.Ordinal) ? "application/json" : "text/html");
                    var started = Stopwatch.GetTimestamp();
                    using var answer = await who.Send(request, ct);
                    var body = await answer.Content.ReadAsByteArrayAsync(ct);
                    latencies.Add(Stopwatch.GetElapsedTime(started));
                    answer.EnsureSuccessStatusCode();
                    Interlocked.Exchange(ref bytes, body.Length);
                }
            },
            ct)));
        return (latencies, bytes);
    }

    /// <summary>Rows as the read model has them after years: every state, four urgencies, every fifth with somebody who has it to hand, every tenth case excludes somebody.</summary>
    private static async Task Fill(LocalPlatform platform, string desk, int rows, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(platform.Database("referral").Owner);
        await connection.OpenAsync(ct);
        await using (var fill = new NpgsqlCommand(
            """
            INSERT INTO read.referral (id, number, case_id, desk_id, agency_id, sector, province_code, purpose, urgency, state, drafted_at, drafted_by, sent_at, delivered_at, claimed_by, claimed_at, version)
            SELECT gen_random_uuid(), 'RF-2025-' || lpad(n::text, 6, '0'), gen_random_uuid(), $1, $1, 'police', '08', 'verify_rescue',
                   (array['emergency', 'urgent', 'standard', 'information'])[n % 4 + 1],
                   (array['Sent', 'Acknowledged', 'NeedsInformation', 'Accepted', 'Acting', 'OnHold', 'Reported', 'Closed', 'Declined', 'Withdrawn'])[n % 10 + 1],
                   now() - n * interval '7 minutes', 'counsellor-1', now() - n * interval '7 minutes', now() - n * interval '6 minutes',
                   CASE WHEN n / 10 % 5 = 0 THEN gen_random_uuid()::text END, now(), 5
              FROM generate_series(1, $2) n
            """, connection))
        {
            fill.Parameters.Add(new() { Value = desk });
            fill.Parameters.Add(new() { Value = rows });
            await fill.ExecuteNonQueryAsync(ct);
        }

        await using var rest = new NpgsqlCommand(
            """
            INSERT INTO read.case_exclusion (case_id, agencies, provinces) SELECT case_id, array['c02'], array['01'] FROM read.referral WHERE number LIKE '%0';
            ANALYZE read.referral;
            ANALYZE read.case_exclusion
            """, connection);
        await rest.ExecuteNonQueryAsync(ct);
    }
}
