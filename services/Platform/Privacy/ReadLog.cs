using System.Text.Json.Serialization;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;

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
    /// <summary>
    /// One stream per reading: every read is recorded, none is ever refused, none waits for another, and none becomes slower because its reader has
    /// read much today. Who read stands beside each event, and the log has them all in their order.
    /// </summary>
    public static readonly Decider<int, IReadOnlyList<ReadEvent>, ReadEvent> Instance =
        new("read", 0, (count, _) => count + 1, (_, reads) => Decision.Of<ReadEvent>([.. reads]));

    /// <summary>Records a read of one owner's data; returns when it is committed.</summary>
    /// <param name="reader">Who reads, as the events of a command name them.</param>
    /// <param name="at">The time of the request.</param>
    /// <param name="kind">The owner's kind.</param>
    /// <param name="id">The owner's id.</param>
    /// <param name="action">The action of the access table ("referral.open").</param>
    /// <param name="groups">The field groups that will be shown.</param>
    /// <param name="ct">Cancels; then nothing may be shown.</param>
    public Task Record(Metadata reader, DateTimeOffset at, string kind, Guid id, string action, IEnumerable<string> groups, CancellationToken ct) =>
        Record(reader, at, [(kind, id)], action, groups, ct);

    /// <summary>Records that the data of several owners are read at once (a list, a package): all of them or none, in one commit.</summary>
    /// <inheritdoc cref="Record(Metadata, DateTimeOffset, string, Guid, string, IEnumerable{string}, CancellationToken)" path="/param"/>
    /// <param name="owners">Kind and id of each.</param>
    public async Task Record(Metadata reader, DateTimeOffset at, IEnumerable<(string Kind, Guid Id)> owners, string action, IEnumerable<string> groups, CancellationToken ct)
    {
        var shown = Items.From(groups);
        var reads = owners.Select(owner => (ReadEvent)new ReadEvent.PersonalDataRead(owner.Kind, owner.Id, action, shown, at)).ToList();
        if (reads.Count > 0)
        {
            await store.Execute(Instance, Guid.CreateVersion7(at), reads, reader, ct, known: new(0, 0));
            FaultPoint.Hit(FaultPoint.AfterReadRecord);
        }
    }
}
