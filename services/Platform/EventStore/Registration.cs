using System.Diagnostics.Metrics;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.EventStore;

/// <summary>Counts of the store; per process, without ids.</summary>
public static class StoreMetrics
{
    public static Meter Meter { get; } = new("Hotline111");

    internal static Counter<long> Appended { get; } = Meter.CreateCounter<long>("hotline111.events.appended");

    internal static Counter<long> Conflicts { get; } = Meter.CreateCounter<long>("hotline111.append.conflicts");

    internal static Counter<long> Refusals { get; } = Meter.CreateCounter<long>("hotline111.refusals");
}

/// <summary>What a service keeps in its streams.</summary>
public sealed class EventStoreBuilder
{
    private readonly Dictionary<string, FollowingProjection> following = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FollowingProjection> all = new(StringComparer.Ordinal);

    internal EventCatalogue Catalogue { get; } = new();

    internal InlineProjections InlineProjections { get; } = new();

    internal IEnumerable<FollowingProjection> FollowingProjections => following.Values;

    internal ReadModels ReadModels => new(all);

    /// <summary>Teaches the store a family of events.</summary>
    public EventStoreBuilder Family<TState, TCommand, TEvent>(Decider<TState, TCommand, TEvent> decider)
        where TEvent : class
    {
        ArgumentNullException.ThrowIfNull(decider);
        Catalogue.Add(decider.Category, typeof(TEvent));
        return this;
    }

    /// <summary>A read model updated in the append's transaction.</summary>
    public EventStoreBuilder Inline<TEvent>(IProjection<TEvent> projection)
        where TEvent : class
    {
        InlineProjections.Add(projection);
        Add(all, projection);
        return this;
    }

    /// <summary>A read model that follows the ordered log; one made of several families is added once for each.</summary>
    public EventStoreBuilder Following<TEvent>(IProjection<TEvent> projection)
        where TEvent : class
    {
        Add(following, projection);
        Add(all, projection);
        return this;
    }

    /// <summary>How an old stored shape is read today.</summary>
    public EventStoreBuilder Upcast(Upcaster upcaster)
    {
        Catalogue.Add(upcaster);
        return this;
    }

    private static void Add<TEvent>(Dictionary<string, FollowingProjection> projections, IProjection<TEvent> projection)
        where TEvent : class
    {
        var added = FollowingProjection.Of(projection);
        projections[added.Name] = projections.TryGetValue(added.Name, out var present) ? present.With(added) : added;
    }
}

/// <summary>Every read model of the service made of its own events, inline or following, by name: what can be rebuilt.</summary>
public sealed record ReadModels(IReadOnlyDictionary<string, FollowingProjection> ByName);

public static class EventStoreRegistration
{
    /// <summary>The event store of a service, with its sequencer: <c>ConnectionStrings:Store</c> is the running role, <see cref="PrivacyServices.AddPrivacy"/> comes along.</summary>
    /// <exception cref="StartupException">A connection string or the master key is missing or makes no sense.</exception>
    public static IHostApplicationBuilder AddEventStore(this IHostApplicationBuilder builder, Action<EventStoreBuilder> configure)
    {
        builder.AddPrivacy();
        var connection = Settings.ConnectionString(builder.Configuration, "Store");
        var services = builder.Services;
        var store = new EventStoreBuilder();
        configure(store);
        services.AddSingleton(store.Catalogue);
        services.AddSingleton(store.InlineProjections);
        services.AddSingleton(store.ReadModels);
        services.AddSingleton<LogSignal>();
        services.AddKeyedSingleton(EventStore.SourceKey, (_, _) => Source(connection));
        services.AddSingleton<EventStore>();
        services.AddSingleton(provider => new Numbers(provider.GetRequiredKeyedService<NpgsqlDataSource>(EventStore.SourceKey), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new SequencerSource(connection));
        services.AddHostedService<Sequencer>();
        services.AddHostedService<PruneCommands>();
        StoreVerbs.Add(services);
        foreach (var projection in store.FollowingProjections)
            services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<Subscription>(provider, projection));
        return builder;
    }

    /// <summary>
    /// A data source whose every session runs in UTC and waits for nothing long: 2 s for a lock, 5 s for a statement, 10 s idle in a transaction. No statement is
    /// compiled: one that counts worklists costs 3 ms, and 50 more from the day when the planner supposes it dear enough for that.
    /// </summary>
    public static NpgsqlDataSource Source(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        settings.Timezone = "UTC";
        // A key in flight is told from a stream in use by the statement that waited.
        settings.IncludeFailedBatchedCommand = true;
        settings.Options = $"-c lock_timeout=2s -c statement_timeout=5s -c idle_in_transaction_session_timeout=10s -c jit=off {settings.Options}";
        return new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = "Store" }.Build();
    }
}

/// <summary>Forgets command identities after 30 days, once an hour.</summary>
internal sealed partial class PruneCommands(EventStore store, TimeProvider clock, ILogger<PruneCommands> log) : BackgroundService
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Pruned(log, await store.ForgetCommands(clock.GetUtcNow() - Kept, stoppingToken));
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                Failed(log, e.GetType().Name);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Forgot {Count} command identities older than 30 days")]
    private static partial void Pruned(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pruning command identities failed: {Kind}")]
    private static partial void Failed(ILogger logger, string kind);
}
