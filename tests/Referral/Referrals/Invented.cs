using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Referrals;
using Hotline111.Testing;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>An invented referral and the steps of its life, for the sentences about it. Nobody in it lives.</summary>
internal static class Invented
{
    public static readonly Guid Id = new("019c1f00-0000-7000-8000-0000000000e1");
    public static readonly Guid NextId = new("019c1f00-0000-7000-8000-0000000000e2");
    public static readonly Guid BeforeId = new("019c1f00-0000-7000-8000-0000000000e0");
    public static readonly Guid CaseId = new("019c1f00-0000-7000-8000-0000000000a1");
    public static readonly Guid ContactId = new("019c1f00-0000-7000-8000-0000000000c1");
    public static readonly Guid Daughter = new("019c1f00-0000-7000-8000-0000000000d1");
    public static readonly Guid Friend = new("019c1f00-0000-7000-8000-0000000000d2");
    public static readonly Guid Entry = new("019c1f00-0000-7000-8000-0000000000f1");
    public static readonly Guid OtherEntry = new("019c1f00-0000-7000-8000-0000000000f2");
    public static readonly DateTimeOffset Now = new(2026, 3, 5, 22, 0, 0, TimeSpan.FromHours(7));

    public const string Counsellor = "an", Supervisor = "chi", Liaison = "liaison-1", Colleague = "liaison-2";

    public static readonly ReferralFacts Facts = new("RF-2026-000001", CaseId, "police.08", "police.08", "police", "08", "verify_rescue", Urgency.Standard, "2026-1");
    public static readonly ReferralFacts Urgent = Facts with { Urgency = Urgency.Urgent };
    public static readonly ReferralFacts Emergency = Facts with { Urgency = Urgency.Emergency };

    /// <summary>An emergency for a body that may decline it.</summary>
    public static readonly ReferralFacts ToUnion = Emergency with { DeskId = "womens-union", AgencyId = "womens-union", Sector = Sector.WomensUnion, ProvinceCode = null };

    /// <summary>On its way from one desk to the next.</summary>
    public static readonly ReferralFacts Following = Facts with { PreviousId = BeforeId, Chain = ["c02"] };

    public static readonly Personal<string> Text = Words("Chuyện hư cấu.");
    public static readonly Spoken OnThePhone = new(Words("Trung úy hư cấu"), Words("Trực ban"), Words("0200 000 111"), Now.AddMinutes(-5));

    public static readonly SealedRelease Package = new(
        CaseId, "police.08", "police@2026-1", DisclosureBasis.VitalInterest, new string('a', 64), "c2lnbmF0dXJl", Now.AddMinutes(-1), PartsOf(Daughter, Friend));

    public static readonly SealedRelease Later = Package with { PackageHash = new string('b', 64) };
    public static readonly ComposedPackage FromTheContact = new("emergency@2026-1", DisclosureBasis.VitalInterest, new string('c', 64), PartsOf(), ContactId);

