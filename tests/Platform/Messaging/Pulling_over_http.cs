using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Hotline111.Platform.Tests.Messaging;

/// <summary>The one way of repair as it runs in production: over HTTP, with a machine token that the source checks itself.</summary>
public sealed class Pulling_over_http : IAsyncLifetime
{
    private const string Issuer = "https://hotline111.local";

    private readonly ECDsaSecurityKey signing = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "gateway" };
    private readonly string keyFile = Path.GetTempFileName();
    private WebApplication gateway = null!;
    private WebApplication tower = null!;
    private Database towerBase = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        towerBase = await Database.Create("tower");
        await File.WriteAllTextAsync(keyFile, signing.ECDsa.ExportPkcs8PrivateKeyPem(), Ct);
        gateway = Web();
        var point = signing.ECDsa.ExportParameters(false).Q;
        gateway.MapGet("/.well-known/jwks.json", () => TypedResults.Ok(new
        {
            keys = new[] { new { kty = "EC", crv = "P-256", kid = "gateway", use = "sig", alg = "ES256", x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) } },
        }));
        gateway.MapPost("/auth/token", async (HttpRequest request) =>
        {
            var form = await request.ReadFormAsync(Ct);
            return TypedResults.Json(new { access_token = Machine(form["audience"]!), expires_in = 60 });
        });
        await gateway.StartAsync(Ct);

        tower = Web(builder =>
        {
            builder.Configuration.AddInMemoryCollection(Settings(towerBase));
            builder.AddAccess("tower");
            builder.AddEventStore(store => store.Family(BellDecider.Instance));
            builder.Services.AddMessaging(
                new MessagingOptions("tower", new Uri("amqp://nobody:nothing@127.0.0.1:1/none"), towerBase.Names.Store, new Dictionary<string, Uri>()),
                messaging => messaging.Contracts(BellDecider.Contracts).Publish(BellDecider.Instance, BellDecider.Translate));
        });
        tower.MapPublished();
        await tower.StartAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await tower.DisposeAsync();
        await gateway.DisposeAsync();
        await towerBase.DisposeAsync();
        File.Delete(keyFile);
    }

    [Fact]
    public async Task A_service_without_a_broker_fills_itself_from_its_sources()
    {
        var (bell, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        for (var i = 1; i <= 600; i++)
            await Ring(i % 2 == 0 ? bell : other, i);
        await towerBase.Until("select pos from events.hl_head", 600);

        await using var villageBase = await Database.Create("village", Roles.Heard);
        var builder = Service.Builder("village", villageBase);
        builder.Configuration.AddInMemoryCollection(Settings(villageBase));
        builder.AddAccess("village");
        builder.Services.AddMessaging(
            new MessagingOptions("village", new Uri("amqp://nobody:nothing@127.0.0.1:1/none"), villageBase.Names.Store, new Dictionary<string, Uri> { ["tower"] = new(tower.Urls.First()) }),
            messaging => Roles.Village(messaging.Contracts(BellDecider.Contracts).KeepReceived()));
        using var village = builder.Build();
        await village.StartAsync(Ct);
        await villageBase.Until("select count(*) from read.heard", 600);
        (await villageBase.Ask<long>("select count(*) from read.heard a join read.heard b on a.stream = b.stream and a.n < b.n and a.version >= b.version")).ShouldBe(0);
        await villageBase.Until("select pos from events.hl_pulled where source = 'tower'", 600);
        (await villageBase.Ask<long>("select max(pos) from events.hl_received")).ShouldBe(600);
        await village.StopAsync(Ct);
    }

    [Fact]
    public async Task Pages_of_the_log_and_of_one_stream_say_where_to_go_on()
    {
        var bell = Guid.CreateVersion7();
        await Ring(bell, 1);
        await tower.Services.GetRequiredService<Hotline111.Platform.EventStore.EventStore>().Execute(BellDecider.Instance, bell, new BellCommand.Polish(), Metadata.System(), Ct);
        await Ring(bell, 2);
        await Ring(Guid.CreateVersion7(), 3);
        await towerBase.Until("select pos from events.hl_head", 4);

        var first = await Get("?after=0&limit=2");
        (first.Next, first.Head, first.Epoch).ShouldBe((2, 4, 1));
        first.Messages.Single().StreamVersion.ShouldBe(1);
        var second = await Get("?after=2&limit=100");
        second.Next.ShouldBe(4);
        second.Messages.Select(m => (m.StreamVersion, m.PreviousVersion, m.Position)).ShouldBe([(3, 1, 3), (1, 0, 4)]);
        second.Messages[0].Data.GetProperty("times").GetInt32().ShouldBe(2);
        var stream = await Get($"?stream={bell}&after=1");
        stream.Next.ShouldBe(3);
        stream.Messages.Single().Position.ShouldBe(3);
        (await Get("?after=4")).Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_restored_log_says_to_whoever_knew_it_before_where_they_part()
    {
        // One is made a moment after the other, so that their order is known.
        var now = DateTimeOffset.UtcNow;
        var (bell, other) = (Guid.CreateVersion7(now.AddSeconds(-1)), Guid.CreateVersion7(now));
        await Ring(bell, 1);
        await Ring(bell, 2);
        await Ring(other, 1);
        await towerBase.Until("select pos from events.hl_head", 3);
        (await Fork("?known=1")).ShouldSatisfyAllConditions(fork => fork.Position.ShouldBeNull(), fork => fork.Ends.ShouldBeEmpty());

        await towerBase.Do("update events.hl_head set epoch = 5; insert into events.hl_epoch (epoch, pos, seq_id) select 5, 3, last_value from events.mt_events_sequence");
        await Ring(bell, 3);
        await Ring(Guid.CreateVersion7(), 1);
        await towerBase.Until("select pos from events.hl_head", 5);
        var fork = await Fork("?known=1");
        (fork.Epoch, fork.Position).ShouldBe((5, 3));
        fork.Ends.ShouldBe([new StreamEnd(bell, 2), new StreamEnd(other, 1)]);
        (await Fork($"?known=1&after={bell}")).Ends.ShouldBe([new StreamEnd(other, 1)]);
        (await Fork($"?known=1&after={other}")).Ends.ShouldBeEmpty();
        (await Fork("?known=5")).Position.ShouldBeNull("who knows this epoch has nothing to take back");
    }

    [Theory]
    [InlineData("counsellor", HttpStatusCode.Forbidden)]
    [InlineData("partner", HttpStatusCode.Unauthorized)]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    public async Task The_published_log_is_for_services_only(string? role, HttpStatusCode expected)
    {
        using HttpClient client = new() { BaseAddress = new Uri(tower.Urls.First()) };
        if (role is not null)
            client.DefaultRequestHeaders.Authorization = new("Bearer", Token.Write(signing, Issuer, "tower", TokenActor.Machine("somebody", role), DateTimeOffset.UtcNow));
        (await client.GetAsync(new Uri("/internal/published", UriKind.Relative), Ct)).StatusCode.ShouldBe(expected);
    }

    private string Machine(string audience) => Token.Write(signing, Issuer, audience, TokenActor.Machine("village", "service"), DateTimeOffset.UtcNow);

    private Task Ring(Guid bell, int times) =>
        tower.Services.GetRequiredService<Hotline111.Platform.EventStore.EventStore>().Execute(BellDecider.Instance, bell, new BellCommand.Ring(times), Metadata.System(), Ct);

    private Task<PublishedPage> Get(string query) => Get<PublishedPage>($"/internal/published{query}");

    private Task<PublishedFork> Fork(string query) => Get<PublishedFork>($"/internal/published/fork{query}");

    private async Task<T> Get<T>(string path)
    {
        using HttpClient client = new() { BaseAddress = new Uri(tower.Urls.First()) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", Machine("tower"));
        return (await client.GetFromJsonAsync<T>(path, JsonSerializerOptions.Web, Ct))!;
    }

    private Dictionary<string, string?> Settings(Database database) => new()
    {
        ["ConnectionStrings:Store"] = database.Names.Store,
        ["ConnectionStrings:Keys"] = database.Names.Keys,
        ["Privacy:MasterKey"] = $"test:{Convert.ToBase64String([.. Enumerable.Repeat((byte)7, 32)])}",
        ["Access:Issuer"] = Issuer,
        ["Access:Authority"] = gateway.Urls.First(),
        ["Access:ClientKeyFile"] = keyFile,
    };

    private static WebApplication Web(Action<WebApplicationBuilder>? parts = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        parts?.Invoke(builder);
        return builder.Build();
    }
}
