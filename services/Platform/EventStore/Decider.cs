using System.Collections;
using System.Runtime.CompilerServices;

namespace Hotline111.Platform.EventStore;

/// <summary>The rules of one kind of stream as three pure functions. No clock, id generator or I/O: time and actor travel in the command.</summary>
/// <param name="Category">The stream's kind in lower case ("referral"); stored as the stream's type.</param>
/// <param name="Initial">The state before the first event.</param>
/// <param name="Evolve">Folds one event into the state. Never argues with history.</param>
/// <param name="Decide">Turns a command and a state into events, nothing ("already so"), or a refusal.</param>
public sealed record Decider<TState, TCommand, TEvent>(
    string Category,
    TState Initial,
    Func<TState, TEvent, TState> Evolve,
    Func<TState, TCommand, Decision<TEvent>> Decide)
    where TEvent : class;

/// <summary>What a decider answered: events to record (none means "already so"), or a refusal.</summary>
[CollectionBuilder(typeof(Decision), nameof(Decision.Of))]
public sealed class Decision<TEvent> : IEnumerable<TEvent>
{
    internal Decision(IReadOnlyList<TEvent> events, Refusal? refusal)
    {
        Events = events;
        Refusal = refusal;
    }

    /// <summary>The events to record, oldest first; empty when the command changes nothing.</summary>
    public IReadOnlyList<TEvent> Events { get; }

    /// <summary>The system's no, or null.</summary>
    public Refusal? Refusal { get; }

    public IEnumerator<TEvent> GetEnumerator() => Events.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

#pragma warning disable CA2225 // A named alternative would be a second word for the same thing: Decision.Refuse.
    public static implicit operator Decision<TEvent>(Refusal refusal) => Decision.Refuse<TEvent>(refusal);
#pragma warning restore CA2225
}

/// <summary>Builds decisions; used by collection expressions.</summary>
public static class Decision
{
    public static Decision<TEvent> Of<TEvent>(ReadOnlySpan<TEvent> events) => new(events.ToArray(), null);

    public static Decision<TEvent> Refuse<TEvent>(Refusal refusal) => new([], refusal);
}

/// <summary>Why the system says no; decides the answer's status.</summary>
public enum RefusalKind
{
    /// <summary>No such thing, or none that this user may know of.</summary>
    NotFound,

    /// <summary>The thing is in a state that does not allow it.</summary>
    Conflict,

    /// <summary>The request itself is not sensible.</summary>
    Invalid,

    /// <summary>This user may not do it.</summary>
    Forbidden,
}

/// <summary>An expected "no". Faults (a lost connection, a bug) stay exceptions.</summary>
/// <param name="Kind">Decides the status of the answer.</param>
/// <param name="Code">A stable public slug ("referral-already-acknowledged").</param>
/// <param name="Vi">The sentence for a Vietnamese reader; may change.</param>
/// <param name="En">The sentence for an English reader; may change.</param>
public sealed record Refusal(RefusalKind Kind, string Code, string Vi, string En)
{
    /// <summary>The commands that are allowed now, by their public names.</summary>
    public IReadOnlyList<string> Allowed { get; init; } = [];

    /// <summary>Facts that help the refused one: codes, times, ids; never personal data.</summary>
    public IReadOnlyDictionary<string, object?> Facts { get; init; } = new Dictionary<string, object?>();

    /// <summary>Two refusals are the same "no" when their codes are.</summary>
    public bool Equals(Refusal? other) => other is not null && Code == other.Code;

    public override int GetHashCode() => Code.GetHashCode(StringComparison.Ordinal);
}
