using Hotline111.Pages;
using Hotline111.Pages.Blocks;
using Hotline111.Platform;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console.Contacts;

/// <summary>A contact as Intake shows it; the read is recorded.</summary>
/// <param name="RecordedBy">The account that recorded it.</param>
/// <param name="Categories">Every judgement of its kind, the oldest first.</param>
/// <param name="Amendments">What was put right since, by parts, the oldest first.</param>
/// <param name="Allowed">What may be done with it now.</param>
public sealed record RecordedContact(
    Guid Id, string Number, string State, string Channel, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, string RecordedBy, RecordedContact.CallerFacts Caller,
    RecordedContact.PlaceFacts? Place, string Language, string? SafeContact, string? Summary, string? Category, string? OutsideTotal, IReadOnlyList<string>? Topics, Guid? CaseId,
    IReadOnlyList<RecordedContact.Judgement> Categories, IReadOnlyList<RecordedContact.Amendment> Amendments, IReadOnlyList<string> Allowed)
{
    /// <summary>Who called.</summary>
    public sealed record CallerFacts(string Kind, string Gender, int? Age, string? Name, string? Phone);

    /// <summary>Where it happens.</summary>
    public sealed record PlaceFacts(string Edition, string ProvinceCode, string? FormerProvinceCode, string? Commune)
    {
        /// <summary>The unit.</summary>
        public PlaceUnit Unit() => new(Edition, ProvinceCode, FormerProvinceCode);
    }

    /// <summary>A category that was chosen.</summary>
    public sealed record Judgement(string? Category, string? OutsideTotal, IReadOnlyList<string> Topics, string By, DateTimeOffset At);

    /// <summary>What was put right.</summary>
    public sealed record Amendment(IReadOnlyList<string> Parts, string By, DateTimeOffset At);
}

