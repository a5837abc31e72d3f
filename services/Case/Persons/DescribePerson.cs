using Hotline111.Case.Cases;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Persons;

/// <summary>POST /cases/{id}/persons: a person the case is about. POST /cases/{id}/persons/{personId}/change: what we know of her is another now.</summary>
public static class DescribePerson
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/persons", Add).RequireAction(CaseAccess.Table, "case.add-person")
            .DescribeCreation("Thêm một người vào hồ sơ ca", "add a person to the case");
        routes.MapPost("/{id:guid}/persons/{personId:guid}/change", Change).RequireAction(CaseAccess.Table, "case.change-person")
            .DescribeCommand("Cập nhật thông tin đã biết về một người", "what is known of a person is another now");
    }

    /// <param name="PersonId">Chosen by the caller so that a repeated request is the same request; or left out. Ignored by a change.</param>
    /// <param name="BirthYear">1900 to this year.</param>
    /// <param name="Age">0 to 120, with <paramref name="AgeOn"/>, when no birth year is known.</param>
    public sealed record Body(
        Guid? PersonId,
        string? Name,
        string? Gender,
        int? BirthYear,
        int? Age,
        DateOnly? AgeOn,
        string? EthnicityGroup,
        string? Purpose,
        string? Type,
        string? Destination,
        string? Status,
        string? Phone,
        string? Address,
        string? IdentityNumber,
        string? Location,
        string? Note);

    private static async Task<IResult> Add(Guid id, Body body, CommandContext context, EventStore store, PersonKeys keys, CancellationToken ct)
    {
        if (Check(body, context.Today).Problem is { } invalid)
            return invalid;
        var personId = body.PersonId ?? Guid.CreateVersion7();
        var location = $"/api/cases/{id}/persons/{personId}";
        Folded<CaseState> seen;
        Execution<CaseState, CaseEvent> execution;
        do
        {
            seen = await store.Load(CaseDecider.Instance, id, ct);
            var facts = Facts(body, personId, context.Today);
            if ((seen.State as CaseState.InProgress)?.Find(personId)?.First is { } first)
                facts = await Keep(first, body.AgeOn is null && facts.Age == first.Age ? facts with { AgeOn = first.AgeOn } : facts, keys, ct);
            execution = await store.Execute(
                CaseDecider.Instance,
                id,
                new CaseCommand.AddPerson(personId, facts, context.Principal, context.Now),
                context.Metadata,
                ct,
                context.ExpectedVersion,
                context.Identity(StatusCodes.Status201Created, location, personId),
                known: seen);
        }
        // A twin was faster: whether she said the same is seen only beside what is stored of it.
        while (execution.Refusal == CaseRefusals.PersonAlreadyExists && execution.Version > seen.Version);

        return execution.ToCreated(state => CaseStanding.Of(context.User, state), location, _ => new Created(execution.Replayed?.ResourceId ?? personId, ""));
    }

    private static async Task<IResult> Change(Guid id, Guid personId, Body body, CommandContext context, EventStore store, PersonKeys keys, CancellationToken ct)
    {
        if (Check(body, context.Today).Problem is { } invalid)
            return invalid;
        var facts = Facts(body, personId, context.Today);
        if ((await store.Load(CaseDecider.Instance, id, ct)).State is CaseState.InProgress state && state.Find(personId) is { } known)
            facts = await Keep(known.Facts, facts, keys, ct);
        var execution = await store.Execute(
            CaseDecider.Instance,
            id,
            new CaseCommand.ChangePerson(personId, facts, context.Principal, context.Now),
            context.Metadata,
            ct,
            context.ExpectedVersion,
            context.Identity());
        return execution.ToAnswer(state => CaseStanding.Of(context.User, state));
    }

    /// <summary>What says what it said before keeps its seal, and is nothing new.</summary>
    private static async Task<PersonFacts> Keep(PersonFacts known, PersonFacts told, PersonKeys keys, CancellationToken ct) => told with
    {
        Name = await keys.Keep(known.Name, told.Name, ct),
        Phone = await keys.Keep(known.Phone, told.Phone, ct),
        Address = await keys.Keep(known.Address, told.Address, ct),
        IdentityNumber = await keys.Keep(known.IdentityNumber, told.IdentityNumber, ct),
        Location = await keys.Keep(known.Location, told.Location, ct),
        Note = await keys.Keep(known.Note, told.Note, ct),
    };

    private static PersonFacts Facts(Body body, Guid personId, DateOnly today)
    {
        var owner = new Owner("person", personId);
        return new(
            body.Name.Typed(owner, FieldGroup.Identity),
            body.Gender ?? "unknown",
            body.BirthYear,
            body.Age,
            body.Age is null ? null : body.AgeOn ?? today,
            body.EthnicityGroup ?? "unknown",
            body.Purpose ?? "unknown",
            body.Type ?? "unknown",
            body.Destination ?? "unknown",
            body.Status ?? "suspected",
            body.Phone.Typed(owner, FieldGroup.Contact),
            body.Address.Typed(owner, FieldGroup.Location),
            body.IdentityNumber.Typed(owner, FieldGroup.Identity),
            body.Location.Typed(owner, FieldGroup.Location),
            body.Note.Typed(owner, FieldGroup.Narrative));
    }

    /// <summary>What is wrong with it.</summary>
    /// <param name="today">The day in Vietnam: a child born this morning has a year that has not begun in Greenwich.</param>
    public static BodyErrors Check(Body body, DateOnly today) => new BodyErrors()
        .Id("personId", body.PersonId)
        .Code("gender", body.Gender, ValueLists.Get("gender").Contains)
        .When(body.BirthYear is { } year && (year < 1900 || year > today.Year), "birthYear", "Nằm ngoài khoảng cho phép.", "It is outside the allowed range.")
        .When(body.Age is < 0 or > 120, "age", "Nằm ngoài khoảng cho phép.", "It is outside the allowed range.")
        .Code("ethnicityGroup", body.EthnicityGroup, ValueLists.Get("ethnicity-group").Contains)
        .Code("purpose", body.Purpose, ValueLists.Get("purpose").Contains)
        .Code("type", body.Type, ValueLists.Get("trafficking-type").Contains)
        .Code("destination", body.Destination, ValueLists.Get("destination").Contains)
        .Code("status", body.Status, ValueLists.Get("person-status").Contains)
        .Text("name", body.Name, 200)
        .Text("phone", body.Phone, 40)
        .Text("address", body.Address, 300)
        .Text("identityNumber", body.IdentityNumber, 40)
        .Text("location", body.Location, 500)
        .Text("note", body.Note, 4000);
}
