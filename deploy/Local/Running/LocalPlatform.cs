using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Hotline111.Local.Demo;
using Npgsql;

namespace Hotline111.Local;

/// <summary>What a local platform is started with.</summary>
/// <param name="Folder">Keeps data, keys, logs and ports; a second start on it finds them again.</param>
public sealed record LocalPlatformOptions(string Folder)
{
    /// <summary>The gateway's public port; null for a free one.</summary>
    public int? Port { get; init; }

    /// <summary>The folder is removed when the platform is disposed of.</summary>
    public bool Throwaway { get; init; }

    /// <summary>apt-get may install missing servers.</summary>
    public bool MayInstall { get; init; }

    /// <summary>A process or a server of ours that dies is started again after a short pause. Tests that kill leave this off and start it themselves.</summary>
    public bool Supervised { get; init; }

    /// <summary>Where traces, metrics and logs go (OTLP); null for nowhere.</summary>
    public Uri? Telemetry { get; init; }

    /// <summary>The protocol to that address: <c>grpc</c> or <c>http/protobuf</c>.</summary>
    public string TelemetryProtocol { get; init; } = "http/protobuf";

    /// <summary>Further settings for every process (<c>Gateway__Limits__AddressPerMinute</c>), which win over ours.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>A broker that is there already, and is not disposed of with the platform; null for one of its own.</summary>
    public IBroker? Broker { get; init; }

    /// <summary>Makes a process's database, by name, on a server that is there already; null for a server of the platform's own.</summary>
    public Func<string, CancellationToken, Task<ServiceDatabase>>? Database { get; init; }

    /// <summary>Tells what happens; silent when null.</summary>
    public Steps? Steps { get; init; }
}

