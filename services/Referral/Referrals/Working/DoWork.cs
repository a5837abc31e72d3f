using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

namespace Hotline111.Referral.Referrals.Working;

/// <summary>
/// What the desk says while it works. POST /referrals/{id}/start, /mark (one key on the way; late and out of order too), /report-progress, /reach-milestone (legal
/// steps), /hold and /resume. The hotline may enter marks, progress and milestones for an officer on the phone.
/// </summary>
public static class DoWork
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/start", Start).RequireAction(ReferralAccess.Table, "referral.start").DescribeCommand("Bắt đầu xử lý", "begin to act");
        routes.MapPost("/{id:guid}/mark", Mark).RequireAction(ReferralAccess.Table, "referral.mark")
            .DescribeCommand("Đánh dấu một bước trên hiện trường", "mark a step on the way");
        routes.MapPost("/{id:guid}/report-progress", Progress).RequireAction(ReferralAccess.Table, "referral.report-progress").DescribeCommand("Báo cáo tiến độ", "report progress");
        routes.MapPost("/{id:guid}/reach-milestone", Milestone).RequireAction(ReferralAccess.Table, "referral.reach-milestone")
            .DescribeCommand("Ghi nhận một bước theo luật", "record a legal step");
        routes.MapPost("/{id:guid}/hold", Hold).RequireAction(ReferralAccess.Table, "referral.hold").DescribeCommand("Tạm dừng, có lý do và ngày tiếp tục", "pause, with a reason and a day");
        routes.MapPost("/{id:guid}/resume", Resume).RequireAction(ReferralAccess.Table, "referral.resume").DescribeCommand("Tiếp tục xử lý", "go on");
    }

    /// <param name="Mark">Code of list mark.</param>
    /// <param name="OccurredAt">When it happened; now if left out. Not in the future, at most 31 days ago.</param>
    public sealed record MarkBody(string Mark, DateTimeOffset? OccurredAt, ByPhone? ByPhone);

    /// <param name="Progress">Code of list progress.</param>
    public sealed record ProgressBody(string Progress, string? Text, ByPhone? ByPhone);

    /// <param name="Milestone">Code of list milestone.</param>
    /// <param name="OccurredAt">As in <see cref="MarkBody"/>.</param>
    public sealed record MilestoneBody(string Milestone, DateTimeOffset? OccurredAt, ByPhone? ByPhone);

    /// <param name="Reason">Code of list hold-reason.</param>
    /// <param name="Until">Tomorrow or later, at most 90 days ahead.</param>
    public sealed record HoldBody(string Reason, DateOnly? Until, string? Text);

    private static Task<IResult> Start([AsParameters] ReferralDoor door) => door.Give(new ReferralCommand.Start(door.By, door.Now));

    private static async Task<IResult> Mark([AsParameters] ReferralDoor door, MarkBody body)
    {
        var at = When(body.OccurredAt, body.ByPhone, door);
        return new BodyErrors().Listed("mark", body.Mark, "mark").Past("occurredAt", body.OccurredAt, door).Spoken(door, body.ByPhone).Problem
            ?? await door.Give(new ReferralCommand.Mark(body.Mark, at, body.ByPhone.ToSpoken(door), Guid.CreateVersion7(), door.By, door.Now), occurredAt: at);
    }

    private static async Task<IResult> Progress([AsParameters] ReferralDoor door, ProgressBody body) =>
        new BodyErrors().Listed("progress", body.Progress, "progress").Worded("text", body.Text, "progress", body.Progress).Text("text", body.Text, 4000).Spoken(door, body.ByPhone).Problem
        ?? await door.Give(
            new ReferralCommand.ReportProgress(body.Progress, door.Words(body.Text), body.ByPhone.ToSpoken(door), Guid.CreateVersion7(), door.By, door.Now), occurredAt: body.ByPhone?.At);

    private static async Task<IResult> Milestone([AsParameters] ReferralDoor door, MilestoneBody body)
    {
        var at = When(body.OccurredAt, body.ByPhone, door);
        return new BodyErrors().Listed("milestone", body.Milestone, "milestone").Past("occurredAt", body.OccurredAt, door).Spoken(door, body.ByPhone).Problem
            ?? await door.Give(new ReferralCommand.ReachMilestone(body.Milestone, at, body.ByPhone.ToSpoken(door), Guid.CreateVersion7(), door.By, door.Now), occurredAt: at);
    }

    private static async Task<IResult> Hold([AsParameters] ReferralDoor door, HoldBody body) =>
        new BodyErrors()
            .Listed("reason", body.Reason, "hold-reason")
            .Worded("text", body.Text, "hold-reason", body.Reason)
            .Text("text", body.Text, 2000)
            .Required("until", body.Until)
            .When(body.Until <= door.Today || body.Until > door.Today.AddDays(90), "until", "Nằm ngoài khoảng cho phép.", "It is outside the allowed range.").Problem
        ?? await door.Give(new ReferralCommand.Hold(body.Reason, body.Until!.Value, door.Words(body.Text), door.By, door.Now));

    private static Task<IResult> Resume([AsParameters] ReferralDoor door) => door.Give(new ReferralCommand.Resume(door.By, door.Now));

    private static DateTimeOffset When(DateTimeOffset? occurredAt, ByPhone? byPhone, ReferralDoor door) => (occurredAt ?? byPhone?.At ?? door.Now).ToUniversalTime();
}

/// <summary>Checks of codes that many doors share.</summary>
internal static class ListedCodes
{
    extension(BodyErrors errors)
    {
        /// <summary>A code that must be there and stand in its list.</summary>
        public BodyErrors Listed(string field, string? code, string list) => errors.Required(field, code).Code(field, code is "" ? null : code, ValueLists.Get(list).Contains);

        /// <summary>Words that some codes ask for.</summary>
        public BodyErrors Worded(string field, string? text, string list, string? code) =>
            errors.When(string.IsNullOrWhiteSpace(text) && ValueLists.Get(list).Find(code)?.RequiresText == true, field, "Lựa chọn này cần ghi rõ bằng lời.", "This choice needs words.");
    }
}
