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
/// Each receipt is a command that may be given again, so the place in the log moves after it. Of several instances one is at it, whoever locks that place; one that
/// hangs there loses it after ten seconds, and what it had begun is done again.
/// </remarks>
public sealed partial class RaiseReceipts(EventStore store, LogSignal signal, TimeProvider clock, ILogger<RaiseReceipts> log) : BackgroundService
{
    private const int Page = 50;
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private static readonly string ReferralSentName = ContractCatalogue.NameOf(typeof(ReferralSent));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.FromSeconds(1);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var next = signal.NextOrdered;
                if (await Advance(stoppingToken) == 0)
                    await LogSignal.Wait(next, Idle, stoppingToken);
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

    /// <summary>Raises what has come since the last time.</summary>
    /// <returns>How many positions were passed.</returns>
    public async Task<long> Advance(CancellationToken ct) =>
        await Advance("receipts-acknowledged.1", await store.Head(ct), Acknowledged, ct)
        + await Advance("receipts-published.1", await ConfirmedLog.Position(store, ReferralSentName, ct), Published, ct);

    private async Task<WatchCommand?> Acknowledged(Recorded<ReferralEvent> recorded, CancellationToken ct)
    {
        if (recorded.Event is not ReferralEvent.Acknowledged e)
            return null;
        var desk = ((ReferralState.Open)(await store.Load(ReferralDecider.Instance, recorded.StreamId, ct)).State).Facts.DeskId;
        return new WatchCommand.RecordAcknowledgement(recorded.StreamId, desk, e.Spoken is null ? "inbox" : "phone", e.By, e.At);
    }

    private Task<WatchCommand?> Published(Recorded<ReferralEvent> recorded, CancellationToken ct) =>
        Task.FromResult<WatchCommand?>(recorded.Event is ReferralEvent.Sent ? new WatchCommand.RecordPublication(recorded.StreamId, clock.GetUtcNow()) : null);

    private async Task<long> Advance(string checkpoint, long head, Func<Recorded<ReferralEvent>, CancellationToken, Task<WatchCommand?>> receipt, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        // Looking costs no transaction: most looks find nothing.
        if (await Ask("SELECT coalesce((SELECT pos FROM events.hl_checkpoint WHERE name = @checkpoint), 0)", null) >= head)
            return 0;
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("INSERT INTO events.hl_checkpoint (name, pos) VALUES (@checkpoint, 0) ON CONFLICT DO NOTHING", new { checkpoint }, transaction, cancellationToken: ct));
        if (await Ask("SELECT pos FROM events.hl_checkpoint WHERE name = @checkpoint FOR UPDATE SKIP LOCKED", transaction) is not { } position || position >= head)
            return 0;
        var passed = position;
        foreach (var stored in await store.ReadLog(position, (int)Math.Min(Page, head - position), ct))
        {
            if (store.Catalogue.FamilyOf(stored.Type) == typeof(ReferralEvent) && await receipt(store.Record<ReferralEvent>(stored), ct) is { } command)
                await store.Execute(WatchDecider.Instance, WatchDecider.IdOf(stored.StreamId), command, Metadata.System(stored.Metadata.CorrelationId, stored.EventId.ToString()), ct);
            passed = stored.Position;
        }

        await connection.ExecuteAsync(new CommandDefinition("UPDATE events.hl_checkpoint SET pos = @passed WHERE name = @checkpoint", new { checkpoint, passed }, transaction, cancellationToken: ct));
        await transaction.CommitAsync(ct);
        return passed - position;

        Task<long?> Ask(string sql, System.Data.Common.DbTransaction? within) =>
            connection.ExecuteScalarAsync<long?>(new CommandDefinition(sql, new { checkpoint }, within, cancellationToken: ct));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Receipts interrupted by {Kind}; raised later")]
    private static partial void Interrupted(ILogger logger, string kind);
}
