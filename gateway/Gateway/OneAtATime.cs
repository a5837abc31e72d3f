using Npgsql;

namespace Hotline111.Gateway;

/// <summary>What gateways that start together on one database do one after the other: the first does it, the others find it done.</summary>
internal static class OneAtATime
{
    /// <summary>Does the work while no other gateway does work of that name.</summary>
    /// <param name="source">The gateway's database.</param>
    /// <param name="name">What it is about, the same at every gateway.</param>
    /// <param name="work">Looks whether it is done already, and does it.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="PostgresException">The others took more than half a minute.</exception>
    public static async Task Do(NpgsqlDataSource source, string name, Func<Task> work, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var patience = new NpgsqlCommand("set local lock_timeout = '30s'; set local statement_timeout = '30s'; set local idle_in_transaction_session_timeout = '30s'", connection, transaction);
        await patience.ExecuteNonQueryAsync(ct);
        await using var alone = new NpgsqlCommand("select pg_advisory_xact_lock(hashtext($1))", connection, transaction) { Parameters = { new() { Value = $"gateway.{name}" } } };
        await alone.ExecuteNonQueryAsync(ct);
        await work();
        await transaction.CommitAsync(ct);
    }
}
