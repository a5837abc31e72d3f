using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Hotline111.Faults.Tests;

/// <summary>
/// What the address of a service is in a cluster: takes connections and deals them out in turn to the instances that say they are ready. It knows nothing of
/// requests, and lets go of no connection that stands.
/// </summary>
public sealed class Front : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(1) };
    private readonly ConcurrentDictionary<Uri, bool> ready = new();
    private readonly CancellationTokenSource ending = new();
    private readonly List<Task> parts = [];
    private int turn;

    public Front()
    {
        listener.Start();
        Address = new Uri($"http://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}");
        parts.Add(Accept());
    }

    /// <summary>Where callers come.</summary>
    public Uri Address { get; }

    /// <summary>One more instance, which gets connections while it is ready.</summary>
    /// <param name="door">Where it takes them.</param>
    /// <param name="inside">Where it answers probes.</param>
    public void Add(Uri door, Uri inside)
    {
        ready[door] = true;
        parts.Add(Watch(door, new Uri(inside, "/health/ready")));
    }

    /// <summary>One more instance that answers no probes: whoever takes a connection is ready.</summary>
    /// <param name="port">Where it takes them.</param>
    public void Add(int port) => ready[new Uri($"tcp://localhost:{port}")] = true;

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Dispose();
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        http.Dispose();
        ending.Dispose();
    }

    private async Task Watch(Uri door, Uri probe)
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                using var answer = await http.GetAsync(probe, ending.Token);
                ready[door] = answer.IsSuccessStatusCode;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                ready[door] = false;
            }

            await Task.Delay(LookEvery, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Accept()
    {
        while (!ending.IsCancellationRequested)
        {
            var caller = await listener.AcceptSocketAsync(ending.Token);
            _ = Carry(caller);
        }
    }

    private async Task Carry(Socket caller)
    {
        using (caller)
        {
            try
            {
                using var instance = await Reach();
                if (instance is null)
                    return;
                caller.NoDelay = instance.NoDelay = true;
                using NetworkStream there = new(instance), back = new(caller);
                await Task.WhenAny(back.CopyToAsync(there, ending.Token), there.CopyToAsync(back, ending.Token));
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
            {
                // One of the two is gone, and so is the connection.
            }
        }
    }

    /// <returns>A connection to the next instance that takes one; null when none does.</returns>
    private async Task<Socket?> Reach()
    {
        var doors = ready.Where(each => each.Value).Select(each => each.Key).OrderBy(door => door.Port).ToList();
        for (var tries = 0; tries < doors.Count; tries++)
        {
            var door = doors[(int)((uint)Interlocked.Increment(ref turn) % (uint)doors.Count)];
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, door.Port, ending.Token);
                return socket;
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }

        return null;
    }
}
