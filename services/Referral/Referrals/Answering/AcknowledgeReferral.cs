using System.Security.Claims;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.Referral.Referrals.Answering;

/// <summary>POST /referrals/{id}/acknowledge: a named liaison confirms receipt. Receipt only; taking charge is accept.</summary>
public static class AcknowledgeReferral
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/acknowledge", Handle).RequireAction(ReferralAccess.Table, "referral.acknowledge")
            .DescribeCommand("Xác nhận đã nhận (chưa phải tiếp nhận xử lý)", "confirm receipt; not yet taking charge");

    private static Task<IResult> Handle(Guid id, ClaimsPrincipal user, CommandContext context, EventStore store, CancellationToken ct) =>
        store.Give(id, new ReferralCommand.Acknowledge(context.Principal, context.Now), user, context, ct);
}
