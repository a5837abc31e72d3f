using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Hotline111.Local.Demo;

/// <summary>What an authenticator app does (RFC 6238: HMAC-SHA-1, steps of 30 s, six digits), so that programs can sign in as people do.</summary>
public static class Totp
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>The length of a step.</summary>
    public static readonly TimeSpan StepLength = TimeSpan.FromSeconds(30);

    /// <summary>The number of the step that holds this moment.</summary>
    public static long Step(DateTimeOffset at) => at.ToUnixTimeSeconds() / (long)StepLength.TotalSeconds;

    /// <summary>The code of a step.</summary>
    /// <param name="secret">The secret in Base32.</param>
    /// <param name="step">See <see cref="Step"/>.</param>
    public static string Code(string secret, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The algorithm authenticator apps speak; HMAC does not rest on collision resistance.
        HMACSHA1.HashData(FromBase32(secret), counter, hash);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[^1] & 0xf)..]) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>Base32 without padding (RFC 4648).</summary>
    public static string ToBase32(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        var (buffer, bits) = (0, 0);
        foreach (var each in bytes)
        {
            (buffer, bits) = ((buffer << 8) | each, bits + 8);
            for (; bits >= 5; bits -= 5)
            {
                text.Append(Alphabet[(buffer >> (bits - 5)) & 31]);
            }

            buffer &= (1 << bits) - 1;
        }

        return bits > 0 ? text.Append(Alphabet[(buffer << (5 - bits)) & 31]).ToString() : text.ToString();
    }

    private static byte[] FromBase32(string text)
    {
        var bytes = new List<byte>();
        var (buffer, bits) = (0, 0);
        foreach (var letter in text)
        {
            (buffer, bits) = ((buffer << 5) | Alphabet.IndexOf(letter, StringComparison.Ordinal), bits + 5);
            if (bits >= 8)
            {
                bytes.Add((byte)(buffer >> (bits - 8)));
                (buffer, bits) = (buffer & ((1 << (bits - 8)) - 1), bits - 8);
            }
        }

        return [.. bytes];
    }
}
