using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Hotline111.Local;
using Hotline111.Local.Demo;

namespace Hotline111.Faults.Tests;

/// <summary>Two of every process on the same databases and broker.</summary>
public sealed partial class TwoInstancesTests(ITestOutputHelper output)
{
    // Only there to end a test that has failed: in how long is asked by the campaign.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_of_each_work_as_one_and_the_one_takes_over_when_the_other_is_killed()
    {
        await using var cluster = await Cluster.Start(2, paired: true, Ct);
        var (rig, platform) = (cluster.Rig, cluster.Rig.Platform);

        // Work goes on while whoever leads dies; what is left does it alone from then on. In how long is asked by the campaign below, on a machine that does nothing else.
        await rig.Through(
            async ct =>
            {
                foreach (var (service, key) in new[] { ("referral", Cluster.SequencerLock), ("case", Cluster.RelayLock) })
                {
                    var (before, leaderless, still) = await cluster.TakeOver(service, key, platform.Kill, ct);
                    output.WriteLine($"{before} killed: led again after {leaderless.TotalMilliseconds:0} ms, went on after {still.TotalMilliseconds:0} ms");
                }
            },
            seed: 1,
            Ct,
            pairs: 2);
        // Whoever is told "later" gives up now and then.
        var life = rig.Life(new Random(1));
        (Guid, Guid, Guid Referral)? sent;
        while ((sent = await life.Send(Ct)) is null)
        {
            // Somebody else calls.
        }

        var checker = new Checker(platform, rig.Ledger);
        output.WriteLine($"settled after {(await checker.Settle(Ct)).TotalSeconds:0.0} s; {rig.Ledger.Answered} commands answered");
        await checker.Check(Ct);

        await Hints_reach_a_browser_at_the_other_console(rig, sent.Value.Referral);
        await A_session_is_everywhere_and_ends_everywhere(platform);
        await Wrong_passwords_are_counted_together(platform);
    }

    /// <summary>Taking a referral to hand is told by no message, and by a page of the one console to those who look at the other.</summary>
    private static async Task Hints_reach_a_browser_at_the_other_console(Rig rig, Guid referral)
    {
        var other = rig.Platform.PublicAddress("gateway.2");
        await using Stream counsellor = new(other, rig.Counsellor.Cookie!), liaison = new(other, rig.Liaison.Cookie!);
        await Task.WhenAll(counsellor.Open, liaison.Open).WaitAsync(Patience, Ct);

        // The form comes from the second console and is sent to the first one.
        using var page = await rig.Liaison.Send(new(HttpMethod.Get, new Uri(other, "/inbox")), Ct);
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        var token = FormToken().Match(await page.Content.ReadAsStringAsync(Ct)).Groups[1].Value;
        using HttpRequestMessage claim = new(HttpMethod.Post, new Uri(rig.Platform.PublicAddress("gateway"), "/inbox/claim"))
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["__RequestVerificationToken"] = token, ["id"] = referral.ToString() }),
        };
        claim.Headers.Add("Cookie", page.Headers.GetValues("Set-Cookie").Select(cookie => cookie.Split(';')[0]));
        using var claimed = await rig.Liaison.Send(claim, Ct);
        claimed.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        await counsellor.Until($"referral:{referral}", Ct);
        await liaison.Until("referral", Ct);
    }

    private async Task A_session_is_everywhere_and_ends_everywhere(LocalPlatform platform)
    {
        var other = platform.PublicAddress("gateway.2");
        using var supervisor = await platform.SignIn(DemoAccounts.Supervisor, Ct);
        (await At(other)).ShouldBe(HttpStatusCode.OK);
        await using Stream hints = new(other, supervisor.Cookie!);
        await hints.Open.WaitAsync(Patience, Ct);
        await supervisor.Post("auth/sign-out", null, Ct);
        var watch = Stopwatch.StartNew();
        (await At(platform.Address)).ShouldBe(HttpStatusCode.Unauthorized);
        while (await At(other) != HttpStatusCode.Unauthorized)
        {
            watch.Elapsed.ShouldBeLessThan(Patience, "the other gateway goes on with a session that has ended");
            await Task.Delay(100, Ct);
        }

        output.WriteLine($"a session ended at one gateway was over at the other after {watch.Elapsed.TotalSeconds:0.0} s");
        await hints.Ended.WaitAsync(Patience, Ct);
        output.WriteLine($"and its stream after {watch.Elapsed.TotalSeconds:0.0} s");

        async Task<HttpStatusCode> At(Uri gateway)
        {
            using var answer = await supervisor.Send(new(HttpMethod.Get, new Uri(gateway, "/auth/session")), Ct);
            return answer.StatusCode;
        }
    }

    private static async Task Wrong_passwords_are_counted_together(LocalPlatform platform)
    {
        var account = platform.Accounts.Single(each => each.UserName == DemoAccounts.SecondCounsellor);
        for (var attempt = 0; attempt < 5; attempt++)
            await Refused(attempt % 2 == 0 ? "gateway" : "gateway.2", "sai mật khẩu");
        await Refused("gateway", account.Password);
        await Refused("gateway.2", account.Password);

        async Task Refused(string gateway, string password)
        {
            using PlatformClient client = new(platform.PublicAddress(gateway)) { Patience = TimeSpan.Zero };
            (await Should.ThrowAsync<PlatformRefusalException>(() => client.Post(
                "auth/sign-in", new { userName = account.UserName, password, code = Totp.Code(account.TotpSecret, Totp.Step(DateTimeOffset.UtcNow)) }, Ct))).Slug.ShouldBe("sign-in-failed");
        }
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();

    /// <summary>A browser's stream of hints.</summary>
    private sealed class Stream : IAsyncDisposable
    {
        private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
        private readonly ConcurrentQueue<string> heard = new();
        private readonly CancellationTokenSource closed = new();
        private readonly TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Stream(Uri gateway, string cookie) => Ended = Read(new Uri(gateway, "/hints"), cookie);

        /// <summary>The stream has begun.</summary>
        public Task Open => open.Task;

        /// <summary>The stream is over.</summary>
        public Task Ended { get; }

        public async Task Until(string hint, CancellationToken ct)
        {
            var watch = Stopwatch.StartNew();
            while (!heard.Contains(hint))
            {
                watch.Elapsed.ShouldBeLessThan(Patience, $"no hint '{hint}' came, but {string.Join(", ", heard)}");
                await Task.Delay(20, ct);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await closed.CancelAsync();
            await Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            http.Dispose();
            closed.Dispose();
        }

        private async Task Read(Uri address, string cookie)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, address);
            request.Headers.Add("Cookie", cookie);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, closed.Token);
            answer.EnsureSuccessStatusCode();
            using StreamReader lines = new(await answer.Content.ReadAsStreamAsync(closed.Token));
            try
            {
                while (await lines.ReadLineAsync(closed.Token) is { } line)
                {
                    open.TrySetResult();
                    if (line.StartsWith("data: ", StringComparison.Ordinal))
                        heard.Enqueue(line["data: ".Length..]);
                }
            }
            catch (IOException)
            {
                // The gateway cuts it off when the session is over.
            }
        }
    }
}

