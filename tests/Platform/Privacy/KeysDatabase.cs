using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Hotline111.Testing;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.Tests.Privacy;

/// <summary>A database with the keys' schema and the three roles a service has, on a real server; gone with the test class.</summary>
public sealed class KeysDatabase : IAsyncLifetime
{
    private readonly List<NpgsqlDataSource> sources = [];

    /// <summary>What the keys wrote to the log, of all instances made here.</summary>
    public RecordingLog Log { get; } = new();

    public NpgsqlDataSource Owner { get; private set; } = null!;

    public NpgsqlDataSource App { get; private set; } = null!;

    public NpgsqlDataSource KeysRole { get; private set; } = null!;

    public static MasterKeys Masters(params string[] ids) =>
        MasterKeys.Parse(string.Join('\n', ids.Select(id => $"{id}:{Convert.ToBase64String(SecretOf(id))}")), "test");

    public PersonKeys Keys(MasterKeys? masters = null, TimeProvider? clock = null) =>
        new(KeysRole, masters ?? Masters("one"), clock ?? TimeProvider.System, Log.For<PersonKeys>());

    public async ValueTask InitializeAsync()
    {
        var database = await Servers.Database("privacy");
        (Owner, App, KeysRole) = (Source(database.Owner), Source(database.Store), Source(database.Keys));
        await Migration.Apply(database.Owner, [new MigrationSet("privacy", typeof(PersonKeys).Assembly, "privacy.")], CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in sources)
            await source.DisposeAsync();
    }

    public static async Task Run(NpgsqlDataSource source, string sql, params object[] values)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<T> Ask<T>(NpgsqlDataSource source, string sql, params object[] values)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static byte[] SecretOf(string id) => System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes("master " + id));

    private NpgsqlDataSource Source(string connection)
    {
        var source = NpgsqlDataSource.Create(connection);
        sources.Add(source);
        return source;
    }
}

/// <summary>Keeps everything logged, as a real sink would write it.</summary>
public sealed class RecordingLog
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> lines = new();

    public IReadOnlyCollection<string> Lines => lines;

    /// <summary>Where a host logs to.</summary>
    public ILoggerProvider Sink => new Provider(lines);

    public ILogger<T> For<T>() => new Logger<T>(LoggerFactory.Create(logging => logging.AddProvider(Sink)));

    private sealed class Provider(System.Collections.Concurrent.ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
