using System.Security.Claims;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Directory;

namespace Hotline111.Referral.Referrals.Answering;

/// <summary>POST /referrals/{id}/decline: the desk declines with a coded reason and, where the reason asks for it, the desk that should take it.</summary>
public static class DeclineReferral
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/decline", Handle).RequireAction(ReferralAccess.Table, "referral.decline")
            .DescribeCommand("Từ chối tiếp nhận, có lý do", "decline with a reason");

    /// <param name="Reason">Code of list decline-reason.</param>
    public sealed record Body(string Reason, string? AdvisedDeskId, string? Text);

    private static async Task<IResult> Handle(Guid id, Body body, ClaimsPrincipal user, CommandContext context, EventStore store, CancellationToken ct)
    {
        var errors = new BodyErrors().Required("reason", body.Reason).Code("reason", body.Reason, ValueLists.Get("decline-reason").Contains).Text("text", body.Text, 2000);
        if (errors.Problem is { } invalid)
            return invalid;
        var today = DateOnly.FromDateTime(context.Now.ToOffset(TimeSpan.FromHours(7)).Date);
        if (body.AdvisedDeskId is { } advised && await DirectoryList.Find(store, advised, today, ct) is null)
            return ReferralRefusals.DeskUnknown.ToProblem();

        var known = await store.Load(ReferralDecider.Instance, id, ct);
        var command = new ReferralCommand.Decline(
            body.Reason,
            body.AdvisedDeskId,
            body.Text.Typed(new Owner("referral", id), FieldGroup.Narrative),
            ReferralAccess.MustTakeCharge(known.State),
            context.Principal,
            context.Now);
        return await store.Give(id, command, user, context, ct, known);
    }
}
