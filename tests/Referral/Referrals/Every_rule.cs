using Hotline111.Referral.Referrals;
using Hotline111.Testing;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>What holds for all rules of a referral, tried with random commands.</summary>
public sealed class Every_rule
{
    [Fact]
    public void Every_pair_of_state_and_command_is_decided_and_a_repeated_command_appends_nothing() => DeciderProperties.Check(ReferralDecider.Instance, AnyReferral.Any);

    [Fact]
    public void That_also_holds_for_values_that_come_back_sealed_from_the_store() => DeciderProperties.Check(
        ReferralDecider.Instance with { Evolve = (state, @event) => ReferralState.Evolve(state, AnyReferral.Stored(@event)) }, AnyReferral.Any);

    [Fact]
    public void The_allowed_commands_are_those_that_work() => AllowedCommands.Check(
        ReferralDecider.Instance, state => ReferralDecider.Allowed(state), AnyReferral.ListedAs, AnyReferral.Any, sequences: 60, length: 25, tries: 400);
}
