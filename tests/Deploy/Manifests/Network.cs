using System.Globalization;
using System.Text.Json.Nodes;
using Npgsql;

namespace Hotline111.Deploy.Tests.Manifests;

/// <summary>Who has to speak to whom, read from the settings, and who may, read from the policies.</summary>
internal sealed class Network(Overlay installation)
{
    private const string Everybody = "everybody";

    private readonly List<JsonObject> policies = [.. installation.Of("NetworkPolicy")];

    private readonly List<(string Name, JsonObject Labels)> groups =
        [.. installation.Pods.Select(pod => (pod.Name, pod.Labels)), .. installation.OperatedPods.Select(each => ($"operated/{each.Name}", each.Labels))];

    /// <summary>Every group of pods, ours and the operators'.</summary>
    public IReadOnlyList<(string Name, JsonObject Labels)> Groups => groups;

    /// <summary>What the settings need: "source > target:port".</summary>
    public IReadOnlySet<string> Needed
    {
        get
        {
            var needed = new HashSet<string>(StringComparer.Ordinal);
            foreach (var pod in installation.Pods)
            {
                foreach (var (setting, value) in pod.Settings)
                {
                    // Whoever migrates speaks to the database alone, whatever else it is told.
                    if (pod.IsJob && !setting.StartsWith("ConnectionStrings__", StringComparison.Ordinal))
                        continue;
                    if (Address(setting, value) is var (host, port) && Target(host, port) is var (target, containerPort))
                        needed.Add($"{pod.Name} > {target}:{containerPort}");
                }
            }

            foreach (var cluster in installation.Of("Cluster"))
                needed.UnionWith([$"operated/{cluster.Name()} > operated/{cluster.Name()}:5432", $"operated/{cluster.Name()} > operated/{cluster.Name()}:8000"]);
            foreach (var broker in installation.Of("RabbitmqCluster"))
                needed.UnionWith(new[] { "4369", "25672", "35672-35682" }.Select(port => $"operated/{broker.Name()} > operated/{broker.Name()}:{port}"));
            return needed;
        }
    }

    /// <summary>What comes from outside the namespace and must: browsers, and the operators.</summary>
    public IReadOnlySet<string> NeededFromOutside =>
        new HashSet<string>(
        [
            $"{Everybody} > Deployment/gateway:8443",
            .. installation.Of("Cluster").SelectMany(cluster => new[] { $"cnpg-system > operated/{cluster.Name()}:5432", $"cnpg-system > operated/{cluster.Name()}:8000" }),
            .. installation.Of("RabbitmqCluster").Select(broker => $"rabbitmq-system > operated/{broker.Name()}:15671"),
        ],
        StringComparer.Ordinal);

    /// <summary>What the sources' policies let out, inside the namespace.</summary>
    public IReadOnlySet<string> LetOut => Edges("Egress", "egress", "to", (self, peer) => $"{self} > {peer}");

    /// <summary>What the targets' policies let in, also from outside.</summary>
    public IReadOnlySet<string> LetIn => Edges("Ingress", "ingress", "from", (self, peer) => $"{peer} > {self}");

    /// <summary>Whether a group is under some policy in this direction besides the one that forbids everything.</summary>
    public bool IsOpened(JsonObject labels, string direction) =>
        policies.Any(policy => policy["spec"]!["podSelector"] is JsonObject { Count: > 0 } selector && Selects(selector, labels) && Directions(policy).Contains(direction));

    /// <summary>Whether nothing is allowed where no policy says so, in this direction.</summary>
    public bool DeniesEverything(string direction) =>
        policies.Any(policy => policy["spec"]!["podSelector"] is JsonObject { Count: 0 } && Directions(policy).Contains(direction) && policy["spec"]![direction.ToLowerInvariant()] is null);

