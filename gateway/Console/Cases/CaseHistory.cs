using System.Globalization;
using Hotline111.Pages;

namespace Hotline111.Console.Cases;

/// <summary>One line of a case's timeline in words.</summary>
/// <param name="Title">What happened.</param>
/// <param name="At">When.</param>
/// <param name="By">Who did it, an account; null when no person of the platform did.</param>
/// <param name="Text">More, or null.</param>
/// <param name="Referral">The referral it is about, or null.</param>
/// <param name="Number">The referral's number, as far as it is known here.</param>
/// <param name="Look"><c>emg</c>, <c>sys</c>, or null.</param>
/// <param name="Kind">The part of the filter it belongs to.</param>
public sealed record CaseMoment(string Title, DateTimeOffset At, string? By, string? Text, Guid? Referral, string? Number, string? Look, string Kind);

/// <summary>Says what happened around a case.</summary>
public static class CaseHistory
{
    /// <summary>Parts of the filter.</summary>
    public static readonly string[] Kinds = ["all", "referrals", "case", "disclosures"];

    /// <summary>The timeline in words, newest first.</summary>
    /// <param name="referrals">As their own service lists them.</param>
    /// <param name="kind">Of the filter.</param>
    public static IReadOnlyList<CaseMoment> Of(Words words, Times times, CaseCourse course, IReadOnlyList<ReferralRow> referrals, string kind)
    {
        var rows = referrals.ToDictionary(referral => referral.Id);
        List<CaseMoment> moments = [];
        CaseEntry? before = null;
        var notices = 0;
        var awaited = false;
        foreach (var entry in course.Timeline)
        {
            // One thing is told to a desk over several channels: one line.
            var again = entry.Kind == "notice-recorded" && before?.Kind == entry.Kind && before.Id("referralId") == entry.Id("referralId") && before.Text("kind") == entry.Text("kind");
            notices = again ? notices + 1 : 1;
            if (again)
                moments.RemoveAt(moments.Count - 1);
            var moment = Say(words, times, entry, rows);
            // What an emergency had left open is added once; told again it is put right.
            if (entry.Kind == "case-completed" && !awaited)
                moment = moment with { Title = words["Case.SaidDetailsCorrected"] };
            awaited = entry.Kind == "case-opened" ? entry.Is("emergency") : awaited && entry.Kind != "case-completed";
            moments.Add(notices > 1 ? moment with { Text = words["Case.SaidNotices", moment.Text, notices] } : moment);
            before = entry;
        }

        return [.. moments.Where(moment => kind == "all" || moment.Kind == kind).Reverse()];
    }

    private static CaseMoment Say(Words words, Times times, CaseEntry entry, Dictionary<Guid, ReferralRow> rows)
    {
        var referral = entry.Id("referralId");
        var row = referral is { } known ? rows.GetValueOrDefault(known) : null;
        var desk = entry.Text("deskId") is { } id ? words.Desk(id) : "";
        var (title, text) = Sentence(words, times, entry, desk);
        return new(
            // What went out without approval was sent by whoever drafted it.
            title, entry.At, entry is { Kind: "referral-sent" } && entry.Text("ground") is "emergency" or "no_supervisor_on_duty" ? row?.DraftedBy : entry.By, text, referral, row?.Number,
            entry switch
            {
                { Kind: "referral-sent" } when entry.Text("urgency") == "emergency" => "emg",
                { Kind: "case-opened" } when entry.Is("emergency") => "emg",
                { Kind: "referral-request-raised" } when entry.Text("kind") == "danger" => "emg",
                { Kind: "notice-recorded" or "package-opened" or "referral-outcome-unknown" } => "sys",
                _ => null,
            },
            entry.Kind == "disclosure-released" || entry.Kind is "package-opened" or "referral-data-rejected" or "referral-data-restored" ? "disclosures" : entry.Source == "case" ? "case" : "referrals");
    }

