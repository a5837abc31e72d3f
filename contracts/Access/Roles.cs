namespace Hotline111.Contracts.Access;

/// <summary>
/// The roles a token's <c>role</c> claim may name: one per account or client. What a role may do is each service's table of rules.
/// </summary>
public static class Roles
{
    /// <summary>Nhân viên tư vấn: records contacts, works on the hotline's cases, drafts and sends referrals.</summary>
    public const string Counsellor = "counsellor";

    /// <summary>Trưởng ca: what a counsellor may, and approves, overrides with a reason, sees the ladder and restricted cases.</summary>
    public const string Supervisor = "supervisor";

    /// <summary>Giám đốc Tổng đài: what a supervisor may, and reports and policies.</summary>
    public const string Director = "director";

    /// <summary>Cán bộ đầu mối: answers the referrals addressed to the desks of the account.</summary>
    public const string Liaison = "liaison";

    /// <summary>Lãnh đạo cơ quan: reads and reassigns for all desks of the agency.</summary>
    public const string AgencyHead = "agency-head";

    /// <summary>Kiểm toán, cán bộ bảo vệ dữ liệu: read logs, proofs and figures.</summary>
    public const string Auditor = "auditor";

    /// <summary>Quản trị hệ thống: accounts, desks, policies and lists; no cases.</summary>
    public const string Administrator = "administrator";

    /// <summary>Hệ thống của đối tác: a machine outside; its tokens are for the gateway and never accepted by a service.</summary>
    public const string Partner = "partner";

    /// <summary>Dịch vụ của nền tảng: a machine inside, calling a sister service.</summary>
    public const string Service = "service";

    /// <summary>The roles an account of a person can have.</summary>
    public static IReadOnlyList<string> People { get; } =
        [Counsellor, Supervisor, Director, Liaison, AgencyHead, Auditor, Administrator];

    /// <summary>The roles of the hotline's own staff who work on cases.</summary>
    public static IReadOnlyList<string> Hotline { get; } = [Counsellor, Supervisor, Director];

    /// <summary>Every role.</summary>
    public static IReadOnlyList<string> All { get; } = [.. People, Partner, Service];
}
