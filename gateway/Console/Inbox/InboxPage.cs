using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Inbox;

/// <summary>A referral as the service's list tells it: codes, ids and times.</summary>
public sealed record ReferralLine(
    Guid Id, string Number, string DeskId, string? ProvinceCode, string Purpose, string Urgency, string State, DateTimeOffset DraftedAt, DateTimeOffset? SentAt, DateTimeOffset? DeliveredAt,
    DateTimeOffset? OpenedAt, DateTimeOffset? AcknowledgedAt)
{
    /// <summary>How far the request has come: 1 sent, 2 delivered, 3 opened, 4 acknowledged.</summary>
    public int Step => AcknowledgedAt is not null ? 4 : OpenedAt is not null ? 3 : DeliveredAt is not null ? 2 : 1;
}

/// <summary>A page of referrals.</summary>
/// <param name="Items">The lines, newest first.</param>
/// <param name="Cursor">Names the next page; null at the end.</param>
public sealed record ReferralLines(IReadOnlyList<ReferralLine> Items, string? Cursor);

/// <summary>GET /inbox: what was sent to one's desks. GET /inbox/rows: its rows alone, when something changed.</summary>
public static class InboxPage
{
    /// <summary>The page.</summary>
    public const string Path = "/inbox";

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Inbox).ExcludeFromDescription();
        routes.MapGet($"{Path}/rows", Rows).RequireAction(ConsoleRules.Table, ConsoleRules.Inbox).ExcludeFromDescription();
    }

    private static async Task<IResult> Show(Services services, string? after, CancellationToken ct) =>
        Page.Of<InboxView>(new { Lines = await Read(services, after, ct), After = after });

    private static async Task<IResult> Rows(Services services, string? after, CancellationToken ct) =>
        Page.Of<InboxRows>(new { Lines = await Read(services, after, ct), After = after });

    private static Task<ReferralLines> Read(Services services, string? after, CancellationToken ct) =>
        services.Get<ReferralLines>($"inbox?limit=50{(string.IsNullOrEmpty(after) ? "" : $"&cursor={Uri.EscapeDataString(after!)}")}", ct);
}
