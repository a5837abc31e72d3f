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

/// <summary>Codes of the list <c>withdrawal-reason</c> that the platform itself gives or decides on.</summary>
public static class WithdrawalReasons
{
    /// <summary>The desk before took the referral back while this one was on its way.</summary>
    public const string TakenBack = "taken_back";

    /// <summary>The referral before was withdrawn, and this one with it.</summary>
    public const string ParentWithdrawn = "parent_withdrawn";

    /// <summary>Given by the hotline: what was asked for is done, so that nothing is left to be placed elsewhere.</summary>
    public const string NeedMet = "need_met";
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

/// <summary>Codes of the list <c>joint-standing</c>: how far a case has come with all its referrals together.</summary>
public static class JointStandings
{
    /// <summary>Nothing was referred.</summary>
    public const string NoReferral = "no_referral";

    /// <summary>Everything that was referred was declined or withdrawn: the need stands without a receiver.</summary>
    public const string Unplaced = "unplaced";

    /// <summary>Somebody still owes an acknowledgement.</summary>
    public const string Waiting = "waiting";

    /// <summary>Everybody has acknowledged, and somebody has still to accept, decline or hand on.</summary>
    public const string Answering = "answering";

    /// <summary>Everybody has taken charge.</summary>
    public const string InProgress = "in_progress";

    /// <summary>Some have reported, the others have taken charge.</summary>
    public const string PartlyReported = "partly_reported";

    /// <summary>Everybody has reported, and the hotline has still to confirm.</summary>
    public const string Reported = "reported";

    /// <summary>Every result is confirmed.</summary>
    public const string Done = "done";

    /// <summary>Of what is still open nobody can say what came of it.</summary>
    public const string OutcomeUnknown = "outcome_unknown";
}

/// <summary>Codes of the list <c>joint-outcome</c>: what the results of all desks say together about one person.</summary>
public static class JointOutcomes
{
    /// <summary>Two desks cannot both be right.</summary>
    public const string Contradictory = "contradictory";

    public const string Deceased = "deceased";
    public const string Safe = "safe";
    public const string Supported = "supported";
    public const string Located = "located";
    public const string NotFound = "not_found";
    public const string Confirmed = "confirmed";
    public const string Unfounded = "unfounded";
    public const string Unclear = "unclear";
    public const string NotApplicable = "not_applicable";
    public const string NoResult = "no_result";
}

/// <summary>Codes of the list <c>referral-result</c>.</summary>
public static class ReferralResults
{
    public const string VerifiedTrue = "verified_true";
    public const string VerifiedFalse = "verified_false";
    public const string NotVerifiable = "not_verifiable";
    public const string Rescued = "rescued";
    public const string ReturnedHome = "returned_home";
    public const string LocatedNotReached = "located_not_reached";
    public const string CaseOpened = "case_opened";
    public const string NoCase = "no_case";
    public const string SupportGiven = "support_given";
    public const string Repatriated = "repatriated";
    public const string PersonNotFound = "person_not_found";
    public const string Deceased = "deceased";
}

/// <summary>Codes of the list <c>notice-kind</c>: what a desk is told of a referral.</summary>
public static class NoticeKinds
{
    public const string Sent = "sent";
    public const string Withdrawn = "withdrawn";
    public const string WithdrawalRequested = "withdrawal_requested";
    public const string InformationAnswered = "information_answered";
    public const string Supplement = "supplement";
    public const string ResultQuestioned = "result_questioned";
    public const string ResultConfirmed = "result_confirmed";
    public const string RequestSettled = "request_settled";
    public const string HandOnEnded = "hand_on_ended";
    public const string DataRestored = "data_restored";
    public const string Message = "message";
}
