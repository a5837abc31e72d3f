using System.Diagnostics;

namespace Hotline111.Local;

/// <summary>Tells the person at the keyboard what is being done, how long it takes, and, of a failure, in which step it happened.</summary>
/// <param name="output">Receives the lines; null to be silent.</param>
public sealed class Steps(TextWriter? output)
{
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(10);
    private readonly Lock gate = new();

    /// <summary>Says a line.</summary>
    public void Say(string line)
    {
        lock (gate)
        {
            try
            {
                output?.WriteLine(line);
                output?.Flush();
            }
            catch (IOException)
            {
                // The terminal was closed; what was begun goes on to its orderly end.
            }
        }
    }

    /// <summary>Does a step.</summary>
    /// <param name="name">Its short name, stable: it appears in the last line of a failed <c>smoke</c>.</param>
    /// <param name="text">What it does, for the reader.</param>
    /// <param name="work">Does it.</param>
    /// <exception cref="LocalException">The step failed; the exception names it.</exception>
    public async Task<T> Do<T>(string name, string text, Func<Task<T>> work)
    {
        var watch = Stopwatch.StartNew();
        using var done = new CancellationTokenSource();
        var waiting = TellWhileWaiting(text, watch, done.Token);
        try
        {
            var result = await work();
            Say($"  {text} ({watch.Elapsed.TotalSeconds:0.0} s)");
            return result;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Say($"  {text}: FAILED after {watch.Elapsed.TotalSeconds:0.0} s");
            throw new LocalException(name, e is LocalException ? e.Message : $"{text} failed: {e.Message}", (e as LocalException)?.ExitCode ?? 1, e);
        }
        finally
        {
            await done.CancelAsync();
            await waiting;
        }
    }

    /// <summary>As the other <see cref="Do{T}"/>, without a result.</summary>
    public Task Do(string name, string text, Func<Task> work) => Do(name, text, async () =>
    {
        await work();
        return true;
    });

    private async Task TellWhileWaiting(string text, Stopwatch watch, CancellationToken done)
    {
        while (true)
        {
            await Task.Delay(SignOfLife, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (done.IsCancellationRequested)
            {
                return;
            }

            Say($"  {text} ... {watch.Elapsed.TotalSeconds:0} s");
        }
    }
}
