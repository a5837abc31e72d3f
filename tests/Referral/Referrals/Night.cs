using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Referrals.Chaining;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;
using S = Hotline111.Referral.Referrals.ReferralState;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>Many referrals at once, with everything that one means for the other, and the invariants that hold after every command.</summary>
internal sealed class Night
{
    private static readonly string[] Bodies = ["c02", "police.01", "police.02", "police.08", "border-guard", "womens-union"];

    private readonly Random random;
    private readonly Dictionary<Guid, S> states = [];
    private readonly Dictionary<Guid, List<E>> histories = [];
    private readonly Dictionary<Guid, List<Guid>> chains = [];
    private readonly Dictionary<Guid, Guid> rootOf = [];
    private readonly List<Guid> open = [];
    private DateTimeOffset now = Invented.Now;
    private int drawn;

    public Night(int seed) => random = new(seed);

    public IReadOnlyDictionary<Guid, S> States => states;

    public IReadOnlyDictionary<Guid, List<E>> Histories => histories;

    public HashSet<Type> Seen { get; } = [];

    public int Refused { get; private set; }

    /// <summary>Gives one command of somebody to some referral, and looks whether everything is still right.</summary>
    public void Step()
    {
        now = now.AddSeconds(random.Next(1, 30));
        if (open.Count < 30 || random.Next(40) == 0)
        {
            Begin();
            return;
        }

        // Now and then somebody meddles with what is long over.
        var all = states.Count > open.Count && random.Next(8) == 0;
        var id = all ? states.Keys.ElementAt(random.Next(states.Count)) : open[random.Next(open.Count)];
        Give(id, Command(states[id]));
    }

    private void Begin()
    {
        var body = Bodies[random.Next(Bodies.Length)];
        var facts = Facts(body) with { Urgency = ValueLists.Get("urgency").Values[random.Next(4)].Code };
        C command = facts.Rule.ComposesWithoutRelease && random.Next(2) == 0
            ? new C.SendEmergency(facts, Invented.FromTheContact, Person("counsellor"), now)
            : new C.DraftReferral(facts, Person("counsellor"), now);
        Start(Guid.CreateVersion7(), command, null);
    }

    private C Command(S state)
    {
        var allowed = ReferralDecider.Allowed(state);
        var all = AnyReferral.OneOfEach(state, Guid.CreateVersion7(), now);
        var wanted = allowed.Count > 0 && random.Next(4) > 0 ? allowed[random.Next(allowed.Count)] : null;
        // Referrals shall live: most of those that want to end it think again.
        if (wanted is "withdraw" or "decline" or "agree-withdrawal" && random.Next(6) > 0)
            wanted = null;
        var fit = wanted is null ? all : [.. all.Where(command => AnyReferral.DoorOf(command) == wanted)];
        var chosen = fit[random.Next(fit.Count)];
        return chosen is C.HandOn handOn ? handOn with { NextDeskId = Bodies[random.Next(Bodies.Length)] } : chosen;
    }

    // As the chain's doors do it, both streams at once.
    private void Give(Guid id, C command)
    {
        var state = states[id];
        // The doors never give these by themselves; what they mean is tried by what causes them.
        if (command is C.CompleteHandOn or C.EndHandOn or C.Retract or C.Forward)
        {
            Refuse(id, command);
            return;
        }

        var decision = ReferralDecider.Instance.Decide(state, command);
        if (decision.Refusal is not null || decision.Events.Count == 0)
        {
            Check(id, state, command, decision);
            return;
        }

        if (Chain.Ahead(state, command) is { } ahead)
            Apply(ahead.Referral, ahead.Command).ShouldNotBeEmpty("nobody has acknowledged it yet");
        Apply(id, command);
        if (Chain.Behind(id, state, decision.Events) is { } behind)
            Apply(behind.Referral, behind.Command).ShouldNotBeEmpty("the referral before was waiting for it");
        if (command is C.HandOn handOn)
            HandOn(id, handOn);
        Invariants.OfChain(states, chains[rootOf[id]]);
    }

