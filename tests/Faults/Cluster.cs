using System.Diagnostics;
using Hotline111.Local;
using Npgsql;

namespace Hotline111.Faults.Tests;

/// <summary>The whole platform with several instances of every process on the same databases and broker, and a <see cref="Front"/> before each kind.</summary>
public sealed class Cluster : IAsyncDisposable
{
    /// <summary>The advisory locks of the leaders, the same in each service's database.</summary>
    public const long SequencerLock = 7236101, RelayLock = 7236102;

    /// <summary>What has streams of its own, and so leaders.</summary>
    public static readonly string[] Services = ["intake", "case", "referral", "agency-notification"];

    private const string Inside = "inside";
    private readonly Dictionary<string, Front> fronts;

    private Cluster(Rig rig, Dictionary<string, Front> fronts, int instances) => (Rig, this.fronts, Count) = (rig, fronts, instances);

    public Rig Rig { get; }

    /// <summary>How many of each there are.</summary>
    public int Count { get; }

    /// <summary>Starts so many of each process.</summary>
    /// <param name="instances">How many.</param>
    /// <param name="paired">The gateway of a number speaks to the console of the same number, so that a test can choose the console; else to all in turn.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="checkout">Another checkout, built, whose programs all but the first of each run.</param>
    public static async Task<Cluster> Start(int instances, bool paired, CancellationToken ct, string? checkout = null)
    {
        var fronts = PlatformProcess.All.Select(process => process.Name).Append(Inside).ToDictionary(name => name, _ => new Front());
        var settings = Services.ToDictionary(service => $"Peers__{service}", service => Root(fronts[service].Address));
        settings["Access__Authority"] = Root(fronts[Inside].Address);
        if (!paired)
            settings["Peers__console"] = Root(fronts[PlatformProcess.Console].Address);
        try
        {
            var rig = await Rig.Start(ct, settings, enlarge: async platform =>
            {
                foreach (var process in PlatformProcess.All)
                    Deal(platform, process.Name);
                // The consoles first: a gateway is told where its own one is.
                foreach (var kinds in PlatformProcess.All.GroupBy(process => process.Name == PlatformProcess.Gateway).OrderBy(kinds => kinds.Key))
                {
                    await Task.WhenAll(kinds.SelectMany(process => Names(process.Name, instances).Skip(1)).Select(async name =>
                    {
                        await platform.StartFurther(name, ct, paired && kinds.Key
                            ? new Dictionary<string, string> { ["Peers__console"] = Root(platform.InternalAddress(name.Replace(PlatformProcess.Gateway, PlatformProcess.Console, StringComparison.Ordinal))) }
                            : null, checkout);
                        Deal(platform, name);
                    }));
                }

                return fronts[PlatformProcess.Gateway].Address;
            });
            return new Cluster(rig, fronts, instances);
        }
        catch
        {
            foreach (var front in fronts.Values)
                await front.DisposeAsync();
            throw;
        }

        void Deal(LocalPlatform platform, string instance)
        {
            var (kind, inside) = (PlatformProcess.Kind(instance), platform.InternalAddress(instance));
            fronts[kind].Add(kind == PlatformProcess.Gateway ? platform.PublicAddress(instance) : inside, inside);
            if (kind == PlatformProcess.Gateway)
                fronts[Inside].Add(inside, inside);
        }
    }

    /// <summary>The names of a process's instances.</summary>
    public IReadOnlyList<string> Instances(string process) => Names(process, Count);

    /// <summary>The instance that leads; null while none does.</summary>
    public async Task<string?> Leader(string service, long key, CancellationToken ct)
    {
        await using var connection = await Open(service, ct);
        return await Leader(connection, key, ct);
    }

    /// <summary>Ends the leader and waits until another one leads and its work goes on.</summary>
    /// <param name="service">Whose leader.</param>
    /// <param name="key">Of what.</param>
    /// <param name="end">Ends the instance of this name.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Who led, how long nobody did, and how long work waited that was there to be done.</returns>
    public async Task<(string Before, TimeSpan Leaderless, TimeSpan Still)> TakeOver(string service, long key, Func<string, Task> end, CancellationToken ct)
    {
        await using var connection = await Open(service, ct);
        var (position, waits) = key == SequencerLock
            ? ("SELECT pos FROM events.hl_head", "SELECT EXISTS (SELECT FROM events.hl_pending)")
            : ("SELECT pos FROM events.hl_relay", "SELECT h.pos > r.pos FROM events.hl_head h, events.hl_relay r");
        string? before;
        while ((before = await Leader(connection, key, ct)) is null)
            await Task.Delay(50, ct);
        var watch = Stopwatch.StartNew();
        await end(before);
        var reached = (long)(await Ask(connection, position, ct))!;
        // Where nothing waits nothing stands still.
        (TimeSpan? leaderless, TimeSpan? waiting, TimeSpan? still) = (null, null, null);
        while (leaderless is null || still is null)
        {
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(3), $"nobody took {service} over from {before}");
            if (leaderless is null && await Leader(connection, key, ct) is { } now && now != before)
                leaderless = watch.Elapsed;
            if (waiting is null && (bool)(await Ask(connection, waits, ct))!)
                waiting = watch.Elapsed;
            if (still is null && (long)(await Ask(connection, position, ct))! > reached)
                still = watch.Elapsed - (waiting ?? watch.Elapsed);
            await Task.Delay(15, ct);
        }

        return (before, leaderless.Value, still.Value);
    }

    public async ValueTask DisposeAsync()
    {
        await Rig.DisposeAsync();
        foreach (var front in fronts.Values)
            await front.DisposeAsync();
    }

    private static string Root(Uri address) => address.GetLeftPart(UriPartial.Authority);

    private static List<string> Names(string process, int count) => [.. Enumerable.Range(1, count).Select(number => number == 1 ? process : $"{process}.{number}")];

    private async Task<NpgsqlConnection> Open(string service, CancellationToken ct)
    {
        NpgsqlConnection connection = new(Rig.Platform.Database(service).Store);
        await connection.OpenAsync(ct);
        return connection;
    }

    private static async Task<string?> Leader(NpgsqlConnection connection, long key, CancellationToken ct) => (string?)await Ask(
        connection,
        $"""
        SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE l.locktype = 'advisory' AND l.granted AND l.objid = {key} AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        ct);

    private static async Task<object?> Ask(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
#pragma warning disable CA2100 // Constants of this file.
        await using NpgsqlCommand command = new(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(ct);
    }
}
