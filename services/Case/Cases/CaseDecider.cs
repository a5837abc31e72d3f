using System.Diagnostics;
using Hotline111.Case.Persons;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using static Hotline111.Case.Cases.CaseCommand;
using static Hotline111.Case.Cases.CaseState;

namespace Hotline111.Case.Cases;

/// <summary>What is asked of a case.</summary>
public abstract record CaseCommand
{
    private CaseCommand()
    {
    }

    /// <summary>Open a case from a contact; <paramref name="Number"/> was drawn before.</summary>
    public sealed record Open(string Number, Guid ContactId, CaseDetails Details, string By, DateTimeOffset At) : CaseCommand;

    /// <summary>Open a case because an emergency has gone out for it.</summary>
    public sealed record OpenForEmergency(string Number, Guid ContactId, string By, DateTimeOffset At) : CaseCommand;

    /// <summary>Add what is known to a case that an emergency opened, or put right what is known of any; the whole of it.</summary>
    public sealed record Complete(CaseDetails Details, string By, DateTimeOffset At) : CaseCommand;

    public sealed record AddPerson(Guid PersonId, PersonFacts Facts, string By, DateTimeOffset At) : CaseCommand;

    public sealed record ChangePerson(Guid PersonId, PersonFacts Facts, string By, DateTimeOffset At) : CaseCommand;

    public sealed record Assess(string RiskLevel, Items<string> RiskSigns, string Urgency, string By, DateTimeOffset At) : CaseCommand;

    /// <summary>Keep the case from agencies and territories; the whole list, empty to lift it.</summary>
    public sealed record Restrict(Items<string> Agencies, Items<string> Provinces, Personal<string> Reason, string By, DateTimeOffset At) : CaseCommand;

    /// <summary>Release a composed and signed package for a desk.</summary>
    /// <param name="AgencyId">The desk's agency.</param>
    /// <param name="Territory">The provinces the desk is on duty for; empty for the whole country.</param>
    /// <param name="ProfileAllowsBasis">Whether the desk's release profile accepts the basis.</param>
    public sealed record Release(
        string DeskId, string AgencyId, Items<string> Territory, string Profile, string Basis, string Purpose, Items<Guid> PersonIds, Items<string> Fields, string PackageHash, string Signature,
        bool ProfileAllowsBasis, string By, DateTimeOffset At)
        : CaseCommand;
}

/// <summary>The rules of a case, as one table read from top to bottom.</summary>
public static class CaseDecider
{
    /// <summary>More persons than this in one case are a sign of a mistake; a place with more victims gets a second case.</summary>
    public const int MaximumPersons = 60;

    public static readonly Decider<CaseState, CaseCommand, CaseEvent> Instance = new("case", new None(), Evolve, Decide);

    /// <summary>The public names of the commands that a state allows.</summary>
    public static IReadOnlyList<string> Allowed(CaseState state) => state switch
    {
        None => ["open"],
        InProgress s =>
        [
            "complete",
            .. s.Persons.Count < MaximumPersons ? ["add-person"] : (string[])[],
            .. s.Persons.Count > 0 ? ["change-person"] : (string[])[],
            "assess",
            "restrict",
            "release",
        ],
        _ => throw new UnreachableException($"Unnamed state {state.GetType().Name}"),
    };

