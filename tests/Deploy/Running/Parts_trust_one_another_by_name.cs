using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Hotline111.Deploy.Tests.Compose;
using Hotline111.Local;
using Hotline111.Platform.Access;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Hotline111.Deploy.Tests.Running;

/// <summary>
/// Gateway and Intake as processes with the settings of the compose file, on real servers that speak TLS alone: every way works, and none does as soon
/// as the other side shows a certificate for another name, or one from somebody else.
/// </summary>
[Collection(nameof(OnServersOfAnInstallation))]
public sealed class Parts_trust_one_another_by_name(InstallationServers servers)
{
    private readonly Dictionary<string, int> ports = new() { ["gateway"] = Port.Free(), ["inside"] = Port.Free(), ["intake"] = Port.Free() };

    [Fact]
    public async Task Every_way_works_over_TLS_and_none_to_somebody_else()
    {
        var ct = TestContext.Current.CancellationToken;
        ports["rabbitmq"] = (await servers.Broker()).Port;
        await Task.WhenAll(new[] { "gateway", "intake" }.Select(async name =>
        {
            var (exitCode, said) = await RunningProcess.Run(name, Told($"{name}-migrate"), "migrate");
            exitCode.ShouldBe(0, said);
        }));
        await using var gateway = RunningProcess.Start("gateway", Told("gateway"));
        await using var intake = RunningProcess.Start("intake", Told("intake"));
        await Ready("gateway", gateway, "\"ready\"");
        // The broker takes its messages and its own queue gives them back; what it lacks are the exchanges of a service that does not run here.
        await Ready("intake", intake, "\"degraded\":[\"not-bound\"]");

        using var http = Trusting();
        // Gateway to Intake, and to itself: the joined description names whoever did not answer.
        var description = JsonDocument.Parse(await http.GetStringAsync($"https://localhost:{ports["gateway"]}/api/docs/openapi.json", ct)).RootElement;
        description.GetProperty("paths").EnumerateObject().ShouldContain(path => path.Name.StartsWith("/api/contacts", StringComparison.Ordinal));
        description.GetProperty("paths").EnumerateObject().ShouldContain(path => path.Name.StartsWith("/auth/", StringComparison.Ordinal));
        // Intake to the gateway: a key that it does not know it asks for, and is answered; if not in time, then the next time.
        for (var tries = 0; await Asked(http, ports["intake"], ct) is var status && status != HttpStatusCode.Unauthorized; tries++)
        {
            (status, tries < 60).ShouldBe((HttpStatusCode.ServiceUnavailable, true));
            await Task.Delay(VerificationKeys.UnknownKeyPause, ct);
        }

        // The outside shows what browsers trust, the inside what the platform does.
        (await Shown(ports["gateway"], ct)).ShouldBe(Certificate("gateway-public-tls"));
        (await Shown(ports["inside"], ct)).ShouldBe(Certificate("gateway-tls"));

        // Certificates are for names; 127.0.0.1 is none of them.
        var other = Told("intake");
        other["ASPNETCORE_URLS"] = $"https://0.0.0.0:{ports["intake"] = Port.Free()}";
        other["Broker__Uri"] = other["Broker__Uri"].Replace("localhost", "127.0.0.1", StringComparison.Ordinal);
        other["Access__Authority"] = other["Access__Authority"].Replace("localhost", "127.0.0.1", StringComparison.Ordinal);
        await using (var wrong = RunningProcess.Start("intake", other))
        {
            await Ready("intake", wrong, "broker-away", other);
            // Not that it has not tried yet: it was there, and not by the right name.
            for (var tries = 0; !wrong.Said.Contains("ALARM broker away", StringComparison.Ordinal); tries++)
            {
                tries.ShouldBeLessThan(3000, wrong.Said);
                await Task.Delay(100, ct);
            }

            (await Asked(http, ports["intake"], ct)).ShouldBe(HttpStatusCode.ServiceUnavailable);
        }

        await Refused(told => told["ConnectionStrings__Store"] = told["ConnectionStrings__Store"].Replace("localhost", "127.0.0.1", StringComparison.Ordinal));
        using var somebodyElse = CertificateAuthority.Make("somebody else", DateTimeOffset.UtcNow);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, somebodyElse.Certificate, ct);
        await Refused(told => told["SSL_CERT_FILE"] = file);
        File.Delete(file);
        // And without TLS nobody is let in, whoever he is.
        await Should.ThrowAsync<NpgsqlException>(() => Open("Host=localhost;Username=intake_app;Database=intake;SSL Mode=Disable"));
        // Nor by anybody into another's database.
        await Should.ThrowAsync<NpgsqlException>(() => Open("Host=localhost;Username=intake_app;Database=case;SSL Mode=Require"));
        await Open("Host=localhost;Username=intake_app;Database=intake;SSL Mode=Require");

