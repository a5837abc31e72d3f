using System.Diagnostics;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using static Hotline111.Referral.Referrals.ReferralCommand;
using static Hotline111.Referral.Referrals.ReferralState;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Referrals;

/// <summary>What people and machines ask of a referral.</summary>
public abstract record ReferralCommand
{
    private ReferralCommand()
    {
    }

    /// <summary>Begin a referral to a desk; its number was drawn before.</summary>
    public sealed record DraftReferral(ReferralFacts Facts, string By, DateTimeOffset At) : ReferralCommand;

    /// <summary>Hand in the released package.</summary>
    /// <param name="Release">Verified before: signature, hash, desk and present profile.</param>
    /// <param name="NoSupervisorOnDuty">For an urgent referral: nobody can approve now; it goes out and is reviewed within 4 h.</param>
    public sealed record Submit(SealedRelease Release, bool NoSupervisorOnDuty, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record Approve(string By, DateTimeOffset At) : ReferralCommand;

    public sealed record Return(Personal<string> Question, string By, DateTimeOffset At) : ReferralCommand;

    public sealed record Acknowledge(string By, DateTimeOffset At) : ReferralCommand;

    public sealed record Accept(Personal<string>? Unit, Personal<string>? Officer, DateOnly? ExpectedOn, string By, DateTimeOffset At) : ReferralCommand;

    /// <param name="MustTakeCharge">The desk's sector may not decline an emergency, only take charge and hand on (policy data).</param>
    public sealed record Decline(string Reason, string? AdvisedDeskId, Personal<string>? Text, bool MustTakeCharge, string By, DateTimeOffset At) : ReferralCommand;
}

/// <summary>A release whose signature and hash were verified, in the parts that will be sealed.</summary>
public sealed record SealedRelease(
    Guid CaseId, string DeskId, string Profile, string Basis, string PackageHash, string Signature, DateTimeOffset ReleasedAt, Items<PackagePart> Parts);

/// <summary>The rules of a referral, as one table read from top to bottom.</summary>
public static class ReferralDecider
{
    public static readonly Decider<ReferralState, ReferralCommand, ReferralEvent> Instance = new("referral", new None(), Evolve, Decide);

    /// <summary>The public names of the commands that a state allows, as the sheet shows them.</summary>
    public static IReadOnlyList<string> Allowed(ReferralState state) => state switch
    {
        None => ["draft"],
        Draft => ["submit"],
        AwaitingApproval => ["approve", "return"],
        Sent => ["acknowledge"],
        Acknowledged => ["accept", "decline"],
        Accepted or Declined => [],
        _ => throw new UnreachableException($"Unnamed state {state.GetType().Name}"),
    };

    private static Decision<ReferralEvent> Decide(ReferralState state, ReferralCommand command) => (state, command) switch
    {
        (None, DraftReferral c) =>
            [new E.Drafted(c.Facts.Number, c.Facts.CaseId, c.Facts.DeskId, c.Facts.AgencyId, c.Facts.Sector, c.Facts.ProvinceCode, c.Facts.Purpose, c.Facts.Urgency, c.By, c.At)],
        (Open s, DraftReferral c) when s.Facts with { Number = c.Facts.Number } == c.Facts => [],
        (Open, DraftReferral) => ReferralRefusals.AlreadyExists,
        (None, _) => ReferralRefusals.NotFound,

        (Draft s, Submit c) when c.Release.CaseId != s.Facts.CaseId || c.Release.DeskId != s.Facts.DeskId => ReferralRefusals.ReleaseForAnother,
        (Draft s, Submit c) when s.Facts.Urgency == Urgency.Emergency => [Sealed(c), new E.Sent(SendingGround.Emergency, c.By, c.At)],
        (Draft s, Submit c) when s.Facts.Urgency == Urgency.Urgent && c.NoSupervisorOnDuty => [Sealed(c), new E.Sent(SendingGround.NoSupervisorOnDuty, c.By, c.At)],
        (Draft, Submit c) => [Sealed(c)],
        (AwaitingApproval s, Submit c) when s.PackageHash == c.Release.PackageHash => [],
        (Out s, Submit c) when s.PackageHash == c.Release.PackageHash => [],

        (AwaitingApproval, Approve c) => [new E.Sent(SendingGround.Approved, c.By, c.At)],
        (Out { Ground: SendingGround.Approved }, Approve) => [],
        (AwaitingApproval, Return c) => [new E.Returned(c.Question, c.By, c.At)],
        (Draft { Returned: true }, Return) => [],

        (Sent, Acknowledge c) => [new E.Acknowledged(c.By, c.At)],
        (Acknowledged s, Acknowledge c) when s.By == c.By => [],
        (Acknowledged s, Acknowledge) => ReferralRefusals.AlreadyAcknowledged(s.By, s.At),
        (Accepted s, Acknowledge) => ReferralRefusals.AlreadyAnswered(s.Name, s.By, s.At),
        (Declined s, Acknowledge) => ReferralRefusals.AlreadyAnswered(s.Name, s.By, s.At),

        (Acknowledged, Accept c) => [new E.Accepted(c.Unit, c.Officer, c.ExpectedOn, c.By, c.At)],
        (Accepted s, Accept c) when s.By == c.By && s.ExpectedOn == c.ExpectedOn => [],
        (Accepted s, Accept) => ReferralRefusals.AlreadyAnswered(s.Name, s.By, s.At),
        (Declined s, Accept) => ReferralRefusals.AlreadyAnswered(s.Name, s.By, s.At),

        (Acknowledged s, Decline c) when s.Facts.Urgency == Urgency.Emergency && c.MustTakeCharge => ReferralRefusals.EmergencyMustBeTaken,
        (Acknowledged, Decline { Reason: DeclineReasons.NotCompetent or DeclineReasons.WrongTerritory, AdvisedDeskId: null }) => ReferralRefusals.AdvisedDeskNeeded,
        (Acknowledged s, Decline c) when c.AdvisedDeskId == s.Facts.DeskId => ReferralRefusals.AdvisedDeskIsOwn,
        (Acknowledged, Decline { Reason: DeclineReasons.Other, Text: null }) => ReferralRefusals.TextNeeded,
        (Acknowledged, Decline c) => [new E.Declined(c.Reason, c.AdvisedDeskId, c.Text, c.By, c.At)],
        (Declined s, Decline c) when s.By == c.By && s.Reason == c.Reason && s.AdvisedDeskId == c.AdvisedDeskId => [],
        (Declined s, Decline) => ReferralRefusals.AlreadyAnswered(s.Name, s.By, s.At),
        (Accepted s, Decline) => ReferralRefusals.AlreadyAnswered(s.Name, s.By, s.At),

        (_, Submit or Approve or Return or Acknowledge or Accept or Decline) => ReferralRefusals.NotAllowedNow(state),
        _ => throw new UnreachableException($"No rule for {command.GetType().Name} in {state.GetType().Name}"),
    };

