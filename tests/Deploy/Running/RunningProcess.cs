using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using Hotline111.Local;
using Npgsql;

namespace Hotline111.Deploy.Tests.Running;

/// <summary>A built process of the platform with exactly these settings and nothing of the machine's own.</summary>
internal sealed class RunningProcess : IAsyncDisposable
{
    private static readonly string[] Inherited = ["PATH", "HOME", "DOTNET_ROOT", "TMPDIR"];

    private readonly Process process;
    private readonly ConcurrentQueue<string> said = new();

    private RunningProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => said.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => said.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Said => string.Join('\n', said);

    public bool HasExited => process.HasExited;

    /// <summary>What it holds in memory now.</summary>
    public long ResidentKilobytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64 / 1024;
        }
    }

    public static RunningProcess Start(string name, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        var info = new ProcessStartInfo(Repository.DotNet, [Repository.Program(PlatformProcess.Get(name).Project), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var inherited = Inherited.ToDictionary(variable => variable, Environment.GetEnvironmentVariable);
        info.Environment.Clear();
        foreach (var (variable, value) in inherited)
        {
            if (value is not null)
                info.Environment[variable] = value;
        }

        foreach (var (setting, value) in settings)
            info.Environment[setting] = value;
        // As in the images.
        info.Environment["DOTNET_EnableDiagnostics"] = "0";
        return new RunningProcess(Process.Start(info)!);
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Said)> Run(string name, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        await using var process = Start(name, settings, arguments);
        return (await process.Exit(), process.Said);
    }

    public async Task<int> Exit()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}

/// <summary>Settings of the manifests, for this machine.</summary>
internal static class Here
{
    /// <summary>The same settings with the files of these secrets, and each host and port where <paramref name="at"/> says.</summary>
    /// <param name="settings">As a pod or container has them.</param>
    /// <param name="file">The path here of a file there.</param>
    /// <param name="at">Host and port here of a host and port there.</param>
    public static Dictionary<string, string> Settings(IReadOnlyDictionary<string, string> settings, Func<string, string> file, Func<string, int, (string Host, int Port)> at) =>
        settings.ToDictionary(each => each.Key, each => Setting(each.Key, each.Value, file, at), StringComparer.Ordinal);

    private static string Setting(string name, string value, Func<string, string> file, Func<string, int, (string Host, int Port)> at)
    {
        if (value.StartsWith("/run/", StringComparison.Ordinal))
            return file(value);
        if (name.StartsWith("ConnectionStrings__", StringComparison.Ordinal))
        {
            var connection = new NpgsqlConnectionStringBuilder(value);
            (connection.Host, connection.Port) = at(connection.Host!, connection.Port);
            return connection.ConnectionString;
        }

        // A name that need not lead anywhere stays.
        if (name == "Access__Issuer" || !Uri.TryCreate(value, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "amqps"))
            return value;
        var (host, port) = at(address.Host, address.Port);
        return new UriBuilder(address) { Host = host, Port = port }.Uri.OriginalString.TrimEnd('/');
    }
}
