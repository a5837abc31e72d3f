using Hotline111.Platform.EventStore;

namespace Hotline111.Platform.Tests.Streams;

public sealed class Open_numbers
{
    [Fact]
    public void A_fresh_log_is_open_from_the_first_number() => new OpenNumbers([], 0).ShouldSatisfyAllConditions(o => o.After.ShouldBe([0]), o => o.Before.ShouldBe([long.MaxValue]));

    [Fact]
    public void What_was_not_seen_below_the_newest_stays_open()
    {
        var open = new OpenNumbers([], 0);
        open.Take([2, 3, 7]);
        open.After.ShouldBe([0, 3, 7]);
        open.Before.ShouldBe([2, 7, long.MaxValue]);
    }

    [Fact]
    public void A_sequence_set_forward_by_a_million_is_one_gap()
    {
        var open = new OpenNumbers([], 5);
        open.Take([1_000_005]);
        open.After.Length.ShouldBe(2);
        open.Close(1_000_003);
        open.After.ShouldBe([1_000_003, 1_000_005]);
        open.Close(1_000_004);
        open.After.ShouldBe([1_000_005]);
    }

    [Fact]
    public void At_each_step_of_any_history_exactly_the_numbers_neither_taken_nor_closed_are_open()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var start = random.Next(0, 5);
            var open = new OpenNumbers([], start);
            var expected = Enumerable.Range(1, 100).Select(number => (long)number).Where(number => number > start).ToHashSet();
            for (var step = 0; step < 20; step++)
            {
                if (random.Next(4) == 0)
                {
                    var low = random.Next(100);
                    open.Close(low);
                    expected.RemoveWhere(number => number <= low);
                }
                else
                {
                    // Among them some that are not open any more: an event below the mark, which left a note.
                    var taken = Enumerable.Range(0, random.Next(12)).Select(_ => (long)random.Next(1, 101)).Distinct().Order().ToArray();
                    open.Take(taken);
                    expected.ExceptWith(taken);
                }

                open.After.Zip(open.Before).SelectMany(range => Enumerable.Range(1, 100).Where(number => number > range.First && number < range.Second)).Select(number => (long)number)
                    .ShouldBe(expected.Order(), $"seed {seed}, step {step}");
                open.Before[^1].ShouldBe(long.MaxValue, "what comes next is always open");
            }
        }
    }
}
