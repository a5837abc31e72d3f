using System.Collections.Concurrent;
using System.Text;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Referral.Referrals;
using Hotline111.Testing;
using static Hotline111.Referral.Tests.Referrals.Invented;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>Every command that a referral can be given, made to fit its state where the state has something to fit.</summary>
internal static class AnyReferral
{
    /// <summary>Referrals as they begin: by urgency, by who receives them, and at the first and the last hop.</summary>
    public static readonly IReadOnlyList<ReferralFacts> Beginnings =
    [
        Facts, Urgent, Emergency, ToUnion, Following, Following with { Urgency = Urgency.Emergency },
        Following with { Chain = ["c02", "police.01", "police.02"] }, Following with { Urgency = Urgency.Emergency, Chain = ["c02", "police.01", "police.02"] },
    ];

    private static readonly ConcurrentDictionary<Type, string?> Doors = new();

    [ThreadStatic]
    private static Met? last;

    /// <summary>At least one of every command; for each that the state allows, one that is rightly given.</summary>
    /// <param name="fresh">An id that was never used; the number of entries gives one by default, so that the same state always meets the same commands.</param>
    /// <param name="at">When they are given.</param>
    public static IReadOnlyList<C> OneOfEach(ReferralState state, Guid? fresh = null, DateTimeOffset? at = null)
    {
        var facts = state is ReferralState.Open open ? [open.Facts] : Beginnings;
        var (course, now) = ((state as ReferralState.Out)?.Course, at ?? Now);
        var entry = fresh ?? new Guid(1 + (course?.Entries.Count ?? 0), 0, 0, new byte[8]);
        var release = Package with { CaseId = facts[0].CaseId, DeskId = facts[0].DeskId };
        var later = release with { PackageHash = course?.PackageHash == Later.PackageHash ? Package.PackageHash : Later.PackageHash };
        Items<PersonResult> results = course is not { Persons.Count: > 0 }
            ? [new(null, "not_verifiable", [], null)]
            : Items.From(course.Persons.Select(person => new PersonResult(person, person == Daughter ? "rescued" : NoResult.NotApplicable, [], null)));
        var next = (state as ReferralState.HandingOn)?.NextId ?? fresh ?? NextId;
        var request = course is { Requests: [var asked, ..] } ? asked : new(Id, ReferralRequests.Extension);
        var unconfirmed = course is { Unconfirmed: [var entered, ..] } ? entered : entry;
        var lastMark = course is { Marks: [.., var last] } ? last.OccurredAt : now;
        var milestone = ValueLists.Get("milestone").Values.Select(value => value.Code).FirstOrDefault(code => course?.Milestones.Contains(code) != true) ?? "first_action";
        var until = course is null ? Hold.Until : Hold.Until.AddDays(course.Entries.Count);
        return
        [
            .. facts.SelectMany(f => new C[]
            {
                new C.DraftReferral(f, Counsellor, now),
                new C.SendEmergency(f, FromTheContact, Counsellor, now),
                new C.Forward(f, release with { DeskId = f.DeskId }, null, Liaison, now),
                new C.Forward(f, null, FromTheContact, Liaison, now),
            }),
            new C.Submit(release, NoSupervisorOnDuty: false, Counsellor, now),
            new C.Submit(release, NoSupervisorOnDuty: true, Counsellor, now),
            new C.Submit(release with { DeskId = "police.99" }, NoSupervisorOnDuty: true, Counsellor, now),
            Approve with { At = now },
            Return with { At = now },
            new C.Supplement(later, Counsellor, now),
            new C.Supplement(later with { Parts = PartsOf(Daughter, Id) }, Counsellor, now),
            new C.Review("justified", null, Supervisor, now),
            new C.AssignPart(facts[0].Part == ReferralParts.Lead ? ReferralParts.Helper : ReferralParts.Lead, Counsellor, now),
            Acknowledge with { Entry = entry, At = now },
            Acknowledge with { Entry = entry, By = Colleague, At = now },
            new C.Acknowledge(OnThePhone, entry, Counsellor, now),
            new C.ConfirmEntry(unconfirmed, Liaison, now),
            Ask with { Entry = entry, At = now },
            Answer with { At = now },
            HandOn with { NextId = next, At = now },
            HandOn with { NextId = next, NextDeskId = "c02", At = now },
            TakeBack with { At = now },
            new C.CompleteHandOn(next, now),
            new C.EndHandOn(next, HandOnEnds.Declined, Liaison, now),
            Accept with { Entry = entry, At = now },
            new C.Accept(null, null, null, OnThePhone, entry, Counsellor, now),
            Undo with { At = now },
            Undo with { At = now.AddHours(1) },
            Decline with { Entry = entry, At = now },
            new C.Decline(DeclineReasons.WrongTerritory, null, null, OnThePhone, entry, Counsellor, now),
            new C.Decline(DeclineReasons.WrongTerritory, "police.01", Text, OnThePhone, entry, Counsellor, now),
            Start with { At = now },
            Mark with { OccurredAt = now.AddHours(course?.Marks.Count ?? 0), Entry = entry, At = now },
            Mark with { OccurredAt = now.AddHours(course?.Marks.Count ?? 0), Spoken = OnThePhone, Entry = entry, By = Counsellor, At = now },
            Mark with { OccurredAt = lastMark.AddSeconds(10), Entry = entry, At = now },
            Progress with { Entry = entry, At = now },
            Progress with { Entry = entry, Spoken = OnThePhone, By = Counsellor, At = now },
            Milestone with { Milestone = milestone, OccurredAt = now, Entry = entry, At = now },
            Milestone with { Milestone = milestone, OccurredAt = now, Spoken = OnThePhone, By = Counsellor, Entry = entry, At = now },
            Hold with { Until = until, At = now },
            Resume with { At = now },
            Report with { Results = results, OccurredAt = now, Entry = entry, At = now },
            Report with { Results = results, OccurredAt = now, Spoken = OnThePhone, By = Counsellor, Entry = entry, At = now },
            Report with { Results = [], OccurredAt = now, Entry = entry, At = now },
            Correct with { Results = results, OccurredAt = now, Entry = entry, At = now },
            Confirm with { At = now },
            Question with { At = now },
            new C.AskExtension(entry, until, null, Liaison, now),
            new C.AskJoint(entry, "womens-union.01", null, Liaison, now),
            new C.FlagDanger(entry, ["weapon"], null, Liaison, now),
            new C.SettleRequest(request.Id, request.Kind == ReferralRequests.Danger ? RequestDecisions.Noted : RequestDecisions.Granted, null, Counsellor, now),
            new C.RejectData(["person.name"], null, Liaison, now),
            new C.RejectData([], null, Liaison, now),
            new C.RestoreData(Text, Supervisor, now),
            Withdraw with { At = now },
            Agree with { At = now },
            Refuse with { At = now },
            new C.Retract(WithdrawalReasons.TakenBack, Liaison, now),
            DeclareUnknown with { At = now },
        ];
    }

