using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Contracts.Tests.House;
using Hotline111.Platform.EventStore;

namespace Hotline111.Contracts.Tests.Schemas;

/// <summary>A stored or published record with what is committed of it.</summary>
/// <param name="Kind">"stored" or "integration": the folder.</param>
/// <param name="Name">Its stored or public name: the file.</param>
/// <param name="Type">The record.</param>
/// <param name="Invented">Invented ones, of which the first examples are made.</param>
internal sealed record CommittedContract(string Kind, string Name, Type Type, IReadOnlyList<object> Invented)
{
    /// <summary>Whether this run may write what changed compatibly, and what is new.</summary>
    public static bool MayAccept { get; } = Environment.GetEnvironmentVariable("HOTLINE_ACCEPT") == "1";

    /// <summary>How to accept.</summary>
    public const string HowToAccept = "If this is meant, accept it with: HOTLINE_ACCEPT=1 dotnet test tests/Contracts - and commit what that writes under contracts/.";

    public const string HowNotTo =
        "Old events and old readers have the old shape. Give the new shape a new record and name (.v2, V2) beside the old one, and keep the old one's arm in Evolve.";

    /// <summary>Every stored event and every integration event.</summary>
    public static IReadOnlyList<CommittedContract> All { get; } =
    [
        .. Family.All.SelectMany(family => family.Events.Select(stored => new CommittedContract(
            "stored", stored.Name, stored.Type, [.. family.Histories.SelectMany(history => history).Where(e => e.GetType() == stored.Type)]))),
        .. ContractCatalogue.All.Select(contract => new CommittedContract(
            "integration", contract.Name, contract.Type, [.. Family.All.SelectMany(family => family.Told).Where(message => message.GetType() == contract.Type)])),
    ];

    public static string SchemaFolder(string kind) => Repository.At("contracts", "schemas", kind);

    public static string ExampleFolder(string kind) => Repository.At("contracts", "examples", kind);

    public string SchemaFile => Path.Combine(SchemaFolder(Kind), Name + ".json");

    /// <summary>The committed examples, the first one first.</summary>
    public IReadOnlyList<string> ExampleFiles => Directory.Exists(ExampleFolder(Kind))
        ? [.. Directory.EnumerateFiles(ExampleFolder(Kind), Name + ".*json").Where(file => NameOf(file) == Name).Order(StringComparer.Ordinal)]
        : [];

    public JsonObject Present => Schema.Of(Name, Type);

    /// <summary>How the committed schema and the code's differ.</summary>
    public IReadOnlyList<SchemaChange> Changes => File.Exists(SchemaFile)
        ? SchemaChange.Between(Read(SchemaFile).AsObject(), Present)
        : [new($"contracts/schemas/{Kind}/{Name}.json does not exist", Breaks: false)];

    /// <summary>"contact-categorised.v1.2.json" is the second example of "contact-categorised.v1".</summary>
    public static string NameOf(string exampleFile)
    {
        var stem = Path.GetFileNameWithoutExtension(exampleFile);
        var number = Path.GetExtension(stem);
        return number.Length > 1 && number[1..].All(char.IsAsciiDigit) ? stem[..^number.Length] : stem;
    }

    public static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(file))!;

    public JsonNode ToJson(object value) => JsonSerializer.SerializeToNode(value, Type, EventCatalogue.Json)!;

    /// <summary>Writes the schema, and as many examples as it takes until every property stands in one; never touches an example that is there.</summary>
    public void Accept()
    {
        Directory.CreateDirectory(SchemaFolder(Kind));
        Directory.CreateDirectory(ExampleFolder(Kind));
        var schema = Present;
        File.WriteAllText(SchemaFile, Schema.Print(schema));
        HashSet<string> filled = [.. ExampleFiles.SelectMany(file => Schema.Filled(schema, Read(file)))];
        foreach (var invented in Invented.Select(ToJson))
        {
            var adds = Schema.Filled(schema, invented).Except(filled).ToList();
            if (ExampleFiles.Count > 0 && adds.Count == 0)
                continue;
            var number = ExampleFiles.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $".{ExampleFiles.Count + 1}");
            File.WriteAllText(Path.Combine(ExampleFolder(Kind), $"{Name}{number}.json"), Schema.Print(invented));
            filled.UnionWith(adds);
        }
    }

    public override string ToString() => Name;
}
