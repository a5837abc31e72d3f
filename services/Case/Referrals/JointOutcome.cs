using Hotline111.Contracts.Catalogues;

namespace Hotline111.Case.Referrals;

/// <summary>What several desks' results say together about one person.</summary>
public static class JointOutcome
{
    /// <summary>
    /// Results of which only one can be right. Others differ because each desk sees another part: who searched in one province and found nobody does not contradict
    /// who rescued her in the next.
    /// </summary>
    private static readonly (string One, string Other)[] Irreconcilable =
    [
        (ReferralResults.VerifiedTrue, ReferralResults.VerifiedFalse),
        (ReferralResults.Rescued, ReferralResults.VerifiedFalse),
        (ReferralResults.CaseOpened, ReferralResults.VerifiedFalse),
        (ReferralResults.CaseOpened, ReferralResults.NoCase),
        (ReferralResults.Deceased, ReferralResults.Rescued),
        (ReferralResults.Deceased, ReferralResults.ReturnedHome),
        (ReferralResults.Deceased, ReferralResults.LocatedNotReached),
    ];

    /// <summary>What matters most about a person comes first; the first that any desk reported is the outcome.</summary>
    private static readonly string[] Weight =
    [
        JointOutcomes.Deceased,
        JointOutcomes.Safe,
        JointOutcomes.Supported,
        JointOutcomes.Located,
        JointOutcomes.NotFound,
        JointOutcomes.Confirmed,
        JointOutcomes.Unfounded,
        JointOutcomes.Unclear,
        JointOutcomes.NotApplicable,
    ];

    /// <summary>The joint outcome of results about one person.</summary>
    /// <param name="results">Codes of the lists referral-result and no-result.</param>
    /// <returns>A code of list joint-outcome.</returns>
    public static string Of(IReadOnlyCollection<string> results)
    {
        if (Irreconcilable.Any(pair => results.Contains(pair.One) && results.Contains(pair.Other)))
            return JointOutcomes.Contradictory;
        var meanings = results.Select(Meaning).ToHashSet(StringComparer.Ordinal);
        return Weight.FirstOrDefault(meanings.Contains) ?? JointOutcomes.NoResult;
    }

    private static string Meaning(string result) => result switch
    {
        ReferralResults.Deceased => JointOutcomes.Deceased,
        ReferralResults.Rescued or ReferralResults.ReturnedHome or ReferralResults.Repatriated => JointOutcomes.Safe,
        ReferralResults.SupportGiven => JointOutcomes.Supported,
        ReferralResults.LocatedNotReached => JointOutcomes.Located,
        ReferralResults.PersonNotFound => JointOutcomes.NotFound,
        ReferralResults.VerifiedTrue or ReferralResults.CaseOpened => JointOutcomes.Confirmed,
        ReferralResults.VerifiedFalse => JointOutcomes.Unfounded,
        // Whether a criminal case is opened says nothing about what happened to her.
        ReferralResults.NotVerifiable or ReferralResults.NoCase => JointOutcomes.Unclear,
        NoResult.NotApplicable => JointOutcomes.NotApplicable,
        // A code of a later edition: something was reported, and what it means is for a human.
        _ => JointOutcomes.Unclear,
    };
}
