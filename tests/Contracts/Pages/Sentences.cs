using System.Text.RegularExpressions;
using System.Xml.Linq;
using Hotline111.Contracts.Tests.House;

namespace Hotline111.Contracts.Tests.Pages;

/// <summary>The words of the pages: in resource files, in both languages, each used and none missing. Read from the sources, where a key stands whole.</summary>
public sealed partial class Sentences
{
    private static readonly string[] Processes = ["gateway/Pages", "gateway/Gateway", "gateway/Console"];

    // The gallery's goods are invented words; the plain pages of the API's description speak for themselves.
    private static readonly string[] Spoken = ["gateway/Console/Gallery/", "gateway/Gateway/Documents/"];

    public static TheoryData<string> Folders => [.. Processes];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Both_languages_say_the_same_things_with_the_same_holes(string folder)
    {
        var (vi, en) = (Read(folder, "vi"), Read(folder, "en"));
        vi.ShouldNotBeEmpty();
        en.Keys.ShouldBe(vi.Keys, ignoreOrder: true);
        foreach (var (key, sentence) in vi)
        {
            sentence.ShouldNotBeNullOrWhiteSpace(key);
            en[key].ShouldNotBeNullOrWhiteSpace(key);
            Holes(en[key]).ShouldBe(Holes(sentence), ignoreOrder: true, key);
        }
    }

    [Fact]
    public void Every_sentence_that_is_asked_for_is_there()
    {
        foreach (var folder in Processes)
        {
            // A process has its own words and those of the pages it shares.
            var known = Read(folder, "vi").Keys.Concat(Read("gateway/Pages", "vi").Keys).ToHashSet(StringComparer.Ordinal);
            foreach (var (file, text) in Sources(folder))
                Asked(text).Where(key => !known.Contains(key)).ShouldBeEmpty(file);
        }
    }

    [Fact]
    public void A_key_that_is_written_down_to_be_asked_for_later_is_there_too()
    {
        foreach (var folder in Processes)
        {
            var known = Read(folder, "vi").Keys.Concat(Read("gateway/Pages", "vi").Keys).ToHashSet(StringComparer.Ordinal);
            var areas = known.Select(key => key.Split('.')[0]).ToHashSet(StringComparer.Ordinal);
            foreach (var (file, text) in Sources(folder))
            {
                // Value="Form.Errors" on a component is an expression, and no key.
                Keys().Matches(text).Where(match => match.Index == 0 || text[match.Index - 1] != '=').Select(match => match.Groups[1].Value)
                    .Where(key => areas.Contains(key.Split('.')[0]) && !known.Contains(key)).ShouldBeEmpty(file);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_sentence_is_used(string folder)
    {
        // The shared words are used by all of them.
        var asked = (folder == "gateway/Pages" ? Processes : [folder]).SelectMany(Sources).SelectMany(source => Keys().Matches(source.Text).Select(match => match.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);
        Read(folder, "vi").Keys.Where(key => !asked.Contains(key)).ShouldBeEmpty();
    }

    [Fact]
    public void No_page_speaks_Vietnamese_in_its_source()
    {
        foreach (var (file, text) in Processes.SelectMany(Sources).Where(source => source.File.EndsWith(".razor", StringComparison.Ordinal) && !Spoken.Any(source.File.StartsWith)))
            Vietnamese().Matches(text).Select(match => match.Value).ShouldBeEmpty(file);
    }

    // W["Area.Key"] and words["Area.Key", value].
    private static IEnumerable<string> Asked(string text) => Calls().Matches(text).SelectMany(call => Keys().Matches(call.Value).Select(match => match.Groups[1].Value));

    private static IEnumerable<(string File, string Text)> Sources(string folder) => Repository.Files
        .Where(file => file.StartsWith($"{folder}/", StringComparison.Ordinal) && (file.EndsWith(".razor", StringComparison.Ordinal) || file.EndsWith(".cs", StringComparison.Ordinal)))
        .Select(file => (file, File.ReadAllText(Repository.At(file))));

    private static Dictionary<string, string> Read(string folder, string language) => Repository.Files
        .Where(file => file.StartsWith($"{folder}/Resources/", StringComparison.Ordinal) && file.EndsWith($".{language}.resx", StringComparison.Ordinal))
        .SelectMany(file => XDocument.Load(Repository.At(file)).Root!.Elements("data").Select(data =>
            ($"{Path.GetFileName(file).Split('.')[0]}.{(string)data.Attribute("name")!}", (string)data.Element("value")!)))
        .ToDictionary(entry => entry.Item1, entry => entry.Item2, StringComparer.Ordinal);

    private static IEnumerable<string> Holes(string sentence) => Hole().Matches(sentence).Select(match => match.Value).Distinct();

    [GeneratedRegex("""\b(?:W|words)\[[^\]]*\]""")]
    private static partial Regex Calls();

    [GeneratedRegex("\"([A-Z]\\w+\\.[A-Z]\\w+)\"")]
    private static partial Regex Keys();

    [GeneratedRegex(@"\{\d+\}")]
    private static partial Regex Hole();

    [GeneratedRegex("[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]+", RegexOptions.IgnoreCase)]
    private static partial Regex Vietnamese();
}
