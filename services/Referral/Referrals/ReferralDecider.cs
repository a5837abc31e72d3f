using System.Diagnostics;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using static Hotline111.Referral.Referrals.ReferralCommand;
using static Hotline111.Referral.Referrals.ReferralState;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Referrals;

/// <summary>The rules of a referral, as one table read from top to bottom.</summary>
public static class ReferralDecider
{
    public static readonly Decider<ReferralState, ReferralCommand, ReferralEvent> Instance = new("referral", new None(), Evolve, Decide);

    /// <summary>The public names of the commands that a state allows, as the sheet shows them: what moves it first, then what may be said beside it.</summary>
    /// <param name="unseen">The case excludes the desk by now: what it was asked to stop is taken back without its answer.</param>
    public static IReadOnlyList<string> Allowed(ReferralState state, bool unseen = false) => [.. Moves(state), .. state is Out s ? Beside(s, unseen) : []];

    private static IReadOnlyList<string> Moves(ReferralState state) => state switch
    {
        None => ["draft"],
        Draft => ["submit", "withdraw", "assign-part"],
        AwaitingApproval => ["approve", "return", "withdraw", "assign-part"],
        // What was handed on may be declined without a receipt first: the desk before still answers for it.
        Sent { Facts: { PreviousId: not null, MustTakeCharge: false } } => ["acknowledge", "decline", "withdraw"],
        Sent => ["acknowledge", "withdraw"],
        // The desk acknowledges itself what was entered for it by phone.
        Acknowledged { Course: { Acknowledgement.Entry: { } entry } course } s when course.Unconfirmed.Contains(entry) => ["acknowledge", .. Answers(s), "ask-information", "withdraw"],
        Acknowledged s => [.. Answers(s), "ask-information", "withdraw"],
        NeedsInformation s => ["answer-information", .. Answers(s), "ask-information", "withdraw"],
        HandingOn => ["take-back", "withdraw"],
        Accepted => ["start", "mark", "report-progress", "reach-milestone", "report-result", "hold", "undo-acceptance"],
        Acting => ["mark", "report-progress", "reach-milestone", "report-result", "hold"],
        OnHold => ["resume", "mark", "report-result"],
        Reported { Course.Untold.Count: 0 } => ["confirm-result", "question-result", "correct-report", "mark"],
        // A supplement has named somebody of whom the report says nothing.
        Reported => ["question-result", "correct-report", "mark"],
        Closed { CorrectionDue: true } => ["confirm-result", "correct-report"],
        Closed => ["correct-report"],
        Declined or HandedOn or Withdrawn or Discarded => [],
        _ => throw new UnreachableException($"Unnamed state {state.GetType().Name}"),
    };

    private static IEnumerable<string> Answers(Out s)
    {
        yield return "accept";
        if (!s.Facts.MustTakeCharge)
            yield return "decline";
        if (s.Facts.Chain.Count < s.Facts.Policy.MostHops)
            yield return "hand-on";
    }

    private static IEnumerable<string> Beside(Out s, bool unseen)
    {
        if (TookCharge(s))
        {
            if (s.Course.WithdrawalReason is null || unseen)
                yield return "withdraw";
            if (s.Course.WithdrawalReason is not null)
            {
                yield return "agree-withdrawal";
                yield return "refuse-withdrawal";
            }
        }

        if (s is Accepted or Acting or OnHold)
        {
            if (!Asks(s, ReferralRequests.Extension))
                yield return "ask-extension";
            if (!s.Course.OutcomeUnknown)
                yield return "declare-outcome-unknown";
        }

        if (s is Acknowledged or NeedsInformation or Accepted or Acting or OnHold)
            yield return "ask-joint";
        if (!s.IsFinal)
        {
            yield return "flag-danger";
            // What is handed on is supplemented where it goes: the next desk would not learn of it here.
            if (s is not HandingOn)
                yield return "supplement";
            yield return "assign-part";
        }

        if (s.Course.Requests.Count > 0)
            yield return "settle-request";
        if (s.Course.Unconfirmed.Count > 0)
            yield return "confirm-entry";
        if (s.Course.ReviewDue)
            yield return "review";
        if (s.Course.Cut is not { Count: 0 })
            yield return "reject-data";
        if (HasReturned(s))
            yield return "restore-data";
    }

