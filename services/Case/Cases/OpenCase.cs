using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Cases;

/// <summary>POST /cases: a case is opened from a contact.</summary>
public static class OpenCase
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/", Handle).RequireAction(CaseAccess.Table, "case.open");

    /// <param name="Id">Chosen by the caller so that a repeated request is the same request; or left out.</param>
    /// <param name="CallerContact">How the caller is reached, if she agreed to be.</param>
    public sealed record Body(Guid? Id, Guid ContactId, PlaceBody? Place, string? SafeContact, string? CallerContact, string? Narrative);

    /// <param name="Edition">Edition of the province catalogue the codes belong to.</param>
    public sealed record PlaceBody(string Edition, string ProvinceCode, string? FormerProvinceCode, string? Commune);

    private static async Task<IResult> Handle(Body body, CommandContext context, EventStore store, Numbers numbers, CancellationToken ct)
    {
        var errors = new BodyErrors()
            .When(body.ContactId == Guid.Empty, "contactId", "required")
            .When(body.Id == Guid.Empty, "id", "required")
            .When(body.Place is { } place && !Provinces.IsKnown(place.Edition, place.ProvinceCode, place.FormerProvinceCode), "place", "unknown-province")
            .Code("safeContact", body.SafeContact, ValueLists.Get("safe-contact").Contains)
            .Text("place.commune", body.Place?.Commune, 200)
            .Text("callerContact", body.CallerContact, 200)
            .Text("narrative", body.Narrative, Personal.MaximumLength);
        if (errors.Refusal is { } invalid)
            return invalid.ToProblem();

        var id = body.Id ?? Guid.CreateVersion7();
        var owner = new Owner("case", id);
        var known = await store.Load(CaseDecider.Instance, id, ct);
        var number = known.State is CaseState.None ? await numbers.Next("CS", ct) : "";
        var command = new CaseCommand.Open(
            number,
            body.ContactId,
            body.Place is { } p ? new(p.Edition, p.ProvinceCode, p.FormerProvinceCode, p.Commune.Typed(owner, FieldGroup.Location)) : null,
            body.SafeContact,
            // The caller is not always a person of the case: her number belongs to the contact she made.
            body.CallerContact.Typed(new Owner("contact", body.ContactId), FieldGroup.Contact),
            body.Narrative.Typed(owner, FieldGroup.Narrative),
            context.Principal,
            context.Now);
        var location = $"/api/cases/{id}";
        var execution = await store.Execute(
            CaseDecider.Instance, id, command, context.Metadata, ct, identity: context.Identity(StatusCodes.Status201Created, location, id));
        return execution.Answer(state => CaseAnswer.Of(execution.Replayed?.ResourceId ?? id, state), CaseDecider.Allowed, StatusCodes.Status201Created, location);
    }
}

/// <summary>What every command on a case answers.</summary>
public sealed record CaseAnswer(Guid Id, string? Number, string State, IReadOnlyList<string> Allowed)
{
    public static object Of(Guid id, CaseState state) =>
        new CaseAnswer(id, (state as CaseState.InProgress)?.Number, state.Name, CaseDecider.Allowed(state));
}
