using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.Messaging;

/// <summary>Reads other services' published logs over HTTP, with a machine token.</summary>
internal sealed class PullClient(MessagingSetup setup, IHttpClientFactory clients, ServiceTokens tokens)
{
    /// <summary>The name of the HTTP client.</summary>
    public const string ClientName = "published";

    /// <summary>A page of a source's log after a position.</summary>
    /// <exception cref="HttpRequestException">The source or the gateway is away or refuses; asked again later.</exception>
    public Task<PublishedPage> After(string source, long position, CancellationToken ct) =>
        Get<PublishedPage>(source, string.Create(CultureInfo.InvariantCulture, $"internal/published?after={position}&limit={PublishedEndpoint.LargestPage}"), ct);

    /// <summary>What one stream implies after a version.</summary>
    /// <exception cref="HttpRequestException">The source or the gateway is away or refuses; asked again later.</exception>
    public Task<PublishedPage> OfStream(string source, Guid stream, long version, CancellationToken ct) =>
        Get<PublishedPage>(source, string.Create(CultureInfo.InvariantCulture, $"internal/published?stream={stream}&after={version}"), ct);

    /// <summary>Where a source's log parts from what it was in an earlier epoch; streams behind one of them.</summary>
    /// <exception cref="HttpRequestException">The source or the gateway is away or refuses; asked again later.</exception>
    public Task<PublishedFork> Fork(string source, int known, Guid after, CancellationToken ct) =>
        Get<PublishedFork>(source, string.Create(CultureInfo.InvariantCulture, $"internal/published/fork?known={known}&after={after}"), ct);

    private async Task<T> Get<T>(string source, string path, CancellationToken ct)
    {
        if (!setup.Options.Peers.TryGetValue(source, out var address))
            throw new HttpRequestException($"Peers:{source} is not set.");
        using var client = clients.CreateClient(ClientName);
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(address, "/" + path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await tokens.For(source, ct));
        using var response = await client.SendAsync(request, ct);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            tokens.Forget(source);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<T>(EventCatalogue.Json, ct) ?? throw new HttpRequestException("An empty answer.");
    }
}

/// <summary>How a page of a source's log is had. In a running service: <see cref="PullClient"/>.</summary>
internal sealed record Pulls(
    Func<string, long, CancellationToken, Task<PublishedPage>> After,
    Func<string, Guid, long, CancellationToken, Task<PublishedPage>> OfStream,
    Func<string, int, Guid, CancellationToken, Task<PublishedFork>> Fork);

