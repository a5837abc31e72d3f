using System.Security.Claims;
using Hotline111.Console.Referrals;
using Hotline111.Platform.Access;
using Microsoft.Extensions.Primitives;

namespace Hotline111.Console;

/// <summary>
/// POST /kept: what somebody is typing and choosing in a form, sealed for them and this form, for their own window to keep; no service keeps it. POST /kept/open: what was sealed,
/// or nothing when it is somebody else's, another form's or older than half a day.
/// </summary>
public static class TypedTexts
{
    private const string Typed = "typed-";

    /// <summary>Maps the addresses.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/kept", Seal).RequireAction(ConsoleRules.Table, ConsoleRules.Typed).ExcludeFromDescription();
        routes.MapPost("/kept/open", Open).RequireAction(ConsoleRules.Table, ConsoleRules.Typed).ExcludeFromDescription();
    }

    private static IResult Seal(IFormCollection form, ClaimsPrincipal user, KeptForms kept) => Results.Text(kept.Seal(
        user.ActorId, Purpose(form),
        form.Where(field => field.Key.StartsWith(Typed, StringComparison.Ordinal)).ToDictionary(field => field.Key[Typed.Length..], field => field.Value.ToArray())));

    private static IResult Open(IFormCollection form, ClaimsPrincipal user, KeptForms kept) => Results.Json(Opened(form, user, kept).ToDictionary(field => field.Key, field => field.Value.ToArray()));

    /// <summary>What was typed and chosen, by field; empty when it is somebody else's, another form's, too old or not of this making.</summary>
    internal static Dictionary<string, StringValues> Opened(IFormCollection form, ClaimsPrincipal user, KeptForms kept) =>
        kept.Open(user.ActorId, Purpose(form), form["kept"].ToString())?.ToDictionary() ?? [];

    private static string Purpose(IFormCollection form) => $"typed|{form["for"]}";
}
