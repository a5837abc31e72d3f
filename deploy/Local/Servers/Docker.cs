using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace Hotline111.Local;

/// <summary>A server in a container of a local Docker engine, reachable on the loopback address alone. Its data is a volume of the engine's.</summary>
public sealed class DockerServer : IAsyncDisposable
{
    private const string Database = "postgres:17";
    private const string Queue = "rabbitmq:4-management";
    private readonly string name;

    private DockerServer(string name) => this.name = name;

    /// <summary>Whether there is an engine that answers.</summary>
    public static async Task<bool> IsThere(CancellationToken ct)
    {
        if (SearchPath.Find("docker") is not { } docker)
        {
            return false;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            return (await ChildProcess.Run(new Launch("docker", docker, "info", "--format", "{{.ServerVersion}}"), limit.Token)).ExitCode == 0;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>A PostgreSQL.</summary>
    /// <returns>The container and the superuser's connection string.</returns>
    public static async Task<(DockerServer Server, string Administrator)> Postgres(string folder, Secrets secrets, CancellationToken ct)
    {
        var port = Port.Kept(folder, "postgres");
        var password = secrets.Password("postgres/postgres");
        var server = await Run(
            folder, "postgres", $"POSTGRES_PASSWORD={password}\nPOSTGRES_INITDB_ARGS=--data-checksums --auth-host=scram-sha-256 --locale=C.UTF-8\nTZ=UTC\n",
            ["-p", Loopback(port, 5432), "-v", $"{NameOf(folder, "postgres")}:/var/lib/postgresql/data", Database,
             "-c", "max_connections=300", "-c", "max_prepared_transactions=0", "-c", "timezone=UTC", "-c", "log_min_error_statement=fatal", "-c", "log_error_verbosity=terse"],
            ct);
        var administrator = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = "postgres",
            Password = password,
            Database = "postgres",
            Timezone = "UTC",
        }.ConnectionString;
        await server.Wait(() => Installation.Answers(administrator, ct), ct);
        return (server, administrator);
    }

    /// <summary>A RabbitMQ with its management interface.</summary>
    public static async Task<(DockerServer Server, IBroker Broker)> Rabbit(string folder, Secrets secrets, CancellationToken ct)
    {
        var (amqp, management) = (Port.Kept(folder, "amqp"), Port.Kept(folder, "management"));
        var password = secrets.Password("rabbitmq/operator");
        var server = await Run(
            folder, "rabbitmq", $"RABBITMQ_DEFAULT_USER=operator\nRABBITMQ_DEFAULT_PASS={password}\nRABBITMQ_NODENAME=hotline111@localhost\n",
            ["-p", Loopback(amqp, 5672), "-p", Loopback(management, 15672), "-v", $"{NameOf(folder, "rabbitmq")}:/var/lib/rabbitmq", Queue],
            ct);
        var broker = new ManagedBroker(new Uri($"amqp://127.0.0.1:{amqp}"), new Uri($"http://127.0.0.1:{management}/"), "operator", password, secrets);
        await server.Wait(() => broker.Answers(ct), ct);
        return (server, broker);
    }

    /// <summary>Stops and removes the container; the volume stays.</summary>
    public async ValueTask DisposeAsync() => await Call(["stop", "--time", "20", name], CancellationToken.None);

    private static string Loopback(int port, int inside) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}:{inside}");

    private static string NameOf(string folder, string server) => $"hotline111-{server}-{Secrets.Fingerprint(Path.GetFullPath(folder))}";

    private static async Task<DockerServer> Run(string folder, string server, string settings, string[] rest, CancellationToken ct)
    {
        var name = NameOf(folder, server);

        // One that a killed start left behind.
        await Call(["rm", "--force", name], ct);
        var file = Path.Combine(folder, $"docker-{RandomNumberGenerator.GetHexString(8)}.env");
        try
        {
            Account.WriteFile(file, settings, account: null);
            var (exitCode, output) = await Call(["run", "--detach", "--rm", "--name", name, "--env-file", file, .. rest], ct);
            return exitCode == 0
                ? new DockerServer(name)
                : throw new LocalException(server, $"Docker does not start {server}: {output.Trim().Split('\n').Last()}", exitCode: 3);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task Wait(Func<Task<bool>> answers, CancellationToken ct)
    {
        for (var attempt = 0; attempt < 240; attempt++)
        {
            if (await answers())
            {
                return;
            }

            await Task.Delay(250, ct);
        }

        throw new LocalException("servers", $"The container {name} does not answer; see 'docker logs {name}'.", exitCode: 3);
    }

    private static Task<(int ExitCode, string Output)> Call(string[] words, CancellationToken ct) =>
        ChildProcess.Run(new Launch("docker", SearchPath.Find("docker")!, words), ct);
}
