using Dapper;
using Hotline111.Case.Releasing;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;

namespace Hotline111.Case.Referrals;

/// <summary>What a desk reported about one person.</summary>
/// <param name="PersonId">The person; null when the referral names nobody.</param>
/// <param name="Result">Code of the lists referral-result and no-result.</param>
public sealed record ReportedResult(Guid? PersonId, string Result);

/// <summary>Where one of the case's referrals stands, as Referral's messages tell it. Codes, ids and times only.</summary>
public sealed record CaseReferral
{
    public required Guid ReferralId { get; init; }

    public string Number { get; init; } = "";

    public required string DeskId { get; init; }

    public required string AgencyId { get; init; }

    /// <summary>Code of list referral-purpose.</summary>
    public required string Purpose { get; init; }

    public string Urgency { get; init; } = "";

    /// <summary>Code of list referral-part.</summary>
    public string Part { get; init; } = ReferralParts.Lead;

    /// <summary>The case has been kept from the desk since it was asked: it sees nothing more of it, and whether it goes on nobody should rely on.</summary>
    public bool Excluded { get; init; }

    /// <summary>Code of list referral-state.</summary>
    public required string State { get; init; }

    public DateTime SentAt { get; init; }

    /// <summary>How it came to be sent; null when it was sent before this was told.</summary>
    public string? Ground { get; init; }

    /// <summary>SHA-256 of the package as the desk has it now, supplements included.</summary>
    public string? PackageHash { get; init; }

    /// <summary>The referral that was handed on to this desk, or null.</summary>
    public Guid? PreviousId { get; init; }

    /// <summary>The referral that this one is being or was handed on to, or null.</summary>
    public Guid? NextId { get; init; }

    public DateTime? OpenedAt { get; init; }

    public string? AcknowledgedBy { get; init; }

    public DateTime? AcknowledgedAt { get; init; }

    /// <summary>Receipt was confirmed by phone and entered by the hotline.</summary>
    public bool ByPhone { get; init; }

    public DateTime? AcceptedAt { get; init; }

    public DateOnly? ExpectedOn { get; init; }

    public DateTime? DeclinedAt { get; init; }

    public string? DeclineReason { get; init; }

    public string? AdvisedDeskId { get; init; }

    /// <summary>The mark that happened last, which need not be the one entered last.</summary>
    public string? Mark { get; init; }

    public DateTime? MarkAt { get; init; }

    public string? Progress { get; init; }

    public DateTime? ProgressAt { get; init; }

    /// <summary>Codes of list milestone, in the order in which they were told.</summary>
    public IReadOnlyList<string> Milestones { get; init; } = [];

    public string? HoldReason { get; init; }

    public DateOnly? HeldUntil { get; init; }

    /// <summary>The desk's latest report, person by person; empty before the first. It holds while the state is Reported or Closed.</summary>
    public IReadOnlyList<ReportedResult> Results { get; init; } = [];

    public DateTime? ReportedAt { get; init; }

    public DateTime? ConfirmedAt { get; init; }

    /// <summary>The desk corrected its report after the referral was closed, and the hotline has not confirmed that yet.</summary>
    public bool CorrectionDue { get; init; }

    /// <summary>How many requests of the desk wait for the hotline.</summary>
    public int OpenRequests { get; init; }

    /// <summary>Why it was withdrawn or, while it is open, why the hotline asks the desk to stop.</summary>
    public string? WithdrawalReason { get; init; }

    public DateTime? WithdrawnAt { get; init; }

    /// <summary>The desk has returned data that it should not have, and the hotline has neither sent a supplement nor opened its view since.</summary>
    public bool DataCut { get; init; }

    public int Supplements { get; init; }

    public string? ReviewFinding { get; init; }

    public bool OutcomeUnknown { get; init; }

    /// <summary>Whether what the desk reported is its present word: a questioned report is not.</summary>
    public bool HasReported => State is "Reported" or "Closed";

