using System.Text.RegularExpressions;

namespace Hotline111.Contracts.Tests.House;

/// <summary>The text of the repository belongs on any machine.</summary>
public sealed partial class Source_text
{
    private static readonly string[] Binary = [".png", ".ico", ".woff2", ".pdf"];

    private static IEnumerable<(string File, string Text)> Texts => Repository.Files
        .Where(file => !Binary.Contains(Path.GetExtension(file)))
        .Select(file => (file, File.ReadAllText(Repository.At(file))));

    // Packages and images come from where the machine is configured to get them.
    [Fact]
    public void No_file_names_the_host_of_a_registry() => Found(RegistryHost()).ShouldBeEmpty();

    [Fact]
    public void No_file_names_a_place_of_somebodys_machine() => Found(MachinePath()).ShouldBeEmpty();

    [Theory]
    [InlineData("image: registry.example" + "/library/postgres:15")]
    [InlineData("<add key=\"x\" value=\"https:" + "//registry.example/v3/index.json\" />")]
    [InlineData("\"resolved\": \"https:" + "//registry.example/x\"")]
    [InlineData("FROM registry.example" + "/dotnet/aspnet:10.0")]
    [InlineData("registry=https:" + "//registry.example/")]
    public void A_registry_would_be_found(string line) => RegistryHost().IsMatch(line).ShouldBeTrue();

    [Theory]
    [InlineData("cd /home" + "/mai/hotline")]
    [InlineData("\"/root" + "/.nuget/packages\"")]
    [InlineData(@"C:" + @"\Users\mai")]
    public void A_machines_place_would_be_found(string line) => MachinePath().IsMatch(line).ShouldBeTrue();

    [Theory]
    [InlineData("https://hotline111.local/home/page")]
    [InlineData("/usr/lib/postgresql/15/bin")]
    [InlineData("/etc/os-release")]
    public void Places_of_any_machine_are_not_meant(string line) => MachinePath().IsMatch(line).ShouldBeFalse();

    private static IReadOnlyList<string> Found(Regex forbidden) =>
        [.. Texts.SelectMany(source => forbidden.Matches(source.Text).Select(match => $"{source.File}: {match.Value}"))];

    // Where a file of a package manager or an image names a host, whichever it is.
    [GeneratedRegex("""((?:image:|FROM)\s+[\w-]+(?:\.[\w-]+)+/|<add\s+key="[^"]*"\s+value="https?://|"resolved":\s*"https?://|registry\s*=\s*https?://|index-url\s+https?://)""")]
    private static partial Regex RegistryHost();

    [GeneratedRegex("""(?<![\w.:/-])(/home/\w|/[r]oot/|/Users/\w|/work/\w|/workspace/\w|[A-Z]:\\(Users|home|work)\b)""")]
    private static partial Regex MachinePath();
}
