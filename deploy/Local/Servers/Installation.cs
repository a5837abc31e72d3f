using System.Diagnostics;
using Npgsql;

namespace Hotline111.Local;

/// <summary>A PostgreSQL that was found or started.</summary>
/// <param name="Databases">Makes databases on it.</param>
/// <param name="Administrator">Connection string of the role that makes them.</param>
/// <param name="Local">The server, when it is a process of ours; null when it is a container or somebody else's.</param>
/// <param name="Owned">What to dispose of at the end.</param>
public sealed record FoundPostgres(ServiceDatabases Databases, string Administrator, PostgresServer? Local, IReadOnlyList<IAsyncDisposable> Owned);

/// <summary>A RabbitMQ that was found or started.</summary>
/// <param name="Broker">Makes virtual hosts on it.</param>
/// <param name="Local">The node, when it is a process of ours; null when it is a container or somebody else's.</param>
/// <param name="Owned">What to dispose of at the end.</param>
public sealed record FoundRabbit(IBroker Broker, RabbitServer? Local, IReadOnlyList<IAsyncDisposable> Owned);

/// <summary>
/// Finds the servers the platform needs, or starts them, in this order: connection strings from the environment; programs of this machine; a
/// Docker engine; as root on Debian and Ubuntu, programs installed with apt-get.
/// </summary>
/// <param name="mayInstall">Whether apt-get may be used.</param>
/// <param name="steps">Tells what happens.</param>
public sealed class Installation(bool mayInstall, Steps steps)
{
    /// <summary>Connection string of a PostgreSQL role that may create databases and roles.</summary>
    public const string PostgresVariable = "HOTLINE_POSTGRES";

    /// <summary><c>amqp://user:password@host:port/vhost</c>. Without <see cref="ManagementVariable"/> every service uses this one user and virtual host.</summary>
    public const string RabbitVariable = "HOTLINE_RABBITMQ";

    /// <summary><c>http://user:password@host:15672</c> of an administrator: then each service gets its own user in a virtual host of the platform's.</summary>
    public const string ManagementVariable = "HOTLINE_RABBITMQ_MANAGEMENT";

