using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Referrals;
using Hotline111.Testing;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>What may happen to a referral, sentence by sentence.</summary>
public sealed class ReferralRules
{
    private static readonly Guid Id = new("019c1f00-0000-7000-8000-0000000000e1");
    private static readonly Guid CaseId = new("019c1f00-0000-7000-8000-0000000000a1");
    private static readonly DateTimeOffset Now = new(2026, 3, 5, 22, 0, 0, TimeSpan.FromHours(7));
    private static readonly ReferralFacts Facts = new("RF-2026-000001", CaseId, "police.08", "police.08", "police", "08", "verify_rescue", Urgency.Standard);
    private static readonly Personal<string> Question = Words("Bổ sung địa chỉ.");

    private static readonly SealedRelease Package = new(
        CaseId, "police.08", "police@2026-1", "vital_interest", new string('a', 64), "c2lnbmF0dXJl", Now.AddMinutes(-1), [new PackagePart(null, Words("{}"))]);

    private static readonly C.Submit Submit = new(Package, NoSupervisorOnDuty: false, "an", Now);
    private static readonly C.Approve Approve = new("chi", Now);
    private static readonly C.Return Return = new(Question, "chi", Now);
    private static readonly C.Acknowledge Acknowledge = new("liaison-1", Now);
    private static readonly C.Accept Accept = new(Words("Đội 3"), null, new DateOnly(2026, 3, 6), "liaison-1", Now);
    private static readonly C.Decline Decline = new(DeclineReasons.NoCapacity, null, null, MustTakeCharge: false, "liaison-1", Now);

    private static readonly E.Drafted Drafted = DraftOf(Facts);
    private static readonly E.Submitted Submitted = new(
        "police@2026-1", "vital_interest", Package.PackageHash, Package.Signature, Package.ReleasedAt, Package.Parts, "an", Now);

    private static readonly E.Returned Returned = new(Question, "chi", Now);
    private static readonly E.Sent Sent = new("approved", "chi", Now);
    private static readonly E.Acknowledged Acknowledged = new("liaison-1", Now);
    private static readonly E.Accepted Accepted = new(Accept.Unit, null, Accept.ExpectedOn, "liaison-1", Now);
    private static readonly E.Declined Declined = new(DeclineReasons.NoCapacity, null, null, "liaison-1", Now);

    [Fact]
    public void A_counsellor_drafts_a_referral_to_one_desk() => Given().When(new C.DraftReferral(Facts, "an", Now)).Then(Drafted);

    [Fact]
    public void The_same_draft_again_is_the_same_referral() => Given(Drafted).When(new C.DraftReferral(Facts with { Number = "" }, "an", Now.AddMinutes(1))).ThenNothing();

    [Fact]
    public void A_draft_for_another_desk_cannot_take_its_id() =>
        Given(Drafted).When(new C.DraftReferral(Facts with { DeskId = "womens-union" }, "an", Now)).ThenRefused(ReferralRefusals.AlreadyExists);

    [Fact]
    public void A_referral_that_nobody_drafted_does_not_exist()
    {
        foreach (var command in new C[] { Submit, Approve, Return, Acknowledge, Accept, Decline })
            Given().When(command).ThenRefused(ReferralRefusals.NotFound);
    }

    [Fact]
    public void A_standard_referral_waits_for_the_supervisor() => Given(Drafted).When(Submit).Then(Submitted);

    [Fact]
    public void An_emergency_goes_out_at_once() =>
        Given(DraftOf(Facts with { Urgency = Urgency.Emergency })).When(Submit).Then(Submitted, new E.Sent(SendingGround.Emergency, "an", Now));

    [Fact]
    public void An_urgent_one_goes_out_at_once_when_no_supervisor_is_on_duty() =>
        Given(DraftOf(Facts with { Urgency = Urgency.Urgent })).When(Submit with { NoSupervisorOnDuty = true })
            .Then(Submitted, new E.Sent(SendingGround.NoSupervisorOnDuty, "an", Now));

