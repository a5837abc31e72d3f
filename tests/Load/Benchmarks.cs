using System.Text.Json;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Hotline111.Case.Cases;
using Hotline111.Case.Persons;
using Hotline111.Case.Releasing;
using Hotline111.Contracts.Catalogues;
using Hotline111.Local;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Hosting;
using Hotline111.Platform.Privacy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hotline111.Load;

/// <summary>What is done for every request or event, one piece at a time: time and memory of each.</summary>
[MemoryDiagnoser]
public class Benchmarks
{
    private static readonly Guid PersonId = Guid.CreateVersion7();
    private static readonly Owner Person = new("person", PersonId);
    private static readonly CaseEvent.PersonAdded Added = new(
        PersonId,
        new PersonFacts(
            Personal.Of("Nguyễn Thị Giả Định", Person, FieldGroup.Identity), "female", 2010, null, null, "ethnic_minority", "sexual_exploitation", "domestic", "VN", "suspected",
            Personal.Of("0900 000 222", Person, FieldGroup.Identity), null, null, Personal.Of("quán gần cầu lớn, chưa rõ phường", Person, FieldGroup.Location),
            Personal.Of("Hiểu tiếng Việt vừa đủ.", Person, FieldGroup.Narrative)),
        "counsellor-1", DateTimeOffset.UnixEpoch);

    private static readonly ReleaseBody Body = new("police.08", "vital_interest", "verify_rescue", [PersonId], "Xác minh nơi giữ, phối hợp giải cứu ngay.");

    private static readonly KnownDesk Desk = new("police.08", "police.08", Items.From(["08"]), ReleaseProfiles.All.First(profile => profile.Id == "police"));

    private readonly JsonElement package = JsonSerializer.SerializeToElement(new
    {
        request = new { purpose = "verify_rescue", need = Body.Need, narrative = new string('x', 400) },
        persons = new[] { new { id = PersonId, name = "Nguyễn Thị Giả Định", gender = "female", birthYear = 2010 } },
    });

    private readonly Guid stream = Guid.CreateVersion7();
    private string folder = "";
    private PostgresServer server = null!;
    private IHost host = null!;
    private EventStore store = null!;
    private PersonKeys keys = null!;
    private IReadOnlyList<StoredEvent> ten = [];
    private IReadOnlyList<StoredEvent> thousand = [];
    private StoredEvent sealedPerson = null!;
    private CaseEvent.PersonAdded readPerson = null!;
    private CaseState.InProgress inProgress = null!;
    private DefaultHttpContext answer = null!;

    /// <summary>Runs them all and prints the table; details go to a folder that is ignored.</summary>
    public static int Run()
    {
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddExporter(MarkdownExporter.Console)
            .AddLogger(ConsoleLogger.Default)
            .WithArtifactsPath(Path.Combine(Repository.Root, "artifacts", "benchmarks"));
        return BenchmarkRunner.Run<Benchmarks>(config).HasCriticalValidationErrors ? 1 : 0;
    }

    /// <summary>A server for the keys, and a case with one person in it.</summary>
    [GlobalSetup]
    public void Setup() => Prepare().GetAwaiter().GetResult(); // Measured inside this process, a task would not be waited for.

    /// <summary>Stops the server and removes its data.</summary>
    [GlobalCleanup]
    public void Cleanup() => End().GetAwaiter().GetResult();

