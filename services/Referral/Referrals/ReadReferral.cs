using System.Text.Json.Nodes;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Directory;
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

    /// <summary>What went out at one time, as the reader may see it.</summary>
    /// <param name="Supplement">0 for the package, then the supplement's number.</param>
    /// <param name="Package">The package; fields that the desk returned are left out for it.</param>
    /// <param name="Difference">What changed against the one before; empty for the first.</param>
    public sealed record Version(
        int Supplement, string Profile, string Basis, string PackageHash, DateTimeOffset ReleasedAt, DateTimeOffset SentAt, bool Released, JsonObject Package,
        IReadOnlyList<PackageDifference.Change> Difference);

    private static async Task<IResult> Sheet([AsParameters] ReferralDoor door) =>
        await door.Known() is { } known && await ReferralInbox.Find(door.Store, door.Id, door.Ct) is { } row
            ? Answers.WithVersion(new { referral = row, allowed = ReferralAccess.Allowed(door.User, known.State) }, known.Version)
            : ReferralRefusals.NotFound.ToProblem();

    private static async Task<IResult> AllowedActions([AsParameters] ReferralDoor door) =>
        await door.Known() is { } known
            ? Answers.WithVersion(new { state = known.State.Name, allowed = ReferralAccess.Allowed(door.User, known.State) }, known.Version)
            : ReferralRefusals.NotFound.ToProblem();

    private static async Task<IResult> Package([AsParameters] ReferralDoor door, PersonKeys keys, ReadLog readLog)
    {
        var stored = await door.Store.ReadStream(door.Id, door.Ct);
        var folded = door.Store.Fold(ReferralDecider.Instance, stored);
        if (!await Exclusions.MaySee(door.Store, door.User, folded.State, door.Ct))
            return ReferralRefusals.NotFound.ToProblem();
        var history = stored.Select(door.Store.Record<ReferralEvent>).Select(recorded => recorded.Event).ToList();
        var sent = SentPackage.Of(history);
        // The hotline may look at what waits for approval; a desk sees what went out.
        if (sent.Count == 0 && door.IsStaff && folded.State is ReferralState.AwaitingApproval)
            sent = SentPackage.Of([.. history, new ReferralEvent.Sent(SendingGround.Approved, door.By, door.Now)]);
        if (sent.Count == 0)
            return ReferralRefusals.NoPackageYet.ToProblem();
        var facts = ((ReferralState.Open)folded.State).Facts;
        var cut = door.IsStaff ? null : (folded.State as ReferralState.Out)?.Course.Cut;
        if (cut is { Count: 0 })
            return ReferralRefusals.DataCut.ToProblem();

        var persons = sent.SelectMany(one => one.Parts).Select(part => part.PersonId).OfType<Guid>().Distinct().Select(person => ("person", person));
        await readLog.Record(door.Context.Metadata, door.Now, [("referral", door.Id), .. persons], "referral.open-package", FieldGroup.All, door.Ct);
        if (door.User.Role == Roles.Liaison)
        {
            var opening = new WatchCommand.RecordOpening(door.Id, facts.CaseId, facts.DeskId, door.By, door.Now);
            await door.Store.Execute(WatchDecider.Instance, WatchDecider.IdOf(door.Id), opening, door.Context.Metadata with { Desk = facts.DeskId }, door.Ct);
        }

        List<Version> versions = [];
        foreach (var one in sent)
        {
            var package = Without(await SealedPackage.Join(one.Parts, keys, door.Ct), cut ?? []);
            var difference = versions.Count == 0 ? [] : PackageDifference.Between(versions[^1].Package, package);
            versions.Add(new(one.Supplement, one.Profile, one.Basis, one.PackageHash, one.ReleasedAt, one.SentAt, one.Signature is not null, package, difference));
        }

        var now = versions[^1];
        return Answers.WithVersion(
            new { id = door.Id, facts.Number, now.Profile, now.Basis, now.PackageHash, now.ReleasedAt, package = now.Package, versions, withheld = cut ?? [] }, folded.Version);
    }

    private static JsonObject Without(JsonObject package, IReadOnlyList<string> fields)
    {
        foreach (var field in fields)
        {
            var name = field[(field.IndexOf('.', StringComparison.Ordinal) + 1)..];
            if (field.StartsWith("request.", StringComparison.Ordinal))
                (package["request"] as JsonObject)?.Remove(name);
            else
                (package["persons"] as JsonArray)?.OfType<JsonObject>().ToList().ForEach(person => person.Remove(name));
        }

        return package;
    }
}
