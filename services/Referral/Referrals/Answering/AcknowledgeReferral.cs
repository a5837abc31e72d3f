using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

namespace Hotline111.Referral.Referrals.Answering;

/// <summary>
/// POST /referrals/{id}/acknowledge: a named liaison confirms receipt, or the counsellor enters that an officer did so by phone. Receipt only; taking charge is
/// accept. POST /referrals/{id}/confirm-entry: the desk confirms what the hotline wrote down for it.
/// </summary>
public static class AcknowledgeReferral
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/acknowledge", Acknowledge).RequireAction(ReferralAccess.Table, "referral.acknowledge")
            .DescribeCommand("Xác nhận đã nhận (chưa phải tiếp nhận xử lý)", "confirm receipt; not yet taking charge");
        routes.MapPost("/{id:guid}/confirm-entry", Confirm).RequireAction(ReferralAccess.Table, "referral.confirm-entry")
            .DescribeCommand("Đầu mối xác nhận nội dung tổng đài ghi hộ", "the desk confirms what the hotline wrote down for it");
    }

    /// <param name="ByPhone">From the hotline: who confirmed by phone.</param>
    public sealed record Body(ByPhone? ByPhone);

    /// <param name="Entry">As the sheet's history names it.</param>
    public sealed record ConfirmBody(Guid Entry);

    private static async Task<IResult> Acknowledge([AsParameters] ReferralDoor door, Body? body) =>
        new BodyErrors().Spoken(door, body?.ByPhone).Problem
        ?? await door.Give(new ReferralCommand.Acknowledge(body?.ByPhone.ToSpoken(door), Guid.CreateVersion7(), door.By, door.Now), occurredAt: body?.ByPhone?.At);

    private static Task<IResult> Confirm([AsParameters] ReferralDoor door, ConfirmBody body) => door.Give(new ReferralCommand.ConfirmEntry(body.Entry, door.By, door.Now));
}
