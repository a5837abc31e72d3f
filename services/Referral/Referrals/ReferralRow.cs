using System.Security.Claims;
using Dapper;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;

namespace Hotline111.Referral.Referrals;

/// <summary>A referral as one row: codes, ids and times, never personal data.</summary>
public sealed record ReferralRow
{
    public Guid Id { get; init; }

    public required string Number { get; init; }

    public Guid CaseId { get; init; }

    public required string DeskId { get; init; }

    public required string AgencyId { get; init; }

    public required string Sector { get; init; }

    public string? ProvinceCode { get; init; }

    public required string Purpose { get; init; }

    public required string Urgency { get; init; }

    /// <summary>Code of list referral-state.</summary>
    public required string State { get; init; }

    /// <summary>The worklist it stands in, on the reader's side.</summary>
    public string? List { get; init; }

    /// <summary>Code of list referral-part.</summary>
    public required string Part { get; init; }

    /// <summary>The referral that was handed on to this desk, or null.</summary>
    public Guid? PreviousId { get; init; }

    /// <summary>The referral to the next desk while and after it is handed on; null when that came to nothing.</summary>
    public Guid? NextId { get; init; }

    public string? NextDeskId { get; init; }

    /// <summary>How it came to be sent; null before.</summary>
    public string? Ground { get; init; }

    public DateTime DraftedAt { get; init; }

    /// <summary>Only the hotline is told.</summary>
    public string? DraftedBy { get; init; }

    /// <summary>The supervisor sent the draft back with a question.</summary>
    public bool Returned { get; init; }

    public DateTime? SentAt { get; init; }

    /// <summary>How far the receipts have risen: code of list receipt-step, null before the first.</summary>
    public string? Receipt { get; init; }

    public DateTime? PublishedAt { get; init; }

    public DateTime? DeliveredAt { get; init; }

    public DateTime? OpenedAt { get; init; }

    public string? AcknowledgedBy { get; init; }

    public DateTime? AcknowledgedAt { get; init; }

    public bool AcknowledgedByPhone { get; init; }

    public string? AcceptedBy { get; init; }

    public DateTime? AcceptedAt { get; init; }

    public DateOnly? ExpectedOn { get; init; }

    /// <summary>How many fields the desk has asked about and the hotline has not answered.</summary>
    public int Questions { get; init; }

    /// <summary>How often the desk's clock was stopped.</summary>
    public int Pauses { get; init; }

    public string? HoldReason { get; init; }

    public DateOnly? HoldUntil { get; init; }

    public int Marks { get; init; }

    /// <summary>The mark that happened last, which need not be the one that was reported last.</summary>
    public string? LastMark { get; init; }

    public DateTime? LastMarkAt { get; init; }

    public string[] Milestones { get; init; } = [];

    public string? Progress { get; init; }

    public DateTime? ProgressAt { get; init; }

    /// <summary>Codes of the report as it holds now, one for each person; null before there is one.</summary>
    public string[]? Results { get; init; }

    public string? ReportedBy { get; init; }

    public DateTime? ReportedAt { get; init; }

    public DateTime? ConfirmedAt { get; init; }

    /// <summary>The report was corrected after it had been confirmed.</summary>
    public bool CorrectionDue { get; init; }

    public bool OutcomeUnknown { get; init; }

    /// <summary>Open requests of the desk for more time.</summary>
    public int ExtensionOpen { get; init; }

    /// <summary>Open requests of the desk for another agency beside it.</summary>
    public int JointOpen { get; init; }

    /// <summary>Dangers that the desk flagged and the hotline has not noted.</summary>
    public int DangerOpen { get; init; }

    /// <summary>Entries that the hotline wrote down for the desk and the desk has not confirmed.</summary>
    public int Unconfirmed { get; init; }

    /// <summary>It went out without approval, and a supervisor has to look at it. Only the hotline is told.</summary>
    public bool ReviewDue { get; init; }

    /// <summary>The desk returned data, and the hotline has neither sent a supplement nor opened the view since.</summary>
    public bool DataCut { get; init; }

    /// <summary>The case excludes the desk by now: it may not see the referral any more, and somebody else has to be asked. Only the hotline is told.</summary>
    public bool Excluded { get; init; }

    public int Supplements { get; init; }

    public DateTime? DeclinedAt { get; init; }

    public string? DeclineReason { get; init; }

    public string? AdvisedDeskId { get; init; }

    /// <summary>Why the hotline asks the desk to stop, or why it was withdrawn.</summary>
    public string? WithdrawalReason { get; init; }

    public DateTime? WithdrawalAskedAt { get; init; }

    public DateTime? WithdrawnAt { get; init; }

    /// <summary>The liaison who has it to hand.</summary>
    public string? ClaimedBy { get; init; }

    public DateTime? ClaimedAt { get; init; }

    public int Messages { get; init; }

    public DateTime? LastMessageAt { get; init; }

    /// <summary>Messages of the other side that the reader's side has not read.</summary>
    public int Unread { get; init; }

    /// <summary>The version of the Referral stream, which is the sheet's ETag.</summary>
    public long Version { get; init; }

