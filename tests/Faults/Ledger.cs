using System.Text.Json;

namespace Hotline111.Faults.Tests;

/// <summary>A command as the driver gave it: what it wants to happen, and where.</summary>
/// <param name="Key">Its idempotency key.</param>
/// <param name="Principal">The account that gives it, as the service remembers keys.</param>
/// <param name="Service">Whose command it is.</param>
/// <param name="Stream">The stream that it changes.</param>
/// <param name="Event">The stored name of the one event of this kind that it makes.</param>
/// <param name="Keyed">The service remembers the key. Otherwise (a release) the command says the same thing however often it is given.</param>
public sealed record Intent(string Key, string Principal, string Service, Guid Stream, string Event, bool Keyed);

/// <summary>
/// What was asked and what was answered, written to a file of its own before the command is sent and after it was answered, each time to the disk:
/// what the platform is measured against afterwards.
/// </summary>
public sealed class Ledger : IDisposable
{
    private readonly Lock gate = new();
    private readonly FileStream file;
    private readonly Dictionary<string, Intent> asked = [];
    private readonly HashSet<string> answered = [];
    private readonly List<string> failures = [];

    public Ledger(string path) => file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);

    /// <summary>Data of persons that were answered with 200.</summary>
    public long Shown { get; private set; }

    /// <summary>Answers to repetitions of commands that had been answered before.</summary>
    public long Repeated { get; private set; }

    /// <summary>How many commands were answered.</summary>
    public int Answered
    {
        get
        {
            lock (gate)
                return answered.Count;
        }
    }

    /// <summary>Tries that were not answered, or told to come later: when, what, and why.</summary>
    public IReadOnlyList<string> Failures
    {
        get
        {
            lock (gate)
                return [.. failures];
        }
    }

    public IReadOnlyCollection<Intent> Asked
    {
        get
        {
            lock (gate)
                return [.. asked.Values];
        }
    }

    public bool IsAnswered(Intent intent)
    {
        lock (gate)
            return answered.Contains(intent.Key);
    }

    public void Ask(Intent intent)
    {
        lock (gate)
        {
            asked.Add(intent.Key, intent);
            Write(new { asked = intent });
        }
    }

    public void Answer(Intent intent)
    {
        lock (gate)
        {
            answered.Add(intent.Key);
            Write(new { answered = intent.Key });
        }
    }

    public void Show()
    {
        lock (gate)
        {
            Shown++;
            Write(new { shown = 1 });
        }
    }

    public void Fail(string what)
    {
        lock (gate)
            failures.Add(what);
    }

    public void Repeat()
    {
        lock (gate)
            Repeated++;
    }

    public void Dispose() => file.Dispose();

    private void Write(object line)
    {
        JsonSerializer.Serialize(file, line);
        file.WriteByte((byte)'\n');
        file.Flush(flushToDisk: true);
    }
}
