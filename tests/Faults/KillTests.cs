using Hotline111.Platform.Hosting;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Hotline111.Faults.Tests;

/// <summary>Processes that end themselves at every named place while people work: what was answered is there, what was not is there wholly or not at all, and everything has its effect once.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    [Fact]
    public Task Nothing_is_lost_and_nothing_doubled_in_60_kills_at_every_place() => Kill(60, 0, life: 8, seed: 1);

    /// <summary>The goal of the gate's kills, asserted where a busy machine does not stop a build.</summary>
    [Fact]
    [Trait("run", "campaign")]
    public async Task Sixty_kills_take_less_than_five_minutes() => (await Kill(60, 0, life: 8, seed: 1)).ShouldBeLessThan(TimeSpan.FromMinutes(5));

    /// <summary>The campaign, 1,000 kills over 100,000 commands, in ten parts that each have a platform of their own and are checked to the end; the figures stand in docs/measurements.md.</summary>
    [Theory]
    [Trait("run", "campaign")]
    [MemberData(nameof(Parts))]
    public Task Nothing_is_lost_and_nothing_doubled_in_a_tenth_of_1000_kills_and_100_000_commands(int part) => Kill(100, 10_000, life: 300, seed: Environment.TickCount + part);

    /// <summary>Each with a trait of its own, so that one can be run alone: <c>-preEnumerateTheories -trait part=7</c>.</summary>
    public static IEnumerable<TheoryDataRow<int>> Parts => Enumerable.Range(1, 10).Select(part => new TheoryDataRow<int>(part).WithTrait("part", $"{part}"));

    /// <returns>How long it took, from the first death to when all was checked.</returns>
    private async Task<TimeSpan> Kill(int kills, int commands, int life, int seed)
    {
        var ct = TestContext.Current.CancellationToken;
        // Before anything that could hang: with it the run can be made again.
        output.WriteLine($"seed {seed}");
        await using var rig = await Rig.Start(ct);
        var started = DateTime.UtcNow;
        var run = await rig.Work(kills, commands, life, seed, output.WriteLine, ct);
        output.WriteLine($"{run.Kills} kills, {run.Commands} commands, {rig.Ledger.Repeated} answers repeated, {rig.Ledger.Shown} readings in {(DateTime.UtcNow - started).TotalSeconds:0} s");
        foreach (var place in run.AtPlaces.OrderBy(place => place.Key, StringComparer.Ordinal))
            output.WriteLine($"{place.Value,5} {place.Key}");

        run.AtPlaces.Keys.ShouldBe(FaultPoint.All, ignoreOrder: true);
        var checker = new Checker(rig.Platform, rig.Ledger);
        output.WriteLine($"settled after {(await checker.Settle(ct)).TotalSeconds:0.0} s");
        await checker.Check(ct);
        rig.Ledger.Asked.Count(rig.Ledger.IsAnswered).ShouldBeGreaterThan(Rig.LeastAnswered);
        rig.Ledger.Asked.Count(intent => !rig.Ledger.IsAnswered(intent)).ShouldBeGreaterThan(0, "some were given up, or the run shows half of it only");
        rig.Ledger.Repeated.ShouldBeGreaterThan(0);
        return DateTime.UtcNow - started;
    }
}
