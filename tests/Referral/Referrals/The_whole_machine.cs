using Hotline111.Contracts.Catalogues;
using Hotline111.Local;
using Hotline111.Referral.Referrals;
using static Hotline111.Referral.Tests.Referrals.AnyReferral;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;
using S = Hotline111.Referral.Referrals.ReferralState;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>The machine is walked from end to end, and what was found is the document about it: docs/referral.md.</summary>
public sealed class The_whole_machine : IClassFixture<The_whole_machine.Exploration>
{
    private static readonly string[] Ends = ["Closed", "Declined", "HandedOn", "Withdrawn"];

    private readonly Exploration walked;

    public The_whole_machine(Exploration exploration) => walked = exploration;

    /// <summary>What a command did in a state.</summary>
    public sealed record Step(S From, C Command, IReadOnlyList<E> Events, S To);

    /// <summary>
    /// Breadth first from the referral that does not exist. States count as one when they allow the same, are equally urgent, and differ only in how many marks,
    /// entries and supplements they carry: the first one met stands for all.
    /// </summary>
    public sealed class Exploration
    {
        public Exploration()
        {
            Queue<S> ahead = new([new S.None()]);
            HashSet<string> met = [Kind(ahead.Peek())];
            while (ahead.TryDequeue(out var state))
            {
                States.Add(state);
                foreach (var command in OneOfEach(state))
                {
                    var decision = ReferralDecider.Instance.Decide(state, command);
                    Decided.Add((state.GetType(), command.GetType()));
                    var after = decision.Events.Aggregate(state, S.Evolve);
                    if (decision.Events.Count > 0)
                        Steps.Add(new(state, command, decision.Events, after));
                    if (met.Add(Kind(after)))
                        ahead.Enqueue(after);
                }
            }
        }

        public List<S> States { get; } = [];

        public List<Step> Steps { get; } = [];

        public HashSet<(Type State, Type Command)> Decided { get; } = [];

        private static string Kind(S state) => string.Join('|', [
            state.GetType().Name,
            .. ReferralDecider.Allowed(state),
            state is S.Open open ? $"{open.Facts.Urgency} {open.Facts.Sector} {open.Facts.Chain.Count}" : "",
            state is S.Draft { Returned: true } ? "returned" : "",
            state is S.Out { Course: var course } ? $"{course.Ground} {course.Pauses} {course.OutcomeUnknown} {course.Persons.Count} {course.Cut?.Count > 0} {course.CutThrough is not null}" : "",
        ]);
    }

    private static IEnumerable<Type> Cases(Type union) => union.GetNestedTypes().Where(nested => nested.IsAssignableTo(union) && !nested.IsAbstract);

    [Fact]
    public void Every_state_is_reached()
    {
        walked.States.Select(state => state.GetType()).Distinct().ShouldBe(Cases(typeof(S)), ignoreOrder: true);
        walked.States.Select(state => state.Name).Where(name => name != "None").Distinct().ShouldBe(ValueLists.Get("referral-state").Values.Select(value => value.Code), ignoreOrder: true);
    }

    [Fact]
    public void Every_pair_of_state_and_command_is_decided() =>
        walked.Decided.Count.ShouldBe(Cases(typeof(S)).Count() * Cases(typeof(C)).Count(), "an undecided one would have thrown, an untried one is missing");

    [Fact]
    public void Every_event_happens() => walked.Steps.SelectMany(step => step.Events).Select(e => e.GetType()).Distinct().ShouldBe(Cases(typeof(E)), ignoreOrder: true);

    [Fact]
    public void There_is_no_dead_end_but_the_four_and_none_of_those_is_left()
    {
        var moves = walked.Steps.Where(step => step.From.Name != step.To.Name).Select(step => step.From.Name).ToHashSet();
        foreach (var state in walked.States)
            moves.Contains(state.Name).ShouldBe(!Ends.Contains(state.Name), state.Name);
        walked.States.Where(state => state.IsFinal).Select(state => state.Name).Distinct().ShouldBe(Ends, ignoreOrder: true);
        walked.States.ShouldAllBe(state => state.IsFinal == Ends.Contains(state.Name));
    }

    [Fact]
    public void From_every_state_an_end_can_be_reached()
    {
        HashSet<string> reaching = [.. Ends];
        while (walked.Steps.Any(step => reaching.Contains(step.To.Name) && reaching.Add(step.From.Name)))
        {
        }

        walked.States.Select(state => state.Name).Distinct().Except(reaching).ShouldBeEmpty();
    }

    [Fact]
    public void In_every_state_what_is_allowed_works_and_what_works_is_allowed()
    {
        var works = walked.Steps.Where(step => ListedAs(step.Command) is not null).ToLookup(step => step.From, step => ListedAs(step.Command)!, ReferenceEqualityComparer.Instance);
        foreach (var state in walked.States)
            works[state].Distinct().Order().ShouldBe(ReferralDecider.Allowed(state).Order(), state.Name);
    }

    [Fact]
    public void Not_knowing_the_outcome_lies_over_a_state_and_never_ends_one()
    {
        var declared = walked.Steps.Where(step => step.Command is C.DeclareOutcomeUnknown).ToList();
        declared.Select(step => step.From.Name).Distinct().ShouldBe(["Accepted", "Acting", "OnHold"], ignoreOrder: true);
        declared.ShouldAllBe(step => step.From.Name == step.To.Name && !step.To.IsFinal);
        foreach (var over in walked.States.OfType<S.Out>().Where(state => state.Course.OutcomeUnknown))
        {
            var without = over with { Course = over.Course with { OutcomeUnknown = false } };
            ReferralDecider.Allowed(without).Except(ReferralDecider.Allowed(over)).ShouldBeSubsetOf(["declare-outcome-unknown"]);
            over.IsFinal.ShouldBeFalse();
        }
    }

    [Fact]
    public void Only_people_close_decline_and_withdraw()
    {
        // What the platform does by itself answers to what people did with the referral before or after.
        walked.Steps.Where(step => step.To.IsFinal && !step.From.IsFinal && DoorOf(step.Command) is null).Select(step => step.Command.GetType()).Distinct()
            .ShouldBe([typeof(C.CompleteHandOn), typeof(C.Retract)], ignoreOrder: true);
    }

    [Fact]
    public void The_document_says_what_was_found()
    {
        var file = Path.Combine(Repository.Root, "docs", "referral.md");
        var found = new ReferralDocument(walked.Steps).Text;
        if (Environment.GetEnvironmentVariable("HOTLINE_ACCEPT") == "1")
            File.WriteAllText(file, found);
        (File.Exists(file) ? File.ReadAllText(file) : "").ShouldBe(found, "docs/referral.md is made by this test: HOTLINE_ACCEPT=1 dotnet test tests/Referral writes it anew.");
    }
}
