using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Hotline111.Platform.EventStore;
using Hotline111.Testing;
using Npgsql;

namespace Hotline111.Platform.Tests.Streams;

public sealed class Ordering
{
    private const string EndLeader =
        $"""
        SELECT count(pg_terminate_backend(pid)) FROM pg_locks
         WHERE locktype = 'advisory' AND granted AND objid = 7236101 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sixteen_writers_two_sequencers_and_leaders_ended_at_random_miss_nothing_and_double_nothing()
    {
        await using var one = await TestStore.Create();
        await using var two = await one.Another();
        var writers = new Writers(one, two);
        var (ended, random) = (0L, new Random(111));
        var until = DateTime.UtcNow + TimeSpan.FromSeconds(6);
        var writing = writers.Write(() => DateTime.UtcNow < until || writers.Commands < 500 || Interlocked.Read(ref ended) < 3, writers: 16);
        while (!writing.IsCompleted)
        {
            await Task.WhenAny(writing, Task.Delay(random.Next(100, 500), Cancel));
            Interlocked.Add(ref ended, await one.Scalar<long>(EndLeader));
        }

        await writing;
        writers.Faults.ShouldBe(0);
        var log = await one.ShouldHold(writers.Acknowledged);
        (await one.Scalar<long>("SELECT last_value FROM events.mt_events_sequence")).ShouldBeGreaterThan(log.Count, "rolled back numbers are skipped, not waited for");
    }

    [Fact]
    public async Task An_open_snapshot_and_an_idle_transaction_in_the_server_stall_nothing()
    {
        await using var store = await TestStore.Create();
        await using var elsewhere = await TestStore.Create(running: false);
        // A report that keeps an old snapshot of this database, and a session elsewhere that wrote something and fell asleep.
        await using var report = await Begin(store.Administrator, "SELECT count(*) FROM events.mt_events");
        await using var asleep = await Begin(elsewhere.Administrator, "CREATE TABLE public.scratch (); SELECT 1");
        var writers = new Writers(store);
        var writing = writers.Write(TimeSpan.FromSeconds(6));
        while (!writing.IsCompleted)
        {
            // Whatever waits now has its place while others go on writing.
            var waits = await store.Scalar<long[]>("SELECT array(SELECT seq_id FROM events.hl_pending)");
            await TestStore.Until(() => store.Scalar<bool>($"SELECT NOT EXISTS (SELECT FROM events.hl_pending WHERE seq_id = ANY ('{{{string.Join(',', waits)}}}'))"));
            await Task.WhenAny(writing, Task.Delay(200, Cancel));
        }

        await writing;
        await store.ShouldHold(writers.Acknowledged);
    }

    [Fact]
    public async Task Transactions_asleep_in_this_database_and_in_another_hold_up_no_subscription_and_come_in_when_they_wake()
    {
        await using var store = await TestStore.Create(
            s => s.Following(new Headcount()), tables: "CREATE TABLE read.shelves_put_up (one boolean PRIMARY KEY, shelves bigint NOT NULL)");
        await using var elsewhere = await TestStore.Create(running: false);
        await using var asleep = await Begin(elsewhere.Administrator, "CREATE TABLE public.scratch (); SELECT 1");
        // One of our own fell asleep after it had appended: it holds a number that everybody else's numbers pass.
        await using var connection = await store.Store.Source.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        var late = Guid.CreateVersion7();
        await store.Do(late, new ShelfCommand.PutUp(1, "joiner"), within: new(connection, transaction));
        for (var i = 1; i <= 20; i++)
        {
            await store.Shelf();
            await Counted(i);
        }

        await transaction.CommitAsync(Cancel);
        store.Signal.Appended();
        await Counted(21);
        (await store.Ordered())[^1].StreamId.ShouldBe(late);

        Task Counted(long shelves) => TestStore.Until(async () => await store.Scalar<long>("SELECT coalesce((SELECT shelves FROM read.shelves_put_up), 0)") == shelves);
    }

    [Fact]
    public async Task Numbers_that_a_crash_skipped_or_a_rollback_used_up_are_not_waited_for()
    {
        await using var store = await TestStore.Create();
        var shelf = await store.Shelf();
        for (var i = 0; i < 3; i++)
        {
            // A server that crashes may come back up to 32 numbers further on; a transaction that is rolled back gives none back.
            await TestStore.Run(store.Administrator, "SELECT setval('events.mt_events_sequence', (SELECT last_value FROM events.mt_events_sequence) + 32)");
            await using (var connection = await store.Store.Source.OpenConnectionAsync(Cancel))
            await using (var transaction = await connection.BeginTransactionAsync(Cancel))
                await store.Do(Guid.CreateVersion7(), new ShelfCommand.PutUp(1, "joiner"), within: new(connection, transaction));
            await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1));
            await TestStore.Until(async () => await store.Store.Head(Cancel) == i + 2);
        }

        var log = await store.ShouldHold(new Dictionary<Guid, long> { [shelf] = 4 });
        log.Zip(log.Skip(1), (before, after) => after.SeqId - before.SeqId).ShouldAllBe(step => step > 32);
        await store.Stop();
        // The mark is raised, and kept, over numbers that nobody ever used.
        await using var again = await store.Another();
        await again.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1));
        await TestStore.Until(async () => await again.Store.Head(Cancel) == 5);
    }

    [Fact]
    public async Task The_mark_rises_beside_an_open_snapshot_so_that_old_gaps_are_not_looked_at_for_ever()
    {
        await using var store = await TestStore.Create();
        await using var report = await Begin(store.Administrator, "SELECT count(*) FROM events.mt_events");
        var writers = new Writers(store);
        await writers.Write(TimeSpan.FromSeconds(1), writers: 4);
        var written = await store.Scalar<long>("SELECT last_value FROM events.mt_events_sequence");
        await MarkReaches(store, written);
        await store.ShouldHold(writers.Acknowledged);
    }

    [Fact]
    public async Task A_number_drawn_long_before_its_transaction_still_comes_before_what_follows_it()
    {
        await using var store = await TestStore.Create();
        var busy = new Writers(store);
        var shelf = Guid.CreateVersion7();
        // As Marten's Rich mode does it: numbers first, the transaction later.
        var drawn = await store.Scalar<long>("SELECT nextval('events.mt_events_sequence')");
        var going = true;
        var writing = busy.Write(() => Volatile.Read(ref going), writers: 4);
        // The mark passes the number.
        await TestStore.Until(async () => await store.Scalar<long>("SELECT low FROM events.hl_low") > drawn);
        await TestStore.Run(store.Database.Store, Foreign(shelf, drawn));
        await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1));
        Volatile.Write(ref going, false);
        await writing;
        var log = await store.ShouldHold(busy.Acknowledged);
        log.Where(e => e.StreamId == shelf).Select(e => e.Version).ShouldBe([1, 2]);
        (await store.Scalar<long>("SELECT count(*) FROM events.hl_late")).ShouldBe(0);
    }

    [Theory]
    [InlineData(1000, 0)]
    [InlineData(1001, 1)]
    public async Task An_event_a_thousand_numbers_behind_the_sequence_leaves_no_note_and_one_farther_leaves_one(int behind, long notes)
    {
        await using var store = await TestStore.Create(running: false);
        await TestStore.Run(store.Administrator, $"SELECT setval('events.mt_events_sequence', {behind + 1})");
        await TestStore.Run(store.Database.Store, Foreign(Guid.CreateVersion7(), number: 1));
        (await store.Scalar<long>("SELECT count(*) FROM events.hl_late")).ShouldBe(notes);
        await store.Start();
        (await store.Ordered()).Single().SeqId.ShouldBe(1);
        (await store.Scalar<long>("SELECT count(*) FROM events.hl_late")).ShouldBe(0);
    }

    [Fact]
    public async Task Numbers_in_a_gap_of_a_million_are_found_by_whoever_leads_then()
    {
        await using var store = await TestStore.Create();
        await store.Shelf();
        await TestStore.Run(store.Administrator, "SELECT setval('events.mt_events_sequence', 1000000)");
        await store.Shelf(books: 1);
        await store.Ordered();
        await TestStore.Run(store.Database.Store, Foreign(Guid.CreateVersion7(), number: 500_000));
        (await store.Ordered())[^1].SeqId.ShouldBe(500_000);
        await store.Stop();
        // The mark is far above the gap now, or not: either way nothing is taken twice and what comes late is found.
        await using var again = await store.Another();
        await TestStore.Run(store.Database.Store, Foreign(Guid.CreateVersion7(), number: 999_990));
        await TestStore.Run(store.Database.Store, Foreign(Guid.CreateVersion7(), number: 400_000));
        (await again.Ordered()).Count.ShouldBe(6);
        (await ChainVerifier.Verify(store.Store.Source, Cancel)).Bad.ShouldBeNull();
    }

    [Fact]
    public async Task A_sequencer_that_was_overtaken_while_it_waited_looks_where_the_log_stands_and_goes_on()
    {
        await using var store = await TestStore.Create();
        await store.Shelf();
        await store.Ordered();
        var shelf = Guid.CreateVersion7();
        await using (var other = new NpgsqlConnection(store.Administrator))
        {
            await other.OpenAsync(Cancel);
            await using var transaction = await other.BeginTransactionAsync(Cancel);
            await Tell(other, "SELECT FROM events.hl_head FOR UPDATE");
            await store.Do(shelf, new ShelfCommand.PutUp(1, "joiner"));
            await TestStore.Until(() => store.Scalar<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'WITH w AS%' AND datname = current_database())"));
            // Another sequencer, had it not asked for the lock, would have given the same event its position meanwhile.
            await Tell(
                other,
                $"""
                INSERT INTO events.hl_order SELECT 2, seq_id, sha256('other'), sha256(h.chain || sha256('other')) FROM events.mt_events e, events.hl_head h WHERE e.stream_id = '{shelf}';
                UPDATE events.hl_head SET pos = 2, chain = (SELECT chain FROM events.hl_order WHERE pos = 2);
                """);
            await transaction.CommitAsync(Cancel);
        }

        await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1));
        (await store.Ordered()).Select(e => (e.Position, e.Version)).ShouldBe([(1, 1), (2, 1), (3, 2)]);
        store.Log.Lines.ShouldContain(line => line.Contains("overtaken", StringComparison.Ordinal));
        store.Log.Lines.ShouldNotContain(line => line.Contains("ALARM", StringComparison.Ordinal), "it did not even try to give an event a second position");
        (await store.Scalar<bool>("SELECT o.chain = sha256(b.chain || o.leaf) FROM events.hl_order o, events.hl_order b WHERE o.pos = 3 AND b.pos = 2")).ShouldBeTrue();
    }

    [Fact]
    public async Task Events_that_wait_when_the_list_gives_way_to_open_numbers_are_ordered_afterwards()
    {
        var (database, administrator) = await Servers.DatabaseWithAdministrator("store");
        var (platform, app) = (typeof(MigrationSet).Assembly, new NpgsqlConnectionStringBuilder(database.Store).Username);
        await Migration.Apply(database.Owner, [new("event-store", platform, "event-store.0001")], Cancel);
        using (var file = new StreamReader(platform.GetManifestResourceStream("event-store.0002-order.sql")!))
        {
            var text = await file.ReadToEndAsync(Cancel);
            await TestStore.Run(database.Owner, text.Replace("{app}", $"\"{app}\"", StringComparison.Ordinal));
            await TestStore.Run(
                database.Owner,
                $"INSERT INTO events.hl_migration (set_name, file, hash) VALUES ('event-store', 'event-store.0002-order.sql', '\\x{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}')");
        }

        await TestStore.Run(administrator, "SELECT setval('events.mt_events_sequence', 5000)");
        await TestStore.Run(database.Store, Foreign(Guid.CreateVersion7(), number: 7));
        await TestStore.Run(database.Store, Foreign(Guid.CreateVersion7(), number: 4999));
        await using var store = await TestStore.Create(database, administrator, configure: null, running: true, tables: null);
        var shelf = await store.Shelf();
        (await store.Ordered()).Select(e => e.SeqId).ShouldBe([7, 4999, 5001]);
        (await ChainVerifier.Verify(store.Store.Source, Cancel)).Bad.ShouldBeNull();
    }

    [Fact]
    public async Task The_mark_keeps_a_thousand_numbers_distance_from_the_sequence_for_those_who_leave_no_note()
    {
        await using var store = await TestStore.Create();
        await TestStore.Run(store.Administrator, "SELECT setval('events.mt_events_sequence', 5000)");
        var drawn = await store.Scalar<long>("SELECT nextval('events.mt_events_sequence')");
        await store.Shelf();
        await TestStore.Until(async () => await store.Scalar<long>("SELECT low FROM events.hl_low") >= drawn - 1001);
        await TestStore.Run(store.Database.Store, Foreign(Guid.CreateVersion7(), drawn));
        (await store.Ordered()).Select(e => e.SeqId).ShouldBe([drawn + 1, drawn]);
    }

    [Fact]
    public async Task No_mark_passes_a_transaction_that_is_still_open()
    {
        await using var store = await TestStore.Create();
        var busy = new Writers(store);
        var shelf = Guid.CreateVersion7();
        await using (var connection = await store.Store.Source.OpenConnectionAsync(Cancel))
        await using (var transaction = await connection.BeginTransactionAsync(Cancel))
        {
            await store.Do(shelf, new ShelfCommand.PutUp(3, "joiner"), within: new(connection, transaction));
            await busy.Write(TimeSpan.FromSeconds(2.5), writers: 4);
            await transaction.CommitAsync(Cancel);
        }

        var keepBusy = busy.Write(TimeSpan.FromSeconds(0.5), writers: 4);
        await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1));
        await keepBusy;
        var log = await store.ShouldHold(busy.Acknowledged);
        log.Where(e => e.StreamId == shelf).Select(e => e.Version).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_transaction_that_commits_late_is_ordered_when_it_commits()
    {
        await using var store = await TestStore.Create();
        var (early, late) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using (var connection = await store.Store.Source.OpenConnectionAsync(Cancel))
        await using (var transaction = await connection.BeginTransactionAsync(Cancel))
        {
            await store.Do(late, new ShelfCommand.PutUp(1, "joiner"), within: new(connection, transaction));
            await store.Do(early, new ShelfCommand.PutUp(1, "joiner"));
            await TestStore.Until(async () => await store.Store.Head(Cancel) == 1);
            await transaction.CommitAsync(Cancel);
        }

        store.Signal.Appended();
        var log = await store.Ordered();
        log.Select(e => e.StreamId).ShouldBe([early, late]);
        log[0].SeqId.ShouldBeGreaterThan(log[1].SeqId);
    }

    [Fact]
    public async Task Another_process_takes_over_when_the_leading_one_ends()
    {
        await using var one = await TestStore.Create();
        await one.Shelf();
        await one.Ordered();
        await using var two = await one.Another();
        await one.Stop();
        await two.Shelf(books: 3);
        (await two.Ordered()).Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_streams_events_keep_the_order_of_their_versions_when_their_numbers_were_drawn_the_other_way_round()
    {
        await using var store = await TestStore.Create();
        var (shelf, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var drawn = await store.Scalar<long>("SELECT setval('events.mt_events_sequence', nextval('events.mt_events_sequence') + 5) - 5");
        // As two appends by Marten without an expected version can end: the one that drew first read the version last.
        await TestStore.Run(
            store.Database.Store,
            Foreign(shelf, drawn + 4).Replace(
                "COMMIT;",
                $$"""
                INSERT INTO events.mt_streams (id, type, version, tenant_id, timestamp, created, is_archived) VALUES ('{{other}}', 'shelf', 1, '*DEFAULT*', now(), now(), false);
                INSERT INTO events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived) VALUES
                    ({{drawn}}, gen_random_uuid(), '{{shelf}}', 3, '{"book": "{{Guid.CreateVersion7()}}", "weight": 1}', 'shelf-book-placed.v1', now(), '*DEFAULT*', 'x', false),
                    ({{drawn + 2}}, gen_random_uuid(), '{{shelf}}', 2, '{"book": "{{Guid.CreateVersion7()}}", "weight": 1}', 'shelf-book-placed.v1', now(), '*DEFAULT*', 'x', false),
                    ({{drawn + 3}}, gen_random_uuid(), '{{other}}', 1, '{"room": 5, "by": "marten"}', 'shelf-put-up.v1', now(), '*DEFAULT*', 'x', false);
                UPDATE events.mt_streams SET version = 3 WHERE id = '{{shelf}}';
                COMMIT;
                """,
                StringComparison.Ordinal));
        store.Signal.Appended();
        await TestStore.Until(async () => await store.Store.Head(Cancel) == 4);
        var log = await store.Ordered();
        log.Select(e => (e.StreamId, e.Version)).ShouldBe([(other, 1), (shelf, 1), (shelf, 2), (shelf, 3)]);
        log.Where(e => e.StreamId == shelf).Select(e => e.SeqId - drawn).ShouldBe([4, 2, 0]);
    }

    /// <param name="streams">A batch takes a thousand: of 600 streams it ends between the events of 200, of 1,200 it holds later events alone.</param>
    [Theory]
    [InlineData(600)]
    [InlineData(1200)]
    public async Task A_streams_events_keep_the_order_of_their_versions_when_a_full_batch_ends_between_them(int streams)
    {
        await using var store = await TestStore.Create(running: false);
        await TestStore.Run(store.Administrator, $"SELECT setval('events.mt_events_sequence', {2 * streams})");
        await TestStore.Run(
            store.Database.Store,
            $$"""
            BEGIN;
            INSERT INTO events.mt_streams (id, type, version, tenant_id, timestamp, created, is_archived)
            SELECT md5(n::text)::uuid, 'shelf', 2, '*DEFAULT*', now(), now(), false FROM generate_series(1, {{streams}}) AS n;
            INSERT INTO events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            SELECT n, gen_random_uuid(), md5(n::text)::uuid, 2, '{"book": "{{Guid.CreateVersion7()}}", "weight": 1}', 'shelf-book-placed.v1', now(), '*DEFAULT*', 'x', false
              FROM generate_series(1, {{streams}}) AS n;
            INSERT INTO events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            SELECT {{streams}} + n, gen_random_uuid(), md5(n::text)::uuid, 1, '{"room": 5, "by": "marten"}', 'shelf-put-up.v1', now(), '*DEFAULT*', 'x', false
              FROM generate_series(1, {{streams}}) AS n;
            COMMIT;
            """);
        await store.Start();
        await TestStore.Until(async () => await store.Store.Head(Cancel) == 2 * streams);
        var log = await store.Ordered();
        log.GroupBy(e => e.StreamId).Count(stream => stream.Select(e => e.Version).SequenceEqual([1, 2])).ShouldBe(streams);
        (await ChainVerifier.Verify(store.Store.Source, Cancel)).Bad.ShouldBeNull();
    }

    [Fact]
    public async Task Tombstones_get_no_position_and_hold_nothing_up()
    {
        await using var store = await TestStore.Create();
        var tombs = Guid.CreateVersion7();
        await TestStore.Run(store.Database.Store,
            $$"""
            INSERT INTO events.mt_streams (id, tenant_id, version, is_archived) VALUES ('{{tombs}}', '*DEFAULT*', 0, false);
            INSERT INTO events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, is_archived)
            SELECT nextval('events.mt_events_sequence'), gen_random_uuid(), '{{tombs}}', n, '{}', 'tombstone', now(), '*DEFAULT*', false FROM generate_series(1, 2500) AS n;
            """);
        var shelf = await store.Shelf(books: 1);
        var log = await store.ShouldHold(new Dictionary<Guid, long> { [shelf] = 2 });
        log.Select(e => (e.Position, e.StreamId)).ShouldBe([(1, shelf), (2, shelf)]);
        (await store.Store.ReadStream(tombs, Cancel)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_that_was_removed_changed_or_moved_is_named_by_the_verifier()
    {
        await using var store = await TestStore.Create();
        var shelf = await store.Shelf(books: 9);
        await store.Ordered();
        var source = store.Store.Source;
        var trusted = await ChainVerifier.Verify(source, Cancel);
        trusted.ShouldSatisfyAllConditions(v => v.Bad.ShouldBeNull(), v => v.Position.ShouldBe(10));
        await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 7));
        await store.Ordered();
        (await ChainVerifier.Verify(source, Cancel, trusted)).ShouldSatisfyAllConditions(v => v.Bad.ShouldBeNull(), v => v.Position.ShouldBe(11));
        foreach (var (tampering, bad) in new (string, long)[]
        {
            ("UPDATE events.mt_events SET data = jsonb_set(data, '{weight}', '2') WHERE version = 4", 4),
            ("UPDATE events.mt_events SET headers = jsonb_set(headers, '{actor}', '\"somebody\"') WHERE version = 5", 5),
            ("UPDATE events.mt_events SET timestamp = timestamp + interval '1 microsecond' WHERE version = 6", 6),
            ("UPDATE events.mt_events SET correlation_id = '' WHERE version = 7", 7),
            ("DELETE FROM events.mt_events WHERE version = 8", 8),
            ("DELETE FROM events.hl_order WHERE pos = 9", 9),
            ("UPDATE events.hl_order SET chain = leaf WHERE pos = 3", 3),
            ("DELETE FROM events.hl_order WHERE pos = 11", 11),
            ("UPDATE events.hl_head SET chain = '\\x00'", 11),
        })
        {
            await using var connection = new NpgsqlConnection(store.Administrator);
            await connection.OpenAsync(Cancel);
            await TestStore.Run(store.Administrator, "CREATE SCHEMA saved; CREATE TABLE saved.e AS TABLE events.mt_events; CREATE TABLE saved.o AS TABLE events.hl_order; CREATE TABLE saved.h AS TABLE events.hl_head");
            await TestStore.Run(store.Administrator, tampering);
            (await ChainVerifier.Verify(source, Cancel)).Bad.ShouldBe(bad, tampering);
            await TestStore.Run(
                store.Administrator,
                """
                DELETE FROM events.mt_events; INSERT INTO events.mt_events TABLE saved.e; DELETE FROM events.hl_order; INSERT INTO events.hl_order TABLE saved.o;
                DELETE FROM events.hl_head; INSERT INTO events.hl_head TABLE saved.h; DROP SCHEMA saved CASCADE;
                """);
        }

        (await ChainVerifier.Verify(source, Cancel)).Bad.ShouldBeNull();
        (await ChainVerifier.Verify(source, Cancel, trusted with { Chain = new byte[32] })).Bad.ShouldNotBeNull("another history");
        (await ChainVerifier.Verify(source, Cancel, trusted with { Position = 99 })).Bad.ShouldBe(12, "a truncated history");
    }

    [Fact]
    public async Task An_event_stored_below_the_mark_without_a_note_is_named_by_the_verifier_and_ordered_once_it_has_one()
    {
        await using var store = await TestStore.Create();
        await TestStore.Run(store.Administrator, "SELECT setval('events.mt_events_sequence', 5000)");
        await MarkReaches(store, 7);
        var head = (await store.Ordered()).Count;
        await TestStore.Run(store.Administrator, "ALTER TABLE events.mt_events DISABLE TRIGGER hl_note_late");
        await TestStore.Run(store.Database.Store, Foreign(Guid.CreateVersion7(), number: 7));
        await TestStore.Run(store.Administrator, "ALTER TABLE events.mt_events ENABLE TRIGGER hl_note_late");
        (await ChainVerifier.Verify(store.Store.Source, Cancel)).ShouldSatisfyAllConditions(
            v => v.Position.ShouldBe(head), v => v.Bad.ShouldBe(head + 1), v => v.Reason!.ShouldContain("number 7 "));

        await TestStore.Run(store.Database.Owner, "INSERT INTO events.hl_late VALUES (7)");
        (await store.Ordered())[^1].SeqId.ShouldBe(7);
        (await ChainVerifier.Verify(store.Store.Source, Cancel)).Bad.ShouldBeNull();
    }

    [Fact]
    public async Task A_log_with_a_hole_is_not_read_over()
    {
        await using var store = await TestStore.Create();
        await store.Shelf(books: 4);
        await store.Ordered();
        await TestStore.Run(store.Administrator, "DELETE FROM events.hl_order WHERE pos = 3");
        (await store.Store.ReadLog(0, 2, Cancel)).Count.ShouldBe(2);
        await Should.ThrowAsync<LogGapException>(store.Store.ReadLog(1, 10, Cancel));
    }

    /// <summary>A stream started by another program that keeps to the format, under a number it has drawn before.</summary>
    private static string Foreign(Guid shelf, long number) =>
        $$"""
        BEGIN;
        INSERT INTO events.mt_streams (id, type, version, tenant_id, timestamp, created, is_archived) VALUES ('{{shelf}}', 'shelf', 1, '*DEFAULT*', now(), now(), false);
        INSERT INTO events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
        VALUES ({{number}}, gen_random_uuid(), '{{shelf}}', 1, '{"room": 5, "by": "marten"}', 'shelf-put-up.v1', now(), '*DEFAULT*', 'x', false);
        COMMIT;
        """;

    private static async Task Tell(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    /// <summary>Appends until the sequencer's mark is at a number or above it.</summary>
    private static Task MarkReaches(TestStore store, long number) => TestStore.Until(async () =>
    {
        await store.Shelf();
        return await store.Scalar<long>("SELECT low FROM events.hl_low") >= number;
    });

    private static async Task<NpgsqlConnection> Begin(string connectionString, string statement)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancel);
        await Tell(connection, $"BEGIN ISOLATION LEVEL REPEATABLE READ; {statement}");
        return connection;
    }

    private sealed class Headcount : IProjection<ShelfEvent>
    {
        public string Name => "headcount.1";

        public FormattableString? Apply(Recorded<ShelfEvent> recorded) => recorded.Event is ShelfEvent.PutUp
            ? (FormattableString)$"INSERT INTO read.shelves_put_up VALUES ({true}, 1) ON CONFLICT (one) DO UPDATE SET shelves = shelves_put_up.shelves + 1"
            : null;
    }
}

/// <summary>A server of its own that is killed: not only what is in it must survive, but also who uses it.</summary>
public sealed class A_killed_server(ITestOutputHelper output)
{
    /// <summary>From the server's return until what is stored then has its position.</summary>
    private static readonly TimeSpan LongestLag = TimeSpan.FromSeconds(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Loses_and_doubles_nothing_and_writers_and_sequencer_come_back_by_themselves()
    {
        await using var server = await Servers.PrivatePostgres();
        var database = await server.Server.CreateServiceDatabase("store", Cancel);
        var administrator = new NpgsqlConnectionStringBuilder(server.Server.Administrator) { Database = database.Name }.ConnectionString;
        await using var store = await TestStore.Create(database, administrator, configure: null, running: true, tables: null);
        var writers = new Writers(store);
        var writing = writers.Write(TimeSpan.FromSeconds(8), commands: 500);
        await TestStore.Until(() => Task.FromResult(writers.Commands > 200));
        await server.Server.Kill();
        await server.Server.Start(Cancel);
        await writing;
        await writers.Write(TimeSpan.FromSeconds(1));
        await store.ShouldHold(writers.Acknowledged);

        // Nobody writes now: looking for work must not use up transaction ids. The server itself may still use some for what was written.
        var (looks, since, looked) = (0, "", "");
        await TestStore.Until(async () =>
        {
            var next = await store.Scalar<string>("SELECT pg_snapshot_xmax(pg_current_snapshot())::text");
            var look = await store.Scalar<string>("SELECT coalesce(max(query_start)::text, '') FROM pg_stat_activity WHERE query LIKE 'WITH w AS%' AND datname = current_database()");
            looks = next != since ? 0 : look != looked ? looks + 1 : looks;
            (since, looked) = (next, look);
            return looks == 5;
        });
    }

    [Fact]
    [Trait("run", "campaign")]
    public async Task Row_41_a_server_that_is_killed_eight_times_is_followed_again_at_once_and_no_number_is_waited_for()
    {
        await using var server = await Servers.PrivatePostgres();
        var database = await server.Server.CreateServiceDatabase("store", Cancel);
        var administrator = new NpgsqlConnectionStringBuilder(server.Server.Administrator) { Database = database.Name, Pooling = false }.ConnectionString;
        await using var store = await TestStore.Create(database, administrator, configure: null, running: true, tables: null);
        var writers = new Writers(store);
        var going = true;
        var writing = writers.Write(() => Volatile.Read(ref going), writers: 16);
        var random = new Random(41);
        List<TimeSpan> returns = [];
        for (var kill = 0; kill < 8; kill++)
        {
            var before = writers.Acknowledged.Count;
            await TestStore.Until(() => Task.FromResult(writers.Acknowledged.Count >= before + 100));
            await Task.Delay(random.Next(500), Cancel);
            await server.Server.Kill();
            await server.Server.Start(Cancel);
            returns.Add(await UntilOrdered(store));
        }

        Volatile.Write(ref going, false);
        await writing;
        var log = await store.ShouldHold(writers.Acknowledged);
        var numbers = log.Select(stored => stored.SeqId).Order().ToList();
        var skipped = numbers.Zip(numbers.Skip(1), (number, next) => next - number - 1).Max();
        output.WriteLine(
            $"{log.Count} events, {writers.Faults} faults; at most {skipped} numbers missing in a row; ordered again {string.Join(", ", returns.Select(each => $"{each.TotalSeconds:0.00}"))} s after the server's return");
        skipped.ShouldBeGreaterThan(8, "the crashes have skipped none, so that nothing was tried");
        returns.Max().ShouldBeLessThan(LongestLag);
    }

    /// <summary>How long it takes, now that the server is back, until an event is stored and has its position.</summary>
    private static async Task<TimeSpan> UntilOrdered(TestStore store)
    {
        var watch = Stopwatch.StartNew();
        var shelf = Guid.CreateVersion7();
        await TestStore.Until(async () =>
        {
            try
            {
                await store.Do(shelf, new ShelfCommand.PutUp(1, "joiner"));
                return true;
            }
            catch (NpgsqlException)
            {
                // A connection from before the crash.
                return false;
            }
        });
        await TestStore.Until(async () => await store.Scalar<bool>($"SELECT EXISTS (SELECT FROM events.hl_order JOIN events.mt_events USING (seq_id) WHERE stream_id = '{shelf}')"));
        return watch.Elapsed;
    }
}
