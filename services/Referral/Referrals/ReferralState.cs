using System.Diagnostics;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Referrals;

/// <summary>What a decision needs to know, and nothing else; screens have read models.</summary>
public abstract record ReferralState
{
    private ReferralState()
    {
    }

    public sealed record None : ReferralState;

    /// <summary>A referral that exists.</summary>
    public abstract record Open(ReferralFacts Facts) : ReferralState;

    /// <param name="Returned">The supervisor has sent it back.</param>
    public sealed record Draft(ReferralFacts Facts, bool Returned) : Open(Facts);

    /// <param name="Persons">Whom the package names.</param>
    /// <param name="ContactId">The contact that the package was composed from in an emergency, or null.</param>
    public sealed record AwaitingApproval(ReferralFacts Facts, string PackageHash, Items<Guid> Persons, Guid? ContactId) : Open(Facts);

    /// <summary>A referral that went out to its desk.</summary>
    public abstract record Out(ReferralFacts Facts, Course Course) : Open(Facts);

    public sealed record Sent(ReferralFacts Facts, Course Course) : Out(Facts, Course);

    public sealed record Acknowledged(ReferralFacts Facts, Course Course) : Out(Facts, Course);

    public sealed record NeedsInformation(ReferralFacts Facts, Course Course) : Out(Facts, Course);

    /// <param name="NextId">The referral to the next desk.</param>
    public sealed record HandingOn(ReferralFacts Facts, Course Course, Guid NextId, string NextDeskId) : Out(Facts, Course);

    public sealed record Accepted(ReferralFacts Facts, Course Course, DateOnly? ExpectedOn, string By, DateTimeOffset At) : Out(Facts, Course);

    public sealed record Acting(ReferralFacts Facts, Course Course) : Out(Facts, Course);

    public sealed record OnHold(ReferralFacts Facts, Course Course, DateOnly Until) : Out(Facts, Course);

    public sealed record Reported(ReferralFacts Facts, Course Course, string By, DateTimeOffset At) : Out(Facts, Course);

    /// <param name="CorrectionDue">The desk corrected its report afterwards, and the hotline has not confirmed that yet.</param>
    public sealed record Closed(ReferralFacts Facts, Course Course, bool CorrectionDue) : Out(Facts, Course);

    public sealed record Declined(ReferralFacts Facts, Course Course, string Reason, string? AdvisedDeskId, string By, DateTimeOffset At) : Out(Facts, Course);

    public sealed record HandedOn(ReferralFacts Facts, Course Course, Guid NextId) : Out(Facts, Course);

    /// <summary>Taken back after it had gone out.</summary>
    public sealed record Withdrawn(ReferralFacts Facts, Course Course, string Reason) : Out(Facts, Course);

    /// <summary>Taken back before anybody outside the hotline saw it.</summary>
    public sealed record Discarded(ReferralFacts Facts, string Reason) : Open(Facts);

    /// <summary>The state's public name (list referral-state).</summary>
    public string Name => this switch
    {
        None => "None",
        Draft => "Draft",
        AwaitingApproval => "AwaitingApproval",
        Sent => "Sent",
        Acknowledged => "Acknowledged",
        NeedsInformation => "NeedsInformation",
        HandingOn => "HandingOn",
        Accepted => "Accepted",
        Acting => "Acting",
        OnHold => "OnHold",
        Reported => "Reported",
        Closed => "Closed",
        Declined => "Declined",
        HandedOn => "HandedOn",
        Withdrawn or Discarded => "Withdrawn",
        _ => throw new UnreachableException($"Unnamed state {GetType().Name}"),
    };

    /// <summary>Whether the desk's work is over; what may still come is said by the allowed commands.</summary>
    public bool IsFinal => this is Closed or Declined or HandedOn or Withdrawn or Discarded;

    // Never argues with history: it throws only for an event nobody taught it.
    public static ReferralState Evolve(ReferralState state, ReferralEvent @event) => (state, @event) switch
    {
        (_, E.Drafted e) => new Draft(FactsOf(e), Returned: false),
        (Open s, E.Submitted e) => new AwaitingApproval(s.Facts, e.PackageHash, PersonsOf(e.Package), null),
        (Open s, E.Composed e) => new AwaitingApproval(s.Facts, e.PackageHash, PersonsOf(e.Package), e.ContactId),
        (Open s, E.Returned) => new Draft(s.Facts, Returned: true),
        (AwaitingApproval s, E.Sent e) => new Sent(s.Facts, new(s.PackageHash, e.Ground, e.At, s.Persons) { ContactId = s.ContactId }),
        (Open s, E.PartAssigned e) => s with { Facts = s.Facts with { Part = e.Part } },
        (Draft or AwaitingApproval, E.Withdrawn e) => new Discarded(((Open)state).Facts, e.Reason),
        (Out s, _) => OfTheDesk(s with { Course = s.Course.After(@event) }, @event),
        _ => Known(@event) ? state : throw new UnreachableException($"Unknown event {@event.GetType().Name}"),
    };

