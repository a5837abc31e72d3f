using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline111.Deploy.Tests.Images;
using Hotline111.Deploy.Tests.Manifests;
using Hotline111.Local;
using Npgsql;

namespace Hotline111.Deploy.Tests.Compose;

/// <summary>What must be so of the platform in containers on one machine; and for each of it, something that breaks it.</summary>
public sealed partial class Compose_keeps_the_rules
{
    private static readonly ComposeFile Compose = ComposeFile.Read();

    private static readonly (string Name, Func<ComposeFile, IEnumerable<string>> Broken)[] Rules =
    [
        ("Every container is restricted", file => file.Services.Where(each => !(each.Service["read_only"]?.ToString() == "true"
            && each.Service["cap_drop"] is JsonArray { Count: 1 } drop && (string?)drop[0] == "ALL" && each.Service["cap_add"] is null
            && each.Service["security_opt"] is JsonArray options && options.Any(option => (string?)option == "no-new-privileges:true")
            && each.Service["privileged"] is null && each.Service["mem_limit"] is not null && each.Service["pids_limit"] is not null)).Select(each => each.Name)),
        ("Nobody is root", file => file.Services.Where(each => !Account().IsMatch((string?)each.Service["user"] ?? "")).Select(each => each.Name)),
        ("Only the gateway is seen from outside", file => file.Services.Where(each => each.Service["ports"] is not null).Select(each => each.Name).Except(["gateway"])),
        ("The networks behind the gateway have no way out", file => file.Root["networks"]!.AsObject().Where(each => each.Key != "front" && each.Value!["internal"]?.ToString() != "true").Select(each => each.Key)),
        ("Each part is in the networks that it needs", Networks),
        ("Every process is there, its migration before it", file => PlatformProcess.All.SelectMany(process =>
        {
            if (file.Root["services"]![process.Name] is not JsonObject service)
                return [$"{process.Name} is not there"];
            return process.Database is null || (service["depends_on"]?[$"{process.Name}-migrate"]?["condition"]?.ToString() == "service_completed_successfully"
                && file.Root["services"]![$"{process.Name}-migrate"] is JsonObject job && (string?)job["command"]?[0] == "migrate" && (string?)job["image"] == (string?)service["image"])
                ? Array.Empty<string>() : [$"{process.Name} is not migrated before"];
        })),
        ("What runs is asked whether it is ready", file => file.Services.Where(each => !each.Name.EndsWith("-migrate", StringComparison.Ordinal) && each.Name != "otel-collector" && each.Service["healthcheck"]?["test"] is null).Select(each => each.Name)),
        ("Every file that a setting names is a secret that is made", file => file.Services.SelectMany(each => ComposeFile.Settings(each.Service).Where(setting => setting.Value.StartsWith("/run/", StringComparison.Ordinal)).Where(setting =>
        {
            var (folder, key) = (Path.GetDirectoryName(setting.Value)!, Path.GetFileName(setting.Value));
            return !(ComposeFile.Secrets(each.Service).TryGetValue(folder, out var secret) && InstallationSecrets.All.Any(made => made.Name == secret && made.Keys.Contains(key)));
        }).Select(setting => $"{each.Name}: {setting.Key}"))),
        ("Whatever is mounted can only be read, but for data", file => file.Services.SelectMany(each => ComposeFile.Mounts(each.Service).Where(mount => mount is [var source, _] && source.StartsWith('.') && !source.StartsWith("./archive", StringComparison.Ordinal))
            .Select(mount => $"{each.Name}: {mount[0]}"))),
        ("No secret stands in the file", file => file.Services.SelectMany(each => ComposeFile.Settings(each.Service).Where(setting => SecretValue().IsMatch(setting.Value) || (SecretName().IsMatch(setting.Key) && !setting.Key.EndsWith("File", StringComparison.OrdinalIgnoreCase) && !setting.Key.EndsWith("_FILE", StringComparison.Ordinal)))
            .Select(setting => $"{each.Name}: {setting.Key}"))),
        ("Every way is TLS, and checked", file => file.Services.SelectMany(each => ComposeFile.Settings(each.Service).Where(setting => (setting.Key.StartsWith("ConnectionStrings__", StringComparison.Ordinal) && !setting.Key.EndsWith("File", StringComparison.Ordinal)
            && new NpgsqlConnectionStringBuilder(setting.Value).SslMode != SslMode.VerifyFull) || setting.Value.StartsWith("http://", StringComparison.Ordinal) || setting.Value.StartsWith("amqp://", StringComparison.Ordinal)).Select(setting => $"{each.Name}: {setting.Key}"))),
        ("Images are named exactly, and by no registry", file => file.Services.Where(each => ComposeFile.Filled((string)each.Service["image"]!) is var image
            && (Kustomization.Split(image).Version is "" or "latest" || (image.Contains('/', StringComparison.Ordinal) && image.Split('/')[0].Contains('.', StringComparison.Ordinal)))).Select(each => each.Name)),
        ("Images are built from the folder of their process", file => PlatformProcess.All.Where(process => file.Root["services"]![process.Name]?["build"]?["args"]?["PROJECT"]?.ToString() != Docker.Project(process)).Select(process => process.Name)),
        ("It is told what the cluster is told", file => Differences(file)),
    ];