    private async Task Prepare()
    {
        folder = Path.Combine(Path.GetTempPath(), $"hotline111-load-{Guid.CreateVersion7():n}");
        Directory.CreateDirectory(folder);
        server = await PostgresServer.Start(Path.Combine(folder, "postgres"), CancellationToken.None);
        var database = await server.CreateServiceDatabase("benchmarks", CancellationToken.None);
        await Migration.Apply(database.Owner, MigrationSet.Platform, CancellationToken.None);
        host = await StoreStage.Open(database, CancellationToken.None, readModels: builder => builder.Family(CaseDecider.Instance));
        store = host.Services.GetRequiredService<EventStore>();
        keys = host.Services.GetRequiredService<PersonKeys>();

        await store.Append(StoreStage.Decider, stream, 0, [.. Enumerable.Repeat(StoreStage.Sample, 1000)], Metadata.System(), CancellationToken.None);
        thousand = await store.ReadStream(stream, CancellationToken.None);
        ten = [.. thousand.Take(10)];

        var caseId = Guid.CreateVersion7();
        var owner = new Owner("case", caseId);
        await store.Append(
            CaseDecider.Instance, caseId, 0,
            [
                new CaseEvent.Opened(
                    "CA-2026-000001", Guid.CreateVersion7(), new Case.Cases.Place("2026-04-30", "31", null, null), "any_time", Personal.Of("Người cha, 0900 000 111", owner, FieldGroup.Identity),
                    Personal.Of(new string('x', 400), owner, FieldGroup.Narrative), "counsellor-1", DateTimeOffset.UnixEpoch),
                Added,
            ],
            Metadata.System(), CancellationToken.None);
        var stored = await store.ReadStream(caseId, CancellationToken.None);
        sealedPerson = stored[1];
        readPerson = (CaseEvent.PersonAdded)store.Catalogue.Read(sealedPerson);
        inProgress = (CaseState.InProgress)store.Fold(CaseDecider.Instance, stored).State;
        answer = new DefaultHttpContext { RequestServices = host.Services };
    }

    private async Task End()
    {
        await host.StopAsync();
        host.Dispose();
        await server.DisposeAsync();
        Account.RemoveFolder(folder);
    }

    [Benchmark(Description = "fold 10 events")]
    public long FoldTen() => store.Fold(StoreStage.Decider, ten).Version;

    [Benchmark(Description = "fold 1000 events")]
    public long FoldThousand() => store.Fold(StoreStage.Decider, thousand).Version;

    [Benchmark(Description = "serialise an event of 600 bytes")]
    public ValueTask<string> Serialise() => EventCatalogue.Write(StoreStage.Sample, stream, stream, keys, CancellationToken.None);

    [Benchmark(Description = "serialise and seal 4 personal fields")]
    public ValueTask<string> Seal() => EventCatalogue.Write(Added, sealedPerson.EventId, sealedPerson.StreamId, keys, CancellationToken.None);

    [Benchmark(Description = "read an event with 4 sealed fields")]
    public object ReadSealed() => store.Catalogue.Read(sealedPerson);

    [Benchmark(Description = "open 4 personal fields")]
    public async Task<int> Open()
    {
        var facts = readPerson.Facts;
        return (await keys.Open(facts.Name!, CancellationToken.None))!.Length + (await keys.Open(facts.Phone!, CancellationToken.None))!.Length
            + (await keys.Open(facts.Location!, CancellationToken.None))!.Length + (await keys.Open(facts.Note!, CancellationToken.None))!.Length;
    }

    [Benchmark(Description = "leaf of the chain, 600 bytes")]
    public byte[] Leaf()
    {
        var stored = ten[0];
        return ChainVerifier.Leaf(1, stored.SeqId, stored.EventId, stored.StreamId, stored.Version, stored.Timestamp.UtcDateTime, stored.Type, stored.Data, "{}", null, null);
    }

    [Benchmark(Description = "compose a package of 1 person")]
    public async Task<int> Compose() => (await ComposedPackage.Of(inProgress, Body, Desk, keys, CancellationToken.None)).Size;

    [Benchmark(Description = "answer a problem")]
    public Task Problem()
    {
        answer.Response.Body = Stream.Null;
        return Problems.NotFound.ExecuteAsync(answer);
    }

    [Benchmark(Description = "canonical JSON of a package")]
    public int Canonical() => CanonicalJson.Bytes(package).Length;
}
