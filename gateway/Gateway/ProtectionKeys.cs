using System.Security.Cryptography;
using System.Text;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Gateway;

/// <summary>
/// The keys that protect secrets in the gateway's database: signing keys, TOTP secrets, data-protection keys. They come from
/// <c>Gateway:SigningKeyProtection</c> or a file, <c>Gateway:SigningKeyProtectionFile</c>, in the form of the services' master keys; what is
/// sealed names its key, so that a new key can be put first without sealing anything anew.
/// </summary>
public sealed class ProtectionKeys(MasterKeys keys)
{
    /// <summary>Reads the keys from the settings.</summary>
    /// <exception cref="StartupException">None is set, or one is not of the stated form.</exception>
    public static ProtectionKeys Read(IConfiguration configuration)
    {
        const string setting = "Gateway:SigningKeyProtection", file = $"{setting}File";
        const string meaning = "the key that protects secrets in the gateway's database, written ID:BASE64 of 32 bytes";
        var lines = string.IsNullOrWhiteSpace(configuration[file])
            ? Settings.Required(configuration, setting, meaning)
            : Settings.FileText(configuration, file, meaning);
        return new ProtectionKeys(MasterKeys.Parse(lines, setting));
    }

    /// <summary>Seals a secret for one purpose and one owner.</summary>
    /// <param name="purpose">What kind of secret.</param>
    /// <param name="owner">Whose: an id that is stored beside it.</param>
    /// <param name="secret">The plain bytes.</param>
    public byte[] Seal(string purpose, string owner, ReadOnlySpan<byte> secret) =>
        [(byte)keys.CurrentId.Length, .. Encoding.ASCII.GetBytes(keys.CurrentId), .. keys.Wrap(secret, $"gateway|{purpose}|{owner}")];

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    /// <exception cref="CryptographicException">Its key is not configured any more, or the bytes belong elsewhere or were changed.</exception>
    public byte[] Open(string purpose, string owner, ReadOnlySpan<byte> bytes) =>
        bytes.Length > 1 + bytes[0]
        && keys.Unwrap(Encoding.ASCII.GetString(bytes.Slice(1, bytes[0])), bytes[(1 + bytes[0])..], $"gateway|{purpose}|{owner}") is { } secret
            ? secret
            : throw new CryptographicException($"A sealed {purpose} cannot be opened with the configured protection keys.");
}
