using Hotline111.Contracts.Catalogues;
using Hotline111.Referral.Referrals;
using static Hotline111.Referral.Tests.Referrals.Invented;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>What a desk asks of the hotline beside its answers: more time, another agency, attention; and data that it should not have.</summary>
public sealed class Asking
{
    private static readonly Guid RequestId = OtherEntry;
    private static readonly C.AskExtension Extension = new(RequestId, new DateOnly(2026, 4, 1), Text, Liaison, Now);
    private static readonly C.AskJoint Joint = new(RequestId, "womens-union", Text, Liaison, Now);
    private static readonly C.FlagDanger Danger = new(RequestId, ["weapon", "minor"], Text, Liaison, Now);
    private static readonly E.RequestRaised ExtensionAsked = new(RequestId, ReferralRequests.Extension, Extension.Until, null, [], Text, Liaison, Now);
    private static readonly E.RequestRaised JointAsked = new(RequestId, ReferralRequests.Joint, null, "womens-union", [], Text, Liaison, Now);
    private static readonly E.RequestRaised DangerFlagged = new(RequestId, ReferralRequests.Danger, null, null, Danger.RiskSigns, Text, Liaison, Now);
    private static readonly C.RejectData RejectAll = new([], Text, Liaison, Now);
    private static readonly C.RejectData RejectName = new(["person.name"], Text, Liaison, Now);
    private static readonly E.DataRejected AllRejected = new([], Text, Liaison, Now);
    private static readonly E.DataRejected NameRejected = new(["person.name"], Text, Liaison, Now);
    private static readonly C.RestoreData Restore = new(Text, Supervisor, Now);
    private static readonly E.DataRestored Restored = new(Text, Supervisor, Now);

    [Fact]
    public void A_desk_at_work_asks_for_more_time_once_at_a_time()
    {
        foreach (var history in new[] { ToAccepted, ToActing, ToOnHold })
        {
            Given(history).When(Extension).Then(ExtensionAsked).Course.Requests.ShouldBe([new(RequestId, ReferralRequests.Extension)]);
            Given([.. history, ExtensionAsked]).When(Extension with { RequestId = Id }).ThenRefused(ReferralRefusals.RequestOpen);
            Allowed([.. history, ExtensionAsked]).ShouldNotContain("ask-extension");
        }

        Given(ToAcknowledged).When(Extension).NotNow();
        Given(ToReported).When(Extension).NotNow();
    }

    [Fact]
    public void A_desk_that_has_read_it_asks_for_another_agency_beside_it()
    {
        foreach (var history in new[] { ToAcknowledged, ToNeedsInformation, ToAccepted, ToActing, ToOnHold })
            Given(history).When(Joint).Then(JointAsked);
        foreach (var history in new[] { ToSent, ToHandingOn, ToReported, ToClosed })
            Given(history).When(Joint).NotNow();
        Given(ToActing).When(Joint with { DeskId = "police.08" }).ThenRefused(ReferralRefusals.AdvisedDeskIsOwn);
    }

    [Fact]
    public void A_desk_flags_a_danger_until_the_end()
    {
        foreach (var history in EveryOut)
        {
            if (Given(history).State.IsFinal)
                Given(history).When(Danger).NotNow();
            else
                Given(history).When(Danger).Then(DangerFlagged);
        }

        Given(DraftOf(Facts)).When(Danger).NotNow();
    }

    [Fact]
    public void A_request_moves_nothing_and_counts_once()
    {
        foreach (var (command, raised) in new (C, E)[] { (Extension, ExtensionAsked), (Joint, JointAsked), (Danger, DangerFlagged) })
        {
            Given(ToActing).When(command).State.Name.ShouldBe("Acting");
            Given([.. ToActing, raised]).When(command).ThenNothing();
        }
    }

    [Theory]
    [InlineData(RequestDecisions.Granted)]
    [InlineData(RequestDecisions.Refused)]
    public void The_hotline_grants_or_refuses_time_and_company(string decision)
    {
        var settle = new C.SettleRequest(RequestId, decision, Text, Counsellor, Now);
        Given([.. ToActing, ExtensionAsked]).When(settle).Then(new E.RequestSettled(RequestId, ReferralRequests.Extension, decision, Text, Counsellor, Now)).Course.Requests.ShouldBeEmpty();
        Given([.. ToActing, JointAsked]).When(settle).Then(new E.RequestSettled(RequestId, ReferralRequests.Joint, decision, Text, Counsellor, Now));
        Given([.. ToActing, DangerFlagged]).When(settle).ThenRefused(ReferralRefusals.DecisionUnfit);
    }

