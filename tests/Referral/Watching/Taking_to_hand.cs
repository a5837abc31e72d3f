using System.Text.Json;
using Hotline111.Contracts.Access;
using Hotline111.Referral.Tests.Running;

namespace Hotline111.Referral.Tests.Watching;

/// <summary>Colleagues of a desk see who works on what, and nobody's answer becomes stale by it.</summary>
[Collection<OneService>]
public sealed class Taking_to_hand(ReferralService service)
{
    private static readonly Person First = Person.Liaison("police-a", "police.08");
    private static readonly Person Second = Person.Liaison("police-b", "police.08");

    [Fact]
    public async Task The_first_has_it_and_the_second_learns_who_and_when()
    {
        var id = await service.Sent();
        var before = (await service.Get(First, $"referrals/{id}")).ETag;
        var claimed = await service.Post(First, $"referrals/{id}/claim");
        claimed.ShouldBe(200).ETag.ShouldBe(before);
        var at = claimed.Body.GetProperty("claim").GetProperty("at").GetDateTimeOffset();
        var late = (await service.Post(Second, $"referrals/{id}/claim", new { })).ShouldBe(409);
        (late.Slug, late.Body.GetProperty("claimedBy").GetString(), late.Body.GetProperty("at").GetDateTimeOffset()).ShouldBe(("referral-already-claimed", First.Id, at));
        (await service.Post(First, $"referrals/{id}/claim")).ShouldBe(200);

        var row = (await service.Get(Second, "inbox")).Body.GetProperty("items").EnumerateArray().Single(each => each.GetProperty("id").GetGuid() == id);
        row.GetProperty("claimedBy").GetString().ShouldBe(First.Id);
        (await service.Sheet(Second, id)).GetProperty("claim").GetProperty("by").GetString().ShouldBe(First.Id);
        (await service.All(First, "inbox?claimed=me")).ShouldContain(id);
        (await service.All(Second, "inbox?claimed=nobody")).ShouldNotContain(id);
        (await service.Get(First, "inbox/counts")).Body.GetProperty("claimed").GetInt64().ShouldBeGreaterThan(0);

        // A claim is a sign, not a lock: the colleague may answer, with the version seen before the claim.
        (await service.Post(Second, $"referrals/{id}/acknowledge", null, ("If-Match", before!))).ShouldBe(200);
    }

    [Fact]
    public async Task It_is_taken_over_given_and_put_back()
    {
        var id = await service.Sent();
        await service.Give(First, id, "claim");
        Holder(await service.Give(Second, id, "claim", new { takeOver = true })).ShouldBe(Second.Id);
        (await service.Post(First, $"referrals/{id}/release-claim")).ShouldBe(409).Slug.ShouldBe("referral-already-claimed");
        (await service.Post(First, $"referrals/{id}/hand-over", new { to = First.Id })).ShouldBe(409);
        Holder(await service.Give(Second, id, "hand-over", new { to = First.Id })).ShouldBe(First.Id);
        Holder(await service.Give(new Person("head-08", Roles.AgencyHead, First.Agency), id, "hand-over", new { to = Second.Id })).ShouldBe(Second.Id);
        Holder(await service.Give(Second, id, "release-claim")).ShouldBeNull();
        Holder(await service.Give(First, id, "release-claim")).ShouldBeNull();
        (await service.Sheet(First, id)).GetProperty("claim").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_stale_sheet_is_no_reason_to_take_it_to_hand()
    {
        var id = await service.Sent();
        var seen = (await service.Get(First, $"referrals/{id}")).ETag!;
        await service.Give(Second, id, "acknowledge");
        (await service.Post(First, $"referrals/{id}/claim", null, ("If-Match", seen))).ShouldBe(412).Body.GetProperty("acknowledgedBy").GetString().ShouldBe(Second.Id);
    }

    [Fact]
    public async Task The_same_request_again_gets_the_same_answer()
    {
        var (id, key) = (await service.Sent(), Guid.NewGuid().ToString());
        await Once();
        await Once();
        (await service.Post(First, $"referrals/{id}/claim", new { takeOver = false }, ("Idempotency-Key", key))).ShouldBe(422);

        async Task Once() => Holder((await service.Post(First, $"referrals/{id}/claim", new { takeOver = true }, ("Idempotency-Key", key))).ShouldBe(200)).ShouldBe(First.Id);
    }

    [Fact]
    public async Task Whoever_lost_the_answer_gets_it_again_also_when_the_sheet_has_changed_since()
    {
        var (id, key) = (await service.Sent(), Guid.NewGuid().ToString());
        var seen = (await service.Get(First, $"referrals/{id}")).ETag!;
        (await Claim()).ShouldBe(200);
        await service.Give(Second, id, "acknowledge");
        Holder((await Claim()).ShouldBe(200)).ShouldBe(First.Id);

        Task<Reply> Claim() => service.Post(First, $"referrals/{id}/claim", null, ("Idempotency-Key", key), ("If-Match", seen));
    }

    [Theory]
    [InlineData("Nguyễn Thị Hư Cấu")]
    [InlineData("")]
    public async Task It_is_given_to_an_account_and_not_to_a_name(string to)
    {
        var id = await service.Sent();
        (await service.Post(First, $"referrals/{id}/hand-over", new { to })).ShouldBe(400).Errors.ShouldBe(["to"]);
    }

    [Fact]
    public async Task Only_liaisons_of_the_desk_take_it_to_hand()
    {
        var id = await service.Sent();
        (await service.Post(Person.Border, $"referrals/{id}/claim")).ShouldBe(404);
        (await service.Post(Person.Counsellor, $"referrals/{id}/claim")).ShouldBe(403);
        (await service.Post(new Person("head-08", Roles.AgencyHead, First.Agency), $"referrals/{id}/claim")).ShouldBe(403);
        (await service.Post(First, $"referrals/{await service.Draft(Guid.CreateVersion7())}/claim")).ShouldBe(404);
    }

    private static string? Holder(Reply reply) => reply.Body.GetProperty("claim") is { ValueKind: JsonValueKind.Object } claim ? claim.GetProperty("by").GetString() : null;
}
