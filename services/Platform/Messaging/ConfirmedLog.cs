using Npgsql;

namespace Hotline111.Platform.Messaging;

/// <summary>How far a service's own log has reached the broker, for a service that keeps receipts.</summary>
public static class ConfirmedLog
{
    /// <summary>The position up to which the broker has confirmed every message of this kind, and routed it to a queue.</summary>
    /// <param name="store">The service's own store.</param>
    /// <param name="contract">The public name of the message.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<long> Position(EventStore.EventStore store, string contract, CancellationToken ct)
    {
        // What reached no queue is passed by the relay and sent again later; until then it is not confirmed.
        await using var command = store.Source.CreateCommand(
            "SELECT least((SELECT pos FROM events.hl_relay), (SELECT min(pos) - 1 FROM events.hl_unrouted WHERE type = $1))");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = contract });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}
