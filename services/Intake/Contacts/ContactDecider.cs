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
        : ContactCommand
    {
        /// <summary>What it says.</summary>
        /// <param name="justNow">When it took place, if that was just now.</param>
        public ContactFacts Facts(DateTimeOffset justNow) => new(Channel, OccurredAt ?? justNow, Caller, Place, Language, SafeContact, Summary);
    }

    /// <summary>Put right or complete what was recorded.</summary>
    /// <param name="Change">What is to be another now; what it is already is left out.</param>
    public sealed record Amend(Amendment Change, string By, DateTimeOffset At) : ContactCommand;

    public sealed record Categorise(Category Category, string By, DateTimeOffset At) : ContactCommand;

    /// <summary>Case told that a case was opened from this contact.</summary>
    public sealed record LinkCase(Guid CaseId, DateTimeOffset At) : ContactCommand;

    public sealed record Close(string By, DateTimeOffset At) : ContactCommand;
}

/// <summary>What is to change in a contact; null is "as it is".</summary>
/// <param name="Clear">Parts that are not known after all, of <see cref="ContactPart.All"/>.</param>
public sealed record Amendment(
    string? Channel,
    DateTimeOffset? OccurredAt,
    string? CallerKind,
    string? CallerGender,
    int? CallerAge,
    Personal<string>? CallerName,
    Personal<string>? CallerPhone,
    Place? Place,
    string? Language,
    string? SafeContact,
    Personal<string>? Summary,
    Items<string> Clear)
{
    /// <summary>The event that says only what differs from the facts, or null when nothing does.</summary>
    public ContactEvent.Amended? From(ContactFacts facts, string by, DateTimeOffset at)
    {
        var amended = new ContactEvent.Amended(
            New(Channel, facts.Channel),
            OccurredAt == facts.OccurredAt ? null : OccurredAt,
            New(CallerKind, facts.Caller.Kind),
            New(CallerGender, facts.Caller.Gender),
            CallerAge == facts.Caller.Age ? null : CallerAge,
            New(CallerName, facts.Caller.Name),
            New(CallerPhone, facts.Caller.Phone),
            New(Place, facts.Place),
            New(Language, facts.Language),
            New(SafeContact, facts.SafeContact),
            New(Summary, facts.Summary),
            Items.From(ContactPart.All.Where(part => Clear.Contains(part) && IsKnown(part, facts))),
            by,
            at);
        return facts.With(amended) == facts ? null : amended;
    }

    private static T? New<T>(T? told, T? known) where T : class => told is null || told.Equals(known) ? null : told;

    private static bool IsKnown(string part, ContactFacts facts) => part switch
    {
        ContactPart.CallerAge => facts.Caller.Age is not null,
        ContactPart.CallerName => facts.Caller.Name is not null,
        ContactPart.CallerPhone => facts.Caller.Phone is not null,
        ContactPart.Place => facts.Place is not null,
        ContactPart.SafeContact => facts.SafeContact is not null,
        ContactPart.Summary => facts.Summary is not null,
        _ => false,
    };
}

/// <summary>The rules of a contact, as one table read from top to bottom.</summary>
public static class ContactDecider
{
    /// <summary>How far back a contact may lie that is entered from paper. A rule of the platform: a month of notes, and figures of closed months stay closed.</summary>
    public static readonly TimeSpan EnteredWithin = TimeSpan.FromDays(31);

    public static readonly Decider<ContactState, ContactCommand, ContactEvent> Instance = new("contact", new None(), Evolve, Decide);

    /// <summary>The public names of the commands that a state allows.</summary>
    public static IReadOnlyList<string> Allowed(ContactState state) => state switch
    {
        None => ["record"],
        Open { Category: null } => ["categorise", "amend"],
        Open => ["categorise", "amend", "close"],
        Closed => ["amend"],
        _ => throw new UnreachableException($"Unnamed state {state.GetType().Name}"),
    };

