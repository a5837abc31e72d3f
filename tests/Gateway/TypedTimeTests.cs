using Hotline111.Pages;

namespace Hotline111.Gateway.Tests;

/// <summary>Days and times as people type them from a paper note.</summary>
public sealed class TypedTimeTests
{
    // Thursday, 19 November 2026, 00:30 in Vietnam: still the day before in London.
    private static readonly DateTimeOffset Now = new(2026, 11, 18, 17, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("hôm nay", "2026-11-19")]
    [InlineData("HOM NAY", "2026-11-19")]
    [InlineData("today", "2026-11-19")]
    [InlineData("hôm qua", "2026-11-18")]
    [InlineData("yesterday", "2026-11-18")]
    [InlineData("hôm kia", "2026-11-17")]
    [InlineData("19/11", "2026-11-19")]
    [InlineData("19/11/2026", "2026-11-19")]
    [InlineData("1/3/26", "2026-03-01")]
    [InlineData("2026-11-05", "2026-11-05")]
    [InlineData(" 5-11 ", "2026-11-05")]
    [InlineData("5 Nov", "2026-11-05")]
    [InlineData("20/11", "2025-11-20")]
    [InlineData("31/12", "2025-12-31")]
    public void A_day_is_read_as_it_is_said(string typed, string day) =>
        TypedTime.Day(typed, Now).ShouldBe(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("29/2")]
    [InlineData("31/4/2026")]
    [InlineData("mai")]
    [InlineData("11")]
    [InlineData("1/2/3/4")]
    public void What_names_no_day_is_no_day(string? typed) => TypedTime.Day(typed, Now).ShouldBeNull();

    [Theory]
    [InlineData("21:05", 21, 5)]
    [InlineData("21h05", 21, 5)]
    [InlineData("21 giờ 05", 21, 5)]
    [InlineData("21h", 21, 0)]
    [InlineData("2105", 21, 5)]
    [InlineData("905", 9, 5)]
    [InlineData("9.05", 9, 5)]
    [InlineData("0:00", 0, 0)]
    public void A_time_is_read_as_it_is_said(string typed, int hour, int minute) => TypedTime.Time(typed).ShouldBe(new TimeOnly(hour, minute));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("24:00")]
    [InlineData("21:60")]
    [InlineData("21:5")]
    [InlineData("21:")]
    [InlineData("tối")]
    [InlineData("-1:30")]
    public void What_names_no_time_is_no_time(string? typed) => TypedTime.Time(typed).ShouldBeNull();

    [Fact]
    public void Day_and_time_are_Vietnams() =>
        TypedTime.At(new DateOnly(2026, 11, 18), new TimeOnly(21, 5)).UtcDateTime.ShouldBe(new DateTime(2026, 11, 18, 14, 5, 0, DateTimeKind.Utc));
}
