using Hotline111.Contracts.Access;

namespace Hotline111.Console.Lists;

/// <summary>Somebody one works with, as the gateway tells.</summary>
/// <param name="Id">The account.</param>
/// <param name="Name">As colleagues know them.</param>
/// <param name="Role">The role.</param>
/// <param name="Desks">The desks that are shared.</param>
/// <param name="Disabled">No longer here.</param>
public sealed record Colleague(string Id, string Name, string Role, IReadOnlyList<string> Desks, bool Disabled);

/// <summary>The names of those one works with.</summary>
/// <param name="Items">By name.</param>
public sealed record Colleagues(IReadOnlyList<Colleague> Items)
{
    /// <summary>Nobody is asked for.</summary>
    public static readonly Colleagues None = new([]);

    /// <summary>The door.</summary>
    public const string Path = "colleagues";

    /// <summary>The name of an account, or null if it belongs to nobody one works with.</summary>
    public string? NameOf(string? account) => account is null ? null : Items.FirstOrDefault(colleague => colleague.Id == account)?.Name;

    /// <summary>The liaisons who can be given what lies at a desk.</summary>
    public IReadOnlyList<Colleague> Serving(string desk) =>
        [.. Items.Where(colleague => colleague.Role == Roles.Liaison && !colleague.Disabled && colleague.Desks.Contains(desk, StringComparer.Ordinal))];
}
