using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hotline111.Platform.Tests.Streams;

public sealed class Rights_and_migrations
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_running_role_can_append_and_can_neither_change_nor_remove_nor_alter_nor_see_keys()
    {
        await using var store = await TestStore.Create(tables: "CREATE TABLE read.later (id integer PRIMARY KEY, n bigserial)");
        await store.Shelf(books: 1);
        await store.Ordered();
        foreach (var forbidden in new[]
        {
            "UPDATE events.mt_events SET data = '{}'",
            "UPDATE events.mt_events SET is_archived = true",
            "DELETE FROM events.mt_events",
            "TRUNCATE events.mt_events",
            "DELETE FROM events.mt_streams",
            "TRUNCATE events.mt_streams CASCADE",
            "UPDATE events.mt_streams SET is_archived = true",
            "UPDATE events.mt_streams SET created = now()",
            "SELECT events.mt_archive_stream(gen_random_uuid())",
            "UPDATE events.hl_order SET pos = pos",
            "DELETE FROM events.hl_order",
            "UPDATE events.hl_head SET epoch = epoch + 1",
            "DELETE FROM events.hl_head",
            "INSERT INTO events.hl_late VALUES (1)",
            "UPDATE events.hl_command SET status = 200",
            "DELETE FROM events.hl_number",
            "INSERT INTO events.hl_migration VALUES ('x', 'y', '\\x00')",
            "UPDATE events.hl_migration SET hash = '\\x00'",
            "ALTER TABLE events.mt_events DISABLE TRIGGER hl_note_late",
            "ALTER TABLE events.mt_events ADD COLUMN more integer",
            "DROP TABLE events.hl_order",
            "DROP TRIGGER hl_note_late ON events.mt_events",
            "CREATE TABLE events.mine (id integer)",
            "CREATE TABLE read.mine (id integer)",
            "CREATE TABLE public.mine (id integer)",
            "CREATE SCHEMA mine",
            "CREATE FUNCTION read.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
            "ALTER TABLE read.later ADD COLUMN more integer",
            "TRUNCATE read.later",
            "SELECT setval('events.mt_events_sequence', 1)",
            "SELECT * FROM keys.subject_key",
            "SET session_replication_role = replica",
        })
        {
            (await Should.ThrowAsync<PostgresException>(TestStore.Run(store.Database.Store, forbidden), forbidden)).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, forbidden);
        }

        // A table that the owner made after the platform's migrations is the service's to fill.
        await TestStore.Run(store.Database.Store, "INSERT INTO read.later VALUES (1); UPDATE read.later SET id = 2; DELETE FROM read.later");
    }

    [Fact]
    public async Task An_operator_can_have_the_log_verified_and_a_stream_archived()
    {
        await using var store = await TestStore.Create();
        var shelf = await store.Shelf(books: 2);
        await store.Ordered();
        (await Verb("verify")).ShouldBe(0);
        store.Services.GetRequiredService<IConfiguration>()["ConnectionStrings:Owner"] = store.Database.Owner;
        (await Verb("archive", Guid.CreateVersion7().ToString())).ShouldBe(1, "there is no such stream");
        (await Verb("archive", shelf.ToString())).ShouldBe(0);
        (await store.Do(shelf, new ShelfCommand.Place(Guid.CreateVersion7(), 1))).Refusal.ShouldBe(Platform.EventStore.EventStore.Archived);
        (await Verb("verify")).ShouldBe(0, "archiving changes nothing that was hashed");
        await TestStore.Run(store.Administrator, "UPDATE events.mt_events SET data = '{}' WHERE version = 2");
        (await Verb("verify")).ShouldBe(1);
        await Should.ThrowAsync<StartupException>(Verb("archive", "all"));
        await Should.ThrowAsync<StartupException>(Verb("rebuild", "nothing"));

        Task<int> Verb(string name, params string[] arguments) =>
            store.Services.GetServices<Verb>().Single(verb => verb.Name == name).Run(store.Services, arguments, Cancel);
    }

    [Fact]
    public async Task A_second_run_applies_nothing_and_nothing_is_missing()
    {
        await using var store = await TestStore.Create(running: false);
        (await Migration.Apply(store.Database.Owner, MigrationSet.Platform, Cancel)).ShouldBeEmpty();
        (await Migration.Missing(store.Store.Source, MigrationSet.Platform, Cancel)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_runners_at_once_apply_each_file_once()
    {
        var database = await Servers.Database("store");
        await using (var source = NpgsqlDataSource.Create(database.Store))
            (await Migration.Missing(source, MigrationSet.Platform, Cancel)).ShouldContain("event-store/event-store.0001-marten.sql");
        var runs = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Migration.Apply(database.Owner, MigrationSet.Platform, Cancel)));
        var files = runs.SelectMany(run => run).ToList();
        files.ShouldBeUnique();
        files.Count.ShouldBe((int)await TestStore.Scalar<long>(database.Owner, "SELECT count(*) FROM events.hl_migration"));
        runs.ShouldContain(run => run.Count == 0);
    }

    [Fact]
    public async Task An_applied_file_that_was_edited_is_refused()
    {
        await using var store = await TestStore.Create(running: false);
        await TestStore.Run(store.Administrator, "UPDATE events.hl_migration SET hash = '\\x00' WHERE file = 'event-store.0002-order.sql'");
        (await Should.ThrowAsync<MigrationException>(Migration.Apply(store.Database.Owner, MigrationSet.Platform, Cancel))).Message.ShouldContain("event-store.0002-order.sql");
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused()
    {
        await using var store = await TestStore.Create(running: false);
        await TestStore.Run(store.Administrator, "INSERT INTO events.hl_migration (set_name, file, hash) VALUES ('event-store', 'event-store.9999-future.sql', '\\x00')");
        (await Should.ThrowAsync<MigrationException>(Migration.Apply(store.Database.Owner, MigrationSet.Platform, Cancel))).Message.ShouldContain("9999-future");
    }
}
