using Hotline111.Deploy.Tests.Manifests;
using Hotline111.Local;

namespace Hotline111.Deploy.Tests.Running;

/// <summary>
/// Every process starts with what its manifest tells it and mounts for it, and with nothing else: it gets as far as its database, which nobody has
/// started. A setting that is missing or makes no sense would have stopped it before, with another exit code and its name.
/// </summary>
public sealed class Settings_of_the_manifests_suffice : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("hotline111-settings-").FullName;
    private readonly InstallationSecrets secrets;

    public Settings_of_the_manifests_suffice()
    {
        secrets = new InstallationSecrets(folder, DateTimeOffset.UtcNow);
        secrets.Make(["localhost"]);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Every_process_and_every_migration_finds_all_it_needs()
    {
        var pods = Overlay.Read("production").Pods.Where(pod => pod.Workload.Name() != "otel-collector").ToList();
        pods.Count.ShouldBe(11);
        await Parallel.ForEachAsync(pods, new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = TestContext.Current.CancellationToken }, async (pod, _) =>
        {
            var process = pod.Workload.Name().Replace("-migrate", "", StringComparison.Ordinal);
            if (process == PlatformProcess.Console)
            {
                await Console(pod);
                return;
            }

            var (exitCode, said) = await RunningProcess.Run(process, Told(pod), pod.IsJob ? ["migrate"] : []);
            (exitCode, said).ShouldBe((3, said), $"{pod.Name}: {said}");
            said.ShouldContain($"of ConnectionStrings:{(pod.IsJob ? "Owner" : said.Contains(":Keys", StringComparison.Ordinal) ? "Keys" : "Store")} cannot be reached", customMessage: pod.Name);
        });
    }

    [Theory]
    [InlineData("intake", "Access__ClientKeyFile", "Access:ClientKeyFile")]
    [InlineData("case", "Release__SigningKeyFile", "Release:SigningKeyFile")]
    [InlineData("gateway", "Peers__console", "Peers:console")]
    public async Task Without_one_of_them_it_says_which(string process, string setting, string name)
    {
        var told = Told(Overlay.Read("production").Pods.Single(pod => pod.Name == $"Deployment/{process}"));
        told.Remove(setting).ShouldBeTrue();
        var (exitCode, said) = await RunningProcess.Run(process, told);
        (exitCode, said.Contains(name, StringComparison.Ordinal)).ShouldBe((2, true), said);
    }

    // It has no database: it runs, and says of itself that it is ready, though nobody answers it.
    private async Task Console(Pod pod)
    {
        var told = Told(pod);
        await using var console = RunningProcess.Start(PlatformProcess.Console, told);
        for (var tries = 0; tries < 200; tries++)
        {
            console.HasExited.ShouldBeFalse(console.Said);
            var (exitCode, said) = await RunningProcess.Run(PlatformProcess.Console, told, "ready");
            if (exitCode == 0)
            {
                said.ShouldContain("broker-away");
                return;
            }
        }

        throw new InvalidOperationException("The console does not get ready: " + console.Said);
    }

    private Dictionary<string, string> Told(Pod pod)
    {
        var ports = new Dictionary<(string, int), int>();
        return Here.Settings(
            pod.Settings,
            path => pod.Files[path] is var (secret, key) ? secrets.PathOf(secret, key) : path,
            // Where a process listens it needs a free port, and where it calls nobody is.
            (host, port) => host is "0.0.0.0" || (host == "gateway" && pod.Workload.Name() == "gateway")
                ? (host == "gateway" ? "localhost" : "127.0.0.1", ports.TryGetValue((host, port), out var chosen) ? chosen : ports[(host, port)] = Port.Free())
                : ("127.0.0.1", 1));
    }
}
