using System.Security.Claims;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

namespace Hotline111.Intake.Drafts;

/// <summary>GET /drafts: one's own. GET /drafts/in-progress: everybody's, for the supervisor's board. Nothing of what is written in them.</summary>
public static class ListDrafts
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", Own).RequireAction(IntakeAccess.Table, "draft.list")
            .DescribeList("Các bản nháp của tôi", "one's own drafts, without content");
        routes.MapGet("/in-progress", InProgress).RequireAction(IntakeAccess.Table, "draft.watch")
            .DescribeList("Các lượt liên hệ đang được ghi, không có nội dung", "contacts being written down right now, without content");
    }

    /// <param name="Items">The last changed first; at most 500.</param>
    public sealed record Page(IReadOnlyList<Row> Items);

    /// <param name="Owner">The account that types.</param>
    public sealed record Row(Guid Id, string Owner, long Revision, DateTimeOffset StartedAt, DateTimeOffset ChangedAt);

    private static async Task<Page> Own(ClaimsPrincipal user, DraftTable drafts, CancellationToken ct) => PageOf(await drafts.List(user.ActorId, ct));

    private static async Task<Page> InProgress(DraftTable drafts, CancellationToken ct) => PageOf(await drafts.List(null, ct));

    private static Page PageOf(IReadOnlyList<Draft> drafts) => new([.. drafts.Select(draft => new Row(draft.Id, draft.Owner, draft.Revision, draft.StartedAt, draft.ChangedAt))]);
}