/// <summary>
/// Closes whatever holes there are, by the one way there is: reading the source's log. Fills a new service from position 0, follows each log slowly,
/// pulls a stream whose message has waited too long for its predecessor, and gives parked messages their next try.
/// </summary>
internal sealed partial class Repair(
    MessagingSetup setup, EventStore.EventStore store, Inbox inbox, Parking parking, Pulls pulls, Gate gate, MessagingStatus status, TimeProvider clock, ILogger<Repair> log)
    : BackgroundService
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Guid, (long At, TimeSpan Pause)> pulledStreams = [];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        [Repeat(SweepEvery, "sweep", Sweep, stoppingToken), .. setup.Sources.Select(source => Repeat(setup.Options.ReconcileEvery, source, ct => Reconcile(source, ct), stoppingToken))]);

    private async Task Repeat(TimeSpan every, string what, Func<CancellationToken, Task> work, CancellationToken ct)
    {
        var failing = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await gate.Pass(ct);
                await work(ct);
                failing = false;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // A repair that fails is tried again; one line says so, not one each round.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (!failing)
                    Log.Failed(log, what, e.GetType().Name, (e as HttpRequestException)?.StatusCode);
                failing = true;
            }

            // The first fill is not kept waiting by a source that starts a moment later.
            await Task.Delay(failing && every > SweepEvery ? TimeSpan.FromSeconds(2) : every, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Holds up to date what is held and parked.</summary>
    internal async Task Sweep(CancellationToken ct)
    {
        foreach (var due in await parking.Due(setup.Service, ct))
            await inbox.Apply(due, ct, retry: true);

        var waiting = await Waiting(ct);
        foreach (var (source, stream) in waiting)
        {
            // A hole that a pull did not close (the source cannot translate an event yet) is looked at less and less often.
            var pulled = pulledStreams.GetValueOrDefault(stream);
            if (pulled.Pause > TimeSpan.Zero && clock.GetElapsedTime(pulled.At) < pulled.Pause)
                continue;
            pulledStreams[stream] = (clock.GetTimestamp(), pulled.Pause == TimeSpan.Zero ? TimeSpan.FromSeconds(5) : Min(pulled.Pause * 2, TimeSpan.FromMinutes(2)));
            await PullStream(source, stream, ct);
        }

        foreach (var closed in pulledStreams.Keys.Except(waiting.Select(w => w.Stream)).ToList())
            pulledStreams.Remove(closed);

        await using var command = store.Source.CreateCommand(
            "SELECT (SELECT count(*) FROM events.hl_held WHERE consumer = $1), (SELECT count(*) FROM events.hl_parked WHERE consumer = $1)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = setup.Service });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        (status.Held, status.Parked) = (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Reads a source's log from where it was last read to its end. What came by the broker in the meantime has its mark and is passed.</summary>
    internal async Task Reconcile(string source, CancellationToken ct)
    {
        var (epoch, position) = await Cursor(source, ct);
        var kept = epoch;
        while (true)
        {
            var page = await pulls.After(source, position, ct);
            if (page.Epoch != epoch || page.Head < position)
            {
                if (epoch != 0)
                {
                    Log.Restored(log, source, epoch, page.Epoch);
                    if (page.Epoch > epoch && await GoBack(source, epoch, ct))
                    {
                        (epoch, position) = await Cursor(source, ct);
                        kept = epoch;
                        continue;
                    }
                }

                epoch = page.Epoch;
                if (position > 0)
                {
                    position = 0;
                    continue;
                }
            }

            var messages = page.Messages.Select(message => message.ToEnvelope(source, page.Epoch)).ToList();
            var missing = await inbox.Missing(source, messages, ct);
            // Streams side by side, each in its order.
            await Parallel.ForEachAsync(missing.GroupBy(message => message.Stream), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = ct }, async (stream, one) =>
            {
                foreach (var message in stream)
                    await inbox.Apply(message, one);
            });
            MessagingMetrics.Pulled.Add(missing.Count);
            // Somebody else has gone back meanwhile: what was just read may be of the epoch before.
            if (page.Next > position && !await Move(source, kept, epoch, page.Next, ct))
                return;
            if (page.Next <= position || page.Next >= page.Head)
                return;
            (kept, position) = (epoch, page.Next);
        }
    }

    /// <summary>Goes back to where a restored log and what was read of it part.</summary>
    /// <returns>False when nobody noted where that is.</returns>
    private async Task<bool> GoBack(string source, int known, CancellationToken ct)
    {
        List<StreamEnd> ends = [];
        PublishedFork page;
        do
        {
            page = await pulls.Fork(source, known, ends is [.., var last] ? last.Stream : Guid.Empty, ct);
            ends.AddRange(page.Ends);
        }
        while (page.Ends.Count > 0);
        if (page.Position is not { } position)
            return false;
        await inbox.TakeBack(source, known, page.Epoch, position, ends, ct);
        return true;
    }

    private async Task PullStream(string source, Guid stream, CancellationToken ct)
    {
        var mark = await inbox.Mark(source, stream, ct);
        var page = await pulls.OfStream(source, stream, mark, ct);
        Log.Hole(log, source, stream, mark, page.Next);
        foreach (var message in page.Messages)
        {
            if (await inbox.Apply(message.ToEnvelope(source, page.Epoch), ct) == Verdict.Parked)
                return;
        }

        MessagingMetrics.Pulled.Add(page.Messages.Count);
        await inbox.MoveToEnd(source, stream, page.Next, page.Epoch, ct);
    }

    /// <summary>Streams with a message that has waited too long, and no parked message that explains it.</summary>
    private async Task<IReadOnlyList<(string Source, Guid Stream)>> Waiting(CancellationToken ct)
    {
        await using var command = store.Source.CreateCommand(
            """
            SELECT DISTINCT source, stream FROM events.hl_held h
             WHERE consumer = $1 AND held_at < clock_timestamp() - $2
               AND NOT EXISTS (SELECT FROM events.hl_parked p WHERE p.waits AND p.consumer = h.consumer AND p.source = h.source AND p.stream = h.stream)
             LIMIT 100
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = setup.Service });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = setup.Options.HoleAfter });
        List<(string, Guid)> waiting = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            waiting.Add((reader.GetString(0), reader.GetGuid(1)));
        return waiting;
    }

    private async Task<(int Epoch, long Position)> Cursor(string source, CancellationToken ct)
    {
        await using var command = store.Source.CreateCommand("SELECT epoch, pos FROM events.hl_pulled WHERE consumer = $1 AND source = $2");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = setup.Service });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = source });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (reader.GetInt32(0), reader.GetInt64(1)) : (0, 0);
    }

    /// <returns>False when another epoch is kept by now than the one that was found, and nothing was written.</returns>
    private async Task<bool> Move(string source, int found, int epoch, long position, CancellationToken ct)
    {
        await using var command = store.Source.CreateCommand(
            """
            INSERT INTO events.hl_pulled (consumer, source, epoch, pos) VALUES ($1, $2, $3, $4)
            ON CONFLICT (consumer, source) DO UPDATE SET epoch = excluded.epoch, pos = excluded.pos WHERE hl_pulled.epoch IN ($5, excluded.epoch)
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = setup.Service });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = source });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = epoch });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = position });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = found });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Repair ({What}) failed: {Kind} {Status}; tried again")]
        public static partial void Failed(ILogger logger, string what, string kind, HttpStatusCode? status);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Hole in {Source} {Stream} after version {Mark}: read from the source up to {Next}")]
        public static partial void Hole(ILogger logger, string source, Guid stream, long mark, long next);

        [LoggerMessage(Level = LogLevel.Error, Message = "ALARM the log of {Source} was restored (epoch {Before} to {After}); reading it again")]
        public static partial void Restored(ILogger logger, string source, int before, int after);
    }
}
