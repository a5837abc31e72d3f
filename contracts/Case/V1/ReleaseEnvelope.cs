using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Hotline111.Contracts.Case.V1;

/// <summary>
/// What Case released for one desk, as the console carries it to Referral: the package and Case's signature over what was decided.
/// Carried between two requests of one person and never put on the broker.
/// </summary>
/// <param name="CaseId">The case.</param>
/// <param name="DeskId">The desk that may read it.</param>
/// <param name="Profile">The release profile with its edition ("police@2026-1").</param>
/// <param name="Basis">Code of list disclosure-basis.</param>
/// <param name="PackageHash">SHA-256 of the package's canonical JSON, lower-case hexadecimal.</param>
/// <param name="ReleasedAt">When Case decided.</param>
/// <param name="Signature">ES256 over <see cref="SignedText"/>, base64, IEEE P1363 form.</param>
/// <param name="Package">The package itself: "request" and "persons"; integers, strings and arrays only.</param>
public sealed record ReleaseEnvelope(
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Profile)] string Profile,
    [Coded("disclosure-basis")] string Basis,
    [Coded(Ids.Sha256)] string PackageHash,
    DateTimeOffset ReleasedAt,
    [Coded(Ids.Base64)] string Signature,
    JsonElement Package)
{
    /// <summary>The exact bytes that Case signs: case, desk, profile, basis, hash and time, a line each.</summary>
    public static byte[] SignedText(Guid caseId, string deskId, string profile, string basis, string packageHash, DateTimeOffset releasedAt) =>
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"hotline111-release-v1\n{caseId:D}\n{deskId}\n{profile}\n{basis}\n{packageHash}\n{releasedAt.UtcDateTime:O}"));

    /// <summary>Whether the signature was made by the holder of one of the keys.</summary>
    public bool IsSignedBy(IEnumerable<ECDsa> keys)
    {
        var signature = new byte[64];
        if (!Convert.TryFromBase64String(Signature, signature, out var length) || length != 64)
            return false;
        var text = SignedText(CaseId, DeskId, Profile, Basis, PackageHash, ReleasedAt);
        return keys.Any(key => key.VerifyData(text, signature, HashAlgorithmName.SHA256));
    }
}
