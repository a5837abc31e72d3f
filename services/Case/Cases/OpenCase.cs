using System.Security.Claims;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Cases;

/// <summary>
/// POST /cases: a case is opened from a contact. If an emergency has opened it already, it is the same case, and what is told here is added to it.
/// POST /cases/{id}/complete: what is known is added to a case that an emergency opened, or put right in any.
/// </summary>
public static class OpenCase
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/", Handle).RequireAction(CaseAccess.Table, "case.open")
            .DescribeCreation("Mở hồ sơ ca từ một lượt liên hệ", "open a case from a contact");
        routes.MapPost("/{id:guid}/complete", Complete).RequireAction(CaseAccess.Table, "case.complete")
            .DescribeCommand("Bổ sung, sửa thông tin vụ việc của hồ sơ ca", "add or put right what is known of the case");
    }

    /// <param name="Id">Chosen by the caller so that a repeated request is the same request; or left out.</param>
    /// <param name="CallerContact">How the caller is reached, if she agreed to be.</param>
    public sealed record Body(Guid? Id, Guid ContactId, PlaceBody? Place, string? SafeContact, string? CallerContact, string? Narrative);

    /// <summary>The whole of what is known: what is left out is not known any more. At least one part is.</summary>
    /// <inheritdoc cref="Body"/>
    public sealed record Details(PlaceBody? Place, string? SafeContact, string? CallerContact, string? Narrative);

    /// <param name="Edition">Edition of the province catalogue the codes belong to.</param>
    public sealed record PlaceBody(string Edition, string ProvinceCode, string? FormerProvinceCode, string? Commune);

    private static async Task<IResult> Handle(Body body, CommandContext context, EventStore store, Numbers numbers, PersonKeys keys, CancellationToken ct)
    {
        var errors = Check(new(body.Place, body.SafeContact, body.CallerContact, body.Narrative))
            .Id("contactId", body.ContactId)
            .Id("id", body.Id);
        if (errors.Problem is { } invalid)
            return invalid;

        return await store.Create(
            CaseDecider.Instance,
            body.Id,
            async (id, known) => (CaseCommand)new CaseCommand.Open(
                known is CaseState.None ? await numbers.Next("CS", ct) : "",
                body.ContactId,
                await Keep((known as CaseState.InProgress)?.First, Told(new(body.Place, body.SafeContact, body.CallerContact, body.Narrative), id, body.ContactId), keys, ct),
                context.Principal,
                context.Now),
            context.Metadata,
            context,
            "/api/cases",
            state => CaseStanding.Of(context.User, state),
            state => (state as CaseState.InProgress)?.Number,
            ct);
    }

    private static async Task<IResult> Complete(Guid id, Details body, CommandContext context, EventStore store, PersonKeys keys, CancellationToken ct)
    {
        var isEmpty = body.Place is null && body.SafeContact is null && string.IsNullOrWhiteSpace(body.CallerContact) && string.IsNullOrWhiteSpace(body.Narrative);
        if (Check(body).When(isEmpty, "narrative", "Cần ít nhất một thông tin.", "At least one part must be told.").Problem is { } invalid)
            return invalid;
        var folded = await store.Load(CaseDecider.Instance, id, ct);
        if (folded.State is not CaseState.InProgress state)
            return CaseRefusals.NotFound.ToProblem();
        var execution = await store.Execute(
            CaseDecider.Instance,
            id,
            new CaseCommand.Complete(await Keep(state.Details, Told(body, id, state.ContactId), keys, ct), context.Principal, context.Now),
            context.Metadata,
            ct,
            context.ExpectedVersion,
            context.Identity(),
            known: folded);
        return execution.ToAnswer(after => CaseStanding.Of(context.User, after));
    }

    private static BodyErrors Check(Details body) => new BodyErrors()
        .When(body.Place is { } place && !Provinces.IsKnown(place.Edition, place.ProvinceCode, place.FormerProvinceCode), "place", "Không có tỉnh, thành phố này trong danh mục đã nêu.", "The named edition has no such province.")
        .Code("safeContact", body.SafeContact, ValueLists.Get("safe-contact").Contains)
        .Text("place.commune", body.Place?.Commune, 200)
        .Text("callerContact", body.CallerContact, 200)
        .Text("narrative", body.Narrative, 8000);

    private static CaseDetails Told(Details body, Guid id, Guid contactId)
    {
        var owner = new Owner("case", id);
        return new(
            body.Place is { } place ? new(place.Edition, place.ProvinceCode, place.FormerProvinceCode, place.Commune.Typed(owner, FieldGroup.Location)) : null,
            body.SafeContact,
            // The caller is not always a person of the case: her number belongs to the contact she made.
            body.CallerContact.Typed(new Owner("contact", contactId), FieldGroup.Contact),
            body.Narrative.Typed(owner, FieldGroup.Narrative));
    }

    /// <summary>What says what it said before keeps its seal, and is nothing new.</summary>
    private static async Task<CaseDetails> Keep(CaseDetails? known, CaseDetails told, PersonKeys keys, CancellationToken ct) => told with
    {
        Place = told.Place is { } place ? place with { Commune = await keys.Keep(known?.Place?.Commune, place.Commune, ct) } : null,
        CallerContact = await keys.Keep(known?.CallerContact, told.CallerContact, ct),
        Narrative = await keys.Keep(known?.Narrative, told.Narrative, ct),
    };
}

/// <summary>How a case looks from outside.</summary>
public static class CaseStanding
{
    /// <summary>The state, and those of its commands that this user may give.</summary>
    public static Standing Of(ClaimsPrincipal user, CaseState state) =>
        new(state.Name, [.. CaseDecider.Allowed(state).Where(command => CaseAccess.Table.Allows(user.Role, $"case.{command}"))]);
}
