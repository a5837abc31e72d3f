using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hotline111.Contracts.Catalogues;

namespace Hotline111.Console.Referrals.Actions;

/// <summary>What has to be fetched before a field can be shown.</summary>
[Flags]
public enum FormNeeds
{
    None = 0,

    /// <summary>The directory of desks.</summary>
    Desks = 1,

    /// <summary>What was sent: a recorded read.</summary>
    Package = 2,

    /// <summary>What was written, with the desk's questions: a recorded read.</summary>
    Talk = 4,

    /// <summary>The case: a recorded read.</summary>
    Case = 8,
}

/// <summary>One thing that a form asks for. The name is the member of the command's body and the field's id on the page.</summary>
/// <param name="Label">Key of its label.</param>
/// <param name="Hint">Key of its hint, or null.</param>
public abstract record FormField(string Name, string Label, string? Hint)
{
    /// <summary>What it shows to choose from.</summary>
    public virtual FormNeeds Needs => FormNeeds.None;

    /// <summary>Reads it into the body; what is wrong goes to the reading's errors.</summary>
    public abstract void Read(FormReading form, JsonObject body);

    private protected static void Put(JsonObject body, string name, JsonNode? value)
    {
        if (value is not null)
            body[name] = value;
    }
}

/// <summary>Several lines of text.</summary>
public sealed record WordsField(string Name, string Label, string? Hint = null, bool Required = false, int Longest = 2000, int Rows = 4) : FormField(Name, Label, Hint)
{
    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body) => Put(body, Name, form.Text(Name, form.Words[Label], Required, Longest));
}

/// <summary>A short text.</summary>
public sealed record LineField(string Name, string Label, string? Hint = null, bool Required = false, int Longest = 200) : FormField(Name, Label, Hint)
{
    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body) => Put(body, Name, form.Text(Name, form.Words[Label], Required, Longest));
}

/// <summary>One code of a value list.</summary>
/// <param name="List">The list's name.</param>
/// <param name="Except">Codes that nobody is offered here.</param>
public sealed record OneOfField(string Name, string Label, string List, string? Hint = null, params string[] Except) : FormField(Name, Label, Hint)
{
    /// <summary>The codes that are offered.</summary>
    public IEnumerable<string> Codes => ValueLists.Get(List).Values.Select(value => value.Code).Except(Except, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body) => Put(body, Name, form.Code(Name, form.Words[Label], required: true, code => Codes.Contains(code, StringComparer.Ordinal)));
}

/// <summary>Codes of a value list, at least one.</summary>
public sealed record SeveralOfField(string Name, string Label, string List, string? Hint = null) : FormField(Name, Label, Hint)
{
    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body)
    {
        var codes = form.All(Name);
        if (codes.Count == 0 || !codes.All(ValueLists.Get(List).Contains))
            form.Errors.Add(Name, form.Words["Act.ErrorChoose", form.Within(form.Words[Label])]);
        body[Name] = new JsonArray([.. codes.Select(code => (JsonNode)code)]);
    }
}

/// <summary>A day to come.</summary>
/// <param name="From">The first day that is possible, in days from today.</param>
/// <param name="To">The last one.</param>
public sealed record DayField(string Name, string Label, string? Hint = null, bool Required = false, int From = 0, int To = 365) : FormField(Name, Label, Hint)
{
    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body) =>
        Put(body, Name, form.Day(Name, form.Words[Label], Required, form.Today.AddDays(From), form.Today.AddDays(To))?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
}

/// <summary>A moment that is over; now when it is left empty.</summary>
public sealed record MomentField(string Name, string Label, string? Hint = null) : FormField(Name, Label, Hint)
{
    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body) => Put(body, Name, form.Moment(Name, form.Words[Label], required: false));
}

/// <summary>A desk of the directory.</summary>
/// <param name="Competent">Only those that take requests of this purpose.</param>
public sealed record DeskField(string Name, string Label, string? Hint = null, bool Required = true, bool Competent = false) : FormField(Name, Label, Hint)
{
    /// <inheritdoc/>
    public override FormNeeds Needs => FormNeeds.Desks;

    /// <summary>The desks that are offered, those of the referral's own province first, by what kind of body they are.</summary>
    public IEnumerable<IGrouping<string, DeskLine>> Offered(FormSources sources)
    {
        var referral = sources.Sheet.Referral;
        var passed = sources.Sheet.Chain.Select(link => link.DeskId).Append(referral.DeskId).ToHashSet(StringComparer.Ordinal);
        return sources.Desks
            .Where(desk => !passed.Contains(desk.Id) && (!Competent || desk.Competences.Contains(referral.Purpose, StringComparer.Ordinal)))
            .OrderBy(desk => desk.Sector == referral.Sector ? 0 : 1).ThenBy(desk => desk.Sector, StringComparer.Ordinal)
            .ThenBy(desk => desk.ProvinceCodes.Count == 0 ? 0 : desk.ProvinceCodes.Contains(referral.ProvinceCode ?? "", StringComparer.Ordinal) ? 1 : 2)
            .GroupBy(desk => desk.Sector);
    }

    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body) =>
        Put(body, Name, form.Code(Name, form.Words[Label], Required, id => form.Sources.Desks.Any(desk => desk.Id == id)));
}

