using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Hotline111.Local;

/// <summary>
/// A private RabbitMQ node on the loopback address, with an own name, folder, ports and port mapper (epmd, as a child and not as a
/// daemon), under an unprivileged account. No management plugin, no user <c>guest</c>.
/// </summary>
public sealed class RabbitServer : IBroker
{
    private readonly string programs;
    private readonly string data;
    private readonly string log;
    private readonly Account? account;
    private readonly Secrets secrets;
    private readonly int distributionPort;
    private readonly int mapperPort;
    private readonly IssuedCertificate? certificate;
    private readonly RabbitServer? joined;
    private ChildProcess? mapper;
    private ChildProcess? node;
    private ErlangControl? control;
    private bool frozen;

    private RabbitServer(
        string programs, string data, string log, Account? account, Secrets secrets, int port, int distributionPort, int mapperPort, IssuedCertificate? certificate, RabbitServer? joined) =>
        (this.programs, this.data, this.log, this.account, this.secrets, Port, this.distributionPort, this.mapperPort, this.certificate, this.joined) =
        (programs, data, log, account, secrets, port, distributionPort, mapperPort, certificate, joined);

    /// <summary>The AMQP port; the same after every restart.</summary>
    public int Port { get; }

    /// <summary>Whether the node's process is alive.</summary>
    public bool Running => node is { HasExited: false };

    /// <summary>The id of the node's process; 0 when it is stopped.</summary>
    public int ProcessId => Running ? node!.Id : 0;

    /// <summary>The id of its port mapper; 0 when it is stopped.</summary>
    public int MapperProcessId => mapper is { HasExited: false } ? mapper.Id : 0;

    private string NodeName => $"hotline111-{Port}@localhost";

