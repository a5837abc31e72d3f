using System.Collections.Concurrent;
using System.Text.Json;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;
using Hotline111.Platform.Tests.Messaging.Tones;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Hotline111.Platform.Tests.Messaging;

/// <summary>
/// Whatever the way there does to messages - some events private, some types not bound, types that become public in mid-history, loss, duplicates,
/// reordering, effects that fail and roll back, consumers that die - every effect happens once and in the order of its stream.
/// </summary>
public sealed class Inbox_property : IAsyncLifetime
{
    private const int Workers = 16;

    private Database database = null!;

    public async ValueTask InitializeAsync() => database = await Database.Create(
        "audience",
        "create table read.effect (n bigint generated always as identity, stream uuid not null, version bigint not null, primary key (stream, version))");

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(20261121)]
    [InlineData(42)]
    public async Task Every_effect_happens_once_and_in_order(int seed)
    {
        var ct = TestContext.Current.CancellationToken;
        var random = new Random(seed);
        var world = World.Create(random, streams: 200, codeOfToday: seed % 2 == 0);
        var types = Tone.All.Where(_ => random.Next(3) > 0).ToHashSet();
        using var host = Host(world, types);
        var inbox = host.Services.GetRequiredService<Inbox>();
        var repair = host.Services.GetRequiredService<Repair>();

        var deliveries = world.Deliveries(random);
        deliveries.Count.ShouldBeGreaterThan(3_400, "the three runs together are more than 10,000 deliveries");
        ConcurrentQueue<Envelope> queue = new(deliveries);
        using var sweeping = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var sweeps = Task.Run(
            async () =>
            {
                while (!sweeping.IsCancellationRequested)
                {
                    await repair.Sweep(CancellationToken.None);
                    await Task.Delay(100, CancellationToken.None);
                }
            },
            CancellationToken.None);
        var redelivered = 0;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(
            async () =>
            {
                var dice = new Random(seed + worker);
                while (queue.TryDequeue(out var message))
                {
                    using var dying = CancellationTokenSource.CreateLinkedTokenSource(ct);
                    if (dice.Next(20) == 0)
                        dying.CancelAfter(dice.Next(8));
                    try
                    {
                        (await inbox.Apply(message, dying.Token)).ShouldNotBe(Verdict.Parked);
                    }
                    catch (OperationCanceledException) when (!ct.IsCancellationRequested)
                    {
                        // The consumer died with the message unacknowledged: the broker delivers it again.
                        Interlocked.Increment(ref redelivered);
                        queue.Enqueue(message);
                    }
                }
            },
            ct)));

        // What the broker never delivered comes by the slow pull.
        await repair.Reconcile("choir", ct);
        await sweeping.CancelAsync();
        await sweeps;

        await Service.Until(async () =>
        {
            await repair.Sweep(ct);
            return await database.Ask<long>("select count(*) from events.hl_held") == 0;
        });

        TestContext.Current.TestOutputHelper?.WriteLine($"{deliveries.Count} deliveries, {redelivered} consumers died, {world.Faults} effects failed");
        var effects = await Effects();
        var once = effects.Select(e => (e.Stream, e.Version)).ToList();
        once.Distinct().Count().ShouldBe(once.Count);
        foreach (var stream in effects.GroupBy(e => e.Stream))
            stream.Select(e => e.Version).ShouldBe(stream.Select(e => e.Version).Order(), $"stream {stream.Key}");
        var must = world.Published.Where(m => types.Contains(m.Tone)).Select(m => (m.Stream, m.Version)).ToHashSet();
        must.Except(once).ShouldBeEmpty();
        // Types that became public later may also be told of earlier events, by a pull.
        once.Except(must).Except(world.Events.Where(e => types.Contains(e.Tone)).Select(e => (e.Stream, e.Version))).ShouldBeEmpty();
        if (!world.CodeOfToday)
            once.Count.ShouldBe(must.Count);
        (await database.Ask<long>("select count(*) from events.hl_held")).ShouldBe(0);
        (await database.Ask<long>("select count(*) from events.hl_parked")).ShouldBe(0);
        (await database.Ask<long>("select count(*) from events.hl_received")).ShouldBe(await database.Ask<long>("select pos from events.hl_received_head"));
        (await database.Ask<long>("select count(distinct message_id) from events.hl_received")).ShouldBe(await database.Ask<long>("select max(pos) from events.hl_received"));
    }

    private async Task<List<(Guid Stream, long Version)>> Effects()
    {
        await using var command = database.Owner.CreateCommand("select stream, version from read.effect order by n");
        List<(Guid, long)> effects = [];
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            effects.Add((reader.GetGuid(0), reader.GetInt64(1)));
        return effects;
    }

    private IHost Host(World world, HashSet<string> types)
    {
        var builder = Service.Builder("audience", database);
        builder.Services.AddSingleton(new Pulls(world.After, world.OfStream, (_, _, _, _) => throw new HttpRequestException("never restored")));
        MessagingOptions options = new("audience", new Uri("amqp://nobody:nothing@127.0.0.1:1/none"), database.Names.Store, new Dictionary<string, Uri>()) { HoleAfter = TimeSpan.FromMilliseconds(200) };
        builder.Services.AddMessaging(options, messaging =>
        {
            messaging.Contracts(Tone.Contracts).Listen("choir").KeepReceived();
            foreach (var type in types)
                Tone.Listen(messaging, type, (id, stream, version, transaction, ct) => Effect(world, id, stream, version, transaction, ct));
        });
        // Not started: no broker takes part, the deliveries are made by hand.
        return builder.Build();
    }

    private static async Task Effect(World world, Guid id, Guid stream, long version, StoreTransaction transaction, CancellationToken ct)
    {
        await using NpgsqlCommand insert = new("insert into read.effect (stream, version) values ($1, $2)", transaction.Connection, transaction.Transaction);
        insert.Parameters.Add(new NpgsqlParameter { Value = stream });
        insert.Parameters.Add(new NpgsqlParameter { Value = version });
        await insert.ExecuteNonQueryAsync(ct);
        switch (world.FaultOf(id))
        {
            case 1:
                throw new InvalidOperationException("the effect fails once");
            case 2:
                // A failed statement: the transaction is unusable until the savepoint.
                await insert.ExecuteNonQueryAsync(ct);
                break;
            case 3:
                await using (NpgsqlCommand raise = new("do $$ begin raise exception 'lost a race' using errcode = '40001'; end $$", transaction.Connection, transaction.Transaction))
                    await raise.ExecuteNonQueryAsync(ct);
                break;
        }
    }
}

