using Hotline111.Platform.EventStore;

namespace Hotline111.Platform.Tests.EventStore;

/// <summary>What must hold for a log however it came about.</summary>
internal static class Ledger
{
    /// <summary>Exactly the committed events, once each, at dense positions, in the order of their streams, and a chain that a second implementation computes alike.</summary>
    /// <param name="committed">Ids of the streams with the versions that were acknowledged to their writers.</param>
    public static async Task ShouldHoldExactly(this TestStore store, IReadOnlyDictionary<Guid, long> committed)
    {
        var log = await store.Ordered();
        log.Select(e => e.Position).ShouldBe(Enumerable.Range(1, log.Count).Select(i => (long)i), "dense");
        log.Select(e => e.EventId).Distinct().Count().ShouldBe(log.Count, "nothing twice");
        log.Count.ShouldBe((int)await store.Scalar<long>("SELECT count(*) FROM events.mt_events WHERE type <> 'tombstone'"), "nothing missed");
        foreach (var stream in log.GroupBy(e => e.StreamId))
        {
            stream.Select(e => e.Version).ShouldBe(Enumerable.Range(1, stream.Count()).Select(i => (long)i), "order within the stream");
            if (committed.TryGetValue(stream.Key, out var version))
                stream.Count().ShouldBeGreaterThanOrEqualTo((int)version, "nothing acknowledged is lost");
        }

        committed.Keys.Except(log.Select(e => e.StreamId)).ShouldBeEmpty("no stream is lost");
        (await ChainVerifier.Verify(store.Store.Source, TestContext.Current.CancellationToken)).Bad.ShouldBeNull();
    }
}