    private static (string Title, string? Text) Sentence(Words words, Times times, CaseEntry e, string desk) => e.Kind switch
    {
        "case-opened" => (e.Is("emergency") ? words["Case.SaidOpenedEmergency"] : words["Case.SaidOpened"], null),
        "case-completed" => (words["Case.SaidCompleted"], null),
        "person-added" => (words["Case.SaidPersonAdded"], null),
        "person-changed" => (words["Case.SaidPersonChanged"], null),
        "case-assessed" => (
            words["Case.SaidAssessed", words.Within("risk-level", e.Text("riskLevel")), words.Within("urgency", e.Text("urgency"))],
            e.Several("riskSigns") is { Count: > 0 } signs ? words["Case.SaidSigns", CaseWords.Codes(words, "risk-sign", signs)] : null),
        "case-restricted" => e.Several("agencies").Count + e.Several("provinces").Count == 0
            ? (words["Case.SaidUnrestricted"], null)
            : (words["Case.SaidRestricted"], words["Case.RestrictedTo", CaseWords.Excluded(words, e.Several("agencies"), e.Several("provinces"))]),
        "disclosure-released" => (words["Case.SaidReleased", desk], words["Case.SaidBasis", words.Within("disclosure-basis", e.Text("basis"))]),
        "notice-recorded" => (words["Case.SaidNotice", desk], e.Text("kind") is { } notice ? words.Of("notice-kind", notice) : null),
        "package-opened" => (words["Case.SaidOpenedBy", desk], null),
        "referral-sent" => (
            words[e.Text("urgency") == "emergency" ? "Case.SaidSentEmergency" : "Case.SaidSent", desk],
            string.Join(" · ", ((string?[])
            [
                words.Of("referral-purpose", e.Text("purpose")),
                e.Text("part") is { } part ? words.Within("referral-part", part) : null,
                e.Text("ground") == "no_supervisor_on_duty" ? words["Case.SaidNoSupervisor"] : null,
            ]).OfType<string>())),
        "referral-acknowledged" => (words[e.Is("byPhone") ? "Case.SaidAcknowledgedByPhone" : "Case.SaidAcknowledged", desk], null),
        "referral-accepted" => (words["Case.SaidAccepted", desk], e.Text("expectedOn") is { } day ? words["Case.SaidExpected", Day(times, day)] : null),
        "referral-acceptance-undone" => (words["Case.SaidAcceptanceUndone", desk], null),
        "referral-declined" => (
            words["Case.SaidDeclined", desk, words.Within("decline-reason", e.Text("reason"))],
            e.Text("advisedDeskId") is { } advised ? words["Case.SaidAdvised", words.Desk(advised)] : null),
        "referral-information-asked" => (words["Case.SaidAsked", desk], e.Number("questions") is { } many ? words["Case.SaidQuestions", many] : null),
        "referral-information-answered" => (words["Case.SaidAnswered", desk], null),
        "referral-hand-on-begun" => (words["Case.SaidHandingOn", desk, words.Desk(e.Text("nextDeskId") ?? "")], null),
        "referral-handed-on" => (words["Case.SaidHandedOn", desk], null),
        "referral-hand-on-ended" => (words["Case.SaidHandOnEnded", desk], words.Of("hand-on-end", e.Text("cause"))),
        "referral-started" => (words["Case.SaidStarted", desk], null),
        "referral-marked" => (words["Case.SaidMarked", desk, words.Within("mark", e.Text("mark"))], Occurred(words, times, e)),
        "referral-progress-reported" => (words["Case.SaidProgress", desk], words.Of("progress", e.Text("progress"))),
        "referral-milestone-reached" => (words["Case.SaidMilestone", desk, words.Within("milestone", e.Text("milestone"))], Occurred(words, times, e)),
        "referral-held" => (words["Case.SaidHeld", desk], e.Text("until") is { } until ? words["Case.SaidHeldUntil", words.Of("hold-reason", e.Text("reason")), Day(times, until)] : null),
        "referral-resumed" => (words["Case.SaidResumed", desk], null),
        "referral-result-reported" => (words["Case.SaidReported", desk], Results(words, e)),
        "referral-report-corrected" => (words["Case.SaidCorrected", desk], Results(words, e)),
        "referral-result-confirmed" => (words["Case.SaidConfirmed", desk], null),
        "referral-result-questioned" => (words["Case.SaidQuestioned", desk], null),
        "referral-withdrawal-requested" => (words["Case.SaidWithdrawalAsked", desk], words.Of("withdrawal-reason", e.Text("reason"))),
        "referral-withdrawal-refused" => (words["Case.SaidWithdrawalRefused", desk], null),
        "referral-withdrawn" => (words["Case.SaidWithdrawn", desk], words.Of("withdrawal-reason", e.Text("reason"))),
        "referral-request-raised" => (words["Case.SaidRequest", desk, words.Within("referral-request", e.Text("kind"))], null),
        "referral-request-settled" => (words["Case.SaidSettled", desk, words.Within("referral-request", e.Text("kind"))], words.Of("request-decision", e.Text("decision"))),
        "referral-data-rejected" => (words["Case.SaidDataRejected", desk], null),
        "referral-data-restored" => (words["Case.SaidDataRestored", desk], null),
        "referral-supplemented" => (words["Case.SaidSupplemented", e.Number("supplement") ?? 1, desk], null),
        "referral-reviewed" => (words["Case.SaidReviewed", desk], words.Of("review-finding", e.Text("finding"))),
        "referral-outcome-unknown" => (words["Case.SaidUnknown", desk], null),
        "referral-part-assigned" => (words["Case.SaidPart", desk, words.Within("referral-part", e.Text("part"))], null),
        "referral-message-written" => (words[e.Text("side") == "desk" ? "Case.SaidMessageFrom" : "Case.SaidMessageTo", desk], null),
        // A later version of a service may tell of something that this page has no sentence for yet.
        var other => (words["Case.SaidOther", other, desk], null),
    };

    private static string Results(Words words, CaseEntry e) => string.Join("; ", e.Several("results").Distinct().Select(code => CaseWords.Result(words, code)));

    private static string? Occurred(Words words, Times times, CaseEntry e) => e.Text("occurredAt") is { } at && DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, out var moment)
        && (moment - e.At).Duration() > TimeSpan.FromMinutes(2) ? words["Case.SaidOccurred", times.Moment(moment)] : null;

    private static string Day(Times times, string day) => DateOnly.TryParse(day, CultureInfo.InvariantCulture, out var parsed) ? times.Day(parsed) : day;
}