    /// <summary>
    /// The folder with the node's own scripts: not the distribution's wrapper in the search path, which changes the account. Null when there
    /// is none.
    /// </summary>
    public static string? FindPrograms() =>
        PostgresServer.Newest("/usr/lib/rabbitmq/lib", "sbin")
            .Concat(["/opt/rabbitmq/sbin", "/opt/homebrew/opt/rabbitmq/sbin", "/usr/local/opt/rabbitmq/sbin"])
            .Concat(SearchPath.Folders)
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "rabbitmq-server")) && File.Exists(Path.Combine(folder, "rabbitmq-env")));

    /// <summary>Starts a node on a folder; ends when it speaks AMQP.</summary>
    /// <param name="folder">Holds its data, log, ports and passwords.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <param name="certificate">What it shows: then it speaks AMQP over TLS alone. Null for none.</param>
    /// <param name="joining">A running node whose cluster it becomes part of, and whose port mapper and secrets it shares; null for a node alone.</param>
    /// <exception cref="LocalException">No programs, or the node does not come up; the message ends with its last words.</exception>
    public static async Task<RabbitServer> Start(string folder, CancellationToken ct, IssuedCertificate? certificate = null, RabbitServer? joining = null)
    {
        var programs = FindPrograms()
            ?? throw new LocalException("RabbitMQ", "RabbitMQ is not installed: /usr/lib/rabbitmq and the search path do not have it.", exitCode: 3);
        Directory.CreateDirectory(folder);
        var account = Account.ForServer("rabbitmq");
        var server = new RabbitServer(
            programs,
            Account.DataFolder(folder, account),
            Path.Combine(Path.GetFullPath(folder), "rabbitmq.log"),
            account,
            joining?.secrets ?? Secrets.Open(Path.Combine(folder, "secrets.json")),
            Local.Port.Kept(folder, "amqp"),
            Local.Port.Kept(folder, "distribution"),
            joining?.mapperPort ?? Local.Port.Kept(folder, "epmd"),
            certificate,
            joining);
        try
        {
            server.WriteConfiguration();
            await server.Start(ct);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a stopped or killed node again on the same ports and data; ends when it speaks AMQP.</summary>
    public async Task Start(CancellationToken ct)
    {
        await StartMapper(ct);
        var since = Stopwatch.StartNew();
        node = await ChildProcess.Start(new Launch("RabbitMQ", Path.Combine(programs, "rabbitmq-server"))
        {
            LogFile = log,
            Account = account,
            Folder = data,
            Environment = NodeEnvironment(),
        });
        while (!await Answers(ct))
        {
            if (node.HasExited || since.Elapsed > TimeSpan.FromMinutes(3))
            {
                throw new LocalException("RabbitMQ", $"RabbitMQ does not start on port {Port}: {node.LastWords(4)} (log: {log})", exitCode: 3);
            }

            await Task.Delay(100, ct);
        }
    }

    /// <summary>Stops the node in order (its group is killed after 20 s), then its port mapper.</summary>
    public async Task Stop()
    {
        await LetGo();
        if (node is not null)
        {
            await node.Stop(Native.Terminate, TimeSpan.FromSeconds(20));
        }

        if (mapper is not null)
        {
            await mapper.Stop(Native.Terminate, TimeSpan.FromSeconds(5));
        }
    }

    /// <summary>Ends when the node has ended, by itself or by somebody's hand.</summary>
    public Task Exited(CancellationToken ct) => node?.Exited(ct) ?? Task.CompletedTask;

    /// <summary>Stop, then start.</summary>
    public async Task Restart(CancellationToken ct)
    {
        await Stop();
        await Start(ct);
    }

    /// <summary>SIGKILL for the node: the crash of the broker.</summary>
    public async Task Kill()
    {
        await LetGo();
        if (node is not null)
        {
            await node.Kill();
        }
    }

    /// <summary>SIGSTOP: connections stay open, nothing is answered.</summary>
    public void Freeze()
    {
        node?.Freeze();
        frozen = true;
    }

    /// <summary>A frozen node goes on.</summary>
    public void Thaw() => node?.Thaw();

    /// <summary>As <c>rabbitmqctl stop_app</c>: every connection is closed, the node's process stays.</summary>
    public Task StopApplication(CancellationToken ct) => Evaluate("rabbit:stop().", ct);

    /// <summary>As <c>rabbitmqctl start_app</c>.</summary>
    public Task StartApplication(CancellationToken ct) => Evaluate("rabbit:start().", ct);

    /// <summary>
    /// Evaluates an Erlang expression inside the node, as <c>rabbitmqctl eval</c> does, but over one lasting connection: milliseconds instead
    /// of seconds.
    /// </summary>
    /// <returns>The value, as Erlang prints it.</returns>
    /// <exception cref="LocalException">The node is away or the expression failed.</exception>
    public async Task<string> Evaluate(string expression, CancellationToken ct)
    {
        // Whoever was silent for so long may have been given up, and the other side does not always learn of it.
        if (frozen)
        {
            await LetGo();
            frozen = false;
        }

        control ??= await ErlangControl.Start(NodeName, data, account, mapperPort, ct);
        return await control.Evaluate(expression, ct);
    }

    /// <summary>Imports a document of definitions, as the node does by itself at its start where its settings name one.</summary>
    /// <exception cref="LocalException">The node refuses it.</exception>
    public async Task Import(string definitions, CancellationToken ct)
    {
        var answer = await Evaluate($"rabbit_definitions:import_raw(base64:decode(\"{Convert.ToBase64String(Encoding.UTF8.GetBytes(definitions))}\")).", ct);
        if (answer != "ok")
        {
            throw new LocalException("RabbitMQ", $"The definitions could not be imported: {answer}", exitCode: 3);
        }
    }

    /// <inheritdoc/>
    public async Task<VirtualHost> CreateVirtualHost(string name, IReadOnlyList<string> services, CancellationToken ct)
    {
        var passwords = BrokerDefinitions.Passwords(services, secrets);
        await Import(BrokerDefinitions.Document(name, passwords), ct);
        return new VirtualHost(name, passwords.ToDictionary(user => user.Key, user => $"amqp://{user.Key}:{user.Value}@127.0.0.1:{Port}/{name}"));
    }

    /// <inheritdoc/>
    public Task DeleteVirtualHost(string name, CancellationToken ct) =>
        Evaluate($"rabbit_vhost:delete(<<\"{name}\">>, <<\"hotline111\">>).", ct);

    /// <summary>Stops node and port mapper.</summary>
    public async ValueTask DisposeAsync()
    {
        await Stop();
        foreach (var child in new[] { node, mapper })
        {
            if (child is not null)
            {
                await child.DisposeAsync();
            }
        }

        (node, mapper) = (null, null);
    }

    // What was connected to this node may wait for it for ever once it is another one.
    private async Task LetGo()
    {
        if (control is not null)
        {
            await control.DisposeAsync();
            control = null;
        }
    }

    // Listening before any node looks for it: one that finds no port mapper would start its own, which stays for ever.
    private async Task StartMapper(CancellationToken ct)
    {
        if (joined is not null || mapper is { HasExited: false })
        {
            return;
        }

        mapper = await ChildProcess.Start(new Launch(
            "epmd",
            SearchPath.Find("epmd") ?? throw new LocalException("RabbitMQ", "Erlang's port mapper epmd is not in the search path.", exitCode: 3),
            "-port", mapperPort.ToString(CultureInfo.InvariantCulture), "-address", "127.0.0.1")
        {
            LogFile = log,
            Account = account,
            Folder = "/",
        });
        while (true)
        {
            if (mapper.HasExited)
            {
                throw new LocalException("RabbitMQ", $"Erlang's port mapper does not start on port {mapperPort}: {mapper.LastWords(2)}", exitCode: 3);
            }

            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", mapperPort, ct);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20, ct);
            }
        }
    }

    private Dictionary<string, string> NodeEnvironment() => new()
    {
        ["HOME"] = data,
        // The script becomes the node, instead of a shell that waits for it: signals and exit codes are the node's own.
        ["detached"] = "true",
        ["RABBITMQ_NODENAME"] = NodeName,
        ["RABBITMQ_NODE_PORT"] = Port.ToString(CultureInfo.InvariantCulture),
        ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_DIST_PORT"] = distributionPort.ToString(CultureInfo.InvariantCulture),
        ["ERL_EPMD_PORT"] = mapperPort.ToString(CultureInfo.InvariantCulture),
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
        // Also for the helper that RabbitMQ starts to look after the port mapper.
        ["ERL_AFLAGS"] = "-start_epmd false",
        ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(data, "rabbitmq-env.conf"),
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(data, "rabbitmq.conf"),
        ["RABBITMQ_CONFIG_FILES"] = Path.Combine(data, "conf.d", "*.conf"),
        ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(data, "advanced.config"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(data, "enabled_plugins"),
        ["RABBITMQ_FEATURE_FLAGS_FILE"] = Path.Combine(data, "feature_flags"),
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(data, "mnesia"),
        ["RABBITMQ_SCHEMA_DIR"] = Path.Combine(data, "schema"),
        ["RABBITMQ_GENERATED_CONFIG_DIR"] = Path.Combine(data, "config"),
        ["RABBITMQ_PID_FILE"] = Path.Combine(data, "rabbitmq.pid"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(data, "log"),
        // Its log goes the way of its output.
        ["RABBITMQ_LOGS"] = "-",
        ["TZ"] = "UTC",
    };

    private void WriteConfiguration()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(data)!);
        foreach (var folder in new[] { "", "conf.d", "mnesia", "schema", "config", "log" })
        {
            Account.CreateFolder(Path.Combine(data, folder), account);
        }

        var cookie = Path.Combine(data, ".erlang.cookie");
        Account.WriteFile(cookie, secrets.Password("rabbitmq/cookie"), account);
        Account.WriteFile(Path.Combine(data, "rabbitmq-env.conf"), "", account);
        Account.WriteFile(Path.Combine(data, "advanced.config"), "[].\n", account);
        Account.WriteFile(Path.Combine(data, "enabled_plugins"), "[].\n", account);
        // The default user cannot be left out, only made unable: it is deleted by the first import, and its password is known to nobody.
        Account.WriteFile(
            Path.Combine(data, "rabbitmq.conf"),
            $"""
            {Listener}
            {Cluster}
            log.console = true
            log.console.level = info
            log.file = false
            vm_memory_high_watermark.absolute = 1GB
            disk_free_limit.absolute = 512MB
            consumer_timeout = 300000
            load_definitions = {Path.Combine(data, "definitions.json")}

            """,
            account);
        if (certificate is not null)
        {
            Account.WriteFile(Path.Combine(data, "tls.crt"), certificate.Certificate, account);
            Account.WriteFile(Path.Combine(data, "tls.key"), certificate.Key, account);
        }

        Account.WriteFile(Path.Combine(data, "definitions.json"), """{"rabbitmq_version":"3.10.8"}""", account);
    }

    // It is asked for once, when a node has no data yet.
    private string Cluster => joined is null
        ? ""
        : $"""
          cluster_formation.peer_discovery_backend = classic_config
          cluster_formation.classic_config.nodes.1 = {joined.NodeName}
          cluster_formation.classic_config.nodes.2 = {NodeName}
          """;

    // As in deploy/compose/rabbitmq.conf, on the loopback address.
    private string Listener => certificate is null
        ? $"listeners.tcp.1 = 127.0.0.1:{Port}"
        : $"""
          listeners.tcp = none
          listeners.ssl.1 = 127.0.0.1:{Port}
          ssl_options.certfile = {Path.Combine(data, "tls.crt")}
          ssl_options.keyfile = {Path.Combine(data, "tls.key")}
          ssl_options.versions.1 = tlsv1.3
          ssl_options.versions.2 = tlsv1.2
          ssl_options.verify = verify_none
          ssl_options.fail_if_no_peer_cert = false
          """;

    // Listeners open last, after plugins and definitions; the first frame of a handshake is proof enough.
    private async Task<bool> Answers(CancellationToken ct)
    {
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
            timeout.CancelAfter(TimeSpan.FromSeconds(5));
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", Port, timeout.Token);
            if (certificate is not null)
            {
                // Its listener opens last; what comes behind the handshake its clients find out, who also ask who it is.
                return true;
            }

            var stream = client.GetStream();
            await stream.WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), timeout.Token);
            var frame = new byte[1];
            return await stream.ReadAsync(frame, timeout.Token) == 1 && frame[0] == 1;
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return false;
        }
    }
}
