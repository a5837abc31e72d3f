using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Hotline111.Local;
using Hotline111.Local.Demo;
using Hotline111.Platform.Hosting;

namespace Hotline111.Faults.Tests;

/// <summary>What a run did.</summary>
/// <param name="Kills">Processes ended.</param>
/// <param name="AtPlaces">How often a process ended itself at each place.</param>
/// <param name="Commands">Commands given.</param>
public sealed record Run(int Kills, IReadOnlyDictionary<string, int> AtPlaces, int Commands);

/// <summary>The whole platform on throw-away data, people at its door, and processes that die all the time.</summary>
public sealed class Rig : IAsyncDisposable
{
    private const int Pairs = 6;
    private const int DeadBySigkill = 128 + 9;

    /// <summary>How many commands at least are answered in a run.</summary>
    public const int LeastAnswered = 100;

    // Which places each service comes to while people work. AgencyNotification is given no commands by people: what it appends, it appends in effects.
    private static readonly Dictionary<string, string[]> Places = new()
    {
        ["intake"] = [.. FaultPoint.All.Except([FaultPoint.AfterReadRecord])],
        ["case"] = [.. FaultPoint.All],
        ["referral"] = [.. FaultPoint.All],
        ["agency-notification"] = [.. FaultPoint.All.Except([FaultPoint.AfterAppend, FaultPoint.AfterReadRecord, FaultPoint.AfterKey])],
    };

    private readonly string folder;

    private Rig(string folder, LocalPlatform platform, PlatformClient counsellor, PlatformClient liaison)
    {
        (this.folder, Platform, Counsellor, Liaison) = (folder, platform, counsellor, liaison);
        Ledger = new Ledger($"{folder}.ledger");
    }

    public LocalPlatform Platform { get; }

    public Ledger Ledger { get; }

    /// <summary>A counsellor at the door.</summary>
    public PlatformClient Counsellor { get; }

    /// <summary>A liaison of the desk that everything is sent to, at the door.</summary>
    public PlatformClient Liaison { get; }

    /// <summary>Runs since the last fault was over.</summary>
    public Stopwatch Over { get; private set; } = new();

    /// <summary>What a process has of the machine's memory, in bytes.</summary>
    public static long Memory(int process) =>
        long.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;

