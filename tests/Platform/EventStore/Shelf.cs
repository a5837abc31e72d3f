using System.Diagnostics;
using System.Text.Json.Serialization;
using Hotline111.Platform.EventStore;

namespace Hotline111.Platform.Tests.Streams;

/// <summary>A small family for the store's own tests: a shelf is put up, takes books up to its room, loses them, and is taken down.</summary>
[JsonDerivedType(typeof(PutUp), "shelf-put-up.v1")]
[JsonDerivedType(typeof(Placed), "shelf-book-placed.v1")]
[JsonDerivedType(typeof(Removed), "shelf-book-removed.v1")]
[JsonDerivedType(typeof(TakenDown), "shelf-taken-down.v1")]
public abstract record ShelfEvent
{
    private ShelfEvent()
    {
    }

    public sealed record PutUp(int Room, string By) : ShelfEvent;

    public sealed record Placed(Guid Book, int Weight) : ShelfEvent;

    public sealed record Removed(Guid Book) : ShelfEvent;

    public sealed record TakenDown(string By) : ShelfEvent;
}

public abstract record ShelfState
{
    private ShelfState()
    {
    }

    public sealed record None : ShelfState;

    public sealed record Standing(int Room, Items<Guid> Books) : ShelfState;

    public sealed record Gone : ShelfState;
}

public abstract record ShelfCommand
{
    private ShelfCommand()
    {
    }

    public sealed record PutUp(int Room, string By) : ShelfCommand;

    public sealed record Place(Guid Book, int Weight) : ShelfCommand;

    public sealed record Remove(Guid Book) : ShelfCommand;

    public sealed record TakeDown(string By) : ShelfCommand;
}

public static class ShelfDecider
{
    public static readonly Refusal NotFound = new(RefusalKind.NotFound, "shelf-not-found", "Không có kệ này.", "There is no such shelf.");
    public static readonly Refusal Exists = new(RefusalKind.Conflict, "shelf-exists", "Kệ đã có.", "The shelf exists.");
    public static readonly Refusal Full = new(RefusalKind.Conflict, "shelf-full", "Kệ đã đầy.", "The shelf is full.");
    public static readonly Refusal Gone = new(RefusalKind.Conflict, "shelf-gone", "Kệ đã tháo.", "The shelf was taken down.");

    public static readonly Decider<ShelfState, ShelfCommand, ShelfEvent> Instance = new("shelf", new ShelfState.None(), Evolve, Decide);

    private static Decision<ShelfEvent> Decide(ShelfState state, ShelfCommand command) => (state, command) switch
    {
        (ShelfState.None, ShelfCommand.PutUp c) => [new ShelfEvent.PutUp(c.Room, c.By)],
        (ShelfState.None, _) => NotFound,
        (ShelfState.Standing s, ShelfCommand.PutUp c) when s.Room == c.Room => [],
        (ShelfState.Standing, ShelfCommand.PutUp) => Exists,
        (ShelfState.Standing s, ShelfCommand.Place c) when s.Books.Contains(c.Book) => [],
        (ShelfState.Standing s, ShelfCommand.Place) when s.Books.Count >= s.Room => Full,
        (ShelfState.Standing, ShelfCommand.Place c) => [new ShelfEvent.Placed(c.Book, c.Weight)],
        (ShelfState.Standing s, ShelfCommand.Remove c) => s.Books.Contains(c.Book) ? [new ShelfEvent.Removed(c.Book)] : [],
        (ShelfState.Standing s, ShelfCommand.TakeDown c) => [.. s.Books.Select(book => new ShelfEvent.Removed(book)), new ShelfEvent.TakenDown(c.By)],
        (ShelfState.Gone, ShelfCommand.TakeDown or ShelfCommand.Remove) => [],
        (ShelfState.Gone, _) => Gone,
        _ => throw new UnreachableException($"No rule for {command} in {state}"),
    };

    private static ShelfState Evolve(ShelfState state, ShelfEvent @event) => (state, @event) switch
    {
        (_, ShelfEvent.PutUp e) => new ShelfState.Standing(e.Room, []),
        (ShelfState.Standing s, ShelfEvent.Placed e) => s with { Books = [.. s.Books, e.Book] },
        (ShelfState.Standing s, ShelfEvent.Removed e) => s with { Books = Items.From(s.Books.Where(book => book != e.Book)) },
        (_, ShelfEvent.Placed or ShelfEvent.Removed) => state,
        (_, ShelfEvent.TakenDown) => new ShelfState.Gone(),
        _ => throw new UnreachableException($"Unknown event {@event}"),
    };
}
