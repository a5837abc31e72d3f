using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline111.Local;
using Hotline111.Platform.Hosting;
using Npgsql;

namespace Hotline111.Deploy.Tests.Manifests;

/// <summary>What must be so in every installation.</summary>
/// <param name="Name">A sentence.</param>
/// <param name="Broken">Where it is not so.</param>
internal sealed record Rule(string Name, Func<Overlay, IEnumerable<string>> Broken)
{
    public override string ToString() => Name;
}

/// <summary>Our own rules, beyond what a schema can say.</summary>
internal static partial class Rules
{
    /// <summary>Connections of a service's process beside its two pools: sequencer and relay have one each, and looking after health up to two for each pool.</summary>
    private const int BesidePools = 2 + (2 * 2);

    public static IReadOnlyList<Rule> All { get; } =
    [
        new("Nobody runs as root", installation => Each(installation, pod =>
            pod.Spec["securityContext"] is { } context && context["runAsNonRoot"].Is(true) && context["runAsUser"].Number() > 0 && context["runAsGroup"].Number() > 0
            && pod.Containers.All(container => container["securityContext"]?["runAsUser"] is null && container["securityContext"]?["runAsNonRoot"] is null))),
        new("The root file system is read-only", installation => EachContainer(installation, container => container["securityContext"]?["readOnlyRootFilesystem"].Is(true) == true)),
        new("No process gains rights", installation => EachContainer(installation, container =>
            container["securityContext"] is { } context && context["allowPrivilegeEscalation"].Is(false) && !(context["privileged"]?.Is(true) ?? false))),
        new("No process has a capability", installation => EachContainer(installation, container =>
            container["securityContext"]?["capabilities"] is JsonObject capabilities && capabilities["add"] is null && capabilities["drop"] is JsonArray { Count: 1 } drop && (string?)drop[0] == "ALL")),
        new("System calls are those of the runtime's default", installation => Each(installation, pod => (string?)pod.Spec["securityContext"]?["seccompProfile"]?["type"] == "RuntimeDefault")),
        new("Nothing of the machine is shared", installation => Each(installation, pod =>
            !new[] { "hostNetwork", "hostPID", "hostIPC" }.Any(member => pod.Spec[member]?.Is(true) == true)
            && pod.Spec.List("volumes").All(volume => volume["hostPath"] is null)
            && pod.Containers.SelectMany(container => container.List("ports")).All(port => port["hostPort"] is null))),
        new("Every container says what it needs and what it may take", installation => EachContainer(installation, container => new[] { "cpu", "memory" }.All(what =>
            Quantity(container["resources"]?["requests"]?[what]) is { } wanted && Quantity(container["resources"]?["limits"]?[what]) is { } most && wanted > 0 && wanted <= most))),
        new("Every running container is asked whether it has started, lives and is ready", installation => installation.Pods.Where(pod => !pod.IsJob)
            .SelectMany(pod => pod.Containers.Where(container => !new[] { "startupProbe", "livenessProbe", "readinessProbe" }.All(probe => Probes(container, probe))).Select(_ => pod.Name))),
        new("Being alive does not depend on others", installation => Containers(installation)
            .Where(each => ((string?)each.Container["livenessProbe"]?["httpGet"]?["path"])?.Contains("ready", StringComparison.Ordinal) == true).Select(each => each.Name)),
        new("No pod has a token of the cluster", installation => Each(installation, pod => pod.Spec["automountServiceAccountToken"].Is(false))
            .Concat(installation.Of("ServiceAccount").Where(account => !account["automountServiceAccountToken"].Is(false)).Select(account => $"ServiceAccount/{account.Name()}"))
            .Concat(installation.Pods.Where(pod => installation.Of("ServiceAccount").All(account => account.Name() != (string?)pod.Spec["serviceAccountName"])).Select(pod => $"{pod.Name} has no account of its own"))
            .Concat(installation.Of("RabbitmqCluster").Where(broker => !Override(broker)["automountServiceAccountToken"].Is(false)).Select(broker => $"RabbitmqCluster/{broker.Name()}"))),
        new("No pod is told of others by its environment", installation => Each(installation, pod => pod.Spec["enableServiceLinks"].Is(false))),
        new("The broker's pods are restricted as ours are", installation => installation.Of("RabbitmqCluster").Where(broker =>
            !(Override(broker)["securityContext"] is { } context && context["runAsNonRoot"].Is(true) && (string?)context["seccompProfile"]?["type"] == "RuntimeDefault")
            || Override(broker).List("containers").Concat(Override(broker).List("initContainers")).Any(container => !(container["securityContext"] is { } own
                && own["allowPrivilegeEscalation"].Is(false) && own["readOnlyRootFilesystem"].Is(true) && (string?)own["capabilities"]?["drop"]?[0] == "ALL"))).Select(broker => broker.Name())),
        new("The namespace takes restricted pods alone", installation => installation.Of("Namespace").Any(space => (string?)space["metadata"]!["labels"]?["pod-security.kubernetes.io/enforce"] == "restricted") ? [] : ["no such namespace"]),
        new("Everything is in the one namespace and says so", installation => installation.Objects.Where(each => each.Kind() != "Namespace" && (string?)each["metadata"]!["namespace"] != "hotline111"
            || (string?)each["metadata"]!["labels"]?["app.kubernetes.io/part-of"] != "hotline111").Select(each => $"{each.Kind()}/{each.Name()}")),

        new("Nothing may speak to anything, both ways", installation => new[] { "Ingress", "Egress" }.Where(direction => !new Network(installation).DeniesEverything(direction))),
        new("Every pod has policies of its own, both ways", installation => new Network(installation) is var network
            ? network.Groups.SelectMany(group => new[] { "Ingress", "Egress" }.Where(direction => !network.IsOpened(group.Labels, direction)).Select(direction => $"{group.Name} {direction}"))
            : []),
        new("What the settings name can be reached, and nothing else", installation =>
        {
            var network = new Network(installation);
            return Difference(network.LetOut, network.Needed, "let out").Concat(Difference(network.LetIn, network.Needed.Union(network.NeededFromOutside), "let in"));
        }),
        new("Only parts named so reach beyond the cluster", installation => installation.Of("NetworkPolicy")
            .Where(policy => !policy.Name().EndsWith("-outside", StringComparison.Ordinal) && policy.ToJsonString().Contains("ipBlock", StringComparison.Ordinal)).Select(policy => policy.Name())
            .Concat(installation.IsProduction ? installation.Of("NetworkPolicy").Where(policy => policy.ToJsonString().Contains("\"0.0.0.0/0\"", StringComparison.Ordinal)).Select(policy => $"{policy.Name()} is open to all addresses") : [])),

        new("Every secret that is named is declared, with its keys", installation => Referenced(installation).Where(reference => !Declares(installation, reference.Secret, reference.Key))
            .Select(reference => $"{reference.Where}: {reference.Secret}/{reference.Key}")),
        new("Every secret that is declared is named", installation => installation.Secrets.SelectMany(group => group.Value!.AsObject().Select(secret => secret.Key))
            .Where(secret => secret != "backup-object-store" || installation.IsProduction)
            .Where(secret => Referenced(installation).All(reference => reference.Secret != secret))),
        new("Secrets are declared as they are made", installation => Made(installation)),
        new("What is issued has a certificate that issues it", installation => installation.Secrets["issued"]!.AsObject().Select(secret => secret.Key)
            .Where(secret => installation.Of("Certificate").All(certificate => (string?)certificate["spec"]!["secretName"] != secret))),
        new("No secret stands in the manifests", Plain),
        new("Every file that a setting names is a secret that is mounted", installation => installation.Pods.SelectMany(pod => pod.Settings
            .Where(setting => setting.Key.EndsWith("File", StringComparison.Ordinal) || setting.Key == "SSL_CERT_FILE")
            .Where(setting => !pod.Files.ContainsKey(setting.Value)).Select(setting => $"{pod.Name}: {setting.Key}"))),
        new("Every secret that is mounted is used", installation => installation.Pods.Where(IsProcess).SelectMany(pod => pod.Files.Keys
            .Where(file => !pod.Settings.Values.Contains(file)).Select(file => $"{pod.Name}: {file}"))),
        new("A process that runs does not have the owner's password", installation => installation.Pods.Where(pod => !pod.IsJob && pod.Files.Values.Any(file => file.Secret.EndsWith("-owner", StringComparison.Ordinal))).Select(pod => pod.Name)),

        new("Every process has its objects", installation => installation.Processes.SelectMany(process => new[] { "Deployment", "Service", "ServiceAccount", "PodDisruptionBudget", "HorizontalPodAutoscaler", "NetworkPolicy", "Certificate" }
            .Where(kind => !installation.Of(kind).Any(each => each.Name() == process.Name)).Select(kind => $"{process.Name} has no {kind}"))
            .Concat(installation.Processes.Where(process => process.Database is not null && !installation.Of("Job").Any(job => job.Name() == $"{process.Name}-migrate")).Select(process => $"{process.Name} has no migration"))
            .Concat(installation.Of("Deployment").Select(each => each.Name()).Except(installation.Processes.Select(process => process.Name)).Where(name => name != "otel-collector").Select(name => $"{name} is no process"))),
        new("A migration migrates, as the owner", installation => installation.Of("Job").Where(job => new Pod(job) is var pod && !(pod.Containers is [var container] && container["args"] is JsonArray { Count: 1 } args && (string?)args[0] == "migrate"
            && pod.Settings.ContainsKey("ConnectionStrings__Owner") && pod.Settings.ContainsKey("ConnectionStrings__OwnerPasswordFile") && (string?)pod.Spec["restartPolicy"] == "OnFailure" && job["spec"]!["ttlSecondsAfterFinished"] is not null))
            .Select(job => job.Name())),
        new("A process and its migration are told the same", installation => installation.Of("Job").Select(job => new Pod(job)).SelectMany(job =>
        {
            var running = new Pod(installation.Get("Deployment", job.Workload.Name().Replace("-migrate", "", StringComparison.Ordinal)));
            return running.Settings.Where(setting => !setting.Key.StartsWith("OTEL_", StringComparison.Ordinal) && job.Settings.GetValueOrDefault(setting.Key) != setting.Value).Select(setting => $"{job.Name}: {setting.Key}")
                .Concat((string?)running.Containers[0]["image"] == (string?)job.Containers[0]["image"] ? [] : [$"{job.Name}: its image"]);
        })),
        new("Disruption budgets keep something up and let something go", installation => installation.Of("PodDisruptionBudget").Where(budget =>
            budget["spec"]!["maxUnavailable"].Number() != 1 || !new Network(installation).Groups.Any(group => Network.Selects(budget["spec"]!["selector"]!.AsObject(), group.Labels))).Select(budget => budget.Name())),
        new("What scales by itself has no number of its own", installation => installation.Of("HorizontalPodAutoscaler").SelectMany(scaler =>
        {
            var target = installation.Of("Deployment").FirstOrDefault(each => each.Name() == (string?)scaler["spec"]!["scaleTargetRef"]!["name"]);
            var (least, most) = (scaler["spec"]!["minReplicas"].Number() ?? 1, scaler["spec"]!["maxReplicas"].Number());
            return target is null || target["spec"]!["replicas"] is not null || least > most || (installation.IsProduction && least < 2) ? [scaler.Name()] : Array.Empty<string>();
        })),
        new("A new version comes up before the old one goes", installation => installation.Of("Deployment").Where(each => each["spec"]!["strategy"] is not { } strategy || (string?)strategy["type"] != "RollingUpdate"
            || strategy["rollingUpdate"]?["maxUnavailable"].Number() != 0 || !(strategy["rollingUpdate"]?["maxSurge"].Number() >= 1)).Select(each => each.Name())),
        new("Parts of which there may be one are named", installation => installation.Processes.Where(process =>
            ((string?)installation.Of("Deployment").FirstOrDefault(each => each.Name() == process.Name)?["metadata"]?["annotations"]?["hotline111/leaders"] is "sequencer relay") != process.IsService).Select(process => process.Name)),
        new("A process has time to drain", installation => installation.Pods.Where(pod => !pod.IsJob && IsProcess(pod)).Where(pod =>
            !(pod.Spec["terminationGracePeriodSeconds"].Number() > pod.Containers[0]["lifecycle"]?["preStop"]?["sleep"]?["seconds"].Number() + PlatformHost.Draining.TotalSeconds)).Select(pod => pod.Name)),
        new("A lost zone takes no more than its share", installation => !installation.IsProduction ? [] : installation.Pods.Where(pod => !pod.IsJob && IsProcess(pod)).Where(pod => !pod.Spec.List("topologySpreadConstraints")
            .Any(each => (string?)each["topologyKey"] == "topology.kubernetes.io/zone" && (string?)each["whenUnsatisfiable"] == "DoNotSchedule" && each["labelSelector"] is not null)).Select(pod => pod.Name)),
        new("Images are named exactly", installation => Images(installation).Where(each => Kustomization.Split(each.Image).Version is var version
            && (installation.IsProduction ? !Digest().IsMatch(version) : version is "" or "latest")).Select(each => $"{each.Where}: {each.Image}")),
        new("No image names a registry", installation => Images(installation).Where(each => each.Image.Split('/') is [var host, _, ..] && host.Contains('.', StringComparison.Ordinal)).Select(each => $"{each.Where}: {each.Image}")),

        new("Ports agree", Ports),
        new("Every way is TLS, and checked", Ways),
        new("Every host name that is used stands in its certificate", installation => installation.Pods.SelectMany(pod => pod.Settings.Select(setting => Network.Address(setting.Key, setting.Value)).Where(address => address is not null).Select(address => address!.Value.Host))
            .Distinct().Where(host => !installation.Of("Certificate").Any(certificate => certificate["spec"]!["dnsNames"]!.AsArray().Any(name => (string?)name == host)))),
        new("Certificates are renewed in time, with new keys", installation => installation.Of("Certificate").Where(certificate => certificate["spec"] is not { } spec || Hours(spec["duration"]) is not { } all || Hours(spec["renewBefore"]) is not { } before
            || before < TimeSpan.FromDays(14) || before >= all || (string?)spec["privateKey"]?["rotationPolicy"] != "Always" || (string?)spec["issuerRef"]?["name"] != "platform").Select(certificate => certificate.Name())),
        new("Every process tells the collector", installation => installation.Pods.Where(IsProcess).Where(pod => pod.Settings.ContainsKey("OTEL_EXPORTER_OTLP_ENDPOINT") == pod.IsJob).Select(pod => pod.Name)),

        new("Every service has a database and roles of its own, and the gateway a server", Databases),
        new("PostgreSQL keeps what it has accepted", installation => installation.Of("Cluster").SelectMany(cluster =>
        {
            var spec = cluster["spec"]!;
            var settings = spec["postgresql"]!["parameters"]!.AsObject();
            return new[]
            {
                (new[] { "fsync", "full_page_writes", "synchronous_commit" }.All(each => settings[each] is null || (string?)settings[each] == "on"), "durability is turned off"),
                ((string?)settings["timezone"] == "UTC", "its time is not UTC"),
                ((string?)settings["max_prepared_transactions"] == "0", "prepared transactions"),
                ((string?)settings["log_min_error_statement"] == "fatal", "statements in the log"),
                (spec["walStorage"] is not null, "WAL beside the data"),
                (spec["bootstrap"]?["initdb"]?["dataChecksums"].Is(true) == true, "no checksums"),
                (!(spec["enableSuperuserAccess"]?.Is(true) ?? false), "superuser from outside"),
                (!installation.IsProduction || (spec["instances"].Number() >= 3 && (string?)spec["postgresql"]!["synchronous"]?["dataDurability"] == "required"), "one machine could lose what was accepted"),
            }.Where(each => !each.Item1).Select(each => $"{cluster.Name()}: {each.Item2}");
        })),
        new("Every database is backed up, with its changes", installation => !installation.IsProduction ? [] : installation.Of("Cluster").Where(cluster =>
            cluster["spec"]!.AsObject().List("plugins").FirstOrDefault(plugin => plugin["isWALArchiver"]?.Is(true) == true) is not { } archiver
            || installation.Of("ObjectStore").All(store => store.Name() != (string?)archiver["parameters"]?["barmanObjectName"])
            || (string?)archiver["parameters"]?["serverName"] != cluster.Name()
            || installation.Of("ScheduledBackup").All(backup => (string?)backup["spec"]!["cluster"]!["name"] != cluster.Name())).Select(cluster => cluster.Name())),
        new("The connections of all instances fit the server", installation => installation.Of("Cluster").SelectMany(cluster =>
        {
            var room = int.Parse((string)cluster["spec"]!["postgresql"]!["parameters"]!["max_connections"]!, CultureInfo.InvariantCulture);
            var wanted = installation.Pods.Where(pod => !pod.IsJob && pod.Settings.TryGetValue("ConnectionStrings__Store", out var store) && new NpgsqlConnectionStringBuilder(store).Host == $"{cluster.Name()}-rw").Sum(pod =>
            {
                var pools = pod.Settings.Where(setting => setting.Key is "ConnectionStrings__Store" or "ConnectionStrings__Keys").Sum(setting => new NpgsqlConnectionStringBuilder(setting.Value).MaxPoolSize);
                // While a version is exchanged there is one more.
                return (installation.Get("HorizontalPodAutoscaler", pod.Workload.Name())["spec"]!["maxReplicas"].Number()!.Value + 1) * (pools + BesidePools);
            });
            return wanted + 20 <= room ? Array.Empty<string>() : [$"{cluster.Name()}: {wanted} and 20 for its own work do not fit {room}"];
        })),
        new("The calls of all gateways fit the connections of the fewest instances", installation => installation.Pods.Where(pod => !pod.IsJob && pod.Workload.Name() != "gateway" && pod.Settings.ContainsKey("ConnectionStrings__Store")).Where(pod =>
            CallsOfAllLanes * installation.Get("HorizontalPodAutoscaler", "gateway")["spec"]!["maxReplicas"].Number()!.Value
            >= new NpgsqlConnectionStringBuilder(pod.Settings["ConnectionStrings__Store"]).MaxPoolSize * installation.Get("HorizontalPodAutoscaler", pod.Workload.Name())["spec"]!["minReplicas"].Number()!.Value).Select(pod => pod.Workload.Name())),
        new("The broker loses nothing with one node", installation => installation.Of("RabbitmqCluster").Where(broker => (string?)broker["spec"]!["rabbitmq"]?["additionalConfig"] is not { } configuration
            || !configuration.Contains("default_queue_type = quorum", StringComparison.Ordinal) || !configuration.Contains("cluster_partition_handling = pause_minority", StringComparison.Ordinal)
            || !configuration.Contains("quorum_queue.continuous_membership_reconciliation.enabled = true", StringComparison.Ordinal)
            || !configuration.Contains("load_definitions = ", StringComparison.Ordinal) || (installation.IsProduction && broker["spec"]!["replicas"].Number() != 3)).Select(broker => broker.Name())),
        new("The broker's nodes speak to each other over TLS alone, with certificates for their names", installation => installation.Of("RabbitmqCluster").SelectMany(broker =>
        {
            var spec = broker["spec"]!;
            var environment = (string?)spec["rabbitmq"]?["envConfig"] ?? "";
            var names = installation.Of("Certificate").FirstOrDefault(each => each.Name() == $"{broker.Name()}-nodes")?["spec"]?["dnsNames"]?.AsArray().Select(name => (string?)name).ToList() ?? [];
            var mounted = Override(broker).List("volumes").Select(volume => (string?)volume["secret"]?["secretName"] ?? (string?)volume["configMap"]?["name"]).ToList();
            var settings = installation.Of("ConfigMap").FirstOrDefault(each => each.Name() == $"{broker.Name()}-nodes")?["data"]?["tls.config"]?.ToString() ?? "";
            return new[]
            {
                (environment.Contains("-proto_dist inet_tls -ssl_dist_optfile /etc/rabbitmq-nodes/tls.config", StringComparison.Ordinal) && environment.Contains("CTL_ERL_ARGS=\"$SERVER_ADDITIONAL_ERL_ARGS\"", StringComparison.Ordinal), "nodes or tools in the clear"),
                (Regex.Count(settings, "verify_peer") == 2 && settings.Contains("{fail_if_no_peer_cert, true}", StringComparison.Ordinal), "a side that does not ask"),
                (mounted.Contains($"{broker.Name()}-nodes-tls") && mounted.Contains($"{broker.Name()}-nodes"), "not mounted"),
                (Enumerable.Range(0, (int)spec["replicas"].Number()!.Value).All(node => names.Contains($"{broker.Name()}-server-{node}.{broker.Name()}-nodes.hotline111")), "a node without a name"),
            }.Where(each => !each.Item1).Select(each => $"{broker.Name()}: {each.Item2}");
        })),
        new("Who asks the gateway from outside is seen with his address", installation => installation.Of("Service").Where(service => (string?)service["spec"]!["type"] is "LoadBalancer" or "NodePort")
            .Where(service => service.Name() != "gateway-public" || (string?)service["spec"]!["externalTrafficPolicy"] != "Local").Select(service => service.Name())),
    ];

