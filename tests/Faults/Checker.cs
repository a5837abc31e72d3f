using System.Diagnostics;
using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Npgsql;

namespace Hotline111.Faults.Tests;

/// <summary>Compares what the platform holds with what the ledger says it must hold.</summary>
public sealed class Checker(LocalPlatform platform, Ledger ledger)
{
    private static readonly string[] Services = ["intake", "case", "referral", "agency-notification"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Waits until everything that is on its way has arrived.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> Settle(CancellationToken ct)
    {
        // Connections of the time before a server went away.
        NpgsqlConnection.ClearAllPools();
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var waiting = await OnTheWay(ct);
            if (waiting.Count == 0)
                return watch.Elapsed;
            watch.Elapsed.ShouldBeLessThan(Patience, string.Join(", ", waiting));
            await Task.Delay(250, ct);
        }
    }

    /// <summary>Everything at once; call it when all has settled.</summary>
    public async Task Check(CancellationToken ct)
    {
        await Commands(ct);
        await Logs(ct);
        await Effects(ct);
        await ReadModels(ct);
        if (platform.OwnBroker is { } broker)
        {
            (await broker.Evaluate("lists:sum([proplists:get_value(messages, rabbit_amqqueue:info(Q, [messages]), 0) || Q <- rabbit_amqqueue:list(<<\"hotline111\">>), binary:match(element(4, amqqueue:get_name(Q)), <<\"dead-letter\">>) =/= nomatch]).", ct))
                .ShouldBe("0", "the broker gave up no message");
        }

        var recorded = 0L;
        foreach (var service in Services)
            recorded += await Number(service, "SELECT count(*) FROM events.mt_events WHERE type = 'personal-data-read.v1'", ct);
        recorded.ShouldBeGreaterThanOrEqualTo(ledger.Shown, "nobody was shown anything that is not recorded");
    }

    private async Task<List<string>> OnTheWay(CancellationToken ct)
    {
        List<string> waiting = [];
        foreach (var service in Services)
        {
            foreach (var (what, sql) in ((string, string)[])
                [
                    ("without a place", "SELECT count(*) FROM events.hl_pending"),
                    ("not published", "SELECT h.pos - r.pos FROM events.hl_head h, events.hl_relay r"),
                    ("held", "SELECT count(*) FROM events.hl_held"),
                    ("parked", "SELECT count(*) FROM events.hl_parked"),
                    ("unrouted", "SELECT count(*) FROM events.hl_unrouted"),
                ])
            {
                if (await Number(service, sql, ct) is not 0 and var count)
                    waiting.Add($"{service}: {count} {what}");
            }
        }

        foreach (var (source, consumer, lost) in await Unheard(ct))
            waiting.Add($"{consumer}: {lost} streams of {source} not heard to their end");
        var sent = await Number("referral", "SELECT count(*) FROM events.mt_events WHERE type = 'referral-sent.v1'", ct);
        if (await Number("referral", "SELECT count(*) FROM events.mt_events WHERE type = 'watch-published.v1'", ct) is var published && published != sent)
            waiting.Add($"referral: {sent - published} receipts not raised");
        return waiting;
    }

    /// <summary>Streams whose last published event a listening service has not had its turn with; of the kinds of streams that it hears of at all.</summary>
    private async Task<List<(string Source, string Consumer, int Lost)>> Unheard(CancellationToken ct)
    {
        List<(string, string, int)> found = [];
        foreach (var source in Services)
        {
            var published = await Pairs(source, "SELECT stream, last_published FROM events.hl_relay_stream", ct);
            var kinds = (await Texts(source, "SELECT r.stream, s.type FROM events.hl_relay_stream r JOIN events.mt_streams s ON s.id = r.stream", ct)).ToDictionary(each => each.Item1, each => each.Item2);
            foreach (var consumer in Services.Where(each => each != source))
            {
                var heard = await Pairs(consumer, $"SELECT stream, last FROM events.hl_mark WHERE source = '{source}'", ct);
                if (heard.Count == 0)
                    continue; // It does not listen to this one: asserted below, where each effect is counted.
                var heardOf = heard.Keys.Where(kinds.ContainsKey).Select(stream => kinds[stream]).ToHashSet();
                // A mark may lie above the last published version: who read a stream from its source has also passed what is private at its end.
                var lost = published.Count(stream => heardOf.Contains(kinds[stream.Key]) && heard.GetValueOrDefault(stream.Key) < stream.Value);
                if (lost > 0)
                    found.Add((source, consumer, lost));
            }
        }

        return found;
    }

