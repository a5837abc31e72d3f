namespace Hotline111.Console.Lists;

/// <summary>A referral as the service's lists tell it: codes, ids and times, never a word about a person.</summary>
public sealed record ReferralLine
{
    public required Guid Id { get; init; }

    public required string Number { get; init; }

    public required string DeskId { get; init; }

    public string? ProvinceCode { get; init; }

    /// <summary>Code of list referral-purpose.</summary>
    public required string Purpose { get; init; }

    /// <summary>Code of list urgency.</summary>
    public required string Urgency { get; init; }

    /// <summary>Code of list referral-state.</summary>
    public required string State { get; init; }

    /// <summary>The worklist it stands in on the reader's side.</summary>
    public string? List { get; init; }

    /// <summary>The referral that was handed on to this desk, or null.</summary>
    public Guid? PreviousId { get; init; }

    /// <summary>Code of how it came to be sent; null before.</summary>
    public string? Ground { get; init; }

    public DateTimeOffset DraftedAt { get; init; }

    /// <summary>The account that began it; the hotline alone is told.</summary>
    public string? DraftedBy { get; init; }

    /// <summary>The supervisor sent the draft back with a question.</summary>
    public bool Returned { get; init; }

    public DateTimeOffset? SentAt { get; init; }

    public DateTimeOffset? DeliveredAt { get; init; }

    public DateTimeOffset? OpenedAt { get; init; }

    public DateTimeOffset? AcknowledgedAt { get; init; }

    public DateTimeOffset? AcceptedAt { get; init; }

    /// <summary>The day for which the desk itself promised a result.</summary>
    public DateOnly? ExpectedOn { get; init; }

    /// <summary>How many fields the desk has asked about and nobody has answered.</summary>
    public int Questions { get; init; }

    public DateOnly? HoldUntil { get; init; }

    public DateTimeOffset? LastMarkAt { get; init; }

    public DateTimeOffset? ProgressAt { get; init; }

    public DateTimeOffset? ReportedAt { get; init; }

    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>The report was corrected after it had been confirmed.</summary>
    public bool CorrectionDue { get; init; }

    /// <summary>Nobody knows what became of it.</summary>
    public bool OutcomeUnknown { get; init; }

    public int ExtensionOpen { get; init; }

    public int JointOpen { get; init; }

    public int DangerOpen { get; init; }

    /// <summary>Entries that the hotline wrote down for the desk and the desk has not confirmed.</summary>
    public int Unconfirmed { get; init; }

    public bool ReviewDue { get; init; }

    /// <summary>The case excludes the desk by now: it cannot see the referral.</summary>
    public bool Excluded { get; init; }

    public DateTimeOffset? DeclinedAt { get; init; }

    /// <summary>Code of list withdrawal-reason: the hotline asked the desk to stop, or it was withdrawn.</summary>
    public string? WithdrawalReason { get; init; }

    public DateTimeOffset? WithdrawalAskedAt { get; init; }

    public DateTimeOffset? WithdrawnAt { get; init; }

    /// <summary>The account that has it to hand at the desk.</summary>
    public string? ClaimedBy { get; init; }

    public DateTimeOffset? ClaimedAt { get; init; }

    /// <summary>Messages of the other side that the reader's side has not read.</summary>
    public int Unread { get; init; }

    /// <summary>Nobody at the desk has acknowledged it.</summary>
    public bool IsNew => State == "Sent";

    /// <summary>An emergency that nobody has acknowledged.</summary>
    public bool IsAlarm => IsNew && Urgency == "emergency";

    /// <summary>How far the request has come: 1 sent, 2 delivered, 3 opened, 4 acknowledged.</summary>
    public int Step => AcknowledgedAt is not null ? 4 : OpenedAt is not null ? 3 : DeliveredAt is not null ? 2 : 1;

    /// <summary>When it came so far; null before it was sent.</summary>
    public DateTimeOffset? StepAt => AcknowledgedAt ?? OpenedAt ?? DeliveredAt ?? SentAt;
}

/// <summary>A page of referrals.</summary>
/// <param name="Items">The lines, in the order of the list.</param>
/// <param name="Cursor">Names the next page; null at the end.</param>
public sealed record ReferralLines(IReadOnlyList<ReferralLine> Items, string? Cursor);

/// <summary>How many referrals stand in each list.</summary>
/// <param name="Lists">By the list's code.</param>
/// <param name="Unread">Messages of the other side that nobody here has read.</param>
/// <param name="Claimed">Open referrals that the reader has to hand.</param>
public sealed record ListCounts(IReadOnlyDictionary<string, long> Lists, long Unread, long Claimed)
{
    /// <summary>The figure of one list; 0 for a list that the service does not know.</summary>
    public long this[string list] => Lists.GetValueOrDefault(list);
}
