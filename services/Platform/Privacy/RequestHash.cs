using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Hotline111.Platform.Privacy;

/// <summary>
/// The print of a request, by which a repeated <c>Idempotency-Key</c> is told from a misused one. A keyed hash, because a body holds
/// names and numbers that a plain hash would let anybody guess.
/// </summary>
/// <remarks>The key is derived from the current master key, so a request repeated across a change of that key counts as another request.</remarks>
public sealed class RequestHash(MasterKeys masters)
{
    private readonly byte[] key = masters.Derive("request-hash|1");

    /// <summary>HMAC-SHA256 of method, path and body, each with its length before it. 32 bytes.</summary>
    public byte[] Of(string method, string path, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Append(hash, Encoding.UTF8.GetBytes(method));
        Append(hash, Encoding.UTF8.GetBytes(path));
        Append(hash, body);
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }
}
