using Hotline111.Platform.EventStore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hotline111.Platform.Tests.EventStore;

public sealed class Smoke
{
    [Fact]
    public async Task An_event_is_appended_ordered_and_read_back()
    {
        await using var server = await PrivatePostgres.Start();
        var database = await server.Database();
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration["ConnectionStrings:Store"] = database.App;
        builder.Configuration["ConnectionStrings:Keys"] = database.Keys;
        builder.Configuration["Privacy:MasterKey"] = "test:" + Convert.ToBase64String(new byte[32]);
        builder.AddEventStore(s => s.Family(ShelfDecider.Instance));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var store = host.Services.GetRequiredService<Hotline111.Platform.EventStore.EventStore>();
        var id = Guid.CreateVersion7();
        for (var i = 0; i < 5; i++)
        {
            var ex = await store.Execute(ShelfDecider.Instance, id, i == 0 ? new ShelfCommand.PutUp(10, "a") : new ShelfCommand.Place(Guid.NewGuid(), 3), Metadata.System(), TestContext.Current.CancellationToken);
            ex.Refusal.ShouldBeNull();
            ex.Version.ShouldBe(i + 1);
        }
        await Task.Delay(500, TestContext.Current.CancellationToken);
        var log = await store.ReadLog(0, 100, TestContext.Current.CancellationToken);
        log.Count.ShouldBe(5);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }
}
