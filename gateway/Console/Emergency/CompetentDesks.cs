using System.Globalization;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform;
using Hotline111.Platform.Hosting;

namespace Hotline111.Console.Emergency;

/// <summary>A desk that can be asked.</summary>
/// <param name="Chosen">It is chosen before anybody has touched the sheet.</param>
/// <param name="Local">The place lies in its territory and it is not a national one.</param>
/// <param name="SentAt">When this emergency was sent to it already, or null.</param>
public sealed record CompetentDesk(string Id, string Sector, bool Local, bool Chosen, DateTimeOffset? SentAt)
{
    /// <summary>The police anywhere in the country, day and night.</summary>
    public const string PoliceEmergency = "113";

    /// <summary>Its duty phone if the desk itself has confirmed it, else null.</summary>
    public string? Phone => AgencyDirectory.FindDesk(Id)?.OfficialChannels.FirstOrDefault(channel => channel is { Kind: "phone", Confirmed: true, Value: not null })?.Value;
}

/// <summary>Who is asked in an emergency.</summary>
public sealed class CompetentDesks(Services services, TimeProvider clock)
{
    /// <summary>How many desks one emergency goes to at most (referral service).</summary>
    public const int Most = 10;

    // Who comes first leads: the police where it is, then those who can stop somebody at a border, then the others.
    private static readonly string[] Order = ["police", "border_guard", "coast_guard", "health_social", "womens_union", "foreign_affairs"];

    /// <summary>
    /// Every desk that is competent for the need, the place's own first. Chosen are those on duty for the place: its own ones and the national ones. The coast
    /// guard is chosen where there is a coast, the border guard where there is a border or a coast or somebody is on the way to one; with an unknown place the
    /// border guard is, the coast guard not.
    /// </summary>
    /// <returns>The desks, and whether the directory of the start stands in for the service that keeps it.</returns>
    public async Task<(IReadOnlyList<CompetentDesk> OnDuty, IReadOnlyList<CompetentDesk> Others, bool Away)> For(
        string? province, string purpose, Guid caseId, IReadOnlyList<string> signs, IReadOnlyDictionary<string, DateTimeOffset> sent, CancellationToken ct)
    {
        var (desks, away) = await Read(purpose, caseId, ct);
        var ranked = desks
            .Select(desk => (Desk: desk, Place: desk.ProvinceCodes.Count == 0 ? 1 : desk.ProvinceCodes.Contains(province ?? "") ? 0 : 2))
            .OrderBy(each => each.Place).ThenBy(each => Rank(each.Desk.Sector)).ThenBy(each => each.Desk.Id, StringComparer.Ordinal)
            .ToList();
        var at = Provinces.Editions[^1].Find(province);
        var count = 0;
        List<CompetentDesk> duty = [], others = [];
        foreach (var (desk, place) in ranked)
        {
            DateTimeOffset? already = sent.TryGetValue(desk.Id, out var time) ? time : null;
            var chosen = place < 2 && already is null && Sensible(desk.Sector, at, signs) && count < Most;
            count += chosen ? 1 : 0;
            (place < 2 ? duty : others).Add(new(desk.Id, desk.Sector, place == 0, chosen, already));
        }

        return (duty, others, away);
    }

    private static bool Sensible(string sector, Province? at, IReadOnlyList<string> signs) => sector switch
    {
        "coast_guard" => at is { Coastal: true },
        "border_guard" => at is null or { Coastal: true } or { LandBorder.Length: > 0 } || signs.Contains("moving_to_border"),
        _ => true,
    };

    private static int Rank(string sector) => Array.IndexOf(Order, sector) is >= 0 and var at ? at : Order.Length;

    private async Task<(IReadOnlyList<Desk> Desks, bool Away)> Read(string purpose, Guid caseId, CancellationToken ct)
    {
        try
        {
            var query = string.Create(CultureInfo.InvariantCulture, $"desks?purpose={Uri.EscapeDataString(purpose)}&caseId={caseId:D}");
            var today = clock.GetUtcNow().DayInVietnam;

            // One desk that is no longer on duty would make the service refuse the emergency to all of them.
            return ([.. (await services.Get<IReadOnlyList<Desk>>(query, ct)).Where(desk => desk.ValidFrom <= today && (desk.ValidUntil is null || desk.ValidUntil >= today))], false);
        }
        catch (ProblemException)
        {
            return ([.. AgencyDirectory.Desks.Where(desk => desk.Competences.Contains(purpose)).Select(desk => new Desk(desk.Id, desk.Sector, desk.ProvinceCodes, desk.ValidFrom, null))], true);
        }
    }

    private sealed record Desk(string Id, string Sector, IReadOnlyList<string> ProvinceCodes, DateOnly ValidFrom, DateOnly? ValidUntil);
}