/// <summary>Something the page already knows: which request, which entry.</summary>
public sealed record KnownField(string Name) : FormField(Name, "", null)
{
    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body) => Put(body, Name, form.Text(Name));
}

/// <summary>Something that is so or not.</summary>
public sealed record FlagField(string Name, string Label, string? Hint = null) : FormField(Name, Label, Hint)
{
    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body)
    {
        if (form.Text(Name) is not null)
            body[Name] = true;
    }
}

/// <summary>Who said it by phone, for hotline staff: name, post, number and time make it count (DOMAIN §6).</summary>
public sealed record SpokenField() : FormField("byPhone", "Act.Spoken", "Act.SpokenHint")
{
    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body)
    {
        JsonObject spoken = [];
        Put(spoken, "name", form.Text("byPhone-name", form.Words["Act.SpokenName"], required: true, 200));
        Put(spoken, "post", form.Text("byPhone-post", form.Words["Act.SpokenPost"], required: true, 200));
        Put(spoken, "number", form.Text("byPhone-number", form.Words["Act.SpokenNumber"], required: true, 40));
        Put(spoken, "at", form.Moment("byPhone-at", form.Words["Act.SpokenAt"], required: true));
        body[Name] = spoken;
    }
}

/// <summary>Questions of the desk, field by field.</summary>
public sealed record QuestionsField() : FormField("questions", "Act.Questions", "Act.QuestionsHint")
{
    /// <summary>How many may be asked at once.</summary>
    public const int Most = 20;

    private const int Usual = 2;

    /// <inheritdoc/>
    public override FormNeeds Needs => FormNeeds.Package;

    /// <summary>How many rows are shown: two to begin with, one more for each time that was asked for.</summary>
    public static int Rows(FormReading form) => Math.Clamp(int.TryParse(form.Text("questions-rows"), NumberStyles.None, CultureInfo.InvariantCulture, out var rows) ? rows : Usual, 1, Most);

    /// <summary>What may be asked about: the fields of the request, and those of each person.</summary>
    public static IEnumerable<(string Value, string Label, string? Group)> Subjects(FormSources sources)
    {
        foreach (var field in ReleaseProfiles.KnownFields.Where(field => field.StartsWith("request.", StringComparison.Ordinal) && field != "request.urgency"))
            yield return (field, sources.Fields.Name(field), null);
        var persons = sources.Package?.Everybody ?? [];
        foreach (var person in persons)
        {
            foreach (var field in ReleaseProfiles.KnownFields.Where(field => field.StartsWith("person.", StringComparison.Ordinal)))
                yield return ($"{field} {person.Id:D}", sources.Fields.Name(field), sources.Fields.Who(person));
        }

        if (persons.Count == 0)
        {
            foreach (var field in ReleaseProfiles.KnownFields.Where(field => field.StartsWith("person.", StringComparison.Ordinal)))
                yield return (field, sources.Fields.Name(field), null);
        }
    }

    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body)
    {
        JsonArray questions = [];
        for (var i = 0; i < Rows(form); i++)
        {
            var subject = form.Text($"questions-{i}-field");
            if (subject is null && form.Text($"questions-{i}-text") is null)
                continue;
            var text = form.Text($"questions-{i}-text", form.Words["Act.Question"], required: true, 1000);
            if (subject is null)
                form.Errors.Add($"questions-{i}-field", form.Words["Act.ErrorSubject"]);
            var parts = (subject ?? "").Split(' ');
            questions.Add(new JsonObject { ["field"] = parts[0], ["personId"] = parts is [_, var person] ? (JsonNode?)person : null, ["text"] = text });
        }

        if (questions.Count == 0)
            form.Errors.Add("questions-0-field", form.Words["Act.ErrorSubject"]);
        body[Name] = questions;
    }
}

/// <summary>The hotline's answers to the desk's questions.</summary>
public sealed record AnswersField() : FormField("answers", "Act.Answers", "Act.AnswersHint")
{
    /// <inheritdoc/>
    public override FormNeeds Needs => FormNeeds.Talk | FormNeeds.Package;

    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body)
    {
        JsonArray answers = [];
        var questions = form.Sources.Questions;
        for (var i = 0; i < questions.Count; i++)
        {
            if (form.Text($"answers-{i}-text", form.Words["Act.Answer"], required: false, 1000) is { } text)
                answers.Add(new JsonObject { ["field"] = questions[i].Field, ["personId"] = questions[i].PersonId, ["text"] = text });
        }

        if (answers.Count == 0)
            form.Errors.Add("answers-0-text", form.Words["Act.ErrorAnswer"]);
        body[Name] = answers;
    }
}

