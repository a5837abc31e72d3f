using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Hotline111.Load;

/// <summary>A request, ready as bytes.</summary>
/// <param name="Kind">What it is one of.</param>
/// <param name="Bytes">All of it, HTTP/1.1 with keep-alive.</param>
public sealed record Ask(string Kind, byte[] Bytes);

/// <summary>What became of the requests of one kind.</summary>
public sealed class Fate
{
    private int good;
    private int refused;

    /// <summary>Answers 2xx and 3xx.</summary>
    public int Good => Volatile.Read(ref good);

    /// <summary>Answers 429 and 503 with Retry-After.</summary>
    public int Refused => Volatile.Read(ref refused);

    /// <summary>Everything else, by what it was.</summary>
    public ConcurrentDictionary<string, int> Other { get; } = new(StringComparer.Ordinal);

    /// <summary>How long the good ones took, and when they began (seconds from the flood's beginning).</summary>
    public ConcurrentQueue<(double Began, double Milliseconds)> Times { get; } = new();

    public void Count(int status, bool retryAfter, double began, double milliseconds)
    {
        if (status is >= 200 and < 400)
        {
            Interlocked.Increment(ref good);
            Times.Enqueue((began, milliseconds));
        }
        else if (status is 429 or 503 && retryAfter)
            Interlocked.Increment(ref refused);
        else
            Lost($"{status}{(status is 429 or 503 ? " without Retry-After" : "")}");
    }

    public void Lost(string why) => Other.AddOrUpdate(why, 1, static (_, before) => before + 1);
}

/// <summary>
/// Requests over plain connections, as cheaply as this machine can send them: bytes made beforehand, answers looked at as far as needed to know what they are.
/// Each connection has one request under way, as a browser's has.
/// </summary>
public sealed class Flood(Uri address, IReadOnlyList<Ask> asks)
{
    private readonly long start = Stopwatch.GetTimestamp();
    private long sent;

    /// <summary>What became of them, by kind.</summary>
    public IReadOnlyDictionary<string, Fate> Fates { get; } = asks.Select(ask => ask.Kind).Distinct().ToDictionary(kind => kind, _ => new Fate(), StringComparer.Ordinal);

    /// <summary>How many were sent.</summary>
    public long Sent => Interlocked.Read(ref sent);

    /// <summary>How many were due while no connection was free.</summary>
    public long Unsent { get; private set; }

    /// <summary>Each connection sends its next request when it has its answer.</summary>
    public async Task<TimeSpan> Closed(int connections, TimeSpan length, CancellationToken ct)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(
            () => Converse(_ => ValueTask.FromResult(Elapsed < length ? asks[Interlocked.Increment(ref next) % asks.Count] : null), ct), ct)));
        return Elapsed;
    }

    /// <summary>So many a second, whether they are answered or not, as long as one of the connections is free.</summary>
    public async Task<TimeSpan> Open(double rate, int connections, TimeSpan length, CancellationToken ct)
    {
        var due = Channel.CreateBounded<Ask>(new BoundedChannelOptions(connections) { SingleWriter = true });
        var talking = Enumerable.Range(0, connections).Select(_ => Task.Run(
            () => Converse(ct => Next(due.Reader, ct), ct), ct)).ToList();
        await Task.Factory.StartNew(() => Pace(due.Writer, rate, length, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        due.Writer.Complete();
        var took = Elapsed;
        await Task.WhenAll(talking);
        return took;
    }

    // Waiting for a request itself, and not for there being one, wakes one connection for each and not all of them.
    private static async ValueTask<Ask?> Next(ChannelReader<Ask> due, CancellationToken ct)
    {
        try
        {
            return await due.ReadAsync(ct);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    private TimeSpan Elapsed => Stopwatch.GetElapsedTime(start);

    private void Pace(ChannelWriter<Ask> due, double rate, TimeSpan length, CancellationToken ct)
    {
        for (long offered = 0; Elapsed < length && !ct.IsCancellationRequested;)
        {
            for (var until = (long)(rate * Elapsed.TotalSeconds); offered < until; offered++)
            {
                if (!due.TryWrite(asks[(int)(offered % asks.Count)]))
                    Unsent++;
            }

            Thread.Sleep(1);
        }
    }

    private async Task Converse(Func<CancellationToken, ValueTask<Ask?>> next, CancellationToken ct)
    {
        Socket? socket = null;
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                if (await next(ct) is not { } ask)
                    return;
                var fate = Fates[ask.Kind];
                var began = Elapsed;
                try
                {
                    if (socket is null)
                    {
                        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                        await socket.ConnectAsync(IPAddress.Loopback, address.Port, ct);
                    }

                    Interlocked.Increment(ref sent);
                    await socket.SendAsync(ask.Bytes, SocketFlags.None, ct);
                    var (status, retryAfter) = await Answer(socket, buffer, ct);
                    fate.Count(status, retryAfter, began.TotalSeconds, (Elapsed - began).TotalMilliseconds);
                }
                catch (Exception e) when (e is SocketException or IOException)
                {
                    fate.Lost((e as SocketException)?.SocketErrorCode.ToString() ?? "connection closed");
                    socket?.Dispose();
                    socket = null;
                }
            }
        }
        finally
        {
            socket?.Dispose();
        }
    }

    /// <summary>Reads to the end of one answer.</summary>
    private static async Task<(int Status, bool RetryAfter)> Answer(Socket socket, byte[] buffer, CancellationToken ct)
    {
        int length = 0, end;
        while ((end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, ct);
            length += read > 0 ? read : throw new IOException("The connection was closed.");
        }

        var head = Encoding.ASCII.GetString(buffer, 0, end + 2);
        var status = int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
        var retryAfter = head.Contains("\r\nRetry-After:", StringComparison.OrdinalIgnoreCase);
        var have = length - end - 4;
        if (Header(head, "Content-Length") is { } told)
        {
            for (var left = int.Parse(told, CultureInfo.InvariantCulture) - have; left > 0;)
                left -= await Some(socket, buffer, ct);
        }
        else if (Header(head, "Transfer-Encoding") is not null)
        {
            // The last chunk is the last that comes, for nothing else is under way on this connection.
            var tail = buffer[Math.Max(end + 4, length - 5)..length];
            while (!tail.AsSpan().EndsWith("0\r\n\r\n"u8))
            {
                var read = await Some(socket, buffer, ct);
                tail = [.. tail.TakeLast(5), .. buffer.AsSpan(Math.Max(0, read - 5), Math.Min(5, read))];
            }
        }

        return (status, retryAfter);
    }

    private static async ValueTask<int> Some(Socket socket, byte[] buffer, CancellationToken ct) =>
        await socket.ReceiveAsync(buffer, SocketFlags.None, ct) is > 0 and var read ? read : throw new IOException("The connection was closed.");

    private static string? Header(string head, string name)
    {
        var at = head.IndexOf($"\r\n{name}:", StringComparison.OrdinalIgnoreCase);
        return at < 0 ? null : head[(at + name.Length + 3)..head.IndexOf("\r\n", at + 2, StringComparison.Ordinal)].Trim();
    }
}