    private void HandOn(Guid id, C.HandOn handOn)
    {
        var facts = ((S.Open)states[id]).Facts;
        var next = Facts(handOn.NextDeskId) with
        {
            CaseId = facts.CaseId,
            Urgency = facts.Urgency,
            Part = facts.Part,
            PolicyEdition = facts.PolicyEdition,
            PreviousId = id,
            Chain = [.. facts.Chain, facts.DeskId],
        };
        var release = Invented.Package with { DeskId = next.DeskId };
        Start(
            handOn.NextId,
            random.Next(3) switch
            {
                0 => new C.DraftReferral(next, handOn.By, now),
                _ when ((S.Out)states[id]).Course.ContactId is not null => new C.Forward(next, null, Invented.FromTheContact, handOn.By, now),
                _ => new C.Forward(next, release, null, handOn.By, now),
            },
            id);
    }

    private void Start(Guid id, C command, Guid? previous)
    {
        states[id] = new S.None();
        histories[id] = [];
        open.Add(id);
        rootOf[id] = previous is { } before ? rootOf[before] : id;
        if (previous is null)
            chains[id] = [id];
        else
            chains[rootOf[id]].Add(id);
        Apply(id, command).ShouldNotBeEmpty();
        Invariants.OfChain(states, chains[rootOf[id]]);
    }

    private IReadOnlyList<E> Apply(Guid id, C command)
    {
        var before = states[id];
        var decision = ReferralDecider.Instance.Decide(before, command);
        foreach (var @event in decision.Events)
        {
            states[id] = Invariants.After(states[id], @event);
            histories[id].Add(@event);
            Seen.Add(@event.GetType());
        }

        Check(id, before, command, decision);
        if (states[id].IsFinal)
            open.Remove(id);
        return decision.Events;
    }

    // A machine's command that nothing caused: never an event unless it fits, and then the cause is given instead.
    private void Refuse(Guid id, C command)
    {
        var decision = ReferralDecider.Instance.Decide(states[id], command);
        if (decision.Refusal is not null)
            Check(id, states[id], command, decision);
    }

    private void Check(Guid id, S before, C command, Decision<E> decision)
    {
        if (decision.Refusal is { } refusal)
        {
            Refused++;
            var allowed = ReferralDecider.Allowed(before);
            refusal.Allowed.Except(allowed).ShouldBeEmpty(refusal.Code);
            if (refusal.Code == "command-not-allowed")
                refusal.Allowed.SequenceEqual(allowed).ShouldBeTrue();
            if (random.Next(200) == 0)
                CheckTrue(before, allowed);
            return;
        }

        var after = states[id];
        (after is S.AwaitingApproval { Facts.Urgency: Urgency.Emergency }).ShouldBeFalse("an emergency never waits for a supervisor");
        (after is S.Out { Course.WithdrawalReason: not null } and not (S.Accepted or S.Acting or S.OnHold or S.Reported)).ShouldBeFalse("who has not taken charge is not asked to stop");
        if (command is C.DeclareOutcomeUnknown)
            after.Name.ShouldBe(before.Name);
    }

    private void CheckTrue(S state, IReadOnlyList<string> allowed)
    {
        var working = AnyReferral.OneOfEach(state, Guid.CreateVersion7(), state is S.Accepted s ? s.At : now)
            .Where(command => ReferralDecider.Instance.Decide(state, command).Events.Count > 0).Select(AnyReferral.ListedAs).OfType<string>().Distinct();
        // All legal steps may have been reached already; nothing else that is allowed can come to nothing.
        allowed.Except(working).ShouldBeSubsetOf(["reach-milestone"], state.Name);
        working.Except(allowed).ShouldBeEmpty(state.Name);
    }

    private ReferralFacts Facts(string body)
    {
        var sector = body.StartsWith("police", StringComparison.Ordinal) || body == "c02" ? Sector.Police : body == "border-guard" ? Sector.BorderGuard : Sector.WomensUnion;
        return new($"RF-2026-{++drawn:000000}", Invented.CaseId, body, body, sector, null, "verify_rescue", Urgency.Standard, "2026-1");
    }

    private string Person(string role) => $"{role}-{random.Next(4)}";
}
