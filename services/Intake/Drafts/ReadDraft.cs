using System.Text.Json;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Intake.Drafts;

/// <summary>GET /drafts/{id}: the content, for its owner alone; the read is recorded before it leaves.</summary>
public static class ReadDraft
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/{id:guid}", Handle).RequireAction(IntakeAccess.Table, "draft.read")
        .DescribeRead("Mở lại bản nháp của mình; mỗi lần mở đều được ghi lại", "one's own draft with its content; the read is recorded")
        .Produces<Answer>()
        .ProducesProblem(StatusCodes.Status403Forbidden)
        .ProducesProblem(StatusCodes.Status409Conflict);

    /// <param name="Content">As it was saved.</param>
    public sealed record Answer(Guid Id, long Revision, DateTimeOffset StartedAt, DateTimeOffset ChangedAt, Guid? Tab, JsonElement Content);

    private static async Task<IResult> Handle(Guid id, CommandContext context, DraftTable drafts, ReadLog readLog, CancellationToken ct)
    {
        if (No(await drafts.Find(id, ct), context.Principal) is { } no)
            return no.ToProblem();

        await readLog.Record(context.Metadata, context.Now, "contact", id, "draft.read", FieldGroup.All, ct);
        // Looked at again: while the read was being recorded it may have been recorded as a contact, discarded or taken over.
        var (draft, page) = await drafts.Open(id, ct);
        if (No(draft, context.Principal) is { } meanwhile)
            return meanwhile.ToProblem();
        return page is null
            ? DraftRefusals.Ended.ToProblem()
            : TypedResults.Ok(new Answer(id, draft!.Revision, draft.StartedAt, draft.ChangedAt, draft.Tab, JsonDocument.Parse(page).RootElement));
    }

    private static Refusal? No(Draft? draft, string reader) => draft switch
    {
        null => DraftRefusals.NotFound,
        _ when draft.Owner != reader => DraftRefusals.OfAnother,
        { EndedAt: not null } => DraftRefusals.Ended,
        _ => null,
    };
}
