using System.Threading.RateLimiting;
using FsCheck;
using FsCheck.Fluent;
using Hotline111.Gateway.Guards;

namespace Hotline111.Gateway.Tests;

public sealed class EntranceTests
{
    private static readonly TimeSpan TooLong = Entrance.LongWait + TimeSpan.FromTicks(1);

    private readonly TestClock _clock = new();

    [Fact]
    public void A_door_is_as_wide_as_its_lane_as_long_as_nobody_inside_waits_longer_than_a_second()
    {
        using var door = Door(requests: 10);
        door.Waited(TimeSpan.Zero);
        door.Waited(Entrance.LongWait);
        door.Width.ShouldBe(10);
        In(door).Count.ShouldBe(10);
    }

    [Fact]
    public void A_longer_wait_makes_it_narrower_and_who_leaves_makes_room_for_nobody_until_then()
    {
        using var door = Door(requests: 10);
        var inside = In(door);
        door.Waited(TooLong);
        door.Width.ShouldBe(7);
        for (var gone = 0; gone < 3; gone++)
        {
            door.Leave(inside.Pop());
            door.Places.AttemptAcquire().IsAcquired.ShouldBeFalse();
        }

        door.Leave(inside.Pop());
        door.Places.AttemptAcquire().IsAcquired.ShouldBeTrue();
        door.Places.AttemptAcquire().IsAcquired.ShouldBeFalse();
    }

    [Fact]
    public void Those_who_waited_in_one_crowd_make_it_narrower_once_and_the_next_crowd_again()
    {
        using var door = Door(requests: 100);
        for (var i = 0; i < 5; i++)
            door.Waited(TooLong);
        door.Width.ShouldBe(70);
        _clock.Advance(TimeSpan.FromMilliseconds(499));
        door.Waited(TooLong);
        door.Width.ShouldBe(70);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        door.Waited(TooLong);
        door.Width.ShouldBe(49);
    }

    [Fact]
    public void It_keeps_room_for_two_services_however_long_they_take()
    {
        using var door = Door(requests: 10, calls: 2);
        for (var i = 0; i < 20; i++)
        {
            door.Waited(TimeSpan.FromSeconds(5));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        door.Width.ShouldBe(4);
    }

    [Fact]
    public void That_of_emergencies_is_never_narrowed()
    {
        using var door = new Entrance(Lane.Emergency, _clock);
        door.Waited(TimeSpan.FromSeconds(5));
        door.Width.ShouldBe(Lane.Emergency.Requests);
    }

    [Fact]
    public void After_two_calm_seconds_it_gets_wider_by_one_with_each_who_leaves_up_to_the_limit_of_its_lane()
    {
        using var door = Door(requests: 10);
        var inside = In(door);
        door.Waited(TooLong);
        while (inside.TryPop(out var place))
            door.Leave(place);
        _clock.Advance(Entrance.Calm - TimeSpan.FromMilliseconds(1));
        PassThrough(door);
        door.Width.ShouldBe(7);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        foreach (var width in (int[])[8, 9, 10, 10])
        {
            PassThrough(door);
            door.Width.ShouldBe(width);
            door.Places.GetStatistics()!.CurrentAvailablePermits.ShouldBe(width);
        }
    }

    [Fact]
    public void Whatever_happened_no_place_is_lost_and_none_is_given_twice() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), steps =>
        {
            using var door = Door(requests: 9, calls: 1);
            var inside = new Stack<RateLimitLease>();
            foreach (var step in steps)
            {
                switch (step % 4)
                {
                    case 0 when inside.TryPop(out var place):
                        door.Leave(place);
                        break;
                    case 1:
                        door.Waited(TimeSpan.FromMilliseconds(step * 10));
                        break;
                    case 2:
                        _clock.Advance(TimeSpan.FromMilliseconds(step * 10));
                        break;
                    default:
                        if (door.Places.AttemptAcquire() is { IsAcquired: true } let)
                            inside.Push(let);
                        break;
                }

                door.Width.ShouldBeInRange(2, 9);
                inside.Count.ShouldBeLessThanOrEqualTo(9);
            }

            while (inside.TryPop(out var place))
                door.Leave(place);
            door.Places.GetStatistics()!.CurrentAvailablePermits.ShouldBeInRange(door.Width, 9);

            // Calm again, each who comes and goes gives one place back.
            _clock.Advance(Entrance.Calm);
            for (var i = 0; i < 9; i++)
                PassThrough(door);
            In(door).Count.ShouldBe(9);
        }));

    [Fact]
    public void Two_seconds_are_two_seconds_at_whatever_moment_they_begin()
    {
        for (var moment = 0; moment < 500; moment++)
        {
            using var door = Door(requests: 10);
            door.Waited(TooLong);
            _clock.Advance(Entrance.Calm);
            PassThrough(door);
            door.Width.ShouldBe(8);
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }
    }

    [Fact]
    public void Refusals_are_said_at_once_and_then_every_ten_seconds_with_their_number()
    {
        using var door = Door(requests: 10);
        door.Refused().ShouldBe(1);
        door.Refused().ShouldBe(0);
        _clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1));
        door.Refused().ShouldBe(0);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        door.Refused().ShouldBe(3);
        door.Refused().ShouldBe(0);
    }

    private Entrance Door(int requests, int calls = 1) => new(Lane.Agency with { Requests = requests, Calls = calls }, _clock);

    // As many as are let in now.
    private static Stack<RateLimitLease> In(Entrance door)
    {
        var inside = new Stack<RateLimitLease>();
        while (door.Places.AttemptAcquire() is { IsAcquired: true } place)
            inside.Push(place);
        return inside;
    }

    private static void PassThrough(Entrance door)
    {
        var place = door.Places.AttemptAcquire();
        place.IsAcquired.ShouldBeTrue();
        door.Leave(place);
    }
}
