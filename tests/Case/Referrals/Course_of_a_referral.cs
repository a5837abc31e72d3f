using Hotline111.Case.Referrals;
using Hotline111.Contracts;
using Hotline111.Contracts.Catalogues;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Hotline111.Referral;
using Hotline111.Referral.Referrals;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using S = Hotline111.Referral.Referrals.ReferralState;

namespace Hotline111.Case.Tests.Referrals;

/// <summary>What Case shows of a referral is what Referral's own rules made of it: tried with referrals that live at random by those rules.</summary>
public sealed class Course_of_a_referral(CaseUnderTest @case) : IClassFixture<CaseUnderTest>
{
    private static readonly Guid Daughter = new("019c1f00-0000-7000-8000-0000000000d1"), Friend = new("019c1f00-0000-7000-8000-0000000000d2");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Case_knows_of_every_referral_what_Referral_itself_knows_and_says_the_same_after_it_has_heard_it_all_again()
    {
        Random random = new(111);
        var caseId = await @case.Open();
        var walks = Enumerable.Range(0, 12).Select(i => new Walk(caseId, i, random)).ToList();
        var alive = walks.ToArray();
        List<(Walk Walk, IReferralEvent Message)> told = [];
        var untold = ContractCatalogue.All.Where(contract => contract.Source == "referral").Select(contract => contract.Type)
            .Except([typeof(ReferralMessageWritten), typeof(PackageOpened), typeof(DeskChanged)]).ToHashSet();
        // As long as it takes until everything that happens to a referral has happened to one: which course that is, the rules decide.
        for (var step = 0; step < 1500 || (untold.Count > 0 && step < 12000); step++)
        {
            var walk = alive[random.Next(alive.Length)];
            // A closed one goes on for a while: its report may be corrected.
            if (walk.IsOver || (walk.State is S.Closed && random.Next(10) == 0))
            {
                walks.Add(new Walk(caseId, walks.Count, random));
                alive[Array.IndexOf(alive, walk)] = walk = walks[^1];
            }

            foreach (var message in walk.Step())
            {
                told.Add((walk, message));
                untold.Remove(message.GetType());
                await @case.Hear(message, walk.Id);
            }

            if (walk.State is S.Out now)
                Same((await CaseReferral.Of(@case.Service.Store, caseId, Ct)).Single(referral => referral.ReferralId == walk.Id), now, walk);
        }

        (await CaseReferral.Of(@case.Service.Store, caseId, Ct)).Select(referral => referral.ReferralId)
            .ShouldBe(walks.Where(walk => walk.State is S.Out).Select(walk => walk.Id), ignoreOrder: true);
        untold.Select(type => type.Name).ShouldBeEmpty("what never happened in these walks");

        // All again on empty tables, each referral in its order and the referrals in another.
        var before = await Rows(caseId);
        (await @case.Service.Scalar<long>($"SELECT count(*) FROM read.case_timeline WHERE case_id = '{caseId}' AND source = 'test'", Ct)).ShouldBe(told.Count);
        await Empty(caseId);
        foreach (var (_, message) in told.GroupBy(one => one.Walk.Id).OrderByDescending(walk => walk.Key).SelectMany(walk => walk))
            await @case.Hear(message);
        (await Rows(caseId)).ShouldBe(before);
    }

    [Fact]
    public async Task The_opening_of_a_package_may_be_heard_before_the_referral()
    {
        var caseId = await @case.Open();
        var sent = CaseUnderTest.Sent(caseId);
        await @case.Hear(new PackageOpened(sent.ReferralId, caseId, sent.DeskId, CaseUnderTest.Night.AddMinutes(2)));
        await @case.Hear(sent);
        await @case.Hear(new PackageOpened(sent.ReferralId, caseId, sent.DeskId, CaseUnderTest.Night.AddMinutes(5)));

        (await CaseReferral.Of(@case.Service.Store, caseId, Ct)).ShouldHaveSingleItem().OpenedAt.ShouldBe(CaseUnderTest.Night.AddMinutes(2).UtcDateTime);
    }

