using System.Collections.Concurrent;
using Hotline111.Contracts.Catalogues;
using Hotline111.Local;
using Hotline111.Local.Demo;
using Npgsql;

[assembly: AssemblyFixture(typeof(Hotline111.EndToEnd.Tests.PlatformFixture))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Hotline111.EndToEnd.Tests;

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
        for (var tries = 0; ; tries++)
        {
            await using var count = known.CreateCommand("SELECT count(*) FROM read.desk");
            if ((long)(await count.ExecuteScalarAsync())! == AgencyDirectory.Desks.Length)
                break;
            if (tries > 600)
                throw new TimeoutException("Case was not told of all desks within a minute.");
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

    /// <summary>The client of a demo account, signed in once however many ask at the same time.</summary>
    public Task<PlatformClient> As(string userName) =>
        clients.GetOrAdd(userName, name => new(() => Platform.SignIn(name, CancellationToken.None))).Value;
}
