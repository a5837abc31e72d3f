using System.Globalization;
using System.Text.Json;
using Hotline111.Console.Contacts;
using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console.Emergency;

/// <summary>
/// Reads what is known from the draft, the recorded contact or the case. A service that is away does not close the sheet: it opens with less in it, and says so.
/// </summary>
public sealed class FactsReading(Services services, WordBook book, TimeProvider clock)
{
    // What is put together here goes out to the desks, whatever the counsellor's own language is.
    private readonly Words _words = new(book, Language.Vietnamese);

    /// <summary>What is known of a contact.</summary>
    /// <returns>The facts, and whether something could not be asked.</returns>
    /// <exception cref="ProblemException">The draft is somebody else's.</exception>
    public async Task<(KnownFacts Facts, bool Away)> OfContact(Guid id, CancellationToken ct)
    {
        var (draft, no) = await Try($"drafts/{id}", ct);
        if (draft is { } typed)
        {
            return (FromDraft(id, typed), false);
        }

        if (no is { Status: StatusCodes.Status403Forbidden })
        {
            throw new ProblemException(no);
        }

        // Recorded, or never saved: the key was quicker than the first save.
        var (contact, neither) = await Try($"contacts/{id}", ct);
        return contact is { } recorded ? (FromContact(recorded), false) : (KnownFacts.Nothing, neither is not { Status: StatusCodes.Status404NotFound });
    }

    /// <summary>What is known of a case, and the contact it came from.</summary>
    /// <exception cref="ProblemException">There is no such case, or the service is away: without the case its contact is not known.</exception>
    public async Task<(KnownFacts Facts, Guid ContactId)> OfCase(Guid id, CancellationToken ct)
    {
        var seen = await services.Get<JsonElement>($"cases/{id}", ct);
        return (FromCase(id, seen), seen.GetProperty("contactId").GetGuid());
    }

    private async Task<(JsonElement? Seen, AccessProblem? Problem)> Try(string path, CancellationToken ct)
    {
        try
        {
            return (await services.Get<JsonElement>(path, ct), null);
        }
        catch (ProblemException no)
        {
            return (null, no.Problem as AccessProblem);
        }
    }

    private KnownFacts FromDraft(Guid id, JsonElement draft)
    {
        var typed = ContactDraft.From(draft.GetProperty("content"));
        var page = typed.WithUnread(_words, clock.GetUtcNow());
        return Facts(
            caseId: null,
            ContactPage.MadeAt(id) ?? draft.GetProperty("startedAt").GetDateTimeOffset(),
            Lines(
                "\n",
                page.Notes?.Trim(),
                page.Place.InWords is { } place ? _words["Emergency.PlaceInWords", place] : null,
                page.Interpreter ? _words["Emergency.Interpreter", ContactWords.Language(_words, page.Language)] : null),
            Place(JsonSerializer.SerializeToElement(page.Place, JsonSerializerOptions.Web)),
            [.. page.RiskSigns.Where(ValueLists.Get("risk-sign").Contains).Distinct()],
            ValueLists.Get("safe-contact").Contains(page.SafeContact) ? page.SafeContact : null,
            page.SafeDetail,
            JsonSerializer.SerializeToElement(typed.Caller, JsonSerializerOptions.Web),
            isDraft: true);
    }

    private KnownFacts FromContact(JsonElement contact) => Facts(
        Member(contact, "caseId") is { ValueKind: JsonValueKind.String } id ? id.GetGuid() : null,
        Time(contact, "occurredAt"),
        Text(contact, "summary"),
        Place(Member(contact, "place")),
        [],
        Code(contact, "safeContact", "safe-contact"),
        null,
        Member(contact, "caller"),
        isDraft: false);

    private static KnownFacts FromCase(Guid id, JsonElement seen) => new(
        id, null, Text(seen, "narrative"), Place(Member(seen, "place")), Codes(seen, "riskSigns", "risk-sign"), Code(seen, "safeContact", "safe-contact"), null, Text(seen, "callerContact"),
        PersonsOf(seen), IsDraft: false);

