using System.Diagnostics.Metrics;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>Runs read models that follow the ordered log: each event changes the model and moves the checkpoint in one transaction.</summary>
public sealed partial class Subscription(EventStore store, LogSignal signal, FollowingProjection projection, TimeProvider clock, ILogger<Subscription> log)
    : BackgroundService
{
    private const int BatchSize = 200;
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(250);

    private long lag;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        StoreMetrics.Meter.CreateObservableGauge(
            "hotline111.subscription.lag", () => new Measurement<long>(Volatile.Read(ref lag), new KeyValuePair<string, object?>("name", projection.Name)), "{event}");
        var pause = TimeSpan.FromSeconds(1);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var next = signal.NextOrdered;
                if (await Advance(stoppingToken) == 0)
                    await LogSignal.Wait(next, Idle, stoppingToken);
                pause = TimeSpan.FromSeconds(1);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever is wrong with this read model stops only this read model; the log and everything else go on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.Interrupted(log, projection.Name, e is UnknownEventException or LogGapException ? e.Message : e.GetType().Name);
                await Task.Delay(pause, clock, stoppingToken);
                pause = TimeSpan.FromSeconds(Math.Min(30, pause.TotalSeconds * 2));
            }
        }
    }

    /// <summary>Applies the next batch.</summary>
    /// <returns>How many positions were passed; 0 when there is nothing new, or another process is at it.</returns>
    /// <exception cref="UnknownEventException">The next event is of a kind this version was never taught.</exception>
    public async Task<int> Advance(CancellationToken ct)
    {
        // Looking costs no transaction id and no write: most looks find nothing.
        await using (var look = store.Source.CreateCommand(
            "SELECT h.pos - coalesce((SELECT c.pos FROM events.hl_checkpoint c WHERE c.name = $1), 0) FROM events.hl_head h"))
        {
            look.Parameters.Add(new NpgsqlParameter<string> { TypedValue = projection.Name });
            Volatile.Write(ref lag, (long)(await look.ExecuteScalarAsync(ct))!);
            if (lag <= 0)
                return 0;
        }

        using var activity = EventStore.Activities.StartActivity($"project {projection.Name}");
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await Claim(connection, transaction, ct) is not { } cursor)
            return 0;
        var events = await store.ReadLog(cursor, BatchSize, ct, new(connection, transaction));
        if (events.Count == 0)
            return 0;

        await using var batch = new NpgsqlBatch(connection, transaction);
        var passed = await Collect(batch, events, ct);
        var move = new NpgsqlBatchCommand("UPDATE events.hl_checkpoint SET pos = $2 WHERE name = $1");
        move.Parameters.Add(new NpgsqlParameter<string> { TypedValue = projection.Name });
        move.Parameters.Add(new NpgsqlParameter<long> { TypedValue = cursor + passed });
        batch.BatchCommands.Add(move);
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return passed;
    }

    /// <summary>The checkpoint, locked; null while another process holds it.</summary>
    private async Task<long?> Claim(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        const string select = "SELECT pos FROM events.hl_checkpoint WHERE name = $1 FOR UPDATE SKIP LOCKED";
        await using var command = new NpgsqlCommand(select, connection, transaction);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = projection.Name });
        if (await command.ExecuteScalarAsync(ct) is long pos)
            return pos;
        command.CommandText = "INSERT INTO events.hl_checkpoint (name, pos) VALUES ($1, 0) ON CONFLICT DO NOTHING";
        await command.ExecuteNonQueryAsync(ct);
        command.CommandText = select;
        return await command.ExecuteScalarAsync(ct) as long?;
    }

    /// <returns>How many events the statements stand for: all, or those before the first that cannot be applied.</returns>
    private async Task<int> Collect(NpgsqlBatch batch, IReadOnlyList<StoredEvent> events, CancellationToken ct)
    {
        for (var i = 0; i < events.Count; i++)
        {
            try
            {
                if (await projection.Statement(store, events[i], ct) is { } statement)
                    batch.BatchCommands.Add(statement.ToBatchCommand());
            }
#pragma warning disable CA1031 // Kept for when it is the first in its batch: what lies before it is applied now.
            catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
            {
                if (i == 0)
                    ExceptionDispatchInfo.Throw(e);
                return i;
            }
        }

        return events.Count;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Read model {Name} interrupted: {Cause}")]
        public static partial void Interrupted(ILogger logger, string name, string cause);
    }
}

/// <summary>A read model as the log sees it, closed over the families it is made of.</summary>
/// <param name="Name">The checkpoint's key.</param>
/// <param name="Tables">What a rebuild makes anew; none for a read model that cannot be rebuilt from the log.</param>
/// <param name="Apply">By family: the statement for an event of it.</param>
public sealed record FollowingProjection(string Name, IReadOnlyList<string> Tables, IReadOnlyDictionary<Type, Func<EventStore, StoredEvent, FormattableString?>> Apply)
{
    public static FollowingProjection Of<TEvent>(IProjection<TEvent> projection)
        where TEvent : class =>
        new(projection.Name, projection.Tables, new Dictionary<Type, Func<EventStore, StoredEvent, FormattableString?>>
        {
            [typeof(TEvent)] = (store, stored) => projection.Apply(store.Record<TEvent>(stored)),
        });

    /// <summary>The same read model, made of one more family: one checkpoint, in the order of the log.</summary>
    /// <exception cref="InvalidOperationException">It is made of that family already.</exception>
    public FollowingProjection With(FollowingProjection other) => Apply.Keys.Intersect(other.Apply.Keys).FirstOrDefault() is { } twice
        ? throw new InvalidOperationException($"The read model {Name} was added twice for {twice}.")
        : this with { Tables = [.. Tables.Union(other.Tables)], Apply = Apply.Concat(other.Apply).ToDictionary() };

    /// <summary>The statement for any event of the log; null for one that does not concern this read model: of another family, or archived.</summary>
    /// <exception cref="UnknownEventException">A stream of its families holds an event that this version was never taught.</exception>
    internal async ValueTask<FormattableString?> Statement(EventStore store, StoredEvent stored, CancellationToken ct)
    {
        if (stored.Archived)
            return null;
        if (store.Catalogue.FamilyOf(stored.Type) is { } known)
            return Apply.TryGetValue(known, out var apply) ? apply(store, stored) : null;
        // An unknown event concerns the read models of its stream's family and no others.
        return await store.FamilyOfStream(stored.StreamId, ct) is { } family && !Apply.ContainsKey(family)
            ? null
            : throw new UnknownEventException(stored.Type, stored.EventId);
    }
}

/// <summary>The read models that a person reads right after writing: updated in the append's own transaction.</summary>
public sealed class InlineProjections
{
    private readonly Dictionary<Type, List<object>> projections = [];

    /// <summary>A read model made of several families is added once for each.</summary>
    public void Add<TEvent>(IProjection<TEvent> projection)
    {
        if (!projections.TryGetValue(typeof(TEvent), out var list))
            projections[typeof(TEvent)] = list = [];
        list.Add(projection);
    }

    internal IReadOnlyList<IProjection<TEvent>> Of<TEvent>() => projections.TryGetValue(typeof(TEvent), out var list) ? [.. list.Cast<IProjection<TEvent>>()] : [];
}
