using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline111.Contracts.Access;
using Hotline111.Local;
using Hotline111.Local.Demo;

namespace Hotline111.Faults.Tests;

/// <summary>Odd requests to every described door, every page and every form, by everybody and by nobody: a clear no or a right answer, soon, and nothing told that was said.</summary>
public sealed partial class FuzzTests(ITestOutputHelper output)
{
    private const int Senders = 8;

    // So many kB more than in the third quarter a process may have in memory in the last one, each at its least: measured were 9 MB, while up to the third the gateway
    // still grew by 22 of itself. With 4 kB kept of every request it was 84 MB at the gateway, 25 at Referral, 13 at the console, 8 at Case and 4 at Intake, which a
    // twelfth of the requests reach; with the million it would be twenty times as much.
    private const long Growth = 16 * 1024;
    private const long GrowthOfAMillion = 64 * 1024;

    // In the crowd a request may wait for its turn on two processors; what took longer than this is asked again when nobody else asks.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(10);

    // What is not answered in so long even by a machine that stood still for a while is not answered.
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(1);

    // Requests that no client library makes; each is answered, mostly with a no.
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
    public Task Fifty_thousand_odd_requests_are_answered_soon_with_a_clear_no_and_nothing_is_told() => Fuzz(Number("HOTLINE_FUZZ_REQUESTS", 50_000), Number("HOTLINE_FUZZ_SEED", 1), Never, Growth);

    [Fact]
    [Trait("run", "campaign")]
    public Task A_million_odd_requests_are_answered_soon_with_a_clear_no_and_nothing_is_told() => Fuzz(Number("HOTLINE_FUZZ_REQUESTS", 1_000_000), Number("HOTLINE_FUZZ_SEED", Environment.TickCount & 0xFFFFF), Soon, GrowthOfAMillion);

