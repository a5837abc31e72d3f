using System.Security.Cryptography;
using Hotline111.Local;

namespace Hotline111.Deploy.Tests.Running;

/// <summary>The verb that makes an installation's secrets is used again and again: for a new part, a new name, a new certificate.</summary>
public sealed class Secrets_that_are_there_are_kept : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("hotline111-secrets-").FullName;

    private InstallationSecrets Secrets => new(folder, DateTimeOffset.UtcNow);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_release_key_that_was_added_by_hand_stays_beside_the_one_that_signs_and_the_one_before()
    {
        Secrets.Make(["localhost"]);
        var first = Verified().ShouldHaveSingleItem();

        // As the manual says: the next key's public half by hand, and only then the key itself.
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var added = next.ExportSubjectPublicKeyInfoPem();
        File.AppendAllText(Secrets.PathOf("referral-keys", "release-verification-key.pem"), added);
        Secrets.Make(["localhost"]);
        Verified().ShouldBe([first, added]);

        File.WriteAllText(Secrets.PathOf("case-keys", "release-signing-key.pem"), next.ExportPkcs8PrivateKeyPem());
        Secrets.Make(["localhost"]);
        Verified().ShouldBe([first, added]);

        // Whoever forgets the first step is helped.
        using var forgotten = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Secrets.PathOf("case-keys", "release-signing-key.pem"), forgotten.ExportPkcs8PrivateKeyPem());
        Secrets.Make(["localhost"]);
        Verified().ShouldBe([first, added, forgotten.ExportSubjectPublicKeyInfoPem()]);
    }

    private List<string> Verified()
    {
        var text = Secrets.Read("referral-keys", "release-verification-key.pem").AsSpan();
        List<string> keys = [];
        while (PemEncoding.TryFind(text, out var found))
        {
            keys.Add(text[found.Location].ToString());
            text = text[found.Location.End..];
        }

        return keys;
    }
}
