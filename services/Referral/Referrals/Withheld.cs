using Hotline111.Platform.EventStore;

namespace Hotline111.Referral.Referrals;

/// <summary>What a desk is not shown any more, because it returned it or the hotline took the referral back: fields of the package, and the words about them.</summary>
public sealed class Withheld(ReferralDoor door, ReferralState state)
{
    private readonly Items<string>? cut = door.IsStaff ? null : state is ReferralState.Withdrawn ? Items.From<string>([]) : (state as ReferralState.Out)?.Course.Cut;

    /// <summary>Whether this field is withheld from the reader.</summary>
    public bool Has(string field) => cut is { Count: 0 } || cut?.Contains(field) == true;
}
