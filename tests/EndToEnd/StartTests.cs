using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Hotline111.Local;
using Npgsql;

namespace Hotline111.EndToEnd.Tests;

/// <summary>A process that cannot do its work does not start: one clear sentence, and an exit code that is not 0.</summary>
public sealed class StartTests(PlatformFixture fixture)
{
    [Theory]
    [InlineData("intake", "Privacy__MasterKey", "", 2, "Privacy")]
    [InlineData("intake", "Broker__Uri", "not an address", 2, "Broker:Uri")]
    [InlineData("case", "Release__SigningKeyFile", "/does/not/exist.pem", 2, "Release:SigningKeyFile")]
    [InlineData("referral", "Access__Authority", "gopher://nowhere", 2, "Access:Authority")]
    [InlineData("gateway", "Gateway__InternalUrl", "", 2, "Gateway:InternalUrl")]
    public async Task A_wrong_setting_is_named_in_one_sentence(string process, string setting, string value, int exitCode, string named)
    {
        var (code, said) = await Run(process, new() { [setting] = value, ["Privacy__MasterKeyFile"] = setting.StartsWith("Privacy", StringComparison.Ordinal) ? "" : null });
        code.ShouldBe(exitCode, said);
        said.ShouldContain(named);
        OneSentence(said);
    }

    [Fact]
    public async Task A_wrong_database_password_is_said_and_not_shown()
    {
        var wrong = new NpgsqlConnectionStringBuilder(fixture.Platform.Configuration("intake")["ConnectionStrings__Store"]) { Password = "wrong-password-1" };
        var (code, said) = await Run("intake", new() { ["ConnectionStrings__Store"] = wrong.ConnectionString });
        code.ShouldBe(3, said);
        said.ShouldNotContain("wrong-password-1");
        OneSentence(said);
    }

    [Fact]
    public async Task A_database_server_that_is_not_there_is_said()
    {
        // Held, so that nobody else begins to listen there.
        using Socket held = new(SocketType.Stream, ProtocolType.Tcp);
        held.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var nowhere = new NpgsqlConnectionStringBuilder(fixture.Platform.Configuration("intake")["ConnectionStrings__Store"]) { Port = ((IPEndPoint)held.LocalEndPoint!).Port };
        var (code, said) = await Run("intake", new() { ["ConnectionStrings__Store"] = nowhere.ConnectionString });
        code.ShouldBe(3, said);
        OneSentence(said);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var (code, said) = await Run("intake", new() { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}" });
        code.ShouldBe(4, said);
        OneSentence(said);
    }

    private static void OneSentence(string said)
    {
        said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1, said);
        said.ShouldNotContain("   at ");
    }

    private async Task<(int Code, string Said)> Run(string process, Dictionary<string, string?> changed)
    {
        var start = new ProcessStartInfo("dotnet", Repository.Program(PlatformProcess.Get(process).Project)) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in fixture.Platform.Configuration(process))
            start.Environment[name] = value;
        start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Port.Free()}";
        foreach (var (name, value) in changed.Where(change => change.Value is not null))
            start.Environment[name] = value;
        using var child = Process.Start(start)!;
        var ct = TestContext.Current.CancellationToken;
        try
        {
            var logs = child.StandardOutput.ReadToEndAsync(ct);
            var said = await child.StandardError.ReadToEndAsync(ct);
            await child.WaitForExitAsync(ct);
            await logs;
            return (child.ExitCode, said.Trim());
        }
        finally
        {
            if (!child.HasExited)
                child.Kill();
        }
    }
}
