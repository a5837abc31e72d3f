using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>Runs read models that follow the ordered log: each event changes the model and moves the checkpoint in one transaction.</summary>
public sealed partial class Subscription(EventStore store, LogSignal signal, FollowingProjection projection, TimeProvider clock, ILogger<Subscription> log)
    : BackgroundService
{
    private const int BatchSize = 200;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var next = signal.NextOrdered;
                if (await Advance(stoppingToken) == 0)
                    await LogSignal.Wait(next, TimeSpan.FromMilliseconds(250), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or UnknownEventException or LogGapException or TimeoutException)
            {
                // An event of a newer version stops only this read model; the log and everything else go on.
                Log.Interrupted(log, projection.Name, e.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken);
            }
        }
    }

    /// <summary>Applies the next batch.</summary>
    /// <returns>How many positions were passed.</returns>
    public async Task<int> Advance(CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var checkpoint = new NpgsqlCommand(
            """
            INSERT INTO events.hl_checkpoint (name, pos) VALUES ($1, 0) ON CONFLICT DO NOTHING
            """,
            connection,
            transaction);
        checkpoint.Parameters.Add(new NpgsqlParameter<string> { TypedValue = projection.Name });
        await checkpoint.ExecuteNonQueryAsync(ct);
        checkpoint.CommandText = "SELECT pos FROM events.hl_checkpoint WHERE name = $1 FOR UPDATE";
        var cursor = (long)(await checkpoint.ExecuteScalarAsync(ct))!;
        var events = await store.ReadLog(cursor, BatchSize, ct);
        if (events.Count == 0)
            return 0;

        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var stored in events)
        {
            if (projection.Apply(store, stored) is { } statement)
                batch.BatchCommands.Add(statement.ToBatchCommand());
        }

        var move = new NpgsqlBatchCommand("UPDATE events.hl_checkpoint SET pos = $2 WHERE name = $1");
        move.Parameters.Add(new NpgsqlParameter<string> { TypedValue = projection.Name });
        move.Parameters.Add(new NpgsqlParameter<long> { TypedValue = events[^1].Position });
        batch.BatchCommands.Add(move);
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return events.Count;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Read model {Name} interrupted: {Cause}")]
        public static partial void Interrupted(ILogger logger, string name, string cause);
    }
}

/// <summary>A read model that follows the log, closed over its event family.</summary>
public sealed record FollowingProjection(string Name, Func<EventStore, StoredEvent, FormattableString?> Apply)
{
    public static FollowingProjection Of<TEvent>(IProjection<TEvent> projection)
        where TEvent : class =>
        new(projection.Name, (store, stored) => store.Catalogue.FamilyOf(stored.Type) switch
        {
            null => throw new UnknownEventException(stored.Type, stored.EventId),
            var family when family == typeof(TEvent) => projection.Apply(store.Record<TEvent>(stored)),
            _ => null,
        });
}

/// <summary>The read models that a person reads right after writing: updated in the append's own transaction.</summary>
public sealed class InlineProjections
{
    private readonly List<object> projections = [];

    public void Add<TEvent>(IProjection<TEvent> projection) => projections.Add(projection);

    internal IEnumerable<FormattableString> Apply<TEvent>(Recorded<TEvent> recorded)
    {
        foreach (var projection in projections.OfType<IProjection<TEvent>>())
        {
            if (projection.Apply(recorded) is { } statement)
                yield return statement;
        }
    }
}
