using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>A set of SQL files embedded in an assembly, applied in the order of their names.</summary>
/// <param name="Name">"event-store", "privacy", "messaging" or the service's name.</param>
/// <param name="Assembly">Where the files are embedded.</param>
/// <param name="Prefix">How their resource names start: "event-store." in the Platform, "" in a service.</param>
public sealed record MigrationSet(string Name, Assembly Assembly, string Prefix)
{
    /// <summary>Sets of the Platform that every service with an event store needs, in order.</summary>
    public static IReadOnlyList<MigrationSet> Platform { get; } =
    [
        new("event-store", typeof(MigrationSet).Assembly, "event-store."),
        new("privacy", typeof(MigrationSet).Assembly, "privacy."),
        new("messaging", typeof(MigrationSet).Assembly, "messaging."),
    ];

    internal IEnumerable<(string File, string Sql)> Files()
    {
        foreach (var file in Assembly.GetManifestResourceNames()
                     .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
                     .Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(Assembly.GetManifestResourceStream(file)!, Encoding.UTF8);
            yield return (file, reader.ReadToEnd());
        }
    }
}

/// <summary>An applied migration was edited, or the database was migrated by something newer.</summary>
public sealed class MigrationException(string message) : Exception(message);

/// <summary>Explicit, versioned, forward-only migrations. Run by the owner role with the verb "migrate", never by a running service.</summary>
public static class Migration
{
    /// <summary>Applies what is missing, each file in a transaction of its own.</summary>
    /// <param name="ownerConnection">The connection string of the owner role "x_owner"; "x_app" and "x_keys" get the rights.</param>
    /// <returns>The names of the files applied now.</returns>
    /// <exception cref="MigrationException">An applied file no longer reads as it was applied, or this program does not have it.</exception>
    public static async Task<IReadOnlyList<string>> Apply(string ownerConnection, IReadOnlyList<MigrationSet> sets, CancellationToken ct)
    {
        // Unpooled, so that the lock goes with the connection however this ends; no timeout, because another runner may be at work.
        var builder = new NpgsqlConnectionStringBuilder(ownerConnection) { Pooling = false, Timezone = "UTC", CommandTimeout = 0, Options = "-c statement_timeout=0 -c lock_timeout=0" };
        var owner = builder.Username ?? "";
        var stem = owner.EndsWith("_owner", StringComparison.Ordinal) ? owner[..^"_owner".Length] : owner;
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync(ct);
        await Run(connection, "SELECT pg_advisory_lock(7236111)", ct);
        await Run(
            connection,
            $"""
            CREATE SCHEMA IF NOT EXISTS events;
            CREATE TABLE IF NOT EXISTS events.hl_migration (
                set_name varchar(100) NOT NULL, file varchar(200) NOT NULL, hash bytea NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (set_name, file));
            GRANT USAGE ON SCHEMA events TO "{stem}_app";
            GRANT SELECT ON events.hl_migration TO "{stem}_app";
            """,
            ct);
        var applied = await Applied(connection, ct);
        List<string> now = [];
        foreach (var set in sets)
        {
            var files = set.Files().ToList();
            if (applied.Keys.Where(key => key.Set == set.Name).Select(key => key.File).Except(files.Select(f => f.File)).Order(StringComparer.Ordinal).FirstOrDefault() is { } newer)
                throw new MigrationException($"Migration {set.Name}/{newer} was applied, but this program does not have it: the database was migrated by a newer one.");
            foreach (var (file, sql) in files)
            {
                var hash = SHA256.HashData(Encoding.UTF8.GetBytes(sql));
                if (applied.TryGetValue((set.Name, file), out var before))
                {
                    if (!before.AsSpan().SequenceEqual(hash))
                        throw new MigrationException($"Migration {set.Name}/{file} was applied with another text; write a new file instead of editing it.");
                    continue;
                }

                await using var transaction = await connection.BeginTransactionAsync(ct);
                await Run(connection, sql.Replace("{app}", $"\"{stem}_app\"", StringComparison.Ordinal).Replace("{keys}", $"\"{stem}_keys\"", StringComparison.Ordinal), ct);
                await using (var mark = new NpgsqlCommand("INSERT INTO events.hl_migration (set_name, file, hash) VALUES ($1, $2, $3)", connection))
                {
                    mark.Parameters.Add(new NpgsqlParameter { Value = set.Name });
                    mark.Parameters.Add(new NpgsqlParameter { Value = file });
                    mark.Parameters.Add(new NpgsqlParameter { Value = hash });
                    await mark.ExecuteNonQueryAsync(ct);
                }

                await transaction.CommitAsync(ct);
                now.Add($"{set.Name}/{file}");
            }
        }

        await Run(connection, "SELECT pg_advisory_unlock(7236111)", ct);
        return now;
    }

    /// <summary>The files not applied yet; empty when the database is up to date.</summary>
    public static async Task<IReadOnlyList<string>> Missing(NpgsqlDataSource source, IReadOnlyList<MigrationSet> sets, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        Dictionary<(string, string), byte[]> applied;
        try
        {
            applied = await Applied(connection, ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.InsufficientPrivilege)
        {
            applied = [];
        }

        return [.. sets.SelectMany(set => set.Files().Select(f => (set.Name, f.File))).Where(f => !applied.ContainsKey(f)).Select(f => $"{f.Name}/{f.File}")];
    }

    private static async Task<Dictionary<(string Set, string File), byte[]>> Applied(NpgsqlConnection connection, CancellationToken ct)
    {
        Dictionary<(string, string), byte[]> applied = [];
        await using var command = new NpgsqlCommand("SELECT set_name, file, hash FROM events.hl_migration", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            applied.Add((reader.GetString(0), reader.GetString(1)), reader.GetFieldValue<byte[]>(2));
        return applied;
    }

    private static async Task Run(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
#pragma warning disable CA2100 // The text is a file of this product, not input.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(ct);
    }
}
