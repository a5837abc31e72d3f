using System.Globalization;
using System.Security.Claims;
using Hotline111.Console.Lists;
using Hotline111.Contracts.Access;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace Hotline111.Console.Inbox;

/// <summary>What came since the page was opened and nobody has acknowledged yet.</summary>
/// <param name="Since">When the newest request was sent that was there when the page was opened, in ticks; 0 when there was none.</param>
/// <param name="Count">How many came; at most <see cref="MostCounted"/>.</param>
/// <param name="Emergencies">How many of them are emergencies.</param>
/// <param name="At">When the newest of them was sent; null when nothing came.</param>
public sealed record Arrivals(long Since, int Count, int Emergencies, DateTimeOffset? At)
{
    /// <summary>Whoever was away for longer than this looks at the list, not at a figure.</summary>
    public const int MostCounted = 50;

    /// <summary>From the newest lines of the inbox.</summary>
    public static Arrivals Of(IReadOnlyList<ReferralLine> newest, long? since)
    {
        if (since is null)
        {
            return new(newest.Select(line => line.SentAt?.UtcTicks ?? 0).DefaultIfEmpty().Max(), 0, 0, null);
        }

        var came = newest.Where(line => line.IsNew && line.SentAt?.UtcTicks > since).ToList();
        return new(since.Value, came.Count, came.Count(line => line.IsAlarm), came.Max(line => line.SentAt));
    }
}

/// <summary>Everything that the inbox shows.</summary>
/// <param name="List">Code of the desk's list.</param>
/// <param name="After">Where the page before ended; null on the first.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="Reporting">Under the first page of the new ones: what is being worked on and has to be reported; else null.</param>
/// <param name="Counts">Of all lists.</param>
/// <param name="Names">Of those who have something to hand.</param>
/// <param name="News">What came since the page was opened.</param>
public sealed record InboxContent(string List, string? After, ReferralLines Lines, ReferralLines? Reporting, ListCounts Counts, PeopleNames Names, Arrivals News)
{
    /// <summary>Where a liaison begins.</summary>
    public const string Begin = "new";

    /// <summary>The address of the page.</summary>
    public string Here => Address(List, After);

    /// <summary>The address of one of its lists.</summary>
    public static string Address(string list, string? after = null) =>
        $"{InboxPage.Path}?list={Uri.EscapeDataString(list)}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}";
}

/// <summary>
/// GET /inbox: what was sent to one's desks, by who must act next. GET /inbox/rows: the same as a part, when something changed. POST /inbox/claim: a liaison takes
/// a referral to hand.
/// </summary>
public static class InboxPage
{
    /// <summary>The page.</summary>
    public const string Path = "/inbox";

    private const int Reporting = 5;

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Inbox).ExcludeFromDescription();
        routes.MapGet($"{Path}/rows", Rows).RequireAction(ConsoleRules.Table, ConsoleRules.Inbox).ExcludeFromDescription();
        routes.MapPost($"{Path}/claim", Claim).RequireAction(ConsoleRules.Table, ConsoleRules.Claim).ExcludeFromDescription();
    }

    /// <summary>Reads the page.</summary>
    /// <param name="since">From the page that asks for its part again; null for a whole page.</param>
    internal static async Task<InboxContent> Read(Services services, People people, string? list, string? after, long? since, CancellationToken ct)
    {
        list = string.IsNullOrEmpty(list) ? InboxContent.Begin : list;
        after = string.IsNullOrEmpty(after) ? null : after;
        var lines = services.Get<ReferralLines>($"inbox?list={Uri.EscapeDataString(list)}&limit=50{(after is null ? "" : $"&cursor={Uri.EscapeDataString(after)}")}", ct);
        var counts = services.Get<ListCounts>("inbox/counts", ct);
        var newest = services.Get<ReferralLines>(string.Create(CultureInfo.InvariantCulture, $"inbox?list=all&limit={(since is null ? 1 : Arrivals.MostCounted)}"), ct);
        var reporting = list == InboxContent.Begin && after is null ? services.Get<ReferralLines>(string.Create(CultureInfo.InvariantCulture, $"inbox?list=to-report&limit={Reporting}"), ct) : null;
        // The first that fails is the page's answer; the others are waited for.
        await Task.WhenAll(new Task?[] { lines, counts, newest, reporting }.OfType<Task>());
        var holders = (await lines).Items.Concat(reporting is null ? [] : (await reporting).Items).Select(line => line.ClaimedBy);
        return new(list, after, await lines, reporting is null ? null : await reporting, await counts, await people.Of(holders, ct), Arrivals.Of((await newest).Items, since));
    }

    private static async Task<IResult> Show(Services services, People people, string? list, string? after, CancellationToken ct) =>
        Page.Of<InboxView>(new { Content = await Read(services, people, list, after, null, ct) });

    private static async Task<IResult> Rows(Services services, People people, string? list, string? after, long? since, CancellationToken ct) =>
        Page.Of<InboxPart>(new { Content = await Read(services, people, list, after, since ?? 0, ct) });

    private static async Task<IResult> Claim([FromForm] Guid id, [FromForm] string? list, [FromForm] string? after, Services services, People people, CancellationToken ct)
    {
        var outcome = await services.Post($"referrals/{id}/claim", new { }, null, ct);
        if (outcome.Done)
        {
            return Page.After($"{InboxContent.Address(string.IsNullOrEmpty(list) ? InboxContent.Begin : list, string.IsNullOrEmpty(after) ? null : after)}#r-{id:n}");
        }

        return outcome.Problem is { Status: StatusCodes.Status409Conflict or StatusCodes.Status404NotFound } problem
            ? Page.Of<InboxView>(new { Content = await Read(services, people, list, after, null, ct), Refused = problem }, problem.Status)
            : throw new ProblemException(outcome.Problem!);
    }
}

/// <summary>Who may do what in the inbox; the service judges it again.</summary>
internal static class InboxReader
{
    extension(ClaimsPrincipal user)
    {
        /// <summary>Answers for desks; a head only looks and gives to others.</summary>
        public bool IsLiaison => user.Role == Roles.Liaison;
    }
}
