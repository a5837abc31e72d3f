using System.Security.Claims;
using Hotline111.Console.Referrals.Actions;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console.Referrals;

/// <summary>Everything that a sheet shows.</summary>
/// <param name="Package">What was sent; null where it was not opened, or there is none to see.</param>
/// <param name="Closed">Why there is no package to see, in the reader's language; null when there is one, or it was not asked for.</param>
/// <param name="MayOpen">The reader may open the package by a step of their own.</param>
/// <param name="Helpers">How far the helping desks are, for the desk that leads.</param>
/// <param name="Others">The other referrals of the case, for the hotline.</param>
public sealed record ShownSheet(
    Sheet Sheet, Side Side, string Me, Package? Package, string? Closed, bool MayOpen, SheetWords Typed, Talk Talk, PeopleNames Names, IReadOnlyList<HelperLine> Helpers, IReadOnlyList<SheetRow> Others)
{
    /// <summary>The names of persons of the package, where it is open.</summary>
    public IReadOnlyDictionary<Guid, string> Who(PackageWords fields) => Package?.Everybody.ToDictionary(person => person.Id, fields.Who) ?? [];
}

/// <summary>What was just done, for the note on top of the sheet.</summary>
/// <param name="Line">As it stands in the course.</param>
/// <param name="Undo">What takes it back, or null.</param>
/// <param name="Until">Until when that can be done, or null.</param>
public sealed record JustDone(CourseLine Line, Offer? Undo, DateTimeOffset? Until);

/// <summary>A message that could not be taken, with what was written.</summary>
/// <param name="Once">The key it was sent with, so that it counts once also when it was taken after all; null for a new one.</param>
public sealed record UnsentMessage(string Text, string? Once, FormErrors Errors)
{
    public static readonly UnsentMessage None = new("", null, []);
}

/// <summary>
/// GET /referrals/{id}: the sheet. For the liaison of the addressed desk it opens what was sent on the same load: the read is recorded and raises the receipt, the page
/// says so, and in an emergency nobody has to find a second button. For everybody else opening is a step of its own (<c>?open=content</c>), so that whoever only looks
/// how far a referral is reads no personal data. GET /referrals/{id}/live: its parts alone, when something changed; the package is never opened again by itself.
/// </summary>
public static class SheetPage
{
    /// <summary>Maps the pages.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/referrals/{id:guid}", Open).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
        routes.MapGet("/referrals/{id:guid}/live", Live).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();
    }

    /// <summary>Where a referral's sheet stands.</summary>
    public static string Address(Guid id) => $"/referrals/{id:D}";

    /// <summary>Reads the sheet.</summary>
    public static Task<Sheet> Read(Services services, Guid id, CancellationToken ct) => services.Get<Sheet>($"referrals/{id:D}", ct);

    /// <summary>The sheet as a page, also as the answer to a message that could not be taken.</summary>
    internal static async Task<IResult> Show(Guid id, bool open, long? done, Guid? before, UnsentMessage unsent, int status, SheetReader reader, CancellationToken ct) =>
        Page.Of<SheetView>(
            new { Shown = await reader.Read(id, open, before, ct), Open = open, Before = before, Done = done, Unsent = unsent }, status);

    private static Task<IResult> Open(Guid id, string? open, long? done, Guid? before, SheetReader reader, CancellationToken ct) =>
        Show(id, open == "content", done, before, UnsentMessage.None, StatusCodes.Status200OK, reader, ct);

    private static async Task<IResult> Live(Guid id, long seen, int supplements, bool open, Guid? before, SheetReader reader, CancellationToken ct) =>
        Page.Of<SheetParts>(new { Shown = await reader.ReadParts(id, open, before, ct), Seen = seen, Supplements = supplements });
}

/// <summary>Asks the services for what a sheet shows, on behalf of whoever looks at it.</summary>
public sealed class SheetReader(Services services, People people, IHttpContextAccessor accessor, Language language)
{
    private ClaimsPrincipal User => accessor.HttpContext!.User;

    /// <summary>The whole sheet.</summary>
    /// <param name="open">Open the package by a step of the reader's own.</param>
    /// <param name="before">Only what was written before this message.</param>
    public async Task<ShownSheet> Read(Guid id, bool open, Guid? before, CancellationToken ct)
    {
        var sheet = await SheetPage.Read(services, id, ct);
        var side = User.Side;
        var opens = side == Side.Desk || open;
        var package = opens ? Package(id, ct) : Task.FromResult<(Package?, string?)>((null, null));
        var (rest, (opened, closed)) = (await Rest(sheet, words: side != Side.Head || open, before, ct), await package);
        return rest with { Package = opened, Closed = closed, MayOpen = !opens && sheet.Referral.State != "Draft" };
    }

    /// <summary>What of the sheet changes by itself: all but the package.</summary>
    /// <inheritdoc cref="Read"/>
    public async Task<ShownSheet> ReadParts(Guid id, bool open, Guid? before, CancellationToken ct)
    {
        var sheet = await SheetPage.Read(services, id, ct);
        return await Rest(sheet, words: User.Side != Side.Head || open, before, ct);
    }

    /// <summary>What was sent, or why the reader cannot see it.</summary>
    public async Task<(Package? Package, string? Closed)> Package(Guid id, CancellationToken ct)
    {
        try
        {
            return (await services.Get<Package>($"referrals/{id:D}/package", ct), null);
        }
        catch (ProblemException refused) when (refused.Problem is AccessProblem { Status: StatusCodes.Status404NotFound or StatusCodes.Status409Conflict } problem)
        {
            return (null, language.IsEnglish ? problem.En : problem.Vi);
        }
    }

    /// <summary>The conversation with the desk's questions.</summary>
    public Task<Talk> Talk(Guid id, Guid? before, CancellationToken ct) => services.Get<Talk>($"referrals/{id:D}/messages?limit=100{(before is { } named ? $"&before={named:D}" : "")}", ct);

    private async Task<ShownSheet> Rest(Sheet sheet, bool words, Guid? before, CancellationToken ct)
    {
        var (row, side) = (sheet.Referral, User.Side);
        var talks = words && row.SentAt is not null;
        var typed = words ? services.Get<SheetWords>($"referrals/{row.Id:D}/words", ct) : Task.FromResult(SheetWords.None);
        var talk = talks ? Talk(row.Id, before, ct) : Task.FromResult(Referrals.Talk.None);
        var helpers = !side.IsHotline && row.Part == "lead" && row.State is not ("Declined" or "HandedOn" or "Withdrawn")
            ? services.Get<HelperLines>($"referrals/{row.Id:D}/helpers", ct)
            : Task.FromResult(new HelperLines([]));
        var others = side.IsHotline ? services.Get<CaseReferrals>($"referrals?caseId={row.CaseId:D}&limit=50", ct) : Task.FromResult(new CaseReferrals([]));
        await Task.WhenAll(typed, talk, helpers, others);
        var names = await people.Of(sheet.Accounts.Concat((await talk).Items.Select(entry => entry.By)).Append(User.ActorId), ct);
        return new(sheet, side, User.ActorId, null, null, MayOpen: false, await typed, await talk, names, (await helpers).Items, [.. (await others).Items.Where(other => other.Id != row.Id)]);
    }

    private sealed record CaseReferrals(IReadOnlyList<SheetRow> Items);
}
