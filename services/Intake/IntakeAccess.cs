using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;

namespace Hotline111.Intake;

/// <summary>Who may do what with contacts. Default is no.</summary>
public static class IntakeAccess
{
    private static readonly string[] Staff = [Roles.Counsellor, Roles.Supervisor, Roles.Director];

    public static readonly AccessTable Table = new(
        new AccessRule("contact.record", Staff, "hotline staff"),
        new AccessRule("contact.categorise", Staff, "hotline staff"),
        new AccessRule("contact.close", Staff, "hotline staff"),
        new AccessRule("contact.read", Staff, "hotline staff; the read is recorded"),
        new AccessRule("contact.list", Staff, "hotline staff; rows without personal data"));
}
