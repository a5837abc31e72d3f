using Hotline111.Referral.Watching;
using Hotline111.Testing;
using C = Hotline111.Referral.Watching.WatchCommand;
using E = Hotline111.Referral.Watching.WatchEvent;

namespace Hotline111.Referral.Tests.Watching;

/// <summary>Receipts rise, each once, and none is ever refused. One liaison has a referral to hand.</summary>
public sealed class WatchRules
{
    private static readonly Guid ReferralId = new("019c1f00-0000-7000-8000-0000000000e1");
    private static readonly Guid CaseId = new("019c1f00-0000-7000-8000-0000000000a1");
    private static readonly Guid InboxNotice = new("019c1f00-0000-5000-8000-0000000000f1");
    private static readonly Guid PhoneNotice = new("019c1f00-0000-5000-8000-0000000000f2");
    private static readonly DateTimeOffset Now = new(2026, 3, 5, 22, 0, 0, TimeSpan.FromHours(7));
    private static readonly C.RecordDelivery ToInbox = new(ReferralId, InboxNotice, "inbox", Now);
    private static readonly C.RecordOpening ByOne = new(ReferralId, CaseId, "police.08", "liaison-1", Now);
    private static readonly E.Delivered Delivered = new(ReferralId, InboxNotice, "inbox", Now);
    private static readonly C.Claim ByFirst = new(ReferralId, "police.08", TakeOver: false, "liaison-1", Now);
    private static readonly E.Claimed Claimed = new(ReferralId, "police.08", "liaison-1", null, Now);
    private static readonly E.Opened Opened = new(ReferralId, CaseId, "police.08", "liaison-1", Now);

    [Fact]
    public void A_notice_is_a_receipt() => Given().When(ToInbox).Then(Delivered);

    [Fact]
    public void The_same_notice_counts_once() => Given(Delivered).When(ToInbox with { At = Now.AddMinutes(1) }).ThenNothing();

    [Fact]
    public void Each_channel_has_its_own_notice() =>
        Given(Delivered).When(ToInbox with { NoticeId = PhoneNotice, Channel = "phone" }).Then(Delivered with { NoticeId = PhoneNotice, Channel = "phone" });

    [Fact]
    public void The_first_look_at_the_package_is_a_receipt() => Given(Delivered).When(ByOne).Then(Opened);

    [Fact]
    public void A_package_can_be_opened_before_any_notice_arrived() => Given().When(ByOne).Then(Opened);

    [Fact]
    public void The_second_look_of_the_same_liaison_is_none() => Given(Opened).When(ByOne with { At = Now.AddHours(1) }).ThenNothing();

    [Fact]
    public void The_first_look_of_a_colleague_is_one() => Given(Opened).When(ByOne with { By = "liaison-2" }).Then(Opened with { By = "liaison-2" });

    [Fact]
    public void What_the_broker_confirmed_is_published_once()
    {
        Given().When(new C.RecordPublication(ReferralId, Now)).Then(new E.Published(ReferralId, Now));
        Given(new E.Published(ReferralId, Now)).When(new C.RecordPublication(ReferralId, Now.AddMinutes(1))).ThenNothing();
    }

    [Fact]
    public void The_receipt_of_the_broker_may_come_after_the_liaison_s() =>
        Given(Opened).When(new C.RecordPublication(ReferralId, Now)).Then(new E.Published(ReferralId, Now));

    [Theory]
    [InlineData("inbox")]
    [InlineData("phone")]
    public void The_first_acknowledgement_is_the_highest_receipt(string channel)
    {
        var acknowledged = new E.Acknowledged(ReferralId, "police.08", channel, "liaison-1", Now);
        Given(Opened).When(new C.RecordAcknowledgement(ReferralId, "police.08", channel, "liaison-1", Now)).Then(acknowledged);
        Given(Opened, acknowledged).When(new C.RecordAcknowledgement(ReferralId, "police.08", "inbox", "liaison-2", Now)).ThenNothing();
    }

    [Fact]
    public void A_package_that_was_not_taken_is_recorded_once()
    {
        var refused = new E.PackageRefused(ReferralId, PhoneNotice, "tampered", "counsellor-1", Now);
        var command = new C.RecordPackageRefusal(ReferralId, PhoneNotice, "tampered", "counsellor-1", Now);
        Given().When(command).Then(refused);
        Given(refused).When(command).ThenNothing();
    }

    [Fact]
    public void Nobody_has_it_to_hand_at_first() => Given(Delivered).When(ByFirst).Then(Claimed);

    [Fact]
    public void Whoever_has_it_to_hand_keeps_it() => Given(Claimed).When(ByFirst with { At = Now.AddHours(1) }).ThenNothing();

