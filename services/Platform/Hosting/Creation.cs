using Hotline111.Platform.EventStore;
using Microsoft.AspNetCore.Http;

namespace Hotline111.Platform.Hosting;

/// <summary>Creating something: the caller may choose its id, and a repeated request is the same request either way.</summary>
public static class Creation
{
    /// <summary>Executes the command that begins a stream and answers 201 with Location, id and number.</summary>
    /// <param name="chosen">The caller's id, or null: then a new one is made, and the <c>Idempotency-Key</c> alone makes a repetition the same request.</param>
    /// <param name="command">Makes the command; asks for a number only when it is true that nothing exists yet.</param>
    /// <param name="path">Where things of this kind are found: "/api/contacts".</param>
    /// <param name="standing">How a state looks from outside.</param>
    /// <param name="number">The number that people use.</param>
    /// <param name="alongside">Further statements that are committed with the creation or not at all; not called when the thing was there already.</param>
    public static async Task<CreationResult> Create<TState, TCommand, TEvent>(
        this EventStore.EventStore store,
        Decider<TState, TCommand, TEvent> decider,
        Guid? chosen,
        Func<Guid, bool, Task<TCommand>> command,
        Metadata metadata,
        CommandContext context,
        string path,
        Func<TState, Standing> standing,
        Func<TState, string?> number,
        CancellationToken ct,
        Func<TState, IReadOnlyList<FormattableString>>? alongside = null)
        where TEvent : class
    {
        var id = chosen ?? Guid.CreateVersion7();
        // An id made just now has no stream yet, and nobody else knows it.
        var known = chosen is null ? new Folded<TState>(decider.Initial, 0) : await store.Load(decider, id, ct);
        var identity = context.Identity(known.Version == 0 ? StatusCodes.Status201Created : StatusCodes.Status200OK, $"{path}/{id:D}", id);
        var execution = await store.Execute(decider, id, await command(id, known.Version == 0), metadata, ct, identity: identity, alongside: alongside, known: known);
        if (execution.Replayed?.ResourceId is { } first && first != id)
            (id, execution) = (first, execution with { State = (await store.Load(decider, first, ct)).State });
        // What was there before and has only grown was not created by this.
        if (execution.Version > execution.Events.Count)
            execution = execution with { Events = [] };
        return execution.ToCreated(standing, $"{path}/{id:D}", state => new Created(id, number(state) ?? ""));
    }
}
