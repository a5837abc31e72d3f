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

/// <summary>An answer that said "later".</summary>
/// <param name="Status">502, 503, 504 or 429; 409 while the first request of a key is under way.</param>
/// <param name="RetryAfter">When to come again, in seconds; null when it did not say.</param>
/// <param name="Slug">The last part of the problem's type; null when the body was no problem.</param>
public sealed record Refusal(int Status, int? RetryAfter, string? Slug);

/// <summary>
/// What was asked and what was answered, written to a file of its own before the command is sent and after it was answered, each time to the disk:
/// what the platform is measured against afterwards.
/// </summary>
public sealed class Ledger : IDisposable
{
    /// <summary>In seconds.</summary>
    private const int LongestWait = 10;

    private readonly Lock gate = new();
    private readonly FileStream file;
    private readonly Dictionary<string, Intent> asked = [];
    private readonly HashSet<string> answered = [];
    private readonly List<(DateTime At, Intent Intent, TimeSpan Took)> answers = [];
    private readonly List<string> failures = [];
    private readonly List<Refusal> refusals = [];

    public Ledger(string path) => file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);

    /// <summary>Data of persons that were answered with 200.</summary>
    public long Shown { get; private set; }

    /// <summary>Answers to repetitions of commands that had been answered before.</summary>
    public long Repeated { get; private set; }

    /// <summary>Commands that nobody answered and whoever gave them gave up.</summary>
    public long GivenUp { get; private set; }

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

    /// <summary>Answers that said "later".</summary>
    public IReadOnlyList<Refusal> Refusals
    {
        get
        {
            lock (gate)
                return [.. refusals];
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

    /// <param name="intent">The command.</param>
    /// <param name="took">From its first try to this answer.</param>
    public void Answer(Intent intent, TimeSpan took)
    {
        lock (gate)
        {
            answered.Add(intent.Key);
            answers.Add((DateTime.UtcNow, intent, took));
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

    public void Refuse(Refusal refusal)
    {
        lock (gate)
            refusals.Add(refusal);
    }

    /// <summary>How long commands took that were answered since then: 99 of 100 no longer than this, tries in vain included.</summary>
    /// <param name="since">Only what was answered after it.</param>
    /// <param name="which">Only these; null for all.</param>
    /// <exception cref="InvalidOperationException">Fewer than a hundred were: they say nothing.</exception>
    public TimeSpan P99(DateTime since, Func<Intent, bool>? which = null)
    {
        lock (gate)
        {
            var took = answers.Where(answer => answer.At > since && (which is null || which(answer.Intent))).Select(answer => answer.Took).Order().ToList();
            return took.Count < 100 ? throw new InvalidOperationException($"Only {took.Count} commands were answered.") : took[(took.Count * 99 / 100) - 1];
        }
    }

    /// <summary>Which commands took longer than this: how many of each kind of event.</summary>
    public string Slow(DateTime since, TimeSpan limit, Func<Intent, bool> which)
    {
        lock (gate)
        {
            return string.Join(", ", answers.Where(answer => answer.At > since && answer.Took > limit && which(answer.Intent))
                .GroupBy(answer => answer.Intent.Event).Select(kind => $"{kind.Count()} {kind.Key}"));
        }
    }

    /// <summary>The longest that anybody waited for an answer that came since then, tries in vain included.</summary>
    public TimeSpan Slowest(DateTime since)
    {
        lock (gate)
            return answers.Where(answer => answer.At > since).Max(answer => answer.Took);
    }

    /// <summary>Somebody was told "later", and everybody who was by a 503 with a problem in it that says when.</summary>
    /// <param name="before">So many had been told before.</param>
    public void ShouldHaveSaidWhenToComeAgain(int before)
    {
        var said = Refusals.Skip(before).ToList();
        said.Count.ShouldBeGreaterThan(0);
        said.Where(refusal => refusal is not { Status: 503, RetryAfter: > 0 and <= LongestWait, Slug: not null }).ShouldBeEmpty();
    }

    /// <summary>How many such commands were answered since then.</summary>
    public int Count(DateTime since, Func<Intent, bool> which)
    {
        lock (gate)
            return answers.Count(answer => answer.At > since && which(answer.Intent));
    }

    public void Repeat()
    {
        lock (gate)
            Repeated++;
    }

    public void GiveUp()
    {
        lock (gate)
            GivenUp++;
    }

    public void Dispose() => file.Dispose();

    private void Write(object line)
    {
        JsonSerializer.Serialize(file, line);
        file.WriteByte((byte)'\n');
        file.Flush(flushToDisk: true);
    }
}
