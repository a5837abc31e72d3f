using Hotline111.Referral.Referrals;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>A hundred thousand commands of many people to many referrals that hang together.</summary>
public sealed class Random_walks
{
    [Theory]
    [InlineData(111, 50_000)]
    [InlineData(2026, 50_000)]
    public void Whatever_is_done_the_invariants_hold(int seed, int commands)
    {
        var night = new Night(seed);
        for (var i = 0; i < commands; i++)
            night.Step();

        // That it was a walk worth the name.
        night.Seen.ShouldBe(typeof(E).GetNestedTypes().Where(type => type.IsAssignableTo(typeof(E))), ignoreOrder: true);
        night.States.Values.Select(state => state.GetType()).Distinct().Count().ShouldBeGreaterThan(12);
        night.States.Values.Max(state => ((ReferralState.Open)state).Facts.Chain.Count).ShouldBe(3);
        night.Refused.ShouldBeGreaterThan(commands / 20);

        // The log says the same again.
        foreach (var (id, history) in night.Histories)
            history.Aggregate(ReferralDecider.Instance.Initial, ReferralState.Evolve).ShouldBe(night.States[id]);
    }
}