    public static readonly C.Submit Submit = new(Package, NoSupervisorOnDuty: false, Counsellor, Now);
    public static readonly C.Approve Approve = new(Supervisor, Now);
    public static readonly C.Return Return = new(Text, Supervisor, Now);
    public static readonly C.Acknowledge Acknowledge = new(null, Entry, Liaison, Now);
    public static readonly C.AskInformation Ask = new([new("person.name", Daughter, Text), new("request.place", null, null)], Entry, Liaison, Now);
    public static readonly C.AnswerInformation Answer = new([new("person.name", Daughter, Text), new("request.place", null, null)], Counsellor, Now);
    public static readonly C.HandOn HandOn = new(NextId, "police.10", "police.10", Text, Liaison, Now);
    public static readonly C.TakeBack TakeBack = new(Liaison, Now);
    public static readonly C.Accept Accept = new(Text, null, new DateOnly(2026, 3, 6), null, Entry, Liaison, Now);
    public static readonly C.UndoAcceptance Undo = new(Liaison, Now);
    public static readonly C.Decline Decline = new(DeclineReasons.NoCapacity, null, null, null, Entry, Liaison, Now);
    public static readonly C.Start Start = new(Liaison, Now);
    public static readonly C.Mark Mark = new("on_scene", Now, null, Entry, Liaison, Now);
    public static readonly C.ReportProgress Progress = new("searching", Text, null, Entry, Liaison, Now);
    public static readonly C.ReachMilestone Milestone = new("initial_verification", Now, null, Entry, Liaison, Now);
    public static readonly C.Hold Hold = new("waiting_other_body", new DateOnly(2026, 3, 20), Text, Liaison, Now);
    public static readonly C.Resume Resume = new(Liaison, Now);
    public static readonly Items<PersonResult> Results = [new(Daughter, "rescued", ["rescuing_body"], Text), new(Friend, NoResult.NotApplicable, [], null)];
    public static readonly C.ReportResult Report = new(Results, "ask_first", Text, Now, null, Entry, Liaison, Now);
    public static readonly C.CorrectReport Correct = new(Results, "ask_first", null, Now, Text, OtherEntry, Liaison, Now);
    public static readonly C.ConfirmResult Confirm = new(Counsellor, Now);
    public static readonly C.QuestionResult Question = new(Text, Counsellor, Now);
    public static readonly C.Supplement Supplement = new(Later, Counsellor, Now);
    public static readonly C.Withdraw Withdraw = new("consent_withdrawn", Text, Counsellor, Now);
    public static readonly C.AgreeWithdrawal Agree = new(Liaison, Now);
    public static readonly C.RefuseWithdrawal Refuse = new(Text, Liaison, Now);
    public static readonly C.DeclareOutcomeUnknown DeclareUnknown = new(Supervisor, Now);

    public static readonly E.Submitted Submitted = new(Package.Profile, Package.Basis, Package.PackageHash, Package.Signature, Package.ReleasedAt, Package.Parts, Counsellor, Now);
    public static readonly E.Composed Composed = new(FromTheContact.Profile, FromTheContact.Basis, FromTheContact.PackageHash, FromTheContact.Parts, ContactId, Counsellor, Now);
    public static readonly E.Returned Returned = new(Text, Supervisor, Now);
    public static readonly E.Sent Sent = new(SendingGround.Approved, Supervisor, Now);
    public static readonly E.Acknowledged Acknowledged = new(Liaison, Now);
    public static readonly E.Acknowledged AcknowledgedByPhone = new(Counsellor, Now, OnThePhone, Entry);
    public static readonly E.InformationAsked Asked = new(Ask.Questions, Pauses: true, Entry, Liaison, Now);
    public static readonly E.InformationAnswered InformationAnswered = new(Answer.Answers, Counsellor, Now);
    public static readonly E.HandOnBegun HandOnBegun = new(NextId, "police.10", "police.10", Text, Liaison, Now);
    public static readonly E.Accepted Accepted = new(Text, null, Accept.ExpectedOn, Liaison, Now);
    public static readonly E.AcceptanceUndone AcceptanceUndone = new(Liaison, Now);
    public static readonly E.Declined Declined = new(DeclineReasons.NoCapacity, null, null, Liaison, Now);
    public static readonly E.Started Started = new(Liaison, Now);
    public static readonly E.Marked Marked = new("on_scene", Now, Entry, null, Liaison, Now);
    public static readonly E.ProgressReported ProgressReported = new("searching", Text, Entry, null, Liaison, Now);
    public static readonly E.MilestoneReached MilestoneReached = new("initial_verification", Now, Entry, null, Liaison, Now);
    public static readonly E.Held Held = new("waiting_other_body", Hold.Until, Text, Liaison, Now);
    public static readonly E.Resumed Resumed = new(Liaison, Now);
    public static readonly E.ResultReported Reported = new(Results, "ask_first", Text, Now, Entry, null, Liaison, Now);
    public static readonly E.ReportCorrected Corrected = new(Results, "ask_first", null, Now, Text, OtherEntry, Liaison, Now);
    public static readonly E.ResultConfirmed Confirmed = new(Counsellor, Now);
    public static readonly E.ResultQuestioned Questioned = new(Text, Counsellor, Now);
    public static readonly E.Supplemented Supplemented = new(1, Later.Profile, Later.Basis, Later.PackageHash, Later.Signature, Later.ReleasedAt, Later.Parts, Counsellor, Now);
    public static readonly E.WithdrawalRequested WithdrawalRequested = new("consent_withdrawn", Text, Counsellor, Now);
    public static readonly E.Withdrawn Withdrawn = new("consent_withdrawn", Text, Counsellor, Now);
    public static readonly E.OutcomeUnknown OutcomeUnknown = new(Supervisor, Now);

