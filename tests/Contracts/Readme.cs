using System.Text.RegularExpressions;
using Hotline111.Contracts.Tests.House;

namespace Hotline111.Contracts.Tests;

/// <summary>What the README says is so.</summary>
public sealed partial class Readme
{
    private static string Text { get; } = File.ReadAllText(Repository.At("README.md"));

    public static TheoryData<string> Services => [.. ServicePage.All.Select(page => page.Service)];

    public static TheoryData<string> Documents => [.. Repository.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Services))]
    public void The_table_of_services_says_what_the_code_says(string service)
    {
        var row = Text.Split('\n').Single(line => line.StartsWith($"| [{service}](", StringComparison.Ordinal)).Split('|', StringSplitOptions.TrimEntries);
        Named(row[2]).ShouldBe(Family.All.Where(family => family.Service == service).Select(family => family.Category), ignoreOrder: true, "streams");
        Named(row[3]).ShouldBe(ContractCatalogue.All.Where(contract => contract.Source == service).Select(contract => contract.Type.Name), ignoreOrder: true, "publishes");
        Named(row[4]).ShouldBe(ServicePage.All.Single(page => page.Service == service).Listens, ignoreOrder: true, "listens");
    }

    [Fact]
    public void The_table_has_no_other_service() =>
        Text.Split('\n').Count(line => line.StartsWith("| [", StringComparison.Ordinal) && line.Contains("Program.cs", StringComparison.Ordinal)).ShouldBe(ServicePage.All.Count);

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_leads_somewhere(string document)
    {
        var folder = Path.GetDirectoryName(Repository.At(document))!;
        Links().Matches(File.ReadAllText(Repository.At(document))).Select(match => match.Groups[1].Value)
            .Where(link => !link.StartsWith("http", StringComparison.Ordinal) && !Path.Exists(Path.GetFullPath(Path.Combine(folder, link.Split('#')[0]))))
            .ShouldBeEmpty(document);
    }

    [Fact]
    public void Every_decision_is_dated_listed_and_says_its_price()
    {
        var decisions = Repository.Files.Where(file => file.StartsWith("docs/decisions/", StringComparison.Ordinal)).ToList();
        decisions.ShouldNotBeEmpty();
        foreach (var file in decisions)
        {
            var lines = File.ReadAllLines(Repository.At(file));
            var date = Date().Match(lines[2]).Value;
            date.ShouldNotBeEmpty(file);
            Text.ShouldContain($"| {date} | [{lines[0][2..]}]({file}) |", customMessage: file);
            foreach (var part in new[] { "**Context.**", "**Choice.**", "**Price.**" })
                lines.ShouldContain(line => line.StartsWith(part, StringComparison.Ordinal), $"{file}: {part}");
        }
    }

    [Fact]
    public void The_two_commands_and_the_exit_codes_are_told()
    {
        Text.ShouldContain("\ndotnet run --project deploy/Local ");
        Text.ShouldContain("\ndotnet test ");
        foreach (var code in new[] { Platform.Hosting.StartupException.Configuration, Platform.Hosting.StartupException.Server, Platform.Hosting.StartupException.Port })
            Text.ShouldContain($"\n| {code} | ");
    }

    private static IReadOnlyList<string> Named(string cell) => [.. Code().Matches(cell).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}\b")]
    private static partial Regex Date();
}