    private static Decision<ReferralEvent> Decide(ReferralState state, ReferralCommand command) => (state, command) switch
    {
        // Drafting, and what goes out without a draft of the hotline.
        (None, DraftReferral c) => [Drafted(c.Facts, c.By, c.At)],
        (Open s, DraftReferral c) => Same(s.Facts, c.Facts) ? [] : ReferralRefusals.AlreadyExists,
        (None or Draft, SendEmergency { Facts.Rule.ComposesWithoutRelease: false }) => ReferralRefusals.EmergencyOnly,
        (None, SendEmergency c) => [Drafted(c.Facts, c.By, c.At), Composed(c.Package, c.By, c.At), new E.Sent(SendingGround.Emergency, c.By, c.At)],
        (Draft s, SendEmergency c) when Same(s.Facts, c.Facts) => [Composed(c.Package, c.By, c.At), new E.Sent(SendingGround.Emergency, c.By, c.At)],
        // Only what says the same is the same emergency: new facts under its id would be believed to have gone out.
        (Out s and not Withdrawn, SendEmergency c) when Same(s.Facts, c.Facts) && s.Course.Ground == SendingGround.Emergency && s.Course.PackageHash == c.Package.PackageHash => [],
        (Open, SendEmergency) => ReferralRefusals.AlreadyExists,
        (None, Forward { Release: { } release } c) =>
            [Drafted(c.Facts, c.By, c.At), Sealed(release, c.By, c.At), new E.Sent(SendingGround.HandedOn, c.By, c.At)],
        (None, Forward { Composed: { } composed } c) =>
            [Drafted(c.Facts, c.By, c.At), Composed(composed, c.By, c.At), new E.Sent(SendingGround.HandedOn, c.By, c.At)],
        (Open s, Forward c) when Same(s.Facts, c.Facts) => [],
        (Open, Forward) => ReferralRefusals.AlreadyExists,
        (None, _) => ReferralRefusals.NotFound,

        (Draft s, Submit c) when IsForAnother(s, c.Release) => ReferralRefusals.ReleaseForAnother,
        (Draft { Facts.Rule.SendsAtOnce: true }, Submit c) => [Sealed(c.Release, c.By, c.At), new E.Sent(SendingGround.Emergency, c.By, c.At)],
        (Draft { Facts.Rule.SendsAtOnceWithoutSupervisor: true }, Submit { NoSupervisorOnDuty: true } c) =>
            [Sealed(c.Release, c.By, c.At), new E.Sent(SendingGround.NoSupervisorOnDuty, c.By, c.At)],
        (Draft, Submit c) => [Sealed(c.Release, c.By, c.At)],
        (AwaitingApproval s, Submit c) when s.PackageHash == c.Release.PackageHash => [],
        (Out s, Submit c) when s.Course.PackageHash == c.Release.PackageHash => [],

        (AwaitingApproval, Approve c) => [new E.Sent(SendingGround.Approved, c.By, c.At)],
        (Out { Course.Ground: SendingGround.Approved }, Approve) => [],
        (AwaitingApproval, Return c) => [new E.Returned(c.Question, c.By, c.At)],
        (Draft { Returned: true }, Return) => [],

        (Out { IsFinal: false } s, Supplement c) when IsForAnother(s, c.Release) => ReferralRefusals.ReleaseForAnother,
        (Out { IsFinal: false } s, Supplement c) when s.Course.PackageHash == c.Release.PackageHash => [],
        (HandingOn s, Supplement) => ReferralRefusals.SupplementTheNext(s),
        (Out { IsFinal: false } s, Supplement { Release: var r } c) =>
            [new E.Supplemented(s.Course.Supplements + 1, r.Profile, r.Basis, r.PackageHash, r.Signature, r.ReleasedAt, r.Parts, c.By, c.At)],

        (Out { Course.ReviewDue: true }, Review c) => [new E.Reviewed(c.Finding, c.Text, c.By, c.At)],
        (Open { IsFinal: false } s, AssignPart c) => s.Facts.Part == c.Part ? [] : [new E.PartAssigned(c.Part, c.By, c.At)],

        // The desk's answers.
        (Sent, Acknowledge c) => [new E.Acknowledged(c.By, c.At, c.Spoken, c.Spoken is null ? null : c.Entry)],
        (Out { Course.Acknowledgement: { } first } s, Acknowledge c) => AcknowledgedAlready(s, first, c),
        (Out s, ConfirmEntry c) when s.Course.Unconfirmed.Contains(c.Entry) => [new E.EntryConfirmed(c.Entry, c.By, c.At)],
        (Out s, ConfirmEntry c) => s.Course.Entries.Contains(c.Entry) ? [] : ReferralRefusals.EntryUnknown,

        (Acknowledged or NeedsInformation, AskInformation c) => Asked((Out)state, c),
        (NeedsInformation, AnswerInformation c) => [new E.InformationAnswered(c.Answers, c.By, c.At)],

        (Acknowledged or NeedsInformation, HandOn c) => HandingOnTo((Out)state, c),
        (HandingOn s, HandOn c) when s.NextDeskId == c.NextDeskId => [],
        (HandingOn s, TakeBack c) => [new E.HandOnEnded(s.NextId, HandOnEnds.TakenBack, c.By, c.At)],
        (HandingOn s, CompleteHandOn c) when s.NextId == c.NextId => [new E.HandedOn(c.NextId, c.At)],
        (HandedOn s, CompleteHandOn c) when s.NextId == c.NextId => [],
        (HandingOn s, EndHandOn c) when s.NextId == c.NextId => [new E.HandOnEnded(c.NextId, c.Cause, c.By, c.At)],

        (Acknowledged or NeedsInformation, Accept c) => [new E.Accepted(c.Unit, c.Officer, c.ExpectedOn, c.By, c.At, c.Spoken, c.Spoken is null ? null : c.Entry)],
        (Accepted s, Accept c) when s.By == c.By && s.ExpectedOn == c.ExpectedOn => [],
        (Accepted s, Accept) => ReferralRefusals.AlreadyAnswered(s.Name, s.By, s.At),
        (Declined s, Accept) => ReferralRefusals.AlreadyAnswered(s.Name, s.By, s.At),
        (Accepted s, UndoAcceptance c) when c.At > s.At.AddMinutes(s.Facts.Policy.UndoAcceptanceMinutes) => ReferralRefusals.UndoTooLate,
        // The hotline has asked the desk to stop: with the acceptance goes what kept it from taking the referral back.
        (Accepted { Course.WithdrawalReason: { } reason }, UndoAcceptance c) => [new E.AcceptanceUndone(c.By, c.At), new E.Withdrawn(reason, null, c.By, c.At)],
        (Accepted, UndoAcceptance c) => [new E.AcceptanceUndone(c.By, c.At)],

        (Acknowledged or NeedsInformation or Sent { Facts.PreviousId: not null }, Decline c) => Declining((Out)state, c),
        (Declined s, Decline c) when s.By == c.By && s.Reason == c.Reason && s.AdvisedDeskId == c.AdvisedDeskId => [],
        (Declined s, Decline) => ReferralRefusals.AlreadyAnswered(s.Name, s.By, s.At),
        (Accepted s, Decline) => ReferralRefusals.AlreadyAnswered(s.Name, s.By, s.At),

        // The desk's work.
        (Accepted, Start c) => [new E.Started(c.By, c.At)],
        (Acting, Start) => [],
        (Accepted or Acting or OnHold or Reported, Mark c) => Marking((Out)state, c),
        (Out s, ReportProgress c) when s.Course.Entries.Contains(c.Entry) => [],
        (Accepted or Acting, ReportProgress c) => [new E.ProgressReported(c.Progress, c.Text, c.Entry, c.Spoken, c.By, c.At)],
        (Out s, ReachMilestone c) when s.Course.Milestones.Contains(c.Milestone) => [],
        (Accepted or Acting, ReachMilestone c) => [new E.MilestoneReached(c.Milestone, c.OccurredAt, c.Entry, c.Spoken, c.By, c.At)],
        (Accepted or Acting, Hold c) => [new E.Held(c.Reason, c.Until, c.Text, c.By, c.At)],
        (OnHold s, Hold c) when s.Until == c.Until => [],
        (OnHold, Resume c) => [new E.Resumed(c.By, c.At)],
        (Acting, Resume) => [],

        (Out s, ReportResult c) when s.Course.Entries.Contains(c.Entry) => [],
        (Accepted or Acting or OnHold, ReportResult c) when Missing((Out)state, c.Results) is { } missing => missing,
        (Accepted, ReportResult c) => [new E.Started(c.By, c.At), Result(c)],
        (Acting, ReportResult c) => [Result(c)],
        (OnHold, ReportResult c) => [new E.Resumed(c.By, c.At), Result(c)],
        (Reported s, ReportResult) => ReferralRefusals.AlreadyReported(s.By, s.At),
        (Out s, CorrectReport c) when s.Course.Entries.Contains(c.Entry) => [],
        (Reported or Closed, CorrectReport c) when Missing((Out)state, c.Results) is { } missing => missing,
        (Reported or Closed, CorrectReport c) => [new E.ReportCorrected(c.Results, c.TellCaller, c.NextStep, c.OccurredAt, c.Why, c.Entry, c.By, c.At)],
        (Reported { Course.Untold: { Count: > 0 } untold }, ConfirmResult) => ReferralRefusals.ResultsIncomplete(untold, []),
        (Reported or Closed { CorrectionDue: true }, ConfirmResult c) => [new E.ResultConfirmed(c.By, c.At)],
        (Closed, ConfirmResult) => [],
        (Reported, QuestionResult c) => [new E.ResultQuestioned(c.Question, c.By, c.At)],
        (Accepted or Acting or OnHold, DeclareOutcomeUnknown c) => ((Out)state).Course.OutcomeUnknown ? [] : [new E.OutcomeUnknown(c.By, c.At)],

        // What the desk asks of the hotline beside its answers.
        (Out s, AskExtension c) when s.Course.Entries.Contains(c.RequestId) => [],
        (Out s, AskJoint c) when s.Course.Entries.Contains(c.RequestId) => [],
        (Out s, FlagDanger c) when s.Course.Entries.Contains(c.RequestId) => [],
        (Accepted or Acting or OnHold, AskExtension) when Asks((Out)state, ReferralRequests.Extension) => ReferralRefusals.RequestOpen,
        (Accepted or Acting or OnHold, AskExtension c) => [new E.RequestRaised(c.RequestId, ReferralRequests.Extension, c.Until, null, [], c.Text, c.By, c.At)],
        (Acknowledged or NeedsInformation or Accepted or Acting or OnHold, AskJoint c) =>
            ((Open)state).Facts.DeskId == c.DeskId ? ReferralRefusals.AdvisedDeskIsOwn : [new E.RequestRaised(c.RequestId, ReferralRequests.Joint, null, c.DeskId, [], c.Text, c.By, c.At)],
        (Out { IsFinal: false }, FlagDanger c) => [new E.RequestRaised(c.RequestId, ReferralRequests.Danger, null, null, c.RiskSigns, c.Text, c.By, c.At)],
        (Out s, SettleRequest c) => Settled(s, c),

        (Out s, RejectData c) => s.Course.Cut is { } cut && (cut.Count == 0 || (c.Fields.Count > 0 && c.Fields.All(cut.Contains))) ? [] : [new E.DataRejected(c.Fields, c.Text, c.By, c.At)],
        (Out s, RestoreData c) when HasReturned(s) => [new E.DataRestored(c.Why, c.By, c.At)],
        (Out, RestoreData) => [],

        // Taking back.
        (Draft or AwaitingApproval or Sent or Acknowledged or NeedsInformation or HandingOn, Withdraw c) => [new E.Withdrawn(c.Reason, c.Text, c.By, c.At)],
        (Accepted or Acting or OnHold or Reported, Withdraw { Unseen: true } c) => [new E.Withdrawn(c.Reason, c.Text, c.By, c.At)],
        (Accepted or Acting or OnHold or Reported, Withdraw c) =>
            ((Out)state).Course.WithdrawalReason is null ? [new E.WithdrawalRequested(c.Reason, c.Text, c.By, c.At)] : [],
        (Withdrawn or Discarded, Withdraw or AgreeWithdrawal or Retract) => [],
        (Out { Course.WithdrawalReason: { } reason }, AgreeWithdrawal c) => [new E.Withdrawn(reason, null, c.By, c.At)],
        (Out { Course.WithdrawalReason: not null }, RefuseWithdrawal c) => [new E.WithdrawalRefused(c.Why, c.By, c.At)],
        (Draft or AwaitingApproval or Sent, Retract c) => [new E.Withdrawn(c.Reason, null, c.By, c.At)],

        (_, Submit or Approve or Return or Supplement or Review or AssignPart or Acknowledge or ConfirmEntry or AskInformation or AnswerInformation or HandOn or TakeBack
            or CompleteHandOn or EndHandOn or Accept or UndoAcceptance or Decline or Start or Mark or ReportProgress or ReachMilestone or Hold or Resume or ReportResult or CorrectReport
            or ConfirmResult or QuestionResult or DeclareOutcomeUnknown or AskExtension or AskJoint or FlagDanger or SettleRequest or RejectData or RestoreData or Withdraw
            or AgreeWithdrawal or RefuseWithdrawal or Retract) => ReferralRefusals.NotAllowedNow(state),
        _ => throw new UnreachableException($"No rule for {command.GetType().Name} in {state.GetType().Name}"),
    };

