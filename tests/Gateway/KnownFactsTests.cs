using Hotline111.Console.Emergency;

namespace Hotline111.Gateway.Tests;

/// <summary>What the emergency sheet carries along in its form.</summary>
public sealed class KnownFactsTests
{
    [Fact]
    public void What_was_written_is_read_again()
    {
        var facts = KnownFacts.Nothing with
        {
            Narrative = "“Mẹ” <em> hư cấu",
            Place = new("2026-04-30", "15", null, "Nậm Đăng"),
            RiskSigns = ["confined"],
            Persons = [new(null, "em H. (hư cấu)", "female", null, 17, null, null, null, null, null, null)],
        };
        var read = KnownFacts.Read(facts.Write());
        (read with { RiskSigns = facts.RiskSigns, Persons = facts.Persons }).ShouldBe(facts);
        (read.RiskSigns, read.Persons).ShouldSatisfyAllConditions(both => both.RiskSigns.ShouldBe(facts.RiskSigns), both => both.Persons.ShouldBe(facts.Persons));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"riskSigns":[],"persons":null,"isDraft":false}""")]
    [InlineData("""{"riskSigns":null,"persons":[],"isDraft":false}""")]
    [InlineData("""{"riskSigns":[],"persons":[null],"isDraft":false}""")]
    [InlineData("""{"riskSigns":[],"persons":[{"age":"x"}],"isDraft":false}""")]
    public void What_was_damaged_on_the_way_is_nothing(string? damaged) => KnownFacts.Read(damaged).ShouldBe(KnownFacts.Nothing);
}
