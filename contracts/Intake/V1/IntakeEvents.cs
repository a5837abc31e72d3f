namespace Hotline111.Contracts.Intake.V1;

/// <summary>The family of events that Intake tells. Thin: ids, codes and times; no word that a human typed.</summary>
public interface IIntakeEvent;

/// <summary>Somebody contacted the hotline.</summary>
/// <param name="ContactId">The contact's stream.</param>
/// <param name="Number">Its human number, CT-year-number.</param>
/// <param name="Channel">Code of list contact-channel.</param>
/// <param name="OccurredAt">When the contact took place, which may be before it was entered.</param>
/// <param name="CatalogueEdition">Edition of the province catalogue the codes belong to; null when no place is known.</param>
/// <param name="ProvinceCode">Code of the province, or null.</param>
/// <param name="At">When it was recorded.</param>
[Contract("intake", "case")]
public sealed record ContactRecorded(
    Guid ContactId,
    [Coded(Ids.Number)] string Number,
    [Coded("contact-channel")] string Channel,
    DateTimeOffset OccurredAt,
    [Coded(Ids.Edition)] string? CatalogueEdition,
    [Coded(Ids.Province)] string? ProvinceCode,
    DateTimeOffset At) : IIntakeEvent;

/// <summary>
/// What was recorded of a contact was put right: how it stands now. Told only when one of these facts changed; what the caller said is nobody else's.
/// </summary>
/// <param name="Channel">Code of list contact-channel.</param>
/// <param name="OccurredAt">When the contact took place.</param>
/// <param name="CatalogueEdition">Edition of the province catalogue the codes belong to; null when no place is known.</param>
/// <param name="ProvinceCode">Code of the province, or null.</param>
/// <param name="At">When it was amended.</param>
[Contract("intake", "case")]
public sealed record ContactAmended(
    Guid ContactId,
    [Coded("contact-channel")] string Channel,
    DateTimeOffset OccurredAt,
    [Coded(Ids.Edition)] string? CatalogueEdition,
    [Coded(Ids.Province)] string? ProvinceCode,
    DateTimeOffset At) : IIntakeEvent;

/// <summary>A contact got its one main category, or a kind that stands outside the published total.</summary>
/// <param name="Category">Code of list main-category or contact-kind-outside-total.</param>
/// <param name="CountsInTotal">Whether it counts in the published total.</param>
[Contract("intake", "case")]
public sealed record ContactCategorised(
    Guid ContactId,
    [Coded("main-category", "contact-kind-outside-total")] string Category,
    bool CountsInTotal,
    DateTimeOffset At) : IIntakeEvent;

/// <summary>The conversation is over and its record complete.</summary>
[Contract("intake", "case")]
public sealed record ContactClosed(Guid ContactId, DateTimeOffset At) : IIntakeEvent;