    [Fact]
    public void An_urgent_one_waits_while_a_supervisor_is_on_duty() => Given(DraftOf(Facts with { Urgency = Urgency.Urgent })).When(Submit).Then(Submitted);

    [Theory]
    [InlineData(Urgency.Standard)]
    [InlineData(Urgency.Information)]
    public void What_is_not_urgent_waits_even_when_no_supervisor_is_on_duty(string urgency) =>
        Given(DraftOf(Facts with { Urgency = urgency })).When(Submit with { NoSupervisorOnDuty = true }).Then(Submitted);

    [Fact]
    public void A_package_released_for_another_desk_or_case_cannot_be_submitted()
    {
        Given(Drafted).When(Submit with { Release = Package with { DeskId = "police.01" } }).ThenRefused(ReferralRefusals.ReleaseForAnother);
        Given(Drafted).When(Submit with { Release = Package with { CaseId = Id } }).ThenRefused(ReferralRefusals.ReleaseForAnother);
    }

    [Fact]
    public void The_same_package_submitted_again_changes_nothing_wherever_the_referral_stands_by_then()
    {
        Given(Drafted, Submitted).When(Submit).ThenNothing();
        Given(Drafted, Submitted, Sent).When(Submit).ThenNothing();
        Given(Drafted, Submitted, Sent, Acknowledged).When(Submit).ThenNothing();
        Given(Drafted, Submitted, Sent, Acknowledged, Declined).When(Submit).ThenNothing();
    }

    [Fact]
    public void Another_package_cannot_replace_the_one_that_was_submitted()
    {
        var other = Submit with { Release = Package with { PackageHash = new string('b', 64) } };
        NotNow(Given(Drafted, Submitted).When(other), "approve", "return");
        NotNow(Given(Drafted, Submitted, Sent).When(other), "acknowledge");
    }

    [Fact]
    public void The_supervisor_approves_and_it_goes_out() => Given(Drafted, Submitted).When(Approve).Then(Sent);

    [Fact]
    public void The_supervisor_sends_it_back_with_a_question() => Given(Drafted, Submitted).When(Return).Then(Returned);

    [Fact]
    public void What_was_sent_back_can_be_submitted_again() => Given(Drafted, Submitted, Returned).When(Submit).Then(Submitted);

    [Fact]
    public void Approving_and_sending_back_twice_change_nothing()
    {
        Given(Drafted, Submitted, Sent).When(Approve with { By = "dung" }).ThenNothing();
        Given(Drafted, Submitted, Sent, Acknowledged, Accepted).When(Approve).ThenNothing();
        Given(Drafted, Submitted, Returned).When(Return).ThenNothing();
    }

    [Fact]
    public void A_draft_cannot_be_approved_or_sent_back()
    {
        NotNow(Given(Drafted).When(Approve), "submit");
        NotNow(Given(Drafted).When(Return), "submit");
    }

    [Fact]
    public void What_went_out_as_an_emergency_was_never_approved_and_is_not_approved_afterwards() =>
        NotNow(Given(DraftOf(Facts with { Urgency = Urgency.Emergency }), Submitted, new E.Sent(SendingGround.Emergency, "an", Now)).When(Approve), "acknowledge");

    [Fact]
    public void What_went_out_cannot_be_sent_back() => NotNow(Given(Drafted, Submitted, Sent).When(Return), "acknowledge");

    [Fact]
    public void A_named_liaison_acknowledges() => Given(Drafted, Submitted, Sent).When(Acknowledge).Then(Acknowledged);

    [Fact]
    public void Nobody_acknowledges_what_was_not_sent()
    {
        NotNow(Given(Drafted).When(Acknowledge), "submit");
        NotNow(Given(Drafted, Submitted).When(Acknowledge), "approve", "return");
    }

