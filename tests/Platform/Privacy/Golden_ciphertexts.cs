using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Platform.Privacy;

namespace Hotline111.Platform.Tests.Privacy;

/// <summary>Stored values as they were first written. They must open for ever: never edit a file under Golden, only add one.</summary>
public sealed class Golden_ciphertexts(KeysDatabase database) : IClassFixture<KeysDatabase>
{
    // The master key of these examples: bytes 0, 1, 2 … 31. It protects nobody.
    private static readonly MasterKeys Masters = MasterKeys.Parse("golden:" + Convert.ToBase64String(Enumerable.Range(0, 32).Select(at => (byte)at).ToArray()), "golden");

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Files() => [.. Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileName(file))];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Privacy", "Golden");

    [Theory]
    [MemberData(nameof(Files))]
    public async Task What_was_stored_once_opens_for_ever(string file)
    {
        var golden = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, file), Ct))!;
        foreach (var key in golden["keys"]!.AsArray())
        {
            Owner.TryParse(key!["owner"]!.GetValue<string>(), out var owner).ShouldBeTrue();
            await KeysDatabase.Run(database.KeysRole,
                "insert into keys.subject_key (key_id, owner_kind, owner_id, field_group, wrapped, master_id, created_at) values ($1, $2, $3, $4, $5, $6, now()) on conflict do nothing",
                Guid.Parse(key["key"]!.GetValue<string>()), owner.Kind, owner.Id, key["group"]!.GetValue<string>(),
                Convert.FromBase64String(key["wrapped"]!.GetValue<string>()), key["master"]!.GetValue<string>());
        }
        var keys = database.Keys(Masters);
        var (eventId, streamId) = (Guid.Parse(golden["event"]!.GetValue<string>()), Guid.Parse(golden["stream"]!.GetValue<string>()));
        var told = Store.Read<Told>(golden["data"]!.ToJsonString(), eventId, streamId);
        var opened = new JsonObject
        {
            ["name"] = await keys.Open(told.Name, Ct),
            ["note"] = await keys.Open(told.Note!, Ct),
            ["persons[0].name"] = await keys.Open(told.Persons[0].Name, Ct),
            ["persons[0].born"] = (await keys.Reveal(told.Persons[0].Born!, Ct)).Content.ToString("O", null),
            ["persons[0].numbers['số 1']"] = await keys.Open(told.Persons[0].Numbers!["số 1"], Ct),
        };
        JsonNode.DeepEquals(opened, golden["opened"]).ShouldBeTrue(opened.ToJsonString());
        (await keys.Open(JsonSerializer.Deserialize<Personal<string>>(golden["row"]!.ToJsonString(), Store.Options)!, Ct)).ShouldBe(golden["opened"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public void The_same_secret_nonce_and_place_give_the_same_stored_bytes()
    {
        var owner = new Owner("person", Guid.Parse("019a0000-0000-7000-8000-000000000001"));
        var place = new Place(Guid.Parse("019a0000-0000-7000-8000-00000000000e"), Guid.Parse("019a0000-0000-7000-8000-0000000000aa"), "persons[0].name");
        var sealedValue = PersonKeys.Encrypt(((IPersonal)Personal.Of("Giàng Thị Mẩy \"Út\"", owner, FieldGroup.Identity)).PlainForm(), owner, FieldGroup.Identity,
            Guid.Parse("019a0000-0000-7000-8000-00000000000b"), [.. Enumerable.Range(100, 32).Select(at => (byte)at)], [.. Enumerable.Range(200, 12).Select(at => (byte)at)], place);
        SealedForm.ToNode(sealedValue).ToJsonString(Relaxed).ShouldBe("""
            {"personal":1,"owner":"person/019a0000-0000-7000-8000-000000000001","group":"identity","key":"019a0000-0000-7000-8000-00000000000b","nonce":"yMnKy8zNzs/Q0dLT","data":"TgXzRv84AlLx0bcdjt5vizrhXYL1ka0C80TbMA==","tag":"n8C/zHsp84j7fWs8TpmrIA=="}
            """);
    }
}
