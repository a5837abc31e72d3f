using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Hotline111.Deploy.Tests.Manifests;

/// <summary>
/// Resolves a kustomization as <c>kubectl kustomize</c> does, for the members that ours use; any other stops it, so that nothing is quietly left out.
/// The order of lists may differ, which in these objects means nothing.
/// </summary>
internal static class Kustomization
{
    private static readonly string[] Understood =
        ["apiVersion", "kind", "namespace", "labels", "resources", "patches", "images", "configMapGenerator", "generatorOptions"];

    /// <summary>The objects that the kustomization of this folder makes.</summary>
    public static IReadOnlyList<JsonObject> Resolve(string folder)
    {
        var file = Path.Combine(folder, "kustomization.yaml");
        var kustomization = Yaml.Document(file);
        if (kustomization.Select(member => member.Key).Except(Understood).FirstOrDefault() is { } unknown)
            throw new InvalidOperationException($"{file}: {unknown} is not understood here.");
        var objects = new List<JsonObject>();
        foreach (var resource in Texts(kustomization["resources"]))
        {
            var path = Path.GetFullPath(Path.Combine(folder, resource));
            objects.AddRange(Directory.Exists(path) ? Resolve(path) : Yaml.Documents(path));
        }

        foreach (var generator in Objects(kustomization["configMapGenerator"]))
            Generate(objects, generator, folder, file);
        if (objects.GroupBy(Identity).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InvalidOperationException($"{file}: {twice.Key} is there twice.");
        foreach (var patch in Objects(kustomization["patches"]))
            Apply(objects, patch, folder, file);
        foreach (var @object in objects)
        {
            if ((string?)kustomization["namespace"] is { } name && (string?)@object["kind"] != "Namespace")
                @object["metadata"]!["namespace"] = name;
            foreach (var labels in Objects(kustomization["labels"]))
                Label(@object, labels);
            foreach (var image in Objects(kustomization["images"]))
                Rename(@object, image);
        }

        return objects;
    }

    private static void Generate(List<JsonObject> objects, JsonObject generator, string folder, string file)
    {
        var name = (string)generator["name"]!;
        var data = new JsonObject();
        foreach (var source in Texts(generator["files"]))
            data[Path.GetFileName(source)] = File.ReadAllText(Path.Combine(folder, source));
        var made = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = name }, ["data"] = data };
        var present = objects.FindIndex(each => Is(each, "ConfigMap", name));
        switch ((string?)generator["behavior"], present)
        {
            case (null, < 0):
                objects.Add(made);
                break;
            case ("replace", >= 0):
                objects[present] = made;
                break;
            default:
                throw new InvalidOperationException($"{file}: the ConfigMap {name} is made with a behaviour that does not fit.");
        }
    }

    private static void Apply(List<JsonObject> objects, JsonObject patch, string folder, string file)
    {
        foreach (var change in Yaml.Documents(Path.Combine(folder, (string)patch["path"]!)))
        {
            var target = patch["target"] as JsonObject;
            var targets = objects.Where(each => target is null
                ? Identity(each) == Identity(change)
                : Whole(target["kind"], each["kind"]) && Whole(target["name"], each["metadata"]!["name"])).ToList();
            if (targets.Count == 0)
                throw new InvalidOperationException($"{file}: a patch of {patch["path"]} fits nothing.");
            foreach (var each in targets)
            {
                // A patch for many says what it is in their stead, and not who.
                var what = (JsonObject)change.DeepClone();
                foreach (var member in new[] { "apiVersion", "kind" })
                    what.Remove(member);
                (what["metadata"] as JsonObject)?.Remove("name");
                Merge(each, what, StrategicLists.Of((string)each["apiVersion"]!));
            }
        }
    }

    /// <summary>A strategic merge: objects member by member, lists with a key entry by entry, other lists and values whole; null takes away.</summary>
    private static void Merge(JsonObject into, JsonObject change, StrategicLists lists)
    {
        foreach (var (member, value) in change.ToList())
        {
            switch (into[member], value)
            {
                case (_, null):
                    into.Remove(member);
                    break;
                case (JsonObject present, JsonObject changed):
                    Merge(present, changed, lists);
                    break;
                case (JsonArray present, JsonArray changed) when lists.Keys(member, changed) is { } keys:
                    MergeEntries(present, changed, keys, lists);
                    break;
                default:
                    into[member] = value.DeepClone();
                    break;
            }
        }
    }

    private static void MergeEntries(JsonArray into, JsonArray change, IReadOnlyList<string> keys, StrategicLists lists)
    {
        foreach (var entry in change.Cast<JsonObject>())
        {
            if (into.Cast<JsonObject>().FirstOrDefault(each => keys.All(key => JsonNode.DeepEquals(each[key], entry[key]))) is { } present)
                Merge(present, entry, lists);
            else
                into.Add(entry.DeepClone());
        }
    }

    private static void Label(JsonObject @object, JsonObject labels)
    {
        if ((bool?)labels["includeSelectors"] != false)
            throw new InvalidOperationException("Labels that also select cannot be changed later; say includeSelectors: false.");
        Into(@object["metadata"]!.AsObject());
        if ((bool?)labels["includeTemplates"] == true && @object["spec"]?["template"]?["metadata"] is JsonObject template)
            Into(template);

        void Into(JsonObject metadata)
        {
            var present = metadata["labels"] as JsonObject ?? [];
            metadata["labels"] = present;
            foreach (var (name, value) in labels["pairs"]!.AsObject())
                present[name] = value!.DeepClone();
        }
    }

    private static void Rename(JsonObject @object, JsonObject image)
    {
        foreach (var container in Pod.ContainersOf(@object))
        {
            var present = (string?)container["image"] ?? "";
            var (name, _) = Split(present);
            if (name != (string)image["name"]!)
                continue;
            var renamed = (string?)image["newName"] ?? name;
            container["image"] = ((string?)image["digest"], (string?)image["newTag"]) switch
            {
                ({ } digest, _) => $"{renamed}@{digest}",
                (_, { } tag) => $"{renamed}:{tag}",
                _ => present,
            };
        }
    }

    /// <summary>An image's name, and what stands behind it: a tag or a digest.</summary>
    public static (string Name, string Version) Split(string image)
    {
        var at = image.IndexOf('@', StringComparison.Ordinal);
        var colon = image.LastIndexOf(':');
        return at > 0 ? (image[..at], image[(at + 1)..]) : colon > image.LastIndexOf('/') ? (image[..colon], image[(colon + 1)..]) : (image, "");
    }

    private static string Identity(JsonObject @object) => $"{@object["apiVersion"]} {@object["kind"]} {@object["metadata"]!["name"]}";

    private static bool Is(JsonObject @object, string kind, string name) => (string?)@object["kind"] == kind && (string?)@object["metadata"]!["name"] == name;

    private static bool Whole(JsonNode? pattern, JsonNode? value) => pattern is null || Regex.IsMatch((string)value!, $"^(?:{(string)pattern!})$");

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => list?.AsArray().Select(each => each!.AsObject()) ?? [];

    private static IEnumerable<string> Texts(JsonNode? list) => list?.AsArray().Select(each => (string)each!) ?? [];
}

/// <summary>By which members the entries of a list are told apart when it is patched. Objects of operators have no such lists: a patch replaces theirs.</summary>
internal sealed class StrategicLists
{
    private static readonly StrategicLists None = new([]);

    private static readonly StrategicLists Kubernetes = new(new Dictionary<string, string[]>
    {
        ["containers"] = ["name"],
        ["initContainers"] = ["name"],
        ["env"] = ["name"],
        ["volumes"] = ["name"],
        ["volumeMounts"] = ["mountPath"],
        ["ports"] = ["containerPort"],
        ["topologySpreadConstraints"] = ["topologyKey", "whenUnsatisfiable"],
    });

    private readonly Dictionary<string, string[]> keys;

    private StrategicLists(Dictionary<string, string[]> keys) => this.keys = keys;

    public static StrategicLists Of(string apiVersion) => apiVersion is "v1" or "apps/v1" or "batch/v1" or "autoscaling/v2" ? Kubernetes : None;

    public IReadOnlyList<string>? Keys(string list, JsonArray change) => keys.GetValueOrDefault(list) is { } found && change.Count > 0 && change.All(entry => entry is JsonObject) ? found : null;
}
