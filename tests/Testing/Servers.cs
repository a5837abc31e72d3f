using Hotline111.Local;
using Npgsql;

namespace Hotline111.Testing;

/// <summary>
/// Real servers for tests. One PostgreSQL and one broker serve all test processes; every call returns something fresh that no other test
/// sees. They start with the first call (the broker takes some seconds) and end by themselves 20 s after the last test process.
/// </summary>
public static class Servers
{
    // What a service waits for a lock, a statement or a connection is seconds, and a leader's silence too. On a machine that stands still those pass over nothing,
    // so that a test would fail for what it is not about.
    private const string Limits = "-c lock_timeout=3min -c statement_timeout=5min -c idle_in_transaction_session_timeout=5min -c idle_session_timeout=0";

    private static readonly Lazy<Task<ServerHostConnection>> Connection = new(() => ServerHostConnection.Open(
        Path.Combine(Path.GetTempPath(), $"hotline111-test-{Secrets.Fingerprint($"{Environment.UserName}:{Repository.Root}")}"),
        CancellationToken.None));

    /// <summary>A fresh, empty database for a service, with the roles <c>x_owner</c>, <c>x_app</c>, <c>x_keys</c>, who wait for minutes; dropped when this process ends.</summary>
    /// <param name="service">The service's name (<c>referral</c>, <c>agency-notification</c>), or any plain lower-case name.</param>
    public static async Task<ServiceDatabase> Database(string service) => (await DatabaseWithAdministrator(service)).Database;

    /// <summary>As <see cref="Database"/>, with the superuser's connection string for that server: to look behind the roles or end a session.</summary>
    public static async Task<(ServiceDatabase Database, string Administrator)> DatabaseWithAdministrator(string service)
    {
        var (database, administrator) = await (await Connection.Value).Database(service, CancellationToken.None);
        administrator = new NpgsqlConnectionStringBuilder(administrator) { Database = database.Name }.ConnectionString;
        return (database with { Owner = Patient(database.Owner), Store = Patient(database.Store), Keys = Patient(database.Keys) }, Patient(administrator));
    }

    /// <summary>The same way in with the limits that a service sets itself, for a test that is about them.</summary>
    public static string Impatient(string connection) => new NpgsqlConnectionStringBuilder(connection) { Options = null }.ConnectionString;

    /// <summary>A fresh virtual host with a user for each service, permissions and policies as the platform has them; deleted when this process ends.</summary>
    /// <param name="services">The service users; without any, the platform's.</param>
    public static async Task<VirtualHost> VirtualHost(params string[] services) =>
        await (await Connection.Value).VirtualHost(services.Length == 0 ? BrokerDefinitions.Services : services, CancellationToken.None);

    /// <summary>Evaluates an Erlang expression inside the shared broker, as <c>rabbitmqctl eval</c>: to count a queue or close connections.</summary>
    public static async Task<string> EvaluateInBroker(string expression) => await (await Connection.Value).Evaluate(expression, CancellationToken.None);

    /// <summary>A broker of the test's own, to stop, freeze and kill. Dispose it.</summary>
    public static async Task<PrivateServer<RabbitServer>> PrivateRabbit()
    {
        await (await Connection.Value).EnsurePrograms(CancellationToken.None);
        var folder = Directory.CreateTempSubdirectory("hotline111-rabbit-").FullName;
        OpenToServers(folder);
        return new(await RabbitServer.Start(folder, CancellationToken.None), folder);
    }

    /// <summary>A PostgreSQL of the test's own, to stop, freeze and kill. Dispose it.</summary>
    public static async Task<PrivateServer<PostgresServer>> PrivatePostgres()
    {
        await (await Connection.Value).EnsurePrograms(CancellationToken.None);
        var folder = Directory.CreateTempSubdirectory("hotline111-postgres-").FullName;
        OpenToServers(folder);
        return new(await PostgresServer.Start(folder, CancellationToken.None), folder);
    }

    private static string Patient(string connection) => new NpgsqlConnectionStringBuilder(connection) { Options = Limits, Timeout = 180, CommandTimeout = 300 }.ConnectionString;

    // The account that runs the server passes through this folder to its own, which is closed to all others.
    private static void OpenToServers(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        }
    }
}

/// <summary>A server with its own data folder, which is removed with it.</summary>
public sealed class PrivateServer<TServer>(TServer server, string folder) : IAsyncDisposable where TServer : IAsyncDisposable
{
    /// <summary>The server.</summary>
    public TServer Server { get; } = server;

    /// <summary>Stops the server and removes its data.</summary>
    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Account.RemoveFolder(folder);
    }
}
