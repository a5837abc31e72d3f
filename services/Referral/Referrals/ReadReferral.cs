using System.Security.Claims;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Referrals.Sending;
using Hotline111.Referral.Watching;

namespace Hotline111.Referral.Referrals;

/// <summary>
/// GET /referrals/{id}: the sheet without personal data. GET /referrals/{id}/package: what was sent, recorded before it leaves.
/// GET /referrals/{id}/allowed-actions: what this user may do now.
/// </summary>
public static class ReadReferral
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/{id:guid}", Sheet).RequireAction(ReferralAccess.Table, "referral.read")
            .DescribeRead("Phiếu chuyển tuyến, không có thông tin cá nhân", "the sheet, without personal data");
        routes.MapGet("/{id:guid}/package", Package).RequireAction(ReferralAccess.Table, "referral.open-package")
            .DescribeRead("Mở gói thông tin đã gửi; mỗi lần mở đều được ghi lại", "what was sent; the read is recorded");
        routes.MapGet("/{id:guid}/allowed-actions", AllowedActions).RequireAction(ReferralAccess.Table, "referral.read")
            .DescribeRead("Những việc người dùng này làm được lúc này", "what this user may do now");
    }

    private static async Task<IResult> Sheet(Guid id, ClaimsPrincipal user, EventStore store, CancellationToken ct)
    {
        var folded = await store.Load(ReferralDecider.Instance, id, ct);
        if (!ReferralAccess.MaySee(user, folded.State) || await ReferralInbox.Find(store, id, ct) is not { } row)
            return ReferralRefusals.NotFound.ToProblem();
        return Answers.WithVersion(new { referral = row, allowed = ReferralAccess.Allowed(user, folded.State) }, folded.Version);
    }

    private static async Task<IResult> AllowedActions(Guid id, ClaimsPrincipal user, EventStore store, CancellationToken ct)
    {
        var folded = await store.Load(ReferralDecider.Instance, id, ct);
        return ReferralAccess.MaySee(user, folded.State)
            ? Answers.WithVersion(new { state = folded.State.Name, allowed = ReferralAccess.Allowed(user, folded.State) }, folded.Version)
            : ReferralRefusals.NotFound.ToProblem();
    }

    private static async Task<IResult> Package(Guid id, ClaimsPrincipal user, CommandContext context, EventStore store, PersonKeys keys, ReadLog readLog, CancellationToken ct)
    {
        var stored = await store.ReadStream(id, ct);
        var folded = store.Fold(ReferralDecider.Instance, stored);
        if (!ReferralAccess.MaySee(user, folded.State))
            return ReferralRefusals.NotFound.ToProblem();
        var facts = ((ReferralState.Open)folded.State).Facts;
        if (stored.Select(store.Record<ReferralEvent>).Select(r => r.Event).OfType<ReferralEvent.Submitted>().LastOrDefault() is not { } submitted)
            return ReferralRefusals.NoPackageYet.ToProblem();

        var persons = submitted.Package.Select(part => part.PersonId).OfType<Guid>().Select(person => ("person", person));
        await readLog.Record(context.Metadata, context.Now, [("referral", id), .. persons], "referral.open-package", FieldGroup.All, ct);
        if (user.Role == Roles.Liaison)
        {
            var opening = new WatchCommand.RecordOpening(id, facts.CaseId, facts.DeskId, context.Principal, context.Now);
            await store.Execute(WatchDecider.Instance, WatchDecider.IdOf(id), opening, context.Metadata with { Desk = facts.DeskId }, ct);
        }

        return Answers.WithVersion(
            new { id, facts.Number, submitted.Profile, submitted.Basis, submitted.PackageHash, submitted.ReleasedAt, package = await SealedPackage.Join(submitted.Package, keys, ct) }, folded.Version);
    }
}
