using System.Security.Claims;
using Dapper;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Referral.Referrals;

namespace Hotline111.Referral.Directory;

/// <summary>The desks as rows.</summary>
public sealed class DirectoryList : IProjection<DeskEvent>
{
    public string Name => "directory.1";

    public IReadOnlyList<string> Tables => ["desk"];

    public FormattableString? Apply(Recorded<DeskEvent> recorded) => recorded.Event switch
    {
        DeskEvent.Entered e => Row(e.Facts),
        DeskEvent.Changed e => Row(e.Facts),
        _ => null,
    };

    /// <summary>
    /// GET /desks: who could be asked, by territory and competence; with <c>caseId</c> without those that the case excludes, as far as the reader may know of the case:
    /// whoever has no referral of it sees every desk, and nobody learns by it that his own agency is excluded. GET /agencies.
    /// </summary>
    public static void Map(IEndpointRouteBuilder desks, IEndpointRouteBuilder agencies)
    {
        desks.MapGet("/", List).RequireAction(ReferralAccess.Table, "desk.list")
            .DescribeList("Các đầu mối theo địa bàn và loại yêu cầu", "desks by territory and purpose");
        desks.MapGet("/{id}", Read).RequireAction(ReferralAccess.Table, "desk.list")
            .DescribeRead("Một đầu mối", "one desk");
        agencies.MapGet("/", Agencies).RequireAction(ReferralAccess.Table, "desk.list")
            .DescribeList("Các cơ quan", "agencies");
    }

    /// <param name="Profile">Release profile with edition.</param>
    public sealed record Desk(
        string Id, string AgencyId, string Sector, string Vi, string En, IReadOnlyList<string> ProvinceCodes, IReadOnlyList<string> Competences, string Profile,
        IReadOnlyList<string> Channels, DateOnly ValidFrom, DateOnly? ValidUntil);

    public sealed record Agency(string Id, string Vi, string En, string Sector);

    /// <summary>The facts of a desk that is valid today, or null.</summary>
    public static async Task<DeskFacts?> Find(EventStore store, string deskId, DateOnly today, CancellationToken ct)
    {
        var folded = await store.Load(DeskDecider.Instance, DeskDecider.IdOf(deskId), ct);
        return folded.State.Facts is { } facts && facts.ValidFrom <= today && (facts.ValidUntil is null || facts.ValidUntil >= today) ? facts : null;
    }

    private static async Task<IResult> Read(string id, EventStore store, CancellationToken ct) =>
        (await Query(store, null, null, null, null, id, ct)) is [var desk] ? Results.Json(desk) : ReferralRefusals.DeskNotFound.ToProblem();

    private static async Task<IResult> List(ClaimsPrincipal user, EventStore store, string? province, string? purpose, Guid? caseId, CancellationToken ct)
    {
        if (ReferralRow.IsStaff(user))
            return Results.Json(await Query(store, province, purpose, caseId, null, null, ct));
        var known = caseId is { } named && await ReferralRow.AnyOf(store, named, user, ct) ? caseId : null;
        return Results.Json(await Query(store, province, purpose, known, user.AgencyId, null, ct));
    }

    private static IResult Agencies() => Results.Json(AgencyDirectory.Agencies.Select(a => new Agency(a.Id, a.NameVi, a.NameEn, a.Sector)));

    /// <param name="caseId">Leaves out what this case excludes, but none of <paramref name="ownAgency"/>.</param>
    private static async Task<IReadOnlyList<Desk>> Query(EventStore store, string? province, string? purpose, Guid? caseId, string? ownAgency, string? id, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<Stored>(new CommandDefinition(
            """
            SELECT desk_id AS DeskId, agency_id AS AgencyId, sector, array_to_string(province_codes, ',') AS ProvinceCodes, array_to_string(competences, ',') AS Competences, profile,
                   array_to_string(channels, ',') AS Channels, valid_from AS ValidFrom, valid_until AS ValidUntil
              FROM read.desk
             WHERE (@province::text IS NULL OR cardinality(province_codes) = 0 OR @province = ANY(province_codes))
               AND (@purpose::text IS NULL OR @purpose = ANY(competences))
               AND (@id::text IS NULL OR desk_id = @id)
               AND NOT EXISTS (SELECT FROM read.case_exclusion e WHERE e.case_id = @caseId::uuid AND agency_id IS DISTINCT FROM @ownAgency::text
                                 AND (agency_id = ANY(e.agencies) OR province_codes && e.provinces))
             ORDER BY cardinality(province_codes), desk_id
            """,
            new { province, purpose, caseId, ownAgency, id },
            cancellationToken: ct));
        return [.. rows.Select(Named)];
    }

    private static Desk Named(Stored row)
    {
        var named = AgencyDirectory.FindDesk(row.DeskId);
        return new(
            row.DeskId, row.AgencyId, row.Sector, named?.NameVi ?? row.DeskId, named?.NameEn ?? row.DeskId, Split(row.ProvinceCodes), Split(row.Competences), row.Profile, Split(row.Channels),
            row.ValidFrom, row.ValidUntil);

        static string[] Split(string codes) => codes.Split(',', StringSplitOptions.RemoveEmptyEntries);
    }

    private static FormattableString Row(DeskFacts f) =>
        $"""
        INSERT INTO read.desk (desk_id, agency_id, sector, province_codes, competences, profile, channels, valid_from, valid_until)
        VALUES ({f.DeskId}, {f.AgencyId}, {f.Sector}, {f.ProvinceCodes.ToArray()}, {f.Competences.ToArray()}, {f.Profile}, {f.Channels.ToArray()}, {f.ValidFrom}, {f.ValidUntil})
        ON CONFLICT (desk_id) DO UPDATE SET agency_id = excluded.agency_id, sector = excluded.sector, province_codes = excluded.province_codes, competences = excluded.competences,
            profile = excluded.profile, channels = excluded.channels, valid_from = excluded.valid_from, valid_until = excluded.valid_until
        """;

    // Arrays come as text: Dapper cannot match an array to a record's parameter.
    private sealed record Stored(
        string DeskId, string AgencyId, string Sector, string ProvinceCodes, string Competences, string Profile, string Channels, DateOnly ValidFrom, DateOnly? ValidUntil);
}
