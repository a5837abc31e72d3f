using Hotline111.Platform.EventStore;
using Shouldly;

namespace Hotline111.Testing;

/// <summary>The list of allowed commands, which pages turn into buttons, says what the rules say.</summary>
public static class AllowedCommands
{
    /// <summary>
    /// In every state: each allowed command, rightly given, leads to something; every other one is refused or changes nothing; no refusal names a command
    /// that the state does not allow, and the refusal that blames the state names all that it does.
    /// </summary>
    /// <param name="decider">The rules.</param>
    /// <param name="allowed">The list of a state.</param>
    /// <param name="name">The public name of a command; null for one that no person gives.</param>
    /// <param name="command">Makes a command; it should often fit the state, and sometimes not.</param>
    /// <param name="tries">How many commands each state meets: enough to meet all that it allows.</param>
    /// <param name="blamesState">The code of the refusal that says no more than "not in this state".</param>
    public static void Check<TState, TCommand, TEvent>(
        Decider<TState, TCommand, TEvent> decider,
        Func<TState, IReadOnlyList<string>> allowed,
        Func<TCommand, string?> name,
        Func<Random, TState, TCommand> command,
        string blamesState = "command-not-allowed",
        int seed = 111,
        int sequences = 200,
        int length = 25,
        int tries = 8)
        where TEvent : class
    {
        var random = new Random(seed);
        Dictionary<string, HashSet<string>> worked = [];
        Dictionary<string, IReadOnlyList<string>> promised = [];
        for (var sequence = 0; sequence < sequences; sequence++)
        {
            var state = decider.Initial;
            for (var step = 0; step < length; step++)
            {
                var now = allowed(state);
                // States that promise the same are tried together: not every single one meets every command.
                var kind = $"{state!.GetType().Name}: {string.Join(", ", now)}";
                promised[kind] = now;
                for (var turn = 0; turn < tries; turn++)
                {
                    var next = command(random, state);
                    var (decision, called) = (decider.Decide(state, next), name(next));
                    // Sentences about a state are long: they are written only when one is needed.
                    if (decision.Events.Count > 0 && called is not null)
                    {
                        if (!now.Contains(called))
                            now.ShouldContain(called, $"{next} works in {kind}");
                        (worked.TryGetValue(kind, out var done) ? done : worked[kind] = []).Add(called);
                    }

                    if (decision.Refusal is { } refusal)
                    {
                        if (refusal.Allowed.Except(now).Any())
                            refusal.Allowed.ShouldBeSubsetOf(now, $"{refusal.Code} in {kind}");
                        if (refusal.Code == blamesState)
                        {
                            if (!refusal.Allowed.SequenceEqual(now))
                                refusal.Allowed.ShouldBe(now, $"{next} in {kind}");
                            if (called is not null && now.Contains(called))
                                now.ShouldNotContain(called, $"{next} is refused in {kind}");
                        }
                    }
                }

                state = decider.Decide(state, command(random, state)).Events.Aggregate(state, decider.Evolve);
            }
        }

        foreach (var (kind, now) in promised)
            now.Except(worked.GetValueOrDefault(kind) ?? []).ShouldBeEmpty($"promised in {kind} and never seen to work");
    }
}
