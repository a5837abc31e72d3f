using System.Xml.Linq;

namespace Hotline111.Contracts.Tests.House;

/// <summary>Who may know whom, read from the project files.</summary>
public sealed class Dependencies
{
    private const string Contracts = "contracts", Platform = "services/Platform", Pages = "gateway/Pages";

    private static readonly Dictionary<string, XElement> Projects = Repository.Files
        .Where(file => file.EndsWith(".csproj", StringComparison.Ordinal))
        .ToDictionary(Folder, file => XDocument.Load(Repository.At(file)).Root!, StringComparer.Ordinal);

    private static IEnumerable<string> Services => Projects.Keys.Where(project => project.StartsWith("services/", StringComparison.Ordinal) && project != Platform);

    [Fact]
    public void All_projects_are_found()
    {
        Services.ShouldBe(Family.Services.Keys.Where(service => service != "platform").Select(service => $"services/{Family.Folder(service)}"), ignoreOrder: true);
        Projects.Keys.ShouldContain(Contracts);
        Projects.Keys.ShouldContain(Platform);
    }

    [Fact]
    public void A_service_knows_the_contracts_and_the_platform_alone()
    {
        foreach (var service in Services)
            References(service).ShouldBe([Contracts, Platform], ignoreOrder: true, service);
    }

    [Fact]
    public void The_gateway_and_the_console_know_the_contracts_the_platform_and_the_pages_they_share()
    {
        Projects.Keys.Where(project => project.StartsWith("gateway/", StringComparison.Ordinal)).ShouldBe(["gateway/Console", "gateway/Gateway", Pages], ignoreOrder: true);
        References("gateway/Gateway").ShouldBe([Contracts, Platform, Pages], ignoreOrder: true);
        References("gateway/Console").ShouldBe([Contracts, Platform, Pages], ignoreOrder: true);
        References(Pages).ShouldBe([Contracts, Platform], ignoreOrder: true);
    }

    [Fact]
    public void The_platform_knows_neither_contracts_nor_services() => References(Platform).ShouldBeEmpty();

    [Fact]
    public void The_contracts_know_nothing()
    {
        References(Contracts).ShouldBeEmpty();
        Projects[Contracts].Descendants("PackageReference").ShouldBeEmpty();
        Projects[Contracts].Descendants("FrameworkReference").ShouldBeEmpty();
    }

    [Fact]
    public void The_local_platform_builds_the_processes_and_loads_only_the_contracts()
    {
        foreach (var reference in Projects["deploy/Local"].Descendants("ProjectReference"))
        {
            var loaded = (string?)reference.Attribute("ReferenceOutputAssembly") != "false";
            loaded.ShouldBe(Target("deploy/Local", reference) == Contracts, (string?)reference.Attribute("Include"));
        }
    }

    [Fact]
    public void No_product_knows_a_test()
    {
        foreach (var project in Projects.Keys.Where(project => !project.StartsWith("tests/", StringComparison.Ordinal)))
            References(project).ShouldAllBe(reference => !reference.StartsWith("tests/", StringComparison.Ordinal));
    }

    [Fact]
    public void The_platform_names_nothing_of_the_hotline()
    {
        // Words of the domain that no technical text needs. "contact", "case" and "person" are words of any text.
        string[] words = ["referral", "liaison", "counsellor", "trafficking", "Hotline111.Contracts"];
        foreach (var file in Repository.Files.Where(file => file.StartsWith(Platform, StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal)))
        {
            // Docstrings may give an example out of the services' life; code may not.
            var code = string.Join('\n', File.ReadAllLines(Repository.At(file)).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));
            words.Where(word => code.Contains(word, StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty(file);
        }
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Repository.At("Hotline111.Platform.sln")).Replace('\\', '/');
        Repository.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal) && !solution.Contains($"\"{file}\"", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private static IReadOnlyList<string> References(string project) => [.. Projects[project].Descendants("ProjectReference").Select(reference => Target(project, reference))];

    private static string Target(string project, XElement reference) =>
        Folder(Path.GetRelativePath(Repository.Root, Path.GetFullPath(Repository.At(project, (string)reference.Attribute("Include")!))).Replace('\\', '/'));

    private static string Folder(string file) => file[..file.LastIndexOf('/')];
}