    private KnownFacts Facts(
        Guid? caseId, DateTimeOffset? started, string? told, KnownPlace? place, IReadOnlyList<string> signs, string? safeContact, string? rule, JsonElement? caller, bool isDraft)
    {
        var (kind, name, phone) = caller is { } who ? (Code(who, "kind", "caller-kind"), Text(who, "name"), Text(who, "phone")) : default;
        IReadOnlyList<KnownPerson> persons = caller is { } self && kind == "victim"
            ? [new(null, name, Code(self, "gender", "gender"), null, Number(self, "age", 0, 120), phone, null, null, null, null, AgeInWords(self))]
            : [];
        var contact = Lines(" · ", name, phone, rule);
        if (kind is not null && contact is not null)
        {
            contact = $"{_words.Of("caller-kind", kind)}: {contact}";
        }

        return new(caseId, started, Cut(told, 8000), place, signs, safeContact, kind, Cut(contact, 200), persons, isDraft);
    }

    // What is no number stands beside her: an age is never left out because it was told as "16-17".
    private string? AgeInWords(JsonElement person) => Number(person, "age", 0, 120) is null && Text(person, "age") is { } age ? _words["Contact.SaidAge", age] : null;

    private static string? Lines(string between, params IReadOnlyList<string?> parts) =>
        string.Join(between, parts.Where(part => part is not null)) is { Length: > 0 } text ? text : null;

    private static string? Cut(string? text, int most) => text?.Length > most ? text[..most] : text;

    private static IReadOnlyList<KnownPerson> PersonsOf(JsonElement seen) =>
        Member(seen, "persons") is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Where(person => person.ValueKind == JsonValueKind.Object).Take(20).Select(person => new KnownPerson(
                Member(person, "id") is { ValueKind: JsonValueKind.String } id && id.TryGetGuid(out var known) ? known : null,
                Text(person, "name"), Code(person, "gender", "gender"), Number(person, "birthYear", 1900, 2100), Number(person, "age", 0, 120), Text(person, "phone"), Text(person, "address"),
                Code(person, "destination", "destination"), Code(person, "status", "person-status"), Text(person, "location"), Text(person, "note")))]
            : [];

    private static KnownPlace? Place(JsonElement? place) =>
        place is { ValueKind: JsonValueKind.Object } told && Text(told, "edition") is { } edition && Text(told, "provinceCode") is { } province
        && Provinces.IsKnown(edition, province, Text(told, "formerProvinceCode"))
            ? new(edition, province, Text(told, "formerProvinceCode"), Text(told, "commune"))
            : null;

    private static JsonElement? Member(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var member) && member.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? member : null;

    private static string? Text(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.String } text && text.GetString()!.Trim() is { Length: > 0 } typed ? typed : null;

    private static int? Number(JsonElement of, string name, int least, int most) =>
        Member(of, name) is { } number
        && (number.ValueKind == JsonValueKind.Number ? number.TryGetInt32(out var value) : int.TryParse(Text(of, name), NumberStyles.None, CultureInfo.InvariantCulture, out value))
        && value >= least && value <= most
            ? value
            : null;

    private static string? Code(JsonElement of, string name, string list) => Text(of, name) is { } code && ValueLists.Get(list).Contains(code) ? code : null;

    private static IReadOnlyList<string> Codes(JsonElement of, string name, string list) =>
        Member(of, name) is { ValueKind: JsonValueKind.Array } codes
            ? [.. codes.EnumerateArray().Where(code => code.ValueKind == JsonValueKind.String).Select(code => code.GetString()!).Where(ValueLists.Get(list).Contains).Distinct()]
            : [];

    private static DateTimeOffset? Time(JsonElement of, string name) => Member(of, name) is { ValueKind: JsonValueKind.String } at && at.TryGetDateTimeOffset(out var time) ? time : null;
}
