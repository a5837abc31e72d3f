using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Intake.Contacts;

/// <summary>POST /contacts/{id}/amend: what was recorded is put right or completed, also after the contact was closed. What stood there before stays in the history.</summary>
public static class AmendContact
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/{id:guid}/amend", Handle).RequireAction(IntakeAccess.Table, "contact.amend")
        .DescribeCommand("Bổ sung, sửa nội dung đã ghi của lượt liên hệ", "complete or put right what was recorded");

    /// <summary>What is left out stays as it is.</summary>
    /// <param name="OccurredAt">When it took place: not after it was recorded and at most 31 days before.</param>
    /// <param name="Caller">Only what changes of the caller.</param>
    /// <param name="Place">The whole place anew.</param>
    /// <param name="Clear">What is not known after all: caller_age, caller_name, caller_phone, place, safe_contact, summary.</param>
    public sealed record Body(
        string? Channel,
        DateTimeOffset? OccurredAt,
        RecordContact.CallerBody? Caller,
        RecordContact.PlaceBody? Place,
        string? Language,
        string? SafeContact,
        string? Summary,
        IReadOnlyList<string>? Clear);

    /// <summary>Which parts an amendment changed, by their names in a body.</summary>
    public static IReadOnlyList<string> Parts(ContactEvent.Amended e) =>
    [
        .. new (string Part, bool Changed)[]
        {
            ("channel", e.Channel is not null),
            ("occurred_at", e.OccurredAt is not null),
            ("caller_kind", e.CallerKind is not null),
            ("caller_gender", e.CallerGender is not null),
            (ContactPart.CallerAge, e.CallerAge is not null),
            (ContactPart.CallerName, e.CallerName is not null),
            (ContactPart.CallerPhone, e.CallerPhone is not null),
            (ContactPart.Place, e.Place is not null),
            ("language", e.Language is not null),
            (ContactPart.SafeContact, e.SafeContact is not null),
            (ContactPart.Summary, e.Summary is not null),
        }.Where(each => each.Changed || e.Cleared.Contains(each.Part)).Select(each => each.Part),
    ];

    private static async Task<IResult> Handle(Guid id, Body body, CommandContext context, EventStore store, PersonKeys keys, CancellationToken ct)
    {
        if (Check(body).Problem is { } invalid)
            return invalid;

        var known = await store.Load(ContactDecider.Instance, id, ct);
        var change = Change(id, body);
        if (known.State is ContactState.Open or ContactState.Closed)
            change = await Keep(known.State is ContactState.Open open ? open.Facts : ((ContactState.Closed)known.State).Facts, change, keys, ct);
        var execution = await store.Execute(
            ContactDecider.Instance, id, new ContactCommand.Amend(change, context.Principal, context.Now), context.Metadata, ct, context.ExpectedVersion, context.Identity(), known: known);
        return execution.ToAnswer(ContactStanding.Of);
    }

    private static Amendment Change(Guid id, Body body)
    {
        var owner = new Owner("contact", id);
        return new(
            body.Channel,
            body.OccurredAt,
            body.Caller?.Kind,
            body.Caller?.Gender,
            body.Caller?.Age,
            body.Caller?.Name.Typed(owner, FieldGroup.Identity),
            body.Caller?.Phone.Typed(owner, FieldGroup.Contact),
            body.Place is { } p ? new(p.Edition, p.ProvinceCode, p.FormerProvinceCode, p.Commune.Typed(owner, FieldGroup.Location)) : null,
            body.Language,
            body.SafeContact,
            body.Summary.Typed(owner, FieldGroup.Narrative),
            Items.From(body.Clear));
    }

    /// <summary>What says what it said before keeps its seal, and is no amendment.</summary>
    private static async Task<Amendment> Keep(ContactFacts facts, Amendment change, PersonKeys keys, CancellationToken ct) => change with
    {
        CallerName = await keys.Keep(facts.Caller.Name, change.CallerName, ct),
        CallerPhone = await keys.Keep(facts.Caller.Phone, change.CallerPhone, ct),
        Place = change.Place is { } place ? place with { Commune = await keys.Keep(facts.Place?.Commune, place.Commune, ct) } : null,
        Summary = await keys.Keep(facts.Summary, change.Summary, ct),
    };

    private static BodyErrors Check(Body body)
    {
        var errors = new BodyErrors()
            .Code("channel", body.Channel, ValueLists.Get("contact-channel").Contains)
            .Code("safeContact", body.SafeContact, ValueLists.Get("safe-contact").Contains)
            .Code("caller.kind", body.Caller?.Kind, ValueLists.Get("caller-kind").Contains)
            .Code("caller.gender", body.Caller?.Gender, ValueLists.Get("gender").Contains)
            .When(body.Caller?.Age is < 0 or > 120, "caller.age", "Nằm ngoài khoảng cho phép.", "It is outside the allowed range.")
            .Place("place", body.Place)
            .Language("language", body.Language)
            .Text("caller.name", body.Caller?.Name, 200)
            .Text("caller.phone", body.Caller?.Phone, 40)
            .Text("summary", body.Summary, 8000);
        foreach (var part in body.Clear ?? [])
        {
            errors.Code("clear", part, ContactPart.All.Contains)
                .When(IsTold(part, body), "clear", "Không thể vừa nêu vừa xóa cùng một mục.", "The same part cannot be both given and cleared.");
        }

        return errors;
    }

    private static bool IsTold(string part, Body body) => part switch
    {
        ContactPart.CallerAge => body.Caller?.Age is not null,
        ContactPart.CallerName => !string.IsNullOrWhiteSpace(body.Caller?.Name),
        ContactPart.CallerPhone => !string.IsNullOrWhiteSpace(body.Caller?.Phone),
        ContactPart.Place => body.Place is not null,
        ContactPart.SafeContact => body.SafeContact is not null,
        ContactPart.Summary => !string.IsNullOrWhiteSpace(body.Summary),
        _ => false,
    };
}
