using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Hotline111.Referral.Directory;

namespace Hotline111.Referral.Referrals.Sending;

/// <summary>POST /referrals/{id}/approve: the supervisor lets it go out. POST /referrals/{id}/return: she asks for a change first.</summary>
public static class ApproveReferral
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/approve", Approve).RequireAction(ReferralAccess.Table, "referral.approve")
            .DescribeCommand("Trưởng ca duyệt gửi", "the supervisor lets it go out");
        routes.MapPost("/{id:guid}/return", Return).RequireAction(ReferralAccess.Table, "referral.return")
            .DescribeCommand("Trưởng ca trả lại để sửa", "the supervisor asks for a change first");
    }

    public sealed record ReturnBody(string Question);

    private static async Task<IResult> Approve([AsParameters] ReferralDoor door)
    {
        if (await door.Known() is not { State: ReferralState.Open { Facts: var facts } state } known)
            return ReferralRefusals.NotFound.ToProblem();
        // The case may have excluded the desk while the referral waited. One that went out is approved already, whatever has changed since.
        if (state is ReferralState.AwaitingApproval)
        {
            if (await DirectoryList.Find(door.Store, facts.DeskId, door.Today, door.Ct) is not { } desk)
                return ReferralRefusals.DeskUnknown.ToProblem();
            if (await Exclusions.Excludes(door.Store, facts.CaseId, desk, door.Ct))
                return ReferralRefusals.DeskExcluded.ToProblem();
        }

        return await door.Give(new ReferralCommand.Approve(door.By, door.Now), known);
    }

    private static async Task<IResult> Return([AsParameters] ReferralDoor door, ReturnBody body) =>
        new BodyErrors().Required("question", body.Question?.Trim()).Text("question", body.Question, 2000).Problem
        ?? await door.Give(new ReferralCommand.Return(door.Words(body.Question)!, door.By, door.Now));
}
