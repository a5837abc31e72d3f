using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Hotline111.Local;

/// <summary>
/// A private PostgreSQL server on the loopback address, with its data in a folder of ours, under an unprivileged account. It survives
/// neither <see cref="Stop"/> nor the end of this process; its data survives both.
/// </summary>
public sealed partial class PostgresServer : IAsyncDisposable
{
    private readonly string programs;
    private readonly string data;
    private readonly string log;
    private readonly Account? account;
    private readonly Secrets secrets;
    private readonly ServerExtras extras;
    private ChildProcess? process;

    private PostgresServer(string programs, string data, string log, Account? account, Secrets secrets, int port, ServerExtras extras)
    {
        (this.programs, this.data, this.log, this.account, this.secrets, Port, this.extras) = (programs, data, log, account, secrets, port, extras);
        Administrator = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = "postgres",
            Password = secrets.Password("postgres/postgres"),
            Database = "postgres",
            Timezone = "UTC",
            SslMode = extras.Secure ? SslMode.Require : SslMode.Prefer,
        }.ConnectionString;
        Databases = new ServiceDatabases(Administrator, secrets);
    }

    /// <summary>The port it listens on; the same after every restart.</summary>
    public int Port { get; }

    /// <summary>Connection string of the superuser.</summary>
    public string Administrator { get; }

    /// <summary>The folder with its data, which a restored copy can be put into before the first start.</summary>
    public string Data => data;

    /// <summary>Makes databases on it.</summary>
    public ServiceDatabases Databases { get; }

    /// <summary>Whether the server process is alive.</summary>
    public bool Running => process is { HasExited: false };

    /// <summary>The id of the server process; 0 when it is stopped.</summary>
    public int ProcessId => Running ? process!.Id : 0;

    /// <summary>The folder with <c>postgres</c> and <c>initdb</c>: of the search path, or the newest of the distribution's; null when there is none.</summary>
    public static string? FindPrograms() =>
        SearchPath.Folders
            .Concat(Newest("/usr/lib/postgresql", "bin"))
            .Concat(["/opt/homebrew/opt/postgresql/bin", "/usr/local/opt/postgresql/bin", "/usr/local/pgsql/bin"])
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "initdb")));

    /// <summary>Starts a server on a folder; the first time it makes the cluster in it.</summary>
    /// <param name="folder">Holds the cluster, its log, its port and its password.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <param name="extras">What it is told beyond the usual, and files that go into its data folder for that.</param>
    /// <exception cref="LocalException">No programs, or the server does not come up; the message ends with its last words.</exception>
    public static async Task<PostgresServer> Start(string folder, CancellationToken ct, ServerExtras? extras = null)
    {
        var programs = FindPrograms()
            ?? throw new LocalException("PostgreSQL", "PostgreSQL is not installed: neither the search path nor /usr/lib/postgresql has it.", exitCode: 3);
        Directory.CreateDirectory(folder);
        var account = Account.ForServer("postgres");
        var server = new PostgresServer(
            programs,
            Account.DataFolder(folder, account),
            Path.Combine(Path.GetFullPath(folder), "postgres.log"),
            account,
            Secrets.Open(Path.Combine(folder, "secrets.json")),
            Local.Port.Kept(folder, "postgres"),
            extras ?? ServerExtras.None);
        try
        {
            await server.MakeCluster(ct);
            server.extras.Write(server.data, "extra.conf", account);
            await server.Start(ct);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a stopped or killed server again, on the same port and data; ends when it answers.</summary>
    public async Task Start(CancellationToken ct)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            process = await ChildProcess.Start(new Launch("PostgreSQL", Path.Combine(programs, "postgres"), "-D", data, "-p", Port.ToString(CultureInfo.InvariantCulture))
            {
                LogFile = log,
                Account = account,
                Folder = "/",
                Environment = new Dictionary<string, string> { ["TZ"] = "UTC" },
            });
            while (!process.HasExited)
            {
                if (await Answers(ct))
                {
                    return;
                }

                if (since.Elapsed > TimeSpan.FromMinutes(3))
                {
                    throw new LocalException("PostgreSQL", $"PostgreSQL does not answer on port {Port}: {process.LastWords(3)} (log: {log})", exitCode: 3);
                }

                await Task.Delay(50, ct);
            }

            // After a SIGKILL the new server is refused until the orphaned sessions of the old one have gone.
            if (!Orphans().IsMatch(process.LastWords()) || since.Elapsed > TimeSpan.FromMinutes(1))
            {
                throw new LocalException("PostgreSQL", $"PostgreSQL does not start: {process.LastWords(3)} (log: {log})", exitCode: 3);
            }

            await Task.Delay(200, ct);
        }
    }

    /// <summary>Ends every session and stops the server ("fast"); its group is killed when that takes longer than 20 s.</summary>
    public async Task Stop()
    {
        if (process is not null)
        {
            await process.Stop(Native.Interrupt, TimeSpan.FromSeconds(20));
        }
    }

    /// <summary>Ends when the server has ended, by itself or by somebody's hand.</summary>
    public Task Exited(CancellationToken ct) => process?.Exited(ct) ?? Task.CompletedTask;

    /// <summary>Stop, then start: what an administrator's restart does to its clients.</summary>
    public async Task Restart(CancellationToken ct)
    {
        await Stop();
        await Start(ct);
    }

    /// <summary>SIGKILL for the server and all its sessions: the crash of the database.</summary>
    public Task Kill() => process?.Kill() ?? Task.CompletedTask;

    /// <summary>SIGSTOP: connections stay open, nothing is answered.</summary>
    public void Freeze() => process?.Freeze();

    /// <summary>A frozen server goes on.</summary>
    public void Thaw() => process?.Thaw();

    /// <summary>Ensures database and roles of a service: see <see cref="ServiceDatabases.Create"/>.</summary>
    public Task<ServiceDatabase> CreateServiceDatabase(string service, CancellationToken ct) => Databases.Create(service, ct);

    /// <summary>Stops the server.</summary>
    public async ValueTask DisposeAsync()
    {
        await Databases.DisposeAsync();
        await Stop();
        if (process is not null)
        {
            await process.DisposeAsync();
            process = null;
        }
    }

    /// <summary>Sub-folders of a folder of versions, newest first.</summary>
    internal static IEnumerable<string> Newest(string folder, string below) =>
        Directory.Exists(folder)
            ? Directory.GetDirectories(folder).OrderByDescending(version => version, StringComparer.Ordinal).Select(version => Path.Combine(version, below))
            : [];

    private async Task MakeCluster(CancellationToken ct)
    {
        if (File.Exists(Path.Combine(data, "hotline111.conf")))
        {
            return;
        }

        // An interrupted first start leaves half a cluster and nobody's data.
        if (Directory.Exists(data))
        {
            Directory.Delete(data, recursive: true);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(data)!);
        Account.CreateFolder(data, account);
        var password = Path.Combine(data, "..", "postgres.pw");
        var (exitCode, output) = (0, "");
        try
        {
            Account.WriteFile(password, secrets.Password("postgres/postgres"), account);
            (exitCode, output) = await ChildProcess.Run(
                new Launch(
                    "initdb",
                    Path.Combine(programs, "initdb"),
                    "--pgdata", data,
                    "--username", "postgres",
                    "--pwfile", password,
                    "--auth", "scram-sha-256",
                    "--encoding", "UTF8",
                    "--locale", OperatingSystem.IsLinux() ? "C.UTF-8" : "C",
                    "--data-checksums")
                {
                    Account = account,
                    Folder = "/",
                    Environment = new Dictionary<string, string> { ["TZ"] = "UTC", ["LC_ALL"] = "C" },
                },
                ct);
        }
        finally
        {
            File.Delete(password);
        }

        if (exitCode != 0)
        {
            throw new LocalException("PostgreSQL", $"initdb failed: {output.Trim().Split('\n').Last()}", exitCode: 3);
        }

        File.AppendAllText(Path.Combine(data, "postgresql.conf"), "\ninclude 'hotline111.conf'\ninclude_if_exists 'extra.conf'\n");
        Account.WriteFile(Path.Combine(data, "hotline111.conf"), Settings, account);
    }

    private async Task<bool> Answers(CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Administrator) { Pooling = false, Timeout = 5 }.ConnectionString);
            await connection.OpenAsync(ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            throw new LocalException("PostgreSQL", $"The server on port {Port} refuses our password: another PostgreSQL listens there, or secrets.json was changed.", exitCode: 3);
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    [GeneratedRegex("pre-existing shared memory block|lock file .* already exists|Address already in use")]
    private static partial Regex Orphans();

    // Durable as in production. Statements and details stay out of the log: they could carry what people told us.
    private const string Settings = """
        listen_addresses = '127.0.0.1'
        unix_socket_directories = ''
        max_connections = 300
        max_prepared_transactions = 0
        shared_buffers = 256MB
        fsync = on
        synchronous_commit = on
        full_page_writes = on
        password_encryption = 'scram-sha-256'
        timezone = 'UTC'
        log_timezone = 'UTC'
        log_min_error_statement = fatal
        log_error_verbosity = terse
        log_line_prefix = '%m [%p] %u@%d '
        logging_collector = off
        """;
}
