using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline111.Local;
using Hotline111.Local.Demo;

namespace Hotline111.Faults.Tests;

/// <summary>Odd requests to every described door, by everybody and by nobody: a clear no or a right answer, soon, and nothing told that was said.</summary>
public sealed partial class FuzzTests(ITestOutputHelper output)
{
    private const int Senders = 8;
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    // Requests that no client library makes; each is answered with a no or the line is cut.
    private static readonly string[] Lines =
    [
        "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "GET /api/inbox HTTP/1.1\r\n\r\n",
        "POST /api/contacts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}   ",
        "POST /api/contacts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
        "POST /api/contacts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "POST /api/contacts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
        "GET http://evil.example/api/inbox HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET /api/inbox\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n X: folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        $"GET /{new string('a', 9_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        $"GET / HTTP/1.1\r\nHost: localhost\r\nX: {new string('h', 40_000)}\r\n\r\n",
        "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003",
        "CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n",
    ];

    [Fact]
    public Task Fifty_thousand_odd_requests_are_answered_soon_with_a_clear_no_and_nothing_is_told() => Fuzz(50_000, 1);

    [Fact]
    [Trait("run", "campaign")]
    public Task A_million_odd_requests_are_answered_soon_with_a_clear_no_and_nothing_is_told() => Fuzz(1_000_000, Environment.TickCount);

    private async Task Fuzz(int requests, int seed)
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = Path.Combine(Path.GetTempPath(), $"hotline111-fuzz-{Guid.CreateVersion7():n}");
        await using var platform = await LocalPlatform.Start(
            new LocalPlatformOptions(folder)
            {
                Throwaway = true,
                MayInstall = true,
                // The limits have tests of their own; here they would answer for the doors.
                Settings = new Dictionary<string, string>
                {
                    ["Gateway__Limits__AccountPerMinute"] = "100000000",
                    ["Gateway__Limits__AccountBurst"] = "10000000",
                    ["Gateway__Limits__AddressPerMinute"] = "100000000",
                    ["Gateway__Limits__AddressBurst"] = "10000000",
                    ["Gateway__Limits__SignInPerMinute"] = "100000000",
                },
            },
            ct);
        var known = await Things(platform, ct);
        var people = new List<PlatformClient> { new(platform.Address) };

        // Whoever guesses at their own password here is paused, as it should be: the journey at the end is walked by others.
        foreach (var name in (string[])[DemoAccounts.SecondCounsellor, DemoAccounts.PoliceTuyenQuang, DemoAccounts.Supervisor])
            people.Add(await platform.SignIn(name, ct));
        var description = JsonNode.Parse((await people[0].Get("api/docs/openapi.json", ct)).GetRawText())!.AsObject();

        var wrong = new ConcurrentQueue<string>();
        var answers = new ConcurrentDictionary<int, int>();
        var sent = 0;
        Dictionary<string, long> early = [];
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(async number =>
        {
            var random = new Random((seed * 1000) + number);
            var cases = new FuzzCases(description, known, random);
            while (Interlocked.Increment(ref sent) is var turn && turn <= requests && wrong.Count < 20)
            {
                if (turn == requests * 2 / 5)
                    early = Memory(platform);
                if (turn % 200 == 0)
                {
                    await Line(platform, Lines[turn / 200 % Lines.Length], wrong, ct);
                    continue;
                }

                var (request, what) = cases.Next();
                using (request)
                {
                    if (await Ask(people[random.Next(people.Count)], request, $"seed {seed}, {what}", wrong, ct) is { } status)
                        answers.AddOrUpdate((int)status, 1, (_, before) => before + 1);
                }
            }
        }));
        var late = Memory(platform);
        output.WriteLine($"{Math.Min(sent, requests)} requests to {new FuzzCases(description, known, new Random(0)).Count} doors in {watch.Elapsed.TotalSeconds:0} s: {string.Join(", ", answers.OrderBy(each => each.Key).Select(each => $"{each.Key} x {each.Value}"))}");
        foreach (var (process, before) in early)
            output.WriteLine($"{process}: {before / 1024} MB after two fifths, {late[process] / 1024} MB at the end");

        await Explain(platform, wrong, ct);
        wrong.ShouldBeEmpty();
        answers.Keys.ShouldContain(200);
        answers.Keys.ShouldContain(400);
        foreach (var (process, before) in early)
            late[process].ShouldBeLessThan((before * 3 / 2) + (64 * 1024), $"{process} keeps what it is sent");
        foreach (var log in Directory.EnumerateFiles(platform.Logs))
            (await Text(log, ct)).ShouldNotContain(FuzzCases.Canary, Case.Sensitive, log);

        // And the platform does what it is for.
        using (var journey = new Journey(platform, new Steps(null)))
            (await journey.Run(Course.FatherCalls(TimeProvider.System), ct)).Referrals.ShouldNotBeEmpty();
        foreach (var client in people)
            client.Dispose();
    }

