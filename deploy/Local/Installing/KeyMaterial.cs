using System.Security.Cryptography;

namespace Hotline111.Local;

/// <summary>Keys in the forms that the processes read.</summary>
internal static class KeyMaterial
{
    /// <summary>A key that wraps other keys: <c>ID:BASE64</c> of 32 bytes, named after the day it was made.</summary>
    public static string MasterKey(DateTimeOffset now) => $"local-{now:yyyyMMdd}:{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}\n";

    /// <summary>An EC P-256 private key, as PEM.</summary>
    public static string SigningKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    /// <summary>The public half of such a key, as PEM.</summary>
    public static string PublicPart(string privateKey)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(privateKey);
        return key.ExportSubjectPublicKeyInfoPem() + "\n";
    }
}
