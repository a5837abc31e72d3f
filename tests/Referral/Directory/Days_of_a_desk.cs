using System.Globalization;
using System.Security.Claims;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Tests.Running;

namespace Hotline111.Referral.Tests.Directory;

/// <summary>A desk can be asked on its first day, on its last, and on those between, as days are counted in Vietnam.</summary>
public sealed class Days_of_a_desk
{
    private static readonly DeskFacts Facts = new(
        "police.08", "police.08", "police", ["08"], ["verify_rescue"], "police@2026-1", ["phone"], new DateOnly(2026, 7, 1), new DateOnly(2026, 12, 31));

    [Fact]
    public async Task A_desk_can_be_asked_from_midnight_in_Vietnam_before_its_first_day_to_midnight_after_its_last()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var store = await ReferralStore.Create();
        await store.Store.Execute(DeskDecider.Instance, DeskDecider.IdOf(Facts.DeskId), new EnterDesk(Facts, DateTimeOffset.UtcNow), Metadata.System(), ct);
        (await Asked("2026-06-30T16:59:59Z")).ShouldBeNull();
        (await Asked("2026-06-30T17:00:00Z")).ShouldBe(Facts);
        (await Asked("2026-12-31T16:59:59Z")).ShouldBe(Facts);
        (await Asked("2026-12-31T17:00:00Z")).ShouldBeNull();

        // By the day that every command goes by.
        Task<DeskFacts?> Asked(string time) => DirectoryList.Find(
            store.Store, Facts.DeskId, new CommandContext(new ClaimsPrincipal(), DateTimeOffset.Parse(time, CultureInfo.InvariantCulture), Metadata.System(), null, null, null).Today, ct);
    }
}
