using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Platform.Privacy;

namespace Hotline111.Testing;

/// <summary>Personal values as they come back from the store: sealed. They have the stored form and open for nobody.</summary>
public static class Sealed
{
    /// <summary>The same owner, group and name always give the same value.</summary>
    /// <param name="name">Tells one value from another.</param>
    public static Personal<string> Text(Owner owner, string group, string name)
    {
        var form = new JsonObject
        {
            ["personal"] = 1,
            ["owner"] = owner.ToString(),
            ["group"] = group,
            ["key"] = new Guid(Bytes("key", 16)).ToString("D"),
            ["nonce"] = Convert.ToBase64String(Bytes("nonce", 12)),
            ["data"] = Convert.ToBase64String(Bytes("data", 24)),
            ["tag"] = Convert.ToBase64String(Bytes("tag", 16)),
        };
        return form.Deserialize<Personal<string>>()!;

        byte[] Bytes(string part, int count) => SHA256.HashData(Encoding.UTF8.GetBytes($"{part}/{owner}/{group}/{name}"))[..count];
    }

    /// <summary>What the store gives back for a value it was given: another sealing each time, as every sealing draws its own nonce.</summary>
    public static Personal<string>? Stored(Personal<string>? value) =>
        value is null || value.IsSealed ? value : Text(value.Owner, value.Group, Guid.NewGuid().ToString());
}