    [Fact]
    public void Acknowledging_twice_changes_nothing() => Given(Drafted, Submitted, Sent, Acknowledged).When(Acknowledge with { At = Now.AddMinutes(1) }).ThenNothing();

    [Fact]
    public void Who_acknowledges_second_learns_who_was_first_and_when()
    {
        var refused = Given(Drafted, Submitted, Sent, Acknowledged).When(Acknowledge with { By = "liaison-2" }).ThenRefused(ReferralRefusals.AlreadyAcknowledged("", Now));
        refused.Decision.Refusal!.Facts.ShouldBe(new Dictionary<string, object?> { ["acknowledgedBy"] = "liaison-1", ["at"] = Now });
        refused.Decision.Refusal.Allowed.ShouldBe(["accept", "decline"]);
    }

    [Fact]
    public void Who_acknowledges_after_the_answer_learns_of_the_answer()
    {
        Answered(Given(Drafted, Submitted, Sent, Acknowledged, Accepted).When(Acknowledge with { By = "liaison-2" }), "Accepted");
        Answered(Given(Drafted, Submitted, Sent, Acknowledged, Declined).When(Acknowledge with { By = "liaison-2" }), "Declined");
    }

    [Fact]
    public void The_desk_takes_charge() => Given(Drafted, Submitted, Sent, Acknowledged).When(Accept).Then(Accepted);

    [Fact]
    public void A_colleague_may_answer_what_another_acknowledged() =>
        Given(Drafted, Submitted, Sent, Acknowledged).When(Accept with { By = "liaison-2" }).Then(Accepted with { By = "liaison-2" });

    [Fact]
    public void Nobody_answers_before_receipt_is_acknowledged()
    {
        NotNow(Given(Drafted, Submitted, Sent).When(Accept), "acknowledge");
        NotNow(Given(Drafted, Submitted, Sent).When(Decline), "acknowledge");
    }

    [Fact]
    public void Accepting_twice_changes_nothing() =>
        Given(Drafted, Submitted, Sent, Acknowledged, Accepted).When(Accept with { Unit = Words("Đội 3"), At = Now.AddMinutes(1) }).ThenNothing();

    [Fact]
    public void Another_day_or_another_officer_is_not_the_same_acceptance()
    {
        Answered(Given(Drafted, Submitted, Sent, Acknowledged, Accepted).When(Accept with { ExpectedOn = new DateOnly(2026, 3, 9) }), "Accepted");
        Answered(Given(Drafted, Submitted, Sent, Acknowledged, Accepted).When(Accept with { By = "liaison-2" }), "Accepted");
    }

    [Fact]
    public void The_desk_declines_with_a_reason() => Given(Drafted, Submitted, Sent, Acknowledged).When(Decline).Then(Declined);

    [Fact]
    public void Declining_twice_changes_nothing() =>
        Given(Drafted, Submitted, Sent, Acknowledged, Declined).When(Decline with { Text = Words("Đã quá tải."), At = Now.AddMinutes(1) }).ThenNothing();

    [Fact]
    public void An_answer_is_given_once()
    {
        Answered(Given(Drafted, Submitted, Sent, Acknowledged, Declined).When(Accept), "Declined");
        Answered(Given(Drafted, Submitted, Sent, Acknowledged, Accepted).When(Decline), "Accepted");
        Answered(Given(Drafted, Submitted, Sent, Acknowledged, Declined).When(Decline with { Reason = DeclineReasons.Duplicate }), "Declined");
        Answered(Given(Drafted, Submitted, Sent, Acknowledged, Declined).When(Decline with { By = "liaison-2" }), "Declined");
    }