    /// <summary>How many calls one gateway has under way to one service at most: those of all its lanes, as a test of the gateway holds them.</summary>
    private const int CallsOfAllLanes = 13;

    private static bool IsProcess(Pod pod) => pod.Containers.Any(container => (string?)container["name"] == "process");

    private static IEnumerable<string> Each(Overlay installation, Func<Pod, bool> so) => installation.Pods.Where(pod => !so(pod)).Select(pod => pod.Name);

    private static IEnumerable<(string Name, JsonObject Container)> Containers(Overlay installation) =>
        installation.Pods.SelectMany(pod => pod.Containers.Select(container => ($"{pod.Name}/{container["name"]}", container)));

    private static IEnumerable<string> EachContainer(Overlay installation, Func<JsonObject, bool> so) => Containers(installation).Where(each => !so(each.Container)).Select(each => each.Name);

    private static JsonObject Override(JsonObject broker) => broker["spec"]!["override"]?["statefulSet"]?["spec"]?["template"]?["spec"] as JsonObject ?? [];

    private static long? Number(this JsonNode? node) => node is null ? null : long.Parse(node.ToString(), CultureInfo.InvariantCulture);

    private static bool Is(this JsonNode? node, bool value) => node is JsonValue written && written.TryGetValue<bool>(out var found) && found == value;

