using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;

namespace Hotline111.Console.Referrals.Actions;

/// <summary>An action as it is offered now.</summary>
/// <param name="Label">Its button.</param>
/// <param name="Known">What the page already knows: which entry, which request, which mark.</param>
/// <param name="InPlace">One button is enough; else a link to its page.</param>
public sealed record Offer(ReferralAction Action, string Label, IReadOnlyList<(string Name, string Value)> Known, bool InPlace)
{
    /// <summary>Where its page stands, with the codes it already knows.</summary>
    public string Address(Guid referral) =>
        $"{SheetPage.Address(referral)}/{Action.Name}{(Known.Count == 0 ? "" : $"?{string.Join('&', Known.Select(each => $"{each.Name}={Uri.EscapeDataString(each.Value)}"))}")}";
}

/// <summary>What may be done now and what comes first; and where something that one expects is not possible, why.</summary>
/// <param name="Now">What matters now, in a sentence, or null.</param>
/// <param name="Main">What is most likely to be done next, or null.</param>
/// <param name="Usual">The other answers.</param>
/// <param name="Beside">What is rarely said.</param>
/// <param name="Spoken">What the hotline writes down for an officer on the phone.</param>
/// <param name="Marks">Steps on the way, one button each.</param>
/// <param name="Entries">What the hotline wrote down and the desk has to confirm.</param>
/// <param name="WhyNot">Why an expected action is not there: what, and the reason.</param>
public sealed record Standing(
    string? Now, Offer? Main, IReadOnlyList<Offer> Usual, IReadOnlyList<Offer> Beside, IReadOnlyList<Offer> Spoken, IReadOnlyList<Offer> Marks, IReadOnlyList<Offer> Entries,
    IReadOnlyList<(string? What, string Why)> WhyNot)
{
    /// <summary>How long after sending an emergency it can be taken back with one key (DESIGN §6).</summary>
    public static readonly TimeSpan ErrorTime = TimeSpan.FromMinutes(2);

    /// <summary>Whether anything may be done at all.</summary>
    public bool Any => Main is not null || Usual.Count + Beside.Count + Spoken.Count + Marks.Count + Entries.Count > 0;

    /// <summary>How a referral stands for this reader.</summary>
    public static Standing Of(Sheet sheet, Side side, Words words, Times times)
    {
        var allowed = sheet.Allowed.Where(name => Possible(name, sheet, times)).ToHashSet(StringComparer.Ordinal);
        var main = MainOf(sheet, side, allowed);
        List<Offer> usual = [], beside = [], spoken = [], marks = [], entries = [];
        foreach (var action in ReferralActions.All.Where(action => allowed.Contains(action.Name)))
        {
            switch (action.Name)
            {
                case "mark" when side == Side.Desk:
                    marks.AddRange(ValueLists.Get("mark").Values.Select(mark => new Offer(action, words.Of("mark", mark.Code), [("mark", mark.Code)], InPlace: true)));
                    break;
                case "confirm-entry":
                    entries.AddRange(sheet.UnconfirmedEntries.Select(line => new Offer(action, words[action.Label], [("entry", line.Entry!.Value.ToString("D"))], InPlace: true)));
                    break;
                case "settle-request":
                    usual.AddRange(sheet.OpenRequests.Select(line => new Offer(
                        action, words["Act.SettleThis", words.Within("referral-request", line.Code("kind"))], [("requestId", line.Code("requestId")!)], InPlace: false)));
                    break;
                default:
                    (side.IsHotline && action.SpokenLabel is not null ? spoken : action.Beside ? beside : usual).Add(
                        new(action, words[action.LabelFor(side)], [], InPlace: !action.HasPage(side)));
                    break;
            }
        }

        var first = usual.Concat(beside).FirstOrDefault(offer => offer.Action.Name == main);
        if (first is not null)
        {
            usual.Remove(first);
            beside.Remove(first);
        }

        return new(NowOf(sheet, side, words, times, allowed), first, usual, beside, spoken, marks, entries, [.. Missing(sheet, side, words, times, allowed)]);
    }

    /// <summary>Whether an emergency that has just been sent can still be taken back as an error, by one key.</summary>
    public static bool JustSent(Sheet sheet, Side side, Times times) =>
        side.IsHotline && sheet.Referral is { Urgency: "emergency", State: "Sent" or "Acknowledged", SentAt: { } at } && times.Now - at < ErrorTime && sheet.Allowed.Contains("withdraw", StringComparer.Ordinal);

    // The service offers it while the state allows; the time may be over.
    private static bool Possible(string name, Sheet sheet, Times times) => name != "undo-acceptance" || sheet.UndoUntil > times.Now;

    private static string? MainOf(Sheet sheet, Side side, HashSet<string> allowed)
    {
        string[] wanted = side switch
        {
            Side.Desk when sheet.Referral.WithdrawalReason is not null => ["agree-withdrawal"],
            Side.Desk => sheet.Referral.State switch
            {
                "Sent" => ["acknowledge"],
                "Acknowledged" => ["acknowledge", "accept"],
                "Accepted" => ["start"],
                "Acting" => ["report-result"],
                "OnHold" => ["resume"],
                _ => [],
            },
            Side.Head => [],
            _ when sheet.OpenRequests.Any(line => line.Code("kind") == "danger") => ["settle-request"],
            _ when sheet.Referral.Excluded => ["withdraw"],
            _ => ["submit", "approve", "answer-information", "confirm-result", "settle-request", "review"],
        };
        return wanted.FirstOrDefault(allowed.Contains);
    }

    private static string? NowOf(Sheet sheet, Side side, Words words, Times times, HashSet<string> allowed)
    {
        var row = sheet.Referral;
        var desk = words.Desk(row.DeskId);
        if (side == Side.Head)
            return words["Sheet.NowHead"];
        if (side == Side.Desk)
        {
            return row.State switch
            {
                _ when row.WithdrawalReason is { } reason && allowed.Contains("agree-withdrawal") => words["Sheet.NowStop", words.Within("withdrawal-reason", reason)],
                "Sent" => words["Sheet.NowSent"],
                "Acknowledged" => words["Sheet.NowAcknowledged"],
                "NeedsInformation" => words["Sheet.NowAsked"],
                "HandingOn" => words["Sheet.NowHandingOn", words.Desk(row.NextDeskId ?? "")],
                "Accepted" => words["Sheet.NowAccepted"],
                "Acting" => words["Sheet.NowActing"],
                "OnHold" when row.HoldUntil is { } until => words["Sheet.NowOnHold", times.Day(until)],
                "Reported" => words["Sheet.NowReported"],
                "Closed" => words["Sheet.NowClosed"],
                "Declined" => words["Sheet.NowDeclined"],
                "HandedOn" => words["Sheet.NowHandedOn", words.Desk(row.NextDeskId ?? "")],
                "Withdrawn" => words["Sheet.NowWithdrawn"],
                _ => null,
            };
        }

        return row.State switch
        {
            _ when row.Excluded => words["Sheet.HotlineExcluded", desk],
            _ when row.WithdrawalReason is not null && row.WithdrawalAskedAt is { } asked && row.State is not "Withdrawn" => words["Sheet.HotlineStopAsked", desk, times.Moment(asked)],
            "Draft" when row.Returned => words["Sheet.HotlineReturned"],
            "Draft" => words["Sheet.HotlineDraft"],
            "AwaitingApproval" => allowed.Contains("approve") ? words["Sheet.HotlineApprove"] : words["Sheet.HotlineAwaits"],
            "Sent" => words["Sheet.HotlineSent", desk],
            "Acknowledged" => words["Sheet.HotlineAcknowledged", desk],
            "NeedsInformation" => words["Sheet.HotlineAsked", desk],
            "HandingOn" => words["Sheet.HotlineHandingOn", desk, words.Desk(row.NextDeskId ?? "")],
            "Accepted" or "Acting" => words["Sheet.HotlineActing", desk],
            "OnHold" when row.HoldUntil is { } until => words["Sheet.HotlineOnHold", desk, times.Day(until)],
            "Reported" => words["Sheet.HotlineReported", desk],
            "Closed" when row.CorrectionDue => words["Sheet.HotlineCorrected", desk],
            "Closed" => words["Sheet.NowClosed"],
            "Declined" => words["Sheet.HotlineDeclined", desk],
            "HandedOn" => words["Sheet.NowHandedOn", words.Desk(row.NextDeskId ?? "")],
            "Withdrawn" => words["Sheet.NowWithdrawn"],
            _ => null,
        };
    }

    private static IEnumerable<(string?, string)> Missing(Sheet sheet, Side side, Words words, Times times, HashSet<string> allowed)
    {
        var row = sheet.Referral;
        var open = row.State is "Acknowledged" or "NeedsInformation";
        if (side == Side.Desk)
        {
            if (row.State == "Sent")
                yield return (null, words["Sheet.WhyAcknowledgeFirst"]);
            if (row.MustTakeCharge && (open || row.State == "Sent"))
                yield return (words["Sheet.NoDecline"], words["Sheet.WhyMustTake", words.Within("receiving-sector", row.Sector)]);
            if (open && !allowed.Contains("hand-on"))
                yield return (words["Sheet.NoHandOn"], words["Sheet.WhyTooFar", sheet.Policy.MostHops]);
            if (row.State == "Accepted" && !allowed.Contains("undo-acceptance"))
                yield return (words["Sheet.NoUndo"], words["Sheet.WhyUndoLate", sheet.Policy.UndoAcceptanceMinutes]);
            if (row.State == "Acting")
                yield return (words["Sheet.NoDecline"], words["Sheet.WhyTookCharge"]);
            if (row.State == "OnHold")
                yield return (words["Sheet.NoProgress"], words["Sheet.WhyResumeFirst"]);
            if (row.State is "Accepted" or "Acting" or "OnHold" && !allowed.Contains("ask-extension"))
                yield return (words["Sheet.NoExtension"], words["Sheet.WhyExtensionOpen"]);
            if (row.DataCut)
                yield return (null, words["Sheet.WhyCut"]);
        }
        else if (side.IsHotline)
        {
            if (row.State == "AwaitingApproval" && !allowed.Contains("approve"))
                yield return (words["Sheet.NoApprove"], words["Sheet.WhySupervisor"]);
            if (row.State == "HandingOn")
                yield return (words["Sheet.NoSupplement"], words["Sheet.WhySupplementNext", words.Desk(row.NextDeskId ?? "")]);
            if (row.State == "Reported" && !allowed.Contains("confirm-result"))
                yield return (words["Sheet.NoConfirm"], words["Sheet.WhyUntold"]);
            if (row.MustTakeCharge && open)
                yield return (words["Sheet.NoDecline"], words["Sheet.WhyMustTake", words.Within("receiving-sector", row.Sector)]);
            if (row.State is "Accepted" or "Acting" or "OnHold" or "Reported" && row is { WithdrawalReason: null, Excluded: false })
                yield return (null, words["Sheet.WhyWithdrawAsks"]);
            if (row.ReviewDue && !allowed.Contains("review"))
                yield return (null, words["Sheet.WhyReviewDue", sheet.Policy.ReviewHours]);
        }
    }
}
