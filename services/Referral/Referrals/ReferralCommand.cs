using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;

namespace Hotline111.Referral.Referrals;

/// <summary>What people and machines ask of a referral. Where a command carries <see cref="Spoken"/>, the hotline may give it for an officer who answered by phone.</summary>
public abstract record ReferralCommand
{
    private ReferralCommand()
    {
    }

    /// <summary>Begin a referral to a desk; its number was drawn before.</summary>
    public sealed record DraftReferral(ReferralFacts Facts, string By, DateTimeOffset At) : ReferralCommand;

    /// <summary>Hand in the released package.</summary>
    /// <param name="Release">Verified before: signature, hash, desk and present profile.</param>
    /// <param name="NoSupervisorOnDuty">Nobody can approve now; where the policy lets it, it goes out and is reviewed afterwards.</param>
    public sealed record Submit(SealedRelease Release, bool NoSupervisorOnDuty, string By, DateTimeOffset At) : ReferralCommand;

    /// <summary>Send an emergency with a package composed from the contact page, without Case's release.</summary>
    public sealed record SendEmergency(ReferralFacts Facts, ComposedPackage Package, string By, DateTimeOffset At) : ReferralCommand;

    /// <summary>Send what is handed on within an agency, with the package that the agency has already.</summary>
    /// <param name="Release">The package that Case released; null when it was composed.</param>
    /// <param name="Composed">The package that was composed in an emergency; null when Case released one.</param>
    public sealed record Forward(ReferralFacts Facts, SealedRelease? Release, ComposedPackage? Composed, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record Approve(string By, DateTimeOffset At) : ReferralCommand;

    public sealed record Return(Personal<string> Question, string By, DateTimeOffset At) : ReferralCommand;

    /// <summary>Send later facts: the whole package as Case released it anew.</summary>
    public sealed record Supplement(SealedRelease Release, string By, DateTimeOffset At) : ReferralCommand;

    /// <summary>Say what the review of a referral that went out without approval found.</summary>
    public sealed record Review(string Finding, Personal<string>? Text, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record AssignPart(string Part, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record Acknowledge(Spoken? Spoken, Guid Entry, string By, DateTimeOffset At) : ReferralCommand;

    /// <summary>The desk confirms what the hotline wrote down for it.</summary>
    public sealed record ConfirmEntry(Guid Entry, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record AskInformation(Items<FieldQuestion> Questions, Guid Entry, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record AnswerInformation(Items<FieldAnswer> Answers, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record HandOn(Guid NextId, string NextDeskId, string NextAgencyId, Personal<string>? Text, string By, DateTimeOffset At) : ReferralCommand;

    /// <summary>The desk takes back what it was handing on.</summary>
    public sealed record TakeBack(string By, DateTimeOffset At) : ReferralCommand;

    /// <summary>The next desk has acknowledged.</summary>
    public sealed record CompleteHandOn(Guid NextId, DateTimeOffset At) : ReferralCommand;

    /// <summary>The next desk has declined, or its referral was withdrawn, or it was silent to the end.</summary>
    /// <param name="Cause">Code of list hand-on-end.</param>
    public sealed record EndHandOn(Guid NextId, string Cause, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record Accept(Personal<string>? Unit, Personal<string>? Officer, DateOnly? ExpectedOn, Spoken? Spoken, Guid Entry, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record UndoAcceptance(string By, DateTimeOffset At) : ReferralCommand;

    public sealed record Decline(string Reason, string? AdvisedDeskId, Personal<string>? Text, Spoken? Spoken, Guid Entry, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record Start(string By, DateTimeOffset At) : ReferralCommand;

    /// <param name="OccurredAt">When it happened, not later than now.</param>
    public sealed record Mark(string Code, DateTimeOffset OccurredAt, Spoken? Spoken, Guid Entry, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record ReportProgress(string Progress, Personal<string>? Text, Spoken? Spoken, Guid Entry, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record ReachMilestone(string Milestone, DateTimeOffset OccurredAt, Spoken? Spoken, Guid Entry, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record Hold(string Reason, DateOnly Until, Personal<string>? Text, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record Resume(string By, DateTimeOffset At) : ReferralCommand;

    public sealed record ReportResult(
        Items<PersonResult> Results, string TellCaller, Personal<string>? NextStep, DateTimeOffset OccurredAt, Spoken? Spoken, Guid Entry, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record CorrectReport(
        Items<PersonResult> Results, string TellCaller, Personal<string>? NextStep, DateTimeOffset OccurredAt, Personal<string> Why, Guid Entry, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record ConfirmResult(string By, DateTimeOffset At) : ReferralCommand;

    public sealed record QuestionResult(Personal<string> Question, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record AskExtension(Guid RequestId, DateOnly Until, Personal<string>? Text, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record AskJoint(Guid RequestId, string DeskId, Personal<string>? Text, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record FlagDanger(Guid RequestId, Items<string> RiskSigns, Personal<string>? Text, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record SettleRequest(Guid RequestId, string Decision, Personal<string>? Text, string By, DateTimeOffset At) : ReferralCommand;

    /// <summary>The desk was sent data that it should not have.</summary>
    /// <param name="Fields">Names of package fields; empty for the whole package.</param>
    public sealed record RejectData(Items<string> Fields, Personal<string>? Text, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record RestoreData(Personal<string> Why, string By, DateTimeOffset At) : ReferralCommand;

    /// <summary>Take the referral back: at once before the desk takes charge, by asking it afterwards.</summary>
    /// <param name="Unseen">The case excludes the desk by now: nobody there could answer, so it is taken back at once in any case.</param>
    public sealed record Withdraw(string Reason, Personal<string>? Text, string By, DateTimeOffset At, bool Unseen = false) : ReferralCommand;

    public sealed record AgreeWithdrawal(string By, DateTimeOffset At) : ReferralCommand;

    public sealed record RefuseWithdrawal(Personal<string> Why, string By, DateTimeOffset At) : ReferralCommand;

    /// <summary>Take back what was being handed on to a desk that has not acknowledged.</summary>
    /// <param name="Reason">Code of list withdrawal-reason.</param>
    public sealed record Retract(string Reason, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record DeclareOutcomeUnknown(string By, DateTimeOffset At) : ReferralCommand;
}

/// <summary>A release whose signature and hash were verified, in the parts that will be sealed.</summary>
public sealed record SealedRelease(
    Guid CaseId, string DeskId, string Profile, string Basis, string PackageHash, string Signature, DateTimeOffset ReleasedAt, Items<PackagePart> Parts);

/// <summary>A package that was composed from the contact page in an emergency, in the parts that will be sealed.</summary>
public sealed record ComposedPackage(string Profile, string Basis, string PackageHash, Items<PackagePart> Parts, Guid ContactId);
