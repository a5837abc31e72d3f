using System.Data;
using System.Diagnostics;
using System.Threading.Channels;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hotline111.Platform.Messaging;

/// <summary>
/// Publishes what the own log implies, in its order. The log is the outbox: nothing can be saved and stay unpublished. One leader among the
/// instances of a service, by a session lock on a connection of its own.
/// </summary>
/// <remarks>
/// Whatever happens between publishing and writing the position - a crash, a lost confirm - ends in publishing again from the last written
/// position: duplicates on the wire, none in the effects, for every consumer keeps marks.
/// </remarks>
internal sealed partial class Relay(
    MessagingSetup setup,
    EventStore.EventStore store,
    LogSignal signal,
    BrokerLink link,
    Publisher publisher,
    MessagingStatus status,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<Relay> log) : BackgroundService
{
    /// <summary>The advisory lock of the publishing leader, the same in every service's own database.</summary>
    public const long LockKey = 7236102;

    /// <summary>The exit code of a process that hangs even at its end.</summary>
    public const int Hopeless = 70;

    private const int Page = 200;
    private const int Window = 128;
    private const int MostUnwritten = 500;
    private const int Rehearsed = 20;
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan FirstIdle = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WhileBlocked = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BrokerPatience = TimeSpan.FromSeconds(15);

    // The stream rows and the returned ones go with the position or not at all: a former leader changes nothing.
    private const string Advance =
        """
        WITH u AS (UPDATE events.hl_relay SET pos = $1 WHERE pos < $1 RETURNING pos),
         s AS (INSERT INTO events.hl_relay_stream (stream, last_published)
               SELECT x.stream, x.version FROM unnest($2::uuid[], $3::bigint[]) AS x(stream, version) WHERE EXISTS (SELECT FROM u)
               ON CONFLICT (stream) DO UPDATE SET last_published = excluded.last_published),
         r AS (INSERT INTO events.hl_unrouted (pos, type, previous, reason)
               SELECT x.pos, x.type, x.previous, x.reason FROM unnest($4::bigint[], $5::varchar[], $6::bigint[], $7::varchar[]) AS x(pos, type, previous, reason)
                WHERE EXISTS (SELECT FROM u) ON CONFLICT DO NOTHING)
        SELECT count(*) FROM u
        """;

    private long stepped;
    private bool restarted;
    private CancellationTokenSource? running;
    private int epoch;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (setup.Families.Count == 0)
            return;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var publishing = Publish(ending.Token);
        var watching = Watch(ending.Token);
        var first = await Task.WhenAny(publishing, watching);
        if (first == watching && watching.IsFaulted)
        {
            EndSoon();
            // What hangs lets go of the lead and of its bus: another instance takes over at once.
            await ending.CancelAsync();
            await watching;
        }

        await publishing;
        await watching;
    }

    private async Task Publish(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await Lead(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                break;
            }
#pragma warning disable CA1031 // Whatever happened - broker, database, a bug - the log is still there and is read again.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.Interrupted(log, e is PublishFailedException failed ? failed.Kind : e.GetType().Name);
                publisher.Abandon();
            }

            status.RelayLeads = false;
            await Task.Delay(TimeSpan.FromMilliseconds(500), clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        status.RelayLeads = false;
        publisher.Abandon();
    }

    /// <summary>A failed part ends the host in order. Should even that hang, the process ends hard.</summary>
    private void EndSoon() => _ = Task.Run(async () =>
    {
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopped);
        await Task.Delay(TimeSpan.FromSeconds(15), clock, stopped.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stopped.IsCancellationRequested)
            Environment.Exit(Hopeless);
    });

    private async Task Lead(CancellationToken ct)
    {
        // Who cannot reach the broker is of no use as a leader.
        await link.Ready(ct);
        // A position that a crash of the server takes back is only published again from; nobody has to wait for the disk here.
        await using var connection = await LeaderSession.Open(setup.Options.StoreConnection, "-c synchronous_commit=off", ct);
        await StandBy(connection, ct);
        Log.Leading(log);
        status.RelayLeads = true;
        var pause = FirstPause;
        while (true)
        {
            var before = status.RelayPosition;
            using var run = CancellationTokenSource.CreateLinkedTokenSource(ct);
            running = run;
            try
            {
                await Run(connection, run);
            }
            catch (PublishFailedException e)
            {
                // Restart from the written position, on a new connection: what the old one still holds may or may not arrive, and is a duplicate if it does.
                Log.Interrupted(log, e.Kind);
                publisher.Abandon();
                if (e.Missing)
                    link.Redeclare();
                if (e.Refused || e.Unconfirmed)
                    Step();
                pause = status.RelayPosition > before ? FirstPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            finally
            {
                running = null;
            }

            await Task.Delay(pause, clock, ct);
        }
    }

    /// <summary>Waits for the lead with a connection at hand and everything tried out: doing that only then would cost the first messages seconds.</summary>
    private async Task StandBy(NpgsqlConnection connection, CancellationToken ct)
    {
        var lost = link.Lost;
        await publisher.Start().WaitAsync(ct);
        await Rehearse(ct);
        using var standing = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var leading = LeaderSession.Lead(connection, LockKey, clock, standing.Token);
        if (await Task.WhenAny(leading, lost) == lost)
        {
            await standing.CancelAsync();
            await leading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new PublishFailedException("broker away");
        }

        await leading;
    }

    /// <summary>Does once, without effect, what a leader does: compiling it takes a busy machine longer than a take-over may last.</summary>
    private async Task Rehearse(CancellationToken ct)
    {
        var page = await store.ReadLog(Math.Max(0, await store.Head(ct) - Rehearsed), Rehearsed, ct);
        Translator translator = new(store, setup);
        await LoadLastPublished(page, [], ct);
        foreach (var stored in page)
        {
            try
            {
                await translator.Translate(stored, ct);
            }
            catch (UntranslatableException)
            {
                // The leader tells of it.
            }
        }

        try
        {
            await publisher.Rehearse().WaitAsync(setup.Options.PublishTimeout, clock, ct);
        }
        catch (Exception e) when (e is PublishFailedException or TimeoutException)
        {
            // That says nothing about the messages: whoever leads tries them, on a new connection.
            Log.Interrupted(log, e is PublishFailedException failed ? failed.Kind : e.GetType().Name);
            publisher.Abandon();
            await publisher.Start().WaitAsync(ct);
        }
    }

    /// <summary>Publishes from the written position until something goes wrong.</summary>
    private async Task Run(NpgsqlConnection connection, CancellationTokenSource run)
    {
        (var position, epoch) = await Stands(connection, run.Token);
        status.RelayPosition = position;
        // Another instance may still reach the broker: after a while the lead is left to it.
        await link.Ready(run.Token).WaitAsync(BrokerPatience, clock, run.Token);
        // What it takes from nobody need not be sent again and again, each time over a new connection.
        while (status.BrokerBlocked)
            await Task.Delay(WhileBlocked, clock, run.Token);
        var lost = link.Lost;
        await publisher.Start().WaitAsync(run.Token);

        // In the first channel lies what has been handed to the broker and not been confirmed: at most the window; in the second what has not yet been written down.
        var window = Channel.CreateBounded<Entry>(new BoundedChannelOptions(Window) { SingleReader = true, SingleWriter = true });
        using CancellationTokenSource confirming = new();
        using CancellationTokenSource writing = new();
        var confirmed = Channel.CreateBounded<Entry>(new BoundedChannelOptions(MostUnwritten) { SingleReader = true, SingleWriter = true });
        Task[] parts =
        [
            Read(position, window.Writer, run.Token), Resend(run.Token), Hold(connection, run.Token),
            Confirm(window.Reader, confirmed.Writer, confirming.Token), WriteDown(connection, confirmed.Reader, writing.Token),
        ];
        var ended = await Task.WhenAny([.. parts, lost]);
        await run.CancelAsync();
        window.Writer.TryComplete();
        // What is confirmed is still written down, so that it is not sent again; at a calm stop also what is under way.
        confirming.CancelAfter(ended.IsFaulted || ended == lost ? TimeSpan.Zero : LastWords);
        writing.CancelAfter(LastWords);
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Outcomes of publishes under way are of no interest any more, but must be looked at.
        while (window.Reader.TryRead(out var left))
            _ = left.Outcome?.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        await ended;
        if (ended == lost)
            throw new PublishFailedException("broker away");
    }

    private async Task Read(long position, ChannelWriter<Entry> window, CancellationToken ct)
    {
        Translator translator = new(store, setup);
        Dictionary<Guid, long> lastPublished = [];
        Dictionary<Guid, Task> underWay = [];
        var idle = FirstIdle;
        Task<IReadOnlyList<StoredEvent>>? ahead = null;
        while (true)
        {
            var next = signal.NextOrdered;
            // What was read ahead may be old: nothing is concluded from its end.
            var fresh = ahead is null;
            var page = await (ahead ?? store.ReadLog(position, Page, ct));
            // Behind a full page more lies waiting: it is read while this one is published.
            ahead = page.Count == Page ? store.ReadLog(page[^1].Position, Page, ct) : null;
            if (page.Count == 0)
            {
                if (!fresh)
                    continue;
                await LogSignal.Wait(next, idle, ct);
                idle = TimeSpan.FromMilliseconds(Math.Min(250, idle.TotalMilliseconds * 1.5));
                continue;
            }

            idle = FirstIdle;
            if (lastPublished.Count > 50_000)
            {
                await Drained(window, ct);
                lastPublished.Clear();
            }

            foreach (var (stream, _) in underWay.Where(stream => stream.Value.IsCompleted).ToList())
                underWay.Remove(stream);
            await LoadLastPublished(page, lastPublished, ct);
            foreach (var stored in page)
            {
                position = stored.Position;
                var previous = lastPublished[stored.StreamId];
                Entry entry;
                try
                {
                    entry = await translator.Translate(stored, ct) is { } implied
                        ? Publish(stored, implied, previous, underWay.GetValueOrDefault(stored.StreamId, Task.CompletedTask))
                        : new(stored, null, previous, null, null);
                }
                catch (UntranslatableException e)
                {
                    // Its stream waits (later messages name it as their predecessor), everything else goes on.
                    Log.Untranslatable(log, stored.Position, stored.EventId, stored.Type, e.InnerException!.GetType().Name);
                    entry = new(stored, stored.Type, previous, "untranslatable", Task.FromResult(PublishOutcome.Returned));
                }

                if (entry.Outcome is not null)
                    (lastPublished[stored.StreamId], underWay[stored.StreamId]) = (stored.Version, entry.Outcome);

                status.RelayHead = Math.Max(status.RelayHead, position);
                await window.WriteAsync(entry, ct);
            }

            // A page that was not full was the end of the log; what has been ordered since has completed this wait already.
            if (fresh && page.Count < Page)
                await LogSignal.Wait(next, idle, ct);
        }
    }

    /// <param name="stored">The event.</param>
    /// <param name="implied">Its message.</param>
    /// <param name="previous">The version of the stream's last published event before it.</param>
    /// <param name="before">The stream's message before: streams are published side by side, the messages of one in their order.</param>
    private Entry Publish(StoredEvent stored, Envelope implied, long previous, Task before)
    {
        var message = implied with { Previous = previous, Epoch = epoch };
        var span = StartActivity(message);
        if (span is not null)
        {
            message = message with { TraceParent = span.Id };
            // It goes on until the broker has answered; what is read and published meanwhile is no part of it.
            Activity.Current = null;
        }

        return new(stored, message.Type, previous, "unroutable", before.IsCompletedSuccessfully ? Hand() : Behind()) { Span = span };

        async Task<PublishOutcome> Behind()
        {
            await before;
            return await Hand();
        }

        Task<PublishOutcome> Hand()
        {
            FaultPoint.Hit(FaultPoint.BeforePublish);
            var outcome = publisher.Publish(message);
            FaultPoint.Hit(FaultPoint.DuringPublish);
            return outcome;
        }
    }

    /// <summary>The broker's answer, for which nobody waits longer than he may.</summary>
    private async Task<PublishOutcome> Answered(Entry entry, CancellationToken ct)
    {
        using var span = entry.Span;
        try
        {
            var outcome = await entry.Outcome!.WaitAsync(setup.Options.PublishTimeout, clock, ct);
            (outcome == PublishOutcome.Confirmed ? MessagingMetrics.Published : MessagingMetrics.Returned).Add(1);
            return outcome;
        }
        catch (TimeoutException e)
        {
            throw new PublishFailedException($"{entry.Type} unconfirmed", e) { Unconfirmed = true };
        }
    }

    /// <summary>The span belongs to the trace of the request that caused the event, however much later it is published.</summary>
    private static Activity? StartActivity(Envelope envelope)
    {
        var activity = EventStore.EventStore.Activities.StartActivity($"publish {envelope.Type}", ActivityKind.Producer, envelope.TraceParent);
        activity?.SetTag("messaging.message.id", envelope.Id);
        activity?.SetTag("hotline111.stream", envelope.Stream);
        return activity;
    }

    /// <summary>Passes on, in the log's order, what the broker has confirmed or returned; a failure comes behind it.</summary>
    private async Task Confirm(ChannelReader<Entry> window, ChannelWriter<Entry> confirmed, CancellationToken ct)
    {
        try
        {
            while (await window.WaitToReadAsync(ct))
            {
                while (window.TryPeek(out var entry))
                {
                    if (entry.Reason == "unroutable" && await Answered(entry, ct) == PublishOutcome.Returned)
                        Log.Unroutable(log, entry.Stored!.Position, entry.Type!);
                    await confirmed.WriteAsync(entry, ct);
                    window.TryRead(out _);
                }
            }

            confirmed.TryComplete();
        }
        catch (Exception e)
        {
            confirmed.TryComplete(e);
            throw;
        }
    }

    /// <summary>Writes down how far everything is published. Between two small batches it rests: each costs the server as much as some ten messages.</summary>
    private async Task WriteDown(NpgsqlConnection connection, ChannelReader<Entry> confirmed, CancellationToken ct)
    {
        List<Entry> batch = [];
        while (await confirmed.WaitToReadAsync(ct))
        {
            batch.Clear();
            TaskCompletionSource? drained = null;
            while (drained is null && batch.Count < MostUnwritten && confirmed.TryRead(out var entry))
            {
                if (entry.Stored is null)
                    drained = entry.Drained;
                else
                    batch.Add(entry);
            }

            if (batch.Count > 0)
                await Write(connection, batch, ct);
            drained?.TrySetResult();
            if (batch.Count < Window)
                await Task.WhenAny(confirmed.Completion, Task.Delay(Rest, clock, ct));
        }
    }

    private async Task Write(NpgsqlConnection connection, List<Entry> confirmed, CancellationToken ct)
    {
        var position = confirmed[^1].Stored!.Position;
        Dictionary<Guid, long> streams = [];
        foreach (var entry in confirmed.Where(e => e.Type is not null))
            streams[entry.Stored!.StreamId] = entry.Stored.Version;
        var returned = confirmed.Where(e => e.Outcome is { Result: PublishOutcome.Returned }).ToList();
        await using NpgsqlCommand command = new(Advance, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = position });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. streams.Keys] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. streams.Values] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. returned.Select(e => e.Stored!.Position)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. returned.Select(e => e.Type!)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. returned.Select(e => e.Previous)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. returned.Select(e => e.Reason!)] });
        if (streams.Count > 0)
            FaultPoint.Hit(FaultPoint.AfterConfirm);
        if ((long)(await command.ExecuteScalarAsync(ct))! == 0)
            throw new InvalidOperationException("Another relay has moved the position: this one no longer leads.");
        FaultPoint.Hit(FaultPoint.AfterAdvance);
        if (returned.Count > 0)
        {
            status.Unrouted += returned.Count;
            link.Redeclare();
        }

        status.RelayPosition = position;
        restarted = false;
        Step();
    }

    /// <summary>Ends in failure when the session is gone, and with it the lock: somebody else leads, or may any moment.</summary>
    private async Task Hold(NpgsqlConnection connection, CancellationToken ct)
    {
        while (connection.State == ConnectionState.Open)
            await Task.Delay(TimeSpan.FromMilliseconds(500), clock, ct);
        throw new InvalidOperationException("The session of the leader is gone: this relay no longer leads.");
    }

    /// <summary>Waits until everything in the window is written down.</summary>
    private static async Task Drained(ChannelWriter<Entry> window, CancellationToken ct)
    {
        TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await window.WriteAsync(Entry.Barrier(drained), ct);
        await drained.Task.WaitAsync(ct);
    }

    private async Task LoadLastPublished(IReadOnlyList<StoredEvent> page, Dictionary<Guid, long> lastPublished, CancellationToken ct)
    {
        // Of a stream that begins here nothing was published before.
        foreach (var stored in page)
        {
            if (stored.Version == 1)
                lastPublished.TryAdd(stored.StreamId, 0);
        }

        var unknown = page.Select(stored => stored.StreamId).Where(stream => !lastPublished.ContainsKey(stream)).Distinct().ToArray();
        if (unknown.Length == 0)
            return;
        foreach (var stream in unknown)
            lastPublished[stream] = 0;
        await using var command = store.Source.CreateCommand("SELECT stream, last_published FROM events.hl_relay_stream WHERE stream = ANY($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = unknown });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            lastPublished[reader.GetGuid(0)] = reader.GetInt64(1);
    }

    /// <summary>Sends again what reached no queue, type by type, as soon as one of the type does.</summary>
    private async Task Resend(CancellationToken ct)
    {
        Translator translator = new(store, setup);
        var pause = TimeSpan.FromSeconds(1);
        while (true)
        {
            var sent = 0;
            HashSet<string> stillUnbound = [];
            var waiting = await Unrouted(ct);
            status.Unrouted = waiting.Count;
            foreach (var (position, type, previous) in waiting)
            {
                if (stillUnbound.Contains(type))
                    continue;
                var stored = (await store.ReadLog(position - 1, 1, ct))[0];
                PublishOutcome? outcome;
                try
                {
                    outcome = await translator.Translate(stored, ct) is { } implied
                        ? await Answered(Publish(stored, implied, previous, Task.CompletedTask), ct)
                        : null;
                }
                catch (UntranslatableException)
                {
                    continue;
                }

                if (outcome == PublishOutcome.Returned)
                {
                    stillUnbound.Add(type);
                    continue;
                }

                await using var command = store.Source.CreateCommand("DELETE FROM events.hl_unrouted WHERE pos = $1");
                command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = position });
                await command.ExecuteNonQueryAsync(ct);
                sent++;
                status.Unrouted--;
            }

            if (stillUnbound.Count > 0)
                link.Redeclare();
            if (sent > 0)
                Log.Resent(log, sent);
            pause = waiting.Count == 0 || sent > 0 ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(Math.Min(5, pause.TotalSeconds * 1.5));
            await Task.Delay(pause, clock, ct);
        }
    }

    private async Task<IReadOnlyList<(long Position, string Type, long Previous)>> Unrouted(CancellationToken ct)
    {
        await using var command = store.Source.CreateCommand(
            """
            SELECT pos, type, previous FROM (SELECT pos, type, previous, row_number() OVER (PARTITION BY type ORDER BY pos) AS place FROM events.hl_unrouted) u
             WHERE place <= 1000 ORDER BY pos
            """);
        List<(long, string, long)> rows = [];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            rows.Add((reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2)));
        return rows;
    }

    /// <summary>
    /// Work waits and nothing moves although database and broker answer: something inside hangs. First the connection is made anew, the second time the
    /// process ends, to be started again by whoever watches over it. While the broker is away, or confirms nothing for a queue that hangs there, nothing
    /// is done: that is no fault of this process, and its doors stay open.
    /// </summary>
    private async Task Watch(CancellationToken ct)
    {
        Step();
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var databaseAnswers = status.RelayLeads && await ObserveHead(ct);
            // The link's confirmed heartbeats say that the broker takes messages: in an alarm it answers, and confirms nothing.
            var brokerTakes = status.BrokerReachable && link.LastConfirmed is { } confirmed && clock.GetElapsedTime(confirmed) < setup.Options.HeartbeatEvery * 2;
            if (status.RelayLag == 0 || !databaseAnswers || !brokerTakes)
                Step();
            if (clock.GetElapsedTime(Volatile.Read(ref stepped)) < setup.Options.Watchdog)
                continue;
            if (restarted)
            {
                Log.GivenUp(log, status.RelayPosition);
                throw new RelayHangsException(status.RelayPosition);
            }

            Log.Hanging(log, status.RelayPosition);
            restarted = true;
            publisher.Abandon();
            try
            {
                if (running is { } run)
                    await run.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself in this moment.
            }

            Step();
        }
    }

    private async Task<bool> ObserveHead(CancellationToken ct)
    {
        try
        {
            status.RelayHead = await store.Head(ct).WaitAsync(TimeSpan.FromSeconds(2), clock, ct);
            return true;
        }
#pragma warning disable CA1031 // Whatever the reason, the database is not at its best and nothing is concluded from a standstill.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    private void Step() => Volatile.Write(ref stepped, clock.GetTimestamp());

    private static async Task<(long Position, int Epoch)> Stands(NpgsqlConnection connection, CancellationToken ct)
    {
        await using NpgsqlCommand command = new("SELECT r.pos, h.epoch FROM events.hl_relay r, events.hl_head h", connection);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetInt32(1));
    }

    /// <summary>One position on its way: private (no type and no outcome), handed to the broker, or a barrier (no event).</summary>
    private sealed record Entry(StoredEvent? Stored, string? Type, long Previous, string? Reason, Task<PublishOutcome>? Outcome)
    {
        public Activity? Span { get; init; }

        public TaskCompletionSource? Drained { get; private init; }

        public static Entry Barrier(TaskCompletionSource drained) => new(null, null, 0, null, null) { Drained = drained };
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The relay leads here")]
        public static partial void Leading(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Relay interrupted ({Kind}); publishing again from the last written position")]
        public static partial void Interrupted(ILogger logger, string kind);

        [LoggerMessage(Level = LogLevel.Error, Message = "ALARM position {Position} {Type} reached no queue; kept to be sent again")]
        public static partial void Unroutable(ILogger logger, long position, string type);

        [LoggerMessage(Level = LogLevel.Error, Message = "ALARM position {Position}, event {EventId} {Type} cannot be translated ({Kind}); its stream waits")]
        public static partial void Untranslatable(ILogger logger, long position, Guid eventId, string type, string kind);

        [LoggerMessage(Level = LogLevel.Information, Message = "{Count} messages that had reached no queue were sent again")]
        public static partial void Resent(ILogger logger, int count);

        [LoggerMessage(Level = LogLevel.Error, Message = "ALARM the relay hangs at position {Position} though the broker is well; the connection is made anew")]
        public static partial void Hanging(ILogger logger, long position);

        [LoggerMessage(Level = LogLevel.Critical, Message = "ALARM the relay still hangs at position {Position}; the process ends")]
        public static partial void GivenUp(ILogger logger, long position);
    }
}

/// <summary>Events wait, broker and database are well, and a new connection did not help: only a new process can.</summary>
internal sealed class RelayHangsException(long position) : Exception($"The relay hangs at position {position}.");
