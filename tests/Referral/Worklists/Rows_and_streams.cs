using Dapper;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Referral.Conversing;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Tests.Running;
using Hotline111.Referral.Watching;
using static Hotline111.Referral.Referrals.ReferralCommand;

namespace Hotline111.Referral.Tests.Worklists;

/// <summary>The rows say what the streams say, whatever happens and in whatever order, and a rebuild from the log gives the same rows.</summary>
public sealed class Rows_and_streams
{
    private static readonly Guid[] Persons = [new("019c1f00-0000-7000-8000-0000000000b1"), new("019c1f00-0000-7000-8000-0000000000b2")];
    private static readonly DateTimeOffset Start = new(2026, 3, 5, 15, 0, 0, TimeSpan.Zero);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_row_says_what_its_streams_say_after_any_course_and_a_rebuild_says_the_same()
    {
        await using var store = await ReferralStore.Create();
        HashSet<Type> happened = [];
        var random = new Random(111);
        List<Guid> ids = [];
        for (var i = 0; i < 150; i++)
        {
            var id = new Guid(i + 1, 0, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 1]);
            ids.Add(id);
            var now = Start.AddHours(i);
            // Some have only begun.
            for (var step = 0; step < (i < 12 ? i + 1 : 40); step++)
            {
                now = now.AddMinutes(random.Next(1, 30));
                var state = (await store.Store.Load(ReferralDecider.Instance, id, Ct)).State;
                var done = await store.Store.Execute(ReferralDecider.Instance, id, Any(random, state, id, i, now), Metadata.System(), Ct);
                happened.UnionWith(done.Events.Select(e => e.GetType()));
                if (random.Next(4) == 0 && state is ReferralState.Out out_)
                    await Beside(store, random, id, out_.Facts, now);
            }
        }

        typeof(ReferralEvent).GetNestedTypes().Except(happened).ShouldBeEmpty("events that no course had");
        await using var connection = await store.Store.Source.OpenConnectionAsync(Ct);
        var rows = (await connection.QueryAsync<Row>("SELECT * FROM read.referral")).ToDictionary(row => row.Id);
        foreach (var id in ids)
        {
            var referral = await store.Store.Load(ReferralDecider.Instance, id, Ct);
            var watch = await store.Store.Load(WatchDecider.Instance, WatchDecider.IdOf(id), Ct);
            var conversation = await store.Store.Load(ConversationDecider.Instance, ConversationDecider.IdOf(id), Ct);
            Compare(rows[id], referral, watch.State, conversation.State);
        }

        rows.Values.Select(row => row.turn).Distinct().ShouldBe(["mine", "theirs", "caller", "approvals", "declined", "done"], ignoreOrder: true);
        rows.Values.Select(row => row.desk_list).Distinct().ShouldBe([null, "new", "answer", "to-report", "waiting", "on-hold", "done"], ignoreOrder: true);

