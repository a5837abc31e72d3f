using Hotline111.Platform.EventStore;
using E = Hotline111.Referral.Referrals.ReferralEvent;

namespace Hotline111.Referral.Referrals;

/// <summary>What happened to a referral, without personal data.</summary>
public static class ReferralHistory
{
    /// <param name="Version">Its place in the stream; the words of the same place are at GET /referrals/{id}/words.</param>
    /// <param name="What">The name of the event ("acknowledged", "hand-on-begun").</param>
    /// <param name="At">When it was said here.</param>
    /// <param name="OccurredAt">When it happened, where the reporter said so; else null.</param>
    /// <param name="Entry">What confirm-entry names, for what the hotline wrote down; else null.</param>
    /// <param name="SpokenAt">When an officer said it by phone; null when the liaison answered here.</param>
    /// <param name="Unconfirmed">The desk has not confirmed yet what the hotline wrote down for it.</param>
    /// <param name="Codes">Codes, ids and days that belong to it, by name.</param>
    public sealed record Line(
        long Version, string What, string? By, DateTimeOffset At, DateTimeOffset? OccurredAt, Guid? Entry, DateTimeOffset? SpokenAt, bool Unconfirmed, IReadOnlyDictionary<string, object?> Codes);

    /// <summary>A result of a report, without its words.</summary>
    public sealed record Result(Guid? PersonId, string Code, IReadOnlyList<string> Evidence);

    /// <summary>The field that a question or an answer is about.</summary>
    public sealed record Field(string Name, Guid? PersonId);

    /// <summary>The history as this reader may see it: a desk sees what happened since it was sent the referral, and nothing of the hotline's own reviews.</summary>
    public static IReadOnlyList<Line> Of(IEnumerable<(StoredEvent Stored, ReferralEvent Event)> history, ReferralState state, bool staff)
    {
        var unconfirmed = (state as ReferralState.Out)?.Course.Unconfirmed ?? [];
        return [.. Seen(history, staff).Select(each => LineOf(each.Stored, each.Event, unconfirmed))];
    }

    /// <summary>The events that this reader may know of.</summary>
    public static IEnumerable<(StoredEvent Stored, ReferralEvent Event)> Seen(IEnumerable<(StoredEvent Stored, ReferralEvent Event)> history, bool staff) =>
        staff ? history : history.SkipWhile(each => each.Event is not E.Sent).Where(each => each.Event is not E.Reviewed);

    /// <summary>The public name of an event: "referral-hand-on-begun.v1" is "hand-on-begun".</summary>
    public static string NameOf(StoredEvent stored) => stored.Type["referral-".Length..stored.Type.LastIndexOf('.')];