    /// <summary>Starts the platform, and people at its door.</summary>
    /// <param name="ct">Cancels.</param>
    /// <param name="settings">Further settings of every process.</param>
    /// <param name="prepare">Is given the folder before anything lies in it.</param>
    /// <param name="enlarge">Adds to the platform before anybody comes, and says at which door they come; null for the gateway's own.</param>
    /// <param name="broker">A broker that is there already; null for one of its own.</param>
    /// <param name="supervised">What dies is started again by whoever watches over it, as in an installation; else by the test.</param>
    public static async Task<Rig> Start(
        CancellationToken ct,
        IReadOnlyDictionary<string, string>? settings = null,
        Action<string>? prepare = null,
        Func<LocalPlatform, Task<Uri>>? enlarge = null,
        IBroker? broker = null,
        bool supervised = false)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"hotline111-faults-{Guid.CreateVersion7():n}");
        prepare?.Invoke(folder);
        var platform = await LocalPlatform.Start(
            new LocalPlatformOptions(folder)
            {
                Throwaway = true,
                MayInstall = true,
                Supervised = supervised,
                Broker = broker,
                Settings = new Dictionary<string, string>
                {
                    ["Gateway__Limits__AccountPerMinute"] = "1000000",
                    ["Gateway__Limits__AccountBurst"] = "100000",
                    ["Gateway__Limits__AddressPerMinute"] = "1000000",
                    ["Gateway__Limits__AddressBurst"] = "100000",
                }.Concat(settings ?? new Dictionary<string, string>()).ToDictionary(),
            },
            ct);
        try
        {
            var door = enlarge is null ? platform.Address : await enlarge(platform);
            // A code of the second factor is good once, so each signs in once, while everything is up.
            return new Rig(folder, platform, await SignIn(platform, door, DemoAccounts.Counsellor, ct), await SignIn(platform, door, DemoAccounts.PoliceTuyenQuang, ct));
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets people work and processes die until both numbers are reached.</summary>
    /// <param name="kills">At least so many.</param>
    /// <param name="commands">At least so many.</param>
    /// <param name="life">How often at most a service passes the place at which it dies: the larger, the more is done between two deaths.</param>
    /// <param name="seed">Chooses where and when.</param>
    /// <param name="tell">Told what goes on.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<Run> Work(int kills, int commands, int life, int seed, Action<string> tell, CancellationToken ct)
    {
        var killed = 0;
        var given = 0;
        var places = new ConcurrentDictionary<string, int>();
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // A place is named when nobody has died there yet. Without commands that were answered, given up and repeated the run shows half of it only.
        bool Enough() => Volatile.Read(ref killed) >= kills && Volatile.Read(ref given) >= commands && places.Count == FaultPoint.All.Count
            && Ledger is { Answered: > LeastAnswered, Repeated: > 0, GivenUp: > 0 };

        var people = People(seed, Enough, count => Interlocked.Add(ref given, count), failed.Token);
        var deaths = Places.Select(service => Dying(service.Key, service.Value, life, new Random(seed * 31 + service.Key.Length), places, Enough, () => Interlocked.Increment(ref killed), tell, failed.Token))
            .Append(DyingGateway(new Random(seed * 17), Enough, () => Interlocked.Increment(ref killed), failed.Token));
        await Together([.. people, .. deaths], failed);
        return new Run(killed, places, given);
    }

    /// <summary>Lets people work while something happens to the platform, and for a while afterwards.</summary>
    /// <param name="fault">Takes something away and gives it back.</param>
    /// <param name="seed">Chooses when they give up.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="pairs">How many counsellors with a liaison each.</param>
    /// <returns>How long after the end of it the next command was answered.</returns>
    public async Task<TimeSpan> Through(Func<CancellationToken, Task> fault, int seed, CancellationToken ct, int pairs = Pairs)
    {
        var over = false;
        TimeSpan? back = null;
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var people = People(seed, () => Volatile.Read(ref over), _ => { }, failed.Token, pairs);
        await Together([.. people, Happen()], failed);
        return back!.Value;

        async Task Happen()
        {
            await Task.Delay(TimeSpan.FromSeconds(2), failed.Token);
            await fault(failed.Token);
            var answered = Ledger.Answered;
            var watch = Over = Stopwatch.StartNew();
            while (Ledger.Answered == answered)
                await Task.Delay(20, failed.Token);
            back = watch.Elapsed;
            // Some more that is done by a platform that has just come back.
            while (Ledger.Answered < answered + 50)
                await Task.Delay(50, failed.Token);
            Volatile.Write(ref over, true);
        }
    }

    /// <summary>A counsellor and a liaison who see referrals through.</summary>
    public Life Life(Random random) => new(new Driver(Counsellor, Ledger, random), new Driver(Liaison, Ledger, random), "police.08");

    /// <summary>People at their work until it is enough.</summary>
    private List<Task> People(int seed, Func<bool> enough, Action<int> given, CancellationToken ct, int pairs = Pairs) =>
    [
        .. Enumerable.Range(0, pairs).Select(async number =>
        {
            var random = new Random(seed + number);
            var life = Life(random);
            while (!enough())
                given(await life.Live(ct));
        }),
    ];

    /// <summary>Waits for all; when one fails the others are stopped, and its failure is what is told.</summary>
    private static async Task Together(List<Task> all, CancellationTokenSource failed)
    {
        var left = all.ToList();
        while (left.Count > 0)
        {
            var ended = await Task.WhenAny(left);
            left.Remove(ended);
            if (ended.IsFaulted)
                await failed.CancelAsync();
        }

        await Task.WhenAll(all.Where(task => task.IsFaulted));
        await Task.WhenAll(all);
    }

    public async ValueTask DisposeAsync()
    {
        Ledger.Dispose();
        Counsellor.Dispose();
        Liaison.Dispose();
        await Platform.DisposeAsync();
        File.Delete($"{folder}.ledger");
    }

    private static async Task<PlatformClient> SignIn(LocalPlatform platform, Uri door, string account, CancellationToken ct)
    {
        // Without patience of its own: the driver decides what is repeated.
        var client = new PlatformClient(door) { Patience = TimeSpan.Zero };
        var who = platform.Accounts.Single(each => each.UserName == account);
        await client.SignIn(who.UserName, who.Password, who.TotpSecret, ct);
        return client;
    }

    /// <summary>One service dies again and again: at a named place when it comes there, else by hand.</summary>
    private async Task Dying(
        string service, string[] mine, int life, Random random, ConcurrentDictionary<string, int> places, Func<bool> enough, Action killed, Action<string> tell, CancellationToken ct)
    {
        var turn = random.Next(mine.Length);
        await Platform.Kill(service);
        killed();
        while (true)
        {
            // Where nobody has died yet comes first.
            var place = mine.Where(each => !places.ContainsKey(each)).OrderBy(_ => random.Next()).FirstOrDefault() ?? mine[turn++ % mine.Length];
            // Ordering goes on while nothing happens; all other places are only come to with work.
            var times = place == FaultPoint.DuringOrder ? random.Next(5, 6 * life) : random.Next(1, life);
            if (enough())
            {
                await Platform.StartProcess(service, ct);
                return;
            }

            try
            {
                await Platform.StartProcess(service, ct, new Dictionary<string, string> { [FaultPoint.Variable] = $"{place}:{times}" });
            }
            catch (LocalException) when (Platform.ProcessId(service) == 0)
            {
                // It came to the place before it was ready.
            }

            using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
            // On a busy machine little is done in ten seconds while everything else dies too.
            late.CancelAfter(TimeSpan.FromSeconds(Math.Max(60, 10 + life)));
            try
            {
                var ended = Platform.Ended(service, late.Token);
                while (!ended.IsCompleted)
                {
                    // Without work nobody comes to any place.
                    if (enough())
                        await late.CancelAsync();
                    await Task.WhenAny(ended, Task.Delay(250, ct));
                }

                var code = await ended;
                code.ShouldBe(DeadBySigkill, $"{service} ended by itself: {LastLog(service)}");
                places.AddOrUpdate(place, 1, (_, before) => before + 1);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                if (!enough())
                    tell($"{service} did not come to {place} for the {times}. time");
                await Platform.Kill(service);
            }

            killed();
        }
    }

    private async Task DyingGateway(Random random, Func<bool> enough, Action killed, CancellationToken ct)
    {
        while (!enough())
        {
            await Task.Delay(random.Next(6_000, 15_000), ct);
            await Platform.Kill("gateway");
            killed();
            await Platform.StartProcess("gateway", ct);
        }
    }

    private string LastLog(string service) => string.Join('\n', File.ReadLines(Platform.Log(service)).TakeLast(3));
}
