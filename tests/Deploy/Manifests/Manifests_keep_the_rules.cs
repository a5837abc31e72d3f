using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline111.Local;

namespace Hotline111.Deploy.Tests.Manifests;

/// <summary>The manifests of every overlay, against closed schemas and against our own rules; and each rule against something that breaks it.</summary>
public sealed partial class Manifests_keep_the_rules
{
    private static readonly string[] Names = ["local", "production"];

    private static readonly Dictionary<string, Overlay> Resolved = Names.ToDictionary(overlay => overlay, Overlay.Read);

    public static TheoryData<string, string> RulesOfOverlays
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var overlay in Names)
            {
                foreach (var rule in Rules.All)
                    data.Add(overlay, rule.Name);
            }

            return data;
        }
    }

    public static TheoryData<string, int> BrokenRules
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var (number, example) in Examples.All.Index())
                data.Add(example.ToString(), number);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(RulesOfOverlays))]
    public void Every_overlay_keeps_every_rule(string overlay, string rule) => Rules.All.Single(each => each.Name == rule).Broken(Resolved[overlay]).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(BrokenRules))]
    public void A_rule_finds_what_breaks_it(string example, int number)
    {
        example.ShouldBe(Examples.All[number].ToString());
        var rule = Rules.All.Single(each => each.Name == Examples.All[number].Rule);
        rule.Broken(Examples.All[number].Break(Resolved["production"].Copy())).ShouldContain(found => found.Contains(Examples.All[number].Says, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_rule_has_an_example() => Rules.All.Select(rule => rule.Name).Except(Examples.All.Select(example => example.Rule)).ShouldBeEmpty();

    [Fact]
    public async Task Every_object_fits_its_closed_schema()
    {
        var all = Resolved.Values.SelectMany(installation => installation.Objects.Select(each => ($"{installation.Name}: {each.Kind()}/{each.Name()}", each))).ToList();
        all.Count.ShouldBeGreaterThan(150);
        (await Check(all)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_schema_finds_what_does_not_fit_it()
    {
        var examples = new List<(string Name, JsonObject Object, string Says)>();
        Break("Deployment", "intake", each => each["sepc"] = 1, "/sepc is not a member");
        Break("Deployment", "intake", each => each["metadata"]!["label"] = 1, "/metadata/label is not a member");
        Break("Deployment", "intake", each => each["spec"]!["replica"] = 2, "/spec/replica is not a member");
        Break("Deployment", "intake", each => each["spec"]!.AsObject().Remove("selector"), "missingProperty");
        Break("Deployment", "intake", each => new Pod(each).Spec["securityContex"] = new JsonObject(), "/spec/template/spec/securityContex is not a member");
        Break("Deployment", "intake", each => new Pod(each).Spec["securityContext"]!["runAsNonroot"] = true, "/spec/template/spec/securityContext/runAsNonroot is not a member");
        Break("Deployment", "intake", each => new Pod(each).Containers[0]["livenessProbe"]!["httpGet"]!["prot"] = 1, "/livenessProbe/httpGet/prot is not a member");
        Break("Deployment", "intake", each => new Pod(each).Containers[0]["env"]![0]!["val"] = "x", "/env/0/val is not a member");
        Break("Deployment", "intake", each => new Pod(each).Containers[0]["ports"]![0]!["containerPort"] = "8443", "/ports/0/containerPort");
        Break("Job", "intake-migrate", each => each["spec"]!["backofLimit"] = 1, "/spec/backofLimit is not a member");
        Break("Service", "gateway-public", each => each["spec"]!["externalTraffic"] = "Local", "/spec/externalTraffic is not a member");
        Break("ServiceAccount", "intake", each => each["automountServiceAccountTokens"] = false, "/automountServiceAccountTokens is not a member");
        Break("ConfigMap", "otel-collector", each => each["dat"] = new JsonObject(), "/dat is not a member");
        Break("Namespace", "hotline111", each => each["x"] = 1, "/x is not a member");
        Break("NetworkPolicy", "intake", each => each["spec"]!["egress"]![0]!["from"] = new JsonArray(), "/spec/egress/0/from is not a member");
        Break("NetworkPolicy", "intake", each => each["spec"]!["egress"]![0]!["to"]![0]!["podSelectors"] = new JsonObject(), "/spec/egress/0/to/0/podSelectors is not a member");
        Break("PodDisruptionBudget", "intake", each => each["spec"]!["max"] = 1, "/spec/max is not a member");
        Break("HorizontalPodAutoscaler", "intake", each => each["spec"]!["metrics"]![0]!["resource"]!["target"]!["average"] = 1, "/target/average is not a member");
        Break("Certificate", "intake", each => each["spec"]!["privateKey"]!["bits"] = 1, "/spec/privateKey/bits is not a member");
        Break("Issuer", "platform", each => each["spec"]!["ca"]!["secret"] = "x", "/spec/ca/secret is not a member");
        Break("Cluster", "postgres", each => each["spec"]!["postgresql"]!["parameter"] = new JsonObject(), "additional properties: parameter");
        Break("Cluster", "postgres", each => each["spec"]!["instances"] = "3", "/spec/instances must be integer");
        Break("Database", "case", each => each["spec"]!.AsObject().Remove("owner"), "required property 'owner'");
        Break("ImageCatalog", "postgres", each => each["spec"]!["image"] = "x", "additional properties: image");
        Break("ScheduledBackup", "postgres", each => each["spec"]!["schedule"] = "30 19 * * *", "/spec/schedule must match pattern");
        Break("ObjectStore", "backup", each => each["spec"]!["configuration"]!["wal"]!["compression"] = "zip", "must be equal to one of the allowed values");
        Break("RabbitmqCluster", "rabbitmq", each => each["spec"]!["replica"] = 3, "additional properties: replica");
        Break("RabbitmqCluster", "rabbitmq", each => each["spec"]!["override"]!["statefulSet"]!["spec"]!["template"]!["spec"]!["containers"]![0]!["volumeMount"] = new JsonArray(), "/containers/0/volumeMount is not a member");
        examples.Add(("CronJob", (JsonObject)JsonNode.Parse("""{ "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": "x" } }""")!, "no schema for batch/v1/CronJob"));

        var found = await Check([.. examples.Select((example, number) => ($"{number}", example.Object))]);
        foreach (var (number, example) in examples.Index())
            found.ShouldContain(each => each.StartsWith($"{number}:", StringComparison.Ordinal) && each.Contains(example.Says, StringComparison.Ordinal), $"{example.Name}: {example.Says}\n{string.Join('\n', found)}");
        Resolved["production"].Objects.Select(each => each.Kind()).Distinct().Except(examples.Select(example => example.Name)).ShouldBeEmpty("every kind has an example");

        void Break(string kind, string name, Action<JsonObject> change, string says)
        {
            var copy = (JsonObject)Resolved["production"].Get(kind, name).DeepClone();
            change(copy);
            examples.Add((kind, copy, says));
        }
    }

    [Fact]
    public async Task The_template_of_a_restore_fits_too_and_changes_the_server_and_what_the_owners_jobs_are_told()
    {
        var production = Resolved["production"];
        var restore = new Overlay("restore", Kustomization.Resolve(Path.Combine(Repository.Root, "k8s", "restore")));
        (await Check([.. restore.Objects.Select(each => ($"{each.Kind()}/{each.Name()}", each))])).ShouldBeEmpty();
        var services = PlatformProcess.All.Where(process => process.IsService).Select(process => $"{process.Name}-migrate").ToList();
        restore.Objects.Where(each => !production.Objects.Any(there => JsonNode.DeepEquals(there, each))).Select(each => $"{each.Kind()}/{each.Name()}")
            .ShouldBe([.. services.Select(name => $"Job/{name}"), "Cluster/postgres"], ignoreOrder: true);
        foreach (var job in services.Select(name => new Pod(restore.Get("Job", name))))
            job.Containers.Single()["args"]!.AsArray().Select(argument => (string)argument!).ShouldBe(["restored"]);

        // From the archive of the server before, into another one; with the database and the owner that the first server was made with.
        var (before, after) = (production.Get("Cluster", "postgres")["spec"]!, restore.Get("Cluster", "postgres")["spec"]!);
        var (initial, recovery) = (before["bootstrap"]!["initdb"]!, after["bootstrap"]!["recovery"]!);
        foreach (var member in new[] { "database", "owner", "secret" })
            JsonNode.DeepEquals(recovery[member], initial[member]).ShouldBeTrue(member);
        var source = after.AsObject().List("externalClusters").Single(each => (string?)each["name"] == (string?)recovery["source"])["plugin"]!;
        var (old, @new) = (before.AsObject().List("plugins").Single(), after.AsObject().List("plugins").Single());
        JsonNode.DeepEquals(source["parameters"], old["parameters"]).ShouldBeTrue("it reads where the server before wrote");
        ((string?)@new["parameters"]!["barmanObjectName"]).ShouldBe((string?)old["parameters"]!["barmanObjectName"]);
        ((string?)@new["parameters"]!["serverName"]).ShouldNotBe((string?)old["parameters"]!["serverName"]);
    }

    [Fact]
    public void The_processes_are_those_that_the_readme_names()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var services = ServiceRow().Matches(readme).Select(match => match.Groups[1].Value);
        PlatformProcess.All.Where(process => process.IsService).Select(process => process.Name).ShouldBe(services, ignoreOrder: true);
        PlatformProcess.All.Where(process => !process.IsService).Select(process => process.Name).ShouldBe(["gateway", "console"], ignoreOrder: true);
    }

    [Fact]
    public void A_kustomization_with_something_that_is_not_understood_stops_the_test()
    {
        var folder = Directory.CreateTempSubdirectory("hotline111-kustomize-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "kustomization.yaml"), "resources: []\nnamePrefix: x-\n");
            Should.Throw<InvalidOperationException>(() => Kustomization.Resolve(folder)).Message.ShouldContain("namePrefix is not understood");
            File.WriteAllText(Path.Combine(folder, "kustomization.yaml"), "resources: [x.yaml]\npatches:\n  - path: p.yaml\n");
            File.WriteAllText(Path.Combine(folder, "x.yaml"), "apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n");
            File.WriteAllText(Path.Combine(folder, "p.yaml"), "apiVersion: v1\nkind: Service\nmetadata:\n  name: other\n");
            Should.Throw<InvalidOperationException>(() => Kustomization.Resolve(folder)).Message.ShouldContain("fits nothing");
            File.WriteAllText(Path.Combine(folder, "x.yaml"), "apiVersion: v1\nkind: Service\nmetadata:\n  name: x\nspec:\n  publishNotReadyAddresses: yes\n");
            Should.Throw<InvalidOperationException>(() => Kustomization.Resolve(folder)).Message.ShouldContain("in quotes");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // One call for all: Node.js takes longer to start than to check.
    private static async Task<IReadOnlyList<string>> Check(IReadOnlyList<(string Name, JsonObject Object)> objects)
    {
        var ct = TestContext.Current.CancellationToken;
        var node = await TestPrograms.Node(Path.Combine(Repository.Root, "artifacts", "logs"), ct);
        using var check = Process.Start(new ProcessStartInfo(node, [Path.Combine(Repository.Root, "tests", "Deploy", "schemas", "check.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var words = check.StandardError.ReadToEndAsync(ct);
        var found = check.StandardOutput.ReadToEndAsync(ct);
        await check.StandardInput.WriteAsync(new JsonArray([.. objects.Select(each => new JsonObject { ["name"] = each.Name, ["object"] = each.Object.DeepClone() })]).ToJsonString());
        check.StandardInput.Close();
        await check.WaitForExitAsync(ct);
        check.ExitCode.ShouldBe(0, await words);
        return [.. JsonSerializer.Deserialize<JsonObject[]>(await found)!.Select(each => $"{each["name"]}: {each["path"]} {each["message"]}")];
    }

    [GeneratedRegex(@"^\| \[([a-z-]+)\]\(services/", RegexOptions.Multiline)]
    private static partial Regex ServiceRow();
}
