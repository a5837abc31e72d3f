using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Hotline111.Platform.Privacy;

namespace Hotline111.Platform.Tests.Privacy;

/// <summary>Shapes as events have them: flat, nested, in lists and dictionaries, in a nested union.</summary>
public sealed record Told(Personal<string> Name, IReadOnlyList<Somebody> Persons, Personal<string>? Note = null, int Age = 0);

public sealed record Somebody(Guid Id, Personal<string> Name, Personal<DateOnly>? Born, IReadOnlyDictionary<string, Personal<string>>? Numbers = null);

public sealed record Plain(Guid Id, string Code, IReadOnlyList<DateOnly> Days, Plain? Next);

public sealed record Around(Shape Shape);

[JsonDerivedType(typeof(Round), "round")]
[JsonDerivedType(typeof(Named), "named")]
public abstract record Shape
{
    private Shape() { }

    public sealed record Round(int Radius) : Shape;

    public sealed record Named(Personal<string> Name) : Shape;
}

internal static class Store
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>What the store does on an append: the JSON as it goes into the database.</summary>
    public static async Task<string> Write<T>(T @event, Guid eventId, Guid streamId, PersonKeys keys) where T : notnull
    {
        var node = PersonalJson.ToNode(@event, typeof(T), Options);
        await PersonalJson.Seal(node, eventId, streamId, keys, TestContext.Current.CancellationToken);
        return node.ToJsonString();
    }

    /// <summary>What the store does on a read.</summary>
    public static T Read<T>(string stored, Guid eventId, Guid streamId)
    {
        var node = JsonNode.Parse(stored)!;
        PersonalJson.Bind(node, eventId, streamId);
        return node.Deserialize<T>(Options)!;
    }
}
