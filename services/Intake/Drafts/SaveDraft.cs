using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

namespace Hotline111.Intake.Drafts;

/// <summary>PUT /drafts/{id}: what stands on the contact page now, saved while it is typed.</summary>
public static class SaveDraft
{
    // The shortest form, and every Vietnamese letter as it is: the limit counts what is kept.
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 32 };

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/{id:guid}", Handle).RequireAction(IntakeAccess.Table, "draft.save")
        .WithSummary("Lưu bản nháp của trang liên hệ / save the draft of the contact page")
        .WithDescription(
            "The answer's revision goes into the next save. A batch whose answer was lost is sent again as it was and answered the same. 409 draft-newer (revision, changedAt, tab) when "
            + "another save came between; 409 draft-recorded or draft-ended when there is nothing to save to any more; 403 draft-of-another after somebody took it over.")
        .Produces<Saved>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status403Forbidden)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict);

    /// <param name="Revision">The revision the page last saw; 0 for a new draft.</param>
    /// <param name="Content">The page's JSON object, at most 32 kB; kept as it is and never looked into.</param>
    /// <param name="Tab">A random id of the browser tab, so that a page can tell its own lost answer from somebody else's save; or left out.</param>
    public sealed record Body(long Revision, JsonElement Content, Guid? Tab);

    /// <param name="Revision">The revision this save has become.</param>
    public sealed record Saved(Guid Id, long Revision, DateTimeOffset ChangedAt);

    private static async Task<IResult> Handle(Guid id, Body body, ClaimsPrincipal user, DraftTable drafts, TimeProvider clock, CancellationToken ct)
    {
        var page = Text(body.Content);
        var errors = new BodyErrors()
            .When(body.Revision < 0, "revision", "Nằm ngoài khoảng cho phép.", "It is outside the allowed range.")
            .When(page is null, "content", "Phải là một đối tượng JSON hợp lệ.", "It must be a well-formed JSON object.")
            .When(page is not null && Encoding.UTF8.GetByteCount(page) > Draft.LargestContent, "content", "Tối đa 32 kB.", "At most 32 kB.");
        if (errors.Problem is { } invalid)
            return invalid;

        var (draft, no) = await drafts.Save(id, user.ActorId, body.Revision, page!, body.Tab, clock.GetUtcNow(), ct);
        return no is null ? TypedResults.Ok(new Saved(id, draft!.Revision, draft.ChangedAt)) : no.ToProblem();
    }

    private static string? Text(JsonElement content)
    {
        if (content.ValueKind != JsonValueKind.Object)
            return null;
        try
        {
            return JsonSerializer.Serialize(content, Compact);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or JsonException)
        {
            // Half a surrogate pair or broken UTF-8, which no later reader could take. The exception might quote it.
            return null;
        }
    }
}
