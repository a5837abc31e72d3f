using System.Globalization;
using Hotline111.Pages;

namespace Hotline111.Console.Cases;

/// <summary>What is known of a person, as a form holds it: every field may stay empty.</summary>
/// <param name="AgeOn">The day on which the age was true, kept while the age stays the same.</param>
public sealed record PersonForm(
    string? Name, string? Gender, string? BirthYear, string? Age, string? AgeOn, string? EthnicityGroup, string? Purpose, string? Type, string? Destination, string? Status, string? Phone,
    string? Address, string? IdentityNumber, string? Location, string? Note)
{
    /// <summary>The members of the service's body, which are the names of the fields.</summary>
    public static readonly string[] Fields =
        ["name", "gender", "birthYear", "age", "ethnicityGroup", "purpose", "type", "destination", "status", "phone", "address", "identityNumber", "location", "note"];

    /// <summary>Nothing is known but that somebody may be a victim.</summary>
    public static readonly PersonForm Empty = new(null, "unknown", null, null, null, "unknown", "unknown", "unknown", "unknown", "suspected", null, null, null, null, null);

    /// <summary>As it was sent.</summary>
    public static PersonForm Of(IFormCollection form) => new(
        form.Typed("name"), form.Typed("gender"), form.Typed("birthYear"), form.Typed("age"), form.Typed("ageOn"), form.Typed("ethnicityGroup"), form.Typed("purpose"), form.Typed("type"),
        form.Typed("destination"), form.Typed("status"), form.Typed("phone"), form.Typed("address"), form.Typed("identityNumber"), form.Typed("location"), form.Typed("note"));

    /// <summary>As the case has it.</summary>
    public static PersonForm Of(CasePerson person) => new(
        person.Name, person.Gender, person.BirthYear?.ToString(CultureInfo.InvariantCulture), person.Age?.ToString(CultureInfo.InvariantCulture),
        person.AgeOn is { } day && person.Age is { } age ? string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd} {age}") : null,
        person.EthnicityGroup, person.Purpose, person.Type, person.Destination, person.Status, person.Phone, person.Address, person.IdentityNumber, person.Location, person.Note);

    /// <summary>Somebody is described by it, and not only left as the form came.</summary>
    public bool SaysSomething =>
        ((string?[])[Name, BirthYear, Age, Phone, Address, IdentityNumber, Location, Note]).Any(text => text is not null)
        || (Gender is not (null or "unknown")) || (Purpose is not (null or "unknown")) || (Type is not (null or "unknown")) || (Destination is not (null or "unknown"))
        || (EthnicityGroup is not (null or "unknown"));

    /// <summary>What the service cannot be told.</summary>
    public void Check(FormErrors errors, Words words)
    {
        if (BirthYear is not null && Whole(BirthYear) is null)
            errors.Add("birthYear", words["Case.BirthYearWrong"]);
        if (Age is not null && Whole(Age) is null)
            errors.Add("age", words["Case.AgeWrong"]);
    }

    /// <summary>The service's body.</summary>
    /// <param name="personId">The id of a new person; null for a change.</param>
    public object Body(Guid? personId) => new
    {
        personId,
        Name,
        Gender,
        birthYear = Whole(BirthYear),
        age = Whole(Age),
        // An age was true on a day: as long as it is not told anew, on the same one.
        ageOn = AgeOn?.Split(' ') is [var day, var age] && age == Age ? day : null,
        EthnicityGroup,
        Purpose,
        Type,
        Destination,
        Status,
        Phone,
        Address,
        IdentityNumber,
        Location,
        Note,
    };

    /// <summary>Adds her to a case. What this very form has added before, and tells otherwise now, is changed.</summary>
    /// <param name="once">The form's key.</param>
    /// <param name="again">It was sent before, perhaps without an answer.</param>
    public async Task<Outcome> Add(Services services, Guid caseId, Guid once, bool again, CancellationToken ct)
    {
        var id = Commands.IdFor(once, "person");
        var added = await Commands.Try(() => services.Post($"cases/{caseId}/persons", Body(id), null, ct));
        return added.Problem is { Code: "person-already-exists" } || (added.Done && again)
            ? await Commands.Try(() => services.Post($"cases/{caseId}/persons/{id}/change", Body(null), null, ct))
            : added;
    }

    private static int? Whole(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