/// <summary>The page of a recorded contact: POST /contacts/{id}/categorise, /close, /refer, and GET and POST /contacts/{id}/amend.</summary>
public static class RecordedPage
{
    /// <summary>Maps the page's forms.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var contact = routes.MapGroup($"{ContactPage.Path}/{{id:guid}}").ExcludeFromDescription();
        contact.MapPost("categorise", Categorise).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts);
        contact.MapPost("close", Close).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts);
        contact.MapPost("refer", (Guid id, IFormCollection form, Services services, CancellationToken ct) => Refer(id, services, ct)).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts);
        contact.MapGet("amend", ShowAmend).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts);
        contact.MapPost("amend", Amend).RequireAction(ConsoleRules.Table, ConsoleRules.Contacts);
    }

    /// <summary>The page.</summary>
    public static async Task<IResult> Of(Seen<RecordedContact> contact, People people, string? said, CancellationToken ct) =>
        Page.Of<RecordedView>(new { Contact = contact.Value, contact.Version, Names = await Names(contact.Value, people, ct), Said = said });

    /// <summary>Goes on to refer: to the contact's case, or to one opened from it now with what the contact says.</summary>
    public static async Task<IResult> Refer(Guid id, Services services, CancellationToken ct)
    {
        var contact = await services.Get<RecordedContact>($"contacts/{id}", ct);
        if (contact.CaseId is { } known)
        {
            return Page.After($"/cases/{known:D}/refer");
        }

        var caseId = ContactCase.IdOf(id);
        Outcome opened;
        try
        {
            opened = await services.Post("cases", new { Id = caseId, ContactId = id, contact.Place, contact.SafeContact, Narrative = contact.Summary }, null, ct);
        }
        catch (ProblemException)
        {
            return Page.After($"{ContactPage.At(id)}?said=caseless");
        }

        // Opened meanwhile with other words, from its own page or by a colleague, it is the contact's case all the same.
        return opened.Problem is { Code: not "case-already-exists" } no ? no : Page.After($"/cases/{caseId:D}/refer");
    }

    private static async Task<IResult> Categorise(Guid id, IFormCollection form, Services services, People people, Words words, CancellationToken ct)
    {
        IReadOnlyList<string> topics = [.. form["topics"].OfType<string>()];
        var code = form["category"].FirstOrDefault();
        FormErrors errors = code is null ? [new("category", words["Contact.CategoryMissing"])] : [];
        if (errors.Count == 0)
        {
            var outcome = await services.Post($"contacts/{id}/categorise", ContactFields.CategoryBody(code, topics), form[PostForm.OnceField], ct);
            if (outcome.Done)
            {
                return Page.After($"{ContactPage.At(id)}?said=categorised");
            }

            errors = ContactFields.Errors(outcome.Problem!, words);
        }

        var contact = await services.See<RecordedContact>($"contacts/{id}", ct);
        return Page.Of<RecordedView>(
            new { Contact = contact.Value, contact.Version, Names = await Names(contact.Value, people, ct), Errors = errors, Chosen = code, ChosenTopics = topics },
            StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<IResult> Close(Guid id, IFormCollection form, Services services, CancellationToken ct)
    {
        var outcome = await services.Post($"contacts/{id}/close", new { }, form[PostForm.OnceField], ct, Version(form));
        return outcome.Problem is { } no ? no : Page.After($"{ContactPage.At(id)}?said=closed");
    }

    private static async Task<IResult> ShowAmend(Guid id, Services services, Words words, CancellationToken ct)
    {
        var contact = await services.See<RecordedContact>($"contacts/{id}", ct);
        return Page.Of<AmendView>(new { Id = id, contact.Value.Number, Version = contact.Version ?? 0, Was = contact.Value.OccurredAt, Content = Typed(contact.Value) });
    }

    private static async Task<IResult> Amend(Guid id, IFormCollection form, Services services, Words words, TimeProvider clock, CancellationToken ct)
    {
        var content = ContactDraft.From(form);
        var was = DateTimeOffset.TryParse(form["was"], System.Globalization.CultureInfo.InvariantCulture, out var before) ? before : DateTimeOffset.UnixEpoch;
        FormErrors errors = [];
        // The page shows minutes; untouched they are no change.
        var untouched = content.Day == TypedDay(was) && content.Time == Times.Clock(was);
        var occurredAt = untouched ? null : ContactFields.Moment(content.Day, content.Time, words, clock.GetUtcNow(), errors);
        ContactFields.Age(content.Caller.Age, content.Years, words, errors);
        if (errors.Count == 0)
        {
            var body = new
            {
                content.Channel,
                OccurredAt = occurredAt,
                Caller = new { content.Caller.Kind, content.Caller.Gender, Age = content.Years, content.Caller.Name, content.Caller.Phone },
                Place = content.Place.ToBody(),
                content.Language,
                content.SafeContact,
                // A place that no catalogue has stands below the notes, as when it was recorded.
                Summary = content.Summary(words),
                Clear = Emptied(content),
            };
            var outcome = await services.Post($"contacts/{id}/amend", body, form[PostForm.OnceField], ct, Version(form));
            switch (outcome.Problem)
            {
                case null:
                    return Page.After($"{ContactPage.At(id)}?said=amended");
                case { Status: StatusCodes.Status412PreconditionFailed }:
                    // What was typed stays, and goes over the newer state when it is sent once more.
                    var now = await services.See<RecordedContact>($"contacts/{id}", ct);
                    return Again(now.Version ?? 0, [new("", words["Contact.AmendStale"])], StatusCodes.Status412PreconditionFailed);
                case var no:
                    errors = ContactFields.Errors(no, words);
                    break;
            }
        }

        return Again(Version(form) ?? 0, errors, StatusCodes.Status422UnprocessableEntity);

        IResult Again(long version, FormErrors wrong, int status) =>
            Page.Of<AmendView>(new { Id = id, Number = form["number"].ToString(), Version = version, Was = was, Content = content, Errors = wrong }, status);
    }

    /// <summary>The day as it stands in its field.</summary>
    public static string TypedDay(DateTimeOffset at) => at.InVietnam.ToString("dd/MM/yyyy", System.Globalization.CultureInfo.InvariantCulture);

    private static Task<PeopleNames> Names(RecordedContact contact, People people, CancellationToken ct) =>
        people.Of([contact.RecordedBy, .. contact.Categories.Select(e => e.By), .. contact.Amendments.Select(e => e.By)], ct);

    private static long? Version(IFormCollection form) => long.TryParse(form["version"], out var version) ? version : null;

    private static ContactDraft Typed(RecordedContact contact) => new()
    {
        Day = TypedDay(contact.OccurredAt),
        Time = Times.Clock(contact.OccurredAt),
        Channel = contact.Channel,
        Notes = contact.Summary,
        Caller = new()
        {
            Kind = contact.Caller.Kind,
            Gender = contact.Caller.Gender,
            Age = contact.Caller.Age?.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Name = contact.Caller.Name,
            Phone = contact.Caller.Phone,
        },
        Place = DraftPlace.Of(contact.Place?.Unit(), null, contact.Place?.Commune),
        Language = contact.Language,
        SafeContact = contact.SafeContact,
    };

    // An emptied field means "not known after all"; the service leaves out what was not known before either.
    private static List<string> Emptied(ContactDraft content) =>
    [
        .. new (string Part, bool Empty)[]
        {
            ("caller_age", content.Caller.Age is null),
            ("caller_name", content.Caller.Name is null),
            ("caller_phone", content.Caller.Phone is null),
            // Words that name no province take the recorded one from nobody: only an emptied field does.
            ("place", content.Place.Edition is null && content.Place.Typed is null),
            ("safe_contact", content.SafeContact is null),
            ("summary", content.Notes is null && content.Place.InWords is null),
        }.Where(each => each.Empty).Select(each => each.Part),
    ];
}
