using System.Diagnostics;
using System.Net.Mime;
using System.Text.Json;
using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using RabbitMQ.Client;

namespace Hotline111.Load;

/// <summary>The marker of the measured family, as real contracts have one.</summary>
public interface ITellerEvent;

/// <summary>What is published: as long as the event.</summary>
public sealed record LoadTold(int Number, string Text) : ITellerEvent;

/// <summary>The relay with a long log to publish, beside MassTransit alone on the same broker; and from the commit to the effect in another service.</summary>
internal static class RelayLoad
{
    private const int Messages = 200_000;

    // Of a process that has just begun, a third of the time is the compiler's; MassTransit alone is warmed up, too.
    private const int WarmUp = 60_000;
    private const int Rate = 100;
    public const string Exchange = "hotline111.teller.v1.load-told";
    private static readonly int[] InFlight = [1, 32, 128];
    public static readonly ContractType Contract = new(typeof(LoadTold), Exchange, "teller", ["hearer"]);

    public static async Task Run(StoreStage stage, Table table, CancellationToken ct)
    {
        await using var broker = await RabbitServer.Start(Path.Combine(stage.Folder, "rabbit"), ct);
        List<Pace> relays = [];
        var alone = InFlight.Select(_ => new List<Pace>()).ToList();
        // In turn: the machine's own pace changes within minutes.
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            relays.Add(await Throughput(stage, broker, $"teller{round}", ct));
            for (var i = 0; i < InFlight.Length; i++)
                alone[i].Add(await MassTransitAlone(stage, broker, await VirtualHost(broker, $"alone{InFlight[i]}-{round}", ct), InFlight[i], ct));
        }

        var effects = await Effects(stage, broker, ct);

