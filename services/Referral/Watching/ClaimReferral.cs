using System.Text.RegularExpressions;
using Hotline111.Contracts;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Hotline111.Referral.Referrals;

namespace Hotline111.Referral.Watching;

/// <summary>
/// POST /referrals/{id}/claim: a liaison takes the referral to hand, so that colleagues of the desk do not work on it twice. POST /referrals/{id}/release-claim puts
/// it back, POST /referrals/{id}/hand-over gives it to a colleague. A claim locks nobody out of answering, and never changes the sheet's ETag.
/// </summary>
public static class ClaimReferral
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/claim", Claim).RequireAction(ReferralAccess.Table, "referral.claim").DescribeCommand("Nhận giữ phiếu để xử lý", "take the referral to hand");
        routes.MapPost("/{id:guid}/release-claim", Release).RequireAction(ReferralAccess.Table, "referral.release-claim").DescribeCommand("Thôi giữ phiếu", "put the referral back");
        routes.MapPost("/{id:guid}/hand-over", HandOver).RequireAction(ReferralAccess.Table, "referral.hand-over")
            .DescribeCommand("Giao phiếu cho đồng nghiệp cùng đầu mối", "give the referral to a colleague of the desk");
    }

    /// <param name="TakeOver">Also when a colleague has it to hand.</param>
    public sealed record Body(bool TakeOver = false);

    /// <param name="To">The colleague's account. Accounts are the gateway's: whoever is named and does not serve the desk still cannot see the referral.</param>
    public sealed record HandOverBody(string To);

    /// <summary>The body of an answer.</summary>
    /// <param name="Version">The sheet's, which a claim does not change.</param>
    /// <param name="Claim">Who has it to hand now, or null.</param>
    public sealed record Done(long Version, string State, Claim? Claim);

    private static Task<IResult> Claim([AsParameters] ReferralDoor door, Body? body) =>
        Give(door, (desk, by, at) => new WatchCommand.Claim(door.Id, desk, body?.TakeOver ?? false, by, at));

    private static Task<IResult> Release([AsParameters] ReferralDoor door) => Give(door, (desk, by, at) => new WatchCommand.ReleaseClaim(door.Id, desk, by, at));

    // The head of the agency gives it to somebody else whoever has it to hand.
    private static async Task<IResult> HandOver([AsParameters] ReferralDoor door, HandOverBody body) =>
        new BodyErrors().Required("to", body.To).When(!Regex.IsMatch(body.To ?? "", Ids.Patterns[Ids.Actor]), "to", "Không phải mã tài khoản.", "This is no account.").Problem
        ?? await Give(door, (desk, by, at) => new WatchCommand.HandOver(door.Id, desk, body.To!, door.User.Role == Roles.AgencyHead, by, at));

    private static async Task<IResult> Give(ReferralDoor door, Func<string, string, DateTimeOffset, WatchCommand> command)
    {
        if (await door.Known() is not { State: ReferralState.Open { Facts.DeskId: var desk } } known)
            return ReferralRefusals.NotFound.ToProblem();
        if (await door.Stale(known) is { } stale)
            return stale;
        var execution = await door.Store.Execute(
            WatchDecider.Instance, WatchDecider.IdOf(door.Id), command(desk, door.By, door.Now), door.Context.Metadata with { Desk = desk }, door.Ct, identity: door.Context.Identity());
        return execution.Refusal is { } refusal
            ? refusal.ToProblem()
            : Answers.WithVersion(new Done(known.Version, known.State.Name, execution.State.Claim), known.Version);
    }
}
