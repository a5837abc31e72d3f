using System.Text.Json;
using Hotline111.Local;
using Hotline111.Local.Demo;

namespace Hotline111.EndToEnd.Tests;

/// <summary>The way of a referral to its desk, step by step, seen on the sheet; with a claim and a message beside it.</summary>
public sealed class ReceiptTests(PlatformFixture fixture)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Receipts_rise_from_published_to_acknowledged_and_only_the_acknowledgement_makes_a_new_version()
    {
        var (referral, _) = await new Stage(fixture).Sent();
        var liaison = await fixture.As(DemoAccounts.PoliceTuyenQuang);
        var staff = await fixture.As(DemoAccounts.Counsellor);
        var version = await Version(liaison, referral);

        await Step(receipts => receipts.GetProperty("publishedAt").ValueKind == JsonValueKind.String);
        await Step(receipts => Channel(receipts, "inbox")?.GetProperty("deliveredAt").ValueKind == JsonValueKind.String);
        await liaison.Get($"api/referrals/{referral}/package", Ct);
        await Step(receipts => Channel(receipts, "inbox")?.GetProperty("openings").GetArrayLength() == 1);
        await liaison.Post($"api/referrals/{referral}/claim", new { }, Ct);
        await staff.Post($"api/referrals/{referral}/messages", new { text = "Nội dung hư cấu." }, Ct);
        (await liaison.Get("api/inbox?list=unread", Ct)).GetProperty("items").EnumerateArray().ShouldContain(row => row.GetProperty("id").GetGuid() == referral);
        (await Version(liaison, referral)).ShouldBe(version);

        await liaison.Post($"api/referrals/{referral}/acknowledge", null, Ct);
        await Step(receipts => receipts.GetProperty("step").GetString() == "acknowledged");
        (await Version(liaison, referral)).ShouldBe(version + 1);

        Task Step(Func<JsonElement, bool> reached) => liaison.Until(
            $"api/referrals/{referral}", sheet => reached(sheet.GetProperty("receipts")) ? true : default(bool?), Stage.Patience, Ct);
    }

    private static async Task<long> Version(PlatformClient client, Guid referral) =>
        (await client.Get($"api/referrals/{referral}", Ct)).GetProperty("referral").GetProperty("version").GetInt64();

    private static JsonElement? Channel(JsonElement receipts, string kind) =>
        receipts.GetProperty("channels").EnumerateArray().Where(channel => channel.GetProperty("kind").GetString() == kind).Select(channel => (JsonElement?)channel).FirstOrDefault();
}