    /// <summary>Every answered command has its event, every other one wholly or not at all, and nothing has an event that nobody asked for.</summary>
    private async Task Commands(CancellationToken ct)
    {
        foreach (var service in ledger.Asked.GroupBy(intent => intent.Service))
        {
            var keys = await Set(service.Key, "SELECT principal || ' ' || key FROM events.hl_command", ct);
            var stored = await Counts(service.Key, ct);
            foreach (var wanted in service.GroupBy(intent => (intent.Stream, intent.Event)))
            {
                var here = stored.GetValueOrDefault((wanted.Key.Stream, wanted.Key.Event));
                if (wanted.All(intent => !intent.Keyed))
                {
                    here.ShouldBeInRange(wanted.Any(ledger.IsAnswered) ? 1 : 0, 1, $"{wanted.Key}: once, and surely when it was answered");
                    continue;
                }

                var remembered = wanted.Count(intent => keys.Contains($"{intent.Principal} {intent.Key}"));
                here.ShouldBe(remembered, $"{wanted.Key}: the event and the key of its command are there together or not at all");
                foreach (var intent in wanted.Where(ledger.IsAnswered))
                    keys.ShouldContain($"{intent.Principal} {intent.Key}", $"{intent.Event} in {intent.Stream} was answered and is lost");
            }

            foreach (var name in service.Select(intent => intent.Event).Distinct())
            {
                var asked = service.Where(intent => intent.Event == name).Select(intent => intent.Stream).ToHashSet();
                stored.Keys.Where(each => each.Event == name && !asked.Contains(each.Stream)).ShouldBeEmpty($"{name} that nobody asked for");
            }
        }
    }

    /// <summary>Versions and positions without a hole, and a chain that verifies.</summary>
    private async Task Logs(CancellationToken ct)
    {
        foreach (var service in Services)
        {
            (await Number(service, "SELECT count(*) FROM (SELECT 1 FROM events.mt_events GROUP BY stream_id HAVING count(*) <> max(version)) holes", ct)).ShouldBe(0, $"{service}: versions");
            (await Number(service, "SELECT count(*) FROM events.mt_streams s WHERE version <> (SELECT count(*) FROM events.mt_events e WHERE e.stream_id = s.id)", ct)).ShouldBe(0, $"{service}: streams");
            var positions = await Number(service, "SELECT count(*) FROM events.hl_order", ct);
            (await Number(service, "SELECT max(pos) FROM events.hl_order", ct)).ShouldBe(positions, $"{service}: positions are dense");
            (await Number(service, "SELECT count(*) FROM events.mt_events WHERE type <> 'tombstone'", ct)).ShouldBe(positions, $"{service}: every event has a place");
            (await Number(
                service,
                """
                SELECT count(*) FROM (SELECT o.pos, lag(o.pos) OVER (PARTITION BY e.stream_id ORDER BY e.version) AS before
                                        FROM events.hl_order o JOIN events.mt_events e USING (seq_id)) x WHERE before > pos
                """,
                ct)).ShouldBe(0, $"{service}: places rise with versions");
            await using var source = NpgsqlDataSource.Create(platform.Database(service).Store);
            var verified = await ChainVerifier.Verify(source, ct);
            verified.Bad.ShouldBeNull($"{service}: {verified.Reason}");
            verified.Position.ShouldBe(positions);
        }
    }

