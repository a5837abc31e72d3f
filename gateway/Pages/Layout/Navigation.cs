using System.Security.Claims;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Http;

namespace Hotline111.Pages.Layout;

/// <summary>A place in the navigation.</summary>
/// <param name="Key">Of its word.</param>
/// <param name="Href">Its address; everything below belongs to it.</param>
/// <param name="Roles">Who goes there.</param>
/// <param name="Counts">How many things wait there is shown beside its word.</param>
public sealed record Place(string Key, string Href, IReadOnlyList<string> Roles, bool Counts = false)
{
    /// <summary>Whether a path lies there.</summary>
    public bool Holds(PathString path) => path.StartsWithSegments(Href);
}

/// <summary>Where each role can go, in the order of the bar; the first place is where it begins.</summary>
public static class Navigation
{
    /// <summary>Everything there is. Whoever adds an area adds its line here and its route in the gateway's routes.json.</summary>
    public static IReadOnlyList<Place> Places { get; } =
    [
        new("Shell.Board", "/supervision", [Roles.Supervisor, Roles.Director], Counts: true),
        new("Shell.Approvals", "/supervision/approvals", [Roles.Supervisor, Roles.Director], Counts: true),
        new("Shell.Desk", "/desk", Roles.Hotline),
        new("Shell.Contacts", "/contacts", Roles.Hotline),
        new("Shell.Cases", "/cases", Roles.Hotline),
        new("Shell.Referrals", "/referrals", Roles.Hotline, Counts: true),
        new("Shell.Inbox", "/inbox", [Roles.Liaison, Roles.AgencyHead], Counts: true),
        new("Shell.Accounts", "/administration/accounts", [Roles.Administrator]),
        new("Shell.AdministrationEvents", "/administration/events", [Roles.Administrator]),
    ];

    /// <summary>The places of a role.</summary>
    public static IReadOnlyList<Place> For(string role) => [.. Places.Where(place => place.Roles.Contains(role, StringComparer.Ordinal))];

    /// <summary>The place of a role at which a path lies: the one whose address says most of it; null for none.</summary>
    public static Place? At(string role, PathString path) => For(role).Where(place => place.Holds(path)).MaxBy(place => place.Href.Length);

    /// <summary>Where a role begins after signing in.</summary>
    public static string Home(string role) => For(role) is [var first, ..] ? first.Href : "/account";
}

/// <summary>Who looks at the page.</summary>
/// <param name="Name">The name colleagues see.</param>
/// <param name="Role">The role.</param>
/// <param name="Ready">False while the account's first steps are not done: there is nowhere to go yet.</param>
public sealed record SignedIn(string Name, string Role, bool Ready)
{
    /// <summary>The claim with which the gateway marks an account whose first steps are not done.</summary>
    public const string FirstStepsClaim = "first-steps";

    /// <summary>Whether anything on this person's pages changes by itself.</summary>
    public bool Hints => Ready && Navigation.For(Role).Count > 0;

    /// <summary>The person, or null for a stranger.</summary>
    public static SignedIn? From(ClaimsPrincipal user) => user.FindFirst(TokenClaims.Name) is { } name
        ? new(name.Value, user.Role, !user.HasClaim(claim => claim.Type == FirstStepsClaim))
        : null;
}
