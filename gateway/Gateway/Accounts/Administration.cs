using System.Text.Json;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Gateway.Sessions;
using Microsoft.AspNetCore.Identity;
using Npgsql;
using NpgsqlTypes;

namespace Hotline111.Gateway.Accounts;

/// <summary>What an account may do, as it is set by an administrator.</summary>
/// <param name="DisplayName">The name that colleagues see.</param>
/// <param name="Role">A role of people.</param>
/// <param name="Agency">Agency id, or null for the hotline's own staff.</param>
/// <param name="Desks">Desk ids.</param>
/// <param name="Provinces">Province codes; empty for no limit. Whoever answers for desks sees only what went to a desk whose territory is one of them.</param>
public sealed record Rights(string DisplayName, string Role, string? Agency, IReadOnlyList<string> Desks, IReadOnlyList<string> Provinces)
{
    /// <summary>
    /// Whether a limit to provinces leaves somebody what they are there for: a liaison each desk, a head at least one of the agency's. A desk lies within it when any of
    /// its provinces does, a desk of the whole country within none, and nobody outside an agency can be limited: what nobody is shown, nobody answers.
    /// </summary>
    public static bool LimitFits(string role, string? agency, IReadOnlyList<string> desks, IReadOnlyList<string> provinces)
    {
        return provinces.Count == 0 || role switch
        {
            Roles.Liaison => desks.All(desk => Lies(AgencyDirectory.FindDesk(desk))),
            Roles.AgencyHead => AgencyDirectory.Desks.Any(desk => desk.AgencyId == agency && Lies(desk)),
            _ => false,
        };

        bool Lies(DirectoryDesk? desk) => desk is not null && desk.ProvinceCodes.Any(provinces.Contains);
    }

    /// <summary>Whether another is allowed the same things, whatever its name.</summary>
    public bool AllowsAs(Rights other) =>
        Role == other.Role && Agency == other.Agency && Desks.Order(StringComparer.Ordinal).SequenceEqual(other.Desks.Order(StringComparer.Ordinal))
        && Provinces.Order(StringComparer.Ordinal).SequenceEqual(other.Provinces.Order(StringComparer.Ordinal));
}

/// <summary>Rights as an event keeps them.</summary>
public sealed record EventRights(string Role, string? Agency, IReadOnlyList<string> Desks, IReadOnlyList<string> Provinces);

/// <summary>Why nothing was changed.</summary>
public enum AdministrationRefusal
{
    /// <summary>There is no such account.</summary>
    NotFound,

    /// <summary>Nobody administers the own account: password and second factor are changed where everybody changes them.</summary>
    OwnAccount,

    /// <summary>It would leave the platform without an administrator who can sign in.</summary>
    LastAdministrator,

    /// <summary>The account was changed since it was looked at.</summary>
    Stale,
}

/// <summary>
/// What an administrator does with an account. Each command is one transaction: the change, the end of the account's sessions and the event that says who did what
/// to whom. What a session was allowed is asked of its row again at every request, so a change holds at once here and, as a token lives for a minute, within a
/// minute everywhere.
/// </summary>
public sealed class Administration(NpgsqlDataSource source, SessionRegister sessions, ProtectionKeys protection, IPasswordHasher<Account> hasher, TimeProvider clock)
{
    // Whoever would take an administrator away waits for whoever does so this moment.
    private const long OneAtATime = 0x111AD;

    /// <summary>Sets name and rights. Other rights end the sessions; another name does not.</summary>
    /// <param name="by">Who does it.</param>
    /// <param name="id">The account.</param>
    /// <param name="stamp">The concurrency stamp that was seen, or null to change whatever there is.</param>
    /// <param name="wanted">As it shall be.</param>
    /// <param name="ct">Cancels.</param>
    public Task<AdministrationRefusal?> Change(Guid by, Guid id, string? stamp, Rights wanted, CancellationToken ct) => Do(by, id, stamp, (account, _) =>
    {
        var same = account.Rights.AllowsAs(wanted);
        return Task.FromResult<Step?>(new Step(
            same ? "renamed" : "rights-changed",
            "display_name = $3, role = $4, agency = $5, desks = $6, provinces = $7",
            [wanted.DisplayName, wanted.Role, (object?)wanted.Agency ?? DBNull.Value, wanted.Desks.ToArray(), wanted.Provinces.ToArray()],
            EndsSessions: !same,
            TakesAdministrator: account.Rights.Role == Roles.Administrator && wanted.Role != Roles.Administrator && !account.Disabled,
            Before: same ? null : account.Rights,
            After: same ? null : wanted));
    }, ct);