    private static bool TookCharge(Out s) => s is Accepted or Acting or OnHold or Reported;

    private static bool Asks(Out s, string kind) => s.Course.Requests.Any(request => request.Kind == kind);

    private static bool HasReturned(Out s) => s.Course.CutThrough is not null || s.Course.CutFields.Count > 0;

    private static bool IsForAnother(Open s, SealedRelease release) => release.CaseId != s.Facts.CaseId || release.DeskId != s.Facts.DeskId;

    // The number is drawn and the edition chosen when it begins; the part may change. Neither makes it another referral.
    private static bool Same(ReferralFacts one, ReferralFacts other) => one with { Number = other.Number, PolicyEdition = other.PolicyEdition, Part = other.Part } == other;

    private static E.Drafted Drafted(ReferralFacts f, string by, DateTimeOffset at) =>
        new(f.Number, f.CaseId, f.DeskId, f.AgencyId, f.Sector, f.ProvinceCode, f.Purpose, f.Urgency, by, at, f.PolicyEdition, f.Part, f.PreviousId, f.Chain.Count == 0 ? null : f.Chain);

    private static E.Submitted Sealed(SealedRelease r, string by, DateTimeOffset at) => new(r.Profile, r.Basis, r.PackageHash, r.Signature, r.ReleasedAt, r.Parts, by, at);

