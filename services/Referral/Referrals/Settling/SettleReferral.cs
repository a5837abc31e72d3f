using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Referrals.Working;

namespace Hotline111.Referral.Referrals.Settling;

/// <summary>
/// The hotline's side after sending. POST /referrals/{id}/confirm-result and /question-result; /withdraw (at once before the desk takes charge or when the case excludes it by now; else the
/// desk answers with /agree-withdrawal or /refuse-withdrawal); /review of what went out without approval; /assign-part; /declare-outcome-unknown.
/// </summary>
public static class SettleReferral
{
    private static readonly string[] GivenByThePlatform = [WithdrawalReasons.TakenBack, WithdrawalReasons.ParentWithdrawn];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/confirm-result", Confirm).RequireAction(ReferralAccess.Table, "referral.confirm-result").DescribeCommand("Xác nhận kết quả", "confirm the result");
        routes.MapPost("/{id:guid}/question-result", Question).RequireAction(ReferralAccess.Table, "referral.question-result")
            .DescribeCommand("Trả lại báo cáo kèm câu hỏi", "return the report with a question");
        routes.MapPost("/{id:guid}/withdraw", Withdraw).RequireAction(ReferralAccess.Table, "referral.withdraw")
            .DescribeCommand("Rút phiếu; đã tiếp nhận thì đề nghị dừng", "withdraw; once taken charge of, ask the desk to stop");
        routes.MapPost("/{id:guid}/agree-withdrawal", Agree).RequireAction(ReferralAccess.Table, "referral.agree-withdrawal")
            .DescribeCommand("Đầu mối đồng ý dừng", "the desk agrees to stop");
        routes.MapPost("/{id:guid}/refuse-withdrawal", Refuse).RequireAction(ReferralAccess.Table, "referral.refuse-withdrawal")
            .DescribeCommand("Đầu mối không thể dừng, nêu lý do", "the desk cannot stop and says why");
        routes.MapPost("/{id:guid}/review", Review).RequireAction(ReferralAccess.Table, "referral.review")
            .DescribeCommand("Xem lại phiếu đã gửi khi chưa duyệt", "review what went out without approval");
        routes.MapPost("/{id:guid}/assign-part", AssignPart).RequireAction(ReferralAccess.Table, "referral.assign-part")
            .DescribeCommand("Giao chủ trì hoặc phối hợp", "let the desk lead or help");
        routes.MapPost("/{id:guid}/declare-outcome-unknown", OutcomeUnknown).RequireAction(ReferralAccess.Table, "referral.declare-outcome-unknown")
            .DescribeCommand("Ghi nhận chưa rõ kết quả", "record that nobody can say what came of it");
    }

    public sealed record QuestionBody(string Question);

    /// <param name="Reason">Code of list withdrawal-reason.</param>
    public sealed record WithdrawBody(string Reason, string? Text);

    public sealed record RefuseBody(string Why);

    /// <param name="Finding">Code of list review-finding.</param>
    public sealed record ReviewBody(string Finding, string? Text);

    /// <param name="Part">Code of list referral-part.</param>
    public sealed record PartBody(string Part);

    private static Task<IResult> Confirm([AsParameters] ReferralDoor door) => door.Give(new ReferralCommand.ConfirmResult(door.By, door.Now));

    private static async Task<IResult> Question([AsParameters] ReferralDoor door, QuestionBody body) =>
        new BodyErrors().Required("question", body.Question?.Trim()).Text("question", body.Question, 2000).Problem
        ?? await door.Give(new ReferralCommand.QuestionResult(door.Words(body.Question)!, door.By, door.Now));

    private static async Task<IResult> Withdraw([AsParameters] ReferralDoor door, WithdrawBody body)
    {
        var errors = new BodyErrors()
            .Listed("reason", body.Reason, "withdrawal-reason")
            .When(GivenByThePlatform.Contains(body.Reason), "reason", "Lý do này do hệ thống ghi.", "The platform itself gives this reason.")
            .Text("text", body.Text, 2000);
        if (errors.Problem is { } problem)
            return problem;
        if (await door.Known() is not { State: ReferralState.Open { Facts: var facts } } known)
            return ReferralRefusals.NotFound.ToProblem();
        var unseen = await Exclusions.Excludes(door.Store, facts, door.Ct);
        return await door.Give(new ReferralCommand.Withdraw(body.Reason, door.Words(body.Text), door.By, door.Now, unseen), known);
    }

    private static Task<IResult> Agree([AsParameters] ReferralDoor door) => door.Give(new ReferralCommand.AgreeWithdrawal(door.By, door.Now));

    private static async Task<IResult> Refuse([AsParameters] ReferralDoor door, RefuseBody body) =>
        new BodyErrors().Required("why", body.Why?.Trim()).Text("why", body.Why, 2000).Problem
        ?? await door.Give(new ReferralCommand.RefuseWithdrawal(door.Words(body.Why)!, door.By, door.Now));

    private static async Task<IResult> Review([AsParameters] ReferralDoor door, ReviewBody body) =>
        new BodyErrors().Listed("finding", body.Finding, "review-finding").Text("text", body.Text, 2000).Problem
        ?? await door.Give(new ReferralCommand.Review(body.Finding, door.Words(body.Text), door.By, door.Now));

    private static async Task<IResult> AssignPart([AsParameters] ReferralDoor door, PartBody body) =>
        new BodyErrors().Listed("part", body.Part, "referral-part").Problem ?? await door.Give(new ReferralCommand.AssignPart(body.Part, door.By, door.Now));

    private static Task<IResult> OutcomeUnknown([AsParameters] ReferralDoor door) => door.Give(new ReferralCommand.DeclareOutcomeUnknown(door.By, door.Now));
}
