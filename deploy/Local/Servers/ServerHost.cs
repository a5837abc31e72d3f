using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hotline111.Local;

/// <summary>
/// One PostgreSQL and one broker for all test processes of a <c>dotnet test</c> call: a process of its own that listens on a Unix socket,
/// hands out fresh databases and virtual hosts, and ends with its servers when nobody has been connected for a while. What a client was
/// given is dropped when its connection ends, also when it was killed.
/// </summary>
public sealed class ServerHost : IAsyncDisposable
{
    /// <summary>How long the host waits for another client before it ends.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string folder;
    private readonly string data;
    private readonly CancellationTokenSource ending = new();
    private readonly Lazy<Task<FoundPostgres>> postgres;
    private readonly Lazy<Task<FoundRabbit>> rabbit;
    private readonly Lazy<Task> programs;
    private int clients;
    private int names;
    private long idleSince = Environment.TickCount64;

    private ServerHost(string folder)
    {
        this.folder = folder;
        data = Path.Combine(folder, $"data-{Environment.ProcessId}");
        var installation = new Installation(mayInstall: true, new Steps(Console.Out));
        postgres = new(() => installation.FindPostgres(data, ending.Token));
        rabbit = new(() => installation.FindRabbit(data, ending.Token));
        programs = new(() => installation.EnsurePrograms(folder, ending.Token));
    }

    /// <summary>Runs a host on this folder until nobody needs it or <paramref name="ct"/> asks it to end.</summary>
    public static async Task Run(string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        foreach (var stale in Directory.GetDirectories(folder, "data-*"))
        {
            Account.RemoveFolder(stale);
        }

        await using var host = new ServerHost(folder);
        await host.Listen(ct);
    }

    /// <summary>Ends the servers and removes their data.</summary>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await Release(rabbit, found => found.Owned);
        await Release(postgres, found => found.Owned);
        if (Directory.Exists(data))
        {
            Account.RemoveFolder(data);
        }

        ending.Dispose();

        static async Task Release<T>(Lazy<Task<T>> server, Func<T, IReadOnlyList<IAsyncDisposable>> owned)
        {
            if (!server.IsValueCreated)
            {
                return;
            }

            try
            {
                await Installation.Release(owned(await server.Value));
            }
            catch (Exception e) when (e is LocalException or OperationCanceledException)
            {
                // It never ran; who asked for it was told.
            }
        }
    }

    private async Task Listen(CancellationToken ct)
    {
        var path = HostFiles.Socket(folder);
        File.Delete(path);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen(64);
        var accepting = listener.AcceptAsync(ct).AsTask();
        while (!ct.IsCancellationRequested)
        {
            if (await Task.WhenAny(accepting, Task.Delay(1000, ct)) == accepting && accepting.IsCompletedSuccessfully)
            {
                Interlocked.Increment(ref clients);
                _ = Serve(accepting.Result);
                accepting = listener.AcceptAsync(ct).AsTask();
            }
            else if (Volatile.Read(ref clients) == 0
                && Environment.TickCount64 - Volatile.Read(ref idleSince) > Patience.TotalMilliseconds
                && HostFiles.TryLock(folder) is { } door)
            {
                // Who comes now finds no socket, waits for the lock, and starts another host.
                using (door)
                {
                    File.Delete(path);
                }

                return;
            }
        }
    }

    private async Task Serve(Socket socket)
    {
        var given = new List<(bool Database, string Name)>();
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            using var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync(ending.Token) is { } line)
            {
                var answer = await Answer(JsonSerializer.Deserialize(line, HostMessages.Default.HostQuestion)!, given);
                await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer, HostMessages.Default.HostAnswer), ending.Token);
                await stream.WriteAsync("\n"u8.ToArray(), ending.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has gone.
        }
        finally
        {
            await TakeBack(given);
            Volatile.Write(ref idleSince, Environment.TickCount64);
            Interlocked.Decrement(ref clients);
        }
    }

    private async Task<HostAnswer> Answer(HostQuestion question, List<(bool Database, string Name)> given)
    {
        try
        {
            switch (question.Ask)
            {
                case "database":
                    var server = await postgres.Value;
                    var database = await server.Databases.Create(question.Names[0], ending.Token, $"{question.Names[0].Replace('-', '_')}_{Interlocked.Increment(ref names)}");
                    given.Add((true, database.Name));
                    return new HostAnswer { Database = database, Administrator = server.Administrator };
                case "virtual-host":
                    var host = await (await rabbit.Value).Broker.CreateVirtualHost($"test-{Interlocked.Increment(ref names)}", question.Names, ending.Token);
                    given.Add((false, host.Name));
                    return new HostAnswer { VirtualHost = host };
                case "evaluate":
                    return (await rabbit.Value).Local is { } node
                        ? new HostAnswer { Value = await node.Evaluate(question.Names[0], ending.Token) }
                        : new HostAnswer { Error = "The broker of these tests is not a process of ours; what asks inside it needs RabbitMQ on this machine." };
                case "programs":
                    await programs.Value;
                    return new HostAnswer();
                default:
                    return new HostAnswer { Value = "here" };
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new HostAnswer { Error = e.Message };
        }
    }

    private async Task TakeBack(List<(bool Database, string Name)> given)
    {
        foreach (var (database, name) in given)
        {
            try
            {
                if (database)
                {
                    await (await postgres.Value).Databases.Drop(name, ending.Token);
                }
                else
                {
                    await (await rabbit.Value).Broker.DeleteVirtualHost(name, ending.Token);
                }
            }
            catch (Exception e) when (e is LocalException or OperationCanceledException or Npgsql.NpgsqlException)
            {
                Console.Error.WriteLine($"{name} was not dropped: {e.Message}");
            }
        }
    }
}

