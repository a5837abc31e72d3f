using System.Text;
using System.Xml.Linq;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Npgsql;

namespace Hotline111.Gateway.Sessions;

/// <summary>
/// Data-protection keys in the gateway's database, so that every gateway reads every cookie and a restart signs nobody out; sealed, because the
/// framework would store them in the clear.
/// </summary>
public sealed class CookieKeys(NpgsqlDataSource source) : IXmlRepository
{
    /// <summary>Registers data protection with these keys.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("hotline111-gateway");
        services.AddOptions<KeyManagementOptions>().Configure<NpgsqlDataSource, ProtectionKeys>((management, source, protection) =>
        {
            management.XmlRepository = new CookieKeys(source);
            management.XmlEncryptor = new Sealing(protection);
        });
        services.AddSingleton(new StartCheck(MakeFirst));
    }

    // Gateways that come up together on an empty database would each make a first key and know only their own for a day: whoever signed in at one
    // would be nobody at the other. One makes it, the others find it.
    private static Task MakeFirst(IServiceProvider services, CancellationToken ct) =>
        OneAtATime.Do(services.GetRequiredService<NpgsqlDataSource>(), "data_protection_key", () =>
        {
            // The first use reads the keys, and makes one when there is none.
            services.GetRequiredService<IDataProtectionProvider>().CreateProtector("first").Protect([0]);
            return Task.CompletedTask;
        }, ct);

    /// <inheritdoc/>
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var command = source.CreateCommand("select xml from gateway.data_protection_key");
        using var reader = command.ExecuteReader();
        var elements = new List<XElement>();
        while (reader.Read())
        {
            elements.Add(XElement.Parse(reader.GetString(0)));
        }

        return elements;
    }

    /// <inheritdoc/>
    public void StoreElement(XElement element, string friendlyName)
    {
        using var command = source.CreateCommand("insert into gateway.data_protection_key (friendly_name, xml) values ($1, $2)");
        command.Parameters.Add(new() { Value = friendlyName });
        command.Parameters.Add(new() { Value = element.ToString(SaveOptions.DisableFormatting) });
        command.ExecuteNonQuery();
    }

    /// <summary>Seals a key's XML under the protection key.</summary>
    private sealed class Sealing(ProtectionKeys protection) : IXmlEncryptor
    {
        public EncryptedXmlInfo Encrypt(XElement plaintextElement) => new(
            new XElement("sealed", Convert.ToBase64String(
                protection.Seal(Purpose, Owner, Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting))))),
            typeof(Opening));
    }

    private const string Purpose = "data-protection-key", Owner = "gateway";

    /// <summary>Opens a sealed key's XML; the framework makes it by its name in the stored key.</summary>
    public sealed class Opening(IServiceProvider services) : IXmlDecryptor
    {
        /// <inheritdoc/>
        public XElement Decrypt(XElement encryptedElement) => XElement.Parse(Encoding.UTF8.GetString(
            services.GetRequiredService<ProtectionKeys>().Open(Purpose, Owner, Convert.FromBase64String(encryptedElement.Value))));
    }
}