    /// <summary>A contact, a case and referrals that exist, to make odd requests about.</summary>
    private static async Task<Known> Things(LocalPlatform platform, CancellationToken ct)
    {
        using var journey = new Journey(platform, new Steps(null));
        List<string> ids = [];
        foreach (var course in Course.All(TimeProvider.System))
        {
            var result = await journey.Run(course, ct);
            ids.Add(result.CaseId.ToString());
        }

        using var counsellor = await platform.SignIn(DemoAccounts.SecondCounsellor, ct);
        foreach (var list in (string[])["api/contacts", "api/referrals"])
            ids.AddRange((await counsellor.Get(list, ct)).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()!));
        return new Known(ids, ["police.08", "c02", "women.08", "health.31", "nowhere"]);
    }

    /// <returns>The status; null when the request is one that cannot be sent, or the line was cut.</returns>
    private static async Task<HttpStatusCode?> Ask(PlatformClient person, HttpRequestMessage request, string what, ConcurrentQueue<string> wrong, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Hang);
        try
        {
            using var answer = await person.Send(request, limit.Token);
            var text = await answer.Content.ReadAsStringAsync(limit.Token);
            var status = answer.StatusCode;
            if ((int)status >= 500)
                wrong.Enqueue($"{what}: {(int)status} {text} to {request.RequestUri} {await Body(request)}");
            else if ((int)status >= 400 && text.Contains(FuzzCases.Canary, StringComparison.Ordinal))
                wrong.Enqueue($"{what}: {(int)status} tells what was said");
            else if ((int)status >= 400 && text.Length > 0 && answer.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "text/html"))
                wrong.Enqueue($"{what}: {(int)status} is no problem answer: {text}");
            return status;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            wrong.Enqueue($"{what}: no answer within {Hang.TotalSeconds:0} s");
            return null;
        }
        catch (Exception e) when (e is HttpRequestException or FormatException or InvalidOperationException or IOException)
        {
            return null;
        }
    }

    private static async Task<string> Body(HttpRequestMessage request) => request.Content is null ? "" : (await request.Content.ReadAsStringAsync()) is { Length: > 2000 } long_ ? long_[..2000] : await request.Content.ReadAsStringAsync();

    private static async Task Line(LocalPlatform platform, string text, ConcurrentQueue<string> wrong, CancellationToken ct)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", platform.Address.Port, ct);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Hang);
        var buffer = new byte[64];
        try
        {
            var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text), limit.Token);
            socket.Client.Shutdown(SocketShutdown.Send);
            var read = await stream.ReadAsync(buffer, limit.Token);
            var first = Encoding.Latin1.GetString(buffer, 0, read);
            if (first.StartsWith("HTTP/1.1 5", StringComparison.Ordinal) && !first.StartsWith("HTTP/1.1 505", StringComparison.Ordinal))
                wrong.Enqueue($"{text.Split('\r')[0]}: {first.Split('\r')[0]}");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            wrong.Enqueue($"{text.Split('\r')[0]}: neither answered nor cut");
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Cut.
        }
    }

    /// <summary>What the logs say about the answers that should not have been.</summary>
    private async Task Explain(LocalPlatform platform, IEnumerable<string> wrong, CancellationToken ct)
    {
        foreach (var trace in wrong.Select(each => TraceId().Match(each)).Where(match => match.Success).Select(match => match.Groups[1].Value).Distinct())
        {
            foreach (var log in Directory.EnumerateFiles(platform.Logs))
            {
                foreach (var line in (await Text(log, ct)).Split('\n').Where(line => line.Contains(trace, StringComparison.Ordinal)).Take(2))
                    output.WriteLine($"{Path.GetFileName(log)}: {line}");
            }
        }
    }

    [GeneratedRegex("\"traceId\":\"([0-9a-f]+)\"")]
    private static partial Regex TraceId();

    /// <summary>Kilobytes in memory, by process.</summary>
    private static Dictionary<string, long> Memory(LocalPlatform platform) => PlatformProcess.All.ToDictionary(
        process => process.Name,
        process => long.Parse(File.ReadLines($"/proc/{platform.ProcessId(process.Name)}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));

    private static async Task<string> Text(string file, CancellationToken ct)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(ct);
    }
}
