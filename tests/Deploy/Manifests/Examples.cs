using System.Text.Json.Nodes;
using Hotline111.Local;

namespace Hotline111.Deploy.Tests.Manifests;

/// <summary>An installation that breaks a rule, and what the rule must say about it.</summary>
/// <param name="Rule">The rule's sentence.</param>
/// <param name="Says">A part of what it finds.</param>
/// <param name="Break">Changes a copy of the production overlay.</param>
internal sealed record Example(string Rule, string Says, Func<Overlay, Overlay> Break)
{
    public override string ToString() => $"{Rule}: {Says}";
}

/// <summary>At least one for every rule: a rule that nothing breaks says nothing.</summary>
internal static class Examples
{
    public static IReadOnlyList<Example> All { get; } =
    [
        Pod("Nobody runs as root", "Deployment/intake", "intake", pod => pod["securityContext"]!["runAsNonRoot"] = false),
        Pod("Nobody runs as root", "Deployment/intake", "intake", pod => pod["securityContext"]!["runAsUser"] = 0),
        Container("Nobody runs as root", "Deployment/intake", "intake", container => container["securityContext"]!["runAsUser"] = 0),
        Container("The root file system is read-only", "Deployment/case/process", "case", container => container["securityContext"]!.AsObject().Remove("readOnlyRootFilesystem")),
        Container("No process gains rights", "Deployment/case/process", "case", container => container["securityContext"]!["allowPrivilegeEscalation"] = true),
        Container("No process gains rights", "Deployment/otel-collector/collector", "otel-collector", container => container["securityContext"]!["privileged"] = true),
        Container("No process has a capability", "Deployment/case/process", "case", container => container["securityContext"]!["capabilities"] = Json("""{ "drop": ["ALL"], "add": ["NET_ADMIN"] }""")),
        Container("No process has a capability", "Deployment/case/process", "case", container => container["securityContext"]!["capabilities"] = Json("""{ "drop": ["NET_RAW"] }""")),
        Pod("System calls are those of the runtime's default", "Deployment/console", "console", pod => pod["securityContext"]!["seccompProfile"]!["type"] = "Unconfined"),
        Pod("Nothing of the machine is shared", "Deployment/console", "console", pod => pod["hostNetwork"] = true),
        Pod("Nothing of the machine is shared", "Deployment/console", "console", pod => pod["volumes"]!.AsArray().Add(Json("""{ "name": "x", "hostPath": { "path": "/" } }"""))),
        Container("Every container says what it needs and what it may take", "Deployment/gateway/process", "gateway", container => container["resources"]!["limits"]!.AsObject().Remove("memory")),
        Container("Every container says what it needs and what it may take", "Deployment/gateway/process", "gateway", container => container["resources"]!["requests"]!["memory"] = "1Gi"),
        Container("Every running container is asked whether it has started, lives and is ready", "Deployment/gateway", "gateway", container => container.Remove("readinessProbe")),
        Container("Every running container is asked whether it has started, lives and is ready", "Deployment/gateway", "gateway", container => container["livenessProbe"]!["httpGet"]!["port"] = "http"),
        Container("Being alive does not depend on others", "Deployment/gateway/process", "gateway", container => container["livenessProbe"]!["httpGet"]!["path"] = "/health/ready"),
        Pod("No pod has a token of the cluster", "Deployment/referral", "referral", pod => pod.Remove("automountServiceAccountToken")),
        Object("No pod has a token of the cluster", "ServiceAccount/referral", "ServiceAccount", "referral", account => account["automountServiceAccountToken"] = true),
        Pod("No pod has a token of the cluster", "no account of its own", "referral", pod => pod["serviceAccountName"] = "default"),
        Pod("No pod is told of others by its environment", "Deployment/referral", "referral", pod => pod.Remove("enableServiceLinks")),
        Object("The broker's pods are restricted as ours are", "rabbitmq", "RabbitmqCluster", "rabbitmq", broker => BrokerPod(broker)["initContainers"]![0]!["securityContext"]!["allowPrivilegeEscalation"] = true),
        Object("The namespace takes restricted pods alone", "no such namespace", "Namespace", "hotline111", space => space["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"] = "baseline"),
        Object("Everything is in the one namespace and says so", "Service/intake", "Service", "intake", service => service["metadata"]!["namespace"] = "default"),

        new("Nothing may speak to anything, both ways", "Egress", installation => installation.With("NetworkPolicy", "deny-everything", policy => policy["spec"]!["policyTypes"] = Json("""["Ingress"]"""))),
        new("Every pod has policies of its own, both ways", "Deployment/case Egress", installation => installation.Without("NetworkPolicy", "case")),
        new("Every pod has policies of its own, both ways", "operated/rabbitmq Ingress", installation => installation.Without("NetworkPolicy", "rabbitmq")),
        new("What the settings name can be reached, and nothing else", "not let out: Deployment/case > operated/postgres:5432", installation => installation.Without("NetworkPolicy", "case")),
        new("What the settings name can be reached, and nothing else", "needlessly let out: Deployment/intake > operated/gateway-postgres:5432", installation => installation.With("NetworkPolicy", "intake", policy =>
            policy["spec"]!["egress"]!.AsArray().Add(Json("""{ "to": [{ "podSelector": { "matchLabels": { "cnpg.io/cluster": "gateway-postgres" } } }], "ports": [{ "port": 5432, "protocol": "TCP" }] }""")))),
        new("What the settings name can be reached, and nothing else", "needlessly let in: everybody > Deployment/console:8443", installation => installation.With("NetworkPolicy", "console", policy =>
            policy["spec"]!["ingress"]![0]!.AsObject().Remove("from"))),
        new("What the settings name can be reached, and nothing else", "not let in: Deployment/intake > operated/rabbitmq:5671", installation => installation.With("NetworkPolicy", "rabbitmq", policy =>
            policy["spec"]!["ingress"]![0]!["from"]!.AsArray().RemoveAt(0))),
        Container("What the settings name can be reached, and nothing else", "not let out: Deployment/console > Deployment/case:8443", "console", container =>
            container["env"]!.AsArray().Add(Json("""{ "name": "Peers__case", "value": "https://case:8443" }"""))),
        new("Only parts named so reach beyond the cluster", "intake", installation => installation.With("NetworkPolicy", "intake", policy =>
            policy["spec"]!["egress"]!.AsArray().Add(Json("""{ "to": [{ "ipBlock": { "cidr": "192.0.2.9/32" } }] }""")))),
        new("Only parts named so reach beyond the cluster", "open to all addresses", installation => installation.With("NetworkPolicy", "postgres-outside", policy =>
            policy["spec"]!["egress"]![0]!["to"]![0]!["ipBlock"]!["cidr"] = "0.0.0.0/0")),

        new("Every secret that is named is declared, with its keys", "intake-keys/master-key", installation => installation.Declaring("made", secrets => secrets["intake-keys"] = Json("""["client-key.pem"]"""))),
        new("Every secret that is declared is named", "left-over", installation => installation.Declaring("provided", secrets => secrets["left-over"] = Json("""["key"]"""))),
        new("Secrets are declared as they are made", "form-key", installation => installation.Declaring("made", secrets => secrets.Remove("form-key"))),
        new("What is issued has a certificate that issues it", "referral-tls", installation => installation.Without("Certificate", "referral")),
        Container("No secret stands in the manifests", "Deployment/intake: Broker__Uri", "intake", container => Env(container, "Broker__Uri")["value"] = "amqps://intake:hunter2@rabbitmq:5671/hotline111"),
        Container("No secret stands in the manifests", "Deployment/intake: ConnectionStrings__Store", "intake", container => Env(container, "ConnectionStrings__Store")["value"] += ";Password=hunter2"),
        Container("No secret stands in the manifests", "Deployment/intake: Privacy__MasterKey", "intake", container =>
            container["env"]!.AsArray().Add(Json($$"""{ "name": "Privacy__MasterKey", "value": "local:{{new string('A', 43)}}=" }"""))),
        Container("No secret stands in the manifests", "is a secret in a variable", "intake", container =>
            container["env"]!.AsArray().Add(Json("""{ "name": "X", "valueFrom": { "secretKeyRef": { "name": "form-key", "key": "form-key" } } }"""))),
        new("No secret stands in the manifests", "Secret/x", installation => installation with { Objects = [.. installation.Objects, (JsonObject)Json("""{ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "x" } }""")] }),
        Container("Every file that a setting names is a secret that is mounted", "Privacy__MasterKeyFile", "intake", container => Env(container, "Privacy__MasterKeyFile")["value"] = "/run/secrets/intake-keys/master.key"),
        Pod("Every secret that is mounted is used", "gateway-tls/more", "gateway", pod =>
            pod["volumes"]![0]!["projected"]!["sources"]![0]!["secret"]!["items"]!.AsArray().Add(Json("""{ "key": "tls.key", "path": "gateway-tls/more" }"""))),
        Pod("A process that runs does not have the owner's password", "Deployment/intake", "intake", pod =>
            pod["volumes"]![0]!["projected"]!["sources"]!.AsArray().Add(Json("""{ "secret": { "name": "postgres-intake-owner", "items": [{ "key": "password", "path": "owner" }] } }"""))),

        new("Every process has its objects", "referral has no migration", installation => installation.Without("Job", "referral-migrate")),
        new("Every process has its objects", "referral has no PodDisruptionBudget", installation => installation.Without("PodDisruptionBudget", "referral")),
        new("Every process has its objects", "statistics has no Deployment", installation => installation with
        {
            Processes = [.. installation.Processes, new PlatformProcess("statistics", "Hotline111.Statistics", "statistics", UsesBroker: true)],
        }),
        new("A migration migrates, as the owner", "case-migrate", installation => installation.With("Job", "case-migrate", job => new Pod(job).Containers[0]["args"] = Json("""["rebuild"]"""))),
        new("A migration migrates, as the owner", "case-migrate", installation => installation.With("Job", "case-migrate", job => new Pod(job).Containers[0]["env"]!.AsArray().Remove(Env(new Pod(job).Containers[0], "ConnectionStrings__OwnerPasswordFile")))),
        new("A process and its migration are told the same", "Job/case-migrate: Access__Issuer", installation => installation.With("Job", "case-migrate", job => Env(new Pod(job).Containers[0], "Access__Issuer")["value"] = "https://else")),
        Object("Disruption budgets keep something up and let something go", "intake", "PodDisruptionBudget", "intake", budget => budget["spec"]!["maxUnavailable"] = 0),
        Object("Disruption budgets keep something up and let something go", "intake", "PodDisruptionBudget", "intake", budget => budget["spec"]!["selector"]!["matchLabels"]!["app.kubernetes.io/name"] = "intakes"),
        Object("What scales by itself has no number of its own", "intake", "Deployment", "intake", deployment => deployment["spec"]!["replicas"] = 2),
        Object("What scales by itself has no number of its own", "intake", "HorizontalPodAutoscaler", "intake", scaler => scaler["spec"]!["minReplicas"] = 1),
        Object("A new version comes up before the old one goes", "intake", "Deployment", "intake", deployment => deployment["spec"]!["strategy"] = Json("""{ "type": "Recreate" }""")),
        Object("Parts of which there may be one are named", "intake", "Deployment", "intake", deployment => deployment["metadata"]!.AsObject().Remove("annotations")),
        Pod("A process has time to drain", "Deployment/intake", "intake", pod => pod["terminationGracePeriodSeconds"] = 20),
        Pod("A lost zone takes no more than its share", "Deployment/intake", "intake", pod => pod.Remove("topologySpreadConstraints")),
        Container("Images are named exactly", "hotline111/intake:1.0", "intake", container => container["image"] = "hotline111/intake:1.0"),
        Object("Images are named exactly", "Cluster/postgres", "Cluster", "postgres", cluster => cluster["spec"]!.AsObject().Remove("imageCatalogRef")),
        Container("No image names a registry", "Deployment/intake/process", "intake", container => container["image"] = "registry.example" + "/hotline111/intake@sha256:" + new string('0', 64)),

        Container("Ports agree", "listens on 8443 and declares 8080", "intake", container => container["ports"]![0]!["containerPort"] = 8080),
        Container("Ports agree", "Deployment/case: Peers__intake names intake:8080, and nothing answers there", "case", container => Env(container, "Peers__intake")["value"] = "https://intake:8080"),
        Object("Ports agree", "Service/intake:8443 leads to no port of a pod", "Service", "intake", service => service["spec"]!["ports"]![0]!["targetPort"] = "http"),
        Container("Every way is TLS, and checked", "Deployment/case: ConnectionStrings__Store does not verify the server", "case", container =>
            Env(container, "ConnectionStrings__Store")["value"] = "Host=postgres-rw;Database=case;Username=case_app;SSL Mode=Require"),
        Container("Every way is TLS, and checked", "Deployment/case: Access__Authority is not TLS", "case", container => Env(container, "Access__Authority")["value"] = "http://gateway:8444"),
        Container("Every way is TLS, and checked", "Deployment/case trusts more than the installation's authority", "case", container => Env(container, "SSL_CERT_DIR")["value"] = "/etc/ssl/certs"),
        Container("Every way is TLS, and checked", "Deployment/case: livenessProbe is not TLS", "case", container => container["livenessProbe"]!["httpGet"]!.AsObject().Remove("scheme")),
        Object("Every way is TLS, and checked", "rabbitmq listens without TLS", "RabbitmqCluster", "rabbitmq", broker => broker["spec"]!["tls"]!["disableNonTLSListeners"] = false),
        Object("Every way is TLS, and checked", "postgres lets somebody in without TLS", "Cluster", "postgres", cluster => cluster["spec"]!["postgresql"]!["pg_hba"]![0] = "host intake intake_app all scram-sha-256"),
        Object("Every way is TLS, and checked", "postgres lets somebody in without TLS", "Cluster", "postgres", cluster => cluster["spec"]!["postgresql"]!["pg_hba"]!.AsArray().RemoveAt(4)),
        Object("Every way is TLS, and checked", "backup is not encrypted", "ObjectStore", "backup", store => store["spec"]!["configuration"]!["wal"]!.AsObject().Remove("encryption")),
        Object("Every host name that is used stands in its certificate", "postgres-rw", "Certificate", "postgres", certificate => certificate["spec"]!["dnsNames"] = Json("""["postgres"]""")),
        Object("Certificates are renewed in time, with new keys", "intake", "Certificate", "intake", certificate => certificate["spec"]!["renewBefore"] = "24h"),
        Container("Every process tells the collector", "Deployment/intake", "intake", container => container["env"]!.AsArray().Remove(Env(container, "OTEL_EXPORTER_OTLP_ENDPOINT"))),

        Object("Every service has a database and roles of its own, and the gateway a server", "postgres: the role referral_keys", "Cluster", "postgres", cluster =>
            cluster["spec"]!["managed"]!.AsObject().List("roles").Single(role => (string?)role["name"] == "referral_keys")["passwordSecret"]!["name"] = "postgres-referral-app"),
        Object("Every service has a database and roles of its own, and the gateway a server", "who may enter referral", "Cluster", "postgres", cluster => cluster["spec"]!["postgresql"]!["pg_hba"]!.AsArray()
            .Insert(0, "hostssl referral intake_app all scram-sha-256")),
        new("Every service has a database and roles of its own, and the gateway a server", "postgres has no database referral", installation => installation.Without("Database", "referral")),
        Container("Every service has a database and roles of its own, and the gateway a server", "Deployment/gateway: ConnectionStrings__Store", "gateway", container =>
            Env(container, "ConnectionStrings__Store")["value"] = "Host=postgres-rw;Database=gateway;Username=gateway_app;SSL Mode=VerifyFull"),
        Object("PostgreSQL keeps what it has accepted", "postgres: durability is turned off", "Cluster", "postgres", cluster => cluster["spec"]!["postgresql"]!["parameters"]!["synchronous_commit"] = "off"),
        Object("PostgreSQL keeps what it has accepted", "postgres: one machine could lose what was accepted", "Cluster", "postgres", cluster => cluster["spec"]!["instances"] = 1),
        Object("Every database is backed up, with its changes", "postgres", "Cluster", "postgres", cluster => cluster["spec"]!["plugins"]![0]!["isWALArchiver"] = false),
        new("Every database is backed up, with its changes", "gateway-postgres", installation => installation.Without("ScheduledBackup", "gateway-postgres")),
        Object("The connections of all instances fit the server", "do not fit 500", "HorizontalPodAutoscaler", "intake", scaler => scaler["spec"]!["maxReplicas"] = 40),
        Object("The calls of all gateways fit the connections of the fewest instances", "intake", "HorizontalPodAutoscaler", "gateway", scaler => scaler["spec"]!["maxReplicas"] = 4),
        Object("The calls of all gateways fit the connections of the fewest instances", "referral", "HorizontalPodAutoscaler", "referral", scaler => scaler["spec"]!["minReplicas"] = 2),
        Object("The broker loses nothing with one node", "rabbitmq", "RabbitmqCluster", "rabbitmq", broker => broker["spec"]!["replicas"] = 2),
        Object("The broker loses nothing with one node", "rabbitmq", "RabbitmqCluster", "rabbitmq", broker => broker["spec"]!["rabbitmq"]!["additionalConfig"] =
            ((string)broker["spec"]!["rabbitmq"]!["additionalConfig"]!).Replace("reconciliation.enabled = true", "reconciliation.enabled = false", StringComparison.Ordinal)),
        Object("The broker's nodes speak to each other over TLS alone, with certificates for their names", "rabbitmq", "RabbitmqCluster", "rabbitmq", broker => broker["spec"]!["rabbitmq"]!.AsObject().Remove("envConfig")),
        Object("The broker's nodes speak to each other over TLS alone, with certificates for their names", "rabbitmq: a node without a name", "Certificate", "rabbitmq-nodes", certificate => certificate["spec"]!["dnsNames"]!.AsArray().RemoveAt(2)),
        Object("The broker's nodes speak to each other over TLS alone, with certificates for their names", "rabbitmq: a side that does not ask", "ConfigMap", "rabbitmq-nodes", map => map["data"]!["tls.config"] =
            map["data"]!["tls.config"]!.ToString().Replace("verify_peer", "verify_none", StringComparison.Ordinal)),
        Object("The broker's nodes speak to each other over TLS alone, with certificates for their names", "rabbitmq: not mounted", "RabbitmqCluster", "rabbitmq", broker => BrokerPod(broker)["volumes"]!.AsArray().RemoveAt(1)),
        Object("Who asks the gateway from outside is seen with his address", "gateway-public", "Service", "gateway-public", service => service["spec"]!["externalTrafficPolicy"] = "Cluster"),
        Object("Who asks the gateway from outside is seen with his address", "console", "Service", "console", service => service["spec"]!["type"] = "LoadBalancer"),
    ];

    private static JsonNode Json(string text) => JsonNode.Parse(text)!;

    private static JsonObject Env(JsonObject container, string name) => container.List("env").Single(each => (string?)each["name"] == name);

    private static JsonObject BrokerPod(JsonObject broker) => broker["spec"]!["override"]!["statefulSet"]!["spec"]!["template"]!["spec"]!.AsObject();

    private static Example Object(string rule, string says, string kind, string name, Action<JsonObject> change) => new(rule, says, installation => installation.With(kind, name, change));

    private static Example Pod(string rule, string says, string name, Action<JsonObject> change) => Object(rule, says, "Deployment", name, deployment => change(new Pod(deployment).Spec));

    private static Example Container(string rule, string says, string name, Action<JsonObject> change) => Object(rule, says, "Deployment", name, deployment => change(new Pod(deployment).Containers[0]));

    private static Overlay With(this Overlay installation, string kind, string name, Action<JsonObject> change)
    {
        change(installation.Get(kind, name));
        return installation;
    }

    private static Overlay Declaring(this Overlay installation, string group, Action<JsonObject> change)
    {
        change(installation.Secrets[group]!.AsObject());
        return installation;
    }
}
