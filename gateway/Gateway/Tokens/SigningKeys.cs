using System.Collections.Concurrent;
using System.Security.Cryptography;
using Hotline111.Gateway.Guards;
using Hotline111.Platform.Hosting;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Hotline111.Gateway.Tokens;

/// <summary>The keys as of now: one signs, some are published.</summary>
/// <param name="Active">Signs new tokens.</param>
/// <param name="Published">Public halves of every key whose tokens are still good.</param>
public sealed record KeySet(ECDsaSecurityKey Active, IReadOnlyList<ECDsaSecurityKey> Published)
{
    /// <summary>The published key with that id, or null.</summary>
    public SecurityKey? Find(string kid) => Published.FirstOrDefault(key => key.KeyId == kid);
}

/// <summary>
/// ES256 signing keys as rows, private halves sealed. A roll publishes a new key at once, lets it sign a little later, when every reader can have
/// seen it, and withdraws the old one ten minutes after that.
/// </summary>
public sealed class SigningKeys(NpgsqlDataSource source, ProtectionKeys protection, TimeProvider clock) : IDisposable
{
    /// <summary>How long an old key stays valid after a roll.</summary>
    public static readonly TimeSpan OldKeyStays = TimeSpan.FromMinutes(10);

    /// <summary>How long a new key is published before it signs: longer than <see cref="ReadEvery"/>, so that every gateway publishes it by then.</summary>
    public static readonly TimeSpan SignsAfter = TimeSpan.FromSeconds(10);

    /// <summary>Age at which a key is rolled without anybody's asking.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(30);

    private const string Purpose = "signing-key";
    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly ConcurrentDictionary<string, (ECDsaSecurityKey Private, ECDsaSecurityKey Public)> _opened = new(StringComparer.Ordinal);
    private volatile Snapshot? _last;

