using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Hotline111.Platform.EventStore;
using Npgsql;

namespace Hotline111.Platform.Tests.EventStore;

/// <summary>A PostgreSQL server of this test run alone, on a loopback port, in a temporary folder. It can be killed and started again.</summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private const string Binaries = "/usr/lib/postgresql/15/bin";
    private const string Password = "not-a-secret";

    private readonly string folder = Path.Combine(Path.GetTempPath(), $"hotline111-store-{Guid.CreateVersion7():N}");
    private readonly int port = FreePort();
    private readonly SemaphoreSlim creating = new(1);
    private int databases;
    private Process? server;

    private PrivatePostgres()
    {
    }

    public static async Task<PrivatePostgres> Start(params MigrationSet[] further)
    {
        var made = new PrivatePostgres();
        Directory.CreateDirectory(made.folder);
        Run("chown", "postgres", made.folder);
        AsServer($"{Binaries}/initdb", "-D", made.Data, "-U", "postgres", "--auth=trust", "--no-sync", "--locale=C.UTF-8", "--encoding=UTF8");
        await made.StartServer();
        await using (var admin = new NpgsqlConnection(made.For("postgres", "postgres")))
        {
            await admin.OpenAsync();
            foreach (var role in new[] { "store_owner", "store_app", "store_keys" })
                await Execute(admin, $"CREATE ROLE {role} LOGIN PASSWORD '{Password}'");
            await Execute(admin, "CREATE DATABASE template_store OWNER store_owner");
        }

        await Migration.Apply(made.For("template_store", "store_owner"), [.. MigrationSet.Platform, .. further], CancellationToken.None);
        return made;
    }

    /// <summary>A fresh migrated database.</summary>
    public async Task<StoreDatabase> Database()
    {
        await creating.WaitAsync();
        try
        {
            var name = $"store_{Interlocked.Increment(ref databases)}";
            await using var admin = new NpgsqlConnection(For("postgres", "postgres"));
            await admin.OpenAsync();
            await Execute(admin, $"CREATE DATABASE {name} TEMPLATE template_store OWNER store_owner");
            return new StoreDatabase(For(name, "store_owner"), For(name, "store_app"), For(name, "store_keys"), For(name, "postgres"));
        }
        finally
        {
            creating.Release();
        }
    }

    /// <summary>An empty database, owned by store_owner.</summary>
    public async Task<StoreDatabase> EmptyDatabase()
    {
        var name = $"empty_{Interlocked.Increment(ref databases)}";
        await using var admin = new NpgsqlConnection(For("postgres", "postgres"));
        await admin.OpenAsync();
        await Execute(admin, $"CREATE DATABASE {name} OWNER store_owner");
        return new StoreDatabase(For(name, "store_owner"), For(name, "store_app"), For(name, "store_keys"), For(name, "postgres"));
    }

    /// <summary>Kills the server and all its backends without warning.</summary>
    public async Task Kill()
    {
        var postmaster = int.Parse((await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0], CultureInfo.InvariantCulture);
        // Orphaned backends would refuse the next start: they go first.
        foreach (var backend in ChildrenOf(postmaster))
            _ = kill(backend, 9);
        _ = kill(postmaster, 9);
        await server!.WaitForExitAsync();
    }

    public async Task StartServer()
    {
        var start = AsServerInfo($"{Binaries}/postgres", "-D", Data, "-p", port.ToString(CultureInfo.InvariantCulture), "-k", folder,
            "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=64MB", "-c", "max_connections=120", "-c", "max_wal_size=512MB",
            "-c", "timezone=Asia/Ho_Chi_Minh", "-c", "logging_collector=off");
        for (var attempt = 1; ; attempt++)
        {
            server = Process.Start(start)!;
            server.OutputDataReceived += (_, _) => { };
            server.ErrorDataReceived += (_, _) => { };
            server.BeginOutputReadLine();
            server.BeginErrorReadLine();
            for (var i = 0; i < 150 && !server.HasExited; i++)
            {
                try
                {
                    await using var connection = new NpgsqlConnection(For("postgres", "postgres") + ";Pooling=false;Timeout=2");
                    await connection.OpenAsync();
                    return;
                }
                catch (NpgsqlException)
                {
                    await Task.Delay(100);
                }
            }

            if (attempt == 5)
                throw new InvalidOperationException("PostgreSQL does not start.");
            await Task.Delay(300);
        }
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (server is { HasExited: false })
            await Kill();
        server?.Dispose();
        creating.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private string Data => Path.Combine(folder, "data");

    private string For(string database, string user) =>
        $"Host=127.0.0.1;Port={port};Database={database};Username={user};Password={Password};Max Auto Prepare=100;Auto Prepare Min Usages=2;No Reset On Close=true;Maximum Pool Size=20";

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static void AsServer(params string[] command)
    {
        using var process = Process.Start(AsServerInfo(command))!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(errors);
    }

    // The server refuses to run as root.
    private static ProcessStartInfo AsServerInfo(params string[] command)
    {
        string[] all = Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", .. command] : command;
        var info = new ProcessStartInfo(all[0]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var argument in all.Skip(1))
            info.ArgumentList.Add(argument);
        return info;
    }

    private static void Run(params string[] command)
    {
        if (Environment.UserName != "root")
            return;
        using var process = Process.Start(command[0], command.Skip(1));
        process.WaitForExit();
    }

    private static IEnumerable<int> ChildrenOf(int parent) =>
        File.ReadAllText($"/proc/{parent}/task/{parent}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pid => int.Parse(pid, CultureInfo.InvariantCulture));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

#pragma warning disable SYSLIB1054, CA5392, IDE1006 // One call of libc; generated marshalling would need unsafe code.
    [DllImport("libc")]
    private static extern int kill(int pid, int signal);
#pragma warning restore SYSLIB1054, CA5392, IDE1006
}

/// <summary>Connection strings of one database by role.</summary>
public sealed record StoreDatabase(string Owner, string App, string Keys, string Superuser);
