using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Referral.Referrals;
using E = Hotline111.Referral.Referrals.ReferralEvent;
using S = Hotline111.Referral.Referrals.ReferralState;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>What holds for every referral and every chain of them, whatever anybody does.</summary>
internal static class Invariants
{
    /// <summary>What may still happen to a referral that has ended.</summary>
    private static readonly Type[] AfterTheEnd =
        [typeof(E.Reviewed), typeof(E.EntryConfirmed), typeof(E.RequestSettled), typeof(E.DataRejected), typeof(E.DataRestored), typeof(E.ReportCorrected), typeof(E.ResultConfirmed)];

    /// <summary>Looks at one event and what it made of the state.</summary>
    public static S After(S before, E @event)
    {
        var after = S.Evolve(before, @event);
        OfEvent(before, @event);
        OfStep(before, @event, after);
        return after;
    }

    /// <summary>One receiver at a time and a full chain: somebody answers for it, nobody else does, and no desk had it twice.</summary>
    /// <param name="states">All referrals.</param>
    /// <param name="chain">Those of one chain.</param>
    public static void OfChain(IReadOnlyDictionary<Guid, S> states, IReadOnlyList<Guid> chain)
    {
        chain.Count(id => Holds((S.Open)states[id])).ShouldBe(1, "one referral of the chain is the desk's that answers for it");
        foreach (var id in chain)
        {
            var state = (S.Open)states[id];
            string[] way = [.. state.Facts.Chain, state.Facts.DeskId];
            way.Distinct().Count().ShouldBe(way.Length, "no desk has it twice");
            way.Length.ShouldBeLessThanOrEqualTo(4, "three hops");
            if (state.Facts.PreviousId is { } link)
            {
                var before = ((S.Open)states[link]).Facts;
                way[..^1].ShouldBe([.. before.Chain, before.DeskId]);
            }

            switch (state)
            {
                case S.HandingOn s:
                    states[s.NextId].IsFinal.ShouldBeFalse("it is on its way");
                    (states[s.NextId] as S.Out)?.Course.Acknowledgement.ShouldBeNull();
                    break;
                case S.HandedOn s:
                    ((S.Out)states[s.NextId]).Course.Acknowledgement.ShouldNotBeNull();
                    break;
                case { Facts.PreviousId: { } previous, IsFinal: false } when !Holds(state):
                    states[previous].ShouldBeOfType<S.HandingOn>().NextId.ShouldBe(id, "the desk before waits for it");
                    break;
            }
        }
    }

    // Whoever has acknowledged answers for it until the next desk has; before that the first desk of the chain.
    private static bool Holds(S.Open state) => state is S.Out { Course.Acknowledgement: not null } ? state is not S.HandedOn : state.Facts.PreviousId is null;

    private static void OfEvent(S before, E @event)
    {
        switch (@event)
        {
            case E.Submitted e:
                Disclosed(e.Basis, e.By, e.At, e.Profile);
                break;
            case E.Composed e:
                Disclosed(e.Basis, e.By, e.At, e.Profile);
                ((S.Open)before).Facts.Urgency.ShouldBe(Urgency.Emergency);
                break;
            case E.Supplemented e:
                Disclosed(e.Basis, e.By, e.At, e.Profile);
                e.Number.ShouldBe(((S.Out)before).Course.Supplements + 1);
                break;
            case E.Acknowledged:
                ((S.Out)before).Course.Acknowledgement.ShouldBeNull("receipt is confirmed once");
                break;
            case E.ResultReported e:
                EverybodyHas(e.Results, ((S.Out)before).Course);
                break;
            case E.ReportCorrected e:
                EverybodyHas(e.Results, ((S.Out)before).Course);
                break;
            case E.Declined:
                ((S.Open)before).Facts.MustTakeCharge.ShouldBeFalse();
                break;
        }

        static void Disclosed(string basis, string by, DateTimeOffset at, string profile)
        {
            ValueLists.Get("disclosure-basis").Find(basis).ShouldNotBeNull().AllowsDisclosure.ShouldBe(true);
            by.ShouldNotBeNullOrEmpty();
            profile.ShouldNotBeNullOrEmpty();
            at.ShouldBeGreaterThanOrEqualTo(Invented.Now);
        }

        static void EverybodyHas(Items<PersonResult> results, Course course) => results.Select(result => result.PersonId)
            .ShouldBe(course.Persons.Count == 0 ? [null] : course.Persons.Select(person => (Guid?)person), ignoreOrder: true);
    }

    private static void OfStep(S before, E @event, S after)
    {
        // No overlay, receipt or clock ends anything; an end stays an end.
        if (@event is E.OutcomeUnknown)
            after.Name.ShouldBe(before.Name);
        if (before.IsFinal)
        {
            after.Name.ShouldBe(before.Name);
            AfterTheEnd.ShouldContain(@event.GetType());
        }

        if (before is S.Open { Facts: var known })
            ((S.Open)after).Facts.ShouldBe(known with { Part = ((S.Open)after).Facts.Part }, "what was asked of whom stays");
        if (before is not S.Out { Course: var then })
            return;
        var (facts, course) = (((S.Open)after).Facts, after.ShouldBeAssignableTo<S.Out>("what went out never comes back as if it had not")!.Course);
        (course.SentAt, course.Ground).ShouldBe((then.SentAt, then.Ground));
        course.Persons.Take(then.Persons.Count).SequenceEqual(then.Persons).ShouldBeTrue("nobody is forgotten");
        course.Entries.Take(then.Entries.Count).SequenceEqual(then.Entries).ShouldBeTrue("no entry is lost");
        course.Entries.Distinct().Count().ShouldBe(course.Entries.Count, "no entry counts twice");
        course.Unconfirmed.Except(course.Entries).ShouldBeEmpty();
        course.Supplements.ShouldBeGreaterThanOrEqualTo(then.Supplements);
        course.Pauses.ShouldBeLessThanOrEqualTo(facts.Rule.Pauses ? facts.Policy.MostPauses : 0);
        (course.OutcomeUnknown && after is not (S.Accepted or S.Acting or S.OnHold)).ShouldBeFalse("it lies over work only");
        if (after is S.Withdrawn && before is not S.Withdrawn)
            course.ShouldBe(then with { WithdrawalReason = null, OutcomeUnknown = false }, "that data went out is not taken back");
        if (after is S.Closed)
            course.Untold.ShouldBeEmpty("everybody has a result");
    }
}
