using System.Net.Sockets;
using Hotline111.Platform.EventStore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.Messaging;

/// <summary>Which failures pass by themselves.</summary>
internal static class Failure
{
    /// <summary>A lost race, a lock, a timeout of one statement: says nothing about the database, and another try may well succeed.</summary>
    public static bool IsContention(Exception e) => e is StreamConflictException or PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled,
    };

    /// <summary>The database will not take this value, today or tomorrow: unfit data, or a rule that it breaks.</summary>
    public static bool IsRefusal(PostgresException e) => e.SqlState[..2] is "22" or "23";

    /// <summary>The database or the network is away: nothing else will work now either.</summary>
    public static bool IsOutage(Exception e) => e switch
    {
        _ when IsContention(e) => false,
        PostgresException p => p.SqlState[..2] is "08" or "53" or "57" || p.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException n => n.InnerException is IOException or SocketException or TimeoutException || n.IsTransient,
        SocketException or IOException => true,
        _ => e.InnerException is { } inner && IsOutage(inner),
    };

    /// <summary>An effect failed by something that passes: contention, an outage, a timeout.</summary>
    public static bool IsTransient(Exception e) => e switch
    {
        _ when IsContention(e) => true,
        PostgresException p => IsOutage(p),
        TimeoutException or OperationCanceledException or HttpRequestException => true,
        _ => IsOutage(e) || (e.InnerException is { } inner && IsTransient(inner)),
    };

    /// <summary>What an operator may read of it: kind and code, never the message, which may quote data.</summary>
    public static string Code(Exception e) => e is PostgresException p ? $"sql:{p.SqlState}" : $"effect:{e.GetType().Name}";
}

/// <summary>An effect failed in a way that passes by itself: the message is tried again until it works or has had its time.</summary>
internal sealed class EffectDeferredException(Exception cause) : Exception("The effect is tried again.", cause);

/// <summary>Stands between the queue and the inbox: shut while the database is away, so that messages wait where they are and none is given up.</summary>
internal sealed partial class Gate(EventStore.EventStore store, MessagingStatus status, TimeProvider clock, ILogger<Gate> log)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Lock door = new();
    private Task opened = Task.CompletedTask;
    private long shutAt;

    /// <summary>For how long the gate has been shut; zero while it is open.</summary>
    public TimeSpan ShutFor => opened.IsCompleted ? TimeSpan.Zero : clock.GetElapsedTime(Volatile.Read(ref shutAt));

    /// <summary>Waits until the gate is open.</summary>
    public Task Pass(CancellationToken ct) => Volatile.Read(ref opened) is { IsCompleted: false } shut ? shut.WaitAsync(ct) : Task.CompletedTask;

    /// <summary>Shuts the gate after an outage; it opens by itself as soon as the database answers.</summary>
    public void Shut(Exception cause)
    {
        lock (door)
        {
            if (!opened.IsCompleted)
                return;
            Volatile.Write(ref shutAt, clock.GetTimestamp());
            status.ConsumptionPaused = true;
            Log.Shut(log, Failure.Code(cause));
            opened = Probe();
        }
    }

    private async Task Probe()
    {
        for (var pause = TimeSpan.FromMilliseconds(100); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await Task.Delay(pause, clock);
            try
            {
                // A table that the inbox needs: a server that answers but is still read-only or half restored does not count.
                await using var command = store.Source.CreateCommand("UPDATE events.hl_received_head SET pos = pos WHERE NOT one");
                await command.ExecuteNonQueryAsync();
                break;
            }
#pragma warning disable CA1031 // Away, read-only, a wrong password, a table that is not there: as long as this does not work, the inbox cannot.
            catch (Exception)
#pragma warning restore CA1031
            {
                // Still away.
            }
        }

        status.ConsumptionPaused = false;
        Log.Opened(log);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "ALARM consumption paused ({Code}): the database does not answer; messages stay in the queue")]
        public static partial void Shut(ILogger logger, string code);

        [LoggerMessage(Level = LogLevel.Information, Message = "Consumption goes on")]
        public static partial void Opened(ILogger logger);
    }
}