/// <summary>What happened at the source, and what the way to the consumer does to it.</summary>
internal sealed class World
{
    private readonly ConcurrentDictionary<Guid, int> faults = new();
    private readonly List<Told> log = [];
    private readonly Dictionary<string, long> publicFrom;
    private readonly HashSet<string> unbound;
    private readonly Random dice;
    private int faulted;

    private World(Random random, bool codeOfToday)
    {
        CodeOfToday = codeOfToday;
        dice = new Random(random.Next());
        publicFrom = Tone.All.ToDictionary(tone => tone, _ => random.Next(4) switch { 0 => long.MaxValue, 1 => random.Next(1, 2500), _ => 0L });
        // At least one type is public from the beginning.
        publicFrom[Tone.All[0]] = 0;
        unbound = [.. Tone.All.Where(_ => random.Next(5) == 0)];
    }

    public sealed record Told(Guid Id, Guid Stream, long Version, long Position, string Tone, bool Public, long Previous);

    public bool CodeOfToday { get; }

    public int Faults => faulted;

    public IEnumerable<Told> Events => log;

    public IEnumerable<Told> Published => log.Where(e => e.Public);

    public static World Create(Random random, int streams, bool codeOfToday)
    {
        World world = new(random, codeOfToday);
        var open = Enumerable.Range(0, streams).Select(_ => (Id: Guid.CreateVersion7(), Length: random.Next(1, 50))).ToList();
        Dictionary<Guid, (long Version, long Published)> at = [];
        while (open.Count > 0)
        {
            var index = random.Next(open.Count);
            var stream = open[index];
            var (version, published) = at.GetValueOrDefault(stream.Id);
            version++;
            var position = world.log.Count + 1;
            var tone = Tone.All[random.Next(Tone.All.Count)];
            var isPublic = position >= world.publicFrom[tone];
            world.log.Add(new(Guid.CreateVersion7(), stream.Id, version, position, tone, isPublic, published));
            at[stream.Id] = (version, isPublic ? version : published);
            if (version == stream.Length)
                open.RemoveAt(index);
        }

        return world;
    }

