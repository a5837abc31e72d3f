using System.Text.Json;
using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;
using Hotline111.Platform;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console.Cases;

/// <summary>A case as its service shows it to the hotline's staff, personal data included; that it was read is on record.</summary>
/// <param name="RiskLevel">Code of list risk-level; unknown before the first assessment.</param>
/// <param name="AwaitsDetails">An emergency opened it, and nobody has added yet what is known beside the contact.</param>
/// <param name="Allowed">The commands that the reader may give now.</param>
public sealed record CaseFile(
    Guid Id, string Number, Guid ContactId, string? ContactNumber, CasePlace? Place, string? SafeContact, string? CallerContact, string? Narrative, string RiskLevel,
    IReadOnlyList<string> RiskSigns, string Urgency, bool AwaitsDetails, CaseRestriction? Restriction, IReadOnlyList<CasePerson> Persons, IReadOnlyList<CaseReferral> Referrals,
    CasePicture Picture, IReadOnlyList<CaseEntry> Timeline, IReadOnlyList<string> Allowed)
{
    /// <summary>Whether somebody has judged the risk.</summary>
    public bool IsAssessed => RiskLevel is not ("unknown" or "not_assessed");

    /// <summary>What happened around it and how it stands, without personal data.</summary>
    public CaseCourse Course => new(Id, Number, Timeline, Referrals, Picture);

    /// <summary>Whom it is mainly about: the first who is a victim or may be one, else the first.</summary>
    public CasePerson? MainPerson => Persons.FirstOrDefault(person => person.Status != "not_victim") ?? (Persons.Count > 0 ? Persons[0] : null);

    /// <summary>Asks the service; the read is recorded there.</summary>
    public static Task<Seen<CaseFile>> Read(Services services, Guid id, CancellationToken ct) => services.See<CaseFile>($"cases/{id}", ct);
}

/// <summary>A place by catalogue.</summary>
/// <param name="Edition">Of the province catalogue.</param>
/// <param name="Commune">In words, or null.</param>
public sealed record CasePlace(string Edition, string ProvinceCode, string? FormerProvinceCode, string? Commune)
{
    /// <summary>As people say it: commune, province, and the province it used to lie in.</summary>
    public string In(Words words)
    {
        var province = Provinces.Label(Edition, ProvinceCode, words.Language.Code) ?? ProvinceCode;
        var former = FormerProvinceCode is not null && Provinces.Former.Find(FormerProvinceCode) is { } found && found.Vi != Provinces.Label(Edition, ProvinceCode)
            ? words["Case.FormerProvince", found.Label(words.Language.Code)]
            : null;
        return string.Join(", ", ((string?[])[Commune, province, former]).Where(part => !string.IsNullOrWhiteSpace(part)));
    }
}

/// <summary>Who must not learn of a case.</summary>
/// <param name="Agencies">Ids of the directory.</param>
/// <param name="Provinces">Codes of the directory's province edition.</param>
/// <param name="Reason">For those alone who may restrict a case; else null.</param>
public sealed record CaseRestriction(IReadOnlyList<string> Agencies, IReadOnlyList<string> Provinces, string? Reason);

/// <summary>What is known of a person of a case.</summary>
public sealed record CasePerson(
    Guid Id, string? Name, string Gender, int? BirthYear, int? Age, DateOnly? AgeOn, string EthnicityGroup, string Purpose, string Type, string Destination, string Status, string? Phone,
    string? Address, string? IdentityNumber, string? Location, string? Note)
{
    /// <summary>Years, as far as they are known: by the birth year, or by an age that was true on a day.</summary>
    public int? YearsOn(DateTimeOffset now)
    {
        // A new year begins in Vietnam seven hours sooner than by UTC.
        var year = now.InVietnam.Year;
        return BirthYear is { } born ? year - born : Age is { } age ? age + (AgeOn is { } day ? Math.Max(0, year - day.Year) : 0) : null;
    }

    /// <summary>The name, or that it is not known.</summary>
    public string Called(Words words) => string.IsNullOrWhiteSpace(Name) ? words["Case.NameUnknown"] : Name;

    /// <summary>Name and age: "Sùng Thị Dín, 16 tuổi".</summary>
    public string Brief(Words words, DateTimeOffset now) => YearsOn(now) is { } years ? words["Case.NameAndAge", Called(words), years] : Called(words);
}

/// <summary>What a case has gone through, without personal data: asked for again whenever something changed.</summary>
public sealed record CaseCourse(Guid Id, string Number, IReadOnlyList<CaseEntry> Timeline, IReadOnlyList<CaseReferral> Referrals, CasePicture Picture);

/// <summary>One line of a case's timeline.</summary>
/// <param name="Source">The service that told it.</param>
/// <param name="By">An account, or null when no person of the platform did it.</param>
/// <param name="Facts">Codes, ids and times.</param>
public sealed record CaseEntry(string Source, string Kind, DateTimeOffset At, string? By, JsonElement Facts)
{
    /// <summary>A fact as text, or null.</summary>
    public string? Text(string name) => Facts.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A fact that is an id, or null.</summary>
    public Guid? Id(string name) => Facts.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.TryGetGuid(out var id) ? id : null;

