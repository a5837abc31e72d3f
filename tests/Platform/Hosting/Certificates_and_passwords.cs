using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Hotline111.Local;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Messaging;
using Microsoft.Extensions.Configuration;
using Npgsql;
using Hotline111.Testing;

namespace Hotline111.Platform.Tests.Hosting;

/// <summary>The platform shows a certificate, takes a renewed one up, and reads passwords from files of their own.</summary>
public sealed class Certificates_and_passwords(SmallSurroundings surroundings) : IClassFixture<SmallSurroundings>, IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly string folder = Directory.CreateTempSubdirectory("hotline111-tls-").FullName;
    private readonly CertificateAuthority authority = CertificateAuthority.Make("test", Now);

    private string CertificateFile => Path.Combine(folder, "tls.crt");

    private string KeyFile => Path.Combine(folder, "tls.key");

    public void Dispose()
    {
        authority.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task An_https_address_without_a_certificate_stops_the_start()
    {
        var settings = Https();
        await Refused(settings, "Tls:CertificateFile is not set");
        settings["Tls__CertificateFile"] = CertificateFile;
        await Refused(settings, "Tls:KeyFile is not set");
        settings["Tls__KeyFile"] = KeyFile;
        await Refused(settings, "no readable pair");
        Show(authority.Issue(["localhost"], Now));
        await File.WriteAllTextAsync(KeyFile, authority.Issue(["localhost"], Now).Key, TestContext.Current.CancellationToken);
        await Refused(settings, "no readable pair");
    }

    [Fact]
    public async Task A_process_shows_its_certificate_and_asks_itself_whether_it_is_ready()
    {
        Show(authority.Issue(["localhost"], Now));
        var settings = Https();
        (settings["Tls__CertificateFile"], settings["Tls__KeyFile"]) = (CertificateFile, KeyFile);
        await using (var early = SmallProcess.Start(settings, "ready"))
            (await early.Exit()).ShouldBe(1, "nobody is there to answer");
        await using var small = SmallProcess.Start(settings);
        var port = new Uri(settings["ASPNETCORE_URLS"]!.Replace("0.0.0.0", "localhost", StringComparison.Ordinal)).Port;
        await Until(async () => await Status(port, "localhost", SslProtocols.None) == 200, small);
        (await Status(port, "localhost", SslProtocols.Tls12)).ShouldBe(200);
#pragma warning disable CA5397, SYSLIB0039, CS0618 // What is tried is that an old protocol does not work.
        await Should.ThrowAsync<HttpRequestException>(() => Status(port, "localhost", SslProtocols.Tls11));
#pragma warning restore CA5397, SYSLIB0039, CS0618
        // The name is part of the proof.
        await Should.ThrowAsync<HttpRequestException>(() => Status(port, "127.0.0.1", SslProtocols.None));
        // The verb waits for some seconds and says no: whoever probes asks again.
        await Until(
            async () =>
            {
                await using var ready = SmallProcess.Start(settings, "ready");
                return await ready.Exit() == 0 && ready.Output.Any(line => line.Contains("\"ready\"", StringComparison.Ordinal));
            },
            small);

        // Whoever listens there with another certificate is not the process. Not that of its own files, which it would take up before long.
        var issued = authority.Issue(["localhost"], Now);
        (settings["Tls__CertificateFile"], settings["Tls__KeyFile"]) = (Path.Combine(folder, "other.crt"), Path.Combine(folder, "other.key"));
        await File.WriteAllTextAsync(settings["Tls__CertificateFile"]!, issued.Certificate, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(settings["Tls__KeyFile"]!, issued.Key, TestContext.Current.CancellationToken);
        await using var stranger = SmallProcess.Start(settings, "ready");
        (await stranger.Exit()).ShouldBe(1);
    }

    [Fact]
    public void A_renewed_certificate_is_taken_up_and_half_a_renewal_is_not()
    {
        var clock = new At(Now);
        Show(authority.Issue(["localhost"], Now, TimeSpan.FromDays(20)));
        var certificate = RenewedCertificate.Read(CertificateFile, KeyFile, "Tls:CertificateFile", clock);
        certificate.Ends.ShouldBeFalse();
        certificate.Renew().ShouldBeFalse("nothing has changed");
        clock.Now = Now.AddDays(7);
        certificate.Ends.ShouldBeTrue("thirteen days are left");

        var next = authority.Issue(["localhost"], clock.Now);
        File.WriteAllText(KeyFile, next.Key);
        certificate.Renew().ShouldBeFalse("the key is new and the certificate old");
        File.WriteAllText(CertificateFile, next.Certificate);
        certificate.Renew().ShouldBeTrue();
        certificate.Ends.ShouldBeFalse();
        File.Delete(CertificateFile);
        certificate.Renew().ShouldBeFalse("it goes on with what it has");
        certificate.Now.TargetCertificate.NotAfter.ToUniversalTime().ShouldBe(clock.Now.Add(CertificateAuthority.Validity).UtcDateTime, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void What_listeners_show_depends_on_whom_they_are_for()
    {
        Show(authority.Issue(["gateway"], Now));
        var (open, openKey) = (Path.Combine(folder, "open.crt"), Path.Combine(folder, "open.key"));
        var shown = authority.Issue(["hotline111.example"], Now);
        File.WriteAllText(open, shown.Certificate);
        File.WriteAllText(openKey, shown.Key);
        var configuration = Configuration(
            ("urls", "https://+:8443"), ("Tls:CertificateFile", CertificateFile), ("Tls:KeyFile", KeyFile), ("Tls:PublicCertificateFile", open), ("Tls:PublicKeyFile", openKey));
        var certificates = ServerCertificates.Read(configuration, PlatformHost.Addresses(configuration), TimeProvider.System);
        certificates.Degradations.ShouldBeEmpty();
        certificates.Both.Count().ShouldBe(2);
        certificates.For(8443).Now.TargetCertificate.MatchesHostname("hotline111.example").ShouldBeTrue();
        certificates.For(8444).Now.TargetCertificate.MatchesHostname("gateway").ShouldBeTrue();
    }

    [Fact]
    public async Task Passwords_may_stand_in_files_of_their_own()
    {
        var settings = surroundings.Settings;
        var store = new NpgsqlConnectionStringBuilder(settings["ConnectionStrings__Store"]);
        var file = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(file, store.Password + "\n", TestContext.Current.CancellationToken);
        settings["ConnectionStrings__StorePasswordFile"] = file;
        await Refused(settings, "one of them must go");
        store.Password = null;
        settings["ConnectionStrings__Store"] = store.ConnectionString;
        await using (var small = await SmallProcess.Ready(settings))
            small.Errors.ShouldBe("");
        settings["ConnectionStrings__StorePasswordFile"] = file + ".not-there";
        await Refused(settings, "ConnectionStrings:StorePasswordFile names");
        await File.WriteAllTextAsync(file, "one\ntwo", TestContext.Current.CancellationToken);
        settings["ConnectionStrings__StorePasswordFile"] = file;
        var sentence = await Refused(settings, "does not hold one line");
        sentence.ShouldNotContain("one\ntwo");
    }

    [Fact]
    public void The_password_of_the_broker_may_stand_in_a_file()
    {
        var file = Path.Combine(folder, "password");
        File.WriteAllText(file, "a/b@c\n");
        var broker = MessagingOptions.ReadBroker(Configuration(("Broker:Uri", "amqps://intake@rabbitmq:5671/hotline111"), ("Broker:PasswordFile", file)));
        var connection = BrokerLink.Connections(broker);
        (connection.UserName, connection.Password, connection.VirtualHost, connection.HostName, connection.Port).ShouldBe(("intake", "a/b@c", "hotline111", "rabbitmq", 5671));
        (connection.Ssl.Enabled, connection.Ssl.ServerName, connection.Ssl.AcceptablePolicyErrors).ShouldBe((true, "rabbitmq", SslPolicyErrors.None));
        foreach (var wrong in new[] { "amqps://intake@rabbitmq/x", "amqp://rabbitmq/x", "https://a:b@rabbitmq/x", "rabbitmq" })
            Should.Throw<StartupException>(() => MessagingOptions.ReadBroker(Configuration(("Broker:Uri", wrong)))).Message.ShouldContain("Broker:Uri is not");
        Should.Throw<StartupException>(() => MessagingOptions.ReadBroker(Configuration(("Broker:Uri", "amqp://a:b@rabbitmq/x"), ("Broker:PasswordFile", file)))).Message.ShouldContain("one of them must go");
    }

    private static IConfiguration Configuration(params (string Name, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(each => KeyValuePair.Create(each.Name, (string?)each.Value))).Build();

    private Dictionary<string, string?> Https()
    {
        var settings = surroundings.Settings;
        settings["ASPNETCORE_URLS"] = $"https://0.0.0.0:{Port.Free()}";
        return settings;
    }

    private void Show(IssuedCertificate issued)
    {
        File.WriteAllText(CertificateFile, issued.Certificate);
        File.WriteAllText(KeyFile, issued.Key);
    }

    private async Task<int> Status(int port, string host, SslProtocols protocols)
    {
        using var trusted = X509Certificate2.CreateFromPem(authority.Certificate);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.EnabledSslProtocols = protocols;
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { trusted }, RevocationMode = X509RevocationMode.NoCheck };
        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(3) };
        using var answer = await http.GetAsync($"https://{host}:{port}/health/live", TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    private static async Task Until(Func<Task<bool>> so, ServiceProcess small)
    {
        for (var tries = 0; tries < 6000; tries++)
        {
            try
            {
                if (await so())
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        throw new InvalidOperationException("The small service does not answer: " + small.Errors);
    }

    private static async Task<string> Refused(Dictionary<string, string?> settings, string sentence)
    {
        await using var small = SmallProcess.Start(settings);
        (await small.Exit()).ShouldBe(2);
        small.Errors.ShouldContain(sentence);
        return small.Errors;
    }

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