    [Fact]
    public async Task A_message_of_either_side_is_a_line_of_the_timeline_and_changes_nothing_else()
    {
        var caseId = await @case.Open();
        var sent = CaseUnderTest.Sent(caseId);
        await @case.Hear(sent);
        var before = await Rows(caseId);
        await @case.Hear(new ReferralMessageWritten(sent.ReferralId, caseId, sent.DeskId, sent.AgencyId, Guid.CreateVersion7(), "desk", CaseUnderTest.Night.AddMinutes(3)));

        (await Rows(caseId)).ShouldBe(before);
        var lines = (await @case.Service.Get($"/cases/{caseId}/timeline", CaseUnderTest.Counsellor, Ct)).Ok.GetProperty("timeline").EnumerateArray().ToList();
        lines.Select(line => line.GetProperty("kind").GetString()).ShouldBe(["case-opened", "referral-sent", "referral-message-written"], ignoreOrder: true);
        lines.Single(line => line.GetProperty("kind").GetString() == "referral-message-written").GetProperty("facts").GetProperty("side").GetString().ShouldBe("desk");
    }

    [Fact]
    public async Task The_mark_that_happened_last_is_shown_however_late_another_is_entered()
    {
        var caseId = await @case.Open();
        var sent = CaseUnderTest.Sent(caseId);
        await @case.Hear(sent);
        await @case.Hear(new ReferralAccepted(sent.ReferralId, caseId, sent.DeskId, sent.AgencyId, null, CaseUnderTest.Night));
        foreach (var (mark, minute) in new[] { ("on_scene", 20), ("en_route", 5), ("person_safe", 40), ("assigned", 1) })
        {
            await @case.Hear(new ReferralMarked(
                sent.ReferralId, caseId, sent.DeskId, sent.AgencyId, mark, CaseUnderTest.Night.AddMinutes(minute), false, CaseUnderTest.Night.AddMinutes(60)));
        }

        (await CaseReferral.Of(@case.Service.Store, caseId, Ct)).ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(r => r.Mark.ShouldBe("person_safe"), r => r.MarkAt.ShouldBe(CaseUnderTest.Night.AddMinutes(40).UtcDateTime), r => r.State.ShouldBe("Acting"));
    }

    private static void Same(CaseReferral shown, S.Out s, Walk walk)
    {
        var c = s.Course;
        shown.State.ShouldBe(s.Name, walk.ToString());
        shown.Part.ShouldBe(s.Facts.Part, walk.ToString());
        shown.PackageHash.ShouldBe(c.PackageHash, walk.ToString());
        shown.Supplements.ShouldBe(c.Supplements, walk.ToString());
        shown.OpenRequests.ShouldBe(c.Requests.Count, walk.ToString());
        shown.Milestones.ShouldBe(c.Milestones, walk.ToString());
        shown.DataCut.ShouldBe(c.DataReturned, walk.ToString());
        shown.OutcomeUnknown.ShouldBe(c.OutcomeUnknown, walk.ToString());
        shown.AcknowledgedBy.ShouldBe(c.Acknowledgement?.By, walk.ToString());
        shown.WithdrawalReason.ShouldBe(s is S.Withdrawn withdrawn ? withdrawn.Reason : c.WithdrawalReason, walk.ToString());
        shown.CorrectionDue.ShouldBe(s is S.Closed { CorrectionDue: true }, walk.ToString());
        shown.Mark.ShouldBe(c.Marks.Count == 0 ? null : c.Marks.OrderBy(mark => mark.OccurredAt).Last().Mark, walk.ToString());
        shown.NextId.ShouldBe(s switch { S.HandingOn h => h.NextId, S.HandedOn h => h.NextId, _ => shown.NextId }, walk.ToString());
        shown.ExpectedOn.ShouldBe(s is S.Accepted accepted ? accepted.ExpectedOn : shown.ExpectedOn, walk.ToString());
        shown.DeclineReason.ShouldBe(s is S.Declined declined ? declined.Reason : null, walk.ToString());
        shown.HeldUntil.ShouldBe(s is S.OnHold held ? held.Until : s is S.Withdrawn ? shown.HeldUntil : null, walk.ToString());
        shown.Results.ShouldBe(walk.Reported, walk.ToString());
    }

    private Task<string> Rows(Guid caseId) => @case.Service.Scalar<string>(
        $"""
        SELECT coalesce(string_agg(line, E'\n' ORDER BY line), '') FROM (
            SELECT 'R ' || to_jsonb(r)::text AS line FROM read.case_referral r WHERE case_id = '{caseId}'
            UNION ALL SELECT 'O ' || to_jsonb(o)::text FROM read.case_referral_opening o JOIN read.case_referral r USING (referral_id) WHERE r.case_id = '{caseId}'
            UNION ALL SELECT 'L ' || (to_jsonb(t) - 'event_id')::text FROM read.case_timeline t WHERE case_id = '{caseId}' AND source = 'test' AND kind <> 'referral-message-written') AS lines
        """,
        Ct);

