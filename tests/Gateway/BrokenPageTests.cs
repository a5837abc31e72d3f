using System.Net;
using System.Net.Http.Headers;
using Hotline111.Pages;
using Hotline111.Pages.Layout;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hotline111.Gateway.Tests;

/// <summary>A page that fails while it is made.</summary>
public sealed class BrokenPageTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/fault", false, HttpStatusCode.InternalServerError, "Có lỗi ngoài dự kiến.")]
    [InlineData("/fault", true, HttpStatusCode.InternalServerError, "Có lỗi ngoài dự kiến.")]
    [InlineData("/refusal", false, HttpStatusCode.NotFound, "Không tìm thấy")]
    [InlineData("/refusal", true, HttpStatusCode.NotFound, "Không tìm thấy")]
    public async Task What_goes_wrong_in_the_middle_of_a_page_is_told_on_a_page(string path, bool partial, HttpStatusCode status, string sentence)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Pages:FormKey"] = $"f1:{Convert.ToBase64String(new byte[32])}",
            ["Logging:LogLevel:Default"] = "None",
        });
        builder.AddPlatform("console");
        builder.AddPages(demo: false);
        await using var app = builder.Build();
        app.UsePlatform();
        app.UsePages();
        app.MapGet("/fault", () => Page.Of<Broken>(new { Thrown = new InvalidOperationException("Giàng Thị Mẩy hư cấu") }));
        app.MapGet("/refusal", () => Page.Of<Broken>(new { Thrown = new ProblemException(Problems.NotFound) }));
        await app.StartAsync(Ct);
        using var browser = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
        browser.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        if (partial)
            browser.DefaultRequestHeaders.Add("HX-Request", "true");

        using var answer = await browser.GetAsync(path, Ct);

        answer.StatusCode.ShouldBe(status);
        var page = await answer.Content.ReadAsStringAsync(Ct);
        page.ShouldContain(sentence);
        page.ShouldNotContain("Mẩy");
        page.Contains("<html", StringComparison.Ordinal).ShouldBe(!partial);
        await app.StopAsync(Ct);
    }

    [Layout(typeof(Shell))]
    private sealed class Broken : ComponentBase
    {
        [Parameter, EditorRequired] public required Exception Thrown { get; set; }

        protected override void BuildRenderTree(RenderTreeBuilder builder) => throw Thrown;
    }
}