    /// <summary>The published messages of bound types, some lost, some up to four times, each at most 50 places from where it belongs.</summary>
    public List<Envelope> Deliveries(Random random)
    {
        var half = log.Count / 2;
        return [.. Published
            .Where(e => random.Next(50) > 0 && (e.Position > half || !unbound.Contains(e.Tone)))
            .SelectMany(e => Enumerable.Repeat(e, random.Next(3) == 0 ? random.Next(2, 5) : 1))
            .Select((e, place) => (Event: e, Place: place + random.Next(50)))
            .OrderBy(x => x.Place)
            .Select(x => ToEnvelope(x.Event, x.Event.Previous))];
    }

    public Task<PublishedPage> After(string source, long position, CancellationToken ct)
    {
        var page = log.Where(e => e.Position > position).Take(200).ToList();
        var next = page.Count == 0 ? position : page[^1].Position;
        return Task.FromResult(new PublishedPage(source, 1, log.Count, next, [.. Authority(page).Select(CloudEvent.Of)]));
    }

    public Task<PublishedPage> OfStream(string source, Guid stream, long version, CancellationToken ct)
    {
        var rest = log.Where(e => e.Stream == stream && e.Version > version).ToList();
        var next = rest.Count == 0 ? version : rest[^1].Version;
        return Task.FromResult(new PublishedPage(source, 1, log.Count, next, [.. Authority(rest).Select(CloudEvent.Of)]));
    }

    /// <summary>What the effect of that message does the next time it runs: 0 works; two in ten fail, once or twice.</summary>
    public int FaultOf(Guid id)
    {
        var left = faults.AddOrUpdate(id, _ => Dice(10) < 2 ? Dice(2) : -1, (_, before) => before - 1);
        if (left < 0)
            return 0;
        Interlocked.Increment(ref faulted);
        return 1 + Dice(3);
    }

    private int Dice(int sides)
    {
        lock (dice)
            return dice.Next(sides);
    }

    /// <summary>A pull is answered by the code of today, which may tell more of the past than was told then.</summary>
    private IEnumerable<Envelope> Authority(List<Told> events)
    {
        if (!CodeOfToday)
            return events.Where(e => e.Public).Select(e => ToEnvelope(e, e.Previous));
        var told = log.Where(e => publicFrom[e.Tone] < long.MaxValue).GroupBy(e => e.Stream).ToDictionary(g => g.Key, g => g.Select(e => e.Version).ToList());
        return events.Where(e => publicFrom[e.Tone] < long.MaxValue).Select(e => ToEnvelope(e, told[e.Stream].LastOrDefault(v => v < e.Version)));
    }

    private static Envelope ToEnvelope(Told told, long previous) => new(
        told.Id, "choir", Tone.NameOf(told.Tone), told.Stream, told.Version, previous, told.Position, DateTimeOffset.UnixEpoch, null, null, null, JsonSerializer.Serialize(new { }));
}
