using Hotline111.Pages;
using Hotline111.Testing;

namespace Hotline111.Gateway.Tests;

/// <summary>Times, numbers and words as a reader meets them.</summary>
public sealed class WordTests
{
    private static readonly WordBook Book = new([typeof(WordBook).Assembly, typeof(GatewayProgram).Assembly]);

    // Thursday, 19 November 2026, 21:47 in Vietnam.
    private static readonly DateTimeOffset Now = new(2026, 11, 19, 14, 47, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("2026-11-19T14:25:00Z", "21:25 hôm nay", "21:25 today")]
    [InlineData("2026-11-19T17:00:00Z", "00:00 mai", "00:00 tomorrow")]
    [InlineData("2026-11-18T16:59:00Z", "23:59 hôm qua", "23:59 yesterday")]
    [InlineData("2026-11-24T02:05:00Z", "09:05 · 24/11/2026", "24 Nov 2026, 09:05")]
    [InlineData("2026-01-02T02:05:00Z", "09:05 · 02/01/2026", "2 Jan 2026, 09:05")]
    public void A_moment_is_told_in_Vietnams_time(string at, string vi, string en)
    {
        var moment = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture);
        In(Language.Vietnamese).Moment(moment).ShouldBe(vi);
        In(Language.English).Moment(moment).ShouldBe(en);
    }

    [Fact]
    public void A_time_of_today_goes_without_its_day_and_no_other_does()
    {
        In(Language.Vietnamese).Lately(Now.AddMinutes(-22)).ShouldBe("21:25");
        In(Language.Vietnamese).Lately(Now.AddDays(-1)).ShouldBe("21:47 hôm qua");
        In(Language.English).Lately(Now.AddDays(-5)).ShouldBe("14 Nov 2026, 21:47");
    }

    [Theory]
    [InlineData(85, "Còn 1 giờ 25 phút", "1 hour 25 minutes left")]
    [InlineData(8, "Còn 8 phút", "8 minutes left")]
    [InlineData(60, "Còn 1 giờ", "1 hour left")]
    [InlineData(0.5, "Còn dưới 1 phút", "under a minute left")]
    [InlineData(-25, "Quá 25 phút", "25 minutes over")]
    [InlineData(-1441, "Quá 1 ngày", "1 day over")]
    [InlineData(2 * 1440 + 61, "Còn 2 ngày 1 giờ", "2 days 1 hour left")]
    public void What_is_left_is_told_in_its_two_largest_units(double minutes, string vi, string en)
    {
        In(Language.Vietnamese).Left(Now.AddMinutes(minutes)).ShouldBe(vi);
        In(Language.English).Left(Now.AddMinutes(minutes)).ShouldBe(en);
    }

    [Fact]
    public void A_day_is_told_with_its_name()
    {
        In(Language.Vietnamese).LongDay(Now).ShouldBe("Thứ Năm, 19/11/2026");
        In(Language.English).LongDay(Now).ShouldBe("Thursday, 19 Nov 2026");
    }

    [Fact]
    public void Both_languages_know_the_same_sentences_and_no_others() =>
        Book.Keys(Language.English).ShouldBe(Book.Keys(Language.Vietnamese), ignoreOrder: true);

    [Fact]
    public void A_code_speaks_by_its_list_and_a_desk_by_the_directory()
    {
        var words = new Words(Book, Language.Vietnamese);
        words.Of("urgency", "emergency").ShouldBe("Khẩn cấp");
        words.Within("urgency", "emergency").ShouldBe("khẩn cấp");
        words.Of("urgency", "of-another-edition").ShouldBe("Of-another-edition");
        words.Desk("police.08").ShouldBe("Công an tỉnh Tuyên Quang");
        words.Desk("nowhere.99").ShouldBe("nowhere.99");
    }

    private static Times In(Language language) => new(new Words(Book, language), new StandingClock(Now));
}
