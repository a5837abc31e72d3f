using Dapper;
using Hotline111.Contracts.Catalogues;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;

namespace Hotline111.Case.Releasing;

/// <summary>The desks that Referral told us of, with the release profile that governs what each may be sent.</summary>
public sealed class KnownDesks(EventStore store)
{
    /// <summary>The desk's present profile, or null when Referral has not told of the desk or it is no longer valid.</summary>
    public async Task<ReleaseProfile?> Profile(string deskId, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var named = await connection.QuerySingleOrDefaultAsync<string>(new CommandDefinition(
            "SELECT profile FROM read.desk WHERE desk_id = @deskId AND (valid_until IS NULL OR valid_until >= current_date)", new { deskId }, cancellationToken: ct));
        if (named is null)
            return null;
        var at = named.IndexOf('@', StringComparison.Ordinal);
        return ReleaseProfiles.All.FirstOrDefault(profile => profile.Id == named[..at] && profile.Edition == named[(at + 1)..]);
    }

    /// <summary>Referral entered or changed a desk.</summary>
    public static async Task WhenDeskChanged(Received<DeskChanged> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        var desk = received.Message;
        await transaction.Connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO read.desk (desk_id, agency_id, sector, profile, valid_from, valid_until) VALUES (@DeskId, @AgencyId, @Sector, @Profile, @ValidFrom, @ValidUntil)
            ON CONFLICT (desk_id) DO UPDATE SET agency_id = excluded.agency_id, sector = excluded.sector, profile = excluded.profile,
                valid_from = excluded.valid_from, valid_until = excluded.valid_until
            """,
            desk,
            transaction.Transaction,
            cancellationToken: ct));
    }
}