    /// <summary>Host and port of an address in a setting; null for one that is no address of another part.</summary>
    public static (string Host, int Port)? Address(string setting, string value)
    {
        if (setting.StartsWith("ConnectionStrings__", StringComparison.Ordinal) && !setting.EndsWith("PasswordFile", StringComparison.Ordinal))
        {
            var connection = new NpgsqlConnectionStringBuilder(value);
            return (connection.Host!, connection.Port);
        }

        return setting is not ("ASPNETCORE_URLS" or "Access__Issuer" or "OTLP_TARGET") && Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "amqp" or "amqps"
            && Uri.TryCreate(value, UriKind.Absolute, out var found) && !found.IsLoopback
                ? (found.Host, found.Port > 0 ? found.Port : found.Scheme == "amqps" ? 5671 : 5672)
                : null;
    }

    /// <summary>The pods behind a host name, and their port.</summary>
    public (string Group, int Port)? Target(string host, int port)
    {
        if (installation.Of("Cluster").FirstOrDefault(cluster => host == $"{cluster.Name()}-rw") is { } database)
            return ($"operated/{database.Name()}", port);
        if (installation.Of("RabbitmqCluster").FirstOrDefault(broker => host == broker.Name()) is { } queue)
            return ($"operated/{queue.Name()}", port);
        if (installation.Of("Service").FirstOrDefault(service => service.Name() == host) is not { } found || found["spec"]!.AsObject().List("ports").FirstOrDefault(each => each["port"]!.ToString() == $"{port}") is not { } open)
            return null;
        var pod = installation.Pods.FirstOrDefault(each => !each.IsJob && Selects(new JsonObject { ["matchLabels"] = found["spec"]!["selector"]!.DeepClone() }, each.Labels));
        var target = pod?.Containers.SelectMany(container => container.List("ports")).FirstOrDefault(each => (string?)each["name"] == open["targetPort"]?.ToString() || each["containerPort"]?.ToString() == open["targetPort"]?.ToString());
        return pod is null || target is null ? null : (pod.Name, int.Parse(target["containerPort"]!.ToString(), CultureInfo.InvariantCulture));
    }

    /// <summary>Whether a label selector takes these labels.</summary>
    public static bool Selects(JsonObject selector, JsonObject labels) =>
        (selector["matchLabels"] as JsonObject ?? []).All(each => (string?)labels[each.Key] == (string?)each.Value)
        && selector.List("matchExpressions").All(each => (string?)each["operator"] switch
        {
            "Exists" => labels.ContainsKey((string)each["key"]!),
            var other => throw new InvalidOperationException($"The operator {other} is not understood here."),
        });

    private HashSet<string> Edges(string direction, string rules, string peers, Func<string, string, string> edge)
    {
        var edges = new HashSet<string>(StringComparer.Ordinal);
        foreach (var policy in policies.Where(each => Directions(each).Contains(direction)))
        {
            var spec = policy["spec"]!.AsObject();
            foreach (var (self, labels) in groups.Where(group => Selects(spec["podSelector"]!.AsObject(), group.Labels)))
            {
                foreach (var rule in spec.List(rules))
                {
                    foreach (var name in rule[peers] is JsonArray named ? named.OfType<JsonObject>().SelectMany(Peers) : [Everybody])
                    {
                        foreach (var port in rule["ports"] is JsonArray ? rule.List("ports").Select(Port) : ["any"])
                            edges.Add(edge(self, $"{name}") + $":{port}");
                    }
                }
            }
        }

        return edges;
    }

    private IEnumerable<string> Peers(JsonObject peer)
    {
        // Addresses outside and the name service are looked at by rules of their own.
        if (peer["ipBlock"] is not null)
            return [];
        if (peer["namespaceSelector"] is JsonObject space)
            return (string?)space["matchLabels"]?["kubernetes.io/metadata.name"] is { } name ? name == "kube-system" ? [] : [name] : [Everybody];
        return groups.Where(group => Selects(peer["podSelector"]!.AsObject(), group.Labels)).Select(group => group.Name);
    }

    private static string Port(JsonObject port) => port["endPort"] is { } end ? $"{port["port"]}-{end}" : port["port"]!.ToString();

    private static IReadOnlyList<string> Directions(JsonObject policy) => [.. policy["spec"]!["policyTypes"]?.AsArray().Select(each => (string)each!) ?? []];
}
