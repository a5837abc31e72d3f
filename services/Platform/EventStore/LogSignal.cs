using System.Threading.Channels;

namespace Hotline111.Platform.EventStore;

/// <summary>Wake-ups inside one process: the appender wakes the sequencer, the sequencer wakes relay and projections. Other instances poll.</summary>
public sealed class LogSignal
{
    private readonly Channel<bool> appended = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private TaskCompletionSource ordered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Events get their positions in this process: it is the one among a service's instances to do what has to be done once. For a moment two may think so.</summary>
    public bool OrdersHere { get; internal set; }

    /// <summary>Something was committed to mt_events.</summary>
    public void Appended() => appended.Writer.TryWrite(true);

    /// <summary>Something got a position.</summary>
    public void Ordered() =>
        Interlocked.Exchange(ref ordered, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Waits for an append, at most <paramref name="max"/>. One waiter: the sequencer.</summary>
    public async Task WaitAppended(TimeSpan max, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(max);
        try
        {
            await appended.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The time is up: the caller polls.
        }
    }

    /// <summary>The next ordering. Take it before reading the log, await it after having found nothing: no wake-up is lost between.</summary>
    public Task NextOrdered => Volatile.Read(ref ordered).Task;

    /// <summary>Waits for <paramref name="next"/> (see <see cref="NextOrdered"/>), at most <paramref name="max"/>.</summary>
    public static async Task Wait(Task next, TimeSpan max, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(next, Task.Delay(max, limit.Token));
        await limit.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }
}
