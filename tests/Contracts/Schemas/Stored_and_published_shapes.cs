using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Platform.EventStore;

namespace Hotline111.Contracts.Tests.Schemas;

/// <summary>What was stored or published once is read for ever: schemas and examples are committed, and the code is held to them.</summary>
public sealed class Stored_and_published_shapes : IClassFixture<Stored_and_published_shapes.Acceptance>
{
    /// <summary>Before any test, and only when asked: writes what is new or changed compatibly.</summary>
    public sealed class Acceptance
    {
        public Acceptance()
        {
            if (!CommittedContract.MayAccept)
                return;
            foreach (var contract in CommittedContract.All.Where(contract => !contract.Changes.Any(change => change.Breaks)))
                contract.Accept();
        }
    }

    public static TheoryData<string> Names => [.. CommittedContract.All.Select(contract => contract.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_record_has_the_schema_that_is_committed(string name)
    {
        var changes = Find(name).Changes;
        changes.Where(change => change.Breaks).Select(change => change.Sentence).ShouldBeEmpty($"{name}: {CommittedContract.HowNotTo}");
        changes.Select(change => change.Sentence).ShouldBeEmpty($"{name}: {CommittedContract.HowToAccept}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_record_has_examples_that_fill_in_every_member(string name)
    {
        var contract = Find(name);
        var schema = contract.Present;
        contract.ExampleFiles.ShouldNotBeEmpty(CommittedContract.HowToAccept);
        var filled = contract.ExampleFiles.SelectMany(file => Schema.Filled(schema, CommittedContract.Read(file))).ToHashSet();
        Schema.Properties(schema).Except(filled).ShouldBeEmpty($"{name}: no example has them. {CommittedContract.HowToAccept}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_example_is_valid(string name)
    {
        var contract = Find(name);
        foreach (var file in contract.ExampleFiles)
            Schema.Check(contract.Present, CommittedContract.Read(file)).ShouldBeEmpty(Path.GetFileName(file));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_old_example_still_loads_and_loses_nothing(string name)
    {
        var contract = Find(name);
        foreach (var file in contract.ExampleFiles)
        {
            var example = CommittedContract.Read(file);
            var loaded = example.Deserialize(contract.Type, EventCatalogue.Json).ShouldNotBeNull();
            JsonNode.DeepEquals(contract.ToJson(loaded), example).ShouldBeTrue($"{Path.GetFileName(file)} comes back as {contract.ToJson(loaded)}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_schema_refuses_what_is_not_of_its_kind(string name)
    {
        var contract = Find(name);
        var example = CommittedContract.Read(contract.ExampleFiles[0]).AsObject();

        var more = example.DeepClone().AsObject();
        more["name"] = "Lò Thị Mây";
        Schema.Check(contract.Present, more).ShouldContain("$.name is not known");
        foreach (var (member, value) in example.ToList())
        {
            var other = example.DeepClone().AsObject();
            other[member] = value switch
            {
                JsonArray => "a text, and no list",
                JsonObject => new JsonObject { ["word"] = "not of this kind" },
                _ when value!.GetValueKind() == JsonValueKind.String => "Lò Thị Mây, chợ phiên",
                _ => "a text, and no number",
            };
            Schema.Check(contract.Present, other).ShouldNotBeEmpty($"{name} takes {other[member]!.ToJsonString()} as {member}");
        }
    }

    [Fact]
    public void Stored_events_are_read_as_the_store_reads_them()
    {
        EventCatalogue catalogue = new();
        foreach (var family in Family.All)
            catalogue.Add(family.Category, family.Type);
        foreach (var contract in CommittedContract.All.Where(contract => contract.Kind == "stored"))
        {
            foreach (var file in contract.ExampleFiles)
            {
                var stored = new StoredEvent(1, 1, Guid.CreateVersion7(), Guid.CreateVersion7(), 1, contract.Name, File.ReadAllText(file), DateTimeOffset.UnixEpoch, Metadata.System());
                catalogue.Read(stored).ShouldBeOfType(contract.Type);
            }
        }
    }

    [Theory]
    [InlineData("stored")]
    [InlineData("integration")]
    public void Nothing_is_committed_that_the_code_does_not_know(string kind)
    {
        var names = CommittedContract.All.Where(contract => contract.Kind == kind).Select(contract => contract.Name).ToList();
        Directory.EnumerateFiles(CommittedContract.SchemaFolder(kind)).Select(Path.GetFileNameWithoutExtension).Except(names)
            .ShouldBeEmpty("their records are gone: stored events are read for ever");
        Directory.EnumerateFiles(CommittedContract.ExampleFolder(kind)).Select(CommittedContract.NameOf).Except(names).ShouldBeEmpty("their records are gone");
    }

    private static CommittedContract Find(string name) => CommittedContract.All.Single(contract => contract.Name == name);
}
