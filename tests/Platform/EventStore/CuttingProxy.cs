using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Hotline111.Platform.Tests.Streams;

/// <summary>What happens to the next thing a client says.</summary>
public enum Cut
{
    /// <summary>The server never hears it.</summary>
    BeforeItIsHeard,

    /// <summary>The server does it, and its answer is lost: the outcome of a commit is not known.</summary>
    AfterItIsDone,
}

/// <summary>A way to PostgreSQL that can be cut at the worst moment.</summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly Task accepting;
    private readonly (string Host, int Port) server;
    private Cut? armed;
    private int cuts;

    public CuttingProxy(string connectionString)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        server = (target.Host!, target.Port);
        listener.Start();
        accepting = Accept();
    }

    /// <summary>How many connections were cut.</summary>
    public int Cuts => Volatile.Read(ref cuts);

    /// <summary>The same database by this way.</summary>
    public string Through(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port }.ConnectionString;

    /// <summary>Cuts at the next thing a client says.</summary>
    public void Arm(Cut cut) => armed = cut;

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await accepting;
        ending.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Carry(await listener.AcceptTcpClientAsync(ending.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task Carry(TcpClient client)
    {
        using var back = new TcpClient();
        using (client)
        {
            try
            {
                await back.ConnectAsync(server.Host, server.Port, ending.Token);
                var (from, to) = (client.GetStream(), back.GetStream());
                var cutting = new Cutting();
                var answers = Answer(to, from, cutting);
                var buffer = new byte[65536];
                while (await from.ReadAsync(buffer, ending.Token) is var read and > 0)
                {
                    if (armed is { } cut)
                    {
                        armed = null;
                        Interlocked.Increment(ref cuts);
                        if (cut == Cut.AfterItIsDone)
                        {
                            // The server answers when it has committed, and the client sees the end of the connection instead.
                            cutting.Begun = true;
                            await to.WriteAsync(buffer.AsMemory(0, read), ending.Token);
                            await cutting.Answered.Task.WaitAsync(ending.Token);
                        }

                        return;
                    }

                    await to.WriteAsync(buffer.AsMemory(0, read), ending.Token);
                }

                back.Client.Shutdown(SocketShutdown.Send);
                await answers;
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One side went away.
            }
        }
    }

    private async Task Answer(NetworkStream from, NetworkStream to, Cutting cutting)
    {
        var buffer = new byte[65536];
        while (await from.ReadAsync(buffer, ending.Token) is var read and > 0)
        {
            if (cutting.Begun)
                cutting.Answered.TrySetResult();
            else
                await to.WriteAsync(buffer.AsMemory(0, read), ending.Token);
        }
    }

    private sealed class Cutting
    {
        public volatile bool Begun;

        public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
