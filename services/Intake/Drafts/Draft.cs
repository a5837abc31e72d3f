using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;

namespace Hotline111.Intake.Drafts;

/// <summary>A draft as its row: what somebody is typing on the contact page and has not recorded yet.</summary>
/// <param name="Id">The id of the contact it will be; its keys are that contact's.</param>
/// <param name="Owner">The account that types.</param>
/// <param name="Revision">Rises by one with each save, from 1.</param>
/// <param name="Tab">The browser tab that saved last, by the random id it gave itself; null where none was given.</param>
/// <param name="ChangedAt">Time of the last save; taking over is none.</param>
/// <param name="EndedAt">When it was discarded, recorded under another id, or given up; its content is gone since then.</param>
public sealed record Draft(Guid Id, string Owner, long Revision, Guid? Tab, DateTimeOffset StartedAt, DateTimeOffset ChangedAt, DateTimeOffset? EndedAt)
{
    /// <summary>The JSON of the page that a draft takes, in bytes of UTF-8 without white space.</summary>
    public const int LargestContent = 32 * 1024;

    /// <summary>More drafts than this by one person are a sign of a page that never finishes one.</summary>
    public const int MostOfOneOwner = 50;

    /// <summary>How long a draft is kept after its last change.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>
    /// How long the keys outlive an ended draft. A contact being recorded this moment was sealed with them already, and other processes remember them for a
    /// minute: they are destroyed only when no request from before the end can still be under way.
    /// </summary>
    public static readonly TimeSpan KeysOutlive = TimeSpan.FromHours(1);

    /// <summary>Whose keys seal it.</summary>
    public Owner SealedFor => new("contact", Id);
}

/// <summary>The content between page and table. It may hold anything that is asked on the page, so it counts as a story.</summary>
/// <param name="Page">The page's JSON object as text.</param>
internal sealed record DraftContent(Personal<string> Page);

/// <summary>The rules of saving, without a clock or a database.</summary>
public static class DraftRules
{
    /// <summary>What a save leads to.</summary>
    /// <param name="draft">The row as it is, or null.</param>
    /// <param name="recorded">Whether a contact with the draft's id exists.</param>
    /// <param name="by">The account that saves.</param>
    /// <param name="seen">The revision the page last saw; 0 for a new draft.</param>
    /// <param name="sameContent">Whether the content is what the row already holds.</param>
    /// <returns>The revision the row has afterwards and whether it is written for that; or the no.</returns>
    public static (long Revision, bool Write, Refusal? No) Save(Draft? draft, bool recorded, string by, long seen, bool sameContent) => draft switch
    {
        _ when recorded => (0, false, DraftRefusals.Recorded),
        { EndedAt: not null } => (0, false, DraftRefusals.Ended),
        null when seen != 0 => (0, false, DraftRefusals.NotFound),
        null => (1, true, null),
        _ when draft.Owner != by => (0, false, DraftRefusals.OfAnother),
        _ when seen == draft.Revision => (draft.Revision + 1, true, null),
        // The answer to the first was lost: the same batch again is answered the same.
        _ when seen == draft.Revision - 1 && sameContent => (draft.Revision, false, null),
        _ => (0, false, DraftRefusals.Newer(draft)),
    };
}

/// <summary>Every "no" of a draft, with its public slug.</summary>
public static class DraftRefusals
{
    public static readonly Refusal NotFound = new(RefusalKind.NotFound, "draft-not-found", "Không có bản nháp này.", "There is no such draft.");

    public static readonly Refusal OfAnother =
        new(RefusalKind.Forbidden, "draft-of-another", "Bản nháp này do người khác đang giữ.", "Somebody else holds this draft.");

    public static readonly Refusal Recorded =
        new(RefusalKind.Conflict, "draft-recorded", "Bản nháp này đã được ghi nhận thành lượt liên hệ.", "This draft has been recorded as a contact.");

    public static readonly Refusal Ended = new(
        RefusalKind.Conflict, "draft-ended", "Bản nháp này đã bị bỏ hoặc hết hạn; hãy bắt đầu bản mới.", "This draft was discarded or has expired; begin a new one.");

    public static readonly Refusal TooMany = new(
        RefusalKind.Conflict, "too-many-drafts", $"Bạn đang có {Draft.MostOfOneOwner} bản nháp; hãy ghi nhận hoặc bỏ bớt.", $"You have {Draft.MostOfOneOwner} drafts; record or discard some.");

    /// <summary>Another tab or device saved in between: the newer revision, its time and the tab that wrote it.</summary>
    public static Refusal Newer(Draft draft) => new(RefusalKind.Conflict, "draft-newer", "Bản nháp đã được lưu mới hơn ở nơi khác.", "A newer state of the draft was saved elsewhere.")
    {
        Facts = new Dictionary<string, object?> { ["revision"] = draft.Revision, ["changedAt"] = draft.ChangedAt, ["tab"] = draft.Tab },
    };
}
