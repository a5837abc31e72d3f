using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hotline111.Sbom;

/// <summary>What is published is not what the lock files say.</summary>
public sealed class BillException(string message) : Exception(message);

/// <summary>A package inside an image.</summary>
/// <param name="Ecosystem">"nuget" or "npm", as in a package URL.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its exact version.</param>
/// <param name="Sha512">What its lock file says of its content, in hexadecimal.</param>
public sealed record Part(string Ecosystem, string Name, string Version, string Sha512)
{
    /// <summary>Its package URL: <c>pkg:nuget/Npgsql@10.0.0</c>, <c>pkg:npm/%40fontsource/be-vietnam-pro@5.2.8</c>.</summary>
    public string Url => $"pkg:{Ecosystem}/{Name.Replace("@", "%40", StringComparison.Ordinal)}@{Version}";
}

/// <summary>What one process is made of.</summary>
/// <param name="Process">Its assembly.</param>
/// <param name="Version">The assembly's version.</param>
/// <param name="Framework">The shared framework it runs on, by name and version, which the image below brings.</param>
/// <param name="Parts">Packages of others.</param>
/// <param name="Own">Assemblies of this repository, the process included.</param>
public sealed record Bill(string Process, string Version, IReadOnlyDictionary<string, string> Framework, IReadOnlyList<Part> Parts, IReadOnlyList<string> Own)
{
    /// <summary>
    /// Reads it from what lies in the folder (<c>*.deps.json</c>), each package with the hash from the lock file. A package that no lock file has stops
    /// it: then something other than the locked restore has put it there.
    /// </summary>
    /// <exception cref="BillException">The folder holds no process, or something that is not locked.</exception>
    public static Bill Read(string published, string lockFile, IReadOnlyList<string> scriptLocks)
    {
        var runtime = Directory.EnumerateFiles(published, "*.runtimeconfig.json").Order(StringComparer.Ordinal).ToList();
        if (runtime is not [var configuration])
            throw new BillException($"{published} holds {runtime.Count} processes; one is wanted.");
        var process = Path.GetFileName(configuration)[..^".runtimeconfig.json".Length];
        var locked = Locked(lockFile);
        var (parts, own) = (new List<Part>(), new List<string>());
        var version = "";
        var libraries = JsonNode.Parse(File.ReadAllText(Path.Combine(published, $"{process}.deps.json")))!["libraries"]!.AsObject();
        foreach (var (library, about) in libraries)
        {
            var (name, at) = library.Split('/') is [var left, var right] ? (left, right) : throw new BillException($"{library} is no name of a library.");
            if ((string?)about!["type"] == "project")
            {
                own.Add(name);
                version = name == process ? at : version;
                continue;
            }

            if (!locked.TryGetValue(name, out var there) || there.Version != at)
                throw new BillException($"{name} {at} was published, and {lockFile} does not have it.");
            parts.Add(new Part("nuget", name, at, there.Sha512));
        }

        foreach (var scripts in scriptLocks)
            parts.AddRange(Scripts(scripts));
        return new Bill(process, version, Frameworks(configuration), [.. parts.OrderBy(part => part.Url, StringComparer.Ordinal)], [.. own.Order(StringComparer.Ordinal)]);
    }

    /// <summary>CycloneDX 1.6, as JSON; the same for the same build, so that two can be compared.</summary>
    /// <param name="bill">What is in it.</param>
    /// <param name="baseImage">The image below, with its digest where the build was given one.</param>
    public static string Write(Bill bill, string baseImage) => new JsonObject
    {
        ["bomFormat"] = "CycloneDX",
        ["specVersion"] = "1.6",
        ["version"] = 1,
        ["metadata"] = new JsonObject
        {
            ["component"] = new JsonObject { ["type"] = "application", ["bom-ref"] = bill.Process, ["name"] = bill.Process, ["version"] = bill.Version },
            ["properties"] = new JsonArray(Property("hotline111:base-image", baseImage), Property("hotline111:own-assemblies", string.Join(' ', bill.Own))),
        },
        ["components"] = new JsonArray(
        [
            .. bill.Framework.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => (JsonNode)new JsonObject
            {
                ["type"] = "framework",
                ["bom-ref"] = $"{each.Key}@{each.Value}",
                ["name"] = each.Key,
                ["version"] = each.Value,
                ["description"] = "At least this version; the image below brings it.",
            }),
            .. bill.Parts.Select(part => (JsonNode)new JsonObject
            {
                ["type"] = "library",
                ["bom-ref"] = part.Url,
                ["name"] = part.Name,
                ["version"] = part.Version,
                ["purl"] = part.Url,
                ["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = part.Sha512 }),
            }),
        ]),
        ["dependencies"] = new JsonArray(new JsonObject
        {
            ["ref"] = bill.Process,
            ["dependsOn"] = new JsonArray([.. bill.Parts.Select(part => (JsonNode)part.Url)]),
        }),
    }.ToJsonString(Readable) + "\n";

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonObject Property(string name, string value) => new() { ["name"] = name, ["value"] = value };

    // Names are compared as NuGet does, without regard to case.
    private static Dictionary<string, (string Version, string Sha512)> Locked(string lockFile)
    {
        var locked = new Dictionary<string, (string, string)>(StringComparer.OrdinalIgnoreCase);
        foreach (var (_, framework) in JsonNode.Parse(File.ReadAllText(lockFile))!["dependencies"]!.AsObject())
        {
            foreach (var (name, about) in framework!.AsObject())
            {
                if ((string?)about!["resolved"] is { } version && (string?)about["contentHash"] is { } hash)
                    locked[name] = (version, Convert.ToHexStringLower(Convert.FromBase64String(hash)));
            }
        }

        return locked;
    }

    private static IEnumerable<Part> Scripts(string packageLock)
    {
        foreach (var (path, about) in JsonNode.Parse(File.ReadAllText(packageLock))!["packages"]!.AsObject())
        {
            // The empty path is the list itself; what only tools need does not travel.
            if (path.Length == 0 || about!["dev"] is not null)
                continue;
            var name = path[(path.LastIndexOf("node_modules/", StringComparison.Ordinal) + "node_modules/".Length)..];
            var integrity = (string?)about["integrity"] ?? throw new BillException($"{packageLock} has no hash for {name}.");
            if (!integrity.StartsWith("sha512-", StringComparison.Ordinal))
                throw new BillException($"{packageLock} has no SHA-512 for {name}.");
            yield return new Part("npm", name, (string)about["version"]!, Convert.ToHexStringLower(Convert.FromBase64String(integrity["sha512-".Length..])));
        }
    }

    private static IReadOnlyDictionary<string, string> Frameworks(string configuration)
    {
        var options = JsonNode.Parse(File.ReadAllText(configuration))!["runtimeOptions"]!;
        var named = options["frameworks"]?.AsArray().Select(each => each!) ?? (options["framework"] is { } one ? [one] : []);
        return named.ToDictionary(each => (string)each["name"]!, each => (string)each["version"]!, StringComparer.Ordinal);
    }
}
