using System.Text.Json.Nodes;
using Hotline111.Local;

namespace Hotline111.Deploy.Tests.Manifests;

/// <summary>The objects of one overlay, and what the repository says beside them.</summary>
/// <param name="Name">The overlay.</param>
/// <param name="Objects">What it makes.</param>
internal sealed record Overlay(string Name, IReadOnlyList<JsonObject> Objects)
{
    /// <summary>Runs on many machines and keeps backups.</summary>
    public bool IsProduction => Name == "production";

    /// <summary>Every secret with its keys, as <c>k8s/secrets.yaml</c> declares them, by where it comes from.</summary>
    public JsonObject Secrets { get; init; } = (JsonObject)Declared.DeepClone();

    /// <summary>The processes that the README's table of services and the sentence below it name, and those that keep a database.</summary>
    public IReadOnlyList<PlatformProcess> Processes { get; init; } = PlatformProcess.All;

    private static JsonObject Declared { get; } = Yaml.Document(Path.Combine(Repository.Root, "k8s", "secrets.yaml"));

    /// <summary>Resolves an overlay.</summary>
    public static Overlay Read(string overlay) => new(overlay, Kustomization.Resolve(Path.Combine(Repository.Root, "k8s", "overlays", overlay)));

    /// <summary>A copy to change.</summary>
    public Overlay Copy() => this with { Objects = [.. Objects.Select(each => (JsonObject)each.DeepClone())], Secrets = (JsonObject)Secrets.DeepClone() };

    /// <summary>Without the objects of this kind and name.</summary>
    public Overlay Without(string kind, string name) => this with { Objects = [.. Objects.Where(each => !(each.Kind() == kind && each.Name() == name))] };

    /// <summary>Objects of a kind.</summary>
    public IEnumerable<JsonObject> Of(string kind) => Objects.Where(each => each.Kind() == kind);

    /// <summary>The object of a kind and name.</summary>
    public JsonObject Get(string kind, string name) => Of(kind).Single(each => each.Name() == name);

    /// <summary>The pods that our own workloads make.</summary>
    public IEnumerable<Pod> Pods => Objects.Where(each => each.Kind() is "Deployment" or "Job").Select(each => new Pod(each));

    /// <summary>The pods that operators make for us, with the labels they give them.</summary>
    public IEnumerable<(string Name, JsonObject Labels)> OperatedPods =>
        Of("Cluster").Select(cluster => (cluster.Name(), new JsonObject { ["cnpg.io/cluster"] = cluster.Name() }))
            .Concat(Of("RabbitmqCluster").Select(cluster => (cluster.Name(), new JsonObject { ["app.kubernetes.io/name"] = cluster.Name(), ["app.kubernetes.io/component"] = "rabbitmq" })));
}

/// <summary>The pods of a Deployment or Job.</summary>
internal sealed record Pod(JsonObject Workload)
{
    public string Name => $"{Workload.Kind()}/{Workload.Name()}";

    public bool IsJob => Workload.Kind() == "Job";

    public JsonObject Template => Workload["spec"]!["template"]!.AsObject();

    public JsonObject Spec => Template["spec"]!.AsObject();

    public JsonObject Labels => Template["metadata"]!["labels"]!.AsObject();

    public IReadOnlyList<JsonObject> Containers => ContainersOf(Workload);

    /// <summary>Settings that stand in the open, by name.</summary>
    public IReadOnlyDictionary<string, string> Settings => Containers.SelectMany(container => container.List("env")).Where(each => each["value"] is not null)
        .ToDictionary(each => (string)each["name"]!, each => (string)each["value"]!, StringComparer.Ordinal);

    /// <summary>Every file that a volume brings, by the path at which the container sees it: which secret and key it is.</summary>
    public IReadOnlyDictionary<string, (string Secret, string Key)> Files
    {
        get
        {
            var files = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
            foreach (var mount in Containers.SelectMany(container => container.List("volumeMounts")))
            {
                var volume = Spec.List("volumes").FirstOrDefault(each => (string?)each["name"] == (string?)mount["name"]);
                foreach (var (path, secret, key) in volume is null ? [] : SecretsOf(volume))
                    files[$"{mount["mountPath"]}/{path}"] = (secret, key);
            }

            return files;
        }
    }

    /// <summary>The secrets that a volume brings, with the keys it names; a secret that is mounted whole counts with an empty key.</summary>
    public static IEnumerable<(string Path, string Secret, string Key)> SecretsOf(JsonObject volume)
    {
        var sources = volume["projected"] is JsonObject projected ? projected.List("sources").Select(source => source["secret"]).OfType<JsonObject>()
            : volume["secret"] is JsonObject one ? [one] : [];
        foreach (var source in sources)
        {
            var name = (string?)source["name"] ?? (string?)source["secretName"] ?? "";
            var items = source.List("items").ToList();
            if (items.Count == 0)
                yield return ("", name, "");
            foreach (var item in items)
                yield return ((string)item["path"]!, name, (string)item["key"]!);
        }
    }

    public static IReadOnlyList<JsonObject> ContainersOf(JsonObject workload) => workload["spec"]?["template"] is JsonObject template && template["spec"] is JsonObject pod
        ? [.. pod.List("containers"), .. pod.List("initContainers")]
        : [];
}

/// <summary>Small words for objects.</summary>
internal static class ObjectWords
{
    extension(JsonObject @object)
    {
        public string Kind() => (string)@object["kind"]!;

        public string Name() => (string)@object["metadata"]!["name"]!;

        public IEnumerable<JsonObject> List(string member) => @object[member] is JsonArray list ? list.OfType<JsonObject>() : [];
    }
}