/// <summary>
/// The whole platform on this machine: servers, databases, keys, and every process with its own configuration. What it starts dies with it, also
/// when this process is killed.
/// </summary>
public sealed class LocalPlatform : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan ServerPause = TimeSpan.FromSeconds(2);

    private readonly LocalPlatformOptions options;
    private readonly Steps steps;
    private readonly PlatformKeys keys;
    private readonly FileStream door;
    private readonly ConcurrentDictionary<string, ChildProcess> running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ServiceDatabase> databases = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> ports = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string?> checkouts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> internalPorts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> wanted = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource ending = new();
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private FoundPostgres? postgres;
    private FoundRabbit? rabbit;
    private VirtualHost? virtualHost;

    private LocalPlatform(LocalPlatformOptions options, FileStream door)
    {
        this.options = options;
        this.door = door;
        steps = options.Steps ?? new Steps(null);
        keys = new PlatformKeys(Path.Combine(options.Folder, "keys"));
    }

    /// <summary>The public door.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>People who can sign in, with their passwords and TOTP secrets.</summary>
    public IReadOnlyList<DemoAccount> Accounts { get; private set; } = [];

    /// <summary>The database server, when it is a process of ours.</summary>
    /// <exception cref="InvalidOperationException">It is a container or somebody else's.</exception>
    public PostgresServer Postgres => postgres?.Local ?? throw new InvalidOperationException("The database server is not a process of this platform.");

    /// <summary>The broker, when it is a process of ours: <c>Stop</c>, <c>Start</c>, <c>Kill</c>, <c>Freeze</c>, <c>Evaluate</c>.</summary>
    /// <exception cref="InvalidOperationException">It is a container or somebody else's.</exception>
    public RabbitServer Broker => OwnBroker ?? throw new InvalidOperationException("The broker is not a process of this platform.");

    /// <summary>The same; null when the broker is somebody else's.</summary>
    public RabbitServer? OwnBroker => rabbit?.Local;

    /// <summary>The virtual host and its users' addresses.</summary>
    public VirtualHost VirtualHost => virtualHost!;

    /// <summary>Whether the demo data was entered, by this start or an earlier one.</summary>
    public bool HasDemoData
    {
        get => File.Exists(DemoDataMark);
        set
        {
            if (value)
            {
                File.WriteAllText(DemoDataMark, "");
            }
            else
            {
                File.Delete(DemoDataMark);
            }
        }
    }

    /// <summary>The folder with a log for every process.</summary>
    public string Logs => Path.Combine(options.Folder, "logs");

    /// <summary>Starts everything; ends when every process is ready.</summary>
    /// <exception cref="LocalException">A step failed; what was started is stopped again.</exception>
    public static async Task<LocalPlatform> Start(LocalPlatformOptions options, CancellationToken ct)
    {
        options = options with { Folder = Path.GetFullPath(options.Folder) };
        if (!OperatingSystem.IsLinux())
        {
            throw new LocalException("start", "The local platform starts its processes with setsid and setpriv, which only Linux has; use Docker there.", exitCode: 3);
        }

        Directory.CreateDirectory(Path.Combine(options.Folder, "logs"));
        var platform = new LocalPlatform(options, Lock(options.Folder));
        try
        {
            await platform.Begin(ct);
            return platform;
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
    }

    /// <summary>The database of a process.</summary>
    public ServiceDatabase Database(string process) => databases[PlatformProcess.Kind(process)];

    /// <summary>The address at which a process answers inside: services their own, the gateway its internal listener.</summary>
    public Uri InternalAddress(string process) => new($"http://127.0.0.1:{(IsGateway(process) ? internalPorts : ports)[process]}");

    /// <summary>The public door of a gateway: of <c>gateway</c> it is <see cref="Address"/>, further instances have their own.</summary>
    public Uri PublicAddress(string gateway) => new($"http://localhost:{ports[gateway]}");

    private static bool IsGateway(string process) => PlatformProcess.Kind(process) == PlatformProcess.Gateway;

    /// <summary>
    /// Starts a further instance of a process beside those that run, on free ports, with the same database, broker user and keys; ends when it is ready. By its
    /// name it is known to everything here that takes a process. Nothing deals calls out to it: whoever shall reach it is given its address
    /// (<see cref="LocalPlatformOptions.Settings"/>).
    /// </summary>
    /// <param name="instance">The process and a number: <c>referral.2</c>.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="also">Environment variables of this instance's first start alone.</param>
    /// <param name="checkout">Another checkout, built, whose programs it runs: two versions side by side.</param>
    public Task StartFurther(string instance, CancellationToken ct, IReadOnlyDictionary<string, string>? also = null, string? checkout = null)
    {
        ports[instance] = Port.Free();
        checkouts[instance] = checkout;
        if (IsGateway(instance))
        {
            internalPorts[instance] = Port.Free();
        }

        return StartProcess(instance, ct, also);
    }

    /// <summary>The id of a process; 0 when it does not run.</summary>
    public int ProcessId(string process) => running.TryGetValue(process, out var child) && !child.HasExited ? child.Id : 0;

    /// <summary>The log of a process.</summary>
    public string Log(string process) => Path.Combine(Logs, $"{process}.log");

    /// <summary>SIGKILL: the process is gone without a word. It stays away until <see cref="StartProcess"/>, unless the platform is supervised.</summary>
    public Task Kill(string process) => running[process].Kill();

    /// <summary>SIGTERM: the process finishes what it does and ends.</summary>
    public async Task StopProcess(string process)
    {
        wanted[process] = false;
        await running[process].Stop(Native.Terminate, TimeSpan.FromSeconds(30));
    }

    /// <summary>SIGSTOP: the process is frozen, its connections stay open.</summary>
    public void Freeze(string process) => running[process].Freeze();

    /// <summary>SIGCONT: a frozen process goes on.</summary>
    public void Thaw(string process) => running[process].Thaw();

    /// <summary>Ends when a process has ended, by itself or by somebody's hand; its exit code, 128 + n after a signal n.</summary>
    public async Task<int> Ended(string process, CancellationToken ct)
    {
        var child = running[process];
        await child.Exited(ct);
        return child.ExitCode;
    }

    /// <summary>Starts a stopped or killed process with the same configuration; ends when it is ready.</summary>
    /// <param name="process">The process.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="also">Environment variables of this start alone.</param>
    public async Task StartProcess(string process, CancellationToken ct, IReadOnlyDictionary<string, string>? also = null)
    {
        await Launch(PlatformProcess.Get(process), also);
        await Ready(PlatformProcess.Get(process), ct);
    }

    /// <summary>Signs a demo account in at the public door.</summary>
    /// <param name="userName">One of <see cref="Accounts"/>.</param>
    /// <param name="ct">Cancels.</param>
    public Task<PlatformClient> SignIn(string userName, CancellationToken ct) =>
        PlatformClient.SignIn(Address, Accounts.First(account => account.UserName == userName), ct);

    /// <summary>What a process is told, by name of the environment variable.</summary>
    /// <param name="process">The process.</param>
    /// <param name="asOwner">With the owner's connection string, as only <c>migrate</c> gets it.</param>
    public IReadOnlyDictionary<string, string> Configuration(string process, bool asOwner = false)
    {
        var kind = PlatformProcess.Kind(process);
        var database = databases.GetValueOrDefault(kind);
        var settings = new Dictionary<string, string>
        {
            ["DOTNET_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_gcServer"] = "0",
            ["ASPNETCORE_URLS"] = (IsGateway(process) ? PublicAddress(process) : InternalAddress(process)).GetLeftPart(UriPartial.Authority),
            ["Access__Issuer"] = "https://hotline111.local",
            ["Access__Authority"] = InternalAddress(PlatformProcess.Gateway).GetLeftPart(UriPartial.Authority),
            ["Access__ClientKeyFile"] = keys.Client(kind),
            ["Privacy__MasterKeyFile"] = keys.MasterKey(kind),
        };
        if (database is not null)
        {
            // The server's list of sessions says whose each is.
            settings["ConnectionStrings__Store"] = new NpgsqlConnectionStringBuilder(database.Store) { ApplicationName = process }.ConnectionString;
            settings["ConnectionStrings__Keys"] = database.Keys;
        }

        foreach (var peer in PlatformProcess.All.Where(each => each.IsService))
        {
            settings[$"Peers__{peer.Name}"] = InternalAddress(peer.Name).GetLeftPart(UriPartial.Authority);
        }

        if (asOwner)
        {
            settings["ConnectionStrings__Owner"] = database!.Owner;
        }

        if (PlatformProcess.Get(process).UsesBroker)
        {
            settings["Broker__Uri"] = virtualHost!.For(kind);
        }

        switch (kind)
        {
            case "case":
                settings["Release__SigningKeyFile"] = keys.ReleaseSigning;
                break;
            case "referral":
                settings["Release__VerificationKeyFile"] = keys.ReleaseVerification;
                break;
            case PlatformProcess.Gateway:
                settings["Gateway__InternalUrl"] = InternalAddress(process).GetLeftPart(UriPartial.Authority);
                settings["Gateway__ClientsFile"] = keys.Clients;
                settings["Gateway__SigningKeyProtectionFile"] = keys.Protection;
                settings["Gateway__Demo"] = "true";
                settings["Peers__console"] = InternalAddress(PlatformProcess.Console).GetLeftPart(UriPartial.Authority);
                settings["Gateway__DemoFile"] = DemoAccountsFile;
                settings["Pages__FormKeyFile"] = keys.Forms;
                break;
            case PlatformProcess.Console:
                settings["Console__Demo"] = "true";
                settings["Pages__FormKeyFile"] = keys.Forms;
                break;
        }

        if (options.Telemetry is { } telemetry)
        {
            settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = telemetry.OriginalString;
            settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = options.TelemetryProtocol;
        }

        foreach (var (name, value) in options.Settings)
        {
            settings[name] = value;
        }

        return settings;
    }

    /// <summary>Stops everything that was started, the processes before the servers; removes the folder of a throw-away platform.</summary>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        foreach (var process in PlatformProcess.All)
        {
            wanted[process.Name] = false;
        }

        await Task.WhenAll(running.Values.Select(child => child.Stop(Native.Terminate, TimeSpan.FromSeconds(25))));
        running.Clear();
        await Task.WhenAll(Installation.Release(rabbit?.Owned ?? []), Installation.Release(postgres?.Owned ?? []));
        (rabbit, postgres) = (null, null);
        http.Dispose();
        await door.DisposeAsync();
        if (options.Throwaway && Directory.Exists(options.Folder))
        {
            Account.RemoveFolder(options.Folder);
        }
    }

    private string DemoAccountsFile => Path.Combine(options.Folder, "demo-accounts.json");

    private string DemoDataMark => Path.Combine(options.Folder, "demo-data");

    private async Task Begin(CancellationToken ct)
    {
        ChoosePorts();
        var installation = new Installation(options.MayInstall, steps);
        (postgres, rabbit) = options.Broker is { } there
            ? (await installation.FindPostgres(options.Folder, ct), new FoundRabbit(there, Local: null, Owned: []))
            : await installation.Find(options.Folder, ct);
        await steps.Do("databases", "Databases, roles, virtual host, keys", async () =>
        {
            foreach (var process in PlatformProcess.All)
            {
                if (process.Database is { } name)
                {
                    databases[process.Name] = await (options.Database is { } elsewhere ? elsewhere(name, ct) : postgres.Databases.Create(name, ct));
                }
            }

            virtualHost = await rabbit.Broker.CreateVirtualHost("hotline111", [.. PlatformProcess.All.Where(each => each.UsesBroker).Select(each => each.Name)], ct);
            keys.Ensure();
        });
        await steps.Do("migrate", "Migrations", () => Task.WhenAll(PlatformProcess.All.Where(process => process.Database is not null).Select(process => Migrate(process, ct))));
        await steps.Do("accounts", "Demo accounts", () => SeedAccounts(ct));
        await steps.Do("processes", "Processes", async () =>
        {
            foreach (var process in PlatformProcess.All)
            {
                await Launch(process);
            }

            await Task.WhenAll(PlatformProcess.All.Select(process => Ready(process, ct)));
        });
        if (!options.Supervised)
        {
            return;
        }

        foreach (var process in PlatformProcess.All)
        {
            _ = Supervise(process);
        }

        if (postgres.Local is { } database)
        {
            _ = Supervise("PostgreSQL", database.Exited, database.Start);
        }

        if (rabbit.Local is { } broker)
        {
            _ = Supervise("RabbitMQ", broker.Exited, broker.Start);
        }
    }

    private void ChoosePorts()
    {
        var folder = Path.Combine(options.Folder, "ports");
        Directory.CreateDirectory(folder);
        var port = options.Port ?? Port.Kept(folder, "public");
        if (!Port.IsFree(port))
        {
            throw new LocalException("ports", $"Port {port} is taken by another program; choose another one with --port.", exitCode: 4);
        }

        Address = new Uri($"http://localhost:{port}");
        internalPorts[PlatformProcess.Gateway] = Port.Kept(folder, "internal");
        foreach (var process in PlatformProcess.All)
        {
            ports[process.Name] = process.Name == PlatformProcess.Gateway ? port : Port.Kept(folder, process.Name);
        }
    }

    private async Task Migrate(PlatformProcess process, CancellationToken ct)
    {
        var (exitCode, output) = await ChildProcess.Run(
            new Launch($"{process.Name} migrate", Repository.DotNet, Repository.Program(process.Project), "migrate") { Environment = Configuration(process.Name, asOwner: true) },
            ct);
        await File.WriteAllTextAsync(Path.Combine(Logs, $"{process.Name}.migrate.log"), output, ct);
        if (exitCode != 0)
        {
            throw new LocalException("migrate", $"{process.Name}: {LastLine(output)} (log: {Path.Combine(Logs, $"{process.Name}.migrate.log")})", exitCode);
        }
    }

    private async Task SeedAccounts(CancellationToken ct)
    {
        var file = DemoAccountsFile;
        Accounts = DemoAccounts.ReadOrMake(file);
        var (exitCode, output) = await ChildProcess.Run(
            new Launch("gateway seed-demo", Repository.DotNet, Repository.Program("Hotline111.Gateway"), "seed-demo", file) { Environment = Configuration(PlatformProcess.Gateway) },
            ct);
        await File.WriteAllTextAsync(Path.Combine(Logs, "gateway.seed-demo.log"), output, ct);
        if (exitCode != 0)
        {
            throw new LocalException("accounts", $"gateway: {LastLine(output)} (log: {Path.Combine(Logs, "gateway.seed-demo.log")})", exitCode);
        }
    }

    private async Task Launch(PlatformProcess process, IReadOnlyDictionary<string, string>? also = null)
    {
        if (running.TryGetValue(process.Name, out var before) && !before.HasExited)
        {
            return;
        }

        var log = Log(process.Name);
        if (before is null && File.Exists(log))
        {
            File.Move(log, Path.Combine(Logs, $"{process.Name}.previous.log"), overwrite: true);
        }

        wanted[process.Name] = true;
        running[process.Name] = await ChildProcess.Start(new Launch(process.Name, Repository.DotNet, Repository.Program(process.Project, checkouts.GetValueOrDefault(process.Name)))
        {
            LogFile = log,
            Folder = options.Folder,
            Environment = also is null ? Configuration(process.Name) : Configuration(process.Name).Where(setting => !also.ContainsKey(setting.Key)).Concat(also).ToDictionary(),
        });
    }

    private async Task Ready(PlatformProcess process, CancellationToken ct)
    {
        var deadline = DateTime.UtcNow + StartPatience;
        var address = new Uri(InternalAddress(process.Name), "/health/ready");
        while (DateTime.UtcNow < deadline)
        {
            var child = running[process.Name];
            if (child.HasExited)
            {
                throw new LocalException("processes", $"{process.Name} has ended with exit code {child.ExitCode}: {child.LastWords(2)} (log: {Log(process.Name)})", child.ExitCode is 2 or 3 or 4 ? child.ExitCode : 1);
            }

            try
            {
                using var answer = await http.GetAsync(address, ct);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !ct.IsCancellationRequested))
            {
                // Not listening yet.
            }

            await Task.Delay(50, ct);
        }

        throw new LocalException("processes", $"{process.Name} is not ready after {StartPatience.TotalSeconds:0} s: {running[process.Name].LastWords(2)} (log: {Log(process.Name)})");
    }

    // In running mode nobody else would notice; the pause grows so that a process that cannot start does not take the machine.
    private async Task Supervise(PlatformProcess process)
    {
        var pause = TimeSpan.FromSeconds(1);
        while (!ending.IsCancellationRequested)
        {
            try
            {
                var child = running[process.Name];
                var started = DateTime.UtcNow;
                await child.Exited(ending.Token);
                if (!wanted[process.Name] || ending.IsCancellationRequested)
                {
                    return;
                }

                pause = DateTime.UtcNow - started > TimeSpan.FromMinutes(1) ? TimeSpan.FromSeconds(1) : pause;
                steps.Say(string.Create(CultureInfo.InvariantCulture, $"! {process.Name} has ended with exit code {child.ExitCode}; starting it again in {pause.TotalSeconds:0} s. {child.LastWords(1)}"));
                await Task.Delay(pause, ending.Token);
                pause = TimeSpan.FromSeconds(Math.Min(pause.TotalSeconds * 2, 30));
                await Launch(process);
                await Ready(process, ending.Token);
                steps.Say($"! {process.Name} is back.");
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (LocalException e)
            {
                steps.Say($"! {e.Message}");
            }
        }
    }

    // A server that ended may only wait for room on its disk: it is tried again and again, and soon.
    private async Task Supervise(string server, Func<CancellationToken, Task> exited, Func<CancellationToken, Task> start)
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                await exited(ending.Token);
                steps.Say($"! {server} has ended; starting it again.");
                await Task.Delay(ServerPause, ending.Token);
                await start(ending.Token);
                steps.Say($"! {server} is back.");
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (LocalException e)
            {
                steps.Say($"! {e.Message}");
            }
        }
    }

    private static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new LocalException("start", $"Another platform runs on {folder}; stop it first, or name another folder with --folder.", exitCode: 4, e);
        }
    }

    private static string LastLine(string output) => output.Trim().Split('\n').Last();
}
