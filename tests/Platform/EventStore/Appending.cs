using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline111.Platform.Tests.Streams;

public sealed class Appending
{
    private const string Books =
        """
        CREATE TABLE read.shelf_book (book uuid PRIMARY KEY, shelf uuid NOT NULL, weight integer NOT NULL);
        CREATE UNIQUE INDEX shelf_book_weight ON read.shelf_book (weight) WHERE weight > 1000;
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_is_stored_ordered_chained_and_read_back()
    {
        await using var store = await TestStore.Create();
        var shelf = await store.Shelf(books: 4);
        var log = await store.Ordered();
        log.Select(e => (e.StreamId, e.Version, e.Position)).ShouldBe(Enumerable.Range(1, 5).Select(i => (shelf, (long)i, (long)i)));
        log[0].Type.ShouldBe("shelf-put-up.v1");
        log[0].Metadata.Actor.ShouldBe("system");
        var folded = await store.Store.Load(ShelfDecider.Instance, shelf, Cancel);
        folded.Version.ShouldBe(5);
        folded.State.ShouldBeOfType<ShelfState.Standing>().Books.Count.ShouldBe(4);
        await store.ShouldHold(new Dictionary<Guid, long> { [shelf] = 5 });
    }

    [Fact]
    public async Task Metadata_come_back_as_they_were_given()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = Guid.CreateVersion7();
        var metadata = new Metadata
        {
            Actor = "0190-actor",
            Role = "liaison",
            Agency = "c02",
            Desk = "police.08",
            EffectiveAt = new DateTimeOffset(2026, 3, 1, 23, 59, 59, TimeSpan.FromHours(7)),
            CorrelationId = "correlation",
            CausationId = "causation",
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        };
        await store.Store.Execute(ShelfDecider.Instance, shelf, new ShelfCommand.PutUp(1, "joiner"), metadata, Cancel);
        (await store.Store.ReadStream(shelf, Cancel)).Single().Metadata.ShouldBe(metadata with { EffectiveAt = metadata.EffectiveAt!.Value.ToUniversalTime() });
    }

    [Fact]
    public async Task An_append_has_up_to_a_thousand_events_and_their_numbers_rise_with_their_versions()
    {
        await using var store = await TestStore.Create();
        var shelf = Guid.CreateVersion7();
        (await Append(0, 9)).ShouldBe(9);
        (await Append(9, 8)).ShouldBe(17);
        (await Append(17, 1000)).ShouldBe(1017);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(Append(1017, 1001));
        await Should.ThrowAsync<StreamConflictException>(Append(17, 9));
        var log = await store.ShouldHold(new Dictionary<Guid, long> { [shelf] = 1017 });
        log.Select(e => e.Version).ShouldBe(Enumerable.Range(1, 1017).Select(version => (long)version));
        log.Select(e => e.SeqId).ShouldBeInOrder();

        Task<long> Append(long version, int events) => store.Store.Append(
            ShelfDecider.Instance, shelf, version,
            [.. Enumerable.Range(0, events).Select(i => version + i == 0 ? (ShelfEvent)new ShelfEvent.PutUp(9999, "joiner") : new ShelfEvent.Placed(Guid.CreateVersion7(), 1))],
            Metadata.System(), Cancel);
    }

    [Fact]
    public async Task Of_200_appends_that_expect_the_same_version_exactly_one_succeeds()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = await store.Shelf();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), expectedVersion: 1)));
        outcomes.Count(o => o.Succeeded).ShouldBe(1);
        outcomes.Count(o => o.Stale && o.Events.Count == 0).ShouldBe(199);
        (await store.Store.ReadStream(shelf, Cancel)).Count.ShouldBe(2);
        (await store.Scalar<long>("SELECT last_value FROM events.mt_events_sequence")).ShouldBe(2, "who came too late drew no number");
    }

    [Fact]
    public async Task Of_50_starts_of_the_same_stream_exactly_one_succeeds_and_the_others_decide_on_it()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = Guid.CreateVersion7();
        var outcomes = await Task.WhenAll(Enumerable.Range(1, 50).Select(room => store.Do(shelf, new ShelfCommand.PutUp(room, "joiner"))));
        outcomes.Count(o => o.Events.Count == 1).ShouldBe(1);
        outcomes.Count(o => o.Refusal == ShelfDecider.Exists).ShouldBe(49);
    }

    [Fact]
    public async Task Without_a_version_a_lost_race_is_decided_again_until_the_rule_says_no()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = await store.Shelf(room: 25);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1))));
        outcomes.Count(o => o.Events.Count == 1).ShouldBe(25);
        outcomes.Count(o => o.Refusal == ShelfDecider.Full).ShouldBe(15);
        outcomes.Where(o => o.Events.Count == 1).Select(o => o.Version).Order().ShouldBe(Enumerable.Range(2, 25).Select(v => (long)v));
    }

    [Fact]
    public async Task A_stale_version_is_told_with_the_newer_state_and_leaves_nothing()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = await store.Shelf(books: 1);
        var outcome = await store.Do(shelf, new ShelfCommand.TakeDown("joiner"), expectedVersion: 1, identity: Identity("k1"));
        outcome.Stale.ShouldBeTrue();
        outcome.Version.ShouldBe(2);
        outcome.State.ShouldBeOfType<ShelfState.Standing>();
        (await store.Scalar<long>("SELECT count(*) FROM events.hl_command")).ShouldBe(0);
    }

    [Fact]
    public async Task A_refusal_leaves_nothing_not_even_its_key()
    {
        await using var store = await TestStore.Create(running: false);
        (await store.Do(Guid.CreateVersion7(), new ShelfCommand.Place(Guid.CreateVersion7(), 1), identity: Identity("k1"))).Refusal.ShouldBe(ShelfDecider.NotFound);
        (await store.Scalar<long>("SELECT (SELECT count(*) FROM events.hl_command) + (SELECT count(*) FROM events.mt_streams) + (SELECT count(*) FROM events.mt_events)")).ShouldBe(0);
    }

    [Fact]
    public async Task The_same_key_gets_the_same_answer_and_one_effect()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = await store.Shelf();
        var place = new ShelfCommand.Place(Guid.CreateVersion7(), 1);
        var identity = Identity("k1") with { Status = 201, Location = $"/shelves/{shelf}", ResourceId = shelf };
        var first = await store.Do(shelf, place, identity: identity);
        first.Replayed.ShouldBeNull();
        await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 2));
        var second = await store.Do(shelf, place, expectedVersion: 1, identity: identity);
        second.Replayed.ShouldBe(new CommandAnswer(201, 2, $"/shelves/{shelf}", shelf));
        second.Events.ShouldBeEmpty();
        (await store.Store.ReadStream(shelf, Cancel)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Twenty_twins_at_once_have_one_effect()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = await store.Shelf();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), identity: Identity("k1"))));
        outcomes.Count(o => o.Events.Count == 1).ShouldBe(1);
        outcomes.Count(o => o.Replayed is { ETag: 2 }).ShouldBe(19);
    }

    [Fact]
    public async Task The_same_key_with_another_request_is_refused()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = await store.Shelf();
        await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), identity: Identity("k1"));
        var refused = await Should.ThrowAsync<CommandKeyException>(
            store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 2), identity: Identity("k1") with { RequestHash = [2] }));
        refused.Problem.ShouldBe(CommandKeyProblem.OtherRequest);
    }

    [Fact]
    public async Task The_same_key_of_another_principal_is_another_key()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = await store.Shelf();
        await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), identity: Identity("k1"));
        var other = await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), identity: Identity("k1") with { Principal = "somebody-else" });
        other.Events.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_key_whose_first_request_is_under_way_is_in_flight()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = await store.Shelf();
        await using var connection = await store.Store.Source.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), identity: Identity("k1"), within: new(connection, transaction));
        await using var other = await store.Impatient();
        var refused = await Should.ThrowAsync<CommandKeyException>(other.Do(await store.Shelf(), new ShelfCommand.Place(Guid.CreateVersion7(), 1), identity: Identity("k1")));
        refused.Problem.ShouldBe(CommandKeyProblem.InFlight);
    }

    [Fact]
    public async Task A_forgotten_key_may_be_used_again()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = await store.Shelf();
        await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), identity: Identity("k1"));
        (await store.Store.ForgetCommands(DateTimeOffset.UtcNow.AddDays(-30), Cancel)).ShouldBe(0);
        (await store.Store.ForgetCommands(DateTimeOffset.UtcNow.AddMinutes(1), Cancel)).ShouldBe(1);
        (await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), identity: Identity("k1") with { RequestHash = [9] })).Events.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_joins_a_transaction_lives_and_dies_with_it()
    {
        await using var store = await TestStore.Create(s => s.Inline(new BookList()), tables: Books);
        var (kept, dropped) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var (shelf, keep) in new[] { (kept, true), (dropped, false) })
        {
            await using var connection = await store.Store.Source.OpenConnectionAsync(Cancel);
            await using var transaction = await connection.BeginTransactionAsync(Cancel);
            await store.Do(shelf, new ShelfCommand.PutUp(5, "joiner"), within: new(connection, transaction));
            var placed = await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), identity: Identity($"key-{keep}"), within: new(connection, transaction));
            placed.Version.ShouldBe(2, "the second append sees the first");
            if (keep)
                await transaction.CommitAsync(Cancel);
        }

        store.Signal.Appended();
        (await store.Ordered()).Select(e => e.StreamId).ShouldBe([kept, kept]);
        (await store.Scalar<long>("SELECT count(*) FROM read.shelf_book")).ShouldBe(1);
        (await store.Scalar<string>("SELECT string_agg(key, ',') FROM events.hl_command")).ShouldBe("key-True");
        await store.ShouldHold(new Dictionary<Guid, long> { [kept] = 2 });
    }

    [Fact]
    public async Task Inside_a_transaction_a_lost_start_is_thrown_as_transient()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = Guid.CreateVersion7();
        await using var first = await store.Store.Source.OpenConnectionAsync(Cancel);
        await using var one = await first.BeginTransactionAsync(Cancel);
        await using var second = await store.Store.Source.OpenConnectionAsync(Cancel);
        await using var two = await second.BeginTransactionAsync(Cancel);
        await store.Do(shelf, new ShelfCommand.PutUp(1, "a"), within: new(first, one));
        var losing = store.Do(shelf, new ShelfCommand.PutUp(2, "b"), within: new(second, two));
        await store.UntilWaits(second, first);
        await one.CommitAsync(Cancel);
        (await Should.ThrowAsync<StreamConflictException>(losing)).ShouldSatisfyAllConditions(e => e.IsTransient.ShouldBeTrue(), e => e.Stream.ShouldBe(shelf));
    }

    [Fact]
    public async Task Inside_a_transaction_a_key_that_its_twin_has_just_used_is_thrown_as_transient_and_replayed_by_the_next_try()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = Guid.CreateVersion7();
        await using var first = await store.Store.Source.OpenConnectionAsync(Cancel);
        await using var one = await first.BeginTransactionAsync(Cancel);
        await using var second = await store.Store.Source.OpenConnectionAsync(Cancel);
        await using (var two = await second.BeginTransactionAsync(Cancel))
        {
            await store.Do(shelf, new ShelfCommand.PutUp(1, "a"), identity: Identity("k1"), within: new(first, one));
            var losing = store.Do(shelf, new ShelfCommand.PutUp(1, "a"), identity: Identity("k1"), within: new(second, two));
            await store.UntilWaits(second, first);
            await one.CommitAsync(Cancel);
            (await Should.ThrowAsync<StreamConflictException>(losing)).IsTransient.ShouldBeTrue();
        }

        await using var three = await second.BeginTransactionAsync(Cancel);
        (await store.Do(shelf, new ShelfCommand.PutUp(1, "a"), identity: Identity("k1"), within: new(second, three))).Replayed.ShouldNotBeNull().Status.ShouldBe(200);
    }

    [Fact]
    public async Task Inside_a_transaction_the_stream_is_locked_so_that_nobody_else_is_first()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = await store.Shelf();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var connection = await store.Store.Source.OpenConnectionAsync(Cancel);
            await using var transaction = await connection.BeginTransactionAsync(Cancel);
            var outcome = await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), within: new(connection, transaction));
            await Task.Delay(5, Cancel);
            await transaction.CommitAsync(Cancel);
            return outcome.Version;
        }));
        outcomes.Order().ShouldBe(Enumerable.Range(2, 8).Select(v => (long)v));
    }

    [Fact]
    public async Task An_inline_read_model_changes_with_the_append_or_not_at_all()
    {
        await using var store = await TestStore.Create(s => s.Inline(new BookList()), tables: Books, running: false);
        var shelf = await store.Shelf(books: 2);
        (await store.Scalar<long>("SELECT count(*) FROM read.shelf_book")).ShouldBe(2);
        await Should.ThrowAsync<PostgresException>(store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), -1)));
        (await store.Store.ReadStream(shelf, Cancel)).Count.ShouldBe(3);
        (await store.Scalar<long>("SELECT version FROM events.mt_streams")).ShouldBe(3);
    }

    [Fact]
    public async Task A_read_models_own_conflict_is_thrown_at_once_and_named()
    {
        var books = new BookList();
        await using var store = await TestStore.Create(s => s.Inline(books), tables: Books, running: false);
        var shelf = await store.Shelf();
        await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 2000));
        books.Applied = 0;
        var conflict = await Should.ThrowAsync<PostgresException>(store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 2000)));
        conflict.ConstraintName.ShouldBe("shelf_book_weight");
        books.Applied.ShouldBe(1, "not decided again");
    }

    [Fact]
    public async Task Statements_given_along_are_committed_with_the_events_or_not_at_all()
    {
        await using var store = await TestStore.Create(tables: Books, running: false);
        var shelf = Guid.CreateVersion7();
        Task<Execution<ShelfState, ShelfEvent>> PutUp(int weight) => store.Store.Execute(
            ShelfDecider.Instance, shelf, new ShelfCommand.PutUp(3, "joiner"), Metadata.System(), Cancel,
            alongside: state => [$"INSERT INTO read.shelf_book (book, shelf, weight) VALUES ({Guid.CreateVersion7()}, {shelf}, {weight / ((ShelfState.Standing)state).Room})"]);
        await Should.ThrowAsync<PostgresException>(store.Store.Execute(
            ShelfDecider.Instance, shelf, new ShelfCommand.PutUp(3, "joiner"), Metadata.System(), Cancel, alongside: _ => [$"INSERT INTO read.no_such_table VALUES ({1})"]));
        (await store.Store.ReadStream(shelf, Cancel)).ShouldBeEmpty();
        await PutUp(9);
        await PutUp(9);
        (await store.Scalar<int>("SELECT sum(weight)::int FROM read.shelf_book")).ShouldBe(3, "nothing changed the second time, so nothing goes along");
    }

    [Fact]
    public async Task An_archived_stream_is_read_but_refuses_appends_and_no_read_model_hears_of_it()
    {
        await using var store = await TestStore.Create(running: false);
        var shelf = await store.Shelf(books: 1);
        await TestStore.Run(store.Database.Owner, $"SELECT events.mt_archive_stream('{shelf}')");
        var outcome = await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), identity: Identity("k1"));
        outcome.Refusal.ShouldBe(Platform.EventStore.EventStore.Archived);
        outcome.Version.ShouldBe(2);
        await using (var connection = await store.Store.Source.OpenConnectionAsync(Cancel))
        await using (var transaction = await connection.BeginTransactionAsync(Cancel))
        {
            (await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), within: new(connection, transaction))).Refusal.ShouldBe(Platform.EventStore.EventStore.Archived);
            (await store.Do(await store.Shelf(), new ShelfCommand.Place(Guid.CreateVersion7(), 1), within: new(connection, transaction))).Events.Count.ShouldBe(1, "the transaction lives on");
            await transaction.CommitAsync(Cancel);
        }

        (await store.Store.ReadStream(shelf, Cancel)).ShouldAllBe(e => e.Archived);
    }

    [Fact]
    public async Task A_stream_that_somebody_holds_is_given_up_soon_and_others_go_on()
    {
        await using var store = await TestStore.Create(running: false);
        var (held, free) = (await store.Shelf(), await store.Shelf());
        await using var connection = new NpgsqlConnection(store.Administrator);
        await connection.OpenAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using (var command = new NpgsqlCommand("SELECT 1 FROM events.mt_streams WHERE id = $1 FOR UPDATE", connection, transaction) { Parameters = { new() { Value = held } } })
            await command.ExecuteScalarAsync(Cancel);
        await using var waiter = await store.Impatient();
        var waiting = waiter.Do(held, new ShelfCommand.Place(Guid.CreateVersion7(), 1));
        for (var i = 0; i < 20; i++)
            (await store.Do(free, new ShelfCommand.Place(Guid.CreateVersion7(), 1))).Events.Count.ShouldBe(1);
        (await Should.ThrowAsync<PostgresException>(waiting)).SqlState.ShouldBe(PostgresErrorCodes.LockNotAvailable);
    }

    [Fact]
    public async Task A_stream_that_was_waited_for_in_vain_is_asked_for_only_briefly_until_somebody_gets_it()
    {
        await using var store = await TestStore.Create(tables: "CREATE TABLE read.patience (stream uuid, waits text)", running: false);
        var (held, free) = (await store.Shelf(), await store.Shelf());
        await using var waiter = await store.Impatient();
        await using (var connection = new NpgsqlConnection(store.Administrator))
        {
            await connection.OpenAsync(Cancel);
            await using var transaction = await connection.BeginTransactionAsync(Cancel);
            await using (var command = new NpgsqlCommand("SELECT 1 FROM events.mt_streams WHERE id = $1 FOR UPDATE", connection, transaction) { Parameters = { new() { Value = held } } })
                await command.ExecuteScalarAsync(Cancel);
            for (var i = 0; i < 3; i++)
                (await Should.ThrowAsync<PostgresException>(Place(held))).SqlState.ShouldBe(PostgresErrorCodes.LockNotAvailable);
        }

        foreach (var shelf in new[] { free, held, held })
            await Place(shelf);
        (await Waits(free)).ShouldBe("2s");
        (await Waits(held)).ShouldBe("50ms,2s");

        Task Place(Guid shelf) => waiter.Store.Execute(
            ShelfDecider.Instance, shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1), Metadata.System(), Cancel,
            alongside: _ => [$"INSERT INTO read.patience SELECT {shelf}, current_setting('lock_timeout')"]);
        Task<string> Waits(Guid shelf) => store.Scalar<string>($"SELECT string_agg(waits, ',' ORDER BY waits DESC) FROM read.patience WHERE stream = '{shelf}'");
    }

    [Fact]
    public async Task Every_session_runs_in_utc_and_compiles_no_statement_whatever_the_role_says()
    {
        await using var store = await TestStore.Create(running: false);
        foreach (var role in new[] { "store_app", "store_keys" })
            await TestStore.Run(store.Administrator, $"ALTER ROLE {role} IN DATABASE {store.Database.Name} SET timezone = 'Asia/Ho_Chi_Minh'; ALTER ROLE {role} IN DATABASE {store.Database.Name} SET jit = on");
        await using var fresh = await store.Impatient();
        await using (var command = fresh.Store.Source.CreateCommand("SELECT current_setting('TimeZone') || ' ' || current_setting('lock_timeout') || ' ' || current_setting('statement_timeout') || ' ' || current_setting('jit')"))
            (await command.ExecuteScalarAsync(Cancel)).ShouldBe("UTC 2s 5s off");
        await using (var keys = fresh.Services.GetRequiredKeyedService<NpgsqlDataSource>("Keys").CreateCommand("SHOW timezone"))
            (await keys.ExecuteScalarAsync(Cancel)).ShouldBe("UTC");
        var shelf = await fresh.Shelf();
        (await fresh.Store.ReadStream(shelf, Cancel)).Single().Timestamp.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task A_session_that_does_not_run_in_utc_stops_the_start()
    {
        await using var store = await TestStore.Create(running: false);
        await using var right = new OwnDatabase("Store", Settings.ConnectionString(Configured(store.Database.Store), "Store"), []);
        await right.CheckAtStart(TimeProvider.System, Cancel);
        // As if a pooler between gave us a session that somebody else had changed.
        await using var wrong = new OwnDatabase("Store", new NpgsqlConnectionStringBuilder(store.Database.Store) { Timezone = "Asia/Ho_Chi_Minh" }.ConnectionString, []);
        var refused = await Should.ThrowAsync<StartupException>(wrong.CheckAtStart(TimeProvider.System, Cancel));
        refused.ExitCode.ShouldBe(StartupException.Server);
        refused.Message.ShouldContain("UTC");

        static IConfiguration Configured(string connection) =>
            new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:Store", connection + ";Timezone=Asia/Ho_Chi_Minh")]).Build();
    }

    private static CommandIdentity Identity(string key) => new("somebody", key, [1], 200);

    private sealed class BookList : IProjection<ShelfEvent>
    {
        public int Applied { get; set; }

        public string Name => "book-list.1";

        public FormattableString? Apply(Recorded<ShelfEvent> recorded)
        {
            Applied++;
            return recorded.Event switch
            {
                ShelfEvent.Placed { Weight: < 0 } => $"INSERT INTO read.shelf_book (book, shelf, weight) VALUES ({Guid.Empty}, NULL, {0})",
                ShelfEvent.Placed e => $"INSERT INTO read.shelf_book (book, shelf, weight) VALUES ({e.Book}, {recorded.StreamId}, {e.Weight})",
                ShelfEvent.Removed e => $"DELETE FROM read.shelf_book WHERE book = {e.Book}",
                _ => null,
            };
        }
    }
}