    private const string Common =
        """
        r.id, r.number, r.case_id AS CaseId, r.desk_id AS DeskId, r.agency_id AS AgencyId, r.sector, r.province_code AS ProvinceCode, r.purpose, r.urgency, r.state, r.part,
        r.previous_id AS PreviousId, r.next_id AS NextId, r.next_desk_id AS NextDeskId, r.ground, r.drafted_at AS DraftedAt, r.sent_at AS SentAt, r.receipt,
        r.published_at AS PublishedAt, r.delivered_at AS DeliveredAt, r.opened_at AS OpenedAt, r.acknowledged_by AS AcknowledgedBy, r.acknowledged_at AS AcknowledgedAt,
        r.acknowledged_by_phone AS AcknowledgedByPhone, r.accepted_by AS AcceptedBy, r.accepted_at AS AcceptedAt, r.expected_on AS ExpectedOn, r.questions, r.pauses,
        r.hold_reason AS HoldReason, r.hold_until AS HoldUntil, r.marks, r.last_mark AS LastMark, r.last_mark_at AS LastMarkAt, r.milestones, r.progress, r.progress_at AS ProgressAt,
        r.results, r.reported_by AS ReportedBy, r.reported_at AS ReportedAt, r.confirmed_at AS ConfirmedAt, r.correction_due AS CorrectionDue, r.outcome_unknown AS OutcomeUnknown,
        r.extension_open AS ExtensionOpen, r.joint_open AS JointOpen, r.danger_open AS DangerOpen, r.unconfirmed, r.data_cut AS DataCut, r.supplements, r.declined_at AS DeclinedAt,
        r.decline_reason AS DeclineReason, r.advised_desk_id AS AdvisedDeskId, r.withdrawal_reason AS WithdrawalReason, r.withdrawal_asked_at AS WithdrawalAskedAt,
        r.withdrawn_at AS WithdrawnAt, r.claimed_by AS ClaimedBy, r.claimed_at AS ClaimedAt, r.messages, r.last_message_at AS LastMessageAt, r.version
        """;

    /// <summary>What to select from <c>read.referral r</c> for this reader: each side sees its own list and its own unread messages, a desk nothing of the hotline's own.</summary>
    public static string Columns(ClaimsPrincipal reader) => IsStaff(reader)
        ? $"{Common}, r.turn AS List, r.hotline_unread AS Unread, r.drafted_by AS DraftedBy, r.returned, r.review_due AS ReviewDue, {StillExcluded} AS Excluded"
        : $"{Common}, r.desk_list AS List, r.desk_unread AS Unread";

    /// <summary>
    /// The condition under which this reader may know of a row <c>r</c>; the same as <see cref="ReferralAccess.MaySee"/> and
    /// <see cref="Directory.Exclusions"/>, said in SQL for lists. Uses <c>@desks</c>, <c>@agency</c> and <c>@provinces</c>, see <see cref="Parameters"/>.
    /// </summary>
    public static string Visible(ClaimsPrincipal reader) => reader.Role switch
    {
        _ when IsStaff(reader) => "true",
        Roles.Liaison => $"r.sent_at IS NOT NULL AND r.desk_id = ANY(@desks) AND {Within(reader)} AND {NotExcluded}",
        Roles.AgencyHead => $"r.sent_at IS NOT NULL AND r.agency_id = @agency AND {Within(reader)} AND {NotExcluded}",
        _ => "false",
    };

    /// <summary>The row's territory lies where the account is limited to; uses <c>@provinces</c>.</summary>
    public static string Within(ClaimsPrincipal reader) => reader.Provinces.Count == 0 ? "true" : Lies("r", "@provinces");

    /// <summary>A row's desk lies, wholly or in part, in one of the provinces of this array: in the one that it noted, or in one that the directory names for the desk.</summary>
    internal static string Lies(string row, string provinces) =>
        $"({row}.province_code = ANY({provinces}) OR EXISTS (SELECT FROM read.desk d WHERE d.desk_id = {row}.desk_id AND d.province_codes && {provinces}))";

    private static readonly string ByCase =
        $"EXISTS (SELECT FROM read.case_exclusion x WHERE x.case_id = r.case_id AND (r.agency_id = ANY(x.agencies) OR {Lies("r", "x.provinces")}))";

    /// <summary>The case does not exclude the row's agency or territory.</summary>
    public static readonly string NotExcluded = $"NOT {ByCase}";

    // What is over needs nobody else any more.
    private static readonly string StillExcluded = $"(r.state NOT IN ('Closed', 'Declined', 'HandedOn', 'Withdrawn') AND {ByCase})";

    /// <summary>The parameters of <see cref="Visible"/>.</summary>
    public static DynamicParameters Parameters(ClaimsPrincipal reader)
    {
        var parameters = new DynamicParameters();
        parameters.Add("desks", reader.DeskIds.ToArray());
        parameters.Add("agency", reader.AgencyId ?? "");
        parameters.Add("provinces", reader.Provinces.ToArray());
        return parameters;
    }

    /// <summary>Staff of the hotline.</summary>
    public static bool IsStaff(ClaimsPrincipal reader) => reader.Role is Roles.Counsellor or Roles.Supervisor or Roles.Director;

    /// <summary>Whether the reader may know of any referral of the case.</summary>
    public static async Task<bool> AnyOf(EventStore store, Guid caseId, ClaimsPrincipal reader, CancellationToken ct)
    {
        var parameters = Parameters(reader);
        parameters.Add("caseId", caseId);
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<bool>(
            new CommandDefinition($"SELECT EXISTS (SELECT FROM read.referral r WHERE r.case_id = @caseId AND {Visible(reader)})", parameters, cancellationToken: ct));
    }

    /// <summary>One referral's row, or null.</summary>
    public static async Task<ReferralRow?> Find(EventStore store, Guid id, ClaimsPrincipal reader, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        return await connection.QuerySingleOrDefaultAsync<ReferralRow>(
            new CommandDefinition($"SELECT {Columns(reader)} FROM read.referral r WHERE r.id = @id", new { id }, cancellationToken: ct));
    }
}
