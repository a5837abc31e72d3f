using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Hotline111.Local;

/// <summary>A certificate with its private key, both as PEM.</summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Key">Its key, PKCS #8.</param>
public sealed record IssuedCertificate(string Certificate, string Key);

/// <summary>
/// The small authority of one installation: it says which process may show which name, and nobody outside the installation need trust it. An
/// installation with an authority of its own uses that and never this.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>How long a process's certificate holds: a year and a month, so that a yearly renewal is never late.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromDays(397);

    private static readonly TimeSpan OwnValidity = TimeSpan.FromDays(3650);

    private readonly X509Certificate2 own;

    private CertificateAuthority(X509Certificate2 own, string key) => (this.own, Key) = (own, key);

    /// <summary>What everybody inside trusts, as PEM.</summary>
    public string Certificate => own.ExportCertificatePem() + "\n";

    /// <summary>The authority's private key, as PEM.</summary>
    public string Key { get; }

    /// <summary>A new authority.</summary>
    public static CertificateAuthority Make(string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return new CertificateAuthority(request.CreateSelfSigned(now.AddHours(-1), now + OwnValidity), key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>An authority made before.</summary>
    public static CertificateAuthority Open(string certificate, string key) => new(X509Certificate2.CreateFromPem(certificate, key), key);

    /// <summary>A certificate for a server.</summary>
    /// <param name="names">Host names and addresses it may show; the first is its common name.</param>
    /// <param name="now">The time of issue.</param>
    /// <param name="validity">How long it holds; <see cref="Validity"/> when null. Tests make some that are over.</param>
    /// <param name="client">It may also be shown to a server that asks.</param>
    public IssuedCertificate Issue(IReadOnlyList<string> names, DateTimeOffset now, TimeSpan? validity = null, bool client = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={names[0]}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        OidCollection usages = [new Oid("1.3.6.1.5.5.7.3.1", "server authentication")];
        if (client)
        {
            usages.Add(new Oid("1.3.6.1.5.5.7.3.2", "client authentication"));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(own, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        var (from, until) = (now.AddHours(-1), now + (validity ?? Validity));
        using var issued = request.Create(own, from < until ? from : until.AddHours(-1), until, [0, .. RandomNumberGenerator.GetBytes(15)]);
        return new IssuedCertificate(issued.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <inheritdoc/>
    public void Dispose() => own.Dispose();
}