    /// <summary>
    /// Says in SQL what <see cref="Cases.Restriction.Excludes"/> says of one desk: whether the case "l" excludes the desk of its referral "r". Of a desk whose territory was
    /// never told the parameters of <see cref="KnownDesks.AtStart"/> say the one it started with.
    /// </summary>
    internal const string IsExcluded =
        """
        CASE WHEN coalesce(cardinality(l.excluded_agencies) + cardinality(l.excluded_provinces), 0) = 0 THEN false
             ELSE r.agency_id = ANY(l.excluded_agencies) OR l.excluded_provinces && coalesce(
                      (SELECT d.province_codes FROM read.desk d WHERE d.desk_id = r.desk_id),
                      (SELECT string_to_array(s.provinces, ',') FROM unnest(@startDesks, @startProvinces) AS s (desk_id, provinces) WHERE s.desk_id = r.desk_id),
                      '{}') END
        """;

    /// <summary>Every referral of a case, oldest first.</summary>
    public static async Task<IReadOnlyList<CaseReferral>> Of(EventStore store, Guid caseId, CancellationToken ct) =>
        [.. (await Of(store, [caseId], ct))[caseId]];

    /// <summary>Every referral of several cases, oldest first.</summary>
    public static async Task<ILookup<Guid, CaseReferral>> Of(EventStore store, Guid[] caseIds, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<Row, CaseReferral, (Row Row, CaseReferral Referral)>(
            new CommandDefinition(
                $"""
                SELECT r.case_id AS CaseId, r.result_persons AS ResultPersons, r.results AS ResultCodes, r.milestones AS MilestoneCodes,
                       r.referral_id AS ReferralId, r.number, r.desk_id AS DeskId, r.agency_id AS AgencyId, r.purpose, r.urgency, r.part, r.state, r.sent_at AS SentAt, r.ground,
                       r.package_hash AS PackageHash, r.previous_id AS PreviousId, r.next_id AS NextId, coalesce(r.opened_at, o.opened_at) AS OpenedAt,
                       r.acknowledged_by AS AcknowledgedBy, r.acknowledged_at AS AcknowledgedAt, r.by_phone AS ByPhone, r.accepted_at AS AcceptedAt, r.expected_on AS ExpectedOn,
                       r.declined_at AS DeclinedAt, r.decline_reason AS DeclineReason, r.advised_desk_id AS AdvisedDeskId, r.mark, r.mark_at AS MarkAt, r.progress,
                       r.progress_at AS ProgressAt, r.hold_reason AS HoldReason, r.held_until AS HeldUntil, r.reported_at AS ReportedAt, r.confirmed_at AS ConfirmedAt,
                       r.correction_due AS CorrectionDue, cardinality(r.open_requests) AS OpenRequests, r.withdrawal_reason AS WithdrawalReason, r.withdrawn_at AS WithdrawnAt,
                       r.data_cut AS DataCut, r.supplements, r.review_finding AS ReviewFinding, r.outcome_unknown AS OutcomeUnknown,
                       {IsExcluded} AS Excluded
                  FROM read.case_referral r LEFT JOIN read.case_referral_opening o USING (referral_id) LEFT JOIN read.case_list l ON l.id = r.case_id
                 WHERE r.case_id = ANY(@caseIds) ORDER BY r.sent_at, r.referral_id
                """,
                new { caseIds, KnownDesks.AtStart.StartDesks, KnownDesks.AtStart.StartProvinces },
                cancellationToken: ct),
            (row, referral) => (row, referral with
            {
                Milestones = row.MilestoneCodes,
                Results = [.. row.ResultCodes.Select((result, i) => new ReportedResult(i < row.ResultPersons.Length ? row.ResultPersons[i] : null, result))],
            }),
            splitOn: "ReferralId");
        return rows.ToLookup(found => found.Row.CaseId, found => found.Referral);
    }

    private sealed record Row
    {
        public Guid CaseId { get; init; }

        public Guid[] ResultPersons { get; init; } = [];

        public string[] ResultCodes { get; init; } = [];

        public string[] MilestoneCodes { get; init; } = [];
    }
}
