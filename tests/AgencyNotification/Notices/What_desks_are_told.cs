using System.Text.Json;
using Hotline111.AgencyNotification.Notices;
using Hotline111.Contracts;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Hotline111.AgencyNotification.Tests.Notices;

/// <summary>The service AgencyNotification on a database of its own, told of one desk.</summary>
public sealed class NoticesUnderTest : IAsyncLifetime
{
    public ServiceUnderTest Service { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Service = await ServiceUnderTest.Start(
            "agency-notification",
            typeof(NoticeDecider).Assembly,
            store => store.Family(NoticeDecider.Instance).Inline(new NoticeList()),
            (_, _) => { },
            app => NoticeList.Map(app.MapGroup("/notices")),
            CancellationToken.None);
        await Service.Deliver<DeskChanged>(
            WhenDeskChanged.Handle,
            new("police.08", "police.08", "police", "police@2026-1", "08", "phone,letter", new DateOnly(2025, 7, 1), null, DateTimeOffset.UnixEpoch),
            Guid.CreateVersion7(),
            CancellationToken.None);
    }

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}

/// <summary>A desk is told of everything that the hotline does about its referral, once on each of its channels, and of nothing that it did itself.</summary>
public sealed class What_desks_are_told(NoticesUnderTest notices) : IClassFixture<NoticesUnderTest>
{
    private static readonly DateTimeOffset Now = new(2026, 3, 5, 22, 0, 0, TimeSpan.FromHours(7));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Kinds => new()
    {
        { nameof(ReferralWithdrawn), "withdrawn" },
        { nameof(ReferralWithdrawalRequested), "withdrawal_requested" },
        { nameof(ReferralInformationAnswered), "information_answered" },
        { nameof(ReferralSupplemented), "supplement" },
        { nameof(ReferralResultQuestioned), "result_questioned" },
        { nameof(ReferralResultConfirmed), "result_confirmed" },
        { nameof(ReferralRequestSettled), "request_settled" },
        { nameof(ReferralHandOnEnded), "hand_on_ended" },
        { nameof(ReferralDataRestored), "data_restored" },
        { nameof(ReferralMessageWritten), "message" },
    };

