using Hotline111.Testing;
using static Hotline111.Platform.Tests.Streams.ShelfCommand;

namespace Hotline111.Platform.Tests.Streams;

/// <summary>The tests' own decider by the same specification that every service's deciders are held to.</summary>
public sealed class Shelf_rules
{
    private static readonly Guid Book = Guid.CreateVersion7();
    private static readonly ShelfEvent Standing = new ShelfEvent.PutUp(1, "joiner");

    [Fact]
    public void A_book_is_placed_on_a_standing_shelf() =>
        ShelfDecider.Instance.Given(Standing).When(new Place(Book, 3)).Then(new ShelfEvent.Placed(Book, 3));

    [Fact]
    public void Placing_a_book_twice_changes_nothing() =>
        ShelfDecider.Instance.Given(Standing, new ShelfEvent.Placed(Book, 3)).When(new Place(Book, 3)).ThenNothing();

    [Fact]
    public void A_full_shelf_takes_no_book() =>
        ShelfDecider.Instance.Given(Standing, new ShelfEvent.Placed(Book, 3)).When(new Place(Guid.CreateVersion7(), 1)).ThenRefused(ShelfDecider.Full);

    [Fact]
    public void Every_pair_is_decided_every_command_may_be_repeated_and_every_event_has_its_place() =>
        DeciderProperties.Check(ShelfDecider.Instance, Command);

    [Fact]
    public void A_rule_that_does_not_bear_repetition_is_found()
    {
        var growing = ShelfDecider.Instance with { Decide = (_, _) => [new ShelfEvent.Placed(Guid.CreateVersion7(), 1)] };
        Should.Throw<ShouldAssertException>(() => DeciderProperties.Check(growing, Command)).Message.ShouldContain("repeated at once");
    }

    [Fact]
    public void An_event_without_its_place_in_the_state_is_found()
    {
        var forgetful = ShelfDecider.Instance with
        {
            Evolve = (state, @event) => @event is ShelfEvent.TakenDown ? throw new System.Diagnostics.UnreachableException("Unknown event") : ShelfDecider.Instance.Evolve(state, @event),
        };
        Should.Throw<ShouldAssertException>(() => DeciderProperties.Check(forgetful, Command)).Message.ShouldContain("Unknown event");
    }

    private static ShelfCommand Command(Random random, ShelfState state)
    {
        var book = state is ShelfState.Standing { Books.Count: > 0 } s && random.Next(2) == 0 ? s.Books[random.Next(s.Books.Count)] : Guid.CreateVersion7();
        return random.Next(8) switch
        {
            < 2 => new PutUp(random.Next(1, 4), "joiner"),
            < 5 => new Place(book, random.Next(10)),
            < 7 => new Remove(book),
            _ => new TakeDown("joiner"),
        };
    }
}
