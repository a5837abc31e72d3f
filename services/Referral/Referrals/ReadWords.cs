using Hotline111.Platform.Access;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Hotline111.Referral.Directory;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Referrals;

/// <summary>
/// GET /referrals/{id}/words: what people typed in the course of a referral - reasons, questions, reports, names of officers. The sheet says what happened; this door
/// says it in their words, and every read of it is recorded before the words leave.
/// </summary>
public static class ReadWords
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/{id:guid}/words", Handle).RequireAction(ReferralAccess.Table, "referral.read-words")
        .DescribeRead("Những gì đã viết trong quá trình xử lý; mỗi lần đọc đều được ghi lại", "what was typed in the course of it; the read is recorded").Produces<Page>();

    /// <param name="Items">Those events of the history that have words, oldest first.</param>
    public sealed record Page(IReadOnlyList<Line> Items);

    /// <param name="Version">The same as in the sheet's history.</param>
    /// <param name="What">The name of the event.</param>
    public sealed record Line(long Version, string What, IReadOnlyList<Word> Words);

    /// <summary>One text.</summary>
    /// <param name="Name">What it is: "text", "question", "why", "nextStep", "unit", "officer", "name", "post", "number".</param>
    /// <param name="Field">The package field that it is about, or null.</param>
    /// <param name="PersonId">The person it is about, or null.</param>
    /// <param name="Text">Null when it was erased or withheld.</param>
    /// <param name="Withheld">The desk returned what was sent about this field, so it is not shown the words about it either.</param>
    public sealed record Word(string Name, string? Field, Guid? PersonId, string? Text, bool Withheld);

    /// <summary>One text as it is stored.</summary>
    private sealed record Typed(string Name, Personal<string>? Text, string? Field = null, Guid? PersonId = null);

    private static async Task<IResult> Handle([AsParameters] ReferralDoor door, PersonKeys keys, ReadLog readLog)
    {
        var stored = await door.Store.ReadStream(door.Id, door.Ct);
        var folded = door.Store.Fold(ReferralDecider.Instance, stored);
        if (!await Exclusions.MaySee(door.Store, door.User, folded.State, door.Ct))
            return ReferralRefusals.NotFound.ToProblem();
        var recorded = stored.Select(each => (Stored: each, door.Store.Record<ReferralEvent>(each).Event)).ToList();
        var seen = ReferralHistory.Seen(recorded, door.IsStaff)
            .Select(each => (each.Stored, Typed: Of(each.Event).Where(typed => typed.Text is not null).ToList()))
            .Where(each => each.Typed.Count > 0)
            .ToList();
        var withheld = new Withheld(door, folded, recorded.Select(each => (each.Stored.Version, each.Event)));
        var shown = seen.SelectMany(each => each.Typed.Where(typed => typed.Field is null || !withheld.Has(typed.Field, each.Stored.Version))).ToList();
        // What is told of a person is hers: each whose words are shown stands in the record.
        await readLog.Record(
            door.Context.Metadata, door.Now, shown.Select(typed => (typed.Text!.Owner.Kind, typed.Text.Owner.Id)).Distinct(), "referral.read-words",
            shown.Select(typed => typed.Text!.Group).Distinct().Order(StringComparer.Ordinal), door.Ct);

        List<Line> lines = [];
        foreach (var (each, typed) in seen)
        {
            List<Word> words = [];
            foreach (var one in typed)
            {
                var hidden = one.Field is not null && withheld.Has(one.Field, each.Version);
                words.Add(new(one.Name, one.Field, one.PersonId, hidden ? null : await keys.Open(one.Text!, door.Ct), hidden));
            }

            lines.Add(new(each.Version, ReferralHistory.NameOf(each), words));
        }

        return Answers.WithVersion(new Page(lines), folded.Version);
    }

    private static IEnumerable<Typed> Of(ReferralEvent @event) => @event switch
    {
        E.Returned e => [new("question", e.Question)],
        E.Reviewed e => [new("text", e.Text)],
        E.Acknowledged e => Officer(e.Spoken),
        E.InformationAsked e => e.Questions.Select(line => new Typed("question", line.Text, line.Field, line.PersonId)),
        E.InformationAnswered e => e.Answers.Select(line => new Typed("text", line.Text, line.Field, line.PersonId)),
        E.HandOnBegun e => [new("text", e.Text)],
        E.Accepted e => [new("unit", e.Unit), new("officer", e.Officer), .. Officer(e.Spoken)],
        E.Declined e => [new("text", e.Text), .. Officer(e.Spoken)],
        E.Marked e => Officer(e.Spoken),
        E.ProgressReported e => [new("text", e.Text), .. Officer(e.Spoken)],
        E.MilestoneReached e => Officer(e.Spoken),
        E.Held e => [new("text", e.Text)],
        E.ResultReported e => [.. Results(e.Results), new("nextStep", e.NextStep), .. Officer(e.Spoken)],
        E.ReportCorrected e => [.. Results(e.Results), new("nextStep", e.NextStep), new("why", e.Why)],
        E.ResultQuestioned e => [new("question", e.Question)],
        E.RequestRaised e => [new("text", e.Text)],
        E.RequestSettled e => [new("text", e.Text)],
        E.DataRejected e => [new("text", e.Text)],
        E.DataRestored e => [new("why", e.Why)],
        E.WithdrawalRequested e => [new("text", e.Text)],
        E.WithdrawalRefused e => [new("why", e.Why)],
        E.Withdrawn e => [new("text", e.Text)],
        _ => [],
    };

    private static IEnumerable<Typed> Results(Platform.EventStore.Items<PersonResult> results) => results.Select(result => new Typed("text", result.Text, null, result.PersonId));

    private static IEnumerable<Typed> Officer(Spoken? spoken) => spoken is null ? [] : [new("name", spoken.Name), new("post", spoken.Post), new("number", spoken.Number)];
}
