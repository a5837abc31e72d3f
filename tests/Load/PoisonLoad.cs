using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RabbitMQ.Client;

namespace Hotline111.Load;

/// <summary>A queue of which one message in a hundred can never have its effect, beside the same queue without: how fast the rest flows.</summary>
internal static class PoisonLoad
{
    private const int Messages = 6_000;

    // Of a service that has just begun, the first connections and the compiler's time are not what is asked about.
    private const int WarmUp = 1_000;

    // One in so many.
    private const int Often = 100;

    public static async Task Run(StoreStage stage, Table table, CancellationToken ct)
    {
        await using var broker = await RabbitServer.Start(Path.Combine(stage.Folder, "rabbit-poison"), ct);
        await Rate(stage, broker, "warm", poison: false, ct);
        List<(double Clean, double Poisoned)> rounds = [];
        // In turn: the machine's own pace changes within minutes.
        for (var round = 0; round < stage.Options.Rounds; round++)
        {
            var clean = await Rate(stage, broker, $"clean{round}", poison: false, ct);
            rounds.Add((clean, await Rate(stage, broker, $"poison{round}", poison: true, ct)));
        }

        var ratio = StoreStage.Median(rounds.Select(round => round.Poisoned / round.Clean));
        table.Section($"inbox, a full queue of {Messages} messages of 600 bytes, each of a stream of its own", "effects/s", "ratio", "goal")
            .Row("  without poison", Table.Number(StoreStage.Median(rounds.Select(round => round.Clean))))
            .Row(
                $"  one in {Often} poison: no JSON, of an unknown type, its effect always throws",
                Table.Number(StoreStage.Median(rounds.Select(round => round.Poisoned))), Table.Number(ratio, 2), StoreStage.Judge(ratio, 0.9));
    }

    /// <summary>Effects a second once the first have warmed it up, until the last good message has had its own.</summary>
    private static async Task<double> Rate(StoreStage stage, RabbitServer broker, string name, bool poison, CancellationToken ct)
    {
        var database = await stage.Database(name, ct);
        var host = await RelayLoad.VirtualHost(broker, name, ct);
        await using (var connection = await RelayLoad.Queue(host, RelayLoad.Exchange, "hotline111.hearer", ct))
            await Fill(connection, poison, ct);

        var good = poison ? Messages - (Messages / Often) : Messages;
        var (effects, from) = (0, 0L);
        TaskCompletionSource<TimeSpan> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using var hearing = await StoreStage.Open(database, ct, builder => builder.Services.AddSingleton(RelayLoad.Nothing).AddMessaging(
            new MessagingOptions("hearer", new Uri(host.For("hearer")), database.Store, new Dictionary<string, Uri>()),
            messaging => messaging.Contracts([RelayLoad.Contract]).Listen("teller").On<LoadTold>(async (received, transaction, _, token) =>
            {
                if (received.Message.Number < 0)
                    throw new InvalidOperationException("It always throws.");
                await using var effect = new NpgsqlCommand("INSERT INTO events.hl_number (kind, year, last) VALUES ('load', $1, 1)", transaction.Connection, transaction.Transaction);
                effect.Parameters.Add(new NpgsqlParameter<int> { TypedValue = received.Message.Number });
                await effect.ExecuteNonQueryAsync(token);
                var count = Interlocked.Increment(ref effects);
                if (count == WarmUp)
                    Volatile.Write(ref from, Stopwatch.GetTimestamp());
                if (count == good)
                    done.TrySetResult(Stopwatch.GetElapsedTime(Volatile.Read(ref from)));
            })));
        var took = await done.Task.WaitAsync(TimeSpan.FromMinutes(5), ct);
        await using var stands = hearing.Services.GetRequiredService<EventStore>().Source.CreateCommand(
            "SELECT (SELECT count(*) FROM events.hl_number WHERE kind = 'load'), (SELECT count(*) FROM events.hl_parked)");
        for (var tries = 0; ; tries++)
        {
            long had, parked;
            await using (var row = await stands.ExecuteReaderAsync(ct))
            {
                await row.ReadAsync(ct);
                (had, parked) = (row.GetInt64(0), row.GetInt64(1));
            }

            if (had == good && parked == Messages - good)
                break;
            if (tries == 100)
                throw new InvalidOperationException($"{had} of {good} good messages had their effect, {parked} of {Messages - good} others are parked.");
            await Task.Delay(100, ct);
        }

        await hearing.StopAsync(ct);
        return (good - WarmUp) / took.TotalSeconds;
    }

    private static async Task Fill(IConnection connection, bool poison, CancellationToken ct)
    {
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), ct);
        foreach (var window in Enumerable.Range(1, Messages).Chunk(200))
            await Task.WhenAll(window.Select(number => Publish(channel, Message(number, poison && number % Often == 0 ? number / Often % 3 : null), ct)));
    }

    private static Task Publish(IChannel channel, Envelope message, CancellationToken ct)
    {
        BasicProperties properties = new() { Persistent = true, Headers = CloudEvents.Write(message).ToDictionary(header => header.Key, object? (header) => header.Value) };
        return channel.BasicPublishAsync(RelayLoad.Exchange, "", mandatory: true, properties, Encoding.UTF8.GetBytes(message.Body), ct).AsTask();
    }

    /// <param name="number">Its place, from 1.</param>
    /// <param name="poison">Null for a good one; 0 throws, 1 is no JSON, 2 is of an unknown type.</param>
    private static Envelope Message(int number, int? poison) => new(
        Guid.CreateVersion7(), "teller", poison == 2 ? "hotline111.teller.v1.never-heard-of" : RelayLoad.Exchange, Guid.CreateVersion7(), 1, 0, number, DateTimeOffset.UtcNow, null, null, null,
        poison == 1 ? "{ no json" : JsonSerializer.Serialize(new LoadTold(poison == 0 ? -number : number, StoreStage.Sample.Text), EventCatalogue.Json));
}
