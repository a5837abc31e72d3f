using System.Security.Claims;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
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
            ReferralState.Acknowledged s => new Dictionary<string, object?> { ["acknowledgedBy"] = s.By, ["at"] = s.At },
            ReferralState.Accepted s => new Dictionary<string, object?> { ["answeredBy"] = s.By, ["at"] = s.At },
            ReferralState.Declined s => new Dictionary<string, object?> { ["answeredBy"] = s.By, ["at"] = s.At },
            _ => new Dictionary<string, object?>(),
        },
    };
}

/// <summary>The way every command takes: known to this user, decided, answered.</summary>
public static class ReferralCommands
{
    /// <summary>Executes the command if the user may know of the referral; to everybody else it does not exist.</summary>
    /// <param name="known">The referral as the door loaded it just now, if it had to.</param>
    public static async Task<IResult> Give(
        this EventStore store, Guid id, ReferralCommand command, ClaimsPrincipal user, CommandContext context, CancellationToken ct, Folded<ReferralState>? known = null)
    {
        known ??= await store.Load(ReferralDecider.Instance, id, ct);
        if (!ReferralAccess.MaySee(user, known.State))
            return ReferralRefusals.NotFound.ToProblem();
        // The desk that acts is the referral's, also when the liaison serves several.
        var desk = ((ReferralState.Open)known.State).Facts.DeskId;
        var metadata = context.Metadata with { Desk = user.DeskIds.Contains(desk) ? desk : null };
        var execution = await store.Execute(ReferralDecider.Instance, id, command, metadata, ct, context.ExpectedVersion, context.Identity(), known: known);
        return execution.ToAnswer(state => ReferralStanding.Of(user, state));
    }
}
