using Hotline111.AgencyNotification.Notices;
using Hotline111.Testing;

namespace Hotline111.AgencyNotification.Tests.Notices;

/// <summary>One notice for each referral and channel.</summary>
public sealed class NoticeRules
{
    private static readonly Guid ReferralId = new("019c1f00-0000-7000-8000-0000000000e1");
    private static readonly Guid CaseId = new("019c1f00-0000-7000-8000-0000000000a1");
    private static readonly DateTimeOffset Now = new(2026, 3, 5, 22, 0, 0, TimeSpan.FromHours(7));
    private static readonly RecordNotice ToInbox = new(ReferralId, CaseId, "RF-2026-000001", "police.08", "police.08", "urgent", "inbox", Now);
    private static readonly NoticeEvent.Recorded Recorded = new(ReferralId, CaseId, "RF-2026-000001", "police.08", "police.08", "urgent", "inbox", Now);

    [Fact]
    public void A_notice_is_recorded() => NoticeDecider.Instance.Given().When(ToInbox).Then(Recorded);

    [Fact]
    public void Told_again_it_is_the_same_notice() => NoticeDecider.Instance.Given(Recorded).When(ToInbox with { At = Now.AddMinutes(1) }).ThenNothing();

    [Fact]
    public void Each_channel_of_a_referral_has_a_notice_of_its_own()
    {
        NoticeDecider.IdOf(ReferralId, "inbox").ShouldBe(NoticeDecider.IdOf(ReferralId, "inbox"));
        NoticeDecider.IdOf(ReferralId, "inbox").ShouldNotBe(NoticeDecider.IdOf(ReferralId, "phone"));
        NoticeDecider.IdOf(ReferralId, "inbox").ShouldNotBe(NoticeDecider.IdOf(CaseId, "inbox"));
    }

    [Fact]
    public void Every_command_is_decided_and_a_repeated_one_appends_nothing() => DeciderProperties.Check(NoticeDecider.Instance, (_, _) => ToInbox);
}
