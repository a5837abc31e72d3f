using System.Globalization;
using Hotline111.Console.Lists;
using Hotline111.Pages;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Desk;

/// <summary>A contact as Intake's list tells it: codes and times.</summary>
public sealed record ContactLine(Guid Id, string Number, string Channel, string? Category, string? OutsideTotal, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, Guid? CaseId);

/// <param name="Items">The lines, newest first.</param>
/// <param name="Count">How many there are in all.</param>
public sealed record ContactLines(IReadOnlyList<ContactLine> Items, long Count);

/// <summary>A contact that somebody is writing down, without a word of it.</summary>
/// <param name="Owner">The account that types.</param>
/// <param name="ChangedAt">Time of the last save.</param>
public sealed record DraftLine(Guid Id, string Owner, DateTimeOffset StartedAt, DateTimeOffset ChangedAt);

/// <param name="Items">The last changed first.</param>
public sealed record DraftLines(IReadOnlyList<DraftLine> Items);

/// <summary>A case with a need that nobody has.</summary>
/// <param name="UnplacedPurposes">Codes of list referral-purpose; empty for an emergency that was never referred.</param>
public sealed record UnplacedCase(Guid Id, string Number, string? ProvinceCode, string Urgency, DateTimeOffset OpenedAt, IReadOnlyList<string> UnplacedPurposes);

/// <param name="Unplaced">All of them.</param>
/// <param name="Emergency">Those that are emergencies.</param>
/// <param name="NeverReferred">Emergencies that were never referred.</param>
public sealed record UnplacedCounts(long Unplaced, long Emergency, long NeverReferred);

/// <param name="Items">The most urgent first, and of those the oldest.</param>
/// <param name="Counts">How many there are in all.</param>
public sealed record UnplacedCases(IReadOnlyList<UnplacedCase> Items, UnplacedCounts? Counts);

/// <summary>What the counsellor has begun, and needs without a receiver.</summary>
public sealed record DeskBegun(ContactLines Contacts, DraftLines Drafts, UnplacedCases Unplaced);

/// <summary>Referrals of one group.</summary>
/// <param name="List">Code of the hotline's list.</param>
/// <param name="Count">How many there are in all.</param>
/// <param name="Lines">The first of them.</param>
public sealed record DeskGroup(string List, long Count, IReadOnlyList<ReferralLine> Lines);

/// <summary>The open referrals by who must act next.</summary>
/// <param name="Own">Only those that the reader began.</param>
/// <param name="Open">How many are open in all.</param>
/// <param name="Groups">Those with something in them, in the order in which they are looked at.</param>
public sealed record DeskReferrals(bool Own, long Open, IReadOnlyList<DeskGroup> Groups);

/// <summary>GET /desk: where the hotline's staff begin. GET /desk/begun and /desk/rows: its two sides alone, when something changed.</summary>
public static class DeskPage
{
    /// <summary>The page.</summary>
    public const string Path = "/desk";

    // What is the hotline's to do is shown in full before what others have to do.
    private static readonly (string List, int Most)[] Groups = [("mine", 20), ("approvals", 5), ("theirs", 15), ("caller", 5), ("unknown", 5)];

    private const int MostBegun = 8;

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Desk).ExcludeFromDescription();
        routes.MapGet($"{Path}/begun", Begun).RequireAction(ConsoleRules.Table, ConsoleRules.Desk).ExcludeFromDescription();
        routes.MapGet($"{Path}/rows", Rows).RequireAction(ConsoleRules.Table, ConsoleRules.Desk).ExcludeFromDescription();
    }

    /// <summary>The address of the page.</summary>
    /// <param name="own">Only referrals that the reader began.</param>
    public static string Address(bool own) => own ? $"{Path}?own=true" : Path;

    private static async Task<IResult> Show(Services services, bool? own, CancellationToken ct)
    {
        var (begun, referrals) = (ReadBegun(services, ct), ReadReferrals(services, own ?? false, ct));
        await Task.WhenAll(begun, referrals);
        return Page.Of<DeskView>(new { Begun = await begun, Referrals = await referrals });
    }

    private static async Task<IResult> Begun(Services services, CancellationToken ct) => Page.Of<DeskBegunPart>(new { Content = await ReadBegun(services, ct) });

    private static async Task<IResult> Rows(Services services, bool? own, CancellationToken ct) => Page.Of<DeskReferralsPart>(new { Content = await ReadReferrals(services, own ?? false, ct) });

    private static async Task<DeskBegun> ReadBegun(Services services, CancellationToken ct)
    {
        var contacts = services.Get<ContactLines>($"contacts?mine=open&limit={MostBegun}", ct);
        var drafts = services.Get<DraftLines>("drafts", ct);
        var unplaced = services.Get<UnplacedCases>($"cases?list=unplaced&limit={MostBegun}", ct);
        await Task.WhenAll(contacts, drafts, unplaced);
        return new(await contacts, await drafts, await unplaced);
    }

    private static async Task<DeskReferrals> ReadReferrals(Services services, bool own, CancellationToken ct)
    {
        var mine = own ? "&draftedByMe=true" : "";
        var counts = services.Get<ListCounts>(own ? "referrals/counts?draftedByMe=true" : "referrals/counts", ct);
        var lists = Groups.Select(group => services.Get<ReferralLines>(string.Create(CultureInfo.InvariantCulture, $"referrals?list={group.List}&limit={group.Most}{mine}"), ct)).ToList();
        await Task.WhenAll(lists.Prepend<Task>(counts));
        var unknown = (await lists[^1]).Items.Select(line => line.Id).ToHashSet();
        var known = await counts;
        List<DeskGroup> groups = [];
        foreach (var ((list, _), lines) in Groups.Zip(lists))
        {
            // What nobody knows the outcome of is shown once, where that is said.
            var shown = (await lines).Items.Where(line => list == "unknown" || !unknown.Contains(line.Id)).ToList();
            if (shown.Count > 0)
            {
                groups.Add(new(list, known[list], shown));
            }
        }

        return new(own, known["open"], groups);
    }
}
