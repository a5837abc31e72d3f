using System.Text.Json;
using Hotline111.Platform.Hosting;
using Npgsql;

namespace Hotline111.Gateway.Accounts;

/// <summary>A demonstration's account with everything needed to sign in, as it stands on the sign-in page.</summary>
/// <param name="UserName">What is typed.</param>
/// <param name="DisplayName">Who it is; invented.</param>
/// <param name="Role">The role.</param>
/// <param name="Password">The password, or null if it was changed or is not known here.</param>
/// <param name="Code">A code that opens the account now; codes used already are passed over.</param>
public sealed record DemoLine(string UserName, string DisplayName, string Role, string? Password, string Code);

/// <summary>The accounts of a demonstration, whose secrets are everybody's. Where <c>Gateway:Demo</c> is not set there are none.</summary>
public sealed class DemoAccounts(GatewayOptions options, NpgsqlDataSource source, ProtectionKeys protection, TimeProvider clock)
{
    private readonly Lazy<IReadOnlyDictionary<string, string>> _passwords = new(() => Read(options.DemoFile));

    /// <summary>All of them, or none.</summary>
    public async Task<IReadOnlyList<DemoLine>> List(CancellationToken ct)
    {
        if (!options.Demo)
        {
            return [];
        }

        await using var command = source.CreateCommand(
            "select id, user_name, display_name, role, totp_secret, totp_last_step from identity.account where demo and not disabled order by created_at, id");
        await using var reader = await command.ExecuteReaderAsync(ct);
        var lines = new List<DemoLine>();
        while (await reader.ReadAsync(ct))
        {
            var secret = protection.Open(Enrolment.TotpPurpose, reader.GetGuid(0).ToString(), reader.GetFieldValue<byte[]>(4));
            var step = Math.Max(Totp.Step(clock.GetUtcNow()), reader.GetInt64(5) + 1);
            lines.Add(new DemoLine(
                reader.GetString(1), reader.GetString(2), reader.GetString(3), _passwords.Value.GetValueOrDefault(reader.GetString(1)), Totp.Code(secret, step)));
        }

        var order = Contracts.Access.Roles.People;
        return [.. lines.OrderBy(line => order.TakeWhile(role => role != line.Role).Count()).ThenBy(line => line.UserName, StringComparer.Ordinal)];
    }

    private static IReadOnlyDictionary<string, string> Read(string? file)
    {
        if (file is null)
        {
            return new Dictionary<string, string>();
        }

        try
        {
            return JsonElement.Parse(File.ReadAllText(file)).EnumerateArray().ToDictionary(
                account => account.GetProperty("userName").GetString()!, account => account.GetProperty("password").GetString()!, StringComparer.Ordinal);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new StartupException(StartupException.Configuration, "Gateway:DemoFile is not the file of accounts that seed-demo took.", cause);
        }
    }
}
