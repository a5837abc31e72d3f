using Hotline111.Pages;
using Hotline111.Pages.Blocks;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Contacts;

/// <summary>A contact in a list: codes, number and times, nobody's name.</summary>
public sealed record ContactLine(
    Guid Id, string Number, string Channel, string CallerKind, string? Category, string? OutsideTotal, string? Edition, string? ProvinceCode, string? FormerProvinceCode,
    DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, string State, Guid? CaseId)
{
    /// <summary>The place's name, or null where none is known.</summary>
    public string? Place(Words words) => Edition is null || ProvinceCode is null ? null : new PlaceUnit(Edition, ProvinceCode, FormerProvinceCode).Label(words);
}

/// <summary>A page of contacts.</summary>
/// <param name="Count">How many there are in all.</param>
public sealed record ContactLines(IReadOnlyList<ContactLine> Items, Guid? Cursor, long Count);

/// <summary>GET /contacts: my drafts, my open contacts and those of today; those whose number begins as asked; and for who leads the shift what colleagues are typing.</summary>
public static class ContactsPage
{
    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(ContactPage.Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts).ExcludeFromDescription();

    private static async Task<IResult> Show(HttpContext context, Services services, Times times, string? number, string? said, CancellationToken ct)
    {
        var leads = context.User.Role != Contracts.Access.Roles.Counsellor;
        var asked = string.IsNullOrWhiteSpace(number) ? null : number.Trim();
        if (asked is { Length: > 20 })
        {
            asked = asked[..20];
        }

        var open = services.Get<ContactLines>("contacts?mine=open&limit=50", ct);
        var recent = services.Get<ContactLines>("contacts?mine=all&limit=100", ct);
        var drafts = services.Get<DraftRows>("drafts", ct);
        var others = leads ? services.Get<DraftRows>("drafts/in-progress", ct) : Task.FromResult(new DraftRows([]));
        var found = asked is null ? Task.FromResult<ContactLines?>(null) : services.Get<ContactLines?>($"contacts?limit=50&number={Uri.EscapeDataString(asked)}", ct);
        await Task.WhenAll(open, recent, drafts, others, found);
        var today = times.Day(times.Now);
        return Page.Of<ContactsView>(new
        {
            Open = await open,
            Today = (IReadOnlyList<ContactLine>)[.. (await recent).Items.Where(line => times.Day(line.RecordedAt) == today)],
            Drafts = (await drafts).Items,
            Others = (IReadOnlyList<DraftRow>)[.. (await others).Items.Where(row => row.Owner != context.User.ActorId)],
            Leads = leads,
            Number = asked,
            Found = await found,
            Said = said,
        });
    }
}