    /// <summary>One of them: mostly of those that the state allows, or that answer a hand-on, else any.</summary>
    public static C Any(Random random, ReferralState state)
    {
        // Asked again and again about one state.
        if (!ReferenceEquals(last?.State, state))
            last = new(state, OneOfEach(state), ReferralDecider.Allowed(state));
        var (_, all, allowed) = last;
        if (state is ReferralState.HandingOn && random.Next(2) == 0)
        {
            all = [.. all.Where(command => command is C.CompleteHandOn or C.EndHandOn)];
        }
        else if (allowed.Count > 0 && random.Next(4) > 0)
        {
            var name = allowed[random.Next(allowed.Count)];
            all = [.. all.Where(command => DoorOf(command) == name)];
        }

        return all[random.Next(all.Count)];
    }

    /// <summary>The public name of a command: its door. Null for what only the platform itself gives.</summary>
    public static string? DoorOf(C command) => DoorOf(command.GetType());

    /// <inheritdoc cref="DoorOf(C)"/>
    public static string? DoorOf(Type command) => Doors.GetOrAdd(command, Named);

    private static string? Named(Type command)
    {
        if (command == typeof(C.Forward) || command == typeof(C.CompleteHandOn) || command == typeof(C.EndHandOn) || command == typeof(C.Retract))
            return null;
        if (command == typeof(C.DraftReferral))
            return "draft";
        var kebab = new StringBuilder();
        foreach (var letter in command.Name)
        {
            if (char.IsUpper(letter) && kebab.Length > 0)
                kebab.Append('-');
            kebab.Append(char.ToLowerInvariant(letter));
        }

        return kebab.ToString();
    }

