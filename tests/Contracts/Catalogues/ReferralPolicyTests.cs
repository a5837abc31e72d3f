using Hotline111.Contracts.Catalogues;

namespace Hotline111.Contracts.Tests.Catalogues;

public sealed class ReferralPolicyTests
{
    public static TheoryData<string> Editions => [.. ReferralPolicies.All.Select(policy => policy.Edition)];

    [Fact]
    public void The_first_edition_says_what_the_domain_says()
    {
        var policy = ReferralPolicies.Get("2026-1");

        policy.ValidFrom.ShouldBe(new DateOnly(2026, 1, 1));
        policy.MostHops.ShouldBe(3);
        policy.MostPauses.ShouldBe(2);
        policy.UndoAcceptanceMinutes.ShouldBe(15);
        policy.ReviewHours.ShouldBe(24);
        Where(rule => rule.SendsAtOnce).ShouldBe([Urgency.Emergency]);
        Where(rule => rule.SendsAtOnceWithoutSupervisor).ShouldBe([Urgency.Emergency, Urgency.Urgent]);
        Where(rule => rule.ComposesWithoutRelease).ShouldBe([Urgency.Emergency]);
        Where(rule => !rule.Pauses).ShouldBe([Urgency.Emergency]);

        IEnumerable<string> Where(Func<UrgencyPolicy, bool> holds) => policy.Urgencies.Where(holds).Select(rule => rule.Urgency);
    }

    [Fact]
    public void Police_border_guard_and_coast_guard_take_charge_of_every_emergency_and_of_nothing_else()
    {
        foreach (var policy in ReferralPolicies.All)
        {
            foreach (var rule in policy.Urgencies)
                rule.TakeCharge.ShouldBe(rule.Urgency == Urgency.Emergency ? [Sector.Police, Sector.BorderGuard, Sector.CoastGuard] : [], $"{policy.Edition} {rule.Urgency}");
        }
    }

    [Theory]
    [MemberData(nameof(Editions))]
    public void Every_edition_has_a_rule_for_each_urgency_and_says_where_it_comes_from(string edition)
    {
        var policy = ReferralPolicies.Get(edition);

        System.Text.RegularExpressions.Regex.IsMatch(edition, Ids.Patterns[Ids.Policy]).ShouldBeTrue();
        policy.Urgencies.Select(rule => rule.Urgency).ShouldBe(ValueLists.Get("urgency").Values.Select(value => value.Code));
        policy.Urgencies.SelectMany(rule => rule.TakeCharge).ShouldAllBe(sector => ValueLists.Get("receiving-sector").Contains(sector));
        policy.Urgencies.ShouldAllBe(rule => rule.SendsAtOnceWithoutSupervisor || !rule.SendsAtOnce, "what needs no supervisor needs none at night either");
        policy.Source.ShouldNotBeNullOrWhiteSpace();
        policy.Note.ShouldNotBeNullOrWhiteSpace();
        policy.Licence.ShouldBe("Apache-2.0");
        new[] { "certain", "likely", "expected", "unconfirmed" }.ShouldContain(policy.Confidence);
        new[] { policy.MostHops, policy.MostPauses, policy.UndoAcceptanceMinutes, policy.ReviewHours }.ShouldAllBe(number => number > 0);
    }

    [Fact]
    public void Editions_follow_one_another_and_each_day_has_one()
    {
        ReferralPolicies.All.Select(policy => policy.Edition).ShouldBeUnique();
        ReferralPolicies.All.Select(policy => policy.ValidFrom).ShouldBeUnique();
        ReferralPolicies.All.Select(policy => policy.ValidFrom).ShouldBeInOrder();
        ReferralPolicies.On(new DateOnly(2025, 12, 31)).ShouldBe(ReferralPolicies.All[0], "none is older");
        ReferralPolicies.On(new DateOnly(2026, 1, 1)).Edition.ShouldBe("2026-1");
    }

    [Fact]
    public void What_was_drafted_before_editions_were_recorded_has_the_first_one() => ReferralPolicies.Get(null).ShouldBe(ReferralPolicies.All[0]);

    [Fact]
    public void An_edition_that_does_not_exist_is_a_mistake_of_the_caller() =>
        Should.Throw<ArgumentException>(() => ReferralPolicies.Get("1999-1")).Message.ShouldContain("1999-1");

    [Fact]
    public void An_urgency_that_the_edition_does_not_know_has_the_strictest_rules()
    {
        var rule = ReferralPolicies.All[0].For("whenever");
        (rule.SendsAtOnce || rule.SendsAtOnceWithoutSupervisor || rule.ComposesWithoutRelease || rule.Pauses).ShouldBeFalse();
        rule.TakeCharge.ShouldBeEmpty();
    }
}
