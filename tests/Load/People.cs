using System.Security.Cryptography;
using System.Text.Json;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Local;
using Hotline111.Local.Demo;

namespace Hotline111.Load;

/// <summary>The hotline's counsellors and the liaisons of as many provincial police desks, signed in through the public door over shared connections. All invented.</summary>
public sealed class People : IDisposable
{
    private const int Each = 12;
    private const string Liaison = "daumoi-";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly SocketsHttpHandler connections = new() { UseCookies = false, UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) };

    /// <summary>Staff of the hotline.</summary>
    public IReadOnlyList<PlatformClient> Counsellors { get; private set; } = [];

    /// <summary>Desks, each with its liaison.</summary>
    public IReadOnlyList<(string Desk, PlatformClient Liaison)> Desks { get; private set; } = [];

    private static IEnumerable<DirectoryDesk> ProvincialPolice => AgencyDirectory.Desks.Where(desk => desk.Id.StartsWith("police.", StringComparison.Ordinal)).Take(Each);

    /// <summary>Writes the accounts into a platform's folder before its first start, which makes them.</summary>
    public static void Announce(string folder)
    {
        var accounts = Enumerable.Range(1, Each).Select(i => Account($"tuvan{i}", $"Tư vấn viên {i}", Roles.Counsellor, null))
            .Concat(ProvincialPolice.Select(desk => Account($"{Liaison}{desk.Id}", $"Đầu mối {desk.Id}", Roles.Liaison, desk)));
        File.WriteAllText(Path.Combine(folder, "demo-accounts.json"), JsonSerializer.Serialize(accounts, Json));
    }

    /// <summary>Signs everybody in.</summary>
    public static async Task<People> SignIn(LocalPlatform platform, CancellationToken ct)
    {
        var people = new People();
        people.Counsellors = await Task.WhenAll(platform.Accounts.Where(account => account.Role == Roles.Counsellor).Select(people.Client(platform, ct)));
        // The platform adds the people of its demonstration; their desks do not all take what the journeys ask for.
        var liaisons = platform.Accounts.Where(account => account.UserName.StartsWith(Liaison, StringComparison.Ordinal)).ToList();
        people.Desks = [.. liaisons.Select(account => account.Desks[0]).Zip(await Task.WhenAll(liaisons.Select(people.Client(platform, ct))))];
        return people;
    }

    public void Dispose()
    {
        foreach (var client in Counsellors.Concat(Desks.Select(desk => desk.Liaison)))
            client.Dispose();
        connections.Dispose();
    }

    // Without patience: an answer that is not 2xx, or none, is an error and is counted as one.
    private Func<DemoAccount, Task<PlatformClient>> Client(LocalPlatform platform, CancellationToken ct) => async account =>
    {
        var client = new PlatformClient(platform.Address, connections) { Patience = TimeSpan.Zero };
        await client.SignIn(account.UserName, account.Password, account.TotpSecret, ct);
        return client;
    };

    private static DemoAccount Account(string userName, string displayName, string role, DirectoryDesk? desk) => new(
        userName, displayName, role, desk?.AgencyId, desk is null ? [] : [desk.Id], [],
        RandomNumberGenerator.GetHexString(24, lowercase: true), Totp.ToBase32(RandomNumberGenerator.GetBytes(20)));
}
