using System.Globalization;
using Hotline111.Platform.EventStore;
using Hotline111.Testing;

namespace Hotline111.Platform.Tests.Streams;

/// <summary>Human numbers begin anew with the year.</summary>
public sealed class Numbers_of_a_year
{
    [Fact]
    public async Task The_first_number_of_a_year_is_drawn_when_it_is_new_year_in_Vietnam()
    {
        await using var store = await TestStore.Create(running: false);
        (await At("2026-12-31T16:59:59Z")).ShouldBe("CT-2026-000001");
        (await At("2026-12-31T17:00:00Z")).ShouldBe("CT-2027-000001");
        (await At("2027-01-01T00:00:00Z")).ShouldBe("CT-2027-000002");
        // Drawn by a process whose clock is behind.
        (await At("2026-12-31T16:59:59Z")).ShouldBe("CT-2026-000002");

        Task<string> At(string time) =>
            new Numbers(store.Store.Source, new StandingClock(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture))).Next("CT", TestContext.Current.CancellationToken);
    }
}
