using System.Collections.Concurrent;
using Hotline111.Platform.EventStore;
using Npgsql;

namespace Hotline111.Platform.Tests.Streams;

/// <summary>
/// Sixteen writers as the platform has them and worse: plain appends, transactions held open up to 15 ms, about 7 % of them rolled back, now and then
/// an event caused by another writer's last one. They remember what was acknowledged.
/// </summary>
internal sealed class Writers(params TestStore[] stores)
{
    private readonly ConcurrentDictionary<Guid, long> acknowledged = new();
    // A reference, not a Guid: sixteen bytes can be read while another writer has written half of them.
    private string? lastBook;
    private int faults;
    private int commands;

    /// <summary>Stream and newest acknowledged version.</summary>
    public IReadOnlyDictionary<Guid, long> Acknowledged => acknowledged;

    /// <summary>How many commands ended in a fault; their outcome is open.</summary>
    public int Faults => faults;

    /// <summary>How many commands were acknowledged.</summary>
    public int Commands => Volatile.Read(ref commands);

    /// <param name="time">How long they write at least.</param>
    /// <param name="writers">How many.</param>
    /// <param name="commands">How many commands are acknowledged at least, however slow the machine is.</param>
    public Task Write(TimeSpan time, int writers = 16, int commands = 50)
    {
        var until = DateTime.UtcNow + time;
        var enough = Commands + commands;
        return Write(() => DateTime.UtcNow < until || Commands < enough, writers);
    }

    /// <param name="going">Whether they go on.</param>
    /// <param name="writers">How many.</param>
    public async Task Write(Func<bool> going, int writers)
    {
        await Task.WhenAll(Enumerable.Range(0, writers).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (going())
            {
                try
                {
                    await One(stores[seed % stores.Length], random);
                }
                catch (Exception e) when (e is NpgsqlException or ObjectDisposedException or InvalidOperationException)
                {
                    // The server was killed, or the session; what was not acknowledged may be there or not.
                    Interlocked.Increment(ref faults);
                    await Task.Delay(50);
                }
            }
        })));
    }

    private async Task One(TestStore store, Random random)
    {
        var ct = TestContext.Current.CancellationToken;
        var shelf = random.Next(3) == 0 || acknowledged.IsEmpty ? Guid.CreateVersion7() : Some(random);
        var book = Guid.CreateVersion7();
        ShelfCommand command = acknowledged.ContainsKey(shelf) ? new ShelfCommand.Place(book, random.Next(100)) : new ShelfCommand.PutUp(1000, "joiner");
        var cause = random.Next(3) == 0 ? lastBook : null;
        var metadata = Metadata.System(causationId: cause);
        if (random.Next(10) < 6)
        {
            Acknowledge(shelf, await store.Store.Execute(ShelfDecider.Instance, shelf, command, metadata, ct));
        }
        else
        {
            await using var connection = await store.Store.Source.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var execution = await store.Store.Execute(ShelfDecider.Instance, shelf, command, metadata, ct, within: new(connection, transaction));
            await Task.Delay(random.Next(16), ct);
            if (random.Next(100) < 17)
            {
                await transaction.RollbackAsync(ct);
                return;
            }

            await transaction.CommitAsync(ct);
            store.Signal.Appended();
            Acknowledge(shelf, execution);
        }

        if (command is ShelfCommand.Place)
            lastBook = book.ToString();
    }

    private void Acknowledge(Guid shelf, Execution<ShelfState, ShelfEvent> execution)
    {
        Interlocked.Increment(ref commands);
        acknowledged.AddOrUpdate(shelf, execution.Version, (_, known) => Math.Max(known, execution.Version));
    }

    // Mostly streams of late, so that writers meet.
    private Guid Some(Random random)
    {
        var known = acknowledged.Keys.ToArray();
        return known[random.Next(known.Length)];
    }
}
