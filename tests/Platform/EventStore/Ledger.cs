using Hotline111.Platform.EventStore;

namespace Hotline111.Platform.Tests.Streams;

/// <summary>What must hold for a log however it came about.</summary>
internal static class Ledger
{
    /// <summary>
    /// Every committed event once, at dense positions, in the order of its stream, causes before effects, nothing acknowledged lost, and a chain that a
    /// second implementation computes alike.
    /// </summary>
    /// <param name="acknowledged">Streams with the newest version that a writer was told.</param>
    public static async Task<IReadOnlyList<StoredEvent>> ShouldHold(this TestStore store, IReadOnlyDictionary<Guid, long> acknowledged)
    {
        var log = await store.Ordered();
        log.Select(e => e.Position).ShouldBe(Enumerable.Range(1, log.Count).Select(i => (long)i), "dense");
        log.Select(e => e.EventId).Distinct().Count().ShouldBe(log.Count, "nothing twice");
        log.Count.ShouldBe((int)await store.Scalar<long>("SELECT count(*) FROM events.mt_events WHERE type <> 'tombstone'"), "nothing missed");

        Dictionary<Guid, long> versions = [];
        HashSet<string> books = [];
        foreach (var stored in log)
        {
            versions.TryGetValue(stored.StreamId, out var version);
            stored.Version.ShouldBe(version + 1, "order within the stream");
            versions[stored.StreamId] = stored.Version;
            if (stored.Metadata.CausationId is { } cause)
                books.Contains(cause).ShouldBeTrue($"the cause of position {stored.Position} comes first");
            if (stored.Type == "shelf-book-placed.v1")
                books.Add(store.Store.Record<ShelfEvent>(stored).Event.ShouldBeOfType<ShelfEvent.Placed>().Book.ToString());
        }

        foreach (var (stream, version) in acknowledged)
            versions.GetValueOrDefault(stream).ShouldBeGreaterThanOrEqualTo(version, "nothing acknowledged is lost");
        (await ChainVerifier.Verify(store.Store.Source, TestContext.Current.CancellationToken)).ShouldSatisfyAllConditions(
            v => v.Bad.ShouldBeNull(v.Reason),
            v => v.Position.ShouldBe(log.Count));
        return log;
    }
}
