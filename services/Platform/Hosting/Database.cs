using System.Net.Sockets;
using System.Reflection;
using System.Runtime.CompilerServices;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.Hosting;

/// <summary>A process and its own database: looked at before the start, watched while it runs, migrated by the verb <c>migrate</c>.</summary>
public static class DatabaseSetup
{
    /// <summary>The event store of a service with its keys: connections <c>ConnectionStrings:Store</c> and <c>ConnectionStrings:Keys</c>, migrations of the platform and of the calling assembly.</summary>
    /// <exception cref="StartupException">A setting is missing or malformed.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IHostApplicationBuilder AddEventStore(this IHostApplicationBuilder builder, string service, Action<EventStoreBuilder> configure)
    {
        var migrations = Assembly.GetCallingAssembly();
        builder.AddDatabase("Keys", []);
        builder.AddDatabase("Store", [.. MigrationSet.Platform, new MigrationSet(service, migrations, "")]);
        builder.Services.AddSingleton<ReadLog>();
        return builder.AddEventStore(store => configure(store.Family(ReadLog.Instance)));
    }

    /// <summary>A database this process owns: it must be there, answer to its user, agree about the time and have these migrations, or the process does not start.</summary>
    /// <param name="builder">The process being built.</param>
    /// <param name="name">Its connection is <c>ConnectionStrings:NAME</c>.</param>
    /// <param name="migrations">What the verb <c>migrate</c> applies with <c>ConnectionStrings:Owner</c>; none if another connection's list has them.</param>
    /// <exception cref="StartupException">The connection string is missing or malformed.</exception>
    public static IHostApplicationBuilder AddDatabase(this IHostApplicationBuilder builder, string name, IReadOnlyList<MigrationSet> migrations)
    {
        var database = new OwnDatabase(name, Settings.ConnectionString(builder.Configuration, name), migrations);
        // Made by a factory, so that the container closes it.
        builder.Services.AddSingleton(_ => database);
        builder.Services.AddSingleton(new StartCheck((services, ct) => database.CheckAtStart(services.GetRequiredService<TimeProvider>(), ct)));
        if (migrations.Count == 0)
            return builder;
        builder.Services.AddSingleton(new Verb("migrate", "brings the database up to date with ConnectionStrings:Owner", (services, _, ct) =>
            Migrate(services.GetRequiredService<IConfiguration>(), migrations, ct)));
        builder.Services.AddHostedService(services => new ClockWatch(
            database, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ClockWatch>>()));
        return builder;
    }

    private static async Task<int> Migrate(IConfiguration configuration, IReadOnlyList<MigrationSet> migrations, CancellationToken ct)
    {
        var connection = Settings.ConnectionString(configuration, "Owner");
        try
        {
            // One long session of its own: nothing is pooled or prepared, and a statement may take its time.
            var owner = new NpgsqlConnectionStringBuilder(connection) { Pooling = false, MaxAutoPrepare = 0, CommandTimeout = 0 };
            var applied = await Migration.Apply(owner.ConnectionString, migrations, ct);
            await Console.Out.WriteLineAsync(applied.Count == 0 ? "The database is up to date." : $"Applied {string.Join(", ", applied)}.");
            return 0;
        }
        catch (MigrationException refused)
        {
            throw new StartupException(StartupException.Server, refused.Message, refused);
        }
        catch (NpgsqlException e)
        {
            throw OwnDatabase.Explain("ConnectionStrings:Owner", connection, e);
        }
    }
}

/// <summary>One connection of the process to its database, with a small pool of its own, so that an exhausted pool of the work does not make the process look dead.</summary>
internal sealed class OwnDatabase(string name, string connectionString, IReadOnlyList<MigrationSet> migrations) : IAsyncDisposable
{
    /// <summary>The most that the clocks of process and database may differ: more, and due times and evidence contradict each other.</summary>
    public static readonly TimeSpan LargestSkew = TimeSpan.FromSeconds(2);

    // With the time that each try is given, half a minute in all.
    private const int StartTries = 10;

    // A machine that stood still while it asked has measured its own sleep: half of it would pass for a difference of the clocks.
    private static readonly TimeSpan LongestAsking = LargestSkew / 10;
    private const int MostAskings = 5;

    private readonly NpgsqlDataSource source = new NpgsqlDataSourceBuilder(
        new NpgsqlConnectionStringBuilder(connectionString) { MinPoolSize = 0, MaxPoolSize = 2, Timeout = 3, CommandTimeout = 3, ApplicationName = "health" }.ConnectionString)
    { Name = $"{name} (health)" }.Build();