    private static ReferralState OfTheDesk(Out s, ReferralEvent @event) => @event switch
    {
        E.Acknowledged => new Acknowledged(s.Facts, s.Course),
        E.InformationAsked => new NeedsInformation(s.Facts, s.Course),
        E.InformationAnswered => new Acknowledged(s.Facts, s.Course),
        E.HandOnBegun e => new HandingOn(s.Facts, s.Course, e.NextId, e.NextDeskId),
        E.HandedOn e => new HandedOn(s.Facts, s.Course, e.NextId),
        E.HandOnEnded => new Acknowledged(s.Facts, s.Course),
        E.Accepted e => new Accepted(s.Facts, s.Course, e.ExpectedOn, e.By, e.At),
        E.AcceptanceUndone => new Acknowledged(s.Facts, s.Course),
        E.Declined e => new Declined(s.Facts, s.Course, e.Reason, e.AdvisedDeskId, e.By, e.At),
        // A mark, an interim answer or a milestone says that the desk has begun.
        E.Started or E.Resumed => new Acting(s.Facts, s.Course),
        E.Marked or E.ProgressReported or E.MilestoneReached when s is Accepted => new Acting(s.Facts, s.Course),
        E.Held e => new OnHold(s.Facts, s.Course, e.Until),
        E.ResultReported e => new Reported(s.Facts, s.Course, e.By, e.At),
        E.ResultQuestioned => new Acting(s.Facts, s.Course),
        E.ResultConfirmed => new Closed(s.Facts, s.Course, CorrectionDue: false),
        E.ReportCorrected when s is Closed => new Closed(s.Facts, s.Course, CorrectionDue: true),
        E.Withdrawn e => new Withdrawn(s.Facts, s.Course, e.Reason),
        _ => Known(@event) ? s : throw new UnreachableException($"Unknown event {@event.GetType().Name}"),
    };

    // Events that change what a referral carries along and not where it stands, and those that come too early or too late.
    private static bool Known(ReferralEvent @event) => @event is
        E.Submitted or E.Composed or E.Returned or E.Sent or E.Supplemented or E.Reviewed or E.PartAssigned or E.Acknowledged or E.EntryConfirmed or E.InformationAsked
        or E.InformationAnswered or E.HandOnBegun or E.HandedOn or E.HandOnEnded or E.Accepted or E.AcceptanceUndone or E.Declined or E.Started or E.Marked or E.ProgressReported
        or E.MilestoneReached or E.Held or E.Resumed or E.ResultReported or E.ReportCorrected or E.ResultConfirmed or E.ResultQuestioned or E.RequestRaised or E.RequestSettled
        or E.DataRejected or E.DataRestored or E.WithdrawalRequested or E.WithdrawalRefused or E.Withdrawn or E.OutcomeUnknown;

    private static ReferralFacts FactsOf(E.Drafted e) => new(e.Number, e.CaseId, e.DeskId, e.AgencyId, e.Sector, e.ProvinceCode, e.Purpose, e.Urgency, e.Policy, e.PreviousId)
    {
        Chain = e.Chain ?? [],
        Part = e.Part ?? ReferralParts.Lead,
    };

    private static Items<Guid> PersonsOf(Items<PackagePart> package) => Items.From(package.Select(part => part.PersonId).OfType<Guid>());
}

/// <summary>What a referral carries with it from the day it went out: the package, receipts that people gave, and what is open beside its state.</summary>
/// <param name="PackageHash">Of the package as it stands now, supplements included.</param>
/// <param name="Ground">One of <see cref="SendingGround"/>.</param>
/// <param name="Persons">Whom the package names; each owes a result.</param>
public sealed record Course(string PackageHash, string Ground, DateTimeOffset SentAt, Items<Guid> Persons)
{
    /// <summary>A supervisor still has to look at what went out without approval.</summary>
    public bool ReviewDue { get; init; } = Ground is SendingGround.Emergency or SendingGround.NoSupervisorOnDuty;

    /// <summary>The contact that the package was composed from in an emergency, or null when Case released it.</summary>
    public Guid? ContactId { get; init; }

    /// <summary>Who confirmed receipt first, and when; null before.</summary>
    public Answered? Acknowledgement { get; init; }

    public int Supplements { get; init; }

    /// <summary>How many requests for information have stopped the desk's clock.</summary>
    public int Pauses { get; init; }

    /// <summary>Every entry and request that was recorded, by id, so that a repeated one is known.</summary>
    public Items<Guid> Entries { get; init; } = [];

    /// <summary>Entries that the hotline wrote down for the desk and the desk has not confirmed.</summary>
    public Items<Guid> Unconfirmed { get; init; } = [];

    public Items<MarkMade> Marks { get; init; } = [];

    public Items<string> Milestones { get; init; } = [];

    /// <summary>Whom the last report speaks of.</summary>
    public Items<Guid> Told { get; init; } = [];

    /// <summary>Whom the package names and the last report does not speak of.</summary>
    public Items<Guid> Untold => Items.From(Persons.Except(Told));

