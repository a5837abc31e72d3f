using System.Text.Json;
using System.Text.Json.Serialization;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Hotline111.Gateway.Accounts;

/// <summary>What the operator does at the machine itself, before anybody can sign in.</summary>
public static partial class Verbs
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>Registers the verbs of the gateway beside <c>migrate</c>.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton(new Verb("create-administrator", "makes the first administrator and prints once what opens the account", async (provider, _, ct) =>
        {
            await Guarded(() => CreateAdministrator(provider, Console.Out, ct));
            return 0;
        }));
        // Where nobody has an account nobody could make one: the first start does what the verb does.
        services.AddSingleton(new StartCheck((provider, ct) => Guarded(() => FirstStart(provider, Console.Out, ct))));
        services.AddSingleton(new Verb("seed-demo", "makes the accounts of a JSON file, with published passwords; needs Gateway:Demo=true", async (provider, arguments, ct) =>
        {
            var file = arguments.Count == 1 ? arguments[0] : throw new StartupException(StartupException.Configuration, "seed-demo takes one argument: the JSON file of accounts.");
            await Guarded(() => SeedDemo(provider, file, Console.Out, ct));
            return 0;
        }));
    }

    /// <summary>
    /// The first start of a platform without any account makes its administrator; a demonstration has accounts of its own. Where what is printed would be kept
    /// it only says what is missing.
    /// </summary>
    public static async Task FirstStart(IServiceProvider services, TextWriter output, CancellationToken ct)
    {
        var options = services.GetRequiredService<GatewayOptions>();
        if (options.Demo)
        {
            return;
        }

        await OneAtATime.Do(services.GetRequiredService<NpgsqlDataSource>(), "first_account", async () =>
        {
            await using var scope = services.CreateAsyncScope();
            if (await scope.ServiceProvider.GetRequiredService<AccountDatabase>().Accounts.AnyAsync(ct))
            {
                return;
            }

            if (options.PrintFirstAdministrator)
            {
                await CreateAdministrator(services, output, ct);
            }
            else
            {
                NobodyYet(services.GetRequiredService<ILogger<GatewayOptions>>());
            }
        }, ct);
    }

    /// <summary>create-administrator: makes the first administrator and prints once what opens the account.</summary>
    /// <exception cref="StartupException">There is an administrator already.</exception>
    public static async Task CreateAdministrator(IServiceProvider services, TextWriter output, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<AccountDatabase>();
        if (await database.Accounts.AnyAsync(account => account.Role == Roles.Administrator && !account.Demo, ct))
        {
            throw new StartupException(StartupException.Configuration, "There is an administrator already; further accounts are made by signing in as one.");
        }

        var enrolment = scope.ServiceProvider.GetRequiredService<Enrolment>();
        var (handover, errors) = await enrolment.Enrol(new NewAccount("administrator", "Quản trị hệ thống", Roles.Administrator), by: null, ct);
        if (handover is null)
        {
            throw new StartupException(StartupException.Configuration, $"The administrator could not be made: {string.Join(", ", errors.Select(error => error.Code))}.");
        }

        await output.WriteLineAsync("Tài khoản / user name:         administrator");
        await output.WriteLineAsync($"Mật khẩu một lần / one-time password: {handover.Password}");
        await output.WriteLineAsync($"TOTP: {handover.TotpUri}");
        await output.WriteLineAsync($"Mã dự phòng / recovery codes: {string.Join("  ", handover.RecoveryCodes)}");
        await output.WriteLineAsync("Chỉ hiển thị một lần. / Shown once and stored nowhere in this form.");
    }

    /// <summary>seed-demo FILE: accounts with published passwords, for demonstrations. Accounts that exist stay as they are.</summary>
    /// <exception cref="StartupException">Demo accounts are not allowed here, or the file is missing or malformed.</exception>
    public static async Task SeedDemo(IServiceProvider services, string file, TextWriter output, CancellationToken ct)
    {
        if (!services.GetRequiredService<GatewayOptions>().Demo)
        {
            throw new StartupException(StartupException.Configuration, "seed-demo makes accounts with published passwords and needs Gateway:Demo=true.");
        }

        DemoAccount[] wanted;
        try
        {
            wanted = JsonSerializer.Deserialize<DemoAccount[]>(await File.ReadAllTextAsync(file, ct), Json) ?? [];
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new StartupException(
                StartupException.Configuration,
                $"{file} is not a readable JSON array of {{userName, displayName, role, agency, desks, provinces, password, totpSecret}}.", cause);
        }

        await using (var scope = services.CreateAsyncScope())
        {
            var normalizer = scope.ServiceProvider.GetRequiredService<ILookupNormalizer>();
            var names = wanted.Select(account => normalizer.NormalizeName(account.UserName)).ToList();
            var present = await scope.ServiceProvider.GetRequiredService<AccountDatabase>().Accounts
                .Where(account => names.Contains(account.NormalizedUserName!)).Select(account => account.NormalizedUserName!).ToListAsync(ct);
            wanted = [.. wanted.Where(account => !present.Contains(normalizer.NormalizeName(account.UserName), StringComparer.Ordinal))];
        }

        // Hashing a password is slow on purpose, so the accounts are made side by side.
        await Parallel.ForEachAsync(wanted, ct, async (account, _) =>
        {
            await using var scope = services.CreateAsyncScope();
            var fresh = new NewAccount(account.UserName, account.DisplayName, account.Role, account.Agency, account.Desks, account.Provinces);
            var errors = AdministerAccounts.Check(fresh).Select(error => $"{error.Key} {string.Join(' ', error.Value)}").ToList();
            if (errors.Count == 0)
            {
                errors.AddRange((await scope.ServiceProvider.GetRequiredService<Enrolment>().EnrolKnown(fresh, account.Password, Secret(account)))
                    .Select(error => error.Code));
            }

            if (errors.Count > 0)
            {
                throw new StartupException(StartupException.Configuration, $"{file}: the account {account.UserName} cannot be made: {string.Join(", ", errors)}.");
            }
        });
        await output.WriteLineAsync($"{wanted.Length} demo accounts made.");
    }

    private static async Task Guarded(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            throw new StartupException(StartupException.Server, "The database of ConnectionStrings:Store lacks its tables; run the verb migrate before.", e);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException { InnerException: NpgsqlException })
        {
            throw new StartupException(StartupException.Server, "The database of ConnectionStrings:Store cannot be reached or refuses.", e);
        }
    }

    private static byte[] Secret(DemoAccount account)
    {
        try
        {
            return Totp.FromBase32(account.TotpSecret) is { Length: >= 16 } secret ? secret : throw new FormatException();
        }
        catch (FormatException cause)
        {
            throw new StartupException(
                StartupException.Configuration, $"totpSecret of the account {account.UserName} must be Base32 of at least 16 bytes.", cause);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Nobody has an account yet: the verb create-administrator makes the first one")]
    private static partial void NobodyYet(ILogger logger);

    private sealed record DemoAccount(
        string UserName, string DisplayName, string Role, string? Agency, string[]? Desks, string[]? Provinces, string Password, string TotpSecret);
}
