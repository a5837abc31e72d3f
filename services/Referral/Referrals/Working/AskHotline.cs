using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Referral.Directory;

namespace Hotline111.Referral.Referrals.Working;

/// <summary>
/// What the desk asks of the hotline beside its answers. POST /referrals/{id}/ask-extension, /ask-joint (another agency beside it), /flag-danger; the hotline
/// answers with /settle-request. POST /referrals/{id}/reject-data: the desk was sent data that it should not have, and is not shown it any more; /restore-data
/// opens its view again.
/// </summary>
public static class AskHotline
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/ask-extension", Extension).RequireAction(ReferralAccess.Table, "referral.ask-extension").DescribeCommand("Xin gia hạn", "ask for more time");
        routes.MapPost("/{id:guid}/ask-joint", Joint).RequireAction(ReferralAccess.Table, "referral.ask-joint")
            .DescribeCommand("Đề nghị phối hợp với cơ quan khác", "ask for another agency beside it");
        routes.MapPost("/{id:guid}/flag-danger", Danger).RequireAction(ReferralAccess.Table, "referral.flag-danger").DescribeCommand("Báo có nguy hiểm", "flag a danger");
        routes.MapPost("/{id:guid}/settle-request", Settle).RequireAction(ReferralAccess.Table, "referral.settle-request")
            .DescribeCommand("Tổng đài trả lời đề nghị", "the hotline answers a request");
        routes.MapPost("/{id:guid}/reject-data", Reject).RequireAction(ReferralAccess.Table, "referral.reject-data")
            .DescribeCommand("Trả lại thông tin lẽ ra không nhận", "return data that should not have come");
        routes.MapPost("/{id:guid}/restore-data", Restore).RequireAction(ReferralAccess.Table, "referral.restore-data")
            .DescribeCommand("Mở lại phần thông tin đã bị che", "open the desk's view again");
    }

    /// <param name="Until">Tomorrow or later, at most a year ahead.</param>
    public sealed record ExtensionBody(DateOnly? Until, string? Text);

    /// <param name="DeskId">The desk that should be joined.</param>
    public sealed record JointBody(string DeskId, string? Text);

    /// <param name="RiskSigns">Codes of list risk-sign; at least one.</param>
    public sealed record DangerBody(IReadOnlyList<string>? RiskSigns, string? Text);

    /// <param name="Decision">Code of list request-decision that fits the request.</param>
    public sealed record SettleBody(Guid RequestId, string Decision, string? Text);

    /// <param name="Fields">Names of package fields; left out or empty for the whole package.</param>
    public sealed record RejectBody(IReadOnlyList<string>? Fields, string? Text);

    public sealed record RestoreBody(string Why);

    private static async Task<IResult> Extension([AsParameters] ReferralDoor door, ExtensionBody body) =>
        new BodyErrors()
            .Required("until", body.Until)
            .When(body.Until <= door.Today || body.Until > door.Today.AddYears(1), "until", "Nằm ngoài khoảng cho phép.", "It is outside the allowed range.")
            .Text("text", body.Text, 2000).Problem
        ?? await door.Give(new ReferralCommand.AskExtension(Guid.CreateVersion7(), body.Until!.Value, door.Words(body.Text), door.By, door.Now));

    private static async Task<IResult> Joint([AsParameters] ReferralDoor door, JointBody body)
    {
        if (new BodyErrors().Required("deskId", body.DeskId).Text("text", body.Text, 2000).Problem is { } invalid)
            return invalid;
        return await DirectoryList.Find(door.Store, body.DeskId, door.Today, door.Ct) is null
            ? ReferralRefusals.DeskUnknown.ToProblem()
            : await door.Give(new ReferralCommand.AskJoint(Guid.CreateVersion7(), body.DeskId, door.Words(body.Text), door.By, door.Now));
    }

    private static async Task<IResult> Danger([AsParameters] ReferralDoor door, DangerBody body)
    {
        var signs = Items.From(body.RiskSigns?.Distinct());
        return new BodyErrors()
                .When(signs.Count == 0 || !signs.All(ValueLists.Get("risk-sign").Contains), "riskSigns", "Cần ít nhất một mã có trong danh mục.", "At least one code of the list is needed.")
                .Text("text", body.Text, 2000).Problem
            ?? await door.Give(new ReferralCommand.FlagDanger(Guid.CreateVersion7(), signs, door.Words(body.Text), door.By, door.Now));
    }

    private static async Task<IResult> Settle([AsParameters] ReferralDoor door, SettleBody body) =>
        new BodyErrors().Listed("decision", body.Decision, "request-decision").Text("text", body.Text, 2000).Problem
        ?? await door.Give(new ReferralCommand.SettleRequest(body.RequestId, body.Decision, door.Words(body.Text), door.By, door.Now));

    private static async Task<IResult> Reject([AsParameters] ReferralDoor door, RejectBody body)
    {
        var fields = Items.From(body.Fields?.Distinct());
        return new BodyErrors()
                .When(!fields.All(ReleaseProfiles.KnownFields.Contains), "fields", "Mã này không có trong danh mục.", "The list has no such code.")
                .Text("text", body.Text, 2000).Problem
            ?? await door.Give(new ReferralCommand.RejectData(fields, door.Words(body.Text), door.By, door.Now));
    }

    private static async Task<IResult> Restore([AsParameters] ReferralDoor door, RestoreBody body) =>
        new BodyErrors().Required("why", body.Why?.Trim()).Text("why", body.Why, 2000).Problem
        ?? await door.Give(new ReferralCommand.RestoreData(door.Words(body.Why)!, door.By, door.Now));
}
