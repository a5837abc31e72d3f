using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Hotline111.Browser.Tests;

/// <summary>What a PDF as Chromium writes it holds: the size of each page in points, and its text. Reads just what Chromium's writer uses, and no other PDF.</summary>
/// <param name="Text">In the order of writing; without the spaces, because where words are apart is said by places on the page too.</param>
internal sealed partial record Pdf(IReadOnlyList<(double Width, double Height)> Pages, string Text)
{
    public static Pdf Read(byte[] bytes)
    {
        // Object by object; a byte is a character, so that places in the text are places in the file.
        var file = Encoding.Latin1.GetString(bytes);
        var objects = Objects().Matches(file).ToDictionary(match => match.Groups[1].Value, match => (Dictionary: match.Groups[2].Value, Stream: Stream(bytes, file, match)));
        List<(double, double)> pages = [];
        var text = new StringBuilder();
        foreach (var (dictionary, _) in objects.Values.Where(each => PageType().IsMatch(each.Dictionary)).ToList())
        {
            var box = MediaBox().Match(dictionary);
            pages.Add((Number(box.Groups[1].Value), Number(box.Groups[2].Value)));
            var resources = Resources(dictionary, objects);
            var fonts = FontNames().Matches(FontsOf(resources, objects)).ToDictionary(match => match.Groups[1].Value, match => Letters(match.Groups[2].Value, objects));
            foreach (Match content in ContentIds().Matches(ContentsOf().Match(dictionary).Groups[1].Value))
                Write(objects[content.Groups[1].Value].Stream, fonts, text);
        }

        return new(pages, Tight(text.ToString()));
    }

    /// <summary>A text without its spaces.</summary>
    public static string Tight(string text) => string.Concat(text.Where(letter => !char.IsWhiteSpace(letter)));

    private static void Write(string content, Dictionary<string, Dictionary<int, string>> fonts, StringBuilder text)
    {
        Dictionary<int, string> font = [];
        foreach (Match token in Tokens().Matches(content))
        {
            if (token.Groups["font"].Success)
            {
                font = fonts.GetValueOrDefault(token.Groups["font"].Value) ?? [];
            }
            else
            {
                var glyphs = token.Groups["hex"].Value;
                for (var i = 0; i + 4 <= glyphs.Length; i += 4)
                    text.Append(font.GetValueOrDefault(int.Parse(glyphs.AsSpan(i, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
            }
        }
    }

    // What each glyph of a font means, from its table to Unicode.
    private static Dictionary<int, string> Letters(string font, Dictionary<string, (string Dictionary, string Stream)> objects)
    {
        Dictionary<int, string> letters = [];
        if (!objects.TryGetValue(font, out var found) || ToUnicode().Match(found.Dictionary) is not { Success: true } table)
            return letters;
        var map = objects[table.Groups[1].Value].Stream;
        foreach (Match section in Sections().Matches(map))
        {
            foreach (Match line in Lines().Matches(section.Groups[2].Value))
            {
                var (from, to) = (Hex(line.Groups[1].Value), line.Groups[3].Success ? Hex(line.Groups[2].Value) : Hex(line.Groups[1].Value));
                var first = line.Groups[3].Success ? line.Groups[3].Value : line.Groups[2].Value;
                for (var glyph = from; glyph <= to; glyph++)
                {
                    var units = Enumerable.Range(0, first.Length / 4).Select(i => (char)Hex(first.Substring(i * 4, 4))).ToArray();
                    units[^1] += (char)(glyph - from);
                    letters[glyph] = new string(units);
                }
            }
        }

        return letters;
    }

    private static string Resources(string page, Dictionary<string, (string Dictionary, string Stream)> objects) =>
        ResourcesId().Match(page) is { Success: true } named ? objects[named.Groups[1].Value].Dictionary : page;

    private static string FontsOf(string resources, Dictionary<string, (string Dictionary, string Stream)> objects) =>
        FontId().Match(resources) is { Success: true } named ? objects[named.Groups[1].Value].Dictionary : FontDictionary().Match(resources).Groups[1].Value;

    private static string Stream(byte[] bytes, string file, Match match)
    {
        var end = match.Index + match.Length;
        if (!file.AsSpan(end).TrimStart("\r\n ").StartsWith("stream") || LengthOf().Match(match.Groups[2].Value) is not { Success: true } length)
            return "";
        var start = file.IndexOf("stream", end, StringComparison.Ordinal) + "stream".Length;
        start += file[start] == '\r' ? 2 : 1;
        var content = bytes.AsSpan(start, int.Parse(length.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        if (!match.Groups[2].Value.Contains("/FlateDecode", StringComparison.Ordinal))
            return Encoding.Latin1.GetString(content);
        using var plain = new ZLibStream(new MemoryStream(content), CompressionMode.Decompress);
        using var reader = new StreamReader(plain, Encoding.Latin1);
        return reader.ReadToEnd();
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static double Number(string digits) => double.Parse(digits, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?:^|\n)(\d+) 0 obj\s*(<<(?:[^<>]|<(?!<)|>(?!>)|<<(?:[^<>]|<(?!<)|>(?!>)|<<(?:[^<>]|<(?!<)|>(?!>)|<<[^<>]*>>)*>>)*>>)*>>)")]
    private static partial Regex Objects();

    [GeneratedRegex(@"/Type\s*/Page\b(?!s)")]
    private static partial Regex PageType();

    [GeneratedRegex(@"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]")]
    private static partial Regex MediaBox();

    [GeneratedRegex(@"/Resources (\d+) 0 R")]
    private static partial Regex ResourcesId();

    [GeneratedRegex(@"/Font (\d+) 0 R")]
    private static partial Regex FontId();

    [GeneratedRegex(@"/Font\s*<<(.*?)>>", RegexOptions.Singleline)]
    private static partial Regex FontDictionary();

    [GeneratedRegex(@"/(\w+) (\d+) 0 R")]
    private static partial Regex FontNames();

    [GeneratedRegex(@"/Contents\s*(\[[^\]]*\]|\d+ 0 R)")]
    private static partial Regex ContentsOf();

    [GeneratedRegex(@"(\d+) 0 R")]
    private static partial Regex ContentIds();

    [GeneratedRegex(@"/ToUnicode (\d+) 0 R")]
    private static partial Regex ToUnicode();

    [GeneratedRegex(@"/Length (\d+)")]
    private static partial Regex LengthOf();

    [GeneratedRegex(@"begin(bfchar|bfrange)(.*?)end\1", RegexOptions.Singleline)]
    private static partial Regex Sections();

    [GeneratedRegex(@"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>(?:[ \t]*<([0-9A-Fa-f]+)>)?")]
    private static partial Regex Lines();

    [GeneratedRegex(@"/(?<font>\w+) [\d.]+ Tf|<(?<hex>[0-9A-Fa-f]+)>")]
    private static partial Regex Tokens();
}
