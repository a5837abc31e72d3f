using System.Text;
using System.Text.Json;
using Hotline111.Platform.EventStore;

namespace Hotline111.Platform.Messaging;

/// <summary>A published family, closed over its types: one fold step and what the event implies.</summary>
/// <param name="Family">The event union.</param>
/// <param name="Initial">The state before the first event.</param>
/// <param name="Step">The state after the event, and the contract record it implies or null.</param>
internal sealed record PublishedFamily(Type Family, object Initial, Func<EventStore.EventStore, object, StoredEvent, (object State, object? Message)> Step)
{
    public static PublishedFamily Of<TState, TCommand, TEvent>(
        Decider<TState, TCommand, TEvent> decider, Func<TState, Recorded<TEvent>, object?> translate)
        where TEvent : class =>
        new(typeof(TEvent), decider.Initial!, (store, before, stored) =>
        {
            var recorded = store.Record<TEvent>(stored);
            var after = decider.Evolve((TState)before, recorded.Event);
            return (after!, translate(after, recorded));
        });
}

/// <summary>An event could not be read or translated; its stream waits until the code can.</summary>
internal sealed class UntranslatableException(StoredEvent stored, Exception cause)
    : Exception($"Event {stored.EventId} ({stored.Type}) cannot be translated: {cause.GetType().Name}", cause)
{
    public StoredEvent Stored => stored;
}

/// <summary>Turns own events into messages: folds the stream up to the event, then translates. Not for use by two at once.</summary>
/// <remarks>The states of the last used streams are kept, so that following the log reads no event twice.</remarks>
internal sealed class Translator(EventStore.EventStore store, MessagingSetup setup)
{
    private const int Kept = 4096;

    private readonly Dictionary<Guid, Kept_> states = [];
    private readonly Queue<Guid> oldest = new();

    private sealed record Kept_(long Version, object State, long LastPublished);

    /// <summary>The message that an event of the own log implies, or null for a private one.</summary>
    /// <exception cref="UntranslatableException">The event is unknown to this version, or its translation throws.</exception>
    public async Task<Envelope?> Translate(StoredEvent stored, CancellationToken ct)
    {
        PublishedFamily? family;
        try
        {
            var type = store.Catalogue.FamilyOf(stored.Type) ?? throw new UnknownEventException(stored.Type, stored.EventId);
            family = setup.Families.FirstOrDefault(f => f.Family == type);
        }
        catch (UnknownEventException e)
        {
            throw new UntranslatableException(stored, e);
        }

        if (family is null)
            return null;
        if (!states.TryGetValue(stored.StreamId, out var kept) || kept.Version != stored.Version - 1)
        {
            kept = new(0, family.Initial, 0);
            if (stored.Version > 1)
            {
                foreach (var earlier in await store.ReadStream(stored.StreamId, ct, upToVersion: stored.Version - 1))
                    (kept, _) = Step(family, kept, earlier);
            }
        }

        (kept, var message) = Step(family, kept, stored);
        Keep(stored.StreamId, kept);
        return message;
    }

    private (Kept_ After, Envelope? Message) Step(PublishedFamily family, Kept_ before, StoredEvent stored)
    {
        object state;
        object? message;
        try
        {
            (state, message) = family.Step(store, before.State, stored);
        }
#pragma warning disable CA1031 // Whatever the service's code throws concerns this one stream, never those behind it.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            throw new UntranslatableException(stored, e);
        }

        if (message is null)
            return (before with { Version = stored.Version, State = state }, null);
        if (!setup.Contracts.TryGet(message.GetType(), out var contract) || contract.Source != setup.Service)
            throw new UntranslatableException(stored, new InvalidOperationException($"{message.GetType()} is no contract of this service."));
        if (contract.ExpectedConsumers.Count == 0)
            return (before with { Version = stored.Version, State = state }, null);

        var body = JsonSerializer.Serialize(message, contract.Type, EventCatalogue.Json);
        if (Encoding.UTF8.GetByteCount(body) > Limits.Body)
            throw new UntranslatableException(stored, new InvalidOperationException("The message is too large."));
        var meta = stored.Metadata;
        Envelope envelope = new(
            stored.EventId, setup.Service, contract.Name, stored.StreamId, stored.Version, before.LastPublished, stored.Position, stored.Timestamp,
            meta.CorrelationId, meta.CausationId, meta.TraceParent, body);
        return (new(stored.Version, state, stored.Version), envelope);
    }

    private void Keep(Guid stream, Kept_ kept)
    {
        if (!states.ContainsKey(stream))
        {
            oldest.Enqueue(stream);
            if (oldest.Count > Kept)
                states.Remove(oldest.Dequeue());
        }

        states[stream] = kept;
    }
}