    /// <summary>What the desk asks of the hotline and the hotline has not answered.</summary>
    public Items<OpenRequest> Requests { get; init; } = [];

    /// <summary>Why the hotline asks the desk to stop; null when it does not.</summary>
    public string? WithdrawalReason { get; init; }

    /// <summary>The package fields that the desk returned: it is shown them in nothing that goes out.</summary>
    public Items<string> CutFields { get; init; } = [];

    /// <summary>The newest supplement that the desk returned whole, 0 for the package itself: this and what went out before is not shown to it any more. Null for none.</summary>
    public int? CutThrough { get; init; }

    /// <summary>Of what went out last, the fields that the desk is not shown any more: null for none, empty for the whole. What goes out after the whole was returned is read again.</summary>
    public Items<string>? Cut => CutThrough >= Supplements ? [] : CutFields.Count > 0 ? CutFields : null;

    /// <summary>The desk returned data, and the hotline has neither sent a supplement nor opened the view since.</summary>
    public bool DataReturned { get; init; }

    public bool OutcomeUnknown { get; init; }

    /// <summary>What an event changes in it, whatever the state.</summary>
    public Course After(ReferralEvent @event)
    {
        var c = Lifted(@event);
        return @event switch
        {
            E.Supplemented e => c with { PackageHash = e.PackageHash, Supplements = e.Number, DataReturned = false, Persons = Items.From(c.Persons.Union(e.Package.Select(part => part.PersonId).OfType<Guid>())) },
            E.Reviewed => c with { ReviewDue = false },
            E.Acknowledged e => c.Entered(e.Entry, e.Spoken) with { Acknowledgement = new(e.By, e.At, e.Entry) },
            E.EntryConfirmed e => c with { Unconfirmed = Items.From(c.Unconfirmed.Where(entry => entry != e.Entry)) },
            E.InformationAsked e => c.Entered(e.Entry, null) with { Pauses = c.Pauses + (e.Pauses ? 1 : 0) },
            E.Accepted e => c.Entered(e.Entry, e.Spoken),
            E.Declined e => c.Entered(e.Entry, e.Spoken),
            E.Marked e => c.Entered(e.Entry, e.Spoken) with { Marks = [.. c.Marks, new(e.Mark, e.OccurredAt, e.Entry)] },
            E.ProgressReported e => c.Entered(e.Entry, e.Spoken),
            E.MilestoneReached e => c.Entered(e.Entry, e.Spoken) with { Milestones = [.. c.Milestones, e.Milestone] },
            E.ResultReported e => c.Entered(e.Entry, e.Spoken) with { Told = Of(e.Results) },
            E.ReportCorrected e => c.Entered(e.Entry, null) with { Told = Of(e.Results) },
            E.ResultConfirmed => c with { WithdrawalReason = null },
            E.RequestRaised e => c.Entered(e.RequestId, null) with { Requests = [.. c.Requests, new(e.RequestId, e.Kind)] },
            E.RequestSettled e => c with { Requests = Items.From(c.Requests.Where(request => request.Id != e.RequestId)) },
            E.DataRejected { Fields.Count: 0 } => c with { CutThrough = c.Supplements, DataReturned = true },
            E.DataRejected e => c with { CutFields = Items.From(c.CutFields.Union(e.Fields)), DataReturned = true },
            E.DataRestored => c with { CutFields = [], CutThrough = null, DataReturned = false },
            E.WithdrawalRequested e => c with { WithdrawalReason = e.Reason },
            E.WithdrawalRefused or E.Withdrawn => c with { WithdrawalReason = null },
            E.OutcomeUnknown => c with { OutcomeUnknown = true },
            _ => c,
        };
    }

    private Course Entered(Guid? entry, Spoken? spoken) => entry is not { } id
        ? this
        : this with { Entries = [.. Entries, id], Unconfirmed = spoken is null ? Unconfirmed : [.. Unconfirmed, id] };

    private static Items<Guid> Of(Items<PersonResult> results) => Items.From(results.Select(result => result.PersonId).OfType<Guid>());

    // Any answer of the desk, however late, ends not knowing. After taking charge only the desk's own word leads to a withdrawal.
    private Course Lifted(ReferralEvent @event) =>
        OutcomeUnknown && @event is E.AcceptanceUndone or E.Started or E.Marked or E.ProgressReported or E.MilestoneReached or E.Held or E.Resumed or E.ResultReported or E.ReportCorrected
            or E.RequestRaised or E.DataRejected or E.WithdrawalRefused or E.Withdrawn
            ? this with { OutcomeUnknown = false }
            : this;
}

/// <summary>Who answered, and when.</summary>
/// <param name="Entry">The entry of an answer given by phone; null when the liaison answered here.</param>
public sealed record Answered(string By, DateTimeOffset At, Guid? Entry = null);

/// <summary>A mark that was made.</summary>
public sealed record MarkMade(string Mark, DateTimeOffset OccurredAt, Guid Entry);

/// <summary>A request of the desk that waits for the hotline.</summary>
/// <param name="Kind">Code of list referral-request.</param>
public sealed record OpenRequest(Guid Id, string Kind);
