using System.Diagnostics;
using System.Text.Json.Serialization;
using Hotline111.Contracts;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;

namespace Hotline111.Intake.Contacts;

/// <summary>Everything that can happen to a contact: one communication in any channel. The strings are the stored names and never change.</summary>
[JsonDerivedType(typeof(Recorded), "contact-recorded.v1")]
[JsonDerivedType(typeof(Categorised), "contact-categorised.v1")]
[JsonDerivedType(typeof(Amended), "contact-amended.v1")]
[JsonDerivedType(typeof(CaseLinked), "contact-case-linked.v1")]
[JsonDerivedType(typeof(Closed), "contact-closed.v1")]
public abstract record ContactEvent
{
    private ContactEvent()
    {
    }

    /// <summary>Somebody contacted the hotline.</summary>
    /// <param name="OccurredAt">When it took place; earlier than <paramref name="At"/> for notes taken on paper.</param>
    public sealed record Recorded(
        [Coded(Ids.Number)] string Number,
        [Coded("contact-channel")] string Channel,
        DateTimeOffset OccurredAt,
        Caller Caller,
        Place? Place,
        [Coded(Ids.Language)] string Language,
        [Coded("safe-contact")] string? SafeContact,
        Personal<string>? Summary,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ContactEvent;

    /// <summary>The contact's one main category or kind outside the total, and its topics, as judged now.</summary>
    public sealed record Categorised(
        [Coded("main-category")] string? Category,
        [Coded("contact-kind-outside-total")] string? OutsideTotal,
        [Coded("topic")] Items<string> Topics,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ContactEvent;

    /// <summary>What was recorded was wrong or has become clearer. Only what changed stands here; what stood before stays in the history.</summary>
    /// <param name="Place">The whole place anew, or null when it stays.</param>
    /// <param name="Cleared">What is not known any more after all; see <see cref="ContactPart"/>.</param>
    public sealed record Amended(
        [Coded("contact-channel")] string? Channel,
        DateTimeOffset? OccurredAt,
        [Coded("caller-kind")] string? CallerKind,
        [Coded("gender")] string? CallerGender,
        int? CallerAge,
        Personal<string>? CallerName,
        Personal<string>? CallerPhone,
        Place? Place,
        [Coded(Ids.Language)] string? Language,
        [Coded("safe-contact")] string? SafeContact,
        Personal<string>? Summary,
        [Coded(Ids.ContactPart)] Items<string> Cleared,
        [Coded(Ids.Actor)] string By,
        DateTimeOffset At) : ContactEvent;

    /// <summary>A case was opened from this contact.</summary>
    public sealed record CaseLinked(Guid CaseId, DateTimeOffset At) : ContactEvent;

    /// <summary>The conversation is over and its record complete.</summary>
    public sealed record Closed([Coded(Ids.Actor)] string By, DateTimeOffset At) : ContactEvent;
}

/// <summary>Who contacted us; not always the victim.</summary>
/// <param name="Age">Years, or null when unknown; never a band.</param>
public sealed record Caller(
    [Coded("caller-kind")] string Kind, [Coded("gender")] string Gender, int? Age, Personal<string>? Name, Personal<string>? Phone);

/// <summary>A place by catalogue: bare codes are ambiguous since July 2025, so the edition is always beside them.</summary>
/// <param name="Commune">The commune in words, or null.</param>
public sealed record Place(
    [Coded(Ids.Edition)] string Edition, [Coded(Ids.Province)] string ProvinceCode, [Coded(Ids.Province)] string? FormerProvinceCode, Personal<string>? Commune);

/// <summary>Parts of a contact that can be taken back to "not known".</summary>
public static class ContactPart
{
    public const string CallerAge = "caller_age";
    public const string CallerName = "caller_name";
    public const string CallerPhone = "caller_phone";
    public const string Place = "place";
    public const string SafeContact = "safe_contact";
    public const string Summary = "summary";

    public static IReadOnlyList<string> All { get; } = [CallerAge, CallerName, CallerPhone, Place, SafeContact, Summary];
}

/// <summary>What is known of a contact now.</summary>
public sealed record ContactFacts(
    string Channel, DateTimeOffset OccurredAt, Caller Caller, Place? Place, string Language, string? SafeContact, Personal<string>? Summary)
{
    /// <summary>The facts after an amendment.</summary>
    public ContactFacts With(ContactEvent.Amended e)
    {
        return new(
            e.Channel ?? Channel,
            e.OccurredAt ?? OccurredAt,
            new(
                e.CallerKind ?? Caller.Kind,
                e.CallerGender ?? Caller.Gender,
                Without(ContactPart.CallerAge) ? null : e.CallerAge ?? Caller.Age,
                Without(ContactPart.CallerName) ? null : e.CallerName ?? Caller.Name,
                Without(ContactPart.CallerPhone) ? null : e.CallerPhone ?? Caller.Phone),
            Without(ContactPart.Place) ? null : e.Place ?? Place,
            e.Language ?? Language,
            Without(ContactPart.SafeContact) ? null : e.SafeContact ?? SafeContact,
            Without(ContactPart.Summary) ? null : e.Summary ?? Summary);

        bool Without(string part) => e.Cleared.Contains(part);
    }
}

/// <summary>How a contact was first recorded: by that a repeated request is known, whatever was amended since.</summary>
public sealed record FirstRecord(ContactFacts Facts, DateTimeOffset At);

/// <summary>What a decision needs to know about a contact.</summary>
public abstract record ContactState
{
    private ContactState()
    {
    }

    public sealed record None : ContactState;

    /// <summary>Recorded; its category may still change.</summary>
    public sealed record Open(string Number, FirstRecord First, ContactFacts Facts, Category? Category, Guid? CaseId) : ContactState;

    /// <summary>Complete: its category stands, and what is wrong in it can still be put right.</summary>
    public sealed record Closed(string Number, FirstRecord First, ContactFacts Facts, Category Category, Guid? CaseId) : ContactState;

    /// <summary>The state's public name.</summary>
    public string Name => GetType().Name;

    /// <summary>How it was first recorded; null before it was.</summary>
    public FirstRecord? FirstRecorded => this switch { Open s => s.First, Closed s => s.First, _ => null };

    // Never argues with history: it throws only for an event nobody taught it.
    public static ContactState Evolve(ContactState state, ContactEvent @event) => (state, @event) switch
    {
        (_, ContactEvent.Recorded e) when new ContactFacts(e.Channel, e.OccurredAt, e.Caller, e.Place, e.Language, e.SafeContact, e.Summary) is var facts =>
            new Open(e.Number, new(facts, e.At), facts, null, null),
        (Open s, ContactEvent.Categorised e) => s with { Category = new(e.Category, e.OutsideTotal, e.Topics) },
        (Open s, ContactEvent.Amended e) => s with { Facts = s.Facts.With(e) },
        (Closed s, ContactEvent.Amended e) => s with { Facts = s.Facts.With(e) },
        (Open s, ContactEvent.CaseLinked e) => s with { CaseId = e.CaseId },
        (Closed s, ContactEvent.CaseLinked e) => s with { CaseId = e.CaseId },
        (Open { Category: { } category } s, ContactEvent.Closed) => new Closed(s.Number, s.First, s.Facts, category, s.CaseId),
        (_, ContactEvent.Categorised or ContactEvent.Amended or ContactEvent.CaseLinked or ContactEvent.Closed) => state,
        _ => throw new UnreachableException($"Unknown event {@event.GetType().Name}"),
    };
}

/// <summary>Exactly one of <paramref name="Main"/> and <paramref name="OutsideTotal"/>: each contact has one main category or stands outside the published total.</summary>
public sealed record Category(string? Main, string? OutsideTotal, Items<string> Topics);