    private static Decision<CaseEvent> Decide(CaseState state, CaseCommand command) => (state, command) switch
    {
        (None, Open { Details: var told } c) => [new CaseEvent.Opened(c.Number, c.ContactId, told.Place, told.SafeContact, told.CallerContact, told.Narrative, c.By, c.At)],
        // An emergency was faster: what the counsellor has typed meanwhile is not lost.
        (InProgress { AwaitsDetails: true } s, Open c) when s.ContactId == c.ContactId && c.Details.SaySomething => [Completed(c.Details, c.By, c.At)],
        // The same id stands for the same words; told without any it is only asked for.
        (InProgress s, Open c) when s.ContactId == c.ContactId && (c.Details == s.First || !c.Details.SaySomething) => [],
        (InProgress, Open) => CaseRefusals.AlreadyExists,
        (None, OpenForEmergency c) => [new CaseEvent.Opened(c.Number, c.ContactId, null, null, null, null, c.By, c.At, Emergency: true)],
        (InProgress s, OpenForEmergency c) => s.ContactId == c.ContactId ? [] : CaseRefusals.AlreadyExists,
        (None, _) => CaseRefusals.NotFound,

        (InProgress s, Complete c) when c.Details == s.Details => [],
        (InProgress, Complete c) => [Completed(c.Details, c.By, c.At)],

        (InProgress s, AddPerson c) when s.Find(c.PersonId) is { } known => known.First == c.Facts ? [] : CaseRefusals.PersonAlreadyExists,
        (InProgress { Persons.Count: >= MaximumPersons }, AddPerson) => CaseRefusals.TooManyPersons,
        (InProgress, AddPerson c) => [new CaseEvent.PersonAdded(c.PersonId, c.Facts, c.By, c.At)],

        (InProgress s, ChangePerson c) when s.Find(c.PersonId) is null => CaseRefusals.PersonNotFound,
        (InProgress s, ChangePerson c) when s.Find(c.PersonId)!.Facts == c.Facts => [],
        (InProgress, ChangePerson c) => [new CaseEvent.PersonChanged(c.PersonId, c.Facts, c.By, c.At)],

        (InProgress s, Assess c) when s.RiskLevel == c.RiskLevel && s.RiskSigns.Equals(c.RiskSigns) && s.Urgency == c.Urgency => [],
        (InProgress, Assess c) => [new CaseEvent.Assessed(c.RiskLevel, c.RiskSigns, c.Urgency, c.By, c.At)],

        (InProgress s, Restrict c) when Items.From(s.Restriction?.Agencies).Equals(c.Agencies) && Items.From(s.Restriction?.Provinces).Equals(c.Provinces) => [],
        (InProgress, Restrict c) => [new CaseEvent.Restricted(c.Agencies, c.Provinces, c.Reason, c.By, c.At)],

        (InProgress { Restriction: { } restriction }, Release c) when restriction.Excludes(c.AgencyId, c.Territory) => CaseRefusals.DeskExcluded,
        (InProgress s, Release c) when c.PersonIds.Any(id => s.Find(id) is null) => CaseRefusals.PersonNotFound,
        (InProgress, Release { Basis: DisclosureBasis.None }) => CaseRefusals.BasisNeeded,
        (InProgress, Release { ProfileAllowsBasis: false }) => CaseRefusals.BasisNotAccepted,
        (InProgress s, Release c) when s.FindRelease(c.DeskId, c.Profile, c.Basis, c.PackageHash) is not null => [],
        (InProgress, Release c) =>
            [new CaseEvent.Released(c.DeskId, c.Profile, c.Basis, c.Purpose, c.PersonIds, c.Fields, c.PackageHash, c.Signature, c.By, c.At)],

        _ => throw new UnreachableException($"No rule for {command.GetType().Name} in {state.GetType().Name}"),
    };

    private static CaseEvent.Completed Completed(CaseDetails details, string by, DateTimeOffset at) =>
        new(details.Place, details.SafeContact, details.CallerContact, details.Narrative, by, at);
}

/// <summary>Every "no" of a case, with its public slug.</summary>
public static class CaseRefusals
{
    public static readonly Refusal NotFound = new(RefusalKind.NotFound, "case-not-found", "Không có hồ sơ ca này.", "There is no such case.");

    public static readonly Refusal AlreadyExists =
        new(RefusalKind.Conflict, "case-already-exists", "Hồ sơ ca này đã có, với nội dung khác; hãy mở ra để bổ sung, sửa.", "This case exists already, with another content; open it to put it right.");

    public static readonly Refusal AgencyUnknown =
        new(RefusalKind.Invalid, "agency-unknown", "Không có cơ quan này trong danh bạ.", "The directory has no such agency.");

    public static readonly Refusal DeskExcluded =
        new(RefusalKind.Conflict, "desk-excluded", "Hồ sơ này không được chuyển cho cơ quan hoặc địa bàn này.", "The case must not be referred to this agency or territory.");

    public static readonly Refusal PersonNotFound = new(RefusalKind.Invalid, "person-not-found", "Hồ sơ ca không có người này.", "The case has no such person.");

    public static readonly Refusal PersonAlreadyExists = new(
        RefusalKind.Conflict, "person-already-exists", "Hồ sơ đã có người này, với thông tin khác; hãy mở ra để sửa.", "The case has this person already, described otherwise; change what is known of her.");

    public static readonly Refusal TooManyPersons =
        new(RefusalKind.Conflict, "too-many-persons", $"Một hồ sơ ca có tối đa {CaseDecider.MaximumPersons} người; hãy mở thêm hồ sơ.", $"A case holds at most {CaseDecider.MaximumPersons} persons; open another one.");

    public static readonly Refusal DeskUnknown =
        new(RefusalKind.Invalid, "desk-unknown", "Không có đầu mối này trong danh bạ.", "The directory has no such desk.");

    public static readonly Refusal PackageTooLarge = new(
        RefusalKind.Invalid,
        "package-too-large",
        "Gói thông tin quá lớn; hãy chia thành nhiều phiếu theo từng nhóm người.",
        "The package is too large; refer the persons in several parts.");

    public static readonly Refusal BasisNeeded =
        new(RefusalKind.Invalid, "basis-needed", "Không có căn cứ thì không được chia sẻ thông tin cá nhân.", "Without a legal basis nothing is shared.");

    public static readonly Refusal BasisNotAccepted =
        new(RefusalKind.Invalid, "basis-not-accepted", "Căn cứ này không dùng được cho đầu mối đã chọn.", "The desk's release profile does not accept this basis.");
}