    private volatile bool migrated;

    public string Name => name;

    /// <summary>Whether the process is useless without it. Without its keys it still takes what holds nothing personal.</summary>
    public bool IsEssential => migrations.Count > 0;

    /// <summary>Whether it answers and has every migration this program knows.</summary>
    public async Task<bool> IsReady(CancellationToken ct)
    {
        try
        {
            if (migrated)
            {
                await using var command = source.CreateCommand("select 1");
                await command.ExecuteScalarAsync(ct);
                return true;
            }
            return migrated = (await Migration.Missing(source, migrations, ct)).Count == 0;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or SocketException)
        {
            return false;
        }
    }

    public async Task CheckAtStart(TimeProvider clock, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await Check(clock, ct);
                migrated = true;
                return;
            }
            catch (Exception e) when (tries < StartTries && (e is TimeoutException || e.InnerException is TimeoutException))
            {
                // A busy server is not a missing one: it is asked again, while one that refuses is believed at once.
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or SocketException)
            {
                throw Explain($"ConnectionStrings:{name}", connectionString, e);
            }
        }
    }

    private async Task Check(TimeProvider clock, CancellationToken ct)
    {
        var skew = await Skew(clock, ct);
        if (skew.Duration() > LargestSkew)
        {
            throw new StartupException(StartupException.Server, string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"The clock of this machine and that of the database of ConnectionStrings:{name} differ by {skew.Duration().TotalSeconds:0.0} s; at most {LargestSkew.TotalSeconds:0} s are allowed."));
        }

        // Asked for in the connection string; something between us and the server (a pooler) may have set another.
        await using var zone = source.CreateCommand("show timezone");
        if (await zone.ExecuteScalarAsync(ct) is not "UTC")
        {
            throw new StartupException(StartupException.Server,
                $"The sessions of ConnectionStrings:{name} do not run in UTC; whatever stands between this process and the database must pass the session's time zone on.");
        }

        if (migrations.Count > 0 && await Migration.Missing(source, migrations, ct) is { Count: > 0 } missing)
            throw new StartupException(StartupException.Server, $"The database of ConnectionStrings:{name} lacks {missing.Count} migrations ({missing[0]} first); run the verb migrate before.");
    }

    /// <summary>How far the database's clock is ahead of this process's; half the way there and back is taken out, of the shortest of a few.</summary>
    public async Task<TimeSpan> Skew(TimeProvider clock, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand("select clock_timestamp()", connection);
        var (skew, shortest) = (TimeSpan.Zero, TimeSpan.MaxValue);
        for (var asked = 0; asked < MostAskings && shortest > LongestAsking; asked++)
        {
            var (before, since) = (clock.GetUtcNow(), clock.GetTimestamp());
            var there = new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(ct))!, TimeSpan.Zero);
            var way = clock.GetElapsedTime(since);
            if (way < shortest)
                (skew, shortest) = (there - (before + (way / 2)), way);
        }

        return skew;
    }

    /// <summary>Says what is wrong with a connection without quoting its password.</summary>
    public static StartupException Explain(string setting, string connectionString, Exception cause)
    {
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        var server = $"{to.Host}:{to.Port}";
        return new StartupException(StartupException.Server, cause switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
                $"The database server {server} refuses the user \"{to.Username}\" of {setting}: wrong user or password.",
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => $"The database \"{to.Database}\" of {setting} does not exist on {server}.",
            PostgresException refused => $"The database server {server} of {setting} refuses: {refused.MessageText} ({refused.SqlState}).",
            _ => $"The database server {server} of {setting} cannot be reached.",
        }, cause);
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}

/// <summary>Looks once a minute whether process and database still agree about the time, and raises an alarm in the log when not.</summary>
internal sealed partial class ClockWatch(OwnDatabase database, TimeProvider clock, ILogger<ClockWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private volatile bool differs;

    /// <summary>Whether the clocks differed by more than is allowed when last looked at.</summary>
    public bool Differs => differs;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var skew = await database.Skew(clock, stoppingToken);
                differs = skew.Duration() > OwnDatabase.LargestSkew;
                if (differs)
                    LogSkew(database.Name, skew.TotalSeconds);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or SocketException)
            {
                // Readiness tells that the database is away.
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The clocks of this process and of the database {Database} differ by {Seconds} s")]
    private partial void LogSkew(string database, double seconds);
}
