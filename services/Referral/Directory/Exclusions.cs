using System.Security.Claims;
using Dapper;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Case.V1;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;
using Hotline111.Referral.Referrals;

namespace Hotline111.Referral.Directory;

/// <summary>
/// Agencies and territories that must not learn of a case, because one of their officials is involved. Case decides it; drafting, approval, hand-on and what
/// agencies see honour it; what lies at such a desk already is the hotline's to act on (<see cref="Worklists"/>). A desk without a territory of its own is excluded by its agency alone.
/// </summary>
public static class Exclusions
{
    /// <summary>Whether this user may know of the referral: the table's rule, and for agencies no exclusion of the case.</summary>
    public static async Task<bool> MaySee(EventStore store, ClaimsPrincipal user, ReferralState state, CancellationToken ct)
    {
        if (user.Role is not (Roles.Liaison or Roles.AgencyHead) || state is not ReferralState.Open { Facts: var facts })
            return ReferralAccess.MaySee(user, state, []);
        var known = await Look(store, facts, ct);
        return !known.Excluded && ReferralAccess.MaySee(user, state, known.Territory);
    }

    /// <summary>Whether the case excludes the desk to which the referral is addressed.</summary>
    public static async Task<bool> Excludes(EventStore store, ReferralFacts facts, CancellationToken ct) => (await Look(store, facts, ct)).Excluded;

    /// <summary>Whether the case excludes the desk.</summary>
    public static async Task<bool> Excludes(EventStore store, Guid caseId, DeskFacts desk, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "SELECT EXISTS (SELECT FROM read.case_exclusion WHERE case_id = @caseId AND (@agency = ANY(agencies) OR provinces && @provinces))",
            new { caseId, agency = desk.AgencyId, provinces = desk.ProvinceCodes.ToArray() },
            cancellationToken: ct));
    }

    // A desk's territory is the province that the referral noted when it was drafted and, as a desk may have several, all that the directory names today.
    private static async Task<(string[] Territory, bool Excluded)> Look(EventStore store, ReferralFacts facts, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        return await connection.QuerySingleAsync<(string[], bool)>(new CommandDefinition(
            """
            SELECT territory,
                   EXISTS (SELECT FROM read.case_exclusion WHERE case_id = @CaseId AND (@AgencyId = ANY(agencies) OR provinces && territory))
              FROM (SELECT array_remove(@ProvinceCode::text || coalesce((SELECT province_codes FROM read.desk WHERE desk_id = @DeskId), '{}'), NULL)) AS t (territory)
            """,
            new { facts.CaseId, facts.AgencyId, facts.DeskId, facts.ProvinceCode },
            cancellationToken: ct));
    }

    /// <summary>Case restricted the case, or lifted a restriction: the whole list stands in the message.</summary>
    public static async Task WhenCaseRestricted(Received<CaseRestricted> received, StoreTransaction transaction, IServiceProvider services, CancellationToken ct)
    {
        var restricted = received.Message;
        await transaction.Connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO read.case_exclusion (case_id, agencies, provinces) VALUES (@CaseId, @agencies, @provinces)
            ON CONFLICT (case_id) DO UPDATE SET agencies = excluded.agencies, provinces = excluded.provinces
            """,
            new { restricted.CaseId, agencies = Split(restricted.ExcludedAgencies), provinces = Split(restricted.ExcludedProvinces) },
            transaction.Transaction,
            cancellationToken: ct));

        static string[] Split(string codes) => codes.Split(',', StringSplitOptions.RemoveEmptyEntries);
    }
}
