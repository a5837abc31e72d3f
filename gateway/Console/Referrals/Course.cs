using Hotline111.Pages;

namespace Hotline111.Console.Referrals;

/// <summary>One thing that happened, in words.</summary>
/// <param name="Title">What: "Đã tiếp nhận xử lý".</param>
/// <param name="By">Who.</param>
/// <param name="At">When it was said here.</param>
/// <param name="Details">More: when it happened, codes, what was typed.</param>
/// <param name="Entry">What the desk can confirm, or null.</param>
public sealed record CourseLine(long Version, string Title, string By, DateTimeOffset At, IReadOnlyList<CourseDetail> Details, Guid? Entry);

/// <summary>A line below what happened.</summary>
/// <param name="Label">What it is, or null where the text speaks for itself.</param>
/// <param name="Text">The text.</param>
/// <param name="Person">Of whom it speaks, or null.</param>
public sealed record CourseDetail(string? Label, string Text, CoursePerson? Person = null);

/// <summary>A person of the package.</summary>
/// <param name="Name">The name; where the package is not open, a number that tells persons apart.</param>
/// <param name="Named">The package is open.</param>
public sealed record CoursePerson(Guid Id, string Name, bool Named);

/// <summary>Tells what happened to a referral, who did it and when.</summary>
public sealed class CourseWords(Words words, Times times, PackageWords fields)
{
    /// <summary>The whole course, newest first.</summary>
    /// <param name="typed">What people typed; <see cref="SheetWords.None"/> where the reader has not opened it.</param>
    /// <param name="who">The names of persons of the package by id.</param>
    public IReadOnlyList<CourseLine> Of(Sheet sheet, SheetWords typed, PeopleNames names, IReadOnlyDictionary<Guid, string> who) =>
        [.. sheet.History.Reverse().Select(line => Of(line, typed.At(line.Version), names, who))];

    /// <summary>One thing that happened.</summary>
    public CourseLine Of(SheetEvent line, IReadOnlyList<SheetWord> typed, PeopleNames names, IReadOnlyDictionary<Guid, string> who)
    {
        List<CourseDetail> details = [];
        if (line.OccurredAt is { } occurred && (line.At - occurred).Duration() > TimeSpan.FromMinutes(1))
            details.Add(new(words["Course.OccurredAt"], times.Moment(occurred)));
        if (line.SpokenAt is { } spoken)
            details.Add(new(null, words["Course.Spoken", string.Join(", ", Texts(typed, "name", "post", "number")), times.Moment(spoken)]));
        if (line.Unconfirmed)
            details.Add(new(null, words["Course.Unconfirmed"]));
        Codes(line, typed, details, who);
        foreach (var word in typed.Where(word => word.Name is not ("name" or "post" or "number") && !IsOfResult(word, line)))
            details.Add(new(Label(word), word.Withheld ? words["Course.Withheld"] : word.Text ?? words["Course.Erased"], Person(word, line, who)));
        return new(line.Version, Title(line), names[line.By], line.At, details, line.Unconfirmed ? line.Entry : null);
    }

    /// <summary>What happened, in a few words that name nobody.</summary>
    public string Title(SheetEvent line) => line.What switch
    {
        "drafted" => words["Course.Drafted"],
        "submitted" => words["Course.Submitted"],
        "composed" => words["Course.Composed"],
        "returned" => words["Course.Returned"],
        "sent" => line.Code("ground") switch
        {
            "emergency" => words["Course.SentEmergency"],
            "no_supervisor_on_duty" => words["Course.SentUnapproved"],
            "handed_on" => words["Course.SentOn"],
            _ => words["Course.Sent"],
        },
        "supplemented" => words["Course.Supplemented", line.Code("supplement")],
        "reviewed" => words["Course.Reviewed", words.Within("review-finding", line.Code("finding"))],
        "part-assigned" => words["Course.PartAssigned", words.Within("referral-part", line.Code("part"))],
        "acknowledged" => words["Course.Acknowledged"],
        "entry-confirmed" => words["Course.EntryConfirmed"],
        "information-asked" => words["Course.InformationAsked"],
        "information-answered" => words["Course.InformationAnswered"],
        "hand-on-begun" => words["Course.HandOnBegun", words.Desk(line.Code("nextDeskId") ?? "")],
        "handed-on" => words["Course.HandedOn"],
        "hand-on-ended" => words["Course.HandOnEnded", words.Within("hand-on-end", line.Code("cause"))],
        "accepted" => words["Course.Accepted"],
        "acceptance-undone" => words["Course.AcceptanceUndone"],
        "declined" => words["Course.Declined", words.Within("decline-reason", line.Code("reason"))],
        "started" => words["Course.Started"],
        "marked" => words["Course.Marked", words.Within("mark", line.Code("mark"))],
        "progress-reported" => words["Course.Progress", words.Within("progress", line.Code("progress"))],
        "milestone-reached" => words["Course.Milestone", words.Within("milestone", line.Code("milestone"))],
        "held" => words["Course.Held", words.Within("hold-reason", line.Code("reason"))],
        "resumed" => words["Course.Resumed"],
        "result-reported" => words["Course.ResultReported"],
        "report-corrected" => words["Course.ReportCorrected"],
        "result-confirmed" => words["Course.ResultConfirmed"],
        "result-questioned" => words["Course.ResultQuestioned"],
        "request-raised" => words["Course.RequestRaised", words.Within("referral-request", line.Code("kind"))],
        "request-settled" => words["Course.RequestSettled", words.Within("referral-request", line.Code("kind")), words.Within("request-decision", line.Code("decision"))],
        "data-rejected" => words["Course.DataRejected"],
        "data-restored" => words["Course.DataRestored"],
        "withdrawal-requested" => words["Course.WithdrawalRequested", words.Within("withdrawal-reason", line.Code("reason"))],
        "withdrawal-refused" => words["Course.WithdrawalRefused"],
        "withdrawn" => words["Course.Withdrawn", words.Within("withdrawal-reason", line.Code("reason"))],
        "outcome-unknown" => words["Course.OutcomeUnknown"],
        _ => line.What,
    };

