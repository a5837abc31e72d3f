using System.Security.Cryptography;
using System.Text.Json;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace Hotline111.Gateway.Tokens;

/// <summary>A machine that may ask for tokens.</summary>
/// <param name="Id">Client id; a service's is its name.</param>
/// <param name="Role">service or partner.</param>
/// <param name="Agency">Agency of a partner, else null.</param>
/// <param name="Key">Public key that its assertions are verified with.</param>
public sealed record Client(string Id, string Role, string? Agency, ECDsaSecurityKey Key);

/// <summary>The machines known to the gateway, from <c>Gateway:ClientsFile</c>.</summary>
public sealed class Clients
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    private readonly Dictionary<string, Client> _clients;

    private Clients(IEnumerable<Client> clients) => _clients = clients.ToDictionary(client => client.Id, StringComparer.Ordinal);

    /// <summary>Reads and checks the file.</summary>
    /// <exception cref="StartupException">It is missing or malformed; the sentence says which client is wrong.</exception>
    public static Clients Read(IConfiguration configuration)
    {
        const string setting = "Gateway:ClientsFile";
        var text = Settings.FileText(configuration, setting, "the JSON file of machines that may ask for tokens");
        Entry[] entries;
        try
        {
            entries = JsonSerializer.Deserialize<Entry[]>(text, Json) ?? [];
        }
        catch (JsonException cause)
        {
            throw new StartupException(
                StartupException.Configuration, $"{setting} is not a JSON array of {{clientId, role, agency?, publicKeyPem}}.", cause);
        }

        if (entries.GroupBy(entry => entry.ClientId, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new StartupException(StartupException.Configuration, $"{setting} names the client {twice.Key} twice.");
        }

        return new Clients([.. entries.Select((entry, index) => Check(entry, $"{setting}, entry {index + 1}"))]);
    }

    /// <summary>The client with that id, or null.</summary>
    public Client? Find(string? id) => id is null ? null : _clients.GetValueOrDefault(id);

    private static Client Check(Entry entry, string where)
    {
        if (string.IsNullOrWhiteSpace(entry.ClientId) || entry.Role is not (Roles.Service or Roles.Partner))
        {
            throw new StartupException(StartupException.Configuration, $"{where} needs a clientId and the role service or partner.");
        }

        if (entry.Role == Roles.Partner && string.IsNullOrWhiteSpace(entry.Agency))
        {
            throw new StartupException(StartupException.Configuration, $"{where} ({entry.ClientId}) is a partner and needs its agency.");
        }

        try
        {
            return new Client(entry.ClientId, entry.Role, entry.Agency, Token.ReadPublicKey(entry.PublicKeyPem ?? "", entry.ClientId));
        }
        catch (CryptographicException cause)
        {
            throw new StartupException(StartupException.Configuration, $"{where} ({entry.ClientId}) needs publicKeyPem: an EC P-256 public key.", cause);
        }
    }

    private sealed record Entry(string ClientId, string Role, string? Agency, string? PublicKeyPem);
}