    private static readonly (string Rule, string Says, Action<ComposeFile> Break)[] Examples =
    [
        ("Every container is restricted", "intake", file => file.Service("intake").Remove("read_only")),
        ("Every container is restricted", "postgres", file => file.Service("postgres")["cap_add"] = new JsonArray("CHOWN")),
        ("Every container is restricted", "rabbitmq", file => file.Service("rabbitmq").Remove("security_opt")),
        ("Nobody is root", "rabbitmq", file => file.Service("rabbitmq").Remove("user")),
        ("Nobody is root", "rabbitmq", file => file.Service("rabbitmq")["user"] = "0:0"),
        ("Only the gateway is seen from outside", "postgres", file => file.Service("postgres")["ports"] = new JsonArray("5432:5432")),
        ("The networks behind the gateway have no way out", "data", file => file.Root["networks"]!["data"] = new JsonObject()),
        ("Each part is in the networks that it needs", "gateway", file => file.Service("gateway")["networks"]!.AsArray().Add("data")),
        ("Each part is in the networks that it needs", "intake", file => file.Service("intake")["networks"]!.AsArray().RemoveAt(1)),
        ("Every process is there, its migration before it", "case is not migrated before", file => file.Service("case")["depends_on"]!.AsObject().Remove("case-migrate")),
        ("Every process is there, its migration before it", "console is not there", file => file.Root["services"]!.AsObject().Remove("console")),
        ("What runs is asked whether it is ready", "intake", file => file.Service("intake").Remove("healthcheck")),
        ("Every file that a setting names is a secret that is made", "intake: Privacy__MasterKeyFile", file => file.Service("intake")["environment"]!["Privacy__MasterKeyFile"] = "/run/secrets/intake-keys/key"),
        ("Every file that a setting names is a secret that is made", "intake: Broker__PasswordFile", file => file.Service("intake")["volumes"]!.AsArray().RemoveAt(4)),
        ("Whatever is mounted can only be read, but for data", "rabbitmq", file => file.Service("rabbitmq")["volumes"]!.AsArray().Add("./rabbitmq.conf:/etc/x")),
        ("No secret stands in the file", "postgres: POSTGRES_PASSWORD", file => file.Service("postgres")["environment"]!["POSTGRES_PASSWORD"] = "hunter2"),
        ("No secret stands in the file", "intake: Broker__Uri", file => file.Service("intake")["environment"]!["Broker__Uri"] = "amqps://intake:hunter2@rabbitmq/hotline111"),
        ("Every way is TLS, and checked", "intake: ConnectionStrings__Store", file => file.Service("intake")["environment"]!["ConnectionStrings__Store"] = "Host=postgres;Database=intake;Username=intake_app;SSL Mode=Require"),
        ("Every way is TLS, and checked", "intake: Access__Authority", file => file.Service("intake")["environment"]!["Access__Authority"] = "http://gateway:8444"),
        ("Images are named exactly, and by no registry", "rabbitmq", file => file.Service("rabbitmq")["image"] = "rabbitmq"),
        ("Images are built from the folder of their process", "case", file => file.Service("case")["build"]!["args"]!["PROJECT"] = "services/Intake"),
        ("It is told what the cluster is told", "intake: Peers__case", file => file.Service("intake")["environment"]!.AsObject().Remove("Peers__case")),
        ("It is told what the cluster is told", "case-migrate: Access__Issuer", file => file.Service("case-migrate")["environment"]!["Access__Issuer"] = "https://else"),
    ];

    public static TheoryData<string> RuleNames => [.. Rules.Select(rule => rule.Name)];

