using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Cases;

/// <summary>POST /cases: a case is opened from a contact.</summary>
public static class OpenCase
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/", Handle).RequireAction(CaseAccess.Table, "case.open")
            .DescribeCreation("Mở hồ sơ ca từ một lượt liên hệ", "open a case from a contact");

    /// <param name="Id">Chosen by the caller so that a repeated request is the same request; or left out.</param>
    /// <param name="CallerContact">How the caller is reached, if she agreed to be.</param>
    public sealed record Body(Guid? Id, Guid ContactId, PlaceBody? Place, string? SafeContact, string? CallerContact, string? Narrative);

    /// <param name="Edition">Edition of the province catalogue the codes belong to.</param>
    public sealed record PlaceBody(string Edition, string ProvinceCode, string? FormerProvinceCode, string? Commune);

    private static async Task<IResult> Handle(Body body, CommandContext context, EventStore store, Numbers numbers, CancellationToken ct)
    {
        var errors = new BodyErrors()
            .When(body.ContactId == Guid.Empty, "contactId", "Cần có thông tin này.", "This is required.")
            .When(body.Id == Guid.Empty, "id", "Cần có thông tin này.", "This is required.")
            .When(body.Place is { } place && !Provinces.IsKnown(place.Edition, place.ProvinceCode, place.FormerProvinceCode), "place", "Không có tỉnh, thành phố này trong danh mục đã nêu.", "The named edition has no such province.")
            .Code("safeContact", body.SafeContact, ValueLists.Get("safe-contact").Contains)
            .Text("place.commune", body.Place?.Commune, 200)
            .Text("callerContact", body.CallerContact, 200)
            .Text("narrative", body.Narrative, 8000);
        if (errors.Problem is { } invalid)
            return invalid;

        return await store.Create(
            CaseDecider.Instance,
            body.Id,
            async (id, isNew) => Command(id, isNew ? await numbers.Next("CS", ct) : "", body, context),
            context.Metadata,
            context,
            "/api/cases",
            CaseStanding.Of,
            state => (state as CaseState.InProgress)?.Number,
            ct);
    }

    private static CaseCommand Command(Guid id, string number, Body body, CommandContext context)
    {
        var owner = new Owner("case", id);
        return new CaseCommand.Open(
            number,
            body.ContactId,
            body.Place is { } p ? new(p.Edition, p.ProvinceCode, p.FormerProvinceCode, p.Commune.Typed(owner, FieldGroup.Location)) : null,
            body.SafeContact,
            // The caller is not always a person of the case: her number belongs to the contact she made.
            body.CallerContact.Typed(new Owner("contact", body.ContactId), FieldGroup.Contact),
            body.Narrative.Typed(owner, FieldGroup.Narrative),
            context.Principal,
            context.Now);
    }
}

/// <summary>How a case looks from outside.</summary>
public static class CaseStanding
{
    public static Standing Of(CaseState state) => new(state.Name, CaseDecider.Allowed(state));
}
