using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Directory;
using Hotline111.Referral.Referrals.Sending;

namespace Hotline111.Referral.Referrals.Chaining;

/// <summary>
/// POST /referrals/{id}/hand-on: the desk hands the referral to another one. Within its agency the next desk gets the package at once; for another agency, or
/// when the desk has returned some of the data, the hotline must release it anew, so a draft waits there. POST /referrals/{id}/take-back: the desk takes it back while the next one has not acknowledged.
/// </summary>
public static class HandOnReferral
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/hand-on", HandOn).RequireAction(ReferralAccess.Table, "referral.hand-on")
            .DescribeCommand("Chuyển tiếp cho đầu mối khác", "hand on to another desk");
        routes.MapPost("/{id:guid}/take-back", TakeBack).RequireAction(ReferralAccess.Table, "referral.take-back")
            .DescribeCommand("Nhận lại phiếu đang chuyển tiếp", "take back what is being handed on");
    }

    /// <param name="DeskId">The next desk.</param>
    /// <param name="Text">Why, in words.</param>
    public sealed record Body(string DeskId, string? Text);

    private static async Task<IResult> HandOn([AsParameters] ReferralDoor door, Body body, Numbers numbers, PersonKeys keys)
    {
        if (new BodyErrors().Required("deskId", body.DeskId).Text("text", body.Text, 2000).Problem is { } invalid)
            return invalid;
        while (true)
        {
            if (await door.Known() is not { State: ReferralState.Open { Facts: var facts } state } known)
                return ReferralRefusals.NotFound.ToProblem();
            if (await DirectoryList.Find(door.Store, body.DeskId, door.Today, door.Ct) is not { } desk)
                return ReferralRefusals.DeskUnknown.ToProblem();
            if (!desk.Competences.Contains(facts.Purpose))
                return ReferralRefusals.DeskNotCompetent.ToProblem();
            if (await Exclusions.Excludes(door.Store, facts.CaseId, desk, door.Ct))
                return ReferralRefusals.DeskExcluded.ToProblem();

            var next = Guid.CreateVersion7();
            var command = new ReferralCommand.HandOn(next, desk.DeskId, desk.AgencyId, door.Words(body.Text), door.By, door.Now);
            // What the present state refuses draws no number.
            if (ReferralDecider.Instance.Decide(state, command).Events.Count == 0)
                return await door.Give(command, known);

            var nextFacts = new ReferralFacts(
                await numbers.Next("RF", door.Ct), facts.CaseId, desk.DeskId, desk.AgencyId, desk.Sector, desk.ProvinceCodes.Count == 1 ? desk.ProvinceCodes[0] : null, facts.Purpose, facts.Urgency,
                facts.PolicyEdition, door.Id)
            {
                Chain = [.. facts.Chain, facts.DeskId],
                Part = facts.Part,
            };
            var sent = await SentPackage.Last(door.Store, door.Id, door.Ct);
            // What this desk has returned goes to no other one before the hotline has looked at it.
            ReferralCommand begin = desk.AgencyId == facts.AgencyId && state is ReferralState.Out { Course.Cut: null } && sent is not null && (sent.ContactId is not null || sent.Profile == desk.Profile)
                ? await sent.Forward(nextFacts, next, keys, door)
                : new ReferralCommand.DraftReferral(nextFacts, door.By, door.Now);
            var metadata = door.Context.Metadata with { Desk = facts.DeskId };
            var execution = await Chain.HandOn(door, known, command, begin, metadata);
            // A supplement, or data that the desk returned meanwhile, changes what goes on: it is looked at again.
            if (!execution.Stale || door.Context.ExpectedVersion is not null)
                return execution.ToAnswer(after => ReferralStanding.Of(door.User, after));
        }
    }

    private static Task<IResult> TakeBack([AsParameters] ReferralDoor door) => door.Give(new ReferralCommand.TakeBack(door.By, door.Now));
}
