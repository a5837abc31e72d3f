using System.Diagnostics;
using System.Text.Json.Nodes;
using Hotline111.Deploy.Tests.Manifests;
using Hotline111.Deploy.Tests.Running;
using Hotline111.Local;

namespace Hotline111.Deploy.Tests.Images;

/// <summary>
/// What the Dockerfile's build stage does is done here, command by command, for every process; then each runs as its image lets it: as an account
/// without rights or capabilities, on a file system of which nothing can be written.
/// </summary>
[Trait("run", "campaign")]
public sealed class Published_processes_run_on_a_read_only_root : IDisposable
{
    private const string Account = "1654";

    // Every mount that there is becomes read-only, for this process alone; what is given up cannot be had back.
    private const string ReadOnly = """
        mount --make-rprivate / || exit 97
        awk '{print $5}' /proc/self/mountinfo | while read -r mount; do mount -o remount,bind,ro "$mount" 2>/dev/null; done
        touch /tmp/hotline111-writable 2>/dev/null && exit 98
        exec setpriv --reuid "$ACCOUNT" --regid "$ACCOUNT" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all env -u ACCOUNT "$@"
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("hotline111-images-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Every_process()
    {
        var ct = TestContext.Current.CancellationToken;
        if (!Environment.IsPrivilegedProcess)
            throw new InvalidOperationException("This run makes mounts read-only for the processes it starts, which only root may.");
        var secrets = new InstallationSecrets(Path.Combine(folder, "secrets"), DateTimeOffset.UtcNow);
        secrets.Make(["localhost"]);
        // As if mounted one by one: the folder above is in nobody's way.
        foreach (var each in new[] { folder, Path.Combine(folder, "secrets") })
            File.SetUnixFileMode(each, File.GetUnixFileMode(each) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        foreach (var pod in Overlay.Read("production").Pods.Where(pod => !pod.IsJob && pod.Workload.Name() != "otel-collector"))
        {
            var process = PlatformProcess.Get(pod.Workload.Name());
            var app = await Publish(process, ct);
            var bill = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(app, "sbom.cdx.json"), ct))!;
            ((string?)bill["metadata"]!["component"]!["name"]).ShouldBe(process.Project);
            var told = Here.Settings(
                pod.Settings, path => pod.Files[path] is var (secret, key) ? secrets.PathOf(secret, key) : path, (host, _) => host is "0.0.0.0" or "gateway" ? (host == "gateway" ? "localhost" : "0.0.0.0", Port.Free()) : ("127.0.0.1", 1));
            if (process.Database is not null)
            {
                var (exitCode, said) = await Run(app, told, [], ct);
                (exitCode, said).ShouldBe((3, said), $"{process.Name}: {said}");
                continue;
            }

            using var running = Begin(app, told, []);
            var answer = (ExitCode: -1, Said: "");
            for (var tries = 0; tries < 60 && answer.ExitCode != 0 && !running.HasExited; tries++)
                answer = await Run(app, told, ["ready"], ct);
            running.Kill(entireProcessTree: true);
            answer.ExitCode.ShouldBe(0, answer.Said);
        }
    }

    private async Task<string> Publish(PlatformProcess process, CancellationToken ct)
    {
        var app = Path.Combine(folder, process.Name);
        foreach (var command in Docker.Commands("build").Where(command => command.Contains("publish", StringComparison.Ordinal)))
        {
            var here = command.Replace("${PROJECT}", Docker.Project(process), StringComparison.Ordinal).Replace("${BASE}", "base", StringComparison.Ordinal)
                .Replace("/sbom.cdx.json", $"{folder}/sbom.cdx.json", StringComparison.Ordinal).Replace("/app", app, StringComparison.Ordinal);
            using var build = Process.Start(new ProcessStartInfo("sh", ["-ec", here]) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var said = await Task.WhenAll(build.StandardOutput.ReadToEndAsync(ct), build.StandardError.ReadToEndAsync(ct));
            await build.WaitForExitAsync(ct);
            build.ExitCode.ShouldBe(0, string.Join('\n', said));
        }

        foreach (var file in Directory.EnumerateFiles(app, "*", SearchOption.AllDirectories))
            File.SetUnixFileMode(file, File.GetUnixFileMode(file) & ~(UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
        File.Exists(Path.Combine(app, "process")).ShouldBeTrue();
        return app;
    }

    private static Process Begin(string app, Dictionary<string, string> told, string[] arguments)
    {
        var info = new ProcessStartInfo("unshare", ["--mount", "sh", "-c", ReadOnly, "sh", .. told.Select(setting => $"{setting.Key}={setting.Value}"), Path.Combine(app, "process"), .. arguments])
        {
            WorkingDirectory = app,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment.Clear();
        info.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        info.Environment["ACCOUNT"] = Account;
        info.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(Repository.DotNet);
        foreach (var variable in Docker.Stage("image").Single(each => each.Word == "ENV").Rest.Split(' '))
            info.Environment[variable.Split('=')[0]] = variable.Split('=')[1];
        return Process.Start(info)!;
    }

    private static async Task<(int ExitCode, string Said)> Run(string app, Dictionary<string, string> told, string[] arguments, CancellationToken ct)
    {
        using var process = Begin(app, told, arguments);
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, string.Join('\n', said));
    }
}
