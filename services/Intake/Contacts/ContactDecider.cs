using System.Diagnostics;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using static Hotline111.Intake.Contacts.ContactCommand;
using static Hotline111.Intake.Contacts.ContactState;

namespace Hotline111.Intake.Contacts;

/// <summary>What is asked of a contact.</summary>
public abstract record ContactCommand
{
    private ContactCommand()
    {
    }

    /// <summary>Record a contact; <paramref name="Number"/> was drawn before.</summary>
    /// <param name="OccurredAt">When it took place; null for just now, so that the same request sent again is the same contact.</param>
    public sealed record Record(
        string Number, string Channel, DateTimeOffset? OccurredAt, Caller Caller, Place? Place, string Language, string? SafeContact, Personal<string>? Summary, string By, DateTimeOffset At)
        : ContactCommand;

    public sealed record Categorise(Category Category, string By, DateTimeOffset At) : ContactCommand;

    /// <summary>Case told that a case was opened from this contact.</summary>
    public sealed record LinkCase(Guid CaseId, DateTimeOffset At) : ContactCommand;

    public sealed record Close(string By, DateTimeOffset At) : ContactCommand;
}

/// <summary>The rules of a contact, as one table read from top to bottom.</summary>
public static class ContactDecider
{
    public static readonly Decider<ContactState, ContactCommand, ContactEvent> Instance = new("contact", new None(), Evolve, Decide);

    /// <summary>The public names of the commands that a state allows.</summary>
    public static IReadOnlyList<string> Allowed(ContactState state) => state switch
    {
        None => ["record"],
        Open { Category: null } => ["categorise"],
        Open => ["categorise", "close"],
        Closed => [],
        _ => throw new UnreachableException($"Unnamed state {state.GetType().Name}"),
    };

    private static Decision<ContactEvent> Decide(ContactState state, ContactCommand command) => (state, command) switch
    {
        (None, Record c) when c.OccurredAt > c.At => ContactRefusals.InTheFuture,
        (None, Record c) =>
            [new ContactEvent.Recorded(c.Number, c.Channel, c.OccurredAt ?? c.At, c.Caller, c.Place, c.Language, c.SafeContact, c.Summary, c.By, c.At)],
        (Open s, Record c) when s.Channel == c.Channel && s.OccurredAt == (c.OccurredAt ?? s.OccurredAt) => [],
        (Closed s, Record c) when s.Channel == c.Channel && s.OccurredAt == (c.OccurredAt ?? s.OccurredAt) => [],
        (_, Record) => ContactRefusals.AlreadyExists,
        (None, _) => ContactRefusals.NotFound,

        (_, Categorise { Category: { Main: null, OutsideTotal: null } }) => ContactRefusals.OneCategory,
        (_, Categorise { Category: { Main: not null, OutsideTotal: not null } }) => ContactRefusals.OneCategory,
        (Open s, Categorise c) when c.Category == s.Category => [],
        (Open, Categorise c) => [new ContactEvent.Categorised(c.Category.Main, c.Category.OutsideTotal, c.Category.Topics, c.By, c.At)],
        (Closed s, Categorise c) when c.Category == s.Category => [],

        (Open s, LinkCase c) when s.CaseId == c.CaseId => [],
        (Closed s, LinkCase c) when s.CaseId == c.CaseId => [],
        (_, LinkCase c) => [new ContactEvent.CaseLinked(c.CaseId, c.At)],

        (Open { Category: null }, Close) => ContactRefusals.CategoryNeeded,
        (Open, Close c) => [new ContactEvent.Closed(c.By, c.At)],
        (Closed, Close) => [],

        (Closed, Categorise) => ContactRefusals.AlreadyClosed,
        _ => throw new UnreachableException($"No rule for {command.GetType().Name} in {state.GetType().Name}"),
    };
}

/// <summary>Every "no" of a contact, with its public slug.</summary>
public static class ContactRefusals
{
    public static readonly Refusal NotFound = new(RefusalKind.NotFound, "contact-not-found", "Không có lượt liên hệ này.", "There is no such contact.");

    public static readonly Refusal AlreadyExists =
        new(RefusalKind.Conflict, "contact-already-exists", "Mã này đã dùng cho một lượt liên hệ khác.", "This id already belongs to another contact.");

    public static readonly Refusal InTheFuture =
        new(RefusalKind.Invalid, "contact-in-the-future", "Thời điểm liên hệ không thể ở tương lai.", "A contact cannot take place in the future.");

    public static readonly Refusal OneCategory =
        new(RefusalKind.Invalid, "one-category", "Hãy chọn đúng một loại liên hệ.", "Choose exactly one category.");

    public static readonly Refusal CategoryNeeded = new(RefusalKind.Conflict, "category-needed", "Hãy chọn loại liên hệ trước khi kết thúc.", "Choose the category before closing.")
    {
        Allowed = ["categorise"],
    };

    public static readonly Refusal AlreadyClosed =
        new(RefusalKind.Conflict, "contact-already-closed", "Lượt liên hệ đã kết thúc.", "The contact is closed.");
}
