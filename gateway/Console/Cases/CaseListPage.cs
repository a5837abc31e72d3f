using System.Globalization;
using System.Text.RegularExpressions;
using Hotline111.Pages;
using Hotline111.Platform;
using Hotline111.Platform.Access;

namespace Hotline111.Console.Cases;

/// <summary>A case as its service lists it: codes, ids and times.</summary>
/// <param name="Standing">Code of list joint-standing.</param>
/// <param name="UnplacedPurposes">Needs without a receiver: codes of list referral-purpose.</param>
public sealed record CaseLine(
    Guid Id, string Number, string? ProvinceCode, string Urgency, string RiskLevel, int Persons, DateTimeOffset OpenedAt, bool AwaitsDetails, IReadOnlyList<string> ExcludedAgencies,
    IReadOnlyList<string> ExcludedProvinces, string Standing, IReadOnlyList<string> UnplacedPurposes)
{
    /// <summary>Somebody must not learn of it.</summary>
    public bool IsRestricted => ExcludedAgencies.Count + ExcludedProvinces.Count > 0;
}

/// <summary>How many cases wait for a receiver.</summary>
public sealed record CaseCounts(long Unplaced, long Emergency);

/// <summary>A page of cases.</summary>
/// <param name="Cursor">Names the next page; null at the end.</param>
/// <param name="Counts">Told with the worklist alone.</param>
public sealed record CaseLines(IReadOnlyList<CaseLine> Items, Guid? Cursor, CaseCounts? Counts);

/// <summary>What of the cases is looked at.</summary>
/// <param name="List">all, mine or unplaced.</param>
/// <param name="Number">What was typed into the search, or null.</param>
/// <param name="After">From the page before.</param>
public sealed record CaseSearch(string List, string? Number, Guid? After)
{
    /// <summary>The address of this view below a path.</summary>
    public string Under(string path, Guid? after = null)
    {
        List<string> query = [];
        if (List != "all")
            query.Add($"list={List}");
        if (Number is not null)
            query.Add($"number={Uri.EscapeDataString(Number)}");
        if ((after ?? After) is { } from)
            query.Add($"after={from:D}");
        return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";
    }
}

/// <summary>GET /cases: the hotline's cases, one's own, those without a receiver, or the one with a number. GET /cases/rows: the rows alone, when something changed.</summary>
public static partial class CaseListPage
{
    /// <summary>The page.</summary>
    public const string Path = "/cases";

    private static readonly string[] Lists = ["all", "mine", "unplaced"];

    /// <summary>Maps the page.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
        routes.MapGet($"{Path}/rows", Rows).RequireAction(ConsoleRules.Table, ConsoleRules.Cases).ExcludeFromDescription();
    }

    private static async Task<IResult> Show(Services services, TimeProvider clock, string? list, string? number, Guid? after, CancellationToken ct)
    {
        var search = Search(list, number, after, clock);
        var lines = await Read(services, search, ct);
        // Who types a number wants the case.
        if (search.Number is { Length: >= 14 } && lines.Items is [var only])
            return TypedResults.LocalRedirect($"{Path}/{only.Id}");
        var counts = lines.Counts ?? (await services.Get<CaseLines>("cases?list=unplaced&limit=1", ct)).Counts;
        return Page.Of<CaseListView>(new { Lines = lines, Search = search, Counts = counts });
    }

    private static async Task<IResult> Rows(Services services, TimeProvider clock, string? list, string? number, Guid? after, CancellationToken ct)
    {
        var search = Search(list, number, after, clock);
        return Page.Of<CaseRows>(new { Lines = await Read(services, search, ct), Search = search });
    }

    private static Task<CaseLines> Read(Services services, CaseSearch search, CancellationToken ct)
    {
        var query = search.List == "all" ? "" : $"&list={search.List}";
        if (search.Number is { } number)
            query += $"&number={Uri.EscapeDataString(number)}";
        return services.Get<CaseLines>($"cases?limit=50{query}{(search.After is { } after ? $"&cursor={after:D}" : "")}", ct);
    }

    private static CaseSearch Search(string? list, string? number, Guid? after, TimeProvider clock)
    {
        var typed = Numbered(number, clock);
        // A number is looked for among all of them.
        return new(typed is null && Lists.Contains(list, StringComparer.Ordinal) ? list! : "all", typed, after);
    }

    /// <summary>What people type for a number, in full: "391" is CS-2026-000391, "2025-391" that of last year. Null for nothing.</summary>
    public static string? Numbered(string? typed, TimeProvider clock)
    {
        typed = typed?.Trim().ToUpperInvariant();
        if (string.IsNullOrEmpty(typed))
            return null;
        if (Short().Match(typed) is not { Success: true } match)
            return typed.Length > 20 ? typed[..20] : typed;
        var year = match.Groups["year"] is { Success: true, Value: var told } ? told : clock.GetUtcNow().InVietnam.Year.ToString(CultureInfo.InvariantCulture);
        return $"CS-{year}-{match.Groups["number"].Value.PadLeft(6, '0')}";
    }

    [GeneratedRegex(@"^(?:CS)?[- ]*(?:(?<year>20\d\d)[- ]+)?(?<number>\d{1,6})$")]
    private static partial Regex Short();
}