    public static TheoryData<string> Reasons => [.. ValueLists.Get("decline-reason").Values.Select(value => value.Code)];

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Each_reason_asks_for_what_the_catalogue_says(string reason)
    {
        var value = ValueLists.Get("decline-reason").Find(reason)!;
        var bare = Given(Drafted, Submitted, Sent, Acknowledged).When(Decline with { Reason = reason });
        if (value.RequiresAdvisedDesk)
            bare.ThenRefused(ReferralRefusals.AdvisedDeskNeeded);
        else if (value.RequiresText)
            bare.ThenRefused(ReferralRefusals.TextNeeded);
        else
            bare.Then(Declined with { Reason = reason });

        var words = Words("Thuộc địa bàn khác.");
        Given(Drafted, Submitted, Sent, Acknowledged).When(Decline with { Reason = reason, AdvisedDeskId = "police.01", Text = words })
            .Then(Declined with { Reason = reason, AdvisedDeskId = "police.01", Text = words });
    }

    [Fact]
    public void A_desk_cannot_advise_itself() =>
        Given(Drafted, Submitted, Sent, Acknowledged).When(Decline with { Reason = DeclineReasons.WrongTerritory, AdvisedDeskId = "police.08" })
            .ThenRefused(ReferralRefusals.AdvisedDeskIsOwn);

    [Fact]
    public void Who_must_take_charge_of_an_emergency_cannot_decline_it()
    {
        E[] emergency = [DraftOf(Facts with { Urgency = Urgency.Emergency }), Submitted, new E.Sent(SendingGround.Emergency, "an", Now), Acknowledged];

        var refused = Given(emergency).When(Decline with { MustTakeCharge = true }).ThenRefused(ReferralRefusals.EmergencyMustBeTaken);
        refused.Decision.Refusal!.Allowed.ShouldBe(["accept"]);
        Given(emergency).When(Decline).Then(Declined);
        Given(Drafted, Submitted, Sent, Acknowledged).When(Decline with { MustTakeCharge = true }).Then(Declined);
    }

    [Theory]
    [InlineData(Sector.Police, Urgency.Emergency, true)]
    [InlineData(Sector.BorderGuard, Urgency.Emergency, true)]
    [InlineData(Sector.CoastGuard, Urgency.Emergency, true)]
    [InlineData(Sector.Police, Urgency.Urgent, false)]
    [InlineData(Sector.WomensUnion, Urgency.Emergency, false)]
    [InlineData(Sector.Ngo, Urgency.Emergency, false)]
    public void Police_border_guard_and_coast_guard_must_take_charge_of_an_emergency(string sector, string urgency, bool must) =>
        ReferralAccess.MustTakeCharge(new ReferralState.Sent(Facts with { Sector = sector, Urgency = urgency }, "", SendingGround.Emergency, Now)).ShouldBe(must);

    [Fact]
    public void Nothing_more_is_allowed_once_the_desk_has_answered()
    {
        ReferralDecider.Allowed(Given(Drafted, Submitted, Sent, Acknowledged, Accepted).State).ShouldBeEmpty();
        ReferralDecider.Allowed(Given(Drafted, Submitted, Sent, Acknowledged, Declined).State).ShouldBeEmpty();
    }

    [Fact]
    public void Every_state_has_a_name_of_the_list()
    {
        foreach (var history in new E[][] { [Drafted], [Drafted, Submitted], [Drafted, Submitted, Sent], [Drafted, Submitted, Sent, Acknowledged], [Drafted, Submitted, Sent, Acknowledged, Accepted], [Drafted, Submitted, Sent, Acknowledged, Declined] })
            ValueLists.Get("referral-state").Contains(Given(history).State.Name).ShouldBeTrue();
    }

    [Fact]
    public void Every_pair_of_state_and_command_is_decided_and_a_repeated_command_appends_nothing() => DeciderProperties.Check(ReferralDecider.Instance, AnyCommand);

    [Fact]
    public void That_also_holds_for_values_that_come_back_sealed_from_the_store() =>
        DeciderProperties.Check(ReferralDecider.Instance with { Evolve = (state, @event) => ReferralState.Evolve(state, Stored(@event)) }, AnyCommand);

