using Hotline111.Contracts.Catalogues;
using Hotline111.Platform;
using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hotline111.Intake.Places;

/// <summary>GET /places?q=: provinces and cities by what somebody types while talking, former names with their new home.</summary>
public static class SearchPlaces
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", Handle).RequireAction(IntakeAccess.Table, "place.search")
        .DescribeList("Tìm tỉnh, thành phố, cả tên cũ trước 1/7/2025", "provinces and cities, former names too")
        .WithDescription(
            "q: at most 60 characters; marks, case, spaces, đ/d, i/y and k/c do not matter, abbreviations such as HCM, BRVT work; empty gives the present units. "
            + "limit: 1 to 100, 12 when left out. Communes, districts, names older than the 63 units and misspellings beyond these are not found.")
        .ProducesProblem(StatusCodes.Status400BadRequest);

    /// <param name="Items">The best first.</param>
    public sealed record Page(IReadOnlyList<FoundPlace> Items);

    private static Results<Ok<Page>, AccessProblem> Handle(string? q, int? limit, TimeProvider clock)
    {
        if (q is { Length: > PlaceSearch.LongestQuery } || limit is < 1 or > 100)
            return Problems.RequestMalformed;
        var today = clock.GetUtcNow().DayInVietnam;
        return TypedResults.Ok(new Page(PlaceSearch.Find(q ?? "", today, limit ?? 12)));
    }
}
