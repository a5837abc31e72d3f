using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>What a verification of the log found.</summary>
/// <param name="Position">The last position that was checked and found good.</param>
/// <param name="Chain">The chain's value there (32 bytes).</param>
/// <param name="Bad">The first position that is not as it was when it was ordered, or that an event should have had and has not; null when all is well.</param>
/// <param name="Reason">What is wrong there.</param>
public sealed record ChainVerification(long Position, byte[] Chain, long? Bad = null, string? Reason = null);

/// <summary>
/// Computes every leaf and link of the log anew, in code of its own and from the rows as they lie there, and names the first position that disagrees; then
/// looks for an event that the log passed over.
/// It trusts nothing that the sequencer computed but the order.
/// </summary>
public static class ChainVerifier
{
    private const int Page = 1000;
    private const int Part = 100_000;
    private static readonly DateTime PostgresEpoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>The chain before the first event.</summary>
    public static byte[] Start => new byte[32];

    /// <summary>Verifies from a trusted place to the head that was there when it began.</summary>
    /// <param name="source">A role that may read the log.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="trusted">What an earlier verification found; null begins at the first event.</param>
    public static async Task<ChainVerification> Verify(NpgsqlDataSource source, CancellationToken ct, ChainVerification? trusted = null)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var (head, headChain) = await Head(connection, ct);
        var (position, chain) = trusted is null ? (0, Start) : (trusted.Position, trusted.Chain);
        if (head < position)
            return new(head, headChain, head + 1, $"The log ends at {head}, before the trusted position {position}.");
        while (position < head)
        {
            await using var command = new NpgsqlCommand(
                """
                SELECT o.pos, o.seq_id, o.leaf, o.chain, e.id, e.stream_id, e.version, e.timestamp, e.type, e.data::text, e.headers::text, e.correlation_id, e.causation_id
                  FROM events.hl_order o LEFT JOIN events.mt_events e USING (seq_id) WHERE o.pos > $1 AND o.pos <= $2 ORDER BY o.pos LIMIT $3
                """,
                connection);
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = position });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = head });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = Page });
            await using var row = await command.ExecuteReaderAsync(ct);
            var before = position;
            while (await row.ReadAsync(ct))
            {
                if (row.GetInt64(0) != position + 1)
                    return new(position, chain, position + 1, $"The log goes on at {row.GetInt64(0)}.");
                if (row.IsDBNull(4))
                    return new(position, chain, position + 1, "The event is gone.");
                var leaf = Leaf(
                    row.GetInt64(0), row.GetInt64(1), row.GetGuid(4), row.GetGuid(5), row.GetInt64(6), row.GetDateTime(7),
                    row.GetString(8), row.GetString(9), Text(row, 10), Text(row, 11), Text(row, 12));
                if (!leaf.AsSpan().SequenceEqual(row.GetFieldValue<byte[]>(2)))
                    return new(position, chain, position + 1, "The event does not have the hash it was ordered with.");
                var link = SHA256.HashData([.. chain, .. leaf]);
                if (!link.AsSpan().SequenceEqual(row.GetFieldValue<byte[]>(3)))
                    return new(position, chain, position + 1, "The link to the event before is broken.");
                (position, chain) = (position + 1, link);
            }

            if (position == before)
                return new(position, chain, position + 1, $"The log ends here, and its head says {head}.");
        }

        if (!chain.AsSpan().SequenceEqual(headChain))
            return new(position, chain, position, trusted is null || position > trusted.Position ? "The head has another hash than the last event." : "The trusted hash is not that of the log.");
        return await Unplaced(connection, ct) is { } number
            ? new(position, chain, position + 1, $"The event with the number {number} never got a place, and nobody will look for it there: whoever stored it switched the triggers off.")
            : new(position, chain);
    }

    /// <summary>SHA-256 of an event with its place. Every variable part is preceded by its length in bytes, −1 for null.</summary>
    public static byte[] Leaf(
        long position, long seqId, Guid eventId, Guid stream, long version, DateTime timestamp, string type, string data, string? headers, string? correlationId, string? causationId)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0]);
        Number(position);
        Number(seqId);
        hash.AppendData(eventId.ToByteArray(bigEndian: true));
        hash.AppendData(stream.ToByteArray(bigEndian: true));
        Number(version);
        // Microseconds since 2000, as PostgreSQL keeps a moment.
        Number((timestamp.ToUniversalTime() - PostgresEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        foreach (var part in new[] { type, data, headers, correlationId, causationId })
        {
            var bytes = part is null ? null : Encoding.UTF8.GetBytes(part);
            Length(bytes?.Length ?? -1);
            hash.AppendData(bytes ?? []);
        }

        return hash.GetHashAndReset();

        void Length(int value)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
            hash.AppendData(bytes);
        }

        void Number(long value)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteInt64BigEndian(bytes, value);
            hash.AppendData(bytes);
        }
    }

    /// <summary>The first number below the sequencer's mark whose event has neither a place nor a note: all others have one, or will be found.</summary>
    private static async Task<long?> Unplaced(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var mark = new NpgsqlCommand("SELECT low FROM events.hl_low", connection);
        var low = (long)(await mark.ExecuteScalarAsync(ct))!;
        // Part by part: the whole of a large log would take longer than a statement may.
        for (var from = 0L; from < low; from += Part)
        {
            await using var command = new NpgsqlCommand(
                """
                SELECT min(e.seq_id) FROM events.mt_events e
                 WHERE e.seq_id > $1 AND e.seq_id <= $2 AND e.type <> 'tombstone'
                   AND NOT EXISTS (SELECT FROM events.hl_order o WHERE o.seq_id = e.seq_id) AND NOT EXISTS (SELECT FROM events.hl_late l WHERE l.seq_id = e.seq_id)
                """,
                connection);
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = from });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = Math.Min(low, from + Part) });
            if (await command.ExecuteScalarAsync(ct) is long number)
                return number;
        }

        return null;
    }

    private static async Task<(long Position, byte[] Chain)> Head(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT pos, chain FROM events.hl_head", connection);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetFieldValue<byte[]>(1));
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