    private Task Empty(Guid caseId) => @case.Service.Scalar<int>(
        $"""
        WITH o AS (DELETE FROM read.case_referral_opening WHERE referral_id IN (SELECT referral_id FROM read.case_referral WHERE case_id = '{caseId}')),
             r AS (DELETE FROM read.case_referral WHERE case_id = '{caseId}'),
             t AS (DELETE FROM read.case_timeline WHERE case_id = '{caseId}' AND source = 'test')
        SELECT 1
        """,
        Ct);

    /// <summary>One referral that lives at random by Referral's rules.</summary>
    private sealed class Walk(Guid caseId, int index, Random random)
    {
        private static readonly Personal<string> Words = Personal.Of("Nội dung hư cấu.", new Owner("referral", Daughter), FieldGroup.Narrative);

        private readonly ReferralFacts facts = new(
            $"RF-2026-{index:d6}", caseId, "police.08", "police.08", index % 3 == 0 ? "police" : "womens_union", "08", "verify_rescue", index % 3 == 0 ? "emergency" : "urgent",
            ReferralPolicies.On(new DateOnly(2026, 3, 5)).Edition, index % 4 == 0 ? Guid.CreateVersion7() : null);

        private readonly bool namesPersons = index % 2 == 0;
        private DateTimeOffset now = CaseUnderTest.Night;
        private long version;

        public Guid Id { get; } = Guid.CreateVersion7();

        public S State { get; private set; } = ReferralDecider.Instance.Initial;

        /// <summary>Nothing more can happen to it.</summary>
        public bool IsOver => State is S.Declined or S.HandedOn or S.Withdrawn or S.Discarded;

        /// <summary>What its desk reported last.</summary>
        public IReadOnlyList<ReportedResult> Reported { get; private set; } = [];

        private string Last { get; set; } = "";

        public override string ToString() => $"referral {index}, {State.Name}, after {Last}";

        /// <summary>Gives a command, and returns what Referral tells of it.</summary>
        public IReadOnlyList<IReferralEvent> Step()
        {
            now = now.AddMinutes(random.Next(1, 8));
            var allowed = ReferralDecider.Allowed(State).ToList();
            if (State is S.HandingOn)
                allowed.AddRange(["complete-hand-on", "end-hand-on"]);
            if (allowed.Count == 0)
                return [];
            // What moves it stands first; without preference for it most would hardly move.
            var name = allowed[random.Next(random.Next(2) == 0 ? Math.Min(5, allowed.Count) : allowed.Count)];
            // Else most courses would end before they have begun.
            if ((name == "withdraw" && State is not (S.Accepted or S.Acting or S.OnHold or S.Reported) && random.Next(8) > 0) || (name == "decline" && random.Next(2) > 0))
                return [];
            var decision = ReferralDecider.Instance.Decide(State, Command(name));
            List<IReferralEvent> told = [];
            foreach (var @event in decision.Events)
            {
                State = ReferralDecider.Instance.Evolve(State, @event);
                Last = @event.GetType().Name;
                Reported = @event switch
                {
                    ReferralEvent.ResultReported e => [.. e.Results.Select(result => new ReportedResult(result.PersonId, result.Result))],
                    ReferralEvent.ReportCorrected e => [.. e.Results.Select(result => new ReportedResult(result.PersonId, result.Result))],
                    _ => Reported,
                };
                if (ReferralPublication.Translate(State, new(@event, Guid.CreateVersion7(), Id, ++version, version, now, Metadata.System())) is IReferralEvent message)
                    told.Add(message);
            }

            return told;
        }

