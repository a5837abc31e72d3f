using System.Globalization;
using System.Text.Json;
using Hotline111.Pages;

namespace Hotline111.Console.Cases.Refer;

/// <summary>The fields of a package in words.</summary>
internal static class FieldWords
{
    /// <summary>The name of a field.</summary>
    public static string Label(Words words, string field) => field switch
    {
        "request.purpose" => words["Refer.FieldPurpose"],
        "request.need" => words["Refer.FieldNeed"],
        "request.narrative" => words["Refer.FieldNarrative"],
        "request.place" => words["Refer.FieldPlace"],
        "request.riskSigns" => words["Refer.FieldRiskSigns"],
        "request.urgency" => words["Refer.FieldUrgency"],
        "request.safeContact" => words["Refer.FieldSafeContact"],
        "request.callerContact" => words["Refer.FieldCallerContact"],
        "person.name" => words["Refer.FieldName"],
        "person.gender" => words["Refer.FieldGender"],
        "person.birthYear" => words["Refer.FieldBirthYear"],
        "person.age" => words["Refer.FieldAge"],
        "person.ethnicityGroup" => words["Refer.FieldEthnicity"],
        "person.phone" => words["Refer.FieldPhone"],
        "person.address" => words["Refer.FieldAddress"],
        "person.identityNumber" => words["Refer.FieldIdentityNumber"],
        "person.purpose" => words["Refer.FieldExploitation"],
        "person.type" => words["Refer.FieldType"],
        "person.destination" => words["Refer.FieldDestination"],
        "person.status" => words["Refer.FieldStatus"],
        "person.location" => words["Refer.FieldLocation"],
        "person.note" => words["Refer.FieldNote"],
        var other => other,
    };

    /// <summary>What a case knows for a field, about these persons; short enough for one line of a table.</summary>
    public static string Known(Words words, CaseFile file, IReadOnlyList<Guid> persons, string field)
    {
        var about = file.Persons.Where(person => persons.Contains(person.Id));
        return field switch
        {
            "request.need" => words["Refer.AsTyped"],
            "request.narrative" => Short(file.Narrative),
            "request.place" => file.Place?.In(words) ?? "",
            "request.riskSigns" => CaseWords.Codes(words, "risk-sign", file.RiskSigns),
            "request.urgency" => words.Within("urgency", file.Urgency),
            "request.safeContact" => words.Within("safe-contact", file.SafeContact),
            "request.callerContact" => Short(file.CallerContact),
            "person.name" => Each(person => person.Name),
            "person.gender" => Each(person => words.Within("gender", person.Gender)),
            "person.birthYear" => Each(person => person.BirthYear?.ToString(CultureInfo.InvariantCulture)),
            "person.age" => Each(person => person.Age?.ToString(CultureInfo.InvariantCulture)),
            "person.ethnicityGroup" => Each(person => words.Within("ethnicity-group", person.EthnicityGroup)),
            "person.phone" => Each(person => person.Phone),
            "person.address" => Each(person => person.Address),
            "person.identityNumber" => Each(person => person.IdentityNumber),
            "person.purpose" => Each(person => words.Within("purpose", person.Purpose)),
            "person.type" => Each(person => words.Within("trafficking-type", person.Type)),
            "person.destination" => Each(person => words.Within("destination", person.Destination)),
            "person.status" => Each(person => words.Within("person-status", person.Status)),
            "person.location" => Each(person => person.Location),
            "person.note" => Each(person => person.Note),
            _ => "",
        };

        string Each(Func<CasePerson, string?> value) => Short(string.Join("; ", about.Select(value).Where(text => !string.IsNullOrWhiteSpace(text))));
    }

    /// <summary>The parts of a package as pairs of name and value, in full, as the desk reads them: first the request, then one group for each person.</summary>
    public static IReadOnlyList<IReadOnlyList<(string Name, string Value)>> InFull(Words words, JsonElement package)
    {
        List<IReadOnlyList<(string, string)>> groups = [Pairs("request", package.GetProperty("request"))];
        groups.AddRange(package.GetProperty("persons").EnumerateArray().Select(person => Pairs("person", person)));
        return [.. groups.Where(group => group.Count > 0)];

        IReadOnlyList<(string, string)> Pairs(string part, JsonElement values) =>
            [.. values.EnumerateObject().Where(value => value.Name != "id").Select(value => (Label(words, $"{part}.{value.Name}"), Value(words, $"{part}.{value.Name}", value.Value)))];
    }

    private static string Value(Words words, string field, JsonElement value) => (field, value.ValueKind) switch
    {
        ("request.place", JsonValueKind.Object) => value.Deserialize<CasePlace>(JsonSerializerOptions.Web)!.In(words),
        ("request.riskSigns", JsonValueKind.Array) => CaseWords.Codes(words, "risk-sign", value.EnumerateArray().Select(sign => sign.GetString()!)),
        (_, JsonValueKind.String) when ListOf(field) is { } list => words.Within(list, value.GetString()),
        (_, JsonValueKind.String) => value.GetString()!,
        _ => value.GetRawText(),
    };

    private static string? ListOf(string field) => field switch
    {
        "request.purpose" => "referral-purpose",
        "request.urgency" => "urgency",
        "request.safeContact" => "safe-contact",
        "person.gender" => "gender",
        "person.ethnicityGroup" => "ethnicity-group",
        "person.purpose" => "purpose",
        "person.type" => "trafficking-type",
        "person.destination" => "destination",
        "person.status" => "person-status",
        _ => null,
    };

    private static string Short(string? text) => text is null ? "" : text.Length <= 70 ? text : $"{text[..(text.LastIndexOf(' ', 70) is > 0 and var at ? at : 70)]}…";
}