    private static bool Probes(JsonObject container, string probe) => container[probe]?["httpGet"] is { } get
        && container.List("ports").Any(port => (string?)port["name"] == get["port"]?.ToString() || port["containerPort"]?.ToString() == get["port"]?.ToString());

    private static IEnumerable<string> Difference(IEnumerable<string> found, IEnumerable<string> wanted, string what) =>
        wanted.Except(found).Select(edge => $"not {what}: {edge}").Concat(found.Except(wanted).Select(edge => $"needlessly {what}: {edge}"));

    private static IEnumerable<(string Where, string Image)> Images(Overlay installation) => Containers(installation).Select(each => (each.Name, (string?)each.Container["image"] ?? ""))
        .Concat(installation.Of("RabbitmqCluster").Select(broker => ($"RabbitmqCluster/{broker.Name()}", (string?)broker["spec"]!["image"] ?? "")))
        .Concat(installation.Of("ImageCatalog").SelectMany(catalogue => catalogue["spec"]!.AsObject().List("images").Select(image => ($"ImageCatalog/{catalogue.Name()}", (string)image["image"]!))))
        // Without a catalogue the operator takes its own, which only a machine to try things on may.
        .Concat(installation.IsProduction ? installation.Of("Cluster").Where(cluster => cluster["spec"]!["imageCatalogRef"] is null).Select(cluster => ($"Cluster/{cluster.Name()}", "")) : []);

