using Dapper;
using Hotline111.Contracts.Catalogues;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.Case.Releasing;

/// <summary>A desk as far as a release needs it.</summary>
/// <param name="Territory">The provinces it is on duty for; empty for the whole country.</param>
/// <param name="Profile">What it may be sent.</param>
public sealed record KnownDesk(string DeskId, string AgencyId, Items<string> Territory, ReleaseProfile Profile);

/// <summary>The desks that Referral told us of, with the release profile that governs what each may be sent.</summary>
public sealed class KnownDesks(EventStore store)
{
    /// <summary>The territories with which desks started, for those heard of before their territory was told: as parameters of a statement, codes with commas between them.</summary>
    public static readonly (string[] StartDesks, string[] StartProvinces) AtStart =
        ([.. AgencyDirectory.Desks.Select(desk => desk.Id)], [.. AgencyDirectory.Desks.Select(desk => string.Join(',', desk.ProvinceCodes))]);

    /// <summary>The desk as it is on that day in Vietnam, or null when Referral has not told of it or it is not valid then.</summary>
    public async Task<KnownDesk?> Find(string deskId, DateOnly today, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var found = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            """
            SELECT agency_id AS AgencyId, profile, province_codes AS ProvinceCodes FROM read.desk
             WHERE desk_id = @deskId AND (valid_until IS NULL OR valid_until >= @today) AND valid_from <= @today
            """,
            new { deskId, today },
            cancellationToken: ct));
        if (found is null)
            return null;
        var at = found.Profile.IndexOf('@', StringComparison.Ordinal);
        var profile = ReleaseProfiles.All.FirstOrDefault(one => one.Id == found.Profile[..at] && one.Edition == found.Profile[(at + 1)..]);
        // A desk heard of before its territory was kept, and not since: its territory is the one it started with.
        IEnumerable<string> territory = found.ProvinceCodes ?? (IEnumerable<string>?)AgencyDirectory.FindDesk(deskId)?.ProvinceCodes ?? [];
        return profile is null ? null : new(deskId, found.AgencyId, Items.From(territory), profile);
    }

    /// <summary>Whether each of these agencies has, or had, a desk.</summary>
    public async Task<bool> KnowsAgencies(string[] agencyIds, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "SELECT NOT EXISTS (SELECT unnest(@agencyIds::text[]) EXCEPT SELECT agency_id FROM read.desk)", new { agencyIds }, cancellationToken: ct));
    }

    /// <summary>Referral entered or changed a desk.</summary>
    public static async Task WhenDeskChanged(Received<DeskChanged> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        var desk = received.Message;
        await transaction.Connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO read.desk (desk_id, agency_id, sector, profile, province_codes, valid_from, valid_until)
            VALUES (@DeskId, @AgencyId, @Sector, @Profile, @provinceCodes, @ValidFrom, @ValidUntil)
            ON CONFLICT (desk_id) DO UPDATE SET agency_id = excluded.agency_id, sector = excluded.sector, profile = excluded.profile, province_codes = excluded.province_codes,
                valid_from = excluded.valid_from, valid_until = excluded.valid_until
            """,
            new { desk.DeskId, desk.AgencyId, desk.Sector, desk.Profile, provinceCodes = desk.ProvinceCodes.Split(',', StringSplitOptions.RemoveEmptyEntries), desk.ValidFrom, desk.ValidUntil },
            transaction.Transaction,
            cancellationToken: ct));
    }

    private sealed record Row
    {
        public string AgencyId { get; init; } = "";

        public string Profile { get; init; } = "";

        public string[]? ProvinceCodes { get; init; }
    }
}
