using System.Security.Claims;
using System.Text.Json;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Referrals;

/// <summary>A referral as its sheet tells it: codes, ids and times, without personal data.</summary>
/// <param name="Allowed">The commands that this reader may give now.</param>
/// <param name="Claim">Who at the desk has it to hand, or null.</param>
/// <param name="History">What happened, oldest first.</param>
/// <param name="Chain">The referrals of the same hand-on, this one among them, the first one first.</param>
public sealed record Sheet(SheetRow Referral, IReadOnlyList<string> Allowed, SheetReceipts Receipts, SheetClaim? Claim, IReadOnlyList<SheetEvent> History, IReadOnlyList<SheetLink> Chain)
{
    /// <summary>What the desk asked of the hotline and the hotline has not answered.</summary>
    public IReadOnlyList<SheetEvent> OpenRequests
    {
        get
        {
            var settled = History.Where(line => line.What == "request-settled").Select(line => line.Code("requestId")).ToHashSet(StringComparer.Ordinal);
            return [.. History.Where(line => line.What == "request-raised" && !settled.Contains(line.Code("requestId")))];
        }
    }

    /// <summary>What the hotline wrote down for the desk and the desk has not confirmed.</summary>
    public IReadOnlyList<SheetEvent> UnconfirmedEntries => [.. History.Where(line => line.Unconfirmed)];

    /// <summary>The rules that this referral was born with.</summary>
    public ReferralPolicy Policy => ReferralPolicies.On(Referral.DraftedAt.DayInVietnam);

    /// <summary>Until when the present acceptance can be taken back; null when there is none.</summary>
    public DateTimeOffset? UndoUntil => Referral is { State: "Accepted", AcceptedAt: { } at } ? at.AddMinutes(Policy.UndoAcceptanceMinutes) : null;

    /// <summary>Everybody whom the sheet names by account.</summary>
    public IEnumerable<string?> Accounts =>
    [
        Claim?.By, Referral.DraftedBy, .. History.Select(line => line.By),
        .. Receipts.Channels.SelectMany(channel => channel.Openings.Select(opening => opening.By).Append(channel.AcknowledgedBy)),
    ];
}

/// <summary>The row of the lists, of one referral.</summary>
public sealed record SheetRow
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

    public required string State { get; init; }

    public required string Part { get; init; }

    public Guid? PreviousId { get; init; }

    public Guid? NextId { get; init; }

    public string? NextDeskId { get; init; }

    public string? Ground { get; init; }

    public DateTimeOffset DraftedAt { get; init; }

    public string? DraftedBy { get; init; }

    public bool Returned { get; init; }

    public DateTimeOffset? SentAt { get; init; }

    public DateTimeOffset? AcknowledgedAt { get; init; }

    public DateTimeOffset? AcceptedAt { get; init; }

    public DateOnly? ExpectedOn { get; init; }

    public string? HoldReason { get; init; }

    public DateOnly? HoldUntil { get; init; }

    public IReadOnlyList<string> Milestones { get; init; } = [];

    public bool OutcomeUnknown { get; init; }

    public bool ReviewDue { get; init; }

    public bool CorrectionDue { get; init; }

    public bool DataCut { get; init; }

    /// <summary>The case excludes the desk by now: it cannot see the referral.</summary>
    public bool Excluded { get; init; }

    public int Supplements { get; init; }

    public string? DeclineReason { get; init; }

    public string? WithdrawalReason { get; init; }

    public DateTimeOffset? WithdrawalAskedAt { get; init; }

    public int Messages { get; init; }

    public int Unread { get; init; }

    /// <summary>Of the Referral stream: what an answer to this sheet is given for.</summary>
    public long Version { get; init; }

    /// <summary>In such an emergency this body may not decline, only take charge and hand on.</summary>
    public bool MustTakeCharge => ReferralPolicies.On(DraftedAt.DayInVietnam).For(Urgency).TakeCharge.Contains(Sector);
}

/// <summary>How far the receipts have risen.</summary>
public sealed record SheetReceipts(string? Step, DateTimeOffset? PublishedAt, IReadOnlyList<SheetChannel> Channels, string? PackageHash);

/// <summary>The receipts over one channel of the desk.</summary>
public sealed record SheetChannel(string Kind, DateTimeOffset? DeliveredAt, IReadOnlyList<SheetOpening> Openings, string? AcknowledgedBy, DateTimeOffset? AcknowledgedAt);

/// <summary>Who opened the package first when.</summary>
public sealed record SheetOpening(string By, DateTimeOffset At);

/// <summary>Who has it to hand.</summary>
public sealed record SheetClaim(string By, DateTimeOffset At);

/// <summary>One referral of a hand-on.</summary>
public sealed record SheetLink(Guid Id, string Number, string DeskId, string State, Guid? PreviousId, DateTimeOffset? SentAt);

