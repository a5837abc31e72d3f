using System.Security.Claims;
using Hotline111.Console.Referrals;
using Hotline111.Platform.Access;

namespace Hotline111.Console;

/// <summary>
/// POST /kept: what somebody is typing in a form, sealed for them and this form, for their own window to keep; no service keeps it. POST /kept/open: what was sealed,
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

    private static IResult Open(IFormCollection form, ClaimsPrincipal user, KeptForms kept) =>
        Results.Json((kept.Open(user.ActorId, Purpose(form), form["kept"].ToString()) ?? new Dictionary<string, Microsoft.Extensions.Primitives.StringValues>())
            .ToDictionary(field => field.Key, field => field.Value.ToString()));

    private static string Purpose(IFormCollection form) => $"typed|{form["for"]}";
}
