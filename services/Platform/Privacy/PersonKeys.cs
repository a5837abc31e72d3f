using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Hotline111.Platform.Privacy;

/// <summary>
/// The keys of people: one for each owner and field group, made when the first value is sealed, kept wrapped by a master key
/// in a schema that only the keys' own database role may read. Destroying a key is forgetting.
/// </summary>
/// <remarks>
/// Values are encrypted by AES-256-GCM with a fresh 12-byte nonce. The associated data is the UTF-8 form of
/// <c>event id|stream id|path|owner|key id</c>, so a ciphertext opens only where it was written.
/// Opened keys are remembered for a minute, so a key destroyed by another process serves here that long at most.
/// </remarks>
public sealed partial class PersonKeys(NpgsqlDataSource source, MasterKeys masters, TimeProvider clock, ILogger<PersonKeys> logger)
{
    private const int TagLength = 16;
    private const int Remembered = 4096;
    private const int RewrapPage = 200;

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<Guid, Entry> byId = new();
    private readonly ConcurrentDictionary<(Owner Owner, string Group), Entry> byOwner = new();

    /// <summary>The content of a personal value, or null if it was erased or cannot be read any more; <see cref="Reveal"/> tells which.</summary>
    /// <remarks>Whoever opens a value for somebody to see records it with the read log first.</remarks>
    public async Task<T?> Open<T>(Personal<T> personal, CancellationToken ct) where T : class =>
        (await Reveal(personal, ct)).Content;

    /// <summary>
    /// A text that says what the sealed one says keeps its seal: a sealed value never equals a typed one, and what was told before is known again only so.
    /// An erased one is never said again.
    /// </summary>
    public async Task<Personal<string>?> Keep(Personal<string>? known, Personal<string>? told, CancellationToken ct) =>
        known is not null && told is not null && await Open(known, ct) is { } text && Personal.Of(text, known.Owner, known.Group).Equals(told) ? known : told;