    private static Line LineOf(StoredEvent stored, ReferralEvent @event, Items<Guid> unconfirmed)
    {
        var line = @event switch
        {
            E.Drafted e => Say(e.By, e.At, ("purpose", e.Purpose), ("urgency", e.Urgency), ("part", e.Part), ("previousId", e.PreviousId)),
            E.Submitted e => Say(e.By, e.At, ("profile", e.Profile), ("basis", e.Basis), ("packageHash", e.PackageHash), ("releasedAt", e.ReleasedAt)),
            E.Composed e => Say(e.By, e.At, ("profile", e.Profile), ("basis", e.Basis), ("packageHash", e.PackageHash), ("contactId", e.ContactId)),
            E.Returned e => Say(e.By, e.At),
            E.Sent e => Say(e.By, e.At, ("ground", e.Ground)),
            E.Supplemented e => Say(e.By, e.At, ("supplement", e.Number), ("profile", e.Profile), ("basis", e.Basis), ("packageHash", e.PackageHash), ("releasedAt", e.ReleasedAt)),
            E.Reviewed e => Say(e.By, e.At, ("finding", e.Finding)),
            E.PartAssigned e => Say(e.By, e.At, ("part", e.Part)),
            E.Acknowledged e => Say(e.By, e.At) with { Entry = e.Entry, SpokenAt = e.Spoken?.SpokenAt },
            E.EntryConfirmed e => Say(e.By, e.At, ("entry", e.Entry)),
            E.InformationAsked e => Say(e.By, e.At, ("fields", e.Questions.Select(line => new Field(line.Field, line.PersonId)).ToList()), ("pauses", e.Pauses)) with { Entry = e.Entry },
            E.InformationAnswered e => Say(e.By, e.At, ("fields", e.Answers.Select(line => new Field(line.Field, line.PersonId)).ToList())),
            E.HandOnBegun e => Say(e.By, e.At, ("nextId", e.NextId), ("nextDeskId", e.NextDeskId)),
            E.HandedOn e => Say(null, e.At, ("nextId", e.NextId)),
            E.HandOnEnded e => Say(e.By, e.At, ("nextId", e.NextId), ("cause", e.Cause)),
            E.Accepted e => Say(e.By, e.At, ("expectedOn", e.ExpectedOn)) with { Entry = e.Entry, SpokenAt = e.Spoken?.SpokenAt },
            E.AcceptanceUndone e => Say(e.By, e.At),
            E.Declined e => Say(e.By, e.At, ("reason", e.Reason), ("advisedDeskId", e.AdvisedDeskId)) with { Entry = e.Entry, SpokenAt = e.Spoken?.SpokenAt },
            E.Started e => Say(e.By, e.At),
            E.Marked e => Say(e.By, e.At, ("mark", e.Mark)) with { OccurredAt = e.OccurredAt, Entry = e.Entry, SpokenAt = e.Spoken?.SpokenAt },
            E.ProgressReported e => Say(e.By, e.At, ("progress", e.Progress)) with { Entry = e.Entry, SpokenAt = e.Spoken?.SpokenAt },
            E.MilestoneReached e => Say(e.By, e.At, ("milestone", e.Milestone)) with { OccurredAt = e.OccurredAt, Entry = e.Entry, SpokenAt = e.Spoken?.SpokenAt },
            E.Held e => Say(e.By, e.At, ("reason", e.Reason), ("until", e.Until)),
            E.Resumed e => Say(e.By, e.At),
            E.ResultReported e => Say(e.By, e.At, ("results", Results(e.Results)), ("tellCaller", e.TellCaller)) with { OccurredAt = e.OccurredAt, Entry = e.Entry, SpokenAt = e.Spoken?.SpokenAt },
            E.ReportCorrected e => Say(e.By, e.At, ("results", Results(e.Results)), ("tellCaller", e.TellCaller)) with { OccurredAt = e.OccurredAt, Entry = e.Entry },
            E.ResultConfirmed e => Say(e.By, e.At),
            E.ResultQuestioned e => Say(e.By, e.At),
            E.RequestRaised e => Say(e.By, e.At, ("requestId", e.RequestId), ("kind", e.Kind), ("until", e.Until), ("namedDeskId", e.NamedDeskId), ("riskSigns", e.RiskSigns.ToList())),
            E.RequestSettled e => Say(e.By, e.At, ("requestId", e.RequestId), ("kind", e.Kind), ("decision", e.Decision)),
            E.DataRejected e => Say(e.By, e.At, ("fields", e.Fields.ToList())),
            E.DataRestored e => Say(e.By, e.At),
            E.WithdrawalRequested e => Say(e.By, e.At, ("reason", e.Reason)),
            E.WithdrawalRefused e => Say(e.By, e.At),
            E.Withdrawn e => Say(e.By, e.At, ("reason", e.Reason)),
            E.OutcomeUnknown e => Say(e.By, e.At),
            _ => Say(null, stored.Timestamp),
        };
        return line with { Unconfirmed = line.Entry is { } entry && unconfirmed.Contains(entry) };

        // What the platform did by itself was caused by whoever acted on the referral beside it.
        Line Say(string? by, DateTimeOffset at, params (string Name, object? Value)[] codes) =>
            new(stored.Version, NameOf(stored), by ?? stored.Metadata.Actor, at, null, null, null, false, codes.Where(code => code.Value is not null).ToDictionary(code => code.Name, code => code.Value));
    }

    private static List<Result> Results(Items<PersonResult> results) => [.. results.Select(result => new Result(result.PersonId, result.Result, [.. result.Evidence]))];
}