    /// <summary>The name under which a state lists a command; an emergency has a door of its own, for several desks at once.</summary>
    public static string? ListedAs(C command) => command is C.SendEmergency ? null : DoorOf(command);

    /// <summary>The event as it comes back from the store, every personal value sealed.</summary>
    public static E Stored(E @event) => @event switch
    {
        E.Submitted e => e with { Package = Stored(e.Package) },
        E.Composed e => e with { Package = Stored(e.Package) },
        E.Supplemented e => e with { Package = Stored(e.Package) },
        E.Returned e => e with { Question = Sealed.Stored(e.Question)! },
        E.Reviewed e => e with { Text = Sealed.Stored(e.Text) },
        E.Acknowledged e => e with { Spoken = Stored(e.Spoken) },
        E.InformationAsked e => e with { Questions = Items.From(e.Questions.Select(q => q with { Text = Sealed.Stored(q.Text) })) },
        E.InformationAnswered e => e with { Answers = Items.From(e.Answers.Select(a => a with { Text = Sealed.Stored(a.Text) })) },
        E.HandOnBegun e => e with { Text = Sealed.Stored(e.Text) },
        E.Accepted e => e with { Unit = Sealed.Stored(e.Unit), Officer = Sealed.Stored(e.Officer), Spoken = Stored(e.Spoken) },
        E.Declined e => e with { Text = Sealed.Stored(e.Text), Spoken = Stored(e.Spoken) },
        E.Marked e => e with { Spoken = Stored(e.Spoken) },
        E.ProgressReported e => e with { Text = Sealed.Stored(e.Text), Spoken = Stored(e.Spoken) },
        E.MilestoneReached e => e with { Spoken = Stored(e.Spoken) },
        E.Held e => e with { Text = Sealed.Stored(e.Text) },
        E.ResultReported e => e with { Results = Stored(e.Results), NextStep = Sealed.Stored(e.NextStep), Spoken = Stored(e.Spoken) },
        E.ReportCorrected e => e with { Results = Stored(e.Results), NextStep = Sealed.Stored(e.NextStep), Why = Sealed.Stored(e.Why)! },
        E.ResultQuestioned e => e with { Question = Sealed.Stored(e.Question)! },
        E.RequestRaised e => e with { Text = Sealed.Stored(e.Text) },
        E.RequestSettled e => e with { Text = Sealed.Stored(e.Text) },
        E.DataRejected e => e with { Text = Sealed.Stored(e.Text) },
        E.DataRestored e => e with { Why = Sealed.Stored(e.Why)! },
        E.WithdrawalRequested e => e with { Text = Sealed.Stored(e.Text) },
        E.WithdrawalRefused e => e with { Why = Sealed.Stored(e.Why)! },
        E.Withdrawn e => e with { Text = Sealed.Stored(e.Text) },
        _ => @event,
    };

    private sealed record Met(ReferralState State, IReadOnlyList<C> All, IReadOnlyList<string> Allowed);

    private static Items<PackagePart> Stored(Items<PackagePart> package) => Items.From(package.Select(part => part with { Json = Sealed.Stored(part.Json)! }));

    private static Items<PersonResult> Stored(Items<PersonResult> results) => Items.From(results.Select(result => result with { Text = Sealed.Stored(result.Text) }));

    private static Spoken? Stored(Spoken? spoken) =>
        spoken is null ? null : new(Sealed.Stored(spoken.Name)!, Sealed.Stored(spoken.Post)!, Sealed.Stored(spoken.Number)!, spoken.SpokenAt);
}