        const string print = "SELECT string_agg(md5(r::text), ',' ORDER BY id) FROM read.referral r";
        var before = await store.Ask<string>(print);
        await store.Ordered();
        await store.Do("UPDATE read.referral SET marks = 99, state = 'Closed'");
        await Rebuild.Run(store.Database.Owner, store.Store, ReferralStore.Rows, Ct);
        (await store.Ask<string>(print)).ShouldBe(before);
    }

    // What the row must be, said by the state and not by the events.
    private static void Compare(Row row, Folded<ReferralState> referral, WatchState watch, ConversationState conversation)
    {
        var state = (ReferralState.Open)referral.State;
        var course = (state as ReferralState.Out)?.Course;
        row.ShouldSatisfyAllConditions(
            () => row.version.ShouldBe(referral.Version),
            () => row.state.ShouldBe(state.Name),
            () => row.part.ShouldBe(state.Facts.Part),
            () => row.previous_id.ShouldBe(state.Facts.PreviousId),
            () => row.next_id.ShouldBe(state switch { ReferralState.HandingOn s => s.NextId, ReferralState.HandedOn s => s.NextId, _ => null }),
            () => row.returned.ShouldBe(state is ReferralState.Draft { Returned: true } || (state is ReferralState.Discarded && row.returned)),
            () => row.claimed_by.ShouldBe(watch.Claim?.By),
            () => row.messages.ShouldBe(conversation.Messages.Count),
            () => row.desk_unread.ShouldBe(conversation.UnreadAfter(Sides.Desk, conversation.DeskReadTo)),
            () => row.hotline_unread.ShouldBe(conversation.UnreadAfter(Sides.Hotline, conversation.HotlineReadTo)),
            () => (row.opened_at is not null).ShouldBe(watch.Readers.Count > 0));
        if (course is null)
        {
            row.sent_at.ShouldBeNull();
            return;
        }

        row.ShouldSatisfyAllConditions(
            () => row.ground.ShouldBe(course.Ground),
            () => row.acknowledged_by.ShouldBe(course.Acknowledgement?.By),
            () => row.pauses.ShouldBe(course.Pauses),
            () => (row.questions > 0).ShouldBe(state is ReferralState.NeedsInformation),
            () => row.unconfirmed.ShouldBe(course.Unconfirmed.Count),
            () => row.marks.ShouldBe(course.Marks.Count),
            () => row.last_mark.ShouldBe(course.Marks.Select((mark, n) => (mark, n)).OrderBy(each => each.mark.OccurredAt).ThenBy(each => each.n).LastOrDefault().mark?.Mark),
            () => row.milestones.ShouldBe(course.Milestones),
            () => row.extension_open.ShouldBe(course.Requests.Count(request => request.Kind == ReferralRequests.Extension)),
            () => row.joint_open.ShouldBe(course.Requests.Count(request => request.Kind == ReferralRequests.Joint)),
            () => row.danger_open.ShouldBe(course.Requests.Count(request => request.Kind == ReferralRequests.Danger)),
            () => row.outcome_unknown.ShouldBe(course.OutcomeUnknown),
            () => row.review_due.ShouldBe(course.ReviewDue),
            () => row.data_cut.ShouldBe(course.DataReturned),
            () => row.supplements.ShouldBe(course.Supplements),
            () => row.correction_due.ShouldBe(state is ReferralState.Closed { CorrectionDue: true }),
            () => row.withdrawal_reason.ShouldBe(state is ReferralState.Withdrawn w ? w.Reason : course.WithdrawalReason),
            () => (row.accepted_at is not null).ShouldBe(state is ReferralState.Accepted or ReferralState.Acting or ReferralState.OnHold or ReferralState.Reported or ReferralState.Closed
                || (state is ReferralState.Withdrawn && row.accepted_at is not null)),
            () => row.expected_on.ShouldBe(state is ReferralState.Accepted a ? a.ExpectedOn : row.expected_on),
            () => row.hold_until.ShouldBe(state is ReferralState.OnHold h ? h.Until : null),
            () => row.decline_reason.ShouldBe((state as ReferralState.Declined)?.Reason),
            () => row.results.ShouldBe(state is ReferralState.Reported or ReferralState.Closed ? row.results!.Length is > 0 ? row.results : null : row.results));
    }

    private static async Task Beside(ReferralStore store, Random random, Guid id, ReferralFacts facts, DateTimeOffset now)
    {
        var by = $"liaison-{random.Next(3)}";
        WatchCommand watch = random.Next(5) switch
        {
            0 => new WatchCommand.RecordOpening(id, facts.CaseId, facts.DeskId, by, now),
            1 => new WatchCommand.Claim(id, facts.DeskId, random.Next(2) == 0, by, now),
            2 => new WatchCommand.HandOver(id, facts.DeskId, $"liaison-{random.Next(3)}", false, by, now),
            3 => new WatchCommand.RecordPublication(id, now),
            _ => new WatchCommand.ReleaseClaim(id, facts.DeskId, by, now),
        };
        await store.Store.Execute(WatchDecider.Instance, WatchDecider.IdOf(id), watch, Metadata.System(), Ct);
        var (side, message) = (random.Next(2) == 0 ? Sides.Desk : Sides.Hotline, new Guid(random.Next(1, 8), 1, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 2]));
        ConversationCommand said = random.Next(3) == 0
            ? new ConversationCommand.MarkRead(id, side, message, by, now)
            : new ConversationCommand.Write(id, facts.CaseId, facts.DeskId, facts.AgencyId, message, side, [new MessagePart("text", null)], by, now);
        await store.Store.Execute(ConversationDecider.Instance, ConversationDecider.IdOf(id), said, Metadata.System(), Ct);
    }

    // Often something that the state allows, sometimes not.
    private static ReferralCommand Any(Random random, ReferralState state, Guid id, int number, DateTimeOffset now)
    {
        var (entry, by) = (new Guid(random.Next(1, 40), 3, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 3]), "liaison-1");
        var facts = new ReferralFacts(
            $"RF-2026-{number + 1:D6}", new Guid((number / 3) + 1, 2, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 4]), "womens-union", "womens-union", "womens_union", null, "receive_support",
            (number % 3) switch { 0 => "emergency", 1 => "urgent", _ => "standard" }, ReferralPolicies.All[^1].Edition, number % 7 == 0 ? new Guid(number, 9, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 5]) : null)
        {
            Part = random.Next(2) == 0 ? ReferralParts.Lead : ReferralParts.Helper,
        };
        if (state is ReferralState.None)
            return number % 6 == 0 ? new SendEmergency(facts, new("emergency@2026-1", "vital_interest", new('a', 64), Parts(2), Guid.CreateVersion7()), by, now) : new DraftReferral(facts, by, now);
        var release = new SealedRelease(
            ((ReferralState.Open)state).Facts.CaseId, "womens-union", "womens-union@2026-1", "consent", new((char)('a' + random.Next(4)), 64), "AAAA", now, Parts(2));
        var persons = (state as ReferralState.Out)?.Course.Persons ?? [];
        Items<PersonResult> results = Items.From(persons.Select(person => new PersonResult(person, random.Next(2) == 0 ? "rescued" : "support_given", [], null)));
        ReferralCommand[] any =
        [
            new Submit(release, random.Next(2) == 0, by, now), new Approve(by, now), new Return(Sealed(id), by, now), new Supplement(release, by, now), new Review("justified", null, by, now),
            new AssignPart(random.Next(2) == 0 ? ReferralParts.Lead : ReferralParts.Helper, by, now), new Acknowledge(Phone(), entry, by, now), new ConfirmEntry(entry, by, now),
            new AskInformation([new("person.name", null, null)], entry, by, now), new AnswerInformation([new("person.name", null, null)], by, now),
            new HandOn(entry, "police.04", "police.04", null, by, now), new TakeBack(by, now), new Accept(null, null, random.Next(2) == 0 ? new DateOnly(2026, 4, 1) : null, Phone(), entry, by, now),
            new UndoAcceptance(by, now), new ReferralCommand.Start(by, now),
            new Mark(random.Next(2) == 0 ? "on_scene" : "en_route", now.AddHours(-random.Next(48)), Phone(), entry, by, now), new ReportProgress("searching", null, Phone(), entry, by, now),
            new ReachMilestone(random.Next(2) == 0 ? "initial_verification" : "first_action", now, Phone(), entry, by, now),
            new Hold(random.Next(2) == 0 ? "waiting_person" : "waiting_other_body", new DateOnly(2026, 5, 1), null, by, now), new Resume(by, now),
            new ReportResult(results, "ask_first", null, now, Phone(), entry, by, now), new CorrectReport(results, "ask_first", null, now, Sealed(id), entry, by, now), new ConfirmResult(by, now),
            new QuestionResult(Sealed(id), by, now), new AskExtension(entry, new DateOnly(2026, 5, 1), null, by, now), new AskJoint(entry, "c02", null, by, now),
            new FlagDanger(entry, ["weapon"], null, by, now), new RejectData(random.Next(2) == 0 ? [] : ["person.name"], null, by, now), new RestoreData(Sealed(id), by, now),
            new RefuseWithdrawal(Sealed(id), by, now), new DeclareOutcomeUnknown(by, now),
        ];
        // What ends a course is rare, or few would come far.
        ReferralCommand[] ends = [new Withdraw("need_met", null, by, now), new AgreeWithdrawal(by, now), new Decline("no_capacity", null, null, Phone(), entry, by, now)];
        if (state is ReferralState.HandingOn handing && random.Next(3) == 0)
            return random.Next(2) == 0 ? new CompleteHandOn(handing.NextId, now) : new EndHandOn(handing.NextId, HandOnEnds.Declined, by, now);
        if (state is ReferralState.Out { Course.Requests: [var open, ..] } && random.Next(4) == 0)
            return new SettleRequest(open.Id, open.Kind == ReferralRequests.Danger ? RequestDecisions.Noted : RequestDecisions.Granted, null, by, now);
        // The time in which it can be taken back is short.
        if (state is ReferralState.Accepted && random.Next(6) == 0)
            return new UndoAcceptance(by, now);
        var fitting = any.Where(command => ReferralDecider.Instance.Decide(state, command).Events.Count > 0).ToList();
        return random.Next(25) == 0 ? ends[random.Next(ends.Length)] : random.Next(6) == 0 || fitting.Count == 0 ? any[random.Next(any.Length)] : fitting[random.Next(fitting.Count)];

        Spoken? Phone() => random.Next(3) == 0 ? new(Sealed(id), Sealed(id), Sealed(id), now) : null;

        Items<PackagePart> Parts(int count) => Items.From(Persons.Take(count).Select(person => new PackagePart(person, Sealed(id))));
    }

    private static Platform.Privacy.Personal<string> Sealed(Guid id) =>
        Platform.Privacy.Personal.Of("hư cấu", new Platform.Privacy.Owner("referral", id), Platform.Privacy.FieldGroup.Narrative);

