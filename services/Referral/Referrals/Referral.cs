using System.Text.Json.Serialization;
using Hotline111.Contracts;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;

namespace Hotline111.Referral.Referrals;

/// <summary>Everything that can happen to a referral: one request to one desk. The strings are the stored names and never change.</summary>
[JsonDerivedType(typeof(Drafted), "referral-drafted.v1")]
[JsonDerivedType(typeof(Submitted), "referral-submitted.v1")]
[JsonDerivedType(typeof(Composed), "referral-composed.v1")]
[JsonDerivedType(typeof(Returned), "referral-returned.v1")]
[JsonDerivedType(typeof(Sent), "referral-sent.v1")]
[JsonDerivedType(typeof(Supplemented), "referral-supplemented.v1")]
[JsonDerivedType(typeof(Reviewed), "referral-reviewed.v1")]
[JsonDerivedType(typeof(PartAssigned), "referral-part-assigned.v1")]
[JsonDerivedType(typeof(Acknowledged), "referral-acknowledged.v1")]
[JsonDerivedType(typeof(EntryConfirmed), "referral-entry-confirmed.v1")]
[JsonDerivedType(typeof(InformationAsked), "referral-information-asked.v1")]
[JsonDerivedType(typeof(InformationAnswered), "referral-information-answered.v1")]
[JsonDerivedType(typeof(HandOnBegun), "referral-hand-on-begun.v1")]
[JsonDerivedType(typeof(HandedOn), "referral-handed-on.v1")]
[JsonDerivedType(typeof(HandOnEnded), "referral-hand-on-ended.v1")]
[JsonDerivedType(typeof(Accepted), "referral-accepted.v1")]
[JsonDerivedType(typeof(AcceptanceUndone), "referral-acceptance-undone.v1")]
[JsonDerivedType(typeof(Declined), "referral-declined.v1")]
[JsonDerivedType(typeof(Started), "referral-started.v1")]
[JsonDerivedType(typeof(Marked), "referral-marked.v1")]
[JsonDerivedType(typeof(ProgressReported), "referral-progress-reported.v1")]
[JsonDerivedType(typeof(MilestoneReached), "referral-milestone-reached.v1")]
[JsonDerivedType(typeof(Held), "referral-held.v1")]
[JsonDerivedType(typeof(Resumed), "referral-resumed.v1")]
[JsonDerivedType(typeof(ResultReported), "referral-result-reported.v1")]
[JsonDerivedType(typeof(ReportCorrected), "referral-report-corrected.v1")]
[JsonDerivedType(typeof(ResultConfirmed), "referral-result-confirmed.v1")]
[JsonDerivedType(typeof(ResultQuestioned), "referral-result-questioned.v1")]
[JsonDerivedType(typeof(RequestRaised), "referral-request-raised.v1")]
[JsonDerivedType(typeof(RequestSettled), "referral-request-settled.v1")]
[JsonDerivedType(typeof(DataRejected), "referral-data-rejected.v1")]
[JsonDerivedType(typeof(DataRestored), "referral-data-restored.v1")]
[JsonDerivedType(typeof(WithdrawalRequested), "referral-withdrawal-requested.v1")]
[JsonDerivedType(typeof(WithdrawalRefused), "referral-withdrawal-refused.v1")]
[JsonDerivedType(typeof(Withdrawn), "referral-withdrawn.v1")]
[JsonDerivedType(typeof(OutcomeUnknown), "referral-outcome-unknown.v1")]
public abstract record ReferralEvent
{
    private ReferralEvent()
    {
    }

    /// <summary>A counsellor began a referral to a desk, or a desk began to hand one on.</summary>
    /// <param name="Policy">Edition of the policy it was born with; null before editions were recorded.</param>
    /// <param name="PreviousId">The referral that is handed on to this desk, or null.</param>
    /// <param name="Chain">The desks it went through before, first one first.</param>
    public sealed record Drafted(
        [Coded(Ids.Number)] string Number,
        Guid CaseId,
        [Coded(Ids.Desk)] string DeskId,
        [Coded(Ids.Agency)] string AgencyId,
        [Coded("receiving-sector")] string Sector,
        [Coded(Ids.Province)] string? ProvinceCode,
        [Coded("referral-purpose")] string Purpose,
        [Coded("urgency")] string Urgency,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At,
        [Coded(Ids.Policy)] string? Policy = null,
        [Coded("referral-part")] string? Part = null,
        Guid? PreviousId = null,
        [Coded(Ids.Desk)] Items<string>? Chain = null) : ReferralEvent;