    public static TheoryData<string, int> Broken
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var (number, example) in Examples.Index())
                data.Add($"{example.Rule}: {example.Says}", number);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(RuleNames))]
    public void The_compose_file_keeps_every_rule(string rule) => Rules.Single(each => each.Name == rule).Broken(Compose).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_rule_finds_what_breaks_it(string example, int number)
    {
        example.ShouldStartWith(Examples[number].Rule);
        var changed = Compose.Copy();
        Examples[number].Break(changed);
        Rules.Single(each => each.Name == Examples[number].Rule).Broken(changed).ShouldContain(found => found.Contains(Examples[number].Says, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_rule_has_an_example() => Rules.Select(rule => rule.Name).Except(Examples.Select(example => example.Rule)).ShouldBeEmpty();

    [Fact]
    public void Who_may_enter_which_database_is_the_same_in_containers_and_in_the_cluster()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "deploy", "compose", "postgres", "hba.conf")).Where(line => line.Length > 0 && line[0] != '#').Select(line => Spaces().Replace(line.Trim(), " ")).ToList();
        var cluster = Overlay.Read("production").Of("Cluster").SelectMany(each => each["spec"]!["postgresql"]!["pg_hba"]!.AsArray().Select(line => (string)line!)).ToList();
        lines[0].ShouldBe("local all,replication postgres scram-sha-256", "a base backup is a replication connection, which \"all\" does not mean");
        lines[^1].ShouldBe("host all all all reject");
        lines[1..^1].ShouldBe(cluster.Where(line => line.StartsWith("hostssl", StringComparison.Ordinal)), ignoreOrder: true);
    }

    [Fact]
    public void The_two_collectors_differ_in_where_they_tell_it_alone()
    {
        var (there, here) = (Collector("base", "telemetry"), Collector("overlays", "local"));
        ((JsonObject)there["exporters"]!).Select(each => each.Key).ShouldBe(["otlphttp"]);
        ((JsonObject)here["exporters"]!).Select(each => each.Key).ShouldBe(["debug"]);
        foreach (var collector in new[] { there, here })
        {
            collector.Remove("exporters");
            foreach (var (_, pipeline) in collector["service"]!["pipelines"]!.AsObject())
                pipeline!.AsObject().Remove("exporters");
        }

        JsonNode.DeepEquals(there, here).ShouldBeTrue();
        // What stands in a trace can be read by whoever looks after the machines.
        there["processors"]!["attributes"]!["actions"]!.AsArray().Select(action => (string)action!["key"]!).ShouldContain("http.request.header.authorization");

        static JsonObject Collector(params string[] folders) => Yaml.Document(Path.Combine([Repository.Root, "k8s", .. folders, "collector.yaml"]));
    }

    private static IEnumerable<string> Networks(ComposeFile file)
    {
        foreach (var process in PlatformProcess.All)
        {
            string[] wanted = process.Name switch
            {
                PlatformProcess.Gateway => ["front", "inside", "accounts", "telemetry"],
                PlatformProcess.Console => ["inside", "broker", "telemetry"],
                _ => ["inside", "data", "broker", "telemetry"],
            };
            if (!Of(process.Name).Order(StringComparer.Ordinal).SequenceEqual(wanted.Order(StringComparer.Ordinal)))
                yield return process.Name;
            if (process.Database is not null && !Of($"{process.Name}-migrate").SequenceEqual([process.IsService ? "data" : "accounts"]))
                yield return $"{process.Name}-migrate";
        }

        IEnumerable<string> Of(string name) => (file.Root["services"]![name]?["networks"] as JsonArray ?? []).Select(each => (string)each!);
    }

    // Names of the database servers are the only difference there may be.
    private static IEnumerable<string> Differences(ComposeFile file)
    {
        foreach (var pod in Overlay.Read("production").Pods.Where(pod => pod.Workload.Name() != "otel-collector"))
        {
            var name = pod.Workload.Name();
            if (file.Root["services"]![name] is not JsonObject service)
                continue;
            var (there, here) = (pod.Settings, ComposeFile.Settings(service));
            foreach (var setting in there.Keys.Union(here.Keys).Where(setting => !(pod.IsJob && setting.StartsWith("OTEL_", StringComparison.Ordinal))))
            {
                if (there.GetValueOrDefault(setting)?.Replace("postgres-rw;", "postgres;", StringComparison.Ordinal) != here.GetValueOrDefault(setting))
                    yield return $"{name}: {setting}";
            }
        }
    }

    [GeneratedRegex("^[1-9][0-9]*:[1-9][0-9]*$")]
    private static partial Regex Account();

    [GeneratedRegex("password|passphrase|secret|masterkey|apikey|credential", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"Password\s*=|://[^/@\s]+:[^/@\s]+@|-----BEGIN|\b[\w.-]+:[A-Za-z0-9+/]{43}=", RegexOptions.IgnoreCase)]
    private static partial Regex SecretValue();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
