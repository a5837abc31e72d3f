using Hotline111.Intake.Contacts;
using Hotline111.Intake.Drafts;
using Hotline111.Platform.EventStore;
using Hotline111.Platform.Privacy;
using Hotline111.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hotline111.Intake.Tests.Drafts;

/// <summary>How drafts end that nobody finishes, to the second, and what becomes of their keys.</summary>
public sealed class OldDraftTests(RunningIntake intake) : IClassFixture<RunningIntake>, IAsyncLifetime
{
    private readonly Colleague an = intake.As("an");
    private IHost host = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private DraftTable Drafts => host.Services.GetRequiredService<DraftTable>();

    public ValueTask InitializeAsync()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(intake.Settings.ToDictionary(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal), setting => setting.Value));
        builder.AddEventStore(store => store.Family(ContactDecider.Instance).Family(ReadLog.Instance).Inline(new ContactList()));
        builder.Services.AddSingleton<DraftTable>();
        host = builder.Build();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        host.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Seven_days_after_its_last_change_a_draft_ends_and_not_a_moment_before()
    {
        var (id, changed) = await Begun();
        await Drafts.EndUnchanged(changed + Draft.Kept - TimeSpan.FromMilliseconds(1), Ct);
        (await an.Get($"/drafts/{id}")).ShouldBe(200);
        await Drafts.EndUnchanged(changed + Draft.Kept, Ct);
        (await an.Get($"/drafts/{id}")).ShouldBe(409, "draft-ended");
        (await intake.Look<bool>("SELECT content IS NULL FROM drafts.draft WHERE id = $1", id)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_save_keeps_it_for_another_seven_days()
    {
        var (id, changed) = await Begun();
        var (draft, _) = await Drafts.Save(id, "an", 1, """{"a":2}""", null, changed + TimeSpan.FromDays(6), Ct);
        await Drafts.EndUnchanged(changed + TimeSpan.FromDays(8), Ct);
        (await an.Get($"/drafts/{id}")).ShouldBe(200);
        await Drafts.EndUnchanged(draft!.ChangedAt + Draft.Kept, Ct);
        (await an.Get($"/drafts/{id}")).ShouldBe(409, "draft-ended");
    }

    [Fact]
    public async Task An_hour_after_its_end_its_keys_are_destroyed_and_the_row_is_gone()
    {
        var (id, changed) = await Begun();
        var ended = changed + Draft.Kept;
        await Drafts.EndUnchanged(ended, Ct);
        await Drafts.ForgetEnded(ended + Draft.KeysOutlive - TimeSpan.FromMilliseconds(1), Ct);
        (await KeysOf(id)).ShouldBe((1, 0));
        await Drafts.ForgetEnded(ended + Draft.KeysOutlive, Ct);
        (await KeysOf(id)).ShouldBe((0, FieldGroup.All.Count));
        (await Drafts.Find(id, Ct)).ShouldBeNull();
        (await an.Get($"/drafts/{id}")).ShouldBe(404, "draft-not-found");
    }

    // By the real clock an hour has passed since any process used the keys; here they must be made to forget them.
    [Fact]
    public async Task Nothing_is_written_under_a_forgotten_id_any_more()
    {
        var (id, changed) = await Begun();
        await Drafts.EndUnchanged(changed + Draft.Kept, Ct);
        await Drafts.ForgetEnded(changed + Draft.Kept + Draft.KeysOutlive, Ct);
        await intake.KillAndStart();
        (await an.Put($"/drafts/{id}", new { revision = 0, content = new { late = true } })).ShouldBe(409, "draft-ended");
        (await an.Post("/contacts", new { id, channel = "phone_in", summary = "Nội dung hư cấu." })).ShouldBe(409, "owner-erased");
        (await an.Get($"/contacts/{id}")).ShouldBe(404);
        (await an.Post("/contacts", new { channel = "phone_in", summary = "Nội dung hư cấu." })).ShouldBe(201);
    }

    [Fact]
    public async Task A_repetition_under_its_key_is_answered_as_the_first_time_also_when_its_owner_was_erased_meanwhile()
    {
        var (body, key) = (new { id = Guid.CreateVersion7(), channel = "phone_in", summary = "Nội dung hư cấu." }, ("Idempotency-Key", Guid.CreateVersion7().ToString()));
        var first = (await an.Post("/contacts", body, key)).ShouldBe(201);
        (await an.Post($"/contacts/{body.id}/amend", new { summary = "Nội dung khác." }, ("Idempotency-Key", $"{key.Item2}-2"))).ShouldBe(200);
        await host.Services.GetRequiredService<PersonKeys>().Destroy(new Owner("contact", body.id), Ct);
        await intake.KillAndStart();
        (await an.Post("/contacts", body, key)).ShouldBe(201)["id"].GetGuid().ShouldBe(first["id"].GetGuid());
        (await an.Post($"/contacts/{body.id}/amend", new { summary = "Nội dung khác." }, ("Idempotency-Key", $"{key.Item2}-2"))).ShouldBe(200);
        (await an.Post("/contacts", body)).ShouldBe(409, "contact-already-exists");
        (await an.Post($"/contacts/{body.id}/amend", new { summary = "Nội dung khác." })).ShouldBe(409, "owner-erased");
    }

    [Fact]
    public async Task The_keys_of_a_recorded_contact_outlive_its_draft()
    {
        var (id, changed) = await Begun();
        // A draft that ended while its contact was being recorded: the row waits beside the contact.
        (await an.Post("/contacts", new { id, channel = "phone_in", summary = "Nội dung hư cấu." })).ShouldBe(201);
        await intake.Look<object>(
            "INSERT INTO drafts.draft (id, owner, revision, started_at, changed_at, ended_at) VALUES ($1, 'an', 1, $2, $2, $2) RETURNING id", id, changed.UtcDateTime);
        await Drafts.ForgetEnded(changed + Draft.KeysOutlive, Ct);
        (await Drafts.Find(id, Ct)).ShouldBeNull();
        (await KeysOf(id)).Destroyed.ShouldBe(0);
        (await an.Get($"/contacts/{id}")).ShouldBe(200)["summary"].GetString().ShouldBe("Nội dung hư cấu.");
    }

    [Fact]
    public async Task Interrupted_between_keys_and_row_it_is_finished_the_next_time()
    {
        var (id, changed) = await Begun();
        await Drafts.EndUnchanged(changed + Draft.Kept, Ct);
        await host.Services.GetRequiredService<PersonKeys>().Destroy(new Owner("contact", id), Ct);
        await Drafts.ForgetEnded(changed + Draft.Kept + Draft.KeysOutlive, Ct);
        (await Drafts.Find(id, Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task The_sweep_does_both_by_itself_as_its_clock_says()
    {
        var (id, changed) = await Begun();
        await Sweep(changed + Draft.Kept, async () => (await Drafts.Find(id, Ct)) is { EndedAt: not null });
        await Sweep(changed + Draft.Kept + Draft.KeysOutlive, async () => (await Drafts.Find(id, Ct)) is null);
        (await KeysOf(id)).Usable.ShouldBe(0);
    }

    private async Task Sweep(DateTimeOffset at, Func<Task<bool>> done)
    {
        using var sweep = new EndOldDrafts(Drafts, new StandingClock(at), NullLogger<EndOldDrafts>.Instance);
        await sweep.StartAsync(Ct);
        for (var tries = 0; !await done(); tries++)
        {
            tries.ShouldBeLessThan(6000);
            await Task.Delay(50, Ct);
        }

        await sweep.StopAsync(Ct);
    }

    private async Task<(Guid Id, DateTimeOffset Changed)> Begun()
    {
        var id = Guid.CreateVersion7();
        (await an.Put($"/drafts/{id}", new { revision = 0, content = new { story = "hư cấu" } })).ShouldBe(200);
        // As the table has it, which keeps microseconds.
        return (id, (await Drafts.Find(id, Ct))!.ChangedAt);
    }

    private async Task<(long Usable, long Destroyed)> KeysOf(Guid id) => (
        await intake.Look<long>("SELECT count(*) FROM keys.subject_key WHERE owner_id = $1 AND wrapped IS NOT NULL", id),
        await intake.Look<long>("SELECT count(*) FROM keys.subject_key WHERE owner_id = $1 AND wrapped IS NULL", id));
}
