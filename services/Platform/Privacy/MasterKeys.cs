using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Configuration;

namespace Hotline111.Platform.Privacy;

/// <summary>
/// The keys that wrap other keys. They come from the environment or a file and are never stored in a database.
/// The first one is current; the others only open what they once wrapped.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class MasterKeys
{
    private const int KeyLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly Dictionary<string, byte[]> keys;

    private MasterKeys(string current, Dictionary<string, byte[]> keys) => (CurrentId, this.keys) = (current, keys);

    /// <summary>The id of the key that new keys are wrapped by.</summary>
    public string CurrentId { get; }

    /// <summary>Reads <c>Privacy:MasterKey</c> or <c>Privacy:MasterKeyFile</c>.</summary>
    /// <exception cref="StartupException">Neither or both are set, the file cannot be read, or a line is not <c>ID:BASE64</c> of 32 bytes.</exception>
    public static MasterKeys FromConfiguration(IConfiguration configuration)
    {
        var (inline, file) = (configuration["Privacy:MasterKey"], configuration["Privacy:MasterKeyFile"]);
        return (string.IsNullOrWhiteSpace(inline), string.IsNullOrWhiteSpace(file)) switch
        {
            (false, true) => Parse(inline!, "Privacy:MasterKey"),
            (true, false) => Parse(ReadFile(file!), $"Privacy:MasterKeyFile ({file})"),
            (true, true) => throw new StartupException(StartupException.Configuration, "Set Privacy:MasterKey or Privacy:MasterKeyFile: without a master key no personal data can be stored."),
            _ => throw new StartupException(StartupException.Configuration, "Set Privacy:MasterKey or Privacy:MasterKeyFile, not both."),
        };
    }

    /// <summary>Reads one or more lines <c>ID:BASE64(32 bytes)</c>; empty lines and lines starting with # are skipped.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="setting">The setting they came from, for the sentence of a refusal.</param>
    /// <exception cref="StartupException">No line is left, or one is malformed or doubled.</exception>
    public static MasterKeys Parse(string lines, string setting)
    {
        var keys = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        string? current = null;
        foreach (var line in lines.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var id = colon > 0 ? line[..colon] : "";
            var key = new byte[KeyLength];
            if (id.Length is 0 or > 64 || !id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
                || !Convert.TryFromBase64String(line[(colon + 1)..], key, out var written) || written != KeyLength)
                throw new StartupException(StartupException.Configuration, $"{setting} is malformed: each key is written ID:BASE64, and the BASE64 stands for exactly {KeyLength} bytes.");
            if (!keys.TryAdd(id, key))
                throw new StartupException(StartupException.Configuration, $"{setting} names the key {id} twice.");
            current ??= id;
        }
        return current is null
            ? throw new StartupException(StartupException.Configuration, $"{setting} holds no key.")
            : new MasterKeys(current, keys);
    }

    /// <summary>Whether this key is among those given to the process.</summary>
    public bool Knows(string id) => keys.ContainsKey(id);

    /// <summary>Encrypts a secret under the current key: nonce, ciphertext, tag.</summary>
    /// <param name="secret">What is wrapped.</param>
    /// <param name="purpose">What it is and whose; the secret opens for the same purpose only.</param>
    public byte[] Wrap(ReadOnlySpan<byte> secret, string purpose)
    {
        var wrapped = new byte[NonceLength + secret.Length + TagLength];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceLength));
        using var aes = new AesGcm(keys[CurrentId], TagLength);
        aes.Encrypt(wrapped.AsSpan(0, NonceLength), secret, wrapped.AsSpan(NonceLength, secret.Length), wrapped.AsSpan(NonceLength + secret.Length),
            AssociatedData(CurrentId, purpose));
        return wrapped;
    }

    /// <summary>Opens what <see cref="Wrap"/> made; null if the key is not known any more, or the bytes belong to another purpose or were changed.</summary>
    public byte[]? Unwrap(string id, ReadOnlySpan<byte> wrapped, string purpose)
    {
        if (!keys.TryGetValue(id, out var key) || wrapped.Length < NonceLength + TagLength)
            return null;
        var secret = new byte[wrapped.Length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        try
        {
            aes.Decrypt(wrapped[..NonceLength], wrapped[NonceLength..^TagLength], wrapped[^TagLength..], secret, AssociatedData(id, purpose));
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>A key for another use, derived from the current one by HKDF-SHA256, so that no key serves two purposes. 32 bytes.</summary>
    public byte[] Derive(string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, keys[CurrentId], KeyLength, salt: null, info: Encoding.UTF8.GetBytes("hotline111|" + purpose));

    /// <summary>The ids, never the keys.</summary>
    public override string ToString() => $"[master keys: {string.Join(", ", keys.Keys)}]";

    private static byte[] AssociatedData(string id, string purpose) => Encoding.UTF8.GetBytes($"{id}|{purpose}");

    private static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(StartupException.Configuration, $"Privacy:MasterKeyFile names {path}, which cannot be read.", cause);
        }
    }
}
