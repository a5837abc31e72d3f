using Hotline111.Contracts.Access;
using Hotline111.Pages;

namespace Hotline111.Console.Cases;

/// <summary>Something that waits for the hotline in a case.</summary>
/// <param name="Sentence">What, and why.</param>
/// <param name="Label">What to press.</param>
/// <param name="Href">Where that is done.</param>
/// <param name="Grave">Somebody may be in danger while it waits.</param>
public sealed record CaseTodo(string Sentence, string Label, string Href, bool Grave = false)
{
    /// <summary>What waits, the gravest first; told by what happened alone, so that it can be looked at again without opening personal data.</summary>
    public static IReadOnlyList<CaseTodo> Of(Words words, CaseCourse course, IReadOnlyList<ReferralRow> referrals, string role)
    {
        List<CaseTodo> todos = [];
        var here = $"{CasePage.Path}/{course.Id}";
        var supervises = role is Roles.Supervisor or Roles.Director;
        bool Happened(string kind) => course.Timeline.Any(entry => entry.Source == "case" && entry.Kind == kind);

        if (course.Timeline.Any(entry => entry.Kind == "case-opened" && entry.Is("emergency")) && !Happened("case-completed"))
            todos.Add(new(words["Case.TodoComplete"], words["Case.Complete"], $"{here}/complete"));
        if (!Happened("person-added"))
            todos.Add(new(words["Case.TodoPerson"], words["Case.AddPerson"], $"{here}/persons/new"));
        if (!Happened("case-assessed"))
            todos.Add(new(words["Case.TodoAssess"], words["Case.Assess"], $"{here}/assess"));
        foreach (var purpose in course.Picture.UnplacedPurposes)
            todos.Add(new(words["Case.TodoUnplaced", words.Within("referral-purpose", purpose)], words["Case.ReferAgain"], $"{here}/refer?purpose={purpose}", Grave: true));
        foreach (var referral in referrals)
            todos.AddRange(Of(words, referral, here, supervises));
        if (referrals.All(referral => !referral.Stands) && course.Picture.UnplacedPurposes.Count == 0)
            todos.Add(new(words["Case.TodoRefer"], words["Case.Refer"], $"{here}/refer"));
        return [.. todos.OrderBy(todo => !todo.Grave)];
    }

    private static IEnumerable<CaseTodo> Of(Words words, ReferralRow referral, string here, bool supervises)
    {
        var (sheet, desk) = ($"/referrals/{referral.Id}", words.Desk(referral.DeskId));
        if (referral is { IsDraft: true, Returned: true })
            yield return new(words["Case.TodoReturned", referral.Number, desk], words["Case.CorrectAndSend"], $"{here}/refer?draft={referral.Id}", Grave: true);
        else if (referral.IsDraft)
            yield return new(words["Case.TodoDraft", referral.Number, desk], words["Case.GoOn"], $"{here}/refer?draft={referral.Id}");
        if (referral.State == "AwaitingApproval" && supervises)
            yield return new(words["Case.TodoApprove", referral.Number, desk], words["Case.LookAndApprove"], sheet);
        if (referral.DangerOpen > 0)
            yield return new(words["Case.TodoDanger", desk], words["Case.OpenSheet"], sheet, Grave: true);
        if (referral is { State: "Sent", Urgency: "emergency" })
            yield return new(words["Case.TodoUnacknowledged", desk], words["Case.OpenSheet"], sheet, Grave: true);
        if (referral.State == "NeedsInformation" || referral.Questions > 0)
            yield return new(words["Case.TodoAnswer", desk], words["Case.Answer"], sheet);
        if (referral.ExtensionOpen + referral.JointOpen > 0)
            yield return new(words["Case.TodoRequest", desk], words["Case.OpenSheet"], sheet);
        if (referral.State == "Reported" || referral.CorrectionDue)
            yield return new(words["Case.TodoConfirm", desk], words["Case.LookAndConfirm"], sheet);
        if (referral.ReviewDue && supervises)
            yield return new(words["Case.TodoReview", referral.Number], words["Case.Review"], sheet);
        if (referral.Unread > 0)
            yield return new(words["Case.TodoRead", desk], words["Case.OpenSheet"], sheet);
    }
}