#pragma warning disable IDE1006, CA1812 // Named like the columns.
    private sealed class Row
    {
        public Guid Id { get; init; }

        public string number { get; init; } = "";

        public string state { get; init; } = "";

        public string part { get; init; } = "";

        public Guid? previous_id { get; init; }

        public Guid? next_id { get; init; }

        public bool returned { get; init; }

        public DateTime? sent_at { get; init; }

        public DateTime? opened_at { get; init; }

        public string? ground { get; init; }

        public string? acknowledged_by { get; init; }

        public DateTime? accepted_at { get; init; }

        public DateOnly? expected_on { get; init; }

        public int questions { get; init; }

        public int pauses { get; init; }

        public DateOnly? hold_until { get; init; }

        public int marks { get; init; }

        public string? last_mark { get; init; }

        public string[] milestones { get; init; } = [];

        public string[]? results { get; init; }

        public bool correction_due { get; init; }

        public bool outcome_unknown { get; init; }

        public int extension_open { get; init; }

        public int joint_open { get; init; }

        public int danger_open { get; init; }

        public int unconfirmed { get; init; }

        public bool review_due { get; init; }

        public bool data_cut { get; init; }

        public int supplements { get; init; }

        public string? withdrawal_reason { get; init; }

        public string? decline_reason { get; init; }

        public string? claimed_by { get; init; }

        public int messages { get; init; }

        public int desk_unread { get; init; }

        public int hotline_unread { get; init; }

        public string turn { get; init; } = "";

        public string? desk_list { get; init; }

        public long version { get; init; }
    }
#pragma warning restore IDE1006, CA1812
}