    /// <summary>A number of whoever wants another seed, or fewer requests.</summary>
    private static int Number(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private async Task Fuzz(int requests, int seed, TimeSpan alone, long growth)
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
        var partner = await Asker.Partner(platform, ct);
        var afterwards = Course.FatherCalls(TimeProvider.System);
        var (known, spared) = await Things(platform, ct);

        // One of every role. Whoever guesses at their own password here is paused, as it should be: the journey at the end is walked by others.
        var free = platform.Accounts.Where(account => account.UserName != afterwards.By && afterwards.Referrals.All(referral => referral.Liaison != account.UserName)).ToList();
        List<Asker> people = [await Asker.Nobody(platform, ct), partner];
        foreach (var role in Roles.People)
            people.Add(await Asker.Person(platform, free.First(account => account.Role == role && account.Desks.All(desk => desk == "police.08")), ct));
        List<Asker> leavers = [];
        foreach (var account in free.Where(account => account.Role == Roles.Liaison && people.TrueForAll(each => each.Name != account.UserName)).Take(5))
            leavers.Add(await Asker.Person(platform, account, ct));
        var askers = new Askers(people, leavers);

        // A service that was slow to tell of its doors is missing from the description for a while.
        var description = JsonNode.Parse(await people[0].Read("api/docs/openapi.json", ct))!.AsObject();
        for (var i = 0; i < 60 && description["x-unavailable-services"]!.AsArray().Count > 0; i++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), ct);
            description = JsonNode.Parse(await people[0].Read("api/docs/openapi.json", ct))!.AsObject();
        }

        description["x-unavailable-services"]!.AsArray().ShouldBeEmpty();
        var described = FuzzCases.Read(description).Select(door => door.Name).ToHashSet();
        var mapped = await PageDoor.Read(platform);
        foreach (var door in mapped)
            askers.Allow(described.Contains(door.Described) ? door.Described : door.Title, door.Roles);
        List<PageDoor> pages = [.. mapped.Where(door => !described.Contains(door.Described))];
        var book = new PageBook(pages, spared);
        var tally = new Tally(requests);

        var sent = 0;
        var ended = false;
        List<(double Done, Dictionary<string, long> Memory)> samples = [];
        var watch = Stopwatch.StartNew();
        var looking = Task.Run(
            async () =>
            {
                while (!ended)
                {
                    samples.Add(((double)sent / requests, Memory(platform)));
                    await Task.Delay(250, ct);
                }
            },
            ct);
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(async number =>
        {
            var random = new Random((seed * 1000) + number);
            var programs = new FuzzCases(description, known, askers, random);
            var browsers = new PageCases(pages, book, known, askers, random);
            while (Interlocked.Increment(ref sent) is var turn && turn <= requests && tally.Wrong.Count < 20)
            {
                if (turn % 200 == 0)
                    await Line(platform, Lines[turn / 200 % Lines.Length], tally, ct);
                else
                    await Ask(turn % 3 == 0 ? browsers.Next() : programs.Next(), Hang, $"seed {seed}", book, askers, tally, random, ct);
            }
        }));
        ended = true;
        await looking;
        var took = watch.Elapsed;

        // What was slow in the crowd is asked again alone: only then it is the platform that is slow, and not the queue in front of it.
        foreach (var (what, _) in tally.Slow.OrderByDescending(each => each.Took).Take(100))
            await Ask(what, alone, $"seed {seed}, alone", null, askers, tally, new Random(seed), ct);

        output.WriteLine($"{Math.Min(sent, requests)} requests (seed {seed}) to {described.Count} described doors and {pages.Count} of pages, by {string.Join(", ", people.Select(each => each.Role.Length == 0 ? each.Name : each.Role))}, in {took.TotalSeconds:0} s: {string.Join(", ", tally.Answers.OrderBy(each => each.Key).Select(each => $"{each.Key} x {each.Value}"))}");
        output.WriteLine($"without an answer: {(tally.Causes.IsEmpty ? "none" : string.Join(", ", tally.Causes.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => $"{each.Key} x {each.Value}")))}");
        foreach (var (what, time) in tally.Slowest)
            output.WriteLine($"slowest: {time.TotalMilliseconds:0} ms {what}");
        foreach (var (door, seen) in tally.Doors.OrderBy(each => each.Key, StringComparer.Ordinal))
            output.WriteLine($"door: {door}: {string.Join(", ", seen.OrderBy(each => each.Key).Select(each => $"{each.Key} x {each.Value}"))}");
        foreach (var each in tally.Wrong)
            output.WriteLine($"wrong: {Markup().Replace(each, " ").ReplaceLineEndings(" ")}");
        await Explain(platform, tally.Wrong, ct);
        tally.Wrong.ShouldBeEmpty();
        var quarters = PlatformProcess.All.Select(process => (process.Name, Lows: Enumerable.Range(0, 4).Select(quarter => samples.Where(sample => (int)(sample.Done * 4) == quarter).Min(sample => sample.Memory[process.Name])).ToList())).ToList();
        foreach (var (process, lows) in quarters)
            output.WriteLine($"{process}: {string.Join(", ", lows.Select(low => $"{low / 1024}"))} MB at least in each quarter");

        described.Concat(pages.Select(door => door.Title)).Where(door => !tally.Doors.ContainsKey(door)).ShouldBeEmpty("nobody asked there");

        // A form that nobody's token opened, or a page that nobody was shown, was not tried at all.
        pages.Select(door => door.Title).Except(tally.Entered.Keys).ShouldBeEmpty("nobody came in there");
        foreach (var asker in people.Where(each => Roles.People.Contains(each.Role)))
            await asker.Read("auth/session", ct);
        foreach (var (process, lows) in quarters)
            (lows[3] - lows[2]).ShouldBeLessThan(growth, $"{process} keeps what it is sent");
        foreach (var log in Directory.EnumerateFiles(platform.Logs))
            (await Text(log, ct)).ShouldNotContain(FuzzCases.Canary, Case.Sensitive, log);

        // And the platform does what it is for.
        using (var journey = new Journey(platform, new Steps(null)))
            (await journey.Run(Course.FatherCalls(TimeProvider.System), ct)).Referrals.ShouldNotBeEmpty();
        foreach (var asker in people.Concat(leavers))
            asker.Dispose();
    }

    /// <summary>A contact, a case, referrals and accounts that exist, to make odd requests about; and the accounts that are to be left alone.</summary>
    private static async Task<(Known Known, IReadOnlyCollection<string> Spared)> Things(LocalPlatform platform, CancellationToken ct)
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

        // An administrator disables, renews and changes whom they get hold of: these are made for it, and nobody signs in with them.
        using var administrator = await platform.SignIn(platform.Accounts.First(account => account.Role == Roles.Administrator).UserName, ct);
        var spared = (await administrator.Get("auth/accounts", ct)).GetProperty("accounts").EnumerateArray().Select(account => account.GetProperty("id").GetString()!).ToList();
        List<string> accounts = [];
        foreach (var role in Roles.People)
        {
            var made = await administrator.Post("auth/accounts", new { userName = $"thu-{role}", displayName = "Người hư cấu", role, agency = role is Roles.Liaison or Roles.AgencyHead ? "iom" : null, desks = role == Roles.Liaison ? new[] { "iom" } : [], provinces = Array.Empty<string>() }, ct);
            accounts.Add(made.GetProperty("id").GetString()!);
        }

        return (new Known(ids, accounts, ["police.08", "c02", "women.08", "health.31", "nowhere"]), spared);
    }

    /// <summary>The address says it itself, also as the address of another page within, where it is escaped once more.</summary>
    private static bool Says(string address)
    {
        for (var i = 0; i < 3; i++)
        {
            address = Uri.UnescapeDataString(address.Replace('+', ' '));
            if (address.Contains(FuzzCases.Canary, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static async Task Ask(FuzzCase what, TimeSpan limit, string when, PageBook? book, Askers askers, Tally tally, Random random, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(limit);
        var said = $"{when}, {what.Method} {what.Door} by {what.Asker.Name}";
        var watch = Stopwatch.StartNew();
        try
        {
            using var answer = await what.Asker.Send(what, patience.Token);
            var status = (int)answer.StatusCode;
            var type = answer.Content.Headers.ContentType?.MediaType;
            var text = type == "text/event-stream" ? await Begin(answer, patience.Token) : await answer.Content.ReadAsStringAsync(patience.Token);
            tally.Answered(what, status, watch.Elapsed, crowd: book is not null);
            var sentHome = status == 401 || (status is 302 or 303 && answer.Headers.Location?.OriginalString is { } home && home.StartsWith("/sign-in", StringComparison.Ordinal) && !home.Contains("left=", StringComparison.Ordinal));
            if (!what.Strayed && what.Door.StartsWith($"{what.Method} ", StringComparison.Ordinal))
                tally.Seen(what, sentHome ? 401 : status);
            if (status is < 300 or 404 or 409 or 412 || (status == 400 && what.Headers.Count == 0))
                askers.LetIn(what.Door, what.Asker);
            if (sentHome && Askers.Leaves(what.Door))
                await what.Asker.ComeAgain(ct);

            // An address that said it is repeated by the page of the sign-in, as the way back; a form is shown again to who filled it in.
            var mayRepeat = Says(what.Address) || (type == "text/html" && what.Method == HttpMethod.Post);
            if (status >= 500)
                tally.Wrong.Enqueue($"{said}: {status} {text} to {what.Address} {Body(what)}");
            else if (status >= 400 && !mayRepeat && text.Contains(FuzzCases.Canary, StringComparison.Ordinal))
                tally.Wrong.Enqueue($"{said}: {status} tells what was said");
            else if (status is >= 300 and < 400 && !mayRepeat && answer.Headers.Location?.OriginalString is { } to && Uri.UnescapeDataString(to).Contains(FuzzCases.Canary, StringComparison.Ordinal))
                tally.Wrong.Enqueue($"{said}: the address to go on at tells what was said");
            else if (status >= 400 && text.Length > 0 && type is not ("application/problem+json" or "text/html"))
                tally.Wrong.Enqueue($"{said}: {status} is no problem answer: {text}");
            if (book is not null && type == "text/html" && (random.Next(4) == 0 || tally.New(what.Door)))
                book.Learn(what.Asker, text);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            if (book is null)
                tally.Wrong.Enqueue($"{said}: no answer within {limit.TotalSeconds:0} s to {what.Address} {Body(what)}");
            else
                tally.Late(what, watch.Elapsed);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or FormatException or InvalidOperationException)
        {
            tally.Cut(what, e, said, crowd: book is not null);
        }
    }

    // A stream of hints lasts for minutes: that it begins is the answer.
    private static async Task<string> Begin(HttpResponseMessage answer, CancellationToken ct)
    {
        var buffer = new byte[256];
        await using var stream = await answer.Content.ReadAsStreamAsync(ct);
        return Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer, ct));
    }

    private static string Body(FuzzCase what) => what.Body is null ? "" : Encoding.UTF8.GetString(what.Body) is { Length: > 2000 } text ? text[..2000] : Encoding.UTF8.GetString(what.Body);

    private static async Task Line(LocalPlatform platform, string text, Tally tally, CancellationToken ct)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", platform.Address.Port, ct);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Never);
        var buffer = new byte[64];
        var what = $"line {text.Split('\r')[0]}";
        what = what.Length > 60 ? what[..60] : what;
        try
        {
            var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text), limit.Token);
            var read = await stream.ReadAsync(buffer, limit.Token);
            var first = Encoding.Latin1.GetString(buffer, 0, read);
            if (read == 0)
                tally.Wrong.Enqueue($"{what}: closed without an answer");
            if (first.StartsWith("HTTP/1.1 5", StringComparison.Ordinal) && !first.StartsWith("HTTP/1.1 505", StringComparison.Ordinal))
                tally.Wrong.Enqueue($"{what}: {first.Split('\r')[0]}");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            tally.Wrong.Enqueue($"{what}: neither answered nor closed");
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            tally.Wrong.Enqueue($"{what}: cut without an answer, {((e.InnerException ?? e) as SocketException)?.SocketErrorCode}");
        }
    }

    /// <summary>What came of the requests.</summary>
    private sealed class Tally(int requests)
    {
        /// <summary>At most one line in so many requests is closed between two of them, and a few times those of all senders at once when the machine stood still.</summary>
        private const int MostBetween = 10_000;

        private readonly Lock slow = new();
        private int between;

        public ConcurrentQueue<string> Wrong { get; } = new();

        public ConcurrentDictionary<int, int> Answers { get; } = new();

        public ConcurrentDictionary<string, int> Causes { get; } = new(StringComparer.Ordinal);

        public ConcurrentDictionary<string, ConcurrentDictionary<int, int>> Doors { get; } = new(StringComparer.Ordinal);

        public ConcurrentQueue<(FuzzCase What, TimeSpan Took)> Slow { get; } = new();

        public List<(string What, TimeSpan Took)> Slowest { get; } = [];

        public void Answered(FuzzCase what, int status, TimeSpan took, bool crowd)
        {
            Answers.AddOrUpdate(status, 1, (_, before) => before + 1);
            if (crowd && took > Soon)
                Slow.Enqueue((what, took));
            lock (slow)
            {
                if (Slowest.Count == 10 && Slowest[^1].Took >= took)
                    return;
                Slowest.Add(($"{what.Method} {what.Door} by {what.Asker.Name}: {status}{(crowd ? "" : ", alone")}", took));
                Slowest.Sort((one, other) => other.Took.CompareTo(one.Took));
                if (Slowest.Count > 10)
                    Slowest.RemoveAt(10);
            }
        }

        /// <summary>Doors whose handler was reached.</summary>
        public ConcurrentDictionary<string, bool> Entered { get; } = new(StringComparer.Ordinal);

        public void Seen(FuzzCase what, int status)
        {
            Doors.GetOrAdd(what.Door, _ => new()).AddOrUpdate(status, 1, (_, before) => before + 1);
            if (status is < 400 or 404 or 409 or 412 or 422 || (status == 400 && what.Unspoilt))
                Entered.TryAdd(what.Door, true);
        }

        /// <summary>Whether nothing but this came from a door yet.</summary>
        public bool New(string door) => Doors.GetValueOrDefault(door)?.Values.Sum() < 20;

        public void Late(FuzzCase what, TimeSpan took)
        {
            Count($"nothing within {Hang.TotalSeconds:0} s in the crowd");
            Slow.Enqueue((what, took));
        }

        /// <summary>
        /// The line was closed without an answer: counted by its cause, and wrong unless closing was right. In the crowd the line may have been closed after the answer before,
        /// whose request was still on its way when it was refused: whether it is this request, shows when it is asked again alone.
        /// </summary>
        public void Cut(FuzzCase what, Exception e, string said, bool crowd)
        {
            var inner = e.InnerException?.InnerException ?? e.InnerException;
            var cause = $"{(e as HttpRequestException)?.HttpRequestError} {(inner as SocketException)?.SocketErrorCode.ToString() ?? inner?.GetType().Name} {e.GetType().Name}";
            Count(what.MayBeCut ? $"{cause}, refused by its head or size" : cause);
            if (what.MayBeCut)
                return;
            if (crowd && Interlocked.Increment(ref between) <= (requests / MostBetween) + (4 * Senders))
                Slow.Enqueue((what, TimeSpan.MaxValue));
            else
                Wrong.Enqueue($"{said}: cut without an answer, {cause}: {e.Message} {inner?.Message} to {what.Address} {string.Join(", ", what.Headers)} {Body(what)}");
        }

        public void Count(string cause) => Causes.AddOrUpdate(cause, 1, (_, before) => before + 1);
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

    [GeneratedRegex("<[^>]*>|\\s+")]
    private static partial Regex Markup();

    [GeneratedRegex("(?:\"traceId\":\"|<code>)([0-9a-f]{32})")]
    private static partial Regex TraceId();

    /// <summary>Kilobytes in memory, by process.</summary>
    private static Dictionary<string, long> Memory(LocalPlatform platform) => PlatformProcess.All.ToDictionary(
        process => process.Name,
        process => Rig.Memory(platform.ProcessId(process.Name)) / 1024);

    private static async Task<string> Text(string file, CancellationToken ct)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(ct);
    }
}