    private static IEnumerable<(string Where, string Secret, string Key)> Referenced(Overlay installation)
    {
        foreach (var pod in installation.Pods)
        {
            foreach (var (_, secret, key) in pod.Spec.List("volumes").SelectMany(Pod.SecretsOf))
                yield return (pod.Name, secret, key);
        }

        foreach (var broker in installation.Of("RabbitmqCluster"))
        {
            foreach (var (_, secret, key) in Override(broker).List("volumes").SelectMany(Pod.SecretsOf))
                yield return (broker.Name(), secret, key);
            if ((string?)broker["spec"]!["tls"]?["secretName"] is { } tls)
                yield return (broker.Name(), tls, "tls.key");
        }

        foreach (var cluster in installation.Of("Cluster"))
        {
            var spec = cluster["spec"]!;
            var logins = (spec["managed"]?["roles"]?.AsArray().Select(role => (string?)role!["passwordSecret"]?["name"]) ?? []).Append((string?)spec["bootstrap"]?["initdb"]?["secret"]?["name"]);
            foreach (var login in logins)
                yield return (cluster.Name(), login ?? "a role without a password", "password");
            yield return (cluster.Name(), (string?)spec["certificates"]?["serverTLSSecret"] ?? "no certificate", "tls.key");
            yield return (cluster.Name(), (string?)spec["certificates"]?["serverCASecret"] ?? "no certificate", "ca.crt");
        }

        foreach (var issuer in installation.Of("Issuer"))
            yield return (issuer.Name(), (string?)issuer["spec"]!["ca"]?["secretName"] ?? "no secret", "tls.key");
        foreach (var certificate in installation.Of("Certificate"))
            yield return (certificate.Name(), (string?)certificate["spec"]!["secretName"] ?? "no secret", "tls.key");
        foreach (var store in installation.Of("ObjectStore"))
        {
            var configuration = store["spec"]!["configuration"]!;
            foreach (var reference in (configuration["s3Credentials"]?.AsObject().Select(each => each.Value) ?? []).Append(configuration["endpointCA"]).OfType<JsonObject>())
                yield return (store.Name(), (string?)reference["name"] ?? "", (string?)reference["key"] ?? "");
        }
    }

