using System.Security.Claims;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Referral.Referrals;

namespace Hotline111.Referral;

/// <summary>Who may do what with referrals. Default is no.</summary>
public static class ReferralAccess
{
    private static readonly string[] Staff = [Roles.Counsellor, Roles.Supervisor, Roles.Director];
    private static readonly string[] Supervisors = [Roles.Supervisor, Roles.Director];

    public static readonly AccessTable Table = new(
        new AccessRule("referral.draft", Staff, "hotline staff"),
        new AccessRule("referral.submit", Staff, "hotline staff"),
        new AccessRule("referral.approve", Supervisors, "a supervisor of the hotline"),
        new AccessRule("referral.return", Supervisors, "a supervisor of the hotline"),
        new AccessRule("referral.acknowledge", [Roles.Liaison], "a liaison of the addressed desk"),
        new AccessRule("referral.accept", [Roles.Liaison], "a liaison of the addressed desk"),
        new AccessRule("referral.decline", [Roles.Liaison], "a liaison of the addressed desk"),
        new AccessRule("referral.read", [.. Staff, Roles.Liaison, Roles.AgencyHead], "hotline staff; the addressed desk and the head of its agency, once it was sent"),
        new AccessRule("referral.open-package", [.. Staff, Roles.Liaison, Roles.AgencyHead], "as referral.read; the read is recorded and raises the receipt of a desk"),
        new AccessRule("referral.list", Staff, "hotline staff; rows without personal data"),
        new AccessRule("inbox.list", [Roles.Liaison, Roles.AgencyHead], "the desks of the liaison, or of the head's agency; rows without personal data"),
        new AccessRule("desk.list", [.. Staff, Roles.Liaison, Roles.AgencyHead, Roles.Administrator], "anybody who refers or answers"));

    /// <summary>
    /// Whether this user may know of the referral. A desk knows only what was sent to it; to everybody else it does not exist,
    /// so that nobody learns of a case by asking.
    /// </summary>
    public static bool MaySee(ClaimsPrincipal user, ReferralState state) => state is ReferralState.Open open && user.Role switch
    {
        Roles.Counsellor or Roles.Supervisor or Roles.Director => true,
        Roles.Liaison => state is not (ReferralState.Draft or ReferralState.AwaitingApproval) && user.DeskIds.Contains(open.Facts.DeskId),
        Roles.AgencyHead => state is not (ReferralState.Draft or ReferralState.AwaitingApproval) && user.AgencyId == open.Facts.AgencyId,
        _ => false,
    };

    /// <summary>The commands that the state, the role and the policy for emergencies allow, for the sheet's buttons.</summary>
    public static IReadOnlyList<string> Allowed(ClaimsPrincipal user, ReferralState state) =>
        [.. ReferralDecider.Allowed(state).Where(command => Table.Allows(user.Role, $"referral.{command}") && (command != "decline" || !MustTakeCharge(state)))];

    /// <summary>Whether the desk may not decline, only take charge and hand on. Policy data: list receiving-sector, flag mayDeclineEmergency.</summary>
    public static bool MustTakeCharge(ReferralState state) =>
        state is ReferralState.Open { Facts: { Urgency: Urgency.Emergency } facts } && ValueLists.Get("receiving-sector").Find(facts.Sector)?.MayDeclineEmergency == false;
}
