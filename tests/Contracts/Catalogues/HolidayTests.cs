using Hotline111.Contracts.Catalogues;

namespace Hotline111.Contracts.Tests.Catalogues;

public sealed class HolidayTests
{
    [Fact]
    public void There_are_three_years_each_in_order_with_source_and_confidence()
    {
        Holidays.Years.ShouldBe([2025, 2026, 2027]);
        foreach (var year in Holidays.Years)
        {
            var days = Holidays.Of(year);

            days.Select(day => day.Date).ShouldBe(days.Select(day => day.Date).Distinct().Order());
            days.ShouldAllBe(day => day.Date.Year == year);
            days.ShouldAllBe(day => day.Vi != "" && day.En != "" && day.Source != "");
            days.Select(day => day.Confidence).Distinct().ShouldBeSubsetOf(["certain", "likely", "expected", "unconfirmed"]);
        }
    }

    [Fact]
    public void Free_days_are_weekdays_and_exchanged_days_are_saturdays()
    {
        foreach (var day in Holidays.Years.SelectMany(year => Holidays.Of(year)))
        {
            if (day.Kind == HolidayKind.Working)
                day.Date.DayOfWeek.ShouldBe(DayOfWeek.Saturday);
            else
                day.Date.DayOfWeek.ShouldNotBeOneOf(DayOfWeek.Saturday, DayOfWeek.Sunday);
        }
    }

    [Fact]
    public void A_day_is_found_by_its_date()
    {
        Holidays.On(new DateOnly(2026, 2, 17)).ShouldNotBeNull().Vi.ShouldBe("Tết Nguyên đán");
        Holidays.On(new DateOnly(2026, 8, 22)).ShouldNotBeNull().Kind.ShouldBe(HolidayKind.Working);
        Holidays.On(new DateOnly(2026, 3, 3)).ShouldBeNull();
        Holidays.Of(2031).ShouldBeEmpty();
    }
}
