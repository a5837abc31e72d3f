using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hotline111.Platform.Privacy;

/// <summary>
/// The stored form of a sealed value, frozen by golden examples:
/// <c>{"personal":1,"owner":"person/…","group":"identity","key":"…","nonce":"…","data":"…","tag":"…"}</c>,
/// in read models with the place it was sealed for: <c>"at":{"event":"…","stream":"…","path":"…"}</c>.
/// </summary>
internal static class SealedForm
{
    public static Ciphertext Read(ref Utf8JsonReader reader)
    {
        // The form is small; a walk by hand refuses doubled and unknown members, which a later version of the form would have.
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Malformed();
        int? version = null;
        Owner? owner = null;
        string? group = null;
        Guid? key = null;
        byte[]? nonce = null, data = null, tag = null;
        Place? place = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case Ciphertext.Mark when version is null && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number):
                    version = number;
                    break;
                case "owner" when owner is null && Owner.TryParse(Text(ref reader), out var who):
                    owner = who;
                    break;
                case "group" when group is null && Text(ref reader) is { } known && FieldGroup.All.Contains(known):
                    group = known;
                    break;
                case "key" when key is null && Guid.TryParseExact(Text(ref reader), "D", out var id):
                    key = id;
                    break;
                case "nonce" when nonce is null:
                    nonce = Bytes(ref reader);
                    break;
                case "data" when data is null:
                    data = Bytes(ref reader);
                    break;
                case "tag" when tag is null:
                    tag = Bytes(ref reader);
                    break;
                case "at" when place is null:
                    place = ReadPlace(ref reader);
                    break;
                default:
                    throw Malformed();
            }
        }
        return (version, owner, group, key, nonce, data, tag) is (Ciphertext.Version, { } of, { } about, { } by, { Length: 12 }, { }, { Length: 16 })
            ? new Ciphertext(of, about, by, nonce, data, tag, place)
            : throw Malformed();
    }

    public static void Write(Utf8JsonWriter writer, Ciphertext ciphertext)
    {
        writer.WriteStartObject();
        writer.WriteNumber(Ciphertext.Mark, Ciphertext.Version);
        writer.WriteString("owner", ciphertext.Owner.ToString());
        writer.WriteString("group", ciphertext.Group);
        writer.WriteString("key", ciphertext.Key);
        writer.WriteBase64String("nonce", ciphertext.Nonce);
        writer.WriteBase64String("data", ciphertext.Data);
        writer.WriteBase64String("tag", ciphertext.Tag);
        if (ciphertext.Place is { } place)
        {
            writer.WriteStartObject("at");
            writer.WriteString("event", place.Event);
            writer.WriteString("stream", place.Stream);
            writer.WriteString("path", place.Path);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    /// <summary>The form inside an event: without the place, which is where the event stands.</summary>
    public static JsonObject ToNode(Ciphertext ciphertext) => new()
    {
        [Ciphertext.Mark] = Ciphertext.Version,
        ["owner"] = ciphertext.Owner.ToString(),
        ["group"] = ciphertext.Group,
        ["key"] = ciphertext.Key.ToString("D"),
        ["nonce"] = Convert.ToBase64String(ciphertext.Nonce),
        ["data"] = Convert.ToBase64String(ciphertext.Data),
        ["tag"] = Convert.ToBase64String(ciphertext.Tag),
    };

    public static void Bind(JsonObject node, Place place) => node["at"] = new JsonObject
    {
        ["event"] = place.Event.ToString("D"),
        ["stream"] = place.Stream.ToString("D"),
        ["path"] = place.Path,
    };

    private static Place ReadPlace(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Malformed();
        Guid? @event = null, stream = null;
        string? path = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "event" when @event is null && Guid.TryParseExact(Text(ref reader), "D", out var id):
                    @event = id;
                    break;
                case "stream" when stream is null && Guid.TryParseExact(Text(ref reader), "D", out var id):
                    stream = id;
                    break;
                case "path" when path is null:
                    path = Text(ref reader);
                    break;
                default:
                    throw Malformed();
            }
        }
        return (@event, stream, path) is ({ } e, { } s, { } p) ? new Place(e, s, p) : throw Malformed();
    }

    private static string? Text(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String ? reader.GetString() : null;

    private static byte[] Bytes(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var bytes) ? bytes : throw Malformed();

    private static JsonException Malformed() => new("A personal value is not in its sealed form.");
}
