using System.Text;
using System.Text.Json;
using Hotline111.Intake.Drafts;

namespace Hotline111.Intake.Tests.Drafts;

/// <summary>What somebody types while talking is on the server, hers alone, and overwritten by nothing older.</summary>
public sealed class DraftTests(RunningIntake intake) : IClassFixture<RunningIntake>
{
    private const string Story = "Chim yến kể ở bến thuyền (hư cấu)";

    private readonly Colleague an = intake.As("an");

    private static object Page(string story, int step = 1) => new { step, caller = new { name = "Lương Thị Chim Yến (hư cấu)" }, story };

    [Fact]
    public async Task What_was_saved_is_read_again_and_each_save_is_a_new_revision()
    {
        var id = Guid.CreateVersion7();
        (await an.Put($"/drafts/{id}", new { revision = 0, content = Page("a") })).ShouldBe(200)["revision"].GetInt64().ShouldBe(1);
        (await an.Put($"/drafts/{id}", new { revision = 1, content = Page(Story, 2) })).ShouldBe(200)["revision"].GetInt64().ShouldBe(2);

        var read = (await an.Get($"/drafts/{id}")).ShouldBe(200);
        read["revision"].GetInt64().ShouldBe(2);
        JsonElement.DeepEquals(read["content"], JsonSerializer.SerializeToElement(Page(Story, 2))).ShouldBeTrue();
        (await Own(an, id)).ShouldHaveSingleItem().EnumerateObject().Select(member => member.Name).ShouldBe(["id", "owner", "revision", "startedAt", "changedAt"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_batch_whose_answer_was_lost_is_answered_the_same_again()
    {
        var id = Guid.CreateVersion7();
        var first = await an.Put($"/drafts/{id}", new { revision = 0, content = Page("a") });
        var again = await an.Put($"/drafts/{id}", new { revision = 0, content = Page("a") });
        again.ShouldBe(200).Body.GetRawText().ShouldBe(first.Body.GetRawText());
        var second = await an.Put($"/drafts/{id}", new { revision = 1, content = Page("ab") });
        (await an.Put($"/drafts/{id}", new { revision = 1, content = Page("ab") })).ShouldBe(200).Body.GetRawText().ShouldBe(second.Body.GetRawText());
    }

    [Fact]
    public async Task A_batch_that_comes_late_or_from_another_tab_never_overwrites_a_newer_one()
    {
        var (id, tab) = (Guid.CreateVersion7(), Guid.NewGuid());
        await an.Put($"/drafts/{id}", new { revision = 0, content = Page("a") });
        var newer = await an.Put($"/drafts/{id}", new { revision = 1, content = Page("ab"), tab });
        foreach (var late in new object[] { new { revision = 0, content = Page("a") }, new { revision = 1, content = Page("a") }, new { revision = 7, content = Page("x") } })
        {
            var refused = (await an.Put($"/drafts/{id}", late)).ShouldBe(409, "draft-newer");
            refused["revision"].GetInt64().ShouldBe(2);
            refused["changedAt"].GetDateTimeOffset().ShouldBe(newer["changedAt"].GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
            refused["tab"].GetGuid().ShouldBe(tab);
        }

        (await an.Get($"/drafts/{id}"))["content"].GetProperty("story").GetString().ShouldBe("ab");
    }

    [Fact]
    public async Task Of_many_tabs_that_save_at_once_one_wins_and_the_others_are_told()
    {
        var id = Guid.CreateVersion7();
        await an.Put($"/drafts/{id}", new { revision = 0, content = Page("a") });
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(tab => an.Put($"/drafts/{id}", new { revision = 1, content = Page($"tab {tab}") })));
        answers.Count(answer => answer.Status == 200).ShouldBe(1);
        answers.Where(answer => answer.Status != 200).ShouldAllBe(answer => answer.Slug == "draft-newer");
        (await an.Get($"/drafts/{id}"))["revision"].GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task A_draft_takes_32_kilobytes_of_JSON_and_not_one_byte_more()
    {
        var id = Guid.CreateVersion7();
        static string Of(int bytes) => "{\"revision\":0,\"content\":{\"story\":\"" + new string('a', bytes - """{"story":""}""".Length) + "\"}}";
        (await an.PutText($"/drafts/{id}", Of(Draft.LargestContent + 1))).ShouldBe(400, "body-invalid")["errors"].GetProperty("content").GetArrayLength().ShouldBe(1);
        (await an.PutText($"/drafts/{id}", Of(Draft.LargestContent))).ShouldBe(200);
        var letters = new string('ỗ', (Draft.LargestContent - 12) / 3);
        (await an.PutText($"/drafts/{Guid.CreateVersion7()}", $$"""{"revision":0,"content":{"story":"{{letters}}"} }""")).ShouldBe(200);
    }

    [Theory]
    [InlineData("""{"revision":0}""", "body-invalid")]
    [InlineData("""{"revision":0,"content":[]}""", "body-invalid")]
    [InlineData("""{"revision":0,"content":null}""", "body-invalid")]
    [InlineData("""{"revision":-1,"content":{}}""", "body-invalid")]
    [InlineData("""{"content":{}}""", "body-invalid")]
    [InlineData("""{"revision":0,"content":{"a":"\ud83d"}}""", "body-invalid")]
    [InlineData("""{"revision":0,"content":{"a":1,"a":2}}""", "body-unknown-member")]
    [InlineData("""{"revision":0,"content":{},"owner":"binh"}""", "body-unknown-member")]
    public async Task What_is_no_page_is_refused(string body, string slug)
    {
        var id = Guid.CreateVersion7();
        (await an.PutText($"/drafts/{id}", body)).ShouldBe(400, slug);
        (await an.Get($"/drafts/{id}")).ShouldBe(404, "draft-not-found");
    }

    [Fact]
    public async Task Broken_bytes_become_the_sign_for_them_and_no_fault()
    {
        var id = Guid.CreateVersion7();
        byte[] body = [.. "{\"revision\":0,\"content\":{\"a\":\""u8, 0xC3, 0x28, .. "\"}}"u8];
        (await an.PutBytes($"/drafts/{id}", body)).ShouldBe(200);
        (await an.Get($"/drafts/{id}")).ShouldBe(200)["content"].GetProperty("a").GetString().ShouldBe("\uFFFD(");
    }

    [Fact]
    public async Task A_page_may_hold_any_text_there_is()
    {
        var id = Guid.CreateVersion7();
        const string text = "\0\u2028 “ngoặc” \\ \" < & 🛶 e\u0301 ﷽";
        await an.Put($"/drafts/{id}", new { revision = 0, content = new { text, deep = new[] { new { a = 1.50m } } } });
        var read = (await an.Get($"/drafts/{id}")).ShouldBe(200)["content"];
        read.GetProperty("text").GetString().ShouldBe(text);
        read.GetProperty("deep")[0].GetProperty("a").GetRawText().ShouldBe("1.50");
    }

    [Fact]
    public async Task A_save_to_a_draft_that_was_never_begun_is_told_so() =>
        (await an.Put($"/drafts/{Guid.CreateVersion7()}", new { revision = 3, content = Page("a") })).ShouldBe(404, "draft-not-found");

    [Fact]
    public async Task A_colleague_reads_saves_discards_and_records_nothing_of_somebody_elses_draft()
    {
        var id = Guid.CreateVersion7();
        await an.Put($"/drafts/{id}", new { revision = 0, content = Page(Story) });
        foreach (var colleague in new[] { intake.As("binh"), intake.As("chi", "supervisor"), intake.As("dung", "director") })
        {
            (await colleague.Get($"/drafts/{id}")).ShouldBe(403, "draft-of-another").Body.GetRawText().ShouldNotContain("Chim");
            (await colleague.Put($"/drafts/{id}", new { revision = 1, content = Page("b") })).ShouldBe(403, "draft-of-another");
            (await colleague.Delete($"/drafts/{id}")).ShouldBe(403, "draft-of-another");
            (await colleague.Post("/contacts", new { draftId = id, channel = "phone_in" })).ShouldBe(403, "draft-of-another");
            (await Own(colleague, id)).ShouldBeEmpty();
        }

        (await an.Get($"/drafts/{id}")).ShouldBe(200)["content"].GetProperty("story").GetString().ShouldBe(Story);
        (await an.Get($"/contacts/{id}")).ShouldBe(404);
    }

    [Fact]
    public async Task A_supervisor_takes_a_draft_over_which_is_recorded_and_leaves_the_first_owner_outside()
    {
        var (id, supervisor) = (Guid.CreateVersion7(), intake.As("chi", "supervisor"));
        await an.Put($"/drafts/{id}", new { revision = 0, content = Page(Story) });
        (await supervisor.Get("/drafts/in-progress")).ShouldBe(200)["items"].EnumerateArray().Single(row => row.GetProperty("id").GetGuid() == id).GetProperty("owner").GetString().ShouldBe("an");

        (await supervisor.Post($"/drafts/{id}/take-over", new { })).ShouldBe(200)["owner"].GetString().ShouldBe("chi");
        (await supervisor.Post($"/drafts/{id}/take-over", new { })).ShouldBe(200);
        (await Reads(id, "draft.take-over")).ShouldBe(["chi"], "once, and by whom");
        (await supervisor.Get($"/drafts/{id}")).ShouldBe(200)["content"].GetProperty("story").GetString().ShouldBe(Story);
        (await supervisor.Put($"/drafts/{id}", new { revision = 1, content = Page("weiter") })).ShouldBe(200);
        (await an.Put($"/drafts/{id}", new { revision = 1, content = Page("b") })).ShouldBe(403, "draft-of-another");
        (await an.Get($"/drafts/{id}")).ShouldBe(403, "draft-of-another");
        (await supervisor.Post($"/drafts/{Guid.CreateVersion7()}/take-over", new { })).ShouldBe(404, "draft-not-found");
    }

    [Fact]
    public async Task Every_reading_stands_in_the_read_log_and_a_refused_one_does_not()
    {
        var id = Guid.CreateVersion7();
        await an.Put($"/drafts/{id}", new { revision = 0, content = Page(Story) });
        await an.Get($"/drafts/{id}");
        await intake.As("binh").Get($"/drafts/{id}");
        await an.Get("/drafts");
        (await Reads(id, "draft.read")).ShouldBe(["an"]);
    }

    [Fact]
    public async Task A_discarded_draft_is_gone_at_once_and_no_late_batch_brings_it_back()
    {
        var id = Guid.CreateVersion7();
        await an.Put($"/drafts/{id}", new { revision = 0, content = Page(Story) });
        (await an.Delete($"/drafts/{id}")).ShouldBe(204);
        (await an.Delete($"/drafts/{id}")).ShouldBe(204);
        (await an.Get($"/drafts/{id}")).ShouldBe(409, "draft-ended");
        (await an.Put($"/drafts/{id}", new { revision = 1, content = Page("b") })).ShouldBe(409, "draft-ended");
        (await an.Put($"/drafts/{id}", new { revision = 0, content = Page("b") })).ShouldBe(409, "draft-ended");
        (await an.Post("/contacts", new { id, channel = "phone_in" })).ShouldBe(409, "draft-ended");
        (await intake.As("chi", "supervisor").Post($"/drafts/{id}/take-over", new { })).ShouldBe(409, "draft-ended");
        (await Own(an, id)).ShouldBeEmpty();
        (await intake.Look<bool>("SELECT content IS NULL AND sealing IS NULL FROM drafts.draft WHERE id = $1", id)).ShouldBeTrue();
        (await an.Delete($"/drafts/{Guid.CreateVersion7()}")).ShouldBe(404, "draft-not-found");
    }

    [Theory]
    [InlineData("id")]
    [InlineData("draftId")]
    public async Task Recording_the_contact_ends_its_draft_in_the_same_transaction(string member)
    {
        var id = Guid.CreateVersion7();
        await an.Put($"/drafts/{id}", new { revision = 0, content = Page(Story) });
        var body = new Dictionary<string, object> { [member] = id, ["channel"] = "phone_in", ["summary"] = Story };
        (await an.Post("/contacts", body)).ShouldBe(201)["id"].GetGuid().ShouldBe(id);
        (await an.Post("/contacts", body)).ShouldBe(200, null)["id"].GetGuid().ShouldBe(id);
        (await intake.Look<long>("SELECT count(*) FROM drafts.draft WHERE id = $1", id)).ShouldBe(0);
        (await an.Put($"/drafts/{id}", new { revision = 1, content = Page("b") })).ShouldBe(409, "draft-recorded");
        (await an.Put($"/drafts/{id}", new { revision = 0, content = Page("b") })).ShouldBe(409, "draft-recorded");
        (await an.Get($"/contacts/{id}"))["summary"].GetString().ShouldBe(Story, "the contact keeps the keys");
    }

    [Fact]
    public async Task A_contact_with_another_id_ends_the_draft_too()
    {
        var (draftId, id) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await an.Put($"/drafts/{draftId}", new { revision = 0, content = Page(Story) });
        (await an.Post("/contacts", new { id, draftId, channel = "phone_in" })).ShouldBe(201)["id"].GetGuid().ShouldBe(id);
        (await an.Get($"/drafts/{draftId}")).ShouldBe(409, "draft-ended");
    }

    [Fact]
    public async Task A_contact_that_is_refused_leaves_the_draft_as_it_was()
    {
        var id = Guid.CreateVersion7();
        await an.Put($"/drafts/{id}", new { revision = 0, content = Page(Story) });
        (await an.Post("/contacts", new { draftId = id, channel = "phone_in", occurredAt = DateTimeOffset.UtcNow.AddDays(1) })).ShouldBe(400, "contact-in-the-future");
        (await an.Post("/contacts", new { draftId = id, channel = "pigeon" })).ShouldBe(400, "body-invalid");
        (await an.Put($"/drafts/{id}", new { revision = 1, content = Page("b") })).ShouldBe(200);
    }

    [Fact]
    public async Task However_batches_and_recording_fall_together_no_draft_outlives_its_contact()
    {
        for (var round = 0; round < 15; round++)
        {
            var id = Guid.CreateVersion7();
            // Half of them have no row yet when the contact is recorded.
            if (round % 2 == 0)
                await an.Put($"/drafts/{id}", new { revision = 0, content = Page("a") });
            var saves = Enumerable.Range(0, 4).Select(batch => an.Put($"/drafts/{id}", new { revision = round % 2 == 0 ? 1 : 0, content = Page($"{batch}") })).ToList();
            var recorded = an.Post("/contacts", new { id, channel = "phone_in", summary = Story });
            await Task.WhenAll([recorded, .. saves]);
            (await recorded).ShouldBe(201);
            (await intake.Look<long>("SELECT count(*) FROM drafts.draft WHERE id = $1", id)).ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_draft_survives_the_death_of_the_process()
    {
        var id = Guid.CreateVersion7();
        (await an.Put($"/drafts/{id}", new { revision = 0, content = Page(Story) })).ShouldBe(200);
        await intake.KillAndStart();
        (await an.Get($"/drafts/{id}")).ShouldBe(200)["content"].GetProperty("story").GetString().ShouldBe(Story);
        (await an.Put($"/drafts/{id}", new { revision = 1, content = Page("b") })).ShouldBe(200);
    }

    [Fact]
    public async Task One_person_has_50_drafts_at_most_and_can_go_on_with_each()
    {
        var many = intake.As("giang");
        List<Guid> ids = [];
        for (var each = 0; each < Draft.MostOfOneOwner; each++)
        {
            ids.Add(Guid.CreateVersion7());
            (await many.Put($"/drafts/{ids[^1]}", new { revision = 0, content = new { each } })).ShouldBe(200);
        }

        (await many.Put($"/drafts/{Guid.CreateVersion7()}", new { revision = 0, content = new { } })).ShouldBe(409, "too-many-drafts");
        (await many.Put($"/drafts/{ids[0]}", new { revision = 1, content = new { } })).ShouldBe(200);
        (await many.Delete($"/drafts/{ids[1]}")).ShouldBe(204);
        (await many.Put($"/drafts/{Guid.CreateVersion7()}", new { revision = 0, content = new { } })).ShouldBe(200);
    }

    [Fact]
    public async Task Neither_the_table_nor_the_write_ahead_log_nor_the_process_log_has_a_readable_word()
    {
        var (id, owner) = (Guid.CreateVersion7(), "account-that-is-found");
        string[] canaries = ["chimyenkecau", "Lương Thị Chim Yến", "0911-CANARY-22"];
        var from = await intake.Look<string>("SELECT pg_walfile_name(pg_current_wal_lsn())");
        await intake.As(owner).Put($"/drafts/{id}", new { revision = 0, content = new { name = canaries[1], phone = canaries[2], zalo = canaries[0] } });
        await intake.As(owner).Put($"/drafts/{id}", new { revision = 1, content = new { name = canaries[1], phone = canaries[2], zalo = canaries[0], story = Story } });

        var row = await intake.Look<string>("SELECT d::text FROM drafts.draft d WHERE id = $1", id);
        await intake.Look<object>("SELECT pg_switch_wal()::text");
        foreach (var canary in canaries)
        {
            row.ShouldNotContain(canary);
            (await IsOnDisk(from, Encoding.UTF8.GetBytes(canary))).ShouldBeFalse();
            (await IsOnDisk(from, Encoding.UTF8.GetBytes(JsonEncodedText.Encode(canary).ToString()))).ShouldBeFalse();
            intake.Output.ShouldAllBe(line => !line.Contains(canary));
        }

        row.ShouldContain(owner);
        (await IsOnDisk(from, Encoding.UTF8.GetBytes(owner))).ShouldBeTrue("or the search would find nothing at all");
    }

    // A segment may be taken away by a checkpoint between its being listed and its being read.
    private Task<bool> IsOnDisk(string from, byte[] word) => intake.Look<bool>(
        """
        SELECT coalesce(bool_or(position($1 IN pg_read_binary_file(file, 0, 16777216, true)) > 0), false)
          FROM (SELECT 'pg_wal/' || name AS file FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' AND name BETWEEN $2 AND pg_walfile_name(pg_current_wal_lsn())
                UNION ALL SELECT pg_relation_filepath('drafts.draft')) files
        """,
        word,
        from);

    private async Task<string[]> Reads(Guid id, string action) => await intake.Look<string[]>(
        """
        SELECT coalesce(array_agg(headers->>'actor' ORDER BY seq_id), '{}') FROM events.mt_events
         WHERE type = 'personal-data-read.v1' AND data->>'id' = $1 AND data->>'kind' = 'contact' AND data->>'action' = $2
        """,
        id.ToString(),
        action);

    private static async Task<List<JsonElement>> Own(Colleague colleague, Guid id) =>
        [.. (await colleague.Get("/drafts")).ShouldBe(200)["items"].EnumerateArray().Where(row => row.GetProperty("id").GetGuid() == id)];
}
