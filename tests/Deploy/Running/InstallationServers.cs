using System.Diagnostics;
using Hotline111.Local;
using Hotline111.Testing;
using Npgsql;

namespace Hotline111.Deploy.Tests.Running;

/// <summary>Tests that share them.</summary>
[CollectionDefinition(nameof(OnServersOfAnInstallation))]
public sealed class OnServersOfAnInstallation : ICollectionFixture<InstallationServers>;

/// <summary>
/// PostgreSQL and RabbitMQ of our own as an installation has them: over TLS alone, with certificates, roles and rights made as an installation's are, and
/// PostgreSQL with an archive of its changes.
/// </summary>
public sealed class InstallationServers : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("hotline111-deploy-").FullName;

    /// <summary>A database that is none of the platform's.</summary>
    public const string Drill = "drill";

    /// <summary>Keys, passwords and certificates; every part is also known as localhost.</summary>
    public InstallationSecrets Secrets { get; private set; } = null!;

    public PostgresServer Postgres { get; private set; } = null!;

    private Task<RabbitServer>? broker;

    /// <summary>Where PostgreSQL keeps its changes.</summary>
    public string Archive => Path.Combine(folder, "archive");

    /// <summary>A folder that the server's account may write to.</summary>
    public string OpenFolder(string name)
    {
        var path = Path.Combine(folder, name);
        Account.CreateFolder(path, Account.ForServer("postgres"));
        return path;
    }

    public async ValueTask InitializeAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Secrets = new InstallationSecrets(Path.Combine(folder, "secrets"), DateTimeOffset.UtcNow);
        Secrets.Make(["localhost"], "localhost");
        OpenFolder("archive");
        // The programs are there, or are brought, as for all tests.
        await Servers.Database("deploy");
        broker = StartBroker(ct);
        Postgres = await PostgresServer.Start(Path.Combine(folder, "postgres"), ct, PostgresExtras());
        await MakeDatabases(ct);
    }

    /// <summary>RabbitMQ, which takes some seconds to start; whoever does not need it does not wait.</summary>
    public Task<RabbitServer> Broker() => broker!;

    /// <summary>What the server is told: the lines of the compose file's own settings that mean something here.</summary>
    public ServerExtras PostgresExtras()
    {
        var compose = Path.Combine(Repository.Root, "deploy", "compose", "postgres");
        string[] notHere = ["listen_addresses", "hba_file", "ssl_cert_file", "ssl_key_file", "archive_command", "max_connections"];
        var lines = File.ReadAllLines(Path.Combine(compose, "postgres.conf")).Where(line => line.Contains('=', StringComparison.Ordinal) && !notHere.Contains(line.Split(' ')[0]));
        return new ServerExtras($$"""
            {{string.Join('\n', lines)}}
            hba_file = '{data}/hba.conf'
            ssl_cert_file = '{data}/tls.crt'
            ssl_key_file = '{data}/tls.key'
            archive_command = 'test ! -f {{Archive}}/%f && cp %p {{Archive}}/%f.new && mv {{Archive}}/%f.new {{Archive}}/%f'
            """)
        {
            Secure = true,
            Files = new Dictionary<string, string>
            {
                ["tls.crt"] = Certificate("postgres").Certificate,
                ["tls.key"] = Certificate("postgres").Key,
                // As an installation's, and for the tests a superuser who comes over TLS (there is no socket here) and a database of their own.
                ["hba.conf"] = $"hostssl all,replication postgres 127.0.0.1/32 scram-sha-256\nhostssl {Drill} all 127.0.0.1/32 scram-sha-256\n{File.ReadAllText(Path.Combine(compose, "hba.conf"))}",
            },
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (broker is not null)
            await (await broker).DisposeAsync();
        if (Postgres is not null)
            await Postgres.DisposeAsync();
        Account.RemoveFolder(folder);
    }

    /// <summary>Runs a program of PostgreSQL's as the server's account.</summary>
    public static async Task Run(string program, string password, CancellationToken ct, params string[] arguments)
    {
        var (exitCode, output) = await ChildProcess.Run(
            new Launch(program, Path.Combine(Programs, program), arguments)
            {
                Account = Account.ForServer("postgres"),
                Folder = "/",
                Environment = new Dictionary<string, string> { ["PGPASSWORD"] = password, ["PGSSLMODE"] = "require", ["HOME"] = "/" },
            },
            ct);
        exitCode.ShouldBe(0, output);
    }

    // Where the server's own program lies, the others do; what leads there may be a link to it alone.
    private static string Programs => PostgresServer.FindPrograms()! is var folder && File.ResolveLinkTarget(Path.Combine(folder, "postgres"), returnFinalTarget: true) is { } program
        ? Path.GetDirectoryName(program.FullName)!
        : folder;

    private IssuedCertificate Certificate(string part) => new(Secrets.Read($"{part}-tls", "tls.crt"), Secrets.Read($"{part}-tls", "tls.key"));

    private async Task<RabbitServer> StartBroker(CancellationToken ct)
    {
        var started = await RabbitServer.Start(Path.Combine(folder, "rabbitmq"), ct, Certificate("rabbitmq"));
        await started.Import(Secrets.Read("rabbitmq-definitions", "definitions.json"), ct);
        return started;
    }

    // The script that the compose file's server runs, as it is.
    private async Task MakeDatabases(CancellationToken ct)
    {
        var administrator = new NpgsqlConnectionStringBuilder(Postgres.Administrator);
        using var script = Process.Start(new ProcessStartInfo("sh", [Path.Combine(Repository.Root, "deploy", "compose", "postgres", "databases.sh")])
        {
            RedirectStandardError = true,
            Environment =
            {
                ["PATH"] = $"{Programs}:{Environment.GetEnvironmentVariable("PATH")}",
                ["DATABASES"] = "intake case referral agency_notification gateway",
                ["SECRETS"] = Path.Combine(folder, "secrets"),
                ["PGHOST"] = "localhost",
                ["PGPORT"] = $"{Postgres.Port}",
                ["PGUSER"] = "postgres",
                ["PGPASSWORD"] = administrator.Password,
                ["PGSSLMODE"] = "verify-full",
                ["PGSSLROOTCERT"] = Path.Combine(folder, "secrets", "ca", "tls.crt"),
            },
        })!;
        var errors = await script.StandardError.ReadToEndAsync(ct);
        await script.WaitForExitAsync(ct);
        script.ExitCode.ShouldBe(0, errors);
    }
}
