using System.Diagnostics;
using System.Text.Json.Serialization;
using Hotline111.Case.Persons;
using Hotline111.Contracts;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Cases;

/// <summary>Everything that can happen to a case. The strings are the stored names and never change.</summary>
[JsonDerivedType(typeof(Opened), "case-opened.v1")]
[JsonDerivedType(typeof(PersonAdded), "person-added.v1")]
[JsonDerivedType(typeof(PersonChanged), "person-changed.v1")]
[JsonDerivedType(typeof(Assessed), "case-assessed.v1")]
[JsonDerivedType(typeof(Released), "disclosure-released.v1")]
[JsonDerivedType(typeof(Completed), "case-completed.v1")]
[JsonDerivedType(typeof(Restricted), "case-restricted.v1")]
public abstract record CaseEvent
{
    private CaseEvent()
    {
    }

    /// <summary>A case was opened from a contact.</summary>
    /// <param name="CallerContact">How the caller is reached, if she agreed to be.</param>
    /// <param name="Emergency">A referral had gone out before anybody opened a case: what is known beside the contact follows.</param>
    public sealed record Opened(
        [Coded(Ids.Number)] string Number,
        Guid ContactId,
        Place? Place,
        [Coded("safe-contact")] string? SafeContact,
        Personal<string>? CallerContact,
        Personal<string>? Narrative,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At,
        bool? Emergency = null) : CaseEvent;

