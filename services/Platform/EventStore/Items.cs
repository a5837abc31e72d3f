using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hotline111.Platform.EventStore;

/// <summary>A short list inside an event or state, compared by its items; a JSON array when stored.</summary>
[CollectionBuilder(typeof(Items), nameof(Items.Of))]
[JsonConverter(typeof(ItemsConverterFactory))]
public sealed class Items<T>(IReadOnlyList<T> items) : IReadOnlyList<T>, IEquatable<Items<T>>
{
    public int Count => items.Count;

    public T this[int index] => items[index];

    public IEnumerator<T> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(Items<T>? other) => other is not null && items.SequenceEqual(other);

    public override bool Equals(object? obj) => Equals(obj as Items<T>);

    public override int GetHashCode() => items.Aggregate(17, HashCode.Combine);

    public override string ToString() => $"[{string.Join(", ", items)}]";
}

public static class Items
{
    public static Items<T> Of<T>(ReadOnlySpan<T> items) => new(items.ToArray());

    public static Items<T> From<T>(IEnumerable<T>? items) => new([.. items ?? []]);
}

internal sealed class ItemsConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Items<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Converter<T> : JsonConverter<Items<T>>
    {
        public override Items<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<List<T>>(ref reader, options) ?? []);

        public override void Write(Utf8JsonWriter writer, Items<T> value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (var item in value)
                JsonSerializer.Serialize(writer, item, options);
            writer.WriteEndArray();
        }
    }
}
