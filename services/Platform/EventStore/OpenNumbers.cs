namespace Hotline111.Platform.EventStore;

/// <summary>The numbers of <c>mt_events_sequence</c> under which an event may still come in: everything above the newest that was ordered, and the gaps below it.</summary>
/// <remarks>
/// A gap is a number that was drawn and not seen: its transaction is still open, or was rolled back, or the number was skipped by a crash. It stays open
/// until an event came in under it or until nothing can any more without leaving a note (see <see cref="Sequencer"/>).
/// Ranges, not numbers: a sequence that was set forward by a million costs one look at the index.
/// </remarks>
internal sealed class OpenNumbers
{
    private List<(long After, long Before)> ranges;

    /// <summary>After a restart: the gaps between numbers that were ordered already, and all above <paramref name="newest"/>.</summary>
    /// <param name="gaps">In rising order, each between two numbers that are not open themselves.</param>
    /// <param name="newest">Nothing above this number was ordered yet.</param>
    public OpenNumbers(IEnumerable<(long After, long Before)> gaps, long newest) => ranges = [.. gaps, (newest, long.MaxValue)];

    /// <summary>Each range by the number before its first.</summary>
    public long[] After => [.. ranges.Select(range => range.After)];

    /// <summary>Each range by the number after its last.</summary>
    public long[] Before => [.. ranges.Select(range => range.Before)];

    /// <summary>Events came in under these numbers.</summary>
    /// <param name="taken">In rising order. Numbers that were not open any more (an event that left a note) change nothing.</param>
    public void Take(ReadOnlySpan<long> taken)
    {
        var left = new List<(long After, long Before)>(ranges.Count + 1);
        var i = 0;
        foreach (var range in ranges)
        {
            var after = range.After;
            for (; i < taken.Length && taken[i] < range.Before; i++)
            {
                if (taken[i] <= after)
                    continue;
                Add(after, taken[i]);
                after = taken[i];
            }

            Add(after, range.Before);
        }

        ranges = left;

        void Add(long after, long before)
        {
            if (before - after > 1)
                left.Add((after, before));
        }
    }

    /// <summary>Nothing comes in any more under numbers up to <paramref name="low"/> without a note.</summary>
    public void Close(long low) => ranges = [.. ranges.Where(range => range.Before - 1 > low).Select(range => (Math.Max(range.After, low), range.Before))];
}
