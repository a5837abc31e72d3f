using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Hotline111.Referral.Directory;

namespace Hotline111.Referral.Referrals.Answering;

/// <summary>POST /referrals/{id}/decline: the desk declines with a coded reason and, where the reason asks for it, the desk that should take it.</summary>
public static class DeclineReferral
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/decline", Handle).RequireAction(ReferralAccess.Table, "referral.decline")
            .DescribeCommand("Từ chối tiếp nhận, có lý do", "decline with a reason");

    /// <param name="Reason">Code of list decline-reason.</param>
    /// <param name="ByPhone">From the hotline: who declined by phone.</param>
    public sealed record Body(string Reason, string? AdvisedDeskId, string? Text, ByPhone? ByPhone);

    private static async Task<IResult> Handle([AsParameters] ReferralDoor door, Body body)
    {
        var errors = new BodyErrors()
            .Required("reason", body.Reason)
            .Code("reason", body.Reason, ValueLists.Get("decline-reason").Contains)
            .Text("text", body.Text, 2000)
            .Spoken(door, body.ByPhone);
        if (errors.Problem is { } invalid)
            return invalid;
        if (body.AdvisedDeskId is { } advised && await DirectoryList.Find(door.Store, advised, door.Today, door.Ct) is null)
            return ReferralRefusals.DeskUnknown.ToProblem();
        var command = new ReferralCommand.Decline(
            body.Reason, body.AdvisedDeskId, door.Words(body.Text), body.ByPhone.ToSpoken(door), Guid.CreateVersion7(), door.By, door.Now);
        return await door.Give(command, occurredAt: body.ByPhone?.At);
    }
}
