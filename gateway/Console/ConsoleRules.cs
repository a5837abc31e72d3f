using Hotline111.Contracts.Access;
using Hotline111.Platform.Access;

namespace Hotline111.Console;

/// <summary>Which pages are for whom. What may be seen and done on one is the services' rule, which they check themselves.</summary>
public static class ConsoleRules
{
    /// <summary>The hotline's desk.</summary>
    public const string Desk = "page.desk";

    /// <summary>The inbox of an agency's desks.</summary>
    public const string Inbox = "page.inbox";

    /// <summary>Take a referral of one's desk to hand, or put it back.</summary>
    public const string Claim = "page.claim";

    /// <summary>Give a referral to a colleague.</summary>
    public const string HandOver = "page.hand-over";

    /// <summary>The hotline's lists of referrals.</summary>
    public const string Referrals = "page.referrals";

    /// <summary>The supervisor's board and what waits for a supervisor.</summary>
    public const string Supervision = "page.supervision";

    /// <summary>The counts beside the places of the navigation.</summary>
    public const string Navigation = "page.navigation";

    /// <summary>The sheet of a referral, with everything that is said on it.</summary>
    public const string Sheet = "page.sheet";

    /// <summary>The hotline's cases, and referring from them.</summary>
    public const string Cases = "page.cases";

    /// <summary>The emergency sheet of a contact or case, and what was sent.</summary>
    public const string Emergency = "page.emergency";

    /// <summary>Hints that something changed.</summary>
    public const string Hints = "page.hints";

    /// <summary>Contacts and their drafts.</summary>
    public const string Contacts = "page.contacts";

    /// <summary>The list under a place picker.</summary>
    public const string Places = "page.places";

    /// <summary>The list of keys.</summary>
    public const string Keys = "page.keys";

    /// <summary>Keep what one is typing, sealed, in one's own window.</summary>
    public const string Typed = "page.typed";

    /// <summary>The building blocks, in a demonstration.</summary>
    public const string Gallery = "page.gallery";

    /// <summary>The rules.</summary>
    public static readonly AccessTable Table = new(
        new AccessRule(Desk, Roles.Hotline, "do dịch vụ xét / judged by the services"),
        new AccessRule(Inbox, [Roles.Liaison, Roles.AgencyHead], "do dịch vụ xét / judged by the services"),
        new AccessRule(Claim, [Roles.Liaison], "do dịch vụ xét / judged by the services"),
        new AccessRule(HandOver, [Roles.Liaison, Roles.AgencyHead], "do dịch vụ xét / judged by the services"),
        new AccessRule(Referrals, Roles.Hotline, "do dịch vụ xét / judged by the services"),
        new AccessRule(Supervision, [Roles.Supervisor, Roles.Director], "do dịch vụ xét / judged by the services"),
        new AccessRule(Navigation, Roles.People, "do dịch vụ xét / judged by the services"),
        new AccessRule(Sheet, [.. Roles.Hotline, Roles.Liaison, Roles.AgencyHead], "do dịch vụ xét / judged by the services"),
        new AccessRule(Cases, Roles.Hotline, "do dịch vụ xét / judged by the services"),
        new AccessRule(Emergency, Roles.Hotline, "do dịch vụ xét / judged by the services"),
        new AccessRule(Contacts, Roles.Hotline, "do dịch vụ xét / judged by the services"),
        new AccessRule(Places, Roles.People, "danh mục tỉnh, không nói về ai / the catalogue says nothing about anyone"),
        new AccessRule(Keys, Roles.People, "không có dữ liệu / no data"),
        new AccessRule(Typed, Roles.People, "của chính mình / one's own"),
        new AccessRule(Hints, Roles.People, "đơn vị của mình / one's own desks"),
        new AccessRule(Gallery, Roles.People, "không có dữ liệu / no data"));
}
