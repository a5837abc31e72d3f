using System.Security.Cryptography;
using System.Text;

namespace Hotline111.Platform.EventStore;

/// <summary>Stream ids that follow from a name, so that whoever knows the name finds the stream (RFC 9562, version 5).</summary>
public static class StreamId
{
    private static readonly Guid Namespace = new("6f1f3e0e-7d1a-5c39-9a53-111111111111");

    /// <summary>The same kind and name always give the same id.</summary>
    public static Guid Of(string kind, string name)
    {
        Span<byte> input = [.. Namespace.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes($"{kind}/{name}")];
#pragma warning disable CA5350 // RFC 9562 names SHA-1 for version 5; nothing is protected by it.
        var hash = SHA1.HashData(input);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }

    public static Guid Of(string kind, Guid id) => Of(kind, id.ToString("D"));
}
