using Hotline111.Gateway.Accounts;
using Hotline111.Gateway.Guards;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace Hotline111.Gateway.Sessions;

/// <summary>
/// POST /auth/sign-in: password and TOTP code (or a recovery code in its place) open a session. Every refusal is the same answer and does the same
/// work, so that nobody learns which names exist, which part was right, or that an account is paused.
/// </summary>
public static partial class SignIn
{
    /// <summary>So many failures in a row pause an account.</summary>
    public const int FailuresAllowed = 5;

    /// <summary>The first pause; each further failure doubles it up to <see cref="LongestPause"/>.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);

    /// <summary>No pause is longer: whoever knows a name must not be able to keep its owner out for days.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>Where the account signed in not longer ago, one try in <see cref="FirstPause"/> is let through a pause.</summary>
    public static readonly TimeSpan Lately = TimeSpan.FromDays(30);

    /// <summary>What is sent.</summary>
    /// <param name="UserName">Name of the account.</param>
    /// <param name="Password">Its password.</param>
    /// <param name="Code">The present TOTP code, or a recovery code.</param>
    public sealed record Body(string UserName, string Password, string Code);

    /// <summary>Whose session it is.</summary>
    public sealed record AccountView(string Id, string UserName, string DisplayName, string? Agency, IReadOnlyList<string> Desks, IReadOnlyList<string> Provinces);

    /// <summary>The answer; the session itself is in the cookie.</summary>
    public sealed record Answer(AccountView Account, string Role, DateTimeOffset SessionExpiresAt, bool PasswordChangeNeeded, bool SecondFactorNeeded);

    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/auth/sign-in", Handle)
        .AllowAnonymous()
        .InLane(Lane.SignIn)
        .WithTags("Sessions")
        .WithSummary("Đăng nhập bằng mật khẩu và mã TOTP / sign in with password and TOTP code")
        .Produces<Answer>()
        .ProducesProblem(401)
        .ProducesProblem(429);

    private static async Task<IResult> Handle(
        Body body, HttpContext context, Attempts attempts, SessionRegister sessions, Limits limits, CancellationToken ct)
    {
        var address = Limits.AddressOf(context);
        if (limits.SignIn(address, body.UserName) is { } wait)
        {
            return GatewayProblems.TooManyRequests with { RetryAfter = wait };
        }

        if (await attempts.Verify(body.UserName, body.Password, body.Code, address, ct) is not { } account)
        {
            return GatewayProblems.SignInFailed;
        }

        var expiresAt = await Open(context, account, address, attempts, sessions, ct);
        return TypedResults.Ok(new Answer(
            new AccountView(account.Id.ToString(), account.UserName!, account.DisplayName, account.Agency, account.Desks, account.Provinces),
            account.Role, expiresAt, account.PasswordOnce, account.SecondFactorOnce));
    }

    /// <summary>Opens a session for an account that was just verified: writes it down and gives the browser its cookie.</summary>
    /// <returns>The session's end in any case.</returns>
    internal static async Task<DateTimeOffset> Open(
        HttpContext context, Account account, string address, Attempts attempts, SessionRegister sessions, CancellationToken ct)
    {
        var (id, cookie, expiresAt) = await sessions.Open(account.Id, address, ct);
        await attempts.Record(account.Id, "signed-in", address, id, ct);
        context.Response.Cookies.Append(SessionRegister.CookieName, cookie, SessionEndpoints.CookieRules);
        return expiresAt;
    }

