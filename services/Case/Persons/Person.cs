using Hotline111.Contracts;
using Hotline111.Platform.Privacy;

namespace Hotline111.Case.Persons;

/// <summary>A person the case is about.</summary>
/// <param name="Facts">What is known of her now.</param>
public sealed record Person(Guid Id, PersonFacts Facts)
{
    /// <summary>What was told when she was added: by that a repeated request is known, whatever changed since.</summary>
    public PersonFacts First { get; init; } = Facts;
}

/// <summary>What is known of a person. Age bands are never stored: they overlap and leave gaps, so a birth year or an age is.</summary>
/// <param name="BirthYear">1900 to this year, or null when unknown.</param>
/// <param name="Age">Years at <paramref name="AgeOn"/>, when only the age is known.</param>
/// <param name="AgeOn">The day the age was true.</param>
/// <param name="Status">"suspected" until a competent body has identified a victim (Law 53/2024/QH15, art. 2).</param>
public sealed record PersonFacts(
    Personal<string>? Name,
    [Coded("gender")] string Gender,
    int? BirthYear,
    int? Age,
    DateOnly? AgeOn,
    [Coded("ethnicity-group")] string EthnicityGroup,
    [Coded("purpose")] string Purpose,
    [Coded("trafficking-type")] string Type,
    [Coded("destination")] string Destination,
    [Coded("person-status")] string Status,
    Personal<string>? Phone,
    Personal<string>? Address,
    Personal<string>? IdentityNumber,
    Personal<string>? Location,
    Personal<string>? Note);
