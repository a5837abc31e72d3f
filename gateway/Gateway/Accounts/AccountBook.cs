using System.Text.Json;
using Hotline111.Contracts.Catalogues;
using Hotline111.Gateway.Sessions;
using Npgsql;

namespace Hotline111.Gateway.Accounts;

/// <summary>An account as an administrator sees it: never a secret, and nothing of what its owner works on.</summary>
/// <param name="Stamp">Changes with every change; a command for what was seen carries it.</param>
/// <param name="PasswordOnce">Its password was handed over and has not been changed yet.</param>
/// <param name="SecondFactorOnce">Its owner has not set up an authenticator app of her own yet.</param>
/// <param name="LastSignIn">When somebody last signed in with it, or null.</param>
/// <param name="OpenSessions">Sessions that are open now.</param>
public sealed record AccountEntry(
    Guid Id, string UserName, Rights Rights, bool Disabled, bool PasswordOnce, bool SecondFactorOnce, DateTimeOffset CreatedAt, DateTimeOffset? LastSignIn, int OpenSessions, string Stamp);

/// <summary>Which accounts are asked for.</summary>
/// <param name="Name">Part of the user name or of the name shown, however its tone marks were typed.</param>
/// <param name="Role">A role of people.</param>
/// <param name="Agency">Agency id.</param>
/// <param name="Desk">Desk id.</param>
/// <param name="State">disabled, no-factor (no app of her own yet), one-time (password not changed yet) or unused (no sign-in for 90 days); null for all.</param>
public sealed record AccountFilter(string? Name = null, string? Role = null, string? Agency = null, string? Desk = null, string? State = null);

/// <summary>Something that an administrator did.</summary>
/// <param name="By">Who; null at the machine itself.</param>
/// <param name="Whom">The account, or null.</param>
/// <param name="What">Code of what was done.</param>
/// <param name="Sessions">How many sessions ended with it.</param>
public sealed record AdministrationEvent(long Id, DateTimeOffset At, string? By, Guid? Account, string? Whom, string What, EventRights? Before, EventRights? After, int Sessions);

/// <summary>What happened at the door with an account.</summary>
public sealed record DoorEvent(DateTimeOffset At, string Outcome, string Address);

/// <summary>Reads accounts and what was done with them.</summary>
public sealed class AccountBook(NpgsqlDataSource source, TimeProvider clock)
{
    /// <summary>How many accounts a page shows.</summary>
    public const int PageSize = 50;

    /// <summary>An account that nobody has used for so long is asked about.</summary>
    public static readonly TimeSpan Unused = TimeSpan.FromDays(90);

    private const string Columns =
        """
        select a.id, a.user_name, a.display_name, a.role, a.agency, a.desks, a.provinces, a.disabled, a.password_once, a.second_factor_once, a.created_at,
               (select max(e.at) from identity.sign_in_event e where e.account = a.id and e.outcome = 'signed-in'),
               (select count(*)::integer from gateway.session s where s.account = a.id and s.ended_at is null and s.expires_at > $1 and s.last_active_at > $2),
               a.concurrency_stamp
          from identity.account a
        """;

    /// <summary>The account, or null.</summary>
    public async Task<AccountEntry?> Find(Guid id, CancellationToken ct)
    {
        await using var command = Command($"{Columns} where a.id = $3", clock.GetUtcNow(), clock.GetUtcNow() - SessionRegister.Idle, id);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Entry(reader) : null;
    }

