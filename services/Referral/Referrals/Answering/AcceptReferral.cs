using System.Security.Claims;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Referral.Referrals.Answering;

/// <summary>POST /referrals/{id}/accept: the desk takes charge, with the unit and officer who will act and the day they expect to.</summary>
public static class AcceptReferral
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/accept", Handle).RequireAction(ReferralAccess.Table, "referral.accept")
            .DescribeCommand("Tiếp nhận xử lý", "take charge");

    /// <param name="ExpectedOn">Today or later, at most a year ahead.</param>
    public sealed record Body(string? Unit, string? Officer, DateOnly? ExpectedOn);

    private static async Task<IResult> Handle(Guid id, Body body, ClaimsPrincipal user, CommandContext context, EventStore store, CancellationToken ct)
    {
        var today = DateOnly.FromDateTime(context.Now.ToOffset(TimeSpan.FromHours(7)).Date);
        var errors = new BodyErrors()
            .Text("unit", body.Unit, 200)
            .Text("officer", body.Officer, 200)
            .When(body.ExpectedOn is { } day && (day < today || day > today.AddYears(1)), "expectedOn", "Nằm ngoài khoảng cho phép.", "It is outside the allowed range.");
        if (errors.Problem is { } invalid)
            return invalid;
        // An officer's name entered by hand belongs to the referral.
        var owner = new Owner("referral", id);
        var command = new ReferralCommand.Accept(body.Unit.Typed(owner, FieldGroup.Contact), body.Officer.Typed(owner, FieldGroup.Identity), body.ExpectedOn, context.Principal, context.Now);
        return await store.Give(id, command, user, context, ct);
    }
}
