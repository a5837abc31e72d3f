using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Shouldly;

namespace Hotline111.Testing;

/// <summary>A service as a process of its own, and everything it wrote.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new(), errors = new();

    private ServiceProcess(Process process, Uri address)
    {
        this.process = process;
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        static void Keep(ConcurrentQueue<string> lines, string? line)
        {
            if (line is not null)
                lines.Enqueue(line);
        }
    }

    /// <summary>Asks it at its own address.</summary>
    public HttpClient Http { get; }

    public int Id => process.Id;

    /// <summary>The lines of its standard output.</summary>
    public IReadOnlyCollection<string> Output => output;

    /// <summary>Its standard error.</summary>
    public string Errors => string.Join('\n', errors);

    /// <summary>Both, for whoever wonders what happened.</summary>
    public string Written => $"{Errors}\n{string.Join('\n', output)}";

    /// <summary>Starts it, without waiting for anything.</summary>
    /// <param name="assembly">Name of the program, which lies beside the tests.</param>
    /// <param name="settings">Its environment; null takes a name out of it.</param>
    /// <param name="arguments">A verb, or nothing.</param>
    public static ServiceProcess Start(string assembly, IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        info.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll"));
        foreach (var argument in arguments)
            info.ArgumentList.Add(argument);
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith("OTEL_", StringComparison.Ordinal) || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToList())
            info.Environment.Remove(name);
        foreach (var (name, value) in settings)
        {
            if (value is null)
                info.Environment.Remove(name);
            else
                info.Environment[name] = value;
        }

        return new(Process.Start(info)!, Uri.TryCreate(settings.GetValueOrDefault("ASPNETCORE_URLS"), UriKind.Absolute, out var address) ? address : new Uri("http://127.0.0.1:1"));
    }

    /// <summary>Starts it and waits until it says that it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended, or was not ready in five minutes; with what it wrote.</exception>
    public static async Task<ServiceProcess> Ready(string assembly, IReadOnlyDictionary<string, string?> settings)
    {
        var started = Start(assembly, settings);
        for (var tries = 0; !started.process.HasExited && tries < 6000; tries++)
        {
            try
            {
                using var answer = await started.Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (answer.IsSuccessStatusCode)
                    return started;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50);
        }

        var written = started.Written;
        await started.DisposeAsync();
        throw new InvalidOperationException($"{assembly} does not get ready: {written}");
    }

    /// <summary>Runs one verb, which must succeed.</summary>
    public static async Task Do(string assembly, IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        await using var doing = Start(assembly, settings, arguments);
        (await doing.Exit()).ShouldBe(0, doing.Written);
    }

    /// <summary>Waits until it ends, five minutes at most.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> Exit()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    /// <summary>Asks it to end, as whoever runs services does.</summary>
    public void Terminate() => Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();

    /// <summary>Kills it as the kernel does.</summary>
    public async Task Kill()
    {
        if (process.HasExited)
            return;
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Kill();
        process.Dispose();
    }
}