    /// <summary>A page of accounts by user name, and how many match in all.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="page">From 0.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<(IReadOnlyList<AccountEntry> Entries, int Count)> List(AccountFilter filter, int page, CancellationToken ct)
    {
        // Names are few and are compared as people type them, which a database without that knowledge cannot do.
        var wanted = string.IsNullOrWhiteSpace(filter.Name) ? null : PlaceSearch.Normalise(filter.Name);
        List<Guid> ids = [];
        await using (var command = Command(
            """
            select a.id, a.user_name, a.display_name from identity.account a
             where ($1::text is null or a.role = $1) and ($2::text is null or a.agency = $2) and ($3::text is null or $3 = any(a.desks))
               and case $4::text when 'disabled' then a.disabled when 'no-factor' then a.second_factor_once and not a.disabled when 'one-time' then a.password_once and not a.disabled
                   when 'unused' then not exists (select from identity.sign_in_event e where e.account = a.id and e.outcome = 'signed-in' and e.at > $5) else true end
             order by a.user_name
            """,
            filter.Role, filter.Agency, filter.Desk, filter.State, clock.GetUtcNow() - Unused))
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                if (wanted is null || PlaceSearch.Normalise($"{reader.GetString(1)} {reader.GetString(2)}").Contains(wanted, StringComparison.Ordinal)
                    || reader.GetString(1).Contains(filter.Name!.Trim(), StringComparison.OrdinalIgnoreCase))
                {
                    ids.Add(reader.GetGuid(0));
                }
            }
        }

        List<AccountEntry> entries = [];
        await using (var command = Command($"{Columns} where a.id = any($3) order by a.user_name", clock.GetUtcNow(), clock.GetUtcNow() - SessionRegister.Idle, ids.Skip(page * PageSize).Take(PageSize).ToArray()))
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                entries.Add(Entry(reader));
            }
        }

        return (entries, ids.Count);
    }

    /// <summary>What administrators did, the latest first.</summary>
    /// <param name="account">With this account alone, or null for all.</param>
    /// <param name="before">Below this id: from the page before, or null.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<AdministrationEvent>> Events(Guid? account, long? before, int limit, CancellationToken ct)
    {
        await using var command = Command(
            """
            select e.id, e.at, b.display_name, e.account, a.user_name, e.what, e.before::text, e.after::text, e.sessions
              from identity.administration_event e left join identity.account b on b.id = e.by left join identity.account a on a.id = e.account
             where ($1::uuid is null or e.account = $1) and ($2::bigint is null or e.id < $2)
             order by e.id desc limit $3
            """,
            account, before, limit);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<AdministrationEvent> events = [];
        while (await reader.ReadAsync(ct))
        {
            events.Add(new(
                reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), Text(reader, 2), reader.IsDBNull(3) ? null : reader.GetGuid(3), Text(reader, 4), reader.GetString(5),
                Rights(Text(reader, 6)), Rights(Text(reader, 7)), reader.GetInt32(8)));
        }

        return events;
    }

    /// <summary>What happened at the door with an account lately, the latest first.</summary>
    public async Task<IReadOnlyList<DoorEvent>> AtTheDoor(Guid account, int limit, CancellationToken ct)
    {
        await using var command = Command("select at, outcome, address from identity.sign_in_event where account = $1 order by at desc, id desc limit $2", account, limit);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<DoorEvent> events = [];
        while (await reader.ReadAsync(ct))
        {
            events.Add(new(reader.GetFieldValue<DateTimeOffset>(0), reader.GetString(1), reader.GetString(2)));
        }

        return events;
    }

    private NpgsqlCommand Command(string sql, params object?[] values)
    {
#pragma warning disable CA2100 // The text is one of this file's, not input.
        var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        }

        return command;
    }

    private static AccountEntry Entry(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1),
        new Rights(reader.GetString(2), reader.GetString(3), Text(reader, 4), reader.GetFieldValue<string[]>(5), reader.GetFieldValue<string[]>(6)),
        reader.GetBoolean(7), reader.GetBoolean(8), reader.GetBoolean(9), reader.GetFieldValue<DateTimeOffset>(10),
        reader.IsDBNull(11) ? null : reader.GetFieldValue<DateTimeOffset>(11), reader.GetInt32(12), Text(reader, 13) ?? "");

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static EventRights? Rights(string? json) => json is null ? null : JsonSerializer.Deserialize<EventRights>(json, JsonSerializerOptions.Web);
}
