using Hotline111.Gateway.Guards;
using Hotline111.Platform.Access;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Hotline111.Gateway.Accounts;

/// <summary>
/// GET /auth/names?id=…&amp;id=…: the names that colleagues see, for accounts whose ids somebody was shown. Events hold account ids and no names; whoever reads them
/// asks here. Ids cannot be guessed, and one that nobody has is left out.
/// </summary>
public static class AccountNames
{
    /// <summary>Where it stands; the console asks at the internal listener.</summary>
    public const string Path = "/auth/names";

    /// <summary>How many may be asked for at once; more are not answered.</summary>
    public const int Most = 200;

    /// <summary>One account's name.</summary>
    public sealed record NameLine(Guid Id, string Name);

    /// <summary>The names that are known.</summary>
    public sealed record NameList(IReadOnlyList<NameLine> Names);

    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, Find).WithTags("Accounts").RequireAction(GatewayRules.Table, GatewayRules.KnowNames).InLane(Lane.Agency)
        .WithSummary("Tên của những tài khoản đã biết mã / the names of accounts whose ids one was shown").Produces<NameList>();

    private static async Task<IResult> Find([FromQuery] Guid[] id, NpgsqlDataSource source, CancellationToken ct)
    {
        await using var command = source.CreateCommand("select id, display_name from identity.account where id = any($1)");
        command.Parameters.Add(new() { Value = id.Distinct().Take(Most).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<NameLine> names = [];
        while (await reader.ReadAsync(ct))
            names.Add(new(reader.GetGuid(0), reader.GetString(1)));
        return TypedResults.Ok(new NameList(names));
    }
}
