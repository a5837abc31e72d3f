using Hotline111.Case.Cases;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.Case.Referrals;

/// <summary>GET /cases/{id}/picture: how the case stands with all its referrals together; codes, ids and times only.</summary>
public static class ReadPicture
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/{id:guid}/picture", Handle).RequireAction(CaseAccess.Table, "case.picture")
            .DescribeRead("Toàn cảnh hồ sơ ca từ mọi phiếu chuyển tuyến, không có thông tin cá nhân", "the joint picture of the case's referrals, without personal data");

    private static async Task<IResult> Handle(Guid id, EventStore store, CancellationToken ct)
    {
        var folded = await store.Load(CaseDecider.Instance, id, ct);
        if (folded.State is not CaseState.InProgress state)
            return CaseRefusals.NotFound.ToProblem();
        var picture = JointPicture.Of(await CaseReferral.Of(store, id, ct), [.. state.Persons.Select(person => person.Id)]);
        return Answers.WithVersion(
            new { id, state.Number, picture.Standing, picture.Lead, picture.Referrals, picture.UnplacedPurposes, picture.Persons, picture.WithoutResult, picture.Contradictory }, folded.Version);
    }
}
