namespace Hotline111.Pages.Blocks;

/// <summary>One of several things to choose from.</summary>
/// <param name="Value">What is sent.</param>
/// <param name="Label">What is read.</param>
/// <param name="Hint">What choosing it means, or null.</param>
/// <param name="Key">A key of the keyboard that chooses it, or null.</param>
/// <param name="Grave">Choosing it says that somebody is in danger now: marked with <c>data-grave</c>.</param>
public sealed record Choice(string Value, string Label, string? Hint = null, string? Key = null, bool Grave = false)
{
    /// <summary>The values of a list, in its order.</summary>
    public static IReadOnlyList<Choice> Of(Words words, string list) =>
        [.. Contracts.Catalogues.ValueLists.Get(list).Values.Select(value => new Choice(value.Code, words.Of(list, value.Code)))];
}