    public static readonly E[] ToSent = SentAs(Facts);
    public static readonly E[] ToAcknowledged = [.. ToSent, Acknowledged];
    public static readonly E[] ToNeedsInformation = [.. ToAcknowledged, Asked];
    public static readonly E[] ToHandingOn = [.. ToAcknowledged, HandOnBegun];
    public static readonly E[] ToHandedOn = [.. ToHandingOn, new E.HandedOn(NextId, Now)];
    public static readonly E[] ToAccepted = [.. ToAcknowledged, Accepted];
    public static readonly E[] ToDeclined = [.. ToAcknowledged, Declined];
    public static readonly E[] ToActing = [.. ToAccepted, Started];
    public static readonly E[] ToOnHold = [.. ToActing, Held];
    public static readonly E[] ToReported = [.. ToActing, Reported];
    public static readonly E[] ToClosed = [.. ToReported, Confirmed];
    public static readonly E[] ToWithdrawn = [.. ToSent, Withdrawn];

    /// <summary>A history for every state that a referral can have after it went out.</summary>
    public static readonly IReadOnlyList<E[]> EveryOut =
        [ToSent, ToAcknowledged, ToNeedsInformation, ToHandingOn, ToHandedOn, ToAccepted, ToDeclined, ToActing, ToOnHold, ToReported, ToClosed, ToWithdrawn];

    public static E[] SentAs(ReferralFacts facts, string ground = SendingGround.Approved) => [DraftOf(facts), Submitted, Sent with { Ground = ground }];

    public static E.Drafted DraftOf(ReferralFacts f) => new(
        f.Number, f.CaseId, f.DeskId, f.AgencyId, f.Sector, f.ProvinceCode, f.Purpose, f.Urgency, Counsellor, Now, f.PolicyEdition, f.Part, f.PreviousId, f.Chain.Count == 0 ? null : f.Chain);

    public static Personal<string> Words(string text) => Personal.Of(text, new Owner("referral", Id), FieldGroup.Narrative);

    public static Items<PackagePart> PartsOf(params Guid[] persons) =>
        [new(null, Words("{}")), .. persons.Select(person => new PackagePart(person, Personal.Of("{}", new Owner("person", person), FieldGroup.Narrative)))];

    public static History<ReferralState, C, E> Given(params E[] history) => ReferralDecider.Instance.Given(history);

    public static IReadOnlyList<string> Allowed(params E[] history) => ReferralDecider.Allowed(Given(history).State);

    public static Course CourseOf(params E[] history) => ((ReferralState.Out)Given(history).State).Course;

    extension(Outcome<ReferralState, C, E> outcome)
    {
        /// <summary>What the referral carries along afterwards.</summary>
        public Course Course => ((ReferralState.Out)outcome.State).Course;

        /// <summary>Refused because of the state, with exactly what the state allows.</summary>
        public void NotNow()
        {
            var refusal = outcome.Decision.Refusal.ShouldNotBeNull();
            refusal.Code.ShouldBe("command-not-allowed");
            refusal.Allowed.ShouldBe(ReferralDecider.Allowed(outcome.Before.State));
            refusal.Facts["state"].ShouldBe(outcome.Before.State.Name);
        }

        /// <summary>Refused because the desk has answered; says how, who and when.</summary>
        public void TooLate(string state)
        {
            var refusal = outcome.Decision.Refusal.ShouldNotBeNull();
            refusal.Code.ShouldBe("referral-already-answered");
            refusal.Facts.ShouldBe(new Dictionary<string, object?> { ["state"] = state, ["answeredBy"] = Liaison, ["at"] = Now });
        }
    }
}
