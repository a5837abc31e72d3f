using System.Text.RegularExpressions;
using Hotline111.Local;

namespace Hotline111.Faults.Tests;

/// <summary>docs/faults.md says which fault is shown by which test.</summary>
public sealed partial class FaultPageTests
{
    [Fact]
    public void The_page_of_faults_names_tests_that_exist_and_every_row_test_stands_on_it()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "faults.md"));
        var named = TestName().Matches(page).Select(match => match.Groups[1].Value).ToHashSet();
        named.Count.ShouldBeGreaterThan(30);
        var written = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Method().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .ToHashSet();
        named.Except(written).ShouldBeEmpty("named and nowhere written");
        written.Where(name => name.StartsWith("Row_", StringComparison.Ordinal)).Except(named).ShouldBeEmpty("written and nowhere named");
    }

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+)`")]
    private static partial Regex TestName();

    [GeneratedRegex("(?:Task|void) ([A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+)\\(")]
    private static partial Regex Method();
}
