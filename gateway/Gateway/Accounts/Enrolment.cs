using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Hotline111.Gateway.Accounts;

/// <summary>What the new owner of an account must be handed, once: it is stored nowhere in this form.</summary>
/// <param name="Id">Account id.</param>
/// <param name="Password">One-time password, to be changed at the first sign-in.</param>
/// <param name="TotpUri">For the authenticator app.</param>
/// <param name="RecoveryCodes">Each stands in for one TOTP code, once.</param>
public sealed record Handover(Guid Id, string Password, string TotpUri, IReadOnlyList<string> RecoveryCodes);

/// <summary>Who a new account is for.</summary>
/// <param name="UserName">What is typed at sign-in.</param>
/// <param name="DisplayName">The name that colleagues see.</param>
/// <param name="Role">A role of people.</param>
/// <param name="Agency">Agency id, or null for the hotline's own staff.</param>
/// <param name="Desks">Desk ids, or null for none.</param>
/// <param name="Provinces">Province codes, or null for no limit.</param>
public sealed record NewAccount(string UserName, string DisplayName, string Role, string? Agency = null, string[]? Desks = null, string[]? Provinces = null);

/// <summary>Makes accounts and the secrets that belong to them.</summary>
public sealed class Enrolment(UserManager<Account> users, AccountDatabase database, NpgsqlDataSource source, ProtectionKeys protection, TimeProvider clock)
{
    /// <summary>Purpose under which TOTP secrets are sealed.</summary>
    public const string TotpPurpose = "totp";

    private const int RecoveryCodeCount = 10;

    // Without letters and digits that look alike on paper.
    private const string Readable = "abcdefghjkmnpqrstuvwxyz23456789";

    /// <summary>Makes an account with a generated one-time password, TOTP secret and recovery codes, and writes down who made it.</summary>
    /// <param name="wanted">Who it is for.</param>
    /// <param name="by">The administrator; null at the machine itself.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<(Handover? Handover, IReadOnlyList<IdentityError> Errors)> Enrol(NewAccount wanted, Guid? by, CancellationToken ct)
    {
        var (password, secret, codes) = (NewPassword(), Totp.NewSecret(), NewCodes());
        var account = NewAccount(wanted, secret, once: true, demo: false);
        await using var transaction = await database.Database.BeginTransactionAsync(ct);
        var result = await users.CreateAsync(account, password);
        if (!result.Succeeded)
        {
            return (null, [.. result.Errors]);
        }

        var (connection, within) = ((NpgsqlConnection)database.Database.GetDbConnection(), (NpgsqlTransaction)transaction.GetDbTransaction());
        await Keep(connection, within, account.Id, codes, ct);
        await Administration.Write(connection, within, clock.GetUtcNow(), by, account.Id, "created", null, account.Rights, 0, ct);
        await transaction.CommitAsync(ct);
        return (new Handover(account.Id, password, Totp.Uri(account.UserName!, secret), codes), []);
    }

    /// <summary>Makes an account whose password and TOTP secret are known beforehand: for demonstrations only.</summary>
    public async Task<IReadOnlyList<IdentityError>> EnrolKnown(NewAccount wanted, string password, byte[] totpSecret)
    {
        var result = await users.CreateAsync(NewAccount(wanted, totpSecret, once: false, demo: true), password);
        return result.Succeeded ? [] : [.. result.Errors];
    }

    /// <summary>Puts a second factor that its owner alone has seen in the place of the old one.</summary>
    /// <param name="account">The account.</param>
    /// <param name="secret">The new TOTP secret, of which the owner has just shown a code.</param>
    /// <param name="step">The step of that code, which is used up.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>New recovery codes; the old ones are worth nothing from now on.</returns>
    public async Task<IReadOnlyList<string>> ReplaceSecondFactor(Guid account, byte[] secret, long step, CancellationToken ct)
    {
        await using (var command = source.CreateCommand("""
            with used as (update identity.recovery_code set used_at = $4 where account = $1 and used_at is null)
            update identity.account set totp_secret = $2, totp_last_step = $3, second_factor_once = false where id = $1
            """))
        {
            command.Parameters.Add(new() { Value = account });
            command.Parameters.Add(new() { Value = protection.Seal(TotpPurpose, account.ToString(), secret) });
            command.Parameters.Add(new() { Value = step });
            command.Parameters.Add(new() { Value = clock.GetUtcNow() });
            await command.ExecuteNonQueryAsync(ct);
        }

        var codes = NewCodes();
        await using var connection = await source.OpenConnectionAsync(ct);
        await Keep(connection, null, account, codes, ct);
        return codes;
    }

    /// <summary>The stored form of a recovery code; 75 random bits need no slow hash.</summary>
    public static byte[] HashOf(string recoveryCode) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(recoveryCode.Replace("-", "", StringComparison.Ordinal).Trim()));

    private Account NewAccount(NewAccount wanted, byte[] totpSecret, bool once, bool demo)
    {
        var id = Guid.CreateVersion7();
        return new Account
        {
            Id = id,
            UserName = wanted.UserName,
            DisplayName = wanted.DisplayName,
            Role = wanted.Role,
            Agency = wanted.Agency,
            Desks = wanted.Desks ?? [],
            Provinces = wanted.Provinces ?? [],
            Demo = demo,
            PasswordOnce = once,
            SecondFactorOnce = once,
            TotpSecret = protection.Seal(TotpPurpose, id.ToString(), totpSecret),
            CreatedAt = clock.GetUtcNow(),
        };
    }

    /// <summary>A password to be handed over and changed at once.</summary>
    internal static string NewPassword() => RandomNumberGenerator.GetString(Readable, 20);

    /// <summary>Recovery codes; their stored form is <see cref="HashOf"/>.</summary>
    internal static IReadOnlyList<string> NewCodes() =>
        [.. Enumerable.Range(0, RecoveryCodeCount).Select(_ => RandomNumberGenerator.GetString(Readable, 15).Insert(10, "-").Insert(5, "-"))];

    /// <summary>Stores recovery codes of an account.</summary>
    internal static async Task Keep(NpgsqlConnection connection, NpgsqlTransaction? transaction, Guid account, IReadOnlyList<string> codes, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("insert into identity.recovery_code (account, hash) select $1, unnest($2)", connection, transaction)
        {
            Parameters = { new() { Value = account }, new() { Value = codes.Select(HashOf).ToArray() } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }
}
