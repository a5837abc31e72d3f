using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Hotline111.Platform.Privacy;

namespace Hotline111.Platform.Tests.Privacy;

public sealed class Sealing(KeysDatabase database) : IClassFixture<KeysDatabase>
{
    private static readonly string[] Canaries = ["Giàng Thị Mẩy", "Vàng A Páo", "0912 345 678", "Em ấy kể chuyện ở chợ biên giới"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_value_comes_back_as_it_was_typed_wherever_it_stands()
    {
        var keys = database.Keys();
        var (told, eventId, streamId) = (NewTold(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var stored = await Store.Write(told, eventId, streamId, keys);
        foreach (var canary in Canaries)
        {
            stored.ShouldNotContain(canary);
            JsonNode.Parse(stored)!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).ShouldNotContain(canary);
        }
        stored.ShouldNotContain("\"at\":");

        // Another process: nothing remembered, the key comes from the database.
        var others = database.Keys();
        var read = Store.Read<Told>(stored, eventId, streamId);
        read.Name.IsSealed.ShouldBeTrue();
        (await others.Open(read.Name, Ct)).ShouldBe(Canaries[0]);
        (await others.Open(read.Note!, Ct)).ShouldBe(Canaries[3]);
        (await others.Open(read.Persons[0].Name, Ct)).ShouldBe(Canaries[1]);
        (await others.Reveal(read.Persons[0].Born!, Ct)).Content.ShouldBe(new DateOnly(2009, 3, 17));
        (await others.Open(read.Persons[0].Numbers!["điện thoại 'nhà'"], Ct)).ShouldBe(Canaries[2]);
        (await others.Open(told.Name, Ct)).ShouldBe(Canaries[0], "a value that is still clear opens too");
        database.Log.Lines.ShouldNotContain(line => Canaries.Any(line.Contains));
    }

    [Fact]
    public void Any_text_comes_back_as_it_was_typed()
    {
        var keys = database.Keys();
        var owner = NewOwner();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        {
            if (text is null || !Personal.IsWellFormed(text))
                return true;
            var (eventId, streamId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
            var stored = Store.Write(new Told(Personal.Of(text, owner, FieldGroup.Narrative), []), eventId, streamId, keys).GetAwaiter().GetResult();
            return keys.Open(Store.Read<Told>(stored, eventId, streamId).Name, Ct).GetAwaiter().GetResult() == text;
        }));
    }

    [Fact]
    public async Task Any_two_values_swapped_refuse_to_open()
    {
        var keys = database.Keys();
        var (ownerA, ownerB) = (NewOwner(), NewOwner());
        var (streamA, streamB) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        // Same owner and group at many places, other owners, other groups, other events of one stream, other streams.
        var written = new List<(Guid Event, Guid Stream, string Stored)>();
        foreach (var (stream, owner) in new[] { (streamA, ownerA), (streamA, ownerA), (streamB, ownerA), (streamB, ownerB) })
        {
            var eventId = Guid.CreateVersion7();
            var person = new Somebody(Guid.CreateVersion7(), Personal.Of("tên", owner, FieldGroup.Identity), null);
            var told = new Told(Personal.Of("tên", owner, FieldGroup.Identity), [person, person], Personal.Of("tên", owner, FieldGroup.Narrative));
            written.Add((eventId, stream, await Store.Write(told, eventId, stream, keys)));
        }
        var places = written.SelectMany(each => new[] { "name", "note", "persons[0].name", "persons[1].name" }.Select(path => (each.Event, each.Stream, each.Stored, path))).ToList();
        var generator = Gen.Two(Gen.Choose(0, places.Count - 1)).Where(pair => pair.Item1 != pair.Item2);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(generator.ToArbitrary(), pair =>
        {
            var (from, to) = (places[pair.Item1], places[pair.Item2]);
            var moved = JsonNode.Parse(to.Stored)!;
            At(moved, to.path).ReplaceWith(At(JsonNode.Parse(from.Stored)!, from.path).DeepClone());
            var read = Store.Read<Told>(moved.ToJsonString(), to.Event, to.Stream);
            return keys.Reveal(ValueAt(read, to.path), Ct).GetAwaiter().GetResult().Legibility == Legibility.Unreadable
                && keys.Reveal(ValueAt(Store.Read<Told>(to.Stored, to.Event, to.Stream), to.path), Ct).GetAwaiter().GetResult().Content == "tên";
        }));
    }