    private static E.Composed Composed(ComposedPackage p, string by, DateTimeOffset at) => new(p.Profile, p.Basis, p.PackageHash, p.Parts, p.ContactId, by, at);

    // The first one counts. A liaison who acknowledges what the hotline had written down for the desk confirms it.
    private static Decision<ReferralEvent> AcknowledgedAlready(Out s, Answered first, Acknowledge c) => s switch
    {
        Accepted a => ReferralRefusals.AlreadyAnswered(a.Name, a.By, a.At),
        Declined d => ReferralRefusals.AlreadyAnswered(d.Name, d.By, d.At),
        Acknowledged when c.Spoken is null && first.Entry is { } entry && s.Course.Unconfirmed.Contains(entry) => [new E.EntryConfirmed(entry, c.By, c.At)],
        Acknowledged when first.By == c.By || (c.Spoken is null && s.Course.Entries.Contains(c.Entry)) => [],
        Acknowledged => ReferralRefusals.AlreadyAcknowledged(first, s),
        _ => ReferralRefusals.NotAllowedNow(s),
    };

    private static Decision<ReferralEvent> Asked(Out s, AskInformation c)
    {
        if (s.Course.Entries.Contains(c.Entry))
            return [];
        var pauses = s.Facts.Rule.Pauses && s is not NeedsInformation && s.Course.Pauses < s.Facts.Policy.MostPauses;
        return [new E.InformationAsked(c.Questions, pauses, c.Entry, c.By, c.At)];
    }

