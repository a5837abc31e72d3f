using Hotline111.Platform.EventStore;
using Microsoft.AspNetCore.Http;

namespace Hotline111.Platform.Hosting;

/// <summary>Creating something: the caller may choose its id, and a repeated request is the same request either way.</summary>
public static class Creation
{
    /// <summary>Executes the command that begins a stream and answers 201 with Location, id and number.</summary>
    /// <param name="chosen">The caller's id, or null: then a new one is made, and the <c>Idempotency-Key</c> alone makes a repetition the same request.</param>
    /// <param name="command">Makes the command for an id and what stands under it; asks for a number only while nothing does. Called anew when a twin was faster.</param>
    /// <param name="path">Where things of this kind are found: "/api/contacts".</param>
    /// <param name="standing">How a state looks from outside.</param>
    /// <param name="number">The number that people use.</param>
    /// <param name="alongside">Further statements that are committed with the creation or not at all; not called when the thing was there already.</param>
    public static async Task<CreationResult> Create<TState, TCommand, TEvent>(
        this EventStore.EventStore store,
        Decider<TState, TCommand, TEvent> decider,
        Guid? chosen,
        Func<Guid, TState, Task<TCommand>> command,
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
        var execution = await Execute(known);
        // A twin was faster: whether she said the same is seen only beside what is stored of it.
        if (execution.Refusal is not null && execution.Version > known.Version)
            execution = await Execute(await store.Load(decider, id, ct));
        if (execution.Replayed?.ResourceId is { } first && first != id)
            (id, execution) = (first, execution with { State = (await store.Load(decider, first, ct)).State });
        // What was there before and has only grown was not created by this.
        if (execution.Version > execution.Events.Count)
            execution = execution with { Events = [] };
        return execution.ToCreated(standing, $"{path}/{id:D}", state => new Created(id, number(state) ?? ""));

        async Task<Execution<TState, TEvent>> Execute(Folded<TState> known) => await store.Execute(
            decider,
            id,
            await command(id, known.State),
            metadata,
            ct,
            identity: context.Identity(known.Version == 0 ? StatusCodes.Status201Created : StatusCodes.Status200OK, $"{path}/{id:D}", id),
            alongside: alongside,
            known: known);
    }
}