    /// <summary>Lets nobody in with the account any more, and ends its sessions.</summary>
    public Task<AdministrationRefusal?> Disable(Guid by, Guid id, string? stamp, CancellationToken ct) => Do(by, id, stamp, (account, _) => Task.FromResult<Step?>(
        account.Disabled ? null : new Step("disabled", "disabled = true", [], EndsSessions: true, TakesAdministrator: account.Rights.Role == Roles.Administrator)), ct);

    /// <summary>Lets the account be used again; sessions that ended stay ended.</summary>
    public Task<AdministrationRefusal?> Enable(Guid by, Guid id, string? stamp, CancellationToken ct) => Do(by, id, stamp, (account, _) => Task.FromResult<Step?>(
        account.Disabled ? new Step("enabled", "disabled = false, failures = 0, locked_until = null", []) : null), ct);

    /// <summary>Ends every session of the account.</summary>
    public Task<AdministrationRefusal?> EndSessions(Guid by, Guid id, CancellationToken ct) => Do(by, id, null, (_, _) => Task.FromResult<Step?>(
        new Step("sessions-ended", "id = id", [], EndsSessions: true)), ct);

    /// <summary>Gives the account a new one-time password; its second factor stays.</summary>
    /// <returns>What must be handed over, once, or why not.</returns>
    public async Task<(Handover? Handover, AdministrationRefusal? Refusal)> NewPassword(Guid by, Guid id, string? stamp, CancellationToken ct)
    {
        var password = Enrolment.NewPassword();
        var hash = Hash(id, password);
        var refusal = await Do(by, id, stamp, (_, _) => Task.FromResult<Step?>(Password(hash)), ct);
        return refusal is null ? (new Handover(id, password, "", []), null) : (null, refusal);
    }

    /// <summary>Puts recovery codes for the next sign-in in the place of the second factor; its owner sets up a new one then.</summary>
    /// <inheritdoc cref="NewPassword"/>
    public async Task<(Handover? Handover, AdministrationRefusal? Refusal)> NewSecondFactor(Guid by, Guid id, string? stamp, CancellationToken ct)
    {
        var (secret, codes) = (Totp.NewSecret(), Enrolment.NewCodes());
        string? userName = null;
        var refusal = await Do(by, id, stamp, async (account, transaction) =>
        {
            userName = account.UserName;
            await ReplaceCodes(transaction, id, codes, ct);
            return Factor(id, secret);
        }, ct);
        return refusal is null ? (new Handover(id, "", Totp.Uri(userName!, secret), codes), null) : (null, refusal);
    }

    /// <summary>Gives the account a new one-time password and a new second factor: for who has lost the telephone, or the account to somebody else.</summary>
    /// <inheritdoc cref="NewPassword"/>
    public async Task<(Handover? Handover, AdministrationRefusal? Refusal)> Renew(Guid by, Guid id, string? stamp, CancellationToken ct)
    {
        var (password, secret, codes) = (Enrolment.NewPassword(), Totp.NewSecret(), Enrolment.NewCodes());
        var hash = Hash(id, password);
        string? userName = null;
        var refusal = await Do(by, id, stamp, async (account, transaction) =>
        {
            userName = account.UserName;
            await ReplaceCodes(transaction, id, codes, ct);
            var (one, two) = (Password(hash), Factor(id, secret));
            return one with { What = "renewed", Set = $"{one.Set}, second_factor_once = true, totp_secret = $4", Values = [.. one.Values, .. two.Values] };
        }, ct);
        return refusal is null ? (new Handover(id, password, Totp.Uri(userName!, secret), codes), null) : (null, refusal);
    }

    /// <summary>Writes down what was done to no account: a key rolled.</summary>
    public async Task Record(Guid by, string what, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await Write(connection, null, clock.GetUtcNow(), by, null, what, null, null, 0, ct);
    }

    private static Step Password(string hash) => new(
        "password-renewed", "password_hash = $3, password_once = true, failures = 0, locked_until = null", [hash], EndsSessions: true);

    // Slow on purpose, so it is done before the account's row is held: whoever else wants it would wait for nothing.
    private string Hash(Guid id, string password) => hasher.HashPassword(Nobody(id), password);

    private Step Factor(Guid id, byte[] secret) => new(
        "second-factor-reset", "totp_secret = $3, second_factor_once = true", [protection.Seal(Enrolment.TotpPurpose, id.ToString(), secret)], EndsSessions: true);

    // The hasher takes an account only for those who salt with it; this one salts with chance.
    private static Account Nobody(Guid id) => new() { Id = id, DisplayName = "", Role = "", TotpSecret = [] };

