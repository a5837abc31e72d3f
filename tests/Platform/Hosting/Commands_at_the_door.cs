using Hotline111.Platform.EventStore;
using Npgsql;
using Hotline111.Testing;

namespace Hotline111.Platform.Tests.Hosting;

public sealed class Commands_at_the_door(RunningSmall running) : IClassFixture<RunningSmall>
{
    private readonly ServiceProcess small = running.Small;
    private readonly string token = running.Surroundings.Token();

    [Fact]
    public async Task A_creation_says_where_it_is_and_what_version_it_has()
    {
        var id = Guid.CreateVersion7();
        var made = await small.Post("/notes", token, new { id, text = "chuyện", kind = "veryUrgent" });
        (made.Status, made.Header("Location"), made.Header("ETag")).ShouldBe((201, $"/api/notes/{id}", "\"1\""));
        made.Body.GetProperty("number").GetString().ShouldStartWith("NT-");
        var read = await small.Send(HttpMethod.Get, $"/notes/{id}", token);
        (read.Status, read.Header("ETag"), read.Body.GetProperty("text").GetString()).ShouldBe((200, "\"1\"", "chuyện"));
    }

    [Fact]
    public async Task The_same_key_and_body_get_the_same_answer_and_another_body_none()
    {
        var (id, key) = (Guid.CreateVersion7(), Guid.NewGuid().ToString());
        var first = await small.Post("/notes", token, new { id, text = "chuyện", kind = "plain" }, ("Idempotency-Key", key));
        (await small.Post($"/notes/{id}/mark", token, new { })).Status.ShouldBe(200);
        var again = await small.Post("/notes", token, new { id, text = "chuyện", kind = "plain" }, ("Idempotency-Key", key));
        (again.Status, again.Header("Location"), again.Header("ETag")).ShouldBe((201, first.Header("Location"), "\"1\""));
        var other = await small.Post("/notes", token, new { id, text = "chuyện khác", kind = "plain" }, ("Idempotency-Key", key));
        (other.Status, other.Slug).ShouldBe((422, "idempotency-key-reused"));
        var elsewhere = await small.Post($"/notes/{id}/mark", token, new { id, text = "chuyện", kind = "plain" }, ("Idempotency-Key", key));
        elsewhere.Slug.ShouldBe("idempotency-key-reused");
        // Another person's key is another key.
        (await small.Post("/notes", running.Surroundings.Token("c2"), new { text = "x", kind = "plain" }, ("Idempotency-Key", key))).Status.ShouldBe(201);
    }

    [Fact]
    public async Task A_stale_version_learns_how_it_stands_now()
    {
        var id = await New();
        (await small.Post($"/notes/{id}/mark", token, new { }, ("If-Match", "\"1\""))).Header("ETag").ShouldBe("\"2\"");
        var stale = await small.Post($"/notes/{id}/mark", token, new { }, ("If-Match", "\"1\""));
        (stale.Status, stale.Slug).ShouldBe((412, "version-stale"));
        stale.Body.GetProperty("version").GetInt64().ShouldBe(2);
        stale.Body.GetProperty("state").GetString().ShouldBe("done");
        stale.Body.GetProperty("allowed").GetArrayLength().ShouldBe(0);
        stale.Body.GetProperty("markedBy").GetString().ShouldBe("c1");
        stale.Body.TryGetProperty("at", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task A_race_lost_learns_the_same_from_the_refusal()
    {
        var id = await New();
        await small.Post($"/notes/{id}/mark", token, new { });
        var late = await small.Post($"/notes/{id}/mark", running.Surroundings.Token("c2"), new { });
        (late.Status, late.Slug, late.Header("ETag")).ShouldBe((409, "note-already-marked", "\"2\""));
        late.Body.GetProperty("version").GetInt64().ShouldBe(2);
        late.Body.GetProperty("markedBy").GetString().ShouldBe("c1");
    }

    [Fact]
    public async Task Two_requests_with_one_key_at_once_have_one_effect()
    {
        var key = Guid.NewGuid().ToString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => small.Post("/notes", token, new { id = (Guid?)null, text = "một lần", kind = "plain" }, ("Idempotency-Key", key))));
        answers.ShouldAllBe(answer => answer.Status == 201 || answer.Status == 409 && answer.Slug == "idempotency-key-in-flight");
        answers.Where(answer => answer.Status == 201).Select(answer => answer.Body.GetProperty("id").GetGuid()).Distinct().Count().ShouldBe(1);
    }

    [Theory]
    [InlineData("If-Match", "3", "if-match-malformed")]
    [InlineData("If-Match", "W/\"3\"", "if-match-malformed")]
    [InlineData("If-Match", "\"-3\"", "if-match-malformed")]
    [InlineData("If-Match", "\"a\"", "if-match-malformed")]
    [InlineData("If-Match", "\"99999999999999999999\"", "if-match-malformed")]
    [InlineData("If-Match", "\"1\", \"2\"", "if-match-malformed")]
    [InlineData("Idempotency-Key", "two words", "idempotency-key-malformed")]
    [InlineData("Idempotency-Key", "12345678901234567890123456789012345678901234567890123456789012345", "idempotency-key-malformed")]
    public async Task A_malformed_header_is_refused(string name, string value, string slug)
    {
        var answer = await small.Post($"/notes/{Guid.CreateVersion7()}/mark", token, new { }, (name, value));
        (answer.Status, answer.Slug).ShouldBe((400, slug));
    }

    [Fact]
    public async Task A_key_of_64_visible_characters_is_taken() =>
        (await small.Post("/notes", token, new { text = "x", kind = "plain" }, ("Idempotency-Key", new string('~', 64)))).Status.ShouldBe(201);

    [Fact]
    public async Task Who_acted_and_in_which_trace_stands_beside_every_event()
    {
        var id = await New();
        await using var source = NpgsqlDataSource.Create(running.Surroundings.Database.Store);
        await using var command = source.CreateCommand("select headers->>'actor', headers->>'role', headers->>'traceparent', correlation_id, data::text from events.mt_events where stream_id = $1");
        command.Parameters.Add(new() { Value = id });
        await using var row = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        (await row.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
        (row.GetString(0), row.GetString(1)).ShouldBe(("c1", "counsellor"));
        row.GetString(2).ShouldContain(row.GetString(3));
        row.GetString(4).ShouldNotContain("điều đã kể");
    }

    [Fact]
    public async Task A_key_on_a_read_says_nothing() =>
        (await small.Send(HttpMethod.Get, $"/notes/{await New()}", token, null, [("Idempotency-Key", "one")])).Status.ShouldBe(200);

    [Fact]
    public async Task Every_read_is_an_event_before_the_data_leaves()
    {
        var id = await New();
        var reader = "reader-" + Guid.NewGuid().ToString("N")[..8];
        var reads = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => small.Send(HttpMethod.Get, $"/notes/{id}", running.Surroundings.Token(reader))));
        reads.ShouldAllBe(read => read.Status == 200);
        await using var source = NpgsqlDataSource.Create(running.Surroundings.Database.Store);
        await using var command = source.CreateCommand("select count(*) from events.mt_events where type = 'personal-data-read.v1' and headers->>'actor' = $1 and data->>'id' = $2");
        command.Parameters.Add(new() { Value = reader });
        command.Parameters.Add(new() { Value = id.ToString() });
        (await command.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(24L);
    }

    private async Task<Guid> New() => (await small.Post("/notes", token, new { text = "điều đã kể", kind = "plain" })).Body.GetProperty("id").GetGuid();
}
