using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;

namespace Hotline111.Referral.Referrals.Working;

/// <summary>
/// POST /referrals/{id}/report-result: what came of it for every person, coded, with evidence. POST /referrals/{id}/correct-report: a corrected report beside the
/// first one, which stays in history.
/// </summary>
public static class ReportResult
{
    /// <summary>How many persons one report may speak of.</summary>
    public const int MostPersons = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/{id:guid}/report-result", Report).RequireAction(ReferralAccess.Table, "referral.report-result")
            .DescribeCommand("Báo cáo kết quả theo từng người", "report the result, person by person");
        routes.MapPost("/{id:guid}/correct-report", Correct).RequireAction(ReferralAccess.Table, "referral.correct-report")
            .DescribeCommand("Đính chính báo cáo kết quả", "correct the report");
    }

    /// <param name="PersonId">The person; null when the referral names nobody.</param>
    /// <param name="Result">Code of the lists referral-result or no-result.</param>
    /// <param name="Evidence">Codes of list evidence-source.</param>
    public sealed record Line(Guid? PersonId, string Result, IReadOnlyList<string>? Evidence, string? Text);

    /// <param name="Results">One line for every person of the referral.</param>
    /// <param name="TellCaller">Code of list tell-caller.</param>
    /// <param name="OccurredAt">When it came about; now if left out. Not in the future, at most 31 days ago.</param>
    public sealed record Body(IReadOnlyList<Line>? Results, string TellCaller, string? NextStep, DateTimeOffset? OccurredAt, ByPhone? ByPhone);

    /// <inheritdoc cref="Body"/>
    /// <param name="Why">Why the report is corrected.</param>
    public sealed record CorrectBody(IReadOnlyList<Line>? Results, string TellCaller, string? NextStep, DateTimeOffset? OccurredAt, string Why);

    private static async Task<IResult> Report([AsParameters] ReferralDoor door, Body body)
    {
        if (Check(door, body.Results, body.TellCaller, body.NextStep, body.OccurredAt).Spoken(door, body.ByPhone).Problem is { } invalid)
            return invalid;
        var at = (body.OccurredAt ?? body.ByPhone?.At ?? door.Now).ToUniversalTime();
        var command = new ReferralCommand.ReportResult(
            Results(door, body.Results!), body.TellCaller, door.Words(body.NextStep), at, body.ByPhone.ToSpoken(door), Guid.CreateVersion7(), door.By, door.Now);
        return await door.Give(command, occurredAt: at);
    }

    private static async Task<IResult> Correct([AsParameters] ReferralDoor door, CorrectBody body)
    {
        if (Check(door, body.Results, body.TellCaller, body.NextStep, body.OccurredAt).Required("why", body.Why?.Trim()).Text("why", body.Why, 2000).Problem is { } invalid)
            return invalid;
        var at = (body.OccurredAt ?? door.Now).ToUniversalTime();
        var command = new ReferralCommand.CorrectReport(
            Results(door, body.Results!), body.TellCaller, door.Words(body.NextStep), at, door.Words(body.Why)!, Guid.CreateVersion7(), door.By, door.Now);
        return await door.Give(command, occurredAt: at);
    }

    private static BodyErrors Check(ReferralDoor door, IReadOnlyList<Line>? results, string tellCaller, string? nextStep, DateTimeOffset? occurredAt)
    {
        var errors = new BodyErrors()
            .When(results is not { Count: > 0 and <= MostPersons }, "results", "Cần từ 1 đến 100 dòng.", "1 to 100 lines are needed.")
            .Listed("tellCaller", tellCaller, "tell-caller")
            .Text("nextStep", nextStep, 2000)
            .Past("occurredAt", occurredAt, door);
        if (results is not { Count: <= MostPersons })
            return errors;
        for (var i = 0; i < results.Count; i++)
        {
            var line = results[i];
            errors = errors
                .Id($"results[{i}].personId", line?.PersonId)
                .Required($"results[{i}].result", line?.Result)
                .Code($"results[{i}].result", line?.Result, code => ValueLists.Get("referral-result").Contains(code) || ValueLists.Get("no-result").Contains(code))
                .When(line?.Evidence?.All(ValueLists.Get("evidence-source").Contains) == false, $"results[{i}].evidence", "Mã này không có trong danh mục.", "The list has no such code.")
                .Text($"results[{i}].text", line?.Text, 4000);
        }

        return errors;
    }

    // What is told of a person belongs to her.
    private static Items<PersonResult> Results(ReferralDoor door, IReadOnlyList<Line> results) => Items.From(results.Select(line => new PersonResult(
        line.PersonId,
        line.Result,
        Items.From(line.Evidence?.Distinct()),
        line.Text.Typed(line.PersonId is { } person ? new Owner("person", person) : new Owner("referral", door.Id), FieldGroup.Narrative))));
}
