using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;
using Hotline111.Platform;

namespace Hotline111.Console.Cases;

/// <summary>What an urgency means for a referral, said from the policy that holds today.</summary>
internal static class UrgencyWords
{
    /// <summary>The policy that a referral drafted now is born with.</summary>
    public static ReferralPolicy Policy => ReferralPolicies.On(DateTimeOffset.UtcNow.DayInVietnam);

    /// <summary>Whether it goes out by itself, and who looks at it.</summary>
    public static string Means(Words words, string urgency)
    {
        var policy = Policy;
        return policy.For(urgency) switch
        {
            { SendsAtOnce: true } => words["Case.SendsAtOnce", policy.ReviewHours],
            { SendsAtOnceWithoutSupervisor: true } => words["Case.SendsWithoutSupervisor", policy.ReviewHours],
            _ => words["Case.SendsAfterApproval"],
        };
    }
}
