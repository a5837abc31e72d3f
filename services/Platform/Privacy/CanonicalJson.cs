using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Hotline111.Platform.Privacy;

/// <summary>
/// One byte form for one JSON value (RFC 8785, without floating point), so that two services can agree on a hash.
/// </summary>
/// <remarks>
/// Members are sorted by their UTF-16 code units and have no white space between them; strings are written as they are, not normalised, with the
/// shortest escapes; numbers are whole and within ±(2^53−1). Fractions, exponents, doubled members and half surrogate pairs are refused.
/// </remarks>
public static class CanonicalJson
{
    private const long LargestNumber = (1L << 53) - 1;

    /// <exception cref="ArgumentException">The value has no canonical form; the message names the reason, not the content.</exception>
    public static byte[] Bytes(JsonElement value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The canonical form of an object as these options would write it.</summary>
    /// <inheritdoc cref="Bytes(JsonElement)" path="/exception"/>
    public static byte[] Bytes<T>(T value, JsonSerializerOptions options) => Bytes(JsonSerializer.SerializeToElement(value, options));

    /// <summary>SHA-256 of the canonical bytes.</summary>
    /// <inheritdoc cref="Bytes(JsonElement)" path="/exception"/>
    public static byte[] Hash(JsonElement value) => SHA256.HashData(Bytes(value));

    /// <inheritdoc cref="Hash(JsonElement)"/>
    public static byte[] Hash<T>(T value, JsonSerializerOptions options) => SHA256.HashData(Bytes(value, options));

    private static void Write(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var members = value.EnumerateObject().OrderBy(static member => member.Name, StringComparer.Ordinal).ToList();
                text.Append('{');
                for (var at = 0; at < members.Count; at++)
                {
                    if (at > 0 && members[at].Name == members[at - 1].Name)
                        throw new ArgumentException("A JSON object with a doubled member has no canonical form.", nameof(value));
                    text.Append(at > 0 ? "," : "");
                    Write(members[at].Name, text);
                    text.Append(':');
                    Write(members[at].Value, text);
                }
                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                var first = true;
                foreach (var item in value.EnumerateArray())
                {
                    text.Append(first ? "" : ",");
                    first = false;
                    Write(item, text);
                }
                text.Append(']');
                break;
            case JsonValueKind.String:
                Write(StringOf(value), text);
                break;
            case JsonValueKind.Number:
                // "-0", "1.0" and "1e3" are whole numbers to some readers and not to others.
                var raw = value.GetRawText();
                if (!long.TryParse(raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                    || number is > LargestNumber or < -LargestNumber || raw == "-0")
                    throw new ArgumentException("Only whole numbers within ±(2^53−1) have a canonical form.", nameof(value));
                text.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            case JsonValueKind.Null:
                text.Append("null");
                break;
            default:
                throw new ArgumentException("There is no value to write.", nameof(value));
        }
    }

    private static string StringOf(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException cause)
        {
            throw new ArgumentException("A string with half a surrogate pair has no canonical form.", nameof(value), cause);
        }
    }

    private static void Write(string value, StringBuilder text)
    {
        if (!Personal.IsWellFormed(value))
            throw new ArgumentException("A string with half a surrogate pair has no canonical form.", nameof(value));
        text.Append('"');
        foreach (var letter in value)
        {
            _ = letter switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append("\\u").Append(((int)letter).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(letter),
            };
        }
        text.Append('"');
    }
}