    private static bool Declares(Overlay installation, string secret, string key) => installation.Secrets
        .Select(group => group.Value![secret]).OfType<JsonArray>().Any(keys => key == "" || keys.Any(each => (string?)each == key));

    // What the verb "secrets" makes, but for what a cluster makes by itself: certificates, and superusers, which CloudNativePG keeps to itself.
    private static IEnumerable<string> Made(Overlay installation)
    {
        var made = InstallationSecrets.All.Where(secret => (secret.Name == "ca" || !secret.IsCertificate) && !secret.Name.EndsWith("-superuser", StringComparison.Ordinal)).Select(Text);
        var declared = installation.Secrets["made"]!.AsObject().Select(secret => Text(new InstallationSecret(secret.Key, [.. secret.Value!.AsArray().Select(key => (string)key!)])));
        return Difference(declared.ToList(), made.ToList(), "declared");

        static string Text(InstallationSecret secret) => $"{secret.Name}: {string.Join(", ", secret.Keys.Order(StringComparer.Ordinal))}";
    }

    private static IEnumerable<string> Plain(Overlay installation)
    {
        foreach (var secret in installation.Of("Secret"))
            yield return $"Secret/{secret.Name()}";
        foreach (var pod in installation.Pods)
        {
            foreach (var variable in pod.Containers.SelectMany(container => container.List("env")))
            {
                var name = (string)variable["name"]!;
                // A variable can be read by whoever may look at the pod; a file only by the process.
                if (variable["valueFrom"]?["secretKeyRef"] is not null)
                    yield return $"{pod.Name}: {name} is a secret in a variable";
                if (variable["value"] is JsonNode value && (SecretName().IsMatch(name) && !name.EndsWith("File", StringComparison.Ordinal) || SecretValue().IsMatch((string)value!)))
                    yield return $"{pod.Name}: {name}";
            }

            if (pod.Containers.Any(container => container["envFrom"] is not null))
                yield return $"{pod.Name}: a whole secret in variables";
        }

        foreach (var map in installation.Of("ConfigMap").Where(map => SecretValue().IsMatch(map.ToJsonString())))
            yield return $"ConfigMap/{map.Name()}";
    }

