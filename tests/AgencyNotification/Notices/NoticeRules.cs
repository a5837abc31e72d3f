using System.Text.Json;
using Hotline111.AgencyNotification.Notices;
using Hotline111.Contracts.AgencyNotification.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Testing;

namespace Hotline111.AgencyNotification.Tests.Notices;

/// <summary>One notice for each thing told about a referral and channel.</summary>
public sealed class NoticeRules
{
    private static readonly Guid ReferralId = new("019c1f00-0000-7000-8000-0000000000e1");
    private static readonly Guid CaseId = new("019c1f00-0000-7000-8000-0000000000a1");
    private static readonly DateTimeOffset Now = new(2026, 3, 5, 22, 0, 0, TimeSpan.FromHours(7));
    private static readonly RecordNotice ToInbox = new(ReferralId, CaseId, "RF-2026-000001", "police.08", "police.08", "urgent", "inbox", "sent", Now);
    private static readonly NoticeEvent.Recorded Recorded = new(ReferralId, CaseId, "RF-2026-000001", "police.08", "police.08", "urgent", "inbox", Now, "sent");

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
    public void Each_later_message_has_a_notice_of_its_own_on_each_channel()
    {
        var (first, second) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        NoticeDecider.IdOf(ReferralId, first, "inbox").ShouldBe(NoticeDecider.IdOf(ReferralId, first, "inbox"));
        new[]
        {
            NoticeDecider.IdOf(ReferralId, "inbox"), NoticeDecider.IdOf(ReferralId, first, "inbox"), NoticeDecider.IdOf(ReferralId, first, "phone"), NoticeDecider.IdOf(ReferralId, second, "inbox"),
        }.ShouldBeUnique();
    }

    [Fact]
    public void A_notice_of_before_there_were_kinds_is_still_read_and_told()
    {
        var old = JsonSerializer.Deserialize<NoticeEvent.Recorded>(
            $$"""{"referralId":"{{ReferralId}}","caseId":"{{CaseId}}","referralNumber":"RF-2026-000001","deskId":"police.08","agencyId":"police.08","urgency":"urgent","channel":"inbox","at":"2026-03-05T22:00:00+07:00"}""",
            EventCatalogue.Json)!;

        old.ShouldBe(Recorded with { Kind = null });
        NoticeDecider.Instance.Given(old).When(ToInbox).ThenNothing();
        NoticePublication.Translate(new(old), new(old, Guid.CreateVersion7(), ReferralId, 1, 1, Now, Metadata.System()))
            .ShouldBe(new NoticeRecorded(ReferralId, ReferralId, CaseId, "police.08", "inbox", Now));
    }

    [Fact]
    public void Every_command_is_decided_and_a_repeated_one_appends_nothing() => DeciderProperties.Check(NoticeDecider.Instance, (_, _) => ToInbox);
}
