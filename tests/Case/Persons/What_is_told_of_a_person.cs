using System.Security.Claims;
using System.Text.Json;
using Hotline111.Case.Persons;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.Case.Tests.Persons;

/// <summary>What may be told of a person, and on which day.</summary>
public sealed class What_is_told_of_a_person
{
    [Theory]
    [InlineData("2026-12-31T16:59:59Z", 2026, true)]
    [InlineData("2026-12-31T16:59:59Z", 2027, false)]
    [InlineData("2026-12-31T17:00:00Z", 2027, true)]
    [InlineData("2027-01-01T05:00:00Z", 2028, false)]
    public void A_newborn_has_the_year_that_it_is_in_Vietnam(string now, int birthYear, bool taken)
    {
        var context = new CommandContext(new ClaimsPrincipal(), DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture), Metadata.System(), null, null, null);

        (DescribePerson.Check(Told(new { birthYear }), context.Today).Problem is null).ShouldBe(taken);
    }

    private static DescribePerson.Body Told(object body) => JsonSerializer.SerializeToElement(body).Deserialize<DescribePerson.Body>(JsonSerializerOptions.Web)!;
}
