using System.Security.Claims;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Cases;

/// <summary>
/// POST /cases: a case is opened from a contact. If an emergency has opened it already, it is the same case, and what is told here is added to it.
/// POST /cases/{id}/complete: add what is known to a case that an emergency opened.
/// </summary>
public static class OpenCase
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/", Handle).RequireAction(CaseAccess.Table, "case.open")
            .DescribeCreation("Mở hồ sơ ca từ một lượt liên hệ", "open a case from a contact");
        routes.MapPost("/{id:guid}/complete", Complete).RequireAction(CaseAccess.Table, "case.complete")
            .DescribeCommand("Bổ sung hồ sơ ca do trường hợp khẩn cấp mở", "add what is known to a case that an emergency opened");
    }

    /// <param name="Id">Chosen by the caller so that a repeated request is the same request; or left out.</param>
    /// <param name="CallerContact">How the caller is reached, if she agreed to be.</param>
    public sealed record Body(Guid? Id, Guid ContactId, PlaceBody? Place, string? SafeContact, string? CallerContact, string? Narrative);

    /// <inheritdoc cref="Body"/>
    public sealed record Details(PlaceBody? Place, string? SafeContact, string? CallerContact, string? Narrative);

    /// <param name="Edition">Edition of the province catalogue the codes belong to.</param>
    public sealed record PlaceBody(string Edition, string ProvinceCode, string? FormerProvinceCode, string? Commune);

    private static async Task<IResult> Handle(Body body, CommandContext context, EventStore store, Numbers numbers, CancellationToken ct)
    {
        var errors = Check(new(body.Place, body.SafeContact, body.CallerContact, body.Narrative))
            .Id("contactId", body.ContactId)
            .Id("id", body.Id);
        if (errors.Problem is { } invalid)
            return invalid;

        return await store.Create(
            CaseDecider.Instance,
            body.Id,
            async (id, isNew) => Command(id, isNew ? await numbers.Next("CS", ct) : "", body, context),
            context.Metadata,
            context,
            "/api/cases",
            state => CaseStanding.Of(context.User, state),
            state => (state as CaseState.InProgress)?.Number,
            ct);
    }

    private static async Task<IResult> Complete(Guid id, Details body, CommandContext context, EventStore store, CancellationToken ct)
    {
        if (Check(body).Problem is { } invalid)
            return invalid;
        if ((await store.Load(CaseDecider.Instance, id, ct)).State is not CaseState.InProgress { ContactId: var contactId })
            return CaseRefusals.NotFound.ToProblem();
        var execution = await store.Execute(
            CaseDecider.Instance,
            id,
            new CaseCommand.Complete(
                PlaceOf(body.Place, id), body.SafeContact, CallerContact(body.CallerContact, contactId), Narrative(body.Narrative, id), context.Principal, context.Now),
            context.Metadata,
            ct,
            context.ExpectedVersion,
            context.Identity());
        return execution.ToAnswer(state => CaseStanding.Of(context.User, state));
    }

    private static BodyErrors Check(Details body) => new BodyErrors()
        .When(body.Place is { } place && !Provinces.IsKnown(place.Edition, place.ProvinceCode, place.FormerProvinceCode), "place", "Không có tỉnh, thành phố này trong danh mục đã nêu.", "The named edition has no such province.")
        .Code("safeContact", body.SafeContact, ValueLists.Get("safe-contact").Contains)
        .Text("place.commune", body.Place?.Commune, 200)
        .Text("callerContact", body.CallerContact, 200)
        .Text("narrative", body.Narrative, 8000);

    private static CaseCommand Command(Guid id, string number, Body body, CommandContext context) => new CaseCommand.Open(
        number,
        body.ContactId,
        PlaceOf(body.Place, id),
        body.SafeContact,
        CallerContact(body.CallerContact, body.ContactId),
        Narrative(body.Narrative, id),
        context.Principal,
        context.Now);

    private static Place? PlaceOf(PlaceBody? place, Guid id) => place is null
        ? null
        : new(place.Edition, place.ProvinceCode, place.FormerProvinceCode, place.Commune.Typed(new Owner("case", id), FieldGroup.Location));

    // The caller is not always a person of the case: her number belongs to the contact she made.
    private static Personal<string>? CallerContact(string? text, Guid contactId) => text.Typed(new Owner("contact", contactId), FieldGroup.Contact);

    private static Personal<string>? Narrative(string? text, Guid id) => text.Typed(new Owner("case", id), FieldGroup.Narrative);
}

/// <summary>How a case looks from outside.</summary>
public static class CaseStanding
{
    /// <summary>The state, and those of its commands that this user may give.</summary>
    public static Standing Of(ClaimsPrincipal user, CaseState state) =>
        new(state.Name, [.. CaseDecider.Allowed(state).Where(command => CaseAccess.Table.Allows(user.Role, $"case.{command}"))]);
}
