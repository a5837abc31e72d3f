using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;

namespace Hotline111.Intake;

/// <summary>Who may do what with contacts and drafts. Default is no.</summary>
public static class IntakeAccess
{
    private static readonly string[] Staff = [Roles.Counsellor, Roles.Supervisor, Roles.Director];

    private static readonly string[] Supervisors = [Roles.Supervisor, Roles.Director];

    public static readonly AccessTable Table = new(
        new AccessRule("contact.record", Staff, "hotline staff"),
        new AccessRule("contact.categorise", Staff, "hotline staff"),
        new AccessRule("contact.amend", Staff, "hotline staff; also after it was closed"),
        new AccessRule("contact.close", Staff, "hotline staff"),
        new AccessRule("contact.read", Staff, "hotline staff; the read is recorded"),
        new AccessRule("contact.list", Staff, "hotline staff; rows without personal data"),
        new AccessRule("draft.save", Staff, "hotline staff; a new draft, or one's own"),
        new AccessRule("draft.list", Staff, "hotline staff; one's own, without content"),
        new AccessRule("draft.read", Staff, "the draft's owner; the read is recorded"),
        new AccessRule("draft.discard", Staff, "the draft's owner"),
        new AccessRule("draft.watch", Supervisors, "supervisors; everybody's, without content"),
        new AccessRule("draft.take-over", Supervisors, "supervisors; any draft, recorded before it happens"),
        new AccessRule("place.search", Roles.People, "everybody who signs in; the catalogue says nothing about anyone"));
}
