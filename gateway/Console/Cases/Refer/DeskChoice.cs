using Hotline111.Contracts.Catalogues;
using Hotline111.Pages;

namespace Hotline111.Console.Cases.Refer;

/// <summary>A desk as the directory's service tells it.</summary>
/// <param name="ProvinceCodes">Territory; empty for the whole country.</param>
/// <param name="Competences">Codes of list referral-purpose.</param>
/// <param name="Profile">Release profile with edition.</param>
public sealed record Desk(
    string Id, string AgencyId, string Sector, string Vi, string En, IReadOnlyList<string> ProvinceCodes, IReadOnlyList<string> Competences, string Profile, DateOnly ValidFrom, DateOnly? ValidUntil)
{
    /// <summary>The name in the reader's language.</summary>
    public string Name(Words words) => words.Language.IsEnglish ? En : Vi;

    /// <summary>What the directory of the start says beside it: duty hours and official numbers.</summary>
    public DirectoryDesk? Entry => AgencyDirectory.FindDesk(Id);

    /// <summary>The duty phone that the desk itself has confirmed, or null.</summary>
    public string? Phone => Entry?.OfficialChannels.FirstOrDefault(channel => channel is { Kind: "phone", Confirmed: true, Value: not null })?.Value;

    /// <summary>The profile that governs what it may be sent.</summary>
    public ReleaseProfile? Release => ReleaseProfiles.Find(Profile.Split('@')[0]);

    /// <summary>For the whole country.</summary>
    public bool IsNational => ProvinceCodes.Count == 0;
}

/// <summary>Which desks are suggested for a need, and which of them are chosen before anybody has touched the page. An order for the eye: whoever refers decides.</summary>
internal static class DeskChoice
{
    /// <summary>How many desks are suggested for a need; every other one is found by its name.</summary>
    public const int Most = 4;

    private static readonly string[] Force = ["police", "border_guard", "coast_guard", "foreign_affairs", "health_social", "womens_union"];

    private static readonly string[] Border = ["border_guard", "police", "coast_guard"];

    private static readonly string[] Care = ["health_social", "womens_union", "facility", "ngo", "border_guard", "international"];

    private static readonly string[] Child = ["commune", "health_social", "police"];

    /// <summary>The desks that are competent for a need and on duty for the place or the whole country: the place's own first, then by who usually does it.</summary>
    public static IReadOnlyList<Desk> Suggest(IReadOnlyList<Desk> desks, string purpose, string? province) =>
    [
        .. desks
            .Where(desk => desk.Competences.Contains(purpose) && (desk.IsNational || (province is not null && desk.ProvinceCodes.Contains(province))))
            .OrderBy(desk => desk.IsNational)
            .ThenBy(desk => Rank(purpose, desk.Sector))
            .ThenBy(desk => desk.Id != desk.AgencyId)
            .ThenBy(desk => desk.Id, StringComparer.Ordinal)
            .Take(Most),
    ];

    /// <summary>
    /// Whom one would ask first: the place's own desk, else the national one. In an emergency also the criminal police at the centre and, towards a border, the border
    /// guard, at the same time.
    /// </summary>
    public static IReadOnlyList<Ask> Usual(IReadOnlyList<Desk> desks, CaseFile file, IReadOnlyList<ReferralRow> referrals, string purpose, string? province, string? urgency)
    {
        var free = Suggest(desks, purpose, province).Where(desk => Taken(referrals, purpose, desk.Id) is null).ToList();
        if (free.Count == 0)
            return [];
        List<Desk> usual = [free[0]];
        if (urgency == "emergency" && purpose == "verify_rescue")
        {
            usual.AddRange(free.Where(desk => desk is { Sector: "police", IsNational: true }).Take(1));
            if (file.RiskSigns.Contains("moving_to_border") || file.Persons.Any(person => person.Type == "cross_border_out"))
                usual.AddRange(free.Where(desk => desk.Sector == "border_guard").Take(1));
        }

        return [.. usual.Distinct().Select(desk => new Ask(purpose, desk.Id))];
    }

    /// <summary>What the case seems to need: what has no receiver; else what its facts speak for and nobody was asked for yet.</summary>
    public static IReadOnlyList<string> Needs(CaseFile file, IReadOnlyList<ReferralRow> referrals)
    {
        if (file.Picture.UnplacedPurposes.Count > 0)
            return file.Picture.UnplacedPurposes;
        List<string> needs = ["verify_rescue"];
        if (file.RiskSigns.Contains("moving_to_border"))
            needs.Add("border_intercept");
        if (file.Persons.Any(person => person.Destination is not ("VN" or "unknown")))
            needs.Add("consular");
        if (IsAboutAChild(file, file.Persons))
            needs.Add("child_protection");
        return [.. needs.Where(need => !referrals.Any(referral => referral.Purpose == need && referral.Stands))];
    }

    /// <summary>
    /// The basis that the judged risk speaks for: danger to life or health, else the duty towards a child. None for an adult out of danger: then somebody has to have
    /// agreed, and no page may assume that.
    /// </summary>
    public static string? Basis(CaseFile file, IReadOnlyList<CasePerson> persons, string? urgency) =>
        urgency == "emergency" || file.RiskLevel is "critical" or "high" ? DisclosureBasis.VitalInterest : IsAboutAChild(file, persons) ? DisclosureBasis.ChildDuty : null;

    /// <summary>The referral by which the desk has been asked for this already, or null.</summary>
    public static ReferralRow? Taken(IReadOnlyList<ReferralRow> referrals, string purpose, string desk) =>
        referrals.LastOrDefault(referral => referral.DeskId == desk && referral.Purpose == purpose && referral.Stands);

    private static bool IsAboutAChild(CaseFile file, IReadOnlyList<CasePerson> persons) =>
        file.RiskSigns.Contains("minor") || persons.Any(person => person.YearsOn(DateTimeOffset.UtcNow) < 18);

    private static int Rank(string purpose, string sector)
    {
        var order = purpose switch
        {
            "border_intercept" => Border,
            "child_protection" => Child,
            "receive_support" or "shelter" or "psychological" or "legal_aid" or "medical" or "reintegration" => Care,
            _ => Force,
        };
        return Array.IndexOf(order, sector) is >= 0 and var at ? at : order.Length;
    }
}
