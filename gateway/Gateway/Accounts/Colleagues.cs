using System.Security.Claims;
using Hotline111.Contracts.Access;
using Hotline111.Gateway.Sessions;
using Hotline111.Platform.Access;
using Npgsql;

namespace Hotline111.Gateway.Accounts;

/// <summary>
/// The names behind the account ids of one's own house: events and lists hold ids, and whoever shows them asks here. GET /api/colleagues: with whom one works.
/// GET /api/colleagues/on-shift: who of the hotline is signed in now.
/// </summary>
public static class Colleagues
{
    // A desk, an agency or a shift has dozens of people; more than this is nobody's house.
    private const int Most = 1000;

    /// <param name="Items">By name.</param>
    public sealed record ColleagueList(IReadOnlyList<Colleague> Items);

    /// <summary>Somebody one works with.</summary>
    /// <param name="Id">The account, as events name it.</param>
    /// <param name="Name">As colleagues know them.</param>
    /// <param name="Role">The role.</param>
    /// <param name="Desks">The desks they answer for; of these, those that the asker shares.</param>
    /// <param name="Disabled">No longer here: the name is still read in what they did, but nothing is given to them.</param>
    public sealed record Colleague(Guid Id, string Name, string Role, IReadOnlyList<string> Desks, bool Disabled);

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
        var colleagues = routes.MapGroup("/api/colleagues").WithTags("Accounts");
        colleagues.MapGet("", List).RequireAction(GatewayRules.Table, GatewayRules.Colleagues)
            .WithSummary("Tên đồng nghiệp cùng đơn vị / the names of one's colleagues").Produces<ColleagueList>();
        colleagues.MapGet("/on-shift", Shift).RequireAction(GatewayRules.Table, GatewayRules.Shift)
            .WithSummary("Nhân viên tổng đài đang đăng nhập / who of the hotline is signed in").Produces<ShiftList>();
    }

    // The hotline is one house; an agency's head has the agency, a liaison whoever shares a desk and the heads above it.
    private static async Task<IResult> List(ClaimsPrincipal user, NpgsqlDataSource source, CancellationToken ct)
    {
        var house = user.Role switch
        {
            Roles.AgencyHead => "agency = $1",
            Roles.Liaison => "(desks && $2 and agency = $1) or (role = 'agency-head' and agency = $1)",
            _ => "role = any($3)",
        };
        await using var command = source.CreateCommand($"select id, display_name, role, desks, disabled from identity.account where {house} order by display_name, id limit {Most}");
        var desks = user.DeskIds.ToArray();
        command.Parameters.Add(new() { Value = user.AgencyId ?? "" });
        command.Parameters.Add(new() { Value = desks });
        command.Parameters.Add(new() { Value = Roles.Hotline.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<Colleague> found = [];
        while (await reader.ReadAsync(ct))
        {
            var theirs = reader.GetFieldValue<string[]>(3);
            found.Add(new(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), user.Role == Roles.AgencyHead ? theirs : [.. theirs.Intersect(desks)], reader.GetBoolean(4)));
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
