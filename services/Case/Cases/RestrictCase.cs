using Hotline111.Case.Releasing;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Cases;

/// <summary>
/// POST /cases/{id}/restrict: an official is involved, so agencies and territories must not learn of the case. The list replaces the earlier one; an empty one lifts
/// the restriction. Nothing is released to an excluded desk from then on, and Referral neither drafts, hands on nor shows anything to it.
/// </summary>
public static class RestrictCase
{
    /// <summary>How many agencies or provinces one restriction names.</summary>
    public const int Most = 100;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/restrict", Handle).RequireAction(CaseAccess.Table, "case.restrict")
            .DescribeCommand("Không để cơ quan hoặc địa bàn có người liên quan biết về hồ sơ", "keep the case from agencies and territories");

    /// <param name="Agencies">Agencies of the directory, at most 100.</param>
    /// <param name="Provinces">Codes of the directory's province edition whose desks are excluded, at most 100.</param>
    /// <param name="Reason">Why, in words: for those alone who may restrict a case.</param>
    public sealed record Body(IReadOnlyList<string>? Agencies, IReadOnlyList<string>? Provinces, string Reason);

    private static async Task<IResult> Handle(Guid id, Body body, CommandContext context, EventStore store, KnownDesks desks, CancellationToken ct)
    {
        var edition = Provinces.Find(AgencyDirectory.ProvinceEdition)!;
        var errors = new BodyErrors()
            .When(body.Agencies is { Count: > Most }, "agencies", "Tối đa 100.", "At most 100.")
            .When(body.Provinces is { Count: > Most }, "provinces", "Tối đa 100.", "At most 100.")
            .When(body.Provinces?.All(code => edition.Find(code) is not null) == false, "provinces", "Mã này không có trong danh mục.", "The list has no such code.")
            .Required("reason", body.Reason?.Trim())
            .Text("reason", body.Reason, 2000);
        if (errors.Problem is { } invalid)
            return invalid;
        var agencies = Ordered(body.Agencies);
        if (!await desks.KnowsAgencies([.. agencies], ct))
            return CaseRefusals.AgencyUnknown.ToProblem();

        var execution = await store.Execute(
            CaseDecider.Instance,
            id,
            new CaseCommand.Restrict(agencies, Ordered(body.Provinces), body.Reason.Typed(new Owner("case", id), FieldGroup.Narrative)!, context.Principal, context.Now),
            context.Metadata,
            ct,
            context.ExpectedVersion,
            context.Identity());
        return execution.ToAnswer(state => CaseStanding.Of(context.User, state));

        static Items<string> Ordered(IReadOnlyList<string>? codes) => Items.From((codes ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }
}