/// <summary>One thing that happened.</summary>
/// <param name="Version">Its place in the stream.</param>
/// <param name="What">The name of the event.</param>
/// <param name="Entry">Names what the hotline wrote down for the desk.</param>
/// <param name="SpokenAt">When an officer said it by phone; null when it was said here.</param>
public sealed record SheetEvent(
    long Version, string What, string? By, DateTimeOffset At, DateTimeOffset? OccurredAt, Guid? Entry, DateTimeOffset? SpokenAt, bool Unconfirmed, IReadOnlyDictionary<string, JsonElement> Codes)
{
    /// <summary>A code that belongs to it, or null.</summary>
    public string? Code(string name) => Codes.TryGetValue(name, out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.ToString() : null;

    /// <summary>Codes of a list that belongs to it.</summary>
    public IReadOnlyList<string> List(string name) =>
        Codes.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Where(each => each.ValueKind == JsonValueKind.String).Select(each => each.GetString()!)] : [];

    /// <summary>A day that belongs to it, or null.</summary>
    public DateOnly? Day(string name) => DateOnly.TryParseExact(Code(name), "yyyy-MM-dd", out var day) ? day : null;

    /// <summary>The results of a report, by person.</summary>
    public IReadOnlyList<SheetResult> Results => Codes.TryGetValue("results", out var value) ? value.Deserialize<List<SheetResult>>(JsonSerializerOptions.Web) ?? [] : [];
}

/// <summary>A result of a report, without its words.</summary>
public sealed record SheetResult(Guid? PersonId, string Code, IReadOnlyList<string> Evidence);

/// <summary>What people typed in the course of a referral.</summary>
public sealed record SheetWords(IReadOnlyList<SheetWordLine> Items)
{
    public static readonly SheetWords None = new([]);

    /// <summary>The texts of one event.</summary>
    public IReadOnlyList<SheetWord> At(long version) => Items.FirstOrDefault(line => line.Version == version)?.Words ?? [];
}

/// <summary>The texts of one event.</summary>
public sealed record SheetWordLine(long Version, string What, IReadOnlyList<SheetWord> Words);

/// <summary>One text: what it is, the field and the person it is about.</summary>
public sealed record SheetWord(string Name, string? Field, Guid? PersonId, string? Text, bool Withheld);

/// <summary>What the desk and the hotline wrote to each other.</summary>
public sealed record Talk(IReadOnlyList<TalkEntry> Items, Guid? Cursor, Guid? DeskReadTo, Guid? HotlineReadTo, int Unread)
{
    public static readonly Talk None = new([], null, null, null, 0);

    /// <summary>The newest message, up to which one has read when one has read all; null without messages.</summary>
    public Guid? Newest => Items.LastOrDefault(entry => entry.Kind == "message")?.Id;
}

/// <summary>A message, the questions of the desk or the answers of the hotline.</summary>
public sealed record TalkEntry(Guid Id, string Kind, string Side, string By, DateTimeOffset At, IReadOnlyList<TalkPart> Parts, IReadOnlyList<TalkLine> Lines);

/// <summary>A part of a message.</summary>
public sealed record TalkPart(string Kind, string? Text);

/// <summary>A question or an answer about one field.</summary>
public sealed record TalkLine(string Field, Guid? PersonId, string? Text, bool Withheld);

/// <summary>A desk of the directory.</summary>
public sealed record DeskLine(string Id, string AgencyId, string Sector, string Vi, string En, IReadOnlyList<string> ProvinceCodes, IReadOnlyList<string> Competences, string Profile);

/// <summary>How far a helping desk of the case is.</summary>
public sealed record HelperLine(string Number, string DeskId, string Purpose, string State, DateTimeOffset SentAt, IReadOnlyList<HelperMark> Marks);

/// <summary>A mark of a helping desk.</summary>
public sealed record HelperMark(string Code, DateTimeOffset OccurredAt);

/// <summary>The helping desks of the case.</summary>
public sealed record HelperLines(IReadOnlyList<HelperLine> Items);

/// <summary>On which side of a referral the reader stands.</summary>
public enum Side
{
    /// <summary>A liaison of the addressed desk.</summary>
    Desk,

    /// <summary>The head of the desk's agency, who reads.</summary>
    Head,

    /// <summary>Staff of the hotline.</summary>
    Hotline,

    /// <summary>A supervisor or the director of the hotline.</summary>
    Supervisor,
}

/// <summary>Whose side somebody is on.</summary>
public static class Sides
{
    extension(ClaimsPrincipal user)
    {
        /// <summary>The reader's side.</summary>
        public Side Side => user.Role switch
        {
            Roles.Liaison => Side.Desk,
            Roles.AgencyHead => Side.Head,
            Roles.Counsellor => Side.Hotline,
            _ => Side.Supervisor,
        };
    }
}

/// <summary>What a side is.</summary>
public static class SideKinds
{
    extension(Side side)
    {
        /// <summary>Staff of the hotline.</summary>
        public bool IsHotline => side is Side.Hotline or Side.Supervisor;
    }
}
