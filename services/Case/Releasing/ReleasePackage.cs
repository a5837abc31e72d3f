using Hotline111.Case.Cases;
using Hotline111.Contracts.Case.V1;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Releasing;

/// <summary>
/// POST /cases/{id}/release: disclosure is decided where consent lives. Composes exactly the fields that the desk's release profile allows on the basis,
/// signs their hash, records the decision, and hands the package to the caller, who carries it to Referral. Released again after facts have changed it is another
/// package; the earlier ones stay.
/// </summary>
public static class ReleasePackage
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/release", Handle).RequireAction(CaseAccess.Table, "case.release")
            .DescribeRead("Cho phép chia sẻ: soạn và ký gói thông tin cho một đầu mối", "compose, sign and record the package for one desk");

    private static async Task<IResult> Handle(
        Guid id, ReleaseBody body, CommandContext context, EventStore store, PersonKeys keys, ReadLog readLog, KnownDesks desks, ReleaseKey key, CancellationToken ct)
    {
        if (body.Check().Problem is { } invalid)
            return invalid;
        if (await desks.Find(body.DeskId, context.Today, ct) is not { } desk)
            return CaseRefusals.DeskUnknown.ToProblem();
        var folded = await store.Load(CaseDecider.Instance, id, ct);
        if (folded.State is not CaseState.InProgress state)
            return CaseRefusals.NotFound.ToProblem();

        var package = await ComposedPackage.Of(state, body, desk, keys, ct);
        if (package.Size > ComposedPackage.Largest)
            return CaseRefusals.PackageTooLarge.ToProblem();
        // Millisecond precision: what is signed must survive every carrier's idea of a timestamp.
        var at = DateTimeOffset.FromUnixTimeMilliseconds(context.Now.ToUnixTimeMilliseconds());
        var signature = key.Sign(ReleaseEnvelope.SignedText(id, desk.DeskId, package.Profile, body.Basis, package.Hash, at));
        var execution = await store.Execute(
            CaseDecider.Instance,
            id,
            package.Release(body, signature, context.Principal, at),
            context.Metadata,
            ct,
            context.ExpectedVersion,
            known: folded);
        if (!execution.Succeeded)
            return execution.ToAnswer(after => CaseStanding.Of(context.User, after));

        await readLog.Record(context.Metadata, context.Now, state.Owners(id, package.Persons), "case.release", FieldGroup.All, ct);
        // Released before: what was signed then stands, so that the history here and the sheet at the desk show one and the same release.
        var release = ((CaseState.InProgress)execution.State).FindRelease(desk.DeskId, package.Profile, body.Basis, package.Hash)!;
        return Answers.WithVersion(
            new ReleaseEnvelope(id, desk.DeskId, package.Profile, body.Basis, package.Hash, release.At, release.Signature, package.Json), execution.Version);
    }
}
