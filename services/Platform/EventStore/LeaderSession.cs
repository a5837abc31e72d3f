using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>
/// The database session of a leader among the instances of a service: unpooled, because it holds an advisory lock that ends with it.
/// </summary>
/// <remarks>
/// A killed process leaves its lock at once, for its machine closes the connection. A process that is frozen, or whose machine vanished, closes
/// nothing, and a frozen one's machine even goes on answering for it: so the server ends a session from which nothing came for
/// <see cref="Silence"/>, and the lock with it. A leader that speaks at least every second never notices; one that comes back to life finds its
/// session gone with its first word, and stands in line again.
/// </remarks>
internal static class LeaderSession
{
    /// <summary>After so long without a word the server gives the lock to somebody else.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Opens the session.</summary>
    /// <param name="connectionString">The running role's.</param>
    /// <param name="options">Settings of the session beyond those of a leader, as <c>-c NAME=VALUE</c>.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<NpgsqlConnection> Open(string connectionString, string options, CancellationToken ct)
    {
        NpgsqlConnectionStringBuilder builder = new(connectionString)
        {
            Pooling = false,
            Timezone = "UTC",
            // A word every second while there is nothing else to say.
            KeepAlive = 1,
        };
        builder.Options = FormattableString.Invariant(
            $"-c idle_session_timeout={Silence.TotalMilliseconds:0} -c tcp_keepalives_idle=3 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 {options} {builder.Options}");
        NpgsqlConnection connection = new(builder.ConnectionString);
        await connection.OpenAsync(ct);
        return connection;
    }

    /// <summary>Waits until this session is the leader's.</summary>
    public static async Task Lead(NpgsqlConnection connection, long key, TimeProvider clock, CancellationToken ct)
    {
        await using NpgsqlCommand command = new("SELECT pg_try_advisory_lock($1)", connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = key });
        while (!(bool)(await command.ExecuteScalarAsync(ct))!)
            await Task.Delay(LookEvery, clock, ct);
    }
}