    [Fact]
    public void A_danger_is_noted_and_nothing_else_is()
    {
        var noted = new C.SettleRequest(RequestId, RequestDecisions.Noted, null, Counsellor, Now);
        Given([.. ToActing, DangerFlagged]).When(noted).Then(new E.RequestSettled(RequestId, ReferralRequests.Danger, RequestDecisions.Noted, null, Counsellor, Now));
        Given([.. ToActing, ExtensionAsked]).When(noted).ThenRefused(ReferralRefusals.DecisionUnfit);
    }

    [Fact]
    public void A_request_is_settled_once_and_an_unknown_one_never()
    {
        E[] settled = [.. ToActing, ExtensionAsked, new E.RequestSettled(RequestId, ReferralRequests.Extension, RequestDecisions.Granted, null, Counsellor, Now)];
        Given(settled).When(new C.SettleRequest(RequestId, RequestDecisions.Refused, null, Counsellor, Now)).ThenNothing();
        Given(settled).When(new C.SettleRequest(Id, RequestDecisions.Granted, null, Counsellor, Now)).ThenRefused(ReferralRefusals.RequestUnknown);
        Given(settled).When(Extension with { RequestId = Id }).Decision.Refusal.ShouldBeNull("there may be another one then");
    }

    [Fact]
    public void What_is_open_when_the_referral_ends_is_still_answered() =>
        Given([.. ToActing, DangerFlagged, Reported, Confirmed]).When(new C.SettleRequest(RequestId, RequestDecisions.Noted, null, Counsellor, Now)).Decision.Events.ShouldHaveSingleItem();

    [Fact]
    public void Data_that_should_not_have_come_is_returned_field_by_field_or_whole_in_every_state()
    {
        foreach (var history in EveryOut)
        {
            var name = Given(history).When(RejectName).Then(NameRejected);
            name.State.Name.ShouldBe(name.Before.State.Name);
            name.Course.Cut.ShouldBe(["person.name"]);
            Given(history).When(RejectAll).Then(AllRejected).Course.Cut.ShouldBe([]);
        }

        Given(DraftOf(Facts)).When(RejectAll).NotNow();
    }

    [Fact]
    public void More_can_be_returned_and_the_whole_after_a_part_but_nothing_twice()
    {
        Given([.. ToSent, NameRejected]).When(RejectName).ThenNothing();
        Given([.. ToSent, NameRejected]).When(RejectName with { Fields = ["person.name", "person.phone"] })
            .Then(NameRejected with { Fields = ["person.name", "person.phone"] }).Course.Cut.ShouldBe(["person.name", "person.phone"]);
        Given([.. ToSent, NameRejected]).When(RejectAll).Then(AllRejected).Course.Cut.ShouldBe([]);
        Given([.. ToSent, AllRejected]).When(RejectName).ThenNothing();
        Allowed([.. ToSent, AllRejected]).ShouldNotContain("reject-data");
        CourseOf([.. ToSent, AllRejected, NameRejected]).Cut.ShouldBe([], "a part opens nothing");
    }

    [Fact]
    public void What_goes_out_after_the_whole_was_returned_is_read_and_can_be_returned_too()
    {
        E[] corrected = [.. ToSent, NameRejected, AllRejected, Supplemented];
        var course = CourseOf(corrected);
        (course.CutThrough, course.DataReturned).ShouldBe((0, false));
        course.Cut.ShouldBe(["person.name"], "a field that it should not have it should not have in a supplement either");
        Allowed(corrected).ShouldContain("reject-data");
        Allowed(corrected).ShouldContain("restore-data", "what was returned by mistake is still opened by a supervisor");
        Given(corrected).When(RejectAll).Then(AllRejected).Course.Cut.ShouldBe([]);
        Given([.. corrected, AllRejected]).When(RejectAll).ThenNothing();
        CourseOf([.. corrected, AllRejected, Restored]).ShouldSatisfyAllConditions(opened => opened.Cut.ShouldBeNull(), opened => opened.CutThrough.ShouldBeNull());
    }

    [Fact]
    public void The_supervisor_opens_the_view_again()
    {
        foreach (var rejected in new[] { NameRejected, AllRejected })
        {
            Given([.. ToClosed, rejected]).When(Restore).Then(Restored).Course.Cut.ShouldBeNull();
            Allowed([.. ToClosed, rejected]).ShouldContain("restore-data");
        }

        Given(ToSent).When(Restore).ThenNothing();
        Allowed(ToSent).ShouldNotContain("restore-data");
    }
}
