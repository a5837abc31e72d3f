using Hotline111.Contracts;
using Hotline111.Contracts.AgencyNotification.V1;
using Hotline111.Contracts.Referral.V1;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Messaging;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Tests.Running;
using Hotline111.Referral.Watching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hotline111.Referral.Tests.Watching;

/// <summary>Published is what the broker has confirmed, and nothing else is.</summary>
public sealed class Receipts_rise
{
    private static readonly string Sent = ContractCatalogue.NameOf(typeof(ReferralSent));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_referral_is_published_when_the_relay_has_passed_it_and_reached_a_queue()
    {
        await using var store = await ReferralStore.Create();
        using var raise = Start(store);
        var (first, second) = (await Begin(store), await Begin(store));
        await store.Ordered();
        await All(raise);
        (await Receipt(store, first)).ShouldBeNull("the broker has confirmed nothing yet");

        // As the relay writes it down: passed, but the second one reached no queue.
        await store.Do($"UPDATE events.hl_relay SET pos = {await store.Store.Head(Ct)}");
        var unrouted = await store.Ask<long>($"SELECT o.pos FROM events.hl_order o JOIN events.mt_events e USING (seq_id) WHERE e.stream_id = '{second}' AND e.type = 'referral-sent.v1'");
        await store.Do($"INSERT INTO events.hl_unrouted (pos, type, previous, reason) VALUES ({unrouted}, '{Sent}', 0, 'unroutable')");
        (await ConfirmedLog.Position(store.Store, Sent, Ct)).ShouldBe(unrouted - 1);
        await All(raise);
        (await Receipt(store, first)).ShouldBe("published");
        (await Receipt(store, second)).ShouldBeNull();

        await store.Do("DELETE FROM events.hl_unrouted");
        await All(raise);
        (await Receipt(store, second)).ShouldBe("published");
    }

    [Fact]
    public async Task An_acknowledgement_is_the_highest_receipt_whether_the_broker_is_there_or_not_and_none_is_counted_twice()
    {
        await using var store = await ReferralStore.Create();
        using var raise = Start(store);
        var id = await Begin(store);
        var version = (await store.Store.Execute(
            ReferralDecider.Instance, id, (ReferralCommand)new ReferralCommand.Acknowledge(null, Guid.CreateVersion7(), "liaison-1", DateTimeOffset.UtcNow), Metadata.System(), Ct)).Version;
        await store.Ordered();
        await All(raise);
        var watch = await Watch(store, id);
        watch.ShouldHaveSingleItem().ShouldBeOfType<WatchEvent.Acknowledged>().ShouldSatisfyAllConditions(e => e.DeskId.ShouldBe("police.08"), e => e.Channel.ShouldBe("inbox"));
        Receipts.Of(watch, "police.08", null, withRefusals: false).Step.ShouldBe("acknowledged");

        // Started again without a place in the log: everything is told again, and recorded once.
        await store.Do($"DELETE FROM events.hl_checkpoint; UPDATE events.hl_relay SET pos = {await store.Store.Head(Ct)}");
        using var again = Start(store);
        await All(again);
        watch = await Watch(store, id);
        watch.Select(e => e.GetType()).ShouldBe([typeof(WatchEvent.Acknowledged), typeof(WatchEvent.Published)]);
        Receipts.Of(watch, "police.08", null, withRefusals: false).Step.ShouldBe("acknowledged", "a receipt that comes late lowers nothing");
        (await Receipt(store, id)).ShouldBe("acknowledged");
        (await store.Ask<long>($"SELECT version FROM read.referral WHERE id = '{id}'")).ShouldBe(version, "the sheet's version is not the watch's");
    }

    [Fact]
    public async Task The_place_in_the_log_is_written_down_rarely_and_never_beyond_what_waits_for_the_broker()
    {
        await using var store = await ReferralStore.Create();
        var clock = new Later();
        using var raise = Start(store, clock);
        await Begin(store);
        await store.Ordered();
        await All(raise);
        (await store.Ask<long>("SELECT count(*) FROM events.hl_checkpoint WHERE name = 'receipts.1'")).ShouldBe(0);
        clock.Ahead = TimeSpan.FromMinutes(1);
        await raise.Advance(Ct);
        var sent = await store.Ask<long>("SELECT o.pos FROM events.hl_order o JOIN events.mt_events e USING (seq_id) WHERE e.type = 'referral-sent.v1'");
        (await store.Ask<long>("SELECT pos FROM events.hl_checkpoint WHERE name = 'receipts.1'")).ShouldBe(sent - 1);

        // Another process goes on there, and the broker has it now.
        await store.Do($"UPDATE events.hl_relay SET pos = {await store.Store.Head(Ct)}");
        using var other = Start(store);
        (await other.Advance(Ct)).ShouldBe(2, "the sending again, and its publication");
    }