        var (relay, best) = (Pace.Median(relays), alone.Select(Pace.Median).MaxBy(pace => pace.Rate)!);
        var (ratio, (count, p50, p99, _)) = (relay.Rate / best.Rate, effects.Summary());
        table.Section("relay, confirmed, persistent, quorum queue, 600 bytes", "messages/s", "ratio", "goal", "µs of a core a message: here", "broker", "PostgreSQL")
            .Row("  limit: the best of MassTransit alone", [Table.Number(best.Rate), "", "", .. best.Cells]);
        for (var i = 0; i < InFlight.Length; i++)
            table.Row($"    {InFlight[i]} in flight", [Table.Number(Pace.Median(alone[i]).Rate), "", "", .. Pace.Median(alone[i]).Cells]);
        table.Row(
            $"  the relay, {Messages - WarmUp} events read, translated, published and written down",
            [Table.Number(relay.Rate), Table.Number(ratio, 2), StoreStage.Judge(ratio, 0.8), .. relay.Cells]);
        table.Section($"commit → effect in another service over the broker, {Rate}/s", "count", "p50 ms", "p99 ms", "goal")
            .Row("  event's own time to the effect's statement", Table.Number(count), Table.Number(p50, 1), Table.Number(p99, 1), $"p50 {StoreStage.Judge(p50, 15, true, 0)}, p99 {StoreStage.Judge(p99, 60, true, 0)}");
    }

    /// <summary>The same relay at one node, and at a cluster of three: each queue has three members then, and a confirmation two disks.</summary>
    public static async Task RunCluster(StoreStage stage, Table table, CancellationToken ct)
    {
        await using var first = await RabbitServer.Start(Path.Combine(stage.Folder, "node1"), ct);
        var one = (await Throughput(stage, first, "teller", ct)).Rate;
        await using var second = await RabbitServer.Start(Path.Combine(stage.Folder, "node2"), ct, joining: first);
        await using var third = await RabbitServer.Start(Path.Combine(stage.Folder, "node3"), ct, joining: first);
        var three = (await Throughput(stage, first, "teller3", ct)).Rate;
        table.Section("relay, confirmed, persistent, quorum queue, 600 bytes", "messages/s", "ratio")
            .Row("  one node", Table.Number(one), Table.Number(1, 2))
            .Row("  three nodes on the same processors", Table.Number(three), Table.Number(three / one, 2));
    }

    /// <summary>Messages a second, from the first to the last that is written down as published.</summary>
    private static async Task<Pace> Throughput(StoreStage stage, RabbitServer broker, string name, CancellationToken ct)
    {
        var database = await stage.Database(name, ct);
        using (var writing = await StoreStage.Open(database, ct))
        {
            var store = writing.Services.GetRequiredService<EventStore>();
            await stage.Fill(database, Messages, ct);
            await StoreStage.Ordered(store, ct);
            await writing.StopAsync(ct);
        }

        var host = await VirtualHost(broker, name, ct);
        await using var hand = await Queue(host, Exchange, "hotline111.hearer", ct);
        using var relaying = await StoreStage.Open(database, ct, builder => Teller(builder, database, host));
        await using var published = relaying.Services.GetRequiredService<EventStore>().Source.CreateCommand("SELECT pos FROM events.hl_relay");
        async Task<long> Position() => (long)(await published.ExecuteScalarAsync(ct))!;
        while (await Position() < WarmUp)
            await Task.Delay(5, ct);
        var (from, begin) = (await Position(), new Begun(stage, broker));
        while (await Position() < Messages)
            await Task.Delay(20, ct);
        var pace = begin.Done(Messages - from);
        await relaying.StopAsync(ct);
        return pace;
    }

    /// <summary>The same messages on the wire, headers and all, confirmed, a second; nothing is read, translated or written down.</summary>
    private static async Task<Pace> MassTransitAlone(StoreStage stage, RabbitServer broker, VirtualHost host, int inFlight, CancellationToken ct)
    {
        await using var hand = await Queue(host, "Hotline111.Load:LoadTold", "hotline111.hearer", ct);
        var uri = new Uri(host.Administrator);
        var bus = Bus.Factory.CreateUsingRabbitMq(configure =>
        {
            configure.Host(uri);
            configure.Publish<ITellerEvent>(topology => topology.Exclude = true);
            configure.UseRawJsonSerializer();
        });
        await bus.StartAsync(ct);
        var body = JsonSerializer.Serialize(new LoadTold(1, StoreStage.Sample.Text), EventCatalogue.Json);
        Task Publish(int number) => bus.Publish(
            new LoadTold(1, StoreStage.Sample.Text),
            context =>
            {
                Envelope envelope = new(Guid.CreateVersion7(), "teller", Exchange, Guid.CreateVersion7(), 1, 0, number, DateTimeOffset.UtcNow, null, null, null, body);
                context.MessageId = envelope.Id;
                context.Durable = true;
                context.Mandatory = true;
                context.Serializer = new Plain(body);
                foreach (var (name, value) in CloudEvents.Write(envelope))
                    context.Headers.Set(name, value);
            },
            CancellationToken.None);
        await StoreStage.Closed(inFlight, TimeSpan.FromSeconds(3), Publish, ct);
        var begin = new Begun(stage, broker);
        var pace = begin.Done(await StoreStage.Closed(inFlight, stage.Length, Publish, ct));
        await bus.StopAsync(ct);
        return pace;
    }

    private static async Task<Latencies> Effects(StoreStage stage, RabbitServer broker, CancellationToken ct)
    {
        var (from, to) = (await stage.Database("teller2", ct), await stage.Database("hearer", ct));
        var host = await VirtualHost(broker, "effects", ct);
        var durations = new Latencies();
        using var hearing = await StoreStage.Open(to, ct, builder => builder.Services.AddSingleton(Nothing).AddMessaging(
            new MessagingOptions("hearer", new Uri(host.For("hearer")), to.Store, new Dictionary<string, Uri>()),
            messaging => messaging.Contracts([Contract]).Listen("teller").On<LoadTold>(async (received, transaction, _, token) =>
            {
                await using var effect = new NpgsqlCommand("INSERT INTO events.hl_number (kind, year, last) VALUES ('load', $1, 1)", transaction.Connection, transaction.Transaction);
                effect.Parameters.Add(new NpgsqlParameter<int> { TypedValue = received.Message.Number });
                await effect.ExecuteNonQueryAsync(token);
                durations.Add(DateTimeOffset.UtcNow - received.Time);
            })));
        using var telling = await StoreStage.Open(from, ct, builder => Teller(builder, from, host));
        var store = telling.Services.GetRequiredService<EventStore>();
        await Tell(0, 500);
        durations = new Latencies();
        await Tell(500, Rate * (int)Math.Max(20, stage.Length.TotalSeconds));
        await telling.StopAsync(ct);
        await hearing.StopAsync(ct);
        return durations;

        async Task Tell(int first, int count)
        {
            List<Task> appends = [];
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / Rate));
            for (var i = 0; i < count && await timer.WaitForNextTickAsync(ct); i++)
                appends.Add(store.Append(StoreStage.Decider, Guid.CreateVersion7(), 0, [StoreStage.Sample with { Number = first + i }], Metadata.System(), ct));
            await Task.WhenAll(appends);
            while (durations.Summary().Count < count)
                await Task.Delay(50, ct);
        }
    }

    private static void Teller(HostApplicationBuilder builder, ServiceDatabase database, VirtualHost host) => builder.Services.AddSingleton(Nothing).AddMessaging(
        new MessagingOptions("teller", new Uri(host.For("teller")), database.Store, new Dictionary<string, Uri>()),
        messaging => messaging.Contracts([Contract]).Publish(StoreStage.Decider, (_, recorded) => recorded.Event is LoadEvent.Told told ? new LoadTold(told.Number, told.Text) : null));

    /// <summary>The source cannot be asked: what arrives, arrives over the broker.</summary>
    public static Pulls Nothing { get; } = new((_, _, _) => throw new HttpRequestException("away"), (_, _, _, _) => throw new HttpRequestException("away"), (_, _, _, _) => throw new HttpRequestException("away"));

    public static Task<VirtualHost> VirtualHost(RabbitServer broker, string name, CancellationToken ct) => broker.CreateVirtualHost(name, ["teller", "hearer"], ct);

    /// <summary>A durable exchange with a quorum queue that nobody reads.</summary>
    public static async Task<IConnection> Queue(VirtualHost host, string exchange, string queue, CancellationToken ct)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(host.Administrator) }.CreateConnectionAsync(ct);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        await channel.ExchangeDeclareAsync(exchange, "fanout", durable: true, autoDelete: false, cancellationToken: ct);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: ct);
        await channel.QueueBindAsync(queue, exchange, "", cancellationToken: ct);
        return connection;
    }

    /// <summary>How fast, and what each message took of a core.</summary>
    private sealed record Pace(double Rate, double Here, double Broker, double Database)
    {
        public string[] Cells => [Table.Number(Here), Table.Number(Broker), Table.Number(Database)];

        public static Pace Median(IReadOnlyList<Pace> rounds) => rounds.OrderBy(round => round.Rate).ElementAt(rounds.Count / 2);
    }

    /// <summary>The clock and the processor times when a measurement began.</summary>
    private sealed class Begun(StoreStage stage, RabbitServer broker)
    {
        private readonly long moment = Stopwatch.GetTimestamp();
        private readonly double[] before = Cpu(stage, broker);

        public Pace Done(long count)
        {
            var seconds = Stopwatch.GetElapsedTime(moment).TotalSeconds;
            var each = Cpu(stage, broker).Zip(before, (after, earlier) => (after - earlier) * 1e6 / count).ToArray();
            return new(count / seconds, each[0], each[1], each[2]);
        }

        private static double[] Cpu(StoreStage stage, RabbitServer broker) =>
            [ProcessUsage.CpuSeconds(Environment.ProcessId, tree: false), ProcessUsage.CpuSeconds(broker.ProcessId, tree: true), ProcessUsage.CpuSeconds(stage.Server.ProcessId, tree: true)];
    }

    private sealed class Plain(string body) : IMessageSerializer
    {
        private static readonly ContentType Json = new("application/json");

        public ContentType ContentType => Json;

        public MessageBody GetMessageBody<T>(SendContext<T> context)
            where T : class => new StringMessageBody(body);
    }
}