    private static Decision<ReferralEvent> HandingOnTo(Out s, HandOn c) => s.Facts switch
    {
        var f when f.DeskId == c.NextDeskId || f.Chain.Contains(c.NextDeskId) => ReferralRefusals.HandOnLoop,
        { Chain.Count: var hops, Policy.MostHops: var most } when hops >= most => ReferralRefusals.HandOnTooFar,
        _ => [new E.HandOnBegun(c.NextId, c.NextDeskId, c.NextAgencyId, c.Text, c.By, c.At)],
    };

    private static Decision<ReferralEvent> Declining(Out s, Decline c) => c switch
    {
        _ when s.Facts.MustTakeCharge => s is Sent ? ReferralRefusals.NotAllowedNow(s) : ReferralRefusals.EmergencyMustBeTaken(s),
        { Reason: DeclineReasons.NotCompetent or DeclineReasons.WrongTerritory, AdvisedDeskId: null } => ReferralRefusals.AdvisedDeskNeeded,
        _ when c.AdvisedDeskId == s.Facts.DeskId => ReferralRefusals.AdvisedDeskIsOwn,
        { Reason: DeclineReasons.Other, Text: null } => ReferralRefusals.TextNeeded,
        _ => [new E.Declined(c.Reason, c.AdvisedDeskId, c.Text, c.By, c.At, c.Spoken, c.Spoken is null ? null : c.Entry)],
    };

