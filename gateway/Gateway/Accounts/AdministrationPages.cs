using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Gateway.Guards;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc;

namespace Hotline111.Gateway.Accounts;

/// <summary>
/// /administration/accounts: who may sign in and as what. Every command has a page of its own that says what it means, and takes the state that was seen there.
/// /administration/events: what administrators did.
/// </summary>
public static class AdministrationPages
{
    /// <summary>The list.</summary>
    public const string Path = "/administration/accounts";

    /// <summary>What was done.</summary>
    public const string EventsPath = "/administration/events";

    /// <summary>What can be done with an account by one button, by the last part of the address.</summary>
    public static IReadOnlyList<string> Acts { get; } = ["password", "second-factor", "sessions", "disable", "enable"];

    /// <summary>How many events a page shows.</summary>
    private const int EventsShown = 100;

    private static readonly string[] States = ["disabled", "no-factor", "one-time", "unused"];

    /// <summary>Maps the pages.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var accounts = routes.MapGroup(Path).RequireAction(GatewayRules.Table, GatewayRules.Administer).InLane(Lane.Agency).ExcludeFromDescription();
        accounts.MapGet("", List);
        accounts.MapPost("find", Find);
        accounts.MapGet("new", (Words words) => Form(null, AccountForm.Empty, [], StatusCodes.Status200OK));
        accounts.MapPost("new", Create);
        accounts.MapGet("{id:guid}", Show);
        accounts.MapGet("{id:guid}/change", ShowChange);
        accounts.MapPost("{id:guid}/change", Change);
        accounts.MapGet("{id:guid}/{act}", ShowAct);
        accounts.MapPost("{id:guid}/{act}", Act);
        routes.MapGet(EventsPath, Events).RequireAction(GatewayRules.Table, GatewayRules.Administer).InLane(Lane.Agency).ExcludeFromDescription();
    }

    private static async Task<IResult> List(
        string? role, string? agency, string? desk, string? state, string? find, int? page, AccountBook book, IDataProtectionProvider protection, CancellationToken ct)
    {
        var filter = new AccountFilter(Open(find, protection), Some(role), Some(agency), Some(desk), States.Contains(state) ? state : null);
        var at = Math.Clamp(page ?? 0, 0, 10_000);
        var (entries, count) = await book.List(filter, at, ct);
        return Page.Of<AccountsView>(new { Filter = filter, Find = find, Entries = entries, Count = count, At = at });
    }

    // A name is somebody's: it goes into the address sealed, so that neither a log nor the history of a shared computer tells it, and Back still works. For the same reason nothing
    // else goes there but what the lists offer.
    private static IResult Find(
        [FromForm] string? name, [FromForm] string? role, [FromForm] string? agency, [FromForm] string? desk, [FromForm] string? state, IDataProtectionProvider protection) =>
        Page.After(Address(new AccountFilter(
            null, Roles.People.Contains(role) ? role : null, AgencyDirectory.FindAgency(agency)?.Id, AgencyDirectory.FindDesk(desk)?.Id, States.Contains(state) ? state : null), string.IsNullOrWhiteSpace(name) ? null : Names(protection).Protect(name.Trim(), TimeSpan.FromHours(12)), 0));

    /// <summary>The address of a page of the list.</summary>
    /// <param name="filter">Which accounts.</param>
    /// <param name="find">The sealed name, or null.</param>
    /// <param name="page">From 0.</param>
    public static string Address(AccountFilter filter, string? find, int page)
    {
        var parts = new (string Name, string? Value)[]
        {
            ("role", filter.Role), ("agency", filter.Agency), ("desk", filter.Desk), ("state", filter.State), ("find", find), ("page", page == 0 ? null : page.ToString(CultureInfo.InvariantCulture)),
        };
        var query = string.Join('&', parts.Where(part => part.Value is not null).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}"));
        return query.Length == 0 ? Path : $"{Path}?{query}";
    }

    private static async Task<IResult> Create(IFormCollection sent, ClaimsPrincipal user, Enrolment enrolment, Words words, CancellationToken ct)
    {
        var (rights, form, errors) = AccountForm.Read(sent).Check(words, isNew: true);
        if (rights is null)
        {
            return Form(null, form, errors, StatusCodes.Status422UnprocessableEntity);
        }

        // Whoever makes an administrator makes an equal: said once more before it is done.
        if (rights.Role == Roles.Administrator && sent["confirmed"] != "yes")
        {
            return Page.Of<AccountConfirm>(new { Form = form, Rights = rights });
        }

        var wanted = new NewAccount(form.UserName!, rights.DisplayName, rights.Role, rights.Agency, [.. rights.Desks], [.. rights.Provinces]);
        var (handover, refusals) = await enrolment.Enrol(wanted, AdministerAccounts.Actor(user), ct);
        if (handover is null)
        {
            errors.Add("userName", refusals.Any(refusal => refusal.Code == "DuplicateUserName") ? words["Administration.UserNameTaken"] : words["Administration.UserNameLetters"]);
            return Form(null, form, errors, StatusCodes.Status422UnprocessableEntity);
        }

        return Page.Of<HandoverPage>(new { Handover = handover, UserName = form.UserName, Rights = rights, Act = "create" });
    }

    private static async Task<IResult> Show(Guid id, string? done, ClaimsPrincipal user, AccountBook book, CancellationToken ct) =>
        await book.Find(id, ct) is { } entry
            ? Page.Of<AccountSheet>(new
            {
                Entry = entry,
                Own = AdministerAccounts.Actor(user) == id,
                Done = done,
                Events = await book.Events(id, null, 20, ct),
                Door = await book.AtTheDoor(id, 10, ct),
            })
            : Problems.NotFound;

    private static async Task<IResult> ShowChange(Guid id, ClaimsPrincipal user, AccountBook book, Words words, CancellationToken ct) => await book.Find(id, ct) switch
    {
        null => Problems.NotFound,
        var own when own.Id == AdministerAccounts.Actor(user) => Page.After($"{Path}/{id:D}?done=own"),
        var entry => Form(entry, AccountForm.Of(entry, words), [], StatusCodes.Status200OK),
    };

    private static async Task<IResult> Change(Guid id, IFormCollection sent, ClaimsPrincipal user, AccountBook book, Administration administration, Words words, CancellationToken ct)
    {
        if (await book.Find(id, ct) is not { } entry)
        {
            return Problems.NotFound;
        }

        var stamp = sent["stamp"].ToString();
        var (rights, form, errors) = AccountForm.Read(sent).Check(words, isNew: false);
        entry = entry with { Stamp = stamp };
        if (rights is null)
        {
            return Form(entry, form, errors, StatusCodes.Status422UnprocessableEntity);
        }

        if (!entry.Rights.AllowsAs(rights) && sent["confirmed"] != "yes")
        {
            return Page.Of<AccountConfirm>(new { Form = form, Rights = rights, Entry = entry });
        }

        return await administration.Change(AdministerAccounts.Actor(user), id, stamp, rights, ct) is { } refusal
            ? Refused(id, refusal)
            : Page.After($"{Path}/{id:D}?done={(entry.Rights.AllowsAs(rights) ? "renamed" : "change")}");
    }

    private static async Task<IResult> ShowAct(Guid id, string act, ClaimsPrincipal user, AccountBook book, CancellationToken ct) => await book.Find(id, ct) switch
    {
        null => Problems.NotFound,
        _ when !Acts.Contains(act) => Problems.NotFound,
        var own when own.Id == AdministerAccounts.Actor(user) => Page.After($"{Path}/{id:D}?done=own"),
        var entry => Page.Of<AccountAct>(new { Entry = entry, Act = act }),
    };

    private static async Task<IResult> Act(
        Guid id, string act, [FromForm] string? stamp, ClaimsPrincipal user, AccountBook book, Administration administration, CancellationToken ct)
    {
        var by = AdministerAccounts.Actor(user);
        Handover? handover = null;
        AdministrationRefusal? refusal;
        switch (act)
        {
            case "password":
                (handover, refusal) = await administration.NewPassword(by, id, stamp ?? "", ct);
                break;
            case "second-factor":
                (handover, refusal) = await administration.NewSecondFactor(by, id, stamp ?? "", ct);
                break;
            case "sessions":
                refusal = await administration.EndSessions(by, id, ct);
                break;
            case "disable":
                refusal = await administration.Disable(by, id, stamp ?? "", ct);
                break;
            case "enable":
                refusal = await administration.Enable(by, id, stamp ?? "", ct);
                break;
            default:
                return Problems.NotFound;
        }

        if (refusal is { } no)
        {
            return Refused(id, no);
        }

        // Shown in the answer itself and never again: a reload carries a stamp that is over.
        return handover is not null && await book.Find(id, ct) is { } entry
            ? Page.Of<HandoverPage>(new { Handover = handover, entry.UserName, entry.Rights, Act = act })
            : Page.After($"{Path}/{id:D}?done={act}");
    }

    private static async Task<IResult> Events(long? before, AccountBook book, CancellationToken ct) =>
        Page.Of<EventsView>(new { Events = await book.Events(null, before, EventsShown, ct), Full = EventsShown });

    private static IResult Refused(Guid id, AdministrationRefusal refusal) => refusal switch
    {
        AdministrationRefusal.NotFound => Problems.NotFound,
        AdministrationRefusal.OwnAccount => Page.After($"{Path}/{id:D}?done=own"),
        AdministrationRefusal.LastAdministrator => Page.After($"{Path}/{id:D}?done=last"),
        _ => Page.After($"{Path}/{id:D}?done=stale"),
    };

    private static IResult Form(AccountEntry? entry, AccountForm form, FormErrors errors, int status) => Page.Of<AccountFormView>(new { Entry = entry, Form = form, Errors = errors }, status);

    private static string? Some(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static ITimeLimitedDataProtector Names(IDataProtectionProvider protection) => protection.CreateProtector("account-search").ToTimeLimitedDataProtector();

    private static string? Open(string? find, IDataProtectionProvider protection)
    {
        try
        {
            return find is { Length: > 0 and < 2000 } ? Names(protection).Unprotect(find) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
