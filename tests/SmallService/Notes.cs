using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.SmallService;

[JsonDerivedType(typeof(Written), "note-written.v1")]
[JsonDerivedType(typeof(Marked), "note-marked.v1")]
public abstract record NoteEvent
{
    private NoteEvent()
    {
    }

    public sealed record Written(string Number, Personal<string> Text, string By, DateTimeOffset At) : NoteEvent;

    public sealed record Marked(string By, DateTimeOffset At) : NoteEvent;
}

public abstract record NoteState(string Name, string Number)
{
    public sealed record None() : NoteState("none", "");

    public sealed record Open(string Number) : NoteState("open", Number);

    public sealed record Done(string Number, string By, DateTimeOffset At) : NoteState("done", Number);
}

public abstract record NoteCommand
{
    private NoteCommand()
    {
    }

    public sealed record Write(string Number, Personal<string> Text, string By, DateTimeOffset At) : NoteCommand;

    public sealed record Mark(string By, DateTimeOffset At) : NoteCommand;
}

public static class NoteDecider
{
    public static readonly Refusal NotFound = new(RefusalKind.NotFound, "note-not-found", "Không có ghi chú này.", "There is no such note.");
    public static readonly Refusal AlreadyMarked = new(RefusalKind.Conflict, "note-already-marked", "Ghi chú đã được đánh dấu.", "The note is marked already.");

    public static readonly Decider<NoteState, NoteCommand, NoteEvent> Instance = new("note", new NoteState.None(), Evolve, Decide);

    private static NoteState Evolve(NoteState state, NoteEvent @event) => @event switch
    {
        NoteEvent.Written e => new NoteState.Open(e.Number),
        NoteEvent.Marked e => new NoteState.Done(state.Number, e.By, e.At),
        _ => throw new InvalidOperationException(),
    };

    private static Decision<NoteEvent> Decide(NoteState state, NoteCommand command) => (state, command) switch
    {
        (NoteState.None, NoteCommand.Write c) => [new NoteEvent.Written(c.Number, c.Text, c.By, c.At)],
        (_, NoteCommand.Write) => [],
        (NoteState.None, _) => NotFound,
        (NoteState.Open, NoteCommand.Mark c) => [new NoteEvent.Marked(c.By, c.At)],
        (NoteState.Done, _) => AlreadyMarked,
        _ => throw new InvalidOperationException(),
    };
}

public static class Notes
{
    public static readonly AccessTable Table = new(
        new AccessRule("note.write", ["counsellor"], "anyone"),
        new AccessRule("note.read", ["counsellor"], "anyone"));

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/", Write).RequireAction(Table, "note.write");
        routes.MapPost("/{id:guid}/mark", Mark).RequireAction(Table, "note.write");
        routes.MapPost("/any", (Anything body) => TypedResults.NoContent()).RequireAction(Table, "note.write");
        routes.MapPost("/checked", (Checked body) => TypedResults.Ok(body)).RequireAction(Table, "note.write");
        routes.MapGet("/{id:guid}", Read).RequireAction(Table, "note.read");
        routes.MapGet("/", (int limit) => TypedResults.Ok(limit)).RequireAction(Table, "note.read");
    }

    public enum Kind
    {
        Plain,
        VeryUrgent,
    }

    public sealed record Body(Guid? Id, string Text, Kind Kind, IReadOnlyList<Line>? Lines);

    public sealed record Line(int Number, string? Words);

    public sealed record Checked([property: Range(1, 10)] int Count);

    public sealed record Anything(JsonElement Any);

    private static async Task<CreationResult> Write(Body body, CommandContext context, EventStore store, Numbers numbers, CancellationToken ct)
    {
        if (new BodyErrors().Required("text", body.Text).Text("text", body.Text, Personal.MaximumLength).Problem is { } invalid)
            return new(invalid);
        return await store.Create(
            NoteDecider.Instance,
            body.Id,
            async (id, known) => (NoteCommand)new NoteCommand.Write(
                known is NoteState.None ? await numbers.Next("NT", ct) : "", Personal.Of(body.Text, new Owner("case", id), FieldGroup.Narrative), context.Principal, context.Now),
            context.Metadata,
            context,
            "/api/notes",
            Stands,
            state => state.Number,
            ct);
    }

    private static async Task<CommandResult> Mark(Guid id, CommandContext context, EventStore store, CancellationToken ct)
    {
        var execution = await store.Execute(
            NoteDecider.Instance, id, new NoteCommand.Mark(context.Principal, context.Now), context.Metadata, ct, context.ExpectedVersion, context.Identity());
        return execution.ToAnswer(Stands);
    }

    private static async Task<IResult> Read(Guid id, CommandContext context, EventStore store, PersonKeys keys, ReadLog readLog, CancellationToken ct)
    {
        var stored = await store.ReadStream(id, ct);
        if (stored.Count == 0)
            return NoteDecider.NotFound.ToProblem();
        await readLog.Record(context.Metadata, context.Now, "case", id, "note.read", [FieldGroup.Narrative], ct);
        var written = (NoteEvent.Written)store.Record<NoteEvent>(stored[0]).Event;
        return Answers.WithVersion(new { id, written.Number, text = await keys.Open(written.Text, ct) }, stored[^1].Version);
    }

    private static Standing Stands(NoteState state) => new(state.Name, state is NoteState.Open ? ["mark"] : [])
    {
        Facts = state is NoteState.Done done ? new Dictionary<string, object?> { ["markedBy"] = done.By, ["at"] = done.At } : new Dictionary<string, object?>(),
    };
}