    private static IEnumerable<string> Ports(Overlay installation)
    {
        var network = new Network(installation);
        foreach (var pod in installation.Pods.Where(pod => !pod.IsJob && IsProcess(pod)))
        {
            var listens = new[] { "ASPNETCORE_URLS", "Gateway__InternalUrl" }.Where(pod.Settings.ContainsKey).Select(name => new Uri(pod.Settings[name]).Port).Order();
            var declared = pod.Containers.SelectMany(container => container.List("ports")).Select(port => (int)port["containerPort"].Number()!.Value).Order();
            if (!listens.SequenceEqual(declared))
                yield return $"{pod.Name} listens on {string.Join(' ', listens)} and declares {string.Join(' ', declared)}";
            foreach (var (setting, value) in pod.Settings)
            {
                if (Network.Address(setting, value) is var (host, port) && network.Target(host, port) is null)
                    yield return $"{pod.Name}: {setting} names {host}:{port}, and nothing answers there";
            }
        }

        foreach (var service in installation.Of("Service"))
        {
            foreach (var port in service["spec"]!.AsObject().List("ports"))
            {
                if (network.Target(service.Name(), (int)port["port"].Number()!.Value) is null)
                    yield return $"Service/{service.Name()}:{port["port"]} leads to no port of a pod";
            }
        }
    }

