using Hotline111.Platform.Privacy;
using Npgsql;

namespace Hotline111.Platform.Tests.Privacy;

public sealed class Keys_of_people(KeysDatabase database) : IClassFixture<KeysDatabase>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_writers_at_once_make_one_key_for_each_owner_and_group()
    {
        var owners = Enumerable.Range(0, 6).Select(_ => NewOwner()).ToArray();
        var wanted = owners.SelectMany(owner => FieldGroup.All.Select(group => (owner, group))).ToArray();
        await Parallel.ForEachAsync(Enumerable.Range(0, 16), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Ct }, async (writer, ct) =>
        {
            var keys = database.Keys();
            Random.Shared.Shuffle(wanted.ToArray());
            await keys.EnsureKeys(wanted.OrderBy(_ => Random.Shared.Next()), ct);
            // What one writer seals every other opens: all hold the same key.
            var (eventId, streamId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
            var owner = owners[writer % owners.Length];
            var stored = await Store.Write(new Told(Personal.Of($"người {writer}", owner, FieldGroup.Contact), []), eventId, streamId, keys);
            (await database.Keys().Open(Store.Read<Told>(stored, eventId, streamId).Name, ct)).ShouldBe($"người {writer}");
        });
        (await KeysDatabase.Ask<long>(database.Owner, "select count(*) from keys.subject_key where owner_id = any($1)", owners.Select(owner => owner.Id).ToArray()))
            .ShouldBe(owners.Length * FieldGroup.All.Count);
    }

    [Fact]
    public async Task A_new_master_key_takes_over_without_touching_what_was_sealed()
    {
        var (told, opened) = await Written(database.Keys(KeysDatabase.Masters("old")), NewOwner());
        var both = database.Keys(KeysDatabase.Masters("new", "old"));
        (await both.Open(opened, Ct)).ShouldBe(told);
        var rewrapped = await both.RewrapAll(Ct);
        rewrapped.Rewrapped.ShouldBeGreaterThan(0);
        (await both.RewrapAll(Ct)).Rewrapped.ShouldBe(0);
        (await database.Keys(KeysDatabase.Masters("new")).Open(opened, Ct)).ShouldBe(told);
        (await database.Keys(KeysDatabase.Masters("old")).Reveal(opened, Ct)).Legibility.ShouldBe(Legibility.Unreadable);
        (await KeysDatabase.Ask<long>(database.Owner, "select count(*) from keys.subject_key where owner_id = $1 and master_id <> 'new'", opened.Owner.Id)).ShouldBe(0);
        // The other tests of this class go on under their own master key.
        await database.Keys(KeysDatabase.Masters("one", "new")).RewrapAll(Ct);
    }

    [Fact]
    public async Task Keys_made_while_all_are_wrapped_anew_stay_readable()
    {
        var values = new List<(string Text, Personal<string> Sealed)>();
        for (var each = 0; each < 450; each++)
            await database.Keys(KeysDatabase.Masters("one")).EnsureKeys([(NewOwner(), FieldGroup.Narrative)], Ct);
        var rotation = database.Keys(KeysDatabase.Masters("two", "one")).RewrapAll(Ct);
        for (var each = 0; each < 20; each++)
            values.Add(await Written(database.Keys(KeysDatabase.Masters("one", "two")), NewOwner()));
        (await rotation).Rewrapped.ShouldBeGreaterThan(400);
        await database.Keys(KeysDatabase.Masters("one", "two")).RewrapAll(Ct);
        foreach (var (text, value) in values)
            (await database.Keys(KeysDatabase.Masters("one")).Open(value, Ct)).ShouldBe(text);
    }

    [Fact]
    public async Task A_lost_key_leaves_a_value_unreadable_and_throws_nothing()
    {
        var (_, value) = await Written(database.Keys(), NewOwner());
        await KeysDatabase.Run(database.Owner, "delete from keys.subject_key where owner_id = $1", value.Owner.Id);
        var keys = database.Keys();
        (await keys.Open(value, Ct)).ShouldBeNull();
        (await keys.Reveal(value, Ct)).Legibility.ShouldBe(Legibility.Unreadable);
        database.Log.Lines.ShouldContain(line => line.Contains("its key is lost", StringComparison.Ordinal));

        // Carried into a new event it stays unreadable instead of stopping the append.
        var (eventId, streamId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var carried = Store.Read<Told>(await Store.Write(new Told(value, []), eventId, streamId, keys), eventId, streamId);
        (await keys.Reveal(carried.Name, Ct)).Legibility.ShouldBe(Legibility.Unreadable);
    }

    [Fact]
    public async Task A_destroyed_key_reads_as_erased_and_is_not_made_again()
    {
        var (_, value) = await Written(database.Keys(), NewOwner());
        await KeysDatabase.Run(database.KeysRole, "update keys.subject_key set wrapped = null, erased_at = now() where owner_id = $1", value.Owner.Id);
        (await database.Keys().Open(value, Ct)).ShouldBeNull();
        (await database.Keys().Reveal(value, Ct)).Legibility.ShouldBe(Legibility.Erased);
        await Should.ThrowAsync<InvalidOperationException>(() => database.Keys().EnsureKeys([(value.Owner, value.Group)], Ct));
    }

    [Fact]
    public async Task Whoever_is_erased_is_erased_in_every_group_at_once_and_nothing_is_written_about_them_again()
    {
        var keys = database.Keys();
        var (_, value) = await Written(keys, NewOwner());
        var (text, other) = await Written(keys, NewOwner());
        await keys.Destroy(value.Owner, Ct);
        await keys.Destroy(value.Owner, Ct);
        (await keys.Reveal(value, Ct)).Legibility.ShouldBe(Legibility.Erased, "also where the key was remembered");
        (await database.Keys().Reveal(value, Ct)).Legibility.ShouldBe(Legibility.Erased);
        foreach (var group in FieldGroup.All)
            (await Should.ThrowAsync<OwnerErasedException>(() => database.Keys().EnsureKeys([(value.Owner, group)], Ct))).Owner.ShouldBe(value.Owner);
        (await keys.Open(other, Ct)).ShouldBe(text);
    }

    [Fact]
    public async Task A_key_destroyed_elsewhere_is_remembered_for_a_minute_at_most()
    {
        var clock = new HandClock();
        var keys = database.Keys(clock: clock);
        var (text, value) = await Written(keys, NewOwner());
        await KeysDatabase.Run(database.KeysRole, "update keys.subject_key set wrapped = null, erased_at = now() where owner_id = $1", value.Owner.Id);
        clock.Advance(TimeSpan.FromSeconds(59));
        (await keys.Open(value, Ct)).ShouldBe(text);
        clock.Advance(TimeSpan.FromSeconds(1));
        (await keys.Reveal(value, Ct)).Legibility.ShouldBe(Legibility.Erased);
    }

    [Fact]
    public async Task A_key_moved_to_another_owner_in_the_database_opens_nothing()
    {
        var (_, value) = await Written(database.Keys(), NewOwner());
        var thief = NewOwner();
        await KeysDatabase.Run(database.Owner, "update keys.subject_key set owner_id = $2 where owner_id = $1", value.Owner.Id, thief.Id);
        (await database.Keys().Reveal(value, Ct)).Legibility.ShouldBe(Legibility.Unreadable);
        await Should.ThrowAsync<InvalidOperationException>(() => database.Keys().EnsureKeys([(thief, value.Group)], Ct));
    }

    [Fact]
    public async Task The_services_own_role_reaches_no_key()
    {
        foreach (var sql in new[] { "select * from keys.subject_key", "delete from keys.subject_key", "update keys.subject_key set erased_at = now()", "create table keys.mine(a int)" })
            (await Should.ThrowAsync<PostgresException>(() => KeysDatabase.Run(database.App, sql))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, sql);
        foreach (var sql in new[] { "delete from keys.subject_key", "update keys.subject_key set owner_kind = 'x'", "truncate keys.subject_key", "drop table keys.subject_key" })
            (await Should.ThrowAsync<PostgresException>(() => KeysDatabase.Run(database.KeysRole, sql))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, sql);
    }

    [Fact]
    public async Task The_database_never_holds_a_key_in_the_clear()
    {
        var masters = KeysDatabase.Masters("one");
        var (_, value) = await Written(database.Keys(masters), NewOwner());
        var wrapped = await KeysDatabase.Ask<byte[]>(database.Owner, "select wrapped from keys.subject_key where owner_id = $1", value.Owner.Id);
        var key = await KeysDatabase.Ask<Guid>(database.Owner, "select key_id from keys.subject_key where owner_id = $1", value.Owner.Id);
        var secret = masters.Unwrap("one", wrapped, $"subject-key|{value.Owner}|{value.Group}|{key:D}");
        secret.ShouldNotBeNull().Length.ShouldBe(32);
        wrapped.AsSpan().IndexOf(secret).ShouldBe(-1);
        database.Log.Lines.ShouldNotContain(line => line.Contains(Convert.ToBase64String(secret), StringComparison.Ordinal));
    }

    internal static async Task<(string Text, Personal<string> Sealed)> Written(PersonKeys keys, Owner owner)
    {
        var text = $"chuyện {Guid.NewGuid()}";
        var (eventId, streamId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var stored = await Store.Write(new Told(Personal.Of(text, owner, FieldGroup.Narrative), []), eventId, streamId, keys);
        return (text, Store.Read<Told>(stored, eventId, streamId).Name);
    }

    private static Owner NewOwner() => new("person", Guid.CreateVersion7());

    private sealed class HandClock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Advance(TimeSpan by) => now += by.Ticks;
    }
}
