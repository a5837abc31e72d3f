using Hotline111.Platform.EventStore;
using Hotline111.Referral.Referrals.Sending;

namespace Hotline111.Referral.Referrals;

/// <summary>What a desk is not shown any more, because it returned it or the hotline took the referral back: fields of the package, and the words about them.</summary>
public sealed class Withheld(ReferralDoor door, Folded<ReferralState> known, IEnumerable<(long Version, ReferralEvent Event)> history)
{
    private readonly Course? course = door.IsStaff ? null : (known.State as ReferralState.Out)?.Course;

    // What was said up to here was said of what the desk returned whole.
    private readonly long through = door.IsStaff ? 0 : history.Aggregate(0L, (through, each) => each.Event switch
    {
        ReferralEvent.DataRejected { Fields.Count: 0 } => each.Version,
        ReferralEvent.DataRestored => 0,
        _ => through,
    });

    /// <summary>Why nothing at all is shown, or null.</summary>
    public Refusal? Everything { get; } = door.IsStaff ? null : known.State switch
    {
        ReferralState.Withdrawn => ReferralRefusals.DataWithdrawn,
        ReferralState.Out { Course.Cut.Count: 0 } => ReferralRefusals.DataCut,
        _ => null,
    };

    /// <summary>The fields that the desk returned, in whatever went out.</summary>
    public IReadOnlyList<string> Fields => course?.CutFields ?? [];

    /// <summary>Whether the reader is not shown this package or supplement at all: the desk returned it whole.</summary>
    public bool Has(SentPackage sent) => sent.Supplement <= course?.CutThrough;

    /// <summary>Whether words about this field are withheld from the reader.</summary>
    /// <param name="version">Where in the referral's stream they stand.</param>
    public bool Has(string field, long version) => Everything is not null || Fields.Contains(field) || version < through;
}
