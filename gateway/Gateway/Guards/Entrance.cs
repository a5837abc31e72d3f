using System.Threading.RateLimiting;

namespace Hotline111.Gateway.Guards;

/// <summary>
/// The door of a lane. As many are let in as the lane's limit says, as long as those inside are served in good time. When one of them has waited too long
/// for a service, fewer are let in: who stands inside for seconds holds a place, is told "later" in the end, and what was already done for it was for nothing.
/// </summary>
/// <remarks>
/// The width is led by the wait and by nothing else (additive increase, multiplicative decrease). How long a request takes would say less: a caller who sends its body slowly
/// must not be able to close a door on others.
/// </remarks>
public sealed class Entrance : IDisposable
{
    /// <summary>A wait for a service that is longer than this makes the door narrower.</summary>
    public static readonly TimeSpan LongWait = TimeSpan.FromSeconds(1);

    /// <summary>From so long after it was last made narrower, the door gets wider by one with each request that ends.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromSeconds(2);

    // Those whose waits come to an end together are told of one and the same crowd.
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly int _narrowest;
    private readonly Stack<RateLimitLease> _withheld = [];
    private long? _narrowed;
    private long? _said;
    private int _refused;

    /// <summary>A door that is as wide as the lane's limit.</summary>
    public Entrance(Lane lane, TimeProvider clock)
    {
        (Lane, _clock, Width) = (lane, clock, lane.Requests);
        // Enough to keep two services busy. An emergency waits rather than being turned away.
        _narrowest = lane.Name == Lane.Emergency.Name ? lane.Requests : Math.Min(lane.Requests, 2 * lane.Calls);
        Places = new(new ConcurrencyLimiterOptions { PermitLimit = lane.Requests, QueueLimit = lane.Requests, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
    }

    /// <summary>Whose door it is.</summary>
    public Lane Lane { get; }

    /// <summary>How many are let in at once now; as many more may wait in front.</summary>
    public int Width { get; private set; }

    /// <summary>The places inside, those that are withheld now among the taken ones.</summary>
    public ConcurrencyLimiter Places { get; }

    /// <summary>One who was let in has waited so long for a service.</summary>
    public void Waited(TimeSpan time)
    {
        if (time <= LongWait)
        {
            return;
        }

        lock (_gate)
        {
            if (_narrowed is { } before && _clock.GetElapsedTime(before) < Between)
            {
                return;
            }

            _narrowed = _clock.GetTimestamp();
            Width = Math.Max(_narrowest, Width * 7 / 10);
        }
    }

    /// <summary>One who was let in is done: the place is the next one's, or nobody's while the door is narrower than the room.</summary>
    public void Leave(RateLimitLease place)
    {
        RateLimitLease? another = null;
        lock (_gate)
        {
            if (Width < Lane.Requests && (_narrowed is not { } before || _clock.GetElapsedTime(before) >= Calm))
            {
                Width++;
            }

            var tooMany = _withheld.Count - (Lane.Requests - Width);
            if (tooMany < 0)
            {
                _withheld.Push(place);
                return;
            }

            if (tooMany > 0)
            {
                another = _withheld.Pop();
            }
        }

        another?.Dispose();
        place.Dispose();
    }

    /// <summary>Counts one who was turned away.</summary>
    /// <returns>How many there were since it was last said, if it is time to say so again; else 0.</returns>
    public int Refused()
    {
        lock (_gate)
        {
            _refused++;
            if (_said is { } before && _clock.GetElapsedTime(before) < SayEvery)
            {
                return 0;
            }

            _said = _clock.GetTimestamp();
            var count = _refused;
            _refused = 0;
            return count;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Places.Dispose();
}
