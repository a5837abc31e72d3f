using Npgsql;

namespace Hotline111.Local;

/// <summary>A database of one service, and its three ways in.</summary>
/// <param name="Name">The database's name.</param>
/// <param name="Owner">For migrations: owns every schema.</param>
/// <param name="Store">For the running service (<c>x_app</c>).</param>
/// <param name="Keys">For the only role that may read the schema <c>keys</c> (<c>x_keys</c>).</param>
public sealed record ServiceDatabase(string Name, string Owner, string Store, string Keys);

/// <summary>Makes databases and their roles on one PostgreSQL server. Every step may be repeated.</summary>
/// <param name="administrator">Connection string of a role that may create databases and roles.</param>
/// <param name="secrets">Keeps the roles' passwords.</param>
public sealed class ServiceDatabases(string administrator, Secrets secrets) : IAsyncDisposable
{
    private static readonly string[] Suffixes = ["owner", "app", "keys"];
    private readonly NpgsqlDataSource source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(administrator) { MaxPoolSize = 4 }.ConnectionString);
    private readonly SemaphoreSlim gate = new(1);

    /// <summary>
    /// Ensures the roles <c>x_owner</c>, <c>x_app</c>, <c>x_keys</c> and a database that nobody else may enter.
    /// </summary>
    /// <param name="service">The service's database name in the table of processes (<c>agency_notification</c>): lower-case letters and <c>_</c>.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="database">The database's name when it is not the service's: tests have many databases for the same roles.</param>
    public async Task<ServiceDatabase> Create(string service, CancellationToken ct, string? database = null)
    {
        service = service.Replace('-', '_');
        database ??= service;
        if (!(service + database).All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
        {
            throw new ArgumentException($"'{service}' or '{database}' is not a plain lower-case name.", nameof(service));
        }

        // PostgreSQL copies one template at a time.
        await gate.WaitAsync(ct);
        try
        {
            foreach (var suffix in Suffixes)
            {
                await CreateRole($"{service}_{suffix}", ct);
            }

            // F.1: what an open statement or transaction of a service may cost the others.
            foreach (var setting in new[] { "lock_timeout = '2s'", "statement_timeout = '5s'", "idle_in_transaction_session_timeout = '10s'" })
            {
                await Do($"ALTER ROLE {service}_app SET {setting}; ALTER ROLE {service}_keys SET {setting};", ct);
            }

            if (!await Exists($"SELECT EXISTS (SELECT FROM pg_database WHERE datname = '{database}')", ct))
            {
                await Do($"CREATE DATABASE {database} OWNER {service}_owner TEMPLATE template0", ct);
            }

            await Do(
                $"REVOKE ALL ON DATABASE {database} FROM PUBLIC; GRANT CONNECT ON DATABASE {database} TO {service}_owner, {service}_app, {service}_keys;",
                ct);
        }
        finally
        {
            gate.Release();
        }

        return new ServiceDatabase(database, Connection("owner"), Connection("app"), Connection("keys"));

        string Connection(string suffix) => new NpgsqlConnectionStringBuilder(administrator)
        {
            Database = database,
            Username = $"{service}_{suffix}",
            Password = secrets.Password($"postgres/{service}_{suffix}"),
            Timezone = "UTC",
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            MaxPoolSize = 15,
            Pooling = true,
        }.ConnectionString;
    }

    /// <summary>Drops a database, whoever is connected to it.</summary>
    public Task Drop(string database, CancellationToken ct) => Do($"DROP DATABASE IF EXISTS {database} WITH (FORCE)", ct);

    /// <summary>Closes the connections.</summary>
    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task CreateRole(string role, CancellationToken ct)
    {
        var password = secrets.Password($"postgres/{role}");
        var verb = await Exists($"SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')", ct) ? "ALTER" : "CREATE";
        await Do($"{verb} ROLE {role} LOGIN PASSWORD '{password}' NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT -1; ALTER ROLE {role} SET timezone = 'UTC';", ct);
    }

    private async Task<bool> Exists(string question, CancellationToken ct)
    {
        await using var command = source.CreateCommand(question);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task Do(string statements, CancellationToken ct)
    {
        // One at a time: CREATE DATABASE refuses company.
        foreach (var statement in statements.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await using var command = source.CreateCommand(statement);
            await command.ExecuteNonQueryAsync(ct);
        }
    }
}
