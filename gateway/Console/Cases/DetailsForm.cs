using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;
using Hotline111.Pages.Blocks;

namespace Hotline111.Console.Cases;

/// <summary>What is known beside the contact when a case is opened, as a form holds it.</summary>
/// <param name="Place">Edition, province and former province, with bars between them; null for unknown.</param>
/// <param name="CallerContact">How the caller is reached, if she agreed to be.</param>
public sealed record DetailsForm(string? Place, string? Commune, string? SafeContact, string? CallerContact, string? Narrative)
{
    /// <summary>Nothing is filled in.</summary>
    public static readonly DetailsForm Empty = new(null, null, null, null, null);

    /// <summary>As it was sent.</summary>
    public static DetailsForm Of(IFormCollection form) =>
        new(form.Typed("place"), form.Typed("commune"), form.Typed("safeContact"), form.Typed("callerContact"), form.Typed("narrative"));

    /// <summary>As the contact has it: the counsellor has it before her and corrects it.</summary>
    public static DetailsForm Of(ContactSeen contact) => new(ValueOf(contact.Place), contact.Place?.Commune, contact.SafeContact, null, contact.Summary);

    /// <summary>As the case has it.</summary>
    public static DetailsForm Of(CaseFile file) => new(ValueOf(file.Place), file.Place?.Commune, file.SafeContact, file.CallerContact, file.Narrative);

    /// <summary>Anything is known.</summary>
    public bool SaysSomething => this != Empty;

    /// <summary>The service's body for a case that is there.</summary>
    public object Body => new { place = PlaceBody, SafeContact, CallerContact, Narrative };

    /// <summary>The place as the service's body has it.</summary>
    public object? PlaceBody => Place?.Split('|') is [var edition, var province, var former]
        ? new { edition, provinceCode = province, formerProvinceCode = former.Length == 0 ? null : former, commune = Commune }
        : null;

    /// <summary>What the service cannot know is wrong.</summary>
    public void Check(FormErrors errors, Words words)
    {
        if (Commune is not null && Place is null)
            errors.Add("place", words["Case.PlaceNeeded"]);
    }

    /// <summary>The fields in which something was filled in that the case does not have.</summary>
    public IEnumerable<string> MissingIn(CaseFile file) =>
        new (string Field, string? Typed, string? Has)[]
        {
            ("place", Place, ValueOf(file.Place)),
            ("commune", Commune, file.Place?.Commune),
            ("safeContact", SafeContact, file.SafeContact),
            ("callerContact", CallerContact, file.CallerContact),
            ("narrative", Narrative, file.Narrative),
        }.Where(each => each.Typed is not null && each.Typed != each.Has).Select(each => each.Field);

    /// <summary>The field of a member of the service's body.</summary>
    public static string? FieldOf(string member) => member switch
    {
        "place" => "place",
        "place.commune" => "commune",
        "safeContact" or "callerContact" or "narrative" => member,
        _ => null,
    };

    /// <summary>The field's value for a place.</summary>
    public static string? ValueOf(CasePlace? place) => place is null ? null : $"{place.Edition}|{place.ProvinceCode}|{place.FormerProvinceCode}";

    /// <summary>Every province and city of today, and the former ones with where they lie now; a place of another edition that is chosen stays choosable.</summary>
    public static IReadOnlyList<Choice> Places(Words words, string? chosen)
    {
        var now = Provinces.Editions[^1];
        var language = words.Language;
        List<Choice> places = [.. now.Provinces.Select(province => new Choice($"{now.Edition}|{province.Code}|", province.Label(language.Code)))];
        foreach (var former in Provinces.Former.Provinces)
        {
            if (now.Find(former.MergedInto) is { } home && home.Vi != former.Vi)
                places.Add(new($"{now.Edition}|{home.Code}|{former.Code}", words["Case.FormerNow", former.Label(language.Code), home.Label(language.Code)]));
        }

        var order = StringComparer.Create(language.Culture, ignoreCase: false);
        places.Sort((one, other) => order.Compare(one.Label, other.Label));
        if (chosen?.Split('|') is [var edition, var code, var old] && places.TrueForAll(place => place.Value != chosen))
            places.Insert(0, new(chosen, new CasePlace(edition, code, old.Length == 0 ? null : old, null).In(words)));
        return places;
    }
}

/// <summary>A contact as its service shows it, as far as a case takes from it.</summary>
/// <param name="CaseId">The case that was opened from it, or null.</param>
public sealed record ContactSeen(
    Guid Id, string Number, string State, string Channel, DateTimeOffset OccurredAt, ContactCaller Caller, CasePlace? Place, string? SafeContact, string? Summary, Guid? CaseId);

/// <summary>Who contacted the hotline.</summary>
public sealed record ContactCaller(string Kind, string Gender, int? Age, string? Name, string? Phone);
