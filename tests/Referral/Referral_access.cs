using System.Security.Claims;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Tests.Referrals;
using static Hotline111.Referral.Tests.Referrals.Invented;

namespace Hotline111.Referral.Tests;

/// <summary>Who may do what, cell by cell; written down here a second time.</summary>
public sealed class Referral_access
{
    private static readonly string[] Columns = [Roles.Counsellor, Roles.Supervisor, Roles.Director, Roles.Liaison, Roles.AgencyHead, Roles.Auditor, Roles.Administrator, Roles.Partner, Roles.Service];

    // counsellor, supervisor, director, liaison, agency head, auditor, administrator, partner, service
    private static readonly Dictionary<string, string> Cells = new()
    {
        ["referral.draft"] = "xxx......",
        ["referral.submit"] = "xxx......",
        ["referral.send-emergency"] = "xxx......",
        ["referral.supplement"] = "xxx......",
        ["referral.withdraw"] = "xxx......",
        ["referral.answer-information"] = "xxx......",
        ["referral.confirm-result"] = "xxx......",
        ["referral.question-result"] = "xxx......",
        ["referral.settle-request"] = "xxx......",
        ["referral.assign-part"] = "xxx......",
        ["referral.approve"] = ".xx......",
        ["referral.return"] = ".xx......",
        ["referral.review"] = ".xx......",
        ["referral.restore-data"] = ".xx......",
        ["referral.declare-outcome-unknown"] = ".xx......",
        ["referral.acknowledge"] = "xxxx.....",
        ["referral.accept"] = "xxxx.....",
        ["referral.decline"] = "xxxx.....",
        ["referral.mark"] = "xxxx.....",
        ["referral.report-progress"] = "xxxx.....",
        ["referral.reach-milestone"] = "xxxx.....",
        ["referral.report-result"] = "xxxx.....",
        ["referral.confirm-entry"] = "...x.....",
        ["referral.ask-information"] = "...x.....",
        ["referral.hand-on"] = "...x.....",
        ["referral.take-back"] = "...x.....",
        ["referral.undo-acceptance"] = "...x.....",
        ["referral.start"] = "...x.....",
        ["referral.hold"] = "...x.....",
        ["referral.resume"] = "...x.....",
        ["referral.correct-report"] = "...x.....",
        ["referral.ask-extension"] = "...x.....",
        ["referral.ask-joint"] = "...x.....",
        ["referral.flag-danger"] = "...x.....",
        ["referral.reject-data"] = "...x.....",
        ["referral.agree-withdrawal"] = "...x.....",
        ["referral.refuse-withdrawal"] = "...x.....",
        ["referral.read"] = "xxxxx....",
        ["referral.open-package"] = "xxxxx....",
        ["referral.read-words"] = "xxxxx....",
        ["referral.read-helpers"] = "xxxxx....",
        ["referral.read-messages"] = "xxxxx....",
        ["referral.write-message"] = "xxxx.....",
        ["referral.mark-messages-read"] = "xxxx.....",
        ["referral.claim"] = "...x.....",
        ["referral.release-claim"] = "...x.....",
        ["referral.hand-over"] = "...xx....",
        ["referral.list"] = "xxx......",
        ["referral.count"] = "xxx......",
        ["inbox.count"] = "...xx....",
        ["inbox.list"] = "...xx....",
        ["desk.list"] = "xxxxx.x..",
    };

    public static TheoryData<string> Actions => [.. Cells.Keys];

