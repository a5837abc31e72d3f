using System.Security.Cryptography;
using System.Text;

namespace Hotline111.Gateway;

/// <summary>
/// The key that protects secrets in the gateway's database: signing keys, TOTP secrets, data-protection keys. It comes from the
/// environment (<c>Gateway:SigningKeyProtection</c>) or a file (<c>Gateway:SigningKeyProtectionFile</c>), as <c>ID:BASE64(32 bytes)</c>,
/// one a line; the first is current, the others only open what they once sealed.
/// </summary>
public sealed class ProtectionKeys
{
    private const int NonceLength = 12, TagLength = 16;
    private const byte Format = 1;

    private readonly string _current;
    private readonly Dictionary<string, byte[]> _keys;

    private ProtectionKeys(string current, Dictionary<string, byte[]> keys) => (_current, _keys) = (current, keys);

    /// <summary>Reads the keys from the settings.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">None is set, or one is not of the stated form.</exception>
    public static ProtectionKeys Read(IConfiguration configuration)
    {
        const string setting = "Gateway:SigningKeyProtection";
        var text = configuration[setting];
        if (configuration[$"{setting}File"] is { Length: > 0 } file)
        {
            text = File.Exists(file) ? File.ReadAllText(file) : throw GatewayOptions.Wrong($"{setting}File names a file that does not exist.");
        }

        var lines = (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var keys = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var buffer = new byte[32];
        foreach (var line in lines)
        {
            var parts = line.Split(':', 2);
            if (parts.Length != 2 || parts[0].Length is 0 or > 100 || !Convert.TryFromBase64String(parts[1], buffer, out var length) || length != 32)
            {
                throw GatewayOptions.Wrong($"{setting} must be ID:BASE64 of 32 bytes.");
            }

            keys[parts[0]] = [.. buffer];
        }

        return keys.Count > 0
            ? new ProtectionKeys(lines[0].Split(':')[0], keys)
            : throw GatewayOptions.Wrong($"{setting} or {setting}File is missing: ID:BASE64 of 32 bytes.");
    }

    /// <summary>Seals a secret for one purpose and one owner; opened for another of either it is refused.</summary>
    /// <param name="purpose">What kind of secret; each kind has its own derived key.</param>
    /// <param name="owner">Whose: an id that is stored beside it.</param>
    /// <param name="secret">The plain bytes.</param>
    public byte[] Seal(string purpose, string owner, ReadOnlySpan<byte> secret)
    {
        var id = Encoding.UTF8.GetBytes(_current);
        var sealed_ = new byte[2 + id.Length + NonceLength + secret.Length + TagLength];
        sealed_[0] = Format;
        sealed_[1] = (byte)id.Length;
        id.CopyTo(sealed_, 2);
        var nonce = sealed_.AsSpan(2 + id.Length, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(Derive(_keys[_current], purpose), TagLength);
        cipher.Encrypt(
            nonce, secret, sealed_.AsSpan(2 + id.Length + NonceLength, secret.Length), sealed_.AsSpan(^TagLength..), Encoding.UTF8.GetBytes(owner));
        return sealed_;
    }

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    /// <exception cref="CryptographicException">Another key, purpose or owner, or the bytes were changed.</exception>
    public byte[] Open(string purpose, string owner, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 + NonceLength + TagLength || bytes[0] != Format || bytes.Length < 2 + bytes[1] + NonceLength + TagLength)
        {
            throw new CryptographicException("Not a sealed secret.");
        }

        var id = Encoding.UTF8.GetString(bytes.Slice(2, bytes[1]));
        if (!_keys.TryGetValue(id, out var key))
        {
            throw new CryptographicException($"The protection key {id} is not configured.");
        }

        var rest = bytes[(2 + bytes[1])..];
        var secret = new byte[rest.Length - NonceLength - TagLength];
        using var cipher = new AesGcm(Derive(key, purpose), TagLength);
        cipher.Decrypt(rest[..NonceLength], rest[NonceLength..^TagLength], rest[^TagLength..], secret, Encoding.UTF8.GetBytes(owner));
        return secret;
    }

    private static byte[] Derive(byte[] key, string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, outputLength: 32, info: Encoding.UTF8.GetBytes($"hotline111/gateway/{purpose}"));
}