    /// <summary>Each event has exactly one effect in each service that listens to it.</summary>
    private async Task Effects(CancellationToken ct)
    {
        // Case → Intake: the contact learns of its case.
        var linked = await Counts("intake", ct);
        foreach (var (_, contact) in await Texts("case", "SELECT stream_id, data->>'contactId' FROM events.mt_events WHERE type = 'case-opened.v1'", ct))
            linked.GetValueOrDefault((Guid.Parse(contact), "contact-case-linked.v1")).ShouldBe(1, $"contact {contact} knows its case");

        // Intake → Case: every contact is known there.
        (await Set("case", "SELECT contact_id::text FROM read.contact", ct))
            .SetEquals(await Set("intake", "SELECT stream_id::text FROM events.mt_events WHERE type = 'contact-recorded.v1'", ct)).ShouldBeTrue("every contact is known to Case");

        // What is submitted here is an emergency, and sent with that.
        (await Number("referral", "SELECT count(*) FROM events.mt_events WHERE type = 'referral-submitted.v1'", ct))
            .ShouldBe(await Number("referral", "SELECT count(*) FROM events.mt_events WHERE type = 'referral-sent.v1'", ct), "submitted and sent together or not at all");

        // Referral → Case, AgencyNotification → Case: a line in the case's timeline for each step, each opening and each notice.
        foreach (var (service, type, kind) in ((string, string, string)[])[("referral", "watch-opened.v1", "package-opened"), ("agency-notification", "notice-recorded.v1", "notice-recorded")])
        {
            var happened = await Number(service, $"SELECT count(*) FROM events.mt_events WHERE type = '{type}'", ct);
            (await Number("case", $"SELECT count(*) FROM read.case_timeline WHERE kind = '{kind}'", ct)).ShouldBe(happened, $"{kind} in the timelines");
        }

        foreach (var step in (string[])["sent", "acknowledged", "accepted", "marked", "result-reported", "result-confirmed"])
        {
            var happened = await Number("referral", $"SELECT count(*) FROM events.mt_events WHERE type = 'referral-{step}.v1'", ct);
            (await Number("case", $"SELECT count(*) FROM read.case_timeline WHERE kind = 'referral-{step}'", ct)).ShouldBe(happened, $"referral-{step} in the timelines");
        }

        // Referral → AgencyNotification → Referral: one notice for each channel, one receipt for each referral.
        var referrals = await Set("referral", "SELECT stream_id::text FROM events.mt_events WHERE type = 'referral-sent.v1'", ct);
        (await Set("agency-notification", "SELECT DISTINCT referral_id::text FROM read.notice WHERE kind = 'sent'", ct)).SetEquals(referrals).ShouldBeTrue("a notice for every referral that was sent");
        (await Number("agency-notification", "SELECT count(*) FROM (SELECT 1 FROM read.notice WHERE kind = 'sent' GROUP BY referral_id, channel HAVING count(*) > 1) twice", ct)).ShouldBe(0, "no notice twice");
        (await Number("referral", "SELECT count(*) FROM (SELECT 1 FROM events.mt_events WHERE type = 'watch-published.v1' GROUP BY stream_id) once", ct)).ShouldBe(referrals.Count, "each is told of once");
        (await Number("referral", "SELECT count(*) FROM events.mt_events WHERE type = 'watch-published.v1'", ct)).ShouldBe(referrals.Count, "each is told of once");
        var notices = await Number("agency-notification", "SELECT count(*) FROM read.notice WHERE kind = 'sent'", ct);
        (await Number("referral", "SELECT count(*) FROM events.mt_events WHERE type = 'watch-delivered.v1'", ct)).ShouldBe(notices, "a receipt for each notice");
        (await Number("referral", "SELECT count(*) FROM (SELECT 1 FROM events.mt_events WHERE type = 'watch-delivered.v1' GROUP BY stream_id, data->>'channel' HAVING count(*) > 1) twice", ct))
            .ShouldBe(0, "no receipt twice");

        var acknowledged = await Number("referral", "SELECT count(*) FROM events.mt_events WHERE type = 'referral-acknowledged.v1'", ct);
        (await Number("referral", "SELECT count(*) FROM events.mt_events WHERE type = 'watch-acknowledged.v1'", ct)).ShouldBe(acknowledged, "a receipt for every acknowledgement");

        // What was received is kept once, in a dense order of its own and in the order of each stream.
        (await Number("agency-notification", "SELECT count(*) - max(pos) FROM events.hl_received", ct)).ShouldBe(0, "received positions are dense");
        (await Number(
            "agency-notification",
            "SELECT count(*) FROM (SELECT version, lag(version) OVER (PARTITION BY source, stream ORDER BY pos) AS before FROM events.hl_received) x WHERE before >= version",
            ct)).ShouldBe(0, "received in the order of each stream");
    }

