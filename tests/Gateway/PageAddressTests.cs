using Hotline111.Pages;
using Microsoft.AspNetCore.Http;

namespace Hotline111.Gateway.Tests;

/// <summary>Addresses that pages lead to.</summary>
public sealed class PageAddressTests
{
    [Theory]
    [InlineData("/cases/7/refer/send", "/cases/7/refer")]
    [InlineData("/cases/7/refer/", "/cases/7")]
    [InlineData("/referrals/7/từ chối/give", "/referrals/7/t%E1%BB%AB%20ch%E1%BB%91i")]
    [InlineData("/cases", null)]
    [InlineData("/", null)]
    [InlineData("", null)]
    public void The_page_that_a_form_stands_on_is_written_as_a_header_may_hold_it(string form, string? page) => PageHost.Above(new PathString(form)).ShouldBe(page);

    [Theory]
    [InlineData("/cases?list=mine", "/cases?list=mine")]
    [InlineData("//elsewhere.example/cases", "/")]
    [InlineData("/\\elsewhere.example", "/")]
    [InlineData("https://elsewhere.example", "/")]
    public void No_way_back_leads_to_another_site(string address, string way) => ReturnAddress.Of(address).ShouldBe(way);
}
