using Hotline111.Contracts.Catalogues;
using Hotline111.Intake.Drafts;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Intake.Contacts;

/// <summary>POST /contacts: a call or message becomes a contact.</summary>
public static class RecordContact
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/", Handle).RequireAction(IntakeAccess.Table, "contact.record")
            .DescribeCreation("Ghi nhận một lượt liên hệ", "record a contact");

    /// <param name="Id">Chosen by the caller so that a repeated request is the same request; or left out.</param>
    /// <param name="DraftId">The draft it was written in, which ends with it; its id is the contact's where <paramref name="Id"/> is left out. A draft with the contact's id ends in any case.</param>
    /// <param name="OccurredAt">When it took place, if not now (a note taken on paper): not in the future and at most 31 days ago.</param>
    /// <param name="Language">ISO 639; "vi" when left out.</param>
    public sealed record Body(
        Guid? Id,
        Guid? DraftId,
        string Channel,
        DateTimeOffset? OccurredAt,
        CallerBody? Caller,
        PlaceBody? Place,
        string? Language,
        string? SafeContact,
        string? Summary);

    /// <param name="Age">0 to 120, or left out when unknown.</param>
    public sealed record CallerBody(string? Kind, string? Gender, int? Age, string? Name, string? Phone);

    /// <param name="Edition">Edition of the province catalogue the codes belong to.</param>
    public sealed record PlaceBody(string Edition, string ProvinceCode, string? FormerProvinceCode, string? Commune);

    private static async Task<IResult> Handle(Body body, CommandContext context, EventStore store, Numbers numbers, DraftTable drafts, PersonKeys keys, CancellationToken ct)
    {
        if (Check(body).Problem is { } invalid)
            return invalid;

        var (contactId, draftId) = (body.Id ?? body.DraftId, body.DraftId ?? body.Id);
        if (draftId is { } of && await drafts.Find(of, ct) is { } draft)
        {
            if (draft.Owner != context.Principal)
                return DraftRefusals.OfAnother.ToProblem();
            // Its keys are about to be destroyed, and what is sealed with them now would be lost.
            if (draft.EndedAt is not null && of == contactId)
                return DraftRefusals.Ended.ToProblem();
        }

        return await store.Create(
            ContactDecider.Instance,
            contactId,
            async (id, known) => known.FirstRecorded is { } first
                ? await Keep(first.Facts, Command(id, "", body, context), keys, ct)
                : Command(id, await numbers.Next("CT", ct), body, context),
            context.Metadata with { EffectiveAt = body.OccurredAt },
            context,
            "/api/contacts",
            ContactStanding.Of,
            ContactStanding.Number,
            ct,
            alongside: draftId is { } ending ? _ => DraftTable.EndedBy(contactId!.Value, ending, context.Now) : null);
    }

    /// <summary>A request that says what was recorded first is the same request: its texts keep their seals.</summary>
    private static async Task<ContactCommand> Keep(ContactFacts first, ContactCommand.Record told, PersonKeys keys, CancellationToken ct) => told with
    {
        Caller = told.Caller with { Name = await keys.Keep(first.Caller.Name, told.Caller.Name, ct), Phone = await keys.Keep(first.Caller.Phone, told.Caller.Phone, ct) },
        Place = told.Place is { } place ? place with { Commune = await keys.Keep(first.Place?.Commune, place.Commune, ct) } : null,
        Summary = await keys.Keep(first.Summary, told.Summary, ct),
    };

    private static ContactCommand.Record Command(Guid id, string number, Body body, CommandContext context)
    {
        var owner = new Owner("contact", id);
        return new ContactCommand.Record(
            number,
            body.Channel,
            body.OccurredAt,
            new(
                body.Caller?.Kind ?? "unknown",
                body.Caller?.Gender ?? "unknown",
                body.Caller?.Age,
                body.Caller?.Name.Typed(owner, FieldGroup.Identity),
                body.Caller?.Phone.Typed(owner, FieldGroup.Contact)),
            body.Place is { } p ? new(p.Edition, p.ProvinceCode, p.FormerProvinceCode, p.Commune.Typed(owner, FieldGroup.Location)) : null,
            body.Language ?? "vi",
            body.SafeContact,
            body.Summary.Typed(owner, FieldGroup.Narrative),
            context.Principal,
            context.Now);
    }

    private static BodyErrors Check(Body body) => new BodyErrors()
        .Required("channel", body.Channel)
        .Code("channel", body.Channel, ValueLists.Get("contact-channel").Contains)
        .Code("safeContact", body.SafeContact, ValueLists.Get("safe-contact").Contains)
        .Code("caller.kind", body.Caller?.Kind, ValueLists.Get("caller-kind").Contains)
        .Code("caller.gender", body.Caller?.Gender, ValueLists.Get("gender").Contains)
        .When(body.Caller?.Age is < 0 or > 120, "caller.age", "Nằm ngoài khoảng cho phép.", "It is outside the allowed range.")
        .Place("place", body.Place)
        .Language("language", body.Language)
        .Id("id", body.Id)
        .Id("draftId", body.DraftId)
        .Text("caller.name", body.Caller?.Name, 200)
        .Text("caller.phone", body.Caller?.Phone, 40)
        .Text("summary", body.Summary, 8000);
}

/// <summary>What a contact's doors check alike.</summary>
internal static class ContactChecks
{
    extension(BodyErrors errors)
    {
        public BodyErrors Place(string field, RecordContact.PlaceBody? place) => errors
            .When(place is { } p && !Provinces.IsKnown(p.Edition, p.ProvinceCode, p.FormerProvinceCode), field, "Không có tỉnh, thành phố này trong danh mục đã nêu.", "The named edition has no such province.")
            .Text($"{field}.commune", place?.Commune, 200);

        public BodyErrors Language(string field, string? language) =>
            errors.When(language is not null && (language.Length is < 2 or > 3 || language.Any(l => l is < 'a' or > 'z')), field, "Mã này không có trong danh mục.", "The list has no such code.");
    }
}

/// <summary>How a contact looks from outside.</summary>
public static class ContactStanding
{
    public static Standing Of(ContactState state) => new(state.Name, ContactDecider.Allowed(state));

    public static string? Number(ContactState state) => state switch { ContactState.Open s => s.Number, ContactState.Closed s => s.Number, _ => null };
}