        private C Command(string name) => name switch
        {
            "draft" => new C.DraftReferral(facts, "an", now),
            "submit" => new C.Submit(Release(), random.Next(2) == 0, "an", now),
            "approve" => new C.Approve("binh", now),
            "return" => new C.Return(Words, "binh", now),
            "supplement" => new C.Supplement(Release(), "an", now),
            "review" => new C.Review("justified", null, "binh", now),
            "assign-part" => new C.AssignPart(random.Next(2) == 0 ? "lead" : "helper", "an", now),
            "acknowledge" => new C.Acknowledge(SpokenOrNot(), Guid.CreateVersion7(), $"officer-{random.Next(3)}", now),
            "confirm-entry" => new C.ConfirmEntry(State is S.Out { Course.Unconfirmed: [var entry, ..] } ? entry : Guid.Empty, "officer-1", now),
            "ask-information" => new C.AskInformation([new("person.name", null, Words)], Guid.CreateVersion7(), "officer-1", now),
            "answer-information" => new C.AnswerInformation([new("person.name", null, Words)], "an", now),
            "hand-on" => new C.HandOn(Guid.CreateVersion7(), "police.01", "police.01", null, "officer-1", now),
            "take-back" => new C.TakeBack("officer-1", now),
            "complete-hand-on" => new C.CompleteHandOn(((S.HandingOn)State).NextId, now),
            "end-hand-on" => new C.EndHandOn(((S.HandingOn)State).NextId, "declined", "system", now),
            "accept" => new C.Accept(null, null, random.Next(2) == 0 ? new DateOnly(2026, 3, 6 + random.Next(5)) : null, SpokenOrNot(), Guid.CreateVersion7(), "officer-1", now),
            "undo-acceptance" => new C.UndoAcceptance("officer-1", now),
            "decline" => new C.Decline("no_capacity", null, null, SpokenOrNot(), Guid.CreateVersion7(), "officer-1", now),
            "start" => new C.Start("officer-1", now),
            "mark" => new C.Mark(OneOf("mark"), now.AddSeconds(-random.Next(100_000)), SpokenOrNot(), Guid.CreateVersion7(), "officer-1", now),
            "report-progress" => new C.ReportProgress(OneOf("progress"), null, null, Guid.CreateVersion7(), "officer-1", now),
            "reach-milestone" => new C.ReachMilestone(OneOf("milestone"), now, null, Guid.CreateVersion7(), "officer-1", now),
            "hold" => new C.Hold(OneOf("hold-reason"), new DateOnly(2026, 4, 1 + random.Next(20)), null, "officer-1", now),
            "resume" => new C.Resume("officer-1", now),
            "report-result" => new C.ReportResult(Results(), OneOf("tell-caller"), null, now, SpokenOrNot(), Guid.CreateVersion7(), "officer-1", now),
            "correct-report" => new C.CorrectReport(Results(), OneOf("tell-caller"), null, now, Words, Guid.CreateVersion7(), "officer-1", now),
            "confirm-result" => new C.ConfirmResult("an", now),
            "question-result" => new C.QuestionResult(Words, "an", now),
            "ask-extension" => new C.AskExtension(Guid.CreateVersion7(), new DateOnly(2026, 4, 1), null, "officer-1", now),
            "ask-joint" => new C.AskJoint(Guid.CreateVersion7(), "womens-union", null, "officer-1", now),
            "flag-danger" => new C.FlagDanger(Guid.CreateVersion7(), ["weapon"], null, "officer-1", now),
            "settle-request" => ((S.Out)State).Course.Requests[0] is var request
                ? new C.SettleRequest(request.Id, request.Kind == ReferralRequests.Danger ? RequestDecisions.Noted : RequestDecisions.Granted, null, "an", now)
                : throw new InvalidOperationException(),
            "reject-data" => new C.RejectData(["person.phone"], null, "officer-1", now),
            "restore-data" => new C.RestoreData(Words, "an", now),
            "withdraw" => new C.Withdraw(random.Next(2) == 0 ? "sent_in_error" : "need_met", null, "an", now),
            "agree-withdrawal" => new C.AgreeWithdrawal("officer-1", now),
            "refuse-withdrawal" => new C.RefuseWithdrawal(Words, "officer-1", now),
            "declare-outcome-unknown" => new C.DeclareOutcomeUnknown("an", now),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "a command that these walks do not know"),
        };

        private string OneOf(string list) => ValueLists.Get(list).Values is var values ? values[random.Next(values.Length)].Code : "";

        private Spoken? SpokenOrNot() => random.Next(3) == 0 ? new(Words, Words, Words, now) : null;

        private SealedRelease Release() => new(
            caseId, "police.08", "police@2026-1", "vital_interest", Convert.ToHexStringLower(Guid.CreateVersion7().ToByteArray()).PadLeft(64, '0'), "c2lnbmF0dXJl", now,
            namesPersons ? [new PackagePart(null, Words), new PackagePart(Daughter, Words), new PackagePart(Friend, Words)] : [new PackagePart(null, Words)]);

        private Items<PersonResult> Results() => namesPersons
            ? [new(Daughter, OneOf("referral-result"), [], null), new(Friend, random.Next(4) == 0 ? NoResult.NotApplicable : OneOf("referral-result"), [], null)]
            : [new(null, OneOf("referral-result"), [], null)];
    }
}
