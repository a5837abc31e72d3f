using Hotline111.Platform.EventStore;

namespace Hotline111.Referral.Referrals;

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

    public static readonly Refusal EmergencyOnly =
        new(RefusalKind.Invalid, "emergency-only", "Chỉ trường hợp khẩn cấp mới được gửi khi hồ sơ chưa cho phép chia sẻ.", "Only an emergency may be sent without the case's release.");

    public static readonly Refusal DeskExcluded =
        new(RefusalKind.Conflict, "desk-excluded", "Hồ sơ này không được chuyển cho cơ quan hoặc địa bàn này.", "The case must not be referred to this agency or territory.");

    public static readonly Refusal HandOnLoop =
        new(RefusalKind.Invalid, "hand-on-loop", "Phiếu đã qua đầu mối này rồi.", "The referral has been with this desk already.");

    public static readonly Refusal HandOnTooFar =
        new(RefusalKind.Conflict, "hand-on-too-far", "Phiếu đã được chuyển tiếp đủ số lần cho phép; hãy tiếp nhận hoặc trả lời tổng đài.", "The referral was handed on as often as is allowed; take charge or answer the hotline.");

    public static Refusal SupplementTheNext(ReferralState.HandingOn state) =>
        new(RefusalKind.Conflict, "supplement-next-referral", "Phiếu đang được chuyển tiếp: hãy gửi bổ sung theo phiếu của đầu mối tiếp theo.", "The referral is being handed on: supplement the one to the next desk.")
        {
            Facts = new Dictionary<string, object?> { ["nextReferralId"] = state.NextId, ["nextDeskId"] = state.NextDeskId },
        };

    public static readonly Refusal UndoTooLate =
        new(RefusalKind.Conflict, "undo-too-late", "Đã quá thời gian được hoàn tác việc tiếp nhận.", "The time in which an acceptance can be undone is over.");

    public static readonly Refusal EntryUnknown =
        new(RefusalKind.Invalid, "entry-unknown", "Không có nội dung ghi hộ này.", "There is no such entry.");

    public static readonly Refusal RequestOpen =
        new(RefusalKind.Conflict, "request-open", "Đề nghị trước đang chờ tổng đài trả lời.", "The request before it still waits for the hotline.");

    public static readonly Refusal RequestUnknown =
        new(RefusalKind.Invalid, "request-unknown", "Không có đề nghị này.", "There is no such request.");

    public static readonly Refusal DecisionUnfit =
        new(RefusalKind.Invalid, "decision-unfit", "Quyết định không phù hợp với loại đề nghị.", "The decision does not fit this kind of request.");

    public static readonly Refusal DataCut =
        new(RefusalKind.Conflict, "data-cut", "Đầu mối đã trả lại thông tin này; tổng đài đang xem lại.", "The desk has returned this data; the hotline is looking at it.");

    public static readonly Refusal DataWithdrawn =
        new(RefusalKind.Conflict, "data-withdrawn", "Tổng đài đã rút phiếu này; nội dung không còn được mở.", "The hotline has withdrawn this referral; its content can be opened no more.");

    public static Refusal EmergencyMustBeTaken(ReferralState state) =>
        new(RefusalKind.Conflict, "emergency-must-be-taken", "Trường hợp khẩn cấp: đơn vị này không được từ chối, chỉ được tiếp nhận rồi chuyển tiếp.", "In an emergency this body may not decline, only take charge and hand on.")
        {
            Allowed = [.. ReferralDecider.Allowed(state).Where(command => command is "accept" or "hand-on")],
        };

    public static readonly Refusal NotLead =
        new(RefusalKind.Forbidden, "referral-not-lead", "Chỉ đầu mối chủ trì hồ sơ mới xem được việc của các đầu mối phối hợp.", "Only the desk that leads on the case sees how far the helping desks are.");

    public static Refusal ResultsIncomplete(IReadOnlyList<Guid> missing, IReadOnlyList<Guid> unknown) =>
        new(RefusalKind.Invalid, "results-incomplete", "Cần có kết quả cho từng người trong phiếu, hoặc ghi rõ “không áp dụng”.", "Every person of the referral needs a result, or an explicit “not applicable”.")
        {
            Facts = new Dictionary<string, object?> { ["missing"] = missing, ["unknown"] = unknown },
        };

    public static Refusal AlreadyReported(string by, DateTimeOffset at) =>
        new(RefusalKind.Conflict, "result-already-reported", "Kết quả đã được báo; hãy đính chính nếu cần.", "The result was reported already; correct it if need be.")
        {
            Facts = new Dictionary<string, object?> { ["reportedBy"] = by, ["at"] = at },
        };

    public static Refusal AlreadyAcknowledged(Answered first, ReferralState state) =>
        new(RefusalKind.Conflict, "referral-already-acknowledged", "Người khác đã xác nhận trước. Không cần làm gì thêm.", "Somebody else has acknowledged it first. Nothing more is needed.")
        {
            Facts = new Dictionary<string, object?> { ["acknowledgedBy"] = first.By, ["at"] = first.At },
            Allowed = ReferralDecider.Allowed(state),
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
