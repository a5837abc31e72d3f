using System.Security.Claims;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Guards;
using Hotline111.Gateway.Sessions;
using Hotline111.Platform.Access;
using Npgsql;

namespace Hotline111.Gateway.Accounts;

/// <summary>
/// Who works beside one. GET /api/colleagues: the liaisons to whom something can be given, at one's desks or in one's agency. GET /api/colleagues/on-shift: who of
/// the hotline is signed in now.
/// </summary>
public static class Colleagues
{
    // A desk or an agency has dozens of people; more than this is nobody's house.
    private const int Most = 1000;

    /// <param name="Items">By name.</param>
    public sealed record ColleagueList(IReadOnlyList<Colleague> Items);

    /// <summary>A liaison whose account is open.</summary>
    /// <param name="Id">The account, as events name it.</param>
    /// <param name="Name">As colleagues know them.</param>
    /// <param name="Desks">The desks they answer for; of these, those that the asker shares. A head shares all of the agency.</param>
    public sealed record Colleague(Guid Id, string Name, IReadOnlyList<string> Desks);

    /// <param name="Items">By name.</param>
    public sealed record ShiftList(IReadOnlyList<OnShift> Items);

    /// <summary>Somebody of the hotline who is signed in.</summary>
    /// <param name="Id">The account.</param>
    /// <param name="Name">As colleagues know them.</param>
    /// <param name="Role">The role.</param>
    /// <param name="Since">When the first of the sessions that are still open began.</param>
    /// <param name="LastActiveAt">When something was last done in one, to a quarter of a minute.</param>
    public sealed record OnShift(Guid Id, string Name, string Role, DateTimeOffset Since, DateTimeOffset LastActiveAt);

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var colleagues = routes.MapGroup("/api/colleagues").WithTags("Accounts").InLane(Lane.Agency);
        colleagues.MapGet("", List).RequireAction(GatewayRules.Table, GatewayRules.Colleagues)
            .WithSummary("Đồng nghiệp có thể giao việc / colleagues to whom something can be given").Produces<ColleagueList>();
        colleagues.MapGet("/on-shift", Shift).RequireAction(GatewayRules.Table, GatewayRules.Shift)
            .WithSummary("Nhân viên tổng đài đang đăng nhập / who of the hotline is signed in").Produces<ShiftList>();
    }

    private static async Task<IResult> List(ClaimsPrincipal user, NpgsqlDataSource source, CancellationToken ct)
    {
        var (head, desks) = (user.Role == Roles.AgencyHead, user.DeskIds.ToArray());
        await using var command = source.CreateCommand(
            $"select id, display_name, desks from identity.account where role = $1 and not disabled and agency = $2 and ($3 or desks && $4) order by display_name, id limit {Most}");
        command.Parameters.Add(new() { Value = Roles.Liaison });
        command.Parameters.Add(new() { Value = user.AgencyId ?? "" });
        command.Parameters.Add(new() { Value = head });
        command.Parameters.Add(new() { Value = desks });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<Colleague> found = [];
        while (await reader.ReadAsync(ct))
        {
            var theirs = reader.GetFieldValue<string[]>(2);
            found.Add(new(reader.GetGuid(0), reader.GetString(1), head ? theirs : [.. theirs.Intersect(desks)]));
        }

        return TypedResults.Ok(new ColleagueList(found));
    }

    private static async Task<IResult> Shift(NpgsqlDataSource source, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var command = source.CreateCommand("""
            select a.id, a.display_name, a.role, min(s.created_at), max(s.last_active_at)
              from gateway.session s join identity.account a on a.id = s.account
             where s.ended_at is null and s.expires_at > $1 and s.last_active_at > $2 and not a.disabled and a.role = any($3)
             group by a.id, a.display_name, a.role order by a.display_name, a.id
            """);
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = now - SessionRegister.Idle });
        command.Parameters.Add(new() { Value = Roles.Hotline.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<OnShift> found = [];
        while (await reader.ReadAsync(ct))
            found.Add(new(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetFieldValue<DateTimeOffset>(4)));
        return TypedResults.Ok(new ShiftList(found));
    }
}