/// <summary>Of every process one of this version and one of an older one, as in the middle of an exchange of versions.</summary>
[Trait("run", "campaign")]
public sealed class TwoVersionsTests(ITestOutputHelper output)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary><c>HOTLINE_OLDER</c> names a checkout of the older version that has been built. This version's migrations have run, as they do before its processes start.</summary>
    [Fact]
    public async Task Row_35_two_versions_side_by_side_lead_in_turn_and_everything_has_its_effect_once()
    {
        var older = Environment.GetEnvironmentVariable("HOTLINE_OLDER");
        Assert.SkipWhen(older is null, "HOTLINE_OLDER names no checkout of an older version.");
        await using var cluster = await Cluster.Start(2, paired: true, Ct, older);
        var (rig, platform) = (cluster.Rig, cluster.Rig.Platform);
        await rig.Through(
            async ct =>
            {
                foreach (var service in Cluster.Services)
                {
                    foreach (var key in (long[])[Cluster.SequencerLock, Cluster.RelayLock])
                    {
                        // Twice, so that either version has led and has taken over from the other.
                        for (var turn = 0; turn < 2; turn++)
                        {
                            var (before, _, still) = await cluster.TakeOver(service, key, platform.Kill, ct);
                            output.WriteLine($"{before} killed: work went on after {still.TotalMilliseconds:0} ms");
                            await platform.StartProcess(before, ct);
                        }
                    }
                }
            },
            seed: 35,
            Ct);
        var checker = new Checker(platform, rig.Ledger);
        output.WriteLine($"settled after {(await checker.Settle(Ct)).TotalSeconds:0.0} s; {rig.Ledger.Answered} commands answered");
        await checker.Check(Ct);
    }
}

/// <summary>Three of every process, and people who notice nothing.</summary>
[Trait("run", "campaign")]
public sealed class ThreeInstancesTests(ThreeInstancesTests.Stage stage, ITestOutputHelper output) : IClassFixture<ThreeInstancesTests.Stage>
{
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ServiceBack = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(20);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>One platform for all of them: what one test leaves behind the next one stands on.</summary>
    public sealed class Stage : IAsyncLifetime
    {
        public Cluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await Cluster.Start(3, paired: false, CancellationToken.None);

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }

