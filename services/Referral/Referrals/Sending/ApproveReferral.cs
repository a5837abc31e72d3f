using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

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

    private static Task<IResult> Approve([AsParameters] ReferralDoor door) => door.Give(new ReferralCommand.Approve(door.By, door.Now));

    private static async Task<IResult> Return([AsParameters] ReferralDoor door, ReturnBody body) =>
        new BodyErrors().Required("question", body.Question?.Trim()).Text("question", body.Question, 2000).Problem
        ?? await door.Give(new ReferralCommand.Return(door.Words(body.Question)!, door.By, door.Now));
}
