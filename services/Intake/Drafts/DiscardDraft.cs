using System.Security.Claims;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

namespace Hotline111.Intake.Drafts;

/// <summary>DELETE /drafts/{id}: its owner throws it away. The content is gone with the answer, its keys within the next two hours.</summary>
public static class DiscardDraft
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapDelete("/{id:guid}", Handle).RequireAction(IntakeAccess.Table, "draft.discard")
        .WithSummary("Bỏ bản nháp / discard the draft")
        .Produces(StatusCodes.Status204NoContent)
        .ProducesProblem(StatusCodes.Status403Forbidden)
        .ProducesProblem(StatusCodes.Status404NotFound);

    private static async Task<IResult> Handle(Guid id, ClaimsPrincipal user, DraftTable drafts, TimeProvider clock, CancellationToken ct)
    {
        switch (await drafts.Find(id, ct))
        {
            case null:
                return DraftRefusals.NotFound.ToProblem();
            case var draft when draft.Owner != user.ActorId:
                return DraftRefusals.OfAnother.ToProblem();
            default:
                await drafts.Discard(id, user.ActorId, clock.GetUtcNow(), ct);
                return TypedResults.NoContent();
        }
    }
}