    [Fact]
    public void The_allowed_commands_are_those_that_work() => AllowedCommands.Check(ReferralDecider.Instance, ReferralDecider.Allowed, Name, AnyCommand);

    private static History<ReferralState, C, E> Given(params E[] history) => ReferralDecider.Instance.Given(history);

    private static void NotNow(Outcome<ReferralState, C, E> outcome, params string[] allowed)
    {
        outcome.Decision.Refusal!.Code.ShouldBe("command-not-allowed");
        outcome.Decision.Refusal.Allowed.ShouldBe(allowed);
    }

    private static void Answered(Outcome<ReferralState, C, E> outcome, string state)
    {
        outcome.Decision.Refusal!.Code.ShouldBe("referral-already-answered");
        outcome.Decision.Refusal.Facts.ShouldBe(new Dictionary<string, object?> { ["state"] = state, ["answeredBy"] = "liaison-1", ["at"] = Now });
    }

    private static E.Drafted DraftOf(ReferralFacts f) => new(f.Number, f.CaseId, f.DeskId, f.AgencyId, f.Sector, f.ProvinceCode, f.Purpose, f.Urgency, "an", Now);

    private static Personal<string> Words(string text) => Personal.Of(text, new Owner("referral", Id), FieldGroup.Narrative);

    private static string Name(C command) => command switch
    {
        C.DraftReferral => "draft",
        C.Submit => "submit",
        C.Approve => "approve",
        C.Return => "return",
        C.Acknowledge => "acknowledge",
        C.Accept => "accept",
        C.Decline => "decline",
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    private static C AnyCommand(Random random, ReferralState state)
    {
        var at = Now.AddMinutes(random.Next(3));
        var liaison = random.Next(3) == 0 ? "liaison-2" : "liaison-1";
        var urgency = random.Next(4) switch { 0 => Urgency.Emergency, 1 => Urgency.Urgent, 2 => Urgency.Information, _ => Urgency.Standard };
        // Half of the commands fit the state; the other half may be anything.
        var kind = random.Next(2) == 0 ? random.Next(8) : state switch
        {
            ReferralState.None => 0,
            ReferralState.Draft => 1,
            ReferralState.AwaitingApproval => 2 + random.Next(2),
            ReferralState.Sent => 4,
            _ => 5 + random.Next(3),
        };
        return kind switch
        {
            0 => new C.DraftReferral(Facts with { Urgency = urgency, DeskId = random.Next(4) == 0 ? "womens-union" : "police.08" }, "an", at),
            1 => new C.Submit(
                Package with { PackageHash = new string("ab"[random.Next(2)], 64), DeskId = random.Next(8) == 0 ? "police.01" : state is ReferralState.Open open ? open.Facts.DeskId : "police.08" },
                random.Next(2) == 0, "an", at),
            2 => new C.Approve(random.Next(2) == 0 ? "chi" : "dung", at),
            3 => new C.Return(Question, "chi", at),
            4 => new C.Acknowledge(liaison, at),
            5 => Accept with { By = liaison, ExpectedOn = random.Next(2) == 0 ? null : new DateOnly(2026, 3, 6), At = at },
            _ => new C.Decline(
                ValueLists.Get("decline-reason").Values[random.Next(9)].Code,
                random.Next(3) switch { 0 => null, 1 => "police.08", _ => "police.01" },
                random.Next(2) == 0 ? null : Question,
                random.Next(2) == 0,
                liaison,
                at),
        };
    }

    private static E Stored(E @event) => @event switch
    {
        E.Submitted e => e with { Package = Items.From(e.Package.Select(part => part with { Json = Sealed.Stored(part.Json)! })) },
        E.Returned e => e with { Question = Sealed.Stored(e.Question)! },
        E.Accepted e => e with { Unit = Sealed.Stored(e.Unit), Officer = Sealed.Stored(e.Officer) },
        E.Declined e => e with { Text = Sealed.Stored(e.Text) },
        _ => @event,
    };
}