        async Task Open(string connection)
        {
            await using var opened = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connection) { Port = servers.Postgres.Port, Password = servers.Secrets.Read("postgres-intake-app", "password"), Pooling = false }.ConnectionString);
            await opened.OpenAsync(ct);
        }
    }

    [Fact]
    public async Task Ten_thousand_streams_that_are_begun_and_reset_cost_the_gateway_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        var (exitCode, said) = await RunningProcess.Run("gateway", Told("gateway-migrate"), "migrate");
        exitCode.ShouldBe(0, said);
        await using var gateway = RunningProcess.Start("gateway", Told("gateway"));
        await Ready("gateway", gateway, "\"ready\"");
        using var http = Trusting();
        (await http.GetAsync($"https://localhost:{ports["gateway"]}/health/live", ct)).StatusCode.ShouldBe(HttpStatusCode.OK);
        // The first connections, so that what they need once is there: TLS, HTTP/2, the compiled code.
        await RapidReset.Run(ports["gateway"], Trusted(), connections: 20, streams: 5, ct);
        var before = gateway.ResidentKilobytes;
        var sent = await RapidReset.Run(ports["gateway"], Trusted(), connections: 41, streams: 500, ct);
        TestContext.Current.TestOutputHelper?.WriteLine($"{sent} streams: {before} kB before, {gateway.ResidentKilobytes} kB after");
        sent.ShouldBeGreaterThan(10_000);
        gateway.ResidentKilobytes.ShouldBeLessThan(before + (64 * 1024), "nothing of them is kept");
        using var answer = await http.GetAsync($"https://localhost:{ports["gateway"]}/health/live", ct);
        // From this address so much has come that it may have to wait; it is answered.
        answer.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.TooManyRequests);
        gateway.Said.ShouldNotContain("\"Error\"");
    }

    private async Task Refused(Action<Dictionary<string, string>> change)
    {
        var told = Told("intake");
        change(told);
        var (exitCode, said) = await RunningProcess.Run("intake", told);
        (exitCode, said.Contains("cannot be reached", StringComparison.Ordinal)).ShouldBe((3, true), said);
    }

    private async Task Ready(string name, RunningProcess process, string wanted, Dictionary<string, string>? told = null)
    {
        var answer = "";
        for (var tries = 0; tries < 200; tries++)
        {
            process.HasExited.ShouldBeFalse(process.Said);
            (_, answer) = await RunningProcess.Run(name, told ?? Told(name), "ready");
            if (answer.Contains(wanted, StringComparison.Ordinal))
                return;
        }

        throw new InvalidOperationException($"{name} is not {wanted} but {answer}: {process.Said}");
    }

    private static async Task<HttpStatusCode> Asked(HttpClient http, int port, CancellationToken ct)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var token = Token.Write(new ECDsaSecurityKey(key) { KeyId = "unknown" }, "https://platform.hotline111", "intake", new TokenActor("c1", "counsellor", null, [], [], "s1"), DateTimeOffset.UtcNow);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://localhost:{port}/contacts");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request, ct);
        return answer.StatusCode;
    }

    private string Certificate(string secret) => X509Certificate2.CreateFromPem(servers.Secrets.Read(secret, "tls.crt")).Thumbprint;

    private async Task<string> Shown(int port, CancellationToken ct)
    {
        var shown = "";
        using var http = Trusting(certificate => shown = certificate.Thumbprint);
        using var answer = await http.GetAsync($"https://localhost:{port}/health/live", ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return shown;
    }

    private HttpClient Trusting(Action<X509Certificate2>? look = null)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            look?.Invoke((X509Certificate2)certificate!);
            return errors == System.Net.Security.SslPolicyErrors.None;
        };
        handler.SslOptions.CertificateChainPolicy = Trusted();
        return new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(3) };
    }

    private X509ChainPolicy Trusted() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { X509Certificate2.CreateFromPem(servers.Secrets.Read("ca", "tls.crt")) },
        RevocationMode = X509RevocationMode.NoCheck,
    };

    private Dictionary<string, string> Told(string container)
    {
        var service = ComposeFile.Read().Service(container);
        var mounted = ComposeFile.Secrets(service);
        var self = container.Replace("-migrate", "", StringComparison.Ordinal);
        var told = Here.Settings(
            ComposeFile.Settings(service),
            path => servers.Secrets.PathOf(mounted[Path.GetDirectoryName(path)!], Path.GetFileName(path)),
            (host, port) => (host, port) switch
            {
                ("0.0.0.0", _) => ("0.0.0.0", ports[self]),
                ("postgres" or "gateway-postgres", _) => ("localhost", servers.Postgres.Port),
                ("rabbitmq", _) => ("localhost", ports["rabbitmq"]),
                ("gateway", 8444) => ("localhost", ports["inside"]),
                ("intake", _) => ("localhost", ports["intake"]),
                // The others are away, which is nobody's trouble.
                _ => ("localhost", 1),
            });
        told["OTEL_EXPORTER_OTLP_ENDPOINT"] = "";
        return told;
    }
}
