using System.Text.Json.Serialization;
using Hotline111.Platform.EventStore;

namespace Hotline111.Platform.Privacy;

/// <summary>Reads of personal data are events of their own: sequenced and chained like everything else.</summary>
[JsonDerivedType(typeof(PersonalDataRead), "personal-data-read.v1")]
public abstract record ReadEvent
{
    private ReadEvent()
    {
    }

    /// <summary>Somebody was about to be shown personal data.</summary>
    /// <param name="Kind">Owner's kind: contact, person, case or referral.</param>
    /// <param name="Id">Owner's id.</param>
    /// <param name="Action">The action of the access table under which it was read.</param>
    /// <param name="Groups">Field groups shown.</param>
    public sealed record PersonalDataRead(string Kind, Guid Id, string Action, Items<string> Groups, DateTimeOffset At) : ReadEvent;
}

/// <summary>Records every read of personal data, committed before the data leaves the service. No record, no data.</summary>
public sealed class ReadLog(EventStore.EventStore store)
{
    /// <summary>One stream per actor and day: every read is recorded, none is ever refused.</summary>
    public static readonly Decider<int, ReadEvent, ReadEvent> Instance = new("read", 0, (count, _) => count + 1, (_, read) => [read]);

    /// <summary>Records the read; returns when it is committed.</summary>
    /// <param name="action">The action of the access table ("referral.open").</param>
    /// <param name="groups">The field groups that will be shown.</param>
    public async Task Record(Metadata reader, DateTimeOffset at, string kind, Guid id, string action, IEnumerable<string> groups, CancellationToken ct)
    {
        var stream = StreamId.Of("read", $"{reader.Actor}/{at.UtcDateTime:yyyy-MM-dd}");
        var read = new ReadEvent.PersonalDataRead(kind, id, action, Items.From(groups), at);
        // Unlike other commands a read has no rule to lose a race against: it only needs its turn in the stream.
        await store.Execute(Instance, stream, read, reader, ct);
    }
}
