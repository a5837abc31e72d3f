using System.Text.Json.Nodes;
using Dapper;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Referrals.Sending;
using Hotline111.Referral.Watching;

namespace Hotline111.Referral.Referrals;

/// <summary>
/// GET /referrals/{id}: the sheet without personal data. GET /referrals/{id}/package: what was sent, recorded before it leaves. GET /referrals/{id}/helpers: how far
/// the other desks of the case are, for the one that leads. GET /referrals/{id}/allowed-actions: what this user may do now.
/// </summary>
public static class ReadReferral
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/{id:guid}", Sheet).RequireAction(ReferralAccess.Table, "referral.read")
            .DescribeRead("Phiếu chuyển tuyến, không có thông tin cá nhân", "the sheet, without personal data").Produces<Whole>();
        routes.MapGet("/{id:guid}/helpers", Helpers).RequireAction(ReferralAccess.Table, "referral.read-helpers")
            .DescribeRead("Các đầu mối phối hợp của hồ sơ đang làm đến đâu", "how far the helping desks of the case are").Produces<HelperList>();
        routes.MapGet("/{id:guid}/package", Package).RequireAction(ReferralAccess.Table, "referral.open-package")
            .DescribeRead("Mở gói thông tin đã gửi; mỗi lần mở đều được ghi lại", "what was sent; the read is recorded");
        routes.MapGet("/{id:guid}/allowed-actions", AllowedActions).RequireAction(ReferralAccess.Table, "referral.read")
            .DescribeRead("Những việc người dùng này làm được lúc này", "what this user may do now");
    }

    /// <summary>What went out at one time, as the reader may see it.</summary>
    /// <param name="Supplement">0 for the package, then the supplement's number.</param>
    /// <param name="Package">The package; fields that the desk returned are left out for it, and what it returned whole is not among the versions.</param>
    /// <param name="Difference">What changed against the one before; empty for the first that the reader sees.</param>
    public sealed record Version(
        int Supplement, string Profile, string Basis, string PackageHash, DateTimeOffset ReleasedAt, DateTimeOffset SentAt, bool Released, JsonObject Package,
        IReadOnlyList<PackageDifference.Change> Difference);

    /// <summary>The sheet.</summary>
    /// <param name="Allowed">The commands that this user may give now.</param>
    /// <param name="Claim">Who at the desk has it to hand, or null.</param>
    /// <param name="History">What happened, oldest first; the words are at /words.</param>
    /// <param name="Chain">The referrals of the same hand-on that the reader may see, the first one first, this one among them.</param>
    public sealed record Whole(
        ReferralRow Referral, IReadOnlyList<string> Allowed, Receipts Receipts, Claim? Claim, IReadOnlyList<ReferralHistory.Line> History, IReadOnlyList<Link> Chain);

    /// <summary>One referral of a hand-on.</summary>
    public sealed record Link(Guid Id, string Number, string DeskId, string State, Guid? PreviousId, DateTime? SentAt);

    /// <param name="Items">The helping desks that were sent a referral of the case, the first one first.</param>
    public sealed record HelperList(IReadOnlyList<Helper> Items);

    /// <summary>A desk that helps on the case. No words, and nothing of what was written with it.</summary>
    public sealed record Helper(string Number, string DeskId, string AgencyId, string Purpose, string State, DateTime SentAt, IReadOnlyList<Mark> Marks);

    /// <param name="ByPhone">The hotline entered it on the officer's behalf.</param>
    public sealed record Mark(string Code, DateTimeOffset OccurredAt, DateTimeOffset At, bool ByPhone);

    private static async Task<IResult> Sheet([AsParameters] ReferralDoor door)
    {
        var stored = await door.Store.ReadStream(door.Id, door.Ct);
        var known = door.Store.Fold(ReferralDecider.Instance, stored);
        if (!await Exclusions.MaySee(door.Store, door.User, known.State, door.Ct) || await ReferralRow.Find(door.Store, door.Id, door.User, door.Ct) is not { } row)
            return ReferralRefusals.NotFound.ToProblem();
        var history = stored.Select(each => (each, door.Store.Record<ReferralEvent>(each).Event));
        var watch = await door.Store.ReadStream(WatchDecider.IdOf(door.Id), door.Ct);
        var watched = watch.Select(each => door.Store.Record<WatchEvent>(each).Event).ToList();
        var receipts = Receipts.Of(watched, row.DeskId, (known.State as ReferralState.Out)?.Course.PackageHash, withRefusals: door.IsStaff);
        return Answers.WithVersion(
            new Whole(
                // The row may be younger than the stream that was read before it: an answer to what is shown is judged by the elder of the two.
                row with { Version = known.Version }, ReferralAccess.Allowed(door.User, known.State, row.Excluded), receipts,
                watched.Aggregate(WatchState.Initial, WatchState.Evolve).Claim, ReferralHistory.Of(history, known.State, door.IsStaff), await Links(door)),
            known.Version);
    }

    // The ones before by their links; the ones after by theirs, because one that ended is forgotten by the one before.
    private static async Task<IReadOnlyList<Link>> Links(ReferralDoor door)
    {
        var parameters = ReferralRow.Parameters(door.User);
        parameters.Add("id", door.Id);
        await using var connection = await door.Store.Source.OpenConnectionAsync(door.Ct);
        return (await connection.QueryAsync<Link>(new CommandDefinition(
            $"""
            WITH RECURSIVE before AS (
                SELECT id, previous_id FROM read.referral WHERE id = @id
                UNION SELECT r.id, r.previous_id FROM before b JOIN read.referral r ON r.id = b.previous_id),
            after AS (
                SELECT id FROM read.referral WHERE id = @id
                UNION SELECT r.id FROM after a JOIN read.referral r ON r.previous_id = a.id)
            SELECT r.id, r.number, r.desk_id AS DeskId, r.state, r.previous_id AS PreviousId, r.sent_at AS SentAt
              FROM read.referral r WHERE r.id IN (SELECT id FROM before UNION SELECT id FROM after) AND {ReferralRow.Visible(door.User)}
             ORDER BY r.drafted_at, r.id
            """,
            parameters,
            cancellationToken: door.Ct))).AsList();
    }

    private static async Task<IResult> Helpers([AsParameters] ReferralDoor door)
    {
        if (await door.Known() is not { State: ReferralState.Open { Facts: var facts } state })
            return ReferralRefusals.NotFound.ToProblem();
        // Who gave the lead away, or never took it, has no more to do with the others.
        if (!door.IsStaff && (facts.Part != ReferralParts.Lead || state is ReferralState.Declined or ReferralState.HandedOn or ReferralState.Withdrawn))
            return ReferralRefusals.NotLead.ToProblem();
        await using var connection = await door.Store.Source.OpenConnectionAsync(door.Ct);
        var rows = await connection.QueryAsync<(Guid Id, string Number, string DeskId, string AgencyId, string Purpose, string State, DateTime SentAt)>(new CommandDefinition(
            """
            SELECT id, number, desk_id, agency_id, purpose, state, sent_at FROM read.referral
             WHERE case_id = @caseId AND part = @helper AND sent_at IS NOT NULL AND id <> @id ORDER BY sent_at, id
            """,
            new { caseId = facts.CaseId, helper = ReferralParts.Helper, id = door.Id },
            cancellationToken: door.Ct));
        List<Helper> helpers = [];
        foreach (var row in rows)
        {
            var marks = (await door.Store.ReadStream(row.Id, door.Ct)).Select(each => door.Store.Record<ReferralEvent>(each).Event).OfType<ReferralEvent.Marked>();
            helpers.Add(new(
                row.Number, row.DeskId, row.AgencyId, row.Purpose, row.State, row.SentAt,
                [.. marks.Select(mark => new Mark(mark.Mark, mark.OccurredAt, mark.At, mark.Spoken is not null)).OrderBy(mark => mark.OccurredAt)]));
        }

        return Results.Json(new HelperList(helpers));
    }

    private static async Task<IResult> AllowedActions([AsParameters] ReferralDoor door) =>
        await door.Known() is { } known
            ? Answers.WithVersion(
                new
                {
                    state = known.State.Name,
                    allowed = ReferralAccess.Allowed(
                        door.User, known.State, known.State is ReferralState.Open { Facts: var facts } && await Exclusions.Excludes(door.Store, facts, door.Ct)),
                },
                known.Version)
            : ReferralRefusals.NotFound.ToProblem();

    private static async Task<IResult> Package([AsParameters] ReferralDoor door, PersonKeys keys, ReadLog readLog)
    {
        var stored = await door.Store.ReadStream(door.Id, door.Ct);
        var folded = door.Store.Fold(ReferralDecider.Instance, stored);
        if (!await Exclusions.MaySee(door.Store, door.User, folded.State, door.Ct))
            return ReferralRefusals.NotFound.ToProblem();
        var recorded = stored.Select(each => (each.Version, door.Store.Record<ReferralEvent>(each).Event)).ToList();
        var history = recorded.Select(each => each.Event);
        var sent = SentPackage.Of(history);
        // The hotline may look at what waits for approval, and at what came back to be corrected; a desk sees what went out.
        if (sent.Count == 0 && door.IsStaff && folded.State is (ReferralState.AwaitingApproval or ReferralState.Draft { Returned: true }))
            sent = SentPackage.Of([.. history, new ReferralEvent.Sent(SendingGround.Approved, door.By, door.Now)]);
        if (sent.Count == 0)
            return ReferralRefusals.NoPackageYet.ToProblem();
        var facts = ((ReferralState.Open)folded.State).Facts;
        var withheld = new Withheld(door, folded, recorded);
        if (withheld.Everything is { } refusal)
            return refusal.ToProblem();
        sent = [.. sent.Where(one => !withheld.Has(one))];

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
            var package = Without(await SealedPackage.Join(one.Parts, keys, door.Ct), withheld.Fields);
            var difference = versions.Count == 0 ? [] : PackageDifference.Between(versions[^1].Package, package);
            versions.Add(new(one.Supplement, one.Profile, one.Basis, one.PackageHash, one.ReleasedAt, one.SentAt, one.Signature is not null, package, difference));
        }

        var now = versions[^1];
        return Answers.WithVersion(
            new { id = door.Id, facts.Number, now.Profile, now.Basis, now.PackageHash, now.ReleasedAt, package = now.Package, versions, withheld = withheld.Fields }, folded.Version);
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
