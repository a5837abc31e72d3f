using System.Collections.Concurrent;
using System.Diagnostics;

namespace Hotline111.Local;

/// <summary>What to start.</summary>
/// <param name="Name">The name people read in the progress and in messages.</param>
/// <param name="Program">Path of the program.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record Launch(string Name, string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>Receives both outputs, appended; the input is empty. Null when <see cref="Piped"/>.</summary>
    public string? LogFile { get; init; }

    /// <summary>Input and output are pipes to this process instead.</summary>
    public bool Piped { get; init; }

    /// <summary>Added to the few variables that every child inherits.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Only for a program that detaches itself: it may outlive us.</summary>
    public bool Detached { get; init; }

    /// <summary>The account to run under; null for our own.</summary>
    public Account? Account { get; init; }

    /// <summary>The folder to run in; null for ours.</summary>
    public string? Folder { get; init; }
}

/// <summary>
/// A process that this one started, in a session of its own: a Ctrl+C at the keyboard reaches only us, and we stop it in order. It cannot
/// outlive us: the kernel kills it when we die, even by SIGKILL.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly string[] Inherited =
    [
        "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "SSL_CERT_FILE", "SSL_CERT_DIR",
        "DOTNET_TieredPGO", "DOTNET_TC_CallCountThreshold",
    ];

    private static readonly BlockingCollection<Action> Starts = [];
    private readonly Process process;
    private readonly long logStart;

    static ChildProcess() =>
        // The kernel's "kill me when my parent dies" means the parent's thread, and pool threads come and go.
        new Thread(() =>
        {
            foreach (var start in Starts.GetConsumingEnumerable())
            {
                start();
            }
        })
        { IsBackground = true, Name = "child processes" }.Start();

    private ChildProcess(Launch launch, Process process, long logStart)
    {
        (Launch, this.process, this.logStart) = (launch, process, logStart);
        Id = process.Id;

        // What it leaves behind goes with it, at once: later its number may belong to somebody else.
        if (!launch.Detached)
        {
            process.Exited += (_, _) => Native.Signal(-Id, Native.Kill);
            process.EnableRaisingEvents = true;
        }
    }

    /// <summary>What was started.</summary>
    public Launch Launch { get; }

    /// <summary>The id of the process and of its group.</summary>
    public int Id { get; }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Its exit code; 128 + n after a signal n.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>Its input, when <see cref="Launch.Piped"/>.</summary>
    public StreamWriter Input => process.StandardInput;

    /// <summary>Its output, when <see cref="Launch.Piped"/>.</summary>
    public StreamReader Output => process.StandardOutput;

    /// <summary>Starts it.</summary>
    /// <exception cref="LocalException">The program or one of the tools to start it is missing.</exception>
    public static Task<ChildProcess> Start(Launch launch)
    {
        var started = new TaskCompletionSource<ChildProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Add(() =>
        {
            try
            {
                started.SetResult(StartHere(launch));
            }
            catch (Exception e)
            {
                started.SetException(new LocalException(launch.Name, $"{launch.Name} cannot be started: {e.Message}", exitCode: 3, e));
            }
        });
        return started.Task;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code, and both outputs together.</returns>
    public static async Task<(int ExitCode, string Output)> Run(Launch launch, CancellationToken ct)
    {
        await using var child = await Start(launch with { Piped = true, LogFile = null });
        child.Input.Close();
        var output = await child.Output.ReadToEndAsync(ct);
        await child.Exited(ct);
        return (child.ExitCode, output);
    }

    /// <summary>Ends when the process has ended.</summary>
    public Task Exited(CancellationToken ct) => process.WaitForExitAsync(ct);

    /// <summary>Sends a signal to the process alone.</summary>
    public void Signal(int signal)
    {
        if (!process.HasExited)
        {
            Native.Signal(Id, signal);
        }
    }

    /// <summary>SIGKILL for the process and everything in its group; ends when it is gone.</summary>
    public async Task Kill()
    {
        SignalGroup(Native.Kill);
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGSTOP: the process is frozen, its connections stay open.</summary>
    public void Freeze() => SignalGroup(Native.Stop);

    /// <summary>SIGCONT: a frozen process goes on.</summary>
    public void Thaw() => SignalGroup(Native.Continue);

    /// <summary>Asks it to stop, and kills its whole group when it has not done so in time.</summary>
    public async Task Stop(int signal, TimeSpan patience)
    {
        if (!process.HasExited)
        {
            Thaw();
            Signal(signal);
            using var late = new CancellationTokenSource(patience);
            try
            {
                await process.WaitForExitAsync(late.Token);
            }
            catch (OperationCanceledException)
            {
                // Killed below.
            }
        }

        await Kill();
    }

    /// <summary>The last lines it wrote since it was started, for a message.</summary>
    public string LastWords(int lines = 6)
    {
        if (Launch.LogFile is null)
        {
            return "";
        }

        using var file = new FileStream(Launch.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = Math.Max(Math.Min(logStart, file.Length), file.Length - 16_384);
        using var reader = new StreamReader(file);
        return string.Join('\n', reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(lines));
    }

    /// <summary>Kills it when it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await Kill();
        process.Dispose();
    }

    private void SignalGroup(int signal)
    {
        if (!process.HasExited)
        {
            Native.Signal(-Id, signal);
        }
    }

    private static ChildProcess StartHere(Launch launch)
    {
        var start = new ProcessStartInfo("setsid")
        {
            WorkingDirectory = launch.Folder ?? "",
            RedirectStandardInput = launch.Piped,
            RedirectStandardOutput = launch.Piped,
        };
        var logStart = 0L;
        if (launch.Piped)
        {
            // Errors go the way of the output, where the reader sees them.
            Add("sh", "-c", "exec \"$@\" 2>&1", "sh");
        }
        else
        {
            var log = launch.LogFile ?? "/dev/null";
            logStart = File.Exists(log) ? new FileInfo(log).Length : 0;
            Add("sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log);
        }

        if (!launch.Detached)
        {
            Add("setpriv", "--pdeathsig", "KILL");
            if (launch.Account is { } account)
            {
                Add("--reuid", $"{account.UserId}", "--regid", $"{account.GroupId}", "--clear-groups");
            }

            Add("--");
        }

        // The shell drops variables whose names it could not have itself (Peers__agency-notification).
        var odd = launch.Environment.Where(variable => !variable.Key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')).ToList();
        if (odd.Count > 0)
        {
            Add(["env", .. odd.Select(variable => $"{variable.Key}={variable.Value}")]);
        }

        Add([launch.Program, .. launch.Arguments]);

        start.Environment.Clear();
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        foreach (var (name, value) in launch.Environment)
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(launch, Process.Start(start)!, logStart);

        void Add(params string[] words)
        {
            foreach (var word in words)
            {
                start.ArgumentList.Add(word);
            }
        }
    }
}
