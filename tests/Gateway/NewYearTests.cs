using Hotline111.Console;
using Hotline111.Console.Cases;
using Hotline111.Console.Contacts;
using Hotline111.Pages;
using Hotline111.Testing;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hotline111.Gateway.Tests;

/// <summary>The night of new year, seven hours before it is one in London: pages name the year that has begun here.</summary>
public sealed class NewYearTests
{
    public static TheoryData<DateTimeOffset, int> Moments => new()
    {
        { new(2026, 12, 31, 16, 59, 59, TimeSpan.Zero), 2026 },
        { new(2026, 12, 31, 17, 0, 0, TimeSpan.Zero), 2027 },
    };

    [Theory]
    [MemberData(nameof(Moments))]
    public void A_short_number_is_one_of_the_year_that_it_is_here(DateTimeOffset now, int year)
    {
        CaseListPage.Numbered("391", new StandingClock(now)).ShouldBe($"CS-{year}-000391");
        CaseListPage.Numbered("2025-391", new StandingClock(now)).ShouldBe("CS-2025-000391");
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task The_example_of_a_number_is_one_of_the_year_that_it_is_here(DateTimeOffset now, int year)
    {
        (await Rendered<CaseListView>(now, new() { ["Lines"] = new CaseLines([], null, null), ["Search"] = new CaseSearch("all", null, null) }))
            .ShouldContain($"placeholder=\"CS-{year}-000391\"");
        (await Rendered<ContactsView>(now, new()
        {
            ["Open"] = new ContactLines([], null, 0),
            ["Today"] = Array.Empty<ContactLine>(),
            ["Drafts"] = Array.Empty<DraftRow>(),
            ["Names"] = new PeopleNames(new Dictionary<string, string>(), ""),
        })).ShouldContain($"placeholder=\"CT-{year}-\"");
    }

    private static async Task<string> Rendered<T>(DateTimeOffset now, Dictionary<string, object?> parameters)
        where T : IComponent
    {
        var words = new Words(new WordBook([typeof(WordBook).Assembly, typeof(ConsoleProgram).Assembly]), Language.Vietnamese);
        await using var services = new ServiceCollection().AddSingleton(words).AddSingleton(new Times(words, new StandingClock(now))).BuildServiceProvider();
        await using var pages = new HtmlRenderer(services, NullLoggerFactory.Instance);
        return await pages.Dispatcher.InvokeAsync(async () => (await pages.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters))).ToHtmlString());
    }
}
