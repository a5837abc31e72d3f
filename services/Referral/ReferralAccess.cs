using System.Security.Claims;
using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;
using Hotline111.Referral.Referrals;

namespace Hotline111.Referral;

/// <summary>Who may do what with referrals. Default is no.</summary>
public static class ReferralAccess
{
    private static readonly string[] Staff = [Roles.Counsellor, Roles.Supervisor, Roles.Director];
    private static readonly string[] Supervisors = [Roles.Supervisor, Roles.Director];

    private static readonly string[] Desk = [Roles.Liaison];
    private static readonly string[] DeskOrPhone = [Roles.Liaison, .. Staff];
    private static readonly string[] Readers = [.. Staff, Roles.Liaison, Roles.AgencyHead];

    public static readonly AccessTable Table = new(
        new AccessRule("referral.draft", Staff, "hotline staff; no desk that the case excludes"),
        new AccessRule("referral.submit", Staff, "hotline staff"),
        new AccessRule("referral.send-emergency", Staff, "hotline staff; an emergency only, on the basis of a vital interest, reviewed afterwards"),
        new AccessRule("referral.supplement", Staff, "hotline staff"),
        new AccessRule("referral.withdraw", Staff, "hotline staff"),
        new AccessRule("referral.answer-information", Staff, "hotline staff"),
        new AccessRule("referral.confirm-result", Staff, "hotline staff"),
        new AccessRule("referral.question-result", Staff, "hotline staff"),
        new AccessRule("referral.settle-request", Staff, "hotline staff"),
        new AccessRule("referral.assign-part", Staff, "hotline staff"),
        new AccessRule("referral.approve", Supervisors, "a supervisor of the hotline"),
        new AccessRule("referral.return", Supervisors, "a supervisor of the hotline"),
        new AccessRule("referral.review", Supervisors, "a supervisor of the hotline"),
        new AccessRule("referral.restore-data", Supervisors, "a supervisor of the hotline"),
        new AccessRule("referral.declare-outcome-unknown", Supervisors, "a supervisor of the hotline"),
        new AccessRule("referral.acknowledge", DeskOrPhone, "a liaison of the addressed desk; hotline staff for an officer on the phone"),
        new AccessRule("referral.accept", DeskOrPhone, "a liaison of the addressed desk; hotline staff for an officer on the phone"),
        new AccessRule("referral.decline", DeskOrPhone, "a liaison of the addressed desk; hotline staff for an officer on the phone"),
        new AccessRule("referral.mark", DeskOrPhone, "a liaison of the addressed desk; hotline staff for an officer on the phone"),
        new AccessRule("referral.report-progress", DeskOrPhone, "a liaison of the addressed desk; hotline staff for an officer on the phone"),
        new AccessRule("referral.reach-milestone", DeskOrPhone, "a liaison of the addressed desk; hotline staff for an officer on the phone"),
        new AccessRule("referral.report-result", DeskOrPhone, "a liaison of the addressed desk; hotline staff for an officer on the phone"),
        new AccessRule("referral.confirm-entry", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.ask-information", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.hand-on", Desk, "a liaison of the addressed desk; to no desk that the case excludes"),
        new AccessRule("referral.take-back", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.undo-acceptance", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.start", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.hold", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.resume", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.correct-report", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.ask-extension", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.ask-joint", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.flag-danger", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.reject-data", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.agree-withdrawal", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.refuse-withdrawal", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.read", Readers, "hotline staff; the addressed desk and the head of its agency, once it was sent, unless the case excludes them"),
        new AccessRule("referral.open-package", Readers, "as referral.read; the read is recorded and raises the receipt of a desk"),
        new AccessRule("referral.read-words", Readers, "as referral.read; what was typed about it: the read is recorded"),
        new AccessRule("referral.read-helpers", Readers, "hotline staff; the desk that leads on the case and the head of its agency"),
        new AccessRule("referral.read-messages", Readers, "as referral.read: the hotline and the addressed desk, no other desk of the case; the read is recorded"),
        new AccessRule("referral.write-message", DeskOrPhone, "hotline staff; a liaison of the addressed desk"),
        new AccessRule("referral.mark-messages-read", DeskOrPhone, "hotline staff; a liaison of the addressed desk"),
        new AccessRule("referral.claim", Desk, "a liaison of the addressed desk"),
        new AccessRule("referral.release-claim", Desk, "the liaison who has it to hand"),
        new AccessRule("referral.hand-over", [Roles.Liaison, Roles.AgencyHead], "a liaison of the addressed desk, what nobody else has to hand; the head of its agency, whoever has"),
        new AccessRule("referral.list", Staff, "hotline staff; rows without personal data"),
        new AccessRule("referral.count", Staff, "hotline staff; figures"),
        new AccessRule("inbox.count", [Roles.Liaison, Roles.AgencyHead], "the desks of the liaison, or of the head's agency; figures"),
        new AccessRule("inbox.list", [Roles.Liaison, Roles.AgencyHead], "the desks of the liaison, or of the head's agency; rows without personal data"),
        new AccessRule("desk.list", [.. Readers, Roles.Administrator], "anybody who refers or answers"));

    /// <summary>
    /// Whether this user may know of the referral. A desk knows only what was sent to it, and an account that is limited to provinces only of desks whose
    /// territory is, or has in it, one of them; to everybody else it does not exist, so that nobody learns of a case by asking.
    /// </summary>
    /// <param name="territory">Provinces of the addressed desk; empty for the whole country.</param>
    public static bool MaySee(ClaimsPrincipal user, ReferralState state, IReadOnlyList<string> territory) => state is ReferralState.Open open && user.Role switch
    {
        Roles.Counsellor or Roles.Supervisor or Roles.Director => true,
        Roles.Liaison => state is ReferralState.Out && user.DeskIds.Contains(open.Facts.DeskId) && Within(user, territory),
        Roles.AgencyHead => state is ReferralState.Out && user.AgencyId == open.Facts.AgencyId && Within(user, territory),
        _ => false,
    };

    // A desk of the whole country lies within no limit.
    private static bool Within(ClaimsPrincipal user, IReadOnlyList<string> territory) => user.Provinces is not { Count: > 0 } provinces || territory.Any(provinces.Contains);

    /// <summary>The commands that the state and the role allow, for the sheet's buttons. What the policy forbids is no command of the state.</summary>
    /// <param name="unseen">The case excludes the desk by now.</param>
    public static IReadOnlyList<string> Allowed(ClaimsPrincipal user, ReferralState state, bool unseen = false) =>
        [.. ReferralDecider.Allowed(state, unseen).Where(command => Table.Allows(user.Role, $"referral.{command}"))];
}
