using System.Collections.Concurrent;

namespace Hotline111.Load;

/// <summary>Durations of one kind, in milliseconds.</summary>
public sealed class Latencies
{
    private readonly Lock gate = new();
    private readonly List<double> values = [];

    public void Add(TimeSpan duration)
    {
        lock (gate)
            values.Add(duration.TotalMilliseconds);
    }

    /// <summary>The value below which this share of them lies (nearest rank); 0 when there is none.</summary>
    public double At(double share)
    {
        lock (gate)
            return values.Count == 0 ? 0 : values.Order().ElementAt(Math.Max(0, (int)Math.Ceiling(share * values.Count) - 1));
    }

    /// <summary>How many, median, 99th percentile (nearest rank) and the longest.</summary>
    public (int Count, double P50, double P99, double Longest) Summary()
    {
        double[] sorted;
        lock (gate)
            sorted = [.. values.Order()];
        return sorted.Length == 0 ? (0, 0, 0, 0) : (sorted.Length, Rank(0.50), Rank(0.99), sorted[^1]);

        double Rank(double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}

/// <summary>What a part of a run has shown so far.</summary>
public sealed class Findings
{
    private int completed;

    /// <summary>Durations by what took them.</summary>
    public ConcurrentDictionary<string, Latencies> Durations { get; } = new(StringComparer.Ordinal);

    /// <summary>What went wrong, and how often: nothing is repeated in silence.</summary>
    public ConcurrentDictionary<string, int> Errors { get; } = new(StringComparer.Ordinal);

    /// <summary>Journeys that came to their end.</summary>
    public int Completed => Volatile.Read(ref completed);

    public int ErrorCount => Errors.Values.Sum();

    public Latencies Of(string what) => Durations.GetOrAdd(what, static _ => new Latencies());

    public void Complete() => Interlocked.Increment(ref completed);

    public void Fail(string what) => Errors.AddOrUpdate(what, 1, static (_, before) => before + 1);
}