    [Fact]
    public void Every_kind_of_notice_comes_from_some_message() => Kinds.Select(row => row.Data.Item2).Append("sent").ShouldBe(ValueLists.Get("notice-kind").Values.Select(value => value.Code), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_the_hotline_did_is_told_once_on_each_channel_of_the_desk(string message, string kind)
    {
        var (referral, caseId) = await Sent();
        var (told, id) = (Message(message, referral, caseId), Guid.CreateVersion7());

        await Tell(told, id);
        await Tell(told, id);

        var rows = await Rows($"referralId={referral}&kind={kind}");
        rows.Select(row => row.GetProperty("channel").GetString()).ShouldBe(["inbox", "phone", "letter"], ignoreOrder: true);
        rows.ShouldAllBe(row => row.GetProperty("kind").GetString() == kind && row.GetProperty("urgency").GetString() == "urgent" && row.GetProperty("caseId").GetGuid() == caseId
            && row.GetProperty("deskId").GetString() == "police.08" && row.GetProperty("referralNumber").GetString()!.StartsWith("RF-2026-"));
        (await Rows($"referralId={referral}")).Count.ShouldBe(6, "three of the sending, and three of this");

        await Tell(told, Guid.CreateVersion7());
        (await Rows($"referralId={referral}&kind={kind}")).Count.ShouldBe(6, "the same thing happened a second time");
    }

    [Fact]
    public async Task A_referral_that_was_sent_is_told_as_before()
    {
        var (referral, _) = await Sent();
        var rows = await Rows($"referralId={referral}");
        rows.Select(row => row.GetProperty("channel").GetString()).ShouldBe(["inbox", "phone", "letter"], ignoreOrder: true);
        rows.ShouldAllBe(row => row.GetProperty("kind").GetString() == "sent");
        rows.Select(row => row.GetProperty("id").GetGuid()).ShouldBe(new[] { "inbox", "phone", "letter" }.Select(channel => NoticeDecider.IdOf(referral, channel)), ignoreOrder: true);
    }

    [Fact]
    public async Task What_the_desk_did_itself_is_not_told_to_it()
    {
        var (referral, caseId) = await Sent();
        await Tell(new ReferralMessageWritten(referral, caseId, "police.08", "police.08", Guid.CreateVersion7(), "desk", Now), Guid.CreateVersion7());
        await Tell(new ReferralHandOnEnded(referral, caseId, "police.08", "police.08", Guid.CreateVersion7(), "taken_back", Now), Guid.CreateVersion7());
        (await Rows($"referralId={referral}")).Count.ShouldBe(3);
    }

    // A conversation is a stream of its own, so that its messages may overtake the referral.
    [Fact]
    public async Task A_message_that_overtakes_the_sending_is_told_together_with_it()
    {
        var (referral, caseId, id) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var written = new ReferralMessageWritten(referral, caseId, "police.08", "police.08", Guid.CreateVersion7(), "hotline", Now);
        await Tell(written, id);
        await Tell(written, id);
        (await Rows($"referralId={referral}")).ShouldBeEmpty("number and urgency are not known yet");

        await Sent(referral, caseId);

        (await Rows($"referralId={referral}&kind=sent")).Count.ShouldBe(3);
        var rows = await Rows($"referralId={referral}&kind=message");
        rows.Select(row => row.GetProperty("channel").GetString()).ShouldBe(["inbox", "phone", "letter"], ignoreOrder: true);
        rows.ShouldAllBe(row => row.GetProperty("urgency").GetString() == "urgent" && row.GetProperty("referralNumber").GetString()!.StartsWith("RF-2026-"));
        await Tell(written, id);
        (await Rows($"referralId={referral}")).Count.ShouldBe(6);
    }

    [Fact]
    public async Task A_message_and_the_sending_at_the_same_moment_are_both_told()
    {
        for (var i = 0; i < 25; i++)
        {
            var (referral, caseId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
            await Task.WhenAll(
                Sent(referral, caseId),
                Tell(new ReferralMessageWritten(referral, caseId, "police.08", "police.08", Guid.CreateVersion7(), "hotline", Now), Guid.CreateVersion7()));
            (await Rows($"referralId={referral}")).Count.ShouldBe(6);
        }
    }

    [Fact]
    public async Task The_list_goes_page_by_page_and_refuses_a_kind_that_there_is_not()
    {
        var (referral, caseId) = await Sent();
        for (var i = 0; i < 3; i++)
            await Tell(Message(nameof(ReferralSupplemented), referral, caseId), Guid.CreateVersion7());
        List<Guid> seen = [];
        Guid? cursor = null;
        do
        {
            var page = (await notices.Service.Get($"/notices?referralId={referral}&kind=supplement&limit=2{(cursor is null ? "" : $"&cursor={cursor}")}", Roles.Supervisor, Ct)).Ok;
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("id").GetGuid()));
            cursor = page.TryGetProperty("cursor", out var next) && next.ValueKind == JsonValueKind.String ? next.GetGuid() : null;
        }
        while (cursor is not null);

        seen.Count.ShouldBe(9);
        seen.ShouldBeUnique();
        (await notices.Service.Get("/notices?kind=rumour", Roles.Supervisor, Ct)).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Only_the_hotline_sees_who_was_told()
    {
        NoticeAccess.Table.Rules.Select(rule => rule.Action).ShouldBe(["notice.list"]);
        foreach (var role in Roles.All)
        {
            var may = role is Roles.Counsellor or Roles.Supervisor or Roles.Director;
            NoticeAccess.Table.Allows(role, "notice.list").ShouldBe(may, role);
            (await notices.Service.Get("/notices", role, Ct)).Status.ShouldBe(may ? 200 : role == Roles.Partner ? 401 : 403, role);
        }

        (await notices.Service.Get("/notices", null, Ct)).Status.ShouldBe(401);
    }

    private async Task<(Guid Referral, Guid Case)> Sent(Guid? referral = null, Guid? caseId = null)
    {
        var sent = new ReferralSent(
            referral ?? Guid.CreateVersion7(), $"RF-2026-{Random.Shared.Next(1000000, 9999999)}", caseId ?? Guid.CreateVersion7(), "police.08", "police.08", "verify_rescue", "urgent", "08",
            new string('a', 64), Now);
        await notices.Service.Deliver<ReferralSent>(WhenReferralSent.Handle, sent, sent.ReferralId, Ct);
        return (sent.ReferralId, sent.CaseId);
    }

    /// <summary>A message of that kind, as the contracts write it: every id that is not the referral's is new.</summary>
    private static IReferralEvent Message(string name, Guid referral, Guid caseId)
    {
        var body = new Dictionary<string, object?>
        {
            ["referralId"] = referral,
            ["caseId"] = caseId,
            ["deskId"] = "police.08",
            ["agencyId"] = "police.08",
            ["reason"] = "sent_in_error",
            ["supplement"] = 1,
            ["packageHash"] = new string('b', 64),
            ["requestId"] = Guid.CreateVersion7(),
            ["kind"] = "extension",
            ["decision"] = "granted",
            ["nextReferralId"] = Guid.CreateVersion7(),
            ["cause"] = "declined",
            ["messageId"] = Guid.CreateVersion7(),
            ["side"] = "hotline",
            ["at"] = Now,
        };
        var type = ContractCatalogue.All.Single(contract => contract.Type.Name == name).Type;
        return (IReferralEvent)JsonSerializer.SerializeToElement(body).Deserialize(type, Platform.EventStore.EventCatalogue.Json)!;
    }

    private Task Tell(IReferralEvent message, Guid id) =>
        (Task)typeof(What_desks_are_told).GetMethod(nameof(Deliver), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!
            .MakeGenericMethod(message.GetType()).Invoke(this, [message, id])!;

    private Task Deliver<T>(T message, Guid id)
        where T : class, IReferralEvent => notices.Service.Deliver<T>(WhenHotlineActed.Handle, message, Guid.CreateVersion7(), Ct, id);

    private async Task<List<JsonElement>> Rows(string query) =>
        [.. (await notices.Service.Get($"/notices?limit=200&{query}", Roles.Counsellor, Ct)).Ok.GetProperty("items").EnumerateArray()];
}
