using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hotline111.Platform.Tests.Streams;

public sealed class Read_models
{
    private const string Tables =
        """
        CREATE TABLE read.shelf_weight (shelf uuid PRIMARY KEY, books integer NOT NULL, weight bigint NOT NULL, last_position bigint NOT NULL);
        CREATE TABLE read.lamp (lamp uuid PRIMARY KEY, lit integer NOT NULL);
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_follows_the_log_counts_each_event_exactly_once_though_its_sessions_are_ended()
    {
        await using var store = await TestStore.Create(s => s.Following(new ShelfWeights()), tables: Tables);
        await using var another = await store.Another(s => s.Following(new ShelfWeights()));
        var writers = new Writers(store);
        var writing = writers.Write(TimeSpan.FromSeconds(4), writers: 6);
        while (!writing.IsCompleted)
        {
            await Task.WhenAny(writing, Task.Delay(150, Cancel));
            await store.Scalar<long>(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE '%hl_checkpoint%' AND pid <> pg_backend_pid()");
        }

        await writing;
        store.Store.Source.Clear(); // sessions that were ended while nobody used them lie in the pool
        var log = await store.ShouldHold(writers.Acknowledged);
        await TestStore.Until(async () => await store.Scalar<long>("SELECT pos FROM events.hl_checkpoint WHERE name = 'shelf-weight.1'") == log.Count);
        var expected = log.Where(e => e.Type == "shelf-book-placed.v1").Select(store.Store.Record<ShelfEvent>).Select(r => (ShelfEvent.Placed)r.Event).ToList();
        (await store.Scalar<long>("SELECT sum(books)::bigint FROM read.shelf_weight")).ShouldBe(expected.Count);
        (await store.Scalar<long>("SELECT sum(weight)::bigint FROM read.shelf_weight")).ShouldBe(expected.Sum(e => e.Weight));
    }

    [Fact]
    public async Task A_batch_that_fails_leaves_nothing_and_is_done_again()
    {
        var weights = new ShelfWeights { FailAt = 3 };
        await using var store = await TestStore.Create(tables: Tables);
        await store.Shelf(books: 5);
        await store.Ordered();
        using var subscription = new Subscription(store.Store, store.Signal, FollowingProjection.Of(weights), TimeProvider.System, NullLogger<Subscription>.Instance);
        await Should.ThrowAsync<PostgresException>(subscription.Advance(Cancel));
        (await store.Scalar<long>("SELECT count(*) FROM read.shelf_weight")).ShouldBe(0);
        (await store.Scalar<long>("SELECT count(*) FROM events.hl_checkpoint")).ShouldBe(0);
        weights.FailAt = 0;
        (await subscription.Advance(Cancel)).ShouldBe(6);
        (await subscription.Advance(Cancel)).ShouldBe(0);
        (await store.Scalar<int>("SELECT books FROM read.shelf_weight")).ShouldBe(5);
    }

    [Fact]
    public async Task An_event_nobody_knows_stops_only_the_read_models_of_its_family()
    {
        await using var store = await TestStore.Create(s => s.Family(LampDecider.Instance).Following(new ShelfWeights()).Following(new LitLamps()), tables: Tables);
        var (shelf, lamp) = (await store.Shelf(books: 1), Guid.CreateVersion7());
        await store.Ordered();
        await TestStore.Run(store.Administrator, Raw(shelf, 3, "shelf-painted.v9", "{}"));
        await store.Store.Execute(LampDecider.Instance, lamp, "light", Metadata.System(), Cancel);
        await store.Shelf(books: 1);
        await TestStore.Until(async () => await store.Scalar<long>("SELECT count(*) FROM read.lamp") == 1);
        await TestStore.Until(async () => await store.Scalar<long>("SELECT coalesce((SELECT pos FROM events.hl_checkpoint WHERE name = 'lit-lamps.1'), 0)") == 6);
        await TestStore.Until(() => Task.FromResult(store.Log.Lines.Any(line => line.Contains("shelf-weight.1 interrupted", StringComparison.Ordinal))));
        (await store.Scalar<long>("SELECT pos FROM events.hl_checkpoint WHERE name = 'shelf-weight.1'")).ShouldBe(2, "what lies before it was applied");
        await Should.ThrowAsync<UnknownEventException>(store.Store.Load(ShelfDecider.Instance, shelf, Cancel));
        (await store.Do(await store.Shelf(), new ShelfCommand.Place(Guid.CreateVersion7(), 1))).Version.ShouldBe(2, "other streams go on");
    }

    [Fact]
    public async Task One_made_of_two_families_has_one_checkpoint_and_hears_each_event_once()
    {
        var both = new ShelvesAndLamps();
        await using var store = await TestStore.Create(
            s => s.Family(LampDecider.Instance).Following<ShelfEvent>(both).Following<LampEvent>(both).Inline<ShelfEvent>(new ShelvesAndLamps("inline")).Inline<LampEvent>(new ShelvesAndLamps("inline")),
            tables: "CREATE TABLE read.line (n bigserial PRIMARY KEY, source text, what text)");
        await store.Shelf(books: 1);
        await store.Store.Execute(LampDecider.Instance, Guid.CreateVersion7(), "light", Metadata.System(), Cancel);
        await TestStore.Until(async () => await store.Scalar<long>("SELECT count(*) FROM read.line WHERE source = 'following'") == 3);
        (await store.Scalar<string>("SELECT string_agg(what, ',' ORDER BY n) FROM read.line WHERE source = 'following'")).ShouldBe("PutUp,Placed,Lit");
        (await store.Scalar<string>("SELECT string_agg(what, ',' ORDER BY n) FROM read.line WHERE source = 'inline'")).ShouldBe("PutUp,Placed,Lit");
        (await store.Scalar<long>("SELECT count(*) FROM events.hl_checkpoint")).ShouldBe(1);
    }

    [Fact]
    public async Task An_archived_stream_is_not_told_to_a_read_model()
    {
        await using var store = await TestStore.Create(tables: Tables);
        var (archived, kept) = (await store.Shelf(books: 2), await store.Shelf(books: 1));
        await store.Ordered();
        await TestStore.Run(store.Database.Owner, $"SELECT events.mt_archive_stream('{archived}')");
        using var subscription = new Subscription(store.Store, store.Signal, FollowingProjection.Of(new ShelfWeights()), TimeProvider.System, NullLogger<Subscription>.Instance);
        (await subscription.Advance(Cancel)).ShouldBe(5);
        (await store.Scalar<Guid>("SELECT shelf FROM read.shelf_weight")).ShouldBe(kept);
    }

    [Fact]
    public async Task Old_shapes_are_lifted_step_by_step_when_read_and_stay_as_they_were()
    {
        await using var store = await TestStore.Create(
            s => s
                .Upcast(new Upcaster("shelf-erected.v1", "shelf-erected.v2", old => new JsonObject { ["room"] = old["places"]!.DeepClone(), ["by"] = old["who"]!.DeepClone() }))
                .Upcast(new Upcaster("shelf-erected.v2", "shelf-put-up.v1", old =>
                {
                    old["room"] = (int)old["room"]! * 10;
                    return old;
                }))
                .Following(new ShelfWeights()),
            tables: Tables);
        var shelf = Guid.CreateVersion7();
        await TestStore.Run(
            store.Administrator,
            $"INSERT INTO events.mt_streams (id, type, version, timestamp, created, is_archived) VALUES ('{shelf}', 'shelf', 1, now(), now(), false);" + Raw(shelf, 1, "shelf-erected.v1", """{"places": 3, "who": "joiner"}"""));
        (await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1))).State.ShouldBeOfType<ShelfState.Standing>().Room.ShouldBe(30);
        (await store.Store.ReadStream(shelf, Cancel))[0].ShouldSatisfyAllConditions(e => e.Type.ShouldBe("shelf-erected.v1"), e => e.Data.ShouldBe("""{"who": "joiner", "places": 3}"""));
        await TestStore.Until(async () => await store.Scalar<long>("SELECT coalesce((SELECT pos FROM events.hl_checkpoint WHERE name = 'shelf-weight.1'), 0)") == 2);
    }

    [Fact]
    public void A_family_with_an_event_without_a_stored_name_is_refused()
    {
        Should.Throw<InvalidOperationException>(() => new EventCatalogue().Add(typeof(Nameless))).Message.ShouldContain("Lost");
        var catalogue = new EventCatalogue();
        catalogue.Add(typeof(LampEvent));
        Should.Throw<InvalidOperationException>(() => catalogue.Add(typeof(SameName))).Message.ShouldContain("lamp-lit.v1");
    }

    [Fact]
    public async Task Both_kinds_are_rebuilt_beside_the_live_ones_and_swapped_while_writers_go_on()
    {
        const string tables =
            """
            CREATE TABLE read.inline_shelf (shelf uuid CONSTRAINT one_line_a_shelf PRIMARY KEY, books integer NOT NULL, weight bigint NOT NULL, CHECK (books >= 0));
            CREATE INDEX heaviest ON read.inline_shelf (weight DESC) WHERE weight > 10;
            CREATE TABLE read.following_shelf (shelf uuid PRIMARY KEY, books integer NOT NULL, weight bigint NOT NULL);
            """;
        var (inline, following) = (new ShelfTable("inline_shelf"), new ShelfTable("following_shelf"));
        await using var store = await TestStore.Create(s => s.Inline(inline).Following(following), tables: tables);
        var writers = new Writers(store);
        await writers.Write(TimeSpan.FromSeconds(1.5), writers: 4);
        // What a wrong statement of an earlier version may have left.
        await TestStore.Run(store.Administrator, "UPDATE read.inline_shelf SET weight = -1; UPDATE read.following_shelf SET weight = -1");
        var shape = await Shape();
        using var rebuilt = new CancellationTokenSource();
        var writing = writers.Write(() => !rebuilt.IsCancellationRequested, writers: 6);
        var models = store.Services.GetRequiredService<ReadModels>().ByName;
        var before = writers.Commands;
        await TestStore.Until(() => Task.FromResult(writers.Commands > before + 50));
        try
        {
            foreach (var table in new[] { "inline_shelf", "following_shelf" })
                await Rebuild.Run(store.Database.Owner, store.Store, models[$"{table}.1"], Cancel);
        }
        finally
        {
            await rebuilt.CancelAsync();
            await writing;
        }

        writers.Faults.ShouldBe(0);
        var log = await store.ShouldHold(writers.Acknowledged);
        await TestStore.Until(async () => await store.Scalar<long>("SELECT pos FROM events.hl_checkpoint WHERE name = 'following_shelf.1'") == log.Count);
        var expected = log.GroupBy(e => e.StreamId).ToDictionary(
            s => s.Key, s => s.Select(store.Store.Record<ShelfEvent>).Select(r => r.Event).OfType<ShelfEvent.Placed>().ToList());
        foreach (var table in new[] { "inline_shelf", "following_shelf" })
        {
            (await store.Scalar<string>($"SELECT string_agg(shelf || ' ' || books || ' ' || weight, E'\n' ORDER BY shelf::text) FROM read.{table}")).ShouldBe(
                string.Join('\n', expected.OrderBy(s => s.Key.ToString(), StringComparer.Ordinal).Select(s => $"{s.Key} {s.Value.Count} {s.Value.Sum(e => e.Weight)}")), table);
        }

        (await Shape()).ShouldBe(shape, "names of columns, constraints and indexes, and rights");
        (await store.Scalar<long>("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'read!_%' ESCAPE '!'")).ShouldBe(0);

        Task<string> Shape() => store.Scalar<string>(
            """
            SELECT string_agg(line, E'\n' ORDER BY line) FROM (
              SELECT c.relname || ' ' || a.attname || ' ' || a.atttypid::regtype || ' ' || a.attnotnull AS line FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
               WHERE c.relnamespace = 'read'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
              UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'read'::regnamespace
              UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'read'
              UNION ALL SELECT table_name || ' ' || grantee || ' ' || privilege_type FROM information_schema.role_table_grants WHERE table_schema = 'read') lines
            """);
    }

    [Fact]
    public async Task While_one_is_rebuilt_readers_see_the_old_one_whole_and_then_the_new_one_whole_and_progress_is_told()
    {
        const string whole = "SELECT count(*) || ' ' || sum(weight) FROM read.shelf_table";
        await using var store = await TestStore.Create(
            s => s.Inline(new ShelfTable("shelf_table")), tables: "CREATE TABLE read.shelf_table (shelf uuid PRIMARY KEY, books integer NOT NULL, weight bigint NOT NULL)");
        for (var i = 0; i < 30; i++)
            await store.Store.Append(ShelfDecider.Instance, Guid.CreateVersion7(), 0, [new ShelfEvent.PutUp(100, "joiner"), .. Enumerable.Range(0, 99).Select(_ => new ShelfEvent.Placed(Guid.CreateVersion7(), 1))], Metadata.System(), Cancel);
        var right = await store.Scalar<string>(whole);
        right.ShouldBe("30 2970");
        await TestStore.Run(store.Administrator, "UPDATE read.shelf_table SET weight = weight + 1");
        await store.Ordered();
        var told = new Told();
        using var over = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            HashSet<string> seen = [];
            await using var source = NpgsqlDataSource.Create(store.Database.Store);
            await using var command = source.CreateCommand(whole);
            do
                seen.Add((string)(await command.ExecuteScalarAsync(Cancel))!);
            while (!over.IsCancellationRequested);
            return seen;
        }, Cancel);
        await Rebuild.Run(store.Database.Owner, store.Store, store.Services.GetRequiredService<ReadModels>().ByName["shelf_table.1"], Cancel, told);
        await over.CancelAsync();
        (await reading).ShouldBeSubsetOf(["30 3000", right]);
        (await store.Scalar<string>(whole)).ShouldBe(right);
        told.Steps.Select(step => step.Position).ShouldBe([1000, 2000, 3000]);
        told.Steps.ShouldAllBe(step => step.Head == 3000);
    }

    [Fact]
    public async Task One_that_also_takes_in_what_others_told_is_not_rebuilt()
    {
        await using var store = await TestStore.Create(s => s.Following(new ShelfWeights()), tables: Tables);
        var model = store.Services.GetRequiredService<ReadModels>().ByName["shelf-weight.1"];
        await Should.ThrowAsync<InvalidOperationException>(Rebuild.Run(store.Database.Owner, store.Store, model, Cancel));
    }

    [Fact]
    public async Task A_personal_value_reaches_an_inline_read_model_sealed_as_a_rebuild_would_see_it()
    {
        await using var store = await TestStore.Create(
            s => s.Family(NoteDecider.Instance).Inline(new Notes("inline")).Following(new Notes("following")), tables: "CREATE TABLE read.note (source text PRIMARY KEY, text jsonb)");
        var note = Guid.CreateVersion7();
        await store.Store.Execute(NoteDecider.Instance, note, "Bé gái ở Sơn La", Metadata.System(), Cancel);
        await TestStore.Until(async () => await store.Scalar<long>("SELECT count(*) FROM read.note") == 2);
        (await store.Scalar<long>("SELECT count(DISTINCT text) FROM read.note")).ShouldBe(1);
        (await store.Scalar<string>("SELECT text::text FROM read.note LIMIT 1")).ShouldNotContain("Sơn La");
        (await store.Store.ReadStream(note, Cancel)).Single().Data.ShouldNotContain("Sơn La");
        var keys = store.Services.GetRequiredService<PersonKeys>();
        (await keys.Open((await store.Store.Load(NoteDecider.Instance, note, Cancel)).State!, Cancel)).ShouldBe("Bé gái ở Sơn La");
    }

    private static string Raw(Guid stream, int version, string type, string data) =>
        $"""
        UPDATE events.mt_streams SET version = {version} WHERE id = '{stream}';
        INSERT INTO events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, is_archived)
        VALUES (nextval('events.mt_events_sequence'), gen_random_uuid(), '{stream}', {version}, '{data}', '{type}', now(), false);
        """;

    [JsonDerivedType(typeof(Named), "nameless-named.v1")]
    public abstract record Nameless
    {
        public sealed record Named : Nameless;

        public sealed record Lost : Nameless;
    }

    [JsonDerivedType(typeof(Lit), "lamp-lit.v1")]
    public abstract record SameName
    {
        public sealed record Lit : SameName;
    }

    [JsonDerivedType(typeof(Lit), "lamp-lit.v1")]
    public abstract record LampEvent
    {
        public sealed record Lit(int Watts) : LampEvent;
    }

    [JsonDerivedType(typeof(Written), "note-written.v1")]
    public abstract record NoteEvent
    {
        public sealed record Written(Personal<string> Text) : NoteEvent;
    }

    private static class NoteDecider
    {
        public static readonly Decider<Personal<string>?, string, NoteEvent> Instance = new(
            "note", null, (_, @event) => ((NoteEvent.Written)@event).Text,
            (_, text) => [new NoteEvent.Written(Personal.Of(text, new Owner("contact", Guid.CreateVersion7()), FieldGroup.Narrative))]);
    }

    private sealed class Notes(string source) : IProjection<NoteEvent>
    {
        public string Name => $"notes-{source}.1";

        public FormattableString? Apply(Recorded<NoteEvent> recorded) =>
            $"INSERT INTO read.note (source, text) VALUES ({source}, {JsonSerializer.Serialize(((NoteEvent.Written)recorded.Event).Text, EventCatalogue.Json)}::jsonb)";
    }

    private sealed class ShelfTable(string table) : IProjection<ShelfEvent>
    {
        public string Name => $"{table}.1";

        public IReadOnlyList<string> Tables => [table];

        public FormattableString? Apply(Recorded<ShelfEvent> recorded) => recorded.Event switch
        {
            ShelfEvent.PutUp => Statement("INSERT INTO read.TABLE (shelf, books, weight) VALUES ({0}, 0, 0)", recorded.StreamId),
            ShelfEvent.Placed e => Statement("UPDATE read.TABLE SET books = books + 1, weight = weight + {1} WHERE shelf = {0}", recorded.StreamId, e.Weight),
            _ => null,
        };

        private FormattableString Statement(string text, params object?[] values) =>
            System.Runtime.CompilerServices.FormattableStringFactory.Create(text.Replace("TABLE", table, StringComparison.Ordinal), values);
    }

    private sealed class Told : IProgress<RebuildProgress>
    {
        public List<RebuildProgress> Steps { get; } = [];

        public void Report(RebuildProgress value) => Steps.Add(value);
    }

    private static class LampDecider
    {
        public static readonly Decider<int, string, LampEvent> Instance = new("lamp", 0, (lit, _) => lit + 1, (_, _) => [new LampEvent.Lit(40)]);
    }

    private sealed class ShelfWeights : IProjection<ShelfEvent>
    {
        public int FailAt { get; set; }

        public string Name => "shelf-weight.1";

        public FormattableString? Apply(Recorded<ShelfEvent> recorded) => recorded.Event switch
        {
            _ when recorded.Version == FailAt => $"SELECT 1 / {0}",
            ShelfEvent.PutUp => $"INSERT INTO read.shelf_weight (shelf, books, weight, last_position) VALUES ({recorded.StreamId}, 0, 0, {recorded.Position})",
            ShelfEvent.Placed e => $"UPDATE read.shelf_weight SET books = books + 1, weight = weight + {e.Weight}, last_position = {recorded.Position} WHERE shelf = {recorded.StreamId}",
            _ => null,
        };
    }

    private sealed class LitLamps : IProjection<LampEvent>
    {
        public string Name => "lit-lamps.1";

        public FormattableString? Apply(Recorded<LampEvent> recorded) => $"INSERT INTO read.lamp (lamp, lit) VALUES ({recorded.StreamId}, {1})";
    }

    private sealed class ShelvesAndLamps(string source = "following") : IProjection<ShelfEvent>, IProjection<LampEvent>
    {
        public string Name => $"shelves-and-lamps-{source}.1";

        public FormattableString? Apply(Recorded<ShelfEvent> recorded) => Line(recorded.Event);

        public FormattableString? Apply(Recorded<LampEvent> recorded) => Line(recorded.Event);

        private FormattableString Line(object @event) => $"INSERT INTO read.line (source, what) VALUES ({source}, {@event.GetType().Name})";
    }
}
