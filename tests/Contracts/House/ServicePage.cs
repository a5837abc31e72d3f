using System.Text.RegularExpressions;

namespace Hotline111.Contracts.Tests.House;

/// <summary>What a service's Program.cs says it is made of. It stands there on one page and in the open, so it can be read.</summary>
internal sealed partial record ServicePage(
    string Service, IReadOnlyList<string> Families, IReadOnlyList<string> Publishes, IReadOnlyList<string> Listens, IReadOnlyList<string> Effects)
{
    /// <summary>The four services.</summary>
    public static IReadOnlyList<ServicePage> All { get; } =
        [.. Family.Services.Keys.Where(service => service != "platform").Select(service => Read(service, File.ReadAllText(Repository.At("services", Family.Folder(service), "Program.cs"))))];

    public static ServicePage Read(string service, string page) => new(
        service,
        [.. FamilyCall().Matches(page).Select(match => match.Groups[1].Value)],
        [.. PublishCall().Matches(page).Select(match => match.Groups[1].Value)],
        [.. ListenCall().Matches(page).Select(match => match.Groups[1].Value)],
        [.. EffectCall().Matches(page).Select(match => match.Groups[1].Value.Split('.')[^1])]);

    [GeneratedRegex(@"\.Family\((\w+)\.Instance\)")]
    private static partial Regex FamilyCall();

    [GeneratedRegex(@"\.Publish\((\w+)\.Instance, \w+\.Translate\)")]
    private static partial Regex PublishCall();

    [GeneratedRegex("""\.Listen\("([a-z-]+)"\)""")]
    private static partial Regex ListenCall();

    [GeneratedRegex(@"\.On<([\w.]+)>\(")]
    private static partial Regex EffectCall();
}
