using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;

namespace Hotline111.Case;

/// <summary>Who may do what with cases. Default is no: agencies never read a case, only the packages that were released for them.</summary>
public static class CaseAccess
{
    private static readonly string[] Staff = [Roles.Counsellor, Roles.Supervisor, Roles.Director];

    private static readonly string[] Supervision = [Roles.Supervisor, Roles.Director];

    public static readonly AccessTable Table = new(
        new AccessRule("case.open", Staff, "hotline staff"),
        new AccessRule("case.complete", Staff, "hotline staff; also to put right what was told before"),
        new AccessRule("case.add-person", Staff, "hotline staff"),
        new AccessRule("case.change-person", Staff, "hotline staff"),
        new AccessRule("case.assess", Staff, "hotline staff"),
        new AccessRule("case.restrict", Supervision, "supervisor and director; why a case is restricted is shown to them alone"),
        new AccessRule("case.preview", Staff, "hotline staff; the read is recorded"),
        new AccessRule("case.release", Staff, "hotline staff; on a basis that the desk's profile accepts, never to a desk that the case excludes"),
        new AccessRule("case.read", Staff, "hotline staff; the read is recorded"),
        new AccessRule("case.timeline", Staff, "hotline staff; without personal data"),
        new AccessRule("case.picture", Staff, "hotline staff; without personal data"),
        new AccessRule("case.list", Staff, "hotline staff; rows without personal data"));
}
