using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Hotline111.Local;

/// <summary>Ports of the loopback address.</summary>
public static class Port
{
    // To which file this process has given a port ("" for none): until somebody listens there it looks free, and two processes at one port answer for each other.
    private static readonly ConcurrentDictionary<int, string> Given = new();

    /// <summary>
    /// A free port that was not given to anybody else by this process, chosen by chance below the range from which outgoing connections take
    /// theirs: a server that is restarted must find its port again.
    /// </summary>
    public static int Free() => Free("");

    private static int Free(string whom)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(15_000, 32_000);
            if (IsFree(port) && Given.TryAdd(port, whom))
            {
                return port;
            }
        }

        throw new LocalException("ports", "No free port was found between 15000 and 32000.", exitCode: 4);
    }

    /// <summary>The port kept under this name, if it is free now and nobody else's; otherwise a new one is kept.</summary>
    public static int Kept(string folder, string name)
    {
        var file = Path.Combine(folder, $"{name}.port");
        if (File.Exists(file)
            && int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var kept)
            && IsFree(kept)
            && Given.GetOrAdd(kept, file) == file)
        {
            return kept;
        }

        var port = Free(file);
        File.WriteAllText(file, port.ToString(CultureInfo.InvariantCulture));
        return port;
    }

    /// <summary>Whether a server could listen there now.</summary>
    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
