using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.Case.Cases;

/// <summary>POST /cases/{id}/assess: risk level, danger signs and urgency as judged now.</summary>
public static class AssessCase
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/assess", Handle).RequireAction(CaseAccess.Table, "case.assess")
            .DescribeCommand("Đánh giá nguy cơ và mức khẩn cấp", "judge risk and urgency");

    public sealed record Body(string RiskLevel, IReadOnlyList<string>? RiskSigns, string Urgency);

    private static async Task<IResult> Handle(Guid id, Body body, CommandContext context, EventStore store, CancellationToken ct)
    {
        var errors = new BodyErrors()
            .Required("riskLevel", body.RiskLevel)
            .Required("urgency", body.Urgency)
            .Code("riskLevel", body.RiskLevel, ValueLists.Get("risk-level").Contains)
            .Code("urgency", body.Urgency, ValueLists.Get("urgency").Contains);
        foreach (var sign in body.RiskSigns ?? [])
            errors.Code("riskSigns", sign, ValueLists.Get("risk-sign").Contains);
        if (errors.Problem is { } invalid)
            return invalid;

        var signs = Items.From((body.RiskSigns ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        var execution = await store.Execute(
            CaseDecider.Instance,
            id,
            new CaseCommand.Assess(body.RiskLevel, signs, body.Urgency, context.Principal, context.Now),
            context.Metadata,
            ct,
            context.ExpectedVersion,
            context.Identity());
        return execution.ToAnswer(state => CaseStanding.Of(context.User, state));
    }
}