    /// <summary>What people read is what the log says: each read model folded anew is the same, row by row.</summary>
    private async Task ReadModels(CancellationToken ct)
    {
        foreach (var (service, model, table) in ((string, string, string)[])
            [("intake", "contact-list.1", "read.contact"), ("case", "case-list.1", "read.case_list"), ("referral", "referral-inbox.2", "read.referral")])
        {
            var fingerprint = $"SELECT md5(string_agg(to_jsonb(t)::text, '|' ORDER BY t.id)) FROM {table} t";
            var live = await Text(service, fingerprint, ct);
            var (exitCode, output) = await ChildProcess.Run(
                new Launch($"{service} rebuild", Repository.DotNet, Repository.Program(PlatformProcess.Get(service).Project), "rebuild", model) { Environment = platform.Configuration(service, asOwner: true) }, ct);
            exitCode.ShouldBe(0, output);
            (await Text(service, fingerprint, ct)).ShouldBe(live, $"{model}: live as folded anew");
        }
    }

    private async Task<Dictionary<(Guid Stream, string Event), int>> Counts(string service, CancellationToken ct)
    {
        Dictionary<(Guid, string), int> counts = [];
        await using var source = NpgsqlDataSource.Create(platform.Database(service).Store);
        await using var command = source.CreateCommand("SELECT stream_id, type, count(*)::int FROM events.mt_events GROUP BY stream_id, type");
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            counts[(reader.GetGuid(0), reader.GetString(1))] = reader.GetInt32(2);
        return counts;
    }

    private async Task<Dictionary<Guid, long>> Pairs(string service, string sql, CancellationToken ct)
    {
        Dictionary<Guid, long> pairs = [];
        await foreach (var row in Rows(service, sql, ct))
            pairs[row.GetGuid(0)] = row.GetInt64(1);
        return pairs;
    }

    private async Task<List<(Guid, string)>> Texts(string service, string sql, CancellationToken ct)
    {
        List<(Guid, string)> texts = [];
        await foreach (var row in Rows(service, sql, ct))
            texts.Add((row.GetGuid(0), row.GetString(1)));
        return texts;
    }

    private async Task<HashSet<string>> Set(string service, string sql, CancellationToken ct)
    {
        HashSet<string> set = [];
        await foreach (var row in Rows(service, sql, ct))
            set.Add(row.GetString(0));
        return set;
    }

    private async Task<long> Number(string service, string sql, CancellationToken ct)
    {
        await foreach (var row in Rows(service, sql, ct))
            return row.IsDBNull(0) ? 0 : row.GetInt64(0);
        return 0;
    }

    private async Task<string?> Text(string service, string sql, CancellationToken ct)
    {
        await foreach (var row in Rows(service, sql, ct))
            return row.IsDBNull(0) ? null : row.GetString(0);
        return null;
    }

    private async IAsyncEnumerable<NpgsqlDataReader> Rows(string service, string sql, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(platform.Database(service).Store);
        await connection.OpenAsync(ct);
#pragma warning disable CA2100 // Constants of this file and names of services.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            yield return reader;
    }
}
