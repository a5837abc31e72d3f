using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hotline111.Platform.Hosting;

/// <summary>
/// The certificate that this process shows, from the PEM files <c>Tls:CertificateFile</c> (with the chain after it) and <c>Tls:KeyFile</c>. The listeners of
/// <c>ASPNETCORE_URLS</c> show the one of <c>Tls:PublicCertificateFile</c> and <c>Tls:PublicKeyFile</c> instead, where those are set: what browsers trust is
/// seldom what the platform trusts inside. Renewed files are taken up without a restart. Whom the process trusts itself is the system's word,
/// <c>SSL_CERT_FILE</c>.
/// </summary>
internal sealed class ServerCertificates
{
    private readonly RenewedCertificate? inside, outside;
    private readonly HashSet<int> publicPorts;

    private ServerCertificates(RenewedCertificate? inside, RenewedCertificate? outside, HashSet<int> publicPorts) =>
        (this.inside, this.outside, this.publicPorts) = (inside, outside, publicPorts);

    /// <summary>Reads the settings and the files.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="urls">What the process listens on, from <c>ASPNETCORE_URLS</c>.</param>
    /// <param name="clock">Tells what is over.</param>
    /// <exception cref="StartupException">A listener is https and there is no certificate, or the files are no pair of certificate and key.</exception>
    public static ServerCertificates Read(IConfiguration configuration, IReadOnlyList<BindingAddress> urls, TimeProvider clock)
    {
        const string own = "Tls:CertificateFile", ownKey = "Tls:KeyFile", open = "Tls:PublicCertificateFile", openKey = "Tls:PublicKeyFile";
        var secure = urls.Where(url => url.Scheme == "https").ToList();
        var certificates = new ServerCertificates(Of(own, ownKey), Of(open, openKey), [.. secure.Select(url => url.Port)]);
        if (secure.Count > 0 && certificates is { inside: null, outside: null })
            Settings.Required(configuration, own, "the PEM file of the certificate for the https address in ASPNETCORE_URLS");
        return certificates;

        RenewedCertificate? Of(string certificate, string key) => string.IsNullOrWhiteSpace(configuration[certificate])
            ? null
            : RenewedCertificate.Read(
                Settings.Required(configuration, certificate, "a PEM file"), Settings.Required(configuration, key, $"the PEM file of the private key of {certificate}"), certificate, clock);
    }

    /// <summary>Lets https listeners show it. Nothing older than TLS 1.2.</summary>
    public void Apply(KestrelServerOptions kestrel)
    {
        if (inside is null && outside is null)
            return;
        kestrel.ConfigureHttpsDefaults(https =>
        {
            https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
            https.ServerCertificateSelector = (connection, _) => For(PortOf(connection)).Now.TargetCertificate;
            https.OnAuthenticate = (connection, tls) =>
            {
                // With the chain, which a selected certificate alone does not bring.
                tls.ServerCertificateSelectionCallback = null;
                tls.ServerCertificateContext = For(PortOf(connection)).Now;
            };
        });
    }

    /// <summary>Whether this is one of ours, as when the process asks itself.</summary>
    public bool Are(X509Certificate2 shown) => Both.Any(each => each.Now.TargetCertificate.RawDataMemory.Span.SequenceEqual(shown.RawDataMemory.Span));

    /// <summary>What the health answer says of them: <c>certificate-ends</c> in the last fortnight.</summary>
    public IEnumerable<string> Degradations => Both.Any(each => each.Ends) ? ["certificate-ends"] : [];

    /// <summary>Those there are.</summary>
    public IEnumerable<RenewedCertificate> Both => new[] { inside, outside }.OfType<RenewedCertificate>();

    /// <summary>The one for the listener on that port.</summary>
    public RenewedCertificate For(int port) => outside is not null && (inside is null || publicPorts.Contains(port)) ? outside : inside!;

    private static int PortOf(ConnectionContext? connection) => (connection?.LocalEndPoint as IPEndPoint)?.Port ?? 0;
}

/// <summary>A certificate and its key in two files that somebody renews.</summary>
internal sealed class RenewedCertificate
{
    /// <summary>An alarm comes this long before the end: a renewal that has not happened by then is not going to.</summary>
    public static readonly TimeSpan Warning = TimeSpan.FromDays(14);

    private readonly string certificateFile, keyFile;
    private readonly TimeProvider clock;
    private byte[] read;
    private volatile SslStreamCertificateContext now;

    private RenewedCertificate(string certificateFile, string keyFile, TimeProvider clock, byte[] read, SslStreamCertificateContext now) =>
        (this.certificateFile, this.keyFile, this.clock, this.read, this.now) = (certificateFile, keyFile, clock, read, now);

    /// <summary>The certificate with its chain, as last read.</summary>
    public SslStreamCertificateContext Now => now;

    /// <summary>Whether its last fortnight has begun.</summary>
    public bool Ends => clock.GetUtcNow() > now.TargetCertificate.NotAfter - Warning;

    /// <summary>Reads it for the first time.</summary>
    /// <exception cref="StartupException">A file cannot be read, or they are no pair.</exception>
    public static RenewedCertificate Read(string certificateFile, string keyFile, string setting, TimeProvider clock)
    {
        try
        {
            var (read, context) = Load(certificateFile, keyFile);
            return new(certificateFile, keyFile, clock, read, context);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new StartupException(StartupException.Configuration, $"{setting} names {certificateFile}, which with the key {keyFile} is no readable pair of PEM files.", cause);
        }
    }

    /// <summary>Takes the files up if they have changed.</summary>
    /// <returns>True if they had; false if not, or if there is no whole pair there at the moment: then the old one goes on.</returns>
    public bool Renew()
    {
        try
        {
            if (Print(certificateFile, keyFile).AsSpan().SequenceEqual(read))
                return false;
            (read, now) = Load(certificateFile, keyFile);
            return true;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    private static byte[] Print(string certificateFile, string keyFile) => SHA256.HashData([.. File.ReadAllBytes(certificateFile), .. File.ReadAllBytes(keyFile)]);

    private static (byte[] Read, SslStreamCertificateContext Context) Load(string certificateFile, string keyFile)
    {
        var (certificate, key) = (File.ReadAllText(certificateFile), File.ReadAllText(keyFile));
        var print = SHA256.HashData([.. File.ReadAllBytes(certificateFile), .. File.ReadAllBytes(keyFile)]);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        // Offline: nobody is asked over the network about a certificate that we show ourselves.
        return (print, SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(certificate, key), chain, offline: true));
    }
}

/// <summary>Looks once in a while whether the certificates were renewed, and says in time that they were not.</summary>
internal sealed partial class CertificateWatch(ServerCertificates certificates, TimeProvider clock, ILogger<CertificateWatch> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var warned = false;
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken).AsTask().ContinueWith(tick => tick is { IsCompletedSuccessfully: true, Result: true }, TaskScheduler.Default))
        {
            foreach (var certificate in certificates.Both)
            {
                if (certificate.Renew())
                    Renewed(log, certificate.Now.TargetCertificate.NotAfter.ToUniversalTime());
            }

            if (certificates.Both.FirstOrDefault(each => each.Ends) is { } ending && !warned)
                Ending(log, ending.Now.TargetCertificate.NotAfter.ToUniversalTime());
            warned = certificates.Both.Any(each => each.Ends);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A renewed certificate was taken up; it holds until {Until:u}")]
    private static partial void Renewed(ILogger log, DateTime until);

    [LoggerMessage(Level = LogLevel.Error, Message = "ALARM a certificate ends at {Until:u} and was not renewed")]
    private static partial void Ending(ILogger log, DateTime until);
}
