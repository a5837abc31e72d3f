using Hotline111.Platform.EventStore;

namespace Hotline111.Referral.Referrals;

/// <summary>What a desk is not shown any more, because it returned it or the hotline took the referral back: fields of the package, and the words about them.</summary>
public sealed class Withheld(ReferralDoor door, ReferralState state)
{
    private readonly Items<string>? cut = door.IsStaff ? null : (state as ReferralState.Out)?.Course.Cut;

    /// <summary>Why nothing at all is shown, or null.</summary>
    public Refusal? Everything { get; } = door.IsStaff ? null : state switch
    {
        ReferralState.Withdrawn => ReferralRefusals.DataWithdrawn,
        ReferralState.Out { Course.Cut.Count: 0 } => ReferralRefusals.DataCut,
        _ => null,
    };

    /// <summary>The fields that the desk returned; empty where everything is withheld, or nothing.</summary>
    public IReadOnlyList<string> Fields => cut ?? [];

    /// <summary>Whether this field is withheld from the reader.</summary>
    public bool Has(string field) => Everything is not null || Fields.Contains(field);
}
