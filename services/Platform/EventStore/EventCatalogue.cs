using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Hotline111.Platform.EventStore;

/// <summary>Gives an old stored shape its present name and shape, on read. The stored event stays as it was.</summary>
/// <param name="From">The stored name it lifts ("contact-recorded.v1").</param>
/// <param name="To">The stored name of the record that reads the result.</param>
/// <param name="Lift">Changes the JSON of the event; pure.</param>
public sealed record Upcaster(string From, string To, Func<JsonObject, JsonObject> Lift);

/// <summary>Stored names beside the records: read once from the <see cref="JsonDerivedTypeAttribute"/>s of each event family.</summary>
public sealed class EventCatalogue
{
    /// <summary>The JSON of stored events: camelCase, enums as strings, no type inside.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Dictionary<string, Entry> byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, Entry> byType = [];
    private readonly Dictionary<string, Type> byCategory = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Upcaster> upcasters = new(StringComparer.Ordinal);

    /// <summary>One kind of event.</summary>
    /// <param name="Name">The stored name; never changes.</param>
    /// <param name="Type">The record that reads it.</param>
    /// <param name="Family">The closed union it belongs to.</param>
    /// <param name="ClrName">"Namespace.Type, Assembly", for Marten.</param>
    public sealed record Entry(string Name, Type Type, Type Family, string ClrName);

    /// <summary>All known events.</summary>
    public IReadOnlyCollection<Entry> Entries => byName.Values;

    /// <summary>Learns a family.</summary>
    /// <exception cref="InvalidOperationException">A nested record without a stored name, or a name used twice.</exception>
    public void Add(Type family)
    {
        if (byName.Values.Any(e => e.Family == family))
            return;
        var named = family.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).ToList();
        var unnamed = family.GetNestedTypes().Where(t => family.IsAssignableFrom(t) && named.All(n => n.DerivedType != t)).ToList();
        if (named.Count == 0 || unnamed.Count > 0)
            throw new InvalidOperationException($"{family} has events without a stored name: {string.Join(", ", unnamed)}");
        foreach (var attribute in named)
        {
            var type = attribute.DerivedType;
            var entry = new Entry((string)attribute.TypeDiscriminator!, type, family, $"{type.FullName}, {type.Assembly.GetName().Name}");
            if (!byName.TryAdd(entry.Name, entry))
                throw new InvalidOperationException($"The stored name {entry.Name} is used twice.");
            byType.Add(type, entry);
        }
    }

    /// <summary>Learns a family and the category of its streams.</summary>
    /// <exception cref="InvalidOperationException">A nested record without a stored name, a name used twice, or a category used by two families.</exception>
    public void Add(string category, Type family)
    {
        Add(family);
        if (!byCategory.TryAdd(category, family) && byCategory[category] != family)
            throw new InvalidOperationException($"The category {category} has two families.");
    }

    /// <summary>Learns how to lift an old shape.</summary>
    public void Add(Upcaster upcaster) => upcasters.Add(upcaster.From, upcaster);

    /// <summary>The entry of an event, by its record.</summary>
    public Entry Of(object @event) => byType.TryGetValue(@event.GetType(), out var entry)
        ? entry
        : throw new InvalidOperationException($"{@event.GetType()} belongs to no family of this service.");

    /// <summary>The family a stored name belongs to, or null when this version of the service does not know it.</summary>
    public Type? FamilyOf(string name)
    {
        var current = name;
        while (upcasters.TryGetValue(current, out var upcaster))
            current = upcaster.To;
        return byName.TryGetValue(current, out var entry) ? entry.Family : null;
    }

    /// <summary>The family whose streams have this category, or null.</summary>
    public Type? FamilyOfCategory(string category) => byCategory.GetValueOrDefault(category);

    /// <summary>Reads a stored event as its record, lifted to the present shape. Personal values stay sealed.</summary>
    /// <exception cref="UnknownEventException">A newer version of the service wrote it.</exception>
    public object Read(StoredEvent stored) => Read(stored.Type, stored.Data, stored.EventId, stored.StreamId);

    /// <inheritdoc cref="Read(StoredEvent)"/>
    internal object Read(string type, string stored, Guid eventId, Guid streamId)
    {
        if (!upcasters.ContainsKey(type) && byName.TryGetValue(type, out var plain) && !Privacy.PersonalJson.Contains(plain.Type))
            return JsonSerializer.Deserialize(stored, plain.Type, Json)!;

        var (name, data) = (type, JsonNode.Parse(stored)!.AsObject());
        // Bound to where it lies before anything moves it: the associated data of a sealed value names its stored path.
        Privacy.PersonalJson.Bind(data, eventId, streamId);
        while (upcasters.TryGetValue(name, out var upcaster))
            (name, data) = (upcaster.To, upcaster.Lift(data));
        return byName.TryGetValue(name, out var entry)
            ? data.Deserialize(entry.Type, Json)!
            : throw new UnknownEventException(type, eventId);
    }

    /// <summary>Writes an event as it will be stored, personal values sealed.</summary>
    public static async ValueTask<string> Write(object @event, Guid eventId, Guid streamId, Privacy.PersonKeys keys, CancellationToken ct)
    {
        if (!Privacy.PersonalJson.Contains(@event.GetType()))
            return JsonSerializer.Serialize(@event, @event.GetType(), Json);
        var data = Privacy.PersonalJson.ToNode(@event, @event.GetType(), Json);
        await Privacy.PersonalJson.Seal(data, eventId, streamId, keys, ct);
        return data.ToJsonString(Json);
    }
}

/// <summary>The log holds an event that this version of the service was never taught.</summary>
public sealed class UnknownEventException(string type, Guid eventId) : Exception($"Unknown event type {type} (event {eventId})");
