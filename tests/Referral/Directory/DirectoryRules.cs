using Hotline111.Referral.Directory;
using Hotline111.Testing;

namespace Hotline111.Referral.Tests.Directory;

/// <summary>How desks and agencies come into the directory.</summary>
public sealed class DirectoryRules
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(7));
    private static readonly DeskFacts Facts = new(
        "police.08", "police.08", "police", ["08"], ["verify_rescue", "investigate"], "police@2026-1", ["phone", "fax"], new DateOnly(2025, 7, 1), null);

    private static readonly DeskEvent.Entered Entered = new(Facts, Now);

    [Fact]
    public void A_desk_is_entered() => DeskDecider.Instance.Given().When(new EnterDesk(Facts, Now)).Then(Entered);

    [Fact]
    public void Entered_again_as_it_stands_nothing_changes() =>
        DeskDecider.Instance.Given(Entered).When(new EnterDesk(Facts with { ProvinceCodes = ["08"], Channels = ["phone", "fax"] }, Now.AddDays(1))).ThenNothing();

    [Fact]
    public void Entered_otherwise_it_has_changed()
    {
        var closing = Facts with { ValidUntil = new DateOnly(2027, 6, 30), Channels = ["phone"] };
        DeskDecider.Instance.Given(Entered).When(new EnterDesk(closing, Now)).Then(new DeskEvent.Changed(closing, Now)).State.Facts.ShouldBe(closing);
    }

    [Fact]
    public void A_desk_can_change_back() =>
        DeskDecider.Instance.Given(Entered, new DeskEvent.Changed(Facts with { Channels = [] }, Now)).When(new EnterDesk(Facts, Now)).Then(new DeskEvent.Changed(Facts, Now));

    [Fact]
    public void Every_desk_command_is_decided_and_a_repeated_one_appends_nothing() =>
        DeciderProperties.Check(DeskDecider.Instance, (random, _) => new EnterDesk(Facts with { Channels = random.Next(2) == 0 ? ["phone"] : [] }, Now));

    [Fact]
    public void An_agency_is_entered_once()
    {
        var entered = new AgencyEvent.Entered("c02", "police", new DateOnly(2025, 7, 1), Now);
        AgencyDecider.Instance.Given().When(new EnterAgency("c02", "police", new DateOnly(2025, 7, 1), Now)).Then(entered);
        AgencyDecider.Instance.Given(entered).When(new EnterAgency("c02", "police", new DateOnly(2025, 7, 1), Now.AddDays(1))).ThenNothing();
    }

    [Fact]
    public void Every_agency_command_is_decided_and_a_repeated_one_appends_nothing() =>
        DeciderProperties.Check(AgencyDecider.Instance, (_, _) => new EnterAgency("c02", "police", new DateOnly(2025, 7, 1), Now));

    [Fact]
    public void Desks_and_agencies_of_one_name_have_streams_of_their_own() => DeskDecider.IdOf("c02").ShouldNotBe(AgencyDecider.IdOf("c02"));
}
