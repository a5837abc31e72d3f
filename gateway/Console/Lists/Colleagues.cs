namespace Hotline111.Console.Lists;

/// <summary>A liaison who works beside one, as the gateway tells.</summary>
/// <param name="Id">The account.</param>
/// <param name="Name">As colleagues know them.</param>
/// <param name="Desks">The desks that are shared.</param>
public sealed record Colleague(string Id, string Name, IReadOnlyList<string> Desks);

/// <summary>Those to whom something of a desk can be given.</summary>
/// <param name="Items">By name.</param>
public sealed record Colleagues(IReadOnlyList<Colleague> Items)
{
    /// <summary>The door.</summary>
    public const string Path = "colleagues";

    /// <summary>Those who serve a desk.</summary>
    public IReadOnlyList<Colleague> Serving(string desk) => [.. Items.Where(colleague => colleague.Desks.Contains(desk, StringComparer.Ordinal))];
}