    [Fact]
    public void A_colleague_is_told_who_has_it_and_since_when()
    {
        var refused = WatchDecider.Instance.Decide(WatchState.Evolve(WatchState.Initial, Claimed), ByFirst with { By = "liaison-2" });
        refused.Events.ShouldBeEmpty();
        refused.Refusal!.Code.ShouldBe("referral-already-claimed");
        (refused.Refusal.Facts["claimedBy"], refused.Refusal.Facts["at"]).ShouldBe(("liaison-1", Now));
    }

    [Fact]
    public void A_colleague_takes_it_over_knowingly_and_it_is_recorded_from_whom() =>
        Given(Claimed).When(ByFirst with { By = "liaison-2", TakeOver = true }).Then(Claimed with { By = "liaison-2", From = "liaison-1" });

    [Fact]
    public void Only_whoever_has_it_puts_it_back()
    {
        Given(Claimed).When(new C.ReleaseClaim(ReferralId, "police.08", "liaison-1", Now)).Then(new E.ClaimReleased(ReferralId, "police.08", "liaison-1", Now));
        Given(Claimed).When(new C.ReleaseClaim(ReferralId, "police.08", "liaison-2", Now)).ThenRefused(WatchDecider.AlreadyClaimed(new("liaison-1", Now)));
        Given().When(new C.ReleaseClaim(ReferralId, "police.08", "liaison-2", Now)).ThenNothing();
    }

    [Fact]
    public void It_is_given_to_a_colleague_by_whoever_has_it_or_when_nobody_has()
    {
        var given = new C.HandOver(ReferralId, "police.08", "liaison-2", Anybodys: false, "liaison-1", Now);
        Given(Claimed).When(given).Then(new E.HandedOver(ReferralId, "police.08", "liaison-2", "liaison-1", "liaison-1", Now));
        Given().When(given).Then(new E.HandedOver(ReferralId, "police.08", "liaison-2", null, "liaison-1", Now));
        Given(Claimed).When(given with { By = "liaison-3" }).ThenRefused(WatchDecider.AlreadyClaimed(new("liaison-1", Now)));
    }

    [Fact]
    public void The_head_of_the_agency_gives_it_to_somebody_else_whoever_has_it() =>
        Given(Claimed).When(new C.HandOver(ReferralId, "police.08", "liaison-3", Anybodys: true, "head-1", Now))
            .Then(new E.HandedOver(ReferralId, "police.08", "liaison-3", "liaison-1", "head-1", Now));

    [Fact]
    public void The_watch_of_a_referral_is_always_found() => WatchDecider.IdOf(ReferralId).ShouldBe(new Guid("b78080a1-710a-5b0b-a83f-7c461282d53b"));

    [Fact]
    public void Every_command_is_decided_and_a_repeated_one_appends_nothing() => DeciderProperties.Check(WatchDecider.Instance, AnyCommand);

    [Fact]
    public void No_receipt_is_ever_refused_and_none_ever_falls()
    {
        var random = new Random(111);
        var (state, history, step) = (WatchState.Initial, new List<E>(), -1);
        for (var i = 0; i < 400; i++)
        {
            var command = AnyCommand(random, state);
            var decision = WatchDecider.Instance.Decide(state, command);
            if (command is not (C.Claim or C.ReleaseClaim or C.HandOver))
                decision.Refusal.ShouldBeNull();
            state = decision.Events.Aggregate(state, WatchState.Evolve);
            history.AddRange(decision.Events);
            var now = Array.IndexOf(["published", "delivered", "opened", "acknowledged"], Receipts.Of(history, "police.08", null, withRefusals: true).Step);
            now.ShouldBeGreaterThanOrEqualTo(step);
            step = now;
        }

        step.ShouldBe(3);
    }

    private static History<WatchState, C, E> Given(params E[] history) => WatchDecider.Instance.Given(history);

    private static C AnyCommand(Random random, WatchState state)
    {
        var liaison = $"liaison-{random.Next(3)}";
        return random.Next(8) switch
        {
            0 => ToInbox with { NoticeId = random.Next(2) == 0 ? InboxNotice : PhoneNotice },
            1 => ByOne with { By = liaison },
            2 => new C.RecordPublication(ReferralId, Now),
            3 => new C.RecordAcknowledgement(ReferralId, "police.08", random.Next(2) == 0 ? "inbox" : "phone", liaison, Now),
            4 => new C.RecordPackageRefusal(ReferralId, random.Next(2) == 0 ? InboxNotice : PhoneNotice, "tampered", "counsellor-1", Now),
            5 => ByFirst with { By = liaison, TakeOver = random.Next(2) == 0 },
            6 => new C.ReleaseClaim(ReferralId, "police.08", liaison, Now),
            _ => new C.HandOver(ReferralId, "police.08", $"liaison-{random.Next(3)}", random.Next(2) == 0, liaison, Now),
        };
    }
}
