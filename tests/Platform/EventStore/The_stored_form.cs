using System.Text.Json;
using Hotline111.Platform.EventStore;
using Npgsql;

namespace Hotline111.Platform.Tests.Streams;

/// <summary>The tables are Marten's, to the letter: another program reads and writes them.</summary>
public sealed class The_stored_form
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tables_columns_types_indexes_and_constraints_are_martens()
    {
        await using var store = await TestStore.Create(running: false);
        (await Lines(
            store,
            """
            SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
              FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'events' AND c.relkind = 'r' AND c.relname LIKE 'mt\_%' AND a.attnum > 0 ORDER BY c.relname, a.attnum
            """)).ShouldBe(
        [
            "mt_event_progression.name character varying not null",
            "mt_event_progression.last_seq_id bigint",
            "mt_event_progression.last_updated timestamp with time zone",
            "mt_events.seq_id bigint not null",
            "mt_events.id uuid not null",
            "mt_events.stream_id uuid",
            "mt_events.version bigint not null",
            "mt_events.data jsonb not null",
            "mt_events.bdata bytea",
            "mt_events.type character varying(500) not null",
            "mt_events.timestamp timestamp with time zone not null",
            "mt_events.tenant_id character varying",
            "mt_events.mt_dotnet_type character varying",
            "mt_events.correlation_id character varying",
            "mt_events.causation_id character varying",
            "mt_events.headers jsonb",
            "mt_events.is_archived boolean",
            "mt_high_water_skips.ending_sequence bigint not null",
            "mt_high_water_skips.starting_sequence bigint not null",
            "mt_high_water_skips.timestamp timestamp with time zone not null",
            "mt_streams.id uuid not null",
            "mt_streams.type character varying",
            "mt_streams.version bigint",
            "mt_streams.timestamp timestamp with time zone not null",
            "mt_streams.created timestamp with time zone not null",
            "mt_streams.tenant_id character varying",
            "mt_streams.is_archived boolean",
        ]);
        (await Lines(
            store,
            """
            SELECT conname || ': ' || pg_get_constraintdef(oid) FROM pg_constraint
             WHERE conrelid::regclass::text LIKE 'events.mt\_%' ORDER BY 1
            """)).ShouldBe(
        [
            "fkey_mt_events_stream_id: FOREIGN KEY (stream_id) REFERENCES events.mt_streams(id) ON DELETE CASCADE",
            "pk_mt_event_progression: PRIMARY KEY (name)",
            "pkey_mt_events_seq_id: PRIMARY KEY (seq_id)",
            "pkey_mt_high_water_skips_ending_sequence: PRIMARY KEY (ending_sequence)",
            "pkey_mt_streams_id: PRIMARY KEY (id)",
        ]);
        (await Lines(store, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'events' AND tablename LIKE 'mt\\_%' ORDER BY indexname")).ShouldBe(
        [
            "CREATE UNIQUE INDEX idx_mt_events_event_id ON events.mt_events USING btree (id)",
            "CREATE UNIQUE INDEX pk_mt_event_progression ON events.mt_event_progression USING btree (name)",
            "CREATE UNIQUE INDEX pk_mt_events_stream_and_version ON events.mt_events USING btree (stream_id, version)",
            "CREATE UNIQUE INDEX pkey_mt_events_seq_id ON events.mt_events USING btree (seq_id)",
            "CREATE UNIQUE INDEX pkey_mt_high_water_skips_ending_sequence ON events.mt_high_water_skips USING btree (ending_sequence)",
            "CREATE UNIQUE INDEX pkey_mt_streams_id ON events.mt_streams USING btree (id)",
        ]);
        (await Lines(store, "SELECT sequencename::text FROM pg_sequences WHERE schemaname = 'events' AND sequencename LIKE 'mt\\_%'")).ShouldBe(["mt_events_sequence"]);
    }

    [Fact]
    public async Task A_row_is_written_as_marten_would_write_it()
    {
        await using var store = await TestStore.Create(running: false);
        var (shelf, book) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await store.Do(shelf, new ShelfCommand.PutUp(7, "thợ mộc"));
        await store.Store.Execute(
            ShelfDecider.Instance, shelf, new ShelfCommand.Place(book, 3), new Metadata { Actor = "a1", Role = "counsellor", CorrelationId = "c1", CausationId = "c2", TraceParent = "t1" }, Cancel);
        (await Lines(
            store,
            """
            SELECT concat_ws('|', version, data, coalesce(bdata::text, 'null'), type, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, is_archived)
              FROM events.mt_events ORDER BY version
            """)).ShouldBe(
        [
            """1|{"by": "thợ mộc", "room": 7}|null|shelf-put-up.v1|*DEFAULT*|Hotline111.Platform.Tests.Streams.ShelfEvent+PutUp, ASSEMBLY|{"actor": "system", "schema": 1}|f"""
                .Replace("ASSEMBLY", typeof(ShelfEvent).Assembly.GetName().Name),
            $$"""2|{"book": "{{book}}", "weight": 3}|null|shelf-book-placed.v1|*DEFAULT*|Hotline111.Platform.Tests.Streams.ShelfEvent+Placed, ASSEMBLY|c1|c2|{"role": "counsellor", "actor": "a1", "schema": 1, "traceparent": "t1"}|f"""
                .Replace("ASSEMBLY", typeof(ShelfEvent).Assembly.GetName().Name),
        ]);
        (await Lines(store, "SELECT concat_ws('|', id, type, version, tenant_id, is_archived, timestamp >= created, now() - created < interval '1 hour') FROM events.mt_streams"))
            .ShouldBe([$"{shelf}|shelf|2|*DEFAULT*|f|t|t"]);
        (await Lines(store, "SELECT (abs(extract(epoch FROM now() - timestamp)) < 3600)::text FROM events.mt_events")).ShouldAllBe(near => near == "true");
    }

    [Fact]
    public async Task Events_that_marten_appends_are_ordered_chained_read_back_and_appended_to()
    {
        await using var store = await TestStore.Create();
        await using var marten = new Marten(store.Database.Store);
        var shelf = Guid.CreateVersion7();
        await marten.Append(shelf, 0, ("shelf-put-up.v1", """{"room": 3, "by": "marten"}"""), ("shelf-book-placed.v1", $$"""{"book": "{{Guid.CreateVersion7()}}", "weight": 4}"""));
        // A stale one of Marten's fails and leaves tombstones with the numbers it drew.
        (await marten.TryAppend(shelf, 1, ("shelf-taken-down.v1", """{"by": "marten"}"""))).ShouldBeFalse();
        (await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1))).Version.ShouldBe(3);
        await marten.Append(shelf, 3, ("shelf-taken-down.v1", """{"by": "marten"}"""));
        await TestStore.Until(async () => await store.Store.Head(Cancel) == 4);
        var log = await store.ShouldHold(new Dictionary<Guid, long> { [shelf] = 4 });
        log.Select(e => e.Version).ShouldBe([1, 2, 3, 4]);
        log[0].Metadata.ShouldBe(new Metadata { CorrelationId = "m-correlation", Actor = "marten" });
        (await store.Store.Load(ShelfDecider.Instance, shelf, Cancel)).State.ShouldBe(new ShelfState.Gone());
        (await store.Scalar<long>("SELECT count(*) FROM events.mt_events WHERE type = 'tombstone'")).ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"effectiveAt": "22/11/2026", "actor": 7}""")]
    [InlineData("""["effectiveAt"]""")]
    [InlineData("null")]
    public async Task Headers_that_say_nothing_sensible_stop_nobody_who_reads_the_log(string headers)
    {
        await using var store = await TestStore.Create();
        await using var marten = new Marten(store.Database.Store) { Headers = headers };
        var (shelf, next) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await marten.Append(shelf, 0, ("shelf-put-up.v1", """{"room": 3, "by": "marten"}"""));
        await marten.Append(next, 0, ("shelf-put-up.v1", """{"room": 4, "by": "marten"}"""));
        await TestStore.Until(async () => await store.Store.Head(Cancel) == 2);
        var log = await store.ShouldHold(new Dictionary<Guid, long> { [shelf] = 1, [next] = 1 });
        log[0].Metadata.ShouldBe(new Metadata { CorrelationId = "m-correlation" });
    }

    [Fact]
    public async Task Ours_and_martens_appends_race_for_a_version_and_exactly_one_wins()
    {
        await using var store = await TestStore.Create();
        await using var marten = new Marten(store.Database.Store);
        for (var round = 0; round < 20; round++)
        {
            var shelf = await store.Shelf();
            var ours = store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), expectedVersion: 1);
            var theirs = marten.TryAppend(shelf, 1, ("shelf-book-placed.v1", $$"""{"book": "{{Guid.CreateVersion7()}}", "weight": 4}"""));
            ((await ours).Succeeded ^ await theirs).ShouldBeTrue();
        }

        await store.ShouldHold(new Dictionary<Guid, long>());
    }

    [Fact]
    public async Task A_session_in_another_time_zone_does_no_harm()
    {
        await using var store = await TestStore.Create();
        await using var marten = new Marten(store.Database.Store + ";Timezone=Asia/Ho_Chi_Minh");
        var shelf = Guid.CreateVersion7();
        await marten.Append(shelf, 0, ("shelf-put-up.v1", """{"room": 3, "by": "marten"}"""));
        await TestStore.Until(async () => await store.Store.Head(Cancel) == 1);
        (await store.ShouldHold(new Dictionary<Guid, long> { [shelf] = 1 }))[0].Timestamp.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromHours(1));
        await using var there = NpgsqlDataSource.Create(store.Database.Store + ";Timezone=Asia/Ho_Chi_Minh");
        (await ChainVerifier.Verify(there, Cancel)).Bad.ShouldBeNull("the hash knows no session's time zone");
    }

    [Fact]
    public async Task Archiving_marks_the_stream_and_its_events()
    {
        await using var store = await TestStore.Create(running: false);
        var (shelf, other) = (await store.Shelf(books: 2), await store.Shelf(books: 2));
        await TestStore.Run(store.Database.Owner, $"SELECT events.mt_archive_stream('{shelf}')");
        (await Lines(store, "SELECT id::text FROM events.mt_streams WHERE is_archived")).ShouldBe([shelf.ToString()]);
        (await Lines(store, "SELECT DISTINCT stream_id::text FROM events.mt_events WHERE is_archived")).ShouldBe([shelf.ToString()]);
        (await Lines(store, "SELECT DISTINCT stream_id::text FROM events.mt_events WHERE NOT is_archived")).ShouldBe([other.ToString()]);
    }

    [Fact]
    public async Task Martens_progress_is_marked_and_moved_only_from_where_it_stands()
    {
        await using var store = await TestStore.Create(running: false);
        var app = store.Database.Store;
        await TestStore.Run(app, "SELECT events.mt_mark_event_progression('Shelves:All', 5)");
        await TestStore.Run(app, "SELECT events.mt_mark_event_progression('Shelves:All', 9)");
        (await store.Scalar<long>("SELECT last_seq_id FROM events.mt_event_progression WHERE name = 'Shelves:All'")).ShouldBe(9);
        Task<long> Skip(int ending, int starting) => TestStore.Scalar<long>(app, $"SELECT events.mt_mark_progression_with_skip('HighWaterMark', {ending}::bigint, {starting}::bigint)");
        (await Skip(10, 4)).ShouldBe(0, "it stands at 0, so nothing moves");
        (await Skip(10, 0)).ShouldBe(10);
        (await Skip(30, 20)).ShouldBe(10, "somebody else moved it");
        (await Skip(25, 10)).ShouldBe(25);
        (await Lines(store, "SELECT starting_sequence || '-' || ending_sequence FROM events.mt_high_water_skips ORDER BY 1")).ShouldBe(["0-10", "10-25"]);
    }

    [Fact]
    public async Task Leaves_and_links_are_what_they_always_were()
    {
        await using var store = await TestStore.Create(running: false);
        var golden = JsonSerializer.Deserialize<GoldenRow[]>(
            await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "EventStore", "Golden", "chain.1.json"), Cancel), JsonSerializerOptions.Web)!;
        var chain = ChainVerifier.Start;
        foreach (var row in golden)
        {
            await TestStore.Run(
                store.Administrator,
                $"""
                INSERT INTO events.mt_streams (id, type, version, timestamp, created, is_archived) VALUES ('{row.Stream}', 'golden', {row.Version}, now(), now(), false)
                    ON CONFLICT (id) DO UPDATE SET version = excluded.version;
                INSERT INTO events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, correlation_id, causation_id, headers, is_archived)
                VALUES ({row.SeqId}, '{row.EventId}', '{row.Stream}', {row.Version}, {Quoted(row.Written)}::jsonb, '{row.Type}', '{row.Timestamp}',
                        {Quoted(row.CorrelationId)}, {Quoted(row.CausationId)}, {Quoted(row.Headers)}::jsonb, false);
                """);
        }

        await store.Start();
        await TestStore.Until(async () => await store.Store.Head(Cancel) == golden.Length);
        var stored = await store.Store.ReadLog(0, 100, Cancel);
        for (var i = 0; i < golden.Length; i++)
        {
            var (row, text) = (golden[i], stored[i].Data);
            text.ShouldBe(row.Data, "the text of a jsonb value is pinned");
            var printed = await store.Scalar<string>($"SELECT coalesce(headers::text, 'null') FROM events.mt_events WHERE seq_id = {row.SeqId}");
            var leaf = ChainVerifier.Leaf(
                i + 1, row.SeqId, row.EventId, row.Stream, row.Version, DateTimeOffset.Parse(row.Timestamp, System.Globalization.CultureInfo.InvariantCulture).UtcDateTime, row.Type,
                text, printed == "null" ? null : printed, row.CorrelationId, row.CausationId);
            Convert.ToHexStringLower(leaf).ShouldBe(row.Leaf);
            chain = System.Security.Cryptography.SHA256.HashData([.. chain, .. leaf]);
            Convert.ToHexStringLower(chain).ShouldBe(row.Chain);
            (await store.Scalar<string>($"SELECT encode(leaf, 'hex') || ' ' || encode(chain, 'hex') FROM events.hl_order WHERE pos = {i + 1}")).ShouldBe($"{row.Leaf} {row.Chain}");
        }

        static string Quoted(string? text) => text is null ? "NULL" : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    private static async Task<IReadOnlyList<string>> Lines(TestStore store, string sql)
    {
        await using var connection = new NpgsqlConnection(store.Administrator);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        List<string> lines = [];
        while (await reader.ReadAsync(Cancel))
            lines.Add(reader.GetString(0));
        return lines;
    }

    /// <param name="Written">The JSON as a client sends it; <paramref name="Data"/> is the text PostgreSQL makes of it.</param>
    private sealed record GoldenRow(
        long SeqId, Guid EventId, Guid Stream, long Version, string Timestamp, string Type, string Written, string Data, string? Headers, string? CorrelationId, string? CausationId, string Leaf, string Chain);

    /// <summary>Appends as Marten's Rich mode does: numbers first, then a transaction, and tombstones for the numbers of a failed one. In words of our own.</summary>
    private sealed class Marten(string connectionString) : IAsyncDisposable
    {
        private readonly NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        private readonly Guid tombstones = Guid.CreateVersion7();

        public string Headers { get; init; } = """{"actor": "marten"}""";

        public async Task<bool> TryAppend(Guid stream, long expected, params (string Type, string Data)[] events)
        {
            try
            {
                await Append(stream, expected, events);
                return true;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                return false;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }

        public async Task Append(Guid stream, long expected, params (string Type, string Data)[] events)
        {
            await using var connection = await source.OpenConnectionAsync(Cancel);
            var numbers = new long[events.Length];
            for (var i = 0; i < events.Length; i++)
            {
                await using var draw = new NpgsqlCommand("select nextval('events.mt_events_sequence')", connection);
                numbers[i] = (long)(await draw.ExecuteScalarAsync(Cancel))!;
            }

            try
            {
                await using var transaction = await connection.BeginTransactionAsync(Cancel);
                if (expected == 0)
                    await Do(connection, "insert into events.mt_streams (id, type, version, tenant_id) values ($1, null, $2, '*DEFAULT*')", stream, (long)events.Length);
                else if (await Do(connection, "update events.mt_streams set version = $2, timestamp = now() where id = $1 and version = $3", stream, expected + events.Length, expected) == 0)
                    throw new InvalidOperationException("Unexpected version.");
                for (var i = 0; i < events.Length; i++)
                    await Insert(connection, numbers[i], stream, expected + i + 1, events[i].Type, events[i].Data);
                await transaction.CommitAsync(Cancel);
            }
            catch (Exception e) when (e is PostgresException or InvalidOperationException)
            {
                await Do(connection, "insert into events.mt_streams (id, tenant_id, version, is_archived) values ($1, '*DEFAULT*', 0, false) on conflict (id) do nothing", tombstones);
                foreach (var number in numbers)
                    await Insert(connection, number, tombstones, number, "tombstone", "{}");
                throw;
            }
        }

        public ValueTask DisposeAsync() => source.DisposeAsync();

        private Task<int> Insert(NpgsqlConnection connection, long number, Guid stream, long version, string type, string data) => Do(
            connection,
            """
            insert into events.mt_events (data, type, mt_dotnet_type, seq_id, id, stream_id, version, timestamp, tenant_id, correlation_id, causation_id, headers)
            values ($1::jsonb, $2, 'Namespace.Type, Assembly', $3, $4, $5, $6, now(), '*DEFAULT*', 'm-correlation', null, $7::jsonb)
            """,
            data, type, number, Guid.CreateVersion7(), stream, version, Headers);

        private static async Task<int> Do(NpgsqlConnection connection, string sql, params object[] values)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var value in values)
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            return await command.ExecuteNonQueryAsync(Cancel);
        }
    }
}
