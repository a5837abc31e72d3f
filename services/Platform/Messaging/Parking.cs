using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Hotline111.Platform.Messaging;

/// <summary>A message that could not have its effect, for an operator's eyes: ids and codes, never the body.</summary>
/// <param name="Id">The entry; what <see cref="Parking.Retry"/> takes.</param>
/// <param name="MessageId">The message, where it said so.</param>
/// <param name="Source">The publishing service, where it is known.</param>
/// <param name="Type">The contract's name, where it is known.</param>
/// <param name="StreamId">The stream, where it is known.</param>
/// <param name="Version">The version in the stream, where it is known.</param>
/// <param name="ErrorCode">Why: <c>effect:EXCEPTION</c>, <c>sql:STATE</c>, <c>body-unreadable</c>; for evidence <c>header:NAME</c>, <c>unknown-type</c>, <c>wrong-source</c>, <c>body-malformed</c>, <c>body-too-large</c>.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="ParkedAt">Since when.</param>
/// <param name="NextAt">When it is tried again by itself, or null: only by an operator.</param>
/// <param name="Waits">Its stream waits for it; otherwise it is evidence of something that was no message.</param>
public sealed record ParkedMessage(
    Guid Id, Guid? MessageId, string? Source, string? Type, Guid? StreamId, long? Version, string ErrorCode, int Attempts, DateTimeOffset ParkedAt, DateTimeOffset? NextAt, bool Waits);

/// <summary>Messages that could not have their effect. One of them stops its own stream and nothing else.</summary>
public sealed class Parking(EventStore.EventStore store)
{
    /// <summary>After how many tries it is tried again when; beyond, only an operator tries.</summary>
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1)];

    /// <summary>The parked messages, oldest first.</summary>
    public async Task<IReadOnlyList<ParkedMessage>> List(CancellationToken ct, int limit = 100)
    {
        await using var command = store.Source.CreateCommand(
            """
            SELECT id, message_id, source, type, stream, version, error_code, attempts, parked_at, next_at, waits
              FROM events.hl_parked ORDER BY parked_at, id LIMIT $1
            """);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        List<ParkedMessage> parked = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            parked.Add(new(
                reader.GetGuid(0),
                reader.IsDBNull(1) ? null : reader.GetGuid(1),
                reader.IsDBNull(2) ? null : reader.GetString(2),
                reader.IsDBNull(3) ? null : reader.GetString(3),
                reader.IsDBNull(4) ? null : reader.GetGuid(4),
                reader.IsDBNull(5) ? null : reader.GetInt64(5),
                reader.GetString(6),
                reader.GetInt32(7),
                reader.GetFieldValue<DateTimeOffset>(8),
                reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9),
                reader.GetBoolean(10)));
        }

        return parked;
    }

    /// <summary>An operator's "retry": the message goes through the inbox again at once.</summary>
    /// <returns>False when there is no such entry, or it is evidence: nothing that could be applied.</returns>
    public async Task<bool> Retry(Guid id, CancellationToken ct)
    {
        await using var command = store.Source.CreateCommand("UPDATE events.hl_parked SET next_at = clock_timestamp() WHERE id = $1 AND waits");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>An operator has looked at a piece of evidence and removes it.</summary>
    /// <returns>False when there is no such entry, or a stream waits for it: that one can only be applied.</returns>
    public async Task<bool> Discard(Guid id, CancellationToken ct)
    {
        await using var command = store.Source.CreateCommand("DELETE FROM events.hl_parked WHERE id = $1 AND NOT waits");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>Parks a message that its stream must wait for, in the transaction that holds the mark; where it was held before its predecessor came, it is so no longer.</summary>
    /// <returns>How often it was tried by now.</returns>
    internal static async Task<int> Wait(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string consumer, Envelope message, string code, CancellationToken ct)
    {
        await using NpgsqlCommand command = new(
            """
            WITH held AS (DELETE FROM events.hl_held WHERE consumer = $1 AND source = $2 AND stream = $3 AND version = $4)
            INSERT INTO events.hl_parked AS p (consumer, source, stream, version, previous, position, message_id, type, time, correlation_id, causation_id, traceparent, body,
                                               id, body_length, body_hash, waits, error_code, attempts, next_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, true, $17, 1, clock_timestamp() + ($18::interval[])[1])
            ON CONFLICT (consumer, source, stream, version) WHERE waits
            DO UPDATE SET attempts = p.attempts + 1, error_code = excluded.error_code, next_at = clock_timestamp() + ($18::interval[])[p.attempts + 1]
            RETURNING attempts
            """,
            connection,
            transaction);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = consumer });
        Inbox.AddEnvelope(command.Parameters, message);
        var body = Encoding.UTF8.GetBytes(message.Body);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7() });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = body.Length });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = SHA256.HashData(body) });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = code });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan[]> { TypedValue = Pauses });
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Keeps evidence of a delivery that is no message: what it claims, and of its body only length and hash, for it may hold anything.</summary>
    internal async Task Evidence(string consumer, string? type, string code, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        await using var command = store.Source.CreateCommand(
            """
            INSERT INTO events.hl_parked (id, consumer, type, body_length, body_hash, waits, error_code, attempts)
            VALUES ($1, $2, $3, $4, $5, false, $6, 1)
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7() });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = consumer });
        command.Parameters.Add(Inbox.Text(type));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = body.Length });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = SHA256.HashData(body.Span) });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = code });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The waiting messages whose time has come, in the order of their streams.</summary>
    internal async Task<IReadOnlyList<Envelope>> Due(string consumer, CancellationToken ct)
    {
        await using var command = store.Source.CreateCommand(
            """
            SELECT source, stream, version, previous, position, message_id, type, time, correlation_id, causation_id, traceparent, body
              FROM events.hl_parked WHERE waits AND consumer = $1 AND next_at <= clock_timestamp() ORDER BY source, stream, version LIMIT 100
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = consumer });
        List<Envelope> due = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            due.Add(Inbox.ReadEnvelope(reader));
        return due;
    }
}
