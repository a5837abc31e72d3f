using Dapper;
using Hotline111.Contracts;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;
using Hotline111.Referral.Referrals;

namespace Hotline111.Referral.Watching;

/// <summary>
/// Raises the receipts that follow from the service's own log: published, once the broker has confirmed the news that a referral was sent, and acknowledged. What
/// comes from outside (delivered, opened) raises them where it comes in.
/// </summary>
/// <remarks>
/// Each receipt is a command that may be given again. So the place in the log is kept in memory and written down now and then, a start raises the last ones once
/// more, and for a moment two processes may be at it. Otherwise the one does it that gives events their places.
/// </remarks>
public sealed partial class RaiseReceipts(EventStore store, LogSignal signal, TimeProvider clock, ILogger<RaiseReceipts> log) : BackgroundService
{
    private const string Checkpoint = "receipts.1";
    private const int Page = 200;
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(250);

    // Every event of the service wakes this; nobody waits for a receipt so closely that it would be worth a look for each.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private static readonly string ReferralSentName = ContractCatalogue.NameOf(typeof(ReferralSent));

    // Sent, and not yet confirmed by the broker: a few while it is there.
    private readonly Queue<StoredEvent> unpublished = new();
    private long? read;
    private long written;
    private long writtenAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.FromSeconds(1);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var next = signal.NextOrdered;
                if (!signal.OrdersHere)
                {
                    read = null;
                    unpublished.Clear();
                    await Task.Delay(Idle, clock, stoppingToken);
                    continue;
                }

                if (await Advance(stoppingToken) == 0)
                    await LogSignal.Wait(next, Idle, stoppingToken);
                await Task.Delay(Gathering, clock, stoppingToken);
                pause = TimeSpan.FromSeconds(1);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // A receipt that cannot be raised now is raised later; nothing else waits for it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Interrupted(log, e.GetType().Name);
                await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    /// <summary>Raises what has come since the last time. Not for use by two at once.</summary>
    /// <returns>How many positions were passed and publications recorded.</returns>
    public async Task<int> Advance(CancellationToken ct)
    {
        var position = read ??= written = await Written(ct);
        var page = await store.ReadLog(position, Page, ct);
        foreach (var stored in page)
        {
            if (store.Catalogue.FamilyOf(stored.Type) == typeof(ReferralEvent))
            {
                var recorded = store.Record<ReferralEvent>(stored);
                if (recorded.Event is ReferralEvent.Acknowledged acknowledged)
                    await Raise(stored, new WatchCommand.RecordAcknowledgement(stored.StreamId, await DeskOf(stored.StreamId, ct), acknowledged.Spoken is null ? "inbox" : "phone", acknowledged.By, acknowledged.At), ct);
                else if (recorded.Event is ReferralEvent.Sent)
                    unpublished.Enqueue(stored);
            }

            read = stored.Position;
        }

        var published = 0;
        if (unpublished.Count > 0)
        {
            var confirmed = await ConfirmedLog.Position(store, ReferralSentName, ct);
            for (; unpublished.TryPeek(out var sent) && sent.Position <= confirmed; published++)
            {
                await Raise(sent, new WatchCommand.RecordPublication(sent.StreamId, clock.GetUtcNow()), ct);
                unpublished.Dequeue();
            }
        }

        await WriteDown(ct);
        return page.Count + published;
    }

    private Task Raise(StoredEvent cause, WatchCommand command, CancellationToken ct) =>
        store.Execute(WatchDecider.Instance, WatchDecider.IdOf(cause.StreamId), command, Metadata.System(cause.Metadata.CorrelationId, cause.EventId.ToString()), ct);

    private async Task<string> DeskOf(Guid referral, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<string>(new CommandDefinition("SELECT desk_id FROM read.referral WHERE id = @referral", new { referral }, cancellationToken: ct))
            ?? throw new InvalidOperationException($"The referral {referral} has no row.");
    }

    private async Task<long> Written(CancellationToken ct)
    {
        writtenAt = clock.GetTimestamp();
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            "SELECT coalesce((SELECT pos FROM events.hl_checkpoint WHERE name = @Checkpoint), 0)", new { Checkpoint }, cancellationToken: ct));
    }

    /// <summary>Writes down the position before which nothing is left to raise, at most every few seconds.</summary>
    private async Task WriteDown(CancellationToken ct)
    {
        var done = unpublished.TryPeek(out var waiting) ? waiting.Position - 1 : read!.Value;
        if (done <= written || clock.GetElapsedTime(writtenAt) < WriteEvery)
            return;
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO events.hl_checkpoint (name, pos) VALUES (@Checkpoint, @done)
            ON CONFLICT (name) DO UPDATE SET pos = greatest(hl_checkpoint.pos, excluded.pos)
            """,
            new { Checkpoint, done },
            cancellationToken: ct));
        (written, writtenAt) = (done, clock.GetTimestamp());
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Receipts interrupted by {Kind}; raised later")]
    private static partial void Interrupted(ILogger logger, string kind);
}