    /// <summary>Finds or starts both servers; what they keep lies below the folder.</summary>
    /// <exception cref="LocalException">One is missing; the sentence says what to do.</exception>
    public async Task<(FoundPostgres Postgres, FoundRabbit Rabbit)> Find(string folder, CancellationToken ct)
    {
        await Install(folder, MissingServers, orDocker: true, ct);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var postgres = steps.Do("postgresql", "PostgreSQL", () => Postgres(Path.Combine(folder, "postgres"), stop.Token));
        var rabbit = steps.Do("rabbitmq", "RabbitMQ", () => Rabbit(Path.Combine(folder, "rabbitmq"), stop.Token));
        var first = await Task.WhenAny(postgres, rabbit);
        if (!first.IsCompletedSuccessfully)
        {
            await stop.CancelAsync();
        }

        await Task.WhenAll(postgres, rabbit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (postgres.IsCompletedSuccessfully && rabbit.IsCompletedSuccessfully)
        {
            return (postgres.Result, rabbit.Result);
        }

        await Release(postgres.IsCompletedSuccessfully ? postgres.Result.Owned : []);
        await Release(rabbit.IsCompletedSuccessfully ? rabbit.Result.Owned : []);

        // The one that failed, rather than the one that was called off.
        await first;
        await Task.WhenAll(postgres, rabbit);
        throw new UnreachableException();
    }

    /// <summary>Finds or starts PostgreSQL alone.</summary>
    public async Task<FoundPostgres> FindPostgres(string folder, CancellationToken ct)
    {
        await Install(folder, MissingServers, orDocker: true, ct);
        return await Postgres(Path.Combine(folder, "postgres"), ct);
    }

    /// <summary>Finds or starts RabbitMQ alone.</summary>
    public async Task<FoundRabbit> FindRabbit(string folder, CancellationToken ct)
    {
        await Install(folder, MissingServers, orDocker: true, ct);
        return await Rabbit(Path.Combine(folder, "rabbitmq"), ct);
    }

    /// <summary>Disposes of what was started, last first.</summary>
    public static async Task Release(IReadOnlyList<IAsyncDisposable> owned)
    {
        foreach (var each in owned.Reverse())
        {
            await each.DisposeAsync();
        }
    }

    /// <summary>Whether a PostgreSQL answers to this connection string.</summary>
    internal static async Task<bool> Answers(string administrator, CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(administrator) { Pooling = false, Timeout = 5 }.ConnectionString);
            await connection.OpenAsync(ct);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>Ensures that both servers' programs are on this machine, for tests that stop and kill them.</summary>
    /// <exception cref="LocalException">They are missing and cannot be installed here.</exception>
    public Task EnsurePrograms(string folder, CancellationToken ct) => Install(folder, MissingPrograms, orDocker: false, ct);

    private static IReadOnlyList<string> MissingPrograms() =>
    [
        .. PostgresServer.FindPrograms() is null ? ["postgresql"] : Array.Empty<string>(),
        .. RabbitServer.FindPrograms() is null ? ["rabbitmq-server"] : Array.Empty<string>(),
    ];

    private static IReadOnlyList<string> MissingServers() =>
        [.. MissingPrograms().Where(program => Given(program == "postgresql" ? PostgresVariable : RabbitVariable) is null)];

    private async Task Install(string folder, Func<IReadOnlyList<string>> missing, bool orDocker, CancellationToken ct)
    {
        if (missing().Count == 0 || (orDocker && await DockerServer.IsThere(ct)))
        {
            return;
        }

        var names = string.Join(" and ", missing());
        if (!AptPackages.Possible || !mayInstall)
        {
            throw new LocalException(
                "servers",
                $"{names} not found: install {names}, {(orDocker ? $"start a Docker engine, set {PostgresVariable} and {RabbitVariable}, " : "")}or run as root on Debian or Ubuntu{(mayInstall ? "" : " without --no-install")}.",
                exitCode: 3);
        }

        var log = Path.Combine(folder, "logs", "apt-get.log");
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        await steps.Do("install", $"{names}: not on this machine, installing with apt-get (log: {log})", () => AptPackages.Install(missing, log, ct));
    }

    private static async Task<FoundPostgres> Postgres(string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        if (Given(PostgresVariable) is { } given)
        {
            return await GivenPostgres(folder, given, ct);
        }

        if (PostgresServer.FindPrograms() is not null)
        {
            var server = await PostgresServer.Start(folder, ct);
            return new FoundPostgres(server.Databases, server.Administrator, server, [server]);
        }

        var secrets = Secrets.Open(Path.Combine(folder, "secrets.json"));
        var (container, administrator) = await DockerServer.Postgres(folder, secrets, ct);
        var databases = new ServiceDatabases(administrator, secrets);
        return new FoundPostgres(databases, administrator, null, [container, databases]);
    }

    private static async Task<FoundPostgres> GivenPostgres(string folder, string given, CancellationToken ct)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(given) { Pooling = false, Timeout = 5 }.ConnectionString);
            await using var command = source.CreateCommand("SELECT rolsuper OR (rolcreatedb AND rolcreaterole) FROM pg_roles WHERE rolname = current_user");
            if (await command.ExecuteScalarAsync(ct) is not true)
            {
                throw new LocalException("postgresql", $"The role in {PostgresVariable} may not create databases and roles.", exitCode: 3);
            }
        }
        catch (ArgumentException e)
        {
            throw new LocalException("postgresql", $"{PostgresVariable} is not a connection string such as 'Host=db;Username=postgres;Password=...'.", exitCode: 2, e);
        }
        catch (PostgresException e)
        {
            throw new LocalException("postgresql", $"The server in {PostgresVariable} refuses: {e.MessageText}.", exitCode: 3, e);
        }
        catch (NpgsqlException e)
        {
            throw new LocalException("postgresql", $"The server in {PostgresVariable} cannot be reached.", exitCode: 3, e);
        }

        var databases = new ServiceDatabases(given, Secrets.Open(Path.Combine(folder, "secrets.json")));
        return new FoundPostgres(databases, given, null, [databases]);
    }

    private static async Task<FoundRabbit> Rabbit(string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        if (Given(RabbitVariable) is { } given)
        {
            var broker = await GivenRabbit(folder, given, ct);
            return new FoundRabbit(broker, null, [broker]);
        }

        if (RabbitServer.FindPrograms() is not null)
        {
            var server = await RabbitServer.Start(folder, ct);
            return new FoundRabbit(server, server, [server]);
        }

        var (container, managed) = await DockerServer.Rabbit(folder, Secrets.Open(Path.Combine(folder, "secrets.json")), ct);
        return new FoundRabbit(managed, null, [container, managed]);
    }

    private static async Task<IBroker> GivenRabbit(string folder, string given, CancellationToken ct)
    {
        if (!Uri.TryCreate(given, UriKind.Absolute, out var address) || address.Scheme is not ("amqp" or "amqps"))
        {
            throw new LocalException("rabbitmq", $"{RabbitVariable} is not an address such as 'amqp://user:password@host:5672/vhost'.", exitCode: 2);
        }

        if (Given(ManagementVariable) is not { } management)
        {
            return new GivenBroker(address);
        }

        if (!Uri.TryCreate(management, UriKind.Absolute, out var door) || door.UserInfo.Split(':') is not [var user, var password])
        {
            throw new LocalException("rabbitmq", $"{ManagementVariable} is not an address such as 'http://user:password@host:15672'.", exitCode: 2);
        }

        var broker = new ManagedBroker(
            new Uri($"amqp://{address.Host}:{(address.Port > 0 ? address.Port : 5672)}"),
            new Uri($"{door.Scheme}://{door.Authority}/"),
            Uri.UnescapeDataString(user),
            Uri.UnescapeDataString(password),
            Secrets.Open(Path.Combine(folder, "secrets.json")));
        return await broker.Answers(ct) ? broker : throw new LocalException("rabbitmq", $"The broker in {ManagementVariable} cannot be reached.", exitCode: 3);
    }

    private static string? Given(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
