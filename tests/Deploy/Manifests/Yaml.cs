using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Hotline111.Deploy.Tests.Manifests;

/// <summary>YAML as Kubernetes and Docker Compose read it, as JSON. Anchors and merge keys are resolved.</summary>
internal static partial class Yaml
{
    /// <summary>The documents of a file that hold something.</summary>
    public static IReadOnlyList<JsonObject> Documents(string file)
    {
        using var reader = new StreamReader(file);
        var stream = new YamlStream();
        stream.Load(reader);
        return [.. stream.Documents.Select(document => Node(document.RootNode, file)).OfType<JsonObject>()];
    }

    /// <summary>The one document of a file.</summary>
    public static JsonObject Document(string file) => Documents(file).Single();

    private static JsonNode? Node(YamlNode node, string file) => node switch
    {
        YamlMappingNode mapping => Mapping(mapping, file),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(child => Node(child, file))]),
        YamlScalarNode scalar => Scalar(scalar, file),
        _ => throw new InvalidOperationException($"{file}: {node.NodeType} is not understood."),
    };

    private static JsonObject Mapping(YamlMappingNode mapping, string file)
    {
        var members = new JsonObject();
        foreach (var (key, value) in mapping.Children)
        {
            var name = ((YamlScalarNode)key).Value!;
            if (name != "<<")
            {
                members[name] = Node(value, file);
                continue;
            }

            // What stands beside a merge key goes before what it brings, wherever it stands.
            foreach (var (inherited, what) in (JsonObject)Node(value, file)!)
            {
                if (!mapping.Children.ContainsKey(new YamlScalarNode(inherited)) && !members.ContainsKey(inherited))
                    members[inherited] = what?.DeepClone();
            }
        }

        return members;
    }

    private static JsonNode? Scalar(YamlScalarNode scalar, string file)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain)
            return text;
        // One reader takes these for yes and no, another for words.
        if (Ambiguous().IsMatch(text))
            throw new InvalidOperationException($"{file}: write \"{text}\" in quotes; what it means without them depends on the reader.");
        return text switch
        {
            "" or "~" or "null" => null,
            "true" => true,
            "false" => false,
            _ when Octal().Match(text) is { Success: true } octal => Convert.ToInt64(octal.Groups[1].Value, 8),
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
            _ when Fraction().IsMatch(text) => double.Parse(text, CultureInfo.InvariantCulture),
            _ => text,
        };
    }

    [GeneratedRegex("^(y|n|yes|no|on|off)$", RegexOptions.IgnoreCase)]
    private static partial Regex Ambiguous();

    [GeneratedRegex("^0o?([0-7]+)$")]
    private static partial Regex Octal();

    [GeneratedRegex(@"^[-+]?[0-9]+\.[0-9]+$")]
    private static partial Regex Fraction();
}
