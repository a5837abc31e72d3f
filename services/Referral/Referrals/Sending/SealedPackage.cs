using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;

namespace Hotline111.Referral.Referrals.Sending;

/// <summary>Takes a package apart for sealing and puts it together for reading: each person's part has her own key, so that she can be erased alone.</summary>
public static class SealedPackage
{
    /// <summary>The request part, owned by the referral, and one part for each person, owned by her.</summary>
    public static Items<PackagePart> Split(Guid referralId, JsonElement package)
    {
        var rest = JsonObject.Create(package)!;
        var persons = rest["persons"] as JsonArray ?? [];
        rest.Remove("persons");
        List<PackagePart> parts = [new(null, Personal.Of(Canonical(rest), new Owner("referral", referralId), FieldGroup.Narrative))];
        foreach (var person in persons)
        {
            var id = person?["id"]?.GetValue<string>() is { } text && Guid.TryParse(text, out var parsed) && parsed != Guid.Empty ? parsed : referralId;
            parts.Add(new(id, Personal.Of(Canonical(person!), new Owner(id == referralId ? "referral" : "person", id), FieldGroup.Narrative)));
        }

        return Items.From(parts);
    }

    /// <summary>The package as it was sent; a person whose key was destroyed stands as erased.</summary>
    public static async Task<JsonObject> Join(Items<PackagePart> parts, PersonKeys keys, CancellationToken ct)
    {
        JsonObject package = [];
        JsonArray persons = [];
        foreach (var part in parts)
        {
            var json = await keys.Open(part.Json, ct);
            if (part.PersonId is { } id)
                persons.Add(json is null ? new JsonObject { ["id"] = id.ToString("D"), ["erased"] = true } : JsonNode.Parse(json));
            else
                package = json is null ? new JsonObject { ["erased"] = true } : JsonNode.Parse(json)!.AsObject();
        }

        package["persons"] = persons;
        return package;
    }

    private static string Canonical(JsonNode node) => Encoding.UTF8.GetString(CanonicalJson.Bytes(JsonSerializer.SerializeToElement(node)));
}