    private async Task<AdministrationRefusal?> Do(
        Guid by, Guid id, string? stamp, Func<Known, NpgsqlTransaction, Task<Step?>> decide, CancellationToken ct)
    {
        if (by == id)
        {
            return AdministrationRefusal.OwnAccount;
        }

        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Run(connection, transaction, "select pg_advisory_xact_lock($1)", ct, OneAtATime);
        if (await Find(connection, transaction, id, ct) is not { } account)
        {
            return AdministrationRefusal.NotFound;
        }

        if (stamp is not null && stamp != account.Stamp)
        {
            return AdministrationRefusal.Stale;
        }

        if (await decide(account, transaction) is not { } step)
        {
            return null;
        }

        if (step.TakesAdministrator && !await AnotherAdministrator(connection, transaction, id, ct))
        {
            return AdministrationRefusal.LastAdministrator;
        }

        await Run(connection, transaction, $"update identity.account set concurrency_stamp = $2, {step.Set} where id = $1", ct, [id, Guid.NewGuid().ToString(), .. step.Values]);
        var ended = step.EndsSessions
            ? await Run(connection, transaction, "update gateway.session set ended_at = $2, ended_by = $3 where account = $1 and ended_at is null", ct, id, clock.GetUtcNow(), "administrator")
            : 0;
        await Write(connection, transaction, clock.GetUtcNow(), by, id, step.What, step.Before, step.After, ended, ct);
        await transaction.CommitAsync(ct);
        sessions.Forget();
        return null;
    }

    /// <summary>Writes an event in the transaction of what it tells of.</summary>
    internal static async Task Write(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, DateTimeOffset at, Guid? by, Guid? account, string what, Rights? before, Rights? after, int ended, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "insert into identity.administration_event (at, by, account, what, before, after, sessions) values ($1, $2, $3, $4, $5, $6, $7)", connection, transaction)
        {
            Parameters =
            {
                new() { Value = at },
                new() { Value = (object?)by ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = (object?)account ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = what },
                new() { Value = Codes(before), NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = Codes(after), NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = ended },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<Known?> Find(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select user_name, display_name, role, agency, desks, provinces, disabled, concurrency_stamp from identity.account where id = $1 for update", connection, transaction)
        {
            Parameters = { new() { Value = id } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new Known(
                id, reader.GetString(0),
                new Rights(
                    reader.GetString(1), reader.GetString(2), await reader.IsDBNullAsync(3, ct) ? null : reader.GetString(3), reader.GetFieldValue<string[]>(4), reader.GetFieldValue<string[]>(5)),
                reader.GetBoolean(6), await reader.IsDBNullAsync(7, ct) ? "" : reader.GetString(7))
            : null;
    }

    private static async Task<bool> AnotherAdministrator(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid but, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select exists (select from identity.account where role = $1 and not disabled and id <> $2)", connection, transaction)
        {
            Parameters = { new() { Value = Roles.Administrator }, new() { Value = but } },
        };
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task ReplaceCodes(NpgsqlTransaction transaction, Guid id, IReadOnlyList<string> codes, CancellationToken ct)
    {
        var connection = transaction.Connection!;
        await Run(connection, transaction, "update identity.recovery_code set used_at = $2 where account = $1 and used_at is null", ct, id, clock.GetUtcNow());
        await Enrolment.Keep(connection, transaction, id, codes, ct);
    }

    private static async Task<int> Run(NpgsqlConnection connection, NpgsqlTransaction transaction, string sql, CancellationToken ct, params object[] values)
    {
#pragma warning disable CA2100 // The text is one of this file's, not input.
        await using var command = new NpgsqlCommand(sql, connection, transaction);
#pragma warning restore CA2100
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteNonQueryAsync(ct);
    }

    // Without the name: what stands here stays when the account's owner has another.
    private static object Codes(Rights? rights) => rights is null
        ? DBNull.Value
        : JsonSerializer.Serialize(new EventRights(rights.Role, rights.Agency, [.. rights.Desks], [.. rights.Provinces]), JsonSerializerOptions.Web);

    private sealed record Known(Guid Id, string UserName, Rights Rights, bool Disabled, string Stamp);

    /// <summary>What a command does to the row.</summary>
    /// <param name="What">Its code in the list of events.</param>
    /// <param name="Set">Assignments; their values begin at $3.</param>
    private sealed record Step(
        string What, string Set, IReadOnlyList<object> Values, bool EndsSessions = false, bool TakesAdministrator = false, Rights? Before = null, Rights? After = null);
}
