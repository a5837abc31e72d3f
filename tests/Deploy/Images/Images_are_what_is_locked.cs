using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotline111.Local;
using Hotline111.Sbom;

namespace Hotline111.Deploy.Tests.Images;

/// <summary>What an image is made of, and that it runs as nobody in particular.</summary>
public sealed partial class Images_are_what_is_locked
{
    public static TheoryData<string> Processes => [.. PlatformProcess.All.Select(process => process.Name)];

    [Fact]
    public void One_Dockerfile_makes_every_process_from_the_lock_files()
    {
        var from = Docker.Instructions.Where(each => each.Word == "FROM").Select(each => each.Rest).ToList();
        from.ShouldBe(["${REGISTRY}/${SDK} AS build", "scratch AS sbom", "${REGISTRY}/${BASE} AS image"]);
        var arguments = Docker.Instructions.Where(each => each.Word == "ARG").Select(each => each.Rest).ToList();
        arguments.ShouldContain("REGISTRY", "a registry is the installation's to name, so it has no value here");
        arguments.Single(each => each.StartsWith("BASE=", StringComparison.Ordinal)).ShouldContain("-chiseled-extra", customMessage: "without a shell, with ICU and time zones");
        var commands = string.Join('\n', Docker.Commands("build"));
        Regex.Count(commands, "dotnet restore").ShouldBe(Regex.Count(commands, @"dotnet restore \S+ --locked-mode"));
        commands.ShouldContain("dotnet publish ${PROJECT} --no-restore -c Release -o /app");
        commands.ShouldContain("> /sbom.cdx.json");
        // Nothing is fetched by hand, and nothing of the machine that builds comes along but what .dockerignore lets through.
        Regex.IsMatch(commands, @"\b(curl|wget|apt-get|apk|git clone)\b").ShouldBeFalse();
        File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore")).First(line => !line.StartsWith('#')).ShouldBe("**");
    }

    [Fact]
    public void An_image_runs_as_nobody_in_particular_and_has_nothing_to_write()
    {
        var image = Docker.Stage("image");
        image.Last(each => each.Word == "USER").Rest.ShouldBe("1654:1654");
        image.ShouldNotContain(each => each.Word == "RUN", "a chiselled image has nothing to run it with");
        image.Where(each => each.Word == "COPY").ShouldHaveSingleItem().Rest.ShouldBe("--from=build --chown=0:0 /app /app");
        // Not by COPY: an engine that does not know its words for modes leaves the files as they were, and says nothing.
        Docker.Commands("build")[^1].ShouldEndWith("chmod -R a=rX /app");
        image.Single(each => each.Word == "ENTRYPOINT").Rest.ShouldBe("[\"/app/process\"]");
        image.Single(each => each.Word == "ENV").Rest.ShouldContain("DOTNET_EnableDiagnostics=0");
        Docker.Instructions.ShouldNotContain(each => each.Word == "ADD" || each.Rest.Contains("PASSWORD", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void What_an_image_is_built_from_is_let_through()
    {
        var through = File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore")).Where(line => line.StartsWith('!')).Select(line => line[1..].TrimEnd('/')).ToList();
        foreach (var path in through)
            Path.Exists(Path.Combine(Repository.Root, path)).ShouldBeTrue(path);
        foreach (var process in PlatformProcess.All)
        {
            Directory.Exists(Path.Combine(Repository.Root, Docker.Project(process))).ShouldBeTrue(process.Name);
            through.ShouldContain(path => Docker.Project(process).StartsWith(path, StringComparison.Ordinal), process.Name);
        }

        foreach (var beside in new[] { "Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig", "contracts", "deploy/Sbom" })
            through.ShouldContain(beside);
    }

    [Theory]
    [MemberData(nameof(Processes))]
    public void The_bill_of_materials_is_what_the_lock_file_says(string name)
    {
        var process = PlatformProcess.Get(name);
        var lockFile = Path.Combine(Repository.Root, Docker.Project(process), "packages.lock.json");
        string[] scripts = process.IsService ? [] : [Path.Combine(Repository.Root, "gateway", "Pages", "assets", "package-lock.json")];
        var bill = Bill.Read(Path.GetDirectoryName(Repository.Built(process.Project))!, lockFile, scripts);
        bill.Process.ShouldBe(process.Project);
        bill.Framework.Keys.ShouldBe(["Microsoft.AspNetCore.App", "Microsoft.NETCore.App"], ignoreOrder: true);
        bill.Own.ShouldContain("Hotline111.Platform");
        bill.Parts.ShouldContain(part => part.Name == "Npgsql");
        bill.Parts.Any(part => part.Ecosystem == "npm").ShouldBe(!process.IsService);

        var written = JsonNode.Parse(Bill.Write(bill, "base@sha256:1"))!;
        ((string?)written["bomFormat"], (string?)written["specVersion"]).ShouldBe(("CycloneDX", "1.6"));
        var components = written["components"]!.AsArray().Where(each => (string?)each!["type"] == "library").ToList();
        components.Count.ShouldBe(bill.Parts.Count);
        components.ShouldAllBe(each => PackageUrl().IsMatch((string)each!["purl"]!) && ((string)each["hashes"]![0]!["content"]!).Length == 128);
        written["dependencies"]![0]!["dependsOn"]!.AsArray().Count.ShouldBe(components.Count);
        Bill.Write(bill, "base@sha256:1").ShouldBe(Bill.Write(Bill.Read(Path.GetDirectoryName(Repository.Built(process.Project))!, lockFile, scripts), "base@sha256:1"));

        // Whatever is locked for running is in it: what a lock file has beyond is for building alone.
        var locked = JsonNode.Parse(File.ReadAllText(lockFile))!["dependencies"]!.AsObject().SelectMany(framework => framework.Value!.AsObject())
            .Where(each => (string?)each.Value!["type"] != "Project").Select(each => each.Key);
        locked.Except(bill.Parts.Select(part => part.Name), StringComparer.OrdinalIgnoreCase).ShouldAllBe(left => BuildOnly().IsMatch(left));
    }

    [Fact]
    public void Something_that_is_not_locked_stops_the_bill()
    {
        var published = Path.GetDirectoryName(Repository.Built("Hotline111.Intake"))!;
        var lockFile = Path.Combine(Repository.Root, "services", "Intake", "packages.lock.json");
        var changed = Path.GetTempFileName();
        try
        {
            File.WriteAllText(changed, File.ReadAllText(lockFile).Replace("\"resolved\": \"2.1.86\"", "\"resolved\": \"2.1.85\"", StringComparison.Ordinal));
            Should.Throw<BillException>(() => Bill.Read(published, changed, [])).Message.ShouldContain("Dapper 2.1.86 was published");
            Should.Throw<BillException>(() => Bill.Read(Path.GetTempPath(), lockFile, []));
        }
        finally
        {
            File.Delete(changed);
        }
    }

    [GeneratedRegex(@"^pkg:(nuget|npm)/[^@]+@[0-9][\w.+-]*$")]
    private static partial Regex PackageUrl();

    // Analysers, and what the shared framework brings in a version of its own.
    [GeneratedRegex(@"^(Microsoft\.CodeAnalysis\.|Microsoft\.Extensions\.|Microsoft\.EntityFrameworkCore\.Analyzers|Microsoft\.AspNetCore\.|System\.)")]
    private static partial Regex BuildOnly();
}
