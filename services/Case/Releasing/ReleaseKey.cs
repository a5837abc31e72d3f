using System.Security.Cryptography;
using Hotline111.Platform.Hosting;

namespace Hotline111.Case.Releasing;

/// <summary>The key with which Case vouches for what it released (ES256).</summary>
public sealed class ReleaseKey(ECDsa key)
{
    public string Sign(byte[] text) => Convert.ToBase64String(key.SignData(text, HashAlgorithmName.SHA256));

    /// <summary>Reads the PEM file of setting Release:SigningKeyFile.</summary>
    /// <exception cref="StartupException">The setting is missing or the file is no private key on P-256.</exception>
    public static ReleaseKey Read(IConfiguration configuration)
    {
        const string setting = "Release:SigningKeyFile";
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(Settings.FileText(configuration, setting, "the PEM file of the key that signs releases"));
            _ = key.SignData([0], HashAlgorithmName.SHA256);
        }
        catch (Exception cause) when (cause is ArgumentException or CryptographicException)
        {
            throw new StartupException(StartupException.Configuration, $"{setting} names a file that holds no private EC key.", cause);
        }

        return key.KeySize == 256 ? new(key) : throw new StartupException(StartupException.Configuration, $"{setting} names a key that is not on the curve P-256.");
    }
}
