using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

[assembly: AssemblyFixture(typeof(Hotline111.Gateway.Tests.PrivatePostgres))]

namespace Hotline111.Gateway.Tests;

/// <summary>A PostgreSQL of this test run's own: started in a folder of its own on a free port, gone afterwards.</summary>
public sealed class PrivatePostgres : IAsyncLifetime
{
    private const string Bin = "/usr/lib/postgresql/15/bin";
    private readonly string _folder = Directory.CreateTempSubdirectory("hotline111-gateway-tests-").FullName;
    private readonly int _port = FreePort();
    private Process? _server;

    public async ValueTask InitializeAsync()
    {
        await Run("chown", "postgres", _folder);
        await Run("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", $"{Bin}/initdb", "-D", $"{_folder}/data", "-U", "postgres", "-A", "trust", "-N");
        _server = Process.Start(new ProcessStartInfo("setpriv")
        {
            ArgumentList =
            {
                "--reuid=postgres", "--regid=postgres", "--clear-groups", $"{Bin}/postgres", "-D", $"{_folder}/data", "-p", $"{_port}", "-k", _folder,
                "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=200",
            },
            RedirectStandardError = true,
        })!;
        _server.ErrorDataReceived += (_, _) => { };
        _server.BeginErrorReadLine();
        for (var i = 0; i < 200; i++)
        {
            try
            {
                await Sql("select 1");
                return;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(50);
            }
        }

        throw new InvalidOperationException("PostgreSQL did not start.");
    }

    /// <summary>A fresh database with its roles gateway_owner and gateway_app.</summary>
    public async Task<(string Owner, string App)> NewDatabase()
    {
        var name = $"gateway_{Guid.NewGuid():N}";
        await Sql($"create role {name}_owner login password 'o'");
        await Sql($"create role {name}_app login password 'a'");
        await Sql($"create database {name} owner {name}_owner");
        return (Connection(name, $"{name}_owner", "o"), Connection(name, $"{name}_app", "a"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false } server)
        {
            await Run("kill", "-QUIT", $"{server.Id}");
            await server.WaitForExitAsync();
            server.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string Connect(int port, string database, string user, string password) =>
        $"Host=127.0.0.1;Port={port};Database={database};Username={user};Password={password};Timezone=UTC;Pooling=true;Maximum Pool Size=10";

    private string Connection(string database, string user, string password) => Connect(_port, database, user, password);

    private async Task Sql(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Connection("postgres", "postgres", "") + ";Pooling=false");
#pragma warning disable CA2100 // Names made here.
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task Run(string file, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(file, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        (await output).ShouldNotBeNull();
        process.ExitCode.ShouldBe(0, await error);
    }
}
