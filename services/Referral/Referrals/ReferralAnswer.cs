using System.Security.Claims;
using Hotline111.Platform.Hosting;

namespace Hotline111.Referral.Referrals;

/// <summary>How a referral looks from outside.</summary>
public static class ReferralStanding
{
    /// <summary>The state, what this user may do now, and who answered and when, so that whoever comes too late learns it.</summary>
    public static Standing Of(ClaimsPrincipal user, ReferralState state) => new(state.Name, ReferralAccess.Allowed(user, state))
    {
        Facts = state switch
        {
            ReferralState.Accepted s => Who("answeredBy", s.By, s.At),
            ReferralState.Declined s => Who("answeredBy", s.By, s.At),
            ReferralState.Reported s => Who("answeredBy", s.By, s.At),
            ReferralState.HandingOn s => new Dictionary<string, object?> { ["nextReferralId"] = s.NextId, ["nextDeskId"] = s.NextDeskId },
            ReferralState.HandedOn s => new Dictionary<string, object?> { ["nextReferralId"] = s.NextId },
            ReferralState.Withdrawn s => new Dictionary<string, object?> { ["reason"] = s.Reason },
            ReferralState.Out { Course.Acknowledgement: { } first } => Who("acknowledgedBy", first.By, first.At),
            _ => new Dictionary<string, object?>(),
        },
    };

    private static Dictionary<string, object?> Who(string role, string by, DateTimeOffset at) => new() { [role] = by, ["at"] = at };
}
