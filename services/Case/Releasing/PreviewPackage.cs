using System.Text.Json;
using Hotline111.Case.Cases;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Releasing;

/// <summary>
/// POST /cases/{id}/preview: exactly what a desk would read, before anything is released. Nothing is decided or disclosed by it; that somebody looked is recorded
/// before the data leaves.
/// </summary>
public static class PreviewPackage
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/preview", Handle).RequireAction(CaseAccess.Table, "case.preview")
            .WithSummary("Xem trước đúng những gì đầu mối sẽ đọc / preview exactly what a desk will read")
            .Produces<Preview>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);

    /// <summary>What a release would give.</summary>
    /// <param name="Profile">The desk's release profile and its edition.</param>
    /// <param name="BasisAccepted">Whether it may go on this basis.</param>
    /// <param name="Why">Why not: the code with which a release would be refused; null when it may.</param>
    /// <param name="PackageHash">The hash that a release right after would have; null when it may not go.</param>
    /// <param name="Package">What the desk would read; null when it may not go.</param>
    /// <param name="Fields">The fields in it.</param>
    /// <param name="Withheld">Fields that are known and that this desk does not get.</param>
    /// <param name="ReleasedBefore">The very same package was released for this desk before: a release right after changes nothing.</param>
    public sealed record Preview(
        Guid CaseId, string DeskId, string Profile, string Basis, bool BasisAccepted, string? Why, string? PackageHash, JsonElement? Package, IReadOnlyList<string> Fields,
        IReadOnlyList<string> Withheld, bool ReleasedBefore);

    private static async Task<IResult> Handle(Guid id, ReleaseBody body, CommandContext context, EventStore store, PersonKeys keys, ReadLog readLog, KnownDesks desks, CancellationToken ct)
    {
        if (body.Check().Problem is { } invalid)
            return invalid;
        if (await desks.Find(body.DeskId, context.Today, ct) is not { } desk)
            return CaseRefusals.DeskUnknown.ToProblem();
        var folded = await store.Load(CaseDecider.Instance, id, ct);
        if (folded.State is not CaseState.InProgress state)
            return CaseRefusals.NotFound.ToProblem();

        var package = await ComposedPackage.Of(state, body, desk, keys, ct);
        // The rules of a release answer, so that what is shown as possible is.
        var decision = CaseDecider.Instance.Decide(state, package.Release(body, signature: "", context.Principal, context.Now));
        var basis = decision.Refusal is { } no && (no == CaseRefusals.BasisNeeded || no == CaseRefusals.BasisNotAccepted) ? no : null;
        if (decision.Refusal is { } refusal && basis is null)
            return refusal.ToProblem();
        if (package.Size > ComposedPackage.Largest)
            return CaseRefusals.PackageTooLarge.ToProblem();

        await readLog.Record(context.Metadata, context.Now, state.Owners(id, package.Persons), "case.preview", FieldGroup.All, ct);
        return Answers.WithVersion(
            new Preview(
                id,
                desk.DeskId,
                package.Profile,
                body.Basis,
                basis is null,
                basis?.Code,
                basis is null ? package.Hash : null,
                basis is null ? package.Json : null,
                basis is null ? [.. package.Fields] : [],
                package.Withheld,
                decision.Refusal is null && decision.Events.Count == 0),
            folded.Version);
    }
}