    /// <summary>What is known of the case beside its contact is this now: added to a case that an emergency had opened, or put right. The earlier stays in history.</summary>
    /// <param name="CallerContact">How the caller is reached, if she agreed to be.</param>
    public sealed record Completed(
        Place? Place,
        [Coded("safe-contact")] string? SafeContact,
        Personal<string>? CallerContact,
        Personal<string>? Narrative,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : CaseEvent;

    public sealed record PersonAdded(Guid PersonId, PersonFacts Facts, [Coded(Ids.Actor)] string By, DateTimeOffset At) : CaseEvent;

    /// <summary>What we know of a person is another now. Only the later facts hold; the earlier stay in history.</summary>
    public sealed record PersonChanged(Guid PersonId, PersonFacts Facts, [Coded(Ids.Actor)] string By, DateTimeOffset At) : CaseEvent;

    /// <summary>Risk and urgency as judged now.</summary>
    public sealed record Assessed(
        [Coded("risk-level")] string RiskLevel,
        [Coded("risk-sign")] Items<string> RiskSigns,
        [Coded("urgency")] string Urgency,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : CaseEvent;

    /// <summary>Agencies and territories must not learn of the case, because one of their officials is involved. The whole list; empty lifts the restriction.</summary>
    /// <param name="Agencies">Agencies of the directory, in alphabetical order.</param>
    /// <param name="Provinces">Codes of the directory's province edition, in order.</param>
    public sealed record Restricted(
        [Coded(Ids.Agency)] Items<string> Agencies,
        [Coded(Ids.Province)] Items<string> Provinces,
        Personal<string> Reason,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : CaseEvent;

    /// <summary>A package was released for a desk: who may read which fields about whom, on which basis. The package itself is not kept here.</summary>
    public sealed record Released(
        [Coded(Ids.Desk)] string DeskId,
        [Coded(Ids.Profile)] string Profile,
        [Coded("disclosure-basis")] string Basis,
        [Coded("referral-purpose")] string Purpose,
        Items<Guid> PersonIds,
        [Coded(Ids.PackageField)] Items<string> Fields,
        [Coded(Ids.Sha256)] string PackageHash,
        [Coded(Ids.Base64)] string Signature,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : CaseEvent;
}

/// <summary>A place by catalogue: bare codes are ambiguous since July 2025, so the edition is always beside them.</summary>
/// <param name="Commune">The commune in words, or null.</param>
public sealed record Place(
    [Coded(Ids.Edition)] string Edition,
    [Coded(Ids.Province)] string ProvinceCode,
    [Coded(Ids.Province)] string? FormerProvinceCode,
    Personal<string>? Commune);

/// <summary>What is known of a case beside its contact and its persons.</summary>
/// <param name="CallerContact">How the caller is reached, if she agreed to be.</param>
public sealed record CaseDetails(Place? Place, string? SafeContact, Personal<string>? CallerContact, Personal<string>? Narrative)
{
    /// <summary>Whether anything is known at all.</summary>
    public bool SaySomething => this != new CaseDetails(null, null, null, null);
}

/// <summary>A package that was released for a desk, with what Case signed.</summary>
public sealed record ReleasedPackage(string DeskId, string Profile, string Basis, string PackageHash, string Signature, DateTimeOffset At);

/// <summary>Who must not learn of a case.</summary>
/// <param name="Reason">For those alone who may restrict a case.</param>
public sealed record Restriction(Items<string> Agencies, Items<string> Provinces, Personal<string> Reason)
{
    /// <summary>Whether a desk is excluded: by its agency, or by a province of its territory. A desk for the whole country is excluded by its agency alone.</summary>
    public bool Excludes(string agencyId, IEnumerable<string> territory) => Agencies.Contains(agencyId) || territory.Any(Provinces.Contains);
}

/// <summary>What a decision needs to know about a case, and what a release is composed of.</summary>
public abstract record CaseState
{
    private CaseState()
    {
    }

    public sealed record None : CaseState;

    /// <summary>A case in progress.</summary>
    public sealed record InProgress(
        string Number,
        Guid ContactId,
        Place? Place,
        string? SafeContact,
        Personal<string>? CallerContact,
        Personal<string>? Narrative,
        Items<Person> Persons,
        string RiskLevel,
        Items<string> RiskSigns,
        string Urgency,
        Items<ReleasedPackage> Releases) : CaseState
    {
        /// <summary>What is known of it now beside its contact and its persons.</summary>
        public CaseDetails Details => new(Place, SafeContact, CallerContact, Narrative);

        /// <summary>An emergency opened the case, and nobody has added yet what is known beside the contact.</summary>
        public bool AwaitsDetails { get; init; }

        /// <summary>What was told first: by that a repeated request is known, whatever was put right since. Null while details are awaited.</summary>
        public CaseDetails? First { get; init; }

        /// <summary>Who must not learn of it; null for no restriction.</summary>
        public Restriction? Restriction { get; init; }

        /// <summary>Whose data a look at the case and these persons shows, as the read log names them. The caller's number belongs to the contact she made.</summary>
        public IEnumerable<(string Kind, Guid Id)> Owners(Guid caseId, IEnumerable<Guid> persons) =>
            [("case", caseId), .. CallerContact is null ? [] : new[] { ("contact", ContactId) }, .. persons.Select(person => ("person", person))];

        public Person? Find(Guid personId) => Persons.FirstOrDefault(person => person.Id == personId);

        /// <summary>The earlier release of the same package to the same desk under the same rules, or null. Two desks of one profile get packages of one hash.</summary>
        public ReleasedPackage? FindRelease(string deskId, string profile, string basis, string packageHash) =>
            Releases.FirstOrDefault(release => release.DeskId == deskId && release.Profile == profile && release.Basis == basis && release.PackageHash == packageHash);
    }

    /// <summary>The state's public name.</summary>
    public string Name => this switch
    {
        None => "None",
        InProgress => "InProgress",
        _ => throw new UnreachableException($"Unnamed state {GetType().Name}"),
    };

    // Never argues with history: it throws only for an event nobody taught it.
    public static CaseState Evolve(CaseState state, CaseEvent @event) => (state, @event) switch
    {
        (_, CaseEvent.Opened { Emergency: true } e) =>
            new InProgress(e.Number, e.ContactId, e.Place, e.SafeContact, e.CallerContact, e.Narrative, [], "unknown", [], Urgency.Emergency, []) { AwaitsDetails = true },
        (_, CaseEvent.Opened e) => new InProgress(e.Number, e.ContactId, e.Place, e.SafeContact, e.CallerContact, e.Narrative, [], "unknown", [], Urgency.Standard, [])
        {
            First = new(e.Place, e.SafeContact, e.CallerContact, e.Narrative),
        },
        (InProgress s, CaseEvent.Completed e) => s with
        {
            Place = e.Place,
            SafeContact = e.SafeContact,
            CallerContact = e.CallerContact,
            Narrative = e.Narrative,
            AwaitsDetails = false,
            First = s.First ?? new(e.Place, e.SafeContact, e.CallerContact, e.Narrative),
        },
        (InProgress s, CaseEvent.Restricted e) => s with { Restriction = e.Agencies.Count + e.Provinces.Count == 0 ? null : new(e.Agencies, e.Provinces, e.Reason) },
        (InProgress s, CaseEvent.PersonAdded e) => s with { Persons = [.. s.Persons, new Person(e.PersonId, e.Facts)] },
        (InProgress s, CaseEvent.PersonChanged e) => s with { Persons = Items.From(s.Persons.Select(p => p.Id == e.PersonId ? p with { Facts = e.Facts } : p)) },
        (InProgress s, CaseEvent.Assessed e) => s with { RiskLevel = e.RiskLevel, RiskSigns = e.RiskSigns, Urgency = e.Urgency },
        (InProgress s, CaseEvent.Released e) => s with { Releases = [.. s.Releases, new(e.DeskId, e.Profile, e.Basis, e.PackageHash, e.Signature, e.At)] },
        (None, CaseEvent.Completed or CaseEvent.Restricted or CaseEvent.PersonAdded or CaseEvent.PersonChanged or CaseEvent.Assessed or CaseEvent.Released) => state,
        _ => throw new UnreachableException($"Unknown event {@event.GetType().Name}"),
    };
}
