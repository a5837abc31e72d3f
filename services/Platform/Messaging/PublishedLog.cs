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

    public void Dispose() => one.Dispose();

    /// <returns>False when the event cannot be translated by this version of the service: nobody may pass it.</returns>
    private async Task<bool> Add(List<CloudEvent> messages, StoredEvent stored, CancellationToken ct)
    {
        await one.WaitAsync(ct);
        try
        {
            if (await translator.Translate(stored, ct) is { } translated)
                messages.Add(CloudEvent.Of(translated.Envelope));
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

/// <summary>GET /internal/published: the own log as messages, for sister services.</summary>
public static class PublishedEndpoint
{
    /// <summary>Events read for one page.</summary>
    public const int LargestPage = 500;

    /// <summary><c>?after=POSITION&amp;limit=N</c> reads the log; <c>?stream=ID&amp;after=VERSION</c> reads one stream.</summary>
    public static void MapPublished(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/internal/published", Handle).RequireService().ExcludeFromDescription();

    // In the JSON of stored events and messages, whatever the doors of the service speak.
    private static async Task<JsonHttpResult<PublishedPage>> Handle(
        PublishedLog log, CancellationToken ct, long after = 0, int limit = LargestPage, Guid? stream = null) =>
        TypedResults.Json(
            stream is { } id
                ? await log.OfStream(id, Math.Max(0, after), ct)
                : await log.After(Math.Max(0, after), Math.Clamp(limit, 1, LargestPage), ct),
            EventCatalogue.Json);
}
