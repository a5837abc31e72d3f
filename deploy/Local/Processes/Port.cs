using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Hotline111.Local;

/// <summary>Ports of the loopback address.</summary>
public static class Port
{
    // To which file this process has given a port ("" for none): until somebody listens there it looks free, and two processes at one port answer for each other.
    private static readonly ConcurrentDictionary<int, string> Given = new();

    // For the account's other processes: a lock on a file for each port, held as long as this one lives.
    private static readonly ConcurrentBag<SafeFileHandle> Locks = [];
    private static readonly string LockFolder = Path.Combine(Path.GetTempPath(), $"hotline111-ports-{Environment.UserName}");

    /// <summary>
    /// A free port that was not given to anybody else by this process or another of this account, chosen by chance below the range from which
    /// outgoing connections take theirs: a server that is restarted must find its port again.
    /// </summary>
    public static int Free() => Free("");

    private static int Free(string whom)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(15_000, 32_000);
            if (IsFree(port) && Given.TryAdd(port, whom) && Lock(port))
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

    /// <summary>The file that whoever was given this port has locked.</summary>
    public static string LockOf(int port) => Path.Combine(LockFolder, port.ToString(CultureInfo.InvariantCulture));

    private static bool Lock(int port)
    {
        try
        {
            Directory.CreateDirectory(LockFolder);
            Locks.Add(File.OpenHandle(LockOf(port), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
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
