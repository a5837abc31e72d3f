using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;

namespace Hotline111.AgencyNotification;

/// <summary>Who may see who was told. Default is no.</summary>
public static class NoticeAccess
{
    public static readonly AccessTable Table = new(
        new AccessRule("notice.list", [Roles.Counsellor, Roles.Supervisor, Roles.Director], "hotline staff; rows without personal data"));
}