    /// <summary>The package that Case released was verified and sealed with this service's keys.</summary>
    public sealed record Submitted(
        [Coded(Ids.Profile)] string Profile,
        [Coded("disclosure-basis")] string Basis,
        [Coded(Ids.Sha256)] string PackageHash,
        [Coded(Ids.Base64)] string Signature,
        DateTimeOffset ReleasedAt,
        Items<PackagePart> Package,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ReferralEvent;

    /// <summary>In an emergency the package was composed from the contact page, without Case's release, on the basis of a vital interest.</summary>
    /// <param name="ContactId">The contact it was composed from.</param>
    public sealed record Composed(
        [Coded(Ids.Profile)] string Profile,
        [Coded("disclosure-basis")] string Basis,
        [Coded(Ids.Sha256)] string PackageHash,
        Items<PackagePart> Package,
        Guid ContactId,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ReferralEvent;

    /// <summary>The supervisor asks for a change before it may go out.</summary>
    public sealed record Returned(Personal<string> Question, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The referral went out; the desk owes an acknowledgement.</summary>
    public sealed record Sent([Coded(Ids.SendingGround)] string Ground, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>Later facts went out: the whole package as Case released it anew. The earlier ones stay; the reader is shown the difference.</summary>
    /// <param name="Number">From 1.</param>
    public sealed record Supplemented(
        int Number,
        [Coded(Ids.Profile)] string Profile,
        [Coded("disclosure-basis")] string Basis,
        [Coded(Ids.Sha256)] string PackageHash,
        [Coded(Ids.Base64)] string Signature,
        DateTimeOffset ReleasedAt,
        Items<PackagePart> Package,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ReferralEvent;

    /// <summary>A supervisor reviewed what had gone out without approval.</summary>
    public sealed record Reviewed([Coded("review-finding")] string Finding, Personal<string>? Text, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk leads on the case, or helps.</summary>
    public sealed record PartAssigned([Coded("referral-part")] string Part, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>A named liaison confirmed receipt; or an officer did by phone, and the counsellor wrote it down.</summary>
    /// <param name="Spoken">Who said it by phone; null when the liaison answered here.</param>
    /// <param name="Entry">Names a spoken answer until the desk has confirmed it; null with <paramref name="Spoken"/>.</param>
    public sealed record Acknowledged([Coded(Ids.Actor)] string By, DateTimeOffset At, Spoken? Spoken = null, Guid? Entry = null) : ReferralEvent;

    /// <summary>The desk confirmed what the hotline had written down for it.</summary>
    public sealed record EntryConfirmed(Guid Entry, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk needs more before it can answer.</summary>
    /// <param name="Pauses">Whether its clock stops: not in an emergency, and no more often than the policy allows.</param>
    public sealed record InformationAsked(Items<FieldQuestion> Questions, bool Pauses, Guid Entry, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The hotline answered, field by field.</summary>
    public sealed record InformationAnswered(Items<FieldAnswer> Answers, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk hands the referral on. It stays answerable until the next desk has acknowledged.</summary>
    /// <param name="NextId">The referral to the next desk.</param>
    public sealed record HandOnBegun(
        Guid NextId,
        [Coded(Ids.Desk)] string NextDeskId,
        [Coded(Ids.Agency)] string NextAgencyId,
        Personal<string>? Text,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ReferralEvent;

    /// <summary>The next desk has acknowledged.</summary>
    public sealed record HandedOn(Guid NextId, DateTimeOffset At) : ReferralEvent;

    /// <summary>The hand-on came to nothing: the desk has the referral again.</summary>
    public sealed record HandOnEnded(Guid NextId, [Coded("hand-on-end")] string Cause, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk takes charge.</summary>
    public sealed record Accepted(
        Personal<string>? Unit,
        Personal<string>? Officer,
        DateOnly? ExpectedOn,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At,
        Spoken? Spoken = null,
        Guid? Entry = null) : ReferralEvent;

    /// <summary>The desk took its acceptance back in time.</summary>
    public sealed record AcceptanceUndone([Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk declines with a reason.</summary>
    public sealed record Declined(
        [Coded("decline-reason")] string Reason,
        [Coded(Ids.Desk)] string? AdvisedDeskId,
        Personal<string>? Text,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At,
        Spoken? Spoken = null,
        Guid? Entry = null) : ReferralEvent;

    /// <summary>The desk began to act.</summary>
    public sealed record Started([Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>An officer reported a step by one key. Marks come late and out of order; each stands with the time at which it happened.</summary>
    public sealed record Marked(
        [Coded("mark")] string Mark, DateTimeOffset OccurredAt, Guid Entry, Spoken? Spoken, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>An interim answer.</summary>
    public sealed record ProgressReported(
        [Coded("progress")] string Progress, Personal<string>? Text, Guid Entry, Spoken? Spoken, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>A legal step was done (Law 53/2024/QH15 art. 27, Decree 56/2017/NĐ-CP art. 26).</summary>
    public sealed record MilestoneReached(
        [Coded("milestone")] string Milestone, DateTimeOffset OccurredAt, Guid Entry, Spoken? Spoken, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk pauses its work.</summary>
    public sealed record Held([Coded("hold-reason")] string Reason, DateOnly Until, Personal<string>? Text, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk goes on.</summary>
    public sealed record Resumed([Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>What came of it, for every person the package names.</summary>
    /// <param name="TellCaller">What the hotline may tell the caller.</param>
    /// <param name="OccurredAt">When it came about; counts in the period of that time.</param>
    public sealed record ResultReported(
        Items<PersonResult> Results,
        [Coded("tell-caller")] string TellCaller,
        Personal<string>? NextStep,
        DateTimeOffset OccurredAt,
        Guid Entry,
        Spoken? Spoken,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk corrected its report: this one holds, the earlier one stays in history.</summary>
    public sealed record ReportCorrected(
        Items<PersonResult> Results,
        [Coded("tell-caller")] string TellCaller,
        Personal<string>? NextStep,
        DateTimeOffset OccurredAt,
        Personal<string> Why,
        Guid Entry,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ReferralEvent;

    /// <summary>The hotline confirmed the result: the referral is closed.</summary>
    public sealed record ResultConfirmed([Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The hotline returned the report with a question.</summary>
    public sealed record ResultQuestioned(Personal<string> Question, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk asks something of the hotline beside its answers: more time, another agency beside it, attention to a danger.</summary>
    /// <param name="Until">The day that an extension asks for; null otherwise.</param>
    /// <param name="NamedDeskId">The desk to be joined; null otherwise.</param>
    /// <param name="RiskSigns">What the danger is; empty otherwise.</param>
    public sealed record RequestRaised(
        Guid RequestId,
        [Coded("referral-request")] string Kind,
        DateOnly? Until,
        [Coded(Ids.Desk)] string? NamedDeskId,
        [Coded("risk-sign")] Items<string> RiskSigns,
        Personal<string>? Text,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ReferralEvent;

    /// <summary>The hotline answered such a request.</summary>
    public sealed record RequestSettled(
        Guid RequestId, [Coded("referral-request")] string Kind, [Coded("request-decision")] string Decision, Personal<string>? Text, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk was sent data that it should not have: from now on it is not shown these fields.</summary>
    /// <param name="Fields">Names of package fields; empty for the whole package.</param>
    public sealed record DataRejected(
        [Coded(Ids.PackageField)] Items<string> Fields, Personal<string>? Text, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The hotline opened the desk's view again.</summary>
    public sealed record DataRestored(Personal<string> Why, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The hotline asks the desk, which had taken charge, to stop.</summary>
    public sealed record WithdrawalRequested(
        [Coded("withdrawal-reason")] string Reason, Personal<string>? Text, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The desk cannot stop, and says why.</summary>
    public sealed record WithdrawalRefused(Personal<string> Why, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>The referral was taken back. That data had gone out stays on record.</summary>
    public sealed record Withdrawn([Coded("withdrawal-reason")] string Reason, Personal<string>? Text, [Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;

    /// <summary>Nobody can say what came of it. An overlay: any later answer of the desk lifts it, and it never closes a referral.</summary>
    public sealed record OutcomeUnknown([Coded(Ids.Actor)] string By, DateTimeOffset At) : ReferralEvent;
}

/// <summary>One part of the sealed package: the request itself (owner: the referral) or one person (owner: the person), so that a person can be erased alone.</summary>
/// <param name="PersonId">The person, or null for the request part.</param>
/// <param name="Json">Canonical JSON of the part.</param>
public sealed record PackagePart(Guid? PersonId, Personal<string> Json);

/// <summary>Who gave an answer by phone, as the counsellor wrote it down: what makes it count (post, number and time beside the name).</summary>
/// <param name="SpokenAt">When the officer said it.</param>
public sealed record Spoken(Personal<string> Name, Personal<string> Post, Personal<string> Number, DateTimeOffset SpokenAt);

/// <summary>A question about one field of the package.</summary>
/// <param name="Field">The field's name ("person.name").</param>
/// <param name="PersonId">The person it is about, or null.</param>
public sealed record FieldQuestion([Coded(Ids.PackageField)] string Field, Guid? PersonId, Personal<string>? Text);

/// <summary>The hotline's answer about one field.</summary>
/// <param name="Text">The answer in words; null when nothing is known.</param>
public sealed record FieldAnswer([Coded(Ids.PackageField)] string Field, Guid? PersonId, Personal<string>? Text);

/// <summary>The result for one person.</summary>
/// <param name="PersonId">The person; null when the package names nobody.</param>
/// <param name="Result">Code of the lists referral-result and no-result.</param>
/// <param name="Evidence">What it rests on.</param>
public sealed record PersonResult(
    Guid? PersonId, [Coded("referral-result", "no-result")] string Result, [Coded("evidence-source")] Items<string> Evidence, Personal<string>? Text);

/// <summary>How a referral came to be sent.</summary>
public static class SendingGround
{
    /// <summary>A supervisor let it go out.</summary>
    public const string Approved = "approved";

    /// <summary>Life or health is in danger now.</summary>
    public const string Emergency = "emergency";

    /// <summary>Urgent, and nobody could approve: reviewed afterwards.</summary>
    public const string NoSupervisorOnDuty = "no_supervisor_on_duty";

    /// <summary>Handed on within the agency that had been let read it already.</summary>
    public const string HandedOn = "handed_on";
}

/// <summary>What was asked of whom. Only the part may change after the draft.</summary>
/// <param name="PolicyEdition">The policy it was born with.</param>
/// <param name="PreviousId">The referral that is handed on to this desk, or null.</param>
public sealed record ReferralFacts(
    string Number,
    Guid CaseId,
    string DeskId,
    string AgencyId,
    string Sector,
    string? ProvinceCode,
    string Purpose,
    string Urgency,
    string? PolicyEdition = null,
    Guid? PreviousId = null)
{
    /// <summary>The desks it went through before, first one first.</summary>
    public Items<string> Chain { get; init; } = [];

    /// <summary>Code of list referral-part: whether the desk leads on the case or helps.</summary>
    public string Part { get; init; } = ReferralParts.Lead;

    /// <summary>The policy it was born with.</summary>
    public ReferralPolicy Policy => ReferralPolicies.Get(PolicyEdition);

    /// <summary>What that policy says of its urgency.</summary>
    public UrgencyPolicy Rule => Policy.For(Urgency);

    /// <summary>The desk may not decline, only take charge and hand on.</summary>
    public bool MustTakeCharge => Rule.TakeCharge.Contains(Sector);
}