    [Fact]
    public async Task A_value_opens_only_for_its_event_stream_owner_key_and_group()
    {
        var keys = database.Keys();
        var (owner, other) = (NewOwner(), NewOwner());
        var (eventId, streamId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var stored = await Store.Write(new Told(Personal.Of("tên", owner, FieldGroup.Identity), []), eventId, streamId, keys);
        var stranger = JsonNode.Parse(await Store.Write(new Told(Personal.Of("tên", other, FieldGroup.Identity), []), eventId, streamId, keys))!["name"]!;

        (await Reveal(stored, eventId, streamId)).ShouldBe(Legibility.Readable);
        (await Reveal(stored, Guid.CreateVersion7(), streamId)).ShouldBe(Legibility.Unreadable);
        (await Reveal(stored, eventId, Guid.CreateVersion7())).ShouldBe(Legibility.Unreadable);
        (await Reveal(Changed("owner", JsonValue.Create(other.ToString())), eventId, streamId)).ShouldBe(Legibility.Unreadable);
        (await Reveal(Changed("group", JsonValue.Create(FieldGroup.Contact)), eventId, streamId)).ShouldBe(Legibility.Unreadable);
        foreach (var member in new[] { "key", "nonce", "data", "tag" })
            (await Reveal(Changed(member, stranger[member]!.DeepClone()), eventId, streamId)).ShouldBe(Legibility.Unreadable, member);
        (await Reveal(Changed("key", JsonValue.Create(Guid.CreateVersion7().ToString())), eventId, streamId)).ShouldBe(Legibility.Unreadable);

        string Changed(string member, JsonNode value)
        {
            var node = JsonNode.Parse(stored)!;
            node["name"]![member] = value;
            return node.ToJsonString();
        }

        async Task<Legibility> Reveal(string json, Guid @event, Guid stream) => (await keys.Reveal(Store.Read<Told>(json, @event, stream).Name, Ct)).Legibility;
    }

    [Fact]
    public async Task A_read_model_keeps_a_sealed_value_with_its_place()
    {
        var keys = database.Keys();
        var (eventId, streamId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var stored = await Store.Write(NewTold(), eventId, streamId, keys);
        var row = JsonSerializer.Serialize(Store.Read<Told>(stored, eventId, streamId).Persons[0].Name, Store.Options);
        row.ShouldContain("\"at\":{");
        (await keys.Open(JsonSerializer.Deserialize<Personal<string>>(row, Store.Options)!, Ct)).ShouldBe(Canaries[1]);
    }

    [Fact]
    public async Task A_value_carried_into_a_later_event_is_sealed_for_its_new_place()
    {
        var keys = database.Keys();
        var (first, second, streamId) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var earlier = Store.Read<Told>(await Store.Write(NewTold(), first, streamId, keys), first, streamId);
        var later = Store.Read<Told>(await Store.Write(new Told(earlier.Persons[0].Name, []), second, streamId, keys), second, streamId);
        (await keys.Open(later.Name, Ct)).ShouldBe(Canaries[1]);
        later.Name.ShouldNotBe(earlier.Persons[0].Name);
    }

    [Theory]
    [InlineData("""{"personal":2,"owner":"person/019a0000-0000-7000-8000-000000000001","group":"identity","key":"019a0000-0000-7000-8000-000000000002","nonce":"AAAAAAAAAAAAAAAA","data":"AA==","tag":"AAAAAAAAAAAAAAAAAAAAAA=="}""")]
    [InlineData("""{"personal":1,"owner":"person/019a0000-0000-7000-8000-000000000001","group":"other","key":"019a0000-0000-7000-8000-000000000002","nonce":"AAAAAAAAAAAAAAAA","data":"AA==","tag":"AAAAAAAAAAAAAAAAAAAAAA=="}""")]
    [InlineData("""{"personal":1,"owner":"person/019a0000-0000-7000-8000-000000000001","group":"identity","key":"019a0000-0000-7000-8000-000000000002","nonce":"AAAA","data":"AA==","tag":"AAAAAAAAAAAAAAAAAAAAAA=="}""")]
    [InlineData("""{"personal":1,"personal":1}""")]
    [InlineData("""{"personal":1,"name":"Mẩy"}""")]
    [InlineData("""{"personal":1,"owner":{"a":[1]}}""")]
    [InlineData("\"Mẩy\"")]
    [InlineData("[]")]
    public void What_is_not_in_the_sealed_form_is_refused_without_being_quoted(string json) =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Personal<string>>(json, Store.Options)).ToString().ShouldNotContain("Mẩy");

    private static Told NewTold()
    {
        var (caller, person) = (new Owner("contact", Guid.CreateVersion7()), NewOwner());
        return new Told(
            Personal.Of(Canaries[0], caller, FieldGroup.Identity),
            [
                new Somebody(person.Id, Personal.Of(Canaries[1], person, FieldGroup.Identity), Personal.Of(new DateOnly(2009, 3, 17), person, FieldGroup.Identity),
                    new Dictionary<string, Personal<string>> { ["điện thoại 'nhà'"] = Personal.Of(Canaries[2], person, FieldGroup.Contact) }),
            ],
            Personal.Of(Canaries[3], caller, FieldGroup.Narrative));
    }

    private static Owner NewOwner() => new("person", Guid.CreateVersion7());

    private static JsonNode At(JsonNode root, string path) => path switch
    {
        "persons[0].name" => root["persons"]![0]!["name"]!,
        "persons[1].name" => root["persons"]![1]!["name"]!,
        _ => root[path]!,
    };

    private static Personal<string> ValueAt(Told told, string path) => path switch
    {
        "name" => told.Name,
        "note" => told.Note!,
        "persons[0].name" => told.Persons[0].Name,
        _ => told.Persons[1].Name,
    };
}