    private void Codes(SheetEvent line, IReadOnlyList<SheetWord> typed, List<CourseDetail> details, IReadOnlyDictionary<Guid, string> who)
    {
        if (line.Day("expectedOn") is { } expected)
            details.Add(new(words["Course.ExpectedOn"], times.Day(expected)));
        if (line.Day("until") is { } until)
            details.Add(new(words["Course.Until"], times.Day(until)));
        if (line.Code("advisedDeskId") is { } advised)
            details.Add(new(words["Course.Advised"], words.Desk(advised)));
        if (line.Code("namedDeskId") is { } named)
            details.Add(new(words["Course.Named"], words.Desk(named)));
        if (line.List("riskSigns") is { Count: > 0 } signs)
            details.Add(new(null, string.Join(" · ", signs.Select(sign => words.Of("risk-sign", sign)))));
        if (line.What == "data-rejected")
            details.Add(new(null, line.List("fields") is { Count: > 0 } cut ? string.Join(" · ", cut.Select(fields.Name)) : words["Course.WholePackage"]));
        if (line.Code("basis") is { } basis)
            details.Add(new(words["Course.Basis"], words.Within("disclosure-basis", basis)));
        foreach (var (i, result) in line.Results.Index())
        {
            var list = result.Code == "not_applicable" ? "no-result" : "referral-result";
            var evidence = result.Evidence.Count == 0 ? "" : $" ({string.Join(", ", result.Evidence.Select(source => words.Within("evidence-source", source)))})";
            var more = typed.FirstOrDefault(word => IsOfResult(word, line) && word.PersonId == result.PersonId)?.Text is { } text ? $". {text}" : "";
            details.Add(new(null, $"{words.Of(list, result.Code)}{evidence}{more}", result.PersonId is { } person ? Person(person, i, who) : null));
        }

        if (line.Code("tellCaller") is { } tell)
            details.Add(new(words["Course.TellCaller"], words.Within("tell-caller", tell)));
    }

    // What was said about one person's result stands beside that result.
    private static bool IsOfResult(SheetWord word, SheetEvent line) => word.Name == "text" && line.Results.Any(result => result.PersonId == word.PersonId);

    private CoursePerson? Person(SheetWord word, SheetEvent line, IReadOnlyDictionary<Guid, string> who) =>
        word.PersonId is { } id ? Person(id, line.Results.ToList().FindIndex(result => result.PersonId == id), who) : null;

    /// <param name="place">Where the person stands in the report: it tells them apart where the package is not open; -1 for nowhere.</param>
    private CoursePerson Person(Guid id, int place, IReadOnlyDictionary<Guid, string> who) =>
        who.TryGetValue(id, out var name) ? new(id, name, true) : new(id, place < 0 ? words["Course.Person"] : words["Course.PersonNumber", place + 1], false);

    private string? Label(SheetWord word) => word.Field is { } field ? fields.Name(field) : word.Name switch
    {
        "unit" => words["Course.Unit"],
        "officer" => words["Course.Officer"],
        "nextStep" => words["Course.NextStep"],
        "why" => words["Course.Why"],
        _ => null,
    };

    private static IEnumerable<string> Texts(IReadOnlyList<SheetWord> typed, params string[] names) =>
        names.Select(name => typed.FirstOrDefault(word => word.Name == name)?.Text).OfType<string>();
}
