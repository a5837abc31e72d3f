using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console.Referrals;

/// <summary>
/// GET /referrals/{id}/print: the referral as a transfer form on A4, for duty rooms without the internet (DESIGN §6, paper): number, hash, desk, basis, no more than
/// the profile allows, room for signature and stamp. It opens what was sent, a recorded read. The form is in Vietnamese, whatever the reader's language, because it
/// is a paper between Vietnamese bodies; <c>?in=en</c> gives a translation.
/// </summary>
public static class PrintPage
{
    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/referrals/{id:guid}/print", Show).RequireAction(ConsoleRules.Table, ConsoleRules.Sheet).ExcludeFromDescription();

    private static async Task<IResult> Show(Guid id, string? @in, HttpContext context, Services services, SheetReader reader, People people, WordBook book, TimeProvider clock, CancellationToken ct)
    {
        var sheet = await SheetPage.Read(services, id, ct);
        var words = new Words(book, Language.Find(@in) ?? Language.Vietnamese);
        var times = new Times(words, clock);
        var (package, _) = await reader.Package(id, ct);
        return package is null
            ? Problems.NotFound
            : Page.Of<PrintView>(new
            {
                Sheet = sheet,
                Package = package,
                Names = await people.Of([.. sheet.Accounts, context.User.ActorId], ct),
                Me = context.User.ActorId,
                In = words,
                Times = times,
                Fields = new PackageWords(words, times),
            });
    }
}
