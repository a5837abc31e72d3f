using Hotline111.Platform.EventStore;

namespace Hotline111.Platform.Tests.Streams;

public sealed class A_cut_connection
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Cut.BeforeItIsHeard, false, false)]
    [InlineData(Cut.BeforeItIsHeard, true, false)]
    [InlineData(Cut.BeforeItIsHeard, true, true)]
    [InlineData(Cut.AfterItIsDone, false, false)]
    [InlineData(Cut.AfterItIsDone, true, false)]
    [InlineData(Cut.AfterItIsDone, true, true)]
    public async Task Leaves_the_outcome_open_and_the_store_finds_out_instead_of_trying_blindly(Cut cut, bool keyed, bool versioned)
    {
        var direct = await TestStore.Create();
        await using var _ = direct;
        await using var proxy = new CuttingProxy(direct.Database.Store);
        await using var store = await TestStore.Open(direct.Database with { Store = proxy.Through(direct.Database.Store) }, direct.Administrator, null, running: false, clock: new Stopped());
        var shelf = await store.Shelf(books: 2);
        var book = Guid.CreateVersion7();
        var tries = 0;
        var execution = await store.Store.Execute(
            ShelfDecider.Instance, shelf, new ShelfCommand.Place(book, 1), Metadata.System(), Cancel, versioned ? 3 : null, keyed ? new CommandIdentity("somebody", "k1", [1], 200) : null,
            alongside: _ =>
            {
                // The next thing sent is the append itself.
                if (tries++ == 0)
                    proxy.Arm(cut);
                return [];
            });
        proxy.Cuts.ShouldBe(1);
        execution.Stale.ShouldBeFalse();
        execution.Version.ShouldBe(4);
        execution.Events.ShouldBe([new ShelfEvent.Placed(book, 1)]);
        tries.ShouldBe(cut == Cut.AfterItIsDone ? 1 : 2);
        await direct.ShouldHold(new Dictionary<Guid, long> { [shelf] = 4 });
        (await direct.Scalar<long>("SELECT count(*) FROM events.hl_command")).ShouldBe(keyed ? 1 : 0);
    }

    [Fact]
    public async Task Is_survived_though_others_wrote_to_the_stream_meanwhile()
    {
        await using var direct = await TestStore.Create();
        await using var proxy = new CuttingProxy(direct.Database.Store);
        await using var store = await TestStore.Open(direct.Database with { Store = proxy.Through(direct.Database.Store) }, direct.Administrator, null, running: false, clock: new Stopped());
        var shelf = await store.Shelf();
        var tries = 0;
        var taking = store.Store.Execute(
            ShelfDecider.Instance, shelf, new ShelfCommand.TakeDown("joiner"), Metadata.System(), Cancel,
            alongside: _ =>
            {
                if (tries++ == 0)
                    proxy.Arm(Cut.BeforeItIsHeard);
                return [];
            });
        await direct.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1));
        var execution = await taking;
        execution.State.ShouldBe(new ShelfState.Gone());
        var log = await direct.ShouldHold(new Dictionary<Guid, long> { [shelf] = execution.Version });
        log.Count(e => e.Type == "shelf-taken-down.v1").ShouldBe(1);
    }

    /// <summary>For how long the store looks for a database that went away is not what is tried here.</summary>
    private sealed class Stopped : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}