/// <summary>A test process's line to the <see cref="ServerHost"/>, held for as long as it needs what it was given.</summary>
public sealed class ServerHostConnection : IAsyncDisposable
{
    private readonly NetworkStream stream;
    private readonly StreamReader reader;
    private readonly SemaphoreSlim turn = new(1);

    private ServerHostConnection(NetworkStream stream) => (this.stream, reader) = (stream, new StreamReader(stream));

    /// <summary>Connects to the host of this folder, or starts it first; of several processes that find none, one starts it.</summary>
    /// <exception cref="LocalException">The host does not come up.</exception>
    public static async Task<ServerHostConnection> Open(string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var since = Stopwatch.StartNew();
        while (since.Elapsed < TimeSpan.FromMinutes(3))
        {
            if (await TryConnect(folder, ct) is { } connection)
            {
                return connection;
            }

            using (var door = HostFiles.TryLock(folder))
            {
                if (door is not null && await TryConnect(folder, ct) is { } late)
                {
                    return late;
                }

                if (door is not null)
                {
                    await StartHost(folder, ct);
                }
            }

            await Task.Delay(100, ct);
        }

        throw new LocalException("test servers", $"The process that runs the servers for tests does not answer; see {HostFiles.Log(folder)}.", exitCode: 3);
    }

    /// <summary>A fresh database for a service.</summary>
    public async Task<(ServiceDatabase Database, string Administrator)> Database(string service, CancellationToken ct)
    {
        var answer = await Ask(new HostQuestion("database", [service]), ct);
        return (answer.Database!, answer.Administrator!);
    }

    /// <summary>A fresh virtual host with these service users.</summary>
    public async Task<VirtualHost> VirtualHost(IReadOnlyList<string> services, CancellationToken ct) =>
        (await Ask(new HostQuestion("virtual-host", services), ct)).VirtualHost!;

    /// <summary>Evaluates an Erlang expression inside the shared broker.</summary>
    public async Task<string> Evaluate(string expression, CancellationToken ct) =>
        (await Ask(new HostQuestion("evaluate", [expression]), ct)).Value!;

    /// <summary>Ensures that the servers' programs are on this machine, for servers of a test's own.</summary>
    public Task EnsurePrograms(CancellationToken ct) => Ask(new HostQuestion("programs", []), ct);

    /// <summary>Hangs up: the host drops what it gave.</summary>
    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        reader.Dispose();
        turn.Dispose();
    }

    private async Task<HostAnswer> Ask(HostQuestion question, CancellationToken ct)
    {
        await turn.WaitAsync(ct);
        try
        {
            await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(question, HostMessages.Default.HostQuestion), ct);
            await stream.WriteAsync("\n"u8.ToArray(), ct);
            var line = await reader.ReadLineAsync(CancellationToken.None) ?? throw new IOException("The host of the test servers has hung up.");
            var answer = JsonSerializer.Deserialize(line, HostMessages.Default.HostAnswer)!;
            return answer.Error is null ? answer : throw new LocalException("test servers", answer.Error, exitCode: 3);
        }
        finally
        {
            turn.Release();
        }
    }

    private static async Task<ServerHostConnection?> TryConnect(string folder, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(HostFiles.Socket(folder)), ct);
            var connection = new ServerHostConnection(new NetworkStream(socket, ownsSocket: true));

            // A host that is just closing its door accepts no more questions.
            await connection.Ask(new HostQuestion("hello", []), ct);
            return connection;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            socket.Dispose();
            return null;
        }
    }

    // Detached: in a session of its own, with none of our inputs and outputs, or "dotnet test" would wait for it.
    private static async Task StartHost(string folder, CancellationToken ct)
    {
        File.Delete(HostFiles.Socket(folder));
        await using var start = await ChildProcess.Start(new Launch("test servers", "setsid", "--fork", Repository.DotNet, Repository.Program("Hotline111.Local"), "servers", folder)
        {
            LogFile = HostFiles.Log(folder),
            Folder = "/",
            Detached = true,
        });
        await start.Exited(ct);
        for (var wait = 0; wait < 1200 && !File.Exists(HostFiles.Socket(folder)); wait++)
        {
            await Task.Delay(100, ct);
        }
    }
}

/// <summary>The files by which test processes and the host find one another.</summary>
internal static class HostFiles
{
    public static string Socket(string folder) => Path.Combine(folder, "socket");

    public static string Log(string folder) => Path.Combine(folder, "servers.log");

    /// <summary>The lock that decides who starts a host; null while somebody else holds it.</summary>
    public static FileStream? TryLock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}

internal sealed record HostQuestion(string Ask, IReadOnlyList<string> Names);

internal sealed record HostAnswer
{
    public string? Error { get; init; }
    public ServiceDatabase? Database { get; init; }
    public string? Administrator { get; init; }
    public VirtualHost? VirtualHost { get; init; }
    public string? Value { get; init; }
}

[JsonSerializable(typeof(HostQuestion))]
[JsonSerializable(typeof(HostAnswer))]
internal sealed partial class HostMessages : JsonSerializerContext;
