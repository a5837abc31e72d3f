using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Referral.Directory;

namespace Hotline111.Referral.Referrals.Sending;

/// <summary>POST /referrals: a counsellor begins a referral to one desk.</summary>
public static class DraftReferral
{
    // The hotline's calendar day, for the validity of a desk.
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/", Handle).RequireAction(ReferralAccess.Table, "referral.draft")
            .DescribeCreation("Soạn phiếu chuyển tuyến tới một đầu mối", "draft a referral to one desk");

    /// <param name="Id">Chosen by the caller so that a repeated request is the same request; or left out.</param>
    /// <param name="Part">Code of list referral-part; the desk leads if left out.</param>
    public sealed record Body(Guid? Id, Guid CaseId, string DeskId, string Purpose, string Urgency, string? Part);

    private static async Task<IResult> Handle(Body body, CommandContext context, EventStore store, Numbers numbers, CancellationToken ct)
    {
        var errors = new BodyErrors()
            .Id("caseId", body.CaseId)
            .Id("id", body.Id)
            .Required("deskId", body.DeskId)
            .Required("purpose", body.Purpose)
            .Required("urgency", body.Urgency)
            .Code("purpose", body.Purpose, ValueLists.Get("referral-purpose").Contains)
            .Code("urgency", body.Urgency, ValueLists.Get("urgency").Contains)
            .Code("part", body.Part, ValueLists.Get("referral-part").Contains);
        if (errors.Problem is { } invalid)
            return invalid;
        var today = context.Today;
        if (await DirectoryList.Find(store, body.DeskId, today, ct) is not { } desk)
            return ReferralRefusals.DeskUnknown.ToProblem();
        if (!desk.Competences.Contains(body.Purpose))
            return ReferralRefusals.DeskNotCompetent.ToProblem();
        if (await Exclusions.Excludes(store, body.CaseId, desk, ct))
            return ReferralRefusals.DeskExcluded.ToProblem();

        var province = desk.ProvinceCodes.Count == 1 ? desk.ProvinceCodes[0] : null;
        return await store.Create(
            ReferralDecider.Instance,
            body.Id,
            async (_, known) => (ReferralCommand)new ReferralCommand.DraftReferral(
                new(known is ReferralState.None ? await numbers.Next("RF", ct) : "", body.CaseId, desk.DeskId, desk.AgencyId, desk.Sector, province, body.Purpose, body.Urgency, ReferralPolicies.On(today).Edition)
                {
                    Part = body.Part ?? ReferralParts.Lead,
                },
                context.Principal, context.Now),
            context.Metadata,
            context,
            "/api/referrals",
            state => ReferralStanding.Of(context.User, state),
            state => (state as ReferralState.Open)?.Facts.Number,
            ct);
    }
}
