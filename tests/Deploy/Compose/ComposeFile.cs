using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline111.Deploy.Tests.Manifests;
using Hotline111.Local;

namespace Hotline111.Deploy.Tests.Compose;

/// <summary>The compose file, its variables put in.</summary>
internal sealed partial record ComposeFile(JsonObject Root)
{
    /// <summary>As it stands in the repository.</summary>
    public static ComposeFile Read() => new(Yaml.Document(Path.Combine(Repository.Root, "deploy", "compose", "compose.yaml")));

    /// <summary>A copy to change.</summary>
    public ComposeFile Copy() => new((JsonObject)Root.DeepClone());

    public IEnumerable<(string Name, JsonObject Service)> Services => Root["services"]!.AsObject().Select(each => (each.Key, each.Value!.AsObject()));

    public JsonObject Service(string name) => Root["services"]![name]!.AsObject();

    /// <summary>What a process is told.</summary>
    public static IReadOnlyDictionary<string, string> Settings(JsonObject service) =>
        (service["environment"] as JsonObject ?? []).ToDictionary(each => each.Key, each => Filled(each.Value?.ToString() ?? ""), StringComparer.Ordinal);

    /// <summary>Where the folder of a secret is seen inside.</summary>
    public static IReadOnlyDictionary<string, string> Secrets(JsonObject service) => Mounts(service)
        .Where(mount => mount[0].StartsWith("./secrets/", StringComparison.Ordinal)).ToDictionary(mount => mount[1], mount => mount[0]["./secrets/".Length..], StringComparer.Ordinal);

    /// <summary>Source, target and, where it is there, mode of each mount.</summary>
    public static IEnumerable<string[]> Mounts(JsonObject service) => (service["volumes"] as JsonArray ?? []).Select(each => Filled((string)each!).Split(':'));

    /// <summary>${NAME:-value} becomes the value, and what must be given becomes its name.</summary>
    public static string Filled(string text) => Variable().Replace(text, match => match.Groups[2].Value == ":-" ? match.Groups[3].Value : match.Groups[1].Value);

    [GeneratedRegex(@"\$\{(\w+)(:-|:\?)([^}]*)\}")]
    private static partial Regex Variable();
}
