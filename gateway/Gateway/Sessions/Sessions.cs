using System.Collections.Concurrent;
using System.Security.Cryptography;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;

namespace Hotline111.Gateway.Sessions;

/// <summary>Somebody's open door, as checked just now.</summary>
/// <param name="Id">Public id, for lists and for the token's <c>sid</c>.</param>
/// <param name="UserName">What was typed at sign-in.</param>
/// <param name="DisplayName">The name that colleagues see.</param>
/// <param name="Actor">The claims.</param>
/// <param name="PasswordOnce">The password must be changed before anything else.</param>
/// <param name="SecondFactorOnce">The second factor is one that somebody else has seen: a new one is set up at the first sign-in.</param>
/// <param name="ExpiresAt">The absolute end.</param>
/// <param name="LastActiveAt">Last recorded activity.</param>
public sealed record Session(
    Guid Id, string UserName, string DisplayName, TokenActor Actor, bool PasswordOnce, bool SecondFactorOnce, DateTimeOffset ExpiresAt, DateTimeOffset LastActiveAt)
{
    /// <summary>Whose it is.</summary>
    public Guid AccountId => Guid.Parse(Actor.Id);
}

/// <summary>A line in the list of one's sessions.</summary>
public sealed record SessionLine(
    Guid Id, DateTimeOffset CreatedAt, DateTimeOffset LastActiveAt, DateTimeOffset ExpiresAt, string Address, bool Current);

/// <summary>
/// Sessions are rows: listed, ended one by one or all at once. A browser holds only a random secret, wrapped by data protection so that an
/// invented cookie costs no look-up; the row holds its hash.
/// </summary>
public sealed class SessionRegister(NpgsqlDataSource source, IDataProtectionProvider protection, TimeProvider clock)
{
    /// <summary>Name of the cookie; the prefix makes browsers insist on Secure, Path=/ and no Domain.</summary>
    public const string CookieName = "__Host-hotline111";

    /// <summary>Without a request for so long a session is over (NIST SP 800-63B, AAL3).</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(15);

    /// <summary>A session is over then in any case.</summary>
    public static readonly TimeSpan Absolute = TimeSpan.FromHours(12);

    /// <summary>How long another gateway's revocation may stay unseen here; our own are seen at once.</summary>
    public static readonly TimeSpan CheckedFor = TimeSpan.FromSeconds(5);

    // Activity is written in steps, so that a page with twenty requests is not twenty writes.
    private static readonly TimeSpan ActivityStep = TimeSpan.FromSeconds(15);

    private readonly IDataProtector _protector = protection.CreateProtector("session");
    private readonly ConcurrentDictionary<string, Checked> _checked = new(StringComparer.Ordinal);
    private long _epoch;

