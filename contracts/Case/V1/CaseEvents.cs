namespace Hotline111.Contracts.Case.V1;

/// <summary>The family of events that Case tells. Thin: ids, codes and times.</summary>
public interface ICaseEvent;

/// <summary>A case was opened from a contact.</summary>
/// <param name="CaseId">The case's stream.</param>
/// <param name="Number">Its human number, CS-year-number.</param>
/// <param name="ContactId">The contact it came from.</param>
[Contract("case", "intake", "referral")]
public sealed record CaseOpened(
    Guid CaseId,
    [Coded(Ids.Number)] string Number,
    Guid ContactId,
    [Coded(Ids.Edition)] string? CatalogueEdition,
    [Coded(Ids.Province)] string? ProvinceCode,
    DateTimeOffset At) : ICaseEvent;

/// <summary>A person was added to the case.</summary>
[Contract("case", "intake", "referral")]
public sealed record PersonAdded(Guid CaseId, Guid PersonId, DateTimeOffset At) : ICaseEvent;

/// <summary>Risk and urgency of the case were judged.</summary>
/// <param name="RiskSigns">Codes of list risk-sign, comma separated in alphabetical order; empty when none.</param>
/// <param name="Urgency">Code of list urgency.</param>
[Contract("case", "intake", "referral")]
public sealed record CaseAssessed(
    Guid CaseId,
    [Coded("risk-sign", Several = true)] string RiskSigns,
    [Coded("urgency")] string Urgency,
    DateTimeOffset At) : ICaseEvent;

/// <summary>A package was released for a desk. Only its hash is told.</summary>
/// <param name="DeskId">The desk that may read it.</param>
/// <param name="Profile">The release profile and its edition ("police@2026-1").</param>
/// <param name="Basis">Code of list disclosure-basis.</param>
/// <param name="PackageHash">SHA-256 of the canonical JSON, lower-case hexadecimal.</param>
[Contract("case", "intake", "referral")]
public sealed record DisclosureReleased(
    Guid CaseId,
    [Coded(Ids.Desk)] string DeskId,
    [Coded(Ids.Profile)] string Profile,
    [Coded("disclosure-basis")] string Basis,
    [Coded(Ids.Sha256)] string PackageHash,
    DateTimeOffset At) : ICaseEvent;

/// <summary>
/// Agencies and territories that must not learn of the case, because one of their officials is involved. Routing, hand-on and agency views honour it; the whole
/// list stands in each message.
/// </summary>
/// <param name="ExcludedAgencies">Agencies, comma separated; empty for none.</param>
/// <param name="ExcludedProvinces">Codes of the directory's province edition whose local desks are excluded, comma separated; empty for none.</param>
[Contract("case", "intake", "referral")]
public sealed record CaseRestricted(
    Guid CaseId,
    [Coded(Ids.Agency, Several = true)] string ExcludedAgencies,
    [Coded(Ids.Province, Several = true)] string ExcludedProvinces,
    DateTimeOffset At) : ICaseEvent;