    [Fact]
    public async Task Four_notices_that_start_a_referral_s_watch_at_once_wait_for_each_other_and_none_fails()
    {
        await using var store = await ReferralStore.Create();
        var referral = Guid.CreateVersion7();
        await using var first = await Begun.On(store);
        await first.Hear(referral, "inbox");
        // The first one's stream is there and not yet committed: whoever looks does not see it.
        var others = ((string[])["phone", "email", "fax"]).Select(async channel =>
        {
            await using var other = await Begun.On(store);
            await other.Hear(referral, channel);
            await other.Transaction.CommitAsync(Ct);
        }).ToList();
        await ReferralStore.Until(async () => await store.Ask<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 3);
        await first.Transaction.CommitAsync(Ct);
        await Task.WhenAll(others);
        (await Watch(store, referral)).Cast<WatchEvent.Delivered>().Select(e => e.Channel).Order().ShouldBe(["email", "fax", "inbox", "phone"]);
    }

    private static RaiseReceipts Start(ReferralStore store, TimeProvider? clock = null) =>
        new(store.Store, store.Services.GetRequiredService<LogSignal>(), clock ?? TimeProvider.System, NullLogger<RaiseReceipts>.Instance);

    private static async Task<Guid> Begin(ReferralStore store)
    {
        var id = Guid.CreateVersion7();
        await store.Store.Append(
            ReferralDecider.Instance, id, 0,
            [
                new ReferralEvent.Drafted($"RF-2026-{Random.Shared.Next(100_000, 999_999)}", Guid.CreateVersion7(), "police.08", "police.08", "police", "08", "verify_rescue", "emergency", "counsellor-1", DateTimeOffset.UtcNow),
                new ReferralEvent.Composed("emergency@2026-1", "vital_interest", new('0', 64), [], Guid.CreateVersion7(), "counsellor-1", DateTimeOffset.UtcNow),
                new ReferralEvent.Sent(SendingGround.Emergency, "counsellor-1", DateTimeOffset.UtcNow),
            ],
            Metadata.System(), Ct);
        return id;
    }

    private static async Task All(RaiseReceipts raise)
    {
        while (await raise.Advance(Ct) > 0)
        {
            // Until nothing is new.
        }
    }

    private static async Task<IReadOnlyList<WatchEvent>> Watch(ReferralStore store, Guid id) =>
        [.. (await store.Store.ReadStream(WatchDecider.IdOf(id), Ct)).Select(stored => store.Store.Record<WatchEvent>(stored).Event)];

    private static async Task<string?> Receipt(ReferralStore store, Guid id) => await store.Ask<object>($"SELECT receipt FROM read.referral WHERE id = '{id}'") as string;

    /// <summary>A transaction in which a message has its effect.</summary>
    private sealed record Begun(ReferralStore Store, NpgsqlConnection Connection, NpgsqlTransaction Transaction) : IAsyncDisposable
    {
        public static async Task<Begun> On(ReferralStore store)
        {
            var connection = await store.Store.Source.OpenConnectionAsync(Ct);
            return new(store, connection, await connection.BeginTransactionAsync(Ct));
        }

        public Task Hear(Guid referral, string channel)
        {
            NoticeRecorded notice = new(Guid.CreateVersion7(), referral, Guid.CreateVersion7(), "police.08", channel, DateTimeOffset.UtcNow);
            return WhenNoticeRecorded.Handle(
                new(notice, Guid.CreateVersion7(), "agency-notification", notice.NoticeId, 1, notice.At, null, null), new(Connection, Transaction), Store.Services, Ct);
        }

        public async ValueTask DisposeAsync()
        {
            await Transaction.DisposeAsync();
            await Connection.DisposeAsync();
        }
    }

    /// <summary>A clock that stands until it is set ahead.</summary>
    private sealed class Later : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ahead.Ticks;
    }
}
