using System.Text.RegularExpressions;
using Hotline111.Local;

namespace Hotline111.Faults.Tests;

/// <summary>docs/faults.md says which fault is shown by which test.</summary>
public sealed partial class FaultPageTests
{
    /// <summary>The rows of the platform's fault matrix that this page is about; the others belong to parts that are not here.</summary>
    private static readonly string[] Rows =
        [.. Enumerable.Range(1, 14).Concat([17, 19, 20, 22, 23, 24, 25, 27, 34, 35, 37, 39, 41, 42, 43, 45, 46, 47, 48]).Select(row => $"{row}")];

    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "faults.md"));

    /// <summary>Every test of the repository by its name: whether it runs in the campaign alone.</summary>
    private static readonly ILookup<string, bool> Written = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
        .SelectMany(Tests).ToLookup(test => test.Name, test => test.Campaign);

    [Fact]
    public void The_page_of_faults_names_tests_that_exist_and_every_row_test_stands_on_it()
    {
        var named = TestName().Matches(Page).Select(match => match.Groups[1].Value).ToHashSet();
        named.Count.ShouldBeGreaterThan(30);
        named.Where(name => !Written.Contains(name)).ShouldBeEmpty("named and nowhere written");
        Written.Select(test => test.Key).Where(name => name.StartsWith("Row_", StringComparison.Ordinal)).Except(named).ShouldBeEmpty("written and nowhere named");
    }

    [Fact]
    public void Every_row_has_a_test_on_the_page_of_faults_and_each_runs_when_it_says()
    {
        var lines = TableLine().Matches(Page).Select(line => (Rows: line.Groups[1].Value.Split(", "), Tests: TestName().Matches(line.Groups[2].Value).Select(test => test.Groups[1].Value).ToList(), When: line.Groups[3].Value)).ToList();
        Rows.Except(lines.Where(line => line.Tests.Count > 0).SelectMany(line => line.Rows)).ShouldBeEmpty("rows without a test");
        lines.SelectMany(line => line.Tests.Select(test => (Test: test, line.When))).Where(named => !Written[named.Test].All(campaign => campaign == (named.When == "campaign"))).ShouldBeEmpty("run at another time");
        // A test that is called after a row stands in the line of that row.
        lines.SelectMany(line => line.Tests.Where(test => RowOf().Match(test) is { Success: true } of && !line.Rows.Contains(of.Groups[1].Value))).ShouldBeEmpty("named after another row");
    }

    /// <summary>The tests of a file, as far as they can be told by their names.</summary>
    private static IEnumerable<(string Name, bool Campaign)> Tests(string file)
    {
        var (ofClass, ofMethod) = (false, false);
        foreach (var line in File.ReadLines(file))
        {
            if (line.TrimStart().StartsWith('['))
            {
                ofMethod |= line.Contains("Trait(\"run\", \"campaign\")", StringComparison.Ordinal);
                continue;
            }

            if (ClassLine().IsMatch(line))
                ofClass = ofMethod;
            else if (Method().Match(line) is { Success: true } method)
                yield return (method.Groups[1].Value, ofClass || ofMethod);
            ofMethod = false;
        }
    }

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+)`")]
    private static partial Regex TestName();

    [GeneratedRegex("^\\| (\\d+b?(?:, \\d+b?)*) \\|[^|]*\\|([^|]*)\\| (gate|campaign) \\|$", RegexOptions.Multiline)]
    private static partial Regex TableLine();

    [GeneratedRegex("^Row_(\\d+b?)_")]
    private static partial Regex RowOf();

    [GeneratedRegex("^(?:public|internal) .*class ")]
    private static partial Regex ClassLine();

    [GeneratedRegex("(?:Task|void) ([A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+)\\(")]
    private static partial Regex Method();
}
