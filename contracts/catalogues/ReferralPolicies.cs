using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Hotline111.Contracts.Catalogues;

/// <summary>What each urgency allows and forbids, as an edition that never changes after use. A referral keeps the policy it was born with.</summary>
/// <param name="Edition">Such as <c>2026-1</c>.</param>
/// <param name="ValidFrom">First day on which referrals are born with it, Vietnamese time.</param>
/// <param name="Source">The law or decision behind it.</param>
/// <param name="Confidence">certain, likely, expected or unconfirmed.</param>
/// <param name="MostHops">How often a referral may be handed on.</param>
/// <param name="MostPauses">How many requests for information stop the desk's clock.</param>
/// <param name="UndoAcceptanceMinutes">How long an acceptance can be taken back.</param>
/// <param name="ReviewHours">Within how many hours a supervisor reviews what went out without approval.</param>
public sealed record ReferralPolicy(
    string Edition,
    DateOnly ValidFrom,
    string Source,
    string Licence,
    string Confidence,
    string Note,
    int MostHops,
    int MostPauses,
    int UndoAcceptanceMinutes,
    int ReviewHours,
    ImmutableArray<UrgencyPolicy> Urgencies)
{
    /// <summary>What holds for an urgency; the strictest rules for one that the edition does not know.</summary>
    public UrgencyPolicy For(string urgency) => Urgencies.FirstOrDefault(rule => rule.Urgency == urgency) ?? new(urgency, false, false, false, false, []);
}

/// <summary>The rules of one urgency.</summary>
/// <param name="Urgency">Code of list urgency.</param>
/// <param name="SendsAtOnce">It goes out without approval and is reviewed afterwards.</param>
/// <param name="SendsAtOnceWithoutSupervisor">It goes out without approval when no supervisor is on duty.</param>
/// <param name="ComposesWithoutRelease">Its package may be composed from the contact page, without Case's release, on the basis of a vital interest.</param>
/// <param name="Pauses">A request for information stops the desk's clock.</param>
/// <param name="TakeCharge">Codes of list receiving-sector that may not decline, only take charge and hand on.</param>
public sealed record UrgencyPolicy(
    string Urgency, bool SendsAtOnce, bool SendsAtOnceWithoutSupervisor, bool ComposesWithoutRelease, bool Pauses, ImmutableArray<string> TakeCharge);

/// <summary>The editions of the policy, newest last.</summary>
public static class ReferralPolicies
{
    internal const string FileName = "referral-policies.json";

    private static readonly Lazy<ImmutableArray<ReferralPolicy>> Loaded = new(() => Catalogue.Load<Document>(FileName).Policies);

    private static readonly Lazy<FrozenDictionary<string, ReferralPolicy>> ByEdition = new(() => Loaded.Value.ToFrozenDictionary(policy => policy.Edition, StringComparer.Ordinal));

    public static ImmutableArray<ReferralPolicy> All => Loaded.Value;

    /// <summary>The edition that holds on a day in Vietnam.</summary>
    public static ReferralPolicy On(DateOnly day) => All.LastOrDefault(policy => policy.ValidFrom <= day) ?? All[0];

    /// <summary>The edition of this name; the first one for referrals that were drafted before editions were recorded.</summary>
    /// <exception cref="ArgumentException">There is no such edition.</exception>
    public static ReferralPolicy Get(string? edition) => edition is null
        ? All[0]
        : ByEdition.Value.GetValueOrDefault(edition) ?? throw new ArgumentException($"There is no referral policy '{edition}'.", nameof(edition));

    /// <summary>The shape of the file.</summary>
    public sealed record Document(ImmutableArray<ReferralPolicy> Policies);
}
