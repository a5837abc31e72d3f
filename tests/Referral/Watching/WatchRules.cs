using Hotline111.Referral.Referrals.Sending;
using Hotline111.Referral.Watching;
using Hotline111.Testing;
using C = Hotline111.Referral.Watching.WatchCommand;
using E = Hotline111.Referral.Watching.WatchEvent;

namespace Hotline111.Referral.Tests.Watching;

/// <summary>Receipts rise, each once, and none is ever refused.</summary>
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
    private static readonly C.RecordPackageRefusal NotTaken = new(ReferralId, InboxNotice, PackageFlaw.Tampered, "an", Now);
    private static readonly E.PackageRefused Refused = new(ReferralId, InboxNotice, PackageFlaw.Tampered, "an", Now);
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
    public void A_package_that_was_not_taken_is_on_record_once()
    {
        Given(Opened).When(NotTaken).Then(Refused);
        Given(Refused).When(NotTaken with { At = Now.AddMinutes(1) }).ThenNothing();
        Given(Refused).When(NotTaken with { RefusalId = PhoneNotice, Reason = PackageFlaw.ForeignSignature }).Then(Refused with { RefusalId = PhoneNotice, Reason = PackageFlaw.ForeignSignature });
    }

    [Fact]
    public void The_watch_of_a_referral_is_always_found() => WatchDecider.IdOf(ReferralId).ShouldBe(new Guid("b78080a1-710a-5b0b-a83f-7c461282d53b"));

    [Fact]
    public void Every_command_is_decided_and_a_repeated_one_appends_nothing() => DeciderProperties.Check(WatchDecider.Instance, AnyCommand);

    [Fact]
    public void No_receipt_is_ever_refused()
    {
        var random = new Random(111);
        var state = WatchState.Initial;
        for (var i = 0; i < 200; i++)
        {
            var decision = WatchDecider.Instance.Decide(state, AnyCommand(random, state));
            decision.Refusal.ShouldBeNull();
            state = decision.Events.Aggregate(state, WatchState.Evolve);
        }
    }

    private static History<WatchState, C, E> Given(params E[] history) => WatchDecider.Instance.Given(history);

    private static C AnyCommand(Random random, WatchState state) => random.Next(3) switch
    {
        0 => ToInbox with { NoticeId = random.Next(2) == 0 ? InboxNotice : PhoneNotice },
        1 => NotTaken with { RefusalId = random.Next(2) == 0 ? InboxNotice : PhoneNotice },
        _ => ByOne with { By = $"liaison-{random.Next(3)}" },
    };
}