/// <summary>What came of it, for each person the package names.</summary>
public sealed record ResultsField() : FormField("results", "Act.Results", "Act.ResultsHint")
{
    /// <inheritdoc/>
    public override FormNeeds Needs => FormNeeds.Package;

    /// <summary>Whom a result is owed for; one line for nobody in particular when the package names nobody.</summary>
    public static IReadOnlyList<PackagePerson?> Persons(FormSources sources) => [.. sources.Package is { Everybody: { Count: > 0 } persons } ? persons : Enumerable.Repeat<PackagePerson?>(null, 1)];

    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body)
    {
        JsonArray results = [];
        var persons = Persons(form.Sources);
        for (var i = 0; i < persons.Count; i++)
        {
            var code = form.Code($"results-{i}-result", form.Words["Act.Result"], required: true, code => ValueLists.Get("referral-result").Contains(code) || ValueLists.Get("no-result").Contains(code));
            results.Add(new JsonObject
            {
                ["personId"] = persons[i]?.Id.ToString("D"),
                ["result"] = code,
                ["evidence"] = new JsonArray([.. form.All($"results-{i}-evidence").Select(source => (JsonNode)source)]),
                ["text"] = form.Text($"results-{i}-text", form.Words["Act.ResultText"], required: false, 4000),
            });
        }

        body[Name] = results;
    }
}

/// <summary>Which of the sent fields the desk returns; none chosen is the whole package.</summary>
public sealed record SentFieldsField() : FormField("fields", "Act.ReturnedFields", "Act.ReturnedFieldsHint")
{
    /// <inheritdoc/>
    public override FormNeeds Needs => FormNeeds.Package;

    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body) => body[Name] = new JsonArray([.. form.All(Name).Where(ReleaseProfiles.KnownFields.Contains).Select(field => (JsonNode)field)]);
}

/// <summary>The hotline's answer to one request of the desk.</summary>
public sealed record DecisionField() : FormField("decision", "Act.Decision", null)
{
    /// <summary>The request that is meant: the one that is named, else the oldest open one; null when none is open.</summary>
    public static SheetEvent? Request(FormReading form) =>
        form.Sources.Sheet.OpenRequests is { Count: > 0 } open ? open.FirstOrDefault(line => line.Code("requestId") == form.Text("requestId")) ?? open[0] : null;

    /// <summary>What may be said to it: a danger is noted, the others are granted or refused.</summary>
    public static IReadOnlyList<string> Codes(SheetEvent? request) => request?.Code("kind") == "danger" ? ["noted"] : ["granted", "refused"];

    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body)
    {
        var request = Request(form);
        Put(body, "requestId", request?.Code("requestId") ?? form.Text("requestId"));
        Put(body, Name, form.Code(Name, form.Words[Label], required: true, code => Codes(request).Contains(code, StringComparer.Ordinal)));
    }
}

/// <summary>What Case shall release: on which basis, about whom, and what is asked for. The release itself is asked for when the form is sent.</summary>
public sealed record ReleaseField() : FormField("release", "Act.Release", "Act.ReleaseHint")
{
    /// <inheritdoc/>
    public override FormNeeds Needs => FormNeeds.Desks | FormNeeds.Package | FormNeeds.Case;

    /// <summary>The bases on which this desk may be sent something.</summary>
    public static IReadOnlyList<string> Bases(FormSources sources) =>
        ReleaseProfiles.Find(sources.Desks.FirstOrDefault(desk => desk.Id == sources.Sheet.Referral.DeskId)?.Profile.Split('@')[0])?.AcceptedBases ?? [];

    /// <inheritdoc/>
    public override void Read(FormReading form, JsonObject body)
    {
        var referral = form.Sources.Sheet.Referral;
        var basis = form.Code("basis", form.Words["Act.Basis"], required: true, code => Bases(form.Sources).Contains(code, StringComparer.Ordinal));
        var need = form.Text("need", form.Words["Act.Need"], required: true, 2000);
        var known = form.Sources.CasePersons.Select(person => person.Id.ToString("D")).ToHashSet(StringComparer.Ordinal);
        body[Name] = new JsonObject
        {
            ["deskId"] = referral.DeskId,
            ["basis"] = basis,
            ["purpose"] = referral.Purpose,
            ["persons"] = new JsonArray([.. form.All("persons").Where(known.Contains).Select(person => (JsonNode)person)]),
            ["need"] = need,
        };
    }

    /// <summary>The body of the release that was read, taken out; null when there is none.</summary>
    public static JsonObject? Take(JsonObject body)
    {
        var asked = body["release"] as JsonObject;
        body.Remove("release");
        return asked;
    }

    /// <summary>Puts what Case released in its place.</summary>
    public static void Put(JsonObject body, JsonElement envelope) => body["release"] = JsonNode.Parse(envelope.GetRawText());
}
