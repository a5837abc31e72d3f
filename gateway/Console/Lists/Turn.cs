using Hotline111.Pages;

namespace Hotline111.Console.Lists;

/// <summary>Whose turn a referral waits for, and since when: what stands in a list in the place of a promised time, as long as the platform keeps none.</summary>
/// <param name="What">What has to be done next, in words.</param>
/// <param name="Since">Since when; null when the row does not tell.</param>
/// <param name="By">The day that the desk itself named for it, or null.</param>
/// <param name="Pause">Until that day it rests; else a result is expected by it.</param>
public sealed record Turn(string What, DateTimeOffset? Since, DateOnly? By = null, bool Pause = false)
{
    /// <summary>As the hotline reads it.</summary>
    public static Turn OfHotline(ReferralLine line, Words words) => line switch
    {
        { DangerOpen: > 0 } => new(words["List.NoteDanger"], null),
        { Excluded: true } => new(words["List.PlaceElsewhere"], null),
        { State: "Draft", Returned: true } => new(words["List.AmendDraft"], line.DraftedAt),
        { State: "Draft", PreviousId: not null } => new(words["List.ReleaseNext"], line.DraftedAt),
        { State: "Draft" } => new(words["List.FinishDraft"], line.DraftedAt),
        { State: "AwaitingApproval" } => new(words["List.Approve"], line.DraftedAt),
        { State: "Declined" } => new(words["List.PlaceAnew"], line.DeclinedAt),
        { State: "Closed", CorrectionDue: true } => new(words["List.ConfirmCorrection"], line.ReportedAt),
        { State: "Closed" } => new(words["List.Closed"], line.ConfirmedAt),
        { State: "Withdrawn" } => new(words["List.Withdrawn"], line.WithdrawnAt),
        { State: "HandedOn" } => new(words["List.HandedOn"], null),
        { State: "NeedsInformation" } => new(words["List.AnswerQuestions", line.Questions], null),
        { State: "Reported" } => new(words["List.ConfirmResult"], line.ReportedAt),
        { ExtensionOpen: > 0 } => new(words["List.SettleExtension"], null),
        { JointOpen: > 0 } => new(words["List.SettleJoint"], null),
        { WithdrawalReason: not null } => new(words["List.DeskAnswersWithdrawal"], line.WithdrawalAskedAt),
        { State: "Sent" } => new(words["List.DeskAcknowledges"], line.SentAt),
        { State: "Acknowledged" } => new(words["List.DeskAnswers"], line.AcknowledgedAt),
        { State: "HandingOn" } => new(words["List.NextAcknowledges"], null),
        { State: "OnHold" } => new(words["List.OnHold"], null, line.HoldUntil, Pause: true),
        _ => new(words["List.DeskReports"], LastNews(line), line.ExpectedOn),
    };

    /// <summary>As the desk reads it.</summary>
    public static Turn OfDesk(ReferralLine line, Words words) => line switch
    {
        { State: "Sent" } => new(words["List.Acknowledge"], line.SentAt),
        { State: "Closed" } => new(words["List.Closed"], line.ConfirmedAt),
        { State: "Declined" } => new(words["List.Declined"], line.DeclinedAt),
        { State: "Withdrawn" } => new(words["List.Withdrawn"], line.WithdrawnAt),
        { State: "HandedOn" } => new(words["List.HandedOn"], null),
        { WithdrawalReason: not null } => new(words["List.AnswerWithdrawal"], line.WithdrawalAskedAt),
        { State: "Acknowledged" } => new(words["List.Answer"], line.AcknowledgedAt),
        { State: "NeedsInformation" } => new(words["List.HotlineAnswers"], null),
        { State: "HandingOn" } => new(words["List.NextAcknowledges"], null),
        { State: "Reported" } => new(words["List.HotlineConfirms"], line.ReportedAt),
        { State: "OnHold" } => new(words["List.OnHold"], null, line.HoldUntil, Pause: true),
        _ when line.ExtensionOpen + line.JointOpen > 0 => new(words["List.HotlineSettles"], null),
        _ => new(words["List.Report"], LastNews(line), line.ExpectedOn),
    };

    private static DateTimeOffset? LastNews(ReferralLine line) => new[] { line.AcceptedAt, line.LastMarkAt, line.ProgressAt }.Max();
}
