using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Referral.Referrals.Answering;

/// <summary>
/// POST /referrals/{id}/accept: the desk takes charge, with the unit and officer who will act and the day they expect to.
/// POST /referrals/{id}/undo-acceptance: it takes that back within the time that the policy gives, before anything was done.
/// </summary>
public static class AcceptReferral
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/accept", Accept).RequireAction(ReferralAccess.Table, "referral.accept").DescribeCommand("Tiếp nhận xử lý", "take charge");
        routes.MapPost("/{id:guid}/undo-acceptance", Undo).RequireAction(ReferralAccess.Table, "referral.undo-acceptance")
            .DescribeCommand("Hoàn tác việc tiếp nhận", "take an acceptance back");
    }

    /// <param name="ExpectedOn">Today or later, at most a year ahead.</param>
    /// <param name="ByPhone">From the hotline: who accepted by phone.</param>
    public sealed record Body(string? Unit, string? Officer, DateOnly? ExpectedOn, ByPhone? ByPhone);

    private static async Task<IResult> Accept([AsParameters] ReferralDoor door, Body body)
    {
        var errors = new BodyErrors()
            .Text("unit", body.Unit, 200)
            .Text("officer", body.Officer, 200)
            .When(body.ExpectedOn is { } day && (day < door.Today || day > door.Today.AddYears(1)), "expectedOn", "Nằm ngoài khoảng cho phép.", "It is outside the allowed range.")
            .Spoken(door, body.ByPhone);
        if (errors.Problem is { } invalid)
            return invalid;
        // An officer's name entered by hand belongs to the referral.
        var owner = new Owner("referral", door.Id);
        var command = new ReferralCommand.Accept(
            body.Unit.Typed(owner, FieldGroup.Contact), body.Officer.Typed(owner, FieldGroup.Identity), body.ExpectedOn, body.ByPhone.ToSpoken(door), Guid.CreateVersion7(), door.By, door.Now);
        return await door.Give(command, occurredAt: body.ByPhone?.At);
    }

    private static Task<IResult> Undo([AsParameters] ReferralDoor door) => door.Give(new ReferralCommand.UndoAcceptance(door.By, door.Now));
}