    /// <summary>A fact of several codes: an array, or codes with commas between them.</summary>
    public IReadOnlyList<string> Several(string name) => !Facts.TryGetProperty(name, out var value) ? [] : value.ValueKind switch
    {
        JsonValueKind.Array => [.. value.EnumerateArray().Select(item => item.GetString()!)],
        JsonValueKind.String => value.GetString()!.Split(',', StringSplitOptions.RemoveEmptyEntries),
        _ => [],
    };

    /// <summary>A fact that is true.</summary>
    public bool Is(string name) => Facts.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>A fact that is a number, or null.</summary>
    public int? Number(string name) => Facts.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;
}

/// <summary>One of the case's referrals as the case knows it.</summary>
public sealed record CaseReferral(
    Guid ReferralId, string Number, string DeskId, string AgencyId, string Purpose, string Urgency, string Part, string State, DateTimeOffset SentAt, DateTimeOffset? OpenedAt,
    DateTimeOffset? AcknowledgedAt, DateOnly? ExpectedOn, string? DeclineReason, string? AdvisedDeskId, string? Mark, DateTimeOffset? MarkAt, int OpenRequests, bool CorrectionDue,
    string? WithdrawalReason, bool OutcomeUnknown, bool Excluded);

/// <summary>How a case stands with all its referrals together.</summary>
/// <param name="Standing">Code of list joint-standing.</param>
/// <param name="UnplacedPurposes">Needs without a receiver: codes of list referral-purpose.</param>
/// <param name="Contradictory">The desks contradict each other about somebody.</param>
public sealed record CasePicture(
    string Standing, CaseLead? Lead, IReadOnlyList<CaseStanding> Referrals, IReadOnlyList<string> UnplacedPurposes, IReadOnlyList<CaseOutcome> Persons, bool Contradictory);

/// <summary>The desk that leads on a case.</summary>
public sealed record CaseLead(Guid ReferralId, string DeskId);

/// <summary>One referral in the picture.</summary>
/// <param name="StoodForBy">The referral it was handed on to, or null.</param>
public sealed record CaseStanding(Guid ReferralId, string? Standing, Guid? StoodForBy);

/// <summary>What the desks say of one person.</summary>
/// <param name="PersonId">Null for a referral that names nobody.</param>
/// <param name="Outcome">Code of list joint-outcome.</param>
public sealed record CaseOutcome(Guid? PersonId, string Outcome, IReadOnlyList<CaseResult> Results);

/// <summary>What one desk reported about one person.</summary>
public sealed record CaseResult(Guid ReferralId, string DeskId, string Result, bool Confirmed);

/// <summary>A referral of the case as its own service lists it, with drafts and receipts.</summary>
/// <param name="Returned">The supervisor sent the draft back with a question.</param>
/// <param name="Excluded">The case excludes the desk by now: it does nothing more.</param>
public sealed record ReferralRow(
    Guid Id, string Number, string DeskId, string Purpose, string Urgency, string State, string Part, DateTimeOffset DraftedAt, string? DraftedBy, bool Returned, DateTimeOffset? SentAt,
    DateTimeOffset? DeliveredAt, DateTimeOffset? OpenedAt, DateTimeOffset? AcknowledgedAt, DateOnly? ExpectedOn, int Questions, string? LastMark, DateTimeOffset? LastMarkAt, bool CorrectionDue,
    bool OutcomeUnknown, int ExtensionOpen, int JointOpen, int DangerOpen, bool ReviewDue, bool DataCut, string? DeclineReason, string? AdvisedDeskId, int Unread,
    bool Excluded)
{
    /// <summary>How far the request has come: 1 sent, 2 delivered, 3 opened, 4 acknowledged; 0 before it was sent.</summary>
    public int Step => SentAt is null ? 0 : AcknowledgedAt is not null ? 4 : OpenedAt is not null ? 3 : DeliveredAt is not null ? 2 : 1;

    /// <summary>When it came that far.</summary>
    public DateTimeOffset? StepAt => AcknowledgedAt ?? OpenedAt ?? DeliveredAt ?? SentAt;

    /// <summary>It is of no use any more to ask the same of the same desk: it has it, or has done it.</summary>
    public bool Stands => State is not ("Declined" or "Withdrawn" or "HandedOn");

    /// <summary>It was not sent yet and can be gone on with.</summary>
    public bool IsDraft => State == "Draft";

    /// <summary>Every referral of a case, oldest first; what the case itself knows of them while their service does not answer.</summary>
    public static async Task<IReadOnlyList<ReferralRow>> Of(Services services, CaseCourse course, CancellationToken ct)
    {
        try
        {
            var page = await services.Get<Rows>($"referrals?list=all&limit=200&caseId={course.Id}", ct);
            return [.. page.Items.OrderBy(row => row.DraftedAt)];
        }
        catch (ProblemException)
        {
            return [.. course.Referrals.Select(known => new ReferralRow(
                known.ReferralId, known.Number, known.DeskId, known.Purpose, known.Urgency, known.State, known.Part, known.SentAt, null, false, known.SentAt, null, known.OpenedAt,
                known.AcknowledgedAt, known.ExpectedOn, 0, known.Mark, known.MarkAt, known.CorrectionDue, known.OutcomeUnknown, 0, 0, 0, false, false, known.DeclineReason, known.AdvisedDeskId, 0,
                known.Excluded))];
        }
    }

    private sealed record Rows(IReadOnlyList<ReferralRow> Items);
}
