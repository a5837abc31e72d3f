using System.Diagnostics;
using System.Security.Claims;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Gateway.Guards;
using Hotline111.Gateway.Tokens;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.EntityFrameworkCore;

namespace Hotline111.Gateway.Accounts;

/// <summary>The administrator's doors: accounts, and the keys that sign for them. Every change acts on open sessions at once.</summary>
public static class AdministerAccounts
{
    /// <summary>A line in the list of accounts.</summary>
    public sealed record AccountLine(
        Guid Id, string UserName, string DisplayName, string Role, string? Agency, IReadOnlyList<string> Desks, IReadOnlyList<string> Provinces,
        bool Disabled, bool Demo, DateTimeOffset CreatedAt);

    /// <summary>A page of accounts, oldest first.</summary>
    /// <param name="Accounts">The lines.</param>
    /// <param name="Next">Pass as <c>after</c> to go on; null at the end.</param>
    public sealed record AccountList(IReadOnlyList<AccountLine> Accounts, Guid? Next);

    /// <summary>Id of the key that will sign soon.</summary>
    public sealed record Rolled(string Kid);

    private const int PageSize = 200;

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var accounts = routes.MapGroup("/auth/accounts").WithTags("Accounts").RequireAction(GatewayRules.Table, GatewayRules.Administer).InLane(Lane.Agency);
        accounts.MapGet("", List).WithSummary("Danh sách tài khoản / accounts").Produces<AccountList>();
        accounts.MapPost("", Create).WithSummary("Tạo tài khoản; mật khẩu dùng một lần chỉ hiện một lần / make an account")
            .Produces<Handover>(201).ProducesProblem(400);
        accounts.MapPost("/{id:guid}/disable", Disable).WithSummary("Khóa tài khoản, có hiệu lực ngay / disable at once").Produces(204).ProducesProblem(404);
        accounts.MapPost("/{id:guid}/enable", Enable).WithSummary("Mở lại tài khoản / enable").Produces(204).ProducesProblem(404);
        accounts.MapPost("/{id:guid}/renew", Renew).WithSummary("Cấp lại mật khẩu, TOTP và mã dự phòng; mọi phiên kết thúc / new secrets, all sessions end")
            .Produces<Handover>().ProducesProblem(404);
        routes.MapPost("/auth/signing-keys/roll", Roll).WithTags("Tokens").RequireAction(GatewayRules.Table, GatewayRules.Administer).InLane(Lane.Agency)
            .WithSummary("Thay khóa ký; khóa cũ còn hiệu lực 10 phút / roll the signing key").Produces<Rolled>();
    }

    // In the order of their making: a cursor of ids says nothing about anybody in an address.
    private static async Task<IResult> List(AccountDatabase database, CancellationToken ct, Guid? after = null)
    {
        var from = after ?? Guid.Empty;
        var lines = await database.Accounts.AsNoTracking()
            .Where(account => account.Id.CompareTo(from) > 0)
            .OrderBy(account => account.Id)
            .Take(PageSize)
            .Select(account => new AccountLine(
                account.Id, account.UserName!, account.DisplayName, account.Role, account.Agency, account.Desks, account.Provinces,
                account.Disabled, account.Demo, account.CreatedAt))
            .ToListAsync(ct);
        return TypedResults.Ok(new AccountList(lines, lines.Count == PageSize ? lines[^1].Id : null));
    }

    private static async Task<IResult> Create(NewAccount body, ClaimsPrincipal user, Enrolment enrolment, CancellationToken ct)
    {
        var errors = Check(body);
        if (errors.Count > 0)
        {
            return GatewayProblems.BodyInvalid(errors);
        }

        var (handover, refusals) = await enrolment.Enrol(body, Actor(user), ct);
        return handover is null
            ? GatewayProblems.BodyInvalid(new Dictionary<string, string[]> { ["userName"] = [.. refusals.Select(error => error.Code)] })
            : TypedResults.Created($"/auth/accounts/{handover.Id}", handover);
    }

    /// <summary>What is wrong with a new account, by member; empty if nothing.</summary>
    internal static Dictionary<string, string[]> Check(NewAccount account)
    {
        var errors = new Dictionary<string, string[]>();
        if (string.IsNullOrWhiteSpace(account.UserName) || account.UserName.Length > 100)
        {
            errors["userName"] = ["1..100"];
        }

        if (string.IsNullOrWhiteSpace(account.DisplayName) || account.DisplayName.Length > 200)
        {
            errors["displayName"] = ["1..200"];
        }

        if (!Roles.People.Contains(account.Role, StringComparer.Ordinal))
        {
            errors["role"] = [string.Join(", ", Roles.People)];
        }

        var agency = AgencyDirectory.FindAgency(account.Agency);
        if (account.Role is Roles.Liaison or Roles.AgencyHead && string.IsNullOrWhiteSpace(account.Agency))
        {
            errors["agency"] = ["required for liaison and agency-head"];
        }
        else if (!string.IsNullOrEmpty(account.Agency) && agency is null)
        {
            errors["agency"] = ["not in the directory"];
        }

        // A desk of another agency would open that agency's referrals to this account.
        if (account.Role == Roles.Liaison && account.Desks is null or { Length: 0 })
        {
            errors["desks"] = ["at least one for a liaison"];
        }
        else if (account.Desks?.All(desk => AgencyDirectory.FindDesk(desk)?.AgencyId is { } owner && owner == agency?.Id) == false)
        {
            errors["desks"] = ["desks of the agency only"];
        }

        if (account.Provinces?.All(province => Provinces.Editions[^1].Find(province) is not null) == false)
        {
            errors["provinces"] = ["not in the catalogue"];
        }
        else if (errors.Count == 0 && !Rights.LimitFits(account.Role, account.Agency, account.Desks ?? [], account.Provinces ?? []))
        {
            errors["provinces"] = ["only for an agency, and not so that a desk goes unseen"];
        }

        return errors;
    }

    private static async Task<IResult> Disable(Guid id, ClaimsPrincipal user, Administration administration, CancellationToken ct) =>
        Answer(await administration.Disable(Actor(user), id, null, ct));

    private static async Task<IResult> Enable(Guid id, ClaimsPrincipal user, Administration administration, CancellationToken ct) =>
        Answer(await administration.Enable(Actor(user), id, null, ct));

    // For who has lost the telephone, or the account to somebody else.
    private static async Task<IResult> Renew(Guid id, ClaimsPrincipal user, Administration administration, CancellationToken ct)
    {
        var (handover, refusal) = await administration.Renew(Actor(user), id, null, ct);
        return handover is null ? Answer(refusal) : TypedResults.Ok(handover);
    }

    private static async Task<IResult> Roll(ClaimsPrincipal user, SigningKeys keys, Administration administration, CancellationToken ct)
    {
        var rolled = new Rolled(await keys.Roll(ct));
        await administration.Record(Actor(user), "signing-key-rolled", ct);
        return TypedResults.Ok(rolled);
    }

    /// <summary>Who asks.</summary>
    internal static Guid Actor(ClaimsPrincipal user) => Guid.Parse(user.ActorId);

    private static IResult Answer(AdministrationRefusal? refusal) => refusal switch
    {
        null => TypedResults.NoContent(),
        AdministrationRefusal.NotFound => Problems.NotFound,
        AdministrationRefusal.OwnAccount => GatewayProblems.BodyInvalid(new Dictionary<string, string[]> { ["id"] = ["not one's own account"] }),
        AdministrationRefusal.LastAdministrator => GatewayProblems.LastAdministrator,
        _ => throw new UnreachableException($"Nothing was named that could be stale: {refusal}."),
    };
}
