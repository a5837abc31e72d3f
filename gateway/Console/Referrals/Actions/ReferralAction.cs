namespace Hotline111.Console.Referrals.Actions;

/// <summary>A command of a referral as people give it.</summary>
/// <param name="Name">The command's public name, which is also its address below the sheet.</param>
/// <param name="Label">Key of its button.</param>
/// <param name="Effect">Key of what will happen, said before the button; <c>{0}</c> is the desk.</param>
public sealed record ReferralAction(string Name, string Label, string Effect)
{
    /// <summary>What the form asks for, in its order.</summary>
    public IReadOnlyList<FormField> Fields { get; init; } = [];

    /// <summary>Hotline staff give it only for an officer on the phone; the key of their button.</summary>
    public string? SpokenLabel { get; init; }

    /// <summary>It ends something or cannot be taken back: always a page of its own, with a red button.</summary>
    public bool Grave { get; init; }

    /// <summary>It is read before it is given, though nothing is asked.</summary>
    public bool Considered { get; init; }

    /// <summary>Said rarely, beside the answers.</summary>
    public bool Beside { get; init; }

    /// <summary>Given for what the reader saw; false for what stands whenever it arrives: marks, dangers, confirmations.</summary>
    public bool Versioned { get; init; } = true;

    /// <summary>The key of the keyboard, or null.</summary>
    public string? Key { get; init; }

    /// <summary>The fields that somebody on this side fills in.</summary>
    public IReadOnlyList<FormField> FieldsFor(Side side) => side.IsHotline && SpokenLabel is not null ? [.. Fields, new SpokenField()] : Fields;

    /// <summary>Whether it has a page of its own; else one button on the sheet is enough.</summary>
    public bool HasPage(Side side) => Grave || Considered || FieldsFor(side).Any(field => field is not KnownField);

    /// <summary>The key of its button for this side.</summary>
    public string LabelFor(Side side) => side.IsHotline && SpokenLabel is not null ? SpokenLabel : Label;
}

