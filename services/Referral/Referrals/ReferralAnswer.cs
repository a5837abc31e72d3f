using System.Security.Claims;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

namespace Hotline111.Referral.Referrals;

/// <summary>What every command on a referral answers.</summary>
/// <param name="By">Who answered for the desk, where somebody did.</param>
/// <param name="At">When.</param>
/// <param name="Allowed">The commands that this user may give now.</param>
public sealed record ReferralAnswer(Guid Id, string? Number, string State, string? By, DateTimeOffset? At, IReadOnlyList<string> Allowed)
{
    public static object Of(Guid id, ClaimsPrincipal user, ReferralState state) => new ReferralAnswer(
        id,
        (state as ReferralState.Open)?.Facts.Number,
        state.Name,
        state switch { ReferralState.Acknowledged s => s.By, ReferralState.Accepted s => s.By, ReferralState.Declined s => s.By, _ => null },
        state switch { ReferralState.Acknowledged s => s.At, ReferralState.Accepted s => s.At, ReferralState.Declined s => s.At, _ => null },
        ReferralAccess.Allowed(user, state));
}

/// <summary>The way every command takes: known to this user, decided, answered.</summary>
public static class ReferralCommands
{
    /// <summary>Executes the command if the user may know of the referral; to everybody else it does not exist.</summary>
    public static async Task<IResult> Give(this EventStore store, Guid id, ReferralCommand command, ClaimsPrincipal user, CommandContext context, CancellationToken ct)
    {
        var known = await store.Load(ReferralDecider.Instance, id, ct);
        if (!ReferralAccess.MaySee(user, known.State))
            return ReferralRefusals.NotFound.ToProblem();
        // The desk that acts is the referral's, also when the liaison serves several.
        var metadata = context.Metadata with { Desk = user.DeskIds.Contains(((ReferralState.Open)known.State).Facts.DeskId) ? ((ReferralState.Open)known.State).Facts.DeskId : null };
        var execution = await store.Execute(ReferralDecider.Instance, id, command, metadata, ct, context.ExpectedVersion, context.Identity());
        return execution.Answer(state => ReferralAnswer.Of(id, user, state), state => ReferralAccess.Allowed(user, state));
    }
}