    /// <summary>Judges one try and remembers it.</summary>
    public sealed partial class Attempts(
        UserManager<Account> users, IPasswordHasher<Account> hasher, Hashing hashing, NpgsqlDataSource source, ProtectionKeys protection, TimeProvider clock, ILogger<Attempts> log)
    {
        private const string Reset = "update identity.account set failures = 0, locked_until = null where id = $1";

        // Stands in for an account that does not exist, so that the answer takes as long.
        private static readonly Account Nobody = new() { Id = Guid.Empty, DisplayName = "", Role = "", TotpSecret = [] };
        private static string? _nobodysHash;

        /// <summary>The account, if the password and the code are its own, it is neither paused nor disabled and the code was not used before.</summary>
        public async Task<Account?> Verify(string userName, string password, string code, string address, CancellationToken ct)
        {
            _nobodysHash ??= hasher.HashPassword(Nobody, Guid.NewGuid().ToString());
            var account = userName.Length is > 0 and <= 256 && !userName.Any(char.IsControl) ? await users.FindByNameAsync(userName.Trim()) : null;
            var id = account?.Id ?? Guid.Empty;

            // The failure is counted before it is known to be one: a hundred guesses at the same moment are then a hundred counted guesses.
            var open = await Reserve(id, address, ct);
            var passwordRight = password.Length <= 1000
                && await hashing.Matches(account ?? Nobody, account?.PasswordHash ?? _nobodysHash, password, ct);
            var secret = account is null ? new byte[20] : protection.Open(Enrolment.TotpPurpose, id.ToString(), account.TotpSecret);
            var step = Totp.Match(secret, code.Replace(" ", "", StringComparison.Ordinal), clock.GetUtcNow());

            var before = account is null ? "unknown-account"
                : !open ? "paused"
                : account.Disabled ? "disabled"
                : !passwordRight ? "wrong-password"
                : null;

            // Asked of nobody's account too where the answer is already no: the work tells nothing about what was right.
            var codeRight = step is { } shown
                ? await UseStep(before is null ? id : Guid.Empty, shown, ct)
                : await UseRecoveryCode(before is null ? id : Guid.Empty, code, ct);
            var outcome = before ?? (codeRight ? null : step is null ? "wrong-code" : "code-used-before");
            if (outcome is not null)
            {
                await Record(account?.Id, outcome, address, session: null, ct);
                Refused(log, account?.Id, outcome);
                return null;
            }

            await Execute(Reset, ct, id);
            return account;
        }

        /// <summary>True if this is the account's password; a wrong one counts like a failed sign-in, for a stolen session must not be a place to guess.</summary>
        public async Task<bool> PasswordIsRight(Account account, string password, string address, CancellationToken ct)
        {
            if (!await Reserve(account.Id, address, ct) || password.Length > 1000
                || !await hashing.Matches(account, account.PasswordHash!, password, ct))
            {
                await Record(account.Id, "wrong-password-at-change", address, session: null, ct);
                return false;
            }

            await Execute(Reset, ct, account.Id);
            return true;
        }

        /// <summary>Writes down what happened at the door; never what was typed.</summary>
        public Task Record(Guid? account, string outcome, string address, Guid? session, CancellationToken ct) => Execute(
            "insert into identity.sign_in_event (at, account, outcome, address, session) values ($1, $2, $3, $4, $5)",
            ct, clock.GetUtcNow(), (object?)account ?? DBNull.Value, outcome, address, (object?)session ?? DBNull.Value);

        // Where the account has signed in lately a pause lets one try a minute through: guesses from elsewhere must not keep its owner out.
        private async Task<bool> Reserve(Guid id, string address, CancellationToken ct)
        {
            var now = clock.GetUtcNow();
            return await Execute("""
                update identity.account
                set failures = failures + 1,
                    locked_until = case when failures + 1 >= $3
                        then $2 + least(power(2, least(failures + 1 - $3, 20)) * $4::interval, $5::interval) end
                where id = $1 and (locked_until is null or locked_until <= $2
                    or exists (select from identity.sign_in_event e where e.account = $1 and e.outcome = 'signed-in' and e.address = $6 and e.at > $7)
                        and not exists (select from identity.sign_in_event e where e.account = $1 and e.address = $6 and e.at > $8))
                """, ct, id, now, FailuresAllowed, FirstPause, LongestPause, address, now - Lately, now - FirstPause) > 0;
        }

        // A code is good for one sign-in; an older one than the last used is not good either.
        private async Task<bool> UseStep(Guid id, long step, CancellationToken ct) =>
            await Execute("update identity.account set totp_last_step = $2 where id = $1 and totp_last_step < $2", ct, id, step) > 0;

        private async Task<bool> UseRecoveryCode(Guid id, string code, CancellationToken ct) =>
            await Execute("update identity.recovery_code set used_at = $3 where account = $1 and hash = $2 and used_at is null",
                ct, id, Enrolment.HashOf(code), clock.GetUtcNow()) > 0;

        private async Task<int> Execute(string sql, CancellationToken ct, params object[] values)
        {
            await using var command = source.CreateCommand(sql);
            foreach (var value in values)
            {
                command.Parameters.Add(new() { Value = value });
            }

            return await command.ExecuteNonQueryAsync(ct);
        }

        [LoggerMessage(Level = LogLevel.Information, Message = "Sign-in refused for account {Account}: {Outcome}")]
        private static partial void Refused(ILogger log, Guid? account, string outcome);
    }
}
