using System.Diagnostics;
using Hotline111.Platform.EventStore;
using Shouldly;

namespace Hotline111.Testing;

/// <summary>Given a history, when a command comes, then these events or that refusal: <c>Decider.Given(..).When(..).Then(..)</c>.</summary>
public static class DeciderSpec
{
    public static History<TState, TCommand, TEvent> Given<TState, TCommand, TEvent>(this Decider<TState, TCommand, TEvent> decider, params TEvent[] history)
        where TEvent : class =>
        new(decider, history.Aggregate(decider.Initial, decider.Evolve));
}

/// <summary>The state a history folds to.</summary>
public sealed record History<TState, TCommand, TEvent>(Decider<TState, TCommand, TEvent> Decider, TState State)
    where TEvent : class
{
    public Outcome<TState, TCommand, TEvent> When(TCommand command) => new(this, command, Decider.Decide(State, command));
}

/// <summary>What a command led to. Every check folds the result again, so that an event nobody taught the state fails here.</summary>
public sealed record Outcome<TState, TCommand, TEvent>(History<TState, TCommand, TEvent> Before, TCommand Command, Decision<TEvent> Decision)
    where TEvent : class
{
    /// <summary>The state after the events.</summary>
    public TState State => Decision.Events.Aggregate(Before.State, Before.Decider.Evolve);

    /// <summary>Exactly these events, compared whole.</summary>
    public Outcome<TState, TCommand, TEvent> Then(params TEvent[] events)
    {
        Decision.Refusal.ShouldBeNull();
        Decision.Events.ShouldBe(events);
        Before.Decider.Decide(State, Command).Events.ShouldBeEmpty("a command repeated at once appends nothing");
        return this;
    }

    public Outcome<TState, TCommand, TEvent> ThenNothing() => Then();

    /// <summary>The refusal with this code.</summary>
    public Outcome<TState, TCommand, TEvent> ThenRefused(Refusal refusal)
    {
        Decision.Refusal.ShouldBe(refusal);
        Decision.Events.ShouldBeEmpty();
        return this;
    }
}

/// <summary>What holds for every decider, tried with random commands.</summary>
public static class DeciderProperties
{
    /// <summary>
    /// Every pair of state and command is decided, a command repeated at once appends nothing, every event of the family is produced by some command
    /// and has its place in the state, and every kind of state and command was tried.
    /// </summary>
    /// <param name="decider">The rules to try.</param>
    /// <param name="command">Makes a command; it should often fit the state, and sometimes not.</param>
    /// <param name="seed">Fixed, so that a failure comes again.</param>
    /// <param name="sequences">How many streams are tried.</param>
    /// <param name="length">How many commands each gets.</param>
    /// <param name="neverDecided">Events that no command leads to any more; old streams have them.</param>
    public static void Check<TState, TCommand, TEvent>(
        Decider<TState, TCommand, TEvent> decider,
        Func<Random, TState, TCommand> command,
        int seed = 111,
        int sequences = 300,
        int length = 30,
        params Type[] neverDecided)
        where TEvent : class
    {
        var random = new Random(seed);
        Dictionary<Type, List<TState>> states = [];
        Dictionary<Type, List<TCommand>> commands = [];
        HashSet<Type> events = [];
        for (var sequence = 0; sequence < sequences; sequence++)
        {
            var state = decider.Initial;
            for (var step = 0; step < length; step++)
            {
                var next = command(random, state);
                Keep(random, states, state);
                Keep(random, commands, next);
                state = Try(decider, state, next, events);
            }

            Keep(random, states, state);
        }

        foreach (var state in states.Values.SelectMany(kept => kept))
        {
            foreach (var each in commands.Values.SelectMany(kept => kept))
                Try(decider, state, each, events);
        }

        Untried<TState>(states.Keys, typeof(TState)).ShouldBeEmpty("states no sequence reached");
        Untried<TCommand>(commands.Keys, typeof(TCommand)).ShouldBeEmpty("commands the generator never made");
        Untried<TEvent>(events, typeof(TEvent)).Except(neverDecided).ShouldBeEmpty("events no command led to");
    }

    private static TState Try<TState, TCommand, TEvent>(Decider<TState, TCommand, TEvent> decider, TState state, TCommand command, HashSet<Type> seen)
        where TEvent : class
    {
        try
        {
            var decision = decider.Decide(state, command);
            seen.UnionWith(decision.Events.Select(e => e.GetType()));
            if (decision.Refusal is not null)
                decision.Events.ShouldBeEmpty();
            var after = decision.Events.Aggregate(state, decider.Evolve);
            if (decider.Decide(after, command).Events is { Count: > 0 } again)
                again.ShouldBeEmpty($"{command} repeated at once in {after}");
            return after;
        }
        catch (UnreachableException e)
        {
            throw new ShouldAssertException($"{command} in {state}: {e.Message}", e);
        }
    }

    // A few of each kind, later ones replacing earlier ones at random: variety at a bounded price.
    private static void Keep<T>(Random random, Dictionary<Type, List<T>> kept, T value)
    {
        if (!kept.TryGetValue(value!.GetType(), out var list))
            kept[value.GetType()] = list = [];
        if (list.Count < 12)
            list.Add(value);
        else
            list[random.Next(list.Count)] = value;
    }

    private static IEnumerable<Type> Untried<T>(IEnumerable<Type> tried, Type union) =>
        union.GetNestedTypes().Where(nested => nested.IsAssignableTo(typeof(T)) && !nested.IsAbstract).Except(tried);
}
