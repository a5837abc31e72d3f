using Hotline111.Console.Desk;
using Hotline111.Console.Lists;
using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Supervision;

/// <summary>What lies at one desk.</summary>
/// <param name="Open">Sent to it and not over.</param>
/// <param name="Unacknowledged">Of these, what nobody there has acknowledged.</param>
/// <param name="Emergencies">Of those, emergencies.</param>
public sealed record DeskFigure(string DeskId, long Open, long Unacknowledged, long Emergencies);

/// <param name="Items">Desks with something open.</param>
public sealed record DeskFigures(IReadOnlyList<DeskFigure> Items)
{
    /// <summary>The door.</summary>
    public const string Path = "referrals/counts/desks";

    public long Unacknowledged => Items.Sum(desk => desk.Unacknowledged);

    public long Emergencies => Items.Sum(desk => desk.Emergencies);
}

/// <summary>Somebody of the hotline who is signed in.</summary>
public sealed record OnShift(string Id, string Name, string Role, DateTimeOffset Since, DateTimeOffset LastActiveAt);

/// <param name="Items">By name.</param>
public sealed record Shift(IReadOnlyList<OnShift> Items);

/// <summary>Everything on the board.</summary>
/// <param name="Unacknowledged">Emergencies first, and of the same urgency the one that waits longest.</param>
public sealed record BoardContent(
    IReadOnlyList<ReferralLine> Unacknowledged, ListCounts Counts, DeskFigures Desks, UnplacedCases Unplaced, DraftLines Drafts, Shift Shift, PeopleNames Names);

/// <summary>GET /supervision: how the shift stands now. GET /supervision/now: the same as a part, when something changed.</summary>
public static class BoardPage
{
    /// <summary>The page.</summary>
    public const string Path = "/supervision";

    // As many as the service gives at once: the most urgent of them all are among these.
    private const int MostAsked = 200;

    private static readonly string[] Urgencies = ["emergency", "urgent", "standard", "information"];

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Supervision).ExcludeFromDescription();
        routes.MapGet($"{Path}/now", Now).RequireAction(ConsoleRules.Table, ConsoleRules.Supervision).ExcludeFromDescription();
    }

    private static async Task<IResult> Show(Services services, People people, CancellationToken ct) => Page.Of<BoardView>(new { Content = await Read(services, people, ct) });

    private static async Task<IResult> Now(Services services, People people, CancellationToken ct) => Page.Of<BoardPart>(new { Content = await Read(services, people, ct) });

    private static async Task<BoardContent> Read(Services services, People people, CancellationToken ct)
    {
        var sent = services.Get<ReferralLines>($"referrals?list=theirs&state=Sent&limit={MostAsked}", ct);
        var counts = services.Get<ListCounts>("referrals/counts", ct);
        var desks = services.Get<DeskFigures>(DeskFigures.Path, ct);
        var unplaced = services.Get<UnplacedCases>("cases?list=unplaced&limit=10", ct);
        var drafts = services.Get<DraftLines>("drafts/in-progress", ct);
        var shift = services.Get<Shift>("colleagues/on-shift", ct);
        await Task.WhenAll(sent, counts, desks, unplaced, drafts, shift);
        var waiting = (await sent).Items.OrderBy(line => Array.IndexOf(Urgencies, line.Urgency)).ThenBy(line => line.SentAt).ToList();
        return new(waiting, await counts, await desks, await unplaced, await drafts, await shift, await people.Of((await drafts).Items.Select(draft => draft.Owner), ct));
    }
}