    [Fact]
    public void The_table_has_these_actions_and_no_other_and_every_role_has_its_column()
    {
        ReferralAccess.Table.Rules.Select(rule => rule.Action).ShouldBe(Cells.Keys, ignoreOrder: true);
        Columns.ShouldBe(Roles.All, ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public void Each_role_may_do_exactly_what_its_cell_says(string action) =>
        string.Concat(Columns.Select(role => ReferralAccess.Table.Allows(role, action) ? 'x' : '.')).ShouldBe(Cells[action]);

    [Fact]
    public void Every_command_that_a_person_gives_has_a_rule() =>
        typeof(ReferralCommand).GetNestedTypes().Where(type => type.IsAssignableTo(typeof(ReferralCommand))).Select(AnyReferral.DoorOf).OfType<string>()
            .ShouldAllBe(door => Cells.ContainsKey($"referral.{door}"));

    [Fact]
    public void The_buttons_of_a_sheet_are_what_the_state_and_the_role_allow()
    {
        foreach (var state in EveryOut.Select(history => Given(history).State))
        {
            foreach (var role in Columns)
            {
                ReferralAccess.Allowed(User(role), state).ShouldBe(
                    ReferralDecider.Allowed(state).Where(command => Cells[$"referral.{command}"][Array.IndexOf(Columns, role)] == 'x'), $"{role} in {state.Name}");
            }
        }
    }

    [Fact]
    public void Hotline_staff_know_of_every_referral_a_desk_and_its_agency_of_what_was_sent_to_them_and_nobody_else_of_any()
    {
        foreach (var (history, isOut) in EveryOut.Select(history => (history, true)).Append(([DraftOf(Facts)], false)).Append(([DraftOf(Facts), Submitted], false)).Append(([DraftOf(Facts), Withdrawn], false)))
        {
            var state = Given(history).State;
            foreach (var role in Roles.Hotline)
                ReferralAccess.MaySee(User(role), state, []).ShouldBeTrue(role);
            ReferralAccess.MaySee(User(Roles.Liaison, desk: "police.08"), state, []).ShouldBe(isOut, state.Name);
            ReferralAccess.MaySee(User(Roles.Liaison, desk: "police.01"), state, []).ShouldBeFalse();
            ReferralAccess.MaySee(User(Roles.Liaison, agency: "police.08"), state, []).ShouldBeFalse("the agency alone is not enough");
            ReferralAccess.MaySee(User(Roles.AgencyHead, agency: "police.08"), state, []).ShouldBe(isOut, state.Name);
            ReferralAccess.MaySee(User(Roles.AgencyHead, agency: "police.01"), state, []).ShouldBeFalse();
            foreach (var role in new[] { Roles.Auditor, Roles.Administrator, Roles.Partner, Roles.Service })
                ReferralAccess.MaySee(User(role, "police.08", "police.08"), state, []).ShouldBeFalse(role);
        }

        ReferralAccess.MaySee(User(Roles.Director), new ReferralState.None(), []).ShouldBeFalse();
    }

    [Fact]
    public void Who_is_limited_to_provinces_knows_only_of_what_went_to_a_desk_there()
    {
        var state = Given(EveryOut[0]).State;
        foreach (var user in (Func<string[], ClaimsPrincipal>[])[only => User(Roles.Liaison, "police.08", provinces: only), only => User(Roles.AgencyHead, agency: "police.08", provinces: only)])
        {
            ReferralAccess.MaySee(user([]), state, ["08"]).ShouldBeTrue();
            ReferralAccess.MaySee(user(["01", "08"]), state, ["08"]).ShouldBeTrue();
            ReferralAccess.MaySee(user(["08"]), state, ["04", "08"]).ShouldBeTrue("a part of the desk's territory");
            ReferralAccess.MaySee(user(["01"]), state, ["04", "08"]).ShouldBeFalse();
            ReferralAccess.MaySee(user(["08"]), state, []).ShouldBeFalse("a desk of the whole country lies within no limit");
            ReferralRow.Visible(user(["01"])).ShouldContain("r.province_code = ANY(@provinces)");
        }
    }

    private static ClaimsPrincipal User(string role, string? desk = null, string? agency = null, string[]? provinces = null) => new(new ClaimsIdentity(
    [
        .. (provinces ?? []).Select(code => new Claim(TokenClaims.Province, code)),
        new(TokenClaims.Role, role),
        .. desk is null ? [] : new Claim[] { new(TokenClaims.Desk, desk) },
        .. agency is null ? [] : new Claim[] { new(TokenClaims.Agency, agency) },
    ]));
}
