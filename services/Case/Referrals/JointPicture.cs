using System.Diagnostics;
using Hotline111.Contracts.Catalogues;

namespace Hotline111.Case.Referrals;

/// <summary>
/// How a case stands with all its referrals together. A need is a purpose for which something was referred; a referral that was handed on is stood for by the
/// next one as soon as that is known here.
/// </summary>
/// <param name="Standing">Code of list joint-standing: no further than the least advanced of what counts.</param>
/// <param name="Lead">The desk that leads: the earliest referral with that part that was not declined or withdrawn and whose desk the case does not exclude; null when there is none.</param>
/// <param name="Referrals">Every referral with its own standing, oldest first.</param>
/// <param name="UnplacedPurposes">Needs without a receiver: codes of list referral-purpose, in alphabetical order.</param>
/// <param name="Persons">What the desks say of each person: those of the case first, then those that only a desk knows.</param>
/// <param name="WithoutResult">Persons of the case of whom no desk has reported anything that still holds.</param>
/// <param name="Contradictory">The desks contradict each other about somebody.</param>
public sealed record JointPicture(
    string Standing,
    LeadDesk? Lead,
    IReadOnlyList<ReferralStanding> Referrals,
    IReadOnlyList<string> UnplacedPurposes,
    IReadOnlyList<PersonPicture> Persons,
    IReadOnlyList<Guid> WithoutResult,
    bool Contradictory)
{
    /// <summary>The picture of a case.</summary>
    /// <param name="referrals">All its referrals.</param>
    /// <param name="persons">The persons it is about.</param>
    public static JointPicture Of(IReadOnlyList<CaseReferral> referrals, IReadOnlyList<Guid> persons)
    {
        var known = referrals.Select(referral => referral.ReferralId).ToHashSet();
        var standings = referrals.OrderBy(referral => referral.SentAt).ThenBy(referral => referral.ReferralId)
            .Select(referral => (Referral: referral, StoodForBy: referral is { State: "HandedOn", NextId: { } next } && known.Contains(next) ? next : (Guid?)null))
            .ToList();
        var counting = standings.Where(one => one.StoodForBy is null).Select(one => one.Referral).ToList();
        var unplaced = counting.GroupBy(referral => referral.Purpose).Where(need => need.All(IsGone)).Select(need => need.Key).Order(StringComparer.Ordinal).ToList();
        var told = counting.Where(referral => referral.HasReported)
            .SelectMany(referral => referral.Results.Select(result => (result.PersonId, Told: new DeskResult(referral.ReferralId, referral.DeskId, result.Result, StandingOf(referral) == JointStandings.Done))))
            .ToLookup(one => one.PersonId, one => one.Told);
        // Persons whom only a desk knows follow: an emergency may name somebody before the case does, or nobody at all.
        var about = persons.Select(person => (Guid?)person).Concat(told.Select(person => person.Key).OrderBy(person => person is null).ThenBy(person => person)).Distinct()
            .Select(person => new PersonPicture(person, JointOutcome.Of([.. told[person].Select(one => one.Result)]), [.. told[person]])).ToList();
        return new(
            Joint(counting, unplaced.Count > 0),
            counting.FirstOrDefault(referral => referral.Part == ReferralParts.Lead && !IsGone(referral)) is { } lead ? new(lead.ReferralId, lead.DeskId, lead.AgencyId) : null,
            [.. standings.Select(one => new ReferralStanding(
                one.Referral.ReferralId, one.Referral.DeskId, one.Referral.Part, one.Referral.Purpose, one.StoodForBy is null ? StandingOf(one.Referral) : null, one.StoodForBy))],
            unplaced,
            about,
            [.. persons.Where(person => !told[person].Any())],
            about.Any(person => person.Outcome == JointOutcomes.Contradictory));
    }

    /// <summary>The standing of a referral by itself: a code of list joint-standing.</summary>
    public static string StandingOf(CaseReferral referral) => referral switch
    {
        { State: "Declined" } => JointStandings.Unplaced,
        { State: "Withdrawn", WithdrawalReason: WithdrawalReasons.NeedMet } => JointStandings.Done,
        { State: "Withdrawn" } => JointStandings.Unplaced,
        { State: "Closed", CorrectionDue: false } => JointStandings.Done,
        // One of its officials is involved: what the hotline has not confirmed is with nobody.
        { Excluded: true } => JointStandings.Unplaced,
        { State: "Reported" or "Closed" } => JointStandings.Reported,
        { OutcomeUnknown: true } => JointStandings.OutcomeUnknown,
        { State: "Sent" } => JointStandings.Waiting,
        // Handed on to a referral that has not been heard of here: somebody has acknowledged it, and no more is known.
        { State: "Acknowledged" or "NeedsInformation" or "HandingOn" or "HandedOn" } => JointStandings.Answering,
        { State: "Accepted" or "Acting" or "OnHold" } => JointStandings.InProgress,
        _ => throw new UnreachableException($"A referral that went out is in no state {referral.State}"),
    };

    private static bool IsGone(CaseReferral referral) => StandingOf(referral) == JointStandings.Unplaced;

    private static string Joint(IReadOnlyList<CaseReferral> counting, bool anyNeedUnplaced)
    {
        var standings = counting.Where(referral => !IsGone(referral)).Select(StandingOf).ToHashSet(StringComparer.Ordinal);
        return standings switch
        {
            _ when counting.Count == 0 => JointStandings.NoReferral,
            _ when anyNeedUnplaced => JointStandings.Unplaced,
            _ when standings.Contains(JointStandings.Waiting) => JointStandings.Waiting,
            _ when standings.Contains(JointStandings.Answering) => JointStandings.Answering,
            _ when standings.Contains(JointStandings.InProgress) =>
                standings.Contains(JointStandings.Reported) || standings.Contains(JointStandings.Done) ? JointStandings.PartlyReported : JointStandings.InProgress,
            // What is still open is all unknown; what the others reported does not change that.
            _ when standings.Contains(JointStandings.OutcomeUnknown) => JointStandings.OutcomeUnknown,
            _ when standings.Contains(JointStandings.Reported) => JointStandings.Reported,
            _ => JointStandings.Done,
        };
    }
}

/// <summary>The desk that leads on the case.</summary>
public sealed record LeadDesk(Guid ReferralId, string DeskId, string AgencyId);

/// <summary>One referral in the picture.</summary>
/// <param name="Part">Code of list referral-part.</param>
/// <param name="Standing">Code of list joint-standing; null when another referral stands for it.</param>
/// <param name="StoodForBy">The referral it was handed on to, or null.</param>
public sealed record ReferralStanding(Guid ReferralId, string DeskId, string Part, string Purpose, string? Standing, Guid? StoodForBy);

/// <summary>What the desks say of one person.</summary>
/// <param name="PersonId">The person; null for a referral that names nobody.</param>
/// <param name="Outcome">Code of list joint-outcome.</param>
/// <param name="Results">The results that hold, one for each desk that reported.</param>
public sealed record PersonPicture(Guid? PersonId, string Outcome, IReadOnlyList<DeskResult> Results);

/// <summary>What one desk reported about one person.</summary>
/// <param name="Result">Code of the lists referral-result and no-result.</param>
/// <param name="Confirmed">The hotline has confirmed it.</param>
public sealed record DeskResult(Guid ReferralId, string DeskId, string Result, bool Confirmed);
