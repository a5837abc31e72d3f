using System.Collections.Concurrent;
using System.Security.Claims;
using Hotline111.Contracts.Access;
using Hotline111.Contracts.Catalogues;
using Hotline111.Platform.Access;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Referral.Referrals;
using Hotline111.Referral.Referrals.Chaining;
using Hotline111.Referral.Tests.Running;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using C = Hotline111.Referral.Referrals.ReferralCommand;
using E = Hotline111.Referral.Referrals.ReferralEvent;
using S = Hotline111.Referral.Referrals.ReferralState;

namespace Hotline111.Referral.Tests.Referrals;

/// <summary>Many people at once, on a real store and through the chain's own transactions: what was committed keeps the invariants, and read again it gives the same rows.</summary>
public sealed class Walks_on_the_store
{
    private const int Actors = 12;
    private static readonly string[] Bodies = ["c02", "police.01", "police.02", "police.08", "border-guard", "womens-union"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public Task Twelve_people_at_once_leave_a_log_that_is_right_and_reads_as_the_rows_do() => Walk(1_500);

    [Fact]
    [Trait("run", "campaign")]
    public Task So_do_a_hundred_thousand_commands() => Walk(100_000);

    private static async Task Walk(int commands)
    {
        await using var store = await ReferralStore.Create();
        ConcurrentDictionary<Guid, byte> open = new();
        ConcurrentBag<(Guid Id, long Version, IReadOnlyList<E> Events)> answered = [];
        var (given, refused, stale, drawn) = (0, 0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, Actors).Select(actor => Task.Run(() => Act(actor), Ct)));

        await store.Ordered();
        var committed = await Log(store);
        foreach (var (id, version, events) in answered)
            committed[id].Skip((int)version - events.Count).Take(events.Count).Select(e => e.GetType()).ShouldBe(events.Select(e => e.GetType()), "what was answered was committed");

        // The log by itself: every event, every referral, every chain.
        var states = committed.ToDictionary(stream => stream.Key, stream => stream.Value.Aggregate(ReferralDecider.Instance.Initial, Invariants.After));
        foreach (var chain in states.Keys.GroupBy(Root))
            Invariants.OfChain(states, [.. chain]);
        committed.Values.SelectMany(history => history).Select(e => e.GetType()).Distinct().Count().ShouldBeGreaterThan(25);
        new[] { answered.Count, refused, stale }.ShouldAllBe(count => count > commands / 100, "people met each other");

        // Every read model that is made of the log alone: as it stands, and as the log gives it again.
        var models = store.Services.GetRequiredService<ReadModels>().ByName.Values.Where(model => model.Tables.Count > 0).ToList();
        models.ShouldNotBeEmpty();
        foreach (var model in models)
        {
            var rows = await Rows(store, model);
            await Rebuild.Run(store.Database.Owner, store.Store, model, Ct);
            (await Rows(store, model)).ShouldBe(rows, model.Name);
        }

        (await store.Ask<long>("SELECT count(*) FROM read.referral")).ShouldBe(states.Count);

        Guid Root(Guid id)
        {
            while (((S.Open)states[id]).Facts.PreviousId is { } previous)
                id = previous;
            return id;
        }

        async Task Act(int actor)
        {
            var random = new Random(111 + actor);
            while (Interlocked.Increment(ref given) <= commands)
            {
                try
                {
                    if (open.Count < 10 || random.Next(30) == 0)
                        await Begin(random);
                    else if (open.Keys.Skip(random.Next(10)).FirstOrDefault() is var id && id != default)
                        await Do(random, id);
                }
                catch (NpgsqlException e) when (e.IsTransient || e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled)
                {
                    // Somebody else was first, or the machine is too busy to wait for: the door would say "again", and the next turn is as good.
                    Interlocked.Increment(ref stale);
                }
            }
        }

        async Task Begin(Random random)
        {
            var facts = Facts(Bodies[random.Next(Bodies.Length)]) with { Urgency = ValueLists.Get("urgency").Values[random.Next(4)].Code };
            var id = Guid.CreateVersion7();
            C command = facts.Rule.ComposesWithoutRelease && random.Next(2) == 0
                ? new C.SendEmergency(facts, Invented.FromTheContact, Invented.Counsellor, Now())
                : new C.DraftReferral(facts, Invented.Counsellor, Now());
            Count(id, await store.Store.Execute(ReferralDecider.Instance, id, command, Metadata.System(), Ct));
            open[id] = 0;
        }

        async Task Do(Random random, Guid id)
        {
            var known = await store.Store.Load(ReferralDecider.Instance, id, Ct);
            if (known.State.IsFinal && random.Next(3) > 0)
                open.TryRemove(id, out _);
            var command = Choose(random, known.State);
            if (command is C.CompleteHandOn or C.EndHandOn or C.Retract or C.Forward)
                return;
            // Somebody looked a little longer before he decided.
            if (random.Next(3) == 0)
                await Task.Yield();
            var execution = command is C.HandOn handOn
                ? await HandOn(random, id, known, handOn)
                : await Chain.Execute(Door(id, random.Next(3) == 0 ? known.Version : null), known, command, Metadata.System());
            Count(id, execution);
        }

        C Choose(Random random, S state)
        {
            var allowed = ReferralDecider.Allowed(state);
            var wanted = allowed.Count > 0 && random.Next(8) > 0 ? allowed[random.Next(allowed.Count)] : null;
            if (wanted is "withdraw" or "decline" or "agree-withdrawal" && random.Next(4) > 0)
                wanted = "flag-danger";
            var all = AnyReferral.OneOfEach(state, Guid.CreateVersion7(), Now());
            var fit = wanted is null ? all : [.. all.Where(command => AnyReferral.DoorOf(command) == wanted)];
            var chosen = fit[random.Next(fit.Count)];
            return chosen is C.HandOn handOn ? handOn with { NextDeskId = Bodies[random.Next(Bodies.Length)] } : chosen;
        }

        async Task<Execution<S, E>> HandOn(Random random, Guid id, Folded<S> known, C.HandOn command)
        {
            var (facts, course) = (((S.Open)known.State).Facts, (known.State as S.Out)?.Course);
            var next = Facts(command.NextDeskId) with { Urgency = facts.Urgency, Part = facts.Part, PreviousId = id, Chain = [.. facts.Chain, facts.DeskId] };
            C begin = random.Next(3) == 0 || course is null
                ? new C.DraftReferral(next, command.By, command.At)
                : course.ContactId is null
                    ? new C.Forward(next, Invented.Package with { DeskId = next.DeskId }, null, command.By, command.At)
                    : new C.Forward(next, null, Invented.FromTheContact, command.By, command.At);
            var execution = await Chain.HandOn(Door(id, null), known, command, begin, Metadata.System());
            if (execution.Events.Count > 0)
                open[command.NextId] = 0;
            return execution;
        }

        ReferralDoor Door(Guid id, long? expectedVersion)
        {
            var user = new ClaimsPrincipal(new ClaimsIdentity([new(TokenClaims.Role, Roles.Supervisor), new(TokenClaims.Subject, Invented.Supervisor)]));
            return new(id, user, new CommandContext(user, Now(), Metadata.System(), expectedVersion, null, null), store.Store, store.Services.GetRequiredService<LogSignal>(), Ct);
        }

        ReferralFacts Facts(string body)
        {
            var sector = body == "border-guard" ? Sector.BorderGuard : body == "womens-union" ? Sector.WomensUnion : Sector.Police;
            return new($"RF-2026-{Interlocked.Increment(ref drawn):000000}", Invented.CaseId, body, body, sector, null, "verify_rescue", Urgency.Standard, "2026-1");
        }

        DateTimeOffset Now() => Invented.Now.AddSeconds(Volatile.Read(ref given));

        void Count(Guid id, Execution<S, E> execution)
        {
            if (execution.Stale)
                Interlocked.Increment(ref stale);
            else if (execution.Refusal is not null)
                Interlocked.Increment(ref refused);
            else if (execution.Events.Count > 0)
                answered.Add((id, execution.Version, execution.Events));
        }
    }

    private static async Task<Dictionary<Guid, List<E>>> Log(ReferralStore store)
    {
        Dictionary<Guid, List<E>> streams = [];
        for (var position = 0L; await store.Store.ReadLog(position, 5000, Ct) is { Count: > 0 } page; position = page[^1].Position)
        {
            foreach (var stored in page)
            {
                if (!streams.TryGetValue(stored.StreamId, out var history))
                    streams[stored.StreamId] = history = [];
                history.Count.ShouldBe((int)stored.Version - 1);
                history.Add(store.Store.Record<E>(stored).Event);
            }
        }

        return streams;
    }

    private static async Task<IReadOnlyList<string>> Rows(ReferralStore store, FollowingProjection model)
    {
        List<string> rows = [];
        foreach (var table in model.Tables)
            rows.Add(await store.Ask<string>($"SELECT '{table} ' || count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') FROM read.\"{table}\" t"));
        return rows;
    }
}
