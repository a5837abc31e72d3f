using System.Security.Claims;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

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

    private static Task<IResult> Approve(Guid id, ClaimsPrincipal user, CommandContext context, EventStore store, CancellationToken ct) =>
        store.Give(id, new ReferralCommand.Approve(context.Principal, context.Now), user, context, ct);

    private static async Task<IResult> Return(Guid id, ReturnBody body, ClaimsPrincipal user, CommandContext context, EventStore store, CancellationToken ct)
    {
        if (new BodyErrors().Required("question", body.Question?.Trim()).Text("question", body.Question, 2000).Problem is { } invalid)
            return invalid;
        var question = Personal.Of(body.Question!.Trim(), new Owner("referral", id), FieldGroup.Narrative);
        return await store.Give(id, new ReferralCommand.Return(question, context.Principal, context.Now), user, context, ct);
    }
}
