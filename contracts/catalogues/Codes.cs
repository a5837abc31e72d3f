namespace Hotline111.Contracts.Catalogues;

// Codes that rules decide on. A test holds each class to its list; all other codes stay data.

/// <summary>Codes of the list <c>main-category</c>: exactly one for each contact that counts.</summary>
public static class MainCategory
{
    public const string Information = "information";
    public const string Counselling = "counselling";
    public const string Referral = "referral";
}

/// <summary>Codes of the list <c>urgency</c>.</summary>
public static class Urgency
{
    public const string Emergency = "emergency";
    public const string Urgent = "urgent";
    public const string Standard = "standard";
    public const string Information = "information";
}

/// <summary>Codes of the list <c>disclosure-basis</c>: why data may leave.</summary>
public static class DisclosureBasis
{
    public const string Consent = "consent";
    public const string VitalInterest = "vital_interest";
    public const string ChildDuty = "child_duty";
    public const string CrimeReport = "crime_report";
    public const string StatutoryRequest = "statutory_request";
    public const string Anonymised = "anonymised";

    /// <summary>Not shared: a recorded decision, never the basis of a disclosure.</summary>
    public const string None = "none";
}

/// <summary>Codes of the list <c>decline-reason</c>: why an agency declines a referral.</summary>
public static class DeclineReasons
{
    /// <summary>Asks for an advised desk.</summary>
    public const string NotCompetent = "not_competent";

    /// <summary>Asks for an advised desk.</summary>
    public const string WrongTerritory = "wrong_territory";

    public const string Duplicate = "duplicate";
    public const string InsufficientInfo = "insufficient_info";
    public const string NoIndicator = "no_indicator";
    public const string AlreadyHandled = "already_handled";
    public const string NoCapacity = "no_capacity";
    public const string PersonDeclines = "person_declines";

    /// <summary>Asks for words.</summary>
    public const string Other = "other";
}

/// <summary>Codes of the list <c>receiving-sector</c>.</summary>
public static class Sector
{
    public const string Police = "police";
    public const string BorderGuard = "border_guard";
    public const string CoastGuard = "coast_guard";
    public const string ForeignAffairs = "foreign_affairs";
    public const string WomensUnion = "womens_union";
    public const string HealthSocial = "health_social";
    public const string Commune = "commune";
    public const string Ngo = "ngo";
    public const string Facility = "facility";
    public const string International = "international";
}

/// <summary>Codes of the list <c>withdrawal-reason</c> that the platform itself gives.</summary>
public static class WithdrawalReasons
{
    /// <summary>The desk before took the referral back while this one was on its way.</summary>
    public const string TakenBack = "taken_back";

    /// <summary>The referral before was withdrawn, and this one with it.</summary>
    public const string ParentWithdrawn = "parent_withdrawn";
}

/// <summary>Codes of the list <c>hand-on-end</c>.</summary>
public static class HandOnEnds
{
    public const string Declined = "declined";
    public const string Withdrawn = "withdrawn";
    public const string TakenBack = "taken_back";

    /// <summary>Set by the clock.</summary>
    public const string Silent = "silent";
}

/// <summary>Codes of the list <c>referral-request</c>: what a desk asks of the hotline beside its answers.</summary>
public static class ReferralRequests
{
    public const string Extension = "extension";
    public const string Joint = "joint";
    public const string Danger = "danger";
}

/// <summary>Codes of the list <c>request-decision</c>.</summary>
public static class RequestDecisions
{
    public const string Granted = "granted";
    public const string Refused = "refused";
    public const string Noted = "noted";
}

/// <summary>Codes of the list <c>referral-part</c>.</summary>
public static class ReferralParts
{
    public const string Lead = "lead";
    public const string Helper = "helper";
}

/// <summary>The code of the list <c>no-result</c>.</summary>
public static class NoResult
{
    public const string NotApplicable = "not_applicable";
}