    [Fact]
    public Task Row_4_leaders_are_killed_one_after_the_other_and_each_time_another_takes_over() => Through(async (cluster, ct) =>
    {
        List<TimeSpan> leaderless = [], still = [];
        for (var round = 0; round < 2; round++)
        {
            foreach (var service in Cluster.Services)
            {
                foreach (var (what, key) in new[] { ("sequencer", Cluster.SequencerLock), ("relay", Cluster.RelayLock) })
                {
                    var (before, nobody, nothing) = await cluster.TakeOver(service, key, cluster.Rig.Platform.Kill, ct);
                    output.WriteLine($"{what} at {before} killed: led again after {nobody.TotalMilliseconds:0} ms, went on after {nothing.TotalMilliseconds:0} ms");
                    leaderless.Add(nobody);
                    still.Add(nothing);
                    await cluster.Rig.Platform.StartProcess(before, ct);
                }
            }
        }

        output.WriteLine($"{leaderless.Count} leaders killed: led again after {leaderless.Max().TotalMilliseconds:0} ms at most, went on after {still.Max().TotalMilliseconds:0} ms at most");
        leaderless.Max().ShouldBeLessThan(TakeOver);
        still.Max().ShouldBeLessThan(TakeOver);
    });

    [Fact]
    public Task Row_6_one_of_each_service_is_killed_and_nobody_waits_long_for_the_others() => Through(async (cluster, ct) =>
    {
        var (platform, ledger) = (cluster.Rig.Platform, cluster.Rig.Ledger);
        foreach (var service in Cluster.Services)
        {
            var instance = cluster.Instances(service)[0];
            var since = DateTime.UtcNow;
            await platform.Kill(instance);
            // Whoever was about to be answered asks again, and whoever comes later finds the others.
            await Task.Delay(ServiceBack * 2, ct);
            var slowest = ledger.Slowest(since);
            output.WriteLine($"{instance} killed: no command took longer than {slowest.TotalMilliseconds:0} ms");
            slowest.ShouldBeLessThan(ServiceBack);
            await platform.StartProcess(instance, ct);
        }
    });

    [Fact]
    public Task Row_45_one_of_each_after_the_other_is_restarted_and_next_to_nobody_notices() => Through(async (cluster, ct) =>
    {
        var (platform, ledger) = (cluster.Rig.Platform, cluster.Rig.Ledger);
        var (before, answered) = (ledger.Failures.Count, ledger.Answered);
        ConcurrentBag<TimeSpan> drains = [];
        // As when one machine after the other is taken out: one of each at a time.
        for (var number = 0; number < cluster.Count; number++)
        {
            await Task.WhenAll(PlatformProcess.All.Select(process => cluster.Instances(process.Name)[number]).Select(async instance =>
            {
                var watch = Stopwatch.StartNew();
                await platform.StopProcess(instance);
                drains.Add(watch.Elapsed);
                await platform.StartProcess(instance, ct);
            }));
        }

        var failures = ledger.Failures.Skip(before).ToList();
        output.WriteLine($"{drains.Count} processes drained in {drains.Max().TotalSeconds:0.0} s at most, {ledger.Answered - answered} commands answered meanwhile, {failures.Count} calls failed: {string.Join(", ", failures)}");
        drains.Max().ShouldBeLessThan(Drain);
        // A connection that nobody has used for a while may be closed in the very moment in which somebody uses it again; whoever did so repeats the call.
        failures.Count.ShouldBeLessThanOrEqualTo((ledger.Answered - answered) / 500);
    });

    [Fact]
    public Task Row_46_leaders_are_frozen_until_others_lead_and_come_back_to_life_too_late() => Through(async (cluster, ct) =>
    {
        var platform = cluster.Rig.Platform;
        List<(string Zombie, long Key)> zombies = [];
        foreach (var service in Cluster.Services)
        {
            foreach (var (what, key) in new[] { ("sequencer", Cluster.SequencerLock), ("relay", Cluster.RelayLock) })
            {
                // Who orders may also publish, and is frozen already.
                var (zombie, nobody, nothing) = await cluster.TakeOver(service, key, instance =>
                {
                    platform.Freeze(instance);
                    return Task.CompletedTask;
                }, ct);
                output.WriteLine($"{what} at {zombie} frozen: led again after {nobody.TotalMilliseconds:0} ms, went on after {nothing.TotalMilliseconds:0} ms");
                zombies.Add((zombie, key));
            }
        }

        // Longer than broker and database wait for them.
        await Task.Delay(TimeSpan.FromMinutes(2), ct);
        foreach (var (zombie, _) in zombies)
            platform.Thaw(zombie);
        await Task.Delay(TimeSpan.FromSeconds(5), ct);
        foreach (var (zombie, key) in zombies)
            (await cluster.Leader(PlatformProcess.Kind(zombie), key, ct)).ShouldNotBeOneOf(zombie, null);
    });

    private async Task Through(Func<Cluster, CancellationToken, Task> fault)
    {
        var rig = stage.Cluster.Rig;
        await rig.Through(ct => fault(stage.Cluster, ct), Environment.TickCount, Ct, pairs: 3);
        var checker = new Checker(rig.Platform, rig.Ledger);
        output.WriteLine($"settled after {(await checker.Settle(Ct)).TotalSeconds:0.0} s; {rig.Ledger.Answered} commands answered so far");
        await checker.Check(Ct);
    }
}