    /// <summary>Registers the keys; the process does not start if the configured protection does not open the stored ones.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<SigningKeys>();
        services.AddSingleton(new StartCheck(async (provider, ct) =>
        {
            try
            {
                await provider.GetRequiredService<SigningKeys>().Current(ct);
            }
            catch (CryptographicException cause)
            {
                throw new StartupException(
                    StartupException.Configuration, "Gateway:SigningKeyProtection does not hold the key that the stored signing keys were sealed with.", cause);
            }
        }));
    }

    /// <summary>The keys as of now, read again every few seconds; while the database is away, as they were.</summary>
    public async ValueTask<KeySet> Current(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (_last is { } last && Fresh(last, now))
        {
            return last.Keys;
        }

        await _reading.WaitAsync(ct);
        try
        {
            if (_last is { } meanwhile && Fresh(meanwhile, now))
            {
                return meanwhile.Keys;
            }

            var rows = await Read(ct);
            if (!rows.Any(row => row.ActiveFrom <= now && (row.ValidUntil is null || row.ValidUntil > now)))
            {
                await Add(first: true, ct);
                (rows, now) = (await Read(ct), clock.GetUtcNow());
            }
            else if (rows.MaxBy(row => row.ActiveFrom)!.ActiveFrom + Life < now)
            {
                await Add(first: false, ct);
                rows = await Read(ct);
            }

            var keys = ToSet(rows, now);
            _last = new Snapshot(keys, now);
            return keys;
        }
        catch (NpgsqlException) when (_last is not null)
        {
            return _last.Keys;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Makes a new key; the old one signs for <see cref="SignsAfter"/> and is valid for <see cref="OldKeyStays"/> after that.</summary>
    /// <returns>The new key's id.</returns>
    public async Task<string> Roll(CancellationToken ct)
    {
        var kid = await Add(first: false, ct);
        _last = null;
        return kid;
    }

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();

    private static bool Fresh(Snapshot snapshot, DateTimeOffset now) => now >= snapshot.At && now - snapshot.At < ReadEvery;

    private KeySet ToSet(List<Row> rows, DateTimeOffset now)
    {
        var published = rows.Where(row => row.ValidUntil is null || row.ValidUntil > now).ToList();
        // Where the clock was set back to before the first key's time, that one signs: it is published like any other.
        var active = published.Where(row => row.ActiveFrom <= now).MaxBy(row => row.ActiveFrom) ?? published.MinBy(row => row.ActiveFrom)!;
        return new KeySet(Open(active).Private, [.. published.Select(row => Open(row).Public)]);
    }

    private (ECDsaSecurityKey Private, ECDsaSecurityKey Public) Open(Row row) => _opened.GetOrAdd(row.Kid, kid =>
    {
        var (signing, verifying) = (ECDsa.Create(), ECDsa.Create());
        signing.ImportPkcs8PrivateKey(protection.Open(Purpose, kid, row.PrivateKey), out _);
        verifying.ImportSubjectPublicKeyInfo(row.PublicKey, out _);
        return (new ECDsaSecurityKey(signing) { KeyId = kid }, new ECDsaSecurityKey(verifying) { KeyId = kid });
    });

    private async Task<List<Row>> Read(CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "select kid, active_from, valid_until, public_key, private_key from gateway.signing_key where valid_until is null or valid_until > $1");
        command.Parameters.Add(new() { Value = clock.GetUtcNow() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<Row>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new Row(
                reader.GetString(0),
                reader.GetFieldValue<DateTimeOffset>(1),
                await reader.IsDBNullAsync(2, ct) ? null : reader.GetFieldValue<DateTimeOffset>(2),
                reader.GetFieldValue<byte[]>(3),
                reader.GetFieldValue<byte[]>(4)));
        }

        return rows;
    }

    private async Task<string> Add(bool first, CancellationToken ct)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var kid = $"k-{Guid.CreateVersion7():N}";
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);

        // Two gateways that start or roll together make one key, not two.
        await using (var alone = new NpgsqlCommand("select pg_advisory_xact_lock(hashtext('gateway.signing_key'))", connection, transaction))
        {
            await alone.ExecuteNonQueryAsync(ct);
        }

        // Whole milliseconds: the database would round a finer time up, and the key would not be active yet when it is read back.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        await using (var newer = new NpgsqlCommand("""
            select kid from gateway.signing_key where valid_until is null and (active_from > $1 or ($2 and active_from <= $1)) limit 1
            """, connection, transaction))
        {
            newer.Parameters.Add(new() { Value = now });
            newer.Parameters.Add(new() { Value = first });
            if (await newer.ExecuteScalarAsync(ct) is string already)
            {
                return already;
            }
        }

        var activeFrom = first ? now : now + SignsAfter;
        await using (var old = new NpgsqlCommand("update gateway.signing_key set valid_until = $1 where valid_until is null", connection, transaction))
        {
            old.Parameters.Add(new() { Value = activeFrom + OldKeyStays });
            await old.ExecuteNonQueryAsync(ct);
        }

        await using (var insert = new NpgsqlCommand("""
            insert into gateway.signing_key (kid, created_at, active_from, public_key, private_key) values ($1, $2, $3, $4, $5)
            """, connection, transaction))
        {
            insert.Parameters.Add(new() { Value = kid });
            insert.Parameters.Add(new() { Value = now });
            insert.Parameters.Add(new() { Value = activeFrom });
            insert.Parameters.Add(new() { Value = key.ExportSubjectPublicKeyInfo() });
            insert.Parameters.Add(new() { Value = protection.Seal(Purpose, kid, key.ExportPkcs8PrivateKey()) });
            await insert.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
        return kid;
    }

    private sealed record Row(string Kid, DateTimeOffset ActiveFrom, DateTimeOffset? ValidUntil, byte[] PublicKey, byte[] PrivateKey);

    private sealed record Snapshot(KeySet Keys, DateTimeOffset At);
}

/// <summary>GET /.well-known/jwks.json: the public halves, for everybody who verifies our tokens.</summary>
public static class PublishKeys
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/.well-known/jwks.json", Handle)
        .AllowAnonymous()
        .InLane(Lane.Free)
        .WithTags("Tokens")
        .WithSummary("Khóa công khai để xác minh thẻ truy cập / public keys that verify access tokens");

    private static async Task<IResult> Handle(SigningKeys keys, HttpResponse response, CancellationToken ct)
    {
        var set = await keys.Current(ct);
        response.Headers.CacheControl = "public, max-age=5";
        return TypedResults.Json(new { keys = set.Published.Select(Describe).ToArray() }, contentType: "application/jwk-set+json");
    }

    private static object Describe(ECDsaSecurityKey key)
    {
        var point = key.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        return new
        {
            kty = "EC",
            crv = "P-256",
            use = "sig",
            alg = SecurityAlgorithms.EcdsaSha256,
            kid = key.KeyId,
            x = Base64UrlEncoder.Encode(point.X!),
            y = Base64UrlEncoder.Encode(point.Y!),
        };
    }
}
