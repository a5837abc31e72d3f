using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Hotline111.Deploy.Tests.Manifests;
using Hotline111.Local;

namespace Hotline111.Deploy.Tests.Running;

/// <summary>Erlang nodes with the settings that the manifests give the broker's: they speak to who shows a certificate of the installation's authority, and to nobody else.</summary>
public sealed class Nodes_of_the_broker_know_each_other : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("hotline111-nodes-").FullName;
    private readonly int mapperPort = Port.Free();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task By_certificates_over_TLS_and_in_no_other_way()
    {
        using var authority = CertificateAuthority.Make("installation", DateTimeOffset.UtcNow);
        using var stranger = CertificateAuthority.Make("somebody else", DateTimeOffset.UtcNow);
        using var mapper = Begin("epmd", "-port", mapperPort.ToString(CultureInfo.InvariantCulture), "-address", "127.0.0.1");
        await Listens();
        using var first = Begin("erl", [.. await Node("first", authority, authority), "-eval", "receive stop -> ok after 900000 -> halt() end."]);
        try
        {
            // It may only just be coming up; a refusal stays one.
            (await Ping(await Node("second", authority, authority), times: 240)).ShouldBe("pong");
            // Its certificate is from somebody else; and one that trusts somebody else alone does not speak to the first.
            (await Ping(await Node("third", stranger, authority))).ShouldBe("pang");
            (await Ping(await Node("fourth", authority, stranger))).ShouldBe("pang");
            (await Ping(Plain("fifth"))).ShouldBe("pang");
        }
        finally
        {
            first.Kill(entireProcessTree: true);
            mapper.Kill();
        }
    }

    private static string[] Plain(string name) =>
        ["-noinput", "-sname", $"{name}@localhost", "-setcookie", "the-same", "-start_epmd", "false", "-kernel", "inet_dist_use_interface", "{127,0,0,1}"];

    /// <summary>The arguments of a node, its environment file read by a shell as the broker's scripts read it.</summary>
    private async Task<string[]> Node(string name, CertificateAuthority shows, CertificateAuthority trusts)
    {
        var own = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        var issued = shows.Issue(["localhost"], DateTimeOffset.UtcNow, client: true);
        await File.WriteAllTextAsync(Path.Combine(own, "ca.crt"), trusts.Certificate, Ct);
        await File.WriteAllTextAsync(Path.Combine(own, "tls.crt"), issued.Certificate, Ct);
        await File.WriteAllTextAsync(Path.Combine(own, "tls.key"), issued.Key, Ct);
        var overlay = Overlay.Read("production");
        await File.WriteAllTextAsync(
            Path.Combine(own, "tls.config"), overlay.Get("ConfigMap", "rabbitmq-nodes")["data"]!["tls.config"]!.ToString().Replace("/run/secrets/rabbitmq-nodes", own, StringComparison.Ordinal), Ct);
        var environment = overlay.Get("RabbitmqCluster", "rabbitmq")["spec"]!["rabbitmq"]!["envConfig"]!.ToString().Replace("/etc/rabbitmq-nodes", own, StringComparison.Ordinal);
        using var shell = Begin("sh", "-c", $"{environment}\necho \"$SERVER_ADDITIONAL_ERL_ARGS\"; test \"$CTL_ERL_ARGS\" = \"$SERVER_ADDITIONAL_ERL_ARGS\"");
        var said = await shell.StandardOutput.ReadToEndAsync(Ct);
        await shell.WaitForExitAsync(Ct);
        shell.ExitCode.ShouldBe(0);
        return [.. Plain(name), .. said.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>Waits for the port mapper: a node that does not find it lives without it.</summary>
    private async Task Listens()
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", mapperPort, Ct);
                return;
            }
            catch (SocketException) when (tries < 3000)
            {
                await Task.Delay(100, Ct);
            }
        }
    }

    private async Task<string> Ping(string[] node, int times = 4)
    {
        using var process = Begin("erl", [.. node, "-eval", $"Ping = fun F(0) -> pang; F(N) -> case net_adm:ping('first@localhost') of pong -> pong; pang -> timer:sleep(500), F(N - 1) end end, io:format(\"~s\", [Ping({times})]), halt()."]);
        var said = await process.StandardOutput.ReadToEndAsync(Ct);
        await process.WaitForExitAsync(Ct);
        // What Erlang reports of a refused handshake stands before it.
        return said.EndsWith("pong", StringComparison.Ordinal) ? "pong" : said.EndsWith("pang", StringComparison.Ordinal) ? "pang" : said;
    }

    private Process Begin(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, WorkingDirectory = folder };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["HOME"] = folder;
        start.Environment["ERL_EPMD_PORT"] = mapperPort.ToString(CultureInfo.InvariantCulture);
        start.Environment["ERL_EPMD_ADDRESS"] = "127.0.0.1";
        return Process.Start(start)!;
    }
}