    private static IEnumerable<string> Ways(Overlay installation)
    {
        foreach (var pod in installation.Pods)
        {
            foreach (var (setting, value) in pod.Settings)
            {
                if (setting.StartsWith("ConnectionStrings__", StringComparison.Ordinal) && !setting.EndsWith("File", StringComparison.Ordinal) && new NpgsqlConnectionStringBuilder(value).SslMode != SslMode.VerifyFull)
                    yield return $"{pod.Name}: {setting} does not verify the server";
                if (Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "amqp")
                    yield return $"{pod.Name}: {setting} is not TLS";
            }

            if (IsProcess(pod) && (pod.Settings.GetValueOrDefault("SSL_CERT_DIR") != "/none" || pod.Files.GetValueOrDefault(pod.Settings.GetValueOrDefault("SSL_CERT_FILE", "")).Key != "ca.crt"))
                yield return $"{pod.Name} trusts more than the installation's authority";
            foreach (var container in pod.Containers.Where(_ => IsProcess(pod)))
            {
                foreach (var probe in new[] { "startupProbe", "livenessProbe", "readinessProbe" }.Where(probe => container[probe]?["httpGet"] is { } get && (string?)get["scheme"] != "HTTPS"))
                    yield return $"{pod.Name}: {probe} is not TLS";
            }
        }

        foreach (var broker in installation.Of("RabbitmqCluster").Where(broker => !(broker["spec"]!["tls"]?["disableNonTLSListeners"]).Is(true) || broker["spec"]!["tls"]?["secretName"] is null))
            yield return $"{broker.Name()} listens without TLS";
        foreach (var cluster in installation.Of("Cluster"))
        {
            var lines = cluster["spec"]!["postgresql"]!["pg_hba"]!.AsArray().Select(line => (string)line!).ToList();
            if (lines[^1] != "host all all all reject" || lines.SkipLast(1).Any(line => !line.StartsWith("hostssl ", StringComparison.Ordinal) || !line.EndsWith(" scram-sha-256", StringComparison.Ordinal)))
                yield return $"{cluster.Name()} lets somebody in without TLS";
        }

        foreach (var store in installation.Of("ObjectStore").Where(store => ((string?)store["spec"]!["configuration"]?["endpointURL"])?.StartsWith("https://", StringComparison.Ordinal) != true
            || store["spec"]!["configuration"]!["wal"]?["encryption"] is null || store["spec"]!["configuration"]!["data"]?["encryption"] is null))
            yield return $"{store.Name()} is not encrypted";
    }

