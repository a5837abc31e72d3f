using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hotline111.Platform.Messaging;

/// <summary>A page of what a service has published or will publish, from its own log.</summary>
/// <param name="Source">The answering service.</param>
/// <param name="Epoch">Rises when the log was restored: positions of another epoch mean nothing.</param>
/// <param name="Head">The newest position of the log.</param>
/// <param name="Next">Read on after this position; by stream: the version up to which the stream was read.</param>
/// <param name="Messages">The messages, in the log's order.</param>
internal sealed record PublishedPage(string Source, int Epoch, long Head, long Next, IReadOnlyList<CloudEvent> Messages);

/// <summary>Where a restored log and a reader of an earlier epoch of it part.</summary>
/// <param name="Epoch">The log's epoch.</param>
/// <param name="Position">Positions up to here are the same; null when the log was not restored since that epoch, or nobody noted where.</param>
/// <param name="Ends">Streams, in the order of their ids, each with the last version that is the same.</param>
internal sealed record PublishedFork(int Epoch, long? Position, IReadOnlyList<StreamEnd> Ends);

/// <summary>How long a stream was.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Version">Its last version.</param>
internal sealed record StreamEnd(Guid Stream, long Version);

/// <summary>The authority on what was published: other services fill themselves from it and close holes with it.</summary>
internal sealed class PublishedLog(EventStore.EventStore store, MessagingSetup setup) : IDisposable
{
    private readonly SemaphoreSlim one = new(1);
    private readonly Translator translator = new(store, setup);

    /// <summary>What the log implies after a position.</summary>
    public async Task<PublishedPage> After(long position, int limit, CancellationToken ct)
    {
        var (epoch, head) = await Head(ct);
        List<CloudEvent> messages = [];
        var next = position;
        foreach (var stored in await store.ReadLog(position, limit, ct))
        {
            if (!await Add(messages, stored, ct))
                break;
            next = stored.Position;
        }

        return new(setup.Service, epoch, head, next, messages);
    }

    /// <summary>What one stream implies after a version, as far as it has been ordered.</summary>
    public async Task<PublishedPage> OfStream(Guid stream, long version, CancellationToken ct)
    {
        var (epoch, head) = await Head(ct);
        List<CloudEvent> messages = [];
        var next = version;
        foreach (var stored in await Positioned(stream, version, ct))
        {
            if (!await Add(messages, stored, ct))
                break;
            next = stored.Version;
        }

        return new(setup.Service, epoch, head, next, messages);
    }

    /// <summary>Where this log parts from what somebody read of it in an earlier epoch.</summary>
    /// <param name="known">That epoch.</param>
    /// <param name="after">Streams behind this one; the empty id for the first page.</param>
    /// <param name="limit">How many.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<PublishedFork> Fork(int known, Guid after, int limit, CancellationToken ct)
    {
        var (epoch, _) = await Head(ct);
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await using NpgsqlCommand fork = new("SELECT min(pos), min(seq_id) FROM events.hl_epoch WHERE epoch > $1", connection);
        fork.Parameters.Add(new NpgsqlParameter<int> { TypedValue = known });
        (long Position, long Number)? parted;
        await using (var row = await fork.ExecuteReaderAsync(ct))
        {
            await row.ReadAsync(ct);
            parted = row.IsDBNull(0) ? null : (row.GetInt64(0), row.GetInt64(1));
        }

        if (parted is not { } at)
            return new(epoch, null, []);
        await using NpgsqlCommand streams = new(
            "SELECT stream_id, max(version) FROM events.mt_events WHERE stream_id > $1 AND seq_id <= $2 GROUP BY stream_id ORDER BY stream_id LIMIT $3", connection);
        streams.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = after });
        streams.Parameters.Add(new NpgsqlParameter<long> { TypedValue = at.Number });
        streams.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        List<StreamEnd> ends = [];
        await using var reader = await streams.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            ends.Add(new(reader.GetGuid(0), reader.GetInt64(1)));
        return new(epoch, at.Position, ends);
    }

    public void Dispose() => one.Dispose();

    /// <returns>False when the event cannot be translated by this version of the service: nobody may pass it.</returns>
    private async Task<bool> Add(List<CloudEvent> messages, StoredEvent stored, CancellationToken ct)
    {
        await one.WaitAsync(ct);
        try
        {
            if (await translator.Translate(stored, ct) is { } message)
                messages.Add(CloudEvent.Of(message));
            return true;
        }
        catch (UntranslatableException)
        {
            return false;
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<(int Epoch, long Head)> Head(CancellationToken ct)
    {
        await using var command = store.Source.CreateCommand("SELECT epoch, pos FROM events.hl_head");
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetInt32(0), reader.GetInt64(1));
    }

    private async Task<IReadOnlyList<StoredEvent>> Positioned(Guid stream, long version, CancellationToken ct)
    {
        Dictionary<long, long> positions = [];
        await using (var command = store.Source.CreateCommand(
            """
            SELECT e.version, o.pos FROM events.mt_events e JOIN events.hl_order o USING (seq_id)
             WHERE e.stream_id = $1 AND e.version > $2
            """))
        {
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = version });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                positions[reader.GetInt64(0)] = reader.GetInt64(1);
        }

        // Positions of one stream rise with its versions, so the ordered events are a beginning of it.
        return [.. (await store.ReadStream(stream, ct, afterVersion: version))
            .TakeWhile(stored => positions.ContainsKey(stored.Version))
            .Select(stored => stored with { Position = positions[stored.Version] })];
    }
}

/// <summary>GET /internal/published: the own log as messages, for sister services; GET /internal/published/fork: where it parts from an earlier epoch of it.</summary>
public static class PublishedEndpoint
{
    /// <summary>Events read for one page.</summary>
    public const int LargestPage = 500;

    /// <summary><c>?after=POSITION&amp;limit=N</c> reads the log; <c>?stream=ID&amp;after=VERSION</c> reads one stream; <c>/fork?known=EPOCH&amp;after=STREAM</c> its fork.</summary>
    public static void MapPublished(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/internal/published", Handle).RequireService().ExcludeFromDescription();
        routes.MapGet("/internal/published/fork", Fork).RequireService().ExcludeFromDescription();
    }

    private static async Task<JsonHttpResult<PublishedFork>> Fork(PublishedLog log, int known, CancellationToken ct, Guid? after = null) =>
        TypedResults.Json(await log.Fork(known, after ?? Guid.Empty, LargestPage, ct), EventCatalogue.Json);

    // In the JSON of stored events and messages, whatever the doors of the service speak.
    private static async Task<JsonHttpResult<PublishedPage>> Handle(
        PublishedLog log, CancellationToken ct, long after = 0, int limit = LargestPage, Guid? stream = null) =>
        TypedResults.Json(
            stream is { } id
                ? await log.OfStream(id, Math.Max(0, after), ct)
                : await log.After(Math.Max(0, after), Math.Clamp(limit, 1, LargestPage), ct),
            EventCatalogue.Json);
}