/// <summary>Every command that a person gives on the sheet, in the order in which it is offered. docs/referral.md says who may when; here stands how it is asked for.</summary>
public static class ReferralActions
{
    // The platform's own reasons: nobody chooses them.
    private static readonly string[] OfThePlatform = ["taken_back", "parent_withdrawn"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ReferralAction> All { get; } =
    [
        // The desk's answers, and what the hotline writes down of them.
        new("acknowledge", "Act.Acknowledge", "Act.AcknowledgeEffect") { Key = "x", SpokenLabel = "Act.AcknowledgeSpoken" },
        new("accept", "Act.Accept", "Act.AcceptEffect")
        {
            SpokenLabel = "Act.AcceptSpoken",
            Fields = [new LineField("unit", "Act.Unit", "Act.UnitHint"), new LineField("officer", "Act.Officer", "Act.OfficerHint"), new DayField("expectedOn", "Act.ExpectedOn", "Act.ExpectedOnHint")],
        },
        new("ask-information", "Act.AskInformation", "Act.AskInformationEffect") { Fields = [new QuestionsField()] },
        new("hand-on", "Act.HandOn", "Act.HandOnEffect") { Fields = [new DeskField("deskId", "Act.NextDesk", "Act.NextDeskHint", Competent: true), new WordsField("text", "Act.WhyHandOn")] },
        new("decline", "Act.Decline", "Act.DeclineEffect")
        {
            Grave = true,
            SpokenLabel = "Act.DeclineSpoken",
            Fields =
            [
                new OneOfField("reason", "Act.Reason", "decline-reason"), new DeskField("advisedDeskId", "Act.AdvisedDesk", "Act.AdvisedDeskHint", Required: false),
                new WordsField("text", "Act.DeclineText", "Act.DeclineTextHint"),
            ],
        },
        new("take-back", "Act.TakeBack", "Act.TakeBackEffect"),
        new("undo-acceptance", "Act.UndoAcceptance", "Act.UndoAcceptanceEffect"),

        // The desk's work.
        new("start", "Act.Start", "Act.StartEffect"),
        new("report-result", "Act.ReportResult", "Act.ReportResultEffect")
        {
            Considered = true,
            SpokenLabel = "Act.ReportResultSpoken",
            Fields =
            [
                new ResultsField(), new OneOfField("tellCaller", "Act.TellCaller", "tell-caller"), new WordsField("nextStep", "Act.NextStep"), new MomentField("occurredAt", "Act.OccurredAt", "Act.OccurredAtHint"),
            ],
        },
        new("report-progress", "Act.ReportProgress", "Act.ReportProgressEffect")
        {
            SpokenLabel = "Act.ReportProgressSpoken",
            Fields = [new OneOfField("progress", "Act.Progress", "progress"), new WordsField("text", "Act.ProgressText", "Act.ProgressTextHint", Longest: 4000)],
        },
        new("mark", "Act.Mark", "Act.MarkEffect")
        {
            Versioned = false,
            SpokenLabel = "Act.MarkSpoken",
            Fields = [new OneOfField("mark", "Act.WhichMark", "mark"), new MomentField("occurredAt", "Act.OccurredAt", "Act.OccurredAtHint")],
        },
        new("reach-milestone", "Act.Milestone", "Act.MilestoneEffect")
        {
            SpokenLabel = "Act.MilestoneSpoken",
            Fields = [new OneOfField("milestone", "Act.WhichMilestone", "milestone"), new MomentField("occurredAt", "Act.OccurredAt", "Act.OccurredAtHint")],
        },
        new("hold", "Act.Hold", "Act.HoldEffect")
        {
            Fields = [new OneOfField("reason", "Act.Reason", "hold-reason"), new DayField("until", "Act.HoldUntil", "Act.HoldUntilHint", Required: true, From: 1, To: 90), new WordsField("text", "Act.HoldText", "Act.OtherNeedsWords")],
        },
        new("resume", "Act.Resume", "Act.ResumeEffect"),
        new("correct-report", "Act.CorrectReport", "Act.CorrectReportEffect")
        {
            Considered = true,
            Fields =
            [
                new WordsField("why", "Act.WhyCorrect", Required: true), new ResultsField(), new OneOfField("tellCaller", "Act.TellCaller", "tell-caller"), new WordsField("nextStep", "Act.NextStep"),
                new MomentField("occurredAt", "Act.OccurredAt", "Act.OccurredAtHint"),
            ],
        },
        new("agree-withdrawal", "Act.AgreeWithdrawal", "Act.AgreeWithdrawalEffect") { Grave = true },
        new("refuse-withdrawal", "Act.RefuseWithdrawal", "Act.RefuseWithdrawalEffect") { Fields = [new WordsField("why", "Act.WhyRefuse", "Act.WhyRefuseHint", Required: true)] },
        new("confirm-entry", "Act.ConfirmEntry", "Act.ConfirmEntryEffect") { Versioned = false, Fields = [new KnownField("entry")] },

        // What the desk asks of the hotline.
        new("ask-extension", "Act.AskExtension", "Act.AskExtensionEffect") { Beside = true, Fields = [new DayField("until", "Act.ExtensionUntil", "Act.DayHint", Required: true, From: 1), new WordsField("text", "Act.WhyExtension")] },
        new("ask-joint", "Act.AskJoint", "Act.AskJointEffect") { Beside = true, Fields = [new DeskField("deskId", "Act.JointDesk"), new WordsField("text", "Act.WhyJoint")] },
        new("flag-danger", "Act.FlagDanger", "Act.FlagDangerEffect") { Beside = true, Versioned = false, Fields = [new SeveralOfField("riskSigns", "Act.Dangers", "risk-sign"), new WordsField("text", "Act.DangerText")] },
        new("reject-data", "Act.RejectData", "Act.RejectDataEffect") { Beside = true, Grave = true, Fields = [new SentFieldsField(), new WordsField("text", "Act.WhyReject")] },

        // The hotline.
        new("submit", "Act.Submit", "Act.SubmitEffect") { Fields = [new ReleaseField(), new FlagField("noSupervisorOnDuty", "Act.NoSupervisor", "Act.NoSupervisorHint")] },
        new("approve", "Act.Approve", "Act.ApproveEffect") { Considered = true },
        new("return", "Act.Return", "Act.ReturnEffect") { Fields = [new WordsField("question", "Act.WhatToChange", Required: true)] },
        new("answer-information", "Act.AnswerInformation", "Act.AnswerInformationEffect") { Fields = [new AnswersField()] },
        new("confirm-result", "Act.ConfirmResult", "Act.ConfirmResultEffect") { Considered = true },
        new("question-result", "Act.QuestionResult", "Act.QuestionResultEffect") { Fields = [new WordsField("question", "Act.Question", Required: true)] },
        new("settle-request", "Act.SettleRequest", "Act.SettleRequestEffect") { Fields = [new KnownField("requestId"), new DecisionField(), new WordsField("text", "Act.DecisionText")] },
        new("review", "Act.Review", "Act.ReviewEffect") { Fields = [new OneOfField("finding", "Act.Finding", "review-finding"), new WordsField("text", "Act.ReviewText")] },
        new("supplement", "Act.Supplement", "Act.SupplementEffect") { Fields = [new ReleaseField()] },
        new("withdraw", "Act.Withdraw", "Act.WithdrawEffect") { Grave = true, Fields = [new OneOfField("reason", "Act.Reason", "withdrawal-reason", null, OfThePlatform), new WordsField("text", "Act.WithdrawText")] },
        new("assign-part", "Act.AssignPart", "Act.AssignPartEffect") { Beside = true, Fields = [new OneOfField("part", "Act.Part", "referral-part")] },
        new("restore-data", "Act.RestoreData", "Act.RestoreDataEffect") { Beside = true, Fields = [new WordsField("why", "Act.WhyRestore", Required: true)] },
        new("declare-outcome-unknown", "Act.OutcomeUnknown", "Act.OutcomeUnknownEffect") { Beside = true, Considered = true },
    ];

    /// <summary>The action of this name, or null.</summary>
    public static ReferralAction? Find(string name) => All.FirstOrDefault(action => action.Name == name);
}
