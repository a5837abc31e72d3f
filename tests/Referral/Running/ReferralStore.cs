using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Conversing;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Watching;
using Hotline111.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Store = Hotline111.Platform.EventStore.EventStore;

namespace Hotline111.Referral.Tests.Running;

/// <summary>The streams and read models of the service over its own migrated database, without its doors.</summary>
public sealed class ReferralStore : IAsyncDisposable
{
    private readonly IHost host;

    private ReferralStore(IHost host, ServiceDatabase database, string administrator)
    {
        (this.host, Database) = (host, database);
        Administrator = NpgsqlDataSource.Create(administrator);
        Store = host.Services.GetRequiredService<Store>();
    }

    public ServiceDatabase Database { get; }

    /// <summary>The superuser in the same database.</summary>
    public NpgsqlDataSource Administrator { get; }

    public Store Store { get; }

    public IServiceProvider Services => host.Services;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>The read model of the referrals, with every family it is made of.</summary>
    public static FollowingProjection Rows => FollowingProjection.Of<ReferralEvent>(new ReferralInbox())
        .With(FollowingProjection.Of<WatchEvent>(new ReferralInbox()))
        .With(FollowingProjection.Of<ConversationEvent>(new ReferralInbox()));

    /// <summary>A store on a fresh database.</summary>
    public static async Task<ReferralStore> Create()
    {
        var (database, administrator) = await Servers.DatabaseWithAdministrator("referral");
        await Migration.Apply(database.Owner, [.. MigrationSet.Platform, new MigrationSet("referral", typeof(ReferralDecider).Assembly, "")], Ct);
        return await Open(database, administrator, $"test:{Convert.ToBase64String(new byte[32])}", running: true);
    }

    /// <summary>One more process on a database.</summary>
    /// <param name="running">With the part that gives events their place.</param>
    public static async Task<ReferralStore> Open(ServiceDatabase database, string administrator, string masterKey, bool running)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:Store"] = database.Store;
        builder.Configuration["ConnectionStrings:Keys"] = database.Keys;
        builder.Configuration["Privacy:MasterKey"] = masterKey;
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.AddEventStore(store => store
            .Family(ReferralDecider.Instance)
            .Family(WatchDecider.Instance)
            .Family(ConversationDecider.Instance)
            .Family(DeskDecider.Instance)
            .Family(AgencyDecider.Instance)
            .Family(ReadLog.Instance)
            .Inline<ReferralEvent>(new ReferralInbox())
            .Inline<WatchEvent>(new ReferralInbox())
            .Inline<ConversationEvent>(new ReferralInbox())
            .Inline(new DirectoryList()));
        var opened = new ReferralStore(builder.Build(), database, administrator);
        if (running)
            await opened.host.StartAsync(Ct);
        return opened;
    }

    public async Task<T> Ask<T>(string sql)
    {
        await using var command = Administrator.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Ct))!;
    }

    public async Task Do(string sql)
    {
        await using var command = Administrator.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }

    /// <summary>Waits until every committed event has its place in the log.</summary>
    public async Task Ordered() => await Until(async () => await Ask<long>("SELECT count(*) FROM events.hl_pending") == 0);

    /// <summary>Waits for something that is bound to happen; gives up after five minutes.</summary>
    public static async Task Until(Func<Task<bool>> happened)
    {
        for (var i = 0; i < 6000; i++)
        {
            if (await happened())
                return;
            await Task.Delay(50, Ct);
        }

        throw new TimeoutException("It did not happen.");
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        if (host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        await Administrator.DisposeAsync();
    }
}