    private static Decision<ContactEvent> Decide(ContactState state, ContactCommand command) => (state, command) switch
    {
        (None, Record c) when c.OccurredAt > c.At => ContactRefusals.InTheFuture,
        (None, Record c) when c.OccurredAt < c.At - EnteredWithin => ContactRefusals.TooLongAgo,
        (None, Record c) =>
            [new ContactEvent.Recorded(c.Number, c.Channel, c.OccurredAt ?? c.At, c.Caller, c.Place, c.Language, c.SafeContact, c.Summary, c.By, c.At)],
        // The same id stands for the same words: what was said otherwise is never answered as recorded.
        ({ FirstRecorded: { } first }, Record c) when c.Facts(first.Facts.OccurredAt) == first.Facts => [],
        (_, Record) => ContactRefusals.AlreadyExists,
        (None, _) => ContactRefusals.NotFound,

        (_, Categorise { Category: { Main: null, OutsideTotal: null } }) => ContactRefusals.OneCategory,
        (_, Categorise { Category: { Main: not null, OutsideTotal: not null } }) => ContactRefusals.OneCategory,
        (Open s, Categorise c) when c.Category == s.Category => [],
        (Open, Categorise c) => [new ContactEvent.Categorised(c.Category.Main, c.Category.OutsideTotal, c.Category.Topics, c.By, c.At)],
        (Closed s, Categorise c) when c.Category == s.Category => [],

        (Open s, Amend c) => Amended(s.First, s.Facts, c),
        (Closed s, Amend c) => Amended(s.First, s.Facts, c),

        (Open s, LinkCase c) when s.CaseId == c.CaseId => [],
        (Closed s, LinkCase c) when s.CaseId == c.CaseId => [],
        (_, LinkCase c) => [new ContactEvent.CaseLinked(c.CaseId, c.At)],

        (Open { Category: null }, Close) => ContactRefusals.CategoryNeeded,
        (Open, Close c) => [new ContactEvent.Closed(c.By, c.At)],
        (Closed, Close) => [],

        (Closed, Categorise) => ContactRefusals.AlreadyClosed,
        _ => throw new UnreachableException($"No rule for {command.GetType().Name} in {state.GetType().Name}"),
    };

    // When it took place is measured by when it was recorded, as it was then: a mistake found later is put right within the same bounds.
    private static Decision<ContactEvent> Amended(FirstRecord first, ContactFacts facts, Amend c) => c.Change switch
    {
        { OccurredAt: { } at } when at > first.At => ContactRefusals.AfterItsRecord,
        { OccurredAt: { } at } when at < first.At - EnteredWithin => ContactRefusals.TooLongAgo,
        _ when c.Change.From(facts, c.By, c.At) is { } amended => [amended],
        _ => [],
    };
}

/// <summary>Every "no" of a contact, with its public slug.</summary>
public static class ContactRefusals
{
    public static readonly Refusal NotFound = new(RefusalKind.NotFound, "contact-not-found", "Không có lượt liên hệ này.", "There is no such contact.");

    public static readonly Refusal AlreadyExists =
        new(RefusalKind.Conflict, "contact-already-exists", "Lượt liên hệ này đã được ghi với nội dung khác; hãy mở ra để bổ sung, sửa.", "This contact is recorded already, with another content; open it to amend it.");

    public static readonly Refusal InTheFuture =
        new(RefusalKind.Invalid, "contact-in-the-future", "Thời điểm liên hệ không thể ở tương lai.", "A contact cannot take place in the future.");

    public static readonly Refusal TooLongAgo = new(
        RefusalKind.Invalid,
        "contact-too-long-ago",
        $"Chỉ ghi bổ sung được lượt liên hệ trong {ContactDecider.EnteredWithin.Days} ngày trở lại.",
        $"A contact can be entered up to {ContactDecider.EnteredWithin.Days} days after it took place.");

    public static readonly Refusal AfterItsRecord = new(
        RefusalKind.Invalid, "contact-after-its-record", "Lượt liên hệ không thể diễn ra sau khi đã được ghi nhận.", "A contact cannot have taken place after it was recorded.");

    public static readonly Refusal OneCategory =
        new(RefusalKind.Invalid, "one-category", "Hãy chọn đúng một loại liên hệ.", "Choose exactly one category.");

    public static readonly Refusal CategoryNeeded = new(RefusalKind.Conflict, "category-needed", "Hãy chọn loại liên hệ trước khi kết thúc.", "Choose the category before closing.")
    {
        Allowed = ["categorise"],
    };

    public static readonly Refusal AlreadyClosed = new(RefusalKind.Conflict, "contact-already-closed", "Lượt liên hệ đã kết thúc.", "The contact is closed.")
    {
        Allowed = ["amend"],
    };
}
