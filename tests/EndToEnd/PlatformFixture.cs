using System.Collections.Concurrent;
using System.Text.Json;
using Hotline111.Contracts.Catalogues;
using Hotline111.Local;
using Hotline111.Local.Demo;
using Npgsql;

[assembly: AssemblyFixture(typeof(Hotline111.EndToEnd.Tests.PlatformFixture))]
// Journeys wait more than they work; those that take a process away run alone, after all others (Outages).
[assembly: CollectionBehavior(MaxParallelThreads = 4)]

namespace Hotline111.EndToEnd.Tests;

/// <summary>Tests that take a process or a server away. They run one after another, when all others are through.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Outages
{
    public const string Name = "outages";
}

/// <summary>An event as it is stored.</summary>
/// <param name="Name">Its stored name.</param>
public sealed record StoredFact(string Name, JsonElement Data);

/// <summary>The whole platform on throw-away data, started once for all tests of this project, with a receiver for its telemetry.</summary>
public sealed class PlatformFixture : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Lazy<Task<PlatformClient>>> clients = new(StringComparer.Ordinal);

    /// <summary>Words that stand for personal data in every journey of these tests; they may be nowhere but in sealed form. All invented.</summary>
    public static readonly IReadOnlyList<string> Canaries = ["Lương Thị Chim Yến", "0911-CANARY-22", "ngõ 7 phố Hoàng Yến", "chimyenkecau"];

    public LocalPlatform Platform { get; private set; } = null!;

    public TelemetryReceiver Telemetry { get; private set; } = null!;

    /// <summary>Where the throw-away data of this run lies.</summary>
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"hotline111-e2e-{Guid.CreateVersion7():n}");

    public async ValueTask InitializeAsync()
    {
        Telemetry = await TelemetryReceiver.Start();
        Platform = await LocalPlatform.Start(
            new LocalPlatformOptions(Folder)
            {
                Throwaway = true,
                MayInstall = true,
                Telemetry = Telemetry.Address,
                // Many people at one address here: the limits have tests of their own at the gateway.
                Settings = new Dictionary<string, string>
                {
                    ["Gateway__Limits__AccountPerMinute"] = "100000",
                    ["Gateway__Limits__AccountBurst"] = "10000",
                    ["Gateway__Limits__AddressPerMinute"] = "100000",
                    ["Gateway__Limits__AddressBurst"] = "10000",
                },
            },
            CancellationToken.None);
        // The first referral waits until Case knows the desks; after that no test has to.
        await using var known = NpgsqlDataSource.Create(Platform.Database("case").Store);
        for (var deadline = DateTime.UtcNow + Stage.Patience; ;)
        {
            await using var count = known.CreateCommand("SELECT count(*) FROM read.desk");
            if ((long)(await count.ExecuteScalarAsync())! == AgencyDirectory.Desks.Length)
                break;
            if (DateTime.UtcNow > deadline)
                throw new TimeoutException($"Case was not told of all desks within {Stage.Patience.TotalSeconds:0} s.");
            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients.Values.Where(client => client.Value.IsCompletedSuccessfully))
            (await client.Value).Dispose();
        if (Platform is not null)
            await Platform.DisposeAsync();
        if (Telemetry is not null)
            await Telemetry.DisposeAsync();
    }

    /// <summary>The events of one stream as they are stored: names and data, in order.</summary>
    /// <param name="service">Whose database.</param>
    /// <param name="stream">The stream's id.</param>
    public async Task<IReadOnlyList<StoredFact>> Stored(string service, Guid stream)
    {
        await using var database = new NpgsqlConnection(Platform.Database(service).Store);
        await database.OpenAsync(TestContext.Current.CancellationToken);
        await using var events = new NpgsqlCommand("SELECT type, data::text FROM events.mt_events WHERE stream_id = $1 AND type <> 'tombstone' ORDER BY version", database) { Parameters = { new() { Value = stream } } };
        await using var rows = await events.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        List<StoredFact> stored = [];
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
            stored.Add(new(rows.GetString(0), JsonElement.Parse(rows.GetString(1))));
        return stored;
    }

    /// <summary>The client of a demo account, signed in once however many ask at the same time.</summary>
    public Task<PlatformClient> As(string userName) => clients.GetOrAdd(userName, name => new(() => SignIn(name))).Value;

    // On a busy machine a process that was killed is away for longer than a person would ask again and again.
    private async Task<PlatformClient> SignIn(string userName)
    {
        var account = Platform.Accounts.Single(each => each.UserName == userName);
        PlatformClient client = new(Platform.Address) { Patience = Stage.Patience };
        await client.SignIn(account.UserName, account.Password, account.TotpSecret, CancellationToken.None);
        return client;
    }
}