    private static E.Submitted Sealed(Submit c) =>
        new(c.Release.Profile, c.Release.Basis, c.Release.PackageHash, c.Release.Signature, c.Release.ReleasedAt, c.Release.Parts, c.By, c.At);
}

/// <summary>Every "no" of a referral, with its public slug.</summary>
public static class ReferralRefusals
{
    public static readonly Refusal NotFound =
        new(RefusalKind.NotFound, "referral-not-found", "Không có phiếu chuyển tuyến này.", "There is no such referral.");

    public static readonly Refusal AlreadyExists =
        new(RefusalKind.Conflict, "referral-already-exists", "Mã này đã dùng cho một phiếu chuyển tuyến khác.", "This id already belongs to another referral.");

    public static readonly Refusal ReleaseForAnother =
        new(RefusalKind.Invalid, "release-for-another", "Gói thông tin được phép chia sẻ cho hồ sơ hoặc đầu mối khác.", "The package was released for another case or desk.");

    public static readonly Refusal ReleaseTampered =
        new(RefusalKind.Invalid, "release-tampered", "Gói thông tin không khớp với mã băm hoặc chữ ký.", "The package does not match its hash or signature.");

    public static readonly Refusal ReleaseProfileOld =
        new(RefusalKind.Conflict, "release-profile-old", "Quy định chia sẻ cho đầu mối này đã thay đổi; hãy xem lại và cho phép chia sẻ lại.", "The desk's release profile has changed; review and release anew.");

    public static readonly Refusal DeskUnknown =
        new(RefusalKind.Invalid, "desk-unknown", "Không có đầu mối này trong danh bạ.", "The directory has no such desk.");

    public static readonly Refusal DeskNotFound =
        new(RefusalKind.NotFound, "desk-not-found", "Không có đầu mối này trong danh bạ.", "The directory has no such desk.");

    public static readonly Refusal NoPackageYet =
        new(RefusalKind.NotFound, "package-not-found", "Phiếu này chưa có gói thông tin.", "The referral has no package yet.");

    public static readonly Refusal DeskNotCompetent =
        new(RefusalKind.Invalid, "desk-not-competent", "Đầu mối này không nhận loại yêu cầu đã chọn.", "The desk does not take requests of this purpose.");

    public static readonly Refusal AdvisedDeskNeeded =
        new(RefusalKind.Invalid, "advised-desk-needed", "Hãy chọn đầu mối nên tiếp nhận thay.", "Name the desk that should take it instead.");

    public static readonly Refusal AdvisedDeskIsOwn =
        new(RefusalKind.Invalid, "advised-desk-is-own", "Không thể gợi ý chính đầu mối đang từ chối.", "The advised desk is the declining desk itself.");

    public static readonly Refusal TextNeeded =
        new(RefusalKind.Invalid, "decline-text-needed", "Lý do “khác” cần ghi rõ bằng lời.", "The reason “other” needs words.");

    public static readonly Refusal EmergencyMustBeTaken =
        new(RefusalKind.Conflict, "emergency-must-be-taken", "Trường hợp khẩn cấp: đơn vị này không được từ chối, chỉ được tiếp nhận rồi chuyển tiếp.", "In an emergency this body may not decline, only take charge and hand on.")
        {
            Allowed = ["accept"],
        };

    public static Refusal AlreadyAcknowledged(string by, DateTimeOffset at) =>
        new(RefusalKind.Conflict, "referral-already-acknowledged", "Người khác đã xác nhận trước. Không cần làm gì thêm.", "Somebody else has acknowledged it first. Nothing more is needed.")
        {
            Facts = new Dictionary<string, object?> { ["acknowledgedBy"] = by, ["at"] = at },
            Allowed = ["accept", "decline"],
        };

    public static Refusal AlreadyAnswered(string state, string by, DateTimeOffset at) =>
        new(RefusalKind.Conflict, "referral-already-answered", "Đầu mối đã trả lời phiếu này.", "The desk has already answered.")
        {
            Facts = new Dictionary<string, object?> { ["state"] = state, ["answeredBy"] = by, ["at"] = at },
        };

    public static Refusal NotAllowedNow(ReferralState state) =>
        new(RefusalKind.Conflict, "command-not-allowed", "Thao tác này chưa làm được ở trạng thái hiện tại.", "The referral's present state does not allow this.")
        {
            Facts = new Dictionary<string, object?> { ["state"] = state.Name },
            Allowed = ReferralDecider.Allowed(state),
        };
}
