using Hotline111.Local;
using Hotline111.Local.Demo;
using Microsoft.Playwright;
using Npgsql;

[assembly: AssemblyFixture(typeof(Hotline111.Browser.Tests.BrowserFixture))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Hotline111.Browser.Tests;

/// <summary>The whole platform on throw-away data and a real Chromium, started once for all tests of this project.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    // As root Chromium has no sandbox; the others keep it from looking for hosts of its maker at every start.
    private static readonly string[] Switches =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    // Only there to end a test that has failed; shorter than the minute after which lists look by themselves, for most of what is waited for has to come sooner.
    private const int Limit = 50_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    // A code is good for one sign-in: a session is used again, at the API as in the browser, whoever opened it.
    private readonly Dictionary<string, PlatformClient> _clients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Cookie> _sessions = new(StringComparer.Ordinal);

    public LocalPlatform Platform { get; private set; } = null!;

    /// <summary>Whether pictures are taken, of whole pages: they are for looking at, and cost the gate a minute or more.</summary>
    public static bool TakesPictures { get; } = Environment.GetEnvironmentVariable("HOTLINE_PICTURES") == "1";

    /// <summary>Where pictures of every page go; not under version control.</summary>
    public static string Pictures { get; } = Path.Combine(Repository.Root, "artifacts", "pictures");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Pictures);
        var folder = Path.Combine(Path.GetTempPath(), $"hotline111-browser-{Guid.CreateVersion7():n}");
        var chromium = await TestPrograms.Chromium(Path.Combine(Repository.Root, "artifacts", "logs"), CancellationToken.None);
        Platform = await LocalPlatform.Start(
            new LocalPlatformOptions(folder)
            {
                Throwaway = true,
                MayInstall = true,
                // Many people at one address here: the limits have tests of their own at the gateway.
                Settings = new Dictionary<string, string>
                {
                    ["Gateway__Limits__AccountPerMinute"] = "100000",
                    ["Gateway__Limits__AccountBurst"] = "10000",
                    ["Gateway__Limits__AddressPerMinute"] = "100000",
                    ["Gateway__Limits__AddressBurst"] = "10000",
                    ["Gateway__Limits__SignInPerMinute"] = "1000",
                },
            },
            CancellationToken.None);
        using (var journey = new Journey(Platform, new Steps(null)))
        {
            foreach (var course in Course.All(TimeProvider.System))
                await journey.Run(course, CancellationToken.None);
        }

        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(Limit);
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Switches });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        foreach (var client in _clients.Values)
            client.Dispose();
        if (Platform is not null)
            await Platform.DisposeAsync();
    }

    /// <summary>The session that was last opened for a person; null before the first.</summary>
    internal Cookie? SessionOf(string userName) => _sessions.GetValueOrDefault(userName);

    /// <summary>Keeps a session that was opened for a person.</summary>
    internal void Keep(string userName, string name, string value) => _sessions[userName] =
        new() { Name = name, Value = value, Domain = Platform.Address.Host, Path = "/", HttpOnly = true, Secure = true, SameSite = SameSiteAttribute.Lax };

    /// <summary>Makes it half a minute later for a person who signs in again: a code is good once, and the next one would be waited for.</summary>
    internal async Task Later(string userName)
    {
        await using var identity = NpgsqlDataSource.Create(Platform.Database("gateway").Owner);
        await using var command = identity.CreateCommand("UPDATE identity.account SET totp_last_step = 0 WHERE user_name = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = userName });
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }

    public DemoAccount Account(string userName) => Platform.Accounts.Single(account => account.UserName == userName);

    /// <summary>Somebody with a browser of their own; dispose at the end, which asks whether the browser had anything to complain of.</summary>
    public async Task<Visitor> Visit(int width = 1366, int height = 768, bool scripts = true)
    {
        var context = await _browser!.NewContextAsync(new()
        {
            BaseURL = Platform.Address.AbsoluteUri,
            ViewportSize = new() { Width = width, Height = height },
            JavaScriptEnabled = scripts,
            ReducedMotion = ReducedMotion.Reduce,
            Locale = "en-GB",
        });
        context.SetDefaultTimeout(Limit);
        return await Visitor.Arrive(this, context, scripts);
    }

    /// <summary>Somebody who has signed in, at the page that this leads to.</summary>
    public async Task<Visitor> VisitAs(string userName, int width = 1366, int height = 768, bool scripts = true)
    {
        var visitor = await Visit(width, height, scripts);
        await visitor.Come(userName);
        return visitor;
    }

    /// <summary>Somebody's program at the API, in a session that is open already if there is one.</summary>
    public async Task<PlatformClient> Client(string userName)
    {
        if (!_clients.TryGetValue(userName, out var client))
            client = _clients[userName] = new PlatformClient(Platform.Address);
        if (SessionOf(userName) is { } session)
        {
            client.Cookie = $"{session.Name}={session.Value}";
            using var answer = await client.Send(new(HttpMethod.Get, "auth/session"), TestContext.Current.CancellationToken);
            if (answer.IsSuccessStatusCode)
                return client;
        }

        var account = Account(userName);
        await Later(userName);
        await client.SignIn(account.UserName, account.Password, account.TotpSecret, TestContext.Current.CancellationToken);
        var cookie = client.Cookie!.Split('=', 2);
        Keep(userName, cookie[0], cookie[1]);
        return client;
    }
}
