using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Hotline111.Platform.Privacy;

/// <summary>
/// The way of personal values into an event's JSON and out of it. Writing: <see cref="ToNode"/>, then <see cref="Seal"/>.
/// Reading: <see cref="Bind"/> on the JSON as stored (before any upcasting, which may move members), then deserialise.
/// </summary>
public static class PersonalJson
{
    private const string Ticket = "personal-ticket";

    private static readonly ConcurrentDictionary<Type, bool> Known = new();

    [ThreadStatic]
    private static List<IPersonal>? tickets;

    /// <summary>
    /// Whether values of this type hold personal values anywhere: in members, nested records, lists, dictionaries or the
    /// derived types of a nested union. Asked once per type.
    /// </summary>
    public static bool Contains(Type type) => Known.GetOrAdd(type, static asked => Contains(asked, []));

    /// <summary>
    /// The JSON of a value whose personal values are still clear: they stand in it as objects in memory, and writing the
    /// node as text throws until <see cref="Seal"/> has replaced them.
    /// </summary>
    public static JsonNode ToNode(object value, Type type, JsonSerializerOptions options)
    {
        // Serialising is synchronous, so the thread carries the list from here to the converter; nothing clear passes through a buffer.
        var outer = tickets;
        var taken = tickets = [];
        JsonNode node;
        try
        {
            node = JsonSerializer.SerializeToNode(value, type, options) ?? throw new ArgumentNullException(nameof(value));
        }
        finally
        {
            tickets = outer;
        }
        if (taken.Count == 0)
            return node;
        foreach (var found in Walk(node, static child => child is JsonObject { Count: 1 } candidate && candidate.ContainsKey(Ticket)))
            found.Replace(JsonValue.Create<IPersonal>(taken[found.Node[Ticket]!.GetValue<int>()])!);
        return node;
    }

    /// <summary>
    /// Replaces every clear value by its sealed form, bound to the event, the stream and its place inside. Keys that do not exist
    /// yet are made and committed first. A value carried over from an older event is opened and sealed anew for its new place;
    /// one that can no longer be read stays as it is, unreadable.
    /// </summary>
    /// <exception cref="OwnerErasedException">An owner has been erased: nothing may be written about them again.</exception>
    public static async Task Seal(JsonNode data, Guid eventId, Guid streamId, PersonKeys keys, CancellationToken ct)
    {
        var places = Walk(data, static child => child is JsonValue value && value.TryGetValue<IPersonal>(out _))
            .Select(found => (found, personal: found.Node.GetValue<IPersonal>()))
            .ToList();
        if (places.Count == 0)
            return;
        await keys.EnsureKeys(places.Where(place => place.personal.Ciphertext is null).Select(place => (place.personal.Owner, place.personal.Group)), ct);
        foreach (var (found, personal) in places)
        {
            var ciphertext = await keys.Seal(personal, new Place(eventId, streamId, found.Path), ct);
            found.Replace(SealedForm.ToNode(ciphertext));
        }
    }

    /// <summary>Tells every sealed value in an event's stored JSON where it stands, which <see cref="PersonKeys"/> needs to open it.</summary>
    public static void Bind(JsonNode data, Guid eventId, Guid streamId)
    {
        foreach (var found in Walk(data, static child => child is JsonObject candidate && candidate.ContainsKey(Ciphertext.Mark)))
            SealedForm.Bind((JsonObject)found.Node, new Place(eventId, streamId, found.Path));
    }

    internal static int? TakeTicket(IPersonal personal)
    {
        if (tickets is null)
            return null;
        tickets.Add(personal);
        return tickets.Count - 1;
    }

    internal static void WriteTicket(Utf8JsonWriter writer, int ticket)
    {
        writer.WriteStartObject();
        writer.WriteNumber(Ticket, ticket);
        writer.WriteEndObject();
    }

    private static List<Found> Walk(JsonNode root, Func<JsonNode, bool> wanted)
    {
        var found = new List<Found>();
        Visit(root, "");
        return found;

        void Visit(JsonNode node, string path)
        {
            switch (node)
            {
                case JsonObject members:
                    foreach (var (name, child) in members)
                        Look(child, path + Step(name, first: path.Length == 0));
                    break;
                case JsonArray items:
                    for (var at = 0; at < items.Count; at++)
                        Look(items[at], $"{path}[{at}]");
                    break;
            }
        }

        void Look(JsonNode? child, string path)
        {
            if (child is null)
                return;
            if (wanted(child))
                found.Add(new Found(child, path));
            else
                Visit(child, path);
        }
    }

    // persons[0].name; a name that is no identifier (a key of a dictionary) is quoted, so that no two places share a path.
    private static string Step(string name, bool first)
    {
        if (name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
            return first ? name : "." + name;
        var quoted = new StringBuilder("['");
        foreach (var letter in name)
            quoted.Append(letter is '\'' or '\\' ? "\\" : "").Append(letter);
        return quoted.Append("']").ToString();
    }

    private static bool Contains(Type type, HashSet<Type> seen)
    {
        if (PersonalConverterFactory.IsPersonal(type))
            return true;
        if (type.IsPrimitive || type.IsEnum || type == typeof(string) || !seen.Add(type))
            return false;
        if (type.HasElementType)
            return Contains(type.GetElementType()!, seen);
        if (type.GetGenericArguments().Any(argument => Contains(argument, seen)))
            return true;
        if (type.Namespace is "System" || type.Namespace?.StartsWith("System.", StringComparison.Ordinal) == true)
            return false;
        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Any(property => Contains(property.PropertyType, seen))
            || type.GetFields(BindingFlags.Public | BindingFlags.Instance).Any(field => Contains(field.FieldType, seen))
            || type.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Any(derived => Contains(derived.DerivedType, seen));
    }

    private sealed record Found(JsonNode Node, string Path)
    {
        public void Replace(JsonNode replacement) => Node.ReplaceWith(replacement);
    }
}