    /// <summary>Opens a session and answers the cookie's value.</summary>
    public async Task<(Guid Id, string Cookie, DateTimeOffset ExpiresAt)> Open(Guid account, string address, CancellationToken ct)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        var now = clock.GetUtcNow();
        var (id, expiresAt) = (Guid.CreateVersion7(), now + Absolute);
        await using var command = source.CreateCommand("""
            insert into gateway.session (id, secret_hash, account, created_at, last_active_at, expires_at, address)
            values ($1, $2, $3, $4, $4, $5, $6)
            """);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = SHA256.HashData(secret) });
        command.Parameters.Add(new() { Value = account });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = expiresAt });
        command.Parameters.Add(new() { Value = address });
        await command.ExecuteNonQueryAsync(ct);
        return (id, WebEncoders.Base64UrlEncode(_protector.Protect(secret)), expiresAt);
    }

    /// <summary>The session of a cookie, or null if there is none, it has ended, expired or idled out, or the account is disabled.</summary>
    /// <param name="cookie">The cookie's value.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="passive">The request is none of a person's: it keeps nothing awake.</param>
    public async ValueTask<Session?> Find(string cookie, CancellationToken ct, bool passive = false)
    {
        var now = clock.GetUtcNow();
        var epoch = Interlocked.Read(ref _epoch);
        if (_checked.TryGetValue(cookie, out var known) && known.Epoch == epoch && now - known.At < CheckedFor && now >= known.At)
        {
            return await Alive(cookie, known.Session, now, passive, ct);
        }

        if (Unwrap(cookie) is not { } secret)
        {
            return null;
        }

        var session = await Read("s.secret_hash", SHA256.HashData(secret), ct);
        if (session is null)
        {
            _checked.TryRemove(cookie, out _);
            return null;
        }

        Remember(cookie, new Checked(session, now, epoch));
        return await Alive(cookie, session, now, passive, ct);
    }

    /// <summary>The session with this id while it is open, for what runs on behalf of it; keeps nothing awake.</summary>
    public async ValueTask<Session?> Find(Guid id, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var epoch = Interlocked.Read(ref _epoch);
        var key = $"id {id:N}";
        if (!(_checked.TryGetValue(key, out var known) && known.Epoch == epoch && now - known.At < CheckedFor && now >= known.At))
        {
            if (await Read("s.id", id, ct) is not { } session)
            {
                _checked.TryRemove(key, out _);
                return null;
            }

            Remember(key, known = new Checked(session, now, epoch));
        }

        return await Alive(key, known.Session, now, passive: true, ct);
    }

    /// <summary>The open sessions of an account, newest first.</summary>
    public async Task<IReadOnlyList<SessionLine>> List(Guid account, Guid current, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var command = source.CreateCommand("""
            select id, created_at, last_active_at, expires_at, address from gateway.session
            where account = $1 and ended_at is null and expires_at > $2 and last_active_at > $3 order by created_at desc
            """);
        command.Parameters.Add(new() { Value = account });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = now - Idle });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var lines = new List<SessionLine>();
        while (await reader.ReadAsync(ct))
        {
            var id = reader.GetGuid(0);
            lines.Add(new SessionLine(
                id,
                reader.GetFieldValue<DateTimeOffset>(1),
                reader.GetFieldValue<DateTimeOffset>(2),
                reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetString(4),
                id == current));
        }

        return lines;
    }

    /// <summary>Ends one session of an account.</summary>
    /// <returns>False if the account has no such open session.</returns>
    public Task<bool> End(Guid account, Guid session, string by, CancellationToken ct) =>
        End("where account = $1 and ended_at is null and id = $4", account, by, session, except: false, ct);

    /// <summary>Ends every session of an account, or every one but this.</summary>
    public Task<bool> EndAll(Guid account, string by, CancellationToken ct, Guid? except = null) =>
        End("where account = $1 and ended_at is null and id <> $4", account, by, except ?? Guid.Empty, except: true, ct);

    /// <summary>What was known about sessions is asked again: an account was disabled or changed.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _epoch);
        _checked.Clear();
    }

    private async Task<bool> End(string where, Guid account, string by, Guid session, bool except, CancellationToken ct)
    {
        await using var command = source.CreateCommand($"update gateway.session set ended_at = $2, ended_by = $3 {where}");
        command.Parameters.Add(new() { Value = account });
        command.Parameters.Add(new() { Value = clock.GetUtcNow() });
        command.Parameters.Add(new() { Value = by });
        command.Parameters.Add(new() { Value = session });
        var ended = await command.ExecuteNonQueryAsync(ct);
        Forget();
        return ended > 0 || except;
    }

    private async ValueTask<Session?> Alive(string cookie, Session session, DateTimeOffset now, bool passive, CancellationToken ct)
    {
        if (now >= session.ExpiresAt || now - session.LastActiveAt >= Idle)
        {
            return null;
        }

        if (!passive && now - session.LastActiveAt >= ActivityStep)
        {
            await using var command = source.CreateCommand("""
                update gateway.session set last_active_at = $2 where id = $1 and ended_at is null and last_active_at < $2
                """);
            command.Parameters.Add(new() { Value = session.Id });
            command.Parameters.Add(new() { Value = now });
            await command.ExecuteNonQueryAsync(ct);
            session = session with { LastActiveAt = now };
            if (_checked.TryGetValue(cookie, out var known))
            {
                _checked.TryUpdate(cookie, known with { Session = session }, known);
            }
        }

        return session;
    }

    private async Task<Session?> Read(string column, object value, CancellationToken ct)
    {
        await using var command = source.CreateCommand($"""
            select s.id, s.expires_at, s.last_active_at, a.id, a.user_name, a.display_name, a.role, a.agency, a.desks, a.provinces, a.password_once, a.second_factor_once
            from gateway.session s join identity.account a on a.id = s.account
            where {column} = $1 and s.ended_at is null and not a.disabled
            """);
        command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            return null;
        }

        var id = reader.GetGuid(0);
        var actor = new TokenActor(
            reader.GetGuid(3).ToString(),
            reader.GetString(6),
            await reader.IsDBNullAsync(7, ct) ? null : reader.GetString(7),
            reader.GetFieldValue<string[]>(8),
            reader.GetFieldValue<string[]>(9),
            id.ToString());
        return new Session(
            id, reader.GetString(4), reader.GetString(5), actor, reader.GetBoolean(10), reader.GetBoolean(11),
            reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2));
    }

    private byte[]? Unwrap(string cookie)
    {
        try
        {
            return cookie.Length > 1000 ? null : _protector.Unprotect(WebEncoders.Base64UrlDecode(cookie));
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private void Remember(string cookie, Checked entry)
    {
        // Entries are worthless after seconds; a full sweep now and then is cheaper than a timer an entry.
        if (_checked.Count >= 10_000)
        {
            _checked.Clear();
        }

        _checked[cookie] = entry;
    }

    // Valid only while no revocation has happened here since before the row was read.
    private sealed record Checked(Session Session, DateTimeOffset At, long Epoch);
}