    /// <summary>Opens a personal value. A destroyed, lost or foreign key is an answer and no exception; a database that is away is one.</summary>
    public async Task<Opened<T>> Reveal<T>(Personal<T> personal, CancellationToken ct) where T : notnull
    {
        if (((IPersonal)personal).Ciphertext is not { } ciphertext)
            return new(personal.Clear);
        var (plain, legibility) = await Decrypt(ciphertext, ct);
        if (plain is null)
            return new(legibility);
        try
        {
            return JsonSerializer.Deserialize<T>(plain, Personal.PlainForm) is { } content ? new(content) : new(Legibility.Unreadable);
        }
        catch (JsonException)
        {
            // The exception would quote what it could not read.
            LogUnreadable(ciphertext.Key, ciphertext.Place?.Event, ciphertext.Place?.Path, "the content is of another type");
            return new(Legibility.Unreadable);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>Makes the keys that are missing, and commits them. Under concurrency all callers end up with the same key.</summary>
    /// <exception cref="OwnerErasedException">An owner has been erased: nothing may be written about them again.</exception>
    public async Task EnsureKeys(IEnumerable<(Owner Owner, string Group)> wanted, CancellationToken ct)
    {
        var missing = wanted.Distinct().Where(each => !Known(byOwner, each, out _)).ToList();
        if (missing.Count == 0)
            return;
        await using var connection = await source.OpenConnectionAsync(ct);
        missing.RemoveAll((await Find(connection, missing, ct)).Contains);
        if (missing.Count == 0)
            return;
        missing.RemoveAll((await Insert(connection, missing, ct)).Contains);
        FaultPoint.Hit(FaultPoint.AfterKey);
        if (missing.Count == 0)
            return;
        // A twin was first, and its keys are the ones.
        var found = await Find(connection, missing, ct);
        if (missing.FirstOrDefault(each => !found.Contains(each)) is { Group: not null } lost)
            throw new InvalidOperationException($"The key of {lost.Owner}, {lost.Group}, cannot be opened by the master keys of this process.");
    }

    /// <summary>
    /// Destroys the keys of an owner in every field group, for ever: what was sealed for them reads as erased, and nothing may be written about them again,
    /// not even in a group that had no key yet. Destroying twice changes nothing.
    /// </summary>
    /// <remarks>Another process may remember a key for a minute more, and seal with it: whoever destroys waits first until nobody writes about the owner any more.</remarks>
    public async Task Destroy(Owner owner, CancellationToken ct)
    {
        if (owner == default)
            throw new ArgumentException("Nobody owns these keys.", nameof(owner));
        await using var command = source.CreateCommand("""
            insert into keys.subject_key (key_id, owner_kind, owner_id, field_group, wrapped, master_id, created_at, erased_at)
            select key_id, $2, $3, field_group, null, $5, $6, $6 from unnest($1, $4) as g(key_id, field_group)
            on conflict on constraint subject_key_of_owner do update set wrapped = null, erased_at = coalesce(subject_key.erased_at, excluded.erased_at)
            """);
        var now = clock.GetUtcNow();
        command.Parameters.Add(Ids(FieldGroup.All.Select(_ => Guid.CreateVersion7(now))));
        command.Parameters.Add(new() { Value = owner.Kind });
        command.Parameters.Add(new() { Value = owner.Id });
        command.Parameters.Add(Texts(FieldGroup.All));
        command.Parameters.Add(new() { Value = masters.CurrentId });
        command.Parameters.Add(new() { Value = now });
        await command.ExecuteNonQueryAsync(ct);
        foreach (var group in FieldGroup.All)
        {
            // Not wiped: somebody may be sealing with it this moment, and zeros would be a key that everybody knows.
            if (byOwner.TryRemove((owner, group), out var entry))
                byId.TryRemove(entry.Key, out _);
        }
    }

    /// <summary>
    /// Wraps every key anew that is not wrapped by the current master key. Events are not touched; readers and writers go on meanwhile,
    /// and a run that was interrupted is simply started again.
    /// </summary>
    /// <returns>How many keys were wrapped anew, and how many no known master key opens: those are left alone, and their values stay unreadable.</returns>
    public async Task<(int Rewrapped, int Unreadable)> RewrapAll(CancellationToken ct)
    {
        var (rewrapped, unreadable, after) = (0, 0, Guid.Empty);
        while (true)
        {
            await using var connection = await source.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var page = new List<(Guid Key, Owner Owner, string Group, byte[] Wrapped, string Master)>();
            await using (var select = new NpgsqlCommand("""
                select key_id, owner_kind, owner_id, field_group, wrapped, master_id from keys.subject_key
                where key_id > $1 and master_id <> $2 and wrapped is not null order by key_id limit $3 for update
                """, connection, transaction)
            { Parameters = { new() { Value = after }, new() { Value = masters.CurrentId }, new() { Value = RewrapPage } } })
            await using (var rows = await select.ExecuteReaderAsync(ct))
            {
                while (await rows.ReadAsync(ct))
                    page.Add((rows.GetGuid(0), new Owner(rows.GetString(1), rows.GetGuid(2)), rows.GetString(3), rows.GetFieldValue<byte[]>(4), rows.GetString(5)));
            }
            if (page.Count == 0)
                return (rewrapped, unreadable);
            await using var batch = new NpgsqlBatch(connection, transaction);
            foreach (var (key, owner, group, wrapped, master) in page)
            {
                after = key;
                if (masters.Unwrap(master, wrapped, Purpose(owner, group, key)) is not { } secret)
                {
                    LogUnwrappable(key, master);
                    unreadable++;
                    continue;
                }
                batch.BatchCommands.Add(new NpgsqlBatchCommand("update keys.subject_key set wrapped = $1, master_id = $2 where key_id = $3")
                {
                    Parameters = { new() { Value = masters.Wrap(secret, Purpose(owner, group, key)) }, new() { Value = masters.CurrentId }, new() { Value = key } },
                });
                CryptographicOperations.ZeroMemory(secret);
            }
            rewrapped += batch.BatchCommands.Count;
            if (batch.BatchCommands.Count > 0)
                await batch.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
        }
    }

    /// <summary>Seals for a place. A clear value needs its key made before; a sealed one is opened and sealed anew, or returned as it is if it no longer opens.</summary>
    internal async ValueTask<Ciphertext> Seal(IPersonal personal, Place place, CancellationToken ct)
    {
        var plain = personal.Ciphertext is { } carried ? (await Decrypt(carried, ct)).Plain : personal.PlainForm();
        if (plain is null)
            return personal.Ciphertext!;
        try
        {
            Entry entry;
            while (!Known(byOwner, (personal.Owner, personal.Group), out entry))
                await EnsureKeys([(personal.Owner, personal.Group)], ct);
            return Encrypt(plain, personal.Owner, personal.Group, entry.Key, entry.Secret, RandomNumberGenerator.GetBytes(12), place);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    internal static Ciphertext Encrypt(byte[] plain, Owner owner, string group, Guid key, byte[] secret, byte[] nonce, Place place)
    {
        var (data, tag) = (new byte[plain.Length], new byte[TagLength]);
        using var aes = new AesGcm(secret, TagLength);
        aes.Encrypt(nonce, plain, data, tag, AssociatedData(place, owner, key));
        return new Ciphertext(owner, group, key, nonce, data, tag, place);
    }

    private static byte[] AssociatedData(Place place, Owner owner, Guid key) =>
        Encoding.UTF8.GetBytes($"{place.Event:D}|{place.Stream:D}|{place.Path}|{owner}|{key:D}");

    private static string Purpose(Owner owner, string group, Guid key) => $"subject-key|{owner}|{group}|{key:D}";

    private async ValueTask<(byte[]? Plain, Legibility Legibility)> Decrypt(Ciphertext ciphertext, CancellationToken ct)
    {
        if (ciphertext.Place is not { } place)
        {
            LogUnreadable(ciphertext.Key, null, null, "its place is not known");
            return (null, Legibility.Unreadable);
        }
        var (entry, legibility) = await Get(ciphertext.Key, ct);
        if (entry is null)
        {
            if (legibility == Legibility.Unreadable)
                LogUnreadable(ciphertext.Key, place.Event, place.Path, "its key is lost");
            return (null, legibility);
        }
        if (entry.Owner != ciphertext.Owner || entry.Group != ciphertext.Group)
        {
            LogUnreadable(ciphertext.Key, place.Event, place.Path, "its key belongs to another owner or group");
            return (null, Legibility.Unreadable);
        }
        var plain = new byte[ciphertext.Data.Length];
        try
        {
            using var aes = new AesGcm(entry.Secret, TagLength);
            aes.Decrypt(ciphertext.Nonce, ciphertext.Data, ciphertext.Tag, plain, AssociatedData(place, ciphertext.Owner, ciphertext.Key));
            return (plain, Legibility.Readable);
        }
        catch (AuthenticationTagMismatchException)
        {
            LogUnreadable(ciphertext.Key, place.Event, place.Path, "it was changed or moved");
            return (null, Legibility.Unreadable);
        }
    }

    private async ValueTask<(Entry? Entry, Legibility Legibility)> Get(Guid key, CancellationToken ct)
    {
        if (Known(byId, key, out var known))
            return (known, Legibility.Readable);
        await using var command = source.CreateCommand("select owner_kind, owner_id, field_group, wrapped, master_id from keys.subject_key where key_id = $1");
        command.Parameters.Add(new() { Value = key });
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct))
            return (null, Legibility.Unreadable);
        if (await row.IsDBNullAsync(3, ct))
            return (null, Legibility.Erased);
        var (owner, group) = (new Owner(row.GetString(0), row.GetGuid(1)), row.GetString(2));
        var secret = masters.Unwrap(row.GetString(4), row.GetFieldValue<byte[]>(3), Purpose(owner, group, key));
        return secret is null ? (null, Legibility.Unreadable) : (Remember(key, owner, group, secret), Legibility.Readable);
    }

    /// <summary>Those of the wanted that have a key that opens; they are remembered.</summary>
    private async Task<HashSet<(Owner, string)>> Find(NpgsqlConnection connection, List<(Owner Owner, string Group)> wanted, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            select k.key_id, k.owner_kind, k.owner_id, k.field_group, k.wrapped, k.master_id
            from unnest($1, $2, $3) as w(kind, id, field_group)
            join keys.subject_key k on k.owner_kind = w.kind and k.owner_id = w.id and k.field_group = w.field_group
            """, connection)
        { Parameters = { Texts(wanted.Select(each => each.Owner.Kind)), Ids(wanted.Select(each => each.Owner.Id)), Texts(wanted.Select(each => each.Group)) } };
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new HashSet<(Owner, string)>();
        while (await rows.ReadAsync(ct))
        {
            var (key, owner, group) = (rows.GetGuid(0), new Owner(rows.GetString(1), rows.GetGuid(2)), rows.GetString(3));
            if (await rows.IsDBNullAsync(4, ct))
                throw new OwnerErasedException(owner);
            if (masters.Unwrap(rows.GetString(5), rows.GetFieldValue<byte[]>(4), Purpose(owner, group, key)) is not { } secret)
                continue;
            Remember(key, owner, group, secret);
            found.Add((owner, group));
        }
        return found;
    }

    /// <summary>Makes a key for each of the missing that nobody else has made meanwhile; those are remembered and returned.</summary>
    private async Task<HashSet<(Owner, string)>> Insert(NpgsqlConnection connection, List<(Owner Owner, string Group)> missing, CancellationToken ct)
    {
        var made = missing.ConvertAll(each =>
        {
            var (key, secret) = (Guid.CreateVersion7(clock.GetUtcNow()), RandomNumberGenerator.GetBytes(32));
            return (each.Owner, each.Group, Key: key, Secret: secret, Wrapped: masters.Wrap(secret, Purpose(each.Owner, each.Group, key)));
        });
        // Sorted, so that two callers who want the same keys wait for each other in the same order.
        made.Sort(static (left, right) => string.CompareOrdinal($"{left.Owner}|{left.Group}", $"{right.Owner}|{right.Group}"));
        await using var command = new NpgsqlCommand("""
            insert into keys.subject_key (key_id, owner_kind, owner_id, field_group, wrapped, master_id, created_at)
            select key_id, kind, id, field_group, wrapped, $6, now()
            from unnest($1, $2, $3, $4, $5) with ordinality as n(key_id, kind, id, field_group, wrapped, ord) order by ord
            on conflict on constraint subject_key_of_owner do nothing returning key_id
            """, connection)
        {
            Parameters =
            {
                Ids(made.Select(each => each.Key)),
                Texts(made.Select(each => each.Owner.Kind)),
                Ids(made.Select(each => each.Owner.Id)),
                Texts(made.Select(each => each.Group)),
                new() { Value = made.Select(each => each.Wrapped).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                new() { Value = masters.CurrentId },
            },
        };
        HashSet<Guid> inserted = [];
        await using (var rows = await command.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
                inserted.Add(rows.GetGuid(0));
        }
        var ours = new HashSet<(Owner, string)>();
        foreach (var each in made)
        {
            if (!inserted.Contains(each.Key))
            {
                CryptographicOperations.ZeroMemory(each.Secret);
                continue;
            }
            Remember(each.Key, each.Owner, each.Group, each.Secret);
            ours.Add((each.Owner, each.Group));
        }
        return ours;
    }

    private static NpgsqlParameter Texts(IEnumerable<string> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    private static NpgsqlParameter Ids(IEnumerable<Guid> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };

    private bool Known<TName>(ConcurrentDictionary<TName, Entry> cache, TName name, out Entry entry) where TName : notnull =>
        cache.TryGetValue(name, out entry!) && clock.GetElapsedTime(entry.Since) < Lifetime;

    private Entry Remember(Guid key, Owner owner, string group, byte[] secret)
    {
        // A full memory starts over: rare, bounded, and no key outlives its minute by being popular.
        if (byId.Count >= Remembered)
        {
            byId.Clear();
            byOwner.Clear();
        }
        var entry = new Entry(key, owner, group, secret, clock.GetTimestamp());
        byId[key] = entry;
        byOwner[(owner, group)] = entry;
        return entry;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A personal value cannot be read: {Reason} (key {KeyId}, event {EventId}, {Path})")]
    private partial void LogUnreadable(Guid keyId, Guid? eventId, string? path, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Key {KeyId} is wrapped by master key {MasterId}, which is not known or does not open it")]
    private partial void LogUnwrappable(Guid keyId, string masterId);

    [DebuggerDisplay("key {Key}")]
    private sealed class Entry(Guid key, Owner owner, string group, byte[] secret, long since)
    {
        public Guid Key { get; } = key;

        public Owner Owner { get; } = owner;

        public string Group { get; } = group;

        [DebuggerBrowsable(DebuggerBrowsableState.Never)]
        public byte[] Secret { get; } = secret;

        public long Since { get; } = since;
    }
}

/// <summary>Somebody's keys were destroyed: nothing may be written about them again.</summary>
public sealed class OwnerErasedException(Owner owner) : InvalidOperationException($"The keys of {owner} were destroyed: nothing may be written about them again.")
{
    public Owner Owner => owner;
}