    private static IEnumerable<string> Databases(Overlay installation)
    {
        foreach (var process in installation.Processes.Where(process => process.Database is not null))
        {
            var name = process.Database!;
            var server = process.IsService ? "postgres" : "gateway-postgres";
            var spec = installation.Get("Cluster", server)["spec"]!;
            var initial = spec["bootstrap"]!["initdb"]!;
            var there = ((string?)initial["database"] == name && (string?)initial["owner"] == $"{name}_owner")
                || installation.Of("Database").Any(database => (string?)database["spec"]!["name"] == name && (string?)database["spec"]!["owner"] == $"{name}_owner" && (string?)database["spec"]!["cluster"]!["name"] == server
                    && (string?)database["spec"]!["databaseReclaimPolicy"] == "retain");
            if (!there)
                yield return $"{server} has no database {name}";
            var roles = InstallationSecrets.Roles(process);
            foreach (var role in roles)
            {
                var full = $"{name}_{role}";
                var login = InstallationSecrets.Login(process, role);
                var managed = spec["managed"]!.AsObject().List("roles").FirstOrDefault(each => (string?)each["name"] == full);
                var good = managed is null
                    ? (string?)initial["owner"] == full && (string?)initial["secret"]?["name"] == login
                    : (string?)managed["passwordSecret"]?["name"] == login && managed["login"].Is(true) && managed["inherit"].Is(false)
                        && new[] { "superuser", "createdb", "createrole" }.All(right => managed[right].Is(false));
                if (!good)
                    yield return $"{server}: the role {full}";
            }

            var line = $"hostssl {name} {string.Join(',', roles.Select(role => $"{name}_{role}"))} all scram-sha-256";
            if (spec["postgresql"]!["pg_hba"]!.AsArray().Count(each => ((string)each!).Split(' ')[1] == name) != 1 || spec["postgresql"]!["pg_hba"]!.AsArray().All(each => (string?)each != line))
                yield return $"{server}: who may enter {name}";
            foreach (var pod in installation.Pods.Where(pod => pod.Workload.Name() == process.Name || pod.Workload.Name() == $"{process.Name}-migrate"))
            {
                foreach (var (setting, value) in pod.Settings.Where(each => each.Key.StartsWith("ConnectionStrings__", StringComparison.Ordinal) && !each.Key.EndsWith("File", StringComparison.Ordinal)))
                {
                    var connection = new NpgsqlConnectionStringBuilder(value);
                    var role = setting switch { "ConnectionStrings__Store" => "app", "ConnectionStrings__Keys" => "keys", _ => "owner" };
                    var password = pod.Files.GetValueOrDefault(pod.Settings.GetValueOrDefault($"{setting}PasswordFile", ""));
                    if ((connection.Host, connection.Database, connection.Username) != ($"{server}-rw", name, $"{name}_{role}") || password != (InstallationSecrets.Login(process, role), "password"))
                        yield return $"{pod.Name}: {setting}";
                }
            }
        }
    }

    private static decimal? Quantity(JsonNode? node)
    {
        if (node is null || QuantityForm().Match(node.ToString()) is not { Success: true } match)
            return null;
        var factor = match.Groups[2].Value switch { "" => 1m, "m" => 0.001m, "Ki" => 1024m, "Mi" => 1024m * 1024, "Gi" => 1024m * 1024 * 1024, _ => 0m };
        return factor == 0 ? null : decimal.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * factor;
    }

    private static TimeSpan? Hours(JsonNode? node) => (string?)node is { } text && text.EndsWith('h') && int.TryParse(text[..^1], CultureInfo.InvariantCulture, out var hours) ? TimeSpan.FromHours(hours) : null;

    [GeneratedRegex(@"^([0-9]+(?:\.[0-9]+)?)(m|Ki|Mi|Gi)?$")]
    private static partial Regex QuantityForm();

    [GeneratedRegex("^sha256:[0-9a-f]{64}$")]
    private static partial Regex Digest();

    [GeneratedRegex("password|passphrase|secret|token|masterkey|apikey|credential", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    // A password in a connection string or an address, a private key, a master key.
    [GeneratedRegex(@"Password\s*=|://[^/@\s]+:[^/@\s]+@|-----BEGIN|\b[\w.-]+:[A-Za-z0-9+/]{43}=", RegexOptions.IgnoreCase)]
    private static partial Regex SecretValue();
}
