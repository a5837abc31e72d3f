using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Intake.Drafts;

/// <summary>POST /drafts/{id}/take-over: a supervisor goes on with what a colleague began. It stands in the read log before it happens, and from then on only she may save and read it.</summary>
public static class TakeOverDraft
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/take-over", Handle).RequireAction(IntakeAccess.Table, "draft.take-over")
        .WithSummary("Tiếp quản bản nháp của đồng nghiệp; được ghi lại / take over a colleague's draft; recorded")
        .Produces<ListDrafts.Row>()
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict);

    private static async Task<IResult> Handle(Guid id, CommandContext context, DraftTable drafts, ReadLog readLog, CancellationToken ct)
    {
        switch (await drafts.Find(id, ct))
        {
            case null:
                return DraftRefusals.NotFound.ToProblem();
            case { EndedAt: not null }:
                return DraftRefusals.Ended.ToProblem();
            case var draft when draft.Owner == context.Principal:
                return Row(draft);
        }

        await readLog.Record(context.Metadata, context.Now, "contact", id, "draft.take-over", FieldGroup.All, ct);
        return await drafts.TakeOver(id, context.Principal, ct) && await drafts.Find(id, ct) is { } taken ? Row(taken) : DraftRefusals.Ended.ToProblem();

        static IResult Row(Draft draft) => TypedResults.Ok(new ListDrafts.Row(draft.Id, draft.Owner, draft.Revision, draft.StartedAt, draft.ChangedAt));
    }
}
