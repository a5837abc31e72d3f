using System.Net;
using System.Net.Sockets;

namespace Hotline111.Testing;

/// <summary>Ports on loopback.</summary>
public static class Ports
{
    /// <summary>One that nobody listens at just now.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