    // The same step told twice within a minute is one step; told by the desk itself, it confirms what the hotline had written down.
    private static Decision<ReferralEvent> Marking(Out s, Mark c)
    {
        if (s.Course.Entries.Contains(c.Entry))
            return [];
        var same = s.Course.Marks.FirstOrDefault(mark => mark.Mark == c.Code && (mark.OccurredAt - c.OccurredAt).Duration() < TimeSpan.FromMinutes(1));
        if (same is null)
            return [new E.Marked(c.Code, c.OccurredAt, c.Entry, c.Spoken, c.By, c.At)];
        return c.Spoken is null && s.Course.Unconfirmed.Contains(same.Entry) ? [new E.EntryConfirmed(same.Entry, c.By, c.At)] : [];
    }

    private static E.ResultReported Result(ReportResult c) => new(c.Results, c.TellCaller, c.NextStep, c.OccurredAt, c.Entry, c.Spoken, c.By, c.At);

    // Every person gets a result or an explicit "not applicable"; nobody is left out, nobody is invented.
    private static Refusal? Missing(Out s, Items<PersonResult> results)
    {
        var told = results.Select(result => result.PersonId).ToList();
        var expected = s.Course.Persons.Count == 0 ? [null] : s.Course.Persons.Select(person => (Guid?)person).ToList();
        return told.Count == told.Distinct().Count() && told.ToHashSet().SetEquals(expected)
            ? null
            : ReferralRefusals.ResultsIncomplete([.. expected.Except(told).OfType<Guid>()], [.. told.Except(expected).OfType<Guid>()]);
    }

    private static Decision<ReferralEvent> Settled(Out s, SettleRequest c)
    {
        if (s.Course.Requests.FirstOrDefault(request => request.Id == c.RequestId) is not { } open)
            return s.Course.Entries.Contains(c.RequestId) ? [] : ReferralRefusals.RequestUnknown;
        var fits = open.Kind == ReferralRequests.Danger ? c.Decision == RequestDecisions.Noted : c.Decision is RequestDecisions.Granted or RequestDecisions.Refused;
        return fits ? [new E.RequestSettled(c.RequestId, open.Kind, c.Decision, c.Text, c.By, c.At)] : ReferralRefusals.DecisionUnfit;
    }
}
